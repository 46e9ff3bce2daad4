/*
 * url: the forms of one URL that a Twilio signature may have been made over (reference section 6,
 * as the official Node package 6.2.0 does it). Text in, text out; results live in the arena or are
 * views of the input. Pure.
 */
#ifndef STERLING_TWILIO_URL_H
#define STERLING_TWILIO_URL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* "https://" "user:pw@" "host" ":8443" "/path?query": together the whole URL, nothing re-written. */
struct url_parts {
    struct str scheme;    /* with "://" */
    struct str user_info; /* with '@'; may be empty */
    struct str host;      /* an IPv6 literal keeps its brackets */
    struct str port;      /* with ':'; may be empty */
    struct str rest;      /* path, query and fragment */
};

/* False if there is no "scheme://" prefix. */
bool url_split(struct str url, struct url_parts *out);
struct str url_without_fragment(struct str url);
/* The parts put together again; {NULL,0} when the arena is exhausted. */
struct str url_join(struct arena *arena, const struct url_parts *parts);
struct str url_without_port(struct arena *arena, struct str url);
/* ":443" for https, else ":80", when the URL has none. */
struct str url_with_port(struct arena *arena, struct str url);

/* The WHATWG serialisation of an http or https URL. ERR_INVALID when it is none, and for hosts that
 * need more than lower-casing (IDNA, percent-escapes, IPv6, unusual IPv4): Twilio calls none. */
MUST_CHECK enum err url_normalise(struct arena *arena, struct str url, struct str *out);
/* The query taken apart and put together by Node's legacy `querystring`; the URL itself when it has
 * no query, more than 100 parameters or malformed UTF-8 in one. */
struct str url_with_legacy_query(struct arena *arena, struct str url);
/* First value of a query parameter, raw (not decoded); {NULL,0} if absent. */
struct str url_query_get(struct str url, struct str name);

#endif

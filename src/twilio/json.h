/*
 * json: small readers over jansson for Twilio's answers: error bodies, pages in both styles, and fields that
 * are sometimes numbers and sometimes strings. Pure. Views into a json_t live as long as it does.
 */
#ifndef STERLING_TWILIO_JSON_H
#define STERLING_TWILIO_JSON_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <jansson.h>

/* The whole body as one JSON object, with nothing after it. NULL if it is none. Caller: json_decref. */
json_t *twilio_json_parse(struct str body);

/* The text of a string field; {NULL,0} if absent, null or not a string. */
struct str twilio_json_text(const json_t *object, const char *name);
/* An integer, or a string of one ("1"); `absent` otherwise or out of range of int. */
int twilio_json_int(const json_t *object, const char *name, int absent);
bool twilio_json_bool(const json_t *object, const char *name, bool absent);
/* RFC 2822 or ISO 8601; 0 if absent or malformed. */
int64_t twilio_json_date_ms(const json_t *object, const char *name);
int64_t twilio_date_ms(struct str text);
/* Copies a text field with a terminator; "" (and false) if absent or too long. */
bool twilio_json_copy(const json_t *object, const char *name, char *out, size_t size);
/* The same, and wipes it there. */
bool twilio_json_copy_secret(const json_t *object, const char *name, char *out, size_t size);

/* Twilio's error body (reference section 1.8): `code` is Twilio's own (five digits or more); gateways that
 * repeat the HTTP status there do not count. False if the body is no such thing. */
struct twilio_error {
    int code;
    struct str message; /* view into the JSON */
};
bool twilio_json_error(const json_t *body, int http_status, struct twilio_error *out);

/* One page of a list, in the 2010 style (next_page_uri) or the v1 style (meta.next_page_url). */
struct twilio_page {
    const json_t *items; /* array */
    struct str next;     /* link as given; empty on the last page */
};
/* `key` names the list in the 2010 style; v1 pages name it themselves, and must name the same.
 * ERR_INVALID if the body is no such page. */
MUST_CHECK enum err twilio_json_page(const json_t *body, const char *key, struct twilio_page *out);

#endif

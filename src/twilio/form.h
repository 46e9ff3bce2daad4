/*
 * form: application/x-www-form-urlencoded, both ways, and percent-encoding of URL parts.
 *
 * Decoding keeps everything that came: order, empty values, unknown and repeated names, because a
 * webhook's signature covers whatever arrived (reference section 6). Plus becomes a space; bytes are
 * raw after decoding and need not be UTF-8. Pure.
 */
#ifndef STERLING_TWILIO_FORM_H
#define STERLING_TWILIO_FORM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct form_pair {
    struct str name, value; /* decoded; live in the arena */
};
struct form {
    struct form_pair *pairs;
    size_t count;
};

/* Decodes `body`. ERR_INVALID on a malformed %-escape, ERR_LIMIT over pairs_max, ERR_FULL when the
 * arena is exhausted. An empty body is zero pairs. */
MUST_CHECK enum err form_decode(struct arena *arena, struct str body, size_t pairs_max,
                                struct form *out);
/* First value of that exact name; {NULL,0} if absent. */
struct str form_get(const struct form *f, struct str name);
bool form_has(const struct form *f, struct str name);
/* Appends "name=value" (with '&' before unless `out` is empty), encoded. */
void form_encode_add(struct buf *out, struct str name, struct str value);
/* Appends s with everything but RFC 3986 unreserved characters percent-encoded. */
void url_encode_add(struct buf *out, struct str s);

#endif

/*
 * json_scan: pulls the members of one JSON object out of text without building a tree: the quick way where a
 * document is ours or well known. What is not needed is checked (RFC 8259, UTF-8) and passed over.
 *
 * Strict on purpose: at the first thing that is malformed or only unusual (escaped or NUL-bearing names, numbers
 * with a fraction or of many digits, deep nesting) it is `odd` for good, and the caller asks a full parser. What is
 * not odd, a full parser reads the same; the two are compared by fuzzing.
 */
#ifndef STERLING_BASE_JSON_SCAN_H
#define STERLING_BASE_JSON_SCAN_H

#include "base/arena.h"
#include "base/str.h"

struct json_scan {
    const char *at, *end;
    struct str in;
    bool odd, not_ascii, is_over;
};

/* A view of the input. */
struct json_scan_value {
    enum { JSON_SCAN_OTHER, JSON_SCAN_TEXT, JSON_SCAN_INTEGER } kind;
    struct str raw; /* TEXT: between the quotes; INTEGER: as written */
    bool escaped;
};

struct json_scan json_scan_over(struct str in);
/* The next member: its name, which has no escapes, and its value. False after the last, or when it is odd. */
bool json_scan_next(struct json_scan *s, struct str *name, struct json_scan_value *value);
/* After the last member: was all of it well-formed, and nothing after it? Before that views must not be believed. */
MUST_CHECK bool json_scan_is_sound(struct json_scan *s);
/* The text that was meant: a view of the input if nothing was escaped, else in the arena. {NULL, 0} if it is no text;
 * without memory that too, and *full is set. */
struct str json_scan_text(const struct json_scan_value *v, struct arena *arena, bool *full);

#endif

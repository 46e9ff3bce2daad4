/*
 * cursor: reads bytes from front to back and never past the end (Knot's wire_ctx).
 *
 * The first failure sticks: later reads give zero or empty, and cursor_check() tells it once at the
 * end, so that parsers are straight-line code.
 */
#ifndef STERLING_BASE_CURSOR_H
#define STERLING_BASE_CURSOR_H

#include "base/str.h"

struct cursor {
    struct str in;
    size_t at; /* next byte, 0 … in.len */
    enum err failed;
};

struct cursor cursor_over(struct str in);
bool cursor_done(const struct cursor *c);            /* at the end, or failed */
int cursor_peek(const struct cursor *c);             /* next byte 0 … 255, or -1 */
int cursor_next(struct cursor *c);                   /* takes one byte; -1 and fails at the end */
bool cursor_accept(struct cursor *c, char wanted);   /* takes it if it is next */
void cursor_expect(struct cursor *c, struct str literal); /* fails unless it is next */
struct str cursor_take(struct cursor *c, size_t bytes);
struct str cursor_until(struct cursor *c, char stop); /* up to (not including) `stop` or the end */
uint64_t cursor_u64(struct cursor *c);                /* a run of decimal digits; fails on none */
uint64_t cursor_le(struct cursor *c, unsigned bytes); /* little-endian binary, 1 … 8 bytes */
void cursor_fail(struct cursor *c, enum err code);    /* keeps the first failure */
MUST_CHECK enum err cursor_check(const struct cursor *c);

#endif

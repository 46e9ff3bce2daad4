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

void cursor_fail(struct cursor *c, enum err code);    /* keeps the first failure */

/* Here, not in cursor.c, because parsers call these for every byte: inlined, a byte costs a few instructions. */
static inline struct cursor cursor_over(struct str in)
{
    return (struct cursor){.in = in};
}
/* At the end, or failed. */
static inline bool cursor_done(const struct cursor *c)
{
    return c->failed != ERR_OK || c->at >= c->in.len;
}
/* Next byte 0 … 255, or -1. */
static inline int cursor_peek(const struct cursor *c)
{
    return cursor_done(c) ? -1 : (unsigned char)c->in.at[c->at];
}
/* Takes one byte; -1 and fails at the end. */
static inline int cursor_next(struct cursor *c)
{
    if (!cursor_done(c)) return (unsigned char)c->in.at[c->at++];
    cursor_fail(c, ERR_INVALID);
    return -1;
}
/* Takes it if it is next. */
static inline bool cursor_accept(struct cursor *c, char wanted)
{
    if (cursor_peek(c) != (unsigned char)wanted) return false;
    c->at++;
    return true;
}
void cursor_expect(struct cursor *c, struct str literal); /* fails unless it is next */
struct str cursor_take(struct cursor *c, size_t bytes);
struct str cursor_until(struct cursor *c, char stop); /* up to (not including) `stop` or the end */
uint64_t cursor_u64(struct cursor *c);                /* a run of decimal digits; fails on none */
uint64_t cursor_le(struct cursor *c, unsigned bytes); /* little-endian binary, 1 … 8 bytes */
MUST_CHECK enum err cursor_check(const struct cursor *c);

#endif

/*
 * buf: a growing byte buffer that was told at creation how big it may ever get (curl's dynbuf).
 *
 * Appends return nothing: the first failure (limit or memory) empties the buffer and sticks, and
 * buf_check() tells it once at the end. The bytes are always followed by a terminator.
 */
#ifndef STERLING_BASE_BUF_H
#define STERLING_BASE_BUF_H

#include "base/err.h"
#include "base/str.h"

struct buf {
    char *at;
    size_t len, capacity, max; /* bytes; max is what was said at creation */
    enum err failed;           /* ERR_OK, ERR_LIMIT or ERR_FULL */
};

void buf_init(struct buf *b, size_t max_bytes); /* allocates nothing yet */
void buf_free(struct buf *b);                   /* safe on a zeroed or freed buffer */
void buf_clear(struct buf *b);                  /* empties, keeps the memory, forgets a failure */
void buf_add(struct buf *b, struct str s);
void buf_add_text(struct buf *b, const char *text);
void buf_add_char(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* ERR_OK, or why an append failed. */
MUST_CHECK enum err buf_check(const struct buf *b);
struct str buf_str(const struct buf *b);    /* valid until the next append or free */
const char *buf_text(const struct buf *b);  /* terminated; "" when empty */
/* Hands the bytes over (terminated, free() by the caller); the buffer is empty afterwards. NULL if it
 * had failed. */
char *buf_take(struct buf *b);

#endif

/* buf: bounded growing bytes. Contract in buf.h. */
#include "base/buf.h"

#include "base/starved.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf){.max = max_bytes};
}

void buf_free(struct buf *b)
{
    free(b->at);
    *b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = ERR_OK;
    if (b->at != NULL) b->at[0] = '\0';
}

static void fail(struct buf *b, enum err code)
{
    b->len = 0;
    if (b->at != NULL) b->at[0] = '\0';
    b->failed = code;
}

/* True if `more` bytes and the terminator now fit. */
static bool reserve(struct buf *b, size_t more)
{
    size_t want, capacity;
    char *grown;

    if (b->failed != ERR_OK) return false;
    if (more > b->max || b->len > b->max - more) {
        fail(b, ERR_LIMIT);
        return false;
    }
    want = b->len + more + 1;
    if (want <= b->capacity) return true;
    capacity = b->capacity < 64 ? 64 : b->capacity * 2;
    while (capacity < want) capacity *= 2;
    if (capacity > b->max + 1) capacity = b->max + 1;
    grown = realloc(b->at, capacity);
    if (grown == NULL) {
        starved_note();
        fail(b, ERR_FULL);
        return false;
    }
    b->at = grown;
    b->capacity = capacity;
    return true;
}

void buf_add(struct buf *b, struct str s)
{
    if (!reserve(b, s.len)) return;
    if (s.len > 0) memcpy(b->at + b->len, s.at, s.len);
    b->len += s.len;
    b->at[b->len] = '\0';
}

void buf_add_text(struct buf *b, const char *text)
{
    buf_add(b, str_from(text));
}

void buf_add_char(struct buf *b, char c)
{
    buf_add(b, (struct str){&c, 1});
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list args, again;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n >= 0 && reserve(b, (size_t)n)) {
        (void)vsnprintf(b->at + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

enum err buf_check(const struct buf *b)
{
    return b->failed;
}

struct str buf_str(const struct buf *b)
{
    return (struct str){b->at, b->len};
}

const char *buf_text(const struct buf *b)
{
    return b->at == NULL ? "" : b->at;
}

char *buf_take(struct buf *b)
{
    char *taken;
    if (b->failed != ERR_OK || !reserve(b, 0)) return NULL;
    b->at[b->len] = '\0';
    taken = b->at;
    *b = (struct buf){.max = b->max};
    return taken;
}

/* cursor: sticky-error reading. Contract in cursor.h. */
#include "base/cursor.h"

void cursor_expect(struct cursor *c, struct str literal)
{
    struct str got = cursor_take(c, literal.len);
    if (c->failed == ERR_OK && !str_equal(got, literal)) cursor_fail(c, ERR_INVALID);
}

struct str cursor_take(struct cursor *c, size_t bytes)
{
    struct str got;
    if (c->failed != ERR_OK || bytes > c->in.len - c->at) {
        cursor_fail(c, ERR_INVALID);
        return (struct str){NULL, 0};
    }
    got = str_slice(c->in, c->at, c->at + bytes);
    c->at += bytes;
    return got;
}

struct str cursor_until(struct cursor *c, char stop)
{
    struct str rest;
    if (c->failed != ERR_OK) return (struct str){NULL, 0};
    rest = str_slice(c->in, c->at, c->in.len);
    return cursor_take(c, str_find_char(rest, stop));
}

uint64_t cursor_u64(struct cursor *c)
{
    size_t from = c->at;
    uint64_t value = 0;
    while (cursor_peek(c) >= '0' && cursor_peek(c) <= '9') c->at++;
    if (c->failed == ERR_OK && str_to_u64(str_slice(c->in, from, c->at), &value) != ERR_OK)
        cursor_fail(c, ERR_INVALID);
    return c->failed == ERR_OK ? value : 0;
}

uint64_t cursor_le(struct cursor *c, unsigned bytes)
{
    struct str raw;
    uint64_t value = 0;
    BUG_IF(bytes < 1 || bytes > 8);
    raw = cursor_take(c, bytes);
    for (size_t i = raw.len; i > 0; i--) value = value << 8 | (unsigned char)raw.at[i - 1];
    return value;
}

void cursor_fail(struct cursor *c, enum err code)
{
    if (c->failed == ERR_OK) c->failed = code;
}

enum err cursor_check(const struct cursor *c)
{
    return c->failed;
}

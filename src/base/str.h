/*
 * str: a view of bytes that somebody else owns. Not terminated. Knows UTF-8 only as bytes.
 */
#ifndef STERLING_BASE_STR_H
#define STERLING_BASE_STR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *at; /* may be NULL when len is 0 */
    size_t len;     /* bytes */
};

#define STR(literal) ((struct str){("" literal), sizeof(literal) - 1})
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).len, ((s).at != NULL ? (s).at : "")

/* NULL gives the empty view. */
static inline struct str str_from(const char *text)
{
    return text == NULL ? (struct str){NULL, 0} : (struct str){text, strlen(text)};
}
static inline bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}
bool str_equal_nocase(struct str a, struct str b); /* ASCII case only */
int str_compare(struct str a, struct str b);       /* byte order, like memcmp then length */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_trim(struct str s); /* ASCII space, tab, CR, LF at both ends */
/* Clamped to the view. */
static inline struct str str_slice(struct str s, size_t from, size_t to)
{
    if (to > s.len) to = s.len;
    if (from >= to) return (struct str){s.at, 0};
    return (struct str){s.at + from, to - from};
}
/* Byte offset of the first `c`, or s.len. */
static inline size_t str_find_char(struct str s, char c)
{
    const char *hit = s.len == 0 ? NULL : (const char *)memchr(s.at, c, s.len);
    return hit == NULL ? s.len : (size_t)(hit - s.at);
}
/* Byte offset of the first `needle`, or s.len; an empty needle is found at 0. */
size_t str_find(struct str s, struct str needle);
/* Cuts at the first `c`: *head gets what is before, the result is what comes after (empty if none). */
static inline struct str str_cut(struct str s, char c, struct str *head)
{
    size_t at = str_find_char(s, c);
    *head = str_slice(s, 0, at);
    return str_slice(s, at + 1, s.len);
}
/* Decimal, whole view, no sign (u64) or optional '-' (i64). ERR_INVALID on anything else or overflow. */
MUST_CHECK enum err str_to_u64(struct str s, uint64_t *out);
MUST_CHECK enum err str_to_i64(struct str s, int64_t *out);
/* The other way: a view of `room`, without a terminator. */
enum { STR_U64_BYTES = 20 };
struct str str_of_u64(uint64_t n, char room[STR_U64_BYTES]);
/* Copies with a terminator into dst[size]; ERR_LIMIT (dst = "") if it does not fit. */
MUST_CHECK enum err str_copy(struct str s, char *dst, size_t size);
/* True if the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlongs). *bad_at gets the
 * offset of the first bad byte; may be NULL. */
bool str_is_utf8(struct str s, size_t *bad_at);
/* Equal length and bytes, in time that depends on the lengths only. For secrets. */
bool str_equal_secret(struct str a, struct str b);
/* 64-bit non-cryptographic hash (FNV-1a finished by a mixer); same on every machine. */
uint64_t str_hash(struct str s, uint64_t seed);

#endif

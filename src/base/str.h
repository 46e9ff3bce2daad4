/*
 * str: a view of bytes that somebody else owns. Not terminated. Knows UTF-8 only as bytes.
 */
#ifndef STERLING_BASE_STR_H
#define STERLING_BASE_STR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    const char *at; /* may be NULL when len is 0 */
    size_t len;     /* bytes */
};

#define STR(literal) ((struct str){("" literal), sizeof(literal) - 1})
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).len, ((s).at != NULL ? (s).at : "")

struct str str_from(const char *text); /* NULL gives the empty view */
bool str_equal(struct str a, struct str b);
bool str_equal_nocase(struct str a, struct str b); /* ASCII case only */
int str_compare(struct str a, struct str b);       /* byte order, like memcmp then length */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_trim(struct str s); /* ASCII space, tab, CR, LF at both ends */
struct str str_slice(struct str s, size_t from, size_t to); /* clamped to the view */
/* Byte offset of the first `c`, or s.len. */
size_t str_find_char(struct str s, char c);
/* Byte offset of the first `needle`, or s.len; an empty needle is found at 0. */
size_t str_find(struct str s, struct str needle);
/* Cuts at the first `c`: *head gets what is before, the result is what comes after (empty if none). */
struct str str_cut(struct str s, char c, struct str *head);
/* Decimal, whole view, no sign (u64) or optional '-' (i64). ERR_INVALID on anything else or overflow. */
MUST_CHECK enum err str_to_u64(struct str s, uint64_t *out);
MUST_CHECK enum err str_to_i64(struct str s, int64_t *out);
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

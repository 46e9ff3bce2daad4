/*
 * utf8: code points out of UTF-8, strictly (RFC 3629: no overlongs, nothing over U+10FFFF). Inline,
 * because segmentation reads every message several times.
 */
#ifndef STERLING_RULES_UTF8_H
#define STERLING_RULES_UTF8_H

#include "base/str.h"

enum { UTF8_BAD = -1 };

/* Length that a lead byte promises, 0 if it cannot lead; *least is the smallest code point it may carry. */
static inline unsigned utf8_lead(unsigned char lead, uint32_t *point, uint32_t *least)
{
    if (lead < 0x80) return *point = lead, *least = 0, 1;
    if (lead >= 0xC2 && lead < 0xE0) return *point = lead & 0x1FU, *least = 0x80, 2;
    if ((lead & 0xF0U) == 0xE0) return *point = lead & 0x0FU, *least = 0x800, 3;
    if (lead >= 0xF0 && lead < 0xF5) return *point = lead & 0x07U, *least = 0x10000, 4;
    return 0;
}

/* Takes the code point at *at (which must be inside `s`) and moves past it. UTF8_BAD, without moving,
 * on malformed bytes. Surrogates in three bytes are malformed unless `surrogates` is set. */
static inline int32_t utf8_next(struct str s, size_t *at, bool surrogates)
{
    uint32_t point = 0, least = 0;
    unsigned bytes = utf8_lead((unsigned char)s.at[*at], &point, &least);
    if (bytes == 0 || bytes > s.len - *at) return UTF8_BAD;
    for (unsigned i = 1; i < bytes; i++) {
        unsigned char c = (unsigned char)s.at[*at + i];
        if ((c & 0xC0U) != 0x80) return UTF8_BAD;
        point = point << 6 | (c & 0x3FU);
    }
    bool surrogate = (point & 0xFFFFF800U) == 0xD800;
    if (point < least || point > 0x10FFFF || (surrogate && !surrogates)) return UTF8_BAD;
    *at += bytes;
    return (int32_t)point;
}

#endif

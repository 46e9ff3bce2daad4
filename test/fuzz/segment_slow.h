/*
 * segment_slow: a second, slow count of segments that shares nothing with rules/segment: the characters are written out
 * from reference 7.2, and parts are filled one character at a time. It knows only texts in which every code point is a
 * character by itself (ASCII, the GSM alphabet, Cyrillic, CJK, kana); of others it says nothing.
 */
#ifndef STERLING_TEST_FUZZ_SEGMENT_SLOW_H
#define STERLING_TEST_FUZZ_SEGMENT_SLOW_H

#include "rules/segment.h"

/* False: this text is beyond it. The text is well-formed UTF-8. */
static inline bool segment_slow_count(struct str text, struct segment_count *out);

static const uint16_t SLOW_BASIC[] = {
    0x0a, 0x0d, 0xa1, 0xa3, 0xa4, 0xa5, 0xa7, 0xbf, 0xc4, 0xc5, 0xc6, 0xc7, 0xc9, 0xd1, 0xd6, 0xd8, 0xdc,
    0xdf, 0xe0, 0xe4, 0xe5, 0xe6, 0xe8, 0xe9, 0xec, 0xf1, 0xf2, 0xf6, 0xf8, 0xf9, 0xfc, 0x393, 0x394, 0x398,
    0x39b, 0x39e, 0x3a0, 0x3a3, 0x3a6, 0x3a8, 0x3a9};
static const char SLOW_EXTENDED[] = "\f^{}\\[~]|";

static inline unsigned slow_septets(uint32_t c)
{
    if (c == 0x20ac) return 2;
    for (size_t i = 0; i + 1 < sizeof SLOW_EXTENDED; i++)
        if (c == (unsigned char)SLOW_EXTENDED[i]) return 2;
    if (c >= 0x20 && c < 0x7f) return c == '`' ? 0 : 1;
    for (size_t i = 0; i < sizeof SLOW_BASIC / sizeof SLOW_BASIC[0]; i++)
        if (SLOW_BASIC[i] == c) return 1;
    return 0;
}

static inline bool slow_stands_alone(uint32_t c)
{
    return slow_septets(c) > 0 || c == '\t' || c == '`' || (c >= 0x410 && c <= 0x44f) || (c >= 0x3042 && c <= 0x3093) ||
           (c >= 0x4e00 && c <= 0x9fa5);
}

static inline uint32_t slow_code_point(struct str text, size_t *at)
{
    const unsigned char *p = (const unsigned char *)text.at + *at;
    size_t length = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t c = length == 1 ? p[0] : p[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++)
        c = c << 6 | (p[i] & 0x3fU);
    *at += length;
    return c;
}

static inline bool segment_slow_count(struct str text, struct segment_count *out)
{
    uint32_t room, parts = 1, filled = 0;
    bool gsm = true;
    *out = (struct segment_count){0};
    for (size_t at = 0; at < text.len;) {
        uint32_t c = slow_code_point(text, &at);
        if (!slow_stands_alone(c)) return false;
        gsm = gsm && slow_septets(c) > 0;
        out->characters++;
    }
    for (size_t at = 0; at < text.len;) {
        uint32_t c = slow_code_point(text, &at);
        out->units += gsm ? slow_septets(c) : 1;
    }
    room = out->units <= (gsm ? 160U : 70U) ? UINT32_MAX : gsm ? 153U : 67U;
    for (size_t at = 0; at < text.len;) {
        uint32_t c = slow_code_point(text, &at), units = gsm ? slow_septets(c) : 1;
        if (filled + units > room) {
            parts++;
            filled = 0;
        }
        filled += units;
    }
    out->encoding = gsm ? SEGMENT_GSM7 : SEGMENT_UCS2;
    out->segments = parts;
    out->graphemes = out->characters;
    return true;
}

#endif

/* letter: decoding and folding of single characters. Owns nothing, cannot fail. Contract in letter.h. */
#include "rules/letter.h"

uint32_t letter_take(struct cursor *c)
{
    static const unsigned char LEAD_MASK[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value;
    unsigned char lead = (unsigned char)cursor_next(c);
    unsigned len = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

    if (len == 0 || lead > 0xF4) return 0xFFFD;
    value = lead & LEAD_MASK[len];
    for (unsigned i = 1; i < len; i++) {
        int next = cursor_peek(c);
        if (next < 0x80 || next > 0xBF) return 0xFFFD;
        value = value << 6 | (uint32_t)(cursor_next(c) & 0x3F);
    }
    return value;
}

/* What surrounds a word without being part of it: punctuation, quotes, spaces, symbols, emoji, marks. */
static bool is_noise(uint32_t u)
{
    static const struct {
        uint32_t first, last;
    } RANGES[] = {
        {0x0080, 0x00A9}, {0x00AB, 0x00B4}, {0x00B6, 0x00B9}, {0x00BB, 0x00BF}, {0x00D7, 0x00D7},
        {0x00F7, 0x00F7}, {0x02B0, 0x036F}, {0x061C, 0x061C}, {0x115F, 0x1160}, {0x180B, 0x180E},
        {0x2000, 0x2BFF}, {0x2E00, 0x2E7F}, {0x3000, 0x3020}, {0x3164, 0x3164}, {0xFE00, 0xFE6F},
        {0xFEFF, 0xFEFF}, {0xFF00, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65},
        {0xFFF9, 0xFFFD}, {0x1F000, 0x1FAFF}, {0xE0000, 0xE01EF},
    };
    for (size_t i = 0; i < sizeof RANGES / sizeof RANGES[0]; i++)
        if (u >= RANGES[i].first && u <= RANGES[i].last) return true;
    return false;
}

/* Latin-1 letters without their accents, in order from U+00C0. */
static char fold_latin(uint32_t u)
{
    static const char BASE[] = "AAAAAA?CEEEEIIIIDNOOOOO?OUUUUY??";
    return BASE[(u - 0xC0) & 0x1F];
}

char letter_fold(uint32_t u)
{
    if (u >= 0xFF01 && u <= 0xFF5E) u -= 0xFEE0; /* full-width forms, as some keyboards type them */
    if (u >= 'a' && u <= 'z') return (char)(u - 'a' + 'A');
    if ((u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9')) return (char)u;
    if (u < 0x80 || is_noise(u)) return 0;
    return u >= 0xC0 && u <= 0xFF ? fold_latin(u) : '?';
}

uint32_t letter_small(uint32_t u)
{
    static const struct {
        uint32_t accented, plain;
    } greek[] = {{0x3AC, 0x3B1}, {0x3AD, 0x3B5}, {0x3AE, 0x3B7}, {0x3AF, 0x3B9}, {0x3CC, 0x3BF},
                 {0x3CD, 0x3C5}, {0x3CE, 0x3C9}, {0x386, 0x3B1}, {0x388, 0x3B5}, {0x389, 0x3B7},
                 {0x38A, 0x3B9}, {0x38C, 0x3BF}, {0x38E, 0x3C5}, {0x38F, 0x3C9}, {0x3C2, 0x3C3}};

    for (size_t i = 0; i < sizeof greek / sizeof greek[0]; i++)
        if (u == greek[i].accented) return greek[i].plain;
    if ((u >= 0x100 && u <= 0x137) || (u >= 0x14A && u <= 0x177)) return u | 1; /* Latin, in pairs */
    if ((u >= 0x139 && u <= 0x148) || (u >= 0x179 && u <= 0x17E)) return (u + 1) & ~UINT32_C(1);
    if (u >= 0x391 && u <= 0x3A9) return u + 0x20; /* Greek */
    if (u >= 0x410 && u <= 0x42F) return u + 0x20; /* Cyrillic */
    if (u >= 0x400 && u <= 0x40F) return u + 0x50;
    return u;
}

/*
 * utf8: a code point as its bytes (RFC 3629). Whether bytes are well-formed is str_is_utf8's to say.
 */
#ifndef STERLING_BASE_UTF8_H
#define STERLING_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Gives how many there are, 1 … 4. The point is at most U+10FFFF. */
static inline size_t utf8_put(uint32_t point, char out[4])
{
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t count = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

    for (size_t i = count; i-- > 1; point >>= 6) out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)(first[count] | point);
    return count;
}

#endif

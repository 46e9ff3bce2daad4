/* sid: provider identifiers in 17 bytes. Contract in sid.h. */
#include "store/sid.h"

#include <string.h>

enum { SID_RAW = 0, SID_SM = 1, SID_MM = 2, SID_HEX = 32 };

/* One more than its value; 0 for what is none. Upper case would not read back the same. A table, because a processor
 * guesses wrong at every third digit whether it is a letter. */
static const unsigned char HEX[256] = {['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
                                       ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
                                       ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16};

static bool pack_hex(const char *hex, unsigned char out[16])
{
    bool good = true;
    for (size_t i = 0; i < SID_HEX; i += 2) {
        unsigned high = HEX[(unsigned char)hex[i]], low = HEX[(unsigned char)hex[i + 1]];
        good = good & (high != 0) & (low != 0);
        out[i / 2] = (unsigned char)((high - 1) * 16 + (low - 1));
    }
    return good;
}

size_t sid_pack(const char *sid, unsigned char out[SID_PACKED_MAX])
{
    size_t len = strnlen(sid, SID_BYTES - 1);
    if (len == 0) return 0;
    if (len == 2 + SID_HEX && sid[1] == 'M' && (sid[0] == 'S' || sid[0] == 'M') && pack_hex(sid + 2, out + 1)) {
        out[0] = sid[0] == 'S' ? SID_SM : SID_MM;
        return 17;
    }
    out[0] = SID_RAW;
    memcpy(out + 1, sid, len);
    return len + 1;
}

enum err sid_unpack(const unsigned char *in, size_t len, char out[SID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    out[0] = 0;
    if (len == 0) return ERR_OK;
    if (in[0] == SID_RAW && len <= SID_BYTES) {
        memcpy(out, in + 1, len - 1);
        out[len - 1] = 0;
        return ERR_OK;
    }
    if (len != 17 || in[0] > SID_MM) return ERR_CORRUPT;
    out[0] = in[0] == SID_SM ? 'S' : 'M';
    out[1] = 'M';
    for (size_t i = 0; i < 16; i++) {
        out[2 + 2 * i] = digits[in[1 + i] >> 4];
        out[3 + 2 * i] = digits[in[1 + i] & 15];
    }
    out[2 + SID_HEX] = 0;
    return ERR_OK;
}

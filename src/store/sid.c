/* sid: provider identifiers in 17 bytes. Contract in sid.h. */
#include "store/sid.h"

#include <string.h>

enum { SID_RAW = 0, SID_SM = 1, SID_MM = 2, SID_HEX = 32 };

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; /* upper case would not read back the same */
}

static bool pack_hex(const char *hex, unsigned char out[16])
{
    for (size_t i = 0; i < SID_HEX; i += 2) {
        int high = hex_value(hex[i]), low = hex_value(hex[i + 1]);
        if (high < 0 || low < 0) return false;
        out[i / 2] = (unsigned char)(high * 16 + low);
    }
    return true;
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

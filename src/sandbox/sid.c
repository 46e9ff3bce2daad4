/*
 * sid: Twilio's 34-character names, made from the seed and read back without an index.
 *
 * The first 16 hex digits are a bijection of the number, the last 16 vouch for it, so that a made-up SID
 * names nothing. Holds no state.
 */
#include "sandbox/world.h"

#include <stdio.h>

static const char sid_prefix[][3] = {
    [SID_ACCOUNT] = "AC", [SID_TEST_ACCOUNT] = "AC", [SID_SERVICE] = "MG",
    [SID_NUMBER] = "PN",  [SID_SHORT_CODE] = "SC",   [SID_ALPHA] = "AI",
    [SID_MESSAGE] = "SM", [SID_ALERT] = "NO",        [SID_REQUEST] = "RQ",
    [SID_ADDRESS] = "AD",    [SID_KEY] = "SK",        [SID_END_USER] = "IT",
    [SID_DOCUMENT] = "RD",   [SID_PROFILE] = "BU",    [SID_PRODUCT] = "BU",
    [SID_ASSIGNMENT] = "BV", [SID_CHANNEL] = "RA",    [SID_EVALUATION] = "EL",
    [SID_BRAND] = "BN",      [SID_VETTING] = "VT",    [SID_CAMPAIGN] = "CM",
    [SID_NUMBER_REGISTRATION] = "NR",                 [SID_TOLL_FREE] = "HH",
    [SID_SINK] = "DG",       [SID_SUBSCRIPTION] = "DF",
    [SID_VERIFY_SERVICE] = "VA", [SID_VERIFICATION] = "VE", [SID_VERIFY_ATTEMPT] = "VL",
};

/* The finisher of splitmix64 and its inverse: a bijection of 64 bits. */
static uint64_t scramble(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

static uint64_t unscramble(uint64_t x)
{
    x = (x ^ (x >> 31) ^ (x >> 62)) * 0x319642b2d24d8ec3ULL;
    x = (x ^ (x >> 27) ^ (x >> 54)) * 0x96de1b173f119089ULL;
    return x ^ (x >> 30) ^ (x >> 60);
}

static uint64_t sid_salt(const struct sandbox *sb, enum sid_kind kind)
{
    uint64_t run = kind == SID_MESSAGE || kind == SID_ALERT || kind == SID_REQUEST ||
                           kind == SID_VERIFICATION || kind == SID_VERIFY_ATTEMPT ? sb->config.run : 0;
    return scramble((sb->key ^ scramble(run)) + (uint64_t)kind * 0x9e3779b97f4a7c15ULL);
}

static void put_hex(uint64_t value, char *out)
{
    for (int i = 15; i >= 0; i--, value >>= 4) out[i] = "0123456789abcdef"[value & 15];
}

void sb_sid_make(const struct sandbox *sb, enum sid_kind kind, uint64_t n, char out[SANDBOX_SID_BYTES])
{
    uint64_t salt = sid_salt(sb, kind), head = scramble(n ^ salt);
    out[0] = sid_prefix[kind][0];
    out[1] = sid_prefix[kind][1];
    put_hex(head, out + 2);
    put_hex(scramble(head + salt), out + 18);
    out[34] = '\0';
}

static bool read_hex(struct str s, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        if (c >= '0' && c <= '9')
            *out = *out << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            *out = *out << 4 | (uint64_t)(c - 'a' + 10);
        else
            return false;
    }
    return true;
}

uint64_t sb_sid_read(const struct sandbox *sb, enum sid_kind kind, struct str sid)
{
    uint64_t head, tail, salt = sid_salt(sb, kind);
    if (sid.len != SANDBOX_SID_BYTES - 1 || sid.at[0] != sid_prefix[kind][0] ||
        sid.at[1] != sid_prefix[kind][1])
        return UINT64_MAX;
    if (!read_hex(str_slice(sid, 2, 18), &head) || !read_hex(str_slice(sid, 18, 34), &tail))
        return UINT64_MAX;
    if (tail != scramble(head + salt)) return UINT64_MAX;
    return unscramble(head) ^ salt;
}

void sb_sid_token(const struct sandbox *sb, uint64_t n, char out[SANDBOX_TOKEN_BYTES])
{
    uint64_t salt = scramble(sb->key ^ 0x746f6b656eULL);
    put_hex(scramble(salt + n * 2), out);
    put_hex(scramble(salt + n * 2 + 1), out + 16);
    out[32] = '\0';
}

void sandbox_message_sid(const struct sandbox *sb, uint64_t number, char out[SANDBOX_SID_BYTES])
{
    sb_sid_make(sb, SID_MESSAGE, number, out);
}

uint64_t sandbox_message_number(const struct sandbox *sb, struct str sid)
{
    uint64_t number = sb_sid_read(sb, SID_MESSAGE, sid);
    return number == UINT64_MAX || number == 0 || number > sb->last_number ? 0 : number;
}

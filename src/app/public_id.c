/* public_id: a four-round Feistel permutation of 64 bits, tweaked by the kind. Contract in public_id.h. */
#include "app/public_id.h"

#include <string.h>

static const char ALPHABET[] = "0123456789abcdefghjkmnpqrstvwxyz";
static const char *const PREFIX[] = {"msg", "cmp", "con", "lst", "snd", "key",
                                     "imp", "hk",  "evt", "inb", "prg", "cns", "cur", "reg", "hyg"};

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

void public_ids_init(struct public_ids *p, const unsigned char key[PUBLIC_KEY_BYTES])
{
    uint64_t low, high;
    memcpy(&low, key, 8);
    memcpy(&high, key + 8, 8);
    for (uint64_t i = 0; i < 4; i++)
        p->round_keys[i] = mix(low + (i + 1) * 0x9e3779b97f4a7c15ULL) ^ mix(high - i);
}

static uint32_t round_of(const struct public_ids *p, unsigned i, uint32_t half, enum public_kind kind)
{
    return (uint32_t)(mix(p->round_keys[i] ^ half ^ ((uint64_t)kind << 40)) >> 32);
}

void public_id_format(const struct public_ids *p, enum public_kind kind, uint64_t id,
                      char out[PUBLIC_ID_BYTES])
{
    uint32_t left = (uint32_t)(id >> 32), right = (uint32_t)id;
    size_t at = strlen(PREFIX[kind]);
    uint64_t word;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t next = left ^ round_of(p, i, right, kind);
        left = right;
        right = next;
    }
    word = (uint64_t)left << 32 | right;
    memcpy(out, PREFIX[kind], at);
    out[at++] = '_';
    for (int shift = 60; shift >= 0; shift -= 5)
        out[at++] = ALPHABET[(word >> shift) & 31];
    out[at] = '\0';
}

static int digit_of(char c)
{
    const char *hit = c == '\0' ? NULL : strchr(ALPHABET, c);
    return hit == NULL ? -1 : (int)(hit - ALPHABET);
}

enum err public_id_parse(const struct public_ids *p, enum public_kind kind, struct str text, uint64_t *id)
{
    size_t prefix = strlen(PREFIX[kind]);
    uint64_t word = 0;
    uint32_t left, right;

    if (text.len != prefix + 14 || memcmp(text.at, PREFIX[kind], prefix) != 0 || text.at[prefix] != '_')
        return ERR_NOT_FOUND;
    for (size_t i = prefix + 1; i < text.len; i++) {
        int digit = digit_of(text.at[i]);
        if (digit < 0 || word >> 59 != 0) return ERR_NOT_FOUND;
        word = word << 5 | (uint64_t)digit;
    }
    left = (uint32_t)(word >> 32);
    right = (uint32_t)word;
    for (unsigned i = 4; i > 0; i--) {
        uint32_t before = right ^ round_of(p, i - 1, left, kind);
        right = left;
        left = before;
    }
    *id = (uint64_t)left << 32 | right;
    return ERR_OK;
}

/* public_id: a four-round Feistel permutation of 64 bits, tweaked by the kind. Contract in public_id.h. */
#include "app/public_id.h"

#include <string.h>

static const char ALPHABET[] = "0123456789abcdefghjkmnpqrstvwxyz";
/* One more than a digit's place in it; 0 for what is none. */
static const unsigned char PLACE[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['g'] = 17, ['h'] = 18, ['j'] = 19, ['k'] = 20, ['m'] = 21, ['n'] = 22, ['p'] = 23, ['q'] = 24,
    ['r'] = 25, ['s'] = 26, ['t'] = 27, ['v'] = 28, ['w'] = 29, ['x'] = 30, ['y'] = 31, ['z'] = 32};
static const char *const PREFIX[] = {"msg", "cmp", "con", "lst", "snd", "key",
                                     "imp", "hk",  "evt", "inb", "prg", "cns", "cur", "reg", "hyg", "ver", "num"};

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

enum err public_id_parse(const struct public_ids *p, enum public_kind kind, struct str text, uint64_t *id)
{
    size_t prefix = strlen(PREFIX[kind]);
    uint64_t word = 0;
    uint32_t left, right;

    if (text.len != prefix + 14 || memcmp(text.at, PREFIX[kind], prefix) != 0 || text.at[prefix] != '_')
        return ERR_NOT_FOUND;
    for (size_t i = prefix + 1; i < text.len; i++) {
        unsigned place = PLACE[(unsigned char)text.at[i]];
        if (place == 0 || word >> 59 != 0) return ERR_NOT_FOUND;
        word = word << 5 | (place - 1);
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

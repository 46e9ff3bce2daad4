/* str: views of bytes. Contract in str.h. */
#include "base/str.h"

#include "base/mutant.h"

#include <string.h>

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool str_equal_nocase(struct str a, struct str b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i])) return false;
    return true;
}

int str_compare(struct str a, struct str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n == 0 ? 0 : memcmp(a.at, b.at, n);
    if (order != 0) return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_equal((struct str){s.at, prefix.len}, prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len &&
           str_equal(str_slice(s, s.len - suffix.len, s.len), suffix);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.len > 0 && is_space(s.at[s.len - 1])) s.len--;
    while (s.len > 0 && is_space(s.at[0])) {
        s.at++;
        s.len--;
    }
    return s;
}

size_t str_find(struct str s, struct str needle)
{
    const char *hit;
    if (needle.len == 0) return 0;
    if (s.len < needle.len) return s.len;
    hit = memmem(s.at, s.len, needle.at, needle.len);
    return hit == NULL ? s.len : (size_t)(hit - s.at);
}

enum err str_to_u64(struct str s, uint64_t *out)
{
    uint64_t value = 0;
    if (s.len == 0) return ERR_INVALID;
    for (size_t i = 0; i < s.len; i++) {
        uint64_t digit = (uint64_t)(unsigned char)s.at[i] - '0';
        if (digit > 9) return ERR_INVALID;
        if (value > (UINT64_MAX - digit) / 10) return ERR_INVALID;
        value = value * 10 + digit;
    }
    *out = value;
    return ERR_OK;
}

enum err str_to_i64(struct str s, int64_t *out)
{
    bool negative = s.len > 0 && s.at[0] == '-';
    uint64_t value;
    if (str_to_u64(negative ? str_slice(s, 1, s.len) : s, &value) != ERR_OK) return ERR_INVALID;
    if (value > (uint64_t)INT64_MAX + negative) return ERR_INVALID;
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return ERR_OK;
}

enum err str_copy(struct str s, char *dst, size_t size)
{
    BUG_IF(size == 0);
    dst[0] = '\0';
    if (s.len >= size) return ERR_LIMIT;
    if (s.len > 0) memcpy(dst, s.at, s.len);
    dst[s.len] = '\0';
    return ERR_OK;
}

/* Length of the well-formed sequence at p (at most n bytes left), 0 if malformed. RFC 3629, section 4. */
static size_t utf8_sequence(const unsigned char *p, size_t n)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t len;

    if (p[0] < 0x80) return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4) return 0;
    len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (n < len) return 0;
    if (p[0] == 0xE0) low = 0xA0;
    if (p[0] == 0xED) high = 0x9F;
    if (p[0] == 0xF0) low = 0x90;
    if (p[0] == 0xF4) high = 0x8F;
    if (p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < len; i++)
        if (p[i] < 0x80 || p[i] > 0xBF) return 0;
    return len;
}

bool str_is_utf8(struct str s, size_t *bad_at)
{
    size_t at = 0;
    while (at < s.len) {
        size_t step = utf8_sequence((const unsigned char *)s.at + at, s.len - at);
        if (step == 0) {
            if (bad_at != NULL) *bad_at = at;
            return false;
        }
        at += step;
    }
    return true;
}

struct str str_of_u64(uint64_t n, char room[STR_U64_BYTES])
{
    size_t at = STR_U64_BYTES;
    do
        room[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    return (struct str){room + at, STR_U64_BYTES - at};
}

bool str_equal_secret(struct str a, struct str b)
{
    unsigned char difference = 0;
    if (a.len != b.len) return false;
    if (MUTANT(secret_by_prefix) && a.len > 8) a.len = 8;
    if (MUTANT(secret_by_memcmp)) return memcmp(a.at, b.at, a.len) == 0;
    for (size_t i = 0; i < a.len; i++)
        difference = (unsigned char)(difference | (a.at[i] ^ b.at[i]));
    return ((volatile unsigned char){difference}) == 0;
}

uint64_t str_hash(struct str s, uint64_t seed)
{
    uint64_t h = 1469598103934665603ULL ^ seed;
    for (size_t i = 0; i < s.len; i++) {
        h ^= (unsigned char)s.at[i];
        h *= 1099511628211ULL;
    }
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93ULL;
    h ^= h >> 32;
    return h;
}

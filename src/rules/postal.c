/* postal: reads a code and finds its longest prefix. Owns nothing. */
#include "rules/postal.h"

#include <string.h>

enum { ZIP_DIGITS = 5, ZIP_LEAST = 3, PLUS_FOUR = 4 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static size_t digits_at(struct str text)
{
    size_t n = 0;
    while (n < text.len && is_digit(text.at[n]))
        n++;
    return n;
}

/* "02139", "02139-4307", "021394307"; a spreadsheet drops leading zeros: "2139", "2139-4307", "601". */
static bool read_zip(struct str text, char out[ZIP_DIGITS + 1])
{
    size_t n = digits_at(text);
    struct str rest = str_slice(text, n, text.len);

    if (rest.len > 0 && (rest.at[0] != '-' || rest.len != 1 + PLUS_FOUR ||
                         digits_at(str_slice(rest, 1, rest.len)) != PLUS_FOUR))
        return false;
    if (n == ZIP_DIGITS + PLUS_FOUR && rest.len == 0) n = ZIP_DIGITS;
    if (n < ZIP_LEAST || n > ZIP_DIGITS) return false;
    memset(out, '0', ZIP_DIGITS);
    memcpy(out + ZIP_DIGITS - n, text.at, n);
    out[ZIP_DIGITS] = '\0';
    return true;
}

/* "K1A 0B1", "K1A0B1", "k1a-0b1", or the first three of it. */
static bool read_canadian(struct str text, char out[4])
{
    size_t n = 0;
    char all[6];

    for (size_t i = 0; i < text.len; i++) {
        if (i == 3 && (text.at[i] == ' ' || text.at[i] == '-')) continue;
        if (n == sizeof all || is_digit(text.at[i]) != (n % 2 == 1)) return false;
        all[n++] = upper(text.at[i]);
        if (n % 2 == 1 && (all[n - 1] < 'A' || all[n - 1] > 'Z')) return false;
    }
    if (n != 3 && n != 6) return false;
    memcpy(out, all, 3);
    out[3] = '\0';
    return true;
}

static const struct postal_prefix *find(const char *prefix)
{
    size_t low = 0, high = postal_prefix_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(postal_prefixes[middle].prefix, prefix);
        if (order == 0) return &postal_prefixes[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct postal_prefix *postal_find(struct str code)
{
    char whole[ZIP_DIGITS + 1];
    const struct postal_prefix *found;
    size_t shorter;

    code = str_trim(code);
    if (read_zip(code, whole))
        shorter = 3;
    else if (read_canadian(code, whole))
        shorter = 1;
    else
        return NULL;
    found = find(whole);
    whole[shorter] = '\0';
    return found != NULL ? found : find(whole);
}

bool postal_is_canadian(const struct postal_prefix *p)
{
    return !is_digit(p->prefix[0]);
}

/* overrides: reads the fragment of a webhook URL. Contract in overrides.h. Holds no state, cannot fail. */
#include "sandbox/overrides.h"

size_t overrides_url_bytes(struct str url)
{
    return str_find_char(url, '#');
}

static void read_number(struct str value, uint64_t min, uint64_t max, uint32_t *out, int *bad)
{
    uint64_t n;
    if (str_to_u64(value, &n) == ERR_OK && n >= min && n <= max)
        *out = (uint32_t)n;
    else
        *bad = 11243;
}

static void read_policy(struct str value, unsigned *on, int *bad)
{
    unsigned mask = 0;
    while (value.len > 0) {
        struct str word;
        value = str_cut(value, ',', &word);
        if (str_equal(word, STR("4xx")))
            mask |= RETRY_4XX;
        else if (str_equal(word, STR("5xx")))
            mask |= RETRY_5XX;
        else if (str_equal(word, STR("ct")))
            mask |= RETRY_CONNECT;
        else if (str_equal(word, STR("rt")))
            mask |= RETRY_READ;
        else if (str_equal(word, STR("all")))
            mask |= RETRY_ALL;
        else
            *bad = 11243;
    }
    if (mask != 0) *on = mask;
}

struct overrides overrides_read(struct str url, int *bad)
{
    struct overrides o = {5000, 15000, 15000, 1, RETRY_CONNECT};
    struct str rest = str_slice(url, overrides_url_bytes(url) + 1, url.len);
    *bad = 0;
    while (rest.len > 0) {
        struct str pair, name;
        rest = str_cut(rest, '&', &pair);
        struct str value = str_cut(pair, '=', &name);
        if (str_equal(name, STR("ct")))
            read_number(value, 100, 10000, &o.connect_timeout_ms, bad);
        else if (str_equal(name, STR("rt")))
            read_number(value, 100, 15000, &o.read_timeout_ms, bad);
        else if (str_equal(name, STR("tt")))
            read_number(value, 100, 15000, &o.total_timeout_ms, bad);
        else if (str_equal(name, STR("rc")))
            read_number(value, 0, 5, &o.retries, bad);
        else if (str_equal(name, STR("rp")))
            read_policy(value, &o.on, bad);
    }
    return o;
}

/*
 * twilio_url_fuzz: any URL taken apart is put together again; ports come and go without another change; a normal form
 * is its own normal form, and a query's first value is found where a slow search finds it.
 */
#include "twilio/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str slow_query_get(struct str url, struct str name)
{
    struct str pair, key, value, query = str_cut(url_without_fragment(url), '?', &pair);
    while (query.len > 0) {
        query = str_cut(query, '&', &pair);
        value = str_cut(pair, '=', &key);
        if (str_equal(key, name)) return value;
    }
    return (struct str){NULL, 0};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str url = {(const char *)data, size}, normal, again;
    struct url_parts parts;
    struct arena a;
    if (size > 8192) return 0;
    arena_init(&a, 1 << 22);
    BUG_IF(!str_equal(slow_query_get(url, STR("a")), url_query_get(url, STR("a"))));
    BUG_IF(url_without_fragment(url).len > url.len);
    if (url_split(url, &parts)) {
        BUG_IF(!str_equal(url_join(&a, &parts), url));
        struct str bare = url_without_port(&a, url), ported = url_with_port(&a, bare);
        BUG_IF(!str_equal(url_without_port(&a, bare), bare));
        BUG_IF(!str_equal(url_without_port(&a, ported), bare));
    }
    if (url_normalise(&a, url, &normal) == ERR_OK) {
        BUG_IF(url_normalise(&a, normal, &again) != ERR_OK || !str_equal(normal, again));
        BUG_IF(!str_starts(normal, STR("http://")) && !str_starts(normal, STR("https://")));
    }
    arena_reset(&a);
    return 0;
}

/*
 * fields_fuzz: two JSON texts, cut at the first 0xff: merged or refused; merging is what a slow merge gives, and
 * putting the same news over the result changes nothing.
 */
#include "store/fields.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *load(struct str text)
{
    return text.len == 0 ? json_object() : json_loadb(text.at, text.len, 0, NULL);
}

static void check_slowly(struct str old, struct str news, struct str merged)
{
    json_t *low = load(old), *high = load(news), *all = load(merged), *value;
    const char *name;
    BUG_IF(!json_is_object(low) || !json_is_object(high) || !json_is_object(all));
    json_object_foreach (all, name, value) {
        const json_t *wanted = json_object_get(high, name);
        BUG_IF(!json_equal(value, wanted != NULL ? wanted : json_object_get(low, name)));
    }
    json_object_foreach (low, name, value)
        BUG_IF(json_object_get(all, name) == NULL);
    json_object_foreach (high, name, value)
        BUG_IF(json_object_get(all, name) == NULL);
    json_decref(low);
    json_decref(high);
    json_decref(all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str old, news = str_cut((struct str){(const char *)data, size}, '\xff', &old);
    struct buf once, twice;
    buf_init(&once, FIELDS_BYTES_MAX);
    buf_init(&twice, FIELDS_BYTES_MAX);
    if (fields_merge(old, news, &once) == ERR_OK) {
        check_slowly(old, news, buf_str(&once));
        BUG_IF(fields_merge(buf_str(&once), news, &twice) != ERR_OK || !str_equal(buf_str(&once), buf_str(&twice)));
    }
    buf_free(&once);
    buf_free(&twice);
    return 0;
}

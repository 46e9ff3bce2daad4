/*
 * values_fuzz: "template 0xff JSON 0xff JSON": a recipient's fields laid over a campaign's and put into a text. What is
 * laid over wins, what is rendered holds the values as they are, and rendering twice gives the same.
 */
#include "app/values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_merge(struct arena *a, struct str under, struct str over)
{
    struct values high, all;
    struct str merged = values_merge(a, under, over), again;
    if (merged.at == NULL) return;
    BUG_IF(values_parse(merged, &all) != ERR_OK || values_parse(over, &high) != ERR_OK);
    struct str name = values_get(&high, STR("name"));
    if (name.at != NULL) BUG_IF(!str_equal(values_get(&all, STR("name")), name));
    again = values_merge(a, merged, over);
    BUG_IF(again.at != NULL && !str_equal(merged, again));
    values_free(&all);
    values_free(&high);
}

static void check_render(const struct values *v, const struct template *t)
{
    struct buf one, two;
    struct str missing = {NULL, 0};
    enum err first, second;
    buf_init(&one, 1 << 16);
    buf_init(&two, 1 << 16);
    first = values_render(v, t, &one, &missing);
    second = values_render(v, t, &two, NULL);
    BUG_IF(first != second || !str_equal(buf_str(&one), buf_str(&two)));
    BUG_IF(first == ERR_NOT_FOUND && missing.len == 0);
    for (size_t i = 0; first == ERR_OK && i < template_field_count(t); i++) {
        struct str value = values_get(v, template_field(t, i));
        if (value.len > 0 && str_trim(value).len == value.len)
            BUG_IF(str_find(buf_str(&one), value) == one.len && value.len <= one.len);
    }
    buf_free(&one);
    buf_free(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text, under, over = str_cut((struct str){(const char *)data, size}, '\xff', &text);
    struct template *t = NULL;
    struct values v;
    struct fault f = {.what = ""};
    struct arena a;
    over = str_cut(over, '\xff', &under);
    arena_init(&a, 1 << 20);
    check_merge(&a, under, over);
    if (values_parse(over, &v) == ERR_OK) {
        if (template_compile(text, &t, &f) == ERR_OK) check_render(&v, t);
        template_free(t);
        values_free(&v);
    }
    arena_reset(&a);
    return 0;
}

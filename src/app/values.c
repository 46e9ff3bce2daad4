/* values: JSON objects of texts behind templates. Owns the parsed object. */
#include "app/values.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { FIELD_NAME_MAX = TEMPLATE_NAME_MAX };

enum err values_parse(struct str json, struct values *out)
{
    out->object = NULL;
    if (json.len == 0) return ERR_OK;
    out->object = json_loadb(json.at, json.len, 0, NULL);
    if (json_is_object((json_t *)out->object)) return ERR_OK;
    values_free(out);
    return ERR_INVALID;
}

void values_free(struct values *f)
{
    json_decref(f->object);
    f->object = NULL;
}

struct str values_get(const struct values *f, struct str name)
{
    char key[FIELD_NAME_MAX + 1];
    const json_t *value;

    if (f->object == NULL || str_copy(name, key, sizeof key) != ERR_OK) return (struct str){NULL, 0};
    value = json_object_get(f->object, key);
    if (!json_is_string(value)) return (struct str){NULL, 0};
    return (struct str){json_string_value(value), json_string_length(value)};
}

static struct str value_of(void *ctx, size_t index, struct str name)
{
    (void)index;
    return values_get(ctx, name);
}

enum err values_render(const struct values *f, const struct template *t, struct buf *out, struct str *missing)
{
    struct values copy = *f;

    return template_render(t, value_of, &copy, out, missing);
}

struct str values_merge(struct arena *a, struct str under, struct str over)
{
    struct values low = {0}, high = {0};
    struct str out = {NULL, 0};
    char *text = NULL;

    if (values_parse(under, &low) == ERR_OK && values_parse(over, &high) == ERR_OK && low.object != NULL &&
        json_object_update(low.object, high.object) == 0)
        text = json_dumps(low.object, JSON_COMPACT | JSON_SORT_KEYS);
    if (text != NULL) out = arena_str(a, str_from(text));
    free(text);
    values_free(&low);
    values_free(&high);
    return out;
}

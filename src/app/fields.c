/* fields: JSON objects of texts behind templates. Owns the parsed object. */
#include "app/fields.h"

#include <jansson.h>
#include <string.h>

enum { FIELD_NAME_MAX = TEMPLATE_NAME_MAX };

enum err fields_parse(struct str json, struct fields *out)
{
    out->object = NULL;
    if (json.len == 0) return ERR_OK;
    out->object = json_loadb(json.at, json.len, 0, NULL);
    if (json_is_object((json_t *)out->object)) return ERR_OK;
    fields_free(out);
    return ERR_INVALID;
}

void fields_free(struct fields *f)
{
    json_decref(f->object);
    f->object = NULL;
}

struct str fields_get(const struct fields *f, struct str name)
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
    return fields_get(ctx, name);
}

enum err fields_render(const struct fields *f, const struct template *t, struct buf *out, struct str *missing)
{
    struct fields copy = *f;

    return template_render(t, value_of, &copy, out, missing);
}

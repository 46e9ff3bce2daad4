/* fields: two JSON objects into one. Contract in fields.h. */
#include "store/fields.h"

#include <jansson.h>
#include <stdlib.h>

static json_t *object_of(struct str text)
{
    json_t *value = text.len == 0 ? json_object() : json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(value)) return value;
    json_decref(value);
    return NULL;
}

enum err fields_merge(struct str old, struct str news, struct buf *out)
{
    json_t *all = object_of(old), *over = object_of(news);
    enum err code = ERR_INVALID;
    if (all != NULL && over != NULL) {
        char *text = json_object_update(all, over) == 0 ? json_dumps(all, JSON_COMPACT) : NULL;
        code = ERR_FULL;
        if (text != NULL) {
            buf_add_text(out, text);
            code = buf_check(out);
        }
        free(text);
    }
    json_decref(all);
    json_decref(over);
    return code;
}

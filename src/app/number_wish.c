/* number_wish: read with jansson, written as it goes. Contract in number_wish.h. */
#include "app/number_wish.h"

#include "base/json_out.h"

#include <jansson.h>

/* One table of the texts, for both ways. */
static const struct {
    const char *name;
    size_t offset;
} TEXTS[] = {
    {"country", offsetof(struct number_search, country)},
    {"area_code", offsetof(struct number_search, area_code)},
    {"contains", offsetof(struct number_search, contains)},
    {"region", offsetof(struct number_search, region)},
    {"locality", offsetof(struct number_search, locality)},
    {"postal_code", offsetof(struct number_search, postal_code)},
    {"near_number", offsetof(struct number_search, near_number)},
    {"near_lat_long", offsetof(struct number_search, near_lat_long)},
};
enum { TEXTS_COUNT = sizeof TEXTS / sizeof TEXTS[0] };

static struct str *text_at(struct number_search *s, size_t i)
{
    return (struct str *)(void *)((char *)s + TEXTS[i].offset);
}

void number_wish_write(const struct number_wish *w, struct buf *out)
{
    struct number_search s = w->search;

    json_open(out, '{');
    json_put_int(out, "type", s.type);
    for (size_t i = 0; i < TEXTS_COUNT; i++)
        if (text_at(&s, i)->len > 0) json_put_str(out, TEXTS[i].name, *text_at(&s, i));
    if (w->number.len > 0) json_put_str(out, "number", w->number);
    json_put_int(out, "distance", s.distance_miles);
    json_put_bool(out, "sms", s.sms);
    json_put_bool(out, "mms", s.mms);
    json_put_bool(out, "voice", s.voice);
    json_close(out, '}');
}

static struct str kept(const json_t *object, const char *name, struct arena *a)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? (struct str){NULL, 0} : arena_str(a, str_from(text));
}

enum err number_wish_read(struct str json, struct arena *a, struct number_wish *out)
{
    json_t *all = json.len == 0 ? NULL : json_loadb(json.at, json.len, 0, NULL);
    json_int_t type = json_integer_value(json_object_get(all, "type"));

    *out = (struct number_wish){.search = {.limit = 5}};
    if (type < NUMBER_LOCAL || type > NUMBER_TOLL_FREE) {
        json_decref(all);
        return ERR_CORRUPT;
    }
    out->search.type = (enum number_type)type;
    for (size_t i = 0; i < TEXTS_COUNT; i++) *text_at(&out->search, i) = kept(all, TEXTS[i].name, a);
    out->number = kept(all, "number", a);
    out->search.distance_miles = (int)json_integer_value(json_object_get(all, "distance"));
    out->search.sms = json_is_true(json_object_get(all, "sms"));
    out->search.mms = json_is_true(json_object_get(all, "mms"));
    out->search.voice = json_is_true(json_object_get(all, "voice"));
    json_decref(all);
    return ERR_OK;
}

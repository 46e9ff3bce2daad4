/* call_thing: what the resources of the registry share. Contract in call_thing.h. */
#include "sandbox/call_thing.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void sb_call_refuse(struct call *c, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    sb_call_error_as(c, 400, 20001, text);
}

static json_t *read_json(struct str text)
{
    json_t *value = json_loadb(text.len > 0 ? text.at : "", text.len, JSON_REJECT_DUPLICATES, NULL);
    if (value != NULL && !json_is_object(value) && !json_is_array(value)) {
        json_decref(value);
        return NULL;
    }
    return value;
}

bool sb_call_bad_json(struct call *c, const struct thing_face *face)
{
    for (size_t i = 0; i < face->field_count; i++) {
        const struct field *f = &face->fields[i];
        struct str text = f->param == NULL ? (struct str){NULL, 0} : sb_call_param(c, f->param);
        json_t *value;
        if (f->kind != FIELD_JSON || text.len == 0) continue;
        value = read_json(text);
        if (value == NULL) {
            sb_call_refuse(c, "Parameter %s is not valid JSON", f->param);
            return true;
        }
        json_decref(value);
    }
    return false;
}

bool sb_call_lacks(struct call *c, const struct thing_face *face)
{
    for (size_t i = 0; i < face->field_count; i++) {
        const struct field *f = &face->fields[i];
        if (f->param == NULL || !f->required || sb_call_param(c, f->param).len > 0) continue;
        sb_call_refuse(c, "Missing required parameter %s in the post body", f->param);
        return true;
    }
    return sb_call_bad_json(c, face);
}

static void read_list(struct call *c, const struct field *f, struct thing *t)
{
    struct thing item = {.facts = json_object()};
    json_t *list = json_array();
    for (size_t i = 0; i < c->form.count; i++) {
        if (!str_equal(c->form.pairs[i].name, str_from(f->param))) continue;
        if (c->form.pairs[i].value.len == 0) continue;
        sb_fact_set(&item, "item", c->form.pairs[i].value);
        (void)json_array_append(list, json_object_get(item.facts, "item"));
    }
    json_decref(item.facts);
    sb_fact_set_new(t, f->name, list);
}

void sb_call_read_fields(struct call *c, const struct thing_face *face, struct thing *t)
{
    for (size_t i = 0; i < face->field_count; i++) {
        const struct field *f = &face->fields[i];
        if (f->param == NULL || !sb_call_has(c, f->param)) continue;
        switch (f->kind) {
        case FIELD_TEXT: sb_fact_set(t, f->name, sb_call_param(c, f->param)); break;
        case FIELD_BOOL: sb_fact_set_new(t, f->name, json_boolean(sb_call_bool(c, f->param, false))); break;
        case FIELD_LIST: read_list(c, f, t); break;
        case FIELD_JSON: {
            json_t *value = read_json(sb_call_param(c, f->param));
            sb_fact_set_new(t, f->name, value == NULL ? json_null() : value);
            break;
        }
        }
    }
}

struct thing *sb_call_thing(struct call *c, enum sid_kind kind, struct str sid)
{
    struct thing *t = sb_thing_find(c->sb, kind, sid);
    if (t != NULL && t->account == c->account) return t;
    sb_call_not_found(c);
    return NULL;
}

struct thing *sb_call_child(struct call *c, enum sid_kind kind, const struct thing *parent, struct str sid)
{
    struct thing *t = sb_thing_find(c->sb, kind, sid);
    if (t != NULL && t->parent == parent) return t;
    sb_call_not_found(c);
    return NULL;
}

struct thing *sb_call_make(struct call *c, const struct thing_face *face, struct thing *parent)
{
    struct thing *t = sb_thing_new(c->sb, face->kind, c->account, parent);
    sb_call_read_fields(c, face, t);
    world_must(str_copy(str_from(t->sid), c->made, sizeof c->made));
    return t;
}

bool sb_call_over_writes(struct call *c)
{
    struct account *a = sb_account_at(c->sb, c->account);
    int64_t second = c->sb->now_ms / 1000;
    if (c->sb->config.registration_writes_per_s == 0) return false;
    if (a->write_second != second) {
        a->write_second = second;
        a->writes = 0;
    }
    if (++a->writes <= c->sb->config.registration_writes_per_s) return false;
    sb_call_error(c, 429, 20429);
    return true;
}

void sb_call_put_json(struct call *c, const char *name, const json_t *value)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    json_key(c->out, name);
    if (text == NULL)
        json_nil(c->out);
    else
        json_raw(c->out, str_from(text));
    free(text);
}

static void put_thing(struct call *c, const struct thing_face *face, const struct thing *t)
{
    void (*put_date)(struct call *c, const char *name, int64_t date_ms) =
        (face->flags & FACE_2010) != 0 ? sb_call_put_date_2010 : sb_call_put_date_iso;
    if ((face->flags & FACE_NO_SID) == 0) json_put_text(c->out, "sid", t->sid);
    if ((face->flags & FACE_NO_ACCOUNT) == 0)
        json_put_text(c->out, "account_sid", sandbox_account_sid(c->sb, t->account));
    for (size_t i = 0; i < face->field_count; i++)
        sb_call_put_json(c, face->fields[i].name, json_object_get(t->facts, face->fields[i].name));
    put_date(c, "date_created", world_shown(c->sb, t->created_ms));
    if ((face->flags & FACE_NO_UPDATED) == 0) put_date(c, "date_updated", world_shown(c->sb, t->updated_ms));
    if (face->put_more != NULL) face->put_more(c, t);
}

void sb_call_answer_thing(struct call *c, const struct thing_face *face, int http_status, const struct thing *t)
{
    sb_call_ok(c, http_status);
    put_thing(c, face, t);
    json_close(c->out, '}');
}

static bool keep_listed(const struct call *c, uint64_t id)
{
    const struct thing *t = sb_thing_at(c->sb, c->listing.face->kind, id - 1);
    if (t == NULL || t->removed || t->account != c->account) return false;
    if (c->listing.parent != NULL && t->parent != c->listing.parent) return false;
    return c->listing.face->keep == NULL || c->listing.face->keep(c, t);
}

void sb_call_list_things(struct call *c, const struct thing_face *face, const struct thing *parent)
{
    struct page page;
    c->listing.face = face;
    c->listing.parent = parent;
    if (!sb_page_read(c, face->kind, &page)) return;
    sb_page_collect(c, &page, sb_thing_count(c->sb, face->kind), keep_listed);
    sb_call_ok(c, 200);
    if ((face->flags & FACE_2010) == 0) sb_page_put_meta(c, &page, face->list_key);
    json_key(c->out, face->list_key);
    json_open(c->out, '[');
    for (size_t i = 0; i < page.count; i++) {
        json_open(c->out, '{');
        put_thing(c, face, sb_thing_at(c->sb, face->kind, page.ids[i] - 1));
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
    if ((face->flags & FACE_2010) != 0) sb_page_put_2010(c, &page);
    json_close(c->out, '}');
}

void sb_call_list_static(struct call *c, const char *key, size_t count, void (*put)(struct call *c, size_t i))
{
    struct page page;
    if (!sb_page_read(c, SID_REQUEST, &page)) return;
    sb_call_ok(c, 200);
    sb_page_put_meta(c, &page, key);
    json_key(c->out, key);
    json_open(c->out, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(c->out, '{');
        put(c, i);
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}

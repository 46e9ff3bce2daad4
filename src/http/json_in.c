/* json_in: typed, bounded reading of JSON bodies. The document owns all texts; the problem collects mistakes.
 */
#include "http/json_in.h"

#include "base/json_out.h"
#include "base/rfc3339.h"
#include "base/starved.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nesting is counted before parsing, because jansson's own bound is 2,048 levels. */
static bool is_too_deep(struct str body)
{
    int depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < body.len; i++) {
        char c = body.at[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_DEPTH_MAX) return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

/* The library tells want of memory as it tells a slip of the pen. */
static void set_allocator(void)
{
    json_set_alloc_funcs(starved_malloc, free);
}

void json_doc_setup(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, set_allocator);
}

enum err json_doc_parse(struct json_doc *d, struct str body, struct problem *p)
{
    json_error_t e;

    d->root = NULL;
    if (body.len == 0) return problem_set(p, ERR_INVALID, "The body is empty; send a JSON object.");
    if (is_too_deep(body))
        return problem_set(p, ERR_INVALID, "The JSON is nested more than %d levels deep.", JSON_DEPTH_MAX);
    d->root = json_loadb(body.at, body.len, JSON_REJECT_DUPLICATES, &e);
    if (d->root == NULL) {
        char *near = strstr(e.text, " near "); /* what stands there may be a code or a secret */
        if (near != NULL) *near = '\0';
        return problem_set(p, ERR_INVALID, "The body is not valid JSON: line %d, column %d: %s.", e.line,
                           e.column, e.text);
    }
    if (!json_is_object(d->root)) {
        json_doc_free(d);
        return problem_set(p, ERR_INVALID, "The body must be a JSON object.");
    }
    return ERR_OK;
}

void json_doc_free(struct json_doc *d)
{
    json_decref(d->root);
    d->root = NULL;
}

void json_in_open(struct json_in *in, json_t *object, const char *path, struct problem *p)
{
    *in = (struct json_in){.object = object, .problem = p, .path = path};
}

void json_in_refuse(struct json_in *in, const char *key, struct str value, const char *reason,
                    const char *fix)
{
    const char *field = arena_printf(in->problem->arena, "%s%s", in->path, key);

    (void)problem_field(in->problem, field == NULL ? key : field, value, reason, fix);
}

static json_t *ask(struct json_in *in, const char *key)
{
    json_t *value = json_object_get(in->object, key);

    for (size_t i = 0; i < in->asked_count; i++)
        if (strcmp(in->asked[i], key) == 0) return json_is_null(value) ? NULL : value;
    BUG_IF(in->asked_count == JSON_KEYS_MAX);
    in->asked[in->asked_count++] = key;
    return json_is_null(value) ? NULL : value;
}

bool json_in_has(struct json_in *in, const char *key)
{
    return ask(in, key) != NULL;
}

static json_t *ask_needed(struct json_in *in, const char *key, enum json_need need)
{
    json_t *value = ask(in, key);

    if (value == NULL && need == JSON_REQUIRED)
        json_in_refuse(in, key, (struct str){NULL, 0}, "It is missing.", "Add it.");
    return value;
}

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
        return "a whole number";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

static struct str text_of(const json_t *value)
{
    return (struct str){json_string_value(value), json_string_length(value)};
}

static void refuse_type(struct json_in *in, const char *key, const json_t *value, const char *wanted)
{
    char reason[96], fix[96], shown[128] = "";
    size_t n =
        json_is_string(value) ? 0 : json_dumpb(value, shown, sizeof shown, JSON_ENCODE_ANY | JSON_COMPACT);

    (void)snprintf(reason, sizeof reason, "It is %s.", type_name(value));
    (void)snprintf(fix, sizeof fix, "Send %s.", wanted);
    json_in_refuse(in, key,
                   json_is_string(value) ? text_of(value)
                                         : (struct str){shown, n < sizeof shown ? n : sizeof shown},
                   reason, fix);
}

static bool take_text(struct json_in *in, const char *key, enum json_need need, size_t bytes_max, bool secret,
                      struct str *out)
{
    json_t *value = ask_needed(in, key, need);
    struct str shown = secret || value == NULL ? (struct str){NULL, 0} : text_of(value);
    char reason[96];

    if (value == NULL) return false;
    if (!json_is_string(value)) {
        if (secret) json_in_refuse(in, key, shown, "It is no text.", "Write it as a text in quotes.");
        else refuse_type(in, key, value, "a text in quotes");
        return false;
    }
    if (json_string_length(value) > bytes_max) {
        (void)snprintf(reason, sizeof reason, "It is %zu bytes long; at most %zu are taken.",
                       json_string_length(value), bytes_max);
        json_in_refuse(in, key, shown, reason, "Shorten it.");
        return false;
    }
    if (need == JSON_REQUIRED && json_string_length(value) == 0) {
        json_in_refuse(in, key, shown, "It is empty.", "Give it a value.");
        return false;
    }
    *out = text_of(value);
    return true;
}

bool json_in_text(struct json_in *in, const char *key, enum json_need need, size_t bytes_max, struct str *out)
{
    return take_text(in, key, need, bytes_max, false, out);
}

bool json_in_secret(struct json_in *in, const char *key, enum json_need need, size_t bytes_max, struct str *out)
{
    return take_text(in, key, need, bytes_max, true, out);
}

bool json_in_int(struct json_in *in, const char *key, enum json_need need, int64_t least, int64_t most,
                 int64_t *out)
{
    json_t *value = ask_needed(in, key, need);
    char shown[32], fix[96];

    if (value == NULL) return false;
    if (!json_is_integer(value)) {
        refuse_type(in, key, value, "a whole number, without quotes");
        return false;
    }
    if (json_integer_value(value) < least || json_integer_value(value) > most) {
        (void)snprintf(shown, sizeof shown, "%" PRId64, (int64_t)json_integer_value(value));
        (void)snprintf(fix, sizeof fix, "Give a whole number from %" PRId64 " to %" PRId64 ".", least, most);
        json_in_refuse(in, key, str_from(shown), "It is out of range.", fix);
        return false;
    }
    *out = json_integer_value(value);
    return true;
}

bool json_in_bool(struct json_in *in, const char *key, enum json_need need, bool *out)
{
    json_t *value = ask_needed(in, key, need);

    if (value == NULL) return false;
    if (!json_is_boolean(value)) {
        refuse_type(in, key, value, "true or false, without quotes");
        return false;
    }
    *out = json_is_true(value);
    return true;
}

bool json_in_time(struct json_in *in, const char *key, enum json_need need, int64_t *wall_ms)
{
    struct str text;

    if (!json_in_text(in, key, need, 64, &text)) return false;
    if (rfc3339_parse(text, wall_ms) == ERR_OK) return true;
    json_in_refuse(
        in, key, text, "It is no moment in time.",
        "Write it with its offset, such as \"2026-03-01T09:30:00Z\" or \"2026-03-01T09:30:00-05:00\".");
    return false;
}

static bool choice_find(struct str value, const char *names, size_t *index)
{
    struct str rest = str_from(names), one;

    for (size_t i = 0; rest.len > 0; i++) {
        rest = str_cut(rest, ' ', &one);
        if (!str_equal(one, value)) continue;
        *index = i;
        return true;
    }
    return false;
}

static void refuse_choice(struct json_in *in, const char *key, struct str value, const char *names)
{
    char fix[256];

    (void)snprintf(fix, sizeof fix, "Use one of: %s.", names);
    json_in_refuse(in, key, value, "It is not one of the known values.", fix);
}

bool json_in_choice(struct json_in *in, const char *key, enum json_need need, const char *names,
                    size_t *index)
{
    struct str text;

    if (!json_in_text(in, key, need, 64, &text)) return false;
    if (choice_find(text, names, index)) return true;
    refuse_choice(in, key, text, names);
    return false;
}

bool json_in_choices(struct json_in *in, const char *key, enum json_need need, const char *names,
                     uint32_t *bits)
{
    json_t *list, *one;
    uint32_t found = 0;
    size_t i, index = 0;

    if (!json_in_array(in, key, need, 16, &list)) return false;
    json_array_foreach(list, i, one)
    {
        if (!json_is_string(one) || !choice_find(text_of(one), names, &index)) {
            refuse_choice(in, key, json_is_string(one) ? text_of(one) : (struct str){NULL, 0}, names);
            return false;
        }
        found |= 1u << index;
    }
    *bits = found;
    return true;
}

bool json_in_object(struct json_in *in, const char *key, enum json_need need, json_t **out)
{
    json_t *value = ask_needed(in, key, need);

    if (value == NULL) return false;
    if (!json_is_object(value)) {
        refuse_type(in, key, value, "an object in {}");
        return false;
    }
    *out = value;
    return true;
}

bool json_in_array(struct json_in *in, const char *key, enum json_need need, size_t items_max, json_t **out)
{
    json_t *value = ask_needed(in, key, need);
    char reason[96];

    if (value == NULL) return false;
    if (!json_is_array(value)) {
        refuse_type(in, key, value, "an array in []");
        return false;
    }
    if (json_array_size(value) > items_max) {
        (void)snprintf(reason, sizeof reason, "It has %zu items; at most %zu are taken.",
                       json_array_size(value), items_max);
        json_in_refuse(in, key, (struct str){NULL, 0}, reason, "Send it in several requests.");
        return false;
    }
    *out = value;
    return true;
}

/* Field values are texts in the end; numbers and booleans are taken as they were written. */
static bool field_render(struct buf *b, const json_t *value)
{
    if (json_is_string(value))
        json_str(b, text_of(value));
    else if (json_is_integer(value))
        buf_addf(b, "\"%" PRId64 "\"", (int64_t)json_integer_value(value));
    else if (json_is_real(value))
        buf_addf(b, "\"%.15g\"", json_real_value(value));
    else if (json_is_boolean(value))
        buf_add_text(b, json_is_true(value) ? "\"true\"" : "\"false\"");
    else if (json_is_null(value))
        buf_add_text(b, "\"\"");
    else
        return false;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum { FIELDS_MAX = 256 };

bool json_in_fields(struct json_in *in, const char *key, enum json_need need, size_t bytes_max,
                    struct str *out)
{
    const char *names[FIELDS_MAX], *name;
    struct buf b;
    json_t *object, *value;
    size_t count = 0;
    bool good = true;

    if (!json_in_object(in, key, need, &object)) return false;
    if (json_object_size(object) > FIELDS_MAX) {
        json_in_refuse(in, key, (struct str){NULL, 0}, "It has more than 256 fields.",
                       "Keep what templates use.");
        return false;
    }
    json_object_foreach(object, name, value) names[count++] = name;
    qsort(names, count, sizeof *names, by_name);
    buf_init(&b, bytes_max);
    json_open(&b, '{');
    for (size_t i = 0; i < count && good; i++) {
        json_key(&b, names[i]);
        good = field_render(&b, json_object_get(object, names[i]));
        if (!good)
            json_in_refuse(in, key, str_from(names[i]), "A field's value is an object or an array.",
                           "Send texts, numbers or booleans.");
    }
    json_close(&b, '}');
    if (good && buf_check(&b) != ERR_OK) {
        json_in_refuse(in, key, (struct str){NULL, 0}, "All fields together are too long.", "Shorten them.");
        good = false;
    }
    if (good) *out = arena_str(in->problem->arena, buf_str(&b));
    buf_free(&b);
    return good && out->at != NULL;
}

static size_t distance(struct str a, struct str b)
{
    size_t row[65];

    if (a.len > 64 || b.len > 64) return 64;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t best = diagonal + (a.at[i - 1] == b.at[j - 1] ? 0 : 1);
            diagonal = row[j];
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b.len];
}

static void refuse_unknown(struct json_in *in, const char *key)
{
    const char *near = NULL;
    size_t best = 3;
    struct buf fix;

    for (size_t i = 0; i < in->asked_count; i++) {
        size_t d = distance(str_from(key), str_from(in->asked[i]));
        if (d >= best) continue;
        best = d;
        near = in->asked[i];
    }
    buf_init(&fix, 1024);
    if (near != NULL) {
        buf_addf(&fix, "Did you mean \"%s\"?", near);
    } else {
        buf_add_text(&fix, "Leave it out. Known:");
        for (size_t i = 0; i < in->asked_count; i++)
            buf_addf(&fix, "%s %s", i > 0 ? "," : "", in->asked[i]);
        buf_add_char(&fix, '.');
    }
    json_in_refuse(in, key, (struct str){NULL, 0}, "This key is not known here.", buf_text(&fix));
    buf_free(&fix);
}

void json_in_end(struct json_in *in)
{
    const char *key;
    json_t *value;

    json_object_foreach(in->object, key, value)
    {
        bool known = false;
        for (size_t i = 0; i < in->asked_count && !known; i++)
            known = strcmp(in->asked[i], key) == 0;
        if (!known) refuse_unknown(in, key);
    }
}

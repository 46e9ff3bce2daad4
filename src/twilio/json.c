/*
 * json: readers over jansson that turn every surprise into "absent", because Twilio adds fields and
 * changes types without notice. Owns nothing but what twilio_json_parse returns. Contract in json.h.
 */
#include "twilio/json.h"

#include "base/rfc3339.h"
#include "twilio/date.h"

#include <limits.h>
#include <string.h>

enum { TWILIO_CODE_LEAST = 10000 };

json_t *twilio_json_parse(struct str body)
{
    json_t *root = json_loadb(body.len > 0 ? body.at : "", body.len, JSON_ALLOW_NUL, NULL);
    if (root != NULL && !json_is_object(root)) {
        json_decref(root);
        return NULL;
    }
    return root;
}

struct str twilio_json_text(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value)) return (struct str){NULL, 0};
    return (struct str){json_string_value(value), json_string_length(value)};
}

int twilio_json_int(const json_t *object, const char *name, int absent)
{
    const json_t *value = json_object_get(object, name);
    int64_t number = 0;

    if (json_is_integer(value))
        number = json_integer_value(value);
    else if (str_to_i64(twilio_json_text(object, name), &number) != ERR_OK)
        return absent;
    return number < INT_MIN || number > INT_MAX ? absent : (int)number;
}

bool twilio_json_bool(const json_t *object, const char *name, bool absent)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_boolean(value)) return json_is_true(value);
    if (str_equal(twilio_json_text(object, name), STR("true"))) return true;
    return str_equal(twilio_json_text(object, name), STR("false")) ? false : absent;
}

int64_t twilio_json_date_ms(const json_t *object, const char *name)
{
    return twilio_date_ms(twilio_json_text(object, name));
}

int64_t twilio_date_ms(struct str text)
{
    int64_t ms = 0;
    if (text.len == 0) return 0;
    if (date_parse_rfc2822(text, &ms) == ERR_OK || rfc3339_parse(text, &ms) == ERR_OK) return ms;
    return 0;
}

bool twilio_json_copy(const json_t *object, const char *name, char *out, size_t size)
{
    struct str text = twilio_json_text(object, name);
    out[0] = '\0';
    return text.len > 0 && str_copy(text, out, size) == ERR_OK;
}

bool twilio_json_copy_secret(const json_t *object, const char *name, char *out, size_t size)
{
    struct str text = twilio_json_text(object, name);
    bool copied = twilio_json_copy(object, name, out, size);
    if (text.len > 0) explicit_bzero((char *)(uintptr_t)text.at, text.len);
    return copied;
}

bool twilio_json_error(const json_t *body, int http_status, struct twilio_error *out)
{
    *out = (struct twilio_error){0, {NULL, 0}};
    if (!json_is_object(body)) return false;
    out->code = twilio_json_int(body, "code", 0);
    out->message = twilio_json_text(body, "message");
    if (out->code < TWILIO_CODE_LEAST || out->message.at == NULL ||
        twilio_json_int(body, "status", http_status) != http_status) {
        out->code = 0;
        return false;
    }
    return true;
}

enum err twilio_json_page(const json_t *body, const char *key, struct twilio_page *out)
{
    const json_t *meta = json_object_get(body, "meta");
    struct str named = twilio_json_text(meta, "key");

    *out = (struct twilio_page){NULL, {NULL, 0}};
    if (json_is_object(meta) && !str_equal(named, str_from(key))) return ERR_INVALID;
    out->items = json_object_get(body, key);
    if (!json_is_array(out->items)) return ERR_INVALID;
    out->next = json_is_object(meta) ? twilio_json_text(meta, "next_page_url")
                                     : twilio_json_text(body, "next_page_uri");
    return ERR_OK;
}

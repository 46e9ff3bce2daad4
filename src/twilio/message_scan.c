/*
 * message_scan: picks the fields of a message out of its members. Contract in message_scan.h.
 */
#include "twilio/message_scan.h"

#include "base/json_scan.h"
#include "twilio/message_fields.h"

#include <limits.h>
#include <stddef.h>

struct field {
    struct str name;
    size_t offset;
    bool is_number;
};
#define TEXT_FIELD(name) {STR(#name), offsetof(struct message_fields, name), false}
#define NUMBER_FIELD(name) {STR(#name), offsetof(struct message_fields, name), true}
static const struct field FIELDS[] = {
    TEXT_FIELD(sid),          TEXT_FIELD(messaging_service_sid), TEXT_FIELD(to),           TEXT_FIELD(from),
    TEXT_FIELD(direction),    TEXT_FIELD(status),                TEXT_FIELD(body),         TEXT_FIELD(date_created),
    TEXT_FIELD(date_sent),    TEXT_FIELD(date_updated),          TEXT_FIELD(price),        TEXT_FIELD(price_unit),
    NUMBER_FIELD(error_code), NUMBER_FIELD(num_segments),        {STR("code"), 0, false},
};
enum { FIELDS_COUNT = sizeof FIELDS / sizeof FIELDS[0], FIELD_CODE = FIELDS_COUNT - 1 };

/* As twilio_json_int: an integer, or a text of one. */
static int as_int(const struct json_scan_value *v, struct arena *arena, bool *full)
{
    struct str text = v->kind == JSON_SCAN_INTEGER ? v->raw : json_scan_text(v, arena, full);
    int64_t number = 0;

    if (str_to_i64(text, &number) != ERR_OK || number < INT_MIN || number > INT_MAX) return 0;
    return (int)number;
}

/* FIELDS_COUNT if it is none of ours. */
static size_t find(struct str name)
{
    size_t i = 0;
    while (i < FIELDS_COUNT && (FIELDS[i].name.len != name.len || !str_equal(FIELDS[i].name, name)))
        i++;
    return i;
}

/* False: the full parser must decide. */
static bool keep(struct message_fields *f, unsigned *seen, struct str name, const struct json_scan_value *v,
                 struct arena *arena)
{
    size_t i = find(name);
    bool full = false;

    if (i == FIELDS_COUNT) return true;
    if (i == FIELD_CODE || (*seen & 1U << i) != 0) return false;
    *seen |= 1U << i;
    if (FIELDS[i].is_number)
        *(int *)(void *)((char *)f + FIELDS[i].offset) = as_int(v, arena, &full);
    else
        *(struct str *)(void *)((char *)f + FIELDS[i].offset) = json_scan_text(v, arena, &full);
    return !full;
}

bool message_scan(struct str body, struct arena *arena, struct provider_item *out)
{
    struct json_scan s = json_scan_over(body);
    struct message_fields fields = {0};
    struct json_scan_value value;
    struct str name;
    unsigned seen = 0;

    while (json_scan_next(&s, &name, &value))
        if (!keep(&fields, &seen, name, &value, arena)) return false;
    return json_scan_is_sound(&s) && message_from_fields(&fields, arena, out) == ERR_OK;
}

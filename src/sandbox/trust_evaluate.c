/*
 * trust_evaluate: a bundle against its policy, requirement by requirement (reference 11.3), and the look into what
 * is assigned to it. Contract in trust.h.
 */
#include "sandbox/trust.h"


struct thing *sb_trust_bundle(const struct sandbox *sb, struct str sid)
{
    struct thing *t = sb_thing_find(sb, SID_PROFILE, sid);
    return t != NULL ? t : sb_thing_find(sb, SID_PRODUCT, sid);
}

struct thing *sb_trust_object(const struct sandbox *sb, struct str sid)
{
    struct thing *t = sb_thing_find(sb, SID_END_USER, sid);
    if (t == NULL) t = sb_thing_find(sb, SID_DOCUMENT, sid);
    return t != NULL ? t : sb_trust_bundle(sb, sid);
}

const struct trust_policy *sb_trust_policy(const struct thing *bundle)
{
    return trust_policy_find(sb_fact(bundle, "policy_sid"));
}

struct str sb_trust_machine_name(const struct thing *object)
{
    if (object->kind != SID_PROFILE && object->kind != SID_PRODUCT) return sb_fact(object, "type");
    return str_from(sb_trust_policy(object)->type);
}

struct thing *sb_trust_assigned(const struct sandbox *sb, const struct thing **at)
{
    while (*at != NULL) {
        const struct thing *a = *at;
        struct thing *object;
        *at = a->next;
        if (a->removed || a->kind != SID_ASSIGNMENT) continue;
        object = sb_trust_object(sb, sb_fact(a, "object_sid"));
        if (object != NULL) return object;
    }
    return NULL;
}

bool sb_trust_is_editable(const struct thing *bundle)
{
    return bundle->state == THING_DRAFT || bundle->state == THING_REJECTED;
}

static const struct thing *assigned_of(const struct sandbox *sb, const struct thing *bundle, struct str names)
{
    struct str name;
    bool optional;
    for (struct str rest = names; trust_next(&rest, '|', &name, &optional);) {
        const struct thing *o, *at = bundle->first;
        while ((o = sb_trust_assigned(sb, &at)) != NULL)
            if (str_equal(sb_trust_machine_name(o), name)) return o;
    }
    return NULL;
}

static struct str attribute(const struct thing *object, struct str field)
{
    char name[64];
    const json_t *value;
    if (str_copy(field, name, sizeof name) != ERR_OK) return (struct str){NULL, 0};
    value = json_object_get(json_object_get(object->facts, "attributes"), name);
    if (json_is_array(value)) value = json_array_get(value, 0); /* address_sids may be a list */
    if (!json_is_string(value)) return (struct str){NULL, 0};
    return str_trim((struct str){json_string_value(value), json_string_length(value)});
}

struct str sb_trust_attribute(const struct sandbox *sb, const struct thing *bundle, const char *type,
                              const char *field)
{
    const struct thing *o, *at = bundle->first;
    struct str found = {NULL, 0};
    while (found.at == NULL && (o = sb_trust_assigned(sb, &at)) != NULL) {
        if (str_equal(sb_trust_machine_name(o), str_from(type)))
            found = attribute(o, str_from(field));
        else if (o->kind == SID_PROFILE && o->account == bundle->account)
            found = sb_trust_attribute(sb, o, type, field);
    }
    return found;
}

/* One field in the result's `valid` or `invalid`; 0 is valid. */
static void put_field(json_t *result, struct str field, int code, const char *why)
{
    json_t *item = json_pack("{s:s%, s:s%, s:s?, s:b}", "friendly_name", field.at, field.len, "object_field", field.at,
                             field.len, "failure_reason", code == 0 ? NULL : why, "passed", code == 0);
    (void)json_object_set_new(item, "error_code", code == 0 ? json_null() : json_integer(code));
    (void)json_array_append_new(json_object_get(result, code == 0 ? "valid" : "invalid"), item);
    if (code == 0) return;
    (void)json_object_set_new(result, "passed", json_false());
    if (!json_is_null(json_object_get(result, "error_code"))) return;
    (void)json_object_set_new(result, "error_code", json_integer(code));
    (void)json_object_set_new(result, "failure_reason", json_string(why));
}

struct thing *sb_trust_address(const struct sandbox *sb, const struct thing *document)
{
    struct thing *a = sb_thing_find(sb, SID_ADDRESS, attribute(document, STR("address_sids")));
    return a != NULL && a->account == document->account ? a : NULL;
}

/* 0, or why a field of an assigned object does not do. */
static int field_code(const struct sandbox *sb, const struct thing *bundle, const struct thing *object,
                      struct str field)
{
    bool is_document = object->kind == SID_DOCUMENT;
    struct str value = attribute(object, field), same;
    if (value.len == 0) return is_document ? 22217 : 22215;
    if (!is_document) return 0;
    if (str_equal(field, STR("address_sids"))) return sb_trust_address(sb, object) != NULL ? 0 : 22219;
    same = sb_trust_attribute(sb, bundle, "authorized_representative_1",
                              field.at[0] == 'f' ? "first_name" : "last_name");
    return !str_equal(field, STR("business_name")) && same.len > 0 && !str_equal_nocase(same, value) ? 22218 : 0;
}

static const char *code_text(int code)
{
    switch (code) {
    case 22214: return "An End-User of this type is required, but none is assigned.";
    case 22215: return "A required field of the End-User is missing.";
    case 22216: return "A Supporting Document of this type is required, but none is assigned.";
    case 22217: return "A required field of the Supporting Document is missing.";
    case 22218: return "The Supporting Document's field differs from the End-User's.";
    case 22219: return "An Address is missing: address_sids names none of this account.";
    default: return "A Customer Profile of this type must be assigned.";
    }
}

static json_t *result_new(struct str type)
{
    return json_pack("{s:s%, s:s%, s:b, s:n, s:n, s:s%, s:s%, s:[], s:[]}", "friendly_name", type.at, type.len,
                     "object_type", type.at, type.len, "passed", 1, "failure_reason", "error_code",
                     "requirement_friendly_name", type.at, type.len, "requirement_name", type.at, type.len, "valid",
                     "invalid");
}

static void fail(json_t *result, int code)
{
    (void)json_object_set_new(result, "passed", json_false());
    (void)json_object_set_new(result, "failure_reason", json_string(code_text(code)));
    (void)json_object_set_new(result, "error_code", json_integer(code));
}

static void judge_fields(const struct sandbox *sb, const struct thing *bundle, const struct thing *object,
                         const struct trust_type *type, json_t *result)
{
    struct str field;
    bool optional;
    for (struct str rest = str_from(type->fields); trust_next(&rest, ',', &field, &optional);) {
        int code = field_code(sb, bundle, object, field);
        if (optional && code != 0) continue;
        put_field(result, field, code, code_text(code));
    }
}

static void judge_objects(const struct sandbox *sb, const struct thing *bundle, const char *names, bool documents,
                          json_t *results)
{
    struct str name;
    bool optional;
    for (struct str rest = str_from(names); trust_next(&rest, ',', &name, &optional);) {
        const struct thing *object = assigned_of(sb, bundle, name);
        struct str type = object == NULL ? str_slice(name, 0, str_find_char(name, '|')) : sb_trust_machine_name(object);
        json_t *result;
        if (object == NULL && optional) continue;
        result = result_new(type);
        if (object == NULL)
            fail(result, documents ? 22216 : 22214);
        else
            judge_fields(sb, bundle, object,
                         documents ? trust_document_type_find(type) : trust_end_user_type_find(type), result);
        (void)json_array_append_new(results, result);
    }
}

json_t *sb_trust_evaluate(const struct sandbox *sb, const struct thing *bundle, bool *compliant)
{
    const struct trust_policy *p = sb_trust_policy(bundle);
    json_t *results = json_array(), *result;
    size_t i;
    judge_objects(sb, bundle, p->end_users, false, results);
    judge_objects(sb, bundle, p->documents, true, results);
    if (p->profile != NULL) {
        result = result_new(str_from(p->profile));
        if (assigned_of(sb, bundle, str_from(p->profile)) == NULL) fail(result, 22214);
        (void)json_array_append_new(results, result);
    }
    *compliant = true;
    json_array_foreach (results, i, result)
        if (!json_is_true(json_object_get(result, "passed"))) *compliant = false;
    return results;
}

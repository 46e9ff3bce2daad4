/*
 * api_trust: Trust Hub's policies, types, end users and supporting documents (reference 11). Bundles are in
 * api_bundle.c.
 */
#include "sandbox/call_thing.h"
#include "sandbox/trust.h"

/* ---- policies and types: tables ---- */

static json_t *names_of(const char *fields)
{
    json_t *list = json_array();
    struct str field;
    bool optional;
    for (struct str rest = str_from(fields); trust_next(&rest, ',', &field, &optional);)
        if (!optional) (void)json_array_append_new(list, json_stringn(field.at, field.len));
    return list;
}

static const char *url_of(struct call *c, const char *folder, const char *sid)
{
    return arena_printf(&c->arena, STR_FMT STR_FMT "/v1/%s/%s", STR_ARG(c->request->base_url), STR_ARG(c->prefix),
                        folder, sid);
}

static json_t *requirement_end_users(struct call *c, const struct trust_policy *p)
{
    json_t *list = json_array();
    struct str name;
    bool optional;
    for (struct str rest = str_from(p->end_users); trust_next(&rest, ',', &name, &optional);) {
        const struct trust_type *t = trust_end_user_type_find(name);
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", t->friendly_name, "type", t->machine_name,
                            "requirement_name", t->machine_name, "url", url_of(c, "EndUserTypes", t->sid), "fields",
                            names_of(t->fields)));
    }
    return list;
}

static json_t *requirement_documents(struct call *c, const struct trust_policy *p)
{
    json_t *list = json_array(), *accepted = json_array();
    struct str name;
    bool optional;
    for (struct str rest = str_from(p->documents); trust_next(&rest, '|', &name, &optional);) {
        const struct trust_type *t = trust_document_type_find(name);
        (void)json_array_append_new(
            accepted, json_pack("{s:s, s:s, s:s, s:o}", "name", t->friendly_name, "type", t->machine_name, "url",
                                url_of(c, "SupportingDocumentTypes", t->sid), "fields", names_of(t->fields)));
    }
    if (json_array_size(accepted) == 0) {
        json_decref(accepted);
        return list;
    }
    (void)json_array_append_new(list, json_pack("[{s:s, s:s, s:o}]", "name", "Address", "requirement_name",
                                                "customer_profile_address", "accepted_documents", accepted));
    return list;
}

static void put_policy(struct call *c, size_t i)
{
    const struct trust_policy *p = trust_policy_at(i);
    json_t *profiles = json_array(), *requirements;
    if (p->profile != NULL)
        (void)json_array_append_new(profiles, json_pack("{s:s, s:s, s:s}", "name", p->profile, "type", p->profile,
                                                        "requirement_name", p->profile));
    requirements = json_pack("{s:o, s:[], s:o, s:o}", "end_user", requirement_end_users(c, p),
                             "supporting_trust_products", "supporting_document", requirement_documents(c, p),
                             "supporting_customer_profiles", profiles);
    json_put_text(c->out, "sid", p->sid);
    json_put_text(c->out, "friendly_name", p->friendly_name);
    sb_call_put_json(c, "requirements", requirements);
    sb_call_put_url(c, "url", "/v1/Policies/%s", p->sid);
    json_decref(requirements);
}

void sb_api_policy_list(struct call *c) { sb_call_list_static(c, "results", trust_policy_count(), put_policy); }

void sb_api_policy_fetch(struct call *c)
{
    for (size_t i = 0; i < trust_policy_count(); i++) {
        if (!str_equal(c->args[0], str_from(trust_policy_at(i)->sid))) continue;
        sb_call_ok(c, 200);
        put_policy(c, i);
        json_close(c->out, '}');
        return;
    }
    sb_call_not_found(c);
}

static bool is_about_end_users(const struct call *c)
{
    return str_starts(c->path, STR("/v1/EndUser"));
}

static void put_type(struct call *c, const struct trust_type *t)
{
    json_t *fields = json_array();
    struct str name;
    bool optional;
    for (struct str rest = str_from(t->fields); trust_next(&rest, ',', &name, &optional);)
        (void)json_array_append_new(fields, json_pack("{s:s%, s:s%, s:s, s:b}", "friendly_name", name.at, name.len,
                                                      "machine_name", name.at, name.len, "constraint", "String",
                                                      "required", !optional));
    json_put_text(c->out, "sid", t->sid);
    json_put_text(c->out, "friendly_name", t->friendly_name);
    json_put_text(c->out, "machine_name", t->machine_name);
    sb_call_put_json(c, "fields", fields);
    sb_call_put_url(c, "url", "/v1/%s/%s", is_about_end_users(c) ? "EndUserTypes" : "SupportingDocumentTypes", t->sid);
    json_decref(fields);
}

static const struct trust_type *type_at(const struct call *c, size_t i)
{
    return is_about_end_users(c) ? trust_end_user_type_at(i) : trust_document_type_at(i);
}

static void put_type_at(struct call *c, size_t i) { put_type(c, type_at(c, i)); }

static size_t type_count(const struct call *c)
{
    return is_about_end_users(c) ? trust_end_user_type_count() : trust_document_type_count();
}

void sb_api_trust_type_list(struct call *c)
{
    sb_call_list_static(c, is_about_end_users(c) ? "end_user_types" : "supporting_document_types", type_count(c),
                        put_type_at);
}

void sb_api_trust_type_fetch(struct call *c)
{
    for (size_t i = 0; i < type_count(c); i++) {
        if (!str_equal(c->args[0], str_from(type_at(c, i)->sid))) continue;
        sb_call_ok(c, 200);
        put_type(c, type_at(c, i));
        json_close(c->out, '}');
        return;
    }
    sb_call_not_found(c);
}

/* ---- end users and supporting documents ---- */

static const struct field part_fields[] = {
    {"FriendlyName", "friendly_name", FIELD_TEXT, true},
    {"Type", "type", FIELD_TEXT, true},
    {"Attributes", "attributes", FIELD_JSON, false},
};

static void put_end_user(struct call *c, const struct thing *t)
{
    sb_call_put_url(c, "url", "/v1/EndUsers/%s", t->sid);
}

/* A document's state is that of the bundle it was last reviewed with. */
static void put_document(struct call *c, const struct thing *t)
{
    static const char *const names[THING_STATES] = {
        [THING_STANDING] = "DRAFT", [THING_DRAFT] = "DRAFT", [THING_PENDING] = "PENDING_REVIEW",
        [THING_REVIEW] = "PENDING_REVIEW", [THING_APPROVED] = "APPROVED", [THING_REJECTED] = "REJECTED",
        [THING_SUSPENDED] = "EXPIRED",
    };
    json_put_null(c->out, "mime_type");
    json_put_text(c->out, "status", names[t->state]);
    sb_call_put_url(c, "url", "/v1/SupportingDocuments/%s", t->sid);
}

static const struct thing_face faces[] = {
    {.kind = SID_END_USER, .list_key = "results", .fields = part_fields, .field_count = 3, .put_more = put_end_user},
    {.kind = SID_DOCUMENT, .list_key = "results", .fields = part_fields, .field_count = 3, .put_more = put_document},
};

static const struct thing_face *face_of(const struct call *c) { return &faces[is_about_end_users(c) ? 0 : 1]; }

void sb_api_trust_part_create(struct call *c)
{
    const struct thing_face *face = face_of(c);
    struct str type = sb_call_param(c, "Type");
    struct thing *t;
    if (face->kind == SID_DOCUMENT && (type.len == 0 || sb_call_param(c, "FriendlyName").len == 0)) {
        sb_call_error(c, 400, type.len == 0 ? 22210 : 22211);
        return;
    }
    if (sb_call_lacks(c, face)) return;
    if (face->kind == SID_END_USER && trust_end_user_type_find(type) == NULL) {
        sb_call_error(c, 400, 22212);
        return;
    }
    if (face->kind == SID_DOCUMENT && trust_document_type_find(type) == NULL) {
        sb_call_refuse(c, "Type " STR_FMT " is no type of a supporting document", STR_ARG(str_slice(type, 0, 100)));
        return;
    }
    t = sb_call_make(c, face, NULL);
    sb_call_answer_thing(c, face, 201, t);
}

void sb_api_trust_part_list(struct call *c) { sb_call_list_things(c, face_of(c), NULL); }

void sb_api_trust_part_fetch(struct call *c)
{
    struct thing *t = sb_call_thing(c, face_of(c)->kind, c->args[0]);
    if (t != NULL) sb_call_answer_thing(c, face_of(c), 200, t);
}

void sb_api_trust_part_update(struct call *c)
{
    const struct thing_face *face = face_of(c);
    struct thing_face without_type = *face;
    struct field fields[] = {part_fields[0], part_fields[2]};
    struct thing *t = sb_call_thing(c, face->kind, c->args[0]);
    if (t == NULL || sb_call_bad_json(c, face)) return;
    without_type.fields = fields; /* a type stays what it is */
    without_type.field_count = 2;
    sb_call_read_fields(c, &without_type, t);
    t->updated_ms = world_date(c->sb);
    sb_call_answer_thing(c, face, 200, t);
}

void sb_api_trust_part_delete(struct call *c)
{
    struct thing *t = sb_call_thing(c, face_of(c)->kind, c->args[0]);
    if (t == NULL) return;
    sb_thing_remove(c->sb, t);
    sb_call_no_content(c);
}

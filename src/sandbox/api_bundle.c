/*
 * api_bundle: customer profiles and trust products, what is assigned to them, and their evaluations (reference 11).
 * The path says which of the two is meant; they differ in nothing else.
 */
#include "sandbox/call_thing.h"
#include "sandbox/review.h"
#include "sandbox/trust.h"

static bool is_profile_path(const struct call *c) { return str_starts(c->path, STR("/v1/CustomerProfiles")); }
static const char *folder(const struct call *c) { return is_profile_path(c) ? "CustomerProfiles" : "TrustProducts"; }
static const char *parent_key(const struct call *c)
{
    return is_profile_path(c) ? "customer_profile_sid" : "trust_product_sid";
}

/* ---- bundles ---- */

static const struct field bundle_fields[] = {
    {"FriendlyName", "friendly_name", FIELD_TEXT, true},
    {"Email", "email", FIELD_TEXT, true},
    {"PolicySid", "policy_sid", FIELD_TEXT, true},
    {"StatusCallback", "status_callback", FIELD_TEXT, false},
};
static const char *const state_names[THING_STATES] = {
    [THING_STANDING] = "draft",     [THING_DRAFT] = "draft",
    [THING_PENDING] = "pending-review", [THING_REVIEW] = "in-review",
    [THING_APPROVED] = "twilio-approved", [THING_REJECTED] = "twilio-rejected",
    [THING_SUSPENDED] = "twilio-rejected",
};

static void put_bundle(struct call *c, const struct thing *t)
{
    const char *prefix = is_profile_path(c) ? "customer_profiles" : "trust_products";
    json_put_text(c->out, "status", state_names[t->state]);
    json_put_null(c->out, "valid_until");
    sb_call_put_json(c, "errors", t->errors);
    sb_call_put_url(c, "url", "/v1/%s/%s", folder(c), t->sid);
    json_key(c->out, "links");
    json_open(c->out, '{');
    sb_call_put_url(c, arena_printf(&c->arena, "%s_entity_assignments", prefix), "/v1/%s/%s/EntityAssignments",
                    folder(c), t->sid);
    sb_call_put_url(c, arena_printf(&c->arena, "%s_evaluations", prefix), "/v1/%s/%s/Evaluations", folder(c), t->sid);
    sb_call_put_url(c, arena_printf(&c->arena, "%s_channel_endpoint_assignment", prefix),
                    "/v1/%s/%s/ChannelEndpointAssignments", folder(c), t->sid);
    json_close(c->out, '}');
}

static bool keep_bundle(const struct call *c, const struct thing *t)
{
    struct str status = sb_call_query(c, "Status"), name = sb_call_query(c, "FriendlyName"),
               policy = sb_call_query(c, "PolicySid");
    return (status.len == 0 || str_equal(status, str_from(state_names[t->state]))) &&
           (name.len == 0 || str_equal(name, sb_fact(t, "friendly_name"))) &&
           (policy.len == 0 || str_equal(policy, sb_fact(t, "policy_sid")));
}

static const struct thing_face bundle_faces[] = {
    {.kind = SID_PRODUCT, .list_key = "results", .fields = bundle_fields, .field_count = 4, .put_more = put_bundle,
     .keep = keep_bundle},
    {.kind = SID_PROFILE, .list_key = "results", .fields = bundle_fields, .field_count = 4, .put_more = put_bundle,
     .keep = keep_bundle},
};
static const struct thing_face *bundle_face(const struct call *c) { return &bundle_faces[is_profile_path(c) ? 1 : 0]; }

/* The bundle that the first {} names; NULL after having answered 404. */
static struct thing *bundle_named(struct call *c) { return sb_call_thing(c, bundle_face(c)->kind, c->args[0]); }

void sb_api_bundle_create(struct call *c)
{
    const struct trust_policy *p = trust_policy_find(sb_call_param(c, "PolicySid"));
    struct thing *t;
    if (sb_call_lacks(c, bundle_face(c))) return;
    if (p == NULL || p->is_product == is_profile_path(c)) {
        sb_call_refuse(c, "PolicySid names no policy of %s", folder(c));
        return;
    }
    if (p->console_only) {
        sb_call_refuse(c, "Bundles of this policy are made in the console");
        return;
    }
    t = sb_call_make(c, bundle_face(c), NULL);
    sb_thing_move(c->sb, t, THING_DRAFT);
    sb_call_answer_thing(c, bundle_face(c), 201, t);
}

void sb_api_bundle_list(struct call *c) { sb_call_list_things(c, bundle_face(c), NULL); }

void sb_api_bundle_fetch(struct call *c)
{
    struct thing *t = bundle_named(c);
    if (t != NULL) sb_call_answer_thing(c, bundle_face(c), 200, t);
}

/* A client may hand a bundle in; every other state is Twilio's to give. */
static bool refuses_status(struct call *c, const struct thing *t, struct str status)
{
    if (status.len == 0) return false;
    if (!str_equal(status, STR("pending-review"))) {
        sb_call_refuse(c, "Status may be set to pending-review only");
        return true;
    }
    if (sb_thing_may(t, THING_PENDING)) return false;
    sb_call_refuse(c, "A bundle that is %s cannot be submitted", state_names[t->state]);
    return true;
}

void sb_api_bundle_update(struct call *c)
{
    struct thing *t = bundle_named(c);
    struct thing_face without_policy = *bundle_face(c);
    struct field fields[] = {bundle_fields[0], bundle_fields[1], bundle_fields[3]};
    struct str status = sb_call_param(c, "Status");
    if (t == NULL || refuses_status(c, t, status)) return;
    without_policy.fields = fields;
    without_policy.field_count = 3;
    sb_call_read_fields(c, &without_policy, t);
    t->updated_ms = world_date(c->sb);
    if (status.len > 0) sb_review_submit(c->sb, t);
    sb_call_answer_thing(c, bundle_face(c), 200, t);
}

/* True after having refused: what lies with a reviewer, or is approved, stays as it is. */
static bool refuses_change(struct call *c, const struct thing *bundle)
{
    if (sb_trust_is_editable(bundle)) return false;
    sb_call_refuse(c, "A bundle that is %s cannot be changed", state_names[bundle->state]);
    return true;
}

void sb_api_bundle_delete(struct call *c)
{
    struct thing *t = bundle_named(c);
    if (t == NULL || refuses_change(c, t)) return;
    sb_thing_remove(c->sb, t);
    sb_call_no_content(c);
}

/* ---- entity assignments ---- */

static const struct field assignment_fields[] = {{"ObjectSid", "object_sid", FIELD_TEXT, true}};

static void put_assignment(struct call *c, const struct thing *t)
{
    json_put_text(c->out, parent_key(c), t->parent->sid);
    sb_call_put_url(c, "url", "/v1/%s/%s/EntityAssignments/%s", folder(c), t->parent->sid, t->sid);
}

static bool keep_assignment(const struct call *c, const struct thing *t)
{
    struct str type = sb_call_query(c, "ObjectType");
    const struct thing *object = sb_trust_object(c->sb, sb_fact(t, "object_sid"));
    return type.len == 0 || (object != NULL && str_equal(type, sb_trust_machine_name(object)));
}

static const struct thing_face assignment_face = {
    .kind = SID_ASSIGNMENT, .list_key = "results", .flags = FACE_NO_UPDATED, .fields = assignment_fields,
    .field_count = 1, .put_more = put_assignment, .keep = keep_assignment,
};

/* One's own objects, and the primary profile of the parent account. */
static bool may_assign(const struct call *c, const struct thing *object)
{
    if (object->account == c->account) return true;
    return object->kind == SID_PROFILE && sb_fact_is(object, "_primary") &&
           object->account == sb_account_root(c->sb, c->account);
}

static bool is_assigned(const struct sandbox *sb, const struct thing *bundle, const struct thing *object)
{
    const struct thing *o, *at = bundle->first;
    while ((o = sb_trust_assigned(sb, &at)) != NULL)
        if (o == object) return true;
    return false;
}

void sb_api_assignment_create(struct call *c)
{
    struct thing *bundle = bundle_named(c), *object;
    if (bundle == NULL || sb_call_lacks(c, &assignment_face) || refuses_change(c, bundle)) return;
    object = sb_trust_object(c->sb, sb_call_param(c, "ObjectSid"));
    if (object == NULL || !may_assign(c, object)) {
        sb_call_error(c, 404, 20404);
        return;
    }
    if (is_assigned(c->sb, bundle, object)) {
        sb_call_error_as(c, 409, 20409, "The object is already assigned to this bundle");
        return;
    }
    sb_call_answer_thing(c, &assignment_face, 201, sb_call_make(c, &assignment_face, bundle));
}

void sb_api_assignment_list(struct call *c)
{
    struct thing *bundle = bundle_named(c);
    if (bundle != NULL) sb_call_list_things(c, &assignment_face, bundle);
}

static struct thing *child_named(struct call *c, enum sid_kind kind)
{
    struct thing *bundle = bundle_named(c);
    return bundle == NULL ? NULL : sb_call_child(c, kind, bundle, c->args[1]);
}

void sb_api_assignment_fetch(struct call *c)
{
    struct thing *t = child_named(c, SID_ASSIGNMENT);
    if (t != NULL) sb_call_answer_thing(c, &assignment_face, 200, t);
}

void sb_api_assignment_delete(struct call *c)
{
    struct thing *t = child_named(c, SID_ASSIGNMENT);
    if (t == NULL || refuses_change(c, t->parent)) return;
    sb_thing_remove(c->sb, t);
    sb_call_no_content(c);
}

/* ---- channel endpoint assignments ---- */

static const struct field channel_fields[] = {
    {"ChannelEndpointType", "channel_endpoint_type", FIELD_TEXT, true},
    {"ChannelEndpointSid", "channel_endpoint_sid", FIELD_TEXT, true},
};

static void put_channel(struct call *c, const struct thing *t)
{
    json_put_text(c->out, parent_key(c), t->parent->sid);
    sb_call_put_url(c, "url", "/v1/%s/%s/ChannelEndpointAssignments/%s", folder(c), t->parent->sid, t->sid);
}

static bool keep_channel(const struct call *c, const struct thing *t)
{
    struct str one = sb_call_query(c, "ChannelEndpointSid"), rest = sb_call_query(c, "ChannelEndpointSids"), sid;
    bool optional;
    if (one.len > 0) return str_equal(one, sb_fact(t, "channel_endpoint_sid"));
    if (rest.len == 0) return true;
    while (trust_next(&rest, ',', &sid, &optional))
        if (str_equal(str_trim(sid), sb_fact(t, "channel_endpoint_sid"))) return true;
    return false;
}

static const struct thing_face channel_face = {
    .kind = SID_CHANNEL, .list_key = "results", .flags = FACE_NO_UPDATED, .fields = channel_fields, .field_count = 2,
    .put_more = put_channel, .keep = keep_channel,
};

void sb_api_channel_create(struct call *c)
{
    struct thing *bundle = bundle_named(c);
    struct str sid = sb_call_param(c, "ChannelEndpointSid");
    uint64_t n = sb_sid_read(c->sb, SID_NUMBER, sid);
    const struct sender *s = n == UINT64_MAX ? NULL : sb_sender_at(c->sb, (uint32_t)n);
    if (bundle == NULL || sb_call_lacks(c, &channel_face)) return;
    if (s == NULL || s->released || s->account != c->account) {
        sb_call_error(c, 404, 20404);
        return;
    }
    for (const struct thing *t = bundle->first; t != NULL; t = t->next)
        if (!t->removed && t->kind == SID_CHANNEL && str_equal(sid, sb_fact(t, "channel_endpoint_sid"))) {
            sb_call_error_as(c, 409, 20409, "The number is already assigned to this bundle");
            return;
        }
    sb_call_answer_thing(c, &channel_face, 201, sb_call_make(c, &channel_face, bundle));
}

void sb_api_channel_list(struct call *c)
{
    struct thing *bundle = bundle_named(c);
    if (bundle != NULL) sb_call_list_things(c, &channel_face, bundle);
}

void sb_api_channel_fetch(struct call *c)
{
    struct thing *t = child_named(c, SID_CHANNEL);
    if (t != NULL) sb_call_answer_thing(c, &channel_face, 200, t);
}

void sb_api_channel_delete(struct call *c)
{
    struct thing *t = child_named(c, SID_CHANNEL);
    if (t == NULL) return;
    sb_thing_remove(c->sb, t);
    sb_call_no_content(c);
}

/* ---- evaluations ---- */

static const struct field evaluation_fields[] = {
    {"PolicySid", "policy_sid", FIELD_TEXT, true},
    {NULL, "status", FIELD_TEXT, false},
    {NULL, "results", FIELD_JSON, false},
};

static void put_evaluation(struct call *c, const struct thing *t)
{
    json_put_text(c->out, parent_key(c), t->parent->sid);
    sb_call_put_url(c, "url", "/v1/%s/%s/Evaluations/%s", folder(c), t->parent->sid, t->sid);
}

static const struct thing_face evaluation_face = {
    .kind = SID_EVALUATION, .list_key = "results", .flags = FACE_NO_UPDATED, .fields = evaluation_fields,
    .field_count = 3, .put_more = put_evaluation,
};

void sb_api_evaluation_create(struct call *c)
{
    struct thing *bundle = bundle_named(c), *t;
    bool compliant;
    json_t *results;
    if (bundle == NULL || sb_call_lacks(c, &evaluation_face)) return;
    if (!str_equal(sb_call_param(c, "PolicySid"), sb_fact(bundle, "policy_sid"))) {
        sb_call_refuse(c, "PolicySid is not the bundle's policy");
        return;
    }
    results = sb_trust_evaluate(c->sb, bundle, &compliant);
    t = sb_call_make(c, &evaluation_face, bundle);
    sb_fact_set(t, "status", compliant ? STR("compliant") : STR("noncompliant"));
    sb_fact_set_new(t, "results", results);
    sb_call_answer_thing(c, &evaluation_face, 201, t);
}

void sb_api_evaluation_list(struct call *c)
{
    struct thing *bundle = bundle_named(c);
    if (bundle != NULL) sb_call_list_things(c, &evaluation_face, bundle);
}

void sb_api_evaluation_fetch(struct call *c)
{
    struct thing *t = child_named(c, SID_EVALUATION);
    if (t != NULL) sb_call_answer_thing(c, &evaluation_face, 200, t);
}

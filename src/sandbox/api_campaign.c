/* api_campaign: A2P campaigns of messaging services (reference 12.5). */
#include "sandbox/a2p.h"
#include "sandbox/call_thing.h"
#include "sandbox/review.h"

enum { CAMPAIGNS_PER_BRAND = 5, SAME_SERVICE_REST_MS = 5000 };

static const struct field fields[] = {
    {"BrandRegistrationSid", "brand_registration_sid", FIELD_TEXT, true},
    {"Description", "description", FIELD_TEXT, true},
    {"MessageFlow", "message_flow", FIELD_TEXT, true},
    {"MessageSamples", "message_samples", FIELD_LIST, true},
    {"UsAppToPersonUsecase", "us_app_to_person_usecase", FIELD_TEXT, true},
    {"HasEmbeddedLinks", "has_embedded_links", FIELD_BOOL, true},
    {"HasEmbeddedPhone", "has_embedded_phone", FIELD_BOOL, true},
    {"OptInMessage", "opt_in_message", FIELD_TEXT, false},
    {"OptOutMessage", "opt_out_message", FIELD_TEXT, false},
    {"HelpMessage", "help_message", FIELD_TEXT, false},
    {"OptInKeywords", "opt_in_keywords", FIELD_LIST, false},
    {"OptOutKeywords", "opt_out_keywords", FIELD_LIST, false},
    {"HelpKeywords", "help_keywords", FIELD_LIST, false},
    {"SubscriberOptIn", "subscriber_opt_in", FIELD_BOOL, false},
    {"AgeGated", "age_gated", FIELD_BOOL, false},
    {"DirectLending", "direct_lending", FIELD_BOOL, false},
    {NULL, "campaign_id", FIELD_TEXT, false},
    {NULL, "rate_limits", FIELD_JSON, false},
    {NULL, "mock", FIELD_BOOL, false},
};
/* Taken always, shown only to who asks for that version. */
static const struct field link_fields[] = {
    {"PrivacyPolicyUrl", "privacy_policy_url", FIELD_TEXT, false},
    {"TermsAndConditionsUrl", "terms_and_conditions_url", FIELD_TEXT, false},
};
static const struct thing_face link_face = {.kind = SID_CAMPAIGN, .fields = link_fields, .field_count = 2};

static void put_campaign(struct call *c, const struct thing *t)
{
    static const char *const names[THING_STATES] = {
        [THING_PENDING] = "PENDING", [THING_REVIEW] = "IN_PROGRESS",  [THING_APPROVED] = "VERIFIED",
        [THING_REJECTED] = "FAILED", [THING_SUSPENDED] = "SUSPENDED",
    };
    const char *service = sandbox_service_sid(c->sb, t->handle);
    json_put_text(c->out, "sid", A2P_CAMPAIGN_SID);
    json_put_text(c->out, "messaging_service_sid", service);
    json_put_text(c->out, "campaign_status", names[t->state]);
    json_put_bool(c->out, "is_externally_registered", false);
    sb_call_put_url(c, "url", "/v1/Services/%s/Compliance/Usa2p/%s", service, A2P_CAMPAIGN_SID);
    if (t->errors == NULL) {
        json_key(c->out, "errors");
        json_open(c->out, '[');
        json_close(c->out, ']');
    } else {
        sb_call_put_json(c, "errors", t->errors);
    }
    if (!str_equal(c->request->api_version, STR("v1.2"))) return;
    json_put_str_or_null(c->out, "privacy_policy_url", sb_fact(t, "privacy_policy_url"));
    json_put_str_or_null(c->out, "terms_and_conditions_url", sb_fact(t, "terms_and_conditions_url"));
}

static bool keep_campaign(const struct call *c, const struct thing *t)
{
    return t->handle == sandbox_service_find(c->sb, c->args[0]);
}

static const struct thing_face face = {
    .kind = SID_CAMPAIGN, .list_key = "compliance", .flags = FACE_NO_SID, .fields = fields,
    .field_count = sizeof fields / sizeof *fields, .put_more = put_campaign, .keep = keep_campaign,
};

/* ---- use cases ---- */

enum use_class { USE_STANDARD, USE_SPECIAL, USE_LOW_VOLUME, USE_SOLE };
static const struct use_case {
    const char *code, *name;
    enum use_class class;
    bool post_approval;
} use_cases[] = {
    {"2FA", "Two-Factor authentication (2FA)", USE_STANDARD, false},
    {"ACCOUNT_NOTIFICATION", "Account Notification", USE_STANDARD, false},
    {"CUSTOMER_CARE", "Customer Care", USE_STANDARD, false},
    {"DELIVERY_NOTIFICATION", "Delivery Notification", USE_STANDARD, false},
    {"FRAUD_ALERT", "Fraud Alert Messaging", USE_STANDARD, false},
    {"HIGHER_EDUCATION", "Higher Education", USE_STANDARD, false},
    {"MARKETING", "Marketing", USE_STANDARD, false},
    {"MIXED", "Mixed", USE_STANDARD, false},
    {"POLLING_VOTING", "Polling and voting", USE_STANDARD, false},
    {"PUBLIC_SERVICE_ANNOUNCEMENT", "Public Service Announcement", USE_STANDARD, false},
    {"SECURITY_ALERT", "Security Alert", USE_STANDARD, false},
    {"AGENTS_FRANCHISES", "Agents and Franchises", USE_SPECIAL, true},
    {"CHARITY", "Charity", USE_SPECIAL, false},
    {"EMERGENCY", "Emergency", USE_SPECIAL, true},
    {"K12_EDUCATION", "K-12 Education", USE_SPECIAL, true},
    {"POLITICAL", "Political", USE_SPECIAL, false},
    {"PROXY", "Proxy", USE_SPECIAL, true},
    {"SOCIAL", "Social", USE_SPECIAL, true},
    {"SWEEPSTAKE", "Sweepstake", USE_SPECIAL, true},
    {"LOW_VOLUME", "Low Volume Mixed", USE_LOW_VOLUME, false},
    {"SOLE_PROPRIETOR", "Sole Proprietor", USE_SOLE, false},
};

static bool may_use(const struct thing *brand, const struct use_case *u)
{
    return brand == NULL || sb_brand_is_sole(brand) == (u->class == USE_SOLE);
}

static const struct use_case *use_case_find(struct str code)
{
    for (size_t i = 0; i < sizeof use_cases / sizeof *use_cases; i++)
        if (str_equal(code, str_from(use_cases[i].code))) return &use_cases[i];
    return NULL;
}

void sb_api_campaign_use_cases(struct call *c)
{
    const struct thing *brand = NULL;
    struct str sid = sb_call_query(c, "BrandRegistrationSid");
    if (sb_call_service(c) == SANDBOX_NONE) return;
    if (sid.len > 0 && (brand = sb_call_thing(c, SID_BRAND, sid)) == NULL) return;
    sb_call_ok(c, 200);
    json_key(c->out, "us_app_to_person_usecases");
    json_open(c->out, '[');
    for (size_t i = 0; i < sizeof use_cases / sizeof *use_cases; i++) {
        if (!may_use(brand, &use_cases[i])) continue;
        json_open(c->out, '{');
        json_put_text(c->out, "code", use_cases[i].code);
        json_put_text(c->out, "name", use_cases[i].name);
        json_put_text(c->out, "description", use_cases[i].name);
        json_put_bool(c->out, "post_approval_required", use_cases[i].post_approval);
        json_close(c->out, '}');
    }
    json_close(c->out, ']');
    json_close(c->out, '}');
}

/* ---- what is refused at once ---- */

static bool lacks(const struct call *c, bool update)
{
    static const char *const at_update[] = {"HasEmbeddedLinks", "HasEmbeddedPhone", "MessageSamples", "MessageFlow",
                                            "Description",      "AgeGated",         "DirectLending"};
    for (size_t i = 0; update && i < sizeof at_update / sizeof *at_update; i++)
        if (sb_call_param(c, at_update[i]).len == 0) return true;
    for (size_t i = 0; !update && i < sizeof fields / sizeof *fields; i++)
        if (fields[i].required && sb_call_param(c, fields[i].param).len == 0) return true;
    return false;
}

static size_t characters(struct str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) count += ((unsigned char)text.at[i] & 0xC0) != 0x80;
    return count;
}

static bool is_within(struct str text, size_t min, size_t max)
{
    return characters(text) >= min && characters(text) <= max;
}

static bool has_bad_length(const struct call *c)
{
    static const char *const messages[] = {"OptInMessage", "OptOutMessage", "HelpMessage"};
    static const char *const keywords[] = {"OptInKeywords", "OptOutKeywords", "HelpKeywords"};
    size_t samples = 0, keyword_bytes[3] = {0};
    if (!is_within(sb_call_param(c, "Description"), 40, 4096)) return true;
    if (!is_within(sb_call_param(c, "MessageFlow"), 40, 2048)) return true;
    for (size_t i = 0; i < c->form.count; i++) {
        const struct form_pair *p = &c->form.pairs[i];
        if (str_equal(p->name, STR("MessageSamples")) && (++samples, !is_within(p->value, 20, 1024))) return true;
        for (size_t k = 0; k < 3; k++) {
            if (str_equal(p->name, str_from(messages[k])) && p->value.len > 0 && !is_within(p->value, 20, 320))
                return true;
            if (str_equal(p->name, str_from(keywords[k])) && (keyword_bytes[k] += p->value.len) > 255) return true;
        }
    }
    return samples < 2 || samples > 5;
}

static int brand_refusal(const struct call *c, const struct thing *brand)
{
    unsigned campaigns = 0;
    if (brand == NULL || brand->account != c->account) return 21717;
    if (brand->state == THING_SUSPENDED) return 21731;
    if (brand->state != THING_APPROVED) return 21717;
    for (const struct thing *t = brand->first; t != NULL; t = t->next)
        campaigns += t->kind == SID_CAMPAIGN && !t->removed;
    return campaigns >= (sb_brand_is_sole(brand) ? 1u : CAMPAIGNS_PER_BRAND) ? 21732 : 0;
}

/* True after having refused: one campaign a service, and a pause after the last. */
static bool refuses_service(struct call *c, uint32_t service)
{
    const struct thing *t;
    if (sb_service_at(c->sb, service)->campaign != NULL) {
        sb_call_error_as(c, 409, 20409, "The messaging service has a campaign already");
        return true;
    }
    for (uint64_t n = sb_thing_count(c->sb, SID_CAMPAIGN); n > 0; n--) {
        t = sb_thing_at(c->sb, SID_CAMPAIGN, n - 1);
        if (t->handle != service || c->sb->now_ms - t->removed_ms >= SAME_SERVICE_REST_MS) continue;
        sb_call_error_as(c, 409, 20409, "Wait five seconds after the deletion of the service's last campaign");
        return true;
    }
    return false;
}

/* ---- the calls ---- */

static void set_keywords(struct thing *t, const char *name, const char *const *words, size_t count)
{
    json_t *list = json_array();
    if (json_array_size(json_object_get(t->facts, name)) > 0) {
        json_decref(list);
        return;
    }
    for (size_t i = 0; i < count; i++) (void)json_array_append_new(list, json_string(words[i]));
    sb_fact_set_new(t, name, list);
}

static void set_defaults(struct thing *t)
{
    static const char *const stop[] = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"};
    static const char *const help[] = {"HELP", "INFO"};
    static const char *const flags[] = {"subscriber_opt_in", "age_gated", "direct_lending"};
    set_keywords(t, "opt_out_keywords", stop, sizeof stop / sizeof *stop);
    set_keywords(t, "help_keywords", help, sizeof help / sizeof *help);
    set_keywords(t, "opt_in_keywords", NULL, 0);
    for (size_t i = 0; i < 3; i++)
        if (json_object_get(t->facts, flags[i]) == NULL) sb_fact_set_new(t, flags[i], json_false());
    if (sb_fact(t, "opt_out_message").len == 0)
        sb_fact_set(t, "opt_out_message", STR("You have successfully been unsubscribed. You will not receive any more "
                                              "messages from this number. Reply START to resubscribe."));
    if (sb_fact(t, "help_message").len == 0)
        sb_fact_set(t, "help_message", STR("Reply STOP to unsubscribe. Msg&Data Rates May Apply."));
}

void sb_api_campaign_create(struct call *c)
{
    uint32_t service = sb_call_service(c);
    struct thing *brand, *t;
    const struct use_case *u = use_case_find(sb_call_param(c, "UsAppToPersonUsecase"));
    int code;
    if (service == SANDBOX_NONE || sb_call_over_writes(c)) return;
    brand = sb_thing_find(c->sb, SID_BRAND, sb_call_param(c, "BrandRegistrationSid"));
    code = lacks(c, false) ? 21727 : has_bad_length(c) ? 21728 : brand_refusal(c, brand);
    if (code == 0 && (u == NULL || !may_use(brand, u))) code = 21720;
    if (code != 0) {
        sb_call_error(c, 400, code);
        return;
    }
    if (refuses_service(c, service)) return;
    t = sb_call_make(c, &face, brand);
    sb_call_read_fields(c, &link_face, t);
    t->handle = service;
    sb_fact_set_new(t, "mock", json_boolean(sb_fact_is(brand, "mock")));
    set_defaults(t);
    sb_service_at(c->sb, service)->campaign = t;
    sb_review_submit(c->sb, t);
    sb_call_answer_thing(c, &face, 201, t);
}

void sb_api_campaign_list(struct call *c)
{
    if (sb_call_service(c) != SANDBOX_NONE) sb_call_list_things(c, &face, NULL);
}

/* The campaign of the service, if it is asked for by the one SID; NULL after having answered 404. */
static struct thing *campaign_named(struct call *c)
{
    uint32_t service = sb_call_service(c);
    struct thing *t;
    if (service == SANDBOX_NONE) return NULL;
    t = sb_campaign_of(c->sb, service);
    if (t != NULL && str_equal(c->args[1], STR(A2P_CAMPAIGN_SID))) return t;
    sb_call_not_found(c);
    return NULL;
}

void sb_api_campaign_fetch(struct call *c)
{
    struct thing *t = campaign_named(c);
    if (t != NULL) sb_call_answer_thing(c, &face, 200, t);
}

/* Use case and brand stay; what was refused is sent again. */
void sb_api_campaign_update(struct call *c)
{
    struct thing *t = campaign_named(c);
    struct thing_face changeable = face;
    int code;
    if (t == NULL || sb_call_over_writes(c)) return;
    code = t->state == THING_SUSPENDED ? 21729 : lacks(c, true) ? 21727 : has_bad_length(c) ? 21728 : 0;
    if (code != 0) {
        sb_call_error(c, 400, code);
        return;
    }
    if (t->state != THING_REJECTED) {
        sb_call_refuse(c, "Only a campaign that is FAILED can be changed");
        return;
    }
    changeable.fields = &fields[1]; /* all but the brand … */
    changeable.field_count = 3;
    sb_call_read_fields(c, &changeable, t);
    changeable.fields = &fields[5]; /* … and the use case */
    changeable.field_count = sizeof fields / sizeof *fields - 5;
    sb_call_read_fields(c, &changeable, t);
    sb_call_read_fields(c, &link_face, t);
    sb_review_submit(c->sb, t);
    sb_call_answer_thing(c, &face, 200, t);
}

void sb_api_campaign_delete(struct call *c)
{
    struct thing *t = campaign_named(c);
    if (t == NULL || sb_call_over_writes(c)) return;
    if (t->state == THING_SUSPENDED) {
        sb_call_error(c, 400, 21729);
        return;
    }
    sb_campaign_remove(c->sb, t);
    sb_call_no_content(c);
}

/* api_brand: A2P brands, their passcodes and vettings (reference 12.4). */
#include "sandbox/a2p.h"
#include "sandbox/call_thing.h"
#include "sandbox/review.h"
#include "sandbox/trust.h"

enum { FREE_UPDATES = 3 };

static const struct field brand_fields[] = {
    {"CustomerProfileBundleSid", "customer_profile_bundle_sid", FIELD_TEXT, true},
    {"A2PProfileBundleSid", "a2p_profile_bundle_sid", FIELD_TEXT, true},
    {"BrandType", "brand_type", FIELD_TEXT, false},
    {"SkipAutomaticSecVet", "skip_automatic_sec_vet", FIELD_BOOL, false},
    {"Mock", "mock", FIELD_BOOL, false},
    {NULL, "tcr_id", FIELD_TEXT, false},
    {NULL, "failure_reason", FIELD_TEXT, false},
    {NULL, "brand_score", FIELD_TEXT, false},
    {NULL, "identity_status", FIELD_TEXT, false},
    {NULL, "russell_3000", FIELD_BOOL, false},
    {NULL, "government_entity", FIELD_BOOL, false},
    {NULL, "tax_exempt_status", FIELD_TEXT, false},
};

static void put_brand(struct call *c, const struct thing *t)
{
    static const char *const names[THING_STATES] = {
        [THING_PENDING] = "PENDING",   [THING_REVIEW] = "IN_REVIEW",    [THING_APPROVED] = "APPROVED",
        [THING_REJECTED] = "FAILED",   [THING_SUSPENDED] = "SUSPENDED",
    };
    json_put_text(c->out, "status", names[t->state]);
    sb_call_put_json(c, "errors", t->errors);
    json_key(c->out, "brand_feedback");
    json_open(c->out, '[');
    json_close(c->out, ']');
    sb_call_put_url(c, "url", "/v1/a2p/BrandRegistrations/%s", t->sid);
    json_key(c->out, "links");
    json_open(c->out, '{');
    sb_call_put_url(c, "brand_vettings", "/v1/a2p/BrandRegistrations/%s/Vettings", t->sid);
    sb_call_put_url(c, "brand_registration_otps", "/v1/a2p/BrandRegistrations/%s/SmsOtp", t->sid);
    json_close(c->out, '}');
}

static const struct thing_face brand_face = {
    .kind = SID_BRAND, .list_key = "data", .fields = brand_fields,
    .field_count = sizeof brand_fields / sizeof *brand_fields, .put_more = put_brand,
};

static struct thing *brand_named(struct call *c) { return sb_call_thing(c, SID_BRAND, c->args[0]); }

static const char *const standard_products[] = {"us_a2p_messaging_profile_type_business", NULL};
static const char *const sole_products[] = {"sole_proprietor_type_business", "starter_a2p_type_business", NULL};

static bool is_one_of(struct str name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (str_equal(name, str_from(*names))) return true;
    return false;
}

/* True after having refused. */
static bool refuses_bundles(struct call *c, bool sole)
{
    const struct thing *profile = sb_thing_find(c->sb, SID_PROFILE, sb_call_param(c, "CustomerProfileBundleSid"));
    const struct thing *product = sb_thing_find(c->sb, SID_PRODUCT, sb_call_param(c, "A2PProfileBundleSid"));
    if (profile == NULL || profile->account != c->account)
        sb_call_refuse(c, "CustomerProfileBundleSid names no customer profile of this account");
    else if (product == NULL || product->account != c->account)
        sb_call_refuse(c, "A2PProfileBundleSid names no trust product of this account");
    else if (!is_one_of(sb_trust_machine_name(product), sole ? sole_products : standard_products))
        sb_call_refuse(c, "The trust product's policy does not fit the brand type");
    else if (profile->state == THING_DRAFT || product->state == THING_DRAFT)
        sb_call_refuse(c, "Both bundles must have been submitted for review");
    else
        return false;
    return true;
}

void sb_api_brand_create(struct call *c)
{
    struct str type = sb_call_param(c, "BrandType");
    bool sole = str_equal(type, STR("SOLE_PROPRIETOR"));
    struct thing *t;
    if (sb_call_over_writes(c) || sb_call_lacks(c, &brand_face)) return;
    if (type.len > 0 && !sole && !str_equal(type, STR("STANDARD"))) {
        sb_call_refuse(c, "BrandType is STANDARD or SOLE_PROPRIETOR");
        return;
    }
    if (refuses_bundles(c, sole)) return;
    t = sb_call_make(c, &brand_face, NULL);
    if (type.len == 0) sb_fact_set(t, "brand_type", STR("STANDARD"));
    sb_fact_set_new(t, "skip_automatic_sec_vet", json_boolean(sb_call_bool(c, "SkipAutomaticSecVet", false)));
    sb_fact_set_new(t, "mock", json_boolean(sb_call_bool(c, "Mock", false)));
    sb_fact_set_new(t, "russell_3000", json_false());
    sb_fact_set_new(t, "government_entity", json_false());
    sb_account_at(c->sb, c->account)->registers = true;
    sb_review_submit(c->sb, t);
    sb_call_answer_thing(c, &brand_face, 201, t);
}

void sb_api_brand_list(struct call *c) { sb_call_list_things(c, &brand_face, NULL); }

void sb_api_brand_fetch(struct call *c)
{
    struct thing *t = brand_named(c);
    if (t != NULL) sb_call_answer_thing(c, &brand_face, 200, t);
}

/* Sends it again after a failure; of a public company whose mail waits, sends the mail again. */
void sb_api_brand_update(struct call *c)
{
    struct thing *t = brand_named(c);
    if (t == NULL || sb_call_over_writes(c)) return;
    if (t->state == THING_SUSPENDED) {
        sb_call_error(c, 400, 21731);
    } else if (t->state == THING_REVIEW && sb_fact_is(t, "_mail_sent")) {
        sb_review_await_person(c->sb, t);
        sb_call_answer_thing(c, &brand_face, 202, t);
    } else if (t->state != THING_REJECTED) {
        sb_call_error(c, 400, 21725);
    } else if (t->submitted > FREE_UPDATES) {
        sb_call_error(c, 400, 21724);
    } else {
        sb_review_submit(c->sb, t);
        sb_call_answer_thing(c, &brand_face, 202, t);
    }
}

void sb_api_brand_passcode(struct call *c)
{
    struct thing *t = brand_named(c);
    if (t == NULL) return;
    if (!sb_brand_is_sole(t) || t->state != THING_APPROVED ||
        !str_equal(sb_fact(t, "identity_status"), STR("UNVERIFIED"))) {
        sb_call_refuse(c, "A passcode is sent for an approved sole proprietor brand that is not verified");
        return;
    }
    sb_brand_send_passcode(c->sb, t);
    sb_call_ok(c, 201);
    json_put_text(c->out, "account_sid", sandbox_account_sid(c->sb, t->account));
    json_put_text(c->out, "brand_registration_sid", t->sid);
    json_close(c->out, '}');
}

/* ---- vettings ---- */

static const struct field vetting_fields[] = {
    {"VettingProvider", "vetting_provider", FIELD_TEXT, true},
    {"VettingId", "vetting_id", FIELD_TEXT, false},
    {NULL, "vetting_class", FIELD_TEXT, false},
    {NULL, "vetting_status", FIELD_TEXT, false},
};

static void put_vetting(struct call *c, const struct thing *t)
{
    json_put_text(c->out, "brand_sid", t->parent->sid);
    json_put_text(c->out, "brand_vetting_sid", t->sid);
    sb_call_put_url(c, "url", "/v1/a2p/BrandRegistrations/%s/Vettings/%s", t->parent->sid, t->sid);
}

static bool keep_vetting(const struct call *c, const struct thing *t)
{
    struct str provider = sb_call_query(c, "VettingProvider");
    return provider.len == 0 || str_equal(provider, sb_fact(t, "vetting_provider"));
}

static const struct thing_face vetting_face = {
    .kind = SID_VETTING, .list_key = "data", .flags = FACE_NO_SID, .fields = vetting_fields, .field_count = 4,
    .put_more = put_vetting, .keep = keep_vetting,
};

/* cv|1.0|tcr|10dlc|<uuid>|<secret> */
static bool is_campaign_verify_token(struct str text)
{
    unsigned fields = 1;
    if (!str_starts(text, STR("cv|1.0|tcr|10dlc|"))) return false;
    for (size_t i = 0; i < text.len; i++) fields += text.at[i] == '|';
    return fields == 6;
}

void sb_api_vetting_create(struct call *c)
{
    struct thing *brand = brand_named(c), *t;
    struct str provider = sb_call_param(c, "VettingProvider");
    bool political = str_equal(provider, STR("campaign-verify"));
    if (brand == NULL || sb_call_lacks(c, &vetting_face)) return;
    if (!political && !str_equal(provider, STR("aegis"))) {
        sb_call_refuse(c, "VettingProvider is campaign-verify or aegis");
        return;
    }
    if (brand->state != THING_APPROVED) {
        sb_call_error(c, 400, brand->state == THING_SUSPENDED ? 21731 : 21717);
        return;
    }
    if (political && !is_campaign_verify_token(sb_call_param(c, "VettingId"))) {
        sb_call_error(c, 400, 21722);
        return;
    }
    for (const struct thing *v = brand->first; v != NULL; v = v->next)
        if (v->kind == SID_VETTING && v->step != THING_RESTS) {
            sb_call_error(c, 400, 21723);
            return;
        }
    t = sb_call_make(c, &vetting_face, brand);
    sb_fact_set(t, "vetting_class", political ? STR("POLITICAL") : STR("STANDARD"));
    sb_fact_set(t, "vetting_status", STR("PENDING"));
    sb_review_await_person(c->sb, t);
    sb_call_answer_thing(c, &vetting_face, 201, t);
}

void sb_api_vetting_list(struct call *c)
{
    struct thing *brand = brand_named(c);
    if (brand != NULL) sb_call_list_things(c, &vetting_face, brand);
}

void sb_api_vetting_fetch(struct call *c)
{
    struct thing *brand = brand_named(c);
    struct thing *t = brand == NULL ? NULL : sb_call_child(c, SID_VETTING, brand, c->args[1]);
    if (t != NULL) sb_call_answer_thing(c, &vetting_face, 200, t);
}

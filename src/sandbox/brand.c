/* brand: what becomes of a brand at the registry (reference 12.4). Contract in a2p.h. */
#include "sandbox/a2p.h"
#include "sandbox/review.h"
#include "sandbox/trust.h"

#include <stdio.h>

enum { LOOK_AGAIN_MS_MIN = 100, SOLE_BRANDS_PER_MOBILE = 3 };
static const int64_t mail_lives_ms = 7 * INT64_C(86400000), passcode_lives_ms = INT64_C(86400000);

bool sb_brand_is_sole(const struct thing *brand)
{
    return str_equal(sb_fact(brand, "brand_type"), STR("SOLE_PROPRIETOR"));
}

static struct thing *profile_of(const struct sandbox *sb, const struct thing *b)
{
    return sb_trust_bundle(sb, sb_fact(b, "customer_profile_bundle_sid"));
}

static struct thing *product_of(const struct sandbox *sb, const struct thing *b)
{
    return sb_trust_bundle(sb, sb_fact(b, "a2p_profile_bundle_sid"));
}

static struct str company_type(const struct sandbox *sb, const struct thing *b)
{
    const struct thing *product = product_of(sb, b);
    if (product == NULL) return (struct str){NULL, 0};
    return sb_trust_attribute(sb, product, "us_a2p_messaging_profile_information", "company_type");
}

static bool is_public(const struct sandbox *sb, const struct thing *b)
{
    return str_equal(company_type(sb, b), STR("public"));
}

static void event(struct sandbox *sb, const struct thing *b, const char *type)
{
    json_t *errors = json_array(), *error;
    size_t i;
    json_array_foreach (b->errors, i, error)
        (void)json_array_append_new(
            errors, json_pack("{s:O, s:O, s:O, s:O}", "registrationerrorcode", json_object_get(error, "error_code"),
                              "registrationerrordescription", json_object_get(error, "description"),
                              "registrationerrorurl", json_object_get(error, "url"), "registrationerrorfields",
                              json_object_get(error, "fields")));
    sb_event(sb, b, type,
             json_pack("{s:s, s:s, s:O?, s:o}", "brandsid", b->sid, "brandstatus",
                       b->state == THING_REJECTED ? "registration_failed" : "registered", "identitystatus",
                       json_object_get(b->facts, "identity_status"), "brandregistrationerrors", errors));
}

/* ---- what is wrong with a submission ---- */

static size_t digits_of(struct str text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) digits += text.at[i] >= '0' && text.at[i] <= '9';
    return digits;
}

static bool is_free_mail(struct str mail)
{
    static const char *const domains[] = {"@gmail.com", "@yahoo.com", "@hotmail.com", "@outlook.com", "@aol.com"};
    for (size_t i = 0; i < sizeof domains / sizeof *domains; i++)
        if (str_ends(mail, str_from(domains[i]))) return true;
    return false;
}

static int business_fault(const struct sandbox *sb, const struct thing *b)
{
    const char *type = "customer_profile_business_information";
    struct str number = sb_trust_attribute(sb, profile_of(sb, b), type, "business_registration_number");
    struct str kind = sb_trust_attribute(sb, profile_of(sb, b), type, "business_registration_identifier");
    struct str mail = sb_trust_attribute(sb, product_of(sb, b), "us_a2p_messaging_profile_information",
                                         "brand_contact_email");
    if (number.len == 0) return 30757;
    if (str_equal(kind, STR("EIN")) && digits_of(number) != 9) return 30795;
    return is_public(sb, b) && (mail.len == 0 || is_free_mail(mail)) ? 21740 : 0;
}

static struct str mobile_of(const struct sandbox *sb, const struct thing *b)
{
    const struct thing *product = product_of(sb, b);
    if (product == NULL) return (struct str){NULL, 0};
    return sb_trust_attribute(sb, product, "sole_proprietor_information", "mobile_phone_number");
}

/* A US or Canadian mobile, and at most three brands ever with it. */
static int sole_fault(const struct sandbox *sb, const struct thing *b)
{
    struct str mobile = mobile_of(sb, b);
    const struct thing *other;
    unsigned same = 0;
    if (!str_starts(mobile, STR("+1")) || mobile.len != 12) return 30751;
    for (uint64_t n = 0; (other = sb_thing_at(sb, SID_BRAND, n)) != NULL; n++)
        same += sb_brand_is_sole(other) && other->state == THING_APPROVED && str_equal(mobile, mobile_of(sb, other));
    return same >= SOLE_BRANDS_PER_MOBILE ? 30750 : 0;
}

static bool is_settled(const struct thing *bundle)
{
    return bundle == NULL || (bundle->state != THING_PENDING && bundle->state != THING_REVIEW);
}

int sb_brand_fault(const struct sandbox *sb, const struct thing *b)
{
    const struct thing *profile = profile_of(sb, b), *product = product_of(sb, b);
    if (profile == NULL || product == NULL || profile->state != THING_APPROVED || product->state != THING_APPROVED)
        return 30793;
    return sb_brand_is_sole(b) ? sole_fault(sb, b) : business_fault(sb, b);
}

/* ---- waiting ---- */

static void wait_for_mail(struct sandbox *sb, struct thing *b)
{
    sb_fact_set_new(b, "_mail_sent", json_true());
    event(sb, b, "brand-registration.email-2fa-sent");
    if (sb->registry->plan.person_silent)
        sb_thing_plan(sb, b, THING_IS_JUDGED, mail_lives_ms);
    else
        sb_review_await_person(sb, b);
}

bool sb_brand_waits(struct sandbox *sb, struct thing *b, int *code)
{
    const struct review_time *time = &sb->registry->plan.objects[REVIEW_BRAND];
    uint32_t again_ms = sb_review_draw(sb, time->review_ms_min, time->review_ms_max);
    *code = 0;
    if (!is_settled(profile_of(sb, b)) || !is_settled(product_of(sb, b))) {
        sb_thing_plan(sb, b, THING_IS_JUDGED, again_ms < LOOK_AGAIN_MS_MIN ? LOOK_AGAIN_MS_MIN : again_ms);
        return true;
    }
    if (!is_public(sb, b) || sb_fact_is(b, "_mail_clicked") || sb_brand_fault(sb, b) != 0) return false;
    if (sb_fact_is(b, "_mail_sent")) {
        *code = 21737;
        event(sb, b, "brand-registration.email-2fa-timeout");
        return false;
    }
    wait_for_mail(sb, b);
    return true;
}

void sb_brand_send_passcode(struct sandbox *sb, struct thing *b)
{
    json_decref(b->errors);
    b->errors = NULL;
    if (sb->registry->plan.person_silent)
        sb_thing_plan(sb, b, THING_IS_JUDGED, passcode_lives_ms); /* it expires */
    else
        sb_review_await_person(sb, b);
}

static void identify(struct sandbox *sb, struct thing *b, const char *status)
{
    sb_fact_set(b, "identity_status", str_from(status));
    b->updated_ms = world_date(sb);
}

bool sb_brand_person_acted(struct sandbox *sb, struct thing *b)
{
    if (b->state == THING_REVIEW) {
        sb_fact_set_new(b, "_mail_clicked", json_true());
        event(sb, b, "brand-registration.email-2fa-opened");
        event(sb, b, "brand-registration.email-2fa-clicked");
        event(sb, b, "brand-registration.email-2fa-completed");
        return true;
    }
    identify(sb, b, "VERIFIED");
    event(sb, b, "brand-registration.brand-verified");
    return false;
}

/* ---- decisions ---- */

/* A score between 15 and 95 for who is vetted; nobody else has one. */
static void score(struct sandbox *sb, struct thing *b)
{
    int64_t wanted = sb->registry->plan.brand_score;
    if (sb_brand_is_sole(b) || sb_fact_is(b, "skip_automatic_sec_vet") || sb_fact_is(b, "mock")) return;
    sb_fact_set_new(b, "brand_score", json_integer(wanted >= 0 ? wanted : sb_review_draw(sb, 15, 95)));
}

static void approve(struct sandbox *sb, struct thing *b)
{
    char tcr_id[16];
    (void)snprintf(tcr_id, sizeof tcr_id, "B%06llX", (unsigned long long)b->n + 0xA00000);
    sb_fact_set(b, "tcr_id", str_from(tcr_id));
    score(sb, b);
    sb_fact_set_new(b, "government_entity", json_boolean(str_equal(company_type(sb, b), STR("government"))));
    if (str_starts(company_type(sb, b), STR("non"))) sb_fact_set(b, "tax_exempt_status", STR("501c3"));
    identify(sb, b, sb_brand_is_sole(b) ? "UNVERIFIED" : "VERIFIED");
    event(sb, b, "brand-registration.brand-registered");
    event(sb, b, sb_brand_is_sole(b) ? "brand-registration.brand-unverified" : "brand-registration.brand-verified");
    if (sb_brand_is_sole(b)) sb_brand_send_passcode(sb, b);
}

static void reject(struct sandbox *sb, struct thing *b, int code)
{
    const char *fields;
    b->errors = sb_review_errors(code);
    sb_fact_set(b, "failure_reason", str_from(sb_review_text(code, &fields)));
    event(sb, b, "brand-registration.brand-failure");
}

static void suspend_campaigns(struct sandbox *sb, struct thing *b, bool suspended)
{
    for (struct thing *c = b->first; c != NULL; c = c->next)
        if (c->kind == SID_CAMPAIGN && !c->removed && sb_review_suspend(sb, c, suspended) != ERR_OK) continue;
}

void sb_brand_moved(struct sandbox *sb, struct thing *b, int code)
{
    switch (b->state) {
    case THING_PENDING:
        sb_fact_set(b, "failure_reason", STR(""));
        sb_fact_set_new(b, "_mail_sent", json_false());
        sb_fact_set_new(b, "_mail_clicked", json_false());
        break;
    case THING_APPROVED:
        if (sb_fact(b, "tcr_id").len == 0)
            approve(sb, b);
        else
            suspend_campaigns(sb, b, false);
        break;
    case THING_REJECTED: reject(sb, b, code); break;
    case THING_SUSPENDED: suspend_campaigns(sb, b, true); break;
    default: break;
    }
}

/* Of a Campaign Verify token in which that stands. */
static bool is_refused(const struct thing *v)
{
    return str_find(sb_fact(v, "vetting_id"), STR("REJECT")) < sb_fact(v, "vetting_id").len;
}

void sb_vetting_done(struct sandbox *sb, struct thing *v)
{
    struct thing *b = v->parent;
    sb_fact_set(v, "vetting_status", is_refused(v) ? STR("FAILED") : STR("SUCCESS"));
    v->updated_ms = world_date(sb);
    if (is_refused(v)) {
        event(sb, b, "brand-registration.brand-secondary-vetting-failure");
        return;
    }
    identify(sb, b, "VETTED_VERIFIED");
    if (str_equal(sb_fact(v, "vetting_provider"), STR("aegis")) && !sb_brand_is_sole(b)) {
        int64_t wanted = sb->registry->plan.brand_score;
        sb_fact_set_new(b, "brand_score", json_integer(wanted >= 0 ? wanted : sb_review_draw(sb, 25, 100)));
    }
    event(sb, b, "brand-registration.brand-vetted-verified");
    for (struct thing *c = b->first; c != NULL; c = c->next)
        if (c->kind == SID_CAMPAIGN && !c->removed && c->state == THING_APPROVED) sb_campaign_moved(sb, c, 0);
}

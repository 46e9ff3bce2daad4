/* Registrations in the pure model: the clock of reviews, and what a verified campaign grants (reference 9, 12). */
#include "kit.h"
#include "sandbox/api.h"
#include "sandbox/registry.h"
#include "sandbox/review.h"

#include <stdio.h>
#include <string.h>

#define SID "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define MASTER "Basic QUNhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYTp0b2tlbg=="
#define JSON_BYTES 8192

struct answered {
    int status;
    char sid[SANDBOX_SID_BYTES];
    char body[JSON_BYTES];
};

static struct answered ask(struct kit *k, const char *method, const char *target, const char *form)
{
    struct sandbox_http_request request = {
        .method = str_from(method), .target = str_from(target), .base_url = STR("http://127.0.0.1:1"),
        .authorization = STR(MASTER), .content_type = STR("application/x-www-form-urlencoded"),
        .body = str_from(form)};
    struct sandbox_http_answer answer;
    struct answered out = {0};
    const char *sid;
    buf_init(&answer.body, JSON_BYTES);
    sandbox_request(k->sb, k->now_ms, &request, &answer);
    out.status = answer.status;
    (void)snprintf(out.body, sizeof out.body, "%s", buf_text(&answer.body));
    sid = strstr(out.body, "\"sid\":\"");
    if (sid != NULL) (void)snprintf(out.sid, sizeof out.sid, "%.34s", sid + 7);
    buf_free(&answer.body);
    return out;
}

static struct answered post(struct kit *k, const char *target, const char *form)
{
    struct answered a = ask(k, "POST", target, form);
    if (a.status != 200 && a.status != 201) fail_msg("%s: %d %s", target, a.status, a.body);
    return a;
}

static void assign(struct kit *k, const char *folder, const char *bundle, const char *object)
{
    char target[128], form[64];
    (void)snprintf(target, sizeof target, "/v1/%s/%s/EntityAssignments", folder, bundle);
    (void)snprintf(form, sizeof form, "ObjectSid=%s", object);
    (void)post(k, target, form);
}

static void submit(struct kit *k, const char *folder, const char *bundle)
{
    char target[128];
    (void)snprintf(target, sizeof target, "/v1/%s/%s", folder, bundle);
    (void)post(k, target, "Status=pending-review");
}

#define BUSINESS                                                                                                      \
    "FriendlyName=b&Type=customer_profile_business_information&Attributes={\"business_name\":\"Acme\","                 \
    "\"business_identity\":\"direct_customer\",\"business_type\":\"Partnership\",\"business_industry\":\"LEGAL\","     \
    "\"business_registration_identifier\":\"EIN\",\"business_registration_number\":\"123456789\","                    \
    "\"business_regions_of_operation\":\"USA_AND_CANADA\",\"website_url\":\"https://a.example\"}"
#define PERSON                                                                                                        \
    "FriendlyName=p&Type=authorized_representative_1&Attributes={\"first_name\":\"A\",\"last_name\":\"B\","            \
    "\"email\":\"a@b.example\",\"phone_number\":\"%2B14155550111\",\"business_title\":\"Owner\","                     \
    "\"job_position\":\"CEO\"}"
#define ADDRESS "CustomerName=Acme&Street=1+Main&City=Oakland&Region=CA&PostalCode=94612&IsoCountry=US"
#define PRIVATE "{\"company_type\":\"private\"}"
#define PUBLIC "{\"company_type\":\"public\",\"brand_contact_email\":\"ir@a.example\"}"

static struct answered address_document(struct kit *k)
{
    char form[256];
    struct answered address = post(k, "/2010-04-01/Accounts/" SID "/Addresses.json", ADDRESS);
    (void)snprintf(form, sizeof form, "FriendlyName=d&Type=customer_profile_address&Attributes=%s%s\"}",
                   "{\"address_sids\":\"", address.sid);
    return post(k, "/v1/SupportingDocuments", form);
}

/* Both bundles submitted, the brand asked for. */
static struct answered brand(struct kit *k, const char *company, const char *more)
{
    char form[512];
    struct answered primary = ask(k, "GET", "/v1/CustomerProfiles?PolicySid=RN6433641899984f951173ef1738c3bdd0", "");
    struct answered profile = post(k, "/v1/CustomerProfiles",
                                   "FriendlyName=x&Email=a%40b.co&PolicySid=RNdfbf3fae0e1107f8aded0e7cead80bf5");
    struct answered product = post(k, "/v1/TrustProducts",
                                   "FriendlyName=x&Email=a%40b.co&PolicySid=RNb0d4771c2c98518d916a3d4cd70a8f8b");
    assign(k, "CustomerProfiles", profile.sid, post(k, "/v1/EndUsers", BUSINESS).sid);
    assign(k, "CustomerProfiles", profile.sid, post(k, "/v1/EndUsers", PERSON).sid);
    assign(k, "CustomerProfiles", profile.sid, address_document(k).sid);
    assign(k, "CustomerProfiles", profile.sid, primary.sid);
    (void)snprintf(form, sizeof form, "FriendlyName=m&Type=us_a2p_messaging_profile_information&Attributes=%s",
                   company);
    assign(k, "TrustProducts", product.sid, post(k, "/v1/EndUsers", form).sid);
    assign(k, "TrustProducts", product.sid, profile.sid);
    submit(k, "CustomerProfiles", profile.sid);
    submit(k, "TrustProducts", product.sid);
    (void)snprintf(form, sizeof form, "CustomerProfileBundleSid=%s&A2PProfileBundleSid=%s&%s", profile.sid, product.sid,
                   more);
    return post(k, "/v1/a2p/BrandRegistrations", form);
}

static struct answered fetch_brand(struct kit *k, const char *sid)
{
    char target[128];
    (void)snprintf(target, sizeof target, "/v1/a2p/BrandRegistrations/%s", sid);
    return ask(k, "GET", target, "");
}

static void assert_has(struct answered a, const char *part)
{
    if (strstr(a.body, part) == NULL) fail_msg("no %s in %s", part, a.body);
}

static struct kit *registering_kit(uint64_t seed)
{
    struct sandbox_config c = kit_config();
    c.account_sid = STR(SID);
    c.auth_token = STR("token");
    return kit_new(&c, seed);
}

static void a_long_step_is_the_same_as_many_short_ones(void **state)
{
    struct kit *far = registering_kit(7), *near = registering_kit(7);
    struct answered a = brand(far, PRIVATE, ""), b = brand(near, PRIVATE, "");
    (void)state;
    assert_string_equal(a.body, b.body);
    kit_run(far, 20000);
    for (int i = 0; i < 400; i++) kit_run(near, 50);
    a = fetch_brand(far, a.sid);
    assert_has(a, "\"status\":\"APPROVED\"");
    assert_string_equal(a.body, fetch_brand(near, b.sid).body);
    sandbox_check(far->sb);
    kit_free(far);
    kit_free(near);
}

/* A hold that comes and goes once failed the brand, as if seven days had passed. */
static void a_hold_does_not_touch_a_brand_that_waits_for_a_click(void **state)
{
    struct kit *k = registering_kit(8);
    struct review_plan *plan = &k->sb->registry->plan;
    struct answered b;
    (void)state;
    plan->person_silent = true;
    b = brand(k, PUBLIC, "");
    kit_run(k, 20000);
    assert_has(fetch_brand(k, b.sid), "\"status\":\"IN_REVIEW\"");
    plan->objects[REVIEW_BRAND].held = true;
    sb_review_release(k->sb, REVIEW_BRAND);
    plan->objects[REVIEW_BRAND].held = false;
    sb_review_release(k->sb, REVIEW_BRAND);
    kit_run(k, 60000);
    assert_has(fetch_brand(k, b.sid), "\"status\":\"IN_REVIEW\"");
    kit_run(k, 7 * INT64_C(86400000));
    assert_has(fetch_brand(k, b.sid), "21737");
    sandbox_check(k->sb);
    kit_free(k);
}

#define CAMPAIGN                                                                                                      \
    "Description=Reminders+of+appointments+for+those+who+asked+for+them&MessageFlow=People+tick+an+unchecked+box+on+" \
    "the+form+at+our+site&MessageSamples=Acme:+your+visit+is+tomorrow&MessageSamples=Acme:+your+visit+is+today+now&"  \
    "UsAppToPersonUsecase=LOW_VOLUME&HasEmbeddedLinks=false&HasEmbeddedPhone=false&PrivacyPolicyUrl=https://a/p&"      \
    "TermsAndConditionsUrl=https://a/t&BrandRegistrationSid="

/* Low volume: 2,000 segments a day at T-Mobile (carrier-throughput.tsv). */
static void a_verified_campaign_grants_what_its_brand_may_send(void **state)
{
    struct kit *k = registering_kit(9);
    struct answered b = brand(k, PRIVATE, "SkipAutomaticSecVet=true"), service;
    char form[1024], target[128];
    uint32_t handle, number;
    uint64_t last = 0;
    (void)state;
    kit_run(k, 20000);
    service = post(k, "/v1/Services", "FriendlyName=Acme");
    handle = sandbox_service_find(k->sb, str_from(service.sid));
    assert_int_equal(sandbox_sender_add(k->sb, 0, STR("+14155559999"), handle, STR(""), &number), ERR_OK);
    (void)snprintf(target, sizeof target, "/v1/Services/%s/Compliance/Usa2p", service.sid);
    (void)snprintf(form, sizeof form, CAMPAIGN "%s", b.sid);
    (void)post(k, target, form);
    kit_run(k, 30000);
    for (int i = 0; i < 2001; i++) last = kit_send(k, number, SANDBOX_NONE, TMOBILE_TO, "Hello").message;
    kit_run(k, 4000 * INT64_C(1000));
    assert_int_equal(kit_message(k, last - 1).status, SANDBOX_DELIVERED);
    assert_int_equal(kit_message(k, last).error_code, 30023);
    kit_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_step_is_the_same_as_many_short_ones),
        cmocka_unit_test(a_hold_does_not_touch_a_brand_that_waits_for_a_click),
        cmocka_unit_test(a_verified_campaign_grants_what_its_brand_may_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

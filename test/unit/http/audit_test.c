/* The red flags of an installation and its organizations, as an operator reads them. */
#include "face.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct face f;

static int setup(void **state)
{
    (void)state;
    face_open(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

static bool flagged(const char *rule)
{
    struct answer a = call(&f, "GET", "/v1/audit", f.operator_key, NULL, NULL);
    char wanted[64];
    bool found;

    assert_int_equal(a.status, 200);
    (void)snprintf(wanted, sizeof wanted, "\"rule\":\"%s\"", rule);
    found = strstr(a.body, wanted) != NULL;
    answer_free(&a);
    return found;
}

static void settings_that_endanger_are_flagged_and_good_ones_are_not(void **state)
{
    (void)state;
    assert_false(flagged("public_url_plain") || flagged("quiet_hours_off") || flagged("restored_ok_left_on"));
    assert_false(flagged("provider_elsewhere") || flagged("live_credentials_in_sandbox"));
    (void)snprintf(f.settings.public_url, sizeof f.settings.public_url, "http://texts.example.com");
    (void)snprintf(f.settings.twilio_base_url, sizeof f.settings.twilio_base_url, "http://127.0.0.1:1");
    f.settings.quiet_hours = false;
    f.settings.restored_ok = true;
    assert_true(flagged("public_url_plain") && flagged("quiet_hours_off") && flagged("restored_ok_left_on"));
    assert_true(flagged("provider_elsewhere"));
    f.settings.sandbox = true;
    (void)snprintf(f.settings.twilio_auth_token, sizeof f.settings.twilio_auth_token, FACE_TOKEN);
    assert_true(flagged("live_credentials_in_sandbox"));
    (void)snprintf(f.settings.twilio_auth_token, sizeof f.settings.twilio_auth_token, SETTINGS_SANDBOX_TOKEN);
    assert_false(flagged("live_credentials_in_sandbox") || flagged("public_url_plain"));
}

static void what_could_not_be_asked_is_not_told_as_sound(void **state)
{
    (void)state;
    expect_text(&f, 200, "GET", "/v1/audit", f.operator_key, NULL,
                "\"id\":\"clock_skew\",\"severity\":\"warning\",\"title\":\"The clock is not the provider's\","
                "\"answered\":false");
    assert_false(flagged("clock_skew"));
}

static void senders_of_a_tenant_are_looked_at(void **state)
{
    (void)state;
    assert_false(flagged("sender_unverified") || flagged("test_number_in_production"));
    assert_false(flagged("no_messaging_service"));
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"+18005550123\"}");
    assert_true(flagged("sender_unverified"));
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"+15005550006\"}");
    assert_true(flagged("test_number_in_production"));
}

static void a_live_campaign_is_looked_at(void **state)
{
    struct change_campaign c = {.head = {.kind = CHANGE_CAMPAIGN}};

    (void)state;
    c.campaign = (struct campaign){.org = f.acme.id, .program = f.acme_program, .name = STR("sale"),
                                   .kind = KIND_MARKETING, .template_text = STR("Sale: http://a.com"),
                                   .state = CAMPAIGN_DRAFT, .validity_s = 3600, .created_ms = 1};
    face_change(&f, &c.head);
    assert_false(flagged("campaign_content") || flagged("marketing_unregistered")); /* a draft sends nothing */
    c.campaign = (struct campaign){.org = f.acme.id, .program = f.acme_program, .name = STR("sale 2"),
                                   .kind = KIND_MARKETING, .template_text = STR("Sale: http://a.com"),
                                   .state = CAMPAIGN_SCHEDULED, .start_at_ms = INT64_C(4000000000000),
                                   .validity_s = 3600, .created_ms = 1};
    face_change(&f, &c.head);
    assert_true(flagged("campaign_content") && flagged("campaign_unwatched"));
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"program\":{\"registration\":\"pending\"}}");
    assert_false(flagged("marketing_unregistered")); /* nothing it sends from is registered that way */
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550199", 14155550199);
    assert_true(flagged("marketing_unregistered"));
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"state\":\"suspended\"}");
    assert_false(flagged("marketing_unregistered")); /* it sends nothing either */
}

static void organizations_come_page_by_page(void **state)
{
    struct answer a = call(&f, "GET", "/v1/audit?limit=1", f.operator_key, NULL, NULL);
    char target[128];

    (void)state;
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.body, "\"organization\":\"acme\""));
    assert_null(strstr(a.body, "\"organization\":\"rival\""));
    (void)snprintf(target, sizeof target, "/v1/audit?limit=1&cursor=%s", json_text(a.body, "next_cursor"));
    answer_free(&a);
    expect_text(&f, 200, "GET", target, f.operator_key, NULL, "\"organization\":\"rival\"");
    a = call(&f, "GET", target, f.operator_key, NULL, NULL);
    assert_null(strstr(a.body, "quiet_hours_off")); /* the installation is on the first page */
    answer_free(&a);
}

static void only_an_operator_may_ask(void **state)
{
    (void)state;
    expect(&f, 403, "GET", "/v1/audit", f.acme_key, NULL);
    expect(&f, 401, "GET", "/v1/audit", NULL, NULL);
    expect(&f, 422, "GET", "/v1/audit?cursor=x", f.operator_key, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(settings_that_endanger_are_flagged_and_good_ones_are_not),
        TEST(what_could_not_be_asked_is_not_told_as_sound),
        TEST(senders_of_a_tenant_are_looked_at),
        TEST(a_live_campaign_is_looked_at),
        TEST(organizations_come_page_by_page),
        TEST(only_an_operator_may_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

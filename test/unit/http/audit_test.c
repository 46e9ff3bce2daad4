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

static bool is_unanswered(const char *rule)
{
    struct answer a = call(&f, "GET", "/v1/audit", f.operator_key, NULL, NULL);
    char wanted[64];
    const char *at;
    bool found;

    assert_int_equal(a.status, 200);
    (void)snprintf(wanted, sizeof wanted, "\"id\":\"%s\"", rule);
    at = strstr(a.body, wanted);
    assert_non_null(at);
    at = strstr(at, "\"answered\":");
    found = strncmp(at, "\"answered\":false", 16) == 0;
    answer_free(&a);
    return found;
}

static enum err no_stats(struct store_reader *r, struct store_stats *out)
{
    (void)r;
    (void)out;
    return ERR_IO;
}

static void files_and_doubts_that_cannot_be_read_are_unknown(void **state)
{
    const struct store_ops *ops = f.store->ops;
    static struct store_ops deaf;

    (void)state;
    deaf = *ops;
    deaf.stats = no_stats;
    assert_false(is_unanswered("doubt_unsettled") || is_unanswered("backup_missing"));
    assert_true(flagged("backup_missing"));
    f.store->ops = &deaf;
    assert_true(is_unanswered("doubt_unsettled"));
    f.store->ops = ops;
    (void)snprintf(f.settings.data_dir, sizeof f.settings.data_dir, "%s/key", f.dir); /* no directory */
    assert_true(is_unanswered("backup_missing"));
    assert_false(flagged("backup_missing"));
    (void)snprintf(f.settings.data_dir, sizeof f.settings.data_dir, "%s/nowhere", f.dir);
    assert_true(is_unanswered("backup_missing") && is_unanswered("files_open_to_others"));
    (void)snprintf(f.settings.data_dir, sizeof f.settings.data_dir, "%s", f.dir);
}

/* The last of more than a page of programs and of webhooks is looked at. */
static void many_programs_and_webhooks_are_all_looked_at(void **state)
{
    struct change_program p = {.head = {.kind = CHANGE_PROGRAM}};
    struct change_endpoint e = {.head = {.kind = CHANGE_ENDPOINT}};
    char name[32];

    (void)state;
    for (int i = 0; i < 450; i++) {
        (void)snprintf(name, sizeof name, "program %d", i);
        p.program = (struct program){.org = f.acme.id, .name = str_from(name), .use_case = STR("MIXED"),
                                     .registration = REGISTRATION_APPROVED, .brand = BRAND_STANDARD};
        face_change(&f, &p.head);
    }
    for (int i = 0; i < 201; i++) {
        e.endpoint = (struct endpoint){.org = f.acme.id, .url = STR("https://example.com/hook"), .types = 1,
                                       .state = ENDPOINT_ACTIVE, .secret_sealed = STR("sealed"), .created_ms = 1};
        if (i == 200) e.endpoint.url = STR("http://example.com/hook");
        face_change(&f, &e.head);
    }
    (void)face_sender(&f, &f.acme, p.program.id, "+14155550100", 14155550100);
    assert_true(flagged("no_messaging_service") && flagged("tenant_webhook_plain"));
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
        TEST(files_and_doubts_that_cannot_be_read_are_unknown),
        TEST(many_programs_and_webhooks_are_all_looked_at),
        TEST(senders_of_a_tenant_are_looked_at),
        TEST(a_live_campaign_is_looked_at),
        TEST(organizations_come_page_by_page),
        TEST(only_an_operator_may_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The red flags of an installation and its organizations, as an operator reads them. */
#include "face.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    f.settings.consent_marketing = true;
    assert_false(flagged("public_url_plain") || flagged("quiet_hours_off") || flagged("restored_ok_left_on"));
    assert_false(flagged("consent_not_asked"));
    assert_false(flagged("provider_elsewhere") || flagged("live_credentials_in_sandbox"));
    (void)snprintf(f.settings.public_url, sizeof f.settings.public_url, "http://texts.example.com");
    (void)snprintf(f.settings.twilio_base_url, sizeof f.settings.twilio_base_url, "http://127.0.0.1:1");
    f.settings.quiet_hours = false;
    f.settings.restored_ok = true;
    f.settings.consent_marketing = false;
    assert_true(flagged("consent_not_asked"));
    assert_true(flagged("public_url_plain") && flagged("quiet_hours_off") && flagged("restored_ok_left_on"));
    assert_true(flagged("provider_elsewhere"));
    assert_false(flagged("test_credentials_in_production"));
    atomic_store(&f.app.counters.test_credentials, true);
    assert_true(flagged("test_credentials_in_production"));
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
    enum err (*whole)(struct store_reader *, struct store_stats *) = f.ops.stats;

    (void)state;
    assert_false(is_unanswered("doubt_unsettled") || is_unanswered("backup_missing"));
    assert_true(flagged("backup_missing"));
    f.ops.stats = no_stats;
    assert_true(is_unanswered("doubt_unsettled"));
    f.ops.stats = whole;
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

static void what_others_may_reach_or_nobody_reads_is_flagged(void **state)
{
    (void)state;
    assert_false(flagged("webhooks_to_private_addresses") || flagged("websites_from_a_test_server"));
    assert_false(flagged("websites_unread"));
    f.settings.hooks_allow_private = true;
    f.settings.sites_test_port = 8080;
    f.settings.sites_check = false;
    assert_true(flagged("webhooks_to_private_addresses") && flagged("websites_from_a_test_server"));
    assert_true(flagged("websites_unread"));
    f.settings.sandbox = true;
    assert_false(flagged("websites_from_a_test_server") || flagged("websites_unread"));
}

static int64_t provider_ahead_ms;
static void see_clock(void *pump, struct pump_view *out)
{
    (void)pump;
    *out = (struct pump_view){.provider_clock_known = true, .provider_offset_ms = provider_ahead_ms};
}

static void a_clock_that_is_wrong_is_flagged_from_five_seconds(void **state)
{
    (void)state;
    f.app.look = see_clock;
    provider_ahead_ms = 5000;
    assert_false(flagged("clock_skew") || is_unanswered("clock_skew"));
    provider_ahead_ms = 5001;
    assert_true(flagged("clock_skew"));
    provider_ahead_ms = -5001;
    expect_text(&f, 200, "GET", "/v1/audit", f.operator_key, NULL, "our clock is 5 s ahead of Twilio's");
}

static enum err old_doubt(struct store_reader *r, struct store_stats *out)
{
    (void)r;
    out->oldest_doubt_ms = clock_wall_ms(&f.clock) - INT64_C(2) * 3600000 - 1000;
    return ERR_OK;
}

static void a_doubt_of_hours_and_a_backup_of_days_are_flagged(void **state)
{
    enum err (*whole)(struct store_reader *, struct store_stats *) = f.ops.stats;
    int64_t now_ms = clock_wall_ms(&f.clock);
    struct timespec made[2] = {{.tv_sec = (time_t)(now_ms / 1000)}, {.tv_sec = (time_t)(now_ms / 1000)}};
    char path[128];
    FILE *backup;

    (void)state;
    assert_false(flagged("doubt_unsettled"));
    f.ops.stats = old_doubt;
    assert_true(flagged("doubt_unsettled"));
    f.ops.stats = whole;
    (void)snprintf(path, sizeof path, "%s/last-backup", f.dir);
    backup = fopen(path, "we");
    assert_non_null(backup);
    (void)fclose(backup);
    assert_int_equal(utimensat(AT_FDCWD, path, made, 0), 0); /* by the test's clock, not the machine's */
    assert_false(flagged("backup_missing"));
    clock_set_wall_offset(&f.clock, INT64_C(48) * 3600000 - 60000);
    assert_false(flagged("backup_missing"));
    clock_set_wall_offset(&f.clock, INT64_C(48) * 3600000 + 60000);
    assert_true(flagged("backup_missing"));
}

static void an_organizations_own_words_and_account_are_looked_at(void **state)
{
    struct change_org c = {.head = {.kind = CHANGE_ORG}};

    (void)state;
    assert_true(flagged("help_unanswered") && flagged("no_spend_cap") && flagged("no_frequency_cap"));
    assert_false(flagged("account_without_token"));
    for (int i = 0; i < 2; i++)
        expect(&f, 200, "PATCH", i == 0 ? "/v1/organizations/acme" : "/v1/organizations/rival", f.operator_key,
               "{\"help_text\":\"Acme: help@example.com\",\"spend_cap_micros\":1000000,\"frequency_cap\":4,"
               "\"frequency_hours\":168}");
    assert_false(flagged("help_unanswered") || flagged("no_spend_cap") || flagged("no_frequency_cap"));
    assert_int_equal(f.store->ops->org_get(f.reader, &f.text, f.acme.id, &c.org), ERR_OK);
    c.org.token_sealed = (struct str){NULL, 0};
    face_change(&f, &c.head);
    assert_true(flagged("account_without_token"));
}

static void countries_in_no_table_are_flagged(void **state)
{
    (void)state;
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"GB FR US\"}");
    assert_false(flagged("country_without_rules"));
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"GB BO FR AQ\"}");
    expect_text(&f, 200, "GET", "/v1/audit", f.operator_key, NULL,
                "\"rule\":\"country_without_rules\",\"severity\":\"warning\",\"organization\":\"acme\","
                "\"detail\":\"BO AQ\"");
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"*\"}");
    assert_true(flagged("country_without_rules"));
}

static void a_service_that_sends_texts_elsewhere_is_flagged(void **state)
{
    struct change_drift d = {.head = {.kind = CHANGE_DRIFT}};

    (void)state;
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key,
           "{\"program\":{\"messaging_service_sid\":\"MG0123456789abcdef0123456789abcdef\"}}");
    assert_true(is_unanswered("service_webhook_elsewhere")); /* nobody looked yet */
    d.drift = (struct drift){.org = f.acme.id, .looked_ms = 1, .findings = STR("[]")};
    face_change(&f, &d.head);
    assert_false(flagged("service_webhook_elsewhere") || is_unanswered("service_webhook_elsewhere"));
    assert_int_equal(f.store->ops->drift_get(f.reader, &f.text, f.acme.id, &d.drift), ERR_OK);
    d.drift.findings = STR("[{\"kind\":\"service_setting\",\"field\":\"inbound_request_url\"}]");
    face_change(&f, &d.head);
    assert_true(flagged("service_webhook_elsewhere"));
}

static void scheduled(uint32_t program, const char *text)
{
    struct change_campaign c = {.head = {.kind = CHANGE_CAMPAIGN}};

    c.campaign = (struct campaign){.org = f.acme.id, .program = program, .name = STR("sale"), .kind = KIND_MARKETING,
                                   .template_text = str_from(text), .state = CAMPAIGN_SCHEDULED, .validity_s = 3600,
                                   .start_at_ms = INT64_C(4000000000000), .created_ms = 1};
    face_change(&f, &c.head);
}

static void singles(size_t count, const char *text)
{
    static uint64_t number = 12125550000;

    for (size_t i = 0; i < count; i++) {
        struct change_admit c = {.head = {.kind = CHANGE_ADMIT}};
        int64_t now_ms = clock_wall_ms(&f.clock);
        char body[200];
        (void)snprintf(body, sizeof body, "%s, code %zu", text, i);
        c.message = (struct message){.org = f.acme.id, .program = f.acme_program, .number = number++,
                                     .kind = KIND_TRANSACTIONAL, .state = MESSAGE_QUEUED, .body = str_from(body),
                                     .created_ms = now_ms, .expires_ms = now_ms + 3600000, .updated_ms = now_ms};
        face_change(&f, &c.head);
    }
}

/* It went to more people than single messages are read. */
static void campaign_to_many(void)
{
    enum { MANY = 1100 };
    static struct freeze_row rows[MANY];
    struct change_campaign c = {.head = {.kind = CHANGE_CAMPAIGN}};
    struct change_campaign_state move = {.head = {.kind = CHANGE_CAMPAIGN_STATE}, .org = f.acme.id,
                                         .to = CAMPAIGN_RUNNING, .now_ms = clock_wall_ms(&f.clock)};
    struct change_freeze freeze = {.head = {.kind = CHANGE_FREEZE}, .org = f.acme.id, .upto = MANY, .last = true,
                                   .rows = rows, .count = MANY, .now_ms = clock_wall_ms(&f.clock)};

    c.campaign = (struct campaign){.org = f.acme.id, .program = f.acme_program, .name = STR("news"),
                                   .kind = KIND_MARKETING, .template_text = STR("Acme: new tents"),
                                   .state = CAMPAIGN_DRAFT, .validity_s = 3600, .created_ms = 1};
    face_change(&f, &c.head);
    move.campaign = freeze.campaign = c.campaign.id;
    face_change(&f, &move.head);
    for (size_t i = 0; i < MANY; i++) rows[i] = (struct freeze_row){i + 1, 12125570000 + i, 0, 0};
    face_change(&f, &freeze.head);
}

static void the_same_offer_over_programs_and_as_singles_is_flagged(void **state)
{
    static const char OFFER[] = "Acme: big sale, all tents half price until Sunday, come and see. Reply STOP to opt out";
    struct change_program p = {.head = {.kind = CHANGE_PROGRAM}};

    (void)state;
    p.program = (struct program){.org = f.acme.id, .name = STR("second"), .use_case = STR("MARKETING"),
                                 .registration = REGISTRATION_APPROVED, .brand = BRAND_STANDARD};
    face_change(&f, &p.head);
    scheduled(f.acme_program, OFFER);
    scheduled(p.program.id, "Acme: our shop in the station opens on Monday, and everybody is invited. Reply STOP to opt out");
    assert_false(flagged("looks_like_evasion"));
    scheduled(p.program.id, OFFER);
    expect_text(&f, 200, "GET", "/v1/audit", f.operator_key, NULL, "2 programs send this text, or as good as this");
    assert_true(flagged("looks_like_evasion"));
    singles(600, "Your table at Acme is booked for tonight, see you there"); /* no offer */
    singles(499, OFFER);
    assert_false(flagged("bulk_by_singles"));
    singles(1, OFFER);
    assert_true(flagged("bulk_by_singles"));
    campaign_to_many();
    assert_true(flagged("bulk_by_singles"));
    clock_set_wall_offset(&f.clock, INT64_C(25) * 3600000);
    assert_false(flagged("bulk_by_singles"));
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
        TEST(what_others_may_reach_or_nobody_reads_is_flagged),
        TEST(a_clock_that_is_wrong_is_flagged_from_five_seconds),
        TEST(a_doubt_of_hours_and_a_backup_of_days_are_flagged),
        TEST(an_organizations_own_words_and_account_are_looked_at),
        TEST(countries_in_no_table_are_flagged),
        TEST(a_service_that_sends_texts_elsewhere_is_flagged),
        TEST(the_same_offer_over_programs_and_as_singles_is_flagged),
        TEST(organizations_come_page_by_page),
        TEST(only_an_operator_may_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

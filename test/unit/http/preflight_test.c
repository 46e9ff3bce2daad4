/* What an operator is told before a campaign starts: each finding where it is true and not where it is not, and the
 * answers with this installation's figures. Findings that have a story of their own are in content_test (consent, what
 * blocks, acknowledging), recipients_test (numbers, countries) and resources_test. */
#include "face.h"

#include "rules/price.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PEOPLE_MAX = 2500 };
static const int64_t DAY = 86400000;
static struct face f;
static uint32_t list;

static int setup(void **state)
{
    (void)state;
    face_open(&f);
    f.settings.quiet_hours = false; /* the tests run at any hour; one asks for it */
    list = face_list(&f, &f.acme, "All");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

/* The answer to creating it, in static memory. */
static const char *created(const char *template, const char *more)
{
    static char answer[65536], body[2048];
    struct answer a;

    (void)snprintf(body, sizeof body, "{\"name\":\"x\",\"list\":\"All\",\"template\":\"%s\"%s}", template, more);
    a = call(&f, "POST", "/v1/campaigns", f.acme_key, NULL, body);
    if (a.status != 201) fail_msg("%d: %s", a.status, a.body);
    (void)snprintf(answer, sizeof answer, "%s", a.body);
    answer_free(&a);
    return answer;
}

/* "block", "ask", "note"; "": it is not found. */
static const char *severity_of(const char *answer, const char *code)
{
    char wanted[96];
    const char *at;

    (void)snprintf(wanted, sizeof wanted, "\"code\":\"%s\",\"severity\":\"", code);
    at = strstr(answer, wanted);
    if (at == NULL) return "";
    at += strlen(wanted);
    return at[0] == 'b' ? "block" : at[0] == 'a' ? "ask" : "note";
}

static void expect_found(const char *answer, const char *code, const char *severity)
{
    if (strcmp(severity_of(answer, code), severity) != 0)
        fail_msg("%s is '%s', not '%s', in %s", code, severity_of(answer, code), severity, answer);
}

static uint64_t people_of_list(int count)
{
    static uint64_t next = 12125550100;

    for (int i = 0; i < count; i++) (void)face_contact(&f, &f.acme, list, next++, "{\"name\":\"Ann\"}");
    return next - 1;
}

static const char CLEAN[] = "acme: tents are back in all our shops for {{name}}. Reply STOP to opt out.";

static void nobody_to_write_to_and_nobody_to_write_from(void **state)
{
    const char *answer = created(CLEAN, "");

    (void)state;
    expect_found(answer, "audience_empty", "block");
    expect_found(answer, "no_sender", "block");
    (void)people_of_list(1);
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    answer = created(CLEAN, "");
    expect_found(answer, "audience_empty", "");
    expect_found(answer, "no_sender", "");
    assert_non_null(strstr(answer, "\"verdict\":\"clean\""));
}

static void a_suspended_organization_starts_nothing(void **state)
{
    struct answer a;
    char target[128];

    (void)state;
    (void)people_of_list(1);
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    a = call(&f, "POST", "/v1/campaigns", f.acme_key, NULL, "{\"name\":\"x\",\"template\":\"acme: {{name}}\"}");
    (void)snprintf(target, sizeof target, "/v1/campaigns/%s/preflight", json_text(a.body, "id"));
    answer_free(&a);
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"state\":\"suspended\"}");
    a = call(&f, "GET", target, f.acme_key, NULL, NULL);
    assert_int_equal(a.status, 200); /* its people may read, and are told why nothing starts */
    expect_found(a.body, "organization_suspended", "block");
    answer_free(&a);
}

static void senders_that_may_not_send_are_told(void **state)
{
    (void)state;
    (void)people_of_list(1);
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"+18335550100\"}");
    expect_found(created(CLEAN, ""), "sender_unverified", "ask");
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    expect_found(created(CLEAN, ""), "sender_unverified", "note");
    expect_found(created(CLEAN, ""), "registration", "");
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"program\":{\"registration\":\"pending\"}}");
    expect_found(created(CLEAN, ""), "registration", "ask");
}

/* A look for drift found that the account has no such number (app/absent.h). */
static void look_misses(const char *number)
{
    struct owned_number n = {.org = f.acme.id, .program = f.acme_program, .state = OWNED_GONE, .kind = OWNED_LOCAL,
                             .created_ms = 1, .updated_ms = 1};
    struct change_owned c = {.head = {.kind = CHANGE_OWNED}, .org = f.acme.id, .rows = &n, .count = 1};

    (void)snprintf(n.number, sizeof n.number, "%s", number);
    face_change(&f, &c.head);
}

static void a_sender_that_the_account_has_not_is_told(void **state)
{
    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    (void)people_of_list(1);
    assert_null(strstr(created(CLEAN, ""), "sender_not_in_account"));
    look_misses("+14155550100");
    expect_found(created(CLEAN, ""), "sender_not_in_account", "block");
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550101", 14155550101);
    expect_found(created(CLEAN, ""), "sender_not_in_account", "ask");
    expect_text(&f, 200, "GET", "/v1/audit", f.operator_key, NULL, "\"rule\":\"sender_not_in_account\"");
}

static void a_sender_that_is_held_is_none(void **state)
{
    struct sender s = {.org = f.acme.id, .program = f.acme_program, .kind = SENDER_LONG_CODE, .state = SENDER_HELD,
                       .address = "+14155550100", .number = 14155550100, .verified = true};
    struct change_senders c = {.head = {.kind = CHANGE_SENDERS}, .senders = &s, .count = 1};

    (void)state;
    (void)people_of_list(1);
    face_change(&f, &c.head);
    expect_found(created(CLEAN, ""), "sender_held", "ask");
}

static void an_offer_is_marketing(void **state)
{
    static const char OFFER[] = "acme: big sale, all tents half price. Reply STOP to opt out.";

    (void)state;
    (void)people_of_list(1);
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    expect_found(created(OFFER, ",\"kind\":\"transactional\""), "kind", "ask");
    expect_found(created(OFFER, ""), "kind", "");
}

static void what_will_take_too_long_or_cost_too_much_is_asked_about(void **state)
{
    struct price_table prices;

    (void)state;
    (void)people_of_list(120);
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    assert_int_equal(price_parse(price_default_text(), &prices, NULL), ERR_OK);
    f.app.prices = &prices;
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"spend_cap_micros\":1000000000}");
    expect_found(created(CLEAN, ""), "validity", "");
    expect_found(created(CLEAN, ",\"validity_s\":60"), "validity", "ask"); /* 100 a minute from one number */
    expect_found(created(CLEAN, ""), "spend_cap", "");
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"spend_cap_micros\":500000}");
    expect_found(created(CLEAN, ""), "spend_cap", "ask");
    f.app.prices = NULL;
    price_free(&prices);
}

static void texts_that_are_long_are_told(void **state)
{
    static char body[1900];

    (void)state;
    (void)people_of_list(1);
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    expect_found(created(CLEAN, ""), "segments", "");
    (void)snprintf(body, sizeof body, "%s %0*d", CLEAN, 160, 0);
    expect_found(created(body, ""), "segments", "note");
    expect_found(created(body, ""), "too_long", "");
    (void)snprintf(body, sizeof body, "%s %0*d\xc4\x85", CLEAN, 500, 0); /* the last is beyond GSM-7: 67 a segment */
    expect_found(created(body, ""), "segments", "note");
    (void)snprintf(body, sizeof body, "%s %0*d\xc4\x85", CLEAN, 700, 0);
    expect_found(created(body, ""), "segments", "ask");
    (void)snprintf(body, sizeof body, "{\"name\":\"%0*d\"}", 1590, 0);
    (void)face_contact(&f, &f.acme, list, 12125550099, body);
    expect_found(created(CLEAN, ""), "too_long", "note");
}

static void hours_of_the_people_are_told(void **state)
{
    static const int64_t at_ms[] = {1784098800000, 1784131200000}; /* 15 July 2026, 3:00 and noon in New York */

    (void)state;
    f.settings.quiet_hours = true;
    expect(&f, 201, "POST", "/v1/contacts", f.acme_key,
           "{\"number\":\"+12125550101\",\"list\":\"All\",\"fields\":{\"name\":\"Ann\"}}");
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    for (int i = 0; i < 2; i++) {
        clock_set_wall_offset(&f.clock, 0);
        clock_set_wall_offset(&f.clock, at_ms[i] - clock_wall_ms(&f.clock));
        expect_found(created(CLEAN, ""), "quiet_hours", i == 0 ? "note" : "");
    }
}

/* ---- patterns of sending ---- */

/* One that began then and went to so many. */
static void campaign_was(uint32_t program, const char *template, int64_t age_ms, size_t people)
{
    static struct freeze_row rows[PEOPLE_MAX];
    int64_t then = clock_wall_ms(&f.clock) - age_ms;
    struct change_campaign c = {.head = {.kind = CHANGE_CAMPAIGN}};
    struct change_campaign_state move = {.head = {.kind = CHANGE_CAMPAIGN_STATE}, .org = f.acme.id,
                                         .to = CAMPAIGN_RUNNING, .now_ms = then};
    struct change_freeze freeze = {.head = {.kind = CHANGE_FREEZE}, .org = f.acme.id, .upto = people, .last = true,
                                   .rows = rows, .count = people, .now_ms = then};

    c.campaign = (struct campaign){.org = f.acme.id, .program = program, .name = STR("before"), .kind = KIND_MARKETING,
                                   .template_text = str_from(template), .state = CAMPAIGN_DRAFT, .validity_s = 3600,
                                   .created_ms = then};
    face_change(&f, &c.head);
    move.campaign = freeze.campaign = c.campaign.id;
    face_change(&f, &move.head);
    for (size_t i = 0; i < people; i++) rows[i] = (struct freeze_row){i + 1, 12125560000 + i, 0, 0};
    face_change(&f, &freeze.head);
}

static uint32_t another_program(const char *name)
{
    struct change_program p = {.head = {.kind = CHANGE_PROGRAM}};

    p.program = (struct program){.org = f.acme.id, .name = str_from(name), .use_case = STR("MARKETING"),
                                 .brand_score = 80, .brand = BRAND_STANDARD, .registration = REGISTRATION_APPROVED};
    face_change(&f, &p.head);
    return p.program.id;
}

static void long_codes(int count, enum sender_state state, int64_t age_ms)
{
    static uint64_t next = 14155551000;

    for (int i = 0; i < count; i++, next++) {
        struct sender s = {.org = f.acme.id, .program = f.acme_program, .kind = SENDER_LONG_CODE, .state = state,
                           .number = next, .verified = true, .created_ms = clock_wall_ms(&f.clock) - age_ms};
        struct change_senders c = {.head = {.kind = CHANGE_SENDERS}, .senders = &s, .count = 1};
        (void)snprintf(s.address, sizeof s.address, "+%llu", (unsigned long long)next);
        face_change(&f, &c.head);
    }
}

static void the_same_text_from_several_programs_is_asked_about(void **state)
{
    uint32_t other = another_program("second");

    (void)state;
    (void)people_of_list(1);
    long_codes(1, SENDER_ACTIVE, DAY);
    campaign_was(f.acme_program, CLEAN, DAY, 10);
    (void)created(CLEAN, ",\"program\":\"second\""); /* a draft that nobody starts */
    expect_found(created(CLEAN, ""), "program_hopping", "");
    campaign_was(other, "acme: boots and lamps are new, and the shop in the station is open", DAY, 10);
    expect_found(created(CLEAN, ""), "program_hopping", "");
    campaign_was(other, "Hi {{name}}! acme: tents are back in all our shops for you. Reply STOP to opt out.", DAY, 10);
    expect_found(created(CLEAN, ""), "program_hopping", "ask");
    assert_non_null(strstr(created(CLEAN, ""), "2 programs send this text, or as good as this, within 30 days."));
}

static void numbers_that_do_not_earn_their_place_are_told(void **state)
{
    (void)state;
    (void)people_of_list(1);
    long_codes(10, SENDER_ACTIVE, 40 * DAY);
    expect_found(created(CLEAN, ""), "idle_numbers", ""); /* nothing was sent: nothing is known */
    expect_found(created(CLEAN, ""), "number_rotation", "");
    campaign_was(f.acme_program, CLEAN, DAY, 999);
    expect_found(created(CLEAN, ""), "idle_numbers", "note");
    long_codes(4, SENDER_REMOVED, DAY);
    expect_found(created(CLEAN, ""), "number_rotation", "");
    long_codes(1, SENDER_REMOVED, DAY);
    expect_found(created(CLEAN, ""), "number_rotation", "ask");
    expect_found(created(CLEAN, ""), "many_numbers", "");
    long_codes(40, SENDER_ACTIVE, DAY);
    expect_found(created(CLEAN, ""), "many_numbers", "note");
}

static void a_list_cut_into_campaigns_is_one_burst(void **state)
{
    (void)state;
    (void)people_of_list(1);
    long_codes(1, SENDER_ACTIVE, DAY);
    campaign_was(f.acme_program, CLEAN, 1000, 2500);
    expect_found(created(CLEAN, ""), "identical_text", "");
    campaign_was(f.acme_program, CLEAN, 1000, 2500);
    expect_found(created(CLEAN, ""), "identical_text", "note");
    expect_found(created(CLEAN, ""), "volume_jump", "");
}

static void foreign_senders_are_gray_only_to_people_at_home(void **state)
{
    (void)state;
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"GB\"}");
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"ACME\"}");
    (void)face_contact(&f, &f.acme, list, 447911123456, "{\"name\":\"Ann\"}");
    expect_found(created(CLEAN, ""), "gray_route", "");
    (void)people_of_list(1);
    expect_found(created(CLEAN, ""), "gray_route", "ask");
}

/* ---- the answers ---- */

static void the_answers_have_the_installations_figures(void **state)
{
    const char *answer;

    (void)state;
    (void)people_of_list(120);
    long_codes(1, SENDER_ACTIVE, DAY);
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"+18335550100\"}");
    f.settings.send_attempts_max = 4;
    f.settings.breaker_run = 6;
    answer = created(CLEAN, ",\"validity_s\":7200");
    /* 1: how much, how fast, until when */
    assert_non_null(strstr(answer, "\"recipients\":120,\"looked_at\":120,\"segments_most\":1,\"segments\":120"));
    assert_non_null(strstr(answer, "\"per_second_peak\":10,\"per_minute\":100,\"per_day\":1439"));
    assert_non_null(strstr(answer, "\"finishes_in_s\":73"));
    /* 2, 3, 4: kind, registration, numbers */
    assert_non_null(strstr(answer, "\"kind\":\"marketing\",\"program\":\"default\",\"registration\":\"approved\""));
    assert_non_null(strstr(answer, "\"senders\":[{\"kind\":\"long_code\",\"count\":1,\"may_send\":1},"
                                   "{\"kind\":\"toll_free\",\"count\":1,\"may_send\":0}]"));
    /* 5, 6, 7: failures, opt-outs, the provider */
    assert_non_null(strstr(answer, "At most 4 attempts, after pauses of 2000 ms growing to 300 s"));
    assert_non_null(strstr(answer, "never after a carrier's refusal"));
    assert_non_null(strstr(answer, "One confirmation: from Twilio or the network"));
    assert_non_null(strstr(answer, "After 6 failures in a row only a probe goes out, each 1000 ms to 30 s"));
    assert_non_null(strstr(answer, "its validity of 7200 s"));
    answer = created(CLEAN, ",\"retry_undelivered\":true");
    assert_non_null(strstr(answer, "or a carrier did not deliver it"));
}

static void a_confirmation_is_promised_only_where_somebody_can_answer(void **state)
{
    (void)state;
    (void)people_of_list(1);
    assert_non_null(strstr(created(CLEAN, ""), "each text asks again before it is sent.\""));
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"ACME\"}");
    assert_non_null(strstr(created(CLEAN, ""), "before it is sent. Nobody can answer an alphanumeric sender"));
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"55501\"}");
    assert_non_null(strstr(created(CLEAN, ""), "sent. One confirmation: to short codes from Sterling, unless Advanced "
                                               "Opt-Out is on. Nobody"));
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    assert_non_null(strstr(created(CLEAN, ""), "One confirmation: from Twilio or the network where they know the word, "
                                               "else from Sterling; to short codes from Sterling"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_to_write_to_and_nobody_to_write_from),
        TEST(a_suspended_organization_starts_nothing),
        TEST(senders_that_may_not_send_are_told),
        TEST(a_sender_that_the_account_has_not_is_told),
        TEST(a_sender_that_is_held_is_none),
        TEST(an_offer_is_marketing),
        TEST(what_will_take_too_long_or_cost_too_much_is_asked_about),
        TEST(texts_that_are_long_are_told),
        TEST(hours_of_the_people_are_told),
        TEST(the_same_text_from_several_programs_is_asked_about),
        TEST(numbers_that_do_not_earn_their_place_are_told),
        TEST(a_list_cut_into_campaigns_is_one_burst),
        TEST(foreign_senders_are_gray_only_to_people_at_home),
        TEST(the_answers_have_the_installations_figures),
        TEST(a_confirmation_is_promised_only_where_somebody_can_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

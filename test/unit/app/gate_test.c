/* gate: what the pure gate answers to facts. (What it reads at admission is tested over HTTP: resources_test.) */
#include "app/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY INT64_C(86400000)
static const int64_t NOW = INT64_C(1790000000000);

/* One that passes. */
static struct gate_facts fine(enum message_kind kind)
{
    return (struct gate_facts){.now_ms = NOW, .kind = kind, .org = ORG_ACTIVE, .recipient = true,
                               .pool = {.home = 1u << SENDER_LONG_CODE}, .characters = 10, .window_ms = INT64_MAX};
}

static enum message_reason reason(const struct gate_facts *f)
{
    return gate_ask(f).reason;
}

static void an_unfit_number_is_not_written_to(void **state)
{
    struct settings settings = {.numbers_unfit_days = 180, .numbers_silent_days = 30};
    struct number_facts n = {0};
    struct gate_facts f = fine(KIND_TRANSACTIONAL);

    (void)state;
    gate_number_facts(&f, &n, &settings);
    assert_int_equal(reason(&f), REASON_NONE);
    assert_true(number_facts_failed(&n, 30006, NOW - 180 * DAY + 1));
    gate_number_facts(&f, &n, &settings);
    assert_int_equal(reason(&f), REASON_NUMBER);
    assert_int_equal(gate_ask(&f).to, MESSAGE_BLOCKED);
    f.now_ms = NOW + 1; /* it may have been ported since */
    gate_number_facts(&f, &n, &settings);
    assert_int_equal(reason(&f), REASON_NONE);
    f.opted_out = f.number_unfit = true; /* the person's word stands above */
    assert_int_equal(reason(&f), REASON_OPTED_OUT);
}

static void who_was_out_of_reach_is_spared_marketing_only(void **state)
{
    struct settings settings = {.numbers_unfit_days = 180, .numbers_silent_days = 30};
    struct gate_facts marketing = fine(KIND_MARKETING), code = fine(KIND_TRANSACTIONAL);
    struct number_facts n = {0};

    (void)state;
    for (int i = 3; i > 0; i--) assert_true(number_facts_failed(&n, 30003, NOW - i * DAY));
    gate_number_facts(&marketing, &n, &settings);
    gate_number_facts(&code, &n, &settings);
    assert_int_equal(reason(&marketing), REASON_NUMBER);
    assert_int_equal(reason(&code), REASON_NONE);
    settings.numbers_silent_days = 0;
    gate_number_facts(&marketing, &n, &settings);
    assert_int_equal(reason(&marketing), REASON_NONE);
}

/* ---- each rule of the header, in its order ---- */

static void spoil_campaign(struct gate_facts *f) { f->campaign = CAMPAIGN_CANCELED; }
static void spoil_validity(struct gate_facts *f) { f->expires_ms = NOW; }
static void spoil_contact(struct gate_facts *f) { f->contact_gone = true; }
static void spoil_opt_out(struct gate_facts *f) { f->opted_out = true; }
static void spoil_consent(struct gate_facts *f) { f->unconsented = true; }
static void spoil_number(struct gate_facts *f) { f->number_unfit = true; }
static void spoil_org(struct gate_facts *f) { f->org = ORG_SUSPENDED; }
static void spoil_schedule(struct gate_facts *f) { f->campaign = CAMPAIGN_PAUSED; }
static void spoil_country(struct gate_facts *f) { f->country_off = true; }
static void spoil_sender(struct gate_facts *f) { f->pool = (struct gate_pool){.unregistered = true}; }
static void spoil_asked_sender(struct gate_facts *f) { f->sender_unusable = true; }
static void spoil_way_out(struct gate_facts *f) { f->sender_refused = REASON_NO_WAY_OUT; }
static void spoil_field(struct gate_facts *f) { f->unfilled = true; }
static void spoil_length(struct gate_facts *f) { f->characters = GATE_CHARACTERS_MAX + 1; }
static void spoil_content(struct gate_facts *f) { f->forbidden = true; }
static void spoil_bucket(struct gate_facts *f) { f->bucket_changed = true; }
static void spoil_time(struct gate_facts *f) { f->send_at_ms = NOW + 1; }
static void spoil_hours(struct gate_facts *f) { f->quiet = true; f->window_ms = NOW + 5; }
static void spoil_cap(struct gate_facts *f) { f->capped_ms = NOW + 7; }
static void spoil_money(struct gate_facts *f) { f->cap_micros = 10; f->spent_micros = 5; f->cost_micros = 6; }

static const struct rule {
    void (*spoil)(struct gate_facts *f);
    enum message_state to;
    enum message_reason reason;
    int64_t until_ms;
} RULES[] = {
    {spoil_campaign, MESSAGE_CANCELED, REASON_CAMPAIGN_CANCELED, 0},
    {spoil_validity, MESSAGE_EXPIRED, REASON_VALIDITY, 0},
    {spoil_contact, MESSAGE_BLOCKED, REASON_CONTACT_DELETED, 0},
    {spoil_opt_out, MESSAGE_BLOCKED, REASON_OPTED_OUT, 0},
    {spoil_consent, MESSAGE_BLOCKED, REASON_NO_CONSENT, 0},
    {spoil_number, MESSAGE_BLOCKED, REASON_NUMBER, 0},
    {spoil_org, MESSAGE_HELD, REASON_ORG_SUSPENDED, INT64_MAX},
    {spoil_schedule, MESSAGE_HELD, REASON_SCHEDULED, INT64_MAX},
    {spoil_country, MESSAGE_BLOCKED, REASON_COUNTRY, 0},
    {spoil_sender, MESSAGE_HELD, REASON_REGISTRATION, INT64_MAX},
    {spoil_asked_sender, MESSAGE_HELD, REASON_NO_SENDER, INT64_MAX},
    {spoil_way_out, MESSAGE_BLOCKED, REASON_NO_WAY_OUT, 0},
    {spoil_field, MESSAGE_BLOCKED, REASON_UNFILLED_FIELD, 0},
    {spoil_length, MESSAGE_BLOCKED, REASON_TOO_LONG, 0},
    {spoil_content, MESSAGE_BLOCKED, REASON_CONTENT, 0},
    {spoil_bucket, MESSAGE_QUEUED, REASON_BUCKET_CHANGED, 0},
    {spoil_time, MESSAGE_HELD, REASON_SCHEDULED, 1},
    {spoil_hours, MESSAGE_HELD, REASON_QUIET_HOURS, 5},
    {spoil_cap, MESSAGE_HELD, REASON_FREQUENCY, 7},
};
enum { RULES_COUNT = sizeof RULES / sizeof RULES[0] };

static void check_rule(const struct gate_facts *f, const struct rule *rule)
{
    struct gate_verdict v = gate_ask(f);
    bool ends = rule->to == MESSAGE_BLOCKED || rule->to == MESSAGE_EXPIRED || rule->to == MESSAGE_CANCELED;

    assert_int_equal(v.reason, rule->reason);
    assert_int_equal(v.to, rule->to);
    assert_int_equal(v.answer, ends ? VERDICT_END : VERDICT_HOLD);
    if (!ends) assert_int_equal(v.until_ms, rule->until_ms == INT64_MAX ? INT64_MAX : NOW + rule->until_ms);
}

static void each_rule_gives_its_verdict_and_the_earlier_stands_above(void **state)
{
    (void)state;
    assert_int_equal(gate_ask(&(struct gate_facts){.now_ms = NOW, .kind = KIND_MARKETING, .org = ORG_ACTIVE,
                                                   .recipient = true, .pool = {.home = 2}, .window_ms = NOW + 9})
                         .closes_ms,
                     NOW + 9);
    for (size_t i = 0; i < RULES_COUNT; i++) {
        struct gate_facts f = fine(KIND_MARKETING);
        assert_int_equal(gate_ask(&f).answer, VERDICT_PASS);
        RULES[i].spoil(&f);
        check_rule(&f, &RULES[i]);
        spoil_money(&f); /* the last of all */
        check_rule(&f, &RULES[i]);
        for (size_t k = i + 1; k < RULES_COUNT; k++) {
            struct gate_facts both = f;
            if (RULES[k].spoil == spoil_schedule && RULES[i].spoil == spoil_campaign) continue; /* one fact */
            RULES[k].spoil(&both);
            check_rule(&both, &RULES[i]);
        }
    }
}

static void what_costs_more_than_is_left_waits_for_the_month_or_its_end(void **state)
{
    struct gate_facts f = fine(KIND_TRANSACTIONAL);

    (void)state;
    spoil_money(&f);
    assert_int_equal(reason(&f), REASON_SPEND_CAP);
    assert_int_equal(gate_ask(&f).until_ms, gate_next_month_ms(NOW));
    f.expires_ms = NOW + 3;
    assert_int_equal(gate_ask(&f).until_ms, NOW + 3);
    f.spent_micros = 4;
    assert_int_equal(reason(&f), REASON_NONE);
}

/* Held over its hours it is looked at once more at its expiry, to end there. */
static void what_expires_first_is_looked_at_then(void **state)
{
    struct gate_facts f = fine(KIND_MARKETING);

    (void)state;
    spoil_hours(&f);
    f.expires_ms = NOW + 2;
    assert_int_equal(gate_ask(&f).until_ms, NOW + 2);
    f.quiet = false;
    spoil_cap(&f);
    assert_int_equal(gate_ask(&f).until_ms, NOW + 2);
}

/* Transactional texts have hours only where those of automated devices were asked. */
static void other_kinds_keep_the_hours_that_were_asked(void **state)
{
    struct gate_facts f = fine(KIND_TRANSACTIONAL);

    (void)state;
    spoil_cap(&f); /* of marketing */
    f.window_ms = 0;
    assert_int_equal(gate_ask(&f).answer, VERDICT_PASS);
    assert_int_equal(gate_ask(&f).closes_ms, INT64_MAX);
    f.capped_ms = 0;
    f.window_ms = NOW + 9;
    assert_int_equal(gate_ask(&f).closes_ms, NOW + 9);
    spoil_hours(&f);
    assert_int_equal(reason(&f), REASON_QUIET_HOURS);
}

static void a_lane_is_asked_without_a_recipient(void **state)
{
    struct gate_facts f = fine(KIND_MARKETING);

    (void)state;
    f.recipient = false;
    for (size_t i = 0; i < RULES_COUNT; i++) {
        struct gate_facts lane = f;
        bool of_lane = RULES[i].spoil == spoil_campaign || RULES[i].spoil == spoil_org ||
                       RULES[i].spoil == spoil_schedule || RULES[i].spoil == spoil_sender;
        RULES[i].spoil(&lane);
        assert_int_equal(gate_ask(&lane).answer == VERDICT_PASS, !of_lane);
    }
}

/* Which of a short code (1) and three long codes (2, 3, 4) writes to that country. */
static uint32_t chosen(const char *country, uint64_t number, uint32_t known)
{
    static const struct gate_abroad_sender senders[] = {{1, SENDER_SHORT_CODE, "55512", NULL},
                                                        {2, SENDER_LONG_CODE, "+14155550100", NULL},
                                                        {3, SENDER_LONG_CODE, "+14155550101", NULL},
                                                        {4, SENDER_LONG_CODE, "+14155550102", NULL}};
    struct gate_abroad g = {.to = {.country = country, .kind = KIND_MARKETING, .home = true, .region = "US",
                                   .number = number, .sender = known}};

    for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) gate_abroad_count(&g, &senders[i]);
    assert_int_equal(g.allowed + g.refused, 4);
    return g.chosen;
}

static void people_are_spread_over_the_senders_that_may_write(void **state)
{
    size_t of[5] = {0};

    (void)state;
    for (uint64_t n = 14165550000; n < 14165550120; n++) of[chosen("CA", n, 0)]++;
    assert_int_equal(of[1], 0); /* a code of the US */
    for (size_t i = 2; i < 5; i++) assert_in_range(of[i], 30, 50);
    of[1] = 0;
    for (uint64_t n = 14165550000; n < 14165550120; n++) {
        assert_int_equal(chosen("CA", n, 3), 3); /* whom the person knows */
        assert_int_not_equal(chosen("CA", n, 1), 1);
        of[1] += chosen("US", n, 0) == 1 || chosen("", n, 0) == 1;
    }
    assert_true(of[1] > 0);
}

static void a_sender_abroad_is_refused_with_its_reason(void **state)
{
    static const struct gate_abroad_sender british = {7, SENDER_LONG_CODE, "+447700900123", NULL},
                                           french = {8, SENDER_LONG_CODE, "+33612345678", NULL},
                                           name = {9, SENDER_ALPHA, "INFO", "FR"};
    static const struct {
        const struct gate_abroad_sender *sender;
        const char *country;
        enum message_kind kind;
        bool way_out;
        enum message_reason why;
    } cases[] = {
        {&british, "DE", KIND_MARKETING, false, REASON_NONE},
        {&british, "VN", KIND_TRANSACTIONAL, true, REASON_SENDER_COUNTRY},
        {&british, "IN", KIND_MARKETING, false, REASON_NO_WAY_OUT},
        {&british, "IN", KIND_MARKETING, true, REASON_NONE},
        {&british, "IN", KIND_TRANSACTIONAL, false, REASON_NONE},
        {&british, "JP", KIND_MARKETING, false, REASON_NONE},
        {&french, "FR", KIND_CONVERSATIONAL, true, REASON_SENDER_COUNTRY},
        {&british, "FR", KIND_CONVERSATIONAL, true, REASON_NONE},
        {&name, "GB", KIND_TRANSACTIONAL, true, REASON_SENDER_COUNTRY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct gate_abroad g = {.to = {.country = cases[i].country, .kind = cases[i].kind,
                                       .way_out = cases[i].way_out, .number = 1}};
        gate_abroad_count(&g, cases[i].sender);
        assert_int_equal(g.why, cases[i].why);
        assert_int_equal(g.allowed, cases[i].why == REASON_NONE);
        assert_int_equal(g.chosen, cases[i].why == REASON_NONE ? cases[i].sender->id : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unfit_number_is_not_written_to),
        cmocka_unit_test(who_was_out_of_reach_is_spared_marketing_only),
        cmocka_unit_test(each_rule_gives_its_verdict_and_the_earlier_stands_above),
        cmocka_unit_test(what_costs_more_than_is_left_waits_for_the_month_or_its_end),
        cmocka_unit_test(what_expires_first_is_looked_at_then),
        cmocka_unit_test(other_kinds_keep_the_hours_that_were_asked),
        cmocka_unit_test(a_lane_is_asked_without_a_recipient),
        cmocka_unit_test(people_are_spread_over_the_senders_that_may_write),
        cmocka_unit_test(a_sender_abroad_is_refused_with_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

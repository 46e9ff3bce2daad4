/* What limits let a program send to an audience: senders, carriers and brand, whichever is least. */
#include "app/allowance.h"

#include "house.h"

#include "app/sender_pauses.h"
#include "app/view.h"
#include "base/json_out.h"
#include "rules/carrier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct house h;
static struct program program;

/* One number that may do much, of a brand with score 80: carriers take 75 segments a second each. */
static int setup(void **state)
{
    struct change_program change = {.head = {.kind = CHANGE_PROGRAM}};
    size_t count = 1;
    (void)state;
    house_open(&h);
    assert_int_equal(h.store->ops->programs(h.reader, &h.text, h.org, 0, &program, &count), ERR_OK);
    program.registration = REGISTRATION_APPROVED;
    program.brand = BRAND_STANDARD;
    program.brand_score = 80;
    change.program = program;
    house_change(&h, &change.head, ERR_OK);
    h.settings.limits_long_code_per_s = 1000;
    h.settings.limits_long_code_per_min = 6000;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    house_close(&h);
    return 0;
}

static struct allowance ask(unsigned carriers, int64_t segments, int64_t messages)
{
    const struct allowance_audience to = {carriers, segments, messages};
    struct allowance out;
    allowance_of(&h.app, h.reader, &h.text, h.org, program.id, &to, &out);
    return out;
}

static void carriers_of_the_audience_are_summed(void **state)
{
    unsigned att = 1U << CARRIER_ATT, tmobile = 1U << CARRIER_TMOBILE;
    (void)state;
    assert_int_equal(ask(att, 0, 0).peak_per_ks, 75000);
    assert_int_equal(ask(att | tmobile, 0, 0).peak_per_ks, 150000);
    assert_int_equal(ask(att | tmobile, 30, 20).peak_per_ks, 100000); /* one and a half segments each */
    assert_int_equal(ask(att | tmobile, 0, 0).sustained_per_ks, 100000); /* the number's minute */
    assert_true(ask(0, 0, 0).peak_per_ks > 225000);                      /* not known: all carriers' */
}

static void senders_and_brand_are_the_least(void **state)
{
    (void)state;
    h.settings.limits_long_code_per_s = 10;
    assert_int_equal(ask(1U << CARRIER_ATT, 0, 0).peak_per_ks, 10000);
    h.settings.limits_long_code_per_s = 1000;
    h.settings.limits_org_per_s = 20;
    assert_int_equal(ask(1U << CARRIER_ATT, 0, 0).peak_per_ks, 20000);
    h.settings.limits_org_per_s = 0;
    h.settings.limits_tier4_per_min = 600;
    assert_int_equal(ask(1U << CARRIER_ATT, 0, 0).sustained_per_ks, 10000);
    assert_int_equal(ask(1U << CARRIER_UNKNOWN, 0, 0).sustained_per_ks, 10000);
}

/* A toll-free number that is not verified, long codes of a program that is not registered: nothing leaves from them. */
static void who_may_not_send_adds_nothing(void **state)
{
    struct sender s = {.org = h.org, .program = program.id, .kind = SENDER_TOLL_FREE, .state = SENDER_ACTIVE,
                       .address = "+18335550100", .number = 18335550100};
    struct change_senders add = {.head = {.kind = CHANGE_SENDERS}, .senders = &s, .count = 1};
    struct change_program change = {.head = {.kind = CHANGE_PROGRAM}};
    int64_t before = ask(1U << CARRIER_ATT, 0, 0).peak_per_ks;

    (void)state;
    house_change(&h, &add.head, ERR_OK);
    assert_int_equal(ask(1U << CARRIER_ATT, 0, 0).peak_per_ks, before);
    s.verified = true;
    house_change(&h, &add.head, ERR_OK);
    assert_int_equal(ask(1U << CARRIER_ATT, 0, 0).peak_per_ks, before + 3000);
    s.verified = false;
    house_change(&h, &add.head, ERR_OK);
    program.registration = REGISTRATION_PENDING;
    change.program = program;
    house_change(&h, &change.head, ERR_OK);
    assert_int_equal(ask(1U << CARRIER_ATT, 0, 0).peak_per_ks, -1);
}

static void put_sender(struct sender *s, enum sender_state state)
{
    struct change_senders change = {.head = {.kind = CHANGE_SENDERS}, .senders = s, .count = 1};
    s->state = state;
    house_change(&h, &change.head, ERR_OK);
}

/* The number was quarantined, or is not in the account at Twilio, or Twilio has just refused it. */
static void who_lost_what_it_sent_from_adds_nothing(void **state)
{
    struct sender s;
    struct owned_number gone = {.kind = OWNED_LOCAL, .state = OWNED_GONE};
    struct change_owned change = {.head = {.kind = CHANGE_OWNED}, .org = h.org, .rows = &gone, .count = 1};
    struct sender_pauses pauses;
    size_t count = 1;

    (void)state;
    assert_int_equal(h.store->ops->senders(h.reader, h.org, 0, &s, &count), ERR_OK);
    put_sender(&s, SENDER_HELD);
    assert_int_equal(ask(0, 0, 0).peak_per_ks, -1);
    put_sender(&s, SENDER_ACTIVE);
    assert_true(ask(0, 0, 0).peak_per_ks > 0);

    sender_pauses_init(&pauses);
    h.app.pauses = &pauses;
    (void)sender_pauses_put(&pauses, &(struct sender_pause){.org = h.org, .sender = s.id, .code = 21659,
                            .until_ms = INT64_MAX}, clock_wall_ms(h.app.clock));
    assert_int_equal(ask(0, 0, 0).peak_per_ks, -1);
    h.app.pauses = NULL;
    sender_pauses_free(&pauses);
    assert_true(ask(0, 0, 0).peak_per_ks > 0);

    (void)snprintf(gone.number, sizeof gone.number, "%s", s.address);
    house_change(&h, &change.head, ERR_OK);
    assert_int_equal(ask(0, 0, 0).peak_per_ks, -1);
    gone.state = OWNED_ACTIVE; /* it is there again */
    house_change(&h, &change.head, ERR_OK);
    assert_true(ask(0, 0, 0).peak_per_ks > 0);
}

static void expect_eta(int64_t measured, int64_t sustained, const char *eta)
{
    const struct campaign c = {.state = CAMPAIGN_RUNNING, .kind = KIND_MARKETING, .audience = 10,
                               .counts = {[MESSAGE_QUEUED] = 10}};
    const struct view_campaign_facts facts = {.rate_per_ks = measured, .allowed = {sustained, sustained}};
    struct buf out;
    buf_init(&out, 1 << 16);
    json_open(&out, '{');
    view_campaign_members(h.app.ids, &out, &c, &facts);
    json_close(&out, '}');
    assert_int_equal(buf_check(&out), ERR_OK);
    assert_non_null(strstr(out.at, eta));
    buf_free(&out);
}

/* What was measured before says nothing once nobody may send. */
static void an_end_is_foretold_by_who_may_still_send(void **state)
{
    (void)state;
    expect_eta(-1, 1000, "\"eta_s\":10,");
    expect_eta(500, 1000, "\"eta_s\":20,");
    expect_eta(5000, 1000, "\"eta_s\":10,");
    expect_eta(5000, -1, "\"eta_s\":null,");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(carriers_of_the_audience_are_summed),
        TEST(senders_and_brand_are_the_least),
        TEST(who_may_not_send_adds_nothing),
        TEST(who_lost_what_it_sent_from_adds_nothing),
        TEST(an_end_is_foretold_by_who_may_still_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

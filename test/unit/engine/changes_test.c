/* The world changes under way: organizations and senders move, shares and limits are told anew. */
#include "kit.h"

enum { MINUTE = 60000, DAY = 86400000 };

static struct kit with_sender(int64_t guard_ms)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = guard_ms, .in_flight_max = 40});

    kit_sender(&k, 7, 1, 0, true);
    return k;
}

static struct engine_item to(uint64_t message, uint32_t org)
{
    struct engine_item i = kit_item(message, 14155550000 + message);

    i.lane.org = org;
    return i;
}

/* Arms what may go now; of[o]: how many of organization o. */
static size_t go(struct kit *k, size_t of[4])
{
    size_t n = 0;

    while (kit_step(k) > 0)
        for (size_t i = 0; i < k->count; i++) {
            if (k->out[i].kind != COMMAND_ARM) continue;
            n++;
            if (of != NULL) of[k->out[i].lane.org]++;
            engine_armed(k->e, k->out[i].message, true, k->mono_ms);
        }
    return n;
}

/* ---- organizations ---- */

static void an_organization_that_moves_goes_by_its_new_account(void **state)
{
    struct kit k = with_sender(-1);
    const struct command *c;

    (void)state;
    kit_org(&k, 2, 2, 1);
    kit_org(&k, 3, 1, 1);
    kit_offer(&k, to(11, 1));
    kit_post(&k, 11);
    engine_set_gate(k.e, 1, GATE_SHUT);
    kit_offer(&k, to(12, 1));
    assert_int_equal(go(&k, NULL), 0);
    kit_org(&k, 1, 2, 1);
    kit_step(&k);
    c = kit_find(&k, COMMAND_ARM, 12);
    assert_non_null(c);
    assert_int_equal(c->account, 2);
    kit_answer(&k, 11, ANSWER_ACCEPTED, 0); /* what went by the old one is recorded as its */
    kit_step(&k);
    assert_int_equal(kit_find(&k, COMMAND_RECORD, 11)->account, 1);
    kit_org(&k, 3, 2, 1);
    kit_org(&k, 1, 1, 1);
    kit_offer(&k, to(13, 1));
    assert_int_equal(go(&k, NULL), 0);
    engine_free(k.e);
}

/* Forty requests in flight, shared by organizations 1 and 2. */
static size_t part_of_the_first(uint32_t share, uint32_t then, uint32_t other)
{
    struct kit k = with_sender(-1);
    size_t of[4] = {0};

    kit_org(&k, 1, 1, share);
    kit_org(&k, 2, 1, other);
    kit_sender(&k, 8, 2, 0, true);
    for (uint64_t m = 0; m < 60; m++) {
        kit_offer(&k, to(100 + m, 1));
        kit_offer(&k, to(200 + m, 2));
    }
    kit_org(&k, 1, 1, then);
    assert_int_equal(go(&k, of), 40);
    engine_free(k.e);
    return of[1];
}

static void a_share_that_changes_counts_at_once(void **state)
{
    (void)state;
    assert_in_range(part_of_the_first(1, 1, 1), 19, 21);
    assert_in_range(part_of_the_first(1, 3, 1), 29, 31);
    assert_in_range(part_of_the_first(5000, 5000, 1000), 19, 21); /* a thousand at most */
    assert_in_range(part_of_the_first(0, 0, 1), 19, 21);          /* one at least */
}

static void a_kind_that_is_not_known_goes_last(void **state)
{
    struct kit k = with_sender(-1);

    (void)state;
    for (uint8_t n = 0; n < 4; n++) {
        struct engine_item i = to(11 + n, 1);
        i.lane.kind = (uint8_t[]){0, 9, 2, 1}[n];
        kit_offer(&k, i);
    }
    kit_step(&k);
    assert_int_equal(k.count, 4);
    assert_int_equal(k.out[0].message, 14);
    assert_int_equal(k.out[1].message, 13);
    engine_free(k.e);
}

/* ---- senders ---- */

static void a_sender_that_moves_serves_its_new_program(void **state)
{
    struct kit k = with_sender(-1);
    struct engine_sender s = {.sender = 8, .org = 1, .program = 2, .kind = 1, .usable = true};
    struct engine_item asked = to(11, 1), other = to(12, 1);

    (void)state;
    other.lane.program = 2;
    for (uint32_t n = 8; n < 14; n++) kit_sender(&k, n, 1, 0, true);
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_SENDER, .sender = 8, .amount = 1, .window_ms = MINUTE});
    asked.asked_sender = 8;
    kit_offer(&k, other);
    assert_int_equal(go(&k, NULL), 0); /* program 2 has nobody */
    kit_offer(&k, asked);
    asked.message = 13;
    asked.number++;
    kit_offer(&k, asked);
    assert_int_equal(go(&k, NULL), 1); /* 13 waits for it */
    assert_int_equal(engine_set_sender(k.e, &s), ERR_OK);
    assert_int_equal(engine_usual_sender(k.e, 1, 2, 14155550100, 0), 8);
    kit_answer(&k, 11, ANSWER_ACCEPTED, 0);
    assert_int_equal(go(&k, NULL), 0); /* its limit moved with it */
    k.mono_ms += MINUTE;
    assert_int_equal(go(&k, NULL), 1);
    k.mono_ms += 1;
    kit_answer(&k, 12, ANSWER_ACCEPTED, 0);
    kit_answer(&k, 13, ANSWER_ACCEPTED, 0);
    k.mono_ms += MINUTE;
    assert_int_equal(go(&k, NULL), 1);
    engine_free(k.e);
}

static void a_sender_may_be_told_after_its_limit(void **state)
{
    struct kit k = with_sender(-1);
    struct engine_limit_view limits[2];

    (void)state;
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_SENDER, .sender = 8, .amount = 1, .window_ms = MINUTE});
    assert_int_equal(engine_limits(k.e, 1, limits, 2), 0); /* nobody's yet */
    kit_sender(&k, 7, 1, 0, false);
    kit_sender(&k, 8, 1, 0, true);
    assert_int_equal(engine_limits(k.e, 1, limits, 2), 1);
    kit_offer(&k, to(11, 1));
    kit_offer(&k, to(12, 1));
    assert_int_equal(go(&k, NULL), 1);
    engine_free(k.e);
}

static void a_sender_that_is_not_the_organizations_holds_the_message(void **state)
{
    const uint32_t others[] = {8, 99};

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct kit k = with_sender(-1);
        struct engine_item i = to(11, 1);
        const struct command *c;
        kit_org(&k, 2, 2, 1);
        kit_sender(&k, 8, 2, 0, true);
        i.asked_sender = others[n];
        kit_offer(&k, i);
        kit_step(&k);
        c = kit_find(&k, COMMAND_SETBACK, 11);
        assert_non_null(c);
        assert_int_equal(c->to_state, MESSAGE_HELD);
        assert_int_equal(c->reason, REASON_NO_SENDER);
        engine_free(k.e);
    }
}

/* Who heard from another program's number before hears from this one's. */
static void the_number_of_another_program_is_nobodys_usual_one(void **state)
{
    struct kit k = with_sender(-1);
    struct engine_item i = to(11, 1);

    (void)state;
    assert_int_equal(engine_set_sender(k.e, &(struct engine_sender){.sender = 8, .org = 1, .program = 2, .kind = 1,
                                                                    .usable = true}), ERR_OK);
    i.sticky_sender = 7;
    i.lane.program = 2;
    kit_offer(&k, i);
    assert_int_equal(kit_post(&k, 11), 8);
    engine_free(k.e);
}

/* Three units a minute, one of them used: a message of three, of another program, waits for that number alone. A
 * lighter one that must go by it too waits behind, although it would fit; the heavy one's room is not eaten up. */
static void a_heavy_message_is_not_overtaken_at_the_only_sender(void **state)
{
    struct kit k = with_sender(-1);
    struct engine_item heavy = to(12, 1), light = to(13, 1);

    (void)state;
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_SENDER, .sender = 7, .amount = 3, .window_ms = MINUTE,
                                        .counts_segments = true});
    heavy.lane.program = 2;
    heavy.lane.kind = 1;
    heavy.asked_sender = 7;
    heavy.segments = 3;
    light.await_sender = true;
    kit_org(&k, 1, 1, 1);
    assert_int_equal(engine_set_sender(k.e, &(struct engine_sender){.sender = 20, .org = 1, .program = 2, .kind = 1,
                                                                    .usable = true}), ERR_OK);
    kit_offer(&k, to(11, 1));
    assert_int_equal(go(&k, NULL), 1);
    kit_offer(&k, heavy);
    assert_int_equal(go(&k, NULL), 0);
    kit_offer(&k, light);
    assert_int_equal(go(&k, NULL), 0);
    kit_answer(&k, 11, ANSWER_ACCEPTED, 0);
    k.mono_ms += MINUTE;
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_ARM, 12));
    assert_null(kit_find(&k, COMMAND_ARM, 13));
    engine_free(k.e);
}

/* ---- limits ---- */

static struct engine_limit of_route(uint32_t program, uint8_t carrier, int64_t amount)
{
    return (struct engine_limit){.scope = SCOPE_PROGRAM_CARRIER, .org = 1, .program = program, .carrier = carrier,
                                 .amount = amount, .window_ms = MINUTE};
}

static void offer_three(struct kit *k, uint64_t first, uint8_t carrier)
{
    for (uint64_t m = first; m < first + 3; m++) {
        struct engine_item i = to(m, 1);
        i.lane.carrier = carrier;
        kit_offer(k, i);
    }
}

static void a_limit_told_late_holds_the_lanes_that_are_there(void **state)
{
    struct kit k = with_sender(-1);

    (void)state;
    engine_set_draining(k.e, true);
    offer_three(&k, 11, 1);
    offer_three(&k, 21, 2);
    kit_limit(&k, of_route(1, 1, 1));
    kit_limit(&k, of_route(2, 2, 1)); /* another program's */
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_BRAND_CARRIER_DAY, .org = 1, .carrier = 2, .amount = 2});
    engine_set_draining(k.e, false);
    assert_int_equal(go(&k, NULL), 1 + 2);
    engine_free(k.e);
}

/* A carrier beyond those that were told is as an unknown one: it counts towards all. */
static void a_carrier_nobody_told_of_waits_for_each(void **state)
{
    struct kit k = with_sender(-1);

    (void)state;
    kit_limit(&k, of_route(1, 2, 1));
    offer_three(&k, 11, 9);
    assert_int_equal(go(&k, NULL), 1);
    engine_free(k.e);
}

static void a_route_whose_limit_is_lifted_goes_on(void **state)
{
    struct kit k = with_sender(-1);

    (void)state;
    kit_limit(&k, of_route(1, 1, 1));
    offer_three(&k, 11, 1);
    assert_int_equal(go(&k, NULL), 1);
    kit_limit(&k, of_route(1, 1, 0));
    assert_int_equal(go(&k, NULL), 2);
    engine_free(k.e);
}

static void an_account_whose_limit_is_raised_goes_on_at_once(void **state)
{
    struct kit k = with_sender(-1);
    struct engine_limit l = {.scope = SCOPE_ACCOUNT, .account = 1, .amount = 1, .window_ms = MINUTE};

    (void)state;
    kit_limit(&k, l);
    offer_three(&k, 11, 1);
    assert_int_equal(go(&k, NULL), 1);
    l.amount = 2;
    kit_limit(&k, l);
    assert_int_equal(go(&k, NULL), 1);
    engine_free(k.e);
}

static void no_window_is_a_day_that_rolls(void **state)
{
    struct kit k = with_sender(-1);

    (void)state;
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_ORG, .org = 1, .amount = 1});
    offer_three(&k, 11, 1);
    assert_int_equal(go(&k, NULL), 1);
    kit_answer(&k, 11, ANSWER_ACCEPTED, 0);
    k.mono_ms += DAY - 1;
    assert_int_equal(go(&k, NULL), 0);
    k.mono_ms += 1;
    assert_int_equal(go(&k, NULL), 1);
    engine_free(k.e);
}

static void a_limit_below_nothing_is_refused(void **state)
{
    struct kit k = with_sender(-1);
    struct engine_limit l = of_route(1, 1, -1);

    (void)state;
    assert_int_equal(engine_set_limit(k.e, &l), ERR_INVALID);
    l.amount = 1;
    l.window_ms = -1;
    assert_int_equal(engine_set_limit(k.e, &l), ERR_INVALID);
    offer_three(&k, 11, 1);
    assert_int_equal(go(&k, NULL), 3);
    engine_free(k.e);
}

static void one_place_has_so_many_limits(void **state)
{
    struct kit k = with_sender(-1);
    struct engine_limit l = {.scope = SCOPE_ORG, .org = 1, .amount = 9, .window_ms = MINUTE};
    struct engine_limit_view views[256];

    (void)state;
    for (int n = 0; n < 250; n++, l.slot++) kit_limit(&k, l);
    assert_int_equal(engine_set_limit(k.e, &l), ERR_FULL);
    assert_int_equal(engine_limits(k.e, 1, views, 256), 250);
    engine_free(k.e);
}

/* With a guard, limits of a second are freed by the first byte's time, others by the answer's. */
static void a_limit_that_changes_its_kind_of_window_holds_anew(void **state)
{
    struct kit k = with_sender(50);
    struct engine_limit l = {.scope = SCOPE_ORG, .org = 1, .amount = 1, .window_ms = 1000};
    struct engine_limit_view views[4];

    (void)state;
    kit_limit(&k, l);
    offer_three(&k, 11, 1);
    assert_int_equal(go(&k, NULL), 1);
    k.mono_ms += 1050;
    assert_int_equal(go(&k, NULL), 1); /* although nothing was answered */
    l.window_ms = MINUTE;
    kit_limit(&k, l);
    assert_int_equal(engine_limits(k.e, 1, views, 4), 1);
    assert_int_equal(views[0].limit.window_ms, MINUTE);
    assert_int_equal(go(&k, NULL), 1); /* it begins with nothing in use */
    offer_three(&k, 21, 1);
    k.mono_ms += MINUTE;
    assert_int_equal(go(&k, NULL), 0);
    kit_answer(&k, 13, ANSWER_ACCEPTED, 0);
    k.mono_ms += MINUTE;
    assert_int_equal(go(&k, NULL), 1);
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_organization_that_moves_goes_by_its_new_account),
        cmocka_unit_test(a_share_that_changes_counts_at_once),
        cmocka_unit_test(a_kind_that_is_not_known_goes_last),
        cmocka_unit_test(a_sender_that_moves_serves_its_new_program),
        cmocka_unit_test(a_sender_may_be_told_after_its_limit),
        cmocka_unit_test(a_sender_that_is_not_the_organizations_holds_the_message),
        cmocka_unit_test(the_number_of_another_program_is_nobodys_usual_one),
        cmocka_unit_test(a_heavy_message_is_not_overtaken_at_the_only_sender),
        cmocka_unit_test(a_limit_told_late_holds_the_lanes_that_are_there),
        cmocka_unit_test(a_carrier_nobody_told_of_waits_for_each),
        cmocka_unit_test(a_route_whose_limit_is_lifted_goes_on),
        cmocka_unit_test(an_account_whose_limit_is_raised_goes_on_at_once),
        cmocka_unit_test(no_window_is_a_day_that_rolls),
        cmocka_unit_test(a_limit_below_nothing_is_refused),
        cmocka_unit_test(one_place_has_so_many_limits),
        cmocka_unit_test(a_limit_that_changes_its_kind_of_window_holds_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

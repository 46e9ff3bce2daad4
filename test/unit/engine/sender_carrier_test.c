/* A number's own limit towards a carrier: each number by itself, each carrier by itself. */
#include "kit.h"

enum { SMALL = 3, LARGE = 1, UNKNOWN = 0 };

static struct kit with_senders(uint32_t count)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});

    for (uint32_t s = 7; s < 7 + count; s++) {
        kit_sender(&k, s, 1, 0, true);
        kit_limit(&k, (struct engine_limit){.scope = SCOPE_SENDER_CARRIER, .org = 1, .program = 1, .sender = s,
                                            .carrier = SMALL, .amount = 1, .window_ms = 1000});
    }
    return k;
}

static struct engine_item to(uint64_t message, uint8_t carrier)
{
    struct engine_item i = kit_item(message, 14155550000 + message);

    i.lane.carrier = carrier;
    return i;
}

/* Arms what may go now, without an answer; how many. */
static size_t go(struct kit *k)
{
    size_t n = 0;

    while (kit_step(k) > 0) {
        for (size_t i = 0; i < k->count; i++) {
            if (k->out[i].kind != COMMAND_ARM) continue;
            n++;
            engine_armed(k->e, k->out[i].message, true, k->mono_ms);
        }
    }
    return n;
}

static struct engine_lane_view lane_view(const struct kit *k, uint8_t carrier)
{
    struct engine_lane_view all[8];
    size_t n = engine_lanes(k->e, all, 8);

    for (size_t i = 0; i < n; i++)
        if (all[i].lane.carrier == carrier) return all[i];
    fail_msg("no such lane");
    return all[0];
}

static void each_number_sends_its_own_share(void **state)
{
    struct kit k = with_senders(3);

    (void)state;
    for (uint64_t m = 1; m <= 8; m++) kit_offer(&k, to(m, SMALL));
    assert_int_equal(go(&k), 3);
    assert_int_equal(lane_view(&k, SMALL).state, LANE_BLOCKED);
    assert_int_equal(lane_view(&k, SMALL).blocked_by, SCOPE_SENDER_CARRIER);
    assert_true(lane_view(&k, SMALL).blocked_until_mono_ms == INT64_MAX);
    k.mono_ms += 100;
    for (uint64_t m = 1; m <= 3; m++) kit_answer(&k, m, ANSWER_ACCEPTED, 0);
    assert_int_equal(go(&k), 0);
    assert_int_equal(lane_view(&k, SMALL).blocked_until_mono_ms, k.mono_ms + 1000);
    k.mono_ms += 999;
    assert_int_equal(go(&k), 0);
    k.mono_ms += 1;
    assert_int_equal(go(&k), 3);
    engine_free(k.e);
}

static void other_carriers_are_not_held_up(void **state)
{
    struct kit k = with_senders(1);

    (void)state;
    for (uint64_t m = 1; m <= 5; m++) kit_offer(&k, to(m, SMALL));
    for (uint64_t m = 11; m <= 15; m++) kit_offer(&k, to(m, LARGE));
    assert_int_equal(go(&k), 6);
    engine_free(k.e);
}

/* Whose carrier nobody knows counts towards each, and waits for each. */
static void an_unknown_carrier_is_charged_to_every_one(void **state)
{
    struct kit k = with_senders(1);

    (void)state;
    kit_offer(&k, to(1, UNKNOWN));
    assert_int_equal(go(&k), 1);
    kit_offer(&k, to(2, SMALL));
    kit_offer(&k, to(3, UNKNOWN));
    kit_offer(&k, to(4, LARGE));
    assert_int_equal(go(&k), 1);
    kit_answer(&k, 1, ANSWER_ACCEPTED, 0);
    k.mono_ms += 1000;
    assert_int_equal(go(&k), 1);
    engine_free(k.e);
}

static void an_attempt_that_never_left_makes_room_at_once(void **state)
{
    struct kit k = with_senders(2);

    (void)state;
    for (uint64_t m = 1; m <= 3; m++) kit_offer(&k, to(m, SMALL));
    assert_int_equal(go(&k), 2);
    kit_answer(&k, 1, ANSWER_UNSENT, 0);
    assert_int_equal(go(&k), 1);
    engine_free(k.e);
}

/* Those that must go by a full number wait for it; others, and the number's other carriers, pass. */
static void who_must_go_by_a_number_waits_for_it_alone(void **state)
{
    struct kit k = with_senders(2);
    struct engine_item asked;

    (void)state;
    for (uint64_t m = 1; m <= 3; m++) {
        asked = to(m, SMALL);
        asked.asked_sender = 7;
        kit_offer(&k, asked);
    }
    kit_offer(&k, to(4, SMALL));
    asked = to(5, LARGE);
    asked.asked_sender = 7;
    kit_offer(&k, asked);
    assert_int_equal(go(&k), 3);
    assert_false(engine_withdraw(k.e, 4));
    assert_true(engine_withdraw(k.e, 2));
    kit_answer(&k, 1, ANSWER_ACCEPTED, 0);
    k.mono_ms += 1000;
    assert_int_equal(go(&k), 1);
    assert_false(engine_withdraw(k.e, 3));
    engine_free(k.e);
}

static void a_number_that_goes_lets_go_of_who_waits_for_it(void **state)
{
    struct kit k = with_senders(2);
    struct engine_item one = to(1, SMALL);

    (void)state;
    one.await_sender = true;
    one.sticky_sender = 7;
    kit_offer(&k, one);
    one.message = 2;
    one.number++;
    kit_offer(&k, one);
    assert_int_equal(go(&k), 1);
    kit_sender(&k, 7, 1, 0, false);
    assert_int_equal(go(&k), 1);
    engine_free(k.e);
}

static void a_limit_that_is_lifted_lets_all_go(void **state)
{
    struct kit k = with_senders(1);
    struct engine_item asked = to(9, SMALL);

    (void)state;
    for (uint64_t m = 1; m <= 3; m++) kit_offer(&k, to(m, SMALL));
    asked.asked_sender = 7;
    kit_offer(&k, asked);
    assert_int_equal(go(&k), 1);
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_SENDER_CARRIER, .org = 1, .program = 1, .sender = 7,
                                        .carrier = SMALL, .amount = 0, .window_ms = 1000});
    assert_int_equal(go(&k), 3);
    engine_free(k.e);
}

static void uses_from_before_a_restart_count(void **state)
{
    struct kit k = with_senders(2);

    (void)state;
    engine_begin(k.e, k.mono_ms, kit_wall(&k));
    engine_restore_use(k.e, 1, 1, 7, SMALL, 1, k.mono_ms - 400);
    engine_restore_use(k.e, 1, 1, 8, LARGE, 1, k.mono_ms - 400);
    for (uint64_t m = 1; m <= 3; m++) kit_offer(&k, to(m, SMALL));
    assert_int_equal(go(&k), 1);
    k.mono_ms += 600;
    assert_int_equal(go(&k), 1);
    engine_free(k.e);
}

/* The windows of a number that sends to two carriers, with lanes of two campaigns to the small one. */
static void lanes_to_one_carrier_take_turns(void **state)
{
    struct kit k = with_senders(1);
    size_t of[2] = {0, 0};

    (void)state;
    for (uint64_t m = 1; m <= 20; m++) {
        struct engine_item i = to(m, SMALL);
        i.lane.campaign = 1 + m % 2;
        kit_offer(&k, i);
    }
    for (int second = 0; second < 10; second++) {
        kit_step(&k);
        for (size_t i = 0; i < k.count; i++) {
            if (k.out[i].kind != COMMAND_ARM) continue;
            of[k.out[i].lane.campaign - 1]++;
            engine_armed(k.e, k.out[i].message, true, k.mono_ms);
            (void)kit_step(&k);
            kit_answer(&k, k.out[0].message, ANSWER_ACCEPTED, 0);
            break;
        }
        k.mono_ms += 1000;
    }
    assert_int_equal(of[0], 5);
    assert_int_equal(of[1], 5);
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_sends_its_own_share),
        cmocka_unit_test(other_carriers_are_not_held_up),
        cmocka_unit_test(an_unknown_carrier_is_charged_to_every_one),
        cmocka_unit_test(an_attempt_that_never_left_makes_room_at_once),
        cmocka_unit_test(who_must_go_by_a_number_waits_for_it_alone),
        cmocka_unit_test(a_number_that_goes_lets_go_of_who_waits_for_it),
        cmocka_unit_test(a_limit_that_is_lifted_lets_all_go),
        cmocka_unit_test(uses_from_before_a_restart_count),
        cmocka_unit_test(lanes_to_one_carrier_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

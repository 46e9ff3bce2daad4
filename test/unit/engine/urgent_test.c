/* Urgent messages: what is kept for them of the requests in flight, and the id they get only when durable. */
#include "kit.h"

static struct engine_item urgent(uint64_t message, uint32_t org)
{
    struct engine_item i = kit_item(message, 14155550000 + message);

    i.lane.org = org;
    i.lane.kind = 1;
    i.urgent = true;
    return i;
}

static size_t arms(struct kit *k)
{
    size_t n = 0;

    while (kit_step(k) > 0) n += kit_number_of(k, COMMAND_ARM);
    return n;
}

/* All but the reserve is taken by bulk of org 1. */
static struct kit full_of_bulk(size_t in_flight, size_t reserve)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1, .in_flight_max = in_flight,
                                                  .urgent_reserve = reserve});
    kit_sender(&k, 7, 1, 0, true);
    for (uint64_t m = 1; m <= in_flight + 5; m++) kit_offer(&k, kit_item(m, 14155550000 + m));
    return k;
}

static void what_is_kept_goes_to_urgent_messages_only(void **state)
{
    struct kit k = full_of_bulk(16, 4);

    (void)state;
    assert_int_equal(arms(&k), 12);
    for (uint64_t m = 101; m <= 106; m++) kit_offer(&k, urgent(m, 1));
    assert_int_equal(arms(&k), 4);
    engine_free(k.e);
}

/* Whose bulk has run ahead of its share, and whose account is not first in turn. */
static void an_urgent_message_of_any_account_takes_it(void **state)
{
    struct kit k = full_of_bulk(32, 8);

    (void)state;
    kit_org(&k, 2, 2, 1);
    kit_org(&k, 3, 1, 1);
    kit_sender(&k, 8, 2, 0, true);
    kit_sender(&k, 9, 3, 0, true);
    assert_int_equal(arms(&k), 24);
    kit_offer(&k, urgent(101, 2));
    kit_offer(&k, urgent(102, 3));
    assert_int_equal(arms(&k), 2);
    engine_free(k.e);
}

static void at_most_half_is_kept(void **state)
{
    struct kit k = full_of_bulk(4, 100);

    (void)state;
    assert_int_equal(arms(&k), 2);
    engine_free(k.e);
}

static void an_armed_message_may_get_its_true_id(void **state)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});
    const uint64_t own = UINT64_C(1) << 63 | 1;

    (void)state;
    kit_sender(&k, 7, 1, 0, true);
    kit_offer(&k, urgent(own, 1));
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_ARM, own));
    engine_rename(k.e, own, 55);
    assert_false(engine_holds(k.e, own));
    assert_true(engine_holds(k.e, 55));
    engine_armed(k.e, 55, true, k.mono_ms);
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_POST, 55));
    engine_stop_number(k.e, 1, 14155550000 + own);
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_RECALL, 55));
    engine_free(k.e);
}

/* A step of a millisecond; every request is answered at once. Whether `message` was armed, and how many were. */
static bool goes(struct kit *k, uint64_t message, size_t *armed)
{
    bool found = false;

    k->mono_ms++;
    while (kit_step(k) > 0) {
        struct command out[KIT_TAKE];
        size_t count = k->count;
        memcpy(out, k->out, sizeof out);
        for (size_t i = 0; i < count; i++) {
            if (out[i].kind == COMMAND_POST) kit_answer(k, out[i].message, ANSWER_ACCEPTED, 0);
            if (out[i].kind != COMMAND_ARM) continue;
            engine_armed(k->e, out[i].message, true, k->mono_ms);
            found = found || out[i].message == message;
            ++*armed;
        }
    }
    return found;
}

static struct kit of_a_thousand_a_second(void)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});

    kit_sender(&k, 7, 1, 0, true);
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_ORG, .org = 1, .amount = 1000, .window_ms = 1000});
    return k;
}

/* The window is all that holds them: the pace is for what may wait. */
static void many_at_once_are_not_paced(void **state)
{
    struct kit k = of_a_thousand_a_second();
    size_t armed = 0;

    (void)state;
    for (uint64_t m = 1; m <= 500; m++) kit_offer(&k, urgent(m, 1));
    (void)goes(&k, 0, &armed);
    assert_int_equal(armed, 500);
    for (uint64_t m = 501; m <= 564; m++) kit_offer(&k, kit_item(m, 14155550000 + m));
    (void)goes(&k, 0, &armed);
    assert_int_equal(armed, 500); /* what may wait lets them count */
    for (int ms = 0; ms < 600; ms++) (void)goes(&k, 0, &armed);
    assert_int_equal(armed, 564);
    engine_free(k.e);
}

/* Its campaign takes all that the organization may send in a second. */
static void one_beside_its_own_campaign_waits_for_no_window(void **state)
{
    enum { FIRST = 1000000, TURNS = 200 };
    struct kit k = of_a_thousand_a_second();
    uint64_t next = 1;
    size_t armed = 0;

    (void)state;
    for (; next <= 100; next++) kit_offer(&k, kit_item(next, 14155550000 + next));
    for (uint64_t turn = 0; turn < TURNS; turn++) {
        int waited = 0;
        bool gone = false;
        for (uint64_t ms = 0; ms < 20 + turn % 7; ms++) {
            (void)goes(&k, 0, &armed);
            for (; next <= armed + 100 - turn; next++) kit_offer(&k, kit_item(next, 14155550000 + next));
        }
        kit_offer(&k, urgent(FIRST + turn, 1));
        for (; !gone; waited++) gone = goes(&k, FIRST + turn, &armed);
        assert_true(waited <= 40);
    }
    assert_true(armed > 4000);
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_goes_to_urgent_messages_only),
        cmocka_unit_test(an_urgent_message_of_any_account_takes_it),
        cmocka_unit_test(at_most_half_is_kept),
        cmocka_unit_test(an_armed_message_may_get_its_true_id),
        cmocka_unit_test(many_at_once_are_not_paced),
        cmocka_unit_test(one_beside_its_own_campaign_waits_for_no_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What attempts from before a restart still use of the limits, and what they do not use any more. */
#include "kit.h"

enum { AMOUNT = 100, WINDOW = 60000, NOW = 10000000 };

static struct kit begun(int64_t amount)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1, .in_flight_max = 1024, .items_max = 4096});

    k.mono_ms = NOW;
    engine_begin(k.e, k.mono_ms, kit_wall(&k));
    kit_sender(&k, 7, 1, 0, true);
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_SENDER, .org = 1, .program = 1, .sender = 7,
                                        .amount = amount, .window_ms = WINDOW});
    return k;
}

static void use(struct kit *k, int64_t answered_ms)
{
    engine_restore_use(k->e, 1, 1, 7, 1, 1, answered_ms);
}

static int64_t in_use(struct kit *k)
{
    struct engine_limit_view v;

    assert_int_equal(engine_limits(k->e, 1, &v, 1), 1);
    return v.in_use;
}

/* How many of `offered` messages may go at once. */
static size_t passes(struct kit *k, uint64_t first, size_t offered)
{
    size_t armed = 0;

    for (size_t i = 0; i < offered; i++) {
        struct engine_item it = kit_item(first + i, 14155550000 + first + i);
        it.urgent = true;
        kit_offer(k, it);
    }
    while (kit_step(k) > 0) armed += kit_number_of(k, COMMAND_ARM);
    return armed;
}

static void what_is_over_takes_no_place(void **state)
{
    struct kit k = begun(AMOUNT);

    (void)state;
    for (int64_t i = 0; i < 5000; i++) use(&k, NOW - WINDOW - 5000 + i);
    assert_int_equal(in_use(&k), 0);
    assert_int_equal(passes(&k, 1, AMOUNT + 1), AMOUNT);
    engine_free(k.e);
}

static void each_use_ends_one_window_after_its_answer(void **state)
{
    struct kit k = begun(AMOUNT);

    (void)state;
    for (int64_t i = 0; i < AMOUNT; i++) use(&k, NOW - WINDOW + 1 + i * 10);
    assert_int_equal(in_use(&k), AMOUNT);
    k.mono_ms += 1;
    assert_int_equal(passes(&k, 1, 5), 1);
    k.mono_ms += 10;
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_ARM), 1);
    engine_free(k.e);
}

/* More uses than a limit keeps apart: the last of them may be kept a 400th of a window longer, no more. */
static void a_ring_is_not_held_by_what_is_over(void **state)
{
    struct kit k = begun(4000);

    (void)state;
    for (int64_t i = 0; i < 4000; i++) use(&k, NOW - WINDOW + 1 + i * (WINDOW - 1) / 4000);
    assert_int_equal(in_use(&k), 4000);
    k.mono_ms += WINDOW / 2 + WINDOW / 400;
    kit_step(&k);
    assert_in_range(in_use(&k), 1900, 2000);
    engine_free(k.e);
}

/* A limit that was lifted keeps in mind what passes; its old entries are not joined to new ones. */
static void a_lifted_limit_forgets_what_is_over(void **state)
{
    struct engine_limit l = {.scope = SCOPE_SENDER, .org = 1, .program = 1, .sender = 7, .amount = 0,
                             .window_ms = 1000};
    struct kit k = begun(4000);

    (void)state;
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_SENDER, .org = 1, .program = 1, .sender = 7, .slot = 1,
                                        .amount = 5, .window_ms = 1000});
    l.slot = 1;
    kit_limit(&k, l);
    for (uint64_t i = 1; i <= 600; i++) {
        kit_offer(&k, kit_item(i, 14155550000 + i));
        (void)kit_post(&k, i);
        kit_answer(&k, i, ANSWER_ACCEPTED, 0);
        k.mono_ms += 20;
    }
    l.amount = 60;
    kit_limit(&k, l);
    assert_in_range(passes(&k, 1000, 30), 10, 11);
    engine_free(k.e);
}

/* Its number was given up since: what it sent still counts for the account. */
static void a_use_of_a_number_that_is_gone_counts_for_the_others(void **state)
{
    struct kit k = begun(AMOUNT);
    const struct engine_limit whole = {.scope = SCOPE_ACCOUNT, .account = 1, .amount = 10, .window_ms = WINDOW};

    (void)state;
    kit_limit(&k, whole);
    for (int i = 0; i < 4; i++) engine_restore_use(k.e, 1, 1, 99, 1, 1, NOW - 100);
    assert_int_equal(passes(&k, 1, 20), 6);
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_over_takes_no_place),
        cmocka_unit_test(each_use_ends_one_window_after_its_answer),
        cmocka_unit_test(a_ring_is_not_held_by_what_is_over),
        cmocka_unit_test(a_lifted_limit_forgets_what_is_over),
        cmocka_unit_test(a_use_of_a_number_that_is_gone_counts_for_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

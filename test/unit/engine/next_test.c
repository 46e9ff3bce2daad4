/* When the driver must come again: never too late, and not in vain. */
#include "kit.h"

static struct kit with_sender(struct engine_config c)
{
    struct kit k;

    c.seed = 1;
    c.guard_ms = -1;
    k = kit_new(c);
    kit_sender(&k, 7, 1, 0, true);
    return k;
}

static int64_t next(const struct kit *k)
{
    return engine_next_mono_ms(k->e, k->mono_ms, kit_wall(k));
}

static void without_work_it_need_not_come(void **state)
{
    struct kit k = with_sender((struct engine_config){0});

    (void)state;
    kit_step(&k);
    assert_int_equal(next(&k), INT64_MAX);
    engine_free(k.e);
}

static void with_more_to_arm_than_a_batch_holds_it_comes_at_once(void **state)
{
    struct kit k = with_sender((struct engine_config){.arm_batch_max = 2});

    (void)state;
    for (uint64_t m = 11; m <= 15; m++) kit_offer(&k, kit_item(m, 14155550000 + m));
    assert_int_equal(kit_step(&k), 2);
    assert_int_equal(next(&k), k.mono_ms);
    assert_int_equal(kit_step(&k), 2);
    assert_int_equal(kit_step(&k), 1);
    assert_true(next(&k) > k.mono_ms);
    engine_free(k.e);
}

/* The doubt begins in that step; when it is looked into is known in the next. */
static void after_an_answer_that_never_came_it_comes_at_once_and_then_for_the_listing(void **state)
{
    struct kit k = with_sender((struct engine_config){.timeout_ms = 1000, .reconcile_first_ms = 60000});
    int64_t posted_ms;

    (void)state;
    kit_offer(&k, kit_item(11, 14155550100));
    kit_post(&k, 11);
    posted_ms = k.mono_ms;
    k.mono_ms = next(&k);
    assert_int_equal(k.mono_ms, posted_ms + 3000);
    kit_step(&k);
    assert_int_equal(kit_find(&k, COMMAND_RECORD, 11)->record, RECORD_DOUBT);
    assert_int_equal(next(&k), k.mono_ms);
    assert_int_equal(kit_step(&k), 0);
    assert_int_equal(next(&k), k.mono_ms + 60000);
    engine_free(k.e);
}

static void what_is_due_on_the_wall_is_counted_from_there(void **state)
{
    struct kit k = with_sender((struct engine_config){0});
    struct engine_lane l = kit_item(0, 0).lane;

    (void)state;
    kit_step(&k);
    assert_int_equal(engine_lane_ready(k.e, &l, kit_wall(&k) + 5000), ERR_OK);
    assert_int_equal(next(&k), k.mono_ms + 5000);
    assert_int_equal(engine_next_mono_ms(k.e, k.mono_ms, kit_wall(&k) + 4000), k.mono_ms + 1000);
    assert_int_equal(engine_next_mono_ms(k.e, k.mono_ms, kit_wall(&k) + 6000), k.mono_ms); /* it was stepped on */
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_work_it_need_not_come),
        cmocka_unit_test(with_more_to_arm_than_a_batch_holds_it_comes_at_once),
        cmocka_unit_test(after_an_answer_that_never_came_it_comes_at_once_and_then_for_the_listing),
        cmocka_unit_test(what_is_due_on_the_wall_is_counted_from_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* One window by itself: what comes out of order, more than it keeps apart, and what it learned. */
#include "engine/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { NOW = 1000000, WINDOW = 60000 };

/* In use at a moment, without moving the limit's own time. */
static int64_t in_use_at(struct limit *l, int64_t now_ms)
{
    limit_check(l);
    return limit_in_use(l, now_ms);
}

static void uses_told_out_of_order_end_in_order(void **state)
{
    struct limit l = {.amount = 100, .window_ms = WINDOW};

    (void)state;
    limit_restore(&l, 1, NOW - 100, NOW);
    limit_restore(&l, 2, NOW - 300, NOW);
    limit_restore(&l, 4, NOW - 200, NOW);
    assert_int_equal(in_use_at(&l, NOW), 7);
    assert_int_equal(in_use_at(&l, NOW + WINDOW - 300), 5);
    assert_int_equal(in_use_at(&l, NOW + WINDOW - 200), 1);
    assert_int_equal(in_use_at(&l, NOW + WINDOW - 100), 0);
    limit_free(&l);
}

/* More than are kept apart: one that comes between others joins the next later one, so none is freed too early. */
static void a_full_ring_frees_nothing_too_early(void **state)
{
    struct limit l = {.amount = 0, .window_ms = WINDOW}; /* lifted: all is kept exactly, as long as there is room */

    (void)state;
    for (int64_t i = 0; i < LIMIT_ENTRIES_MAX; i++) limit_restore(&l, 1, NOW + i * 10, NOW);
    limit_restore(&l, 5, NOW + 5, NOW);    /* joins that of 10 */
    limit_restore(&l, 7, NOW + 9000, NOW); /* beyond the last, of 5110 */
    assert_int_equal(in_use_at(&l, NOW), LIMIT_ENTRIES_MAX + 12);
    assert_int_equal(in_use_at(&l, NOW + WINDOW + 9), LIMIT_ENTRIES_MAX + 11);
    assert_int_equal(in_use_at(&l, NOW + WINDOW + 10), LIMIT_ENTRIES_MAX + 5);
    assert_true(in_use_at(&l, NOW + WINDOW + 8999) >= 7);
    assert_int_equal(in_use_at(&l, NOW + WINDOW + 9000), 0);
    limit_free(&l);
}

static void a_lifted_limit_neither_learns_nor_remembers(void **state)
{
    struct limit l = {.amount = 0, .window_ms = WINDOW};

    (void)state;
    assert_false(limit_learn(&l, NOW, 0));
    limit_relearn(&l, 5, NOW);
    assert_int_equal(l.learned, 0);
    limit_take(&l, 9, NOW);
    assert_int_equal(limit_room_at(&l, 1, NOW), NOW);
    limit_free(&l);
}

/* What is learned of a limit of one is still one: it never stops for good. */
static void what_is_learned_leaves_room_for_one(void **state)
{
    struct limit l = {.amount = 1, .window_ms = WINDOW};

    (void)state;
    assert_true(limit_learn(&l, NOW, 500));
    assert_false(limit_learn(&l, NOW, 500)); /* of the same burst */
    assert_int_equal(limit_room_at(&l, 1, NOW), NOW + 500);
    assert_int_equal(limit_room_at(&l, 1, NOW + 500), NOW + 500);
    limit_free(&l);
}

/* Somebody who always has more: taken as soon as there is room, answered 3 ms later. How many passed. */
static int64_t pass(struct limit *l, int64_t from_ms, int64_t to_ms, int64_t *most_in_a_tenth)
{
    int64_t passed = 0, tenth = 0, taken[3] = {0};

    *most_in_a_tenth = 0;
    for (int64_t now = from_ms; now < to_ms; now++) {
        if (taken[now % 3] > 0) limit_settle(l, taken[now % 3], now, now);
        taken[now % 3] = 0;
        if ((now - from_ms) % 100 == 0) tenth = 0;
        for (; limit_room_at(l, 1, now) <= now; passed++, tenth++, taken[now % 3]++) limit_take(l, 1, now);
        if (tenth > *most_in_a_tenth) *most_in_a_tenth = tenth;
        limit_check(l);
    }
    for (int i = 0; i < 3; i++)
        if (taken[i] > 0) limit_settle(l, taken[i], to_ms, to_ms);
    return passed;
}

/* Evenly from the start, after a pause and under a new amount; and what is lost is what answers take. */
static void a_large_amount_is_handed_out_evenly_and_wholly(void **state)
{
    struct limit l = {.amount = 1000, .window_ms = 1000};
    int64_t most;

    (void)state;
    assert_in_range(pass(&l, NOW, NOW + 20000, &most), 19800, 20000);
    assert_in_range(most, 100, 130);
    assert_in_range(pass(&l, NOW + 60000, NOW + 70000, &most), 9900, 10000);
    assert_in_range(most, 100, 130);
    limit_change(&l, 3000, 1000, NOW + 70000);
    assert_in_range(pass(&l, NOW + 70000, NOW + 80000, &most), 29700, 30000);
    assert_in_range(most, 300, 390);
    limit_free(&l);
}

/* Few at once hurt nobody, and over a minute their sender would wait for long. */
static void what_is_small_or_long_goes_at_once(void **state)
{
    struct limit small = {.amount = LIMIT_SPANS, .window_ms = 1000}, longer = {.amount = 1000, .window_ms = 1001};
    int64_t most;

    (void)state;
    assert_int_equal(pass(&small, NOW, NOW + 1, &most), LIMIT_SPANS);
    assert_int_equal(pass(&longer, NOW, NOW + 1, &most), 1000);
    limit_free(&small);
    limit_free(&longer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uses_told_out_of_order_end_in_order),
        cmocka_unit_test(a_full_ring_frees_nothing_too_early),
        cmocka_unit_test(a_lifted_limit_neither_learns_nor_remembers),
        cmocka_unit_test(what_is_learned_leaves_room_for_one),
        cmocka_unit_test(a_large_amount_is_handed_out_evenly_and_wholly),
        cmocka_unit_test(what_is_small_or_long_goes_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

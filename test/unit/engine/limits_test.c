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

enum { ANSWER_MS = 3 };

/* Somebody who always has more: taken as soon as there is room and the pace allows it, answered ANSWER_MS later. One in
 * `refused_in` is returned instead (0: none), and at the end of each second they stop for stall_ms. */
struct crowd {
    int64_t refused_in, stall_ms;
    int64_t passed, most_in_a_tenth; /* out */
};

static void pass(struct limit *l, int64_t from_ms, int64_t to_ms, struct crowd *c)
{
    int64_t tenth = 0, chosen = 0, open[ANSWER_MS] = {0};

    c->passed = c->most_in_a_tenth = 0;
    for (int64_t now = from_ms; now < to_ms; now++) {
        int64_t *due = &open[now % ANSWER_MS];
        if ((now - from_ms) % 1000 >= 1000 - c->stall_ms) continue;
        if (*due > 0) limit_settle(l, *due, now, now);
        *due = 0;
        if ((now - from_ms) % 100 == 0) tenth = 0;
        while (limit_room_at(l, 1, now) <= now && limit_paced_at(l, now) <= now) {
            limit_take(l, 1, now);
            if (c->refused_in > 0 && ++chosen % c->refused_in == 0) {
                limit_return(l, 1, now);
                continue;
            }
            ++*due, c->passed++, tenth++;
        }
        if (tenth > c->most_in_a_tenth) c->most_in_a_tenth = tenth;
        limit_check(l);
    }
    for (int i = 0; i < ANSWER_MS; i++)
        if (open[i] > 0) limit_settle(l, open[i], to_ms, to_ms);
}

/* From the start, after a pause, and under a new amount; what is lost is what answers take. */
static void a_large_amount_is_handed_out_evenly_and_wholly(void **state)
{
    struct limit l = {.amount = 1000, .window_ms = 1000};
    struct crowd c = {0};

    (void)state;
    pass(&l, NOW, NOW + 20000, &c);
    assert_in_range(c.passed, 19850, 20000);
    assert_in_range(c.most_in_a_tenth, 100, 130);
    pass(&l, NOW + 60000, NOW + 70000, &c);
    assert_in_range(c.passed, 9900, 10000);
    assert_in_range(c.most_in_a_tenth, 100, 130);
    limit_change(&l, 3000, 1000, NOW + 70000);
    pass(&l, NOW + 70000, NOW + 80000, &c);
    assert_in_range(c.passed, 29700, 30000);
    assert_in_range(c.most_in_a_tenth, 300, 390);
    limit_free(&l);
}

static void what_is_returned_costs_nothing_of_the_pace(void **state)
{
    struct limit l = {.amount = 1000, .window_ms = 1000};
    struct crowd c = {.refused_in = 3};

    (void)state;
    pass(&l, NOW, NOW + 20000, &c);
    assert_in_range(c.passed, 19800, 20000);
    assert_in_range(c.most_in_a_tenth, 100, 130);
    limit_free(&l);
}

static void what_a_stall_has_lost_is_caught_up(void **state)
{
    struct limit l = {.amount = 1000, .window_ms = 1000};
    struct crowd c = {.stall_ms = 40};

    (void)state;
    pass(&l, NOW, NOW + 20000, &c);
    assert_in_range(c.passed, 19850, 20000);
    limit_free(&l);
}

/* Less is allowed after "too fast", and that is handed out evenly too. */
static void what_was_learned_sets_the_pace(void **state)
{
    struct limit l = {.amount = 4000, .window_ms = 1000};
    struct crowd c = {0};

    (void)state;
    limit_relearn(&l, 1000, NOW);
    pass(&l, NOW, NOW + 1000, &c);
    assert_in_range(c.passed, 980, 1000);
    assert_in_range(c.most_in_a_tenth, 100, 130);
    limit_free(&l);
}

/* Few at once hurt nobody, and over a minute their sender would wait for long. */
static void what_is_small_or_long_goes_at_once(void **state)
{
    struct limit small = {.amount = LIMIT_SPANS, .window_ms = 1000}, longer = {.amount = 1000, .window_ms = 1001};
    struct crowd c = {0};

    (void)state;
    pass(&small, NOW, NOW + 1, &c);
    assert_int_equal(c.passed, LIMIT_SPANS);
    pass(&longer, NOW, NOW + 1, &c);
    assert_int_equal(c.passed, 1000);
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
        cmocka_unit_test(what_is_returned_costs_nothing_of_the_pace),
        cmocka_unit_test(what_a_stall_has_lost_is_caught_up),
        cmocka_unit_test(what_was_learned_sets_the_pace),
        cmocka_unit_test(what_is_small_or_long_goes_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

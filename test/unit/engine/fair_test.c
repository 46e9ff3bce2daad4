/* Turns: who keeps the place it had, and who does not. Members are served by hand, the least tag first. */
#include "engine/fair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MEMBERS = 5, COST = 100 };

static struct fair queue;
static struct fair_node members[MEMBERS];

static void begin(void)
{
    queue = (struct fair){0};
    for (size_t i = 0; i < MEMBERS; i++) {
        members[i] = (struct fair_node){0};
        fair_enter(&queue, &members[i], 0);
    }
}

/* Who was served. */
static size_t serve(void)
{
    struct fair_node *top = fair_top(&queue);

    fair_charge(&queue, top, COST);
    return (size_t)(top - members);
}

/* Of so many turns. */
static int turns_of_the_first(int served)
{
    int count = 0;

    while (served-- > 0) count += serve() == 0;
    return count;
}

static void one_that_fetched_has_the_turn_it_left_in(void **state)
{
    (void)state;
    begin();
    for (size_t i = 0; i + 1 < MEMBERS; i++) assert_int_equal(serve(), i);
    fair_keep(&members[4], COST);
    fair_leave(&queue, &members[4]);
    assert_int_equal(serve(), 0); /* the queue's time goes on meanwhile */
    fair_enter(&queue, &members[4], 0);
    assert_int_equal(serve(), 4);
    assert_int_equal(serve(), 1);
}

static void one_that_was_away_for_long_has_one_turn_and_no_more(void **state)
{
    (void)state;
    begin();
    fair_keep(&members[0], COST);
    fair_leave(&queue, &members[0]);
    for (int i = 0; i < 50; i++) (void)serve();
    fair_enter(&queue, &members[0], 0);
    assert_int_equal(serve(), 0);
    assert_int_equal(turns_of_the_first(10 * MEMBERS), 10);
}

static void a_rest_earns_nothing(void **state)
{
    (void)state;
    begin();
    fair_keep(&members[0], COST);
    assert_int_equal(serve(), 0); /* what was kept ends with the next turn */
    fair_leave(&queue, &members[0]);
    for (int i = 0; i < 50; i++) (void)serve();
    fair_enter(&queue, &members[0], 0);
    assert_int_not_equal(serve(), 0);
    assert_int_equal(turns_of_the_first(10 * MEMBERS), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_fetched_has_the_turn_it_left_in),
        cmocka_unit_test(one_that_was_away_for_long_has_one_turn_and_no_more),
        cmocka_unit_test(a_rest_earns_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

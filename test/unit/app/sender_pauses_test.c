/* sender_pauses: who waits for a person, and when somebody is told again. */
#include "app/sender_pauses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { HOLD = 300000, HOUR = 3600000 };

static struct sender_pauses pauses;

static bool put(uint32_t sender, int32_t code, int64_t now)
{
    const struct sender_pause one = {.org = 1, .sender = sender, .code = code, .until_ms = now + HOLD};

    return sender_pauses_put(&pauses, &one, now);
}

static int setup(void **state)
{
    (void)state;
    sender_pauses_init(&pauses);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sender_pauses_free(&pauses);
    return 0;
}

static void one_is_told_once_an_hour_or_of_something_new(void **state)
{
    struct sender_pause p;

    (void)state;
    assert_true(put(7, 21659, 1000));
    assert_false(put(7, 21659, 1000 + HOLD));
    assert_true(put(7, 21660, 1000 + 2 * HOLD)); /* something else */
    assert_true(put(8, 21659, 1000 + HOLD));
    assert_false(put(7, 21660, 1000 + HOUR));
    assert_true(put(7, 21660, 1000 + 2 * HOLD + HOUR));
    assert_true(sender_pauses_find(&pauses, 1, 7, 1000 + 2 * HOLD + HOUR, &p));
    assert_true(p.code == 21660 && p.since_ms == 1000 + 2 * HOLD);
    assert_false(sender_pauses_find(&pauses, 2, 7, 1000, &p)); /* another organization's */
}

static void it_ends_by_itself_or_when_somebody_says_so(void **state)
{
    struct sender_pause p;

    (void)state;
    assert_true(put(7, 21659, 0));
    assert_true(sender_pauses_find(&pauses, 1, 7, HOLD - 1, &p));
    assert_false(sender_pauses_find(&pauses, 1, 7, HOLD, &p));
    assert_int_equal(sender_pauses_count(&pauses, HOLD - 1), 1);
    assert_int_equal(sender_pauses_count(&pauses, HOLD), 0);
    assert_true(sender_pauses_end(&pauses, 1, 7, &p));
    assert_int_equal(p.code, 21659);
    assert_false(sender_pauses_end(&pauses, 1, 7, &p));
    assert_true(put(7, 21659, HOLD)); /* told anew */
}

static void of_too_many_the_one_that_ends_first_is_forgotten(void **state)
{
    struct sender_pause p;

    (void)state;
    for (uint32_t i = 0; i < SENDER_PAUSES_MAX; i++) assert_true(put(10 + i, 21659, i == 5 ? 1 : 10));
    assert_true(put(999, 21659, 20));
    assert_int_equal(sender_pauses_count(&pauses, 20), SENDER_PAUSES_MAX);
    assert_false(sender_pauses_find(&pauses, 1, 15, 20, &p));
    assert_true(sender_pauses_find(&pauses, 1, 999, 20, &p) && sender_pauses_find(&pauses, 1, 16, 20, &p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_is_told_once_an_hour_or_of_something_new, setup, teardown),
        cmocka_unit_test_setup_teardown(it_ends_by_itself_or_when_somebody_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(of_too_many_the_one_that_ends_first_is_forgotten, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

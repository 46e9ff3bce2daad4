/* The small world: everything that two messages, a provider and one crash can do, commits being quick, for the
 * half of the first message's outcomes (rejected, not connected, accepted and answered 5xx, all bytes gone and nothing
 * arrived) and the second's answer always lost; script/check sim has the whole of it. */
#include "small.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void nothing_is_lost_nor_doubled_in_any_order(void **state)
{
    const struct small_scope scope = {.second_outcomes = 0, .quick_commits = true, .jobs = 2, .job = 1};
    char wrong[SMALL_WRONG_BYTES];
    uint64_t worlds = small_enumerate(&scope, wrong);

    (void)state;
    print_message("# %" PRIu64 " worlds, all there are in this scope\n", worlds);
    if (wrong[0] != '\0') print_error("%s\n", wrong);
    assert_int_equal(wrong[0], '\0');
    assert_true(worlds > 1000);
}

static void choices_are_walked_completely(void **state)
{
    struct choices c = {.at = 0};
    int ways = 0;

    (void)state;
    do {
        if (choose(&c, 3) == 1) (void)choose(&c, 2); /* 0; 1 0; 1 1; 2 */
        ways++;
    } while (choices_next(&c));
    assert_int_equal(ways, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choices_are_walked_completely),
        cmocka_unit_test(nothing_is_lost_nor_doubled_in_any_order),
    };

    return cmocka_run_group_tests_name("small", tests, NULL, NULL);
}

/* The canary: a test that fails when asked, so that a run that cannot see red is found out. */
#include "base/mutant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void nothing_is_wrong(void **state)
{
    (void)state;
    assert_false(MUTANT(canary));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_wrong)};
    return cmocka_run_group_tests_name("canary", tests, NULL, NULL);
}

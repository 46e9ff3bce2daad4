/* verdicts: which rules were in force when. (What a message is told is tested over HTTP: resources_test.) */
#include "app/verdicts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_version_is_noted_once_and_found_by_date(void **state)
{
    struct arena a;
    struct str lines = {NULL, 0};
    int64_t since;
    (void)state;
    arena_init(&a, 1 << 16);
    assert_true(str_equal(verdicts_rule_set_at(lines, 5, &since), STR("")) && since == 0);
    lines = verdicts_rule_sets(&a, lines, "aaaa", 100);
    assert_true(str_equal(lines, STR("100 aaaa\n")));
    assert_null(verdicts_rule_sets(&a, lines, "aaaa", 150).at); /* the same build, started again */
    lines = verdicts_rule_sets(&a, lines, "bbbb", 200);
    lines = verdicts_rule_sets(&a, lines, "aaaa", 300); /* an older build once more */
    assert_true(str_equal(verdicts_rule_set_at(lines, 99, &since), STR("")));
    assert_true(str_equal(verdicts_rule_set_at(lines, 100, &since), STR("aaaa")) && since == 100);
    assert_true(str_equal(verdicts_rule_set_at(lines, 299, &since), STR("bbbb")) && since == 200);
    assert_true(str_equal(verdicts_rule_set_at(lines, 1000, &since), STR("aaaa")) && since == 300);
    arena_reset(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_version_is_noted_once_and_found_by_date)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* number_abroad: what becomes of a number as sender in other countries. */
#include "rules/number_abroad.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int use_of(const char *country, const char *sender)
{
    const struct number_abroad *row = number_abroad_find(country, str_from(sender));

    return row == NULL ? 0 : (int)row->use;
}

static void a_country_delivers_refuses_or_overwrites_it(void **state)
{
    (void)state;
    assert_int_equal(use_of("DE", "+447700900123"), 0);
    assert_int_equal(use_of("", "+447700900123"), 0);
    assert_int_equal(use_of("VN", "+447700900123"), NUMBER_REFUSED);
    assert_int_equal(use_of("NG", "+2348012345678"), NUMBER_REFUSED);
    assert_int_equal(use_of("IN", "+447700900123"), NUMBER_OVERWRITTEN);
    assert_int_equal(use_of("JP", "+447700900123"), NUMBER_CHANGED);
    assert_string_equal(number_use_name(NUMBER_REFUSED), "refused");
    assert_string_equal(number_use_name(NUMBER_CHANGED), "changed");
}

static void french_mobile_numbers_carry_no_texts_of_applications(void **state)
{
    (void)state;
    assert_int_equal(use_of("FR", "+33612345678"), NUMBER_REFUSED);
    assert_int_equal(use_of("FR", "+33712345678"), NUMBER_REFUSED);
    assert_int_equal(use_of("FR", "+33912345678"), 0);
    assert_int_equal(use_of("FR", "+3361"), NUMBER_REFUSED);
    assert_int_equal(use_of("FR", "+447700900123"), 0);
    assert_int_equal(use_of("DE", "+33612345678"), 0);
    assert_non_null(number_abroad_of("FR"));
    assert_null(number_abroad_of("DE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_country_delivers_refuses_or_overwrites_it),
        cmocka_unit_test(french_mobile_numbers_carry_no_texts_of_applications),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

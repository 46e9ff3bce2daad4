/* Names of sender kinds and brand types. */
#include "rules/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void names_read_back_however_they_are_written(void **state)
{
    enum sender_kind sender = SENDER_ALPHA;
    enum brand_type brand = BRAND_NONE;
    (void)state;
    for (unsigned i = SENDER_LONG_CODE; i <= SENDER_ALPHA; i++) {
        assert_int_equal(sender_kind_parse(str_from(sender_kind_name((enum sender_kind)i)), &sender), ERR_OK);
        assert_int_equal(sender, i);
    }
    for (unsigned i = BRAND_NONE; i <= BRAND_TOLL_FREE; i++) {
        assert_int_equal(brand_type_parse(str_from(brand_type_name((enum brand_type)i)), &brand), ERR_OK);
        assert_int_equal(brand, i);
    }
    assert_int_equal(sender_kind_parse(STR("Toll-Free"), &sender), ERR_OK);
    assert_int_equal(sender, SENDER_TOLL_FREE);
    assert_int_equal(brand_type_parse(STR("Sole Proprietor"), &brand), ERR_OK);
    assert_int_equal(brand, BRAND_SOLE_PROPRIETOR);
}

static void other_names_are_refused_and_change_nothing(void **state)
{
    enum sender_kind sender = SENDER_ALPHA;
    enum brand_type brand = BRAND_STANDARD;
    (void)state;
    assert_int_equal(sender_kind_parse(STR("longcode"), &sender), ERR_INVALID);
    assert_int_equal(sender_kind_parse(STR(""), &sender), ERR_INVALID);
    assert_int_equal(sender, SENDER_ALPHA);
    assert_int_equal(brand_type_parse(STR("standard "), &brand), ERR_INVALID);
    assert_int_equal(brand, BRAND_STANDARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_read_back_however_they_are_written),
        cmocka_unit_test(other_names_are_refused_and_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* message_kind: the three names, there and back. */
#include "rules/message_kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void every_name_leads_back_to_its_kind(void **state)
{
    (void)state;
    for (unsigned i = KIND_TRANSACTIONAL; i <= KIND_MARKETING; i++) {
        enum message_kind got = KIND_TRANSACTIONAL;
        const char *name = message_kind_name((enum message_kind)i);
        assert_int_equal(message_kind_parse(str_from(name), &got), ERR_OK);
        assert_int_equal(got, i);
    }
}

static void an_unknown_name_is_refused(void **state)
{
    (void)state;
    enum message_kind got = KIND_TRANSACTIONAL;
    assert_int_equal(message_kind_parse(STR("Marketing"), &got), ERR_INVALID);
    assert_int_equal(message_kind_parse(STR(""), &got), ERR_INVALID);
    assert_int_equal(got, KIND_TRANSACTIONAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_leads_back_to_its_kind),
        cmocka_unit_test(an_unknown_name_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* a2p_difference: what changed is listed field by field, and nothing personal can be read out of it. */
#include "rules/a2p_difference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void a_change_is_told_and_what_is_personal_is_masked(void **state)
{
    struct a2p_facts before = {.at = {[A2P_CITY] = STR("Reno"), [A2P_EMAIL] = STR("jo@acme.com"),
                                      [A2P_TITLE] = STR("x")}};
    struct a2p_facts after = {.at = {[A2P_CITY] = STR("Elko"), [A2P_EMAIL] = STR("kim@acme.org"),
                                     [A2P_SAMPLE1] = STR("Hello"), [A2P_TITLE] = STR("x")}};
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    a2p_difference(&before, &after, &out);
    assert_string_equal(buf_text(&out),
                        "[{\"field\":\"city\",\"part\":\"address\",\"before\":\"Reno\",\"after\":\"Elko\"},"
                        "{\"field\":\"email\",\"part\":\"representative\",\"before\":\"j\xE2\x80\xA6m\","
                        "\"after\":\"k\xE2\x80\xA6g\"},"
                        "{\"field\":\"sample1\",\"part\":\"campaign\",\"before\":null,\"after\":\"Hello\"}]");
    buf_free(&out);
}

static void equal_facts_differ_in_nothing(void **state)
{
    struct a2p_facts facts = {.at = {[A2P_CITY] = STR("Reno")}};
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    a2p_difference(&facts, &facts, &out);
    assert_string_equal(buf_text(&out), "[]");
    buf_free(&out);
}

static void a_mask_keeps_whole_characters(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    a2p_mask(STR("\xC3\x89mile Zol\xC3\xA1"), &out);
    assert_string_equal(buf_text(&out), "\xC3\x89\xE2\x80\xA6\xC3\xA1");
    buf_clear(&out);
    a2p_mask(STR("Jo"), &out);
    assert_string_equal(buf_text(&out), "\xE2\x80\xA6");
    buf_clear(&out);
    a2p_mask(STR("\x80\x80\x80\x80\x80\x80"), &out);
    assert_int_equal(buf_check(&out), ERR_OK);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_told_and_what_is_personal_is_masked),
        cmocka_unit_test(equal_facts_differ_in_nothing),
        cmocka_unit_test(a_mask_keeps_whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

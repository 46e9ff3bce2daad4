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

static void what_tells_of_a_person_or_opens_a_door_is_personal(void **state)
{
    static const enum a2p_field personal[] = {A2P_REGISTRATION_NUMBER, A2P_MOBILE_PHONE, A2P_BRAND_CONTACT_EMAIL,
                                              A2P_CAMPAIGN_VERIFY_TOKEN, A2P_STREET, A2P_STREET2, A2P_EMAIL2};
    static const enum a2p_field others[] = {A2P_LEGAL_NAME, A2P_CITY, A2P_POSTAL_CODE, A2P_SAMPLE1, A2P_WEBSITE};

    (void)state;
    for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++) assert_true(a2p_is_personal(personal[i]));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) assert_false(a2p_is_personal(others[i]));
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
        cmocka_unit_test(what_tells_of_a_person_or_opens_a_door_is_personal),
        cmocka_unit_test(equal_facts_differ_in_nothing),
        cmocka_unit_test(a_mask_keeps_whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

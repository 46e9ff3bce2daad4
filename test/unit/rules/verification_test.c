/* Verifications: how states follow one another, and what codes, locales and services' names look like. */
#include "rules/verification.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void what_is_over_stays_over(void **state)
{
    (void)state;
    for (enum verification_state from = VERIFICATION_STARTING; from < VERIFICATION_STATES; from++)
        for (enum verification_state to = VERIFICATION_STARTING; to < VERIFICATION_STATES; to++)
            if (!verification_is_open(from)) assert_false(verification_may_move(from, to));
    assert_true(verification_may_move(VERIFICATION_STARTING, VERIFICATION_PENDING));
    assert_true(verification_may_move(VERIFICATION_PENDING, VERIFICATION_APPROVED));
    assert_true(verification_may_move(VERIFICATION_STARTING, VERIFICATION_APPROVED));
    assert_false(verification_may_move(VERIFICATION_PENDING, VERIFICATION_STARTING));
    assert_false(verification_may_move(VERIFICATION_PENDING, VERIFICATION_FAILED));
}

static void twilios_words_are_understood(void **state)
{
    (void)state;
    for (enum verification_state s = VERIFICATION_PENDING; s < VERIFICATION_STATES; s++)
        assert_int_equal(verification_state_parse(str_from(verification_state_name(s))), s);
    assert_int_equal(verification_state_parse(STR("deleted")), VERIFICATION_CANCELED);
    assert_int_equal(verification_state_parse(STR("starting")), VERIFICATION_FAILED); /* no word of Twilio's */
    assert_int_equal(verification_state_parse(STR("what?")), VERIFICATION_FAILED);
    assert_string_equal(verification_state_name((enum verification_state)VERIFICATION_STATES), "unknown");
    assert_string_equal(verification_channel_name(VERIFICATION_BY_CALL), "call");
    assert_string_equal(verification_channel_name((enum verification_channel)0), "sms");
}

static void a_code_is_four_to_ten_digits(void **state)
{
    static const char *const bad[] = {"", "123", "12345678901", "12345a", "12 34", "-1234", "１２３４"};
    (void)state;
    assert_true(verification_code_is_good(STR("1234")));
    assert_true(verification_code_is_good(STR("0123456789")));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(verification_code_is_good(str_from(bad[i])));
}

static void a_locale_is_a_language_and_perhaps_a_country(void **state)
{
    static const char *const bad[] = {"", "e", "EN", "eng", "pt_BR", "pt-br", "pt-BRA", "en-"};
    (void)state;
    assert_true(verification_locale_is_good(STR("en")));
    assert_true(verification_locale_is_good(STR("pt-BR")));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(verification_locale_is_good(str_from(bad[i])));
}

static void a_services_name_is_what_verify_takes(void **state)
{
    static const struct {
        const char *organization, *name;
    } cases[] = {
        {"Acme", "Acme"},
        {"Call 12345 now", "Call 1234 now"},
        {"1-800-555-0100", "1-800--"},
        {"A name that is far too long for it", "A name that is far too long fo"},
        /* The thirtieth byte is the first half of a letter. */
        {"Zahn\xc3\xa4rzte am Gendarmenmarkt1\xc3\xa4", "Zahn\xc3\xa4rzte am Gendarmenmarkt1"},
        {"Zahnaerzte am Gendarmenmarkt1\xc3\xa4", "Zahnaerzte am Gendarmenmarkt1"},
        {"Line\nfeed\x7f", "Linefeed"},
        {"", "Sterling"},
        {"   ", "Sterling"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[VERIFICATION_NAME_BYTES];
        verification_service_name(str_from(cases[i].organization), name);
        assert_string_equal(name, cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_over_stays_over),
        cmocka_unit_test(twilios_words_are_understood),
        cmocka_unit_test(a_code_is_four_to_ten_digits),
        cmocka_unit_test(a_locale_is_a_language_and_perhaps_a_country),
        cmocka_unit_test(a_services_name_is_what_verify_takes),
    };
    return cmocka_run_group_tests_name("verification", tests, NULL, NULL);
}

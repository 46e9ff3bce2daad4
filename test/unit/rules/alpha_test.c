/* alpha: which countries take an alphanumeric sender, and what counts as a way out. */
#include "rules/alpha.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static enum alpha_answer ask(const char *country, const char *address, const char *registered, bool marketing)
{
    return alpha_ask(country, str_from(address), str_from(registered), marketing);
}

static void a_country_takes_it_or_not(void **state)
{
    (void)state;
    assert_int_equal(ask("DE", "ACME", "", true), ALPHA_PASS);
    assert_int_equal(ask("US", "ACME", "", false), ALPHA_FORBIDDEN);
    assert_int_equal(ask("CA", "ACME", "CA", false), ALPHA_FORBIDDEN); /* not even if somebody says so */
    assert_int_equal(ask("NZ", "ACME", "", false), ALPHA_FORBIDDEN);
    assert_int_equal(ask("BR", "ACME", "BR", false), ALPHA_PASS);
    assert_int_equal(alpha_rule_of("HU")->use, ALPHA_OVERWRITTEN);
}

static void where_it_must_be_registered_somebody_has_to_say_so(void **state)
{
    (void)state;
    assert_int_equal(ask("SG", "ACME", "", false), ALPHA_UNREGISTERED);
    assert_int_equal(ask("SG", "ACME", "GB SA", false), ALPHA_UNREGISTERED);
    assert_int_equal(ask("SG", "ACME", "GB SG", false), ALPHA_PASS);
    assert_int_equal(ask("SG", "ACME", " GB  SG ", false), ALPHA_PASS);
    assert_int_equal(ask("", "ACME", "GB  SG", false), ALPHA_UNREGISTERED); /* a blank too many is no country */
    assert_int_equal(ask("GB", "ACME", "", false), ALPHA_PASS);
    assert_int_equal(ask("FJ", "ACME", "", false), ALPHA_UNREGISTERED); /* of which nothing is known */
    assert_int_equal(ask("FJ", "ACME", "FJ", false), ALPHA_PASS);
    assert_int_equal(ask("", "ACME", "", false), ALPHA_UNREGISTERED);
}

static void promotion_begins_with_what_the_country_asks_for(void **state)
{
    (void)state;
    assert_int_equal(ask("AE", "ACME", "AE", true), ALPHA_FORBIDDEN);
    assert_int_equal(ask("AE", "AD-ACME", "AE", true), ALPHA_PASS);
    assert_int_equal(ask("AE", "ACME", "AE", false), ALPHA_PASS);
    assert_int_equal(ask("SA", "AD-ACME", "", true), ALPHA_UNREGISTERED);
}

static void a_name_of_nobody_is_refused_where_operators_do_so(void **state)
{
    (void)state;
    assert_true(alpha_is_generic(STR("INFO")));
    assert_true(alpha_is_generic(STR("SMS-Info 1")));
    assert_true(alpha_is_generic(STR("Verify")));
    assert_false(alpha_is_generic(STR("ACME Info")));
    assert_false(alpha_is_generic(STR("")));
    assert_false(alpha_is_generic(STR("123")));
    assert_int_equal(ask("GB", "InfoSMS", "", false), ALPHA_FORBIDDEN);
    assert_int_equal(ask("GB", "InfoSMS", "FR GB", false), ALPHA_PASS);
    assert_int_equal(ask("GB", "ACME", "", false), ALPHA_PASS);
    assert_int_equal(ask("DE", "InfoSMS", "", false), ALPHA_PASS);
}

static void a_name_has_a_letter_and_eleven_characters_at_most(void **state)
{
    (void)state;
    assert_true(alpha_is_name(STR("A")));
    assert_true(alpha_is_name(STR("ACME Foods1")));
    assert_false(alpha_is_name(STR("ACME Foods12")));
    assert_false(alpha_is_name(STR("12345")));
    assert_false(alpha_is_name(STR("")));
    assert_false(alpha_is_name(STR("Caf\xc3\xa9")));
    assert_false(alpha_is_name(((struct str){"A\0B", 3})));
}

static void a_way_out_is_a_link_an_address_or_a_number(void **state)
{
    static const char *const with[] = {"Sale! Stop: https://acme.example/stop", "Out: acme.co/x",
                                       "mail stop@acme.example",
                                       "Stop? Call +44 20 7946 0958", "Abmelden 0800-1234567"};
    static const char *const without[] = {"Sale! Reply STOP to opt out", "50% off.Come in", "Only 12.50 until 6.30", "",
                                          "See you @ 5", "@acme", "Mail me@", ".co/x", "See acme.co", "See acme.co now",
                                          "Not a.b/c", "From 10 to 18, 20 shops, 300 brands"};

    (void)state;
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) assert_true(alpha_way_out(str_from(with[i])));
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) assert_false(alpha_way_out(str_from(without[i])));
    assert_false(alpha_way_out((struct str){"0800\0" "1234", 9})); /* no number goes on behind a byte that is no text */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_country_takes_it_or_not),
        cmocka_unit_test(where_it_must_be_registered_somebody_has_to_say_so),
        cmocka_unit_test(promotion_begins_with_what_the_country_asks_for),
        cmocka_unit_test(a_name_of_nobody_is_refused_where_operators_do_so),
        cmocka_unit_test(a_name_has_a_letter_and_eleven_characters_at_most),
        cmocka_unit_test(a_way_out_is_a_link_an_address_or_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Names as people and Lookup write them. */
#include "rules/carrier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_all(enum carrier wanted, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum carrier got = carrier_parse(str_from(names[i]));
        if (got != wanted) fail_msg("<%s> is %s", names[i], carrier_name(got));
    }
}
#define EXPECT_ALL(wanted, ...)                                                                    \
    do {                                                                                           \
        static const char *const names[] = {__VA_ARGS__};                                          \
        expect_all(wanted, names, sizeof names / sizeof names[0]);                                 \
    } while (0)

static void the_big_networks_by_all_their_names(void **state)
{
    (void)state;
    EXPECT_ALL(CARRIER_ATT, "AT&T", "at&t", "ATT", "A.T.&T.", "AT&T Wireless", "AT&T Wireless-SVR-10X/2",
               "AT&T Mobility LLC", "AT and T", "AT&amp;T", "New Cingular Wireless PCS, LLC",
               "Cricket Wireless", "FirstNet", " att ", "att");
    EXPECT_ALL(CARRIER_TMOBILE, "T-Mobile", "T-Mobile USA, Inc.", "tmobile", "T Mobile", "TMO",
               "T-Mobile US-SVR-10X/2", "Sprint", "SPRINT SPECTRUM, L.P.", "Metro by T-Mobile",
               "MetroPCS, Inc.", "Mint Mobile",
               "Omnipoint Communications", "Ultra Mobile", "tmobile");
    EXPECT_ALL(CARRIER_VERIZON, "Verizon", "Verizon Wireless", "VERIZON WIRELESS:6006 - SVR/2", "VZW",
               "Cellco Partnership", "Cellco Partnership DBA Verizon Wireless - CA", "Visible",
               "Xfinity Mobile", "Spectrum Mobile", "Total by Verizon", "verizon");
    EXPECT_ALL(CARRIER_USCC, "US Cellular", "U.S. Cellular", "UScellular",
               "United States Cellular Corp. - Illinois", "USCC", "uscc");
}

static void regional_and_voip_networks_are_other(void **state)
{
    (void)state;
    EXPECT_ALL(CARRIER_OTHER_US, "C Spire Wireless", "GCI", "Twilio - SMS/MMS-SVR", "Bandwidth.com - SVR",
               "Google (Grand Central) BWI - Bandwidth.com - SVR", "Level 3 Communications", "other_us");
}

static void resellers_of_several_networks_are_unknown_because_that_is_safe(void **state)
{
    (void)state;
    EXPECT_ALL(CARRIER_UNKNOWN, "TracFone", "Straight Talk", "Consumer Cellular", "Boost Mobile",
               "Google Fi");
}

static void what_is_not_known_is_not_guessed(void **state)
{
    (void)state;
    EXPECT_ALL(CARRIER_UNKNOWN, "", "   ", "???", "n/a", "none", "mobile", "Some Carrier", "Battery",
               "Attica Telephone", "Verizonia", "any", "Beeline", "(unknown)");
    assert_int_equal(carrier_parse((struct str){NULL, 0}), CARRIER_UNKNOWN);
}

static void a_name_longer_than_any_network_has_is_unknown(void **state)
{
    char name[4000];
    (void)state;
    memset(name, 'x', sizeof name);
    memcpy(name, "verizon ", 8);
    assert_int_equal(carrier_parse((struct str){name, sizeof name}), CARRIER_UNKNOWN);
}

static void names_abroad_are_not_taken_for_american_ones(void **state)
{
    (void)state;
    EXPECT_ALL(CARRIER_FOREIGN, "T-Mobile (Germany)", "T-Mobile Polska S.A.", "Telekom Deutschland GmbH",
               "AT&T Comunicaciones Digitales", "Vodafone UK", "O2", "EE", "Orange France");
    EXPECT_ALL(CARRIER_CANADA, "Rogers Wireless", "Fido", "TELUS Mobility", "Bell Mobility",
               "Vid\xc3\xa9otron");
}

static void the_country_decides_outside_the_united_states(void **state)
{
    (void)state;
    assert_int_equal(carrier_in_country(CARRIER_ATT, STR("US")), CARRIER_ATT);
    assert_int_equal(carrier_in_country(CARRIER_ATT, STR("PR")), CARRIER_ATT);
    assert_int_equal(carrier_in_country(CARRIER_ATT, STR("CA")), CARRIER_CANADA);
    assert_int_equal(carrier_in_country(CARRIER_UNKNOWN, STR("ca")), CARRIER_CANADA);
    assert_int_equal(carrier_in_country(CARRIER_TMOBILE, STR("DE")), CARRIER_FOREIGN);
    assert_int_equal(carrier_in_country(CARRIER_FOREIGN, STR("US")), CARRIER_UNKNOWN);
    assert_int_equal(carrier_in_country(CARRIER_CANADA, STR("US")), CARRIER_UNKNOWN);
    assert_int_equal(carrier_in_country(CARRIER_VERIZON, STR("")), CARRIER_VERIZON);
}

static void slugs_and_names_read_back(void **state)
{
    enum carrier c = CARRIER_ATT;
    (void)state;
    for (unsigned i = 0; i <= CARRIER_ANY; i++) {
        assert_int_equal(carrier_from_slug(str_from(carrier_slug((enum carrier)i)), &c), ERR_OK);
        assert_int_equal(c, i);
        assert_true(strlen(carrier_name((enum carrier)i)) > 0);
    }
    for (unsigned i = CARRIER_ATT; i <= CARRIER_USCC; i++)
        assert_int_equal(carrier_parse(str_from(carrier_name((enum carrier)i))), i);
    c = CARRIER_USCC;
    assert_int_equal(carrier_from_slug(STR("AT&T"), &c), ERR_INVALID);
    assert_int_equal(c, CARRIER_USCC);
}

static void a_name_within_another_word_is_not_the_network(void **state)
{
    (void)state;
    assert_int_equal(carrier_parse(STR("xverizon")), CARRIER_UNKNOWN);
    assert_int_equal(carrier_parse(STR("verizonx")), CARRIER_UNKNOWN);
    assert_int_equal(carrier_parse(STR("o2")), CARRIER_FOREIGN);
    assert_int_equal(carrier_parse(STR("o2 foo")), CARRIER_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_big_networks_by_all_their_names),
        cmocka_unit_test(regional_and_voip_networks_are_other),
        cmocka_unit_test(resellers_of_several_networks_are_unknown_because_that_is_safe),
        cmocka_unit_test(what_is_not_known_is_not_guessed),
        cmocka_unit_test(a_name_longer_than_any_network_has_is_unknown),
        cmocka_unit_test(names_abroad_are_not_taken_for_american_ones),
        cmocka_unit_test(the_country_decides_outside_the_united_states),
        cmocka_unit_test(slugs_and_names_read_back),
        cmocka_unit_test(a_name_within_another_word_is_not_the_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

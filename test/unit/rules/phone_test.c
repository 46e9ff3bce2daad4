/* phone: every area code in service, the ways people write numbers, reasons for refusal, abroad. */
#include "rules/phone.h"

#include "rules/nanp.h"
#include "rules/zone_names.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct phone parsed(const char *text, const char *region)
{
    struct phone p;
    struct fault fault = {0};
    if (phone_parse(str_from(text), region, &p, &fault) != ERR_OK) fail_msg("%s: %s", text, fault.what);
    return p;
}

/* Refused, for a reason that holds `why` and does not hold the number. */
static void refused(const char *text, const char *region, const char *why)
{
    struct phone p = {.digits = 42};
    struct fault fault = {0};
    unsigned run = 0;
    if (phone_parse(str_from(text), region, &p, &fault) != ERR_INVALID) fail_msg("accepted: %s", text);
    assert_int_equal(p.digits, 42);
    if (strstr(fault.what, why) == NULL) fail_msg("%s: %s", text, fault.what);
    for (const char *c = fault.what; *c != '\0'; c++) {
        run = *c >= '0' && *c <= '9' ? run + 1 : 0;
        assert_true(run < 7);
    }
}

/* Columns of data/nanp-area-codes.tsv. */
enum { CODE, COUNTRY, REGION, ZONES, NOWHERE, KIND, STATUS, NOTES, COLUMNS };

static void check_area(const struct str *row)
{
    char text[16], first[64];
    struct str zone;
    (void)snprintf(text, sizeof(text), STR_FMT "5550123", STR_ARG(row[CODE]));
    struct phone p = parsed(text, "US");
    (void)str_cut(row[ZONES], ',', &zone);
    assert_int_equal(str_copy(zone, first, sizeof(first)), ERR_OK);
    assert_true(str_equal(row[COUNTRY], str_from(p.country)));
    assert_true(row[REGION].len > 2 || str_equal(row[REGION], str_from(p.region)));
    assert_int_equal(p.type, PHONE_FIXED_OR_MOBILE);
    assert_string_equal(p.zones[0], first);
    assert_int_equal(p.digits / 10000000, 1000 + p.area_code);
}

static void every_geographic_area_code_in_service_is_accepted(void **state)
{
    (void)state;
    FILE *table = fopen(DATA "/nanp-area-codes.tsv", "r");
    assert_non_null(table);
    char line[512];
    unsigned geographic = 0, others = 0;
    while (fgets(line, sizeof(line), table) != NULL) {
        struct str row[COLUMNS], rest = str_from(line);
        for (size_t i = 0; i < COLUMNS; i++)
            rest = str_cut(rest, '\t', &row[i]);
        if (!str_equal(row[STATUS], STR("in_service"))) continue;
        if (str_equal(row[KIND], STR("geographic"))) {
            check_area(row);
            geographic++;
        } else {
            others++;
        }
    }
    (void)fclose(table);
    assert_int_equal(geographic, 454);
    assert_int_equal(others, 31);
}

static void every_area_code_names_zones_that_exist(void **state)
{
    (void)state;
    for (size_t i = 0; i < nanp_area_count; i++) {
        assert_ptr_equal(nanp_find(nanp_areas[i].code), &nanp_areas[i]);
        for (const char *const *z = nanp_areas[i].zones; *z != NULL; z++)
            assert_int_not_equal(zone_names_id(str_from(*z)), 0);
        assert_true((nanp_areas[i].zones[0] != NULL) == (nanp_areas[i].kind == NANP_GEOGRAPHIC));
    }
}

static void a_us_number_is_read_however_it_is_written(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "4155552671", "14155552671", "+14155552671", "(415) 555-2671", "415.555.2671 ", "1-415-555-2671",
        "+1 (415) 555-2671", " 415 555 2671\r\n", "tel:+1-415-555-2671", "TEL:4155552671", "sms:+14155552671",
        "'4155552671", "4155552671.0", "+14155552671.0", "415/555/2671", "011 1 415 555 2671",
        "0014155552671", "(+1) 415 555 2671",
        /* non-breaking space, en dash, minus sign, full-width digits and plus, Arabic digits */
        "415\302\240555\302\2402671", "415\342\200\223555\342\210\2222671",
        "\xEF\xBC\x8B\xEF\xBC\x91 415 555 267\xEF\xBC\x91", "\xD9\xA4\xD9\xA1\xD9\xA5 555 2671",
        /* the marks that a phone's address book leaves */
        "\xE2\x80\xAA+1 (415) 555-2671\xE2\x80\xAC", "\357\273\2774155552671"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct phone p = parsed(forms[i], "US");
        if (p.digits != 14155552671) fail_msg("%s", forms[i]);
        assert_string_equal(p.country, "US");
        assert_string_equal(p.region, "CA");
        assert_string_equal(p.zones[0], "America/Los_Angeles");
        assert_null(p.zones[1]);
    }
}

static void a_plus_one_number_is_the_same_from_every_region(void **state)
{
    (void)state;
    static const char *const regions[] = {"US", "CA", "JM", "GB", "DE", "IN", "", "ZZ"};
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++)
        assert_int_equal(parsed("+1 415 555 2671", regions[i]).digits, 14155552671);
    assert_int_equal(parsed("00 1 415 555 2671", "GB").digits, 14155552671);
    for (int i = 0; i < 2; i++) {
        struct phone barbados = parsed(i == 0 ? "+00 1 246 270 3320" : "+1 246 270 3320", "IT");
        assert_true(barbados.digits == 12462703320 && barbados.type == PHONE_FIXED_OR_MOBILE);
    }
    assert_int_equal(parsed("4155552671", "CA").digits, 14155552671);
}

static void what_cannot_be_a_us_number_is_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "empty"},
        {"   ", "empty"},
        {"N/A", "letters"},
        {"-", "no digits"},
        {"555-2671", "area code is missing"},
        {"415555267", "9 digits"},
        {"41555526711", "11 digits"},
        {"24155552671", "11 digits"},
        {"+1415555267", "9 digits after +1"},
        {"+141555526711", "11 digits after +1"},
        {"55512", "short code"},
        {"555 123", "short code"},
        {"(555) 234-5678", "area code 555 is not in use"},
        {"(115) 555-2671", "area code 115 cannot be"},
        {"0155552671", "area code 015 cannot be"},
        {"(415) 155-2671", "155 cannot follow"},
        {"(415) 055-2671", "055 cannot follow"},
        {"(415) 911-2671", "911 cannot follow"},
        {"(415) 411-2671", "411 cannot follow"},
        {"911-555-2671", "area code 911 is not in use"},
        {"273-555-2671", "not in service yet"},
        {"761-555-2671", "not in service yet"},
        {"415-555-2671 x12", "extension"},
        {"415-555-2671 ext. 12", "extension"},
        {"(415) 555-2671 Extension 3", "extension"},
        {"415-555-2671#9", "extension"},
        {"tel:+14155552671;ext=12", "extension"},
        {"1-800-FLOWERS", "letters"},
        {"415-555-2671 home", "letters"},
        {"1.415555E+10", "spreadsheet"},
        {"1,4155E+10", "spreadsheet"},
        {"+1 415 555 2671 / +1 415 555 2672", "plus sign in the middle"},
        {"415-555-2671, 415-555-2672", "','"},
        {"415-555-2671 415-555-2672", "20 digits"},
        {"415-555-2671 415-555-2672 415-555-2673", "30 digits"},
        {"415_555_2671", "no part of a number"},
        {"415\xFF"
         "5552671",
         "UTF-8 at byte 3"},
        {"\xE2\x98\x8E 415 555 2671", "no part of a number"},
        {"\xE2(\x8E 415 555 2671", "UTF-8 at byte 0"},
        {"++14155552671", "plus sign"},
        {"415555+2671", "plus sign"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        refused(cases[i].text, "US", cases[i].why);
}

static void numbers_without_a_place_are_known_by_kind(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum phone_type type;
    } cases[] = {{"800-555-0199", PHONE_TOLL_FREE}, {"8885550199", PHONE_TOLL_FREE},
                 {"+18334110199", PHONE_TOLL_FREE}, {"900-555-0199", PHONE_PREMIUM},
                 {"+15005550006", PHONE_PERSONAL},  {"710-555-0199", PHONE_SPECIAL},
                 {"600-555-0199", PHONE_PERSONAL}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct phone p = parsed(cases[i].text, "US");
        assert_int_equal(p.type, cases[i].type);
        assert_null(p.zones[0]);
        assert_string_equal(p.region, "");
    }
    assert_string_equal(parsed("600-555-0199", "US").country, "CA");
    refused("822-555-0199", "US", "not in service yet");
}

static void a_number_on_a_border_lists_every_zone(void **state)
{
    (void)state;
    struct phone p = parsed("850-555-0123", "US");
    assert_string_equal(p.region, "FL");
    assert_string_equal(p.zones[0], "America/Chicago");
    assert_string_equal(p.zones[1], "America/New_York");
    assert_null(p.zones[2]);
    p = parsed("867-555-0123", "CA");
    assert_string_equal(p.country, "CA");
    assert_string_equal(p.region, "");
    assert_non_null(p.zones[3]);
}

static void territories_are_us_by_law_and_their_own_by_price(void **state)
{
    (void)state;
    struct phone p = parsed("787-555-0123", "US");
    assert_string_equal(p.country, "US");
    assert_string_equal(p.region, "PR");
    assert_string_equal(phone_price_country(&p), "PR");
    p = parsed("415-555-0123", "US");
    assert_string_equal(phone_price_country(&p), "US");
    p = parsed("876-555-0123", "US");
    assert_string_equal(phone_price_country(&p), "JM");
}

static void foreign_numbers_are_read_from_anywhere(void **state)
{
    (void)state;
    static const struct {
        const char *text, *region;
        uint64_t digits;
        const char *country, *zone;
        enum phone_type type;
    } cases[] = {
        {"+44 7400 123456", "US", 447400123456, "GB", "Europe/London", PHONE_MOBILE},
        {"07400 123456", "GB", 447400123456, "GB", "Europe/London", PHONE_MOBILE},
        {"+44 (0)20 7946 0958", "US", 442079460958, "GB", "Europe/London", PHONE_FIXED},
        {"011 44 20 7946 0958", "US", 442079460958, "GB", "Europe/London", PHONE_FIXED},
        {"00 44 20 7946 0958", "DE", 442079460958, "GB", "Europe/London", PHONE_FIXED},
        {"0151 12345678", "DE", 4915112345678, "DE", "Europe/Berlin", PHONE_MOBILE},
        {"+39 02 1234 5678", "US", 390212345678, "IT", "Europe/Rome", PHONE_FIXED},
        {"+33 6 12 34 56 78", "US", 33612345678, "FR", "Europe/Paris", PHONE_MOBILE},
        {"+91 98765 43210", "US", 919876543210, "IN", "Asia/Kolkata", PHONE_MOBILE},
        {"+81 90-1234-5678", "US", 819012345678, "JP", "Asia/Tokyo", PHONE_MOBILE},
        {"+7 701 234 5678", "US", 77012345678, "KZ", "Asia/Almaty", PHONE_MOBILE},
        {"+7 916 123 4567", "US", 79161234567, "RU", "Europe/Kaliningrad", PHONE_MOBILE},
        {"+61 412 345 678", "US", 61412345678, "AU", "Australia/Lord_Howe", PHONE_MOBILE},
        {"+52 55 1234 5678", "US", 525512345678, "MX", "America/Mexico_City", PHONE_FIXED_OR_MOBILE},
        {"+800 1234 5678", "US", 80012345678, "", NULL, PHONE_TOLL_FREE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct phone p = parsed(cases[i].text, cases[i].region);
        assert_int_equal(p.digits, cases[i].digits);
        assert_string_equal(p.country, cases[i].country);
        assert_int_equal(p.type, cases[i].type);
        assert_int_equal(p.area_code, 0);
        if (cases[i].zone == NULL)
            assert_null(p.zones[0]);
        else
            assert_string_equal(p.zones[0], cases[i].zone);
    }
}

static void what_cannot_be_a_foreign_number_is_refused_with_a_reason(void **state)
{
    (void)state;
    refused("+999 123 456 789", "US", "country code");
    refused("+44 79", "US", "too few digits");
    refused("168 8", "DE", "too few digits"); /* a range of its plan, but as short as a short code */
    refused("+44 7400 123456 789", "US", "too many digits");
    refused("+44 1111 111 111", "US", "no range of numbers");
    refused("07400 123456", "ZZ", "country code");
    refused("+0 415 555 2671", "US", "country code");
}

static void digits_that_were_kept_give_the_same_facts(void **state)
{
    (void)state;
    static const char *const texts[] = {"+14155552671",  "+18005550199",  "+17875550123",
                                        "+447400123456", "+390212345678", "+80012345678"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct phone p = parsed(texts[i], "US"), again;
        char text[PHONE_TEXT_BYTES];
        memset(&again, 0, sizeof(again));
        assert_int_equal(phone_from_digits(p.digits, &again), ERR_OK);
        assert_int_equal(again.digits, p.digits);
        assert_string_equal(again.country, p.country);
        assert_string_equal(again.region, p.region);
        assert_int_equal(again.type, p.type);
        assert_ptr_equal(again.zones, p.zones);
        phone_format_e164(p.digits, text);
        assert_string_equal(text, texts[i]);
    }
}

static void only_plus_and_at_most_fifteen_digits_are_e164(void **state)
{
    static const char *const bad[] = {"", "+", "14155552671", "+04155552671", "+0", "+1415555267x", "+1 4155552671",
                                      "+1000000000000000", "+99999999999999999999999"};
    uint64_t digits = 1;

    (void)state;
    assert_int_equal(phone_read_e164(STR("+999999999999999"), &digits), ERR_OK);
    assert_int_equal(digits, 999999999999999);
    assert_int_equal(phone_read_e164(STR("+7"), &digits), ERR_OK);
    assert_int_equal(digits, 7);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        digits = 1;
        assert_int_equal(phone_read_e164(str_from(bad[i]), &digits), ERR_INVALID);
        assert_int_equal(digits, 0);
    }
}

static void digits_that_are_no_number_are_refused(void **state)
{
    (void)state;
    static const uint64_t bad[] = {
        0, 1, 55512, 4155552671, 15555552671, 11155552671, 999999999999, 1000000000000000, UINT64_MAX};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct phone p;
        if (bad[i] == 4155552671) continue; /* without +1 it is a Swiss number */
        assert_int_equal(phone_from_digits(bad[i], &p), ERR_INVALID);
    }
}

static void only_a_sender_may_be_a_short_code(void **state)
{
    (void)state;
    struct phone p;
    assert_int_equal(phone_parse_sender(STR("55512"), "US", &p, NULL), ERR_OK);
    assert_int_equal(p.type, PHONE_SHORT_CODE);
    assert_int_equal(p.digits, 55512);
    assert_int_equal(phone_parse_sender(STR("555-123"), "CA", &p, NULL), ERR_OK);
    assert_string_equal(p.country, "CA");
    assert_int_equal(phone_parse_sender(STR("+55512"), "US", &p, NULL), ERR_INVALID);
    assert_int_equal(phone_parse_sender(STR("15512"), "US", &p, NULL), ERR_INVALID);
    assert_int_equal(phone_parse_sender(STR("(415) 555-2671"), "US", &p, NULL), ERR_OK);
    assert_int_equal(p.digits, 14155552671);
}

static void every_type_has_a_name(void **state)
{
    (void)state;
    for (enum phone_type t = PHONE_UNKNOWN; t <= PHONE_SHORT_CODE; t++)
        assert_true(strlen(phone_type_name(t)) > 2);
    assert_string_equal(phone_type_name(PHONE_FIXED_OR_MOBILE), "fixed_or_mobile");
}

static void *parse_many(void *unused)
{
    for (int i = 0; i < 50; i++) {
        struct phone p;
        if (phone_parse(STR("+44 7400 123456"), "US", &p, NULL) != ERR_OK || p.digits != 447400123456)
            return unused;
        if (phone_parse(STR("0151 12345678"), "DE", &p, NULL) != ERR_OK || p.digits != 4915112345678)
            return unused;
    }
    return NULL;
}

static void threads_may_parse_foreign_numbers_at_once(void **state)
{
    (void)state;
    pthread_t threads[4];
    int mark;
    void *failed = NULL;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, parse_many, &mark), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
}

static void zone_names_know_aliases_and_countries(void **state)
{
    (void)state;
    unsigned eastern = zone_names_id(STR("US/Eastern"));
    assert_string_equal(zone_names_of_id(eastern), "America/New_York");
    assert_int_equal(eastern, zone_names_id(STR("America/New_York")));
    assert_int_equal(zone_names_id(STR("America/Nowhere")), 0);
    assert_int_equal(zone_names_id(STR("Etc/UTC")), 0);
    assert_null(zone_names_of_id(0));
    assert_null(zone_names_of_id(ZONE_ID_MAX + 1));
    assert_string_equal(zone_names_of_country("GB")[0], "Europe/London");
    assert_null(zone_names_of_country("ZZ")[0]);
    assert_null(zone_names_of_country("")[0]);
}

/* They are in the keys of stored buckets. */
static void the_numbers_of_zones_never_change(void **state)
{
    (void)state;
    assert_int_equal(zone_names_id(STR("America/New_York")), 373);
    assert_int_equal(zone_names_id(STR("Europe/Andorra")), 1);
    assert_int_equal(zone_names_id(STR("Africa/Harare")), 418);
}

static void every_kind_of_foreign_number_has_its_type(void **state)
{
    static const struct {
        const char *text;
        enum phone_type type;
    } cases[] = {
        {"+44 800 123 4567", PHONE_TOLL_FREE},  {"+44 909 879 0000", PHONE_PREMIUM},
        {"+44 70 1234 5678", PHONE_PERSONAL},   {"+44 56 1234 5678", PHONE_VOIP},
        {"+44 7640 123456", PHONE_PAGER},       {"+49 1803 123456", PHONE_SPECIAL},
        {"+44 55 1234 5678", PHONE_SPECIAL},    {"+372 12345", PHONE_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct phone p;
        struct fault fault = {0};
        enum err e = phone_parse(str_from(cases[i].text), "US", &p, &fault);
        if (cases[i].type == PHONE_UNKNOWN) assert_int_equal(e, ERR_INVALID);
        else if (e != ERR_OK) fail_msg("%s: %s", cases[i].text, fault.what);
        else if (p.type != cases[i].type) fail_msg("%s is %s", cases[i].text, phone_type_name(p.type));
    }
}

static void a_foreign_number_longer_than_e164_is_refused(void **state)
{
    (void)state;
    refused("+49 30 1234567890123", "US", "too many digits");
    refused("011 447", "US", "short code");
    refused("+44", "US", "is not a phone number");
}

static void odd_characters_are_read_or_refused_one_by_one(void **state)
{
    (void)state;
    assert_int_equal(parsed("415\t555\v2671", "US").digits, 14155552671);
    assert_int_equal(parsed("415/555/2671", "US").digits, 14155552671);
    assert_int_equal(parsed("4155552671.0", "US").digits, 14155552671);
    assert_int_equal(parsed("+14155552671.0", "US").digits, 14155552671);
    refused("415-555-2671; 415-555-2672", "US", "extension");
    refused("415; 555", "US", "';'");
    refused("415-555-2671 & 2672", "US", "'&'");
    refused("415-555-2671 | 2672", "US", "'|'");
    refused("415-555-2671 X12", "US", "extension");
    refused("415-555-2671 x", "US", "letters");
    refused("415-555-2671 xa", "US", "letters");
    refused("415-555-2671 [home]", "US", "no part of a number");
    refused("415-555-2671 {1}", "US", "no part of a number");
    refused("415-555-2671 @home", "US", "no part of a number");
    refused("415-555-2671 `", "US", "no part of a number");
    refused("1.4155E-10", "US", "letters");
    refused("1.4155e+10", "US", "spreadsheet");
    refused("1.4155E+x", "US", "letters");
    refused("1.4155E+", "US", "letters");
    refused("1E", "US", "letters");
    refused("4155552671.5", "US", "11 digits");
    refused("415555267x.0", "US", "extension");
    refused("\x01" "4155552671", "US", "no part of a number");
    refused("4155552671\x0e", "US", "no part of a number");
}

static void five_digits_are_a_short_code_only_where_such_codes_are_sold(void **state)
{
    struct phone p;
    (void)state;
    assert_int_equal(phone_parse_sender(STR("12345"), "US", &p, NULL), ERR_INVALID);
    assert_int_equal(phone_parse_sender(STR("22345"), "GB", &p, NULL), ERR_INVALID);
    assert_int_equal(phone_parse_sender(STR("223456"), "CA", &p, NULL), ERR_OK);
    assert_int_equal(phone_parse_sender(STR("2234567"), "CA", &p, NULL), ERR_INVALID);
    assert_int_equal(phone_parse_sender(STR("+22345"), "US", &p, NULL), ERR_INVALID);
    assert_int_equal(phone_parse_sender(STR("22x45"), "US", &p, NULL), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_may_parse_foreign_numbers_at_once),
        cmocka_unit_test(every_geographic_area_code_in_service_is_accepted),
        cmocka_unit_test(every_area_code_names_zones_that_exist),
        cmocka_unit_test(a_us_number_is_read_however_it_is_written),
        cmocka_unit_test(a_plus_one_number_is_the_same_from_every_region),
        cmocka_unit_test(what_cannot_be_a_us_number_is_refused_with_a_reason),
        cmocka_unit_test(numbers_without_a_place_are_known_by_kind),
        cmocka_unit_test(a_number_on_a_border_lists_every_zone),
        cmocka_unit_test(territories_are_us_by_law_and_their_own_by_price),
        cmocka_unit_test(foreign_numbers_are_read_from_anywhere),
        cmocka_unit_test(what_cannot_be_a_foreign_number_is_refused_with_a_reason),
        cmocka_unit_test(digits_that_were_kept_give_the_same_facts),
        cmocka_unit_test(only_plus_and_at_most_fifteen_digits_are_e164),
        cmocka_unit_test(digits_that_are_no_number_are_refused),
        cmocka_unit_test(only_a_sender_may_be_a_short_code),
        cmocka_unit_test(every_type_has_a_name),
        cmocka_unit_test(zone_names_know_aliases_and_countries),
        cmocka_unit_test(the_numbers_of_zones_never_change),
        cmocka_unit_test(every_kind_of_foreign_number_has_its_type),
        cmocka_unit_test(a_foreign_number_longer_than_e164_is_refused),
        cmocka_unit_test(odd_characters_are_read_or_refused_one_by_one),
        cmocka_unit_test(five_digits_are_a_short_code_only_where_such_codes_are_sold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

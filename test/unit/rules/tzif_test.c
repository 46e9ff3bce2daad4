/* tzif: a slim file made by hand, rules of every form, and files that lie. */
#include "rules/tzif.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static size_t put(char *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (char)(value >> (8 * (bytes - 1 - i)));
    return bytes;
}

static size_t put_header(char *at, uint32_t times, uint32_t types)
{
    memset(at, 0, 44);
    memcpy(at, "TZif2", 5);
    put(at + 32, times, 4);
    put(at + 36, types, 4);
    put(at + 40, 4, 4);
    return 44;
}

/* Version 2 with an empty first block, `times` changes a day apart between two types, and a footer. */
static size_t make_file(char *at, uint32_t times, const char *footer)
{
    size_t n = put_header(at, 0, 1);
    n += put(at + n, 0, 6);
    n += put(at + n, 0, 4);
    n += put_header(at + n, times, 2);
    for (uint32_t i = 0; i < times; i++)
        n += put(at + n, 1000000000ULL + i * 86400ULL, 8);
    for (uint32_t i = 0; i < times; i++)
        at[n++] = (char)((i + 1) % 2);
    n += put(at + n, (uint32_t)-18000, 4);
    n += put(at + n, 0, 2);
    n += put(at + n, (uint32_t)-14400, 4);
    n += put(at + n, 0x0100, 2);
    memcpy(at + n, "EST", 4);
    n += 4;
    at[n++] = '\n';
    memcpy(at + n, footer, strlen(footer));
    n += strlen(footer);
    at[n++] = '\n';
    return n;
}

static void after_the_last_change_the_footer_rules(void **state)
{
    (void)state;
    char bytes[4096];
    struct tzif t;
    size_t n = make_file(bytes, 3, "EST5EDT,M3.2.0,M11.1.0");
    assert_int_equal(tzif_parse((struct str){bytes, n}, &t), ERR_OK);
    assert_int_equal(tzif_offset_s(&t, 999999999), -18000);
    assert_int_equal(tzif_offset_s(&t, 1000000000), -14400);
    assert_int_equal(tzif_offset_s(&t, 1000086400), -18000);
    /* 2026-03-08 02:00 EST and 2099-11-01 02:00 EDT. */
    assert_int_equal(tzif_offset_s(&t, 1772953199), -18000);
    assert_int_equal(tzif_offset_s(&t, 1772953200), -14400);
    assert_int_equal(tzif_offset_s(&t, 4097196000 - 1), -14400);
    assert_int_equal(tzif_offset_s(&t, 4097196000), -18000);
    tzif_free(&t);
}

static void rules_of_every_form_are_read(void **state)
{
    (void)state;
    struct tzif_rule r;
    assert_int_equal(tzif_parse_rule(STR("<+0330>-3:30"), &r), ERR_OK);
    assert_int_equal(r.standard_s, 12600);
    assert_false(r.has_dst);
    assert_int_equal(tzif_parse_rule(STR("<-02>2<-01>,M3.5.0/-1,M10.5.0/0"), &r), ERR_OK);
    assert_int_equal(r.start.second, -3600);
    assert_int_equal(r.end.second, 0);
    assert_int_equal(tzif_parse_rule(STR("IST-1GMT0,M10.5.0,M3.5.0/1"), &r), ERR_OK);
    assert_int_equal(r.dst_s, 0);
    assert_int_equal(tzif_parse_rule(STR("AAA3BBB,J60,300/167:59:59"), &r), ERR_OK);
    assert_int_equal(r.start.kind, TZIF_DAY_WITHOUT_LEAP);
    assert_int_equal(r.end.day, 300);
    assert_int_equal(tzif_parse_rule(STR(""), &r), ERR_OK);
    assert_false(r.present);
}

static void rules_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"E5",
                                      "EST",
                                      "EST5EDT",
                                      "EST5EDT,M3.2.0",
                                      "EST25",
                                      "EST5EDT,M13.1.0,M1.1.0",
                                      "EST5EDT,M3.6.0,M11.1.0",
                                      "<EST5",
                                      "EST5EDT,J0,J1",
                                      "EST5EDT,366,1",
                                      "EST5EDT,M3.2.0,M11.1.0x",
                                      "EST5EDT,M3.2.0/168,M11.1.0"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct tzif_rule r;
        if (tzif_parse_rule(str_from(bad[i]), &r) == ERR_OK) fail_msg("accepted %s", bad[i]);
    }
}

static void a_julian_day_does_not_count_the_leap_day(void **state)
{
    (void)state;
    char bytes[4096];
    struct tzif t;
    size_t n = make_file(bytes, 1, "AAA0BBB,J60/0,59/0");
    assert_int_equal(tzif_parse((struct str){bytes, n}, &t), ERR_OK);
    /* J60 is 1 March in every year; day 59 is 29 February in a leap year: daylight all but that day. */
    int64_t day = tzif_days_of_date(2028, 2, 29) * 86400;
    assert_int_equal(tzif_offset_s(&t, day - 3601), 3600);
    assert_int_equal(tzif_offset_s(&t, day + 1), 0);
    assert_int_equal(tzif_offset_s(&t, day + 86400), 3600);
    tzif_free(&t);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    char bytes[4096];
    struct tzif t;
    size_t n = make_file(bytes, 3, "EST5EDT,M3.2.0,M11.1.0");
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(tzif_parse((struct str){bytes, cut}, &t), ERR_INVALID);
}

static void a_file_that_contradicts_itself_is_refused(void **state)
{
    (void)state;
    char bytes[4096];
    struct tzif t;
    size_t n = make_file(bytes, 3, "EST5"), second = 44 + 10, times = second + 44;
    put(bytes + times + 8, 5, 8); /* out of order */
    assert_int_equal(tzif_parse((struct str){bytes, n}, &t), ERR_INVALID);
    n = make_file(bytes, 3, "EST5");
    bytes[times + 24] = 2; /* no such type */
    assert_int_equal(tzif_parse((struct str){bytes, n}, &t), ERR_INVALID);
    n = make_file(bytes, 3, "EST5");
    put(bytes + second + 28, 1, 4); /* leap seconds */
    assert_int_equal(tzif_parse((struct str){bytes, n}, &t), ERR_INVALID);
    n = make_file(bytes, 3, "EST5");
    put(bytes + second + 36, 0, 4); /* no types */
    assert_int_equal(tzif_parse((struct str){bytes, n}, &t), ERR_INVALID);
}

static void dates_and_days_are_each_others_reverse(void **state)
{
    (void)state;
    int32_t year, month, day;
    assert_int_equal(tzif_days_of_date(1970, 1, 1), 0);
    assert_int_equal(tzif_days_of_date(2000, 2, 29), 11016);
    assert_int_equal(tzif_days_of_date(2026, 13, 1), tzif_days_of_date(2027, 1, 1));
    assert_int_equal(tzif_days_of_date(2026, 12, 32), tzif_days_of_date(2027, 1, 1));
    assert_int_equal(tzif_days_of_date(2026, 0, 31), tzif_days_of_date(2025, 12, 31));
    for (int64_t days = -800000; days < 800000; days += 13) {
        tzif_date_of_days(days, &year, &month, &day);
        assert_int_equal(tzif_days_of_date(year, month, day), days);
        assert_in_range(month, 1, 12);
        assert_in_range(day, 1, 31);
    }
}

static void letters_of_zone_abbreviations_end_where_letters_end(void **state)
{
    struct tzif_rule rule;
    (void)state;
    assert_int_equal(tzif_parse_rule(STR("abz5"), &rule), ERR_OK);
    assert_int_equal(rule.standard_s, -18000);
    assert_int_equal(tzif_parse_rule(STR("AZz5"), &rule), ERR_OK);
    assert_int_equal(tzif_parse_rule(STR("AB@5"), &rule), ERR_INVALID);
    assert_int_equal(tzif_parse_rule(STR("AB[5"), &rule), ERR_INVALID);
    assert_int_equal(tzif_parse_rule(STR("ab`5"), &rule), ERR_INVALID);
    assert_int_equal(tzif_parse_rule(STR("ab{5"), &rule), ERR_INVALID);
    assert_int_equal(tzif_parse_rule(STR("AB5"), &rule), ERR_INVALID);
}

/* Version 1: one block with times of four bytes, no footer. */
static size_t make_old_file(char *at, int32_t second_offset)
{
    size_t n = put_header(at, 2, 2);
    at[4] = 0;
    n += put(at + n, (uint32_t)-100, 4);
    n += put(at + n, 1000, 4);
    at[n++] = 1;
    at[n++] = 0;
    n += put(at + n, 3600, 4);
    n += put(at + n, 0, 2);
    n += put(at + n, (uint32_t)second_offset, 4);
    n += put(at + n, 0, 2);
    n += put(at + n, 0, 4);
    return n;
}

static void a_file_of_the_first_version_has_no_rule_behind_its_changes(void **state)
{
    char bytes[256];
    struct tzif t;
    (void)state;
    assert_int_equal(tzif_parse((struct str){bytes, make_old_file(bytes, 7200)}, &t), ERR_OK);
    assert_int_equal(tzif_offset_s(&t, -101), 3600);
    assert_int_equal(tzif_offset_s(&t, -100), 7200);
    assert_int_equal(tzif_offset_s(&t, 1000), 3600);
    assert_int_equal(tzif_offset_s(&t, INT64_C(1) << 40), 3600);
    tzif_free(&t);
}

static void offsets_and_counts_out_of_bounds_are_refused(void **state)
{
    static const struct {
        int at;
        uint32_t value;
    } lies[] = {{20, 9}, {24, 9}, {28, 1 << 30}, {28, 1}, {32, 1 << 30}, {36, 257}, {36, 0}, {40, 1 << 30}};
    char bytes[256];
    struct tzif t;
    (void)state;
    assert_int_equal(tzif_parse((struct str){bytes, make_old_file(bytes, 26 * 3600 + 1)}, &t), ERR_INVALID);
    assert_int_equal(tzif_parse((struct str){bytes, make_old_file(bytes, -25 * 3600 - 1)}, &t), ERR_INVALID);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        size_t n = make_old_file(bytes, 7200);
        put(bytes + lies[i].at, lies[i].value, 4);
        if (tzif_parse((struct str){bytes, n}, &t) != ERR_INVALID) fail_msg("lie %zu", i);
    }
    assert_int_equal(tzif_parse((struct str){bytes, TZIF_BYTES_MAX + 1}, &t), ERR_INVALID);
}

static void a_julian_day_before_march_is_the_same_in_a_leap_year(void **state)
{
    struct tzif t = {.count = 0};
    (void)state;
    assert_int_equal(tzif_parse_rule(STR("STD0DST,J32/0,J59/0"), &t.rule), ERR_OK);
    /* 2024 is a leap year, 2023 is none: 1 February at midnight in both. */
    assert_int_equal(tzif_offset_s(&t, tzif_days_of_date(2024, 2, 1) * 86400 - 1), 0);
    assert_int_equal(tzif_offset_s(&t, tzif_days_of_date(2024, 2, 1) * 86400), 3600);
    assert_int_equal(tzif_offset_s(&t, tzif_days_of_date(2023, 2, 1) * 86400), 3600);
    assert_int_equal(tzif_parse_rule(STR("STD0DST,J60/0,J91/0"), &t.rule), ERR_OK);
    assert_int_equal(tzif_offset_s(&t, tzif_days_of_date(2024, 3, 1) * 86400), 3600);
    assert_int_equal(tzif_offset_s(&t, tzif_days_of_date(2024, 3, 1) * 86400 - 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_the_last_change_the_footer_rules),
        cmocka_unit_test(rules_of_every_form_are_read),
        cmocka_unit_test(rules_that_are_none_are_refused),
        cmocka_unit_test(a_julian_day_does_not_count_the_leap_day),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(a_file_that_contradicts_itself_is_refused),
        cmocka_unit_test(dates_and_days_are_each_others_reverse),
        cmocka_unit_test(letters_of_zone_abbreviations_end_where_letters_end),
        cmocka_unit_test(a_file_of_the_first_version_has_no_rule_behind_its_changes),
        cmocka_unit_test(offsets_and_counts_out_of_bounds_are_refused),
        cmocka_unit_test(a_julian_day_before_march_is_the_same_in_a_leap_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

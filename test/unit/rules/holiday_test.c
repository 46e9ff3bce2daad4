/* holiday: known dates of known years, by every kind of rule, on their day and as they are observed. */
#include "rules/holiday.h"

#include "rules/quiet_tables.h"
#include "rules/tzif.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Of a state ("UT"), or of a country ("+FR"). */
static uint32_t sets_of(const char *place)
{
    bool country = place[0] == '+';
    const struct quiet_rule *rules = country ? quiet_countries : quiet_states;
    size_t i = 0, count = country ? quiet_country_count : quiet_state_count;
    while (i < count && strcmp(rules[i].place, place + country) != 0)
        i++;
    assert_true(i < count);
    return rules[i].holidays;
}

static const char *on(const char *place, int year, int month, int day)
{
    const struct holiday *h = holiday_on(sets_of(place), tzif_days_of_date(year, month, day));
    return h == NULL ? "" : h->name;
}

static void federal_holidays_fall_where_the_calendar_says(void **state)
{
    (void)state;
    assert_string_equal(on("UT", 2026, 1, 1), "New Year's Day");
    assert_string_equal(on("UT", 2026, 1, 19), "Birthday of Martin Luther King, Jr.");
    assert_string_equal(on("UT", 2027, 2, 15), "Washington's Birthday");
    assert_string_equal(on("UT", 2026, 5, 25), "Memorial Day");
    assert_string_equal(on("UT", 2026, 9, 7), "Labor Day");
    assert_string_equal(on("UT", 2028, 10, 9), "Columbus Day");
    assert_string_equal(on("UT", 2026, 11, 26), "Thanksgiving Day");
    assert_string_equal(on("UT", 2026, 11, 25), "");
    assert_string_equal(on("UT", 2020, 6, 19), ""); /* Juneteenth came in 2021 */
    assert_string_equal(on("UT", 2021, 6, 19), "Juneteenth");
}

static void a_holiday_on_a_weekend_counts_on_both_days(void **state)
{
    (void)state;
    assert_string_equal(on("UT", 2026, 7, 4), "Independence Day"); /* a Saturday */
    assert_string_equal(on("UT", 2026, 7, 3), "Independence Day");
    assert_string_equal(on("UT", 2026, 7, 6), "");
    assert_string_equal(on("UT", 2022, 12, 25), "Christmas Day"); /* a Sunday */
    assert_string_equal(on("UT", 2022, 12, 26), "Christmas Day");
    /* New Year of 2028 is a Saturday: observed in the year before. */
    assert_string_equal(on("UT", 2027, 12, 31), "New Year's Day");
}

static void easter_moves_and_its_days_with_it(void **state)
{
    (void)state;
    static const int days[][3] = {{2024, 3, 29}, {2025, 4, 18}, {2026, 4, 3},
                                  {2027, 3, 26}, {2038, 4, 23}, {2076, 4, 17}};
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
        assert_string_equal(on("LA", days[i][0], days[i][1], days[i][2]), "Good Friday");
    assert_string_equal(on("LA", 2026, 2, 17), "Mardi Gras");
    assert_string_equal(on("+FR", 2026, 5, 14), "Ascension");
    assert_string_equal(on("+CO", 2026, 6, 8), "Corpus Christi");
}

static void states_add_their_own(void **state)
{
    (void)state;
    assert_string_equal(on("AL", 2026, 4, 27), "Confederate Memorial Day");
    assert_string_equal(on("RI", 2026, 8, 10), "Victory Day");
    assert_string_equal(on("RI", 2026, 11, 3), "Election Day");
    assert_string_equal(on("RI", 2027, 11, 2), ""); /* every second year */
    assert_string_equal(on("PA", 2027, 11, 2), "Election Day");
    assert_string_equal(on("UT", 2026, 7, 24), "Pioneer Day");
    assert_string_equal(on("+CO", 2026, 1, 12), "Reyes Magos");
    assert_string_equal(on("CO", 2026, 1, 12), ""); /* Colombia's, not Colorado's */
    assert_string_equal(on("AZ", 2026, 12, 25), "");
    assert_null(holiday_on(0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(federal_holidays_fall_where_the_calendar_says),
        cmocka_unit_test(a_holiday_on_a_weekend_counts_on_both_days),
        cmocka_unit_test(easter_moves_and_its_days_with_it),
        cmocka_unit_test(states_add_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

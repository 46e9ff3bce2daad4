/* zone: against the C library's own reader for every zone, and the nights on which clocks change. */
#include "rules/zone.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct zone *zone(const char *name)
{
    const struct zone *z = NULL;
    assert_int_equal(zone_find(str_from(name), &z), ERR_OK);
    return z;
}

static int64_t at(const struct zone *z, int year, int month, int day, int hour, int minute,
                  enum zone_pick pick)
{
    return zone_utc_ms(z, year, month, day, hour * 60 + minute, pick);
}

/* Instants all over 1970 … 2150, and around the changes of 2026. */
static int64_t sample(int i)
{
    if (i < 400) return 1767225600 + (int64_t)i * 86400 * 365 / 400 + i % 7 * 1800;
    return (int64_t)(i - 400) * 14200003;
}

static void compare_with_libc(const char *name)
{
    char setting[80];
    (void)snprintf(setting, sizeof(setting), ":%s", name);
    assert_int_equal(setenv("TZ", setting, 1), 0);
    tzset();
    const struct zone *z = zone(name);
    for (int i = 0; i < 800; i++) {
        time_t instant = (time_t)sample(i);
        struct tm tm;
        struct zone_time got;
        assert_non_null(localtime_r(&instant, &tm));
        zone_local(z, instant * 1000 + 999, &got);
        bool same = got.year == tm.tm_year + 1900 && got.month == tm.tm_mon + 1 && got.day == tm.tm_mday &&
                    got.hour == tm.tm_hour && got.minute == tm.tm_min && got.second == tm.tm_sec &&
                    got.weekday == tm.tm_wday && got.offset_s == tm.tm_gmtoff;
        if (!same)
            fail_msg("%s at %lld: offset %d, not %ld", name, (long long)instant, got.offset_s, tm.tm_gmtoff);
    }
}

/* Every instant is one of the two that its own wall time means. */
static void check_way_back(const char *name)
{
    const struct zone *z = zone(name);
    for (int i = 0; i < 800; i++) {
        int64_t minute = sample(i) / 60 * 60000;
        struct zone_time t;
        zone_local(z, minute, &t);
        if (t.second != 0) continue; /* local mean time */
        int64_t earlier = at(z, t.year, t.month, t.day, t.hour, t.minute, ZONE_EARLIER);
        int64_t later = at(z, t.year, t.month, t.day, t.hour, t.minute, ZONE_LATER);
        if (minute != earlier && minute != later) fail_msg("%s at %lld", name, (long long)minute);
        assert_true(earlier <= later);
        int64_t midnight = zone_next_midnight_ms(z, minute);
        assert_true(midnight > minute && midnight <= minute + 26 * 3600000LL);
    }
}

static void every_zone_agrees_with_the_c_library(void **state)
{
    (void)state;
    FILE *table = fopen("/usr/share/zoneinfo/zone.tab", "r");
    if (table == NULL) skip();
    char line[256], name[64];
    int zones = 0;
    while (fgets(line, sizeof(line), table) != NULL) {
        if (line[0] == '#' || sscanf(line, "%*s %*s %63s", name) != 1) continue;
        compare_with_libc(name);
        check_way_back(name);
        zones++;
    }
    (void)fclose(table);
    assert_true(zones > 400);
}

static void a_skipped_wall_time_is_the_instant_of_the_jump(void **state)
{
    (void)state;
    const struct zone *z = zone("America/New_York");
    int64_t jump = at(z, 2026, 3, 8, 3, 0, ZONE_EARLIER);
    assert_int_equal(jump, 1772953200000);
    assert_int_equal(at(z, 2026, 3, 8, 2, 0, ZONE_EARLIER), jump);
    assert_int_equal(at(z, 2026, 3, 8, 2, 59, ZONE_LATER), jump);
    assert_int_equal(at(z, 2026, 3, 8, 1, 59, ZONE_LATER), jump - 60000);
}

static void a_doubled_wall_time_is_either_instant(void **state)
{
    (void)state;
    const struct zone *z = zone("America/New_York");
    int64_t earlier = at(z, 2026, 11, 1, 1, 30, ZONE_EARLIER), later = at(z, 2026, 11, 1, 1, 30, ZONE_LATER);
    assert_int_equal(earlier, 1793511000000);
    assert_int_equal(later - earlier, 3600000);
}

static void a_day_that_a_country_skipped_ends_where_it_would_have_begun(void **state)
{
    (void)state;
    const struct zone *z = zone("Pacific/Apia"); /* went from 29 to 31 December 2011 */
    int64_t thirtieth = at(z, 2011, 12, 30, 12, 0, ZONE_EARLIER);
    struct zone_time t;
    zone_local(z, thirtieth, &t);
    assert_int_equal(t.day, 31);
    assert_int_equal(t.hour, 0);
    zone_local(z, thirtieth - 1, &t);
    assert_int_equal(t.day, 29);
}

static void a_day_may_begin_after_midnight(void **state)
{
    (void)state;
    const struct zone *z = zone("Asia/Beirut"); /* clocks go from 0:00 to 1:00 */
    int64_t evening = at(z, 2026, 3, 28, 20, 0, ZONE_EARLIER);
    struct zone_time t;
    zone_local(z, zone_next_midnight_ms(z, evening), &t);
    assert_int_equal(t.day, 29);
    assert_int_equal(t.hour, 1);
}

static void the_pacific_day_ends_at_pacific_midnight(void **state)
{
    (void)state;
    const struct zone *z = zone("America/Los_Angeles");
    /* 2026-11-01 has 25 hours there; 06:30 UTC is still the 31st. */
    assert_int_equal(zone_next_midnight_ms(z, 1793514600000), 1793516400000);
    assert_int_equal(zone_next_midnight_ms(z, 1793516400000), 1793516400000 + 25 * 3600000LL);
}

static void the_changes_of_2026_are_known(void **state)
{
    (void)state;
    char version[ZONE_VERSION_BYTES] = "";
    if (zone_tzdata_version(version) != ERR_OK || zone_tzdata_is_old(version)) skip();
    struct zone_time t;
    int64_t winter = at(zone("UTC"), 2026, 12, 15, 12, 0, ZONE_EARLIER);
    zone_local(zone("America/Vancouver"), winter, &t);
    assert_int_equal(t.offset_s, -7 * 3600);
    zone_local(zone("America/Edmonton"), winter, &t);
    assert_int_equal(t.offset_s, -6 * 3600);
    zone_local(zone("America/Winnipeg"), winter, &t);
    assert_int_equal(t.offset_s, -5 * 3600);
}

static void a_name_that_is_no_zone_is_not_found(void **state)
{
    (void)state;
    static const char *const names[] = {"",
                                        "America/Nowhere",
                                        "America",
                                        "/etc/passwd",
                                        "../../../etc/passwd",
                                        "America/New_York\n",
                                        "zone.tab",
                                        "a b",
                                        "America/New_York_and_a_name_that_is_far_too_long_for_it"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct zone *z = NULL;
        assert_int_equal(zone_find(str_from(names[i]), &z), ERR_NOT_FOUND);
    }
}

static void the_same_name_gives_the_same_zone(void **state)
{
    (void)state;
    assert_ptr_equal(zone("Europe/Paris"), zone("Europe/Paris"));
    assert_string_equal(zone_name_of(zone("Europe/Paris")), "Europe/Paris");
}

static void *find_many(void *found)
{
    static const char *const names[] = {"Africa/Cairo", "Africa/Lagos", "Asia/Tokyo", "Asia/Kolkata",
                                        "Asia/Seoul"};
    for (size_t i = 0; i < 5; i++)
        ((const struct zone **)found)[i] = zone(names[i]);
    return NULL;
}

static void threads_that_ask_at_once_get_one_zone(void **state)
{
    (void)state;
    pthread_t threads[4];
    const struct zone *found[4][5];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, find_many, found[i]), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 1; i < 4; i++)
        assert_memory_equal(found[0], found[i], sizeof(found[0]));
}

static void an_old_tzdata_is_known_as_old(void **state)
{
    (void)state;
    char version[ZONE_VERSION_BYTES];
    assert_int_equal(zone_tzdata_version(version), ERR_OK);
    assert_int_equal(strlen(version), 5);
    assert_true(zone_tzdata_is_old("2024b"));
    assert_true(zone_tzdata_is_old("2026a"));
    assert_true(zone_tzdata_is_old(""));
    assert_false(zone_tzdata_is_old("2026f"));
    assert_false(zone_tzdata_is_old("2027a"));
}

static void names_with_signs_are_found(void **state)
{
    const struct zone *z;

    (void)state;
    assert_int_equal(zone_find(STR("Etc/GMT+5"), &z), ERR_OK);
    assert_string_equal(zone_name_of(z), "Etc/GMT+5");
    assert_int_equal(zone_find(STR("Etc/GMT 5"), &z), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_with_signs_are_found),
        cmocka_unit_test(threads_that_ask_at_once_get_one_zone),
        cmocka_unit_test(every_zone_agrees_with_the_c_library),
        cmocka_unit_test(a_skipped_wall_time_is_the_instant_of_the_jump),
        cmocka_unit_test(a_doubled_wall_time_is_either_instant),
        cmocka_unit_test(a_day_that_a_country_skipped_ends_where_it_would_have_begun),
        cmocka_unit_test(a_day_may_begin_after_midnight),
        cmocka_unit_test(the_pacific_day_ends_at_pacific_midnight),
        cmocka_unit_test(the_changes_of_2026_are_known),
        cmocka_unit_test(a_name_that_is_no_zone_is_not_found),
        cmocka_unit_test(the_same_name_gives_the_same_zone),
        cmocka_unit_test(an_old_tzdata_is_known_as_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* quiet_hours: every state's row, borders, nights when clocks change, abroad, and against a slow, plain
 * reading of the same rules minute by minute. */
#include "rules/quiet_hours.h"

#include "base/rng.h"
#include "rules/quiet_tables.h"
#include "rules/zone.h"
#include "rules/zone_names.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { MINUTE_MS = 60000, HOUR_MS = 3600000 };
#define DAY_MS INT64_C(86400000)

static uint64_t key_of(const char *number)
{
    struct phone phone;
    struct quiet_places p;
    assert_int_equal(phone_parse(str_from(number), "US", &phone, NULL), ERR_OK);
    quiet_places_of_phone(&phone, &p);
    return quiet_hours_bucket_key(&p);
}

static const struct zone *zone(const char *name)
{
    const struct zone *z = NULL;
    assert_int_equal(zone_find(str_from(name), &z), ERR_OK);
    return z;
}

/* A wall time of 2026. */
static int64_t wall(const char *in, int month, int day, int hour, int minute)
{
    return zone_utc_ms(zone(in), 2026, month, day, hour * 60 + minute, ZONE_EARLIER);
}

static struct quiet_window window(uint64_t key, int64_t now)
{
    struct quiet_window w;
    assert_int_equal(quiet_hours_window(key, KIND_MARKETING, now, &w), ERR_OK);
    return w;
}

/* Marketing to the key at `now`: open until `closes`. */
static void open_until(uint64_t key, int64_t now, int64_t closes)
{
    struct quiet_window w = window(key, now);
    assert_true(w.open);
    assert_int_equal(w.next_open_ms, now);
    assert_int_equal(w.closes_ms, closes);
}

/* Closed at `now`, open from `opens` until `closes`. */
static void closed_until(uint64_t key, int64_t now, int64_t opens, int64_t closes)
{
    struct quiet_window w = window(key, now);
    assert_false(w.open);
    assert_int_equal(w.next_open_ms, opens);
    assert_int_equal(w.closes_ms, closes);
}

#define LA "America/Los_Angeles"
#define NY "America/New_York"
#define CHICAGO "America/Chicago"

static void california_is_open_from_eight_to_nine(void **state)
{
    (void)state;
    uint64_t key = key_of("+14155550123");
    int64_t opens = wall(LA, 7, 15, 8, 0), closes = wall(LA, 7, 15, 21, 0);
    closed_until(key, wall(LA, 7, 15, 0, 0), opens, closes);
    closed_until(key, opens - 1, opens, closes);
    open_until(key, opens, closes);
    open_until(key, closes - 1, closes);
    closed_until(key, closes, opens + DAY_MS, closes + DAY_MS);
}

static void texas_opens_at_nine_and_on_sunday_at_noon(void **state)
{
    (void)state;
    uint64_t key = key_of("+12145550123");
    closed_until(key, wall(CHICAGO, 7, 18, 8, 59), wall(CHICAGO, 7, 18, 9, 0), wall(CHICAGO, 7, 18, 21, 0));
    closed_until(key, wall(CHICAGO, 7, 19, 9, 0), wall(CHICAGO, 7, 19, 12, 0), wall(CHICAGO, 7, 19, 21, 0));
    assert_string_equal(window(key, wall(CHICAGO, 7, 19, 9, 0)).rule, "TX");
}

static void rhode_island_ends_early_and_rests_on_sunday(void **state)
{
    (void)state;
    uint64_t key = key_of("+14015550123");
    open_until(key, wall(NY, 7, 17, 9, 0), wall(NY, 7, 17, 18, 0));
    closed_until(key, wall(NY, 7, 17, 18, 0), wall(NY, 7, 18, 10, 0), wall(NY, 7, 18, 17, 0));
    closed_until(key, wall(NY, 7, 18, 17, 0), wall(NY, 7, 20, 9, 0), wall(NY, 7, 20, 18, 0));
}

static void an_area_code_over_two_zones_is_open_in_both(void **state)
{
    (void)state;
    uint64_t key = key_of("+18505550123"); /* Florida's panhandle: 08:00-20:00, Central or Eastern */
    open_until(key, wall(CHICAGO, 7, 15, 8, 0), wall(NY, 7, 15, 20, 0));
    closed_until(key, wall(NY, 7, 15, 8, 30), wall(CHICAGO, 7, 15, 8, 0), wall(NY, 7, 15, 20, 0));
    assert_string_equal(window(key, wall(NY, 7, 15, 8, 30)).zone, CHICAGO);
    assert_string_equal(window(key, wall(NY, 7, 15, 12, 0)).zone, NY);
}

static void two_plausible_states_are_both_obeyed(void **state)
{
    (void)state;
    struct phone phone;
    struct quiet_places p;
    assert_int_equal(phone_parse(STR("+15025550123"), "US", &phone, NULL), ERR_OK); /* Kentucky: from 10:00 */
    quiet_places_of_phone(&phone, &p);
    assert_int_equal(quiet_places_add_state(&p, STR("CA")), ERR_OK);
    uint64_t key = quiet_hours_bucket_key(&p);
    open_until(key, wall(LA, 7, 15, 10, 0), wall(NY, 7, 15, 21, 0));
    closed_until(key, wall(LA, 7, 15, 9, 59), wall(LA, 7, 15, 10, 0), wall(NY, 7, 15, 21, 0));
}

static void somewhere_in_the_us_means_every_state_at_its_own_clock(void **state)
{
    (void)state;
    uint64_t key = key_of("+18005550199");
    assert_int_equal(key, 0);
    /* From 08:00 in American Samoa to 18:00 in Rhode Island; no Sunday. */
    closed_until(key, wall(NY, 7, 15, 9, 0), wall("Pacific/Pago_Pago", 7, 15, 8, 0), wall(NY, 7, 15, 18, 0));
    closed_until(key, wall(NY, 7, 18, 17, 0), wall("Pacific/Pago_Pago", 7, 20, 8, 0), wall(NY, 7, 20, 18, 0));
}

static void a_zone_without_a_state_takes_the_strictest_state(void **state)
{
    (void)state;
    struct phone phone;
    struct quiet_places p;
    assert_int_equal(phone_parse(STR("+18005550199"), "US", &phone, NULL), ERR_OK);
    quiet_places_of_phone(&phone, &p);
    assert_int_equal(quiet_places_add_zone(&p, STR(LA)), ERR_OK);
    closed_until(quiet_hours_bucket_key(&p), wall(LA, 7, 15, 9, 0), wall(LA, 7, 15, 10, 0),
                 wall(LA, 7, 15, 18, 0));
}

static void the_window_keeps_to_the_wall_clock_when_clocks_change(void **state)
{
    (void)state;
    uint64_t key = key_of("+12125550123");
    int64_t evening = wall(NY, 3, 7, 21, 0);
    closed_until(key, evening, evening + 10 * HOUR_MS, wall(NY, 3, 8, 21, 0)); /* a night of ten hours */
    evening = wall(NY, 10, 31, 21, 0);
    closed_until(key, evening, evening + 12 * HOUR_MS, wall(NY, 11, 1, 21, 0)); /* and of twelve */
    /* Arizona stays while its Navajo north-east changes. */
    key = key_of("+19285550123");
    open_until(key, wall("America/Phoenix", 7, 15, 8, 0), wall("America/Denver", 7, 15, 21, 0));
    open_until(key, wall("America/Phoenix", 1, 15, 8, 0), wall("America/Phoenix", 1, 15, 21, 0));
}

static void only_marketing_waits(void **state)
{
    (void)state;
    int64_t night = wall(NY, 7, 15, 3, 0);
    for (int kind = KIND_TRANSACTIONAL; kind <= KIND_CONVERSATIONAL; kind++) {
        struct quiet_window w;
        assert_int_equal(quiet_hours_window(key_of("+12125550123"), (enum message_kind)kind, night, &w),
                         ERR_OK);
        assert_true(w.open);
        assert_int_equal(w.next_open_ms, night);
        assert_int_equal(w.closes_ms, INT64_MAX);
    }
    assert_false(window(key_of("+12125550123"), night).open);
}

static void canada_is_open_at_the_clock_of_the_area_code(void **state)
{
    (void)state;
    open_until(key_of("+14165550123"), wall("America/Toronto", 7, 15, 8, 0),
               wall("America/Toronto", 7, 15, 20, 0));
    open_until(key_of("+18675550123"), wall("America/Whitehorse", 7, 15, 8, 0),
               wall("America/Toronto", 7, 15, 20, 0));
}

static void abroad_the_country_row_holds_in_all_its_zones(void **state)
{
    (void)state;
    open_until(key_of("+447400123456"), wall("Europe/London", 7, 19, 9, 0),
               wall("Europe/London", 7, 19, 20, 0));
    /* Brazil: Saturday to 14:00, no Sunday, from Acre (UTC-5) to Noronha (UTC-2). */
    closed_until(key_of("+5511961234567"), wall("America/Noronha", 7, 18, 14, 0),
                 wall("America/Rio_Branco", 7, 20, 9, 0), wall("America/Noronha", 7, 20, 20, 0));
    /* Russia has eleven zones: one hour is left. */
    closed_until(key_of("+79161234567"), wall("Europe/Moscow", 7, 15, 5, 0),
                 wall("Europe/Kaliningrad", 7, 15, 9, 0), wall("Asia/Kamchatka", 7, 15, 20, 0));
}

static void a_country_without_a_rule_gets_nine_to_eight_and_no_sunday(void **state)
{
    (void)state;
    uint64_t key = key_of("+4915112345678");
    open_until(key, wall("Europe/Berlin", 7, 18, 9, 0), wall("Europe/Berlin", 7, 18, 20, 0));
    closed_until(key, wall("Europe/Berlin", 7, 19, 12, 0), wall("Europe/Berlin", 7, 20, 9, 0),
                 wall("Europe/Berlin", 7, 20, 20, 0));
    key = key_of("+59171234567"); /* Bolivia is in no table at all */
    open_until(key, wall("America/La_Paz", 7, 18, 9, 0), wall("America/La_Paz", 7, 18, 20, 0));
}

static void a_number_of_no_country_is_never_open(void **state)
{
    (void)state;
    struct quiet_window w = window(key_of("+80012345678"), wall(NY, 7, 15, 12, 0));
    assert_false(w.open);
    assert_int_equal(w.next_open_ms, INT64_MAX);
    assert_int_equal(w.closes_ms, INT64_MAX);
}

static void places_that_share_no_minute_are_never_open(void **state)
{
    (void)state;
    struct phone phone;
    struct quiet_places p;
    assert_int_equal(phone_parse(STR("+16715550123"), "US", &phone, NULL), ERR_OK); /* Guam */
    quiet_places_of_phone(&phone, &p);
    open_until(quiet_hours_bucket_key(&p), wall("Pacific/Guam", 7, 15, 8, 0),
               wall("Pacific/Guam", 7, 15, 21, 0));
    assert_int_equal(quiet_places_add_zone(&p, STR("Europe/London")), ERR_OK);
    assert_int_equal(quiet_places_add_zone(&p, STR("Pacific/Honolulu")), ERR_OK);
    struct quiet_window w = window(quiet_hours_bucket_key(&p), wall(NY, 7, 15, 12, 0));
    assert_false(w.open);
    assert_int_equal(w.next_open_ms, INT64_MAX);
}

static void a_bad_key_is_refused_and_closed(void **state)
{
    (void)state;
    struct quiet_window w;
    assert_int_equal(quiet_hours_window(UINT64_MAX, KIND_MARKETING, 0, &w), ERR_INVALID);
    assert_false(w.open);
    assert_int_equal(w.next_open_ms, INT64_MAX);
    assert_int_equal(quiet_hours_window(UINT64_MAX, KIND_TRANSACTIONAL, 0, &w), ERR_INVALID);
    assert_false(w.open);
}

/* ---- against the table itself ---- */

enum { STATE, DAYS, START, END, SUNDAY, COLUMNS };

static bool day_in(const char *days, unsigned weekday)
{
    static const char *const names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    unsigned from = 7, to = 7;
    for (unsigned i = 0; i < 7; i++) {
        if (strncmp(days, names[i], 3) == 0) from = i;
        if (strncmp(days + (strlen(days) > 3 ? 4 : 0), names[i], 3) == 0) to = i;
    }
    assert_true(from < 7 && to < 7);
    return (weekday + 7 - from) % 7 <= (to + 7 - from) % 7;
}

/* Does one row of data/us-quiet-hours.tsv allow that wall time? */
static bool row_allows(char columns[COLUMNS][16], const struct zone_time *t)
{
    char now[8];
    (void)snprintf(now, sizeof(now), "%02u:%02u", t->hour, t->minute);
    if (t->weekday == 0 && strcmp(columns[SUNDAY], "no") == 0) return false;
    return day_in(columns[DAYS], t->weekday) && strcmp(now, columns[START]) >= 0 &&
           strcmp(now, columns[END]) < 0 && strcmp(now, "08:00") >= 0 && strcmp(now, "21:00") < 0;
}

static const char *zone_of_state(const char *name)
{
    for (size_t i = 0; i < quiet_state_zone_count; i++)
        if (strcmp(quiet_states[quiet_state_zones[i].state].place, name) == 0)
            return quiet_state_zones[i].zone;
    return NULL;
}

static void every_state_is_open_just_when_its_rows_say(void **state)
{
    (void)state;
    static char rows[80][COLUMNS][16];
    int count = 0;
    FILE *table = fopen(DATA "/us-quiet-hours.tsv", "r");
    assert_non_null(table);
    char line[512];
    while (fgets(line, sizeof(line), table) != NULL)
        count += sscanf(line, "%15[A-Z]\t%15[^\t]\t%15[0-9:]\t%15[0-9:]\t%15[a-z]", rows[count][STATE],
                        rows[count][DAYS], rows[count][START], rows[count][END], rows[count][SUNDAY]) == 5;
    (void)fclose(table);
    assert_int_equal(count, 1 + 56 + 2);
    for (int i = 1; i < count; i++) {
        struct quiet_places p = {.country = "US"};
        const char *where = zone_of_state(rows[i][STATE]);
        assert_non_null(where);
        assert_int_equal(quiet_places_add_zone(&p, str_from(where)), ERR_OK);
        assert_int_equal(quiet_places_add_state(&p, str_from(rows[i][STATE])), ERR_OK);
        for (int minute = 0; minute < 8 * 1440; minute += 15) {
            int64_t now = wall("UTC", 10, 28, 0, 0) + minute * MINUTE_MS;
            struct zone_time t;
            bool allowed = false;
            zone_local(zone(where), now, &t);
            for (int j = 1; j < count; j++)
                allowed |= strcmp(rows[j][STATE], rows[i][STATE]) == 0 && row_allows(rows[j], &t);
            if (window(quiet_hours_bucket_key(&p), now).open != allowed)
                fail_msg("%s on day %u at %02u:%02u", rows[i][STATE], t.weekday, t.hour, t.minute);
        }
    }
}

/* ---- against a plain reading, minute by minute ---- */

static bool allows(const struct quiet_rule *rule, const char *in, int64_t now)
{
    struct zone_time t;
    zone_local(zone(in), now, &t);
    unsigned minute = t.hour * 60U + t.minute;
    return minute >= rule->days[t.weekday].start && minute < rule->days[t.weekday].end;
}

static bool plainly_open(const struct quiet_places *p, int64_t now)
{
    for (unsigned i = 0; i < p->zone_count; i++)
        for (unsigned j = 0; j < p->state_count; j++)
            for (size_t k = 0; k < quiet_state_count; k++)
                if (strcmp(quiet_states[k].place, p->states[j]) == 0 &&
                    !allows(&quiet_states[k], p->zones[i], now))
                    return false;
    return true;
}

static struct quiet_places random_places(struct rng *rng)
{
    struct quiet_places p = {.country = "US"};
    for (uint64_t zones = 1 + rng_below(rng, 3); zones > 0; zones--) {
        size_t any = rng_below(rng, quiet_state_zone_count);
        (void)!quiet_places_add_zone(&p, str_from(quiet_state_zones[any].zone));
        (void)!quiet_places_add_state(&p, str_from(quiet_states[quiet_state_zones[any].state].place));
    }
    return p;
}

static void windows_agree_with_a_reading_minute_by_minute(void **state)
{
    (void)state;
    struct rng rng = rng_seeded(20261101);
    for (int i = 0; i < 60; i++) {
        struct quiet_places p = random_places(&rng);
        uint64_t key = quiet_hours_bucket_key(&p);
        /* Anywhere in the year, often around the nights on which clocks change. */
        int64_t from = i % 3 > 0 ? wall("UTC", i % 3 == 1 ? 3 : 10, 7 + i % 3 * 12, 0, 0)
                                 : wall("UTC", 1, 1, 0, 0) + (int64_t)rng_below(&rng, 365) * DAY_MS;
        struct quiet_window w = window(key, from);
        for (int64_t now = from; now < from + 3 * DAY_MS; now += MINUTE_MS) {
            bool open = plainly_open(&p, now);
            if (now >= (w.open ? w.closes_ms : w.next_open_ms)) w = window(key, now);
            if (w.open != open) fail_msg("key %llu at %lld", (unsigned long long)key, (long long)now);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(california_is_open_from_eight_to_nine),
        cmocka_unit_test(texas_opens_at_nine_and_on_sunday_at_noon),
        cmocka_unit_test(rhode_island_ends_early_and_rests_on_sunday),
        cmocka_unit_test(an_area_code_over_two_zones_is_open_in_both),
        cmocka_unit_test(two_plausible_states_are_both_obeyed),
        cmocka_unit_test(somewhere_in_the_us_means_every_state_at_its_own_clock),
        cmocka_unit_test(a_zone_without_a_state_takes_the_strictest_state),
        cmocka_unit_test(the_window_keeps_to_the_wall_clock_when_clocks_change),
        cmocka_unit_test(only_marketing_waits),
        cmocka_unit_test(canada_is_open_at_the_clock_of_the_area_code),
        cmocka_unit_test(abroad_the_country_row_holds_in_all_its_zones),
        cmocka_unit_test(a_country_without_a_rule_gets_nine_to_eight_and_no_sunday),
        cmocka_unit_test(a_number_of_no_country_is_never_open),
        cmocka_unit_test(places_that_share_no_minute_are_never_open),
        cmocka_unit_test(a_bad_key_is_refused_and_closed),
        cmocka_unit_test(every_state_is_open_just_when_its_rows_say),
        cmocka_unit_test(windows_agree_with_a_reading_minute_by_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* quiet_hours: every state's row, borders, nights when clocks change, abroad, and against a slow, plain
 * reading of the same rules minute by minute. */
#include "rules/quiet_hours.h"

#include "base/rng.h"
#include "rules/quiet_tables.h"
#include "rules/zone.h"
#include "rules/zone_names.h"

#include <stdio.h>
#include <stdlib.h>
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

static void a_country_is_known_if_a_row_speaks_of_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < quiet_country_count; i++) assert_true(quiet_hours_knows_country(quiet_countries[i].place));
    assert_true(quiet_hours_knows_country("US"));
    assert_false(quiet_hours_knows_country("ZZ") || quiet_hours_knows_country("AA") || quiet_hours_knows_country(""));
}

static void a_bad_key_is_refused_and_closed(void **state)
{
    (void)state;
    struct quiet_window w;
    assert_false(quiet_hours_any(UINT64_C(3) << 57, KIND_TRANSACTIONAL));
    assert_int_equal(quiet_hours_window(UINT64_MAX, KIND_MARKETING, 0, &w), ERR_INVALID);
    assert_false(w.open);
    assert_int_equal(w.next_open_ms, INT64_MAX);
    assert_int_equal(quiet_hours_window(UINT64_MAX, KIND_TRANSACTIONAL, 0, &w), ERR_INVALID);
    assert_false(w.open);
}

/* ---- against the table itself ---- */

enum { STATE, DAYS, START, END, SUNDAY, FROM = 10, TO, COLUMNS, ROWS_MAX = 80 };
struct row {
    char text[512];
    char *at[COLUMNS];
};

static int read_rows(struct row *rows)
{
    int count = 0;
    FILE *table = fopen(DATA "/us-quiet-hours.tsv", "r");
    assert_non_null(table);
    while (fgets(rows[count].text, sizeof(rows[count].text), table) != NULL) {
        char *rest = rows[count].text;
        rest[strcspn(rest, "\n")] = '\0';
        for (int i = 0; i < COLUMNS; i++)
            rows[count].at[i] = strsep(&rest, "\t");
        count += rows[count].text[0] != '#' && strcmp(rows[count].at[STATE], "state") != 0;
        assert_true(count < ROWS_MAX);
    }
    (void)fclose(table);
    return count;
}

/* A week without a holiday in which the row holds; its rows hold for years. */
static int year_of_row(const struct row *row)
{
    return row->at[TO][0] != '\0' ? atoi(row->at[TO]) : 2026;
}

static bool holds(const struct row *row, int year)
{
    bool begun = row->at[FROM][0] == '\0' || atoi(row->at[FROM]) <= year;
    return begun && (row->at[TO][0] == '\0' || atoi(row->at[TO]) >= year);
}

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
static bool row_allows(const struct row *row, const struct zone_time *t)
{
    char now[8];
    (void)snprintf(now, sizeof(now), "%02u:%02u", t->hour, t->minute);
    if (t->weekday == 0 && strcmp(row->at[SUNDAY], "no") == 0) return false;
    return day_in(row->at[DAYS], t->weekday) && strcmp(now, row->at[START]) >= 0 &&
           strcmp(now, row->at[END]) < 0 && strcmp(now, "08:00") >= 0 && strcmp(now, "21:00") < 0;
}

static const char *zone_of_state(const char *name)
{
    for (size_t i = 0; i < quiet_state_zone_count; i++)
        if (strcmp(quiet_states[quiet_state_zones[i].state].place, name) == 0)
            return quiet_state_zones[i].zone;
    return NULL;
}

/* The state in its first zone. */
static uint64_t key_of_row(const struct row *row, const char **where)
{
    struct quiet_places p = {.country = "US"};
    *where = zone_of_state(row->at[STATE]);
    assert_non_null(*where);
    assert_int_equal(quiet_places_add_state(&p, str_from(row->at[STATE])), ERR_OK);
    assert_int_equal(quiet_places_add_zone(&p, str_from(*where)), ERR_OK);
    return quiet_hours_bucket_key(&p);
}

static bool rows_allow(const struct row *rows, int count, const struct row *row, const char *where, int64_t now)
{
    struct zone_time t;
    bool allowed = false;
    zone_local(zone(where), now, &t);
    for (int j = 0; j < count; j++)
        allowed |= strcmp(rows[j].at[STATE], row->at[STATE]) == 0 && holds(&rows[j], year_of_row(row)) &&
                   row_allows(&rows[j], &t);
    return allowed;
}

/* Each quarter of an hour of a week without holidays, and the milliseconds around it: so every edge of every row has
 * an instant just before, at, and just after it. */
static void every_state_is_open_just_when_its_rows_say(void **state)
{
    (void)state;
    static struct row rows[ROWS_MAX];
    int count = read_rows(rows);
    assert_int_equal(count, 1 + 56 + 2 + 2);
    for (int i = 1; i < count; i++) {
        const char *where;
        uint64_t key = key_of_row(&rows[i], &where);
        int64_t from = zone_utc_ms(zone("UTC"), year_of_row(&rows[i]), 8, 24, 0, ZONE_EARLIER);
        for (int64_t at = from; at < from + 8 * DAY_MS; at += 15 * MINUTE_MS)
            for (int64_t now = at - 1; now <= at + 1; now++)
                if (window(key, now).open != rows_allow(rows, count, &rows[i], where, now))
                    fail_msg("row %d, %s, at %lld", i, rows[i].at[STATE], (long long)now);
    }
}

/* ---- automated devices ---- */

static uint64_t key_of_state(const char *state, const char *in, enum quiet_automated automated)
{
    struct quiet_places p = {.country = "US", .automated = automated};
    assert_int_equal(quiet_places_add_state(&p, str_from(state)), ERR_OK);
    if (in != NULL) assert_int_equal(quiet_places_add_zone(&p, str_from(in)), ERR_OK);
    return quiet_hours_bucket_key(&p);
}

static bool open_for(uint64_t key, enum message_kind kind, int64_t now)
{
    struct quiet_window w;
    assert_int_equal(quiet_hours_window(key, kind, now, &w), ERR_OK);
    assert_true(w.open == (w.next_open_ms == now));
    return w.open;
}

/* Opens and closes at those minutes of the local day, to the millisecond. */
static void edges(uint64_t key, enum message_kind kind, const char *in, int day, int from, int to)
{
    int64_t opens = zone_utc_ms(zone(in), 2026, 7, day, from, ZONE_EARLIER);
    int64_t closes = zone_utc_ms(zone(in), 2026, 7, day, to, ZONE_EARLIER);
    assert_false(open_for(key, kind, opens - 1));
    assert_true(open_for(key, kind, opens) && open_for(key, kind, opens + 1));
    assert_true(open_for(key, kind, closes - 1));
    assert_false(open_for(key, kind, closes) || open_for(key, kind, closes + 1));
}

/* Each row of data/us-automated-hours.tsv on each day of a week, just before, at and just after its edges; the 12th of
 * July 2026 is a Sunday. */
static void the_hours_of_automated_devices_hold_where_they_were_chosen(void **state)
{
    static const struct {
        const char *state, *in;
        int from, to, first_day, last_day;
    } rows[] = {{"IL", "America/Chicago", 540, 1260, 12, 18},
                {"IN", "America/New_York", 540, 1200, 12, 18},
                {"ME", "America/New_York", 540, 1020, 13, 17}, {"SD", "America/Chicago", 540, 1260, 13, 17}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t key = key_of_state(rows[i].state, rows[i].in, QUIET_AUTOMATED_MARKETING);
        for (int day = 12; day <= 18; day++) {
            int64_t noon = wall(rows[i].in, 7, day, 12, 0);
            if (day < rows[i].first_day || day > rows[i].last_day) assert_false(open_for(key, KIND_MARKETING, noon));
            else edges(key, KIND_MARKETING, rows[i].in, day, rows[i].from, rows[i].to);
            assert_true(open_for(key, KIND_TRANSACTIONAL, noon - 10 * HOUR_MS));
        }
        key = quiet_hours_with_automated(key, QUIET_AUTOMATED_OFF);
        assert_true(open_for(key, KIND_MARKETING, wall(rows[i].in, 7, 14, 20, 30)));
    }
}

/* Illinois' act speaks of every call, the others of solicitation. */
static void transactional_texts_keep_the_hours_of_acts_that_speak_of_every_call(void **state)
{
    uint64_t il = key_of_state("IL", NULL, QUIET_AUTOMATED_ALL), in = key_of_state("IN", NULL, QUIET_AUTOMATED_ALL);
    int64_t night = wall("America/Chicago", 7, 14, 3, 0);
    struct quiet_window w;
    (void)state;
    edges(il, KIND_TRANSACTIONAL, "America/Chicago", 14, 540, 1260);
    assert_true(open_for(in, KIND_TRANSACTIONAL, night));
    assert_true(open_for(il, KIND_CONVERSATIONAL, night)); /* who wrote first is answered at any hour */
    assert_int_equal(quiet_hours_window(il, KIND_TRANSACTIONAL, night, &w), ERR_OK);
    assert_string_equal(w.rule, "IL");
    assert_string_equal(w.source, "815 ILCS 305/15(a) (automated devices)");
    assert_true(quiet_hours_any(il, KIND_TRANSACTIONAL) && quiet_hours_any(0, KIND_MARKETING));
    assert_false(quiet_hours_any(il, KIND_CONVERSATIONAL) || quiet_hours_any(0, KIND_TRANSACTIONAL));
    assert_false(quiet_hours_any(key_of_state("IL", NULL, QUIET_AUTOMATED_MARKETING), KIND_TRANSACTIONAL));
}

static void automated_hours_of_an_unknown_state_are_the_strictest(void **state)
{
    struct quiet_places p = {.country = "US", .automated = QUIET_AUTOMATED_MARKETING};
    struct quiet_cap cap;
    uint64_t nowhere, chicago, maine = key_of_state("ME", NULL, QUIET_AUTOMATED_MARKETING);
    int64_t noon = wall("UTC", 7, 14, 12, 0);
    (void)state;
    nowhere = quiet_hours_bucket_key(&p); /* all of the US, each at its own clock: Maine from 9 to 17, Hawaii from 8 */
    assert_int_equal(quiet_places_add_zone(&p, STR("America/Chicago")), ERR_OK);
    chicago = quiet_hours_bucket_key(&p);
    assert_false(open_for(nowhere, KIND_MARKETING, wall("America/New_York", 7, 14, 17, 0)));
    assert_true(open_for(quiet_hours_with_automated(nowhere, QUIET_AUTOMATED_OFF), KIND_MARKETING,
                         wall("America/New_York", 7, 14, 17, 0)));
    assert_true(open_for(chicago, KIND_MARKETING, wall("America/Chicago", 7, 14, 16, 59)));
    assert_false(open_for(chicago, KIND_MARKETING, wall("America/Chicago", 7, 14, 17, 0)));
    assert_int_equal(quiet_hours_cap(maine, noon, &cap), ERR_OK);
    assert_true(cap.count == 1 && cap.hours == 8);
    assert_int_equal(quiet_hours_cap(quiet_hours_with_automated(maine, QUIET_AUTOMATED_OFF), noon, &cap), ERR_OK);
    assert_int_equal(cap.count, 0);
}

static void the_law_of_the_day_holds(void **state)
{
    (void)state;
    uint64_t key = key_of("+15035550123"); /* Oregon closes at 20:00 from 2026-01-01 on */
    int64_t last = zone_utc_ms(zone(LA), 2025, 12, 31, 0, ZONE_EARLIER);
    open_until(key, last + 12 * HOUR_MS, last + 21 * HOUR_MS);
    closed_until(key, last + 21 * HOUR_MS, last + 32 * HOUR_MS, last + 44 * HOUR_MS);
    assert_string_equal(window(key, last + 12 * HOUR_MS).source, "47 CFR 64.1200(c)(1)");
    assert_string_equal(window(key, last + 36 * HOUR_MS).source, "Ore. HB 3865 (2025), ORS 646.561 et seq.");
}

static void holidays_close_where_the_law_names_them(void **state)
{
    (void)state;
    uint64_t utah = key_of("+18015550123"), texas = key_of("+12145550123"), kansas = key_of("+13165550123");
    const char *denver = "America/Denver";
    /* Thanksgiving, and the Friday on which 2026's Independence Day is observed; then a Sunday. */
    closed_until(utah, wall(denver, 11, 25, 21, 0), wall(denver, 11, 27, 8, 0), wall(denver, 11, 27, 21, 0));
    closed_until(utah, wall(denver, 7, 2, 21, 0), wall(denver, 7, 6, 8, 0), wall(denver, 7, 6, 21, 0));
    assert_true(window(texas, wall(CHICAGO, 11, 26, 12, 0)).open);
    assert_true(window(kansas, wall(CHICAGO, 11, 26, 12, 0)).open);
    /* A number without a place is in Utah, too. */
    assert_false(window(0, wall(NY, 11, 26, 15, 0)).open);
    assert_true(window(0, wall(NY, 11, 27, 15, 0)).open);
    /* France rests on Easter Monday. */
    closed_until(key_of("+33612345678"), wall("Europe/Paris", 4, 4, 22, 0), wall("Europe/Paris", 4, 7, 8, 0),
                 wall("Europe/Paris", 4, 7, 22, 0));
}

static void a_line_tells_each_rule_in_each_zone(void **state)
{
    (void)state;
    struct quiet_line lines[QUIET_LINES_MAX];
    size_t count = 0;
    int64_t now = wall(CHICAGO, 7, 15, 7, 30);
    assert_int_equal(quiet_hours_lines(key_of("+18505550123"), KIND_MARKETING, now, lines, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_string_equal(lines[0].zone, NY);
    assert_int_equal(lines[0].opens_ms, wall(NY, 7, 15, 8, 0));
    assert_string_equal(lines[1].rule, "FL");
    assert_int_equal(lines[1].opens_ms, wall(CHICAGO, 7, 15, 8, 0));
    assert_int_equal(lines[1].cap, 3);
    assert_string_equal(lines[1].holiday, "");
    now = wall(NY, 11, 26, 12, 0);
    assert_int_equal(quiet_hours_lines(key_of("+18015550123"), KIND_MARKETING, now, lines, &count), ERR_OK);
    assert_string_equal(lines[0].holiday, "Thanksgiving Day");
    assert_int_equal(quiet_hours_lines(UINT64_MAX, KIND_MARKETING, now, lines, &count), ERR_INVALID);
    assert_int_equal(count, 0);
}

static void the_strictest_cap_of_the_plausible_laws_holds(void **state)
{
    (void)state;
    struct quiet_cap cap;
    int64_t now = wall(NY, 7, 15, 12, 0);
    assert_int_equal(quiet_hours_cap(key_of("+12125550123"), now, &cap), ERR_OK);
    assert_int_equal(cap.count, 0);
    assert_int_equal(quiet_hours_cap(key_of("+13055550123"), now, &cap), ERR_OK);
    assert_int_equal(cap.count, 3);
    assert_int_equal(cap.hours, 24);
    assert_string_equal(cap.rule, "FL");
    assert_int_equal(quiet_hours_cap(0, now, &cap), ERR_OK);
    assert_int_equal(cap.count, 3);
    /* Oregon's came with its law of 2026. */
    now = zone_utc_ms(zone(LA), 2025, 12, 31, 0, ZONE_EARLIER);
    assert_int_equal(quiet_hours_cap(key_of("+15035550123"), now, &cap), ERR_OK);
    assert_int_equal(cap.count, 0);
    assert_int_equal(quiet_hours_cap(key_of("+15035550123"), now + 24 * HOUR_MS, &cap), ERR_OK);
    assert_int_equal(cap.count, 3);
    assert_int_equal(quiet_hours_cap(UINT64_MAX, now, &cap), ERR_INVALID);
}

/* ---- against a plain reading, minute by minute ---- */

static bool allows(const struct quiet_rule *rule, const char *in, int64_t now)
{
    struct zone_time t;
    zone_local(zone(in), now, &t);
    unsigned minute = t.hour * 60U + t.minute;
    int64_t date = zone_days_of_date(t.year, t.month, t.day);
    rule = quiet_rule_on(rule, date);
    if (holiday_on(rule->holidays, date) != NULL) return false;
    return minute >= rule->days[t.weekday].start && minute < rule->days[t.weekday].end;
}

static bool plainly_open(const struct quiet_places *p, int64_t now)
{
    for (unsigned i = 0; i < p->zone_count; i++)
        if (p->any_state && !allows(quiet_any_state, p->zones[i], now)) return false;
    for (unsigned i = 0; i < p->zone_count; i++)
        for (unsigned j = 0; j < p->state_count; j++)
            for (size_t k = 0; k < quiet_state_count; k++)
                if (strcmp(quiet_states[k].place, p->states[j]) == 0 &&
                    (k == 0 || strcmp(quiet_states[k - 1].place, p->states[j]) != 0) &&
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
        cmocka_unit_test(a_country_is_known_if_a_row_speaks_of_it),
        cmocka_unit_test(a_bad_key_is_refused_and_closed),
        cmocka_unit_test(every_state_is_open_just_when_its_rows_say),
        cmocka_unit_test(the_hours_of_automated_devices_hold_where_they_were_chosen),
        cmocka_unit_test(transactional_texts_keep_the_hours_of_acts_that_speak_of_every_call),
        cmocka_unit_test(automated_hours_of_an_unknown_state_are_the_strictest),
        cmocka_unit_test(the_law_of_the_day_holds),
        cmocka_unit_test(holidays_close_where_the_law_names_them),
        cmocka_unit_test(a_line_tells_each_rule_in_each_zone),
        cmocka_unit_test(the_strictest_cap_of_the_plausible_laws_holds),
        cmocka_unit_test(windows_agree_with_a_reading_minute_by_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

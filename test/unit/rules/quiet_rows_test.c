/* Each row of data/country-rules.tsv and data/us-automated-hours.tsv, read here anew: on each day of a week, an instant
 * just before, at and just after each edge, and each full hour. Those of data/us-quiet-hours.tsv: quiet_hours_test. */
#include "rules/quiet_hours.h"
#include "rules/quiet_tables.h"
#include "rules/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CELLS = 13, LINE_BYTES = 4096, MINUTES = 1440 };
static const char *const NAMES[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct row {
    char line[LINE_BYTES];
    char *at[CELLS];
};

/* The next row; false at the end. The first one that is read is the header. */
static bool next_row(FILE *table, struct row *r)
{
    do
        if (fgets(r->line, sizeof r->line, table) == NULL) return false;
    while (r->line[0] == '#');
    char *rest = r->line;
    rest[strcspn(rest, "\n")] = '\0';
    for (int i = 0; i < CELLS; i++) r->at[i] = strsep(&rest, "\t");
    return true;
}

static FILE *open_table(const char *name, struct row *header)
{
    FILE *table;
    char path[512];

    (void)snprintf(path, sizeof path, "%s/%s", DATA, name);
    table = fopen(path, "re");
    assert_non_null(table);
    assert_true(next_row(table, header));
    return table;
}

static int cell(const struct row *header, const char *name)
{
    for (int i = 0; i < CELLS && header->at[i] != NULL; i++)
        if (strcmp(header->at[i], name) == 0) return i;
    fail_msg("no column %s", name);
    return -1;
}

/* ---- lawful minutes of a week ---- */

struct week {
    struct { int from, to; } days[7]; /* [from, to) */
};

static int minutes(const char *clock)
{
    return atoi(clock) * 60 + atoi(clock + 3);
}

static int day_named(const char *at)
{
    for (int i = 0; i < 7; i++)
        if (strncmp(at, NAMES[i], 3) == 0) return i;
    fail_msg("no day: %s", at);
    return -1;
}

static void open_on(struct week *w, const char *days, int from, int to)
{
    int first = day_named(days), last = days[3] == '-' ? day_named(days + 4) : first;

    for (int day = first;; day = (day + 1) % 7) {
        w->days[day].from = from;
        w->days[day].to = to;
        if (day == last) return;
    }
}

/* "Mon-Fri; Saturday before 09:00 and after 13:00; Sunday and holidays all day": when nothing may go. */
static struct week week_of(const char *days, int from, int to)
{
    const char *clause = strchr(days, ';');
    struct week w = {0};

    open_on(&w, days, from, to);
    for (; clause != NULL; clause = strchr(clause + 1, ';')) {
        const char *end = strchr(clause + 1, ';'), *since = strstr(clause, " from ");
        const char *before = strstr(clause, " before "), *after = strstr(clause, " after ");
        int day = day_named(clause + 2);
        bool here = end == NULL;
        if (strstr(clause, "all day") != NULL && before == NULL && since == NULL) w.days[day].from = w.days[day].to = 0;
        if (since != NULL && (here || since < end)) open_on(&w, clause + 2, from, minutes(since + 6));
        if (before != NULL && after != NULL && (here || after < end))
            open_on(&w, clause + 2, minutes(before + 8), minutes(after + 7));
    }
    return w;
}

static bool week_allows(const struct week *w, const struct zone *in, int64_t now)
{
    struct zone_time t;
    int minute;

    zone_local(in, now, &t);
    minute = t.hour * 60 + t.minute;
    return minute >= w->days[t.weekday].from && minute < w->days[t.weekday].to;
}

static bool is_open(uint64_t key, enum message_kind kind, int64_t now)
{
    struct quiet_window w;

    assert_int_equal(quiet_hours_window(key, kind, now, &w), ERR_OK);
    return w.open;
}

/* `also`: a key that must be open as well for the first to be; UINT64_MAX: none. */
static void expect_week(const char *what, uint64_t key, uint64_t also, enum message_kind kind, const struct zone *in,
                        const struct week *w)
{
    for (int day = 24; day <= 30; day++) { /* of August 2026: no holiday of any table */
        struct zone_time t;
        int edges[26] = {0};
        zone_local(in, zone_utc_ms(in, 2026, 8, day, 720, ZONE_EARLIER), &t);
        for (int hour = 0; hour < 24; hour++) edges[hour] = hour * 60;
        edges[24] = w->days[t.weekday].from;
        edges[25] = w->days[t.weekday].to;
        for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
            int64_t at = zone_utc_ms(in, 2026, 8, day, edges[i], ZONE_EARLIER);
            for (int64_t now = at - 1; now <= at + 1; now++) {
                bool wanted = week_allows(w, in, now) && (also == UINT64_MAX || is_open(also, kind, now));
                if (is_open(key, kind, now) != wanted)
                    fail_msg("%s: %s at minute %d of August %d, %+d ms", what, wanted ? "closed" : "open", edges[i],
                             day, (int)(now - at));
            }
        }
    }
}

/* ---- countries ---- */

static const struct zone *first_zone_of(const char *country, char *name, size_t size)
{
    const struct zone *found = NULL;
    struct row header, row;
    FILE *table = open_table("zones.tsv", &header);
    int of = cell(&header, "country"), zone = cell(&header, "zone");

    while (found == NULL && next_row(table, &row))
        if (strcmp(row.at[of], country) == 0) {
            (void)snprintf(name, size, "%s", row.at[zone]);
            assert_int_equal(zone_find(str_from(name), &found), ERR_OK);
        }
    (void)fclose(table);
    return found;
}

static void every_country_is_open_just_when_its_row_says(void **state)
{
    struct row header, row;
    FILE *table = open_table("country-rules.tsv", &header);
    int starts = cell(&header, "quiet_start"), ends = cell(&header, "quiet_end"), days = cell(&header, "days");
    int from = cell(&header, "from"), to = cell(&header, "to"), with_hours = 0;

    (void)state;
    while (next_row(table, &row)) {
        const char *country = row.at[0];
        struct quiet_places p = {.country = {country[0], country[1], '\0'}};
        bool has = row.at[starts][0] != '\0';
        char name[64];
        const struct zone *in;
        struct week w;
        if (strcmp(country, "US") == 0) continue; /* its states have a table of their own */
        if (row.at[from][0] != '\0' || row.at[to][0] != '\0') fail_msg("%s has eras: teach this test", country);
        in = first_zone_of(country, name, sizeof name);
        if (in == NULL) fail_msg("%s has no zone", country);
        assert_int_equal(quiet_places_add_zone(&p, str_from(name)), ERR_OK);
        w = has ? week_of(row.at[days], minutes(row.at[ends]), minutes(row.at[starts])) : week_of("Mon-Sat", 540, 1200);
        expect_week(country, quiet_hours_bucket_key(&p), UINT64_MAX, KIND_MARKETING, in, &w);
        with_hours += has;
    }
    (void)fclose(table);
    assert_int_equal(with_hours, 29);
}

/* ---- automated devices ---- */

static void every_row_of_automated_devices_closes_what_it_says(void **state)
{
    struct row header, row;
    FILE *table = open_table("us-automated-hours.tsv", &header);
    int kinds = cell(&header, "kinds"), days = cell(&header, "days"), start = cell(&header, "start");
    int end = cell(&header, "end"), count = 0;

    (void)state;
    for (; next_row(table, &row); count++) {
        struct quiet_places p = {.country = "US", .automated = QUIET_AUTOMATED_ALL};
        struct week w = week_of(row.at[days], minutes(row.at[start]), minutes(row.at[end])), other = w;
        bool any = strcmp(row.at[kinds], "any") == 0;
        const char *name = NULL;
        const struct zone *in = NULL;
        uint64_t key;
        for (size_t i = 0; i < quiet_state_zone_count && name == NULL; i++)
            if (strcmp(quiet_states[quiet_state_zones[i].state].place, row.at[0]) == 0)
                name = quiet_state_zones[i].zone;
        assert_non_null(name);
        assert_int_equal(zone_find(str_from(name), &in), ERR_OK);
        assert_int_equal(quiet_places_add_state(&p, str_from(row.at[0])), ERR_OK);
        assert_int_equal(quiet_places_add_zone(&p, str_from(name)), ERR_OK);
        key = quiet_hours_bucket_key(&p);
        expect_week(row.at[0], key, quiet_hours_with_automated(key, QUIET_AUTOMATED_OFF), KIND_MARKETING, in, &w);
        if (!any) open_on(&other, "Sun-Sat", 0, MINUTES);
        expect_week(row.at[0], key, UINT64_MAX, KIND_TRANSACTIONAL, in, &other);
        assert_true(is_open(key, KIND_CONVERSATIONAL, zone_utc_ms(in, 2026, 8, 24, 180, ZONE_EARLIER)));
    }
    (void)fclose(table);
    assert_int_equal(count, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_country_is_open_just_when_its_row_says),
        cmocka_unit_test(every_row_of_automated_devices_closes_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

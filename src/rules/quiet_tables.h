/*
 * quiet_tables: lawful hours by state and country, and when they hold. The arrays are made at build time by
 * script/tables/quiet.py from data/us-quiet-hours.tsv, us-automated-hours.tsv, country-rules.tsv, holidays.tsv and
 * nanp-area-codes.tsv; rows that contradict one another fail the build.
 */
#ifndef STERLING_RULES_QUIET_TABLES_H
#define STERLING_RULES_QUIET_TABLES_H

#include "rules/holiday.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Minutes of the local day, [start, end); equal when the day has no lawful minute. */
struct quiet_span {
    uint16_t start, end;
};
/* One era of a place: what the law says from one local day to another. */
struct quiet_rule {
    char place[3];
    int32_t from_day, to_day;  /* days since 1970, both in it */
    struct quiet_span days[7]; /* from Sunday */
    uint32_t holidays;         /* closed on these (rules/holiday.h) */
    uint8_t cap, cap_hours;    /* at most so many in so many hours to one person; 0: no cap */
    const char *source;
    bool any_kind;             /* of automated devices: speaks of every call, not of solicitation alone */
};
/* A zone that a state reaches into. */
struct quiet_state_zone {
    uint8_t state; /* place of its first era in quiet_states */
    bool common;   /* counts for "somewhere in the US"; false beyond the date line */
    const char *zone;
};

/* Ascending by place, then by time. A place's eras follow each other without a gap: the first begins and the
 * last ends never. */
extern const struct quiet_rule quiet_states[]; /* federal floor applied */
extern const size_t quiet_state_count;
extern const struct quiet_rule quiet_any_state[]; /* lawful in every state at once */
/* Of automated devices, beside the above: of some states; of any of them at once, for marketing and for other kinds. */
extern const struct quiet_rule quiet_automated[];
extern const size_t quiet_automated_count;
extern const struct quiet_rule quiet_any_automated[], quiet_any_automated_of_any_kind[];
extern const struct quiet_rule quiet_countries[]; /* without the US */
extern const size_t quiet_country_count;
extern const struct quiet_rule quiet_any_country[];       /* for a country without a row */
extern const struct quiet_state_zone quiet_state_zones[]; /* ascending by state */
extern const size_t quiet_state_zone_count;

/* The era that holds on a local day; `place` is the first of its place. */
static inline const struct quiet_rule *quiet_rule_on(const struct quiet_rule *place, int64_t day)
{
    while (day > place->to_day)
        place++;
    return place;
}

#endif

/*
 * holiday: the days on which some laws forbid solicitations, computed for any year. The array is made at
 * build time by script/tables/quiet.py from data/holidays.tsv. A holiday that falls on a weekend counts on
 * its date and, where the law moves it, on the weekday it is observed (compliance notes, section 3, rule 5).
 * Pure.
 */
#ifndef STERLING_RULES_HOLIDAY_H
#define STERLING_RULES_HOLIDAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum holiday_kind {
    HOLIDAY_DATE = 1,    /* month, day */
    HOLIDAY_NTH,         /* the nth weekday of the month; -1: its last */
    HOLIDAY_ON_OR_AFTER, /* the first weekday on or after month, day */
    HOLIDAY_EASTER,      /* nth days after Easter Sunday */
};
struct holiday {
    enum holiday_kind kind;
    uint8_t set; /* 0 … 31: whose holiday it is */
    uint8_t month, day, weekday;
    int8_t nth;
    bool saturday_to_friday, sunday_to_monday; /* how it is observed as well */
    bool even_years;
    int32_t from_day, to_day;
    const char *name;
};
extern const struct holiday holidays[];
extern const size_t holiday_count;

/* The first holiday of the sets (bits 1 << set) that falls on that day (since 1970) or is observed then; NULL
 * if there is none. */
const struct holiday *holiday_on(uint32_t sets, int64_t day);

#endif

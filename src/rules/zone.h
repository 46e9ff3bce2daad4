/*
 * zone: wall time somewhere, by the system's tzdata.
 *
 * A zone is read from its TZif file (RFC 9636) at first use and kept for the life of the process, so a new
 * tzdata needs a restart. Our own reader, because Debian's libhowardhinnant-date 3.0.1 ignores the rule at
 * the end of the file that holds for all later years (its issues 614 and 794: daylight time is wrong
 * wherever tzdata is built "slim") and its cctz 2.3 is older than slim files and than zones whose last year
 * is irregular (its pull requests 154 and 267). Thread-safe: zones are immutable once seen.
 */
#ifndef STERLING_RULES_ZONE_H
#define STERLING_RULES_ZONE_H

#include "base/str.h"

struct zone;

struct zone_time {
    int32_t year;
    uint8_t month, day; /* 1 … 12, 1 … 31 */
    uint8_t weekday;    /* 0 Sunday … 6 Saturday */
    uint8_t hour, minute, second;
    int32_t offset_s; /* local less UTC */
};

/* Which instant a wall time means when clocks go back and it comes twice. */
enum zone_pick { ZONE_EARLIER, ZONE_LATER };

/* Finds "America/New_York". ERR_NOT_FOUND for a name that tzdata does not have or that could be no name,
 * ERR_CORRUPT for a file that is not TZif, ERR_FULL without memory. *out lives for ever. */
MUST_CHECK enum err zone_find(struct str name, const struct zone **out);
const char *zone_name_of(const struct zone *z);

void zone_local(const struct zone *z, int64_t utc_ms, struct zone_time *out);
/* The instant of a wall time; fields may overflow (day 32, minute 1440) and carry. A time that clocks skip
 * gives the instant they jump. */
int64_t zone_utc_ms(const struct zone *z, int32_t year, int32_t month, int32_t day, int32_t minute_of_day,
                    enum zone_pick pick);
/* The first instant of the next local day: T-Mobile's day ends at that of "America/Los_Angeles". */
int64_t zone_next_midnight_ms(const struct zone *z, int64_t utc_ms);

/* Days since 1970-01-01 of a date of the Gregorian calendar; month and day may overflow and carry. */
int64_t zone_days_of_date(int32_t year, int32_t month, int32_t day);

enum { ZONE_VERSION_BYTES = 16 };
/* The oldest tzdata that has the zone changes of 2026 (Canada's provinces, compliance notes section 3). */
#define ZONE_TZDATA_LEAST "2026f"
/* The system's tzdata release, "2026f". ERR_NOT_FOUND if it does not say. */
MUST_CHECK enum err zone_tzdata_version(char out[ZONE_VERSION_BYTES]);
/* True for a release older than ZONE_TZDATA_LEAST, and for one that cannot be read. */
bool zone_tzdata_is_old(const char *version);

#endif

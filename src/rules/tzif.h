/*
 * tzif: the bytes of a compiled time zone (TZif versions 1 to 4, RFC 9636), with the POSIX TZ rule in their
 * footer, which alone tells the years after the last listed change. Times here are UTC seconds.
 */
#ifndef STERLING_RULES_TZIF_H
#define STERLING_RULES_TZIF_H

#include "base/str.h"

/* A day of the year on which clocks change, and the second of that day by the wall clock before. */
struct tzif_change {
    enum { TZIF_MONTH_WEEK_DAY, TZIF_DAY_WITHOUT_LEAP, TZIF_DAY_WITH_LEAP } kind;
    int32_t month, week, day; /* month 1 … 12, week 1 … 5 (5: last), weekday 0 … 6; or the day of the year */
    int32_t second;           /* -167 h … 167 h */
};
struct tzif_rule {
    bool present, has_dst;
    int32_t standard_s, dst_s; /* local less UTC */
    struct tzif_change start, end;
};
struct tzif {
    int64_t *at;   /* ascending; each begins a stretch of… */
    uint8_t *type; /* …this type */
    size_t count;
    int32_t offset_s[256]; /* of each type */
    struct tzif_rule rule;
};

enum { TZIF_BYTES_MAX = 1 << 16 };

/* ERR_INVALID if the bytes are not a whole TZif file that makes sense (also: counts leap seconds), ERR_FULL
 * without memory. *out is the caller's to free after ERR_OK only. */
MUST_CHECK enum err tzif_parse(struct str bytes, struct tzif *out);
void tzif_free(struct tzif *t);
/* "EST5EDT,M3.2.0,M11.1.0". ERR_INVALID otherwise. An empty text is no rule. */
MUST_CHECK enum err tzif_parse_rule(struct str text, struct tzif_rule *out);
/* Local less UTC at that instant. */
int32_t tzif_offset_s(const struct tzif *t, int64_t utc_s);

/* Days since 1970-01-01; month and day may overflow and carry. */
int64_t tzif_days_of_date(int64_t year, int64_t month, int64_t day);
void tzif_date_of_days(int64_t days, int32_t *year, int32_t *month, int32_t *day);

#endif

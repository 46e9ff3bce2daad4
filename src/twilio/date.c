/*
 * date: strict readers over a cursor and the civil calendar in integers. No locale, no time zone of the
 * machine, no clock. Contract in date.h.
 */
#include "twilio/date.h"

#include "base/cursor.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400, FIRST_YEAR = 1970, LAST_YEAR = 9999 };

static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char WEEKDAYS[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */

struct civil {
    int64_t year;
    unsigned month, day, hour, minute, second; /* month and day from 1 */
    int64_t zone_min;                                 /* east of UTC */
};

/* Days since 1970-01-01, counting years from March so that the leap day comes last. */
static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year, era = y / 400, in_era = y - era * 400;
    int64_t day_of_year = (153 * (int64_t)(month + (month > 2 ? -3U : 9U)) + 2) / 5 + (int64_t)day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + day_of_year - 719468;
}

static void civil_from_days(int64_t days, struct civil *c)
{
    int64_t z = days + 719468, era = z / 146097, in_era = z - era * 146097;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t day_of_year = in_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    c->day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1);
    c->month = (unsigned)(month < 10 ? month + 3 : month - 9);
    c->year = year + era * 400 + (c->month <= 2 ? 1 : 0);
}

static unsigned month_days(int64_t year, unsigned month)
{
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month == 2) return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* Checks the ranges and gives the instant. A leap second counts as the second after. */
static enum err civil_to_ms(const struct civil *c, int64_t *out)
{
    int64_t seconds;
    if (c->year < FIRST_YEAR || c->year > LAST_YEAR || c->month < 1 || c->month > 12 || c->day < 1)
        return ERR_INVALID;
    if (c->day > month_days(c->year, c->month) || c->hour > 23 || c->minute > 59 || c->second > 60)
        return ERR_INVALID;
    seconds =
        days_from_civil(c->year, c->month, c->day) * DAY_S + c->hour * 3600 + c->minute * 60 + c->second;
    *out = (seconds - c->zone_min * 60) * 1000;
    return ERR_OK;
}

static unsigned digits(struct cursor *c, size_t count)
{
    unsigned value = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = cursor_next(c) - '0';
        if (digit < 0 || digit > 9) {
            cursor_fail(c, ERR_INVALID);
            return 0;
        }
        value = value * 10 + (unsigned)digit;
    }
    return value;
}

/* Day of the month, one digit or two. */
static unsigned one_or_two_digits(struct cursor *c)
{
    unsigned value = digits(c, 1);
    int next = cursor_peek(c);
    return next >= '0' && next <= '9' ? value * 10 + digits(c, 1) : value;
}

static void clock_time(struct cursor *c, struct civil *out)
{
    out->hour = digits(c, 2);
    cursor_expect(c, STR(":"));
    out->minute = digits(c, 2);
    cursor_expect(c, STR(":"));
    out->second = digits(c, 2);
}

/* "+0000", "-0700", "GMT", "UTC". */
static int64_t zone(struct cursor *c)
{
    int sign = cursor_next(c);
    unsigned hours, minutes;

    if (sign == 'G' || sign == 'U') {
        cursor_expect(c, sign == 'G' ? STR("MT") : STR("TC"));
        return 0;
    }
    if (sign != '+' && sign != '-') cursor_fail(c, ERR_INVALID);
    hours = digits(c, 2);
    minutes = digits(c, 2);
    if (hours > 14 || minutes > 59) cursor_fail(c, ERR_INVALID);
    return (sign == '-' ? -1 : 1) * (int64_t)(hours * 60 + minutes);
}

/* Takes three letters and gives their place in a list of such, from 0. */
static unsigned name_place(struct cursor *c, const char *names)
{
    struct str all = str_from(names), name = cursor_take(c, 3);
    for (unsigned i = 0; i < all.len / 3; i++)
        if (str_equal(str_slice(all, 3 * (size_t)i, 3 * (size_t)i + 3), name)) return i;
    cursor_fail(c, ERR_INVALID);
    return 0;
}

static enum err finish(struct cursor *c, const struct civil *civil, int64_t *out)
{
    enum err failed = cursor_check(c);
    if (failed != ERR_OK || !cursor_done(c)) return ERR_INVALID;
    return civil_to_ms(civil, out);
}

/* Which of the three-letter names stands at `at`; 0 … count-1, or count. */
static unsigned place_of(const char *at, const char *names, unsigned count)
{
    unsigned i = 0;
    while (i < count && memcmp(names + 3 * (size_t)i, at, 3) != 0)
        i++;
    return i;
}

/* Two digits; anything else spoils *sound. */
static unsigned two(const char *at, bool *sound)
{
    unsigned tens = (unsigned char)at[0] - (unsigned)'0', ones = (unsigned char)at[1] - (unsigned)'0';
    *sound = *sound && tens <= 9 && ones <= 9;
    return tens * 10 + ones;
}

/* "Thu, 24 Aug 2023 05:01:45 +0000", or GMT: as HTTP and Twilio write it, in every answer. False: read it with care. */
static bool read_usual(struct str s, struct civil *out)
{
    static const char shape[] = "___, __ ___ ____ __:__:__ ";
    bool sound = (s.len == 31 && memcmp(s.at + 26, "+0000", 5) == 0) ||
                 (s.len == 29 && memcmp(s.at + 26, "GMT", 3) == 0);

    if (!sound) return false;
    for (size_t i = 0; i < sizeof shape - 1; i++)
        sound = sound && (shape[i] == '_' || shape[i] == s.at[i]);
    *out = (struct civil){.year = (int64_t)two(s.at + 12, &sound) * 100 + two(s.at + 14, &sound),
                          .month = place_of(s.at + 8, MONTHS, 12) + 1,
                          .day = two(s.at + 5, &sound),
                          .hour = two(s.at + 17, &sound),
                          .minute = two(s.at + 20, &sound),
                          .second = two(s.at + 23, &sound)};
    return sound && out->month <= 12 && place_of(s.at, WEEKDAYS, 7) < 7;
}

enum err date_parse_rfc2822(struct str s, int64_t *out_ms)
{
    struct cursor c = cursor_over(str_trim(s));
    struct civil civil = {0};

    *out_ms = 0;
    if (read_usual(c.in, &civil)) return civil_to_ms(&civil, out_ms);
    civil = (struct civil){0};
    if (cursor_peek(&c) > '9') {
        name_place(&c, WEEKDAYS);
        cursor_expect(&c, STR(", "));
    }
    civil.day = one_or_two_digits(&c);
    cursor_expect(&c, STR(" "));
    civil.month = name_place(&c, MONTHS) + 1;
    cursor_expect(&c, STR(" "));
    civil.year = digits(&c, 4);
    cursor_expect(&c, STR(" "));
    clock_time(&c, &civil);
    cursor_expect(&c, STR(" "));
    civil.zone_min = zone(&c);
    return finish(&c, &civil, out_ms);
}

static struct civil civil_from_ms(int64_t ms)
{
    static const int64_t last_ms = 253402300799000; /* 9999-12-31T23:59:59Z */
    struct civil c = {0};
    int64_t seconds = (ms < 0 ? 0 : ms > last_ms ? last_ms : ms) / 1000;
    civil_from_days(seconds / DAY_S, &c);
    c.hour = (unsigned)(seconds % DAY_S / 3600);
    c.minute = (unsigned)(seconds % 3600 / 60);
    c.second = (unsigned)(seconds % 60);
    return c;
}

void date_format_iso8601(int64_t ms, char out[DATE_TEXT_BYTES])
{
    struct civil c = civil_from_ms(ms);
    snprintf(out, DATE_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)c.year % 10000, c.month % 100,
             c.day % 100, c.hour % 100, c.minute % 100, c.second % 100);
}

void date_format_rfc2822(int64_t ms, char out[DATE_TEXT_BYTES])
{
    struct civil c = civil_from_ms(ms);
    int64_t day = days_from_civil(c.year, c.month, c.day);
    snprintf(out, DATE_TEXT_BYTES, "%.3s, %02u %.3s %04u %02u:%02u:%02u +0000", WEEKDAYS + 3 * (day % 7),
             c.day % 100, MONTHS + 3 * (c.month - 1), (unsigned)c.year % 10000, c.hour % 100, c.minute % 100,
             c.second % 100);
}

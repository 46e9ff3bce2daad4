/* rfc3339: days from civil dates by counting eras of 400 years from March (H. Hinnant's algorithm). */
#include "base/rfc3339.h"

#include "base/cursor.h"

#include <stdio.h>

static const int64_t DAY_MS = 86400000, LAST_MS = 253402300799999;

static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    int64_t era, of_era, of_year;

    if (month <= 2) year--;
    era = year / 400;
    of_era = year - era * 400;
    of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468, era = z / 146097, of_era = z - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;

    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2 ? 1 : 0));
}

void rfc3339_format(int64_t wall_ms, char out[RFC3339_BYTES])
{
    int year, month, day, ms;

    if (wall_ms < 0) wall_ms = 0;
    if (wall_ms > LAST_MS) wall_ms = LAST_MS;
    civil_from_days(wall_ms / DAY_MS, &year, &month, &day);
    ms = (int)(wall_ms % DAY_MS);
    (void)snprintf(out, RFC3339_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)year % 10000u,
                   (unsigned)month % 100u, (unsigned)day % 100u, (unsigned)(ms / 3600000) % 100u,
                   (unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60), (unsigned)(ms % 1000));
}

/* Exactly `width` digits. */
static int64_t take_digits(struct cursor *c, size_t width)
{
    uint64_t value = 0;

    if (str_to_u64(cursor_take(c, width), &value) != ERR_OK) cursor_fail(c, ERR_INVALID);
    return (int64_t)value;
}

static int64_t take_fraction_ms(struct cursor *c)
{
    int64_t ms = 0, weight = 100;

    if (!cursor_accept(c, '.')) return 0;
    if (cursor_peek(c) < '0' || cursor_peek(c) > '9') cursor_fail(c, ERR_INVALID);
    while (cursor_peek(c) >= '0' && cursor_peek(c) <= '9') {
        ms += (cursor_next(c) - '0') * weight;
        weight /= 10;
    }
    return ms;
}

static int64_t take_offset_ms(struct cursor *c)
{
    int sign = cursor_next(c);
    int64_t hours, minutes;

    if (sign == 'Z' || sign == 'z') return 0;
    if (sign != '+' && sign != '-') cursor_fail(c, ERR_INVALID);
    hours = take_digits(c, 2);
    cursor_expect(c, STR(":"));
    minutes = take_digits(c, 2);
    if (hours > 23 || minutes > 59) cursor_fail(c, ERR_INVALID);
    return (sign == '-' ? -1 : 1) * (hours * 60 + minutes) * 60000;
}

static int64_t days_in(int64_t year, int64_t month)
{
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (month == 2) return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static int64_t take_date_ms(struct cursor *c)
{
    int64_t year, month, day;

    year = take_digits(c, 4);
    cursor_expect(c, STR("-"));
    month = take_digits(c, 2);
    cursor_expect(c, STR("-"));
    day = take_digits(c, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        cursor_fail(c, ERR_INVALID);
    return cursor_check(c) == ERR_OK ? days_from_civil(year, month, day) * DAY_MS : 0;
}

static int64_t take_time_ms(struct cursor *c)
{
    int64_t hour, minute, second, ms;

    hour = take_digits(c, 2);
    cursor_expect(c, STR(":"));
    minute = take_digits(c, 2);
    cursor_expect(c, STR(":"));
    second = take_digits(c, 2);
    ms = take_fraction_ms(c);
    if (hour > 23 || minute > 59 || second > 60) cursor_fail(c, ERR_INVALID);
    if (second == 60) return hour * 3600000 + minute * 60000 + 59999;
    return hour * 3600000 + minute * 60000 + second * 1000 + ms;
}

enum err rfc3339_parse(struct str text, int64_t *wall_ms)
{
    struct cursor c = cursor_over(text);
    int64_t date, time, offset;

    date = take_date_ms(&c);
    if (!cursor_accept(&c, 'T') && !cursor_accept(&c, 't')) cursor_expect(&c, STR(" "));
    time = take_time_ms(&c);
    offset = take_offset_ms(&c);
    if (cursor_check(&c) != ERR_OK || c.at != text.len) return ERR_INVALID;
    *wall_ms = date + time - offset;
    return *wall_ms < 0 || *wall_ms > LAST_MS ? ERR_INVALID : ERR_OK;
}

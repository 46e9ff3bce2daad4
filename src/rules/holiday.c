/* holiday: dates of the Gregorian calendar. Owns nothing. */
#include "rules/holiday.h"

#include "rules/tzif.h"

/* 0 Sunday; 1970-01-01 was a Thursday. */
static int64_t weekday_of(int64_t day)
{
    return ((day + 4) % 7 + 7) % 7;
}

static int64_t on_or_after(int64_t day, int64_t weekday)
{
    return day + (weekday - weekday_of(day) + 7) % 7;
}

static int64_t nth_weekday(int64_t year, const struct holiday *h)
{
    if (h->nth > 0) return on_or_after(tzif_days_of_date(year, h->month, 1), h->weekday) + (h->nth - 1) * 7;
    return on_or_after(tzif_days_of_date(year, h->month + 1, 1), h->weekday) - 7;
}

/* Easter Sunday, by the rule of Meeus, Jones and Butcher. */
static int64_t easter(int64_t year)
{
    int64_t a = year % 19, b = year / 100, c = year % 100;
    int64_t h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    int64_t l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    int64_t m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;

    return tzif_days_of_date(year, n / 31, n % 31 + 1);
}

static int64_t day_in_year(const struct holiday *h, int64_t year)
{
    switch (h->kind) {
    case HOLIDAY_DATE:
        return tzif_days_of_date(year, h->month, h->day);
    case HOLIDAY_NTH:
        return nth_weekday(year, h);
    case HOLIDAY_ON_OR_AFTER:
        return on_or_after(tzif_days_of_date(year, h->month, h->day), h->weekday);
    case HOLIDAY_EASTER:
        return easter(year) + h->nth;
    }
    return INT64_MIN;
}

static bool falls_on(const struct holiday *h, int64_t day)
{
    int32_t year, month, date;

    if (day < h->from_day || day > h->to_day) return false;
    tzif_date_of_days(day, &year, &month, &date);
    return (!h->even_years || year % 2 == 0) && day_in_year(h, year) == day;
}

static bool counts_on(const struct holiday *h, int64_t day)
{
    if (falls_on(h, day)) return true;
    if (h->saturday_to_friday && weekday_of(day) == 5 && falls_on(h, day + 1)) return true;
    return h->sunday_to_monday && weekday_of(day) == 1 && falls_on(h, day - 1);
}

const struct holiday *holiday_on(uint32_t sets, int64_t day)
{
    for (size_t i = 0; sets != 0 && i < holiday_count; i++)
        if ((sets >> holidays[i].set & 1) != 0 && counts_on(&holidays[i], day)) return &holidays[i];
    return NULL;
}

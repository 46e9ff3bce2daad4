/*
 * tzif: parses compiled zones and finds offsets in them. Owns the two arrays of a parsed zone. Anything
 * that does not add up is ERR_INVALID: a wrong offset would let a text go out at night.
 */
#include "rules/tzif.h"

#include "base/cursor.h"

#include <stdlib.h>

enum { DAY_S = 86400, TIMES_MAX = 4096 };

int64_t tzif_days_of_date(int64_t year, int64_t month, int64_t day)
{
    year += (month - 1) / 12;
    month = (month - 1) % 12 + 1;
    if (month < 1) month += 12, year--;
    /* Years begin in March here, so that the leap day ends one. */
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year + day - 1 - 719468;
}

void tzif_date_of_days(int64_t days, int32_t *year, int32_t *month, int32_t *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    *day = (int32_t)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int32_t)(m < 10 ? m + 3 : m - 9);
    *year = (int32_t)(y + era * 400 + (*month <= 2));
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* ---- the rule in the footer (POSIX TZ as RFC 9636 section 3.3.1 extends it) ---- */

static bool is_alpha(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "EST" or "<+0330>". */
static void skip_zone_name(struct cursor *c)
{
    size_t length = 0;
    if (cursor_accept(c, '<')) {
        length = cursor_until(c, '>').len;
        cursor_expect(c, STR(">"));
    } else {
        for (; is_alpha(cursor_peek(c)); length++)
            (void)cursor_next(c);
    }
    if (length < 3) cursor_fail(c, ERR_INVALID);
}

static int32_t bounded(struct cursor *c, uint64_t least, uint64_t most)
{
    uint64_t value = cursor_u64(c);
    if (value >= least && value <= most) return (int32_t)value;
    cursor_fail(c, ERR_INVALID);
    return 0;
}

/* [+-]hh[:mm[:ss]] */
static int32_t clock_value(struct cursor *c, uint64_t hours_max)
{
    bool negative = cursor_accept(c, '-');
    if (!negative) (void)cursor_accept(c, '+');
    int32_t seconds = bounded(c, 0, hours_max) * 3600;
    if (cursor_accept(c, ':')) {
        seconds += bounded(c, 0, 59) * 60;
        if (cursor_accept(c, ':')) seconds += bounded(c, 0, 59);
    }
    return negative ? -seconds : seconds;
}

static struct tzif_change change_date(struct cursor *c)
{
    struct tzif_change change = {.kind = TZIF_DAY_WITH_LEAP, .second = 2 * 3600};
    if (cursor_accept(c, 'M')) {
        change.kind = TZIF_MONTH_WEEK_DAY;
        change.month = bounded(c, 1, 12);
        cursor_expect(c, STR("."));
        change.week = bounded(c, 1, 5);
        cursor_expect(c, STR("."));
        change.day = bounded(c, 0, 6);
    } else if (cursor_accept(c, 'J')) {
        change.kind = TZIF_DAY_WITHOUT_LEAP;
        change.day = bounded(c, 1, 365);
    } else {
        change.day = bounded(c, 0, 365);
    }
    if (cursor_accept(c, '/')) change.second = clock_value(c, 167);
    return change;
}

enum err tzif_parse_rule(struct str text, struct tzif_rule *out)
{
    *out = (struct tzif_rule){0};
    if (text.len == 0) return ERR_OK;
    struct cursor c = cursor_over(text);
    out->present = true;
    skip_zone_name(&c);
    out->standard_s = -clock_value(&c, 24);
    if (!cursor_done(&c)) {
        out->has_dst = true;
        skip_zone_name(&c);
        bool given = cursor_peek(&c) != ',';
        out->dst_s = given ? -clock_value(&c, 24) : out->standard_s + 3600;
        cursor_expect(&c, STR(","));
        out->start = change_date(&c);
        cursor_expect(&c, STR(","));
        out->end = change_date(&c);
        if (!cursor_done(&c)) cursor_fail(&c, ERR_INVALID);
    }
    return cursor_check(&c);
}

/* Days since 1970 of the change in that year. */
static int64_t change_day(const struct tzif_change *change, int64_t year)
{
    int64_t first = tzif_days_of_date(year, 1, 1);
    if (change->kind == TZIF_DAY_WITH_LEAP) return first + change->day;
    if (change->kind == TZIF_DAY_WITHOUT_LEAP) {
        bool leap = tzif_days_of_date(year + 1, 1, 1) - first == 366;
        return first + change->day - 1 + (leap && change->day >= 60);
    }
    int64_t month = tzif_days_of_date(year, change->month, 1),
            next = tzif_days_of_date(year, change->month + 1, 1);
    int64_t weekday = ((month + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    int64_t day = month + (change->day - weekday + 7) % 7 + (int64_t)(change->week - 1) * 7;
    return day < next ? day : day - 7;
}

static int32_t rule_offset_s(const struct tzif_rule *rule, int64_t utc_s)
{
    if (!rule->has_dst) return rule->standard_s;
    int32_t year, month, day;
    tzif_date_of_days(floor_div(utc_s + rule->standard_s, DAY_S), &year, &month, &day);
    int64_t start = change_day(&rule->start, year) * DAY_S + rule->start.second - rule->standard_s;
    int64_t end = change_day(&rule->end, year) * DAY_S + rule->end.second - rule->dst_s;
    bool dst = start < end ? utc_s >= start && utc_s < end : utc_s >= start || utc_s < end;
    return dst ? rule->dst_s : rule->standard_s;
}

int32_t tzif_offset_s(const struct tzif *t, int64_t utc_s)
{
    size_t low = 0, high = t->count; /* changes at or before utc_s */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (t->at[middle] <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == t->count && t->rule.present) return rule_offset_s(&t->rule, utc_s);
    return t->offset_s[low == 0 ? 0 : t->type[low - 1]];
}

/* ---- the file ---- */

struct header {
    int version;
    size_t ut_flags, std_flags, leaps, times, types, chars;
};

static uint64_t big_endian(struct cursor *c, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | ((unsigned)cursor_next(c) & 0xFFU);
    return value;
}

static struct header read_header(struct cursor *c)
{
    struct header h = {0};
    cursor_expect(c, STR("TZif"));
    h.version = cursor_next(c);
    (void)cursor_take(c, 15);
    h.ut_flags = big_endian(c, 4);
    h.std_flags = big_endian(c, 4);
    h.leaps = big_endian(c, 4);
    h.times = big_endian(c, 4);
    h.types = big_endian(c, 4);
    h.chars = big_endian(c, 4);
    if (h.times > TIMES_MAX || h.types > 256 || h.chars > TZIF_BYTES_MAX || h.leaps > TZIF_BYTES_MAX ||
        h.std_flags > h.types || h.ut_flags > h.types)
        cursor_fail(c, ERR_INVALID);
    return h;
}

static void skip_data(struct cursor *c, const struct header *h, size_t time_bytes)
{
    (void)cursor_take(c, h->times * (time_bytes + 1) + h->types * 6 + h->chars + h->leaps * (time_bytes + 4) +
                             h->std_flags + h->ut_flags);
}

static void read_changes(struct cursor *c, const struct header *h, unsigned time_bytes, struct tzif *out)
{
    for (size_t i = 0; i < h->times; i++) {
        uint64_t raw = big_endian(c, time_bytes);
        out->at[i] = time_bytes == 4 ? (int32_t)(uint32_t)raw : (int64_t)raw;
        if (i > 0 && out->at[i] <= out->at[i - 1]) cursor_fail(c, ERR_INVALID);
    }
    for (size_t i = 0; i < h->times; i++) {
        out->type[i] = (uint8_t)cursor_next(c);
        if (out->type[i] >= h->types) cursor_fail(c, ERR_INVALID);
    }
    for (size_t i = 0; i < h->types; i++) {
        int32_t offset = (int32_t)(uint32_t)big_endian(c, 4);
        if (offset < -25 * 3600 || offset > 26 * 3600) cursor_fail(c, ERR_INVALID);
        out->offset_s[i] = offset;
        (void)cursor_take(c, 2); /* is it daylight time, and its abbreviation: not needed */
    }
    (void)cursor_take(c, h->chars + h->std_flags + h->ut_flags);
}

static void read_footer(struct cursor *c, struct tzif *out)
{
    cursor_expect(c, STR("\n"));
    struct str rule = cursor_until(c, '\n');
    cursor_expect(c, STR("\n"));
    if (tzif_parse_rule(rule, &out->rule) != ERR_OK) cursor_fail(c, ERR_INVALID);
}

enum err tzif_parse(struct str bytes, struct tzif *out)
{
    *out = (struct tzif){0};
    if (bytes.len > TZIF_BYTES_MAX) return ERR_INVALID;
    struct cursor c = cursor_over(bytes);
    struct header h = read_header(&c);
    unsigned time_bytes = h.version == 0 ? 4 : 8;
    if (time_bytes == 8) {
        skip_data(&c, &h, 4);
        h = read_header(&c);
    }
    if (h.types == 0 || h.leaps != 0) cursor_fail(&c, ERR_INVALID);
    if (cursor_check(&c) != ERR_OK) return ERR_INVALID;
    out->count = h.times;
    out->at = calloc(h.times + 1, sizeof(*out->at));
    out->type = calloc(h.times + 1, sizeof(*out->type));
    if (out->at == NULL || out->type == NULL) return tzif_free(out), ERR_FULL;
    read_changes(&c, &h, time_bytes, out);
    if (time_bytes == 8) read_footer(&c, out);
    if (cursor_check(&c) == ERR_OK) return ERR_OK;
    tzif_free(out);
    return ERR_INVALID;
}

void tzif_free(struct tzif *t)
{
    free(t->at);
    free(t->type);
    *t = (struct tzif){0};
}

/*
 * price: reads a table of prices and finds the row that fits. Contract in price.h.
 *
 * A table is small (tens of rows), so finding is a walk over all of them. All amounts are whole
 * micro-dollars.
 */
#include "rules/price.h"

#include "rules/price_text.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 9, COLUMNS_NEEDED = 8, ITEM_BYTES = 40, SENDER_ANY = 0, DIRECTION_ANY = -1 };
static const char *const COLUMN_NAMES[COLUMNS] = {"from",      "item",    "country", "sender", "program",
                                                  "direction", "carrier", "usd",     "note"};
static const int64_t USD_MAX = 1000000; /* dollars; more is a slip of the pen */

struct price_row {
    int32_t from_day;      /* days since 1970-01-01 */
    uint32_t line;         /* of the text, for messages */
    char item[ITEM_BYTES]; /* "base", "surcharge" or a fee's name */
    char country[3];       /* "*" is any */
    int sender;            /* enum sender_kind, or SENDER_ANY */
    bool charity;
    int direction;         /* enum price_direction, or DIRECTION_ANY */
    enum carrier carrier;  /* CARRIER_ANY is any */
    int64_t micros;
};

struct str price_default_text(void)
{
    return (struct str){price_text, price_text_bytes};
}

void price_free(struct price_table *t)
{
    free(t->rows);
    *t = (struct price_table){NULL, 0};
}

/* ---- reading ---- */

/* Days from 1970-01-01 to a date of the Gregorian calendar (Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static int32_t day_number(int32_t year, int32_t month, int32_t day)
{
    int32_t y = month <= 2 ? year - 1 : year;
    int32_t era = y / 400, of_era = y - era * 400;
    int32_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_leap(uint64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static enum err parse_date(struct str s, struct price_row *row)
{
    static const unsigned char DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t year, month, day;

    if (s.len != 10 || s.at[4] != '-' || s.at[7] != '-') return ERR_INVALID;
    if (str_to_u64(str_slice(s, 0, 4), &year) != ERR_OK || str_to_u64(str_slice(s, 5, 7), &month) != ERR_OK ||
        str_to_u64(str_slice(s, 8, 10), &day) != ERR_OK)
        return ERR_INVALID;
    if (year < 1970 || month < 1 || month > 12 || day < 1) return ERR_INVALID;
    if (day > DAYS[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u)) return ERR_INVALID;
    row->from_day = day_number((int32_t)year, (int32_t)month, (int32_t)day);
    return ERR_OK;
}

static enum err parse_item(struct str s, struct price_row *row)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return ERR_INVALID;
    }
    return s.len == 0 || str_copy(s, row->item, sizeof row->item) != ERR_OK ? ERR_INVALID : ERR_OK;
}

static enum err parse_country(struct str s, struct price_row *row)
{
    bool letters = s.len == 2 && s.at[0] >= 'A' && s.at[0] <= 'Z' && s.at[1] >= 'A' && s.at[1] <= 'Z';
    if (!letters && !str_equal(s, STR("*"))) return ERR_INVALID;
    return str_copy(s, row->country, sizeof row->country);
}

static enum err parse_sender(struct str s, struct price_row *row)
{
    enum sender_kind kind;
    row->sender = SENDER_ANY;
    if (str_equal(s, STR("*"))) return ERR_OK;
    if (sender_kind_parse(s, &kind) != ERR_OK) return ERR_INVALID;
    row->sender = (int)kind;
    return ERR_OK;
}

static enum err parse_program(struct str s, struct price_row *row)
{
    row->charity = str_equal(s, STR("charity"));
    return row->charity || str_equal(s, STR("*")) ? ERR_OK : ERR_INVALID;
}

static enum err parse_direction(struct str s, struct price_row *row)
{
    if (str_equal(s, STR("out"))) row->direction = PRICE_OUT;
    else if (str_equal(s, STR("in"))) row->direction = PRICE_IN;
    else if (str_equal(s, STR("*"))) row->direction = DIRECTION_ANY;
    else return ERR_INVALID;
    return ERR_OK;
}

static enum err parse_carrier(struct str s, struct price_row *row)
{
    row->carrier = CARRIER_ANY;
    if (str_equal(s, STR("*"))) return ERR_OK;
    return str_equal(s, STR("any")) ? ERR_INVALID : carrier_from_slug(s, &row->carrier);
}

/* Dollars with up to six decimals. */
static enum err parse_usd(struct str s, struct price_row *row)
{
    struct str whole, part = str_cut(s, '.', &whole);
    uint64_t dollars, fraction = 0;

    if (whole.len < s.len && (part.len == 0 || part.len > 6 || str_to_u64(part, &fraction) != ERR_OK))
        return ERR_INVALID;
    if (str_to_u64(whole, &dollars) != ERR_OK || dollars > (uint64_t)USD_MAX) return ERR_INVALID;
    for (size_t digits = part.len; digits < 6; digits++) fraction *= 10;
    row->micros = (int64_t)(dollars * 1000000 + fraction);
    return ERR_OK;
}

static const struct column {
    enum err (*parse)(struct str, struct price_row *);
    const char *wants;
} PARSERS[COLUMNS_NEEDED] = {
    {parse_date, "a day such as 2026-07-01"},
    {parse_item, "base, surcharge or the name of a fee (a-z, 0-9 and _)"},
    {parse_country, "two capital letters such as US, or *"},
    {parse_sender, "long_code, toll_free, short_code, alpha or *"},
    {parse_program, "charity or *"},
    {parse_direction, "out, in or *"},
    {parse_carrier, "att, tmobile, verizon, uscc, other_us, canada, foreign, unknown or *"},
    {parse_usd, "dollars such as 0.0083, with six decimals at most"},
};

/* Cuts a line into its fields; gives how many there are, COLUMNS + 1 if more. */
static size_t cut_line(struct str line, struct str fields[COLUMNS])
{
    size_t count = 0;
    for (;;) {
        struct str field;
        size_t tab = str_find_char(line, '\t');
        field = str_trim(str_slice(line, 0, tab));
        if (count == COLUMNS) return COLUMNS + 1;
        fields[count++] = field;
        if (tab == line.len) return count;
        line = str_slice(line, tab + 1, line.len);
    }
}

static enum err check_header(struct str line, uint32_t number, struct fault *fault)
{
    struct str fields[COLUMNS];
    size_t count = cut_line(line, fields);

    for (size_t i = 0; i < COLUMNS_NEEDED; i++)
        if (i >= count || !str_equal(fields[i], str_from(COLUMN_NAMES[i])))
            return fault_set(fault, ERR_INVALID,
                             "line %u: column %zu must be called %s; the first line names the columns, with"
                             " tabs between them",
                             number, i + 1, COLUMN_NAMES[i]);
    return ERR_OK;
}

static enum err parse_row(struct str line, struct price_row *row, struct fault *fault)
{
    struct str fields[COLUMNS];
    size_t count = cut_line(line, fields);

    if (count < COLUMNS_NEEDED || count > COLUMNS)
        return fault_set(fault, ERR_INVALID,
                         "line %u: there are %s columns than the header names; put one tab between columns"
                         " and '*' where any will do",
                         row->line, count > COLUMNS ? "more" : "fewer");
    for (size_t i = 0; i < COLUMNS_NEEDED; i++)
        if (PARSERS[i].parse(fields[i], row) != ERR_OK)
            return fault_set(fault, ERR_INVALID, "line %u, column %s: \"" STR_FMT "\" is not right; write %s",
                             row->line, COLUMN_NAMES[i], STR_ARG(str_slice(fields[i], 0, 60)),
                             PARSERS[i].wants);
    return ERR_OK;
}

static bool same_key(const struct price_row *a, const struct price_row *b)
{
    return a->from_day == b->from_day && a->sender == b->sender && a->charity == b->charity &&
           a->direction == b->direction && a->carrier == b->carrier && strcmp(a->item, b->item) == 0 &&
           strcmp(a->country, b->country) == 0;
}

static enum err add_row(struct price_table *t, const struct price_row *row, struct fault *fault)
{
    if (t->count == PRICE_ROWS_MAX)
        return fault_set(fault, ERR_LIMIT, "line %u: more than %d rows; remove old ones", row->line,
                         PRICE_ROWS_MAX);
    for (size_t i = 0; i < t->count; i++)
        if (same_key(&t->rows[i], row))
            return fault_set(fault, ERR_INVALID,
                             "line %u: the same row stands in line %u; remove one of them", row->line,
                             t->rows[i].line);
    t->rows[t->count++] = *row;
    return ERR_OK;
}

/* Not empty and no comment. */
static bool has_content(struct str line)
{
    line = str_trim(line);
    return line.len > 0 && line.at[0] != '#';
}

static enum err parse_lines(struct str text, struct price_table *t, struct fault *fault)
{
    uint32_t number = 0;
    bool have_header = false;
    enum err e = ERR_OK;

    while (text.len > 0 && e == ERR_OK) {
        struct str line;
        struct price_row row = {.line = ++number};
        text = str_cut(text, '\n', &line);
        if (!has_content(line)) continue;
        if (!have_header) {
            e = check_header(line, number, fault);
            have_header = true;
            continue;
        }
        e = parse_row(line, &row, fault);
        if (e == ERR_OK) e = add_row(t, &row, fault);
    }
    if (e == ERR_OK && t->count == 0)
        e = fault_set(fault, ERR_INVALID, "the table has no rows; begin with the default table");
    return e;
}

/* Rows are lines, so counting line ends bounds them. */
static size_t rows_bound(struct str text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len && lines < PRICE_ROWS_MAX; i++)
        if (text.at[i] == '\n') lines++;
    return lines;
}

enum err price_parse(struct str text, struct price_table *out, struct fault *fault)
{
    size_t bad;
    enum err e;

    *out = (struct price_table){NULL, 0};
    if (text.len > PRICE_TEXT_BYTES_MAX)
        return fault_set(fault, ERR_LIMIT, "the table is larger than %d bytes; remove old rows",
                         PRICE_TEXT_BYTES_MAX);
    if (!str_is_utf8(text, &bad))
        return fault_set(fault, ERR_INVALID, "the table is not UTF-8 at byte %zu; save it as UTF-8", bad + 1);
    if (str_starts(text, STR("\xef\xbb\xbf"))) text = str_slice(text, 3, text.len);
    out->rows = calloc(rows_bound(text), sizeof *out->rows);
    if (out->rows == NULL) return fault_set(fault, ERR_FULL, "no memory for the table of prices");
    e = parse_lines(text, out, fault);
    if (e != ERR_OK) price_free(out);
    return e;
}

/* ---- finding ---- */

/* How many columns a row names that the query fits; -1 if it does not fit. The first letter of the item is compared
 * first: at that most rows fall. */
static int fit(const struct price_row *r, const char *item, const struct price_query *q, enum carrier carrier)
{
    bool any_country = r->country[0] == '*', any_sender = r->sender == SENDER_ANY;
    bool any_direction = r->direction == DIRECTION_ANY, any_carrier = r->carrier == CARRIER_ANY;

    if (r->item[0] != item[0]) return -1;
    if (r->charity && !q->charity) return -1;
    if (!any_carrier && r->carrier != carrier) return -1;
    if (!any_sender && r->sender != (int)q->sender) return -1;
    if (!any_direction && r->direction != (int)q->direction) return -1;
    if (!any_country && memcmp(r->country, q->country, sizeof r->country) != 0) return -1;
    if (strcmp(r->item, item) != 0) return -1;
    return !any_country + !any_sender + !any_direction + !any_carrier + r->charity;
}

/* True if row a, of fit `fit_a`, is to be preferred to b on that day. */
static bool better(const struct price_row *a, int fit_a, const struct price_row *b, int fit_b, int64_t day)
{
    bool holds_a = a->from_day <= day, holds_b = b->from_day <= day;
    if (holds_a != holds_b) return holds_a;
    if (fit_a != fit_b) return fit_a > fit_b;
    return holds_a ? a->from_day > b->from_day : a->from_day < b->from_day;
}

static const struct price_row *find(const struct price_table *t, const char *item,
                                    const struct price_query *q, enum carrier carrier)
{
    int64_t day = q->at_ms >= 0 ? q->at_ms / 86400000 : -1;
    const struct price_row *best = NULL;
    int best_fit = -1;

    for (size_t i = 0; i < t->count; i++) {
        int named = fit(&t->rows[i], item, q, carrier);
        if (named < 0) continue;
        if (best != NULL && !better(&t->rows[i], named, best, best_fit, day)) continue;
        best = &t->rows[i];
        best_fit = named;
    }
    return best;
}

/* Nobody knows the carrier: what the table says of `unknown`, else the dearest of all. */
static int64_t unknown_surcharge(const struct price_table *t, const struct price_query *q)
{
    const struct price_row *row = find(t, "surcharge", q, CARRIER_UNKNOWN);
    int64_t dearest = 0;

    if (row != NULL && row->carrier == CARRIER_UNKNOWN) return row->micros;
    for (unsigned c = CARRIER_ATT; c <= CARRIER_OTHER_US; c++) {
        row = find(t, "surcharge", q, (enum carrier)c);
        if (row != NULL && row->micros > dearest) dearest = row->micros;
    }
    return dearest;
}

enum err price_message(const struct price_table *t, const struct price_query *q, int64_t *micros)
{
    const struct price_row *base = find(t, "base", q, q->carrier), *surcharge;
    int64_t each;

    BUG_IF(q->segments < 0 || q->segments > PRICE_SEGMENTS_MAX);
    *micros = 0;
    if (base == NULL) return ERR_NOT_FOUND;
    each = base->micros;
    if (q->carrier == CARRIER_UNKNOWN) {
        each += unknown_surcharge(t, q);
    } else {
        surcharge = find(t, "surcharge", q, q->carrier);
        if (surcharge != NULL) each += surcharge->micros;
    }
    *micros = each * q->segments;
    return ERR_OK;
}

enum err price_fee(const struct price_table *t, struct str item, int64_t at_ms, int64_t *micros)
{
    struct price_query q = {.country = "US", .at_ms = at_ms};
    char name[ITEM_BYTES];
    const struct price_row *row;

    *micros = 0;
    if (str_copy(item, name, sizeof name) != ERR_OK) return ERR_NOT_FOUND;
    row = find(t, name, &q, CARRIER_ANY);
    if (row == NULL) return ERR_NOT_FOUND;
    *micros = row->micros;
    return ERR_OK;
}

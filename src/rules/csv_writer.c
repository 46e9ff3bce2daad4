/*
 * csv_writer: appends fields to a buffer, quoting where a reader would need it. Owns nothing; the buffer
 * tells failures.
 */
#include "rules/csv.h"

/* A sign, digits, and at most one point: what a spreadsheet shows as a number and never runs. */
static bool is_number(struct str s)
{
    size_t digits = 0, points = 0;
    for (size_t i = 1; i < s.len; i++) {
        if (s.at[i] >= '0' && s.at[i] <= '9') digits++;
        else if (s.at[i] == '.') points++;
        else return false;
    }
    return digits > 0 && points <= 1;
}

static bool is_formula(struct str s)
{
    if (s.len == 0) return false;
    switch (s.at[0]) {
    case '+':
    case '-':
        return !is_number(s);
    case '=':
    case '@':
    case '\t':
    case '\r':
        return true;
    default:
        return false;
    }
}

/* Spaces at the ends are kept by quotes; so is an empty first field, which alone would be a blank line. */
static bool needs_quotes(struct str s, char delimiter, bool first)
{
    if (s.len == 0) return first;
    if (str_trim(s).len != s.len) return true;
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] == delimiter || s.at[i] == '"' || s.at[i] == '\n' || s.at[i] == '\r') return true;
    return false;
}

static void add_quoted(struct buf *out, struct str s)
{
    while (s.len > 0) {
        size_t quote = str_find_char(s, '"');
        buf_add(out, str_slice(s, 0, quote));
        if (quote < s.len) buf_add(out, STR("\"\""));
        s = str_slice(s, quote + 1, s.len);
    }
}

void csv_write(struct csv_writer *w, struct str field)
{
    bool guard = w->formula_guard && is_formula(field);
    bool quotes = needs_quotes(field, w->delimiter, !w->in_record);

    if (w->in_record) buf_add_char(w->out, w->delimiter);
    w->in_record = true;
    if (quotes) buf_add_char(w->out, '"');
    if (guard) buf_add_char(w->out, '\'');
    add_quoted(w->out, field);
    if (quotes) buf_add_char(w->out, '"');
}

void csv_write_end(struct csv_writer *w)
{
    buf_add(w->out, STR("\r\n"));
    w->in_record = false;
}

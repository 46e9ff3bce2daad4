/*
 * csv_reader: gathers a record's bytes, then cuts them into fields.
 *
 * Gathering only looks for the record's end and keeps the bytes as they came, so that a bad record can be
 * shown and mended; cutting works on the complete record. All memory is taken at the start. When quoting
 * turns out to be broken in a record that ran over several lines, the first of them is reported and what came
 * behind is read again (`replay`), because a forgotten quote should cost one row, not all rows up to the
 * next quote.
 */
#include "rules/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum state {
    AT_FIRST_LINE,  /* keeps the first line, to find mark and delimiter */
    AT_FIELD_START,
    IN_PLAIN,       /* within an unquoted field */
    IN_QUOTES,
    BEHIND_QUOTE,   /* behind a quote within quotes: it closes, or is the first of two */
    IN_BROKEN_LINE, /* quoting is wrong: to the end of the line */
    IN_LONG_LINE,   /* over the bound: to the end of the line, keeping nothing */
    AT_END,
};

struct csv_reader {
    struct csv_options options;
    enum state state;
    bool finished, have_header;
    bool skip_lf;               /* a CR ended the line: an LF now belongs to it */
    bool delivered;             /* the record was given out: the next call begins another */
    uint64_t line, record_line; /* the line being read; the line on which the record began */
    struct str chunk;
    size_t chunk_at;
    char *replay;               /* read before the chunk; holds at most a record */
    size_t replay_at, replay_len;
    char *raw;                  /* the record as it came */
    size_t raw_len;
    size_t first_break;         /* offset in raw of the first line break in it, +1; 0: none */
    enum csv_reason broken;     /* why, in IN_BROKEN_LINE */
    char *unquoted;             /* where fields with doubled quotes are put together */
    size_t unquoted_len;
    struct str *fields, *names; /* columns_max each */
    size_t fields_count, names_count;
    char *header;               /* the bytes of the names */
    struct csv_problem problem;
    char sentence[256];
};

enum err csv_open(const struct csv_options *options, struct csv_reader **out)
{
    struct csv_reader *r = calloc(1, sizeof *r);
    *out = r;
    if (r == NULL) return ERR_FULL;
    r->options = *options;
    if (r->options.record_bytes_max == 0) r->options.record_bytes_max = 1 << 16;
    if (r->options.field_bytes_max == 0) r->options.field_bytes_max = 1 << 13;
    if (r->options.columns_max == 0) r->options.columns_max = 256;
    r->line = r->record_line = 1;
    r->replay = malloc(r->options.record_bytes_max);
    r->raw = malloc(r->options.record_bytes_max);
    r->unquoted = malloc(r->options.record_bytes_max);
    r->header = malloc(r->options.record_bytes_max);
    r->fields = calloc(r->options.columns_max, sizeof *r->fields);
    r->names = calloc(r->options.columns_max, sizeof *r->names);
    if (r->replay != NULL && r->raw != NULL && r->unquoted != NULL && r->header != NULL &&
        r->fields != NULL && r->names != NULL)
        return ERR_OK;
    csv_close(r);
    *out = NULL;
    return ERR_FULL;
}

void csv_close(struct csv_reader *r)
{
    if (r == NULL) return;
    free(r->replay);
    free(r->raw);
    free(r->unquoted);
    free(r->header);
    free(r->fields);
    free(r->names);
    free(r);
}

void csv_feed(struct csv_reader *r, struct str chunk)
{
    if (r->state == AT_END) return;
    BUG_IF(r->finished || r->chunk_at < r->chunk.len);
    r->chunk = chunk;
    r->chunk_at = 0;
}

void csv_finish(struct csv_reader *r)
{
    if (r->state == AT_END) return;
    BUG_IF(r->chunk_at < r->chunk.len);
    r->finished = true;
    r->chunk = (struct str){NULL, 0};
    r->chunk_at = 0;
}

/* ---- input ---- */

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

static struct str input(const struct csv_reader *r)
{
    if (r->replay_at < r->replay_len)
        return (struct str){r->replay + r->replay_at, r->replay_len - r->replay_at};
    return str_slice(r->chunk, r->chunk_at, r->chunk.len);
}

static void consume(struct csv_reader *r, size_t bytes)
{
    if (r->replay_at < r->replay_len) r->replay_at += bytes;
    else r->chunk_at += bytes;
}

/* Makes the last bytes taken, raw[from … raw_len), the next to be read. A record that is being gathered
 * while something is left of the replay began in the replay, so there going back is enough. */
static void unread(struct csv_reader *r, size_t from)
{
    size_t bytes = r->raw_len - from, in_chunk;

    if (r->replay_at < r->replay_len) {
        r->replay_at -= bytes;
        return;
    }
    in_chunk = bytes < r->chunk_at ? bytes : r->chunk_at;
    r->chunk_at -= in_chunk;
    r->replay_at = 0;
    r->replay_len = bytes - in_chunk;
    memcpy(r->replay, r->raw + from, r->replay_len);
}

static void begin_record(struct csv_reader *r)
{
    r->raw_len = r->unquoted_len = r->fields_count = 0;
    r->first_break = 0;
    r->record_line = r->line;
    r->state = AT_FIELD_START;
}

/* ---- problems ---- */

static enum csv_event report(struct csv_reader *r, enum csv_reason reason, struct str column)
{
    r->problem = (struct csv_problem){
        .reason = reason,
        .line = r->record_line,
        .column = column,
        .fatal = !r->have_header,
        .what = r->sentence,
        .raw = reason == CSV_RECORD_TOO_LONG ? STR("") : (struct str){r->raw, r->raw_len},
    };
    if (!r->have_header) r->state = AT_END;
    return CSV_BAD;
}

/* At most `bytes` of a text, without cutting a character in two. */
static struct str shorten(struct str s, size_t bytes)
{
    if (s.len <= bytes) return s;
    while (bytes > 0 && ((unsigned char)s.at[bytes] & 0xC0) == 0x80) bytes--;
    return str_slice(s, 0, bytes);
}

static enum csv_event report_column(struct csv_reader *r, enum csv_reason reason, size_t field,
                                    const char *what)
{
    struct str name = field < r->names_count ? r->names[field] : STR("");
    if (name.len > 0)
        (void)snprintf(r->sentence, sizeof r->sentence, "the value in column \"" STR_FMT "\" %s",
                       STR_ARG(shorten(name, 80)), what);
    else
        (void)snprintf(r->sentence, sizeof r->sentence, "field %zu %s", field + 1, what);
    return report(r, reason, name);
}

static enum csv_event report_quoting(struct csv_reader *r, enum csv_reason reason)
{
    (void)snprintf(r->sentence, sizeof r->sentence, "%s",
                   reason == CSV_OPEN_QUOTE
                       ? "a field begins with a quote that never closes; add the closing quote"
                       : "there is a quote inside a field; put the whole field in quotes and write each"
                         " quote in it twice");
    return report(r, reason, STR(""));
}

/* Sets the record's first line aside and goes on behind it. */
static enum csv_event retreat(struct csv_reader *r, enum csv_reason reason)
{
    size_t at = r->first_break - 1;

    unread(r, at + 1);
    r->skip_lf = r->raw[at] == '\r';
    r->line = r->record_line + 1;
    r->raw_len = at;
    r->state = AT_FIELD_START;
    return report_quoting(r, reason);
}

static enum csv_event report_too_long(struct csv_reader *r)
{
    (void)snprintf(r->sentence, sizeof r->sentence,
                   "the line is longer than %zu bytes and was skipped; shorten it, or look for a missing line"
                   " break",
                   r->options.record_bytes_max);
    return report(r, CSV_RECORD_TOO_LONG, STR(""));
}

static enum csv_event report_count(struct csv_reader *r)
{
    struct str missing = r->fields_count < r->names_count ? r->names[r->fields_count] : STR("");
    (void)snprintf(r->sentence, sizeof r->sentence,
                   "the record has %zu fields and the header has %zu; %s", r->fields_count, r->names_count,
                   missing.len > 0 ? "add the missing ones, empty if need be"
                                   : "remove the extra ones, or quote a field that contains the delimiter");
    return report(r, CSV_COLUMNS, missing);
}

/* ---- cutting ---- */

/* Takes the doubled quotes out of what stands between the outer ones. */
static struct str unquote(struct csv_reader *r, struct str inside)
{
    char *to = r->unquoted + r->unquoted_len;
    size_t len = 0;

    if (str_find_char(inside, '"') == inside.len) return inside;
    for (size_t i = 0; i < inside.len; i++) {
        to[len++] = inside.at[i];
        if (inside.at[i] == '"') i++;
    }
    r->unquoted_len += len;
    return (struct str){to, len};
}

/* Where the field that begins at `from` ends. The record is known to be well quoted. */
static size_t field_end(const struct csv_reader *r, size_t from)
{
    struct str rest = {r->raw + from, r->raw_len - from};
    size_t at = 0;

    if (rest.len == 0 || rest.at[0] != '"') return from + str_find_char(rest, r->options.delimiter);
    for (;;) {
        at += 1 + str_find_char(str_slice(rest, at + 1, rest.len), '"');
        if (at + 1 >= rest.len || rest.at[at + 1] != '"') return from + at + 1;
        at++;
    }
}

/* False if there are too many. */
static bool cut(struct csv_reader *r)
{
    for (size_t from = 0;; from++) {
        size_t to = field_end(r, from);
        struct str field = {r->raw + from, to - from};
        if (r->fields_count == r->options.columns_max) return false;
        if (field.len > 0 && field.at[0] == '"') field = unquote(r, str_slice(field, 1, field.len - 1));
        r->fields[r->fields_count++] = field;
        if (to == r->raw_len) return true;
        from = to;
    }
}

static bool is_text(struct str s)
{
    return str_is_utf8(s, NULL) && str_find_char(s, '\0') == s.len;
}

static enum csv_event report_not_utf8(struct csv_reader *r)
{
    for (size_t i = 0; i < r->fields_count; i++)
        if (!is_text(r->fields[i]))
            return report_column(r, CSV_NOT_UTF8, i, "is not UTF-8; save the file as \"CSV UTF-8\"");
    (void)snprintf(r->sentence, sizeof r->sentence, "%s",
                   "the record is not UTF-8; save the file as \"CSV UTF-8\"");
    return report(r, CSV_NOT_UTF8, STR(""));
}

static enum csv_event take_header(struct csv_reader *r)
{
    size_t used = 0;
    for (size_t i = 0; i < r->fields_count; i++) {
        struct str name = r->fields[i];
        if (name.len > 0) memcpy(r->header + used, name.at, name.len);
        r->names[i] = (struct str){r->header + used, name.len};
        used += name.len;
    }
    r->names_count = r->fields_count;
    r->have_header = true;
    return CSV_HEADER;
}

static enum csv_event deliver(struct csv_reader *r)
{
    bool fits = cut(r);

    if (!is_text((struct str){r->raw, r->raw_len})) return report_not_utf8(r);
    if (!fits) {
        (void)snprintf(r->sentence, sizeof r->sentence,
                       "the record has more than %zu fields; remove columns that are not needed",
                       r->options.columns_max);
        return report(r, CSV_TOO_MANY_COLUMNS, STR(""));
    }
    for (size_t i = 0; i < r->fields_count; i++)
        if (r->fields[i].len > r->options.field_bytes_max)
            return report_column(r, CSV_FIELD_TOO_LONG, i, "is too long; shorten it");
    if (!r->have_header) return take_header(r);
    return r->fields_count == r->names_count ? CSV_RECORD : report_count(r);
}

/* ---- gathering ---- */

static bool is_blank(const struct csv_reader *r)
{
    return str_trim((struct str){r->raw, r->raw_len}).len == 0;
}

/* Line breaks within the record: LF, CR, or both together as one. */
static uint64_t breaks_within(const struct csv_reader *r)
{
    uint64_t count = 0;
    if (r->first_break == 0) return 0;
    for (size_t i = r->first_break - 1; i < r->raw_len; i++)
        if (r->raw[i] == '\r' || (r->raw[i] == '\n' && (i == 0 || r->raw[i - 1] != '\r'))) count++;
    return count;
}

/* The record is complete. CSV_MORE: it was blank, go on. */
static enum csv_event end_record(struct csv_reader *r)
{
    enum state state = r->state;
    enum csv_event event;

    r->line = r->record_line + breaks_within(r) + 1;
    if (state == IN_LONG_LINE) event = report_too_long(r);
    else if (state == IN_BROKEN_LINE) event = report_quoting(r, r->broken);
    else if (is_blank(r)) event = CSV_MORE;
    else event = deliver(r);
    if (event == CSV_MORE) begin_record(r);
    return event;
}

static enum csv_event at_quote_error(struct csv_reader *r, enum csv_reason reason)
{
    if (r->first_break > 0) return retreat(r, reason);
    r->broken = reason;
    r->state = IN_BROKEN_LINE;
    return CSV_MORE;
}

/* The record is over the bound. Within quotes over several lines, a forgotten quote is the likely reason. */
static enum csv_event at_record_bound(struct csv_reader *r)
{
    if (r->first_break > 0) return retreat(r, CSV_OPEN_QUOTE);
    r->state = IN_LONG_LINE;
    return CSV_MORE;
}

/* The delimiter that the first line has most of, outside quotes; a comma if it has none. */
static char find_delimiter(struct str line)
{
    static const char DELIMITERS[] = ",;\t";
    size_t counts[sizeof DELIMITERS - 1] = {0}, best = 0;
    bool quoted = false;

    for (size_t i = 0; i < line.len; i++) {
        const char *hit = line.at[i] == '\0' ? NULL : strchr(DELIMITERS, line.at[i]);
        if (line.at[i] == '"') quoted = !quoted;
        if (hit != NULL && !quoted) counts[hit - DELIMITERS]++;
    }
    for (size_t i = 1; i < sizeof counts / sizeof counts[0]; i++)
        if (counts[i] > counts[best]) best = i;
    return DELIMITERS[best];
}

/* The first line is known: leaves out the byte order mark, finds the delimiter, and has the line read
 * again as a record. Blank lines before it are passed over. */
static void end_first_line(struct csv_reader *r)
{
    struct str line = {r->raw, r->raw_len};
    size_t mark = str_starts(line, STR("\xef\xbb\xbf")) ? 3 : 0;

    line = str_slice(line, mark, line.len);
    if (r->options.delimiter == 0) r->options.delimiter = find_delimiter(line);
    unread(r, mark);
    begin_record(r);
}

static bool is_first_line_blank(const struct csv_reader *r)
{
    struct str line = {r->raw, r->raw_len};
    if (str_starts(line, STR("\xef\xbb\xbf"))) line = str_slice(line, 3, line.len);
    return str_trim(line).len == 0;
}

static enum csv_event end_line(struct csv_reader *r, char c)
{
    if (r->state == AT_FIRST_LINE && !is_first_line_blank(r)) {
        end_first_line(r);
        return CSV_MORE;
    }
    consume(r, 1);
    r->skip_lf = c == '\r';
    if (r->state != AT_FIRST_LINE) return end_record(r);
    r->raw_len = 0;
    r->record_line = ++r->line;
    return CSV_MORE;
}

/* How many bytes from the front change nothing. */
static size_t plain_run(const struct csv_reader *r, struct str in)
{
    char delimiter = r->options.delimiter;
    size_t n = 0;

    switch (r->state) {
    case IN_PLAIN:
        while (n < in.len && in.at[n] != delimiter && in.at[n] != '"' && !is_break(in.at[n])) n++;
        return n;
    case IN_QUOTES:
        if (r->first_break > 0) return str_find_char(in, '"');
        while (n < in.len && in.at[n] != '"' && !is_break(in.at[n])) n++;
        return n;
    case AT_FIRST_LINE:
    case IN_BROKEN_LINE:
    case IN_LONG_LINE:
        while (n < in.len && !is_break(in.at[n])) n++;
        return n;
    default:
        return 0;
    }
}

static void keep(struct csv_reader *r, struct str bytes)
{
    if (r->state != IN_LONG_LINE) {
        memcpy(r->raw + r->raw_len, bytes.at, bytes.len);
        r->raw_len += bytes.len;
    }
    consume(r, bytes.len);
}

/* A byte that may change the state, and ends no record. */
static enum csv_event turn(struct csv_reader *r, struct str byte)
{
    char c = byte.at[0];
    bool quote = c == '"', delimiter = c == r->options.delimiter;

    switch (r->state) {
    case AT_FIELD_START:
        if (!quote && !delimiter) {
            r->state = IN_PLAIN;
            return CSV_MORE;
        }
        keep(r, byte);
        if (quote) r->state = IN_QUOTES;
        return CSV_MORE;
    case IN_PLAIN:
        if (quote) return at_quote_error(r, CSV_BAD_QUOTE);
        keep(r, byte);
        r->state = AT_FIELD_START;
        return CSV_MORE;
    case IN_QUOTES:
        keep(r, byte);
        if (quote) r->state = BEHIND_QUOTE;
        else r->first_break = r->raw_len;
        return CSV_MORE;
    default:
        BUG_IF(r->state != BEHIND_QUOTE);
        if (!quote && !delimiter) return at_quote_error(r, CSV_BAD_QUOTE);
        keep(r, byte);
        r->state = quote ? IN_QUOTES : AT_FIELD_START;
        return CSV_MORE;
    }
}

static enum csv_event step(struct csv_reader *r, struct str in)
{
    size_t run = plain_run(r, in), bytes = run > 0 ? run : 1;

    if (run == 0 && r->skip_lf && in.at[0] == '\n' && r->raw_len == 0) {
        r->skip_lf = false;
        consume(r, 1);
        return CSV_MORE;
    }
    r->skip_lf = false;
    if (run == 0 && is_break(in.at[0]) && r->state != IN_QUOTES) return end_line(r, in.at[0]);
    if (r->state != IN_LONG_LINE && bytes > r->options.record_bytes_max - r->raw_len)
        return at_record_bound(r);
    if (run == 0) return turn(r, str_slice(in, 0, 1));
    keep(r, str_slice(in, 0, run));
    return CSV_MORE;
}

/* No input is left. CSV_MORE: some was put back. */
static enum csv_event at_end(struct csv_reader *r)
{
    if (r->state == AT_FIRST_LINE && !is_first_line_blank(r)) {
        end_first_line(r);
        return CSV_MORE;
    }
    if (r->state == IN_QUOTES) return at_quote_error(r, CSV_OPEN_QUOTE);
    if (r->state != AT_FIRST_LINE && (r->state != AT_FIELD_START || r->raw_len > 0)) return end_record(r);
    if (r->have_header) {
        r->state = AT_END;
        return CSV_END;
    }
    (void)snprintf(r->sentence, sizeof r->sentence, "%s",
                   "there is nothing in the file; its first line must name the columns");
    r->raw_len = 0;
    return report(r, CSV_NO_HEADER, STR(""));
}

enum csv_event csv_next(struct csv_reader *r)
{
    enum csv_event event = CSV_MORE;

    if (r->state == AT_END) return CSV_END;
    if (r->delivered) begin_record(r);
    r->delivered = false;
    while (event == CSV_MORE) {
        struct str in = input(r);
        if (in.len == 0 && !r->finished) return CSV_MORE;
        event = in.len == 0 ? at_end(r) : step(r, in);
    }
    r->delivered = true;
    return event;
}

/* ---- what was read ---- */

const struct str *csv_fields(const struct csv_reader *r, size_t *count)
{
    *count = r->fields_count;
    return r->fields;
}

struct str csv_raw(const struct csv_reader *r)
{
    return (struct str){r->raw, r->raw_len};
}

uint64_t csv_line(const struct csv_reader *r)
{
    return r->record_line;
}

const struct csv_problem *csv_problem(const struct csv_reader *r)
{
    return &r->problem;
}

char csv_delimiter(const struct csv_reader *r)
{
    return r->have_header ? r->options.delimiter : '\0';
}

const char *csv_reason_name(enum csv_reason reason)
{
    static const char *const NAMES[] = {
        [CSV_BAD_QUOTE] = "bad_quote",
        [CSV_OPEN_QUOTE] = "open_quote",
        [CSV_COLUMNS] = "columns",
        [CSV_NOT_UTF8] = "not_utf8",
        [CSV_RECORD_TOO_LONG] = "record_too_long",
        [CSV_FIELD_TOO_LONG] = "field_too_long",
        [CSV_TOO_MANY_COLUMNS] = "too_many_columns",
        [CSV_NO_HEADER] = "no_header",
    };
    BUG_IF(reason < CSV_BAD_QUOTE || reason > CSV_NO_HEADER);
    return NAMES[reason];
}

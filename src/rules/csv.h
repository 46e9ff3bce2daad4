/*
 * csv: reads and writes comma-separated text (RFC 4180), in chunks of any size and bounded memory.
 *
 * The reader takes what spreadsheets write: a byte order mark, CRLF, LF or CR, quoted fields with
 * newlines, and comma, semicolon or tab (found in the header line). A record that is wrong is reported
 * with line, column and reason and reading goes on at the next: after bad quoting at the next *line*, so
 * that one stray quote does not swallow the rows behind it. A record over the bound is skipped without
 * being kept, whatever its length. Blank lines are passed over.
 *
 *     while (more) { csv_feed(r, chunk); while ((event = csv_next(r)) != CSV_MORE) … }
 *     csv_finish(r); then csv_next until CSV_END
 */
#ifndef STERLING_RULES_CSV_H
#define STERLING_RULES_CSV_H

#include "base/buf.h"

struct csv_options {
    size_t record_bytes_max; /* 0: 64 KiB. Memory held is about four times this */
    size_t field_bytes_max;  /* 0: 8 KiB */
    size_t columns_max;      /* 0: 256 */
    char delimiter;          /* 0: found in the header line */
};

enum csv_event {
    CSV_MORE = 0, /* feed the next chunk, or finish */
    CSV_HEADER,   /* csv_fields are the column names, as written */
    CSV_RECORD,   /* csv_fields are as many as the header's */
    CSV_BAD,      /* csv_problem says what is wrong; this record is set aside */
    CSV_END,      /* nothing more; for ever */
};

enum csv_reason {
    CSV_BAD_QUOTE = 1,  /* a quote within an unquoted field, or text behind a closing quote */
    CSV_OPEN_QUOTE,     /* a quote that never closes */
    CSV_COLUMNS,        /* another number of fields than the header has */
    CSV_NOT_UTF8,       /* also a NUL byte */
    CSV_RECORD_TOO_LONG,
    CSV_FIELD_TOO_LONG,
    CSV_TOO_MANY_COLUMNS,
    CSV_NO_HEADER,      /* the text is empty */
};

struct csv_problem {
    enum csv_reason reason;
    uint64_t line;      /* physical line (from 1) on which the record begins */
    struct str column;  /* name of the column, empty if none can be named */
    bool fatal;         /* the header is unreadable: only CSV_END follows */
    const char *what;   /* a sentence for people: what is wrong and what to do */
    struct str raw;     /* the record as it came, without its line end; empty if it was over the bound.
                         * Bytes: not surely UTF-8 */
};

struct csv_reader; /* owns its buffers and a copy of the header */

MUST_CHECK enum err csv_open(const struct csv_options *options, struct csv_reader **out); /* ERR_FULL */
void csv_close(struct csv_reader *r); /* NULL is fine */
/* The chunk stays the caller's and must stay until csv_next has returned CSV_MORE. After CSV_END (which
 * an unreadable header brings early) it is ignored. */
void csv_feed(struct csv_reader *r, struct str chunk);
void csv_finish(struct csv_reader *r); /* no chunk comes any more */
enum csv_event csv_next(struct csv_reader *r);

/* After CSV_HEADER or CSV_RECORD, until the next csv_next. */
const struct str *csv_fields(const struct csv_reader *r, size_t *count);
struct str csv_raw(const struct csv_reader *r); /* the same record as it came, without its line end */
uint64_t csv_line(const struct csv_reader *r);  /* where it begins */
const struct csv_problem *csv_problem(const struct csv_reader *r); /* after CSV_BAD */
char csv_delimiter(const struct csv_reader *r); /* 0 until the header was read */
const char *csv_reason_name(enum csv_reason reason); /* "bad_quote" … */

/* Appends records to `out`, which tells failures (buf_check). Fields are quoted where they need it. */
struct csv_writer {
    struct buf *out;
    char delimiter;      /* ',' ';' or '\t' */
    bool formula_guard;  /* see below */
    bool in_record;      /* the writer's own */
};
/* With the guard a field that a spreadsheet would run as a formula (it begins with = + - @ TAB or CR)
 * gets a leading apostrophe (OWASP, "CSV injection"), except plain numbers: +15551234567 and -3.5 stay as
 * they are. A guarded file does not read back the same; leave the guard off for files that are to be
 * imported again. */
void csv_write(struct csv_writer *w, struct str field);
void csv_write_end(struct csv_writer *w); /* ends the record with CRLF */

#endif

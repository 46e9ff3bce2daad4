/*
 * log: JSON lines on stderr (or a given stream), one event a line.
 *
 * Levels are the house's severities: debug, info, warn (bad data set aside), error (the world is
 * broken), and bugs go through bug(). Each line is an event name and typed fields. Phone numbers go
 * through log_number, which masks them (+1415***2671); there is no field type for bodies or secrets,
 * so they cannot be logged by habit. Thread-safe: a line is one write.
 */
#ifndef STERLING_BASE_LOG_H
#define STERLING_BASE_LOG_H

#include "base/clock.h"
#include "base/str.h"

#include <stdio.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };

struct log_field {
    const char *name;
    enum { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_NUMBER, LOG_FIELD_BOOL } kind;
    struct str text;
    int64_t value;
};

#define log_str(name, s) ((struct log_field){(name), LOG_FIELD_STR, (s), 0})
#define log_text(name, s) ((struct log_field){(name), LOG_FIELD_STR, str_from(s), 0})
#define log_int(name, v) ((struct log_field){(name), LOG_FIELD_INT, {NULL, 0}, (int64_t)(v)})
#define log_bool(name, v) ((struct log_field){(name), LOG_FIELD_BOOL, {NULL, 0}, (v) ? 1 : 0})
/* An E.164 number as text, or with an integer through log_e164. Masked on output. */
#define log_number(name, s) ((struct log_field){(name), LOG_FIELD_NUMBER, (s), 0})
#define log_e164(name, digits) ((struct log_field){(name), LOG_FIELD_NUMBER, {NULL, 0}, (int64_t)(digits)})

/* Process-wide set-up, once at start. `stream` NULL means stderr. */
void log_setup(enum log_level least, struct clock *clock, FILE *stream);
bool log_on(enum log_level level);
void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count);

#define LOG_FIELDS_COUNT(...)                                                                      \
    (sizeof((struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))
#define log_event(level, event, ...)                                                               \
    do {                                                                                           \
        if (log_on(level))                                                                         \
            log_write(level, event, (struct log_field[]){__VA_ARGS__}, LOG_FIELDS_COUNT(__VA_ARGS__)); \
    } while (0)

/* Masks a number into out[size]: country and area kept, middle starred. Also for error texts. */
void log_mask_number(struct str number, char *out, size_t size);
/* Appends `s` as a JSON string with quotes to `out` (a FILE-free helper lives in buf users). */
struct buf;
void log_json_string(struct buf *out, struct str s);

#endif

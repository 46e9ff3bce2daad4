/* log: JSON lines with masked numbers. Contract in log.h. */
#include "base/log.h"

#include "base/buf.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

static struct {
    enum log_level least;
    struct clock *clock;
    FILE *stream;
} setup = {.least = LOG_OFF};

void log_setup(enum log_level least, struct clock *clock, FILE *stream)
{
    setup.least = least;
    setup.clock = clock;
    setup.stream = stream == NULL ? stderr : stream;
}

bool log_on(enum log_level level)
{
    return level >= setup.least && level < LOG_OFF;
}

void log_mask_number(struct str number, char *out, size_t size)
{
    size_t keep_front = number.len > 9 ? 5 : number.len / 3;
    size_t keep_back = number.len > 9 ? 4 : 0;
    (void)snprintf(out, size, "%.*s***%.*s", (int)keep_front, number.at == NULL ? "" : number.at,
                   (int)keep_back, number.at == NULL ? "" : number.at + number.len - keep_back);
}

void log_json_string(struct buf *out, struct str s)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (c == '"' || c == '\\')
            buf_addf(out, "\\%c", c);
        else if (c == '\n')
            buf_add_text(out, "\\n");
        else if (c < 0x20 || c == 0x7F)
            buf_addf(out, "\\u%04x", c);
        else
            buf_add_char(out, (char)c);
    }
    buf_add_char(out, '"');
}

static void add_field(struct buf *line, const struct log_field *f)
{
    char masked[40], digits[24];
    buf_addf(line, ",\"%s\":", f->name);
    switch (f->kind) {
    case LOG_FIELD_STR:
        log_json_string(line, f->text);
        break;
    case LOG_FIELD_INT:
        buf_addf(line, "%" PRId64, f->value);
        break;
    case LOG_FIELD_BOOL:
        buf_add_text(line, f->value ? "true" : "false");
        break;
    case LOG_FIELD_NUMBER:
        (void)snprintf(digits, sizeof digits, "+%" PRId64, f->value);
        log_mask_number(f->text.at != NULL ? f->text : str_from(digits), masked, sizeof masked);
        log_json_string(line, str_from(masked));
        break;
    }
}

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    int64_t now_ms = clock_wall_ms(setup.clock);
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    struct buf line;

    (void)gmtime_r(&seconds, &utc);
    buf_init(&line, 16384);
    buf_addf(&line, "{\"at\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\",\"level\":\"%s\",\"event\":\"%s\"",
             utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
             (int)(now_ms % 1000), names[level], event);
    for (size_t i = 0; i < count; i++) add_field(&line, &fields[i]);
    buf_add_text(&line, "}\n");
    if (buf_check(&line) == ERR_OK) {
        (void)fwrite(line.at, 1, line.len, setup.stream);
        (void)fflush(setup.stream);
    }
    buf_free(&line);
}

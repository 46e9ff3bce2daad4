/*
 * csv_write_fuzz: fields that are written without the guard read back the same, with any delimiter; guarded ones are
 * never a formula. Byte 0 picks the delimiter, byte 1 the number of columns; fields are cut at 0xff.
 */
#include "rules/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS_MAX = 4, FIELDS_MAX = 40 };

static size_t cut_fields(struct str text, struct str out[FIELDS_MAX])
{
    size_t count = 0;
    while (text.len > 0 && count < FIELDS_MAX) {
        text = str_cut(text, '\xff', &out[count]);
        /* NUL and bytes that are no text are refused on reading, which is another target's matter. */
        if (str_is_utf8(out[count], NULL) && str_find_char(out[count], '\0') == out[count].len) count++;
    }
    return count;
}

static void write_all(struct csv_writer *w, const struct str *fields, size_t count, size_t columns)
{
    for (size_t i = 0; i < columns; i++)
        csv_write(w, STR("name"));
    csv_write_end(w);
    for (size_t i = 0; i < count; i++) {
        csv_write(w, fields[i]);
        if ((i + 1) % columns == 0) csv_write_end(w);
    }
}

static void check_read(struct str text, char delimiter, const struct str *fields, size_t count, size_t columns)
{
    struct csv_options options = {.delimiter = delimiter};
    struct csv_reader *r;
    enum csv_event event;
    size_t at = 0, found = 0;
    if (csv_open(&options, &r) != ERR_OK) return;
    csv_feed(r, text);
    BUG_IF(csv_next(r) != CSV_HEADER);
    while ((event = csv_next(r)) != CSV_END) {
        if (event == CSV_MORE) {
            csv_finish(r);
            continue;
        }
        BUG_IF(event != CSV_RECORD);
        const struct str *read = csv_fields(r, &found);
        BUG_IF(found != columns);
        for (size_t i = 0; i < found; i++, at++)
            BUG_IF(at >= count || !str_equal(read[i], fields[at]));
    }
    BUG_IF(at != count);
    csv_close(r);
}

static void check_guard(struct str field)
{
    struct buf out;
    struct csv_writer w = {.out = &out, .delimiter = ',', .formula_guard = true};
    struct str text;
    buf_init(&out, 1 << 20);
    csv_write(&w, field);
    csv_write_end(&w);
    text = buf_str(&out);
    if (text.len > 0 && text.at[0] == '"') text = str_slice(text, 1, text.len);
    BUG_IF(text.len > 0 && (text.at[0] == '=' || text.at[0] == '@' || text.at[0] == '\t' || text.at[0] == '\r') &&
           field.len > 0);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str fields[FIELDS_MAX];
    struct buf out;
    if (size < 2 || size > 4096) return 0;
    size_t columns = (size_t)data[1] % COLUMNS_MAX + 1;
    size_t count = cut_fields((struct str){(const char *)data + 2, size - 2}, fields) / columns * columns;
    struct csv_writer w = {.out = &out, .delimiter = ",;\t"[data[0] % 3]};
    buf_init(&out, 1 << 20);
    write_all(&w, fields, count, columns);
    BUG_IF(buf_check(&out) != ERR_OK);
    check_read(buf_str(&out), w.delimiter, fields, count, columns);
    for (size_t i = 0; i < count; i++)
        check_guard(fields[i]);
    buf_free(&out);
    return 0;
}

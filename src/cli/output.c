/* output: JSON, tables and figures on stdout. Contract in output.h. */
#include "cli/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_BYTES = 2048, COLUMNS_MAX = 12, PAGE_ROWS = 200 };

void print_json(json_t *root)
{
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    if (text != NULL) (void)puts(text);
    free(text);
}

json_t *json_at(json_t *object, const char *path)
{
    struct str rest = str_from(path), head;
    while (object != NULL && rest.len > 0) {
        char name[64];
        rest = str_cut(rest, '.', &head);
        if (str_copy(head, name, sizeof name) != ERR_OK) return NULL;
        object = json_object_get(object, name);
    }
    return json_is_null(object) ? NULL : object;
}

int64_t json_int_at(json_t *object, const char *path)
{
    return json_integer_value(json_at(object, path));
}

const char *json_text_at(json_t *object, const char *path)
{
    const char *text = json_string_value(json_at(object, path));
    return text == NULL ? "" : text;
}

void text_make_plain(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
        if (*c < ' ' || *c == 0x7f) *c = ' ';
        if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) c[0] = c[1] = ' '; /* U+0080 to U+009F */
    }
}

void format_at(json_t *object, const char *path, char *out, size_t size)
{
    json_t *value = json_at(object, path);
    char *text = NULL;

    if (value == NULL || (json_is_string(value) && json_string_length(value) == 0))
        (void)snprintf(out, size, "-");
    else if (json_is_string(value))
        (void)snprintf(out, size, "%s", json_string_value(value));
    else if (json_is_integer(value))
        (void)snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_boolean(value))
        (void)snprintf(out, size, "%s", json_is_true(value) ? "yes" : "no");
    else {
        text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        (void)snprintf(out, size, "%s", text == NULL ? "" : text);
        free(text);
    }
    text_make_plain(out);
}

/* Characters, not bytes; wide ones count as one. */
static int width_of(const char *text)
{
    int n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static void print_cell(const char *text, int width, bool last)
{
    (void)printf("%s%*s", text, last ? 0 : width - width_of(text) + 2, "");
}

void print_table(json_t *rows, const struct column *columns, size_t count)
{
    int widths[COLUMNS_MAX];
    char cell[CELL_BYTES];
    size_t at;
    json_t *row;

    BUG_IF(count > COLUMNS_MAX);
    if (json_array_size(rows) == 0) {
        (void)puts("(none)");
        return;
    }
    for (size_t i = 0; i < count; i++)
        widths[i] = width_of(columns[i].heading);
    json_array_foreach(rows, at, row)
    {
        for (size_t i = 0; i < count; i++) {
            format_at(row, columns[i].path, cell, sizeof cell);
            if (width_of(cell) > widths[i]) widths[i] = width_of(cell);
        }
    }
    for (size_t i = 0; i < count; i++)
        print_cell(columns[i].heading, widths[i], i + 1 == count);
    (void)putchar('\n');
    json_array_foreach(rows, at, row)
    {
        for (size_t i = 0; i < count; i++) {
            format_at(row, columns[i].path, cell, sizeof cell);
            print_cell(cell, widths[i], i + 1 == count);
        }
        (void)putchar('\n');
    }
}

void print_object(json_t *object, const struct column *columns, size_t count)
{
    char cell[CELL_BYTES];
    int width = 0;
    for (size_t i = 0; i < count; i++)
        if (width_of(columns[i].heading) > width) width = width_of(columns[i].heading);
    for (size_t i = 0; i < count; i++) {
        format_at(object, columns[i].path, cell, sizeof cell);
        (void)printf("%s:%*s%s\n", columns[i].heading, width - width_of(columns[i].heading) + 2, "", cell);
    }
}

void format_count(int64_t n, char out[32])
{
    char plain[24];
    size_t length, at = 0;
    (void)snprintf(plain, sizeof plain, "%" PRId64, n);
    length = strlen(plain);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && plain[i - 1] != '-' && (length - i) % 3 == 0) out[at++] = ',';
        out[at++] = plain[i];
    }
    out[at] = '\0';
}

void format_money(int64_t micros, char out[32])
{
    int64_t whole = micros / 1000000, rest = micros % 1000000;
    if (whole == 0 && rest != 0)
        (void)snprintf(out, 32, "$0.%04" PRId64, rest / 100);
    else
        (void)snprintf(out, 32, "$%" PRId64 ".%02" PRId64, whole, rest / 10000);
}

void format_duration(int64_t seconds, char out[32])
{
    if (seconds >= 86400)
        (void)snprintf(out, 32, "%" PRId64 "d %02" PRId64 "h", seconds / 86400, seconds / 3600 % 24);
    else if (seconds >= 3600)
        (void)snprintf(out, 32, "%" PRId64 "h %02" PRId64 "m", seconds / 3600, seconds / 60 % 60);
    else if (seconds >= 60)
        (void)snprintf(out, 32, "%" PRId64 "m %02" PRId64 "s", seconds / 60, seconds % 60);
    else
        (void)snprintf(out, 32, "%" PRId64 "s", seconds);
}

/* The route with "limit" and "cursor" added; free() it. */
static char *page_path(const char *path, int64_t rows, const char *cursor)
{
    struct buf b;
    char joint = strchr(path, '?') == NULL ? '?' : '&';
    buf_init(&b, 8192);
    buf_addf(&b, "%s%climit=%" PRId64, path, joint, rows);
    if (cursor[0] != '\0') buf_addf(&b, "&cursor=%s", cursor);
    return buf_take(&b);
}

int print_list(struct client *c, const char *path, int64_t limit, const struct column *columns, size_t count)
{
    json_t *rows = json_array(), *whole;
    char cursor[256] = "";
    int code = EXIT_DONE;

    do {
        int64_t left = limit == 0 ? PAGE_ROWS : limit - (int64_t)json_array_size(rows);
        char *page = page_path(path, left < PAGE_ROWS ? left : PAGE_ROWS, cursor);
        json_t *answer = NULL;
        code = client_call(c, "GET", page, NULL, &answer);
        free(page);
        if (code == EXIT_DONE) {
            (void)json_array_extend(rows, json_object_get(answer, "data"));
            (void)snprintf(cursor, sizeof cursor, "%s", json_text_at(answer, "next_cursor"));
        }
        json_decref(answer);
    } while (code == EXIT_DONE && cursor[0] != '\0' &&
             (limit == 0 || (int64_t)json_array_size(rows) < limit));
    if (code == EXIT_DONE && c->in->json) {
        whole = json_pack("{s:O}", "data", rows);
        print_json(whole);
        json_decref(whole);
    } else if (code == EXIT_DONE) {
        print_table(rows, columns, count);
    }
    json_decref(rows);
    return code;
}

const struct flag LIST_FLAGS[] = {{"limit", "N", "At most so many rows (all)", false}};
const size_t LIST_FLAGS_COUNT = 1;

void put_flag(json_t *object, const char *name, const struct invocation *in, const char *flag)
{
    const char *value = flag_value(in, flag);
    if (value != NULL) (void)json_object_set_new(object, name, json_string(value));
}

int call_and_print(struct invocation *in, const char *method, const char *path, json_t *body,
                   const struct column *columns, size_t count)
{
    struct client c;
    json_t *answer = NULL;
    int code = client_open(&c, in);

    if (code == EXIT_DONE) {
        code = client_call(&c, method, path, body, &answer);
        if (code == EXIT_DONE && in->json && answer != NULL)
            print_json(answer);
        else if (code == EXIT_DONE && answer != NULL && columns != NULL)
            print_object(answer, columns, count);
        json_decref(answer);
        client_close(&c);
    }
    json_decref(body);
    return code;
}

int call_on_argument(struct invocation *in, const char *method, const char *base, const char *tail, json_t *body,
                     const struct column *columns, size_t count)
{
    char *path = client_path_to(base, in->arguments[0], tail);
    int code = call_and_print(in, method, path, body, columns, count);
    free(path);
    return code;
}

int list_and_print(struct invocation *in, const char *path, const struct column *columns, size_t count)
{
    struct client c;
    int64_t limit;
    int code;
    if (!flag_int(in, "limit", 1, 1000000, 0, &limit)) return EXIT_USAGE;
    code = client_open(&c, in);
    if (code == EXIT_DONE) {
        code = print_list(&c, path, limit, columns, count);
        client_close(&c);
    }
    return code;
}

/* export: a stream that renders a page of contacts whenever the one before has gone. Contract in export.h. */
#include "http/export.h"

#include "app/values.h"
#include "app/view.h"
#include "rules/carrier.h"
#include "rules/csv.h"
#include "rules/phone.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 200, COLUMNS_MAX = 64, PAGE_BYTES_MAX = 16 << 20 };

struct export
{
    struct request *request;
    export_page_fn *page; /* NULL: contacts */
    uint32_t list;
    uint64_t after;
    bool begun, finished;
    char *columns[COLUMNS_MAX];
    size_t columns_count;
    struct buf text;
    size_t text_at;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_column(struct export *e, const char *name)
{
    for (size_t i = 0; i < e->columns_count; i++)
        if (strcmp(e->columns[i], name) == 0) return;
    if (e->columns_count == COLUMNS_MAX) return;
    e->columns[e->columns_count] = strdup(name);
    if (e->columns[e->columns_count] != NULL) e->columns_count++;
}

static void find_columns(struct export *e, const struct contact *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct values f;
        const char *name;
        json_t *value;
        if (values_parse(rows[i].fields, &f) != ERR_OK) continue;
        json_object_foreach((json_t *)f.object, name, value) add_column(e, name);
        values_free(&f);
    }
    qsort(e->columns, e->columns_count, sizeof *e->columns, by_name);
}

static void write_header(struct export *e)
{
    struct csv_writer w = {.out = &e->text, .delimiter = ','};

    csv_write(&w, STR("number"));
    for (size_t i = 0; i < e->columns_count; i++)
        csv_write(&w, str_from(e->columns[i]));
    csv_write(&w, STR("carrier"));
    csv_write(&w, STR("_consent"));
    csv_write_end(&w);
}

static enum err write_row(struct export *e, const struct contact *c)
{
    const struct request *q = e->request;
    struct csv_writer w = {.out = &e->text, .delimiter = ','};
    char number[PHONE_TEXT_BYTES];
    struct values f = {0};
    struct consent_holds h;
    enum err code = q->app->store->ops->consent_holds(q->reader, q->caller.org.id, c->number, 0, 0, &h);

    if (code != ERR_OK) return code;
    phone_format_e164(c->number, number);
    csv_write(&w, str_from(number));
    if (values_parse(c->fields, &f) != ERR_OK) f.object = NULL;
    for (size_t i = 0; i < e->columns_count; i++)
        csv_write(&w, values_get(&f, str_from(e->columns[i])));
    values_free(&f);
    csv_write(&w, str_from(carrier_slug((enum carrier)c->carrier)));
    csv_write(&w, str_from(consent_kind_name(h.kind)));
    csv_write_end(&w);
    return ERR_OK;
}

static bool next_other_page(struct export *e)
{
    struct arena scratch;
    enum err code;

    arena_init(&scratch, PAGE_BYTES_MAX);
    code = e->page(e->request, &scratch, &e->after, &e->text);
    arena_reset(&scratch);
    e->finished = code == ERR_NOT_FOUND;
    return (code == ERR_OK || e->finished) && buf_check(&e->text) == ERR_OK;
}

/* Renders the next page into `text`. False: the store or memory failed. */
static bool next_page(struct export *e)
{
    struct request *q = e->request;
    struct arena scratch;
    struct contact *rows;
    size_t count = PAGE;
    enum err code = ERR_FULL;

    buf_clear(&e->text);
    e->text_at = 0;
    if (e->page != NULL) return next_other_page(e);
    arena_init(&scratch, PAGE_BYTES_MAX);
    rows = arena_alloc(&scratch, PAGE * sizeof *rows);
    if (rows != NULL)
        code = q->app->store->ops->contacts(q->reader, &scratch, q->caller.org.id, e->list, e->after, rows,
                                            &count);
    if (code == ERR_OK && !e->begun) {
        find_columns(e, rows, count);
        write_header(e);
        e->begun = true;
    }
    for (size_t i = 0; code == ERR_OK && i < count; i++)
        code = write_row(e, &rows[i]);
    e->finished = count < PAGE;
    if (code == ERR_OK && count > 0) e->after = rows[count - 1].id;
    arena_reset(&scratch);
    return code == ERR_OK && buf_check(&e->text) == ERR_OK;
}

static ssize_t stream_read(void *state, uint64_t at, char *out, size_t max)
{
    struct export *e = state;
    size_t left;

    (void)at;
    if (e->text_at == e->text.len) {
        if (e->finished) return -1;
        if (!next_page(e)) return -2;
        if (e->text.len == 0) return -1;
    }
    left = e->text.len - e->text_at;
    if (left > max) left = max;
    memcpy(out, e->text.at + e->text_at, left);
    e->text_at += left;
    return (ssize_t)left;
}

static void stream_close(void *state)
{
    struct export *e = state;

    for (size_t i = 0; i < e->columns_count; i++)
        free(e->columns[i]);
    buf_free(&e->text);
    free(e);
}

static void export_begin(struct request *q, uint32_t list, export_page_fn *page, const char *disposition)
{
    struct export *e = calloc(1, sizeof *e);

    if (e == NULL) {
        reply_refuse(q, ERR_FULL, 503, "There is no memory for an export now; try again.");
        return;
    }
    e->request = q;
    e->list = list;
    e->page = page;
    buf_init(&e->text, PAGE_BYTES_MAX);
    reply_text(q, 200, "text/csv; charset=utf-8", STR(""));
    reply_header(q, "Content-Disposition", disposition);
    q->reply.stream = (struct reply_stream){stream_read, stream_close, e};
}

void export_contacts(struct request *q, uint32_t list)
{
    export_begin(q, list, NULL, "attachment; filename=\"contacts.csv\"");
}

void export_pages(struct request *q, const char *file, export_page_fn *page)
{
    char disposition[80];

    (void)snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", file);
    export_begin(q, 0, page, disposition);
}

/* contacts: /v1/contacts, its export as CSV, and /v1/lists. */
#include "app/contacts.h"
#include "app/view.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/export.h"
#include "http/page.h"

struct contact_answer {
    enum consent_kind consent;
    struct number_facts known;
};

/* What is shown of the number beside its contact. False: answered. */
static bool read_beside(struct request *q, uint64_t number, struct contact_answer *out)
{
    const struct store_ops *ops = q->app->store->ops;
    struct consent latest = {.kind = CONSENT_NONE};
    enum err code = ops->consent_get(q->reader, &q->arena, q->caller.org.id, number, &latest);

    if (code == ERR_NOT_FOUND) code = ERR_OK;
    out->consent = latest.kind;
    if (code == ERR_OK) code = ops->number_facts(q->reader, q->caller.org.id, number, &out->known);
    if (code != ERR_OK) reply_read_failed(q, code, "contact");
    return code == ERR_OK;
}

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct change_contacts *change = (const struct change_contacts *)c;
    const struct contact_answer *answer = q->state;

    *status = change->added > 0 ? 201 : 200;
    view_contact(q->app->ids, out, &change->rows[0], answer->consent, &answer->known);
}

static void take_list(struct request *q, struct json_in *in, uint32_t *list)
{
    struct contact_list found;
    struct str name;
    enum err code;

    if (!json_in_text(in, "list", JSON_OPTIONAL, LIST_NAME_MAX, &name)) return;
    code = lists_find(q->app, q->reader, &q->arena, q->caller.org.id, name, &found);
    if (code == ERR_OK) *list = found.id;
    else if (code == ERR_NOT_FOUND)
        json_in_refuse(in, "list", name, "There is no such list in this organization.",
                       "Make it with POST /v1/lists.");
    else (void)problem_set(&q->problem, code, "The list could not be read (%s); try again.", err_name(code));
}

static void put(struct request *q)
{
    struct contact_job *job = request_alloc(q, sizeof *job);
    struct contact_answer *answer = job == NULL ? NULL : request_alloc(q, sizeof *answer);
    struct contact_request c = {.merge = true};
    struct json_in in;

    if (answer == NULL || !body_open(q, &in)) return;
    (void)json_in_text(&in, "number", JSON_REQUIRED, 40, &c.number);
    (void)json_in_fields(&in, "fields", JSON_OPTIONAL, CONTACT_FIELDS_BYTES_MAX, &c.fields);
    take_list(q, &in, &c.list);
    (void)json_in_text(&in, "carrier", JSON_OPTIONAL, 64, &c.carrier);
    (void)json_in_text(&in, "postal_code", JSON_OPTIONAL, 20, &c.where.postal_code);
    (void)json_in_text(&in, "state", JSON_OPTIONAL, 40, &c.where.state);
    (void)json_in_text(&in, "time_zone", JSON_OPTIONAL, 64, &c.where.time_zone);
    (void)json_in_text(&in, "country", JSON_OPTIONAL, 2, &c.where.country);
    (void)json_in_bool(&in, "merge", JSON_OPTIONAL, &c.merge);
    if (!body_end(q, &in)) return;
    if (contacts_put(q->app, q->reader, &q->arena, &q->caller.org, &c, job, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    if (!read_beside(q, job->row.number, answer)) return;
    q->state = answer;
    request_write(q, &job->job, render);
}

static bool find(struct request *q, struct contact *out)
{
    enum err code = contacts_find(q->app, q->reader, &q->arena, &q->caller.org, q->args[0], out);

    if (code != ERR_OK) reply_read_failed(q, code, "contact");
    return code == ERR_OK;
}

static void get(struct request *q)
{
    struct contact c;
    struct contact_answer beside;

    if (!find(q, &c) || !read_beside(q, c.number, &beside)) return;
    view_contact(q->app->ids, reply_body(q), &c, beside.consent, &beside.known);
    reply_json(q, 200);
}

static void render_nothing(struct request *q, struct change *c, int *status, struct buf *out)
{
    (void)q;
    (void)c;
    (void)out;
    *status = 204;
}

static void delete (struct request *q)
{
    struct contact_delete_job *job = request_alloc(q, sizeof *job);
    struct contact c;

    if (job == NULL || !find(q, &c)) return;
    contacts_delete(q->app, q->caller.org.id, c.id, job);
    request_write(q, &job->job, render_nothing);
}

/* ?list= by name or id. False: answered. */
static bool list_filter(struct request *q, uint32_t *id)
{
    struct str wanted = request_param(q, STR("list"));
    struct contact_list found;
    enum err code;

    *id = 0;
    if (wanted.len == 0) return true;
    code = lists_find(q->app, q->reader, &q->arena, q->caller.org.id, wanted, &found);
    if (code == ERR_OK) *id = found.id;
    else reply_read_failed(q, code, "list");
    return code == ERR_OK;
}

static void list(struct request *q)
{
    struct page page;
    struct contact *rows;
    uint32_t of_list;
    size_t count;
    struct buf *b;
    enum err code;

    if (!page_read(q, "list", &page) || !list_filter(q, &of_list)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->contacts(q->reader, &q->arena, q->caller.org.id, of_list, page.from, rows,
                                        &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "contact");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++) {
        struct contact_answer beside;
        if (!read_beside(q, rows[i].number, &beside)) return;
        view_contact(q->app->ids, b, &rows[i], beside.consent, &beside.known);
    }
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

static void export(struct request *q)
{
    uint32_t of_list;

    if (!request_params_only(q, "list"))
        reply_problem(q);
    else if (list_filter(q, &of_list))
        export_contacts(q, of_list);
}

/* ---- lists ---- */

static void render_list(struct request *q, struct change *c, int *status, struct buf *out)
{
    *status = 201;
    view_list(q->app->ids, out, &((const struct change_list *)c)->list);
}

static void put_list(struct request *q)
{
    struct list_job *job = request_alloc(q, sizeof *job);
    struct str name = {NULL, 0};
    struct json_in in;

    if (job == NULL || !body_open(q, &in)) return;
    (void)json_in_text(&in, "name", JSON_REQUIRED, LIST_NAME_MAX, &name);
    if (!body_end(q, &in)) return;
    if (lists_put(q->app, q->caller.org.id, name, job, &q->problem) != ERR_OK)
        reply_problem(q);
    else
        request_write(q, &job->job, render_list);
}

static void get_list(struct request *q)
{
    struct contact_list l;
    enum err code = lists_find(q->app, q->reader, &q->arena, q->caller.org.id, q->args[0], &l);

    if (code != ERR_OK) {
        reply_read_failed(q, code, "list");
        return;
    }
    view_list(q->app->ids, reply_body(q), &l);
    reply_json(q, 200);
}

static void list_lists(struct request *q)
{
    struct page page;
    struct contact_list *rows;
    size_t count;
    struct buf *b;
    enum err code;

    if (!page_read(q, "", &page)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code =
        q->app->store->ops->lists(q->reader, &q->arena, q->caller.org.id, (uint32_t)page.from, rows, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "list");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++)
        view_list(q->app->ids, b, &rows[i]);
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/contacts", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, put, NULL, 0},
    {"GET", "/v1/contacts", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, list, NULL, 0},
    {"GET", "/v1/contacts/export", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, export, NULL, 0},
    {"GET", "/v1/contacts/{contact}", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
    {"DELETE", "/v1/contacts/{contact}", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_NONE, delete, NULL, 0},
    {"POST", "/v1/lists", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, put_list, NULL, 0},
    {"GET", "/v1/lists", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, list_lists, NULL, 0},
    {"GET", "/v1/lists/{list}", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get_list, NULL, 0},
};
const struct route_table ROUTES_CONTACTS = ROUTE_TABLE(ROUTES);

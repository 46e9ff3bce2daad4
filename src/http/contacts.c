/* contacts: /v1/contacts, its export as CSV, and /v1/lists. */
#include "app/contacts.h"
#include "app/view.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/export.h"
#include "http/page.h"

static enum consent_kind consent_of(struct request *q, uint64_t number)
{
    struct consent latest;

    if (q->app->store->ops->consent_get(q->reader, &q->arena, q->caller.org.id, number, &latest) != ERR_OK)
        return CONSENT_NONE;
    return latest.kind;
}

/* What cannot be read is as if nothing were known. */
static struct number_facts known_of(struct request *q, uint64_t number)
{
    struct number_facts n;

    if (q->app->store->ops->number_facts(q->reader, q->caller.org.id, number, &n) != ERR_OK)
        n = (struct number_facts){0};
    return n;
}

struct contact_answer {
    enum consent_kind consent;
    struct number_facts known;
};

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct change_contacts *change = (const struct change_contacts *)c;
    const struct contact_answer *answer = q->state;

    *status = change->added > 0 ? 201 : 200;
    view_contact(q->app->ids, out, &change->rows[0], answer->consent, &answer->known);
}

static bool take_list(struct request *q, struct json_in *in, uint32_t *list)
{
    struct contact_list found;
    struct str name;

    if (!json_in_text(in, "list", JSON_OPTIONAL, LIST_NAME_MAX, &name)) return true;
    if (lists_find(q->app, q->reader, &q->arena, q->caller.org.id, name, &found) == ERR_OK) {
        *list = found.id;
        return true;
    }
    json_in_refuse(in, "list", name, "There is no such list in this organization.",
                   "Make it with POST /v1/lists.");
    return false;
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
    (void)take_list(q, &in, &c.list);
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
    answer->consent = consent_of(q, job->row.number);
    answer->known = known_of(q, job->row.number);
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
    struct number_facts known;

    if (!find(q, &c)) return;
    known = known_of(q, c.number);
    view_contact(q->app->ids, reply_body(q), &c, consent_of(q, c.number), &known);
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

    *id = 0;
    if (wanted.len == 0) return true;
    if (lists_find(q->app, q->reader, &q->arena, q->caller.org.id, wanted, &found) != ERR_OK) {
        reply_missing(q, "list");
        return false;
    }
    *id = found.id;
    return true;
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
        struct number_facts known = known_of(q, rows[i].number);
        view_contact(q->app->ids, b, &rows[i], consent_of(q, rows[i].number), &known);
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

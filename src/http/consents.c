/* consents: /v1/consents: the ledger of opt-ins and opt-outs. */
#include "app/consents.h"
#include "app/view.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/page.h"

#include "rules/phone.h"

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    (void)q;
    *status = 201;
    view_consent_event(out, &((const struct change_consent *)c)->event);
}

static void create(struct request *q)
{
    struct consent_job *job = request_alloc(q, sizeof *job);
    struct consent_request c = {0};
    struct json_in in;
    size_t index;

    if (job == NULL || !body_open(q, &in)) return;
    (void)json_in_text(&in, "number", JSON_REQUIRED, 40, &c.number);
    if (json_in_choice(&in, "state", JSON_REQUIRED, "opted_out opted_in", &index))
        c.kind = index == 0 ? CONSENT_OPT_OUT : CONSENT_OPT_IN;
    (void)json_in_text(&in, "evidence", JSON_OPTIONAL, CONSENT_EVIDENCE_MAX, &c.evidence);
    if (!body_end(q, &in)) return;
    if (consents_put(q->app, &q->caller.org, &c, job, &q->problem) != ERR_OK)
        reply_problem(q);
    else
        request_write(q, &job->job, render);
}

static bool number_read(struct request *q, const char *field, struct str text, uint64_t *number)
{
    struct phone phone;
    struct fault f = {0};

    if (phone_parse(text, q->caller.org.region, &phone, &f) == ERR_OK) {
        *number = phone.digits;
        return true;
    }
    (void)problem_field(&q->problem, field, text, f.what,
                        "Give it as +14155552671 (%2B14155552671 in an address).");
    reply_problem(q);
    return false;
}

static void get(struct request *q)
{
    struct consent latest = {.org = q->caller.org.id};
    enum err code;

    if (!number_read(q, "number", q->args[0], &latest.number)) return;
    code = q->app->store->ops->consent_get(q->reader, &q->arena, q->caller.org.id, latest.number, &latest);
    if (code != ERR_OK && code != ERR_NOT_FOUND) {
        reply_read_failed(q, code, "consent");
        return;
    }
    /* A number that never said anything is neither in nor out: that is an answer, too. */
    view_consent_event(reply_body(q), &latest);
    reply_json(q, 200);
}

static void list(struct request *q)
{
    struct page page;
    struct consent *rows;
    uint64_t number = 0;
    size_t count;
    struct buf *b;
    enum err code;

    if (!page_read(q, "number", &page)) return;
    if (request_param(q, STR("number")).len > 0 &&
        !number_read(q, "?number", request_param(q, STR("number")), &number))
        return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code =
        q->app->store->ops->consents(q->reader, &q->arena, q->caller.org.id, number, page.from, rows, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "consent");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++)
        view_consent_event(b, &rows[i]);
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/consents", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, create, NULL, ROUTE_REPEATS_WAIT},
    {"GET", "/v1/consents", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, list, NULL, 0},
    {"GET", "/v1/consents/{number}", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
};
const struct route_table ROUTES_CONSENTS = ROUTE_TABLE(ROUTES);

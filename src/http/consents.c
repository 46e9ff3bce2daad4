/* consents: /v1/consents: the ledger of opt-ins and opt-outs, and the check that nobody altered it. */
#include "app/consent_import.h"
#include "app/consents.h"
#include "app/evidence.h"
#include "app/ledger.h"
#include "app/view.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/export.h"
#include "http/page.h"

#include "rules/phone.h"

enum { EXPORT_PAGE = 100 };

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    (void)q;
    *status = 201;
    view_consent_event(out, &((const struct change_consent *)c)->event);
}

static void create(struct request *q)
{
    struct consent_job *job = request_alloc(q, sizeof *job);
    struct consent_words words = {0};
    struct json_in in;

    if (job == NULL || !body_open(q, &in)) return;
    for (size_t i = 0; i < CONSENT_WORDS; i++)
        (void)json_in_text(&in, CONSENT_WORD_NAMES[i], i < 2 ? JSON_REQUIRED : JSON_OPTIONAL,
                           CONSENT_WORD_BYTES_MAX[i], consent_word(&words, i));
    if (!body_end(q, &in)) return;
    if (consents_put(q->app, q->reader, &q->arena, &q->caller.org, &words, job, &q->problem) != ERR_OK)
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

/* Who wants nothing from anybody on this installation has opted out here as well. ERR_NOT_FOUND: nobody said so. */
static enum err installation_refusal(struct request *q, struct consent *out)
{
    const struct store_ops *ops = q->app->store->ops;
    struct consent_holds h;
    struct consent row;
    size_t count = 1;
    enum err code = ops->consent_holds(q->reader, q->caller.org.id, out->number, 0, 0, &h);

    if (code != ERR_OK) return code;
    if (h.kind != CONSENT_OPT_OUT || h.entry == out->id) return ERR_NOT_FOUND;
    code = ops->consents(q->reader, &q->arena, 0, out->number, h.entry - 1, &row, &count);
    if (code != ERR_OK) return code;
    if (count == 0 || row.id != h.entry) return ERR_NOT_FOUND;
    *out = row;
    return ERR_OK;
}

/* `question`: a double opt-in that waits for its YES; NULL: there is none. */
static void put_standing(struct buf *out, const struct consent *latest, const struct consent *question)
{
    json_open(out, '{');
    view_consent_members(out, latest);
    json_put_time(out, "asked_at", question == NULL ? 0 : question->at_ms);
    json_put_time(out, "answer_until", question == NULL ? 0 : consents_answer_until(question->at_ms));
    json_close(out, '}');
}

static void get(struct request *q)
{
    struct consent latest = {.org = q->caller.org.id}, question;
    int64_t now_ms = clock_wall_ms(q->app->clock);
    enum err code, asked;

    if (!number_read(q, "number", q->args[0], &latest.number)) return;
    code = q->app->store->ops->consent_get(q->reader, &q->arena, q->caller.org.id, latest.number, &latest);
    if (code == ERR_OK || code == ERR_NOT_FOUND) code = installation_refusal(q, &latest);
    if (code != ERR_OK && code != ERR_NOT_FOUND) {
        reply_read_failed(q, code, "consent");
        return;
    }
    asked = consents_question(q->reader, &q->arena, q->caller.org.id, latest.number, now_ms, &question);
    if (asked != ERR_OK && asked != ERR_NOT_FOUND) {
        reply_read_failed(q, asked, "consent");
        return;
    }
    /* A number that never said anything is neither in nor out: that is an answer, too. */
    put_standing(reply_body(q), &latest, asked == ERR_OK ? &question : NULL);
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

/* A stretch of the chain; ?after= goes on where the one before ended. */
static void verify(struct request *q)
{
    struct str after = request_param(q, STR("after"));
    struct ledger_check c = {0};
    enum err code;

    if (!request_params_only(q, "after")) {
        reply_problem(q);
        return;
    }
    if (after.len > 0 && str_to_u64(after, &c.after) != ERR_OK) {
        (void)problem_field(&q->problem, "?after", after, "It is no number of an entry.",
                            "Use the `next` of the answer before, or leave it out.");
        reply_problem(q);
        return;
    }
    code = ledger_check(q->reader, &q->arena, q->caller.org.id, &c);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "entry");
        return;
    }
    ledger_view(q->app->ids, reply_body(q), &c);
    reply_json(q, 200);
}

static void evidence(struct request *q)
{
    struct str param = request_param(q, STR("path_after"));
    uint64_t number, after = 0;
    enum err code;

    if (!number_read(q, "number", q->args[0], &number)) return;
    if (!request_params_only(q, "path_after")) {
        reply_problem(q);
        return;
    }
    if (param.len > 0 && (str_to_u64(param, &after) != ERR_OK || after == 0)) {
        (void)problem_field(&q->problem, "?path_after", param, "It is no number of an entry.",
                            "Use the `path_next` of the answer before, or leave it out.");
        reply_problem(q);
        return;
    }
    if (param.len > 0)
        code = evidence_write_path(q->app, q->reader, &q->arena, &q->caller.org, after, reply_body(q));
    else code = evidence_write(q->app, q->reader, &q->arena, &q->caller.org, number, reply_body(q));
    if (code == ERR_OK) reply_json(q, 200);
    else reply_read_failed(q, code, "evidence");
}

/* ---- many ---- */

static void put_report(struct buf *out, bool dry, size_t rows, int64_t added, int64_t repeated)
{
    json_open(out, '{');
    json_put_bool(out, "dry_run", dry);
    json_put_int(out, "rows", (int64_t)rows);
    json_put_int(out, "added", added);
    json_put_int(out, "repeated", repeated);
    json_close(out, '}');
}

static void render_import(struct request *q, struct change *base, int *status, struct buf *out)
{
    const struct change_consent *c = (const struct change_consent *)base;

    (void)q;
    *status = 200;
    put_report(out, false, c->count, c->added, c->repeated);
}

static void import(struct request *q)
{
    struct consent_context c = {.reader = q->reader, .arena = &q->arena, .org = &q->caller.org,
                                .now_ms = clock_wall_ms(q->app->clock)};
    struct consent_import_job *job = request_alloc(q, sizeof *job);
    bool dry = request_param_bool(q, "dry_run");
    int64_t before = request_param_int(q, "lines_before", 0, CONSENT_IMPORT_LINES_MAX, 0);
    struct consent_import in;

    if (job == NULL || request_repeats(q)) return;
    (void)request_params_only(q, "dry_run lines_before");
    if (problem_check(&q->problem) != ERR_OK ||
        consent_import_read(&c, buf_str(&q->body), (uint64_t)before, &in, &q->problem) != ERR_OK) {
        reply_problem(q);
    } else if (dry) {
        put_report(reply_body(q), true, in.count, 0, 0);
        reply_json(q, 200);
    } else {
        consent_import_put(q->app, &in, job);
        request_write(q, &job->job, render_import);
    }
}

static enum err export_page(struct request *q, struct arena *a, uint64_t *after, struct buf *out)
{
    struct consent rows[EXPORT_PAGE];
    size_t count = EXPORT_PAGE;
    enum err code = q->app->store->ops->consents(q->reader, a, q->caller.org.id, 0, *after, rows, &count);

    if (*after == 0) consent_export_header(out);
    for (size_t i = 0; code == ERR_OK && i < count; i++) code = consent_export_row(q->reader, a, &rows[i], out);
    if (code == ERR_OK && count > 0) *after = rows[count - 1].id;
    return code == ERR_OK && count < EXPORT_PAGE ? ERR_NOT_FOUND : code;
}

static void export(struct request *q)
{
    if (!request_params_only(q, "")) reply_problem(q);
    else export_pages(q, "consents.csv", export_page);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/consents/import", ROUTE_EITHER, KEY_SCOPE_MANAGE, CONSENT_IMPORT_BYTES_MAX, import, NULL,
     ROUTE_REPEATS_WAIT},
    {"GET", "/v1/consents/export", ROUTE_EITHER, KEY_SCOPE_READ, BODY_NONE, export, NULL, 0},
    {"POST", "/v1/consents", ROUTE_EITHER, KEY_SCOPE_MANAGE, BODY_SETTING, create, NULL, ROUTE_REPEATS_WAIT},
    {"GET", "/v1/consents", ROUTE_EITHER, KEY_SCOPE_READ, BODY_NONE, list, NULL, 0},
    {"GET", "/v1/consents/verify", ROUTE_EITHER, KEY_SCOPE_READ, BODY_NONE, verify, NULL, 0},
    {"GET", "/v1/consents/{number}/evidence", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, evidence, NULL, 0},
    {"GET", "/v1/consents/{number}", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
};
const struct route_table ROUTES_CONSENTS = ROUTE_TABLE(ROUTES);

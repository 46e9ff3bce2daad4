/* registrations: /v1/registrations: programs on their way through the registries. */
#include "app/registrations.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/page.h"

enum { FACTS_BYTES = 128 * 1024, NAME_BYTES = 100 };
/* As enum brand_type, which begins with none. */
static const char KINDS[] = "standard low_volume sole_proprietor toll_free";

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct change_registration *done = (const struct change_registration *)c;

    *status = q->state != NULL ? 201 : 200;
    registration_view(q->app, &done->registration, true, out);
}

/* What an edit made of it, with what it changed. */
static void render_changed(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct change_registration *done = (const struct change_registration *)c;
    const struct registration_job *job = q->state;

    *status = 200;
    registration_view_changed(q->app, &done->registration, job->changes, out);
}

static void create(struct request *q)
{
    struct registration_job *job = request_alloc(q, sizeof *job);
    struct registration_request r = {.start = true};
    struct json_in in;
    size_t kind = 0;

    if (job == NULL || !body_open(q, &in)) return;
    (void)json_in_choice(&in, "kind", JSON_REQUIRED, KINDS, &kind);
    (void)json_in_text(&in, "program", JSON_OPTIONAL, NAME_BYTES, &r.program);
    (void)json_in_fields(&in, "facts", JSON_REQUIRED, FACTS_BYTES, &r.facts);
    (void)json_in_bool(&in, "start", JSON_OPTIONAL, &r.start);
    (void)json_in_bool(&in, "unchecked", JSON_OPTIONAL, &r.unchecked);
    if (!body_end(q, &in)) return;
    r.kind = (enum brand_type)(kind + 1);
    if (registrations_create(q->app, q->reader, &q->arena, q->caller.org.id, &r, job, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    q->state = job;
    request_write(q, &job->job, render);
}

static bool find(struct request *q, struct registration *g)
{
    uint64_t id;
    enum err code;

    if (!arg_id(q, 0, PUBLIC_REGISTRATION, "registration", &id)) return false;
    code = q->app->store->ops->registration_get(q->reader, &q->arena, q->caller.org.id, id, g);
    if (code != ERR_OK) reply_read_failed(q, code, "registration");
    return code == ERR_OK;
}

static void get(struct request *q)
{
    struct registration g;

    if (!find(q, &g)) return;
    registration_view(q->app, &g, true, reply_body(q));
    reply_json(q, 200);
}

static void list(struct request *q)
{
    struct page page;
    struct registration *rows;
    struct buf *b;
    size_t count;
    enum err code;

    if (!page_read(q, "", &page)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->registrations(q->reader, &q->arena, q->caller.org.id, page.from, rows, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "registration");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++) registration_view(q->app, &rows[i], false, b);
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

static void patch(struct request *q)
{
    struct registration_job *job = request_alloc(q, sizeof *job);
    struct registration g;
    struct json_in in;
    struct str facts = STR("{}");

    if (job == NULL || !find(q, &g) || !body_open(q, &in)) return;
    (void)json_in_fields(&in, "facts", JSON_REQUIRED, FACTS_BYTES, &facts);
    if (!body_end(q, &in)) return;
    if (registrations_edit(q->app, &q->arena, &g, facts, job, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    q->state = job;
    request_write(q, &job->job, render_changed);
}

static void move(struct request *q, enum registration_verb verb)
{
    struct registration_job *job = request_alloc(q, sizeof *job);
    struct registration g;
    struct json_in in;
    bool unchecked = false;

    if (job == NULL || !find(q, &g) || !body_open_optional(q, &in)) return;
    if (verb == REGISTRATION_START || verb == REGISTRATION_RESUBMIT)
        (void)json_in_bool(&in, "unchecked", JSON_OPTIONAL, &unchecked);
    if (!body_end(q, &in)) return;
    if (registrations_move(q->app, &q->arena, &g, verb, unchecked, job, &q->problem) != ERR_OK) reply_problem(q);
    else request_write(q, &job->job, render);
}

static void start(struct request *q) { move(q, REGISTRATION_START); }
static void resubmit(struct request *q) { move(q, REGISTRATION_RESUBMIT); }
static void passcode(struct request *q) { move(q, REGISTRATION_OTP); }
static void look(struct request *q) { move(q, REGISTRATION_LOOK); }
static void cancel(struct request *q) { move(q, REGISTRATION_CANCEL); }

static void notes(struct request *q)
{
    struct registration g;
    struct registration_note *rows;
    struct page page;
    struct buf *b;
    size_t count;
    enum err code;

    if (!find(q, &g) || !page_read(q, "", &page)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->registration_notes(q->reader, &q->arena, q->caller.org.id, g.id, page.from, rows,
                                                  &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "registration");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++) registration_note_view(&rows[i], b);
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/registrations", ROUTE_TENANT, KEY_SCOPE_OPERATOR, 262144, create, NULL, 0},
    {"GET", "/v1/registrations", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, list, NULL, 0},
    {"GET", "/v1/registrations/{id}", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
    {"PATCH", "/v1/registrations/{id}", ROUTE_TENANT, KEY_SCOPE_OPERATOR, 262144, patch, NULL, 0},
    {"POST", "/v1/registrations/{id}/start", ROUTE_TENANT, KEY_SCOPE_OPERATOR, BODY_SETTING, start, NULL, 0},
    {"POST", "/v1/registrations/{id}/resubmit", ROUTE_TENANT, KEY_SCOPE_OPERATOR, BODY_SETTING, resubmit, NULL, 0},
    {"POST", "/v1/registrations/{id}/passcode", ROUTE_TENANT, KEY_SCOPE_OPERATOR, BODY_SETTING, passcode, NULL, 0},
    {"POST", "/v1/registrations/{id}/look", ROUTE_TENANT, KEY_SCOPE_OPERATOR, BODY_SETTING, look, NULL, 0},
    {"POST", "/v1/registrations/{id}/cancel", ROUTE_TENANT, KEY_SCOPE_OPERATOR, BODY_SETTING, cancel, NULL, 0},
    {"GET", "/v1/registrations/{id}/notes", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, notes, NULL, 0},
};
const struct route_table ROUTES_REGISTRATIONS = ROUTE_TABLE(ROUTES);

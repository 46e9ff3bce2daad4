/* campaigns: /v1/campaigns: drafts, moves, live counts. The report is in report.c. */
#include "app/campaigns.h"
#include "app/content.h"
#include "app/messages.h"
#include "app/orgs.h"
#include "app/view.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/campaign_facts.h"
#include "http/limits.h"
#include "http/page.h"
#include "http/pace.h"
#include "http/server_parts.h"
#include "rules/carrier.h"

static const char KINDS[] = "transactional conversational marketing";

static void read_allowance(struct request *q, const struct campaign *c, struct allowance *out)
{
    struct allowance_audience to = {.segments = c->segments, .messages = 0};
    int64_t table[16][MESSAGE_STATES];

    if (q->app->store->ops->campaign_carriers(q->reader, c->org, c->id, table) != ERR_OK) return;
    for (unsigned k = 0; k < CARRIER_COUNT; k++)
        for (int s = 0; s < MESSAGE_STATES; s++)
            if (table[k][s] > 0) to.carriers |= 1u << k;
    for (int s = MESSAGE_ARMED; s < MESSAGE_STATES; s++)
        if (s != MESSAGE_HELD && s != MESSAGE_BLOCKED && s != MESSAGE_CANCELED && s != MESSAGE_EXPIRED)
            to.messages += c->counts[s];
    if (to.messages == 0) to.segments = 0;
    allowance_of(q->app, q->reader, &q->arena, c->org, c->program, &to, out);
}

bool campaign_facts_read(struct request *q, const struct campaign *c, bool live, struct view_campaign_facts *out)
{
    struct contact_list list = {.name = {NULL, 0}};
    struct program program;
    org_id org = q->caller.org.id;
    enum err code = ERR_OK;

    *out = (struct view_campaign_facts){.rate_per_ks = -1, .allowed = {-1, -1}};
    out->now_ms = clock_wall_ms(q->app->clock);
    if (c->list != 0) code = q->app->store->ops->list_get(q->reader, &q->arena, org, c->list, &list);
    if (code == ERR_OK) code = orgs_program_by_id(q->reader, &q->arena, org, c->program, &program);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "list or program");
        return false;
    }
    out->list = list.name;
    out->program = program.name;
    if (!live) return true;
    read_allowance(q, c, &out->allowed);
    if (c->state == CAMPAIGN_RUNNING)
        out->rate_per_ks =
            pace_per_ks(q->server->pace, c->id, view_campaign_done(c), c->started_ms, out->now_ms);
    return true;
}

/* False: answered otherwise. */
static bool put_campaign(struct request *q, struct buf *b, const struct campaign *c, bool live)
{
    struct view_campaign_facts facts;

    if (!campaign_facts_read(q, c, live, &facts)) return false;
    json_open(b, '{');
    view_campaign_members(q->app->ids, b, c, &facts);
    json_close(b, '}');
    return true;
}

/* ---- creating and editing ---- */

static void render(struct request *q, struct change *change, int *status, struct buf *out)
{
    const struct campaign *c = &((const struct change_campaign *)change)->campaign;
    const struct campaign_job *job = q->state;
    const struct view_campaign_facts facts = {
        .list = job->list.name, .program = job->program.name, .rate_per_ks = -1, .allowed = {-1, -1}};

    *status = str_equal(q->method, STR("POST")) ? 201 : 200;
    json_open(out, '{');
    view_campaign_members(q->app->ids, out, c, &facts);
    json_key(out, "warnings");
    json_open(out, '[');
    for (size_t i = 0; i < job->warnings_count; i++) {
        json_open(out, '{');
        json_put_text(out, "code", job->warnings[i].code);
        json_put_text(out, "detail", job->warnings[i].detail);
        json_close(out, '}');
    }
    json_close(out, ']');
    json_key(out, "preflight");
    json_open(out, '{');
    preflight_members(out, &job->preflight);
    json_close(out, '}');
    json_close(out, '}');
}

static void read_campaign(struct json_in *in, struct campaign_request *c)
{
    enum json_need need = c->id == 0 ? JSON_REQUIRED : JSON_OPTIONAL;
    size_t index;

    (void)json_in_text(in, "name", need, CAMPAIGN_NAME_MAX, &c->name);
    (void)json_in_text(in, "template", need, CAMPAIGN_TEMPLATE_BYTES_MAX, &c->template_text);
    if (json_in_text(in, "list", JSON_OPTIONAL, 100, &c->list)) c->list_id = 0;
    if (c->id == 0 && c->list.at != NULL && c->list.len == 0) /* what was to be filled in, and would be everybody */
        json_in_refuse(in, "list", c->list, "It is empty.", "Name a list, or leave it out to write to everybody.");
    if (json_in_choice(in, "kind", JSON_OPTIONAL, KINDS, &index)) c->kind = (enum message_kind)(index + 1);
    if (json_in_text(in, "program", JSON_OPTIONAL, 100, &c->program)) c->program_id = 0;
    (void)json_in_time(in, "start_at", JSON_OPTIONAL, &c->start_at_ms);
    (void)json_in_int(in, "validity_s", JSON_OPTIONAL, VALIDITY_LEAST_S, VALIDITY_MOST_S, &c->validity_s);
    (void)json_in_int(in, "pause_failures_permille", JSON_OPTIONAL, 0, 1000, &c->pause_failures_permille);
    (void)json_in_bool(in, "retry_undelivered", JSON_OPTIONAL, &c->retry_undelivered);
}

/* The codes of findings that the caller knows of, and who the caller is. */
static void read_acknowledged(struct request *q, struct json_in *in, struct preflight_acknowledged *out)
{
    char id[PUBLIC_ID_BYTES];
    json_t *codes;
    size_t at;
    json_t *code;

    public_id_format(q->app->ids, PUBLIC_KEY, q->caller.key, id);
    out->by = arena_str(&q->arena, str_from(id));
    if (!json_in_array(in, "acknowledge", JSON_OPTIONAL, PREFLIGHT_ACKNOWLEDGED_MAX, &codes)) return;
    json_array_foreach(codes, at, code) {
        if (json_is_string(code))
            out->codes[out->count++] = (struct str){json_string_value(code), json_string_length(code)};
        else
            json_in_refuse(in, "acknowledge", (struct str){NULL, 0}, "It holds something that is no text.",
                           "Give the codes of findings, or \"all\".");
    }
}

static void write_campaign(struct request *q, struct campaign_request *c)
{
    struct campaign_job *job = request_alloc(q, sizeof *job);
    struct json_in in;

    if (job == NULL || !body_open(q, &in)) return;
    read_campaign(&in, c);
    read_acknowledged(q, &in, &c->acknowledged);
    if (!body_end(q, &in)) return;
    if (campaigns_put(q->app, q->reader, &q->arena, &q->caller.org, c, job, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    q->state = job;
    request_write(q, &job->job, render);
}

static void create(struct request *q)
{
    struct campaign_request c = {.kind = KIND_MARKETING, .pause_failures_permille = -1};

    write_campaign(q, &c);
}

static bool find(struct request *q, struct campaign *out)
{
    uint64_t id;
    enum err code;

    if (!arg_id(q, 0, PUBLIC_CAMPAIGN, "campaign", &id)) return false;
    code = q->app->store->ops->campaign_get(q->reader, &q->arena, q->caller.org.id, id, out);
    if (code != ERR_OK) reply_read_failed(q, code, "campaign");
    return code == ERR_OK;
}

static void patch(struct request *q)
{
    struct campaign old;
    struct campaign_request c;

    if (!find(q, &old)) return;
    if (old.state != CAMPAIGN_DRAFT && old.state != CAMPAIGN_SCHEDULED) {
        reply_refuse(q, ERR_CONFLICT, 409,
                     "A campaign that is %s cannot be edited; cancel it and create another.",
                     view_campaign_state(old.state));
        return;
    }
    c = (struct campaign_request){.id = old.id,
                                  .rev = old.rev,
                                  .name = old.name,
                                  .template_text = old.template_text,
                                  .list_id = old.list,
                                  .kind = old.kind,
                                  .program_id = old.program,
                                  .start_at_ms = old.start_at_ms,
                                  .validity_s = old.validity_s,
                                  .pause_failures_permille = old.pause_failures_permille,
                                  .retry_undelivered = old.retry_undelivered};
    write_campaign(q, &c);
}

/* ---- reading ---- */

static void get(struct request *q)
{
    struct campaign c;

    if (find(q, &c) && put_campaign(q, reply_body(q), &c, true)) reply_json(q, 200);
}

static void list(struct request *q)
{
    struct page page;
    struct campaign *rows;
    size_t count;
    struct buf *b;
    enum err code;

    if (!page_read(q, "", &page)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->campaigns(q->reader, &q->arena, q->caller.org.id, page.from, rows, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "campaign");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++)
        if (!put_campaign(q, b, &rows[i], false)) return;
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

/* ---- before the start ---- */

/* NULL: answered. */
static struct acknowledgement *read_acknowledgements(struct request *q, const struct campaign *c, size_t *count)
{
    struct acknowledgement *rows = request_alloc(q, PREFLIGHT_ACKNOWLEDGED_MAX * sizeof *rows);
    enum err code;

    if (rows == NULL) return NULL;
    *count = PREFLIGHT_ACKNOWLEDGED_MAX;
    code = q->app->store->ops->acknowledgements(q->reader, &q->arena, c->org, c->id, rows, count);
    if (code == ERR_OK) return rows;
    reply_read_failed(q, code, "campaign");
    return NULL;
}

static void put_acknowledged(struct buf *b, const struct acknowledgement *rows, size_t count)
{
    json_key(b, "acknowledged");
    json_open(b, '[');
    for (size_t i = 0; i < count; i++) {
        char version[CONTENT_VERSION_BYTES];
        content_version_format(rows[i].rule_set, version);
        json_open(b, '{');
        json_put_time(b, "at", rows[i].at_ms);
        json_put_str(b, "by", rows[i].by);
        json_put_text(b, "rule_set", version);
        json_key(b, "findings");
        json_raw(b, rows[i].findings);
        json_close(b, '}');
    }
    json_close(b, ']');
}

static void preflight(struct request *q)
{
    struct preflight *f = request_alloc(q, sizeof *f);
    struct acknowledgement *said;
    struct campaign c;
    struct buf *b;
    size_t count;
    enum err code;

    if (f == NULL || !find(q, &c)) return;
    code = preflight_of(q->app, q->reader, &q->arena, &q->caller.org, &c, f);
    if (code == ERR_CORRUPT)
        reply_refuse(q, code, 422, "The stored template does not compile; edit the campaign.");
    else if (code != ERR_OK)
        reply_read_failed(q, code, "campaign");
    said = code == ERR_OK ? read_acknowledgements(q, &c, &count) : NULL;
    if (said == NULL) return;
    b = reply_body(q);
    json_open(b, '{');
    preflight_members(b, f);
    json_key(b, "limits");
    json_open(b, '[');
    if (!limits_put_program(q, b, &f->program)) return;
    json_close(b, ']');
    put_acknowledged(b, said, count);
    json_close(b, '}');
    reply_json(q, 200);
}

/* ---- moves ---- */

struct move {
    struct campaign_move_job job;
    struct view_campaign_facts facts;
};

static void render_move(struct request *q, struct change *change, int *status, struct buf *out)
{
    const struct move *m = q->state;
    struct campaign c;

    (void)change;
    *status = 200;
    campaigns_after(&m->job, &c);
    json_open(out, '{');
    view_campaign_members(q->app->ids, out, &c, &m->facts);
    json_close(out, '}');
}

static void move(struct request *q, enum campaign_move which)
{
    struct move *m = request_alloc(q, sizeof *m);
    struct preflight_acknowledged by = {.count = 0};
    struct json_in in;
    uint64_t id;
    enum err code;

    if (m == NULL || !body_open_optional(q, &in)) return;
    if (which == CAMPAIGN_START) read_acknowledged(q, &in, &by);
    if (!body_end(q, &in)) return;
    if (!arg_id(q, 0, PUBLIC_CAMPAIGN, "campaign", &id)) return;
    code = campaigns_move(q->app, q->reader, &q->arena, &q->caller.org, id, which, &by, &m->job, &q->problem);
    if (code != ERR_OK) {
        (void)body_refused(q, code, "campaign");
        return;
    }
    if (!campaign_facts_read(q, &m->job.before, false, &m->facts)) return;
    q->state = m;
    request_write(q, &m->job.job, render_move);
}

static void start_campaign(struct request *q)
{
    move(q, CAMPAIGN_START);
}

static void pause_campaign(struct request *q)
{
    move(q, CAMPAIGN_PAUSE);
}

static void resume_campaign(struct request *q)
{
    move(q, CAMPAIGN_RESUME);
}

static void cancel_campaign(struct request *q)
{
    move(q, CAMPAIGN_CANCEL);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/campaigns", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, create, NULL, 0},
    {"GET", "/v1/campaigns", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, list, NULL, 0},
    {"GET", "/v1/campaigns/{id}", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
    {"GET", "/v1/campaigns/{id}/preflight", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, preflight, NULL, 0},
    {"PATCH", "/v1/campaigns/{id}", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, patch, NULL, 0},
    {"POST", "/v1/campaigns/{id}/start", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, start_campaign, NULL,
     false},
    {"POST", "/v1/campaigns/{id}/pause", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, pause_campaign, NULL,
     false},
    {"POST", "/v1/campaigns/{id}/resume", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, resume_campaign, NULL,
     false},
    {"POST", "/v1/campaigns/{id}/cancel", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, cancel_campaign, NULL,
     false},
};
const struct route_table ROUTES_CAMPAIGNS = ROUTE_TABLE(ROUTES);

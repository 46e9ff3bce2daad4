/* lookups: /v1/lookups/{number}, /v1/lists/{list}/hygiene and /v1/hygiene/{id}: what kind of line a number is. */
#include "app/contacts.h"
#include "app/hygiene.h"
#include "base/json_out.h"
#include "base/rfc3339.h"
#include "http/body.h"
#include "http/request.h"
#include "rules/phone.h"

#include <stdio.h>

#define LIMIT_MAX INT64_C(100000000)

static const char *owner_name(enum line_owner owner)
{
    static const char *const names[] = {NULL, "unknown", "no", "yes"};
    return names[owner];
}

static void put_day(struct buf *b, const char *name, int64_t at_ms)
{
    char text[RFC3339_BYTES];
    rfc3339_format(at_ms, text);
    json_put_str_or_null(b, name, at_ms == 0 ? (struct str){NULL, 0} : str_slice(str_from(text), 0, 10));
}

static void view_line(struct buf *b, const struct lookup_job *j)
{
    const struct line_record *l = &j->line;

    json_open(b, '{');
    json_put_number(b, "number", l->number);
    json_put_bool(b, "valid", l->valid);
    json_put_text(b, "line_type", l->valid ? line_type_name(l->line) : NULL);
    json_put_str_or_null(b, "carrier", str_from(l->carrier));
    json_put_str_or_null(b, "mobile_country_code", str_from(l->mcc));
    json_put_str_or_null(b, "mobile_network_code", str_from(l->mnc));
    json_put_text(b, "reassigned", owner_name(l->owner));
    put_day(b, "verified_on", l->owner == OWNER_NOT_ASKED ? 0 : l->owner_since_ms);
    json_put_time(b, "looked_up_at", l->looked_ms);
    json_put_bool(b, "consent_voided", j->voided);
    json_put_bool(b, "cached", j->cached);
    json_close(b, '}');
}

static void refuse_spent(struct request *q, const struct fault *f)
{
    reply_refuse(q, ERR_LIMIT, 429,
                 "%s: raise the setting lookup.month_max, or wait for the next month. What is known already costs nothing.",
                 f->what);
}

static void answered(struct request *q)
{
    struct lookup_job *j = q->state;
    if (j->change.head.result == ERR_LIMIT)
        refuse_spent(q, &j->change.head.fault);
    else if (j->change.head.result != ERR_OK)
        reply_refuse(q, j->change.head.result, 0, "The number cannot be looked up now: %s", j->change.head.fault.what);
    else if (j->result == ERR_DENIED)
        reply_refuse(q, ERR_DENIED, 409, "Twilio does not let this organization look numbers up: %s", j->fault.what);
    else if (j->result == ERR_INVALID || j->result == ERR_CONFLICT) /* asked again, it would refuse again */
        reply_refuse(q, ERR_DENIED, 409, "Twilio refuses to look this number up, which is not charged to the month: %s",
                     j->fault.what);
    else if (j->result != ERR_OK)
        reply_refuse(q, ERR_UNAVAILABLE, 503,
                     "The look-up did not succeed (one that Twilio did not answer is not charged to the month): %s",
                     j->fault.what);
    else {
        view_line(reply_body(q), j);
        reply_json(q, 200);
    }
}

static void finish(struct app_job *job)
{
    request_wake(job->owner);
}

/* ?verified_on=2026-01-31. False: the problem says so. */
static bool read_day(struct request *q, int64_t *day_ms)
{
    struct str day = request_param(q, STR("verified_on"));
    char moment[32];
    if (day.len == 0) return true;
    (void)snprintf(moment, sizeof moment, "%.10sT00:00:00Z", day.len == 10 ? day.at : "");
    if (rfc3339_parse(str_from(moment), day_ms) == ERR_OK && *day_ms > 0) return true;
    (void)problem_field(&q->problem, "?verified_on", day, "It is no day.", "Give it as 2026-01-31.");
    return false;
}

static void get(struct request *q)
{
    struct lookup_job *j = request_alloc(q, sizeof *j);
    struct phone phone = {0};
    struct fault f = {0};
    int64_t verified_ms = 0;
    if (j == NULL) return;
    (void)request_params_only(q, "verified_on");
    (void)read_day(q, &verified_ms);
    if (phone_parse(q->args[0], q->caller.org.region, &phone, &f) != ERR_OK)
        (void)problem_field(&q->problem, "number", q->args[0], f.what,
                            "Give it as +14155552671 (%2B14155552671 in an address).");
    if (problem_check(&q->problem) != ERR_OK ||
        lookups_get(q->app, q->reader, &q->caller.org, phone.digits, verified_ms, j, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    q->state = j;
    j->job.owner = q;
    j->job.finish = finish;
    request_wait(q, answered);
    app_submit(&j->job);
}

static const char *state_name(enum hygiene_state s)
{
    static const char *const names[] = {"", "running", "done", "stopped"};
    return names[s];
}

static void view_hygiene(const struct public_ids *ids, struct buf *b, const struct hygiene_job *j)
{
    char id[PUBLIC_ID_BYTES], list[PUBLIC_ID_BYTES];
    const struct {
        const char *name;
        int64_t value;
    } counts[] = {{"contacts", j->contacts}, {"looked_up", j->looked},   {"known_already", j->cached},
                  {"mobile", j->mobile},     {"landline", j->landline},  {"voip", j->voip},
                  {"other", j->other},       {"invalid", j->invalid},    {"unknown", j->unknown},
                  {"reassigned", j->reassigned}, {"cost_micros", j->cost_micros}};
    public_id_format(ids, PUBLIC_HYGIENE, j->id, id);
    public_id_format(ids, PUBLIC_LIST, j->list, list);
    json_open(b, '{');
    json_put_text(b, "id", id);
    json_put_text(b, "list", list);
    json_put_text(b, "state", state_name(j->state));
    json_put_str_or_null(b, "why", j->why);
    if (j->limit > 0) json_put_int(b, "limit", j->limit);
    else json_put_null(b, "limit");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) json_put_int(b, counts[i].name, counts[i].value);
    json_put_time(b, "created_at", j->created_ms);
    json_put_time(b, "finished_at", j->finished_ms);
    json_close(b, '}');
}

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    *status = 202;
    view_hygiene(q->app->ids, out, &((const struct change_hygiene *)c)->job);
}

static void begin(struct request *q)
{
    struct hygiene_start *start = request_alloc(q, sizeof *start);
    struct contact_list list;
    struct json_in in;
    int64_t limit = 0;
    enum err code;
    if (start == NULL || request_repeats(q)) return;
    if (q->body.len > 0) {
        if (!body_open(q, &in)) return;
        (void)json_in_int(&in, "limit", JSON_OPTIONAL, 1, LIMIT_MAX, &limit);
        if (!body_end(q, &in)) return;
    }
    code = lists_find(q->app, q->reader, &q->arena, q->caller.org.id, q->args[0], &list);
    if (code != ERR_OK)
        reply_read_failed(q, code, "list");
    else if (hygiene_begin(q->app, q->caller.org.id, list.id, limit, start, &q->problem) != ERR_OK)
        reply_problem(q);
    else
        request_write(q, &start->job, render);
}

static void show(struct request *q)
{
    struct hygiene_job job;
    uint64_t id = 0;
    enum err code = public_id_parse(q->app->ids, PUBLIC_HYGIENE, q->args[0], &id);
    if (code == ERR_OK)
        code = q->app->store->ops->hygiene_get(q->reader, &q->arena, q->caller.org.id, id, &job);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "look-up of a list");
        return;
    }
    view_hygiene(q->app->ids, reply_body(q), &job);
    reply_json(q, 200);
}

static const struct route ROUTES[] = {
    {"GET", "/v1/lookups/{number}", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_NONE, get, NULL, 0},
    {"POST", "/v1/lists/{list}/hygiene", ROUTE_TENANT, KEY_SCOPE_SEND, BODY_SETTING, begin, NULL, 0},
    {"GET", "/v1/hygiene/{id}", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, show, NULL, 0},
};
const struct route_table ROUTES_LOOKUPS = ROUTE_TABLE(ROUTES);

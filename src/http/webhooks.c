/* webhooks: /v1/webhooks: where tenants receive events, their dead letters, and replay. */
#include "app/endpoints.h"
#include "app/view.h"
#include "base/json_out.h"
#include "http/body.h"
#include "http/page.h"

static const char EVENTS[] = "message campaign inbound consent import registration verification sender number"
                             " drift account";

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct endpoint_job *job = q->state;
    bool is_new = job->secret[0] != '\0';

    *status = is_new ? 201 : 200;
    view_endpoint(q->app->ids, out, &((const struct change_endpoint *)c)->endpoint,
                  is_new ? job->secret : NULL);
}

static void read_endpoint(struct json_in *in, struct endpoint *e)
{
    enum json_need need = e->id == 0 ? JSON_REQUIRED : JSON_OPTIONAL;
    uint32_t bits;
    size_t index;

    (void)json_in_text(in, "url", need, ENDPOINT_URL_MAX, &e->url);
    /* The names are in the order of enum event_type, which begins with 1. */
    if (json_in_choices(in, "events", JSON_OPTIONAL, EVENTS, &bits)) e->types = bits << 1;
    if (e->id != 0 && json_in_choice(in, "state", JSON_OPTIONAL, "active disabled", &index))
        e->state = (enum endpoint_state)(index + 1);
}

static void write_endpoint(struct request *q, struct endpoint *e)
{
    struct endpoint_job *job = request_alloc(q, sizeof *job);
    struct json_in in;

    if (job == NULL || !body_open(q, &in)) return;
    read_endpoint(&in, e);
    if (!body_end(q, &in)) return;
    if (endpoints_put(q->app, q->reader, &q->arena, e, job, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    q->state = job;
    request_write(q, &job->job, render);
}

static void create(struct request *q)
{
    struct endpoint e = {.org = q->caller.org.id, .state = ENDPOINT_ACTIVE};

    for (enum event_type t = EVENT_MESSAGE; t <= EVENT_ACCOUNT; t++) e.types |= 1u << t;
    e.created_ms = clock_wall_ms(q->app->clock);
    write_endpoint(q, &e);
}

static bool find(struct request *q, struct endpoint *e)
{
    uint64_t id;
    enum err code;

    if (!arg_id(q, 0, PUBLIC_ENDPOINT, "webhook", &id)) return false;
    code = id > UINT32_MAX ? ERR_NOT_FOUND
                           : endpoints_get(q->reader, &q->arena, q->caller.org.id, (uint32_t)id, e);
    if (code != ERR_OK) reply_read_failed(q, code, "webhook");
    return code == ERR_OK;
}

static void patch(struct request *q)
{
    struct endpoint e;

    if (find(q, &e)) write_endpoint(q, &e);
}

static void get(struct request *q)
{
    struct endpoint e;

    if (!find(q, &e)) return;
    view_endpoint(q->app->ids, reply_body(q), &e, NULL);
    reply_json(q, 200);
}

static void list(struct request *q)
{
    struct page page;
    struct endpoint *rows;
    size_t count;
    struct buf *b;
    enum err code;

    if (!page_read(q, "", &page)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->endpoints(q->reader, &q->arena, q->caller.org.id, (uint32_t)page.from, rows,
                                         &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "webhook");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++)
        if (rows[i].state != ENDPOINT_REMOVED) view_endpoint(q->app->ids, b, &rows[i], NULL);
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
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
    struct endpoint_job *job = request_alloc(q, sizeof *job);
    struct endpoint e;

    if (job == NULL || !find(q, &e)) return;
    e.state = ENDPOINT_REMOVED;
    if (endpoints_put(q->app, q->reader, &q->arena, &e, job, &q->problem) != ERR_OK)
        reply_problem(q);
    else
        request_write(q, &job->job, render_nothing);
}

/* ---- dead letters ---- */

static void list_dead(struct request *q)
{
    struct endpoint e;
    struct page page;
    struct hook_retry *rows;
    size_t count;
    struct buf *b;
    enum err code;

    if (!find(q, &e) || !page_read(q, "", &page)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code = q->app->store->ops->hook_retries(q->reader, &q->arena, q->caller.org.id, e.id, true, INT64_MAX,
                                            page.from, rows, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "webhook");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++) {
        json_open(b, '{');
        view_put_id(q->app->ids, b, "event", PUBLIC_EVENT, rows[i].event);
        json_put_int(b, "attempts", rows[i].attempt);
        json_put_int(b, "last_status", rows[i].last_status);
        json_put_str_or_null(b, "last_error", rows[i].last_error);
        json_close(b, '}');
    }
    page_reply(q, count == page.limit ? rows[count - 1].event : 0);
}

static void render_replay(struct request *q, struct change *c, int *status, struct buf *out)
{
    (void)q;
    *status = 202;
    json_open(out, '{');
    json_put_int(out, "replayed", (int64_t)((const struct change_hooks *)c)->count);
    json_close(out, '}');
}

/* NULL: not named, all of them. */
static uint64_t *read_events(struct request *q, struct json_in *in, size_t *count)
{
    json_t *items, *one;
    uint64_t *ids;
    size_t i;

    *count = 0;
    if (!json_in_array(in, "events", JSON_OPTIONAL, REPLAY_MAX, &items)) return NULL;
    ids = request_alloc(q, (json_array_size(items) + 1) * sizeof *ids);
    if (ids == NULL) return NULL;
    json_array_foreach(items, i, one)
    {
        struct str id = json_is_string(one) ? str_from(json_string_value(one)) : (struct str){NULL, 0};
        if (public_id_parse(q->app->ids, PUBLIC_EVENT, id, &ids[i]) != ERR_OK || ids[i] == 0)
            json_in_refuse(in, "events", id, "It is no event's id.",
                           "Give ids such as evt_... from the dead letters.");
        else
            (*count)++;
    }
    if (json_array_size(items) == 0)
        json_in_refuse(in, "events", (struct str){NULL, 0}, "It is empty.",
                       "Name events, or leave it out for all.");
    return ids;
}

static void replay(struct request *q)
{
    struct replay_job *job = request_alloc(q, sizeof *job);
    struct endpoint e;
    struct json_in in;
    uint64_t *events;
    size_t count;

    if (job == NULL || !find(q, &e) || !body_open_optional(q, &in)) return;
    events = read_events(q, &in, &count);
    if (q->reply.status != 0 || !body_end(q, &in)) return;
    if (endpoints_replay(q->app, q->reader, &q->arena, q->caller.org.id, e.id, events, count, job,
                         &q->problem) != ERR_OK)
        reply_problem(q);
    else
        request_write(q, &job->job, render_replay);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/webhooks", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, create, NULL, ROUTE_SECRET_ANSWER},
    {"GET", "/v1/webhooks", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_NONE, list, NULL, 0},
    {"GET", "/v1/webhooks/{id}", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_NONE, get, NULL, 0},
    {"PATCH", "/v1/webhooks/{id}", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, patch, NULL, 0},
    {"DELETE", "/v1/webhooks/{id}", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_NONE, delete, NULL, 0},
    {"GET", "/v1/webhooks/{id}/dead", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_NONE, list_dead, NULL, 0},
    {"POST", "/v1/webhooks/{id}/replay", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, replay, NULL, 0},
};
const struct route_table ROUTES_WEBHOOKS = ROUTE_TABLE(ROUTES);

/* drift: /v1/drift: how an organization's account at Twilio differs from what is wanted. */
#include "app/drift.h"
#include "app/owned_view.h"
#include "base/json_out.h"
#include "http/body.h"

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    (void)q;
    *status = 202;
    drift_view(&((const struct change_drift *)c)->drift, out);
}

static void ask(struct request *q)
{
    struct drift_job *job = request_alloc(q, sizeof *job);
    struct json_in in;
    bool repair = false;

    if (job == NULL || !body_open_optional(q, &in)) return;
    (void)json_in_bool(&in, "repair", JSON_OPTIONAL, &repair);
    if (!body_end(q, &in)) return;
    if (drift_ask(q->app, q->reader, &q->arena, q->caller.org.id, repair, job, &q->problem) != ERR_OK) reply_problem(q);
    else request_write(q, &job->job, render);
}

static void get(struct request *q)
{
    struct drift d = {.org = q->caller.org.id};
    enum err code = q->app->store->ops->drift_get(q->reader, &q->arena, q->caller.org.id, &d);

    if (code != ERR_OK && code != ERR_NOT_FOUND) {
        reply_read_failed(q, code, "look at the account");
        return;
    }
    drift_view(&d, reply_body(q));
    reply_json(q, 200);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/drift", ROUTE_TENANT, KEY_SCOPE_MANAGE, BODY_SETTING, ask, NULL, 0},
    {"GET", "/v1/drift", ROUTE_TENANT, KEY_SCOPE_READ, BODY_NONE, get, NULL, 0},
};
const struct route_table ROUTES_DRIFT = ROUTE_TABLE(ROUTES);

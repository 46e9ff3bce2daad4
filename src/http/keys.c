/* keys: /v1/keys. The secret is in the answer of its creation only (and in that answer's repeats). */
#include "app/keys.h"
#include "app/view.h"
#include "http/body.h"
#include "http/page.h"

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct key_job *job = q->state;

    *status = 201;
    view_key(q->app->ids, out, &((const struct change_key *)c)->key, job->text);
}

static void create(struct request *q)
{
    struct key_job *job = request_alloc(q, sizeof *job);
    struct key_request k = {.org = q->caller.org.id};
    struct json_in in;

    if (job == NULL || !body_open(q, &in)) return;
    (void)json_in_text(&in, "name", JSON_REQUIRED, KEY_NAME_MAX, &k.name);
    (void)json_in_choices(&in, "scopes", JSON_REQUIRED, "read send manage operator", &k.scopes);
    (void)json_in_time(&in, "expires_at", JSON_OPTIONAL, &k.expires_ms);
    if (!body_end(q, &in)) return;
    /* A key makes no key that may do more than itself. */
    if (!q->caller.is_operator && (k.scopes & ~q->caller.scopes) != 0) {
        reply_refuse(q, ERR_DENIED, 403, "A key cannot give scopes that it does not have itself.");
        return;
    }
    if (keys_create(q->app, &k, job, &q->problem) != ERR_OK) {
        reply_problem(q);
        return;
    }
    q->state = job;
    request_write(q, &job->job, render);
}

static void list(struct request *q)
{
    struct page page;
    struct api_key *rows;
    size_t count;
    struct buf *b;
    enum err code;

    if (!page_read(q, "", &page)) return;
    count = page.limit;
    rows = request_alloc(q, count * sizeof *rows);
    if (rows == NULL) return;
    code =
        q->app->store->ops->keys(q->reader, &q->arena, q->caller.org.id, (uint32_t)page.from, rows, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "key");
        return;
    }
    b = page_open(q);
    for (size_t i = 0; i < count; i++)
        view_key(q->app->ids, b, &rows[i], NULL);
    page_reply(q, count == page.limit ? rows[count - 1].id : 0);
}

static void render_nothing(struct request *q, struct change *c, int *status, struct buf *out)
{
    (void)q;
    (void)c;
    (void)out;
    *status = 204;
}

static void revoke_key(struct request *q)
{
    struct key_job *job = request_alloc(q, sizeof *job);
    uint64_t id;
    enum err code;

    if (job == NULL || !arg_id(q, 0, PUBLIC_KEY, "key", &id)) return;
    code = id > UINT32_MAX ? ERR_NOT_FOUND
                           : keys_revoke(q->app, q->reader, &q->arena, q->caller.org.id, (uint32_t)id, job);
    if (code != ERR_OK)
        reply_read_failed(q, code, "key");
    else
        request_write(q, &job->job, render_nothing);
}

static const struct route ROUTES[] = {
    {"POST", "/v1/keys", ROUTE_EITHER, KEY_SCOPE_MANAGE, BODY_SETTING, create, NULL, ROUTE_SECRET_ANSWER},
    {"GET", "/v1/keys", ROUTE_EITHER, KEY_SCOPE_MANAGE, BODY_NONE, list, NULL, 0},
    {"DELETE", "/v1/keys/{id}", ROUTE_EITHER, KEY_SCOPE_MANAGE, BODY_NONE, revoke_key, NULL, 0},
};
const struct route_table ROUTES_KEYS = ROUTE_TABLE(ROUTES);

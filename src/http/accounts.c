/*
 * accounts: /v1/organizations/{slug}/account: an organization's Twilio account, for operators.
 *
 * A verb is answered 202 once it is durable, with what is under way; the rest is done at Twilio by itself, and is
 * followed by asking for the account again. No secret is in an answer.
 */
#include "app/accounts.h"

#include "base/json_out.h"
#include "http/body.h"
#include "http/page.h"

enum { NAME_BYTES = 200 };

static bool find_org(struct request *q, struct org *o)
{
    enum err code = q->app->store->ops->org_by_slug(q->reader, &q->arena, q->args[0], o);

    if (code != ERR_OK) reply_read_failed(q, code, "organization");
    return code == ERR_OK;
}

/* NULL in *known: nothing is under way. False: answered. */
static bool find_work(struct request *q, org_id org, struct account_work *w, const struct account_work **known)
{
    enum err code = q->app->store->ops->account_get(q->reader, &q->arena, org, w);

    *known = code == ERR_OK ? w : NULL;
    if (code == ERR_OK || code == ERR_NOT_FOUND) return true;
    reply_read_failed(q, code, "account");
    return false;
}

static void get(struct request *q)
{
    const struct account_work *known;
    struct account_work w;
    struct org o;

    /* The organization again, after what is under way: what has ended is shown with what it has set. */
    if (!find_org(q, &o) || !find_work(q, o.id, &w, &known) || !find_org(q, &o)) return;
    account_view(&o, known, reply_body(q));
    reply_json(q, 200);
}

static void render(struct request *q, struct change *c, int *status, struct buf *out)
{
    const struct change_account *done = (const struct change_account *)c;

    *status = 202;
    (void)q;
    account_view(&done->org, &done->work, out);
}

/* Closing is for good: the organization's slug has to be said again. */
static void read_confirmation(struct request *q, struct json_in *in)
{
    struct str slug = {NULL, 0};

    if (!json_in_text(in, "confirm", JSON_REQUIRED, SLUG_BYTES, &slug) || str_equal(slug, q->args[0])) return;
    json_in_refuse(in, "confirm", slug, "Closing is for good: numbers are released, and Twilio deletes the account.",
                   "Give the organization's slug to confirm it.");
}

static void want(struct request *q, enum account_verb verb)
{
    struct account_job *job = request_alloc(q, sizeof *job);
    struct json_in in;
    struct org o;

    if (job == NULL || !find_org(q, &o) || !body_open_optional(q, &in)) return;
    if (verb == ACCOUNT_VERB_CLOSE) read_confirmation(q, &in);
    if (!body_end(q, &in)) return;
    if (accounts_want(q->app, q->reader, &q->arena, &o, verb, job, &q->problem) != ERR_OK) reply_problem(q);
    else request_write(q, &job->job, render);
}

static void create(struct request *q) { want(q, ACCOUNT_VERB_CREATE); }
static void suspend(struct request *q) { want(q, ACCOUNT_VERB_SUSPEND); }
static void resume(struct request *q) { want(q, ACCOUNT_VERB_RESUME); }
static void close_account(struct request *q) { want(q, ACCOUNT_VERB_CLOSE); }
static void rotate(struct request *q) { want(q, ACCOUNT_VERB_ROTATE); }

/* ---- API keys ---- */

static void list_keys(struct request *q)
{
    const struct account_work *known;
    struct account_work w;
    struct org o;
    struct buf *b;

    if (!find_org(q, &o) || !find_work(q, o.id, &w, &known)) return;
    b = reply_body(q);
    json_open(b, '{');
    json_key(b, "data");
    account_keys_view(known, b);
    json_put_null(b, "next_cursor");
    json_close(b, '}');
    reply_json(q, 200);
}

static void create_key(struct request *q)
{
    struct account_job *job = request_alloc(q, sizeof *job);
    struct str name = {NULL, 0};
    struct json_in in;
    struct org o;

    if (job == NULL || !find_org(q, &o) || !body_open(q, &in)) return;
    (void)json_in_text(&in, "name", JSON_REQUIRED, NAME_BYTES, &name);
    if (!body_end(q, &in)) return;
    if (accounts_key_create(q->app, q->reader, &q->arena, &o, name, job, &q->problem) != ERR_OK) reply_problem(q);
    else request_write(q, &job->job, render);
}

static void revoke_key(struct request *q)
{
    struct account_job *job = request_alloc(q, sizeof *job);
    uint64_t id = 0;
    struct org o;
    enum err code;

    if (job == NULL || !find_org(q, &o)) return;
    code = str_to_u64(q->args[1], &id) == ERR_OK && id <= UINT32_MAX
               ? accounts_key_revoke(q->app, q->reader, &q->arena, &o, (uint32_t)id, job, &q->problem)
               : ERR_NOT_FOUND;
    if (code == ERR_NOT_FOUND) reply_read_failed(q, code, "key");
    else if (code != ERR_OK) reply_problem(q);
    else request_write(q, &job->job, render);
}

#define ACCOUNT "/v1/organizations/{slug}/account"
static const struct route ROUTES[] = {
    {"GET", ACCOUNT, ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_NONE, get, NULL, 0},
    {"POST", ACCOUNT, ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_SETTING, create, NULL, 0},
    {"POST", ACCOUNT "/suspend", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_SETTING, suspend, NULL, 0},
    {"POST", ACCOUNT "/resume", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_SETTING, resume, NULL, 0},
    {"POST", ACCOUNT "/close", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_SETTING, close_account, NULL, 0},
    {"POST", ACCOUNT "/rotate", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_SETTING, rotate, NULL, 0},
    {"GET", ACCOUNT "/keys", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_NONE, list_keys, NULL, 0},
    {"POST", ACCOUNT "/keys", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_SETTING, create_key, NULL, 0},
    {"DELETE", ACCOUNT "/keys/{id}", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_NONE, revoke_key, NULL, 0},
};
const struct route_table ROUTES_ACCOUNTS = ROUTE_TABLE(ROUTES);

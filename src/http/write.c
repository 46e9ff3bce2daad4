/*
 * write: carries a request's job to the store and its answer back, once for each Idempotency-Key.
 *
 * With a key the answer is rendered inside the transaction and stored with the effect; without one it is
 * rendered on the server's thread when the commit is done. Answers that hold a secret are stored sealed, so
 * that a repeat shows it again and the database never does.
 */
#include "http/request.h"

#include "base/failpoint.h"
#include "base/log.h"

#include <openssl/evp.h>
#include <stddef.h>
#include <string.h>

enum { ANSWER_MAX = 1 << 20, IDEMPOTENCY_KEY_MAX = 255 };

static struct str key_of(const struct request *q)
{
    return request_header(q, "Idempotency-Key");
}

static bool key_is_good(struct request *q, struct str key)
{
    bool good = key.len >= 1 && key.len <= IDEMPOTENCY_KEY_MAX;

    for (size_t i = 0; i < key.len; i++)
        good = good && key.at[i] >= 0x20 && key.at[i] < 0x7f;
    if (good) return true;
    (void)problem_field(&q->problem, "Idempotency-Key", (struct str){NULL, 0},
                        "The key must be 1 to 255 characters of printable ASCII.",
                        "Send a fresh random key, such as a UUID, for each new request.");
    reply_problem(q);
    return false;
}

/* Method, path and query are hashed too: the same key for another route is another request. False: no memory, and that
 * was answered. */
static bool hash_request(struct request *q, struct str body)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();

    q->write.hashed =
        c != NULL && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1 &&
        EVP_DigestUpdate(c, q->method.at, q->method.len) == 1 && EVP_DigestUpdate(c, "\n", 1) == 1 &&
        EVP_DigestUpdate(c, q->target.at, q->target.len) == 1 && EVP_DigestUpdate(c, "\n", 1) == 1 &&
        EVP_DigestUpdate(c, body.at, body.len) == 1 && EVP_DigestFinal_ex(c, q->write.hash, NULL) == 1;
    EVP_MD_CTX_free(c);
    if (!q->write.hashed) reply_no_memory(q);
    return q->write.hashed;
}

/* Stored answers of routes with secrets are sealed; both ways it stays in the request's memory. */
static enum err answer_seal(struct request *q, struct str plain, struct str *sealed)
{
    return app_seal(q->app, &q->arena, q->caller.org.id, "answer", plain, sealed);
}

static void reply_stored(struct request *q, int status, struct str body)
{
    struct str plain = body;
    struct fault f = {0};

    if ((q->route->flags & ROUTE_SECRET_ANSWER) != 0 && body.len > 0 &&
        app_unseal(q->app, &q->arena, q->caller.org.id, "answer", body, &plain, &f) != ERR_OK) {
        reply_refuse(q, ERR_CORRUPT, 503, "The stored answer cannot be unsealed: %s", f.what);
        return;
    }
    buf_add(reply_body(q), plain);
    reply_json(q, status);
    if (plain.len == 0) q->reply.content_type = NULL;
}

static void refuse_other_request(struct request *q)
{
    reply_refuse(
        q, ERR_CONFLICT, 422,
        "This Idempotency-Key was used for another request; send a fresh key with each new request.");
}

static bool answered_before(struct request *q)
{
    struct str body = {NULL, 0};
    int status = 0;
    enum err code = q->app->store->ops->answer_get(q->reader, &q->arena, q->caller.org.id, key_of(q),
                                                   q->write.hash, &status, &body);

    if (code == ERR_NOT_FOUND) return false;
    if (code == ERR_CONFLICT) {
        refuse_other_request(q);
    } else if (code != ERR_OK) {
        reply_read_failed(q, code, "answer");
    } else {
        reply_stored(q, status, body);
        reply_header(q, "Idempotent-Replayed", "true");
    }
    return true;
}

bool request_repeats(struct request *q)
{
    if (key_of(q).at == NULL) return false;
    if (!key_is_good(q, key_of(q))) return true;
    if (!hash_request(q, buf_str(&q->body))) return true;
    return (q->route->flags & ROUTE_REPEATS_WAIT) == 0 && answered_before(q);
}

bool request_repeats_hashed(struct request *q, const unsigned char hash[32])
{
    if (key_of(q).at == NULL) return false;
    if (!key_is_good(q, key_of(q))) return true;
    if (!hash_request(q, (struct str){(const char *)hash, 32})) return true;
    return answered_before(q);
}

/* The request that a key came with: found by the key's record, which is a part of it, because the change's
 * owner may be somebody else for a while (the pump's, when it arms an urgent message as it admits it). */
static struct request *request_of(struct idempotency *idem)
{
    return (struct request *)(void *)((char *)idem - offsetof(struct request, write.idem));
}

/* Inside the transaction. The stored bytes are the answer's, sealed where the route says so. */
static void render_stored(struct change *c, int *status, struct buf *body)
{
    struct request *q = request_of(c->idem);
    struct str sealed = {NULL, 0};

    buf_init(&q->write.answer, ANSWER_MAX);
    q->write.render(q, c, status, &q->write.answer);
    if ((q->route->flags & ROUTE_SECRET_ANSWER) == 0)
        buf_add(body, buf_str(&q->write.answer));
    else if (answer_seal(q, buf_str(&q->write.answer), &sealed) == ERR_OK)
        buf_add(body, sealed);
    else
        log_event(LOG_ERROR, "answer_not_sealed", log_int("org", q->caller.org.id));
}

static void on_finish(struct app_job *job)
{
    request_wake(job->owner);
}

static void refuse_change(struct request *q, const struct change *c)
{
    struct fault words = c->fault;

    if (c->idem != NULL && c->idem->other_request) {
        refuse_other_request(q);
        return;
    }
    words.code = c->result;
    /* The store's own words are for whoever runs this. */
    if (c->result == ERR_FULL) {
        log_event(LOG_ERROR, "change_refused", log_text("why", c->fault.what));
        (void)fault_set(&words, ERR_FULL,
                        "Nothing was stored: the server's disk is full, or too much waits there. Free space "
                        "on it, then send this again.");
    }
    if (words.what[0] == '\0')
        (void)fault_set(&words, c->result, "The change was refused: %s.", err_name(c->result));
    problem_init(&q->problem, &q->arena);
    (void)problem_fault(&q->problem, &words);
    reply_problem(q);
}

void request_written(struct request *q)
{
    struct change *c = q->write.change;
    struct idempotency *idem = c->idem;
    int status = 500;

    FAILPOINT("http.before_answer");
    if (c->result != ERR_OK) {
        refuse_change(q, c);
    } else if (idem != NULL && idem->replayed) {
        reply_stored(q, idem->status, buf_str(&idem->answer));
        reply_header(q, "Idempotent-Replayed", "true");
    } else if (idem != NULL) {
        buf_add(reply_body(q), buf_str(&q->write.answer));
        reply_json(q, idem->status);
    } else {
        q->write.render(q, c, &status, reply_body(q));
        reply_json(q, status);
    }
    if (q->reply.status != 0 && q->reply.body.len == 0) q->reply.content_type = NULL;
}

struct idempotency *request_key(struct request *q, struct change *c, request_render *render)
{
    struct idempotency *idem = &q->write.idem;

    q->write.change = c;
    q->write.render = render;
    if (!q->write.hashed) return NULL;
    idem->org = q->caller.org.id;
    idem->key = key_of(q);
    memcpy(idem->request_hash, q->write.hash, sizeof idem->request_hash);
    idem->now_ms = clock_wall_ms(q->app->clock);
    idem->render = render_stored;
    buf_init(&idem->answer, ANSWER_MAX);
    return idem;
}

void request_write(struct request *q, struct app_job *job, request_render *render)
{
    job->app = q->app;
    job->owner = q;
    job->finish = on_finish;
    job->change->idem = request_key(q, job->change, render);
    request_wait(q, request_written);
    FAILPOINT("http.before_submit");
    app_submit(job);
}

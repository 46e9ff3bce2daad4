/*
 * twilio_hooks: where Twilio calls us: status callbacks, inbound texts and the fallback for these, and the reviews of
 * profiles, and Event Streams with those of brands, campaigns and numbers.
 *
 * The path names the account by an opaque id; that account's tokens check the signature over the public URL
 * and the raw target; then AccountSid must be the account's. Whatever fails is 401 and changes nothing. A
 * webhook is answered only after its commit (and, for a STOP, after armed messages were withdrawn). Event Streams posts
 * JSON: its hash is in the URL that is signed, and every event names its account.
 */
#include "app/inbound.h"
#include "app/registration_events.h"
#include "app/status.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/mutant.h"
#include "http/body.h"
#include "http/hook_keys.h"
#include "http/server_parts.h"
#include "twilio/form.h"
#include "twilio/signature.h"

#include <string.h>

enum { HOOK_BODY_MAX = 64 * 1024, EVENTS_BODY_MAX = 1024 * 1024, PAIRS_MAX = 256, MOVED_MAX = 1000,
       EXPLAIN_EVERY_MS = 10000 };

/* Most webhooks are statuses, and room is cleared by the byte: no kind pays for the others. */
struct hook {
    const struct hook_account *account; /* valid within the handler only */
    struct form form;
    struct org *org; /* what outlives the cache's entry is copied, as an inbound text's request may wait */
    union {
        struct status_job status;
        struct inbound_job inbound;
        struct {
            struct registration_job look;
            org_id org;
            uint64_t id;
            unsigned moved; /* so often by others meanwhile */
        } review;
        struct {
            struct registration_job look;
            struct stream_events told;
            org_id org;
            uint64_t after; /* the registration that was looked at last */
            unsigned moved; /* it, so often, by others meanwhile */
        } events;
    };
};
#define HOOK_BYTES(kind) (offsetof(struct hook, kind) + sizeof(((struct hook *)NULL)->kind))

static void refuse(struct request *q, const char *why)
{
    atomic_fetch_add(&q->app->counters.callbacks_denied, 1);
    reply_refuse(q, ERR_DENIED, 401, "%s Nothing was changed.", why);
}

static struct str public_url_of(struct request *q)
{
    struct str base = str_from(q->app->settings->public_url);
    char *url;

    while (base.len > 0 && base.at[base.len - 1] == '/')
        base.len--;
    url = arena_alloc(&q->arena, base.len + q->target.len + 1);
    if (url == NULL) return (struct str){NULL, 0};
    if (base.len > 0) memcpy(url, base.at, base.len);
    memcpy(url + base.len, q->target.at, q->target.len);
    return (struct str){url, base.len + q->target.len};
}

/* Says why now and then, for whoever sets the server up; seldom, because an attacker could ask often. */
static void explain(struct request *q, struct signature_key *key, const struct signature_request *r)
{
    struct http_server *s = q->server;
    int64_t now_ms = clock_mono_ms(q->app->clock);
    struct fault reason = {0};

    if (now_ms < s->next_explain_ms) return;
    s->next_explain_ms = now_ms + EXPLAIN_EVERY_MS;
    (void)!signature_diagnose(key, &q->arena, r, &reason);
    log_event(LOG_WARN, "webhook_signature_refused", log_text("route", q->route->pattern),
              log_text("likely_cause", reason.what));
}

static enum err signature_judge(struct request *q, const struct hook *h)
{
    struct str type = request_header(q, "Content-Type");
    const struct signature_request r = {
        .url = public_url_of(q),
        .is_form_post = str_starts(type, STR("application/x-www-form-urlencoded")),
        .params = &h->form,
        .raw_body = buf_str(&q->body),
        .signature = request_header(q, "X-Twilio-Signature"),
    };
    enum err code = r.url.at == NULL ? ERR_FULL : signature_check(h->account->primary, &q->arena, &r);

    if (code == ERR_DENIED && h->account->secondary != NULL)
        code = signature_check(h->account->secondary, &q->arena, &r);
    if (code == ERR_DENIED) explain(q, h->account->primary, &r);
    return code;
}

/* Is it a form, signed, and of this account? Without memory to tell it is not refused but asked for again. */
static void judge(struct request *q, struct hook *h)
{
    enum err code = form_decode(&q->arena, buf_str(&q->body), PAIRS_MAX, &h->form);

    if (code != ERR_OK && code != ERR_FULL) {
        refuse(q, "The body is no form.");
        return;
    }
    if (code == ERR_OK) code = signature_judge(q, h);
    if (code == ERR_FULL)
        reply_no_memory(q);
    else if (code != ERR_OK)
        refuse(q, "The signature is missing or wrong.");
    else if (!str_equal(form_get(&h->form, STR("AccountSid")), h->account->account_sid))
        refuse(q, "The account is another.");
}

/* Is it signed, and of this account? Of each event. */
static void judge_events(struct request *q, struct hook *h)
{
    enum err code = signature_judge(q, h);

    if (code == ERR_FULL) {
        reply_no_memory(q);
        return;
    }
    if (code != ERR_OK && !MUTANT(event_unsigned)) {
        refuse(q, "The signature is missing or wrong.");
        return;
    }
    code = stream_events_read(buf_str(&q->body), h->account->account_sid, &h->events.told);
    if (code == ERR_INVALID) reply_refuse(q, code, 400, "The body is no list of events.");
    else if (code != ERR_OK) refuse(q, "The account is another.");
}

/* Everything that is the same for all webhooks, in `bytes` for this kind. NULL: answered. */
static struct hook *hook_open_as(struct request *q, size_t bytes, void (*judge_body)(struct request *q, struct hook *h))
{
    struct hook *h = request_alloc(q, bytes);
    struct fault f = {0};
    enum err code;

    if (h == NULL) return NULL;
    code = hook_keys_find(q->server->hook_keys, q->app, q->reader, q->args[0], &h->account, &f);
    if (code != ERR_OK && code != ERR_NOT_FOUND)
        log_event(LOG_ERROR, "webhook_account_unusable", log_text("why", f.what));
    if (code != ERR_OK && code != ERR_NOT_FOUND && code != ERR_DENIED) {
        reply_refuse(q, code, 503, "The webhook cannot be checked now; try again.");
        return NULL;
    }
    if (code != ERR_OK)
        refuse(q, "This is no webhook of ours.");
    else
        judge_body(q, h);
    q->state = h;
    return q->reply.status == 0 ? h : NULL;
}

static struct hook *hook_open(struct request *q, size_t bytes)
{
    return hook_open_as(q, bytes, judge);
}

/* False: answered, for want of memory. */
static bool keep_org(struct request *q, struct hook *h)
{
    struct org *org = request_alloc(q, sizeof *org);

    if (org == NULL) return false;
    *org = h->account->org;
    org->name = arena_str(&q->arena, org->name);
    org->help_text = arena_str(&q->arena, org->help_text);
    org->opt_out_words = arena_str(&q->arena, org->opt_out_words);
    org->token_sealed = org->token2_sealed = org->key_sealed = (struct str){NULL, 0};
    h->org = org;
    return true;
}

static void reply_ready(struct request *q, int status, struct MHD_Response *ready)
{
    q->reply.status = status;
    q->reply.ready = ready;
}

/* A use case that refused: what is foreign is as if unsigned. True: answered. */
static bool refused(struct request *q, enum err code, const struct fault *f)
{
    if (code == ERR_OK) return false;
    if (code == ERR_DENIED)
        refuse(q, "It speaks of what is not this account's.");
    else
        reply_refuse(q, code, code == ERR_INVALID ? 400 : 0, "%s", f->what);
    return true;
}

static void on_finish(struct app_job *job)
{
    request_wake(job->owner);
}

static void submit(struct request *q, struct app_job *job)
{
    job->owner = q;
    job->finish = on_finish;
    FAILPOINT("webhook.before_submit");
    app_submit(job);
}

/* True: the commit failed, and that was answered. */
static bool commit_failed(struct request *q, const struct change *c)
{
    if (c->result == ERR_OK) return false;
    if (c->result == ERR_DENIED)
        refuse(q, "It speaks of what is not this account's.");
    else if (c->result == ERR_CONFLICT)
        reply_refuse(q, c->result, 503, "It changes too fast to be stored now; try again.");
    else
        reply_refuse(q, c->result, 503, "It could not be stored now; try again.");
    return true;
}

/* ---- status ---- */

static void status_stored(struct request *q)
{
    struct hook *h = q->state;

    FAILPOINT("webhook.before_204");
    if (commit_failed(q, &h->status.change.head)) return;
    if (status_denied(&h->status))
        refuse(q, "It speaks of another message.");
    else
        reply_ready(q, 204, q->server->no_content);
}

static void status(struct request *q)
{
    struct hook *h = hook_open(q, HOOK_BYTES(status));
    uint64_t message = 0, attempt = 0;
    struct fault f = {0};

    if (h == NULL) return;
    if (public_id_parse(q->app->ids, PUBLIC_MESSAGE, q->args[1], &message) != ERR_OK ||
        str_to_u64(q->args[2], &attempt) != ERR_OK || attempt == 0 || attempt > UINT8_MAX) {
        refuse(q, "It names no message of ours.");
        return;
    }
    if (refused(q,
                app_status(q->app, q->reader, &q->arena, &h->account->org, message, (uint8_t)attempt, &h->form,
                           &h->status, &f),
                &f))
        return;
    if (h->status.job.change == NULL) {
        reply_ready(q, 204, q->server->no_content);
        return;
    }
    request_hold(q, status_stored);
    submit(q, &h->status.job);
}

/* ---- inbound ---- */

static void add_xml(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        if (c == '&')
            buf_add_text(b, "&amp;");
        else if (c == '<')
            buf_add_text(b, "&lt;");
        else if (c == '>')
            buf_add_text(b, "&gt;");
        else
            buf_add_char(b, c);
    }
}

static void reply_twiml(struct request *q, struct str words)
{
    struct buf *b;

    if (words.len == 0) {
        reply_ready(q, 200, q->server->empty_twiml);
        return;
    }
    b = reply_body(q);
    buf_add_text(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Message>");
    add_xml(b, words);
    buf_add_text(b, "</Message></Response>");
    reply_json(q, 200);
    if (q->reply.status == 200) q->reply.content_type = "text/xml; charset=utf-8";
}

static void inbound_stored(struct request *q)
{
    struct hook *h = q->state;

    FAILPOINT("webhook.before_twiml");
    if (!commit_failed(q, &h->inbound.change.head)) reply_twiml(q, h->inbound.reply);
}

static void inbound(struct request *q)
{
    struct hook *h = hook_open(q, HOOK_BYTES(inbound));
    struct fault f = {0};

    if (h == NULL || !keep_org(q, h)) return;
    if (refused(q, app_inbound(q->app, q->reader, &q->arena, h->org, &h->form, &h->inbound, &f), &f)) return;
    if (h->inbound.job.change == NULL) {
        reply_twiml(q, h->inbound.reply);
        return;
    }
    request_wait(q, inbound_stored); /* a STOP waits for more than its commit */
    submit(q, &h->inbound.job);
}

/* ---- reviews ---- */

/* Whether what was read was moved meanwhile, by somebody who may have looked before this was so: then it is read again.
 * That ends, as each time somebody else got on; given up is only with an answer upon which it may be told anew. */
static bool was_moved(const struct change *c, unsigned *moved)
{
    *moved = c->result == ERR_CONFLICT ? *moved + 1 : 0;
    return *moved > 0 && *moved < MOVED_MAX;
}

static void review_on(struct request *q);

static void looked_at(struct request *q)
{
    struct hook *h = q->state;
    const struct change *c = &h->review.look.change.head;

    if (was_moved(c, &h->review.moved))
        review_on(q);
    else if (!commit_failed(q, c))
        reply_ready(q, 204, q->server->no_content);
}

static void review_on(struct request *q)
{
    struct hook *h = q->state;
    struct registration g;
    enum err code = q->app->store->ops->registration_get(q->reader, &q->arena, h->review.org, h->review.id, &g);

    if (code == ERR_NOT_FOUND) {
        refuse(q, "It names no registration of ours.");
        return;
    }
    if (code == ERR_OK && g.state != ONBOARDING_WAITING) {
        reply_ready(q, 204, q->server->no_content);
        return;
    }
    if (code == ERR_OK)
        code = registrations_move(q->app, &q->arena, &g, REGISTRATION_LOOK, false, &h->review.look, &q->problem);
    if (code != ERR_OK) {
        reply_refuse(q, code, 503, "It could not be stored now; try again.");
        return;
    }
    request_wait(q, looked_at);
    submit(q, &h->review.look.job);
}

/* The status of a profile: what it is now is asked of Twilio, by whoever moves the registration along. */
static void registration(struct request *q)
{
    struct hook *h = hook_open(q, HOOK_BYTES(review));

    if (h == NULL) return;
    h->review.org = h->account->org.id;
    if (public_id_parse(q->app->ids, PUBLIC_REGISTRATION, q->args[1], &h->review.id) != ERR_OK) {
        refuse(q, "It names no registration of ours.");
        return;
    }
    review_on(q);
}

/* ---- events ---- */

static void events_on(struct request *q);

static void event_stored(struct request *q)
{
    struct hook *h = q->state;
    const struct change_registration *c = &h->events.look.change;
    bool moved = was_moved(&c->head, &h->events.moved);

    if (moved) h->events.after = c->registration.id + 1;
    if (moved || !commit_failed(q, &c->head)) events_on(q);
}

/* One registration after the other is due at once; answered when all are. */
static void events_on(struct request *q)
{
    struct hook *h = q->state;
    enum err code = stream_events_next(q->app, q->reader, &q->arena, h->events.org, &h->events.told, &h->events.after,
                                       &h->events.look, &q->problem);

    if (code == ERR_NOT_FOUND) {
        reply_ready(q, 204, q->server->no_content);
        return;
    }
    if (code != ERR_OK) {
        reply_refuse(q, code, 503, "It could not be stored now; try again.");
        return;
    }
    request_wait(q, event_stored);
    submit(q, &h->events.look.job);
}

static void events(struct request *q)
{
    struct hook *h = hook_open_as(q, HOOK_BYTES(events), judge_events);

    if (h == NULL) return;
    h->events.org = h->account->org.id;
    events_on(q);
}

static const struct route ROUTES[] = {
    {"POST", "/twilio/{hook}/status/{message}/{attempt}", ROUTE_SIGNED, 0, HOOK_BODY_MAX, status, NULL,
     false},
    {"POST", "/twilio/{hook}/inbound", ROUTE_SIGNED, 0, HOOK_BODY_MAX, inbound, NULL, 0},
    {"POST", "/twilio/{hook}/fallback", ROUTE_SIGNED, 0, HOOK_BODY_MAX, inbound, NULL, 0},
    {"POST", "/twilio/{hook}/registration/{registration}", ROUTE_SIGNED, 0, HOOK_BODY_MAX, registration, NULL, 0},
    {"POST", "/twilio/{hook}/events", ROUTE_SIGNED, 0, EVENTS_BODY_MAX, events, NULL, 0},
};
const struct route_table ROUTES_TWILIO = ROUTE_TABLE(ROUTES);

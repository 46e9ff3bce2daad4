/*
 * hooks: what the provider tells us — status callbacks and inbound texts — through the use cases themselves:
 * the change is committed, the pump is told, and only then the webhook is answered.
 *
 * A hook_job lives from its webhook until the use case finishes it; the world keeps a list of them, because a
 * crash leaves some that nobody finishes.
 */
#include "world.h"

#include "app/inbound.h"
#include "app/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOOKS_AT_ONCE = 16, FORM_BYTES_MAX = 16384, PAIRS_MAX = 64 };

struct hook_job {
    struct world *w;
    struct hook_job *previous, *next;
    uint64_t hook;     /* the webhook that waits; 0: read back after downtime, or nobody waits */
    bool is_status, waiting; /* waiting: met a full store, to be submitted again */
    struct arena arena;
    struct org org;
    union {
        struct status_job status;
        struct inbound_job inbound;
    } u;
};

static void answer(struct world *w, uint64_t hook, int http_status)
{
    struct sandbox_webhook_answer a = {.failure = SANDBOX_WEBHOOK_ANSWERED, .http_status = http_status,
                                       .content_type = STR("text/xml"), .body = STR("<Response/>")};

    if (hook != 0) sandbox_webhook_answered(w->sandbox, w->now_ms, hook, &a);
}

static void nobody_there(struct world *w, uint64_t hook)
{
    struct sandbox_webhook_answer a = {.failure = SANDBOX_WEBHOOK_CONNECT_FAILED};

    if (hook != 0) sandbox_webhook_answered(w->sandbox, w->now_ms, hook, &a);
}

/* ---- jobs ---- */

static struct hook_job *job_new(struct world *w, uint64_t hook)
{
    struct hook_job *j = calloc(1, sizeof *j);

    BUG_IF(j == NULL);
    j->w = w;
    j->hook = hook;
    arena_init(&j->arena, 1 << 20);
    j->next = w->hook_jobs;
    if (j->next != NULL) j->next->previous = j;
    w->hook_jobs = j;
    return j;
}

static void job_end(struct hook_job *j)
{
    if (j->previous != NULL) j->previous->next = j->next;
    else j->w->hook_jobs = j->next;
    if (j->next != NULL) j->next->previous = j->previous;
    arena_reset(&j->arena);
    free(j);
}

static bool has_written(const struct world *w, uint64_t number, int64_t before_ms)
{
    struct sandbox_message m;

    for (uint64_t n = 1; sandbox_message_get(w->sandbox, n, &m) == ERR_OK; n++)
        if (m.direction == SANDBOX_INBOUND && m.from == number && m.created_ms <= before_ms) return true;
    return false;
}

/* Until inbound texts are read back nobody hears from us who has not written. */
static void only_replies_went(struct world *w)
{
    uint64_t count = sandbox_ledger_count(w->sandbox);

    for (uint64_t seq = w->shut_from + 1; seq <= count; seq++) {
        struct sandbox_ledger_entry e;
        if (sandbox_ledger_get(w->sandbox, seq, &e) != ERR_OK || e.message == 0) continue;
        if (!has_written(w, e.to, e.at_ms)) world_wrong(w, "%llu heard from us before the texts were read back",
                                                        (unsigned long long)e.to);
    }
}

static void read_back_one(struct world *w)
{
    if (--w->readbacks > 0 || w->pump == NULL) return;
    w->gates_at_ms = w->now_ms + (rng_chance(&w->rng, 500000) ? 0 : (int64_t)rng_below(&w->rng, 20000));
}

static void open_gates(struct world *w)
{
    w->gates_at_ms = INT64_MAX;
    only_replies_went(w);
    for (size_t at = 0; at < w->config.orgs; at++)
        pump_tell(w->pump, &(struct note){.kind = NOTE_GATE, .org = w->orgs[at].id, .gate = GATE_OPEN});
}

static void check_status(struct world *w, const struct hook_job *j)
{
    const struct change_status *c = &j->u.status.change;

    if (c->head.result != ERR_OK) world_wrong(w, "status refused: %s", c->head.fault.what);
    else if (c->verdict == STATUS_FOREIGN || c->verdict == STATUS_UNKNOWN_MESSAGE)
        world_wrong(w, "a true callback was taken for foreign: message %llu attempt %u %s",
                    (unsigned long long)c->message, c->attempt, c->sid);
}

static void finished(struct app_job *job)
{
    struct hook_job *j = job->owner;
    struct world *w = j->w;
    enum err result = job->change->result;

    if (result == ERR_FULL) { /* the server would answer 503; here it tries again, so that less is lost */
        j->waiting = true;
        w->hooks_again = true;
        return;
    }
    if (result == ERR_CANCELED) {
        nobody_there(w, j->hook);
        job_end(j);
        return;
    }
    if (j->is_status) check_status(w, j);
    else if (result != ERR_OK) world_wrong(w, "inbound refused: %s", job->change->fault.what);
    answer(w, j->hook, j->is_status ? 204 : 200);
    if (j->hook == 0 && !j->is_status) read_back_one(w);
    job_end(j);
}

static void submit(struct hook_job *j)
{
    struct app_job *job = j->is_status ? &j->u.status.job : &j->u.inbound.job;

    job->owner = j;
    job->finish = finished;
    job->change->result = ERR_OK;
    app_submit(job);
}

void hooks_again(struct world *w)
{
    if (!w->hooks_again) return;
    w->hooks_again = false;
    for (struct hook_job *j = w->hook_jobs, *next; j != NULL; j = next) {
        next = j->next;
        if (!j->waiting) continue;
        j->waiting = false;
        submit(j);
    }
}

/* The process died: nobody finishes what waits, no webhook of it is answered. */
void hooks_crash(struct world *w)
{
    while (w->hook_jobs != NULL) {
        nobody_there(w, w->hook_jobs->hook);
        job_end(w->hook_jobs);
    }
    w->hooks_again = false;
    w->readbacks = 0;
    w->gates_at_ms = INT64_MAX;
}

/* ---- taking them ---- */

static bool org_by_hook(struct world *w, struct hook_job *j, struct str path)
{
    return w->store->ops->org_by_hook_path(w->reader, &j->arena, path, &j->org) == ERR_OK;
}

/* "/twilio/HOOK/status/MESSAGE/ATTEMPT" */
static bool parse_target(struct world *w, struct hook_job *j, struct str url, uint64_t *message, uint8_t *attempt)
{
    struct str path = str_slice(url, str_find(url, STR("/twilio/")) + 8, url.len), part;
    uint64_t number;

    path = str_cut(path, '/', &part);
    if (!org_by_hook(w, j, part)) return false;
    path = str_cut(path, '/', &part);
    if (!str_equal(part, STR("status"))) return false;
    path = str_cut(path, '/', &part);
    if (public_id_parse(&w->ids, PUBLIC_MESSAGE, part, message) != ERR_OK) return false;
    if (str_to_u64(path, &number) != ERR_OK || number > 255) return false;
    *attempt = (uint8_t)number;
    return true;
}

static void read_form(struct world *w, struct hook_job *j, uint64_t hook, struct form *form)
{
    struct buf text;

    buf_init(&text, FORM_BYTES_MAX);
    BUG_IF(sandbox_webhook_form(w->sandbox, hook, &text) != ERR_OK);
    BUG_IF(form_decode(&j->arena, arena_str(&j->arena, buf_str(&text)), PAIRS_MAX, form) != ERR_OK);
    buf_free(&text);
}

static void say_instead(struct form *form, const char *word)
{
    for (size_t i = 0; i < form->count; i++)
        if (str_equal(form->pairs[i].name, STR("MessageStatus"))) form->pairs[i].value = str_from(word);
}

/* `word`: what it says instead of what the provider's model does; NULL: that. */
static void status_came(struct world *w, const struct sandbox_webhook *h, const char *word, bool waits)
{
    struct hook_job *j = job_new(w, waits ? h->id : 0);
    struct fault f = {0};
    struct form form;
    uint64_t message = 0;
    uint8_t attempt = 0;

    j->is_status = true;
    read_form(w, j, h->id, &form);
    if (word != NULL) say_instead(&form, word);
    if (!parse_target(w, j, str_slice(h->url, 0, h->url_bytes), &message, &attempt) ||
        app_status(&w->app, w->reader, &j->arena, &j->org, message, attempt, &form, &j->u.status, &f) != ERR_OK) {
        world_wrong(w, "a true callback was refused: %s (" STR_FMT ")", f.what, STR_ARG(h->url));
        job_end(j);
        return;
    }
    if (j->u.status.job.change != NULL) {
        submit(j);
        return;
    }
    answer(w, j->hook, 204);
    job_end(j);
}

/* A provider that changes its mind: a receipt after the end, a cancellation that was none. */
static void fickle_status_came(struct world *w, const struct sandbox_webhook *h)
{
    static const char *const SOON[] = {"canceled", "delivered", "undelivered"};
    bool ended = h->status == SANDBOX_UNDELIVERED || h->status == SANDBOX_FAILED;

    /* Its own words first: a webhook that was answered cannot be read any more. */
    if (ended && rng_chance(&w->rng, 500000)) status_came(w, h, NULL, false);
    if (ended && rng_chance(&w->rng, 500000))
        status_came(w, h, h->status == SANDBOX_FAILED && rng_chance(&w->rng, 500000) ? "undelivered" : "delivered",
                    false);
    if (h->status == SANDBOX_SENT && rng_chance(&w->rng, 50000)) status_came(w, h, "canceled", false);
    if (h->status == SANDBOX_DELIVERED && rng_chance(&w->rng, 100000)) status_came(w, h, "failed", false);
    status_came(w, h, h->status == SANDBOX_QUEUED && rng_chance(&w->rng, 300000) ? SOON[rng_below(&w->rng, 3)] : NULL,
                true);
}

static void inbound_came(struct world *w, const struct sandbox_webhook *h)
{
    struct hook_job *j = job_new(w, h->id);
    struct str path = str_slice(h->url, str_find(h->url, STR("/twilio/")) + 8, h->url_bytes), part;
    struct fault f = {0};
    struct form form;

    read_form(w, j, h->id, &form);
    (void)str_cut(path, '/', &part);
    if (!org_by_hook(w, j, part) ||
        app_inbound(&w->app, w->reader, &j->arena, &j->org, &form, &j->u.inbound, &f) != ERR_OK) {
        world_wrong(w, "a true inbound text was refused: %s (" STR_FMT ")", f.what, STR_ARG(h->url));
        job_end(j);
        return;
    }
    if (j->u.inbound.change.consent == CONSENT_OPT_OUT) w->stops++;
    submit(j);
}

static void say(struct world *w, const struct sandbox_webhook *h)
{
    struct sandbox_message m = {0};

    if (sandbox_message_get(w->sandbox, h->message, &m) != ERR_OK) return;
    world_say(w, m.direction == SANDBOX_INBOUND ? m.from : m.to, "webhook %s%s%s",
              h->kind == SANDBOX_WEBHOOK_STATUS ? sandbox_status_name(h->status) : "inbound",
              h->forged ? ", forged" : "",
              w->pump == NULL ? ", nobody is there" : "");
}

static void came(struct world *w, const struct sandbox_webhook *h)
{
    w->hooks++;
    if (w->config.tell) say(w, h);
    if (w->pump == NULL) nobody_there(w, h->id);
    else if (h->forged) answer(w, h->id, 401);
    else if (h->kind == SANDBOX_WEBHOOK_STATUS && w->config.on[SITE_FICKLE]) fickle_status_came(w, h);
    else if (h->kind == SANDBOX_WEBHOOK_STATUS) status_came(w, h, NULL, true);
    else inbound_came(w, h);
}

void hooks_run(struct world *w)
{
    struct sandbox_webhook due[HOOKS_AT_ONCE];
    size_t count;

    do {
        count = sandbox_step(w->sandbox, w->now_ms, due, HOOKS_AT_ONCE);
        for (size_t n = 0; n < count && w->wrong[0] == '\0'; n++) came(w, &due[n]);
    } while (count == HOOKS_AT_ONCE && w->wrong[0] == '\0');
    if (w->pump != NULL && w->gates_at_ms <= w->now_ms) open_gates(w);
}

/* ---- after downtime ---- */

static void add_pair(struct hook_job *j, struct form *form, struct str name, struct str value)
{
    form->pairs[form->count++] = (struct form_pair){name, arena_str(&j->arena, value)};
}

/* The provider's date of a text; 0: it has none of that SID. */
static int64_t date_of(const struct world *w, const char *wanted)
{
    struct sandbox_message m;
    char sid[SANDBOX_SID_BYTES];

    for (uint64_t number = 1; sandbox_message_get(w->sandbox, number, &m) == ERR_OK; number++) {
        sandbox_message_sid(w->sandbox, number, sid);
        if (strcmp(sid, wanted) == 0) return m.created_ms;
    }
    return 0;
}

static void read_back(struct world *w, uint64_t number, const struct sandbox_message *m)
{
    struct hook_job *j = job_new(w, 0);
    struct form_pair pairs[8];
    struct form form = {pairs, 0};
    char sid[SANDBOX_SID_BYTES], rival[SID_BYTES], from[24];
    int64_t rival_ms = 0;
    struct fault f = {0};
    const struct sim_org *o = people_org_of_sender(w, m->sender);

    BUG_IF(o == NULL || w->store->ops->org_get(w->reader, &j->arena, o->id, &j->org) != ERR_OK);
    sandbox_message_sid(w->sandbox, number, sid);
    (void)snprintf(from, sizeof from, "+%llu", (unsigned long long)m->from);
    add_pair(j, &form, STR("MessageSid"), str_from(sid));
    add_pair(j, &form, STR("AccountSid"), str_from(sandbox_account_sid(w->sandbox, m->account)));
    add_pair(j, &form, STR("From"), str_from(from));
    add_pair(j, &form, STR("To"), str_from(sandbox_sender_address(w->sandbox, m->sender)));
    add_pair(j, &form, STR("Body"), m->body);
    if (app_inbound(&w->app, w->reader, &j->arena, &j->org, &form, &j->u.inbound, &f) != ERR_OK) {
        world_wrong(w, "an inbound text read back was refused: %s", f.what);
        job_end(j);
        return;
    }
    if (app_inbound_contested(w->reader, &j->arena, &j->u.inbound, m->created_ms, rival))
        rival_ms = date_of(w, rival);
    app_inbound_date(w->reader, &j->arena, &j->u.inbound, m->created_ms, rival_ms);
    w->readbacks++;
    submit(j);
}

void hooks_read_back(struct world *w)
{
    struct sandbox_message m;

    w->readbacks = 1; /* this one, so that the gates do not open before all are under way */
    for (uint64_t number = 1; sandbox_message_get(w->sandbox, number, &m) == ERR_OK; number++)
        if (m.direction == SANDBOX_INBOUND) read_back(w, number, &m);
    read_back_one(w);
}

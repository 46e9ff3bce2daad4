/* onboarding: the workers, their turns, and what is stored of them. Contract in onboarding.h. Owns its threads; a
 * registration in `taken` is one worker's until its turn is over. */
#include "app/onboarding.h"

#include "app/accounts.h"
#include "app/onboarding_inside.h"
#include "app/org_account.h"
#include "app/primary_profile.h"
#include "base/backoff.h"
#include "base/log.h"
#include "base/timed_cond.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS_MAX = 16, PAGE = 4, TEXT_BYTES = 8 << 20, ROUND_MS = 1000, DOUBTED_MAX = 64, AGAIN_FIRST_MS = 2000,
       AGAIN_MAX_MS = 300000 };

struct worker {
    struct onboarding *o;
    struct store_reader *reader;
    struct rest *rest;
    struct arena scratch, page;
    pthread_t thread;
    bool running;
    uint64_t taken; /* registration, or UINT64_MAX: its organization's account; 0 none */
    org_id org;     /* its organization: one worker at a time serves one */
};
struct onboarding {
    struct app *app;
    _Atomic bool stopping, ending; /* ending: nobody is made to wait any more */
    pthread_mutex_t lock;
    pthread_cond_t woken;
    org_id doubted[DOUBTED_MAX]; /* accounts to be looked at at once; more are looked at in their time */
    size_t doubted_count;
    struct primary_ask *asks; /* who waits to be told of the ISV's profile */
    uint64_t wakes;          /* counts; a worker that saw the last one may sleep */
    int64_t write_free_us;   /* monotonic: when a brand or campaign may be written again */
    size_t count;
    struct worker workers[WORKERS_MAX];
};

int64_t turn_now_ms(const struct onboarding_turn *t)
{
    return clock_wall_ms(t->app->clock);
}

/* ---- storing ---- */

bool turn_store(struct onboarding_turn *t, enum onboarding_state state, int64_t next_ms, enum onboarding_step step,
                const char *outcome, const char *sid)
{
    struct change_registration c = {.head = {.kind = CHANGE_REGISTRATION}, .registration = t->g};
    struct buf progress;
    enum err code;

    buf_init(&progress, ONBOARDING_PROGRESS_BYTES_MAX);
    onboarding_progress_write(&t->p, &progress);
    BUG_IF(buf_check(&progress) == ERR_LIMIT);
    c.registration.progress = t->has_progress ? buf_str(&progress) : t->g.progress;
    c.registration.state = state;
    c.registration.next_ms = next_ms;
    c.registration.updated_ms = turn_now_ms(t);
    c.registration.why = str_from(state == ONBOARDING_APPROVED ? "" : t->words);
    c.registration.code = state == ONBOARDING_ACTION ? t->code : 0;
    if (outcome != NULL) {
        c.note = (struct registration_note){.at_ms = c.registration.updated_ms, .outcome = str_from(outcome),
                                            .step = str_from(onboarding_step_name(step)), .code = t->code,
                                            .words = str_from(t->words)};
        (void)snprintf(c.note.sid, sizeof c.note.sid, "%s", sid == NULL ? "" : sid);
    }
    code = buf_check(&progress) == ERR_OK ? store_change_wait(t->app->queue, &c.head) : buf_check(&progress);
    if (code != ERR_OK && code != ERR_CONFLICT) t->unstored = true;
    if (code == ERR_OK) {
        t->g.rev = c.registration.rev;
        t->g.state = state;
    }
    buf_free(&progress);
    return code == ERR_OK;
}

enum onboarding_move turn_done(struct onboarding_turn *t, enum onboarding_step step, const char *sid,
                               const char *outcome)
{
    struct onboarding_made *m = &t->p.made[step];

    m->mark = MARK_DONE;
    m->at_ms = turn_now_ms(t);
    if (sid != m->sid) (void)snprintf(m->sid, sizeof m->sid, "%s", sid);
    t->p.failures = t->p.looks = 0;
    t->words = NULL;
    t->code = 0;
    return turn_store(t, ONBOARDING_RUNNING, m->at_ms, step, outcome, m->sid) ? MOVE_ON : MOVE_LOST;
}

enum onboarding_move turn_mend(struct onboarding_turn *t, int32_t code, const char *words)
{
    t->code = code;
    t->words = words;
    return MOVE_MEND;
}

enum onboarding_move turn_wait(struct onboarding_turn *t, const char *words)
{
    const struct settings *s = t->app->settings;
    int64_t pause_ms = s->onboarding_poll_first_ms;

    for (uint32_t i = 0; i < t->p.looks && pause_ms < s->onboarding_poll_max_ms; i++) pause_ms += pause_ms / 2 + 1;
    if (pause_ms > s->onboarding_poll_max_ms) pause_ms = s->onboarding_poll_max_ms;
    t->p.looks++;
    t->p.failures = 0;
    t->words = words;
    t->next_ms = turn_now_ms(t) + pause_ms;
    return MOVE_WAIT;
}

/* ---- one turn ---- */

static bool account_is_missing(const struct onboarding_turn *t)
{
    const struct settings *s = t->app->settings;

    /* One that was begun in the installation's account stays there. */
    return t->org.account_sid[0] == '\0' && s->onboarding_subaccounts &&
           strcmp(t->p.made[STEP_ACCOUNT].sid, s->twilio_account_sid) != 0;
}

static bool is_pending(const struct onboarding_turn *t, enum onboarding_step step)
{
    if (!onboarding_has_step(&t->subject, step)) return false;
    if (step == STEP_ACCOUNT && account_is_missing(t)) return true;
    return t->p.made[step].mark != MARK_DONE || turn_is_stale(t, step);
}

static enum onboarding_step first_pending(const struct onboarding_turn *t)
{
    enum onboarding_step step = 0;

    while (step < ONBOARDING_STEPS && !is_pending(t, step)) step++;
    return step;
}

static enum onboarding_move move(struct onboarding_turn *t, enum onboarding_step step)
{
    switch (step) {
    case STEP_ACCOUNT: return turn_account(t);
    case STEP_PRIMARY: return turn_primary(t);
    case STEP_PROFILE_EVALUATED:
    case STEP_TRUST_EVALUATED: return turn_evaluate(t, step);
    case STEP_PROFILE_SUBMITTED:
    case STEP_TRUST_SUBMITTED: return turn_submit(t, step);
    case STEP_BRAND_APPROVED: return turn_brand_review(t);
    case STEP_VETTED: return turn_vetting_review(t);
    case STEP_CAMPAIGN_APPROVED: return turn_campaign_review(t);
    case STEP_NUMBERS: return turn_numbers(t);
    case STEP_NUMBERS_IN: return turn_attach(t);
    case STEP_TOLL_FREE: return turn_toll_free(t);
    case STEP_TOLL_FREE_APPROVED: return turn_toll_free_review(t);
    case STEP_APPLIED: return t->g.kind == BRAND_TOLL_FREE ? turn_toll_free_apply(t) : turn_apply(t);
    case ONBOARDING_STEPS: return t->g.kind == BRAND_TOLL_FREE ? turn_toll_free_recheck(t) : turn_recheck(t);
    case STEP_CAMPAIGN:
        return t->p.made[step].mark == MARK_DONE ? turn_campaign_review(t) : turn_make(t, step);
    default: return turn_make(t, step);
    }
}

/* What is stored when a step did not come to its end. */
static void settle(struct onboarding_turn *t, enum onboarding_step step, enum onboarding_move how)
{
    enum onboarding_step named = step < ONBOARDING_STEPS ? step : STEP_APPLIED;
    bool approved = step == ONBOARDING_STEPS;

    if (how == MOVE_WAIT)
        (void)turn_store(t, ONBOARDING_WAITING, t->next_ms, named, NULL, NULL);
    if (how == MOVE_MEND) {
        t->p.failures = t->p.looks = 0;
        (void)turn_store(t, ONBOARDING_ACTION, 0, named, "refused", t->p.made[named].sid);
    }
    if (how == MOVE_AGAIN) {
        t->p.failures++;
        t->code = 0;
        (void)turn_store(t, approved ? ONBOARDING_APPROVED : ONBOARDING_RUNNING,
                         turn_now_ms(t) + backoff_ms(AGAIN_FIRST_MS, AGAIN_MAX_MS, t->p.failures), named, NULL, NULL);
    }
}

/* Step after step until it must wait, is refused, or is done. */
static void walk(struct onboarding_turn *t, const _Atomic bool *stopping)
{
    if (t->has_own && t->p.made[STEP_ACCOUNT].mark == MARK_DONE &&
        strcmp(t->p.made[STEP_ACCOUNT].sid, t->own.account_sid) != 0) {
        (void)turn_mend(t, 0, "The organization has another Twilio account than when this was begun, and what was made"
                              " stays in the old one. Give it the old one again, or cancel this and begin anew.");
        settle(t, STEP_ACCOUNT, MOVE_MEND);
        return;
    }
    while (!*stopping) {
        enum onboarding_step step = first_pending(t);
        enum onboarding_move how;
        if (step == ONBOARDING_STEPS && t->g.state != ONBOARDING_APPROVED) {
            (void)turn_store(t, ONBOARDING_APPROVED, turn_now_ms(t) + t->app->settings->onboarding_recheck_ms,
                             STEP_APPLIED, NULL, NULL);
            return;
        }
        how = turn_wants_website(t) ? turn_website(t, step) : move(t, step);
        if (how == MOVE_ON && step == ONBOARDING_STEPS && first_pending(t) == ONBOARDING_STEPS) {
            (void)turn_store(t, ONBOARDING_APPROVED, turn_now_ms(t) + t->app->settings->onboarding_recheck_ms,
                             STEP_APPLIED, NULL, NULL);
            return;
        }
        if (how != MOVE_ON) {
            settle(t, step, how);
            return;
        }
        if (step == STEP_ACCOUNT) return; /* due at once, with the account's own credentials */
    }
}

/* ---- a worker ---- */

static bool may_write(void *owner)
{
    struct onboarding *o = owner;
    int64_t pause_us = 60000000 / o->app->settings->onboarding_writes_per_min, now_us, at_us;

    pthread_mutex_lock(&o->lock);
    now_us = clock_mono_us(o->app->clock);
    at_us = o->write_free_us > now_us ? o->write_free_us : now_us;
    o->write_free_us = at_us + pause_us;
    while (!o->stopping && clock_mono_us(o->app->clock) < at_us) (void)timed_cond_wait(&o->woken, &o->lock, at_us);
    pthread_mutex_unlock(&o->lock);
    return !o->stopping;
}

static bool wait_ms(void *owner, int64_t ms)
{
    struct onboarding *o = owner;
    int64_t at_us = clock_mono_us(o->app->clock) + ms * 1000;

    pthread_mutex_lock(&o->lock);
    while (!o->stopping && timed_cond_wait(&o->woken, &o->lock, at_us)) {}
    pthread_mutex_unlock(&o->lock);
    return !o->stopping;
}

static enum err read_accounts(struct onboarding_turn *t, struct fault *f)
{
    const struct settings *s = t->app->settings;
    struct org none = {.id = 0};
    enum err code = org_account_open_by_token(t->app->sealer, s, t->a, &none, &t->parent, f);

    if (code != ERR_OK) return code;
    t->has_own = !account_is_missing(t);
    return t->has_own ? org_account_open(t->app->sealer, s, t->a, &t->org, &t->own, f) : ERR_OK;
}

static enum err prepare(struct onboarding_turn *t, struct fault *f)
{
    enum err code = t->r->store->ops->org_get(t->r, t->a, t->g.org, &t->org);

    if (code == ERR_OK) code = a2p_facts_read(t->g.facts, t->a, &t->facts, f);
    if (code == ERR_OK) code = onboarding_progress_read(t->g.progress, &t->p);
    if (code == ERR_CORRUPT || code == ERR_INVALID)
        return fault_set(f, code, "what is stored of it does not read back");
    t->has_progress = code == ERR_OK;
    if (code == ERR_OK) code = read_accounts(t, f);
    public_id_format(t->app->ids, PUBLIC_REGISTRATION, t->g.id, t->id);
    t->subject = (struct onboarding_subject){.settings = t->app->settings, .kind = t->g.kind, .facts = &t->facts,
                                             .progress = &t->p, .id = t->id, .hook_path = t->org.hook_path};
    return code;
}

/* False: the store failed. */
static bool run_turn(struct worker *w, const struct registration *g)
{
    struct onboarding_turn *t = arena_alloc(&w->scratch, sizeof *t);
    struct fault f = {0};

    if (t == NULL) return false;
    *t = (struct onboarding_turn){.app = w->o->app, .r = w->reader, .rest = w->rest, .a = &w->scratch,
                                  .pace = may_write, .owner = w->o, .g = *g};
    if (prepare(t, &f) != ERR_OK) {
        log_event(LOG_ERROR, "registration_cannot_go_on", log_int("registration", (int64_t)g->id),
                  log_text("why", f.what));
        t->words = arena_printf(&w->scratch, "It cannot go on: %s", f.what);
        settle(t, STEP_ACCOUNT, MOVE_AGAIN);
    } else if (t->org.state == ORG_ACTIVE)
        walk(t, &w->o->stopping);
    else {
        t->words = "The organization is suspended.";
        settle(t, first_pending(t), MOVE_AGAIN);
    }
    twilio_account_wipe(&t->own);
    twilio_account_wipe(&t->parent);
    return !t->unstored;
}

static bool is_taken(const struct onboarding *o, org_id org)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->workers[i].taken != 0 && o->workers[i].org == org) return true;
    return false;
}

/* The first that is due and nobody's. False: none. A page is small because one of it is taken: the whole row of each
 * is read, facts and all. */
static bool take_one(struct worker *w, struct registration *out)
{
    int64_t now_ms = clock_wall_ms(w->o->app->clock), after_ms = 0;
    uint64_t after = 0;
    bool found = false;

    for (;;) {
        struct registration page[PAGE];
        size_t count = PAGE;
        arena_reset(&w->page);
        if (w->reader->store->ops->registrations_due(w->reader, &w->page, now_ms, after_ms, after, page,
                                                     &count) != ERR_OK ||
            count == 0)
            return false;
        pthread_mutex_lock(&w->o->lock);
        for (size_t i = 0; i < count && !found; i++)
            if (!is_taken(w->o, page[i].org)) {
                w->taken = page[i].id;
                w->org = page[i].org;
                *out = page[i];
                found = true;
            }
        pthread_mutex_unlock(&w->o->lock);
        if (found) return true;
        after_ms = page[count - 1].next_ms;
        after = page[count - 1].id;
    }
}

/* ---- accounts ---- */

/* The first account that is due and whose organization nobody serves. */
static bool take_account(struct worker *w, struct account_work *out)
{
    int64_t now_ms = clock_wall_ms(w->o->app->clock), after_ms = 0;
    org_id after = 0;
    bool found = false;

    for (;;) {
        struct account_work page[PAGE];
        size_t count = PAGE;
        arena_reset(&w->page);
        if (w->reader->store->ops->accounts_due(w->reader, &w->page, now_ms, after_ms, after, page, &count) != ERR_OK ||
            count == 0)
            return false;
        pthread_mutex_lock(&w->o->lock);
        for (size_t i = 0; i < count && !found; i++)
            if (!is_taken(w->o, page[i].org)) {
                w->taken = UINT64_MAX;
                w->org = page[i].org;
                *out = page[i];
                found = true;
            }
        pthread_mutex_unlock(&w->o->lock);
        if (found) return true;
        after_ms = page[count - 1].next_ms;
        after = page[count - 1].org;
    }
}

static void let_go(struct worker *w)
{
    pthread_mutex_lock(&w->o->lock);
    w->taken = 0;
    pthread_mutex_unlock(&w->o->lock);
}

/* False: no account is due. */
static bool serve_account(struct worker *w)
{
    struct account_work work, fresh;
    bool began = true;
    enum err code;

    if (!take_account(w, &work)) return false;
    /* Another worker may have moved it between our reading and our taking. */
    code = w->reader->store->ops->account_get(w->reader, &w->scratch, work.org, &fresh);
    if (code == ERR_OK && fresh.rev == work.rev)
        began = accounts_turn(w->o->app, w->reader, w->rest, &w->scratch, &fresh);
    arena_reset(&w->scratch);
    if (code != ERR_OK || !began) (void)wait_ms(w->o, AGAIN_FIRST_MS);
    let_go(w);
    return true;
}

static org_id take_doubted(struct onboarding *o)
{
    org_id org = 0;

    pthread_mutex_lock(&o->lock);
    if (o->doubted_count > 0) org = o->doubted[--o->doubted_count];
    pthread_mutex_unlock(&o->lock);
    return org;
}

/* Those are due now. */
static void look_at_doubted(struct worker *w)
{
    org_id org;

    while ((org = take_doubted(w->o)) != 0) {
        accounts_look_soon(w->o->app, w->reader, &w->scratch, org);
        arena_reset(&w->scratch);
    }
}

/* ---- the ISV's own profile ---- */

static enum err look_at_primary(struct worker *w, struct primary_ask *ask)
{
    const struct app *app = w->o->app;
    struct twilio_account parent = {.edges_count = 0};
    struct org none = {.id = 0};
    enum err code = org_account_open_by_token(app->sealer, app->settings, &w->scratch, &none, &parent, &ask->fault);

    if (code == ERR_NOT_FOUND || code == ERR_INVALID) return ERR_DENIED; /* no account to ask with */
    if (code == ERR_OK) code = primary_profile_look(w->rest, app->settings, &parent, &ask->found, &ask->fault);
    twilio_account_wipe(&parent);
    return code;
}

/* False: nobody asks. */
static bool serve_ask(struct worker *w)
{
    struct onboarding *o = w->o;
    struct primary_ask *ask;

    pthread_mutex_lock(&o->lock);
    ask = o->asks;
    if (ask != NULL) o->asks = ask->next;
    pthread_mutex_unlock(&o->lock);
    if (ask == NULL) return false;
    ask->result = o->ending ? fault_set(&ask->fault, ERR_UNAVAILABLE, "the server stops") : look_at_primary(w, ask);
    arena_reset(&w->scratch);
    ask->finish(ask);
    return true;
}

static void sleep_until_woken(struct worker *w, uint64_t seen)
{
    struct onboarding *o = w->o;
    int64_t at_us = clock_mono_us(o->app->clock) + ROUND_MS * 1000;

    pthread_mutex_lock(&o->lock);
    while (!o->stopping && o->wakes == seen && timed_cond_wait(&o->woken, &o->lock, at_us)) {}
    pthread_mutex_unlock(&o->lock);
}

static void *run(void *owner)
{
    struct worker *w = owner;
    struct onboarding *o = w->o;

    while (!o->stopping) {
        struct registration g, fresh;
        uint64_t seen;
        enum err code;
        bool stored = true;
        pthread_mutex_lock(&o->lock);
        seen = o->wakes;
        pthread_mutex_unlock(&o->lock);
        look_at_doubted(w);
        if (serve_ask(w) || serve_account(w)) continue;
        if (!take_one(w, &g)) {
            sleep_until_woken(w, seen);
            continue;
        }
        /* Another worker may have moved it between our reading and our taking. */
        code = w->reader->store->ops->registration_get(w->reader, &w->scratch, g.org, g.id, &fresh);
        if (code == ERR_OK && fresh.rev == g.rev) stored = run_turn(w, &fresh);
        arena_reset(&w->scratch);
        if (code != ERR_OK || !stored) (void)wait_ms(o, AGAIN_FIRST_MS);
        let_go(w);
    }
    return NULL;
}

/* ---- starting and stopping ---- */

static enum err start_worker(struct onboarding *o, struct worker *w, struct fault *f)
{
    const struct settings *s = o->app->settings;
    struct rest_config config = {.timeout_ms = s->provider_timeout_ms,
                                 .connect_timeout_ms = s->provider_connect_timeout_ms,
                                 .tries_max = 1, .seed = (uint64_t)(w - o->workers) + 1};
    enum err code;

    w->o = o;
    arena_init(&w->scratch, TEXT_BYTES);
    arena_init(&w->page, TEXT_BYTES);
    code = o->app->store->ops->reader_open(o->app->store, &w->reader, f);
    if (code == ERR_OK) code = rest_new(&config, &w->rest, f);
    if (code != ERR_OK) return code;
    if (pthread_create(&w->thread, NULL, run, w) != 0) return fault_set(f, ERR_FULL, "no thread for registrations");
    w->running = true;
    return ERR_OK;
}

enum err onboarding_start(struct app *app, struct onboarding **out, struct fault *f)
{
    struct onboarding *o = calloc(1, sizeof *o);
    enum err code = ERR_OK;

    *out = NULL;
    if (o == NULL) return fault_set(f, ERR_FULL, "out of memory");
    o->app = app;
    o->count = (size_t)app->settings->onboarding_workers;
    pthread_mutex_init(&o->lock, NULL);
    timed_cond_init(&o->woken);
    for (size_t i = 0; i < o->count && code == ERR_OK; i++) code = start_worker(o, &o->workers[i], f);
    if (code == ERR_OK) *out = o;
    else onboarding_stop(o);
    return code;
}

void onboarding_wake(struct onboarding *o)
{
    if (o == NULL) return;
    pthread_mutex_lock(&o->lock);
    o->wakes++;
    pthread_cond_broadcast(&o->woken);
    pthread_mutex_unlock(&o->lock);
}

void onboarding_look_at_account(struct onboarding *o, org_id org)
{
    bool known = false;

    if (o == NULL) return;
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < o->doubted_count; i++) known |= o->doubted[i] == org;
    if (!known && o->doubted_count < DOUBTED_MAX) o->doubted[o->doubted_count++] = org;
    pthread_mutex_unlock(&o->lock);
    if (!known) onboarding_wake(o);
}

void onboarding_ask_primary(struct onboarding *o, struct primary_ask *ask)
{
    if (o == NULL || o->ending) {
        ask->result = fault_set(&ask->fault, ERR_UNAVAILABLE, "the server starts or stops");
        ask->finish(ask);
        return;
    }
    pthread_mutex_lock(&o->lock);
    ask->next = o->asks;
    o->asks = ask;
    pthread_mutex_unlock(&o->lock);
    onboarding_wake(o);
}

void onboarding_end(struct onboarding *o)
{
    if (o == NULL) return;
    o->ending = true;
    onboarding_wake(o);
}

void onboarding_stop(struct onboarding *o)
{
    if (o == NULL) return;
    o->stopping = true;
    onboarding_wake(o);
    for (size_t i = 0; i < o->count; i++) {
        struct worker *w = &o->workers[i];
        if (w->running) (void)pthread_join(w->thread, NULL);
        rest_free(w->rest);
        if (w->reader != NULL) o->app->store->ops->reader_close(w->reader);
        arena_reset(&w->scratch);
        arena_reset(&w->page);
    }
    pthread_cond_destroy(&o->woken);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

/* number_workers: the threads, what they take, and their pace. Contract in number_workers.h. Owns its threads. */
#include "app/number_workers.h"

#include "app/numbers_inside.h"
#include "app/org_account.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/timed_cond.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORKERS = 2, PAGE = 16, ROUND_MS = 1000, SEED_EVERY_MS = 60000, LOOKS_MAX = 64, LOOK_AFTER_MS = 1000,
    TEXT_BYTES = 64 << 20 /* 20,000 numbers of an account, and their rows */
};

struct worker {
    struct number_workers *all;
    struct store_reader *reader;
    struct rest *rest;
    struct arena scratch, page;
    pthread_t thread;
    bool running;
    org_id org; /* whose turn it takes; 0 none */
};
struct number_workers {
    struct app *app;
    _Atomic bool ending, stopping;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    uint64_t wakes;             /* counts; a worker that saw the last one may sleep */
    int64_t free_us;            /* monotonic: when Twilio may be asked again */
    int64_t seeded_ms;          /* monotonic: when organizations were last given a row of drift */
    struct number_ask *first, *last;
    org_id looks[LOOKS_MAX];    /* whose accounts are to be looked at */
    size_t looks_count;
    struct worker workers[WORKERS];
};

static bool may_ask(void *owner)
{
    struct number_workers *all = owner;
    int64_t pause_us = 60000000 / all->app->settings->numbers_requests_per_min, now_us, at_us;

    pthread_mutex_lock(&all->lock);
    now_us = clock_mono_us(all->app->clock);
    at_us = all->free_us > now_us ? all->free_us : now_us;
    all->free_us = at_us + pause_us;
    while (!all->ending && clock_mono_us(all->app->clock) < at_us)
        (void)timed_cond_wait(&all->woken, &all->lock, at_us);
    pthread_mutex_unlock(&all->lock);
    return !all->ending;
}

/* ---- searches ---- */

static enum err put_offer(void *user, const struct number_offer *o, struct fault *f)
{
    struct number_ask *ask = user;
    struct buf *b = ask->offers;

    (void)f;
    if (ask->count++ >= NUMBER_OFFERS_MAX) return ERR_OK;
    json_open(b, '{');
    json_put_text(b, "number", o->phone_number);
    json_put_str_or_null(b, "friendly_name", o->friendly_name);
    json_put_str_or_null(b, "locality", o->locality);
    json_put_str_or_null(b, "region", o->region);
    json_put_str_or_null(b, "postal_code", o->postal_code);
    json_put_str_or_null(b, "address_requirements", o->address_requirements);
    json_put_bool(b, "beta", o->beta);
    json_put_bool(b, "sms", o->sms);
    json_put_bool(b, "mms", o->mms);
    json_put_bool(b, "voice", o->voice);
    json_close(b, '}');
    return ERR_OK;
}

static void serve(struct worker *w, struct number_ask *ask)
{
    struct app *app = w->all->app;
    struct twilio_account account = {0};
    int ignored; /* the fault has its words */

    ask->result = w->all->ending ? fault_set(&ask->fault, ERR_UNAVAILABLE, "the server is stopping; ask again")
                                 : org_account_open(app->sealer, app->settings, &w->scratch, &ask->org, &account,
                                                    &ask->fault);
    if (ask->result == ERR_OK)
        ask->result = numbers_search(w->rest, &account, &ask->search, put_offer, ask, &ignored, &ask->fault);
    twilio_account_wipe(&account);
    ask->finish(ask);
}

static struct number_ask *take_ask(struct number_workers *all)
{
    struct number_ask *ask;

    pthread_mutex_lock(&all->lock);
    ask = all->first;
    if (ask != NULL) all->first = ask->next;
    pthread_mutex_unlock(&all->lock);
    return ask;
}

void number_workers_ask(struct number_workers *all, struct number_ask *ask)
{
    ask->next = NULL;
    pthread_mutex_lock(&all->lock);
    if (all->first == NULL) all->first = ask;
    else all->last->next = ask;
    all->last = ask;
    all->wakes++;
    pthread_cond_broadcast(&all->woken);
    pthread_mutex_unlock(&all->lock);
}

/* ---- what is due ---- */

/* True if the organization is now this worker's. */
static bool take_org(struct worker *w, org_id org)
{
    bool taken = false;

    pthread_mutex_lock(&w->all->lock);
    for (size_t i = 0; i < WORKERS; i++) taken = taken || w->all->workers[i].org == org;
    if (!taken) w->org = org;
    pthread_mutex_unlock(&w->all->lock);
    return !taken;
}

static bool take_number(struct worker *w, struct owned_number *out)
{
    int64_t now_ms = clock_wall_ms(w->all->app->clock), after_ms = 0;
    uint64_t after = 0;

    for (;;) {
        struct owned_number page[PAGE];
        size_t count = PAGE;
        arena_reset(&w->page);
        if (w->reader->store->ops->owned_due(w->reader, &w->page, now_ms, after_ms, after, page, &count) != ERR_OK ||
            count == 0)
            return false;
        for (size_t i = 0; i < count; i++)
            if (take_org(w, page[i].org)) {
                *out = page[i];
                return true;
            }
        after_ms = page[count - 1].next_ms;
        after = page[count - 1].id;
    }
}

static bool take_drift(struct worker *w, struct drift *out)
{
    int64_t now_ms = clock_wall_ms(w->all->app->clock), after_ms = 0;
    org_id after = 0;

    for (;;) {
        struct drift page[PAGE];
        size_t count = PAGE;
        if (w->reader->store->ops->drifts_due(w->reader, now_ms, after_ms, after, page, &count) != ERR_OK || count == 0)
            return false;
        for (size_t i = 0; i < count; i++)
            if (take_org(w, page[i].org)) {
                *out = page[i];
                return true;
            }
        after_ms = page[count - 1].next_ms;
        after = page[count - 1].org;
    }
}

static struct numbers_turn turn_of(struct worker *w)
{
    return (struct numbers_turn){.app = w->all->app, .r = w->reader, .rest = w->rest, .a = &w->scratch,
                                 .pace = may_ask, .owner = w->all};
}

static bool run_number(struct worker *w, const struct owned_number *taken)
{
    struct numbers_turn t = turn_of(w);
    struct owned_number n;
    bool stored = true;

    /* Another worker may have moved it between our reading and our taking. */
    if (w->reader->store->ops->owned_get(w->reader, &w->scratch, taken->org, taken->id, &n) != ERR_OK ||
        n.rev != taken->rev)
        return true;
    if (numbers_turn_open(&t, n.org) == ERR_OK) stored = numbers_turn_run(&t, &n);
    else stored = numbers_turn_put_off(&t, &n);
    numbers_turn_close(&t);
    return stored;
}

static bool run_drift(struct worker *w, const struct drift *taken)
{
    struct numbers_turn t = turn_of(w);
    struct drift d;
    bool stored;

    if (w->reader->store->ops->drift_get(w->reader, &w->scratch, taken->org, &d) != ERR_OK || d.rev != taken->rev)
        return true;
    stored = drift_turn_run(&t, &d);
    numbers_turn_close(&t);
    return stored;
}

/* ---- every organization is looked at ---- */

static bool is_seeding_time(struct number_workers *all)
{
    int64_t now_ms = clock_mono_ms(all->app->clock);
    bool due;

    pthread_mutex_lock(&all->lock);
    due = all->seeded_ms == 0 || now_ms - all->seeded_ms >= SEED_EVERY_MS;
    if (due) all->seeded_ms = now_ms;
    pthread_mutex_unlock(&all->lock);
    return due && all->app->settings->drift_every_ms > 0;
}

/* Its first look comes somewhere within a whole pause, so that they do not all come at once. */
static void seed_one(struct worker *w, org_id org)
{
    struct app *app = w->all->app;
    struct change_drift change = {.head = {.kind = CHANGE_DRIFT}};
    uint64_t spread = (uint64_t)org * UINT64_C(0x9e3779b97f4a7c15) >> 16;
    enum err code = w->reader->store->ops->drift_get(w->reader, &w->scratch, org, &change.drift);

    /* One that rests for good was looked at while looks were off. */
    if (code == ERR_NOT_FOUND) change.drift = (struct drift){.org = org, .state = DRIFT_IDLE, .findings = STR("[]")};
    else if (code != ERR_OK || change.drift.state != DRIFT_IDLE || change.drift.next_ms != 0) return;
    change.drift.next_ms = clock_wall_ms(app->clock) + 1 + (int64_t)(spread % (uint64_t)app->settings->drift_every_ms);
    if (store_change_wait(app->queue, &change.head) != ERR_OK) return; /* the next round tries again */
}

static void seed(struct worker *w)
{
    struct org page[PAGE];
    org_id after = 0;
    size_t count = PAGE;

    while (count == PAGE && !w->all->ending) {
        arena_reset(&w->page);
        if (w->reader->store->ops->orgs(w->reader, &w->page, after, page, &count) != ERR_OK || count == 0) return;
        after = page[count - 1].id;
        for (size_t i = 0; i < count; i++) seed_one(w, page[i].id);
        arena_reset(&w->scratch);
    }
}

/* ---- who has new senders ---- */

void number_workers_look(struct number_workers *all, org_id org)
{
    bool known = false;

    if (all == NULL) return;
    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < all->looks_count; i++) known = known || all->looks[i] == org;
    if (!known && all->looks_count < LOOKS_MAX) all->looks[all->looks_count++] = org;
    all->wakes++;
    pthread_cond_broadcast(&all->woken);
    pthread_mutex_unlock(&all->lock);
}

static org_id take_look(struct number_workers *all)
{
    org_id org = 0;

    pthread_mutex_lock(&all->lock);
    if (all->looks_count > 0) org = all->looks[--all->looks_count];
    pthread_mutex_unlock(&all->lock);
    return org;
}

/* One look for all that are added within a moment. One that goes on may have read the senders before: what it finds
 * does not fit the row's revision any more, and it is done again. */
static void put_look(struct worker *w, org_id org)
{
    struct app *app = w->all->app;
    int64_t now_ms = clock_wall_ms(app->clock);
    struct change_drift change = {.head = {.kind = CHANGE_DRIFT}};
    enum err code = w->reader->store->ops->drift_get(w->reader, &w->scratch, org, &change.drift);

    if (app->settings->drift_every_ms == 0) return;
    if (code == ERR_NOT_FOUND) change.drift = (struct drift){.org = org, .findings = STR("[]")};
    else if (code != ERR_OK || (change.drift.state != DRIFT_IDLE && change.drift.next_ms > now_ms)) return;
    if (change.drift.state != DRIFT_REPAIR) change.drift.state = DRIFT_LOOK;
    change.drift.next_ms = now_ms + LOOK_AFTER_MS;
    if (store_change_wait(app->queue, &change.head) == ERR_CONFLICT) number_workers_look(w->all, org);
}

static void put_looks(struct worker *w)
{
    for (org_id org = take_look(w->all); org != 0; org = take_look(w->all)) put_look(w, org);
}

/* ---- the threads ---- */

static void rest_a_while(struct number_workers *all, uint64_t seen, bool anyway)
{
    int64_t at_us = clock_mono_us(all->app->clock) + ROUND_MS * 1000;

    pthread_mutex_lock(&all->lock);
    while (!all->stopping && (anyway || all->wakes == seen) && all->first == NULL &&
           clock_mono_us(all->app->clock) < at_us)
        (void)timed_cond_wait(&all->woken, &all->lock, at_us);
    pthread_mutex_unlock(&all->lock);
}

/* False: there was nothing to do. */
static bool work(struct worker *w, bool *stored)
{
    struct number_ask *ask = take_ask(w->all);
    struct owned_number n;
    struct drift d;

    *stored = true;
    if (ask != NULL) {
        serve(w, ask);
        return true;
    }
    if (w->all->ending) return false;
    if (is_seeding_time(w->all)) seed(w);
    put_looks(w);
    if (take_number(w, &n)) *stored = run_number(w, &n);
    else if (take_drift(w, &d)) *stored = run_drift(w, &d);
    else return false;
    pthread_mutex_lock(&w->all->lock);
    w->org = 0;
    pthread_mutex_unlock(&w->all->lock);
    return true;
}

static void *run(void *owner)
{
    struct worker *w = owner;

    while (!w->all->stopping) {
        uint64_t seen;
        bool stored, more;
        pthread_mutex_lock(&w->all->lock);
        seen = w->all->wakes;
        pthread_mutex_unlock(&w->all->lock);
        more = work(w, &stored);
        arena_reset(&w->scratch);
        if (!stored) log_event(LOG_ERROR, "number_not_stored");
        if (!more || !stored) rest_a_while(w->all, seen, !stored);
    }
    return NULL;
}

static enum err start_worker(struct number_workers *all, struct worker *w, struct fault *f)
{
    const struct settings *s = all->app->settings;
    struct rest_config config = {.timeout_ms = s->provider_timeout_ms,
                                 .connect_timeout_ms = s->provider_connect_timeout_ms,
                                 .tries_max = 1, .seed = (uint64_t)(w - all->workers) + 101};
    enum err code;

    w->all = all;
    arena_init(&w->scratch, TEXT_BYTES);
    arena_init(&w->page, TEXT_BYTES);
    code = all->app->store->ops->reader_open(all->app->store, &w->reader, f);
    if (code == ERR_OK) code = rest_new(&config, &w->rest, f);
    if (code == ERR_OK && pthread_create(&w->thread, NULL, run, w) != 0)
        code = fault_set(f, ERR_FULL, "no thread for numbers");
    w->running = code == ERR_OK;
    return code;
}

enum err number_workers_start(struct app *app, struct number_workers **out, struct fault *f)
{
    struct number_workers *all = calloc(1, sizeof *all);
    enum err code = ERR_OK;

    *out = NULL;
    if (all == NULL) return fault_set(f, ERR_FULL, "out of memory");
    all->app = app;
    pthread_mutex_init(&all->lock, NULL);
    timed_cond_init(&all->woken);
    for (size_t i = 0; i < WORKERS && code == ERR_OK; i++) code = start_worker(all, &all->workers[i], f);
    *out = all;
    if (code == ERR_OK) return ERR_OK;
    number_workers_stop(all);
    *out = NULL;
    return code;
}

static void tell(struct number_workers *all, _Atomic bool *what)
{
    pthread_mutex_lock(&all->lock);
    if (what != NULL) *what = true;
    all->wakes++;
    pthread_cond_broadcast(&all->woken);
    pthread_mutex_unlock(&all->lock);
}

void number_workers_wake(struct number_workers *all)
{
    if (all != NULL) tell(all, NULL);
}

void number_workers_end(struct number_workers *all)
{
    if (all != NULL) tell(all, &all->ending);
}

void number_workers_stop(struct number_workers *all)
{
    if (all == NULL) return;
    tell(all, &all->ending);
    tell(all, &all->stopping);
    for (size_t i = 0; i < WORKERS; i++) {
        struct worker *w = &all->workers[i];
        if (w->all == NULL) continue; /* it was not begun */
        if (w->running) (void)pthread_join(w->thread, NULL);
        if (w->reader != NULL) all->app->store->ops->reader_close(w->reader);
        rest_free(w->rest);
        arena_reset(&w->scratch);
        arena_reset(&w->page);
    }
    pthread_cond_destroy(&all->woken);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

/* writer: the thread that commits. Owns the store while it runs: nobody else may begin. Changes wait in a
 * bounded queue; one transaction takes what is there. It holds a batch open only while it has fewer than the last
 * one and more keeps coming: at once when an urgent change waits or nothing came during a short look, at the
 * latest after batch_ms.
 * Fails: a commit that did not reach the disk ends in `fatal`, because a failed sync must not be tried again
 * (design section 7); a full disk only fails the batch. */
#include "store/queue.h"

#include "base/bell.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/mutant.h"
#include "base/starved.h"
#include "base/timed_cond.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { QUEUE_MAX = 65536, BATCH_MAX = 4096, BATCH_MS = 5, LOOK_US = 1000 };

struct writer {
    struct store_queue queue; /* first: submit gets this */
    struct store *store;
    struct writer_options options;
    pthread_t thread;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t came;
    struct change *first, **last;
    size_t queued, urgent;
    size_t wanted; /* so many make a batch */
    bool idle, stopping;
    struct writer_stats stats;
};

/* ---- the queue ---- */

static void finish(struct change *c, enum err code, const struct fault *f)
{
    c->result = code;
    if (f != NULL) c->fault = *f;
    c->done(c);
}

static void submit(struct store_queue *q, struct change *c)
{
    struct writer *w = (struct writer *)(void *)q;
    bool full;
    c->next = NULL;
    (void)pthread_mutex_lock(&w->lock);
    full = w->queued >= w->options.queue_max || w->stopping;
    if (!full) {
        *w->last = c;
        w->last = &c->next;
        w->queued++;
        if (c->urgent) w->urgent++;
        /* Waking a writer that gathers a batch for each change would cost as much as the change. */
        if (w->idle || c->urgent || w->queued == w->wanted) (void)pthread_cond_signal(&w->came);
    }
    (void)pthread_mutex_unlock(&w->lock);
    if (full) {
        struct fault f = {0};
        (void)fault_set(&f, ERR_FULL, "the store's queue is full (%zu changes) or stopping; try again later",
                        w->options.queue_max);
        finish(c, ERR_FULL, &f);
    }
}

struct store_queue *writer_queue(struct writer *w)
{
    return &w->queue;
}

/* Takes at most batch_max changes, linked; gives their number. With the lock. */
static size_t take(struct writer *w, struct change **batch)
{
    size_t n = 0;
    struct change **end = batch;
    while (w->first != NULL && n < w->options.batch_max) {
        struct change *c = w->first;
        w->first = c->next;
        if (w->first == NULL) w->last = &w->first;
        if (c->urgent) w->urgent--;
        c->next = NULL;
        *end = c;
        end = &c->next;
        n++;
    }
    w->queued -= n;
    return n;
}

/* ---- the commit policy ---- */

/* Until an urgent change, a full batch or the stop, or for so long. With the lock. */
static void wait_us(struct writer *w, int64_t us)
{
    (void)timed_cond_wait(&w->came, &w->lock, clock_mono_us(w->options.clock) + us);
}

/* Something is queued. Waits while more is coming and it pays: until as many are there as in the last batch
 * (whoever waited for that may be all there is), the queue stops growing, an urgent one is there, or batch_ms
 * have passed. With the lock. */
static void gather(struct writer *w, size_t last_batch)
{
    int64_t until_us = clock_mono_us(w->options.clock) + w->options.batch_ms * 1000;
    size_t seen = 0;
    w->wanted = last_batch;
    while (w->urgent == 0 && !w->stopping && w->queued > seen && w->queued < w->wanted &&
           clock_mono_us(w->options.clock) < until_us) {
        seen = w->queued;
        wait_us(w, LOOK_US);
    }
}

/* ---- where a run can be made to die ---- */

/* Applied but not committed, and committed but told to nobody, by the kind of change. */
static const struct {
    const char *before, *after;
} points[] = {
    [CHANGE_CONTACTS] = {FAILPOINT_NAME("contacts.before_commit"), FAILPOINT_NAME("contacts.after_commit")},
    [CHANGE_CONSENT] = {FAILPOINT_NAME("consent.before_commit"), FAILPOINT_NAME("consent.after_commit")},
    [CHANGE_CAMPAIGN] = {NULL, FAILPOINT_NAME("campaign.after_commit")},
    [CHANGE_CAMPAIGN_STATE] = {FAILPOINT_NAME("campaign_state.before_commit"),
                               FAILPOINT_NAME("campaign_state.after_commit")},
    [CHANGE_FREEZE] = {FAILPOINT_NAME("freeze.before_commit"), FAILPOINT_NAME("freeze.after_commit")},
    [CHANGE_ADMIT] = {FAILPOINT_NAME("admit.before_commit"), FAILPOINT_NAME("admit.after_commit")},
    [CHANGE_CANCEL] = {NULL, FAILPOINT_NAME("cancel.after_commit")},
    [CHANGE_ARM] = {FAILPOINT_NAME("arm.before_commit"), FAILPOINT_NAME("arm.after_commit")},
    [CHANGE_OUTCOME] = {FAILPOINT_NAME("outcome.before_commit"), FAILPOINT_NAME("outcome.after_commit")},
    [CHANGE_REGISTRATION] = {FAILPOINT_NAME("registration.before_commit"),
                             FAILPOINT_NAME("registration.after_commit")},
    [CHANGE_STATUS] = {FAILPOINT_NAME("status.before_commit"), FAILPOINT_NAME("status.after_commit")},
    [CHANGE_INBOUND] = {FAILPOINT_NAME("inbound.before_commit"), FAILPOINT_NAME("inbound.after_commit")},
    [CHANGE_DOUBT] = {FAILPOINT_NAME("doubt.before_commit"), FAILPOINT_NAME("doubt.after_commit")},
    [CHANGE_BIND] = {FAILPOINT_NAME("bind.before_commit"), FAILPOINT_NAME("bind.after_commit")},
    [CHANGE_RECOVER] = {FAILPOINT_NAME("recover.before_commit"), FAILPOINT_NAME("recover.after_commit")},
    [CHANGE_IMPORT] = {FAILPOINT_NAME("import.before_commit"), FAILPOINT_NAME("import.after_commit")},
    [CHANGE_TRIM] = {NULL, NULL},
};

static void reach_before(const struct change *batch)
{
    if (!failpoint_on) return;
    for (const struct change *c = batch; c != NULL; c = c->next) (void)failpoint_reach(points[c->kind].before);
}

static void reach_after(const struct change *batch)
{
    if (!failpoint_on) return;
    for (const struct change *c = batch; c != NULL; c = c->next) (void)failpoint_reach(points[c->kind].after);
}

/* ---- committing ---- */

/* By a seeded bug: whoever made it hears of it before the disk does. */
static bool told_early(const struct change *c)
{
    switch (c->kind) {
    case CHANGE_ARM: return MUTANT(posted_before_armed);
    case CHANGE_ADMIT: return MUTANT(accepted_before_commit);
    case CHANGE_STATUS: case CHANGE_INBOUND: return MUTANT(webhook_before_commit);
    default: return false;
    }
}

/* What was refused for want of memory is not the maker's fault, whatever it looked like; it may come again. */
static void apply_one(struct store *store, struct change *c)
{
    (void)starved_take();
    store->ops->apply(store, c);
    if (!starved_take() || c->result == ERR_OK || c->result == ERR_FULL) return;
    c->result = fault_set(&c->fault, ERR_FULL, "no memory for the change; try again");
}

/* Changes that are told leave the batch. */
static void apply_all(struct writer *w, struct change **batch)
{
    struct change **at = batch;
    while (*at != NULL) {
        struct change *c = *at;
        apply_one(w->store, c);
        if (!told_early(c)) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        c->done(c);
    }
}

static enum err commit(struct writer *w, struct change **batch, struct fault *f)
{
    const struct store_ops *ops = w->store->ops;
    enum err code = ops->begin(w->store, f);
    if (code != ERR_OK) return code;
    apply_all(w, batch);
    reach_before(*batch);
    if (FAILPOINT_FAILS("store.full")) {
        ops->rollback(w->store);
        return fault_set(f, ERR_FULL, "failpoint: the disk is full");
    }
    if (FAILPOINT_FAILS("store.broken")) return fault_set(f, ERR_IO, "failpoint: a sync failed");
    return ops->commit(w->store, f);
}

static void count_commit(struct writer *w, size_t changes, int64_t us)
{
    (void)pthread_mutex_lock(&w->lock);
    w->stats.commits++;
    w->stats.changes += (int64_t)changes;
    w->stats.commit_us_total += us;
    if (us > w->stats.commit_us_max) w->stats.commit_us_max = us;
    if ((int64_t)changes > w->stats.batch_largest) w->stats.batch_largest = (int64_t)changes;
    (void)pthread_mutex_unlock(&w->lock);
}

static void commit_batch(struct writer *w, struct change *batch, size_t count)
{
    struct fault f = {0};
    int64_t began_us = clock_mono_us(w->options.clock);
    enum err code = commit(w, &batch, &f);
    if (code != ERR_OK && code != ERR_FULL && !MUTANT(sync_error_survived)) {
        w->options.fatal(w->options.owner, &f);
        bug(__FILE__, __LINE__, "writer: the fatal handler returned");
    }
    if (code == ERR_OK) reach_after(batch);
    count_commit(w, count, clock_mono_us(w->options.clock) - began_us);
    if (code == ERR_OK && w->options.committed != NULL)
        w->options.committed(w->options.owner, w->store->ops->commit_number(w->store));
    bells_hold();
    while (batch != NULL) {
        struct change *c = batch;
        batch = c->next; /* before done: it may free the change */
        c->next = NULL;
        if (code == ERR_OK || MUTANT(full_disk_told_as_done)) c->done(c);
        else finish(c, code, &f);
    }
    bells_release();
    FAILPOINT("store.told");
}

static void *run(void *owner)
{
    struct writer *w = owner;
    size_t count = 0;
    (void)pthread_mutex_lock(&w->lock);
    for (;;) {
        struct change *batch = NULL;
        if (w->queued == 0) {
            (void)pthread_mutex_unlock(&w->lock);
            w->store->ops->idle(w->store);
            (void)pthread_mutex_lock(&w->lock);
        }
        w->idle = true;
        while (w->queued == 0 && !w->stopping) (void)pthread_cond_wait(&w->came, &w->lock);
        w->idle = false;
        if (w->queued == 0) break;
        gather(w, count);
        count = take(w, &batch);
        (void)pthread_mutex_unlock(&w->lock);
        commit_batch(w, batch, count);
        (void)pthread_mutex_lock(&w->lock);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* ---- starting and stopping ---- */

enum err writer_start(struct store *store, const struct writer_options *o, struct writer **out, struct fault *f)
{
    struct writer *w = calloc(1, sizeof *w);
    if (w == NULL) return fault_set(f, ERR_FULL, "no memory for the store's writer");
    BUG_IF(o->clock == NULL || o->fatal == NULL);
    w->queue.submit = submit;
    w->store = store;
    w->options = *o;
    if (w->options.queue_max == 0) w->options.queue_max = QUEUE_MAX;
    if (w->options.batch_max == 0) w->options.batch_max = BATCH_MAX;
    if (w->options.batch_ms == 0) w->options.batch_ms = BATCH_MS;
    w->last = &w->first;
    (void)pthread_mutex_init(&w->lock, NULL);
    timed_cond_init(&w->came);
    if (pthread_create(&w->thread, NULL, run, w) != 0) {
        (void)pthread_cond_destroy(&w->came);
        (void)pthread_mutex_destroy(&w->lock);
        free(w);
        return fault_set(f, ERR_UNAVAILABLE, "the store's writer thread could not be started");
    }
    *out = w;
    return ERR_OK;
}

void writer_stop(struct writer *w)
{
    (void)pthread_mutex_lock(&w->lock);
    w->stopping = true;
    (void)pthread_cond_signal(&w->came);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    (void)pthread_cond_destroy(&w->came);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

void writer_stats_get(struct writer *w, struct writer_stats *out)
{
    (void)pthread_mutex_lock(&w->lock);
    *out = w->stats;
    out->queued = (int64_t)w->queued;
    (void)pthread_mutex_unlock(&w->lock);
}

/* ---- waiting ---- */

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static void wake(struct change *c)
{
    struct waiter *waiter = c->owner;
    (void)pthread_mutex_lock(&waiter->lock);
    waiter->is_done = true;
    (void)pthread_cond_signal(&waiter->done);
    (void)pthread_mutex_unlock(&waiter->lock);
}

enum err store_change_wait(struct store_queue *q, struct change *c)
{
    struct waiter waiter = {.is_done = false};
    (void)pthread_mutex_init(&waiter.lock, NULL);
    (void)pthread_cond_init(&waiter.done, NULL);
    c->done = wake;
    c->owner = &waiter;
    q->submit(q, c);
    (void)pthread_mutex_lock(&waiter.lock);
    while (!waiter.is_done) (void)pthread_cond_wait(&waiter.done, &waiter.lock);
    (void)pthread_mutex_unlock(&waiter.lock);
    (void)pthread_cond_destroy(&waiter.done);
    (void)pthread_mutex_destroy(&waiter.lock);
    return c->result;
}

/* queue_sim: see the header. Owns nothing but the order of what waits. */
#include "queue_sim.h"

static void done(struct change *c, enum err result)
{
    if (c->result != result) c->result = fault_set(&c->fault, result, "by the simulation");
    c->done(c);
}

static int64_t commit_time(struct queue_sim *q)
{
    if (rng_chance(&q->rng, q->plan.stall)) return q->now_ms + q->plan.stall_ms;
    return q->now_ms + q->plan.commit_ms_min +
           (int64_t)rng_below(&q->rng, q->plan.commit_ms_max - q->plan.commit_ms_min + 1);
}

static void submit(struct store_queue *port, struct change *c)
{
    struct queue_sim *q = (struct queue_sim *)(void *)port;

    if (rng_chance(&q->rng, q->plan.full)) {
        done(c, ERR_FULL);
        return;
    }
    c->next = NULL;
    if (q->first == NULL) q->first = c;
    else q->last->next = c;
    q->last = c;
    if (q->commit_at_ms == INT64_MAX) q->commit_at_ms = commit_time(q);
}

void queue_sim_init(struct queue_sim *q, struct store *store, uint64_t seed)
{
    *q = (struct queue_sim){.port.submit = submit, .store = store, .rng = rng_seeded(seed),
                            .plan = {.commit_ms_min = 1, .commit_ms_max = 5}, .commit_at_ms = INT64_MAX};
}

static struct change *take_all(struct queue_sim *q)
{
    struct change *all = q->first;

    q->first = q->last = NULL;
    q->commit_at_ms = INT64_MAX;
    return all;
}

/* How many messages or rows one change moves. */
static uint64_t rows_of(const struct change *c)
{
    switch (c->kind) {
    case CHANGE_ARM: {
        const struct change_arm *a = (const struct change_arm *)c;
        return a->items_count + a->setbacks_count + a->cursors_count;
    }
    case CHANGE_OUTCOME: return ((const struct change_outcome *)c)->count;
    case CHANGE_FREEZE: return ((const struct change_freeze *)c)->count;
    default: return 1;
    }
}

static bool passed(const struct change_arm *c, const struct arm_item *item)
{
    for (size_t i = 0; i < c->cursors_count; i++)
        if (c->cursors[i].run == item->run && !c->cursors[i].behind) return c->cursors[i].next > item->armed.message;
    return false;
}

static uint64_t count_left(const struct change_arm *c)
{
    uint64_t count = 0;

    for (size_t i = 0; i < c->items_count; i++)
        if (c->items[i].run != 0 && c->items[i].verdict == ARM_ARMED && !passed(c, &c->items[i])) count++;
    return count;
}

static void hear(struct queue_sim *q, const struct change *c)
{
    q->rows += rows_of(c);
    if (c->kind == CHANGE_ARM) q->left_runs += count_left((const struct change_arm *)c);
    if (q->heard != NULL) q->heard(q->owner, c);
}

static void commit(struct queue_sim *q)
{
    struct change *all = take_all(q);
    bool full = rng_chance(&q->rng, q->plan.disk_full);
    struct fault f;

    BUG_IF(q->store->ops->begin(q->store, &f) != ERR_OK);
    for (struct change *c = all; c != NULL; c = c->next) q->store->ops->apply(q->store, c);
    if (full) q->store->ops->rollback(q->store);
    else BUG_IF(q->store->ops->commit(q->store, &f) != ERR_OK);
    q->commits++;
    for (struct change *c = all, *next; c != NULL; c = next) {
        next = c->next;
        if (!full) hear(q, c);
        done(c, full ? ERR_FULL : c->result);
    }
}

void queue_sim_run(struct queue_sim *q, int64_t now_ms)
{
    q->now_ms = now_ms;
    if (q->commit_at_ms <= now_ms) commit(q);
}

void queue_sim_crash(struct queue_sim *q)
{
    for (struct change *c = take_all(q), *next; c != NULL; c = next) {
        next = c->next;
        done(c, ERR_CANCELED);
    }
}

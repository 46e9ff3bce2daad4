/*
 * queue: how changes reach the one writer, and the writer itself (group commit, design section 7).
 *
 * submit() hands a change over and returns at once; its `done` runs on the writer's thread after the
 * commit that holds it. The commit policy adapts: at once when an urgent change is waiting, as many as in the
 * last batch are there or no more come, else batches up to batch_max changes or batch_ms. Full queue: the
 * change is done at once with ERR_FULL on the caller's thread. A simulation has its own queue over the same port.
 */
#ifndef STERLING_STORE_QUEUE_H
#define STERLING_STORE_QUEUE_H

#include "base/clock.h"
#include "store/store.h"

struct store_queue {
    void (*submit)(struct store_queue *q, struct change *c);
};

struct writer_options {
    size_t queue_max; /* changes waiting, 65536 */
    size_t batch_max; /* changes a commit, 4096 */
    int64_t batch_ms; /* longest hold under load, 5 */
    struct clock *clock;
    /* Called on the writer's thread when a commit failed for good (ERR_IO, ERR_CORRUPT): must not return. */
    void (*fatal)(void *owner, const struct fault *f);
    /* After each durable commit, on the writer's thread: for the epoch file and live events. May be NULL. */
    void (*committed)(void *owner, uint64_t commit_number);
    void *owner;
};

struct writer;
MUST_CHECK enum err writer_start(struct store *store, const struct writer_options *o, struct writer **out,
                                 struct fault *f);
struct store_queue *writer_queue(struct writer *w);
/* Commits what is queued, then stops and joins. */
void writer_stop(struct writer *w);
/* Submits and waits for done on another thread; for workers and tests. Returns c->result. */
MUST_CHECK enum err store_change_wait(struct store_queue *q, struct change *c);

struct writer_stats {
    int64_t commits, changes, batch_largest, commit_us_total, commit_us_max, queued;
};
void writer_stats_get(struct writer *w, struct writer_stats *out);

#endif

/*
 * queue_sim: the store's queue on a virtual clock. Changes wait, then one transaction takes them all; a crash
 * loses what was not committed. Faults: slow syncs, a full queue, a full disk.
 */
#ifndef STERLING_TEST_SIM_QUEUE_SIM_H
#define STERLING_TEST_SIM_QUEUE_SIM_H

#include "base/rng.h"
#include "store/queue.h"

struct queue_plan {
    uint32_t commit_ms_min, commit_ms_max;
    uint32_t stall;      /* per million commits: takes stall_ms */
    uint32_t stall_ms;
    uint32_t full;       /* per million changes: refused at once */
    uint32_t disk_full;  /* per million commits: rolled back */
};
struct queue_sim {
    struct store_queue port; /* first */
    struct store *store;
    struct rng rng;
    struct queue_plan plan;
    struct change *first, *last;
    int64_t now_ms, commit_at_ms; /* INT64_MAX: nothing waits */
    uint64_t commits, rows;       /* changes and the rows in them */
    uint64_t left_runs;           /* armed ahead of their run's cursor: each has a due row until it is answered */
    void (*heard)(void *owner, const struct change *c); /* of each committed change, before it is done; may be NULL */
    void *owner;
};

void queue_sim_init(struct queue_sim *q, struct store *store, uint64_t seed);
void queue_sim_run(struct queue_sim *q, int64_t now_ms);
/* Every change not committed is done with ERR_CANCELED, without effect: its maker is gone too. */
void queue_sim_crash(struct queue_sim *q);

#endif

/*
 * small: a world so small that everything that can happen in it is tried: two messages under way at once, every
 * outcome of their first attempts, at most one death of the process at any moment, everything else in any order.
 *
 * What can happen next is chosen (choices.h): what waits to be committed is committed, or a request arrives at the
 * provider, or an answer (or the deadline instead of one) is taken, or a callback comes, or the process dies and starts
 * again. All of it may come while a change waits for its commit, but for scopes in which commits are quick: there the
 * change is committed, or the process dies, before anything else happens. Time goes on only when nothing else can
 * happen. Second attempts meet a provider that is well. One pump works, because a server has one sending thread, and a
 * second server is refused (store_sqlite_open).
 */
#ifndef STERLING_TEST_SIM_SMALL_H
#define STERLING_TEST_SIM_SMALL_H

#include "choices.h"

enum small_outcome {
    SMALL_ACCEPTED, SMALL_REJECTED, SMALL_THROTTLED, SMALL_REFUSED /* not connected */, SMALL_5XX_BEFORE,
    SMALL_5XX_AFTER,
    SMALL_ANSWER_LOST, /* the deadline may come before the request arrives, too */
    SMALL_LOST,        /* all bytes went, nothing arrived */
    SMALL_OUTCOMES
};

struct small_scope {
    uint32_t second_outcomes; /* of the second message: the first so many and ANSWER_LOST; SMALL_OUTCOMES: all */
    bool quick_commits;       /* nothing else happens while a change waits for its commit */
    uint32_t jobs, job;       /* only every jobs-th pair of outcomes, from job on */
};

enum { SMALL_WRONG_BYTES = 256 };

/* One way; `wrong` is empty if every promise was kept. False: not this job's, nothing was run. */
bool small_run(struct choices *c, const struct small_scope *scope, char wrong[SMALL_WRONG_BYTES]);
/* All ways. Gives their number; stops at the first that goes wrong and says how it went. */
uint64_t small_enumerate(const struct small_scope *scope, char wrong[SMALL_WRONG_BYTES]);

#endif

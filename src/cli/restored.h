/*
 * restored: what must not start by itself in a database that is an older copy.
 */
#ifndef STERLING_CLI_RESTORED_H
#define STERLING_CLI_RESTORED_H

#include "base/clock.h"
#include "store/queue.h"

/* Pauses every campaign whose audience the copy does not hold whole (running and not frozen, or scheduled for
 * a time that has passed): it may have gone out since, and messages that the copy does not know cannot be
 * bound to what Twilio lists. The operator looks, then resumes or cancels. Call before workers and pump run.
 */
MUST_CHECK enum err restored_pause_campaigns(struct store *store, struct store_queue *queue,
                                             struct clock *clock, struct fault *f);

#endif

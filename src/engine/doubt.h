/*
 * doubt: attempts whose outcome is unknown. Never sent again until proved absent by two complete listings of
 * the provider's messages, the first long enough after the deadline, the second long enough after the first
 * (design section 5, step 3), within a budget of listings per account, oldest first. The fence stays.
 *
 * Waits run on the monotonic clock from the step after the event, so that a step of the wall clock cannot
 * shorten the time in which the provider may still show the message.
 */
#ifndef STERLING_ENGINE_DOUBT_H
#define STERLING_ENGINE_DOUBT_H

#include "engine/state.h"

/* A posted item, out of flight, its slots settled. */
void doubt_begin(struct engine *e, struct item *it);
/* One from before the restart; it holds the fence already. */
void doubt_resume(struct engine *e, struct item *it, int64_t next_wall_ms);
void doubt_listed(struct engine *e, struct item *it, enum listing l);
/* Nothing was found before that could count: no failure, so the next one is not put off for it. ripe_ms above 0. */
void doubt_listed_early(struct engine *e, struct item *it, int64_t ripe_ms);
/* It is over: last word, fence gone. */
void doubt_end(struct engine *e, struct item *it, struct last_word last);
/* Gives their place in time to those that came since the last step. */
void doubt_settle(struct engine *e);
/* The account's timer: lists what is due within the budget. */
void doubt_due(struct engine *e, struct account *a);

#endif

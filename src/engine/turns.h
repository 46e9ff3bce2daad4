/*
 * turns: who has something to do, who waits for what, and who is woken.
 *
 * A lane is READY in its org's queue, WAITING at a limit of its route, at the route itself (until a sender has
 * room for its carrier) or at its pool, or ASLEEP. An org is
 * in its account's queue while it has a ready lane and is not asleep on its own limits; an account likewise
 * in the engine's. What is freed wakes the best waiter only; it is the `candidate` until it had its turn,
 * then the next is woken. A lane that was not woken does not pass a better one that waits.
 */
#ifndef STERLING_ENGINE_TURNS_H
#define STERLING_ENGINE_TURNS_H

#include "engine/state.h"

/* Puts it into the phase that fits what it has. After anything about it changed. */
void lane_consider(struct engine *e, struct lane *l);
/* It may send (campaign, org and gate allow). */
bool lane_allowed(const struct lane *l);
/* It has nothing to send but the store has. */
bool lane_hungry(const struct engine *e, const struct lane *l);
/* From its turn: to wait. The one whose room it waits for is looked at at once. */
void lane_wait(struct engine *e, struct lane *l, struct waits *w, enum engine_scope by);
/* Must this lane, having its turn, let others at w go first? */
bool lane_must_queue(const struct lane *l, const struct waits *w);
/* Its turn is over with something sent. */
void lane_charge(struct engine *e, struct lane *l, uint16_t segments);
/* The store has something from that moment on. */
void lane_note_store(struct engine *e, struct lane *l, int64_t wall_ms);

/* Somebody may go on at these. */
void cap_kick(struct engine *e, struct cap *c);
void pool_kick(struct engine *e, struct pool *p);
void route_kick(struct engine *e, struct route *r); /* a sender may have room for its carrier */
/* After a slot of the sender was given back (`early`: at once, else its moment is known now), or anything else
 * about it changed: who waits for its limits towards carriers, and who for any sender that has room. */
void carriers_kick(struct engine *e, struct sender *s, bool early);
void sender_kick(struct engine *e, struct sender *s); /* its parked items, then its pool */

/* Asleep until its limits allow; INT64_MAX: until an answer or something new. */
void org_sleep(struct engine *e, struct org *o, int64_t until_ms);
void org_wake(struct engine *e, struct org *o);
void account_stop(struct engine *e, struct account *a, enum account_block why, int64_t until_ms);
void account_go(struct engine *e, struct account *a);
/* Attempts armed and unanswered, of all. */
size_t account_under_way(const struct engine *e);
/* An account may have four times as many under way as are still free: one that hangs leaves room for others,
 * and only as many accounts as there are attempts can be crowded. */
bool account_crowded(const struct engine *e, const struct account *a);
/* After a change of gate, share or state: all its lanes again. */
void org_consider(struct engine *e, struct org *o);
/* Whose turn it is in that org; NULL: nobody's. */
struct lane *org_top_lane(const struct org *o);

/* A parked item goes back to its place in its lane's queue. */
void lane_unpark(struct engine *e, struct item *it);
/* It does not wait behind a fence any more. */
void fence_line_leave(struct item *it);

#endif

/*
 * waiting: the items of a lane that wait: in its queue, in order; or parked, at the one sender they must go
 * by or behind the fence of their number. A lane looks past as many parked items as `lookahead` says.
 */
#ifndef STERLING_ENGINE_WAITING_H
#define STERLING_ENGINE_WAITING_H

#include "engine/state.h"

/* A new one, at the end. */
void lane_put(struct engine *e, struct lane *l, struct item *it);
/* Out of queue or park, wherever it waits. It still counts among engine.items and names its lane. */
void lane_take(struct engine *e, struct item *it);
/* From the queue: until that sender has room; until that holder's fence is gone. */
void lane_park_sender(struct engine *e, struct item *it, struct sender *s);
void lane_park_cap(struct engine *e, struct item *it, struct sender *s, struct cap *c); /* c is of s, full */
void lane_park_fence(struct engine *e, struct item *it, struct item *holder);
/* It was served or got something: the last to be given back when room is short. */
void lane_touch(struct engine *e, struct lane *l);

#endif

/*
 * slots: what an attempt takes of every limit it needs, and gives back. Taken when it is chosen; freed at
 * once if no byte went, else one window after its place in time is known to be over (limits.h).
 */
#ifndef STERLING_ENGINE_SLOTS_H
#define STERLING_ENGINE_SLOTS_H

#include "engine/state.h"

enum slots_end {
    SLOTS_FREE,    /* no byte went, or the provider did not count it */
    SLOTS_KEEP,
    SLOTS_REFUSED, /* kept, but no day is charged: no carrier saw it */
};

/* Of the limits of its account, org, route and sender, and of the sender towards its carrier. */
void slots_take(struct engine *e, struct item *it);
/* The POST goes out now: limits with a guard interval count from here. */
void slots_posted(struct engine *e, struct item *it);
/* After it, whoever waits for what was freed, or now knows when it will be, is looked at again. */
void slots_give(struct engine *e, struct item *it, enum slots_end how, int64_t from_ms);
/* Slots of an attempt from before the restart, over at from_ms. */
void slots_restore(struct engine *e, struct org *o, struct route *r, struct sender *s, uint16_t segments,
                   int64_t from_ms);

#endif

/*
 * lanes: streams of messages that share their limits, found by their key. Urgent messages and replies of a
 * lane are lanes of their own (variants). A campaign's lanes go when it is dropped and nothing names them.
 */
#ifndef STERLING_ENGINE_LANES_H
#define STERLING_ENGINE_LANES_H

#include "engine/state.h"

/* The lane of that key and variant, found or made (a variant makes its main lane). NULL without memory. */
struct lane *lane_get(struct engine *e, const struct engine_lane *key, uint8_t variant);
/* Frees a dropped lane once nothing names it any more. */
void lane_forget(struct engine *e, struct lane *l);
/* The same of a campaign; and of all its lanes, which are dropped. */
void campaign_forget(struct engine *e, struct campaign *c);
void campaign_drop_lanes(struct engine *e, struct campaign *c);
/* The lane that asked for a draw, dropped or not; NULL: none. */
struct lane *lane_drawing(const struct engine *e, const struct engine_lane *key);

#endif

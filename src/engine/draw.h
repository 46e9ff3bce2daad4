/*
 * draw: how messages come from the store into lanes, and go back when there is no room.
 *
 * What the engine holds is a cache over the store. A lane with nothing left draws when its turn comes, and
 * ahead of it while it is being served; how much, grows with how fast it is used. When there is no room the
 * lane that was served longest ago gives its messages back and will draw them again: so however many lanes
 * there are, and however long some of them sleep, those whose turn it is have something to send.
 */
#ifndef STERLING_ENGINE_DRAW_H
#define STERLING_ENGINE_DRAW_H

#include "engine/state.h"

/* Its turn came with nothing to send: draws, or stops its account until a draw has come back. */
void draw_turn(struct engine *e, struct lane *l);
/* Draws ahead if the lane runs low and there is room. */
void draw_ahead(struct engine *e, struct lane *l);
/* What was asked for has come: `count` items that lane_admit takes follow. */
void draw_done(struct engine *e, struct lane *l);
/* Takes one from a draw or an offer; memory was reserved. One that the engine has, or may not have, is handed
 * back. True if it is in. */
bool draw_admit(struct engine *e, struct lane *l, const struct engine_item *is);
/* Room for one more, if need be by giving back what other lanes hold. */
bool draw_room_for_offer(struct engine *e, const struct lane *l);

/* A waiting item leaves with this last word; `again`: its lane is drawn from again. */
void waiting_end(struct engine *e, struct item *it, struct last_word last, bool again);
void waiting_give_back(struct engine *e, struct item *it, bool again);
void lane_give_back(struct engine *e, struct lane *l, bool again);
/* Those of the lane that are past their validity (they end expired) or their lawful window (given back) leave; its
 * deadline timer is set again. */
void lane_deadlines(struct engine *e, struct lane *l);

#endif

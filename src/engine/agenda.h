/* agenda: timers of both clocks, and the line of what waits to be told to the driver. Nothing here fails. */
#ifndef STERLING_ENGINE_AGENDA_H
#define STERLING_ENGINE_AGENDA_H

#include "engine/state.h"

/* Time as the driver tells it; never back. */
void agenda_now(struct engine *e, int64_t mono_ms, int64_t wall_ms);
/* At INT64_MAX it is taken off. */
void timer_set(struct engine *e, struct timer *t, int64_t at_ms);
/* The next timer that is due on either clock, taken off; NULL if none. */
struct timer *timer_due(struct engine *e);
/* Puts it at the end of the line unless it stands there. */
void out_push(struct engine *e, struct out *o);
/* Adds something to say about an item. */
void item_say(struct engine *e, struct item *it, uint8_t what);
/* Its last command; the item is gone once it was taken. */
void item_say_last(struct engine *e, struct item *it, struct last_word last);

#endif

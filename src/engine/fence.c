/* fence: contract in fence.h. */
#include "engine/fence.h"

#include "engine/draw.h"
#include "engine/items.h"
#include "engine/turns.h"

#include "rules/life.h"

void fence_open(struct engine *e, struct item *holder)
{
    fence_drop(e, holder);
    while (holder->fenced != NULL) lane_unpark(e, holder->fenced);
}

/* Until the doubt may be resolved, or for one time-out: then it is drawn again and looks anew. */
void fence_set_back(struct engine *e, struct item *it, const struct item *holder)
{
    int64_t next = holder->state == ITEM_DOUBT && holder->next_wall_ms > e->wall_ms
                       ? holder->next_wall_ms
                       : e->wall_ms + e->config.timeout_ms;

    waiting_end(e, it, (struct last_word){.kind = COMMAND_SETBACK, .to_state = MESSAGE_HELD,
                                          .reason = REASON_FENCE, .next_wall_ms = next}, true);
}

void fence_set_back_all(struct engine *e, struct item *holder)
{
    while (holder->fenced != NULL) fence_set_back(e, holder->fenced, holder);
}

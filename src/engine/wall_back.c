/*
 * wall_back: the wall clock was stepped back. Contract of engine_wall_back in engine.h.
 *
 * Dates that came from outside (validity, lawful hours, days) simply come true later. What was reckoned from the
 * later hour does not hold any more: what waits goes back to be judged anew, every lane asks the store again, because
 * "again in a second" would otherwise last as long as the step, and deadlines of attempts move along.
 */
#include "engine/engine.h"

#include "engine/draw.h"
#include "engine/items.h"
#include "engine/turns.h"

static void ask_anew(struct engine *e, struct org *o)
{
    for (struct lane *l = o->lanes; l != NULL; l = l->org_next) {
        lane_give_back(e, l, false);
        if (l->main == l && !l->dropped) lane_note_store(e, l, e->wall_ms);
    }
}

void engine_wall_back(struct engine *e, int64_t wall_ms)
{
    const struct map_slot *s;
    int64_t by_ms = e->wall_ms - wall_ms;

    if (by_ms <= 0) return;
    e->wall_ms = wall_ms;
    for (size_t i = 0; i <= e->table_mask; i++)
        for (struct item *it = e->by_id[i]; it != NULL; it = it->id_next) {
            it->deadline_wall_ms -= by_ms;
            it->next_wall_ms -= by_ms;
        }
    for (size_t i = 0; (s = map_next(&e->orgs_by_id, &i)) != NULL;) ask_anew(e, s->value.ptr);
}

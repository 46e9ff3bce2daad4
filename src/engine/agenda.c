/* agenda: contract in agenda.h. */
#include "engine/agenda.h"

void agenda_now(struct engine *e, int64_t mono_ms, int64_t wall_ms)
{
    if (mono_ms > e->mono_ms) e->mono_ms = mono_ms;
    if (wall_ms > e->wall_ms) e->wall_ms = wall_ms;
}

static struct order *clock_of(struct engine *e, const struct timer *t)
{
    return t->kind >= TIMER_WALL ? &e->walls : &e->timers;
}

void timer_set(struct engine *e, struct timer *t, int64_t at_ms)
{
    if (at_ms == INT64_MAX) order_remove(clock_of(e, t), &t->node);
    else if (!order_holds(&t->node) || t->node.key != at_ms) order_put(clock_of(e, t), &t->node, at_ms);
}

static struct timer *take_due(struct order *o, int64_t now_ms)
{
    struct order_node *n = order_top(o);

    if (n == NULL || n->key > now_ms) return NULL;
    order_remove(o, n);
    return ORDER_OWNER(n, struct timer, node);
}

struct timer *timer_due(struct engine *e)
{
    struct timer *t = take_due(&e->timers, e->mono_ms);

    return t != NULL ? t : take_due(&e->walls, e->wall_ms);
}

void out_push(struct engine *e, struct out *o)
{
    if (o->queued) return;
    o->queued = true;
    o->next = NULL;
    if (e->out_last == NULL) e->out_first = o;
    else e->out_last->next = o;
    e->out_last = o;
}

void item_say(struct engine *e, struct item *it, uint8_t what)
{
    it->say |= what;
    out_push(e, &it->out);
}

/* An arm or POST that was not taken yet is not taken any more; a doubt not yet told need not be. */
void item_say_last(struct engine *e, struct item *it, struct last_word last)
{
    BUG_IF(it->state == ITEM_DONE);
    it->state = ITEM_DONE;
    it->last = last;
    it->say = 0;
    item_say(e, it, SAY_LAST);
}

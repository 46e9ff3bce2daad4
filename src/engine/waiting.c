/* waiting: contract in waiting.h. */
#include "engine/waiting.h"

#include "engine/agenda.h"
#include "engine/items.h"
#include "engine/turns.h"

static void idle_leave(struct engine *e, struct lane *l)
{
    if (l->idle_prev != NULL) l->idle_prev->idle_next = l->idle_next;
    else if (e->idle_first == l) e->idle_first = l->idle_next;
    if (l->idle_next != NULL) l->idle_next->idle_prev = l->idle_prev;
    else if (e->idle_last == l) e->idle_last = l->idle_prev;
    l->idle_prev = l->idle_next = NULL;
}

void lane_touch(struct engine *e, struct lane *l)
{
    idle_leave(e, l);
    if (l->queue.count + l->parked.count == 0) return;
    l->idle_prev = e->idle_last;
    if (e->idle_last != NULL) e->idle_last->idle_next = l;
    else e->idle_first = l;
    e->idle_last = l;
}

void lane_put(struct engine *e, struct lane *l, struct item *it)
{
    int64_t ends =
        it->is.expires_wall_ms < it->is.closes_wall_ms ? it->is.expires_wall_ms : it->is.closes_wall_ms;

    it->state = ITEM_WAITING;
    it->lane = l;
    it->org = l->org;
    it->account = l->org->account;
    it->route = l->route;
    l->refs++;
    items_append(&l->queue, it);
    l->main->held++;
    e->items++;
    e->waiting++;
    if (ends < l->deadline_wall_ms) {
        l->deadline_wall_ms = ends;
        timer_set(e, &l->deadline, ends);
    }
    lane_touch(e, l);
    lane_consider(e, l);
}

static void leave_sender(struct engine *e, struct item *it)
{
    struct sender *s = it->parked_at != NULL ? it->parked_at : it->woken_by;
    struct cap *c = it->parked_cap;

    if (s == NULL) return;
    order_remove(c != NULL ? &c->parked : &s->parked, &it->node);
    it->parked_at = it->woken_by = NULL;
    it->parked_cap = NULL;
    if (c != NULL) cap_kick(e, c);
    sender_kick(e, s);
}

static bool is_parked(const struct item *it)
{
    return it->parked_at != NULL || it->fenced_by != NULL;
}

void lane_take(struct engine *e, struct item *it)
{
    struct lane *l = it->lane;

    BUG_IF(it->state != ITEM_WAITING);
    items_remove(is_parked(it) ? &l->parked : &l->queue, it);
    l->main->held--;
    e->waiting--;
    fence_line_leave(it);
    leave_sender(e, it);
    if (l->queue.count + l->parked.count == 0) idle_leave(e, l);
    l->stalled = false;
    lane_consider(e, l);
    if (l->main != l) lane_consider(e, l->main);
}

static void to_park(struct item *it)
{
    items_remove(&it->lane->queue, it);
    items_append(&it->lane->parked, it);
}

static int64_t park_key(const struct item *it)
{
    return ((int64_t)it->lane->class << 60) + (int64_t)it->seq;
}

void lane_park_sender(struct engine *e, struct item *it, struct sender *s)
{
    to_park(it);
    it->woken_by = NULL;
    it->parked_at = s;
    order_put(&s->parked, &it->node, park_key(it));
    lane_consider(e, it->lane);
    sender_kick(e, s);
}

void lane_park_cap(struct engine *e, struct item *it, struct sender *s, struct cap *c)
{
    to_park(it);
    leave_sender(e, it);
    it->parked_at = s;
    it->parked_cap = c;
    order_put(&c->parked, &it->node, park_key(it));
    lane_consider(e, it->lane);
    cap_kick(e, c);
}

void lane_park_fence(struct engine *e, struct item *it, struct item *holder)
{
    to_park(it);
    leave_sender(e, it);
    it->fenced_by = holder;
    it->fenced_next = holder->fenced;
    if (holder->fenced != NULL) holder->fenced->fenced_prev = it;
    holder->fenced = it;
    lane_consider(e, it->lane);
}

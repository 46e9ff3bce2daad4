/* check: the engine's invariants, all of them, from scratch. Stops the process when one is broken. */
#include "engine/engine.h"

#include "engine/items.h"
#include "engine/state.h"
#include "engine/turns.h"
#include "engine/world.h"

static const struct caps *caps_at(const struct item *it, int level)
{
    switch (level) {
    case 0: return &it->account->caps;
    case 1: return &it->org->caps;
    case 2: return &it->route->caps;
    case 3: return &it->sender->caps;
    default: return &it->sender->carrier_caps;
    }
}

static void tally_slots(const struct engine *e, const struct item *it)
{
    for (int level = 0; level < LEVELS; level++) {
        for (uint8_t i = 0; i < it->charged[level]; i++) {
            struct cap *c = caps_at(it, level)->at[i];
            if (level == LEVELS - 1 && !cap_concerns(e, c, it->is.lane.carrier)) continue;
            if (!c->guarded || it->state == ITEM_ARMING)
                c->tally += limit_weight(&c->limit, it->is.segments);
        }
    }
}

struct counts {
    size_t in[ITEM_DONE]; /* items by state */
};

static void check_holder(const struct engine *e, const struct item *it)
{
    const struct item *holder = fence_holder(e, it->account, it->is.number);

    BUG_IF(holder == NULL);
    BUG_IF(it->lane != NULL && holder->lane != NULL && holder != it);
    for (const struct item *w = it->fenced; w != NULL; w = w->fenced_next) {
        BUG_IF(w->fenced_by != it || w->state != ITEM_WAITING);
        BUG_IF(w->fenced_next != NULL && w->fenced_next->fenced_prev != w);
    }
    BUG_IF(it->state == ITEM_DOUBT && it->fenced != NULL);
    BUG_IF(it->state == ITEM_DOUBT && it->fresh + it->listing + order_holds(&it->node) != 1);
}

static void check_item(const struct engine *e, const struct item *it, struct counts *n)
{
    BUG_IF(it->state >= ITEM_DONE);
    n->in[it->state]++;
    if (it->state == ITEM_WAITING) return;
    if (it->state != ITEM_DOUBT) tally_slots(e, it);
    check_holder(e, it);
}

static void check_items(const struct engine *e)
{
    struct counts n = {0};

    for (size_t i = 0; i <= e->table_mask; i++)
        for (const struct item *it = e->by_id[i]; it != NULL; it = it->id_next) check_item(e, it, &n);
    BUG_IF(n.in[ITEM_WAITING] != e->waiting || n.in[ITEM_ARMING] != e->arming);
    BUG_IF(n.in[ITEM_POSTING] != e->posting || n.in[ITEM_DOUBT] != e->doubts);
    BUG_IF(e->waiting + e->arming + e->posting != e->items);
    BUG_IF(e->arming + e->posting > e->config.in_flight_max);
    BUG_IF(e->flight.count != e->posting);
}

static void check_caps(const struct engine *e)
{
    for (size_t i = 0; i < e->caps_count; i++) {
        struct cap *c = e->caps_all[i];
        limit_check(&c->limit);
        BUG_IF(c->tally != c->limit.pending);
        order_check(&c->waits.lanes);
        order_check(&c->parked);
        c->tally = 0;
    }
}

static void check_list(const struct lane *l, const struct items *list, bool parked)
{
    size_t n = 0;

    for (const struct item *it = list->head; it != NULL; it = it->next) {
        n++;
        BUG_IF(it->lane != l || it->state != ITEM_WAITING);
        BUG_IF((it->parked_at != NULL || it->fenced_by != NULL) != parked);
        BUG_IF(it->parked_at != NULL && (!order_holds(&it->node) || it->fenced_by != NULL));
        BUG_IF(it->parked_cap != NULL && it->parked_at == NULL);
        BUG_IF(!parked && it->prev != NULL && it->prev->seq >= it->seq);
        BUG_IF(it->next == NULL && list->tail != it);
    }
    BUG_IF(n != list->count);
}

static void check_lane(const struct engine *e, const struct lane *l)
{
    check_list(l, &l->queue, false);
    check_list(l, &l->parked, true);
    BUG_IF((l->phase == LANE_READY) != fair_holds(&l->turn));
    BUG_IF((l->phase == LANE_WAITING) != order_holds(&l->wait));
    BUG_IF((l->phase == LANE_WAITING) != (l->waits != NULL));
    BUG_IF(l->phase == LANE_WAITING && (l->queue.count == 0 || !lane_allowed(l)));
    BUG_IF(l->candidate_of != NULL && (l->phase != LANE_READY || l->candidate_of->candidate != l));
    BUG_IF(l->phase == LANE_ASLEEP && lane_allowed(l) && l->queue.count > 0 && !l->stalled);
    BUG_IF(l->stalled && l->parked.count == 0);
    BUG_IF(l->parked.count > e->config.lookahead);
    BUG_IF(l->refs < l->queue.count + l->parked.count || l->main->held < l->queue.count + l->parked.count);
}

static void check_pool(const struct pool *p)
{
    uint32_t open_for[CLASSES] = {0}, usable = 0;

    for (uint32_t i = 0; i < p->open_count; i++) {
        const struct sender *s = p->open[i];
        BUG_IF(!s->open || !s->usable || s->place != i || s->pool != p);
        for (int c = 0; c < s->rank; c++) open_for[c]++;
    }
    for (int c = 0; c < CLASSES; c++) BUG_IF(open_for[c] != p->open_for[c]);
    for (uint32_t i = 0; i < p->count; i++) {
        usable += p->all[i]->usable ? 1u : 0u;
        order_check(&p->all[i]->parked);
    }
    BUG_IF(usable != p->usable_count);
    order_check(&p->waits.lanes);
}

static void check_org(const struct engine *e, const struct org *o)
{
    bool ready = false;

    for (const struct lane *l = o->lanes; l != NULL; l = l->org_next) check_lane(e, l);
    for (const struct pool *p = o->pools; p != NULL; p = p->next) check_pool(p);
    for (const struct route *r = o->routes; r != NULL; r = r->next) order_check(&r->waits.lanes);
    for (int c = 0; c < CLASSES; c++) {
        order_check(&o->classes[c].order);
        ready = ready || fair_top(&o->classes[c]) != NULL;
    }
    BUG_IF(o->account != NULL && fair_holds(&o->turn) != (ready && o->active && !o->asleep));
}

static void check_account(const struct engine *e, const struct account *a)
{
    int64_t share = 0;
    uint32_t urgent = 0;

    for (const struct org *o = a->orgs_all; o != NULL; o = o->account_next) {
        BUG_IF(o->account != a);
        share += fair_holds(&o->turn) ? o->share : 0;
        urgent += o->urgent_ready ? 1u : 0u;
    }
    BUG_IF(share != a->share_ready || urgent != a->urgent_ready);
    BUG_IF(fair_holds(&a->turn) !=
           (fair_top(&a->orgs) != NULL && a->block == BLOCK_NONE && a->gate != GATE_SHUT));
    BUG_IF(a->in_flight > e->arming + e->posting);
    order_check(&a->orgs.order);
    order_check(&a->doubts);
}

void engine_check(const struct engine *e)
{
    const struct map_slot *s;

    check_items(e);
    check_caps(e);
    for (size_t i = 0; (s = map_next(&e->orgs_by_id, &i)) != NULL;) check_org(e, s->value.ptr);
    for (const struct account *a = e->accounts_all; a != NULL; a = a->all_next) check_account(e, a);
    order_check(&e->timers);
    order_check(&e->walls);
    order_check(&e->accounts.order);
}

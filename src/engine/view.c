/* view: what people ask of the engine: counts, lanes, limits. Reads only; walks everything. */
#include "engine/engine.h"

#include "engine/items.h"
#include "engine/limits.h"
#include "engine/state.h"

/* The scope whose limit stops the org or account as a whole; false if none does. */
static bool outer_block(const struct lane *l, enum engine_scope *by, int64_t *until)
{
    const struct org *o = l->org;
    const struct account *a = o->account;

    if (o->asleep) {
        *by = o->caps.at[0]->spec.scope;
        *until = order_holds(&o->wake.node) ? o->wake.node.key : INT64_MAX;
        return true;
    }
    if (a->block == BLOCK_NONE) return false;
    *by = SCOPE_ACCOUNT;
    *until = order_holds(&a->wake.node) ? a->wake.node.key : INT64_MAX;
    return a->block == BLOCK_LIMIT || a->block == BLOCK_COOL || a->block == BLOCK_BREAKER;
}

static int64_t waits_until(const struct waits *w)
{
    const struct order_node *n = NULL;

    if (w->of == WAITS_OF_CAP) n = &ORDER_OWNER(w, struct cap, waits)->timer.node;
    if (w->of == WAITS_OF_ROUTE) n = &ORDER_OWNER(w, struct route, waits)->timer.node;
    return n != NULL && order_holds(n) ? n->key : INT64_MAX;
}

static struct engine_lane_view view_of(const struct lane *l)
{
    struct engine_lane_view v = {.lane = l->key, .waiting = l->queue.count + l->parked.count,
                                 .paused = l->campaign != NULL && l->campaign->paused, .state = LANE_IDLE};

    if (l->phase == LANE_WAITING) {
        v.state = LANE_BLOCKED;
        v.blocked_by = l->blocked_by;
        v.blocked_until_mono_ms = waits_until(l->waits);
    } else if (l->stalled || (l->senderless && v.waiting > 0)) {
        v.state = LANE_BLOCKED;
        v.blocked_by = SCOPE_SENDER;
        v.blocked_until_mono_ms = INT64_MAX;
    } else if (l->phase == LANE_READY) {
        v.state = outer_block(l, &v.blocked_by, &v.blocked_until_mono_ms) ? LANE_BLOCKED : LANE_SENDING;
    } else if (l->refs > 0 || l->drawing) {
        v.state = LANE_SENDING;
    }
    return v;
}

static const struct lane *next_lane(const struct engine *e, size_t *slot, const struct lane *l)
{
    const struct map_slot *s;
    const struct org *o;

    if (l != NULL && l->org_next != NULL) return l->org_next;
    while ((s = map_next(&e->orgs_by_id, slot)) != NULL) {
        o = s->value.ptr;
        if (o->lanes != NULL) return o->lanes;
    }
    return NULL;
}

void engine_view(const struct engine *e, struct engine_view *out)
{
    size_t slot = 0;

    *out = (struct engine_view){.items = e->items, .in_flight = e->arming + e->posting, .arming = e->arming,
                                .doubts = e->doubts};
    for (const struct lane *l = next_lane(e, &slot, NULL); l != NULL; l = next_lane(e, &slot, l)) {
        struct engine_lane_view v = view_of(l);
        out->lanes++;
        if (v.state == LANE_BLOCKED) out->lanes_blocked[v.blocked_by]++;
    }
    for (const struct account *a = e->accounts_all; a != NULL; a = a->all_next)
        for (int i = 0; i < e->config.edges; i++)
            if (a->edges[i].state != BREAKER_CLOSED) out->breakers_open++;
}

size_t engine_lanes(const struct engine *e, struct engine_lane_view *out, size_t max)
{
    size_t n = 0, slot = 0;

    for (const struct lane *l = next_lane(e, &slot, NULL); l != NULL && n < max; l = next_lane(e, &slot, l))
        out[n++] = view_of(l);
    return n;
}

size_t engine_limits(const struct engine *e, uint32_t org, struct engine_limit_view *out, size_t max)
{
    const struct org *o = map_ptr(&e->orgs_by_id, org);
    uint32_t account = o == NULL || o->account == NULL ? 0 : o->account->id;
    size_t n = 0;

    for (size_t i = 0; o != NULL && i < e->caps_count && n < max; i++) {
        struct cap *c = e->caps_all[i];
        const struct sender *s = map_ptr(&e->senders_by_id, c->spec.sender);
        bool of_sender = c->spec.scope == SCOPE_SENDER || c->spec.scope == SCOPE_SENDER_CARRIER;
        bool mine = c->spec.scope == SCOPE_ACCOUNT ? c->spec.account == account
                    : of_sender                    ? s->pool != NULL && s->pool->org == o
                                                   : c->spec.org == org;
        if (!mine || c->limit.amount == 0) continue;
        out[n++] = (struct engine_limit_view){.limit = c->spec, .in_use = limit_in_use(&c->limit, e->mono_ms),
                                              .used_ever = c->limit.used_ever};
    }
    return n;
}

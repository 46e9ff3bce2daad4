/* settings: what the driver tells of the world: organizations, senders, limits, gates. Contract in
 * engine.h. */
#include "engine/engine.h"

#include "engine/agenda.h"
#include "engine/draw.h"
#include "engine/slots.h"
#include "engine/turns.h"
#include "engine/world.h"

enum { ROLLING_DAY_MS = 86400000, HALF_DAY_MS = 43200000, SHARE_MAX = 1000 };

static void leave_account(struct org *o)
{
    struct org **at;

    if (o->account == NULL) return;
    for (at = &o->account->orgs_all; *at != o;) at = &(*at)->account_next;
    *at = o->account_next;
}

static void join_account(struct org *o, struct account *a)
{
    o->account = a;
    o->account_next = a->orgs_all;
    a->orgs_all = o;
}

enum err engine_set_org(struct engine *e, const struct engine_org *is)
{
    struct account *a = world_account(e, is->account);
    struct org *o = world_org(e, is->org);
    uint32_t share = is->share < 1 ? 1 : is->share > SHARE_MAX ? SHARE_MAX : is->share;

    if (a == NULL || o == NULL) return ERR_FULL;
    if (o->account == a && o->share == share && o->active == is->active) return ERR_OK;
    o->active = false;
    org_consider(e, o);
    if (o->account != a) {
        leave_account(o);
        join_account(o, a);
    }
    o->share = share;
    o->active = is->active;
    for (struct lane *l = o->lanes; l != NULL && !o->active; l = l->org_next) lane_give_back(e, l, true);
    org_consider(e, o);
    return ERR_OK;
}

/* Items that must go by it look again at their turn. */
static void let_go(struct engine *e, struct sender *s)
{
    struct order_node *top;

    while ((top = order_top(&s->parked)) != NULL) lane_unpark(e, ORDER_OWNER(top, struct item, node));
    for (uint8_t i = 0; i < s->carrier_caps.count; i++)
        while ((top = order_top(&s->carrier_caps.at[i]->parked)) != NULL)
            lane_unpark(e, ORDER_OWNER(top, struct item, node));
}

static void set_usable(struct engine *e, struct sender *s, bool usable)
{
    uint32_t before = s->pool->usable_count;

    if (usable && !s->usable) s->pool->usable_count++;
    if (!usable && s->usable) s->pool->usable_count--;
    s->usable = usable;
    if (!usable) let_go(e, s);
    sender_kick(e, s);
    carriers_kick(e, s, true);
    if ((before == 0) != (s->pool->usable_count == 0)) org_consider(e, s->pool->org);
}

enum err engine_set_sender(struct engine *e, const struct engine_sender *is)
{
    struct org *o = world_org(e, is->org);
    struct pool *p = o == NULL ? NULL : world_pool(o, is->program);
    struct sender *s = p == NULL ? NULL : world_sender(e, is->sender, p);

    if (s == NULL) return ERR_FULL;
    if (s->pool != p) {
        if (s->pool != NULL) set_usable(e, s, false);
        if (world_join_pool(s, p) != ERR_OK) return ERR_FULL;
    }
    s->area_code = is->area_code;
    set_usable(e, s, is->usable);
    return ERR_OK;
}

/* Whoever waits for it looks again. It is known, because its limit is. */
static void limit_changed(struct engine *e, struct cap *c)
{
    struct account *a = map_ptr(&e->accounts_by_id, c->spec.account);
    struct org *o = map_ptr(&e->orgs_by_id, c->spec.org);
    struct sender *s = map_ptr(&e->senders_by_id, c->spec.sender);

    switch (c->spec.scope) {
    case SCOPE_ACCOUNT:
        if (a->block == BLOCK_LIMIT) account_go(e, a);
        break;
    case SCOPE_ORG:
    case SCOPE_BRAND: org_wake(e, o); break;
    case SCOPE_SENDER:
    case SCOPE_SENDER_CARRIER:
        sender_kick(e, s);
        carriers_kick(e, s, true);
        break;
    default: cap_kick(e, c);
    }
}

enum err engine_set_limit(struct engine *e, const struct engine_limit *is)
{
    struct engine_limit l = *is;
    struct cap *c;

    BUG_IF(l.scope >= SCOPES);
    if (l.amount < 0 || l.window_ms < 0) return ERR_INVALID;
    if (l.window_ms == 0 && l.scope != SCOPE_BRAND_CARRIER_DAY) l.window_ms = ROLLING_DAY_MS;
    if (l.scope == SCOPE_BRAND_CARRIER_DAY) l.window_ms = 0;
    c = world_cap(e, &l);
    if (c == NULL) return ERR_FULL;
    c->spec = l;
    limit_change(&c->limit, l.amount, l.window_ms, e->mono_ms);
    limit_changed(e, c);
    return ERR_OK;
}

void engine_set_carriers(struct engine *e, uint8_t count, uint8_t unknown)
{
    e->carriers = count;
    e->carrier_unknown = unknown;
}

/* Of the same day the greater count stays, because answers may not have reached the store yet. */
static void set_day(struct engine *e, struct cap *c, int64_t used, int64_t ends_ms)
{
    bool same = order_holds(&c->timer.node) && ends_ms - c->timer.node.key < HALF_DAY_MS;

    limit_day_begin(&c->limit, same && c->limit.timed > used ? c->limit.timed : used);
    timer_set(e, &c->timer, ends_ms);
    cap_kick(e, c);
}

void engine_set_day(struct engine *e, uint32_t org, uint8_t carrier, int64_t used, int64_t day_ends_wall_ms)
{
    struct org *o = map_ptr(&e->orgs_by_id, org);

    for (uint8_t i = 0; o != NULL && i < o->carrier_caps.count; i++) {
        struct cap *c = o->carrier_caps.at[i];
        if (c->spec.scope == SCOPE_BRAND_CARRIER_DAY && c->spec.carrier == carrier)
            set_day(e, c, used, day_ends_wall_ms);
    }
}

void engine_set_gate(struct engine *e, uint32_t account, enum engine_gate gate)
{
    struct account *a = world_account(e, account);

    if (a == NULL) return;
    a->gate = gate;
    for (struct org *o = a->orgs_all; o != NULL; o = o->account_next) org_consider(e, o);
}

void engine_set_draining(struct engine *e, bool draining)
{
    e->draining = draining;
}

void engine_restore_use(struct engine *e, uint32_t org, uint32_t program, uint32_t sender, uint8_t carrier,
                        uint16_t segments, int64_t answered_mono_ms)
{
    struct org *o = world_org(e, org);

    if (o == NULL) return;
    slots_restore(e, o, world_route(e, o, program, carrier), map_ptr(&e->senders_by_id, sender), segments,
                  answered_mono_ms);
}

static bool is_same(const struct engine_limit *a, const struct engine_limit *b)
{
    return a->scope == b->scope && a->slot == b->slot && a->account == b->account && a->program == b->program &&
           a->sender == b->sender && a->carrier == b->carrier;
}

void engine_restore_learned(struct engine *e, const struct engine_limit *l, int64_t units, int64_t ago_ms)
{
    for (size_t i = 0; i < e->caps_count; i++) {
        struct cap *c = e->caps_all[i];
        if (!is_same(&c->spec, l) || c->spec.org != l->org || cap_is_day(c)) continue;
        limit_relearn(&c->limit, units, e->mono_ms - ago_ms);
    }
}

/* slots: contract in slots.h. Invariant: an ARMING or POSTING item has taken its slots; `charged` tells how
 * many limits of account, org, route and sender there were, and of the sender towards carriers. */
#include "engine/slots.h"

#include "engine/agenda.h"
#include "engine/turns.h"
#include "engine/world.h"

static struct caps *caps_of(struct item *it, int level)
{
    switch (level) {
    case 0: return &it->account->caps;
    case 1: return &it->org->caps;
    case 2: return &it->route->caps;
    case 3: return &it->sender->caps;
    default: return &it->sender->carrier_caps;
    }
}

/* The i-th limit of that level, if the item is charged to it; else NULL. */
static struct cap *charged_to(const struct engine *e, struct item *it, int level, uint8_t i)
{
    struct cap *c = caps_of(it, level)->at[i];

    return level < LEVELS - 1 || cap_concerns(e, c, it->route->carrier) ? c : NULL;
}

void slots_take(struct engine *e, struct item *it)
{
    for (int level = 0; level < LEVELS; level++) {
        it->charged[level] = caps_of(it, level)->count;
        for (uint8_t i = 0; i < it->charged[level]; i++) {
            struct cap *c = charged_to(e, it, level, i);
            if (c == NULL) continue;
            limit_take(&c->limit, limit_weight(&c->limit, it->is.segments), e->mono_ms);
            if (cap_is_day(c) && !order_holds(&c->timer.node))
                timer_set(e, &c->timer, e->wall_ms + DAY_LONGEST_MS);
        }
    }
}

static void give_slot(const struct engine *e, struct item *it, struct cap *c, enum slots_end how,
                      int64_t from_ms)
{
    struct limit *l = &c->limit;
    int64_t weight = limit_weight(l, it->is.segments);

    if (c->guarded && it->state != ITEM_ARMING) return;
    if (how == SLOTS_FREE || (how == SLOTS_REFUSED && cap_is_day(c))) limit_return(l, weight, e->mono_ms);
    else limit_settle(l, weight, from_ms, e->mono_ms);
}

/* Those that wait for its route or its sender look again. */
static void kick(struct engine *e, struct item *it, bool early)
{
    for (uint8_t i = 0; i < it->charged[2]; i++) cap_kick(e, it->route->caps.at[i]);
    sender_kick(e, it->sender);
    carriers_kick(e, it->sender, early);
}

void slots_give(struct engine *e, struct item *it, enum slots_end how, int64_t from_ms)
{
    struct org *o = it->org;

    for (int level = 0; level < LEVELS; level++) {
        for (uint8_t i = 0; i < it->charged[level]; i++) {
            struct cap *c = charged_to(e, it, level, i);
            if (c != NULL) give_slot(e, it, c, how, from_ms);
        }
    }
    kick(e, it, how == SLOTS_FREE);
    if (how != SLOTS_KEEP || !order_holds(&o->wake.node)) org_wake(e, o);
}

/* When its slots are freed is known now: whoever found that unknown while it was being armed asks again. */
static void posted_kick(struct engine *e, struct item *it)
{
    kick(e, it, false);
    if (!order_holds(&it->org->wake.node)) org_wake(e, it->org);
    if (it->account->block == BLOCK_LIMIT) account_go(e, it->account);
}

void slots_posted(struct engine *e, struct item *it)
{
    bool known = false;

    for (int level = 0; level < LEVELS; level++) {
        for (uint8_t i = 0; i < it->charged[level]; i++) {
            struct cap *c = charged_to(e, it, level, i);
            if (c == NULL || !c->guarded) continue;
            limit_settle(&c->limit, limit_weight(&c->limit, it->is.segments),
                         e->mono_ms + e->config.guard_ms, e->mono_ms);
            known = true;
        }
    }
    if (known) posted_kick(e, it);
}

static void restore_one(struct engine *e, struct cap *c, uint16_t segments, int64_t from_ms)
{
    limit_restore(&c->limit, limit_weight(&c->limit, segments), from_ms, e->mono_ms);
}

static void restore(struct engine *e, struct caps *c, uint16_t segments, int64_t from_ms)
{
    for (uint8_t i = 0; i < c->count; i++) restore_one(e, c->at[i], segments, from_ms);
}

void slots_restore(struct engine *e, struct org *o, struct route *r, struct sender *s, uint16_t segments,
                   int64_t from_ms)
{
    if (o->account != NULL) restore(e, &o->account->caps, segments, from_ms);
    restore(e, &o->caps, segments, from_ms);
    if (r != NULL) restore(e, &r->caps, segments, from_ms);
    if (s == NULL) return;
    restore(e, &s->caps, segments, from_ms);
    for (uint8_t i = 0; r != NULL && i < s->carrier_caps.count; i++)
        if (cap_concerns(e, s->carrier_caps.at[i], r->carrier))
            restore_one(e, s->carrier_caps.at[i], segments, from_ms);
    sender_kick(e, s);
}

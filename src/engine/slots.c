/* slots: contract in slots.h. Invariant: an ARMING or POSTING item has taken its slots; `charged` tells how
 * many limits of account, org, route and sender. */
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
    default: return &it->sender->caps;
    }
}

void slots_take(struct engine *e, struct item *it)
{
    for (int level = 0; level < 4; level++) {
        struct caps *c = caps_of(it, level);
        it->charged[level] = c->count;
        for (uint8_t i = 0; i < c->count; i++) {
            struct limit *l = &c->at[i]->limit;
            limit_take(l, limit_weight(l, it->is.segments));
            if (cap_is_day(c->at[i]) && !order_holds(&c->at[i]->timer.node))
                timer_set(e, &c->at[i]->timer, e->wall_ms + DAY_LONGEST_MS);
        }
    }
}

static void give_slot(const struct engine *e, struct item *it, struct cap *c, enum slots_end how,
                      int64_t from_ms)
{
    struct limit *l = &c->limit;
    int64_t weight = limit_weight(l, it->is.segments);

    if (c->guarded && it->state != ITEM_ARMING) return;
    if (how == SLOTS_FREE || (how == SLOTS_REFUSED && cap_is_day(c))) limit_return(l, weight);
    else limit_settle(l, weight, from_ms, e->mono_ms);
}

void slots_give(struct engine *e, struct item *it, enum slots_end how, int64_t from_ms)
{
    struct org *o = it->org;

    for (int level = 0; level < 4; level++) {
        struct caps *c = caps_of(it, level);
        for (uint8_t i = 0; i < it->charged[level]; i++) give_slot(e, it, c->at[i], how, from_ms);
    }
    for (uint8_t i = 0; i < it->charged[2]; i++) cap_kick(e, it->route->caps.at[i]);
    sender_kick(e, it->sender);
    if (how != SLOTS_KEEP || !order_holds(&o->wake.node)) org_wake(e, o);
}

void slots_posted(struct engine *e, struct item *it)
{
    for (int level = 0; level < 4; level++) {
        struct caps *c = caps_of(it, level);
        for (uint8_t i = 0; i < it->charged[level]; i++) {
            struct limit *l = &c->at[i]->limit;
            if (!c->at[i]->guarded) continue;
            limit_settle(l, limit_weight(l, it->is.segments), e->mono_ms + e->config.guard_ms, e->mono_ms);
        }
    }
}

static void restore(struct engine *e, struct caps *c, uint16_t segments, int64_t from_ms)
{
    for (uint8_t i = 0; i < c->count; i++) {
        struct limit *l = &c->at[i]->limit;
        limit_restore(l, limit_weight(l, segments), from_ms, e->mono_ms);
    }
}

void slots_restore(struct engine *e, struct org *o, struct route *r, struct sender *s, uint16_t segments,
                   int64_t from_ms)
{
    if (o->account != NULL) restore(e, &o->account->caps, segments, from_ms);
    restore(e, &o->caps, segments, from_ms);
    if (r != NULL) restore(e, &r->caps, segments, from_ms);
    if (s == NULL) return;
    restore(e, &s->caps, segments, from_ms);
    sender_kick(e, s);
}

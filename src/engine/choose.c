/* choose: contract in choose.h. From the narrowest limit to the widest: what only one lane or sender cannot
 * do lets others go on; what the whole org or account cannot do makes it sleep, keeping the turn for the one
 * whose turn it is, so that a heavy message is not overtaken for ever. */
#include "engine/choose.h"

#include "base/mutant.h"
#include "engine/agenda.h"
#include "engine/draw.h"
#include "engine/fence.h"
#include "engine/items.h"
#include "engine/senders.h"
#include "engine/slots.h"
#include "engine/turns.h"
#include "engine/waiting.h"

#include "rules/life.h"

enum { NO_SENDER_MS = 300000 };

/* Some are kept for urgent messages. */
static bool engine_lets(const struct engine *e, bool urgent)
{
    size_t most = e->config.in_flight_max - (urgent ? 0 : e->config.urgent_reserve);

    return (!e->draining || MUTANT(drain_ignored)) && account_under_way(e) < most && e->doubts < e->config.items_max;
}

static int edge_of(const struct engine *e, const struct account *a)
{
    for (int i = 0; i < e->config.edges; i++)
        if (breaker_lets(&a->edges[i])) return i;
    return -1;
}

static bool account_lets(struct engine *e, struct account *a)
{
    if (e->mono_ms < a->cool_ms) {
        account_stop(e, a, BLOCK_COOL, a->cool_ms);
    } else if (edge_of(e, a) < 0) {
        account_stop(e, a, BLOCK_BREAKER, INT64_MAX);
    } else if (a->pace.cap != 0 && a->in_flight >= a->pace.cap) {
        account_stop(e, a, BLOCK_PACE, INT64_MAX);
    } else if (account_crowded(e, a)) {
        account_stop(e, a, BLOCK_CROWD, INT64_MAX);
        a->crowd_next = e->crowded;
        e->crowded = a;
    }
    return a->block == BLOCK_NONE;
}

/* Waits at the limit that lets it go last; or behind those that were there before. */
static bool route_lets(struct engine *e, struct lane *l, struct item *it)
{
    struct cap *full = NULL, *behind = NULL;
    int64_t latest = e->mono_ms;

    for (uint8_t i = 0; i < l->route->caps.count; i++) {
        struct cap *c = l->route->caps.at[i];
        int64_t at = limit_room_at(&c->limit, limit_weight(&c->limit, it->is.segments), e->mono_ms);
        if (at > latest) {
            full = c;
            latest = at;
        } else if (at <= e->mono_ms && c->limit.amount != 0 && lane_must_queue(l, &c->waits)) {
            behind = c;
        }
    }
    if (full == NULL) full = behind;
    if (full != NULL) lane_wait(e, l, &full->waits, full->spec.scope);
    return full == NULL;
}

/* Room, and for what is not urgent the pace too. */
static int64_t outer_at(const struct engine *e, struct caps *c, const struct item *it)
{
    int64_t room = caps_room_at(c, it->is.segments, e->mono_ms);
    int64_t paced = it->is.urgent ? room : caps_paced_at(c, e->mono_ms);

    return paced > room ? paced : room;
}

static bool outer_limits_let(struct engine *e, struct org *o, struct item *it)
{
    int64_t at = outer_at(e, &o->caps, it);

    if (at > e->mono_ms) {
        org_sleep(e, o, at);
        return false;
    }
    at = outer_at(e, &o->account->caps, it);
    if (at > e->mono_ms) account_stop(e, o->account, BLOCK_LIMIT, at);
    return at <= e->mono_ms;
}

/* ---- the sender ---- */

static void look_past(struct engine *e, struct lane *l)
{
    l->stalled = true;
    lane_consider(e, l);
}

static struct sender *wait_for_pool(struct engine *e, struct lane *l)
{
    lane_wait(e, l, &l->pool->waits, SCOPE_SENDER);
    return NULL;
}

/* Until any sender of the pool has room for the lane's carrier. */
static struct sender *wait_for_carrier(struct engine *e, struct lane *l)
{
    lane_wait(e, l, &l->route->waits, SCOPE_SENDER_CARRIER);
    return NULL;
}

/* There is no other sender: the whole lane waits for it, because nobody behind could go past. */
static struct sender *the_only(struct engine *e, struct lane *l, struct item *it, struct sender *s, bool free,
                               const struct cap *full)
{
    if (free && (full != NULL || lane_must_queue(l, &l->route->waits))) return wait_for_carrier(e, l);
    if (!free || !sender_lets(s, l->class, it) || lane_must_queue(l, &l->pool->waits)) return wait_for_pool(e, l);
    return s;
}

/* It must go by this one: now, or parked until the sender has room, for its carrier too. */
static struct sender *only_by(struct engine *e, struct lane *l, struct item *it, struct sender *s)
{
    bool free = sender_room_at(s, it->is.segments, e->mono_ms) <= e->mono_ms;
    struct cap *full = free ? sender_carrier_full(e, s, l->key.carrier, it->is.segments) : NULL;

    if (s->pool == l->pool && s->pool->usable_count == 1) return the_only(e, l, it, s, free, full);
    if (free && full == NULL && sender_lets(s, l->class, it)) return s;
    if (l->parked.count >= e->config.lookahead) look_past(e, l);
    else if (full != NULL) lane_park_cap(e, it, s, full);
    else lane_park_sender(e, it, s);
    return NULL;
}

static struct sender *asked(struct engine *e, struct lane *l, struct item *it)
{
    struct sender *s = map_ptr(&e->senders_by_id, it->is.asked_sender);

    if (s != NULL && s->usable && s->pool->org == l->org) return only_by(e, l, it, s);
    waiting_end(e, it, (struct last_word){.kind = COMMAND_SETBACK, .to_state = MESSAGE_HELD,
                .reason = REASON_NO_SENDER, .next_wall_ms = e->wall_ms + NO_SENDER_MS}, true);
    return NULL;
}

static struct sender *usual(struct engine *e, struct lane *l, struct item *it)
{
    struct sender *s = it->is.sticky_sender == 0 ? NULL : map_ptr(&e->senders_by_id, it->is.sticky_sender);

    if (s != NULL && s->usable && s->pool == l->pool) return s;
    return it->is.await_sender ? pool_usual(l->pool, it->is.number, it->is.area_code) : NULL;
}

/* No open sender takes it: it is heavy, or its carrier's limit of each is full. */
static struct sender *soonest(struct engine *e, struct lane *l, struct item *it)
{
    struct sender *s = pool_soonest(e, l->pool, l->key.carrier, it->is.segments);

    if (sender_room_at(s, it->is.segments, e->mono_ms) <= e->mono_ms &&
        sender_carrier_full(e, s, l->key.carrier, it->is.segments) != NULL)
        return wait_for_carrier(e, l);
    return only_by(e, l, it, s);
}

static struct sender *find_sender(struct engine *e, struct lane *l, struct item *it)
{
    struct sender *s;

    it->usual = false;
    if (it->is.asked_sender != 0) return asked(e, l, it);
    s = usual(e, l, it);
    if (s != NULL && it->is.await_sender) return only_by(e, l, it, s);
    if (s != NULL && sender_lets(s, l->class, it) &&
        sender_free_at(e, s, l->key.carrier, it->is.segments) <= e->mono_ms)
        return s;
    if (lane_must_queue(l, &l->pool->waits)) return wait_for_pool(e, l);
    if (lane_must_queue(l, &l->route->waits)) return wait_for_carrier(e, l);
    s = pool_choose(e, l->pool, l->class, &it->is, &it->usual);
    if (s != NULL) return s;
    return l->pool->open_for[l->class] > 0 ? soonest(e, l, it) : wait_for_pool(e, l);
}

/* ---- a turn ---- */

static void arm(struct engine *e, struct lane *l, struct item *it, struct sender *s)
{
    struct account *a = it->account;

    it->sender = s;
    it->edge = (uint8_t)edge_of(e, a);
    breaker_chosen(&a->edges[it->edge]);
    slots_take(e, it);
    lane_take(e, it);
    it->state = ITEM_ARMING;
    fence_take(e, it);
    e->arming++;
    a->in_flight++;
    lane_charge(e, l, it->is.segments);
    lane_touch(e, l);
    sender_kick(e, s);
    e->arms_step++;
    item_say(e, it, SAY_ARM);
    draw_ahead(e, l);
}

static void behind_fence(struct engine *e, struct lane *l, struct item *it, struct item *holder)
{
    if (holder->state == ITEM_DOUBT || l->parked.count >= e->config.lookahead) fence_set_back(e, it, holder);
    else lane_park_fence(e, it, holder);
}

static void try_head(struct engine *e, struct lane *l)
{
    struct item *it = l->queue.head, *holder;
    struct sender *s;

    BUG_IF(it->is.expires_wall_ms <= e->wall_ms || it->is.closes_wall_ms <= e->wall_ms); /* its lane's deadline */
    it->account = l->org->account;
    holder = MUTANT(fence_removed) ? NULL : fence_holder(e, it->account, it->is.number);
    if (holder != NULL) {
        behind_fence(e, l, it, holder);
        return;
    }
    if (!route_lets(e, l, it)) return;
    s = find_sender(e, l, it);
    if (s != NULL && outer_limits_let(e, l->org, it)) arm(e, l, it, s);
}

static struct org *top_org(const struct account *a)
{
    return ORDER_OWNER(fair_top(&a->orgs), struct org, turn);
}

static void give_turn(struct engine *e, struct org *o)
{
    struct account *a = o->account;
    struct lane *l = org_top_lane(o);

    if (!account_lets(e, a)) return;
    if (lane_allowed(l) && l->queue.count > 0) try_head(e, l);
    else if (lane_hungry(e, l)) draw_turn(e, l);
    else lane_consider(e, l);
}

/* One with something urgent, whose account goes on; NULL: none. */
static struct org *urgent_org(const struct engine *e)
{
    for (const struct account *a = e->accounts_all; a != NULL; a = a->all_next) {
        struct org *o = a->orgs_all;
        if (a->urgent_ready == 0 || !fair_holds(&a->turn)) continue;
        while (!o->urgent_ready) o = o->account_next;
        return o;
    }
    return NULL;
}

/* Whose turn it is. What is kept for urgent messages goes to them only, however far ahead of its share their
 * organization is: else others' bulk would take it, or stand before it. */
static struct org *next_org(const struct engine *e)
{
    struct fair_node *n = fair_top(&e->accounts);

    if (n == NULL || !engine_lets(e, true)) return NULL;
    return engine_lets(e, false) ? top_org(ORDER_OWNER(n, struct account, turn)) : urgent_org(e);
}

bool choose_can(const struct engine *e)
{
    return next_org(e) != NULL;
}

void choose_attempts(struct engine *e, size_t arms)
{
    struct org *o;

    e->arms_step = 0;
    while (e->arms_step < arms && (o = next_org(e)) != NULL) give_turn(e, o);
}

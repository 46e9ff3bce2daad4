/* turns: contract in turns.h. Invariants: a READY lane is in its org's class queue and waits nowhere; a
 * WAITING one has something to send and stands in exactly one line; an org is in its account's queue if and
 * only if it is active, awake and has a READY lane. */
#include "engine/turns.h"

#include "base/mutant.h"
#include "engine/agenda.h"
#include "engine/items.h"
#include "engine/senders.h"
#include "engine/world.h"

enum { CROWD_TIMES = 4 };

struct lane *org_top_lane(const struct org *o)
{
    for (int c = 0; c < CLASSES; c++) {
        struct fair_node *n = fair_top(&o->classes[c]);
        if (n != NULL) return ORDER_OWNER(n, struct lane, turn);
    }
    return NULL;
}

static void account_consider(struct engine *e, struct account *a)
{
    bool wants = fair_top(&a->orgs) != NULL && a->block == BLOCK_NONE && a->gate != GATE_SHUT;

    if (!wants) fair_leave(&e->accounts, &a->turn);
    else fair_enter(&e->accounts, &a->turn, a->urgent_ready > 0 ? SHARE_SCALE : 0);
}

static void org_turns(struct engine *e, struct org *o)
{
    struct account *a = o->account;
    struct lane *top = o->active && !o->asleep ? org_top_lane(o) : NULL;
    bool urgent = top != NULL && top->class == 0, was = fair_holds(&o->turn);

    if (a == NULL) return;
    if (urgent && !o->urgent_ready) a->urgent_ready++;
    if (!urgent && o->urgent_ready) a->urgent_ready--;
    o->urgent_ready = urgent;
    if (top != NULL)
        fair_enter(&a->orgs, &o->turn, urgent ? (int64_t)SHARE_SCALE * URGENT_AHEAD / o->share : 0);
    else fair_leave(&a->orgs, &o->turn);
    if (was != (top != NULL)) a->share_ready += top != NULL ? o->share : -(int64_t)o->share;
    account_consider(e, a);
}

void org_sleep(struct engine *e, struct org *o, int64_t until_ms)
{
    o->asleep = true;
    timer_set(e, &o->wake, until_ms);
    org_turns(e, o);
}

void org_wake(struct engine *e, struct org *o)
{
    if (!o->asleep) return;
    o->asleep = false;
    timer_set(e, &o->wake, INT64_MAX);
    org_turns(e, o);
}

void account_stop(struct engine *e, struct account *a, enum account_block why, int64_t until_ms)
{
    BUG_IF(a->block != BLOCK_NONE);
    a->block = why;
    timer_set(e, &a->wake, until_ms);
    account_consider(e, a);
}

static void leave_crowd(struct engine *e, struct account *a)
{
    struct account **at = &e->crowded;

    while (*at != a) at = &(*at)->crowd_next;
    *at = a->crowd_next;
}

void account_go(struct engine *e, struct account *a)
{
    BUG_IF(a->block == BLOCK_NONE);
    if (a->block == BLOCK_CROWD) leave_crowd(e, a);
    a->block = BLOCK_NONE;
    timer_set(e, &a->wake, INT64_MAX);
    account_consider(e, a);
}

size_t account_under_way(const struct engine *e)
{
    return e->arming + e->posting;
}

bool account_crowded(const struct engine *e, const struct account *a)
{
    return e->accounts_count > 1 &&
           a->in_flight >= CROWD_TIMES * (e->config.in_flight_max - account_under_way(e));
}

/* ---- waiting ---- */

static int64_t wait_key(const struct lane *l)
{
    return ((int64_t)l->class << 56) + l->turn.tag;
}

static struct pool *pool_of(struct waits *w)
{
    return ORDER_OWNER(w, struct pool, waits);
}
static struct cap *cap_of(struct waits *w)
{
    return ORDER_OWNER(w, struct cap, waits);
}

static struct route *route_of(struct waits *w)
{
    return ORDER_OWNER(w, struct route, waits);
}

static void kick(struct engine *e, struct waits *w)
{
    switch (w->of) {
    case WAITS_OF_CAP: cap_kick(e, cap_of(w)); break;
    case WAITS_OF_POOL: pool_kick(e, pool_of(w)); break;
    case WAITS_OF_ROUTE: route_kick(e, route_of(w)); break;
    }
}

static void leave_waits(struct lane *l)
{
    if (l->waits == NULL) return;
    order_remove(&l->waits->lanes, &l->wait);
    l->waits = NULL;
}

/* Its turn came or never will: the next that waits there may be woken. */
static void end_candidacy(struct engine *e, struct lane *l)
{
    struct waits *w = l->candidate_of;

    if (w == NULL) return;
    l->candidate_of = NULL;
    w->candidate = NULL;
    kick(e, w);
}

static void lane_ready(struct engine *e, struct lane *l)
{
    struct org *o = l->org;

    BUG_IF(l->phase == LANE_READY);
    leave_waits(l);
    l->phase = LANE_READY;
    fair_enter(&o->classes[l->class], &l->turn, 0);
    if (o->account->block == BLOCK_LIMIT) account_go(e, o->account);
    if (o->asleep) org_wake(e, o);
    else org_turns(e, o);
}

static void lane_rest(struct engine *e, struct lane *l)
{
    leave_waits(l);
    if (l->phase == LANE_READY) {
        fair_leave(&l->org->classes[l->class], &l->turn);
        l->phase = LANE_ASLEEP;
        org_turns(e, l->org);
    }
    l->phase = LANE_ASLEEP;
    end_candidacy(e, l);
}

/* A total order: of two lanes, each stopped where the other is a candidate, one must go on. */
static bool goes_first(const struct lane *a, const struct lane *b)
{
    return wait_key(a) < wait_key(b) || (wait_key(a) == wait_key(b) && a->made < b->made);
}

bool lane_must_queue(const struct lane *l, const struct waits *w)
{
    const struct order_node *top = order_top(&w->lanes);

    if (l->candidate_of == w) return false;
    if (w->candidate != NULL && goes_first(w->candidate, l)) return true;
    return top != NULL && goes_first(ORDER_OWNER(top, struct lane, wait), l);
}

/* It stands in the new line before anybody else is woken, so that a heavy message does not lose its place. */
void lane_wait(struct engine *e, struct lane *l, struct waits *w, enum engine_scope by)
{
    struct waits *old = l->candidate_of;

    if (old != NULL) old->candidate = NULL;
    l->candidate_of = NULL;
    lane_rest(e, l);
    l->phase = LANE_WAITING;
    l->waits = w;
    l->blocked_by = by;
    order_put(&w->lanes, &l->wait, wait_key(l));
    kick(e, w);
    if (old != NULL && old != w) kick(e, old);
}

void lane_charge(struct engine *e, struct lane *l, uint16_t segments)
{
    struct org *o = l->org;
    struct account *a = o->account;

    fair_charge(&o->classes[l->class], &l->turn, segments);
    fair_charge(&a->orgs, &o->turn, (int64_t)segments * SHARE_SCALE / o->share);
    fair_charge(&e->accounts, &a->turn,
                (int64_t)segments * SHARE_SCALE / (a->share_ready < 1 ? 1 : a->share_ready));
    end_candidacy(e, l);
}

static void wake_first(struct engine *e, struct waits *w)
{
    struct lane *l = ORDER_OWNER(order_top(&w->lanes), struct lane, wait);

    w->candidate = l;
    l->candidate_of = w;
    lane_ready(e, l);
}

/* Wakes all that have room, as sender_kick does. */
static void unpark_from_cap(struct engine *e, struct cap *c)
{
    struct order_node *top;

    while ((top = order_top(&c->parked)) != NULL) {
        struct item *it = ORDER_OWNER(top, struct item, node);
        int64_t at = limit_room_at(&c->limit, limit_weight(&c->limit, it->is.segments), e->mono_ms);
        if (at > e->mono_ms) {
            timer_set(e, &c->timer, at);
            return;
        }
        lane_unpark(e, it);
    }
}

void cap_kick(struct engine *e, struct cap *c)
{
    struct order_node *top = order_top(&c->waits.lanes);
    struct lane *l;
    int64_t at;

    unpark_from_cap(e, c);
    if (c->waits.candidate != NULL || top == NULL) return;
    l = ORDER_OWNER(top, struct lane, wait);
    at = limit_room_at(&c->limit, limit_weight(&c->limit, l->queue.head->is.segments), e->mono_ms);
    if (at <= e->mono_ms) wake_first(e, &c->waits);
    else if (!cap_is_day(c)) timer_set(e, &c->timer, at);
}

void route_kick(struct engine *e, struct route *r)
{
    struct order_node *top = order_top(&r->waits.lanes);
    const struct item *it;
    struct lane *l;
    int64_t at;

    if (r->waits.candidate != NULL || top == NULL) return;
    l = ORDER_OWNER(top, struct lane, wait);
    it = l->queue.head;
    at = sender_free_at(e, pool_soonest(e, l->pool, r->carrier, it->is.segments), r->carrier, it->is.segments);
    if (at <= e->mono_ms) wake_first(e, &r->waits);
    else timer_set(e, &r->timer, at);
}

/* A moment that is known comes before one that becomes known now: windows of a kind are equally long. */
void carriers_kick(struct engine *e, struct sender *s, bool early)
{
    for (uint8_t i = 0; i < s->carrier_caps.count; i++)
        if (order_top(&s->carrier_caps.at[i]->parked) != NULL) cap_kick(e, s->carrier_caps.at[i]);
    for (struct route *r = s->pool == NULL ? NULL : s->pool->org->routes; r != NULL; r = r->next)
        if (r->program == s->pool->program && (early || !order_holds(&r->timer.node))) route_kick(e, r);
}

/* With one sender only, lanes wait here also for a message that weighs more than a unit. */
static bool only_sender_full(struct engine *e, const struct pool *p, const struct lane *l)
{
    struct sender *s = p->open_count == 1 && p->usable_count == 1 ? p->open[0] : NULL;
    int64_t at = s == NULL ? 0 : sender_room_at(s, l->queue.head->is.segments, e->mono_ms);

    if (at <= e->mono_ms) return false;
    timer_set(e, &s->timer, at);
    return true;
}

void pool_kick(struct engine *e, struct pool *p)
{
    struct order_node *top = order_top(&p->waits.lanes);
    struct lane *l = top == NULL ? NULL : ORDER_OWNER(top, struct lane, wait);

    if (p->waits.candidate != NULL || l == NULL || p->open_for[l->class] == 0) return;
    if (!only_sender_full(e, p, l)) wake_first(e, &p->waits);
}

/* Wakes all that have room, each by itself. Room is not kept for one of them, because its lane may be stopped
 * by something else; those that come too late park again in their old order. */
void sender_kick(struct engine *e, struct sender *s)
{
    struct order_node *top;

    sender_refresh(e, s);
    while (s->usable && (top = order_top(&s->parked)) != NULL) {
        struct item *it = ORDER_OWNER(top, struct item, node);
        int64_t at = sender_room_at(s, it->is.segments, e->mono_ms);
        if (at > e->mono_ms) {
            timer_set(e, &s->timer, at);
            break;
        }
        it->woken_by = s;
        lane_unpark(e, it);
        sender_refresh(e, s);
    }
    if (s->pool != NULL) pool_kick(e, s->pool);
}

/* ---- phases ---- */

bool lane_allowed(const struct lane *l)
{
    const struct account *a = l->org->account;

    if (l->dropped || l->senderless || !l->org->active) return false;
    if (l->campaign != NULL && l->campaign->paused) return false;
    if (MUTANT(gate_ignored)) return true;
    return a->gate == GATE_OPEN || (a->gate == GATE_REPLIES_ONLY && (l->variant & VARIANT_REPLY) != 0);
}

/* While only replies pass, direct lanes are drawn from to find them, up to a full lane. */
static bool may_draw(const struct engine *e, const struct lane *l)
{
    const struct account *a = l->org->account;

    if (l->held >= e->config.lane_ahead) return false;
    if (lane_allowed(l)) return l->queue.count == 0;
    if (l->dropped || l->senderless || !l->org->active || a->gate != GATE_REPLIES_ONLY) return false;
    return l->campaign == NULL;
}

bool lane_hungry(const struct engine *e, const struct lane *l)
{
    return l->main == l && !l->drawing && l->draw_wall_ms <= e->wall_ms && may_draw(e, l);
}

void lane_consider(struct engine *e, struct lane *l)
{
    bool sends = lane_allowed(l) && l->queue.count > 0 && !l->stalled;
    bool waits = sends && l->phase == LANE_WAITING;

    if (waits) kick(e, l->waits);
    else if (!sends && (l->phase == LANE_WAITING || !lane_hungry(e, l))) lane_rest(e, l);
    if (l->phase == LANE_ASLEEP && (sends || lane_hungry(e, l))) lane_ready(e, l);
}

void lane_note_store(struct engine *e, struct lane *l, int64_t wall_ms)
{
    l = l->main;
    if (wall_ms < l->draw_wall_ms) l->draw_wall_ms = wall_ms;
    timer_set(e, &l->draw, l->draw_wall_ms > e->wall_ms ? l->draw_wall_ms : INT64_MAX);
    lane_consider(e, l);
}

void org_consider(struct engine *e, struct org *o)
{
    for (struct lane *l = o->lanes; l != NULL; l = l->org_next) {
        l->senderless = l->pool->usable_count == 0;
        lane_consider(e, l);
    }
    org_turns(e, o);
}

/* ---- parked items ---- */

void fence_line_leave(struct item *it)
{
    struct item *holder = it->fenced_by;

    if (holder == NULL) return;
    if (it->fenced_prev != NULL) it->fenced_prev->fenced_next = it->fenced_next;
    else holder->fenced = it->fenced_next;
    if (it->fenced_next != NULL) it->fenced_next->fenced_prev = it->fenced_prev;
    it->fenced_by = it->fenced_prev = it->fenced_next = NULL;
}

void lane_unpark(struct engine *e, struct item *it)
{
    struct lane *l = it->lane;

    if (it->parked_at != NULL)
        order_remove(it->parked_cap != NULL ? &it->parked_cap->parked : &it->parked_at->parked, &it->node);
    it->parked_at = NULL;
    it->parked_cap = NULL;
    fence_line_leave(it);
    items_remove(&l->parked, it);
    items_insert(&l->queue, it);
    l->stalled = false;
    lane_consider(e, l);
}

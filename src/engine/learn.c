/* learn: contract in learn.h. */
#include "engine/learn.h"

#include "engine/agenda.h"
#include "engine/turns.h"
#include "engine/world.h"

enum { COOL_FIRST_MS = 1000, COOL_MAX_MS = 60000, COOL_SENDER_MS = 5000, HOLD_MS = ENGINE_HOLD_MS };

static void learn_cap(struct engine *e, struct cap *c, int64_t cool_for_ms)
{
    if (limit_learn(&c->limit, e->mono_ms, cool_for_ms) && c->limit.window_ms >= LEARNED_KEPT_MS)
        out_push(e, &c->out);
}

/* Of an account or a sender, which have none of a day. */
static void learn_caps(struct engine *e, struct caps *c, int64_t cool_for_ms)
{
    for (uint8_t i = 0; i < c->count; i++) learn_cap(e, c->at[i], cool_for_ms);
}

/* Many answers of one burst say the same thing once. */
static void account_too_fast(struct engine *e, struct account *a, int64_t retry_after_ms)
{
    int64_t cool = COOL_FIRST_MS;

    if (e->mono_ms < a->cool_ms) {
        if (a->cool_ms < e->mono_ms + retry_after_ms) a->cool_ms = e->mono_ms + retry_after_ms;
        return;
    }
    for (uint32_t i = 0; i < a->throttles && cool < COOL_MAX_MS; i++) cool *= 2;
    if (cool > COOL_MAX_MS) cool = COOL_MAX_MS;
    a->throttles++;
    a->cool_ms = e->mono_ms + (retry_after_ms > 0 ? retry_after_ms : cool);
    pace_halve(&a->pace, a->in_flight);
    learn_caps(e, &a->caps, 0);
}

static void sender_pause(struct engine *e, struct sender *s, int64_t for_ms)
{
    if (s->cool_ms < e->mono_ms + for_ms) s->cool_ms = e->mono_ms + for_ms;
    sender_kick(e, s);
}

static void pool_pause(struct engine *e, struct pool *p, int64_t for_ms)
{
    for (uint32_t i = 0; i < p->count; i++) sender_pause(e, p->all[i], for_ms);
}

/* False if no limit of the program and carrier is there to slow down. */
static bool route_pause(struct engine *e, struct route *r, int64_t for_ms)
{
    bool any = false;

    for (uint8_t i = 0; r != NULL && i < r->caps.count; i++) {
        struct cap *c = r->caps.at[i];
        if (c->spec.scope != SCOPE_PROGRAM_CARRIER || c->limit.amount == 0) continue;
        learn_cap(e, c, for_ms);
        cap_kick(e, c);
        any = true;
    }
    return any;
}

/* Waits at `scope`; what has nothing to wait at, waits at the next wider thing that has. */
static void pause_scope(struct engine *e, const struct learner *who, enum playbook_scope scope,
                        int64_t for_ms)
{
    if (scope == PLAYBOOK_SCOPE_PROGRAM_CARRIER || scope == PLAYBOOK_SCOPE_BRAND_CARRIER)
        if (route_pause(e, who->route, for_ms)) return;
    if (who->sender == NULL) return;
    if (scope == PLAYBOOK_SCOPE_PROGRAM && who->sender->pool != NULL)
        pool_pause(e, who->sender->pool, for_ms);
    else sender_pause(e, who->sender, for_ms);
}

void learn_too_fast(struct engine *e, const struct learner *who, enum playbook_scope scope,
                    int64_t retry_after_ms)
{
    switch (scope) {
    case PLAYBOOK_SCOPE_SENDER:
        if (who->sender != NULL) learn_caps(e, &who->sender->caps, 0);
        pause_scope(e, who, scope, retry_after_ms > 0 ? retry_after_ms : COOL_SENDER_MS);
        return;
    case PLAYBOOK_SCOPE_PROGRAM:
    case PLAYBOOK_SCOPE_PROGRAM_CARRIER:
    case PLAYBOOK_SCOPE_BRAND_CARRIER:
        pause_scope(e, who, scope, retry_after_ms > 0 ? retry_after_ms : COOL_SENDER_MS);
        return;
    default:
        if (who->account != NULL) account_too_fast(e, who->account, retry_after_ms);
    }
}

int64_t learn_hold(struct engine *e, const struct learner *who, enum playbook_scope scope)
{
    switch (scope) {
    case PLAYBOOK_SCOPE_ACCOUNT:
    case PLAYBOOK_SCOPE_PROVIDER:
        if (who->account->cool_ms < e->mono_ms + HOLD_MS)
            who->account->cool_ms = e->mono_ms + HOLD_MS;
        break;
    case PLAYBOOK_SCOPE_SENDER:
    case PLAYBOOK_SCOPE_PROGRAM:
    case PLAYBOOK_SCOPE_PROGRAM_CARRIER:
    case PLAYBOOK_SCOPE_BRAND_CARRIER: pause_scope(e, who, scope, HOLD_MS); break;
    default: break;
    }
    return HOLD_MS;
}

void engine_hold_sender(struct engine *e, uint32_t sender, bool pool)
{
    const struct learner who = {.sender = map_ptr(&e->senders_by_id, sender)};

    pause_scope(e, &who, pool ? PLAYBOOK_SCOPE_PROGRAM : PLAYBOOK_SCOPE_SENDER, HOLD_MS);
}

static void let_go_on(struct engine *e, struct sender *s)
{
    s->cool_ms = e->mono_ms;
    sender_kick(e, s);
}

void engine_release_sender(struct engine *e, uint32_t sender, bool pool)
{
    struct sender *s = map_ptr(&e->senders_by_id, sender);

    if (s == NULL) return;
    let_go_on(e, s);
    for (uint32_t i = 0; pool && s->pool != NULL && i < s->pool->count; i++) let_go_on(e, s->pool->all[i]);
}

int64_t learn_day_over(struct engine *e, const struct learner *who)
{
    int64_t ends = 0;

    for (uint8_t i = 0; who->route != NULL && i < who->route->caps.count; i++) {
        struct cap *c = who->route->caps.at[i];
        if (!cap_is_day(c) || c->limit.amount == 0) continue;
        if (c->limit.timed < c->limit.amount) limit_day_begin(&c->limit, c->limit.amount);
        if (!order_holds(&c->timer.node)) timer_set(e, &c->timer, e->wall_ms + DAY_LONGEST_MS);
        ends = c->timer.node.key;
    }
    return ends;
}

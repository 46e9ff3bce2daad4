/*
 * engine: the machine as a whole: made, stepped, freed. The contract is engine.h; the shape, state.h. What
 * the driver tells is in settings.c (the world) and messages.c (lanes, attempts, doubt, the breaker). Owns
 * everything; single-threaded; a broken invariant stops the process.
 */
#include "engine/engine.h"

#include "engine/agenda.h"
#include "engine/choose.h"
#include "engine/doubt.h"
#include "engine/draw.h"
#include "engine/flight.h"
#include "engine/items.h"
#include "engine/out.h"
#include "engine/turns.h"
#include "engine/world.h"

#include <stdlib.h>

static struct engine_config with_defaults(struct engine_config c)
{
    if (c.items_max == 0) c.items_max = 20000;
    if (c.in_flight_max == 0) c.in_flight_max = 256;
    if (c.urgent_reserve > c.in_flight_max / 2) c.urgent_reserve = c.in_flight_max / 2;
    if (c.arm_batch_max == 0) c.arm_batch_max = 128;
    if (c.lane_ahead == 0) c.lane_ahead = 64;
    if (c.lookahead == 0) c.lookahead = 16;
    if (c.timeout_ms == 0) c.timeout_ms = 35000;
    if (c.retry_first_ms == 0) c.retry_first_ms = 1000;
    if (c.retry_max_ms == 0) c.retry_max_ms = 300000;
    if (c.attempts_max == 0) c.attempts_max = 5;
    if (c.breaker_run == 0) c.breaker_run = 8;
    if (c.breaker_probe_ms == 0) c.breaker_probe_ms = 1000;
    if (c.breaker_probe_max_ms == 0) c.breaker_probe_max_ms = 30000;
    if (c.reconcile_first_ms == 0) c.reconcile_first_ms = 60000;
    if (c.reconcile_second_ms == 0) c.reconcile_second_ms = 30000;
    if (c.reconcile_per_min == 0) c.reconcile_per_min = 60;
    if (c.pause_sample_min == 0) c.pause_sample_min = 50;
    if (c.edges == 0) c.edges = 1;
    BUG_IF(c.edges > EDGES_MAX);
    return c;
}

struct engine *engine_new(const struct engine_config *c)
{
    struct engine *e = calloc(1, sizeof *e);

    if (e == NULL) return NULL;
    e->config = with_defaults(*c);
    e->breaker_rule = (struct breaker_rule){e->config.breaker_run, e->config.breaker_probe_ms,
                                            e->config.breaker_probe_max_ms};
    e->rng = rng_seeded(c->seed);
    e->carriers = UINT8_MAX;
    e->draw_waiters_end = &e->draw_waiters;
    if (items_setup(e) == ERR_OK) return e;
    engine_free(e);
    return NULL;
}

void engine_begin(struct engine *e, int64_t mono_ms, int64_t wall_ms)
{
    agenda_now(e, mono_ms, wall_ms);
}

void engine_free(struct engine *e)
{
    if (e == NULL) return;
    world_free(e);
    items_free(e);
    free(e);
}

static void begin_day(struct engine *e, struct cap *c)
{
    limit_day_begin(&c->limit, 0);
    timer_set(e, &c->timer, e->wall_ms + DAY_LONGEST_MS);
    cap_kick(e, c);
}

static void fire(struct engine *e, struct timer *t)
{
    switch (t->kind) {
    case TIMER_CAP: cap_kick(e, ORDER_OWNER(t, struct cap, timer)); break;
    case TIMER_ROUTE: route_kick(e, ORDER_OWNER(t, struct route, timer)); break;
    case TIMER_SENDER: sender_kick(e, ORDER_OWNER(t, struct sender, timer)); break;
    case TIMER_ORG: org_wake(e, ORDER_OWNER(t, struct org, wake)); break;
    case TIMER_ACCOUNT: account_go(e, ORDER_OWNER(t, struct account, wake)); break;
    case TIMER_PROBE: flight_probe(e, ORDER_OWNER(t, struct account, probe)); break;
    case TIMER_DOUBT: doubt_due(e, ORDER_OWNER(t, struct account, doubt)); break;
    case TIMER_DAY: begin_day(e, ORDER_OWNER(t, struct cap, timer)); break;
    case TIMER_DRAW: lane_consider(e, ORDER_OWNER(t, struct lane, draw)); break;
    case TIMER_DEADLINE: lane_deadlines(e, ORDER_OWNER(t, struct lane, deadline)); break;
    }
}

size_t engine_step(struct engine *e, int64_t mono_ms, int64_t wall_ms, struct command *out, size_t max)
{
    struct timer *t;

    agenda_now(e, mono_ms, wall_ms);
    doubt_settle(e);
    flight_overdue(e);
    while ((t = timer_due(e)) != NULL) fire(e, t);
    choose_attempts(e, e->config.arm_batch_max < max ? e->config.arm_batch_max : max);
    return out_take(e, out, max);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t engine_next_mono_ms(const struct engine *e, int64_t mono_ms, int64_t wall_ms)
{
    const struct order_node *timer = order_top(&e->timers), *wall = order_top(&e->walls);
    int64_t next = flight_overdue_at(e);

    if (e->out_first != NULL || e->fresh.head != NULL || choose_can(e)) return mono_ms;
    if (timer != NULL) next = earlier(next, timer->key);
    if (wall != NULL) next = earlier(next, mono_ms + (wall->key > wall_ms ? wall->key - wall_ms : 0));
    return next < mono_ms ? mono_ms : next;
}

/* world: time, crashes and the two phases. Owns everything in struct world. */
#include "world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 4000000, SPIN_MAX = 10000 };
static const int64_t START_MS = INT64_C(1793620800000); /* 2 November 2026, 12:00 UTC */

void world_wrong(struct world *w, const char *fmt, ...)
{
    va_list args;
    int used;

    if (w->wrong[0] != '\0') return;
    used = snprintf(w->wrong, sizeof w->wrong, "seed %" PRIu64 " at +%" PRId64 " ms, step %" PRIu64 ": ",
                    w->config.seed, w->now_ms - w->start_ms, w->steps);
    va_start(args, fmt);
    (void)vsnprintf(w->wrong + used, sizeof w->wrong - (size_t)used, fmt, args);
    va_end(args);
}

/* ---- clocks ---- */

int64_t world_wall_ms(const struct world *w)
{
    return w->now_ms + w->skew_ms;
}

static void show_time(struct world *w)
{
    w->clock.manual_wall_ms = world_wall_ms(w);
    w->clock.manual_mono_us = (w->now_ms - w->booted_ms) * 1000;
}

/* ---- works ---- */

struct work *work_new(struct world *w, enum change_kind kind, void (*after)(struct world *w, struct work *k))
{
    struct work *k = calloc(1, sizeof *k);

    BUG_IF(k == NULL);
    k->w = w;
    k->after = after;
    k->c.head.kind = kind;
    return k;
}

void work_free(struct work *k)
{
    free(k->rows);
    if (k->c.head.idem != NULL) buf_free(&k->idem.answer);
    free(k);
}

static void work_done(struct change *c)
{
    struct work *k = c->owner;
    struct world *w = k->w;

    if (c->result == ERR_FULL && w->pump != NULL) {
        k->next = w->again;
        w->again = k;
        return;
    }
    if (c->result == ERR_CANCELED || c->result == ERR_FULL) {
        if (k->lost != NULL) k->lost(w, k);
    } else {
        k->after(w, k);
    }
    work_free(k);
}

/* As the HTTP face does, inside the transaction: the change must still be its maker's. */
static void render(struct change *c, int *status, struct buf *body)
{
    const struct work *k = c->owner;

    BUG_IF(&k->c.head != c);
    *status = 202;
    buf_add(body, str_from(k->key));
}

static void give_key(struct world *w, struct work *k)
{
    (void)snprintf(k->key, sizeof k->key, "key %" PRIu64, ++w->keys);
    k->idem = (struct idempotency){.org = k->c.admit.message.org, .key = str_from(k->key), .now_ms = world_wall_ms(w),
                                   .render = render};
    buf_init(&k->idem.answer, 1024);
    k->c.head.idem = &k->idem;
}

/* Its admission is the pump's to submit. */
void work_hand_over(struct world *w, struct work *k)
{
    give_key(w, k);
    k->c.head.done = work_done;
    k->c.head.owner = k;
    k->c.head.result = ERR_OK;
    pump_tell(w->pump, &(struct note){.kind = NOTE_URGENT, .admit = &k->c.admit});
}

void work_submit(struct world *w, struct work *k)
{
    k->c.head.done = work_done;
    k->c.head.owner = k;
    k->c.head.result = ERR_OK;
    w->queue.port.submit(&w->queue.port, &k->c.head);
}

static void works_again(struct world *w)
{
    struct work *all = w->again;

    if (w->now_ms < w->again_ms) return;
    w->again = NULL;
    w->again_ms = w->now_ms + 100;
    hooks_again(w);
    for (struct work *k = all, *next; k != NULL; k = next) {
        next = k->next;
        work_submit(w, k);
    }
}

static void works_lost(struct world *w)
{
    struct work *all = w->again;

    w->again = NULL;
    for (struct work *k = all, *next; k != NULL; k = next) {
        next = k->next;
        if (k->lost != NULL) k->lost(w, k);
        work_free(k);
    }
}

/* ---- the process lives and dies ---- */

static void recover(struct world *w)
{
    int64_t now_ms = world_wall_ms(w);
    struct change_recover c = {.head = {.kind = CHANGE_RECOVER}, .now_ms = now_ms,
                               .deadline_ms = now_ms + w->settings.provider_timeout_ms,
                               .first_ms = now_ms + w->settings.provider_timeout_ms + w->settings.reconcile_first_ms};
    struct fault f = {0};

    BUG_IF(w->store->ops->begin(w->store, &f) != ERR_OK);
    w->store->ops->apply(w->store, &c.head);
    BUG_IF(c.head.result != ERR_OK || w->store->ops->commit(w->store, &f) != ERR_OK);
    if (w->stopped_well && c.doubts_made > 0) world_wrong(w, "a planned stop left %zu in doubt", (size_t)c.doubts_made);
}

static void boot(struct world *w)
{
    struct pump_ports ports = {.clock = &w->clock, .store = w->store, .queue = &w->queue.port,
                               .provider = provider_sim_port(w->provider), .settings = &w->settings,
                               .ids = &w->ids, .seed = rng_u64(&w->rng)};
    struct fault f = {0};

    w->booted_ms = w->now_ms;
    w->boots++;
    world_say(w, 0, "the process starts");
    w->gates_at_ms = INT64_MAX;
    w->shut_from = sandbox_ledger_count(w->sandbox);
    show_time(w);
    recover(w);
    w->stopped_well = false;
    if (pump_new(&ports, &w->pump, &f) != ERR_OK || pump_start(w->pump, &f) != ERR_OK) {
        world_wrong(w, "does not start: %s", f.what);
        return;
    }
    hooks_read_back(w);
}

/* The process is gone, however it went. */
static void gone(struct world *w)
{
    provider_sim_crash(w->provider);
    queue_sim_crash(&w->queue);
    pump_free(w->pump);
    w->pump = NULL;
    works_lost(w);
    hooks_crash(w);
    w->drain_until_ms = INT64_MAX;
    w->up_at_ms = w->now_ms + 50 + (int64_t)rng_below(&w->rng, 20000);
}

static void crash(struct world *w)
{
    w->crashes++;
    world_say(w, 0, "the process dies");
    gone(w);
    w->crash_at_ms = w->safety ? w->up_at_ms + 1000 + (int64_t)rng_below(&w->rng, 120000) : INT64_MAX;
}

/* A planned stop: arm nothing more, wait for what is under way, end. It must leave nothing in doubt. */
static void drain(struct world *w)
{
    enum { PATIENCE_MS = 60000 };

    if (w->pump == NULL || w->now_ms < w->drain_at_ms) return;
    if (w->drain_until_ms == INT64_MAX) {
        w->drain_until_ms = w->now_ms + PATIENCE_MS;
        world_say(w, 0, "told to stop");
        pump_tell(w->pump, &(struct note){.kind = NOTE_DRAIN});
    } else if (pump_drained(w->pump)) {
        w->stopped_well = true;
        w->drains++;
        world_say(w, 0, "stops");
        gone(w);
    } else if (w->now_ms < w->drain_until_ms) {
        return;
    } else {
        crash(w);
    }
    if (w->pump == NULL)
        w->drain_at_ms = w->safety ? w->up_at_ms + (int64_t)rng_below(&w->rng, 120000) : INT64_MAX;
}

static void step_wall(struct world *w)
{
    if (!w->safety || !w->config.on[SITE_WALL_STEP] || !rng_chance(&w->rng, 10000)) return;
    w->skew_ms += (int64_t)rng_below(&w->rng, 7200000) - 3600000;
    world_say(w, 0, "the wall clock is stepped");
}

/* ---- time ---- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t run_pump(struct world *w)
{
    int64_t wait_ms;

    if (w->pump == NULL) return w->up_at_ms;
    wait_ms = pump_step(w->pump, 0);
    w->steps++;
    if (w->config.check_every > 0 && w->steps % w->config.check_every == 0) pump_check(w->pump);
    return w->now_ms + wait_ms;
}

/* The provider says 429 as its plan says, no more. */
static void calm_down(struct world *w)
{
    sandbox_faults_set(w->sandbox, &w->faults);
    w->storm_until_ms = INT64_MAX;
}

static bool is_frozen(const struct world *w)
{
    return w->pump != NULL && w->now_ms >= w->freeze_at_ms && w->now_ms < w->thaw_at_ms;
}

static void plan_freeze(struct world *w)
{
    w->freeze_at_ms = w->now_ms + (int64_t)rng_below(&w->rng, 200000);
    w->thaw_at_ms = w->freeze_at_ms + 1000 + (int64_t)rng_below(&w->rng, 90000);
}

/* The process stands still, the world goes on: requests arrive, nobody takes what comes back. */
static void tick_frozen(struct world *w)
{
    int64_t next_ms = least(w->thaw_at_ms, provider_sim_arrives_ms(w->provider));

    provider_sim_run(w->provider, w->now_ms);
    if (next_ms <= w->now_ms) next_ms = w->now_ms + 1;
    w->now_ms = next_ms;
    if (w->now_ms < w->thaw_at_ms) return;
    world_say(w, 0, "the process stood still for %" PRId64 " ms", w->thaw_at_ms - w->freeze_at_ms);
}

/* Everything that happens at this instant, then the next one. */
static void tick(struct world *w)
{
    int64_t next_ms;

    if (is_frozen(w)) {
        tick_frozen(w);
        return;
    }
    if (w->now_ms >= w->thaw_at_ms) plan_freeze(w);
    if (++w->ticks_now > SPIN_MAX) world_wrong(w, "does not let time go on");
    show_time(w);
    works_again(w);
    queue_sim_run(&w->queue, w->now_ms);
    provider_sim_run(w->provider, w->now_ms);
    hooks_run(w);
    if (w->now_ms >= w->action_at_ms) {
        people_act(w);
        w->acts++;
        w->action_at_ms = w->now_ms + 100 + (int64_t)rng_below(&w->rng, 3000);
        step_wall(w);
    }
    if (w->pump == NULL && w->now_ms >= w->up_at_ms) boot(w);
    if (w->pump != NULL && w->now_ms >= w->crash_at_ms) crash(w);
    drain(w);
    if (w->now_ms >= w->storm_until_ms) calm_down(w);
    next_ms = run_pump(w);
    next_ms = least(next_ms, w->queue.commit_at_ms);
    next_ms = least(next_ms, provider_sim_next_ms(w->provider));
    next_ms = least(next_ms, sandbox_next_event_ms(w->sandbox));
    next_ms = least(next_ms, w->action_at_ms);
    if (w->pump != NULL) next_ms = least(next_ms, w->crash_at_ms);
    next_ms = least(next_ms, w->freeze_at_ms > w->now_ms ? w->freeze_at_ms : w->thaw_at_ms);
    if (w->pump != NULL) next_ms = least(next_ms, w->drain_until_ms == INT64_MAX ? w->drain_at_ms : w->now_ms + 50);
    if (w->pump != NULL) next_ms = least(next_ms, w->gates_at_ms);
    if (w->again != NULL || w->hooks_again) next_ms = least(next_ms, w->again_ms);
    if (next_ms > w->now_ms) {
        w->now_ms = next_ms;
        w->ticks_now = 0;
    }
    if (w->steps > STEPS_MAX) world_wrong(w, "never comes to rest");
}

/* ---- phases ---- */

static void plan_faults(struct world *w)
{
    const bool *on = w->config.on;
    struct rng *r = &w->rng;
    struct network_plan net = {.connect_ms_max = 5, .travel_ms_max = 5 + (uint32_t)rng_below(r, 100)};
    struct sandbox_fault_plan provider = sandbox_fault_plan_quiet();

    if (on[SITE_PROVIDER]) provider = sandbox_fault_plan_rough((uint32_t)rng_below(r, 300000), true);
    if (on[SITE_NET_REFUSED]) net.refused = (uint32_t)rng_below(r, 200000);
    if (on[SITE_NET_BROKEN]) net.broken = (uint32_t)rng_below(r, 200000);
    if (on[SITE_NET_LOST]) net.lost = (uint32_t)rng_below(r, 200000);
    if (on[SITE_NET_SLOW]) net.slow = (uint32_t)rng_below(r, 300000);
    if (on[SITE_ENDLESS_LIST]) net.endless = (uint32_t)rng_below(r, 1000000);
    net.slow_ms_max = 9000;
    if (on[SITE_TEXTS]) w->other_text = rng_chance(r, 500000) ? 1000000 : 500000;
    net.other_text = w->other_text;
    if (on[SITE_LIST_LAG]) provider.list_lag_ms = (uint32_t)rng_below(r, 30000);
    if (!on[SITE_CALLBACKS]) {
        provider.callback_lost_per_million = provider.callback_late_per_million = 0;
        provider.callback_jitter_per_million = provider.callback_doubled_per_million = 0;
    }
    if (on[SITE_DEAF]) provider.callback_lost_per_million = (uint32_t)rng_below(r, 1000000);
    provider_sim_plan(w->provider, &net);
    w->faults = provider;
    sandbox_faults_set(w->sandbox, &provider);
    if (on[SITE_STORE_FULL]) w->queue.plan.full = (uint32_t)rng_below(r, 50000);
    if (on[SITE_DISK_FULL]) w->queue.plan.disk_full = (uint32_t)rng_below(r, 50000);
    if (on[SITE_STORE_STALL]) {
        w->queue.plan.stall = (uint32_t)rng_below(r, 50000);
        w->queue.plan.stall_ms = 100 + (uint32_t)rng_below(r, 5000);
    }
    w->crash_at_ms = on[SITE_CRASH] ? w->now_ms + (int64_t)rng_below(r, 60000) : INT64_MAX;
    if (on[SITE_FROZEN]) plan_freeze(w);
    w->drain_at_ms = on[SITE_DRAIN] ? w->now_ms + (int64_t)rng_below(r, 60000) : INT64_MAX;
}

static void all_is_well(struct world *w)
{
    struct network_plan net = {.connect_ms_max = 5, .travel_ms_max = 20, .other_text = w->other_text};
    struct sandbox_fault_plan quiet = sandbox_fault_plan_quiet();

    w->safety = false;
    w->well_ms = w->now_ms;
    w->freeze_at_ms = w->thaw_at_ms = INT64_MAX;
    world_say(w, 0, "all is well from now on");
    w->faults = quiet;
    calm_down(w);
    provider_sim_plan(w->provider, &net);
    provider_sim_outage(w->provider, INT64_MIN);
    w->queue.plan = (struct queue_plan){.commit_ms_min = 1, .commit_ms_max = 5};
    w->crash_at_ms = INT64_MAX;
    if (w->drain_until_ms == INT64_MAX) w->drain_at_ms = INT64_MAX; /* else it ends as it was told to */
    people_calm(w);
}

static struct settings settings_of(struct world *w)
{
    static const int64_t per_s[] = {1, 3, 10}, per_min[] = {10, 40, 100};
    struct settings s;

    settings_default(&s);
    (void)snprintf(s.public_url, sizeof s.public_url, "https://sterling.test");
    (void)snprintf(s.twilio_base_url, sizeof s.twilio_base_url, "http://sim");
    (void)snprintf(s.twilio_account_sid, sizeof s.twilio_account_sid, "%s", sandbox_account_sid(w->sandbox, 0));
    (void)snprintf(s.twilio_auth_token, sizeof s.twilio_auth_token, "%s", sandbox_account_token(w->sandbox, 0));
    s.limits_long_code_per_s = per_s[rng_below(&w->rng, 3)];
    s.limits_long_code_per_min = per_min[rng_below(&w->rng, 3)];
    if (w->config.per_min > 0) {
        s.limits_long_code_per_s = 10;
        s.limits_long_code_per_min = w->config.per_min;
    }
    s.limits_guard_ms = rng_chance(&w->rng, 500000) ? -1 : 300;
    /* A guard interval is for networks that are quicker than it: whoever chooses it knows. */
    if (w->config.on[SITE_NET_SLOW]) s.limits_guard_ms = -1;
    s.quiet_hours = w->config.quiet_hours;
    s.consent_marketing = w->config.on[SITE_CONSENT];
    s.send_items_max = 50 + (int64_t)rng_below(&w->rng, 400);
    s.provider_in_flight_max = 1 + (int64_t)rng_below(&w->rng, 64);
    return s;
}

/* Not to the pump itself, because that one dies and comes back. */
static void tell(void *pump, const struct note *n)
{
    struct world *w = pump;

    if (w->pump != NULL) pump_tell(w->pump, n);
    else if (n->done != NULL) world_wrong(w, "a STOP was told to nobody");
}

static void look(void *pump, struct pump_view *out)
{
    const struct world *w = pump;

    *out = (struct pump_view){0};
    if (w->pump != NULL) pump_view(w->pump, out);
}

/* What was accepted waits for minutes before it leaves: it has no date of sending meanwhile. */
static void slow_queues(struct world *w, struct sandbox_config *c)
{
    c->long_code_mps_milli = c->registered_mps_milli = 20 + (uint32_t)rng_below(&w->rng, 300);
    c->toll_free_mps_milli = 50 + (uint32_t)rng_below(&w->rng, 300);
}

static void open_world(struct world *w)
{
    static const unsigned char key[PUBLIC_KEY_BYTES] = {7};
    struct sandbox_config config = sandbox_config_default();
    struct fault f = {0};

    w->rng = rng_seeded(w->config.seed);
    w->now_ms = w->start_ms = START_MS + (int64_t)rng_below(&w->rng, 86400000);
    w->skew_ms = (int64_t)rng_below(&w->rng, 120000) - 60000;
    clock_manual(&w->clock, world_wall_ms(w));
    config.messages_max = config.ledger_max = 1 << 16;
    config.a2p_enforced = true;
    config.service_optout_async = w->config.seed % 4 != 0; /* reference 4.3: both are seen */
    if (w->config.on[SITE_STOP]) config.handset_stop = 30000;
    config.handset_reply = 20000;
    if (w->config.on[SITE_QUEUES]) slow_queues(w, &config);
    for (int c = 0; c < SANDBOX_CARRIER_COUNT && w->config.on[SITE_REJECTS]; c++)
        config.carriers[c].unreachable = config.carriers[c].filtered = 50000;
    w->sandbox = sandbox_new(&config, rng_u64(&w->rng));
    BUG_IF(w->sandbox == NULL || store_ram_open(&w->store, &f) != ERR_OK);
    BUG_IF(w->store->ops->reader_open(w->store, &w->reader, &f) != ERR_OK);
    w->settings = settings_of(w);
    public_ids_init(&w->ids, key);
    w->provider = provider_sim_new(w->sandbox, rng_u64(&w->rng), w->settings.provider_timeout_ms);
    queue_sim_init(&w->queue, w->store, rng_u64(&w->rng));
    w->crash_at_ms = w->drain_at_ms = w->drain_until_ms = w->storm_until_ms = INT64_MAX;
    w->freeze_at_ms = w->thaw_at_ms = INT64_MAX;
    w->faults = sandbox_fault_plan_quiet();
    if (w->config.tell) story_begin(w);
    w->again_ms = w->now_ms;
    w->safety = true;
    w->up_at_ms = w->action_at_ms = w->now_ms;
    provider_sim_run(w->provider, w->now_ms);
    queue_sim_run(&w->queue, w->now_ms);
    w->app = (struct app){.settings = &w->settings, .clock = &w->clock, .store = w->store, .queue = &w->queue.port,
                          .ids = &w->ids, .tell = tell, .look = look, .pump = w};
    people_setup(w);
}

static void close_world(struct world *w)
{
    provider_sim_crash(w->provider);
    queue_sim_crash(&w->queue);
    pump_free(w->pump);
    w->pump = NULL;
    works_lost(w);
    hooks_crash(w);
    provider_sim_free(w->provider);
    w->store->ops->reader_close(w->reader);
    w->store->ops->close(w->store);
    sandbox_free(w->sandbox);
    people_free(w);
}

static void live(struct world *w)
{
    int64_t until_ms = w->now_ms + w->config.safety_ms, look_ms;

    plan_faults(w);
    while (w->now_ms < until_ms && w->wrong[0] == '\0') tick(w);
    judge_ledger(w);
    all_is_well(w);
    until_ms = w->now_ms + w->config.liveness_ms;
    look_ms = w->now_ms + 1000;
    while (w->wrong[0] == '\0') {
        tick(w);
        if (w->now_ms < look_ms) continue;
        if (judge_at_rest(w)) break;
        if (w->now_ms > until_ms) judge_restless(w);
        people_resume(w);
        look_ms = w->now_ms + 30000;
    }
    judge_ledger(w);
    judge_end(w);
}

static uint64_t events_of(const struct world *w)
{
    return w->queue.rows + provider_sim_counts(w->provider).events + w->hooks + w->acts + w->boots + w->crashes +
           w->drains;
}

static void fill_result(struct world *w, struct world_result *r)
{
    r->ok = w->wrong[0] == '\0';
    memcpy(r->wrong, w->wrong, sizeof r->wrong);
    r->hash = judge_hash(w);
    r->steps = w->steps;
    r->crashes = w->crashes;
    r->drains = w->drains;
    r->stops = w->stops;
    r->urgent_at_once = w->urgent_at_once;
    r->admitted = w->admitted;
    r->events = events_of(w);
    r->left_runs = w->queue.left_runs;
    if (w->config.measure_ms > 0)
        r->measured = judge_sent(w, w->well_ms + w->config.measure_after_ms,
                                 w->well_ms + w->config.measure_after_ms + w->config.measure_ms);
    r->virtual_ms = w->now_ms - w->start_ms;
    for (int from = 0; from < MESSAGE_STATES; from++)
        for (int to = 0; to < MESSAGE_STATES; to++)
            r->moves[from][to] = store_ram_moves(w->store, (enum message_state)from, (enum message_state)to);
}

struct world_result world_run(const struct world_config *config)
{
    struct world *w = calloc(1, sizeof *w);
    struct world_result r = {0};

    BUG_IF(w == NULL);
    w->config = *config;
    open_world(w);
    live(w);
    fill_result(w, &r);
    if (w->config.tell && !r.ok) world_story_print(w->about);
    close_world(w);
    free(w);
    return r;
}

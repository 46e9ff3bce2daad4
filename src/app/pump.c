/*
 * pump: makes and runs the machine of pump.h. One step: what came from outside, what the engine wants, what
 * the provider answered, and what is to be written. Its parts are told apart in pump_inside.h.
 *
 * Owns all of it. Nothing here blocks but reads of the store and the provider's poll.
 */
#include "app/pump_inside.h"

#include "base/mutant.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 32, WAIT_MAX_MS = 1000, DRAW_MS = 2, VIEW_EVERY_MS = 100 };

/* ---- life ---- */

static struct engine_config config_of(const struct pump_ports *ports)
{
    const struct settings *s = ports->settings;

    return (struct engine_config){
        .seed = ports->seed, .items_max = (size_t)s->send_items_max,
        .in_flight_max = (size_t)s->provider_in_flight_max,
        .urgent_reserve = (size_t)s->provider_urgent_reserve, .arm_batch_max = 128, .lane_ahead = 64,
        .lookahead = 16, .guard_ms = s->limits_guard_ms, .timeout_ms = s->provider_timeout_ms,
        .retry_first_ms = s->send_retry_first_ms, .retry_max_ms = s->send_retry_max_ms,
        .attempts_max = (uint8_t)s->send_attempts_max, .breaker_run = (uint32_t)s->breaker_run,
        .breaker_probe_ms = s->breaker_probe_ms, .breaker_probe_max_ms = s->breaker_probe_max_ms,
        .reconcile_first_ms = s->reconcile_first_ms, .reconcile_second_ms = s->reconcile_second_ms,
        .reconcile_per_min = (int32_t)s->reconcile_per_min,
        .pause_sample_min = (uint32_t)s->campaign_pause_sample_min};
}

static void maps_init(struct pump *p)
{
    map_init(&p->items);
    map_init(&p->numbers);
    map_init(&p->campaigns);
    map_init(&p->runs);
    map_init(&p->lanes);
    map_init(&p->reserved);
    map_init(&p->windows);
    map_init(&p->law_caps);
    map_init(&p->tags);
    map_init(&p->gates);
}

static enum err open_parts(struct pump *p, struct fault *f)
{
    struct engine_config config = config_of(&p->ports);
    struct directory_ports d = {.provider = p->ports.provider, .settings = p->ports.settings,
                                .sealer = p->ports.sealer, .clock = p->ports.clock};
    enum err e = p->ops->reader_open(p->ports.store, &p->reader, f);

    if (e != ERR_OK) return e;
    p->engine = engine_new(&config);
    p->arming_capacity = config.arm_batch_max;
    p->arming = calloc(p->arming_capacity, sizeof(struct pump_item *));
    if (p->engine == NULL || p->arming == NULL) return fault_set(f, ERR_FULL, "no memory for the sending thread");
    engine_set_carriers(p->engine, CARRIER_COUNT, CARRIER_UNKNOWN);
    d.reader = p->reader;
    d.engine = p->engine;
    return directory_new(&d, &p->directory, f);
}

static void wake_up(void *pump)
{
    struct pump *p = pump;

    provider_wakeup(p->ports.provider);
    if (p->ports.wakeup != NULL) p->ports.wakeup(p->ports.owner);
}

enum err pump_new(const struct pump_ports *ports, struct pump **out, struct fault *f)
{
    struct pump *p = calloc(1, sizeof *p);
    enum err e;

    *out = NULL;
    if (p == NULL) return fault_set(f, ERR_FULL, "no memory for the sending thread");
    p->ports = *ports;
    p->bell.ring = wake_up;
    p->bell.owner = p;
    p->ops = ports->store->ops;
    p->check_mono_ms = INT64_MAX;
    p->mono_ms = p->view_mono_ms = INT64_MIN;
    p->wall_ms = p->shown_wall_ms = INT64_MIN;
    pthread_mutex_init(&p->lock, NULL);
    arena_init(&p->scratch, SCRATCH_BYTES_MAX);
    maps_init(p);
    e = open_parts(p, f);
    if (e != ERR_OK) {
        pump_free(p);
        return e;
    }
    *out = p;
    return ERR_OK;
}

static void maps_free(struct pump *p)
{
    struct map_slot *slot;

    for (size_t n = 0; (slot = map_next(&p->items, &n)) != NULL;) {
        struct pump_item *i = slot->value.ptr;
        pump_item_drop_body(i);
        free(i->listing);
        free(i);
    }
    map_free(&p->items);
    map_free(&p->numbers);
    map_free(&p->reserved);
    map_free(&p->windows);
    map_free(&p->law_caps);
    map_free(&p->tags);
    map_free(&p->gates);
}

void pump_free(struct pump *p)
{
    if (p == NULL) return;
    pump_jobs_drop(p);
    pump_urgent_free(p);
    pump_campaigns_free(p);
    maps_free(p);
    pump_notes_free(p);
    free(p->outcomes);
    free(p->arming);
    directory_free(p->directory);
    engine_free(p->engine);
    if (p->reader != NULL) p->ops->reader_close(p->reader);
    arena_reset(&p->scratch);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* ---- a step ---- */

/* The clock was ahead and is right now: what was judged by the later hour is judged again, and the carriers' day is
 * read anew. */
static void step_back(struct pump *p, int64_t wall_ms)
{
    log_event(LOG_WARN, "clock_stepped_back", log_int("by_ms", p->wall_ms - wall_ms));
    p->wall_ms = wall_ms;
    p->day_ends_ms = INT64_MIN;
    map_free(&p->windows);
    map_init(&p->windows);
    engine_wall_back(p->engine, wall_ms);
}

/* Monotonic time never goes back. A wall clock that is a little behind what it showed is being steered: it stands
 * still until that is past; more is a step, which is followed. What is known of the provider's clock is kept right
 * through steps. */
void pump_clock(struct pump *p)
{
    int64_t wall_ms = clock_wall_ms(p->ports.clock);
    int64_t mono_ms = MUTANT(wall_clock_in_limiter) ? wall_ms : clock_mono_ms(p->ports.clock);
    int64_t step_ms = (wall_ms - p->shown_wall_ms) - (mono_ms - p->mono_ms);

    if (p->shown_wall_ms != INT64_MIN && p->counts.provider_clock_known && mono_ms >= p->mono_ms &&
        (step_ms > CLOCK_STEP_LEAST_MS || step_ms < -CLOCK_STEP_LEAST_MS))
        p->counts.provider_offset_ms -= step_ms;
    p->shown_wall_ms = wall_ms;
    if (mono_ms > p->mono_ms) p->mono_ms = mono_ms;
    if (wall_ms > p->wall_ms) p->wall_ms = wall_ms;
    else if (p->wall_ms - wall_ms > CLOCK_STEP_LEAST_MS && !MUTANT(clock_stands_still)) step_back(p, wall_ms);
}

static void obey(struct pump *p, const struct command *c)
{
    switch (c->kind) {
    case COMMAND_NONE: break;
    case COMMAND_DRAW: p->draws[p->draws_count++] = *c; break;
    case COMMAND_ARM: pump_arm_collect(p, c); break;
    case COMMAND_POST: pump_post(p, c); break;
    case COMMAND_RECALL: pump_recall(p, c); break;
    case COMMAND_GIVE_BACK: pump_given_back(p, c); break;
    case COMMAND_SETBACK:
        pump_setback(p, c->owner, (enum message_state)c->to_state, (enum message_reason)c->reason, c->next_wall_ms);
        break;
    case COMMAND_RECORD: pump_record(p, c); break;
    case COMMAND_LIST: pump_list(p, c); break;
    case COMMAND_DOUBT_MOVED: pump_doubt_moved(p, c); break;
    case COMMAND_DOUBT_ABSENT: pump_doubt_absent(p, c); break;
    case COMMAND_PROBE: pump_probe(p, c); break;
    case COMMAND_LEARNED: pump_learned(p, c); break;
    case COMMAND_PAUSE_CAMPAIGN: pump_campaign_pause(p, c); break;
    }
}

/* Reading is the one long thing in a step: it leaves off when it took a while or somebody is in a hurry. True: all
 * was read that the engine asked for. */
static bool draw(struct pump *p)
{
    size_t n = 0;

    while (n < p->draws_count && !atomic_load(&p->hurry) && clock_mono_ms(p->ports.clock) - p->mono_ms < DRAW_MS)
        pump_draw(p, &p->draws[n++]);
    p->draws_count -= n;
    memmove(p->draws, p->draws + n, p->draws_count * sizeof *p->draws);
    return p->draws_count == 0;
}

/* True: it may have more to say now. */
static bool decide(struct pump *p)
{
    for (int round = 0; round < ROUNDS_MAX; round++) {
        size_t room = DRAWS_HELD_MAX - p->draws_count, count;
        count = engine_step(p->engine, p->mono_ms, p->wall_ms, p->commands, room < COMMANDS_MAX ? room : COMMANDS_MAX);
        for (size_t n = 0; n < count; n++) obey(p, &p->commands[n]);
        pump_arm_flush(p);
        if (count == 0 && p->draws_count == 0) return false;
        if (!draw(p)) return true;
    }
    return true;
}

static size_t take_answers(struct pump *p, int64_t wait_ms)
{
    size_t count = provider_poll(p->ports.provider, wait_ms, p->answers, ANSWERS_MAX);

    pump_clock(p);
    for (size_t n = 0; n < count; n++) {
        struct pump_item *listed = pump_answer(p, &p->answers[n]);
        if (listed != NULL) pump_listed(p, listed, &p->answers[n]);
        provider_answer_free(p->ports.provider, &p->answers[n]);
    }
    return count;
}

static void new_day(struct pump *p)
{
    if (p->wall_ms < p->day_ends_ms) return;
    if (pump_day(p) != ERR_OK) p->day_ends_ms = p->wall_ms + STORE_WAIT_MS;
}

/* How long nothing need happen, 0 … WAIT_MAX_MS. */
static int64_t idle_ms(struct pump *p)
{
    int64_t until = engine_next_mono_ms(p->engine, p->mono_ms, p->wall_ms);
    int64_t others[] = {p->waiting.first != NULL ? p->waiting_mono_ms : INT64_MAX, p->check_mono_ms,
                        p->unread.first != NULL ? p->unread_mono_ms : INT64_MAX,
                        p->dirty != NULL && p->arms_out == 0 ? p->dirty_mono_ms + CURSOR_LAG_MS : INT64_MAX,
                        p->sweeps > 0 ? p->sweep_mono_ms : INT64_MAX, p->mono_ms + WAIT_MAX_MS};

    for (size_t n = 0; n < sizeof others / sizeof others[0]; n++)
        if (others[n] < until) until = others[n];
    return until > p->mono_ms ? until - p->mono_ms : 0;
}

static bool has_news(struct pump *p)
{
    bool news;

    pthread_mutex_lock(&p->lock);
    news = p->finished.first != NULL || p->notes.first != NULL;
    pthread_mutex_unlock(&p->lock);
    return news;
}

/* Looking at the engine costs as much as it has lanes, so that is not done at each step. */
static void show(struct pump *p)
{
    if (p->mono_ms >= p->view_mono_ms || p->draining) {
        engine_view(p->engine, &p->counts.engine);
        p->counts.stretches = (int64_t)p->runs.count;
        p->view_mono_ms = p->mono_ms + VIEW_EVERY_MS;
    }
    pthread_mutex_lock(&p->lock);
    p->view = p->counts;
    p->drained = p->draining && p->counts.engine.in_flight == 0 && p->counts.engine.arming == 0 &&
                 p->jobs_out == 0 && p->urgents == NULL && p->waiting.first == NULL && p->notes.first == NULL;
    pthread_mutex_unlock(&p->lock);
}

/* Decides until nothing is left to be said, then hands what is to be written to the store. */
static bool work(struct pump *p)
{
    bool more;

    pump_clock(p);
    new_day(p);
    atomic_store(&p->hurry, false);
    pump_jobs_finish(p);
    pump_notes_take(p);
    more = decide(p);
    pump_urgent_rest(p, more);
    pump_sweep(p);
    pump_campaigns_check(p);
    pump_outcomes_flush(p);
    pump_arm_lag(p);
    pump_stops_answer(p);
    return more;
}

int64_t pump_step(struct pump *p, int64_t wait_ms)
{
    bool more = work(p);
    int64_t idle = more || has_news(p) ? 0 : idle_ms(p);

    if (take_answers(p, wait_ms < idle ? wait_ms : idle) > 0) more = work(p);
    show(p);
    return more || has_news(p) ? 0 : idle_ms(p);
}

static void check_run(const struct pump_run *r)
{
    const struct pump_item *before = NULL;

    BUG_IF(r->row.next > r->read || r->sent > r->row.hi);
    for (const struct pump_item *i = r->first; i != NULL; i = i->run_next) {
        BUG_IF(i->run != r || i->run_previous != before);
        BUG_IF(i->message < r->row.next || i->message >= r->row.hi); /* the cursor passed it */
        BUG_IF(before != NULL && before->message >= i->message);
        before = i;
    }
    BUG_IF(r->last != before);
}

void pump_check(const struct pump *p)
{
    struct map_slot *slot;
    size_t in_campaigns = 0, of_campaigns = 0;

    engine_check(p->engine);
    for (size_t n = 0; (slot = map_next(&p->items, &n)) != NULL;) {
        const struct pump_item *i = slot->value.ptr;
        bool of_engine = i->stage == ITEM_WAITING || i->stage == ITEM_ARMING || i->stage == ITEM_ARMED;
        BUG_IF(i->message != slot->key);
        BUG_IF(of_engine && !engine_holds(p->engine, i->message));
        BUG_IF(i->tag != 0 && map_ptr(&p->tags, i->tag) != i);
        if (i->campaign != NULL) of_campaigns++;
    }
    for (size_t n = 0; (slot = map_next(&p->runs, &n)) != NULL;) check_run(slot->value.ptr);
    for (size_t n = 0; (slot = map_next(&p->campaigns, &n)) != NULL;)
        in_campaigns += ((const struct pump_campaign *)slot->value.ptr)->items;
    BUG_IF(in_campaigns != of_campaigns);
}

bool pump_drained(struct pump *p)
{
    bool drained;

    pthread_mutex_lock(&p->lock);
    drained = p->drained;
    pthread_mutex_unlock(&p->lock);
    return drained;
}

void pump_view(struct pump *p, struct pump_view *out)
{
    pthread_mutex_lock(&p->lock);
    *out = p->view;
    pthread_mutex_unlock(&p->lock);
}

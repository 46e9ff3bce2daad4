/* world_people: makes a world from its seed, and does in it what people do. */
#include "world_state.h"

/* ---- people ---- */

static void stop_someone(struct world *w)
{
    uint32_t org = 1 + (uint32_t)world_below(w, w->orgs);
    uint64_t n = world_below(w, NUMBERS);

    for (size_t i = 0; i < w->messages_count; i++) {
        struct message *m = &w->messages[i];
        if (m->is.lane.org == org && m->is.number % NUMBERS == n && m->attempt == ARMING)
            m->stop_armed = world_chance(w, 50);
    }
    w->stopped[org][n] = true;
    engine_stop_number(w->e, org, 14155550000 - 14155550000 % NUMBERS + n);
}

static void pause_campaign(struct world *w, uint64_t campaign, bool paused)
{
    for (size_t i = 0; i < w->lanes_count; i++)
        if (w->lanes[i].key.campaign == campaign) w->lanes[i].paused = paused;
    engine_pause_campaign(w->e, campaign, paused);
}

static void drop_campaign(struct world *w, uint64_t campaign)
{
    for (size_t i = 0; i < w->lanes_count; i++)
        if (w->lanes[i].key.campaign == campaign) w->lanes[i].dropped = true;
    engine_drop_campaign(w->e, campaign);
}

static void set_limit(struct world *w, struct rule *l, int64_t amount)
{
    l->is.amount = amount;
    if (amount > l->most) l->most = amount;
    if (engine_set_limit(w->e, &l->is) != ERR_OK) abort();
}

static void set_org(struct world *w, uint32_t org, bool active)
{
    struct engine_org o = {.org = org, .account = w->account_of[org], .share = 1 + org * 3, .active = active};

    w->org_active[org] = active;
    if (engine_set_org(w->e, &o) != ERR_OK) abort();
}

static void set_sender(struct world *w, size_t i, bool usable)
{
    w->sender[i].usable = usable;
    if (engine_set_sender(w->e, &w->sender[i]) != ERR_OK) abort();
}

static struct engine_lane some_lane(struct world *w)
{
    return w->lanes[world_below(w, w->lanes_count)].key;
}

static void step_wall(struct world *w)
{
    w->wall_skew += (int64_t)world_below(w, 600000) - 300000;
    engine_wall_back(w->e, world_wall(w));
    world_tell_days(w);
}

void world_people(struct world *w)
{
    struct engine_lane l = some_lane(w);
    uint32_t account = 1 + (uint32_t)world_below(w, w->accounts);

    switch (world_below(w, 15)) {
    case 0: stop_someone(w); break;
    case 1:
    case 2: if (l.campaign != 0) pause_campaign(w, l.campaign, world_chance(w, 50)); break;
    case 3: if (l.campaign != 0 && world_chance(w, 20)) drop_campaign(w, l.campaign); break;
    case 4: if (w->limits_count > 0) {
        struct rule *some = &w->limits[world_below(w, w->limits_count)];
        set_limit(w, some, 1 + (int64_t)world_below(w, (uint64_t)some->is.amount * 2));
    } break;
    case 5: set_org(w, l.org, world_chance(w, 60)); break;
    case 6:
    case 7: set_sender(w, world_below(w, w->senders), world_chance(w, 70)); break;
    case 8: engine_set_gate(w->e, account, (enum engine_gate)world_below(w, 3)); break;
    case 9: engine_set_gate(w->e, account, GATE_OPEN); break;
    case 10: engine_set_draining(w->e, world_chance(w, 30)); break;
    case 11: {
        struct message *m = &w->messages[world_below(w, w->messages_count)];
        bool out = engine_withdraw(w->e, m->is.message);
        WRONG_IF(w, out && m->attempt != QUIET, "withdrew what was out");
        break;
    }
    case 13: step_wall(w); break;
    case 12: w->provider_down = world_chance(w, 50); break;
    default: engine_campaign_result(w->e, l.campaign, world_chance(w, 50)); break;
    }
}

/* ---- making a world ---- */

static void add_limit(struct world *w, struct engine_limit l, int64_t amount)
{
    if (w->limits_count == LIMITS_MAX) return;
    w->limits[w->limits_count].is = l;
    set_limit(w, &w->limits[w->limits_count++], amount);
}

static void some_limit(struct world *w, struct engine_limit l, uint32_t percent)
{
    static const int64_t windows[] = {1000, 5000, 20000};

    if (!world_chance(w, percent)) return;
    l.window_ms = windows[world_below(w, 3)];
    l.counts_segments = world_chance(w, 50);
    add_limit(w, l, 2 + (int64_t)world_below(w, (uint64_t)l.window_ms / 250));
}

static void make_limits(struct world *w)
{
    for (uint32_t a = 1; a <= w->accounts; a++)
        some_limit(w, (struct engine_limit){.scope = SCOPE_ACCOUNT, .account = a}, 60);
    for (uint32_t o = 1; o <= w->orgs; o++) {
        some_limit(w, (struct engine_limit){.scope = SCOPE_ORG, .org = o}, 20);
        some_limit(w, (struct engine_limit){.scope = SCOPE_BRAND, .org = o}, 50);
        for (uint8_t c = 1; c < CARRIERS; c++) {
            some_limit(w,
                       (struct engine_limit){
                           .scope = SCOPE_PROGRAM_CARRIER, .org = o, .program = 1 + c % 2, .carrier = c},
                       50);
            if (!world_chance(w, 15)) continue;
            add_limit(w, (struct engine_limit){.scope = SCOPE_BRAND_CARRIER_DAY, .org = o, .carrier = c,
                                               .counts_segments = true}, 20 + (int64_t)world_below(w, 100));
        }
    }
    for (size_t i = 0; i < w->senders; i++)
        for (uint8_t slot = 0; slot < 2; slot++)
            some_limit(w, (struct engine_limit){.scope = SCOPE_SENDER, .org = w->sender[i].org,
                                                .sender = w->sender[i].sender, .slot = slot}, 50);
    for (size_t i = 0; i < w->senders; i++)
        for (uint8_t c = 1; c < CARRIERS; c++)
            some_limit(w, (struct engine_limit){.scope = SCOPE_SENDER_CARRIER, .org = w->sender[i].org, .carrier = c,
                                                .sender = w->sender[i].sender}, 15);
}

void world_tell_days(struct world *w)
{
    int64_t day = world_day(w->mono_ms);

    for (size_t i = 0; i < w->limits_count; i++) {
        const struct engine_limit *l = &w->limits[i].is;
        int64_t used = 0;
        if (l->scope != SCOPE_BRAND_CARRIER_DAY) continue;
        for (size_t k = 0; k < w->seen_count; k++) {
            const struct message *m =
                w->ledger[k].message == 0 ? NULL : world_message(w, w->ledger[k].message);
            if (m == NULL || m->attempt == POSTED || world_day(w->ledger[k].at_ms) != day) continue;
            if (m->is.lane.org == l->org && (m->is.lane.carrier == l->carrier || m->is.lane.carrier == 0))
                used += w->ledger[k].carrier_saw ? m->is.segments : 0;
        }
        engine_set_day(w->e, l->org, l->carrier, used,
                       world_wall(w) + world_day_ends(w->mono_ms) - w->mono_ms);
    }
}

static void make_senders(struct world *w)
{
    for (uint32_t o = 1; o <= w->orgs; o++) {
        for (uint32_t p = 1; p <= PROGRAMS; p++) {
            uint32_t n = 1 + (uint32_t)world_below(w, 3);
            for (uint32_t i = 0; i < n && w->senders < SENDERS_MAX; i++) {
                w->sender[w->senders] =
                    (struct engine_sender){.sender = 100 + w->senders,
                                           .org = o,
                                           .program = p,
                                           .kind = 1,
                                           .area_code = (uint16_t)(200 + world_below(w, 3))};
                w->senders++;
                set_sender(w, w->senders - 1, true);
            }
        }
    }
}

static void make_lanes(struct world *w)
{
    for (uint32_t o = 1; o <= w->orgs; o++) {
        size_t n = 2 + world_below(w, 8);
        for (size_t i = 0; i < n && w->lanes_count < LANES_MAX; i++) {
            struct engine_lane k = {.org = o,
                                    .program = 1 + (uint32_t)world_below(w, PROGRAMS),
                                    .kind = (uint8_t)(1 + world_below(w, 3)),
                                    .carrier = (uint8_t)world_below(w, CARRIERS)};
            if (world_chance(w, 50)) k.campaign = o * 10 + world_below(w, 2);
            if (world_lane(w, &k) == NULL) w->lanes[w->lanes_count++].key = k;
        }
    }
}

static uint32_t sender_in(struct world *w, const struct engine_lane *l)
{
    size_t from = world_below(w, w->senders);

    for (size_t i = 0; i < w->senders; i++) {
        const struct engine_sender *s = &w->sender[(from + i) % w->senders];
        if (s->org == l->org && s->program == l->program) return s->sender;
    }
    return 0;
}

static struct message *make_message(struct world *w)
{
    struct message *m = &w->messages[w->messages_count++];
    struct engine_lane l = some_lane(w);

    m->is = (struct engine_item){.message = w->messages_count,
                                 .lane = l,
                                 .segments = 1,
                                 .attempt = 1,
                                 .number = 14155550000 - 14155550000 % NUMBERS + world_below(w, NUMBERS),
                                 .owner = m,
                                 .expires_wall_ms = INT64_MAX,
                                 .closes_wall_ms = INT64_MAX};
    m->account = w->account_of[l.org];
    if (world_chance(w, 20)) m->is.segments = (uint16_t)(2 + world_below(w, 6));
    if (world_chance(w, 30)) m->is.sticky_sender = sender_in(w, &l);
    if (world_chance(w, 10)) m->is.asked_sender = sender_in(w, &l);
    if (world_chance(w, 40)) m->is.area_code = (uint16_t)(200 + world_below(w, 3));
    m->is.await_sender = l.kind == 2;
    m->is.urgent = l.kind == 1 && world_chance(w, 30);
    m->is.reply = l.kind == 2 && world_chance(w, 40);
    if (world_chance(w, 10)) m->is.expires_wall_ms = world_wall(w) + 1000 + (int64_t)world_below(w, 200000);
    if (world_chance(w, 10)) m->is.closes_wall_ms = world_wall(w) + (int64_t)world_below(w, 100000);
    m->due_ms = world_wall(w) + (world_chance(w, 20) ? (int64_t)world_below(w, 60000) : 0);
    m->home = HOME_STORE;
    return m;
}

void world_arrive(struct world *w)
{
    size_t n = 1 + world_below(w, 20);

    for (size_t i = 0; i < n && w->messages_count < MESSAGES_MAX; i++) {
        struct message *m = make_message(w);
        enum err e;
        if (world_lane(w, &m->is.lane)->dropped) m->is.lane.campaign = 0;
        if (world_lane(w, &m->is.lane) == NULL) {
            if (w->lanes_count == LANES_MAX) abort();
            w->lanes[w->lanes_count++].key = m->is.lane;
        }
        if (m->due_ms > world_wall(w) || world_chance(w, 60)) {
            world_tell_ready(w, &m->is.lane, m->due_ms);
            continue;
        }
        m->home = HOME_ENGINE;
        e = engine_offer(w->e, &m->is);
        WRONG_IF(w, e != ERR_OK && e != ERR_FULL, "offer refused");
        if (e != ERR_OK) m->home = HOME_STORE;
    }
    if (w->messages_count < MESSAGES_MAX && !w->healthy)
        world_later(w, (struct event){.what = EV_ARRIVE}, (int64_t)world_below(w, 12000));
}

static struct engine_config some_config(struct world *w, uint64_t seed)
{
    return (struct engine_config){
        .seed = seed,
        .items_max = 8 + world_below(w, 300),
        .in_flight_max = 1 + world_below(w, 60),
        .arm_batch_max = 1 + world_below(w, 20),
        .lane_ahead = 2 + world_below(w, 20),
        .lookahead = 1 + world_below(w, 6),
        .guard_ms = world_chance(w, 25) ? 20 + (int64_t)world_below(w, 100) : -1,
        .timeout_ms = TIMEOUT_MS,
        .retry_first_ms = 500,
        .retry_max_ms = 20000,
        .attempts_max = 4,
        .breaker_run = 4,
        .breaker_probe_ms = 500,
        .breaker_probe_max_ms = 8000,
        .reconcile_first_ms = 6000,
        .reconcile_second_ms = 3000,
        .reconcile_per_min = 30,
        .pause_sample_min = 20,
        .edges = (uint8_t)(1 + world_below(w, 2)),
    };
}

void world_make(struct world *w, uint64_t seed)
{
    w->rng = rng_seeded(seed);
    w->config = some_config(w, seed);
    w->e = engine_new(&w->config);
    if (w->e == NULL) abort();
    engine_set_carriers(w->e, CARRIERS, 0);
    w->accounts = 1 + (uint32_t)world_below(w, 3);
    w->orgs = 1 + (uint32_t)world_below(w, ORGS_MAX);
    for (uint32_t o = 1; o <= w->orgs; o++) {
        w->account_of[o] = 1 + (uint32_t)world_below(w, w->accounts);
        set_org(w, o, true);
    }
    make_senders(w);
    make_lanes(w);
    make_limits(w);
    for (size_t i = 0; i < w->lanes_count; i++)
        if (w->lanes[i].key.campaign != 0) engine_watch_campaign(w->e, w->lanes[i].key.campaign, 600);
    world_later(w, (struct event){.what = EV_ARRIVE}, 0);
    world_later(w, (struct event){.what = EV_PEOPLE}, 1000);
}

void world_heal(struct world *w)
{
    w->healthy = true;
    w->provider_down = false;
    engine_set_draining(w->e, false);
    for (uint32_t a = 1; a <= w->accounts; a++) engine_set_gate(w->e, a, GATE_OPEN);
    for (uint32_t o = 1; o <= w->orgs; o++) set_org(w, o, true);
    for (size_t i = 0; i < w->senders; i++) set_sender(w, i, true);
    for (size_t i = 0; i < w->limits_count; i++) set_limit(w, &w->limits[i], w->limits[i].most);
    for (size_t i = 0; i < w->lanes_count; i++) {
        if (w->lanes[i].key.campaign == 0 || w->lanes[i].dropped) continue;
        engine_watch_campaign(w->e, w->lanes[i].key.campaign, 0);
        pause_campaign(w, w->lanes[i].key.campaign, false);
    }
}

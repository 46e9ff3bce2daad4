/* world: contract in world.h. Everything lives in one structure that is freed at the end of a run. */
#include "world.h"

#include "base/rng.h"
#include "rules/life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CARRIERS = 5,
    ORGS_MAX = 6,
    PROGRAMS = 2,
    SENDERS_MAX = 40,
    LIMITS_MAX = 160,
    LANES_MAX = 80,
    MESSAGES_MAX = 900,
    EVENTS_MAX = 4096,
    LEDGER_MAX = 40000,
    TAKE = 40,
    TURNS_MAX = 200000,
    NUMBERS = 60,
    CHAOS_MS = 400000,
    TIMEOUT_MS = 4000,
    DAY_MS = 86400000,
    MIDNIGHT_MS = 200000 /* the first one */,
};

enum home { HOME_STORE, HOME_ENGINE, HOME_ENDED };
struct message {
    struct engine_item is;
    uint32_t account;
    enum home home;
    int64_t due_ms;    /* in the store */
    enum { QUIET, ARMING, ARMED, POSTED, DOUBTED } attempt;
    bool committed;    /* the provider has it */
    bool recalled, answered, stop_armed;
    uint32_t sender;
    int64_t posted_ms;
    int ends;
};
struct stream {
    struct engine_lane key;
    bool dropped, paused;
};
struct rule {
    struct engine_limit is;
    int64_t most; /* the greatest amount it ever had */
};
struct seen {
    uint64_t message;
    int64_t at_ms;
    bool carrier_saw; /* counts for the day */
};

enum what { EV_DRAWN, EV_ARMED, EV_ANSWER, EV_LISTED, EV_PROBED, EV_ARRIVE, EV_PEOPLE, EV_SEE };
struct event {
    int64_t at_ms;
    uint64_t order;
    enum what what;
    uint64_t message;
    size_t lane, want;
    enum answer_class class;
    int32_t code;
    uint32_t account;
    bool yes;
};

static const int64_t life_max_ms = INT64_C(60) * DAY_MS;

struct world {
    struct engine *e;
    struct rng rng;
    struct engine_config config;
    int64_t mono_ms, wall_skew;
    bool healthy, provider_down;
    uint32_t orgs, accounts, senders;
    uint32_t account_of[ORGS_MAX + 1];
    bool org_active[ORGS_MAX + 1];
    struct engine_sender sender[SENDERS_MAX];
    struct stream lanes[LANES_MAX];
    size_t lanes_count;
    struct rule limits[LIMITS_MAX];
    size_t limits_count;
    struct message messages[MESSAGES_MAX];
    size_t messages_count;
    struct event events[EVENTS_MAX];
    size_t events_count;
    uint64_t order;
    struct seen ledger[LEDGER_MAX];
    size_t seen_count;
    bool stopped[ORGS_MAX + 1][NUMBERS];
    struct world_result result;
};

static int64_t wall(const struct world *w)
{
    return 50000000 + w->mono_ms + w->wall_skew;
}

static int64_t day_of(int64_t mono_ms)
{
    return (mono_ms + DAY_MS - MIDNIGHT_MS) / DAY_MS;
}

static int64_t day_ends(int64_t mono_ms)
{
    return (day_of(mono_ms) + 1) * DAY_MS - DAY_MS + MIDNIGHT_MS;
}

static uint64_t below(struct world *w, uint64_t n)
{
    return rng_below(&w->rng, n);
}

static bool chance(struct world *w, uint32_t percent)
{
    return below(w, 100) < percent;
}

#define WRONG_IF(w, condition, ...)                                                                \
    do {                                                                                           \
        if ((condition) && (w)->result.wrong[0] == '\0')                                           \
            snprintf((w)->result.wrong, sizeof(w)->result.wrong, __VA_ARGS__);                     \
    } while (0)

/* ---- events to come, a heap by (time, order) ---- */

static bool sooner(const struct event *a, const struct event *b)
{
    return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->order < b->order);
}

static void later(struct world *w, struct event ev, int64_t in_ms)
{
    size_t i = w->events_count++;

    if (w->events_count >= EVENTS_MAX) abort();
    ev.at_ms = w->mono_ms + in_ms;
    ev.order = ++w->order;
    while (i > 0 && sooner(&ev, &w->events[(i - 1) / 2])) {
        w->events[i] = w->events[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    w->events[i] = ev;
}

static struct event take_event(struct world *w)
{
    struct event first = w->events[0], last = w->events[--w->events_count];
    size_t i = 0, child;

    while ((child = i * 2 + 1) < w->events_count) {
        if (child + 1 < w->events_count && sooner(&w->events[child + 1], &w->events[child])) child++;
        if (!sooner(&w->events[child], &last)) break;
        w->events[i] = w->events[child];
        i = child;
    }
    w->events[i] = last;
    return first;
}

/* ---- the store ---- */

static struct message *message_of(struct world *w, uint64_t id)
{
    return &w->messages[id - 1];
}

static bool same_lane(const struct engine_lane *a, const struct engine_lane *b)
{
    return a->org == b->org && a->program == b->program && a->campaign == b->campaign && a->kind == b->kind &&
           a->carrier == b->carrier;
}

static struct stream *lane_of(struct world *w, const struct engine_lane *key)
{
    for (size_t i = 0; i < w->lanes_count; i++)
        if (same_lane(&w->lanes[i].key, key)) return &w->lanes[i];
    return NULL;
}

static void ended(struct world *w, struct message *m)
{
    WRONG_IF(w, m->ends++ > 0, "message %llu ended twice", (unsigned long long)m->is.message);
    m->home = HOME_ENDED;
}

static void tell_ready(struct world *w, const struct engine_lane *l, int64_t at_ms)
{
    if (engine_lane_ready(w->e, l, at_ms) != ERR_OK) abort();
}

/* Back in the store, due then. The engine remembers by itself unless `tell`. */
static void to_store(struct world *w, struct message *m, int64_t due_ms, bool tell)
{
    m->home = HOME_STORE;
    m->attempt = QUIET;
    m->recalled = m->answered = false;
    m->due_ms = due_ms;
    if (tell) tell_ready(w, &m->is.lane, due_ms);
}

/* What the gate does on drawing: ends what may not go out any more. */
static bool gate_ends(struct world *w, struct message *m)
{
    bool stop = w->stopped[m->is.lane.org][m->is.number % NUMBERS];

    if (!stop && m->is.expires_wall_ms > wall(w)) return false;
    ended(w, m);
    return true;
}

static void drawn(struct world *w, const struct event *ev)
{
    struct engine_item items[TAKE];
    struct stream *l = &w->lanes[ev->lane];
    size_t n = 0;
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < w->messages_count; i++) {
        struct message *m = &w->messages[i];
        if (!same_lane(&m->is.lane, &l->key)) continue;
        if (m->home == HOME_ENGINE && n < ev->want && n < TAKE && chance(w, 5)) {
            items[n] = m->is;
            items[n++].owner = NULL; /* doubled: must come back */
            continue;
        }
        if (m->home != HOME_STORE || (m->due_ms <= wall(w) && gate_ends(w, m))) continue;
        if (m->due_ms <= wall(w) && n < ev->want && n < TAKE) {
            if (m->is.closes_wall_ms <= wall(w))
                m->is.closes_wall_ms = w->healthy ? INT64_MAX : wall(w) + 20000;
            m->home = HOME_ENGINE;
            items[n++] = m->is;
        } else if (m->due_ms < next) {
            next = m->due_ms;
        }
    }
    if (engine_drawn(w->e, &l->key, items, n, next) != ERR_OK) abort();
}

/* ---- the provider ---- */

static void saw(struct world *w, struct message *m, int64_t at_ms, bool carrier_saw)
{
    if (w->seen_count == LEDGER_MAX) abort();
    w->ledger[w->seen_count++] = (struct seen){m->is.message, at_ms, carrier_saw};
}

static const int32_t refusals[] = {21610, 30003, 21614, 20003, 14107, 30022, 30023, 20500};

/* Decides what becomes of a POST: when the provider sees it, when and what we hear. */
static void posted(struct world *w, struct message *m)
{
    int64_t answer = 5 + (int64_t)below(w, w->healthy ? 300 : 1500);
    struct event ev = {.what = EV_ANSWER, .message = m->is.message, .class = ANSWER_ACCEPTED};
    uint64_t die = w->healthy ? 0 : below(w, 100);
    int64_t see = w->mono_ms + (int64_t)below(w, (uint64_t)answer + 1);

    m->posted_ms = w->mono_ms;
    if (w->provider_down) die = chance(w, 50) ? 90 : 97;
    if (die < 60) {
        m->committed = true;
        saw(w, m, see, true);
    } else if (die < 72) {
        ev.class = ANSWER_REJECTED;
        ev.code = refusals[below(w, sizeof refusals / sizeof refusals[0])];
        m->committed = ev.code == 20500 && chance(w, 50);
        if (ev.code != 14107 && ev.code != 30022) saw(w, m, see, m->committed);
    } else if (die < 80) {
        ev.class = ANSWER_THROTTLED;
        ev.code = chance(w, 50) ? 20429 : chance(w, 50) ? 14107 : 30022;
    } else if (die < 92) {
        ev.class = ANSWER_UNSENT;
    } else {
        ev.class = ANSWER_IN_DOUBT;
        see = w->mono_ms + (int64_t)below(w, TIMEOUT_MS + 1);
        m->committed = chance(w, 60) && !w->provider_down;
        saw(w, m, see, m->committed);
        if (m->committed && chance(w, 30)) {
            struct event proof = {.what = EV_SEE, .message = m->is.message};
            later(w, proof, see - w->mono_ms + (int64_t)below(w, 30000));
        }
        if (chance(w, 10)) return; /* never heard of again: the engine must notice */
    }
    later(w, ev, answer);
}

static void answered(struct world *w, const struct event *ev)
{
    struct message *m = message_of(w, ev->message);
    struct engine_answer a = {.message = ev->message, .class = ev->class, .error_code = ev->code};

    if (m->attempt != POSTED && m->attempt != DOUBTED) return;
    if (m->answered) return;
    m->answered = true;
    if (ev->class == ANSWER_THROTTLED && chance(w, 50)) a.retry_after_ms = (int64_t)below(w, 5000);
    engine_answered(w->e, &a, w->mono_ms, wall(w));
}

/* ---- commands ---- */

static void check_fence(struct world *w, const struct message *m)
{
    for (size_t i = 0; i < w->messages_count; i++) {
        const struct message *o = &w->messages[i];
        if (o == m || o->attempt == QUIET || o->account != m->account || o->is.number != m->is.number)
            continue;
        WRONG_IF(w, true, "fence: %llu armed while %llu is out", (unsigned long long)m->is.message,
                 (unsigned long long)o->is.message);
    }
}

static void arm(struct world *w, const struct command *c)
{
    struct message *m = message_of(w, c->message);
    struct event ev = {.what = EV_ARMED, .message = c->message};

    WRONG_IF(w, m->home != HOME_ENGINE || m->attempt != QUIET, "armed twice or not held");
    WRONG_IF(w, c->sender == 0 || (m->is.asked_sender != 0 && c->sender != m->is.asked_sender),
             "wrong sender");
    WRONG_IF(w, lane_of(w, &c->lane)->paused, "armed from a paused campaign");
    WRONG_IF(w, !w->org_active[c->lane.org], "armed for an inactive org");
    check_fence(w, m);
    m->attempt = ARMING;
    m->sender = c->sender;
    later(w, ev, 1 + (int64_t)below(w, 20));
}

static void armed(struct world *w, const struct event *ev)
{
    struct message *m = message_of(w, ev->message);
    bool yes = !w->stopped[m->is.lane.org][m->is.number % NUMBERS] && (w->healthy || !chance(w, 4));

    /* Now and then the arm was committed just before the STOP. */
    if (!yes && m->stop_armed) yes = true;
    if (yes) m->attempt = ARMED;
    engine_armed(w->e, ev->message, yes, w->mono_ms);
}

static void post(struct world *w, const struct command *c)
{
    struct message *m = message_of(w, c->message);

    WRONG_IF(w, m->attempt != ARMED, "posted without being armed");
    WRONG_IF(w, w->stopped[m->is.lane.org][m->is.number % NUMBERS], "posted after STOP");
    WRONG_IF(w, m->committed, "posted again after the provider had it");
    m->attempt = POSTED;
    w->result.posts++;
    posted(w, m);
}

static void recall(struct world *w, const struct command *c)
{
    struct message *m = message_of(w, c->message);

    WRONG_IF(w, m->attempt != POSTED, "recalled without a POST");
    if (m->committed || chance(w, 50) || m->posted_ms != w->mono_ms) return; /* its bytes went */
    for (size_t i = w->seen_count; i-- > 0;)
        if (w->ledger[i].message == c->message && w->ledger[i].at_ms >= m->posted_ms)
            w->ledger[i].message = 0;
    later(w, (struct event){.what = EV_ANSWER, .message = c->message, .class = ANSWER_WITHDRAWN}, 0);
}

static void record(struct world *w, const struct command *c)
{
    struct message *m = message_of(w, c->message);

    WRONG_IF(w, c->record != RECORD_DOUBT && c->owner != m->is.owner, "owner not handed back");
    switch (c->record) {
    case RECORD_DOUBT:
        WRONG_IF(w, m->attempt != POSTED, "doubt without a POST");
        m->attempt = DOUBTED;
        w->result.doubts++;
        return;
    case RECORD_ACCEPTED:
    case RECORD_PROVED:
        WRONG_IF(w, !m->committed, "taken for accepted without being so");
        w->result.sent++;
        ended(w, m);
        break;
    case RECORD_ENDED:
    case RECORD_WITHDRAWN:
        WRONG_IF(w,
                 c->record == RECORD_ENDED && c->to_state != MESSAGE_FAILED &&
                     c->to_state != MESSAGE_BLOCKED && c->to_state != MESSAGE_EXPIRED,
                 "ended in state %d", c->to_state);
        WRONG_IF(w, m->committed, "ended though the provider has it");
        ended(w, m);
        break;
    case RECORD_AGAIN:
        WRONG_IF(w, m->committed, "sent again though the provider has it");
        WRONG_IF(w, c->next_wall_ms < wall(w), "again in the past");
        m->is.attempt++;
        to_store(w, m, c->next_wall_ms, false);
        break;
    }
    m->attempt = QUIET;
}

static void give_back(struct world *w, const struct command *c)
{
    struct message *m = message_of(w, c->message);

    if (c->owner == NULL) return; /* a doubled one */
    WRONG_IF(w, m->home != HOME_ENGINE || m->attempt == POSTED || m->attempt == DOUBTED,
             "gave back what is out");
    to_store(w, m, m->due_ms, false);
}

static void execute(struct world *w, const struct command *c)
{
    struct message *m = c->message == 0 ? NULL : message_of(w, c->message);
    struct stream *l;

    switch (c->kind) {
    case COMMAND_DRAW:
        l = lane_of(w, &c->lane);
        later(w, (struct event){.what = EV_DRAWN, .lane = (size_t)(l - w->lanes), .want = c->want},
              (int64_t)below(w, 10));
        break;
    case COMMAND_ARM: arm(w, c); break;
    case COMMAND_POST: post(w, c); break;
    case COMMAND_RECALL: recall(w, c); break;
    case COMMAND_GIVE_BACK: give_back(w, c); break;
    case COMMAND_SETBACK:
        WRONG_IF(w, m->attempt != QUIET || c->owner != m->is.owner, "set back what is out");
        if (c->to_state == MESSAGE_EXPIRED) ended(w, m);
        else to_store(w, m, c->next_wall_ms, false);
        break;
    case COMMAND_RECORD: record(w, c); break;
    case COMMAND_LIST:
        WRONG_IF(w, wall(w) < c->deadline_wall_ms + w->config.reconcile_first_ms, "listed too soon");
        later(w, (struct event){.what = EV_LISTED, .message = c->message}, 10 + (int64_t)below(w, 500));
        break;
    case COMMAND_DOUBT_MOVED: break;
    case COMMAND_DOUBT_ABSENT:
        WRONG_IF(w, m->committed, "absent though the provider has it");
        m->is.attempt++;
        to_store(w, m, c->next_wall_ms, false);
        break;
    case COMMAND_PROBE:
        later(w, (struct event){.what = EV_PROBED, .account = c->account}, 20);
        break;
    case COMMAND_PAUSE_CAMPAIGN:
        for (size_t i = 0; i < w->lanes_count; i++)
            if (w->lanes[i].key.campaign == c->campaign) w->lanes[i].paused = true;
        break;
    case COMMAND_NONE: abort();
    }
}

static void listed(struct world *w, const struct event *ev)
{
    struct message *m = message_of(w, ev->message);
    enum listing l = !w->healthy && chance(w, 15) ? LISTING_FAILED
                     : m->committed               ? LISTING_FOUND
                                                  : LISTING_CLEAN;

    if (m->attempt == DOUBTED) engine_listed(w->e, ev->message, l, wall(w));
}

/* ---- people ---- */

static void stop_someone(struct world *w)
{
    uint32_t org = 1 + (uint32_t)below(w, w->orgs);
    uint64_t n = below(w, NUMBERS);

    for (size_t i = 0; i < w->messages_count; i++) {
        struct message *m = &w->messages[i];
        if (m->is.lane.org == org && m->is.number % NUMBERS == n && m->attempt == ARMING)
            m->stop_armed = chance(w, 50);
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
    return w->lanes[below(w, w->lanes_count)].key;
}

static void people(struct world *w)
{
    struct engine_lane l = some_lane(w);
    uint32_t account = 1 + (uint32_t)below(w, w->accounts);

    switch (below(w, 14)) {
    case 0: stop_someone(w); break;
    case 1:
    case 2: if (l.campaign != 0) pause_campaign(w, l.campaign, chance(w, 50)); break;
    case 3: if (l.campaign != 0 && chance(w, 20)) drop_campaign(w, l.campaign); break;
    case 4: if (w->limits_count > 0) {
        struct rule *some = &w->limits[below(w, w->limits_count)];
        set_limit(w, some, 1 + (int64_t)below(w, (uint64_t)some->is.amount * 2));
    } break;
    case 5: set_org(w, l.org, chance(w, 60)); break;
    case 6:
    case 7: set_sender(w, below(w, w->senders), chance(w, 70)); break;
    case 8: engine_set_gate(w->e, account, (enum engine_gate)below(w, 3)); break;
    case 9: engine_set_gate(w->e, account, GATE_OPEN); break;
    case 10: engine_set_draining(w->e, chance(w, 30)); break;
    case 11: {
        struct message *m = &w->messages[below(w, w->messages_count)];
        bool out = engine_withdraw(w->e, m->is.message);
        WRONG_IF(w, out && m->attempt != QUIET, "withdrew what was out");
        break;
    }
    case 12: w->provider_down = chance(w, 50); break;
    default: engine_campaign_result(w->e, l.campaign, chance(w, 50)); break;
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

    if (!chance(w, percent)) return;
    l.window_ms = windows[below(w, 3)];
    l.counts_segments = chance(w, 50);
    add_limit(w, l, 2 + (int64_t)below(w, (uint64_t)l.window_ms / 250));
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
            if (!chance(w, 15)) continue;
            add_limit(w, (struct engine_limit){.scope = SCOPE_BRAND_CARRIER_DAY, .org = o, .carrier = c,
                                               .counts_segments = true}, 20 + (int64_t)below(w, 100));
        }
    }
    for (size_t i = 0; i < w->senders; i++)
        for (uint8_t slot = 0; slot < 2; slot++)
            some_limit(w, (struct engine_limit){.scope = SCOPE_SENDER, .org = w->sender[i].org,
                                                .sender = w->sender[i].sender, .slot = slot}, 50);
}

static void tell_days(struct world *w)
{
    int64_t day = day_of(w->mono_ms);

    for (size_t i = 0; i < w->limits_count; i++) {
        const struct engine_limit *l = &w->limits[i].is;
        int64_t used = 0;
        if (l->scope != SCOPE_BRAND_CARRIER_DAY) continue;
        for (size_t k = 0; k < w->seen_count; k++) {
            const struct message *m = w->ledger[k].message == 0 ? NULL : message_of(w, w->ledger[k].message);
            if (m == NULL || m->attempt == POSTED || day_of(w->ledger[k].at_ms) != day) continue;
            if (m->is.lane.org == l->org && (m->is.lane.carrier == l->carrier || m->is.lane.carrier == 0))
                used += w->ledger[k].carrier_saw ? m->is.segments : 0;
        }
        engine_set_day(w->e, l->org, l->carrier, used, wall(w) + day_ends(w->mono_ms) - w->mono_ms);
    }
}

static void make_senders(struct world *w)
{
    for (uint32_t o = 1; o <= w->orgs; o++) {
        for (uint32_t p = 1; p <= PROGRAMS; p++) {
            uint32_t n = 1 + (uint32_t)below(w, 3);
            for (uint32_t i = 0; i < n && w->senders < SENDERS_MAX; i++) {
                w->sender[w->senders] = (struct engine_sender){.sender = 100 + w->senders,
                                                               .org = o,
                                                               .program = p,
                                                               .kind = 1,
                                                               .area_code = (uint16_t)(200 + below(w, 3))};
                w->senders++;
                set_sender(w, w->senders - 1, true);
            }
        }
    }
}

static void make_lanes(struct world *w)
{
    for (uint32_t o = 1; o <= w->orgs; o++) {
        size_t n = 2 + below(w, 8);
        for (size_t i = 0; i < n && w->lanes_count < LANES_MAX; i++) {
            struct engine_lane k = {.org = o,
                                    .program = 1 + (uint32_t)below(w, PROGRAMS),
                                    .kind = (uint8_t)(1 + below(w, 3)),
                                    .carrier = (uint8_t)below(w, CARRIERS)};
            if (chance(w, 50)) k.campaign = o * 10 + below(w, 2);
            if (lane_of(w, &k) == NULL) w->lanes[w->lanes_count++].key = k;
        }
    }
}

static uint32_t sender_in(struct world *w, const struct engine_lane *l)
{
    size_t from = below(w, w->senders);

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
                                 .number = 14155550000 - 14155550000 % NUMBERS + below(w, NUMBERS),
                                 .owner = m,
                                 .expires_wall_ms = INT64_MAX,
                                 .closes_wall_ms = INT64_MAX};
    m->account = w->account_of[l.org];
    if (chance(w, 20)) m->is.segments = (uint16_t)(2 + below(w, 6));
    if (chance(w, 30)) m->is.sticky_sender = sender_in(w, &l);
    if (chance(w, 10)) m->is.asked_sender = sender_in(w, &l);
    if (chance(w, 40)) m->is.area_code = (uint16_t)(200 + below(w, 3));
    m->is.await_sender = l.kind == 2;
    m->is.urgent = l.kind == 1 && chance(w, 30);
    m->is.reply = l.kind == 2 && chance(w, 40);
    if (chance(w, 10)) m->is.expires_wall_ms = wall(w) + 1000 + (int64_t)below(w, 200000);
    if (chance(w, 10)) m->is.closes_wall_ms = wall(w) + (int64_t)below(w, 100000);
    m->due_ms = wall(w) + (chance(w, 20) ? (int64_t)below(w, 60000) : 0);
    m->home = HOME_STORE;
    return m;
}

static void arrive(struct world *w)
{
    size_t n = 1 + below(w, 20);

    for (size_t i = 0; i < n && w->messages_count < MESSAGES_MAX; i++) {
        struct message *m = make_message(w);
        enum err e;
        if (lane_of(w, &m->is.lane)->dropped) m->is.lane.campaign = 0;
        if (lane_of(w, &m->is.lane) == NULL) {
            if (w->lanes_count == LANES_MAX) abort();
            w->lanes[w->lanes_count++].key = m->is.lane;
        }
        if (m->due_ms > wall(w) || chance(w, 60)) {
            tell_ready(w, &m->is.lane, m->due_ms);
            continue;
        }
        m->home = HOME_ENGINE;
        e = engine_offer(w->e, &m->is);
        WRONG_IF(w, e != ERR_OK && e != ERR_FULL, "offer refused");
        if (e != ERR_OK) m->home = HOME_STORE;
    }
    if (w->messages_count < MESSAGES_MAX && !w->healthy)
        later(w, (struct event){.what = EV_ARRIVE}, (int64_t)below(w, 12000));
}

static struct engine_config some_config(struct world *w, uint64_t seed)
{
    return (struct engine_config){
        .seed = seed,
        .items_max = 8 + below(w, 300),
        .in_flight_max = 1 + below(w, 60),
        .arm_batch_max = 1 + below(w, 20),
        .lane_ahead = 2 + below(w, 20),
        .lookahead = 1 + below(w, 6),
        .guard_ms = -1,
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
        .edges = (uint8_t)(1 + below(w, 2)),
    };
}

static void make(struct world *w, uint64_t seed)
{
    w->rng = rng_seeded(seed);
    w->config = some_config(w, seed);
    w->e = engine_new(&w->config);
    if (w->e == NULL) abort();
    engine_set_carriers(w->e, CARRIERS, 0);
    w->accounts = 1 + (uint32_t)below(w, 3);
    w->orgs = 1 + (uint32_t)below(w, ORGS_MAX);
    for (uint32_t o = 1; o <= w->orgs; o++) {
        w->account_of[o] = 1 + (uint32_t)below(w, w->accounts);
        set_org(w, o, true);
    }
    make_senders(w);
    make_lanes(w);
    make_limits(w);
    for (size_t i = 0; i < w->lanes_count; i++)
        if (w->lanes[i].key.campaign != 0) engine_watch_campaign(w->e, w->lanes[i].key.campaign, 600);
    later(w, (struct event){.what = EV_ARRIVE}, 0);
    later(w, (struct event){.what = EV_PEOPLE}, 1000);
}

/* ---- the truth ---- */

static bool counts_for(const struct engine_limit *l, const struct message *m, uint32_t sender)
{
    const struct engine_lane *k = &m->is.lane;
    bool carrier = k->carrier == l->carrier || k->carrier == 0;

    switch (l->scope) {
    case SCOPE_ACCOUNT: return m->account == l->account;
    case SCOPE_ORG:
    case SCOPE_BRAND: return k->org == l->org;
    case SCOPE_BRAND_CARRIER_DAY: return k->org == l->org && carrier;
    case SCOPE_PROGRAM_CARRIER: return k->org == l->org && k->program == l->program && carrier;
    case SCOPE_SENDER: return sender == l->sender;
    }
    return false;
}

struct mark {
    int64_t at_ms, weight;
};

static int by_time(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

/* Any window holds no more than the amount, or one heavy message alone. */
static void check_windows(struct world *w, const struct rule *l, const struct mark *marks, size_t n)
{
    int64_t sum = 0;
    size_t from = 0;

    for (size_t i = 0; i < n; i++) {
        sum += marks[i].weight;
        while (marks[from].at_ms <= marks[i].at_ms - l->is.window_ms) sum -= marks[from++].weight;
        WRONG_IF(w, sum > l->most && from != i, "limit: %lld of %lld in %lld ms, scope %d, at %lld",
                 (long long)sum, (long long)l->most, (long long)l->is.window_ms, (int)l->is.scope,
                 (long long)marks[i].at_ms);
    }
}

static void check_days(struct world *w, const struct rule *l, const struct mark *marks, size_t n)
{
    int64_t sum = 0, day = -1;
    size_t heads = 0;

    for (size_t i = 0; i < n; i++) {
        if (day_of(marks[i].at_ms) != day) sum = 0, heads = 0;
        day = day_of(marks[i].at_ms);
        sum += marks[i].weight;
        heads++;
        WRONG_IF(w, sum > l->most && heads > 1, "day: %lld of %lld", (long long)sum, (long long)l->most);
    }
}

/* The sender of each attempt is that of its time: kept in the ledger's order by message. */
static void check_truth(struct world *w, const uint32_t *senders)
{
    struct mark *marks = calloc(w->seen_count + 1, sizeof *marks);

    for (size_t i = 0; i < w->limits_count; i++) {
        const struct rule *l = &w->limits[i];
        bool day = l->is.scope == SCOPE_BRAND_CARRIER_DAY;
        size_t n = 0;
        for (size_t k = 0; k < w->seen_count; k++) {
            const struct message *m = w->ledger[k].message == 0 ? NULL : message_of(w, w->ledger[k].message);
            if (m == NULL || !counts_for(&l->is, m, senders[k]) || (day && !w->ledger[k].carrier_saw))
                continue;
            marks[n++] = (struct mark){w->ledger[k].at_ms, l->is.counts_segments ? m->is.segments : 1};
        }
        qsort(marks, n, sizeof *marks, by_time);
        if (day) check_days(w, l, marks, n);
        else check_windows(w, l, marks, n);
    }
    free(marks);
}

/* ---- running ---- */

static void heal(struct world *w)
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

static void happen(struct world *w, const struct event *ev)
{
    switch (ev->what) {
    case EV_DRAWN: drawn(w, ev); break;
    case EV_ARMED: armed(w, ev); break;
    case EV_ANSWER: answered(w, ev); break;
    case EV_LISTED: listed(w, ev); break;
    case EV_PROBED: engine_probed(w->e, ev->account, !w->provider_down && !chance(w, 20), w->mono_ms); break;
    case EV_ARRIVE: arrive(w); break;
    case EV_SEE: engine_proved(w->e, ev->message); break;
    case EV_PEOPLE:
        if (w->healthy) break;
        people(w);
        later(w, (struct event){.what = EV_PEOPLE}, (int64_t)below(w, 6000));
        break;
    }
}

static bool all_ended(const struct world *w)
{
    for (size_t i = 0; i < w->messages_count; i++) {
        const struct message *m = &w->messages[i];
        bool dropped = false;
        for (size_t k = 0; k < w->lanes_count; k++)
            if (same_lane(&w->lanes[k].key, &m->is.lane)) dropped = w->lanes[k].dropped;
        if (m->home != HOME_ENDED && !(dropped && m->home == HOME_STORE)) return false;
    }
    return true;
}

static uint64_t hash_command(uint64_t h, const struct command *c)
{
    uint64_t parts[] = {(uint64_t)c->kind,         c->message, c->sender, c->record,
                        (uint64_t)c->next_wall_ms, c->want};

    return str_hash((struct str){(const char *)parts, sizeof parts}, h);
}

static void run_step(struct world *w, uint32_t *senders)
{
    struct command out[TAKE];
    size_t n;

    do {
        n = engine_step(w->e, w->mono_ms, wall(w), out, 1 + below(w, TAKE));
        for (size_t i = 0; i < n; i++) {
            size_t before = w->seen_count;
            w->result.hash = hash_command(w->result.hash, &out[i]);
            execute(w, &out[i]);
            for (; before < w->seen_count; before++) senders[before] = message_of(w, out[i].message)->sender;
        }
        engine_check(w->e);
    } while (n > 0);
}

static void live(struct world *w, uint32_t *senders)
{
    int64_t day = 0, turns = 0;

    while (w->result.wrong[0] == '\0' && !(w->healthy && all_ended(w))) {
        int64_t next = engine_next_mono_ms(w->e, w->mono_ms, wall(w));
        if (w->events_count > 0 && w->events[0].at_ms < next) next = w->events[0].at_ms;
        if (!w->healthy && next > CHAOS_MS) next = CHAOS_MS;
        WRONG_IF(w, next == INT64_MAX, "nothing will ever happen again");
        WRONG_IF(w, w->mono_ms > life_max_ms, "it takes for ever");
        WRONG_IF(w, ++turns > TURNS_MAX, "busy without end at %lld", (long long)w->mono_ms);
        if (next > day_ends(w->mono_ms)) next = day_ends(w->mono_ms);
        if (next > w->mono_ms) w->mono_ms = next;
        if (day_of(w->mono_ms) != day) {
            day = day_of(w->mono_ms);
            tell_days(w);
        }
        if (w->mono_ms >= CHAOS_MS && !w->healthy) heal(w);
        if (w->events_count > 0 && w->events[0].at_ms <= w->mono_ms) {
            struct event ev = take_event(w);
            happen(w, &ev);
        }
        run_step(w, senders);
    }
}

struct world_result world_run(uint64_t seed)
{
    struct world *w = calloc(1, sizeof *w);
    uint32_t *senders = calloc(LEDGER_MAX, sizeof *senders);
    struct world_result result;

    make(w, seed);
    tell_days(w);
    live(w, senders);
    for (size_t i = 0; i < w->messages_count; i++)
        WRONG_IF(w, engine_holds(w->e, i + 1), "held after the end");
    check_truth(w, senders);
    w->result.virtual_ms = w->mono_ms;
    engine_free(w->e);
    result = w->result;
    free(senders);
    free(w);
    return result;
}

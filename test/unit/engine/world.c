/* world: contract in world.h. Everything lives in one structure that is freed at the end of a run. */
#include "world_state.h"

/* ---- events to come, a heap by (time, order) ---- */

static bool sooner(const struct event *a, const struct event *b)
{
    return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->order < b->order);
}

void world_later(struct world *w, struct event ev, int64_t in_ms)
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

struct message *world_message(struct world *w, uint64_t id)
{
    return &w->messages[id - 1];
}

bool world_same_lane(const struct engine_lane *a, const struct engine_lane *b)
{
    return a->org == b->org && a->program == b->program && a->campaign == b->campaign && a->kind == b->kind &&
           a->carrier == b->carrier;
}

struct stream *world_lane(struct world *w, const struct engine_lane *key)
{
    for (size_t i = 0; i < w->lanes_count; i++)
        if (world_same_lane(&w->lanes[i].key, key)) return &w->lanes[i];
    return NULL;
}

static void ended(struct world *w, struct message *m)
{
    WRONG_IF(w, m->ends++ > 0, "message %llu ended twice", (unsigned long long)m->is.message);
    m->home = HOME_ENDED;
}

void world_tell_ready(struct world *w, const struct engine_lane *l, int64_t at_ms)
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
    if (tell) world_tell_ready(w, &m->is.lane, due_ms);
}

/* What the gate does on drawing: ends what may not go out any more. */
static bool gate_ends(struct world *w, struct message *m)
{
    bool stop = w->stopped[m->is.lane.org][m->is.number % NUMBERS];

    if (!stop && m->is.expires_wall_ms > world_wall(w)) return false;
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
        if (!world_same_lane(&m->is.lane, &l->key)) continue;
        if (m->home == HOME_ENGINE && n < ev->want && n < TAKE && world_chance(w, 5)) {
            items[n] = m->is;
            items[n++].owner = NULL; /* doubled: must come back */
            continue;
        }
        if (m->home != HOME_STORE || (m->due_ms <= world_wall(w) && gate_ends(w, m))) continue;
        if (m->due_ms <= world_wall(w) && n < ev->want && n < TAKE) {
            if (m->is.closes_wall_ms <= world_wall(w))
                m->is.closes_wall_ms = w->healthy ? INT64_MAX : world_wall(w) + 20000;
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
    w->ledger[w->seen_count++] = (struct seen){m->is.message, at_ms, m->sender, carrier_saw};
}

static const int32_t refusals[] = {21610, 30003, 21614, 20003, 14107, 30022, 30023, 20500};

/* Decides what becomes of a POST: when the provider sees it, when and what we hear. */
static void posted(struct world *w, struct message *m)
{
    int64_t answer = 5 + (int64_t)world_below(w, w->healthy ? 300 : 1500);
    struct event ev = {.what = EV_ANSWER, .message = m->is.message, .class = ANSWER_ACCEPTED};
    uint64_t die = w->healthy ? 0 : world_below(w, 100);
    int64_t see = w->mono_ms + (int64_t)world_below(w, (uint64_t)answer + 1);

    if (w->config.guard_ms >= 0 && see > w->mono_ms + w->config.guard_ms)
        see = w->mono_ms + w->config.guard_ms;
    m->posted_ms = w->mono_ms;
    if (w->provider_down) die = world_chance(w, 50) ? 90 : 97;
    if (die < 60) {
        m->committed = true;
        saw(w, m, see, true);
    } else if (die < 72) {
        ev.class = ANSWER_REJECTED;
        ev.code = refusals[world_below(w, sizeof refusals / sizeof refusals[0])];
        m->committed = ev.code == 20500 && world_chance(w, 50);
        if (ev.code != 14107 && ev.code != 30022) saw(w, m, see, m->committed);
    } else if (die < 80) {
        ev.class = ANSWER_THROTTLED;
        ev.code = world_chance(w, 50) ? 20429 : world_chance(w, 50) ? 14107 : 30022;
    } else if (die < 92) {
        ev.class = ANSWER_UNSENT;
    } else {
        ev.class = ANSWER_IN_DOUBT;
        see = w->mono_ms + (int64_t)world_below(w, TIMEOUT_MS + 1);
        m->committed = world_chance(w, 60) && !w->provider_down;
        if (w->config.guard_ms >= 0 && see > w->mono_ms + w->config.guard_ms)
            see = w->mono_ms + w->config.guard_ms;
        saw(w, m, see, m->committed);
        if (m->committed && world_chance(w, 30)) {
            struct event proof = {.what = EV_SEE, .message = m->is.message};
            world_later(w, proof, see - w->mono_ms + (int64_t)world_below(w, 30000));
        }
        if (world_chance(w, 10)) return; /* never heard of again: the engine must notice */
    }
    world_later(w, ev, answer);
}

static void answered(struct world *w, const struct event *ev)
{
    struct message *m = world_message(w, ev->message);
    struct engine_answer a = {.message = ev->message, .class = ev->class, .error_code = ev->code};

    if (m->attempt != POSTED && m->attempt != DOUBTED) return;
    if (m->answered) return;
    m->answered = true;
    if (ev->class == ANSWER_THROTTLED && world_chance(w, 50))
        a.retry_after_ms = (int64_t)world_below(w, 5000);
    engine_answered(w->e, &a, w->mono_ms, world_wall(w));
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
    struct message *m = world_message(w, c->message);
    struct event ev = {.what = EV_ARMED, .message = c->message};

    WRONG_IF(w, m->home != HOME_ENGINE || m->attempt != QUIET, "armed twice or not held");
    WRONG_IF(w, c->sender == 0 || (m->is.asked_sender != 0 && c->sender != m->is.asked_sender),
             "wrong sender");
    WRONG_IF(w, c->usual && c->sender != engine_usual_sender(w->e, c->lane.org, c->lane.program, m->is.number,
                                                             m->is.area_code),
             "not its usual sender");
    WRONG_IF(w, world_lane(w, &c->lane)->paused, "armed from a paused campaign");
    WRONG_IF(w, !w->org_active[c->lane.org], "armed for an inactive org");
    check_fence(w, m);
    m->attempt = ARMING;
    m->sender = c->sender;
    world_later(w, ev, 1 + (int64_t)world_below(w, 20));
}

static void armed(struct world *w, const struct event *ev)
{
    struct message *m = world_message(w, ev->message);
    bool yes = !w->stopped[m->is.lane.org][m->is.number % NUMBERS] && (w->healthy || !world_chance(w, 4));

    /* Now and then the arm was committed just before the STOP. */
    if (!yes && m->stop_armed) yes = true;
    if (yes) m->attempt = ARMED;
    engine_armed(w->e, ev->message, yes, w->mono_ms);
}

static void post(struct world *w, const struct command *c)
{
    struct message *m = world_message(w, c->message);

    WRONG_IF(w, m->attempt != ARMED, "posted without being armed");
    WRONG_IF(w, w->stopped[m->is.lane.org][m->is.number % NUMBERS], "posted after STOP");
    WRONG_IF(w, m->committed, "posted again after the provider had it");
    m->attempt = POSTED;
    w->result.posts++;
    posted(w, m);
}

static void recall(struct world *w, const struct command *c)
{
    struct message *m = world_message(w, c->message);

    WRONG_IF(w, m->attempt != POSTED, "recalled without a POST");
    if (m->committed || world_chance(w, 50) || m->posted_ms != w->mono_ms) return; /* its bytes went */
    for (size_t i = w->seen_count; i-- > 0;)
        if (w->ledger[i].message == c->message && w->ledger[i].at_ms >= m->posted_ms)
            w->ledger[i].message = 0;
    world_later(w, (struct event){.what = EV_ANSWER, .message = c->message, .class = ANSWER_WITHDRAWN}, 0);
}

static void record(struct world *w, const struct command *c)
{
    struct message *m = world_message(w, c->message);

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
        WRONG_IF(w, c->next_wall_ms < world_wall(w), "again in the past");
        m->is.attempt++;
        to_store(w, m, c->next_wall_ms, false);
        break;
    }
    m->attempt = QUIET;
}

static void give_back(struct world *w, const struct command *c)
{
    struct message *m = world_message(w, c->message);

    if (c->owner == NULL) return; /* a doubled one */
    WRONG_IF(w, m->home != HOME_ENGINE || m->attempt == POSTED || m->attempt == DOUBTED,
             "gave back what is out");
    to_store(w, m, m->due_ms, false);
}

static void execute(struct world *w, const struct command *c)
{
    struct message *m = c->message == 0 ? NULL : world_message(w, c->message);
    struct stream *l;

    switch (c->kind) {
    case COMMAND_DRAW:
        l = world_lane(w, &c->lane);
        world_later(w, (struct event){.what = EV_DRAWN, .lane = (size_t)(l - w->lanes), .want = c->want},
              (int64_t)world_below(w, 10));
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
        WRONG_IF(w, w->mono_ms < m->posted_ms + w->config.timeout_ms + w->config.reconcile_first_ms, "listed too soon");
        world_later(w, (struct event){.what = EV_LISTED, .message = c->message},
                    10 + (int64_t)world_below(w, 500));
        break;
    case COMMAND_DOUBT_MOVED: break;
    case COMMAND_DOUBT_ABSENT:
        WRONG_IF(w, m->committed, "absent though the provider has it");
        m->is.attempt++;
        to_store(w, m, c->next_wall_ms, false);
        break;
    case COMMAND_PROBE:
        world_later(w, (struct event){.what = EV_PROBED, .account = c->account}, 20);
        break;
    case COMMAND_LEARNED: break;
    case COMMAND_PAUSE_CAMPAIGN:
        for (size_t i = 0; i < w->lanes_count; i++)
            if (w->lanes[i].key.campaign == c->campaign) w->lanes[i].paused = true;
        break;
    case COMMAND_NONE: abort();
    }
}

static void listed(struct world *w, const struct event *ev)
{
    struct message *m = world_message(w, ev->message);
    enum listing l = !w->healthy && world_chance(w, 15) ? LISTING_FAILED
                     : m->committed               ? LISTING_FOUND
                                                  : LISTING_CLEAN;

    if (m->attempt == DOUBTED) engine_listed(w->e, ev->message, l, world_wall(w));
}

/* ---- running ---- */

static void happen(struct world *w, const struct event *ev)
{
    switch (ev->what) {
    case EV_DRAWN: drawn(w, ev); break;
    case EV_ARMED: armed(w, ev); break;
    case EV_ANSWER: answered(w, ev); break;
    case EV_LISTED: listed(w, ev); break;
    case EV_PROBED:
        engine_probed(w->e, ev->account, !w->provider_down && !world_chance(w, 20), w->mono_ms);
        break;
    case EV_ARRIVE: world_arrive(w); break;
    case EV_SEE: engine_proved(w->e, ev->message); break;
    case EV_PEOPLE:
        if (w->healthy) break;
        world_people(w);
        world_later(w, (struct event){.what = EV_PEOPLE}, (int64_t)world_below(w, 6000));
        break;
    }
}

static bool all_ended(const struct world *w)
{
    for (size_t i = 0; i < w->messages_count; i++) {
        const struct message *m = &w->messages[i];
        bool dropped = false;
        for (size_t k = 0; k < w->lanes_count; k++)
            if (world_same_lane(&w->lanes[k].key, &m->is.lane)) dropped = w->lanes[k].dropped;
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

/* TRACE=ms prints every command from that moment on. */
static void trace(const struct world *w, const struct command *c)
{
    const char *from = getenv("TRACE");
    const struct engine_lane *l = &c->lane;

    if (from == NULL || w->mono_ms < atoll(from)) return;
    fprintf(stderr, "%lld: command %d message %llu lane %u/%u/%llu/%u/%u want %zu record %d to %u reason %u\n",
            (long long)w->mono_ms, (int)c->kind, (unsigned long long)c->message, l->org, l->program,
            (unsigned long long)l->campaign, l->kind, l->carrier, c->want, (int)c->record, c->to_state,
            c->reason);
}

static void run_step(struct world *w)
{
    struct command out[TAKE];
    size_t n;

    do {
        n = engine_step(w->e, w->mono_ms, world_wall(w), out, 1 + world_below(w, TAKE));
        for (size_t i = 0; i < n; i++) {
            w->result.hash = hash_command(w->result.hash, &out[i]);
            trace(w, &out[i]);
            execute(w, &out[i]);
        }
        engine_check(w->e);
    } while (n > 0);
}

static void live(struct world *w)
{
    int64_t day = 0, turns = 0;

    while (w->result.wrong[0] == '\0' && !(w->healthy && all_ended(w))) {
        int64_t next = engine_next_mono_ms(w->e, w->mono_ms, world_wall(w));
        if (w->events_count > 0 && w->events[0].at_ms < next) next = w->events[0].at_ms;
        if (!w->healthy && next > CHAOS_MS) next = CHAOS_MS;
        WRONG_IF(w, next == INT64_MAX, "nothing will ever happen again");
        WRONG_IF(w, w->mono_ms > INT64_C(60) * DAY_MS, "it takes for ever");
        WRONG_IF(w, ++turns > TURNS_MAX, "busy without end at %lld", (long long)w->mono_ms);
        if (next > world_day_ends(w->mono_ms)) next = world_day_ends(w->mono_ms);
        if (next > w->mono_ms) w->mono_ms = next;
        if (world_day(w->mono_ms) != day) {
            day = world_day(w->mono_ms);
            world_tell_days(w);
        }
        if (w->mono_ms >= CHAOS_MS && !w->healthy) world_heal(w);
        if (w->events_count > 0 && w->events[0].at_ms <= w->mono_ms) {
            struct event ev = take_event(w);
            happen(w, &ev);
        }
        run_step(w);
    }
}

struct world_result world_run(uint64_t seed)
{
    struct world *w = calloc(1, sizeof *w);
    struct world_result result;

    world_make(w, seed);
    world_tell_days(w);
    live(w);
    for (size_t i = 0; i < w->messages_count; i++)
        WRONG_IF(w, engine_holds(w->e, i + 1), "held after the end");
    world_check_truth(w);
    w->result.virtual_ms = w->mono_ms;
    engine_free(w->e);
    result = w->result;
    free(w);
    return result;
}

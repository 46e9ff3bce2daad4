/*
 * tenants: what scheduling costs among many organizations, and whether the smallest gets its turn. Nothing but the
 * engine on a virtual clock. All organizations share one account and its limit; each has more to send than it may,
 * but the smallest, which has one message now and then.
 *
 * tenants [--orgs 1000] [--messages 200000] [--rate 1000] [--items 20000]
 * Prints one line of JSON: CPU a message (engine and this driver, whose part does not depend on --orgs), and over all
 * messages of the smallest the most that went between its coming and its first byte, the most milliseconds too.
 */
#include "engine/engine.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_MS = 50, TAKE = 256, AHEAD = 64, RING = 4096, WALL_MS = 1000000, PROBES = 40 };

struct answer_due {
    uint64_t message;
    int64_t at_ms;
};
struct tenants {
    struct engine *engine;
    uint32_t orgs; /* the smallest is the last */
    int64_t now_ms, rate;
    uint64_t next_message, posted, last; /* `last` ends the run */
    struct answer_due ring[RING];
    size_t ring_first, ring_count;
    uint64_t probe, probe_from, probe_every, next_probe, worst_turns; /* message waiting, posted when it came */
    int64_t probe_ms, worst_ms;
    int probes;
};

static void must(enum err code)
{
    if (code != ERR_OK) bench_fail("the engine refused: %s", err_name(code));
}

static struct engine_lane lane_of(uint32_t org)
{
    return (struct engine_lane){.org = org, .program = org, .campaign = org, .kind = 3, .carrier = 1};
}

static struct engine_item item_of(const struct engine_lane *lane, uint64_t message)
{
    return (struct engine_item){.message = message, .lane = *lane, .number = 12000000000u + message, .segments = 1,
                                .attempt = 1, .expires_wall_ms = INT64_MAX, .closes_wall_ms = INT64_MAX};
}

static void draw(struct tenants *t, const struct command *c)
{
    struct engine_item items[AHEAD];
    bool small = c->lane.org == t->orgs;
    size_t want = c->want < AHEAD ? c->want : AHEAD, count = 0;

    if (small && t->probe != 0) items[count++] = item_of(&c->lane, t->probe);
    while (!small && count < want)
        items[count++] = item_of(&c->lane, ++t->next_message);
    must(engine_drawn(t->engine, &c->lane, items, count, small ? INT64_MAX : WALL_MS + t->now_ms));
}

static void note_probe(struct tenants *t)
{
    uint64_t turns = t->posted - t->probe_from;

    if (turns > t->worst_turns) t->worst_turns = turns;
    if (t->now_ms - t->probe_ms > t->worst_ms) t->worst_ms = t->now_ms - t->probe_ms;
    t->probe = 0;
    t->probes++;
    t->next_probe = t->posted + t->probe_every;
}

static void post(struct tenants *t, uint64_t message)
{
    if (t->ring_count == RING) bench_fail("more in flight than was allowed");
    t->ring[(t->ring_first + t->ring_count++) % RING] = (struct answer_due){message, t->now_ms + ANSWER_MS};
    t->posted++;
    if (message == t->probe) note_probe(t);
}

static void obey(struct tenants *t, const struct command *c)
{
    if (c->kind == COMMAND_DRAW) draw(t, c);
    else if (c->kind == COMMAND_ARM) engine_armed(t->engine, c->message, true, t->now_ms);
    else if (c->kind == COMMAND_POST) post(t, c->message);
    else if (c->kind != COMMAND_RECORD && c->kind != COMMAND_GIVE_BACK) /* given back: drawn again later */
        bench_fail("an unexpected command: %d", (int)c->kind);
}

static void answer(struct tenants *t)
{
    while (t->ring_count > 0 && t->ring[t->ring_first].at_ms <= t->now_ms) {
        struct engine_answer a = {.message = t->ring[t->ring_first].message, .class = ANSWER_ACCEPTED};
        t->ring_first = (t->ring_first + 1) % RING;
        t->ring_count--;
        engine_answered(t->engine, &a, t->now_ms, WALL_MS + t->now_ms);
    }
}

static void probe(struct tenants *t)
{
    struct engine_lane lane = lane_of(t->orgs);

    if (t->probe != 0 || t->posted < t->next_probe) return;
    t->probe = ++t->next_message;
    t->probe_from = t->posted;
    t->probe_ms = t->now_ms;
    must(engine_lane_ready(t->engine, &lane, WALL_MS + t->now_ms));
}

/* One moment of the virtual clock, then on to the next at which something can happen. */
static void turn(struct tenants *t)
{
    struct command out[TAKE];
    int64_t next;
    size_t n;

    answer(t);
    probe(t);
    while ((n = engine_step(t->engine, t->now_ms, WALL_MS + t->now_ms, out, TAKE)) > 0)
        for (size_t i = 0; i < n; i++) obey(t, &out[i]);
    next = engine_next_mono_ms(t->engine, t->now_ms, WALL_MS + t->now_ms);
    if (t->ring_count > 0 && t->ring[t->ring_first].at_ms < next) next = t->ring[t->ring_first].at_ms;
    if (next == INT64_MAX) bench_fail("nothing more happens after %llu messages", (unsigned long long)t->posted);
    t->now_ms = next > t->now_ms ? next : t->now_ms + 1;
}

static void people(struct tenants *t)
{
    struct engine_limit limit = {.scope = SCOPE_ACCOUNT, .account = 1, .amount = t->rate, .window_ms = 1000};

    engine_set_carriers(t->engine, 5, 0);
    engine_begin(t->engine, t->now_ms, WALL_MS + t->now_ms);
    must(engine_set_limit(t->engine, &limit));
    for (uint32_t org = 1; org <= t->orgs; org++) {
        struct engine_org o = {.org = org, .account = 1, .share = 1, .active = true};
        struct engine_sender s = {.sender = org, .org = org, .program = org, .kind = 1, .usable = true};
        struct engine_lane lane = lane_of(org);
        must(engine_set_org(t->engine, &o));
        must(engine_set_sender(t->engine, &s));
        if (org != t->orgs) must(engine_lane_ready(t->engine, &lane, WALL_MS));
    }
}

int main(int argc, char **argv)
{
    static struct tenants t;
    struct engine_config config = {.seed = 1, .in_flight_max = 256, .guard_ms = -1,
                                   .items_max = (size_t)bench_number(argc, argv, "items", "20000")};
    uint64_t count = (uint64_t)bench_number(argc, argv, "messages", "200000"), warm;
    int64_t from_us;

    t.orgs = (uint32_t)bench_number(argc, argv, "orgs", "1000");
    t.rate = bench_number(argc, argv, "rate", "1000");
    t.now_ms = 1000;
    t.engine = engine_new(&config);
    if (t.engine == NULL || t.orgs < 2) bench_fail("no memory, or fewer than two organizations");
    warm = count / 10 + 2 * t.orgs; /* the first draws are behind it */
    t.probe_every = count / PROBES + 1;
    t.next_probe = warm;
    people(&t);
    while (t.posted < warm) turn(&t);
    from_us = bench_cpu_us();
    t.last = t.posted + count;
    while (t.posted < t.last || t.probes == 0) turn(&t);
    (void)printf("{\"orgs\": %u, \"messages\": %llu, \"cpu_us\": %.3f, \"probes\": %d, ", t.orgs,
                 (unsigned long long)count, (double)(bench_cpu_us() - from_us) / (double)count, t.probes);
    (void)printf("\"worst_turns\": %llu, \"worst_ms\": %lld}\n", (unsigned long long)t.worst_turns,
                 (long long)t.worst_ms);
    engine_free(t.engine);
    return 0;
}

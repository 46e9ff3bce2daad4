/* world_state: what the files of the little world share. */
#ifndef STERLING_TEST_ENGINE_WORLD_STATE_H
#define STERLING_TEST_ENGINE_WORLD_STATE_H

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
    uint32_t sender;
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

static inline int64_t world_wall(const struct world *w)
{
    return 50000000 + w->mono_ms + w->wall_skew;
}

static inline int64_t world_day(int64_t mono_ms)
{
    return (mono_ms + DAY_MS - MIDNIGHT_MS) / DAY_MS;
}

static inline int64_t world_day_ends(int64_t mono_ms)
{
    return (world_day(mono_ms) + 1) * DAY_MS - DAY_MS + MIDNIGHT_MS;
}

static inline uint64_t world_below(struct world *w, uint64_t n)
{
    return rng_below(&w->rng, n);
}

static inline bool world_chance(struct world *w, uint32_t percent)
{
    return world_below(w, 100) < percent;
}

#define WRONG_IF(w, condition, ...)                                                                \
    do {                                                                                           \
        if ((condition) && (w)->result.wrong[0] == '\0')                                           \
            snprintf((w)->result.wrong, sizeof(w)->result.wrong, __VA_ARGS__);                     \
    } while (0)

/* Something happens in that many ms. */
void world_later(struct world *w, struct event ev, int64_t in_ms);
struct message *world_message(struct world *w, uint64_t id);
bool world_same_lane(const struct engine_lane *a, const struct engine_lane *b);
struct stream *world_lane(struct world *w, const struct engine_lane *key);
void world_tell_ready(struct world *w, const struct engine_lane *l, int64_t at_ms);

/* world_people.c: making it, and what people do. */
void world_make(struct world *w, uint64_t seed);
void world_people(struct world *w);
void world_arrive(struct world *w);
void world_heal(struct world *w);
void world_tell_days(struct world *w);

/* world_truth.c: every limit against what the provider saw. */
void world_check_truth(struct world *w);

#endif

/*
 * world: everything around the pump in a simulation: time, people, the provider, the store's queue, crashes.
 *
 * One seed makes one world. It runs in two phases: *safety*, in which everything in the table of sites may go
 * wrong and nothing may be sent twice, after a STOP or too fast; then *liveness*, in which all is well and
 * every message must come to rest. A broken promise is told by world_wrong and ends the run. Single thread, no
 * wall clock, no randomness but the seed's: the same seed gives the same hash.
 */
#ifndef STERLING_TEST_SIM_WORLD_H
#define STERLING_TEST_SIM_WORLD_H

#include "app/app.h"
#include "app/pump.h"
#include "provider_sim.h"
#include "queue_sim.h"
#include "sandbox/ledger.h"

/* Where things may go wrong. Each is switched on for a world with the chance in the table (world.c), and then
 * fires at its own rate: two levels, so that worlds differ in kind and not only in degree. */
enum site {
    SITE_CRASH, SITE_STORE_FULL, SITE_STORE_STALL, SITE_DISK_FULL, SITE_NET_REFUSED, SITE_NET_BROKEN,
    SITE_NET_LOST, SITE_PROVIDER, SITE_CALLBACKS, SITE_OUTAGE, SITE_WALL_STEP, SITE_STOP, SITE_PAUSE,
    SITE_CANCEL, SITE_SUSPEND, SITE_LIST_LAG, SITE_SENDER, SITE_REJECTS, SITE_NET_SLOW, SITE_STORM,
    SITE_ENDLESS_LIST, SITE_DRAIN, SITE_QUEUES, SITE_FROZEN, SITE_FICKLE, SITE_TEXTS, SITE_DEAF,
    SITE_CONSENT,
    SITES
};
struct site_info {
    const char *name;
    uint32_t chance; /* per million worlds */
};
extern const struct site_info SITE_TABLE[SITES];

enum { ORGS_MAX = 4, SENDERS_MAX = 8, PEOPLE_MAX = 4096, CAMPAIGNS_MAX = 8 };

struct world_config {
    uint64_t seed;
    bool on[SITES];
    uint32_t orgs, people, directs, campaigns;
    int64_t safety_ms, liveness_ms;
    bool quiet_hours;
    uint32_t check_every; /* the invariants of pump and engine are asked after so many steps; 0 never */
    uint32_t per_min;     /* one sender with this limit, not several with limits by chance; 0: those */
    int64_t measure_after_ms, measure_ms; /* what is sent so long, so long after the trouble ended; 0: not asked */
    bool tell;            /* keep the story: world_story gives it */
};
/* What that seed stands for. */
struct world_config world_config_of(uint64_t seed);
enum { WORLD_TEXT_BYTES = 512 };
/* Changes a config by words such as "sites=crash,stop orgs=1 people=5 directs=0 campaigns=1 safety_s=60 quiet=0". */
MUST_CHECK enum err world_config_parse(struct world_config *c, struct str words, struct fault *f);
/* The seed and the words that make it from the seed's own. */
void world_config_text(const struct world_config *c, char out[WORLD_TEXT_BYTES]);

struct person {
    uint64_t number, contact;
    uint8_t carrier;
    bool never_stops;
    bool agreed; /* to marketing, in writing; asked for where SITE_CONSENT is on */
};
struct sim_org {
    org_id id;
    uint32_t account; /* of the sandbox */
    uint32_t service, program;
    char hook[HOOK_PATH_BYTES];
    uint32_t senders[SENDERS_MAX], sandbox_senders[SENDERS_MAX];
    enum sender_kind kinds[SENDERS_MAX];
    size_t senders_count;
    struct person *people;
    size_t people_count;
    int32_t brand_score;
    bool suspended;
};
struct sim_campaign {
    uint64_t id;
    size_t org;
    uint64_t frozen_after;
    bool frozen, freezing; /* freezing: a chunk is on its way to the store */
};

struct work;
struct hook_job;
struct world {
    struct world_config config;
    struct rng rng;
    struct clock clock;
    int64_t now_ms, start_ms, booted_ms, skew_ms, well_ms; /* well_ms: the trouble ended */
    bool safety;                 /* the phase */
    struct settings settings;
    struct public_ids ids;
    struct sandbox *sandbox;
    struct provider_sim *provider;
    struct queue_sim queue;
    struct store *store;
    struct store_reader *reader;
    struct pump *pump;           /* NULL while down */
    int64_t up_at_ms, crash_at_ms, action_at_ms;
    struct sim_org orgs[ORGS_MAX];
    struct sim_campaign campaigns[CAMPAIGNS_MAX];
    size_t campaigns_count;
    uint32_t directs_left;
    int64_t gates_at_ms;         /* inbound texts are read back by then; INT64_MAX: not yet, or long since */
    uint64_t shut_from;          /* ledger entries after this one left while only replies may, until read back */
    uint64_t admitted;           /* durable ones */
    uint64_t keys;               /* idempotency keys given so far */
    uint64_t urgent_at_once;     /* of those, armed by the same commit */
    struct work *again;          /* works that met a full store */
    int64_t again_ms;
    struct app app;              /* what the use cases need */
    struct hook_job *hook_jobs;  /* webhooks being taken */
    bool hooks_again;            /* some of them met a full store */
    size_t readbacks;            /* under way */
    uint64_t steps, crashes, stops, hooks, ticks_now;
    uint64_t acts, boots, drains; /* of people; of the process; planned stops */
    int64_t drain_at_ms, drain_until_ms; /* told to stop, and when patience ends; INT64_MAX not */
    int64_t freeze_at_ms, thaw_at_ms; /* the process stands still in between (SIGSTOP) */
    bool stopped_well;           /* the last stop was a planned one */
    struct sandbox_fault_plan faults; /* what the world's plan says, when no storm blows */
    int64_t storm_until_ms;
    uint32_t other_text;         /* network_plan's: a provider that changes texts does so for ever */
    uint64_t about;              /* the number that is wrong, for the story; 0 unknown */
    char wrong[512];             /* empty: nothing is */
};

struct world_result {
    bool ok;
    char wrong[512];
    uint64_t hash, steps, crashes, admitted, urgent_at_once, stops, drains;
    /* An event: one row moved or one change applied by a commit, one request leaving, arriving or answered, one
     * webhook delivered, one act of people, one start or death of the process. */
    uint64_t events;
    uint64_t measured; /* messages, as the config asked */
    uint64_t left_runs; /* as in queue_sim.h */
    int64_t virtual_ms;
    uint64_t moves[MESSAGE_STATES][MESSAGE_STATES]; /* from, to */
};
struct world_result world_run(const struct world_config *config);
/* The story of the last world that was told to keep it: the last lines about `number` and about everybody. */
void world_story_print(uint64_t number);

/* ---- for the parts of the world ---- */

void world_wrong(struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A line of the story; about that number, or 0: everybody. */
void world_say(struct world *w, uint64_t number, const char *fmt, ...) PRINTF_LIKE(3, 4);
void story_begin(struct world *w);
void story_of_change(struct world *w, const struct change *c); /* it was committed */
int64_t world_wall_ms(const struct world *w); /* what our own clock shows */

/* A change that somebody makes; goes through the queue, again when the store is full. `after` runs when it was
 * applied or refused, `lost` (may be NULL) when the process died first; then it is freed. */
struct work {
    struct world *w;
    void (*after)(struct world *w, struct work *k);
    void (*lost)(struct world *w, struct work *k);
    struct work *next;
    size_t org, campaign; /* whose it is, in the world's tables */
    char text[512];
    struct freeze_row *rows; /* freed with it */
    struct idempotency idem; /* of an urgent admission */
    char key[24];
    union {
        struct change head;
        struct change_org org;
        struct change_senders senders;
        struct change_campaign_state state;
        struct change_freeze freeze;
        struct change_admit admit;
        struct change_cancel cancel;
    } c;
};
struct work *work_new(struct world *w, enum change_kind kind, void (*after)(struct world *w, struct work *k));
void work_submit(struct world *w, struct work *k);
void work_hand_over(struct world *w, struct work *k); /* an urgent admission, to the pump */
void work_free(struct work *k);

/* people */
void people_setup(struct world *w);
void people_act(struct world *w);        /* something that a person or operator does */
void people_calm(struct world *w);       /* all is well from now on */
void people_resume(struct world *w);     /* what was told to stop before that, and heard of it after */
void people_free(struct world *w);
const struct sim_org *people_org_of_sender(const struct world *w, uint32_t sandbox_sender);
/* hooks */
void hooks_run(struct world *w);         /* webhooks of the provider that are due */
void hooks_read_back(struct world *w);   /* after downtime: missed inbound texts, then the gates open */
void hooks_again(struct world *w);
void hooks_crash(struct world *w);
/* judge */
bool judge_at_rest(struct world *w);
void judge_restless(struct world *w); /* it took too long: says what is still to be done */
void judge_ledger(struct world *w);
void judge_end(struct world *w);
uint64_t judge_sent(const struct world *w, int64_t from_ms, int64_t until_ms); /* messages the provider has of then */
uint64_t judge_hash(struct world *w);

#endif

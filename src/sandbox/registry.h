/*
 * registry: what an account registers — addresses, keys, Trust Hub's end users, documents and bundles, A2P brands,
 * campaigns and numbers, toll-free verifications, event sinks — and the reviews that they go through.
 *
 * For the room's own files. A thing is one such object. What the client gave it lies in `facts`, a JSON object by
 * the names of the answer; what only we know begins with an underscore there and is never shown. Things are never
 * freed before the world, so pointers stay good; a removed one is kept, hidden.
 *
 * States move in one function only, along one table, the same for every kind (Twilio's names differ):
 *   draft -> pending -> review -> approved | rejected; rejected -> pending (sent again);
 *   approved <-> suspended.
 * Invariant: a thing waits in `reviews`  <=>  its `step` is not THING_RESTS; a removed one rests.
 */
#ifndef STERLING_SANDBOX_REGISTRY_H
#define STERLING_SANDBOX_REGISTRY_H

#include "sandbox/register_log.h"
#include "sandbox/world.h"

#include <jansson.h>

enum thing_state {
    THING_STANDING, /* of kinds that nobody reviews */
    THING_DRAFT, THING_PENDING, THING_REVIEW, THING_APPROVED, THING_REJECTED, THING_SUSPENDED,
    THING_STATES
};
/* What a waiting thing does when its time comes. */
enum thing_step { THING_RESTS, THING_IS_TAKEN_UP, THING_IS_JUDGED, THING_PERSON_ACTS };

struct thing {
    struct heap_node due; /* run time of `step` */
    enum thing_step step;
    enum sid_kind kind;
    uint64_t n; /* its place in the table of its kind */
    char sid[SANDBOX_SID_BYTES];
    uint32_t account;
    uint32_t handle; /* campaign: service; number registration and verification: sender */
    bool removed;
    enum thing_state state;
    int64_t created_ms, updated_ms, removed_ms; /* calendar; removed_ms: run time */
    struct thing *parent; /* assignment, evaluation: the bundle; vetting, campaign: the brand; … */
    struct thing *first, *last, *next; /* its children in order of creation; its next sibling */
    unsigned submitted, rejected; /* how often */
    json_t *facts, *errors;       /* errors: an array, or NULL */
};
struct thing_table {
    struct thing **at;
    size_t count, capacity;
};

/* How long each stage of a review takes, and what becomes of it; review.h. */
enum review_object {
    REVIEW_PROFILE, REVIEW_PRODUCT, REVIEW_BRAND, REVIEW_CAMPAIGN, REVIEW_NUMBER, REVIEW_TOLL_FREE,
    REVIEW_OBJECTS
};
struct review_time {
    uint32_t pending_ms_min, pending_ms_max; /* until somebody takes it up */
    uint32_t review_ms_min, review_ms_max;   /* and judges it */
    uint32_t reject_per_million;
    bool held;                               /* nobody does anything until the hold ends, or by decision */
};
enum { REVIEW_RULES_MAX = 64 };
struct review_rule {
    enum review_object object;   /* REVIEW_OBJECTS: any */
    char sid[SANDBOX_SID_BYTES]; /* "": any */
    int code;                    /* 0 approves */
    uint32_t times;              /* left */
};
struct review_plan {
    struct review_time objects[REVIEW_OBJECTS];
    uint32_t person_ms_min, person_ms_max; /* a person answers a passcode, clicks a mail */
    bool person_silent;                    /* or does not */
    bool links_required;                   /* campaigns without privacy and terms links fail: 30933, 30934 */
    int64_t brand_score;                   /* of the next brands; negative: drawn */
    struct review_rule rules[REVIEW_RULES_MAX];
    size_t rule_count;
};

struct registry {
    struct thing_table tables[SID_KINDS];
    struct heap reviews;
    struct rng rng;
    struct review_plan plan;
    uint64_t events; /* made so far */
    struct register_log log;
};


struct registry *sb_registry_new(uint64_t seed);
void sb_registry_free(struct registry *r);
/* Run time of the first step; SANDBOX_NEVER. */
int64_t sb_registry_due(const struct sandbox *sb);
void sb_registry_check(const struct sandbox *sb); /* BUG_IF the invariant is broken */
void sb_registry_step(struct sandbox *sb); /* lets the first thing that waits take its step */
/* The approved primary profile of the main account: made if missing, or taken away. */
void sb_registry_primary(struct sandbox *sb, bool there);

/* Never NULL. */
struct thing *sb_thing_new(struct sandbox *sb, enum sid_kind kind, uint32_t account, struct thing *parent);
struct thing *sb_thing_at(const struct sandbox *sb, enum sid_kind kind, uint64_t n); /* NULL past the last */
size_t sb_thing_count(const struct sandbox *sb, enum sid_kind kind);
/* Whoever owns it, of that kind and not removed; NULL. */
struct thing *sb_thing_find(const struct sandbox *sb, enum sid_kind kind, struct str sid);
void sb_thing_remove(struct sandbox *sb, struct thing *t);
void sb_thing_plan(struct sandbox *sb, struct thing *t, enum thing_step step, int64_t after_ms);
/* The one way a state changes; BUG_IF the table has no such move. */
void sb_thing_move(struct sandbox *sb, struct thing *t, enum thing_state state);
bool sb_thing_may(const struct thing *t, enum thing_state state);

/* Facts. */
struct str sb_fact(const struct thing *t, const char *name); /* {NULL,0} if absent or no text */
bool sb_fact_is(const struct thing *t, const char *name);    /* true only for a true one */
void sb_fact_set(struct thing *t, const char *name, struct str value); /* null when empty */
void sb_fact_set_new(struct thing *t, const char *name, json_t *value); /* takes the value */

#endif

/*
 * state: what the engine holds, as plain structures, for the files of this room only.
 *
 *     engine -- accounts -- orgs -- pools -- senders        limits hang on account, org, route and sender
 *                             |  \- routes (program x carrier)
 *                             \- lanes -- items
 *
 * Turns go down the tree: the account, org and lane with the least tag (fair.h) is next. What cannot go on
 * leaves its queue and waits where it is stuck: a lane at a limit of its route, at its route until a sender
 * has room for its carrier, or at its pool; an item at its sender, at a cap of it, or behind the fence; an org
 * or account asleep until its limits allow. Whoever frees something wakes the first that waits for it, never
 * all. Objects are made when first named and live as long as the engine; lanes of dropped campaigns and items
 * go earlier. Nothing is ordered by address.
 */
#ifndef STERLING_ENGINE_STATE_H
#define STERLING_ENGINE_STATE_H

#include "base/map.h"
#include "base/rng.h"
#include "engine/autopause.h"
#include "engine/breaker.h"
#include "engine/engine.h"
#include "engine/fair.h"
#include "engine/limits.h"
#include "engine/order.h"

enum {
    LEVELS = 5,         /* at which an attempt is charged */
    CLASSES = 4,        /* of an org's lanes: urgent, transactional, conversational, marketing */
    EDGES_MAX = 4,
    DRAWS_MAX = 256,    /* draws out at a time, in all and … */
    DRAWS_ACCOUNT_MAX = 32, /* … of one account: what is drawn but has no turn yet is not more than that */
    SHARE_SCALE = 1000000,  /* cost of a unit for share 1 */
    LEARNED_KEPT_MS = 10000, /* windows at least so long are told of; shorter ones are back before a restart is over */
    DAY_LONGEST_MS = 90000000, /* 25 hours: the day on which clocks go back */
    URGENT_AHEAD = 64,      /* units by which urgent work may run ahead of its org's share */
};

/* ---- timers ---- */

enum timer_kind {
    TIMER_CAP, TIMER_ROUTE, TIMER_SENDER, TIMER_ORG, TIMER_ACCOUNT, TIMER_PROBE, TIMER_DOUBT, /* monotonic */
    TIMER_WALL, TIMER_DAY = TIMER_WALL, TIMER_DRAW, TIMER_DEADLINE,              /* wall */
};
struct timer {
    struct order_node node;
    enum timer_kind kind;
};

/* ---- waiting to be told to the driver ---- */

enum out_kind { OUT_ITEM, OUT_DRAW, OUT_PROBE, OUT_PAUSE, OUT_LEARNED };
struct out {
    struct out *next;
    enum out_kind kind;
    bool queued;
};

/* ---- limits in their places ---- */

/* Lanes that wait for one thing, best first; `candidate` was woken and has not had its turn yet. */
struct waits {
    struct order lanes;
    struct lane *candidate;
    enum { WAITS_OF_CAP, WAITS_OF_POOL, WAITS_OF_ROUTE } of;
};
struct cap {
    struct engine_limit spec;
    struct limit limit;
    struct waits waits; /* caps of routes */
    struct order parked; /* of a sender's cap towards a carrier: items that must go by that sender */
    struct timer timer; /* room for the first that waits; of a day: its end */
    struct out out;     /* what it learned */
    bool guarded;       /* freed by the guard interval, not by the answer */
    int64_t tally;      /* engine_check's */
};
/* Only ever grows, so that an attempt needs to remember only how many it was charged to. */
struct caps {
    struct cap **at;
    uint8_t count, capacity;
};

/* ---- who ---- */

enum account_block {
    BLOCK_NONE, BLOCK_LIMIT, BLOCK_COOL, BLOCK_PACE, BLOCK_CROWD, BLOCK_DRAWS, BLOCK_BREAKER,
};
struct account {
    uint32_t id;
    enum engine_gate gate;
    struct account *all_next;
    struct org *orgs_all;
    struct caps caps;
    struct fair orgs;        /* those with a lane that can go on */
    struct fair_node turn;   /* in engine.accounts */
    int64_t share_ready;     /* sum over `orgs` */
    uint32_t urgent_ready;   /* orgs among them with urgent work */
    enum account_block block;
    struct timer wake;
    struct account *crowd_next, *draws_next;
    uint32_t in_flight, draws;
    int64_t cool_ms;
    uint32_t throttles;      /* in a row */
    struct breaker edges[EDGES_MAX];
    uint8_t probing;         /* edge of the probe to tell */
    bool in_draw_line;
    struct out out;
    struct timer probe;
    struct pace pace;
    struct order doubts;     /* by next listing */
    struct limit listings;   /* the request budget */
    struct timer doubt;
};

struct sender {
    uint32_t id;
    uint64_t seed;
    struct pool *pool;
    struct sender *all_next;
    struct caps caps;
    struct caps carrier_caps; /* towards carriers, all of them */
    uint16_t area_code;
    bool usable, open;       /* open: usable and room for a unit */
    uint8_t rank;            /* the least class that waits for just this one; CLASSES: none */
    uint32_t place;          /* in pool->open */
    int64_t cool_ms;
    struct order parked;     /* items that must go by it */
    struct timer timer;
};
struct pool {
    uint32_t program;
    struct org *org;
    struct pool *next;
    struct sender **all, **open;
    uint32_t count, capacity, open_count, usable_count;
    uint32_t open_for[CLASSES]; /* open senders that a lane of the class may take */
    struct waits waits;
};
struct route {
    uint32_t program;
    uint8_t carrier;
    struct route *next;
    struct caps caps;
    struct waits waits;       /* for the first sender of the pool that has room for this carrier */
    struct timer timer;
};
struct org {
    uint32_t id, share;
    bool active, asleep;
    struct account *account;
    struct org *account_next;
    struct caps caps;         /* of org and brand */
    struct caps carrier_caps; /* of its routes, all of them */
    struct pool *pools;
    struct route *routes;
    struct lane *lanes;
    struct fair classes[CLASSES];
    struct fair_node turn;    /* in account->orgs */
    struct timer wake;
    bool urgent_ready;
};
struct campaign {
    uint64_t id;
    bool paused, dropped;
    struct autopause watch;
    struct lane *lanes;
    struct out out;
};

/* ---- what ---- */

struct items {
    struct item *head, *tail;
    size_t count;
};

enum lane_phase {
    LANE_ASLEEP,  /* nothing to do until something comes */
    LANE_READY,   /* in its org's queue: has something to send, or must draw */
    LANE_WAITING, /* at a limit or at its pool */
};
enum { VARIANT_URGENT = 1, VARIANT_REPLY = 2, VARIANTS = 4 };

/* Urgent messages and replies of a lane are lanes of their own (variants), because they pass others. Only
 * the main one is drawn from the store. */
struct lane {
    struct engine_lane key;
    uint64_t made;   /* which lane it was to be made */
    uint8_t variant, class;
    enum lane_phase phase;
    bool stalled;    /* as many items parked as it may look ahead */
    bool senderless; /* its pool has no usable sender */
    bool dropped, drawing;
    struct lane *main, *hash_next, *org_next, *campaign_next, *idle_prev, *idle_next;
    struct org *org;
    struct campaign *campaign;
    struct route *route;
    struct pool *pool;
    struct items queue, parked;
    size_t refs;     /* items that name it, and variants */
    size_t held;     /* of the main lane: waiting items of all variants */
    struct fair_node turn;
    struct order_node wait;
    struct waits *waits, *candidate_of;
    enum engine_scope blocked_by;
    size_t promised; /* asked for and not yet drawn */
    struct account *drawn_for;
    uint32_t appetite;
    int64_t draw_wall_ms, drawn_ms, deadline_wall_ms;
    struct timer draw, deadline;
    struct out out;
};

enum item_state { ITEM_WAITING, ITEM_ARMING, ITEM_POSTING, ITEM_DOUBT, ITEM_DONE };
enum {
    SAY_ARM = 1,
    SAY_POST = 2,
    SAY_RECALL = 4,
    SAY_DOUBT = 8,
    SAY_LIST = 16,
    SAY_MOVED = 32,
    SAY_LAST = 64
};

/* The last command about an item. */
struct last_word {
    enum command_kind kind;
    enum record_kind record;
    uint8_t to_state, reason;
    bool suppress;
    int32_t error_code;
    int64_t next_wall_ms;
};
struct item {
    struct engine_item is;
    enum item_state state;
    uint8_t say, edge;
    bool recalled, proved, listing, fresh;
    bool usual;                  /* `sender` is the recipient's usual one, as far as known */
    uint8_t clean_listings, failed_listings;
    uint8_t charged[LEVELS];     /* caps of account, org, route, sender, sender towards carriers */
    uint64_t seq;
    struct lane *lane;           /* NULL: a doubt from before the restart */
    struct account *account;
    struct org *org;
    struct route *route;
    struct sender *sender;       /* of the attempt */
    struct sender *parked_at;
    struct cap *parked_cap;      /* and not in the sender's own line: that cap of the sender is full */
    struct sender *woken_by;     /* it had room: this one passes others that are parked there */
    struct item *prev, *next;    /* in its lane, the flight or the list of fresh doubts */
    struct item *id_next, *number_next, *fence_next;
    struct item *fenced_by, *fenced_prev, *fenced_next, *fenced; /* who waits behind whose fence */
    struct order_node node;      /* parked: in sender->parked or cap->parked; doubt: in account->doubts */
    int64_t deadline_ms;         /* of the answer */
    int64_t deadline_wall_ms, next_wall_ms, wait_ms;
    struct last_word last;
    struct out out;
};

struct item_slab;

struct engine {
    struct engine_config config;
    struct breaker_rule breaker_rule;
    int64_t mono_ms, wall_ms;
    struct rng rng;
    uint8_t carriers, carrier_unknown;
    bool draining;

    struct map accounts_by_id, orgs_by_id, senders_by_id, campaigns_by_id, lanes_by_hash;
    struct account *accounts_all;
    struct sender *senders_all;
    size_t accounts_count;
    struct cap **caps_all;
    size_t caps_count, caps_capacity;

    struct fair accounts; /* those with something to do */
    struct order timers, walls;
    struct account *crowded, *draw_waiters, **draw_waiters_end;
    struct lane *idle_first, *idle_last; /* lanes with waiting items, least lately served first */
    struct items flight; /* posted, by deadline */
    struct items fresh;  /* doubts that need the time of the next step */
    struct out *out_first, *out_last;

    struct item_slab *slabs;
    struct item *free_items;
    size_t free_count;
    struct item **by_id, **by_number, **fences;
    size_t table_mask, fence_mask;
    uint64_t seq, lanes_made;

    size_t items, waiting, arming, posting, doubts; /* items: waiting, arming and posting */
    size_t promised, draws;
    size_t arms_step;
};

#endif

/*
 * engine: what decides. Message order, limits, senders, fairness, retries, the breaker, doubt.
 *
 * A state machine: the driver tells events (functions below), then takes commands out until there are
 * none, executes them, and tells the results as further events. No syscalls, no clock, no threads; time
 * and the seed are arguments, so that the same code runs live, in a simulation and in a forecast.
 * Two times: `mono_ms` for intervals (limits, back-off, probes), `wall_ms` for due dates and validity.
 * Both never go back in what is told with events (the driver clamps); a wall step forward only makes things due,
 * and one back is told by engine_wall_back.
 *
 * Memory is bounded by the config: whatever waits in the store, the engine holds at most items_max
 * messages (and the attempts in doubt). Owns everything it was told; `owner` pointers are the driver's and
 * are handed back once, always in a command, after which the engine says nothing more of the message.
 *
 * Commands come in the order in which they must reach the store: the record of an attempt before the next
 * arm of the same number. A writer that keeps that order keeps the fence through a crash.
 *
 *   a message in the engine:  WAITING --arm command--> ARMING --armed--> POSTING --answered--> gone
 *                                 |                        |                 |
 *                                 +--setback command-------+--stale/opt-out--+--> DOUBT (fenced) --> gone
 *
 * Invariants (engine_check): at most one of {ARMING, POSTING, DOUBT} per (account, number): the fence;
 * for every limit, units in use = sum over its unfreed slots <= amount, unless a heavy message alone
 * holds it; in-flight attempts <= in_flight_max; every waiting message is in exactly one lane.
 */
#ifndef STERLING_ENGINE_ENGINE_H
#define STERLING_ENGINE_ENGINE_H

#include "base/rng.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct engine;

struct engine_config {
    uint64_t seed;
    size_t items_max;            /* messages held, 20000 */
    size_t in_flight_max;        /* attempts armed and unanswered, 256 */
    size_t urgent_reserve;       /* of those, kept for urgent messages; at most half. May be 0 */
    size_t arm_batch_max;        /* messages in one arm command, 128 */
    size_t lane_ahead;           /* messages a lane holds ahead, 64 */
    size_t lookahead;            /* how far a lane looks past a message whose sender is full, 16 */
    int64_t guard_ms;            /* -1: a slot is freed one window after the answer (or deadline);
                                    >= 0: one window plus this after the first byte, for windows up to a second */
    int64_t timeout_ms;          /* provider.timeout_ms: when an attempt's answer stops being possible */
    int64_t retry_first_ms, retry_max_ms; /* back-off: doubles, with jitter of +-20% */
    uint8_t attempts_max;        /* per message */
    uint32_t breaker_run;        /* unsent or in-doubt outcomes in a row that open it, 8 */
    int64_t breaker_probe_ms;    /* first pause before a probe; doubles to breaker_probe_max_ms */
    int64_t breaker_probe_max_ms;
    int64_t reconcile_first_ms;  /* first listing this long after the deadline, 60000 */
    int64_t reconcile_second_ms; /* second one this long after the first, 30000 */
    int32_t reconcile_per_min;   /* listings per account and minute, the request budget */
    uint32_t pause_sample_min;   /* outcomes before auto-pause may judge a campaign, 50 */
    uint8_t edges;               /* ways to reach the provider that a breaker is kept for, 1 … 4; 0 is 1 */
};

/* ---- the world as the driver knows it; each call replaces what was told for that id ---- */

struct engine_org {
    uint32_t org, account;  /* account: the driver's handle; orgs may share one */
    uint32_t share;         /* weight, 1 … 1000 */
    bool active;
};
enum engine_gate { GATE_OPEN, GATE_REPLIES_ONLY, GATE_SHUT };

struct engine_sender {
    uint32_t sender, org, program;
    uint8_t kind;           /* enum sender_kind, as a number */
    uint16_t area_code;     /* 0 none */
    bool usable;
};

/* A limit, resolved. Which messages it holds is told by scope and the ids that matter for it. */
enum engine_scope { SCOPE_ACCOUNT, SCOPE_ORG, SCOPE_BRAND, SCOPE_BRAND_CARRIER_DAY, SCOPE_PROGRAM_CARRIER,
                    SCOPE_SENDER, SCOPE_SENDER_CARRIER, SCOPES };
struct engine_limit {
    enum engine_scope scope;
    uint32_t account, org, program, sender; /* those the scope needs; brand: the org */
    uint8_t carrier;        /* *_CARRIER scopes */
    uint8_t slot;           /* tells several limits of one scope and id apart: 0 per second, 1 per minute … */
    bool counts_segments;   /* else messages */
    int64_t amount;         /* units a window; 0 removes the limit */
    int64_t window_ms;      /* 0 for a day */
};

/* A figure of 0 gets the default named above (guard_ms and urgent_reserve excepted). NULL without memory. */
struct engine *engine_new(const struct engine_config *c);
void engine_free(struct engine *e);
void engine_check(const struct engine *e); /* BUG_IF an invariant is broken; O(everything) */
/* The time before the first step, against which is judged what is told before it: limits, days, and above all
 * uses from before a restart. */
void engine_begin(struct engine *e, int64_t mono_ms, int64_t wall_ms);

MUST_CHECK enum err engine_set_org(struct engine *e, const struct engine_org *o);
MUST_CHECK enum err engine_set_sender(struct engine *e, const struct engine_sender *s);
MUST_CHECK enum err engine_set_limit(struct engine *e, const struct engine_limit *l);
/* Sterling-known carriers 0 … count-1; an unknown carrier (number `unknown`) is charged to every carrier's
 * limit. Before the first lane; rules/carrier.h otherwise. A limit of an id not told yet makes that id. A
 * limit's slot decides what it counts and its window; changing them keeps what is in use, rounded up. */
void engine_set_carriers(struct engine *e, uint8_t count, uint8_t unknown);
/* Units of answered attempts already used of a day cap, and when the day ends on the wall. For a day that
 * the engine has counted itself, the greater figure stays. Past the end the engine begins a day of 25 hours,
 * the longest there is: tell it the next one. */
void engine_set_day(struct engine *e, uint32_t org, uint8_t carrier, int64_t used, int64_t day_ends_wall_ms);
/* Replies only: after downtime, until inbound messages were read back (promise 3). Shut: restored copy. */
void engine_set_gate(struct engine *e, uint32_t account, enum engine_gate g);
void engine_set_draining(struct engine *e, bool draining); /* graceful stop: arm nothing more */
/* An attempt from before a restart: its slots are taken until one window after answered_mono_ms, and not at all
 * where that is over (day caps: engine_set_day). After engine_begin; in the order of their answers, because a
 * limit of a large amount joins what comes late. */
void engine_restore_use(struct engine *e, uint32_t org, uint32_t program, uint32_t sender, uint8_t carrier,
                        uint16_t segments, int64_t answered_mono_ms);

/* What a limit had learned so long before now, of COMMAND_LEARNED: named by scope, ids, carrier and slot. Told
 * after the limits; one that is not known, or that has grown back, is left alone. */
void engine_restore_learned(struct engine *e, const struct engine_limit *l, int64_t units, int64_t ago_ms);

/* ---- lanes ---- */

struct engine_lane {
    uint32_t org, program;
    uint64_t campaign;      /* 0 direct */
    uint8_t kind;           /* 1 transactional, 2 conversational, 3 marketing: the order inside an org */
    uint8_t carrier;
};
/* The store has (or may have) messages for this lane from wall_ms on. Makes the lane. INT64_MAX: nothing now.
 * The earliest moment told since the last draw stands. Attempts that the engine itself sends back
 * (RECORD_AGAIN, SETBACK, DOUBT_ABSENT, GIVE_BACK) it remembers by itself. */
MUST_CHECK enum err engine_lane_ready(struct engine *e, const struct engine_lane *l, int64_t wall_ms);
/* Pause: nothing more of the campaign is armed; what waits is given back (COMMAND_GIVE_BACK). What is already
 * in an arm commit goes out. Resuming begins auto-pause's sample anew. */
void engine_pause_campaign(struct engine *e, uint64_t campaign, bool paused);
/* The campaign is over: its lanes go, what waits is given back. */
void engine_drop_campaign(struct engine *e, uint64_t campaign);
/* Auto-pause: at `permille` failures among final outcomes (0: never). */
void engine_watch_campaign(struct engine *e, uint64_t campaign, int32_t permille);
/* A final outcome of the campaign's message, for auto-pause. */
void engine_campaign_result(struct engine *e, uint64_t campaign, bool failed);

struct engine_item {
    uint64_t message;
    struct engine_lane lane;
    uint64_t number;
    uint32_t asked_sender;  /* must be used; 0 Sterling chooses */
    uint32_t sticky_sender; /* the one this contact last heard from; 0 unknown */
    uint16_t area_code;     /* the recipient's; 0 unknown */
    uint16_t segments;      /* >= 1 */
    uint8_t attempt;        /* of the attempt to come, 1 … */
    bool urgent;            /* before all others of its org; commit at once */
    bool await_sender;      /* conversational: wait for the usual sender instead of another */
    bool reply;             /* passes GATE_REPLIES_ONLY */
    int64_t expires_wall_ms;/* validity; at it the message ends expired */
    int64_t closes_wall_ms; /* end of its lawful window; at it the message is given back (INT64_MAX none) */
    void *owner;            /* the driver's; comes back in the last command about this message */
};
/* Answers COMMAND_DRAW: these messages, in order; nothing more until next_wall_ms (INT64_MAX: until told;
 * <= now: more is there). Messages already in the engine are ignored, those of a paused or dropped campaign
 * not taken: their owner is handed back by COMMAND_GIVE_BACK. ERR_FULL without memory: nothing was taken. */
MUST_CHECK enum err engine_drawn(struct engine *e, const struct engine_lane *l,
                                 const struct engine_item *items, size_t count, int64_t next_wall_ms);
/* A single message admitted just now, without drawing. ERR_FULL: leave it in the store, it will be drawn.
 * ERR_CONFLICT: the engine has it already. On error the owner stays the caller's. */
MUST_CHECK enum err engine_offer(struct engine *e, const struct engine_item *item);
bool engine_holds(const struct engine *e, uint64_t message);
/* Takes a waiting message out (canceled by a person): COMMAND_GIVE_BACK follows. False if it is past
 * waiting. */
bool engine_withdraw(struct engine *e, uint64_t message);

/* ---- the life of an attempt ---- */

/* The arm commit is durable: this one is armed (POST follows; or, if a STOP came or the breaker opened in the
 * meantime, RECORD_WITHDRAWN or RECORD_AGAIN, no byte having gone) or not (COMMAND_GIVE_BACK follows, and its
 * lane is drawn from again). */
void engine_armed(struct engine *e, uint64_t message, bool armed, int64_t mono_ms);

/* The message that is being armed has another id from now on: it was offered before it had one in the store. */
void engine_rename(struct engine *e, uint64_t message, uint64_t to);

enum answer_class { ANSWER_ACCEPTED, ANSWER_REJECTED, ANSWER_THROTTLED, ANSWER_UNSENT, ANSWER_IN_DOUBT,
                    ANSWER_WITHDRAWN /* a STOP came first; no byte went */ };
struct engine_answer {
    uint64_t message;
    enum answer_class class;
    int32_t error_code;      /* Twilio's, when rejected or throttled */
    int64_t retry_after_ms;  /* 0 none */
    uint8_t edge;            /* which edge it went by: that of COMMAND_POST */
};
/* Gives COMMAND_RECORD with what to store. A definite answer that comes late, for an attempt already in
 * doubt, ends the doubt. Answers for messages unknown here are ignored. */
void engine_answered(struct engine *e, const struct engine_answer *a, int64_t mono_ms, int64_t wall_ms);
/* A STOP of this number: waiting messages are given back; those armed whose first byte has not gone come out
 * as COMMAND_RECALL, which the driver answers with engine_answered(ANSWER_WITHDRAWN) or ignores if bytes
 * went. */
void engine_stop_number(struct engine *e, uint32_t org, uint64_t number);
/* A callback proved acceptance of an attempt in flight or in doubt: RECORD_PROVED, once it is answered or at
 * once if it was in doubt. */
void engine_proved(struct engine *e, uint64_t message);

/* ---- doubt ---- */

struct engine_doubt {
    uint64_t message;
    uint32_t org;
    uint64_t number;
    uint8_t attempt, clean_listings;
    int64_t deadline_wall_ms, next_wall_ms;
    uint32_t program, sender; uint8_t carrier; uint16_t segments; /* to hold its slots */
};
/* From the store, on start. (In the running process engine_answered makes them.) */
MUST_CHECK enum err engine_doubt_restored(struct engine *e, const struct engine_doubt *d);
enum listing { LISTING_FOUND, LISTING_CLEAN, LISTING_FAILED };
/* A status callback says what would hold this sender (with `pool`, all of its program) if it were an answer: it waits
 * for ENGINE_HOLD_MS as well. */
void engine_hold_sender(struct engine *e, uint32_t sender, bool pool);
/* Somebody mended what made the provider refuse this sender (with `pool`, all of its program): it, which waits at most
 * ENGINE_HOLD_MS for that, may be used at once. */
enum { ENGINE_HOLD_MS = 300000 };
void engine_release_sender(struct engine *e, uint32_t sender, bool pool);
/* The provider said too fast outside an answer (a status callback with 30001, 30022, 30023 …): the limit that
 * the code names learns, as by ANSWER_THROTTLED. Other codes (a phone that is off) slow nobody. */
void engine_throttled(struct engine *e, uint32_t org, uint32_t program, uint32_t sender, uint8_t carrier,
                      int32_t error_code);
/* Answers COMMAND_LIST. Gives COMMAND_DOUBT_MOVED or COMMAND_DOUBT_ABSENT, or ends it (RECORD_PROVED). */
void engine_listed(struct engine *e, uint64_t message, enum listing l, int64_t wall_ms);
/* Answers it as well: nothing was found, and it was too early for that to count. Lists again in ripe_ms, above 0, or in
 * a quarter of an hour. */
void engine_listed_early(struct engine *e, uint64_t message, int64_t ripe_ms, int64_t wall_ms);

/* ---- the breaker ---- */
/* Answers COMMAND_PROBE (of the edge it named). */
void engine_probed(struct engine *e, uint32_t account, bool healthy, int64_t mono_ms);

/* ---- commands ---- */

enum command_kind {
    COMMAND_NONE = 0,
    COMMAND_DRAW,        /* read up to `want` messages of `lane` from the store, answer engine_drawn */
    COMMAND_ARM,         /* commit arming of message/owner with `sender`; commands of one take form a batch */
    COMMAND_POST,        /* armed: send it now */
    COMMAND_RECALL,      /* take it back if no byte went */
    COMMAND_GIVE_BACK,   /* out of the engine, untouched: forget owner; the store still has it where it was
                            (a drawn run message: the cursor must not pass it before it is drawn again or
                            set back) */
    COMMAND_SETBACK,     /* record `to` and `reason`, due again at `next_wall_ms` when to is held or queued */
    COMMAND_RECORD,      /* record an answer: outcome `record`, see below; owner handed back unless doubt */
    COMMAND_LIST,        /* list the provider's messages to `number` */
    COMMAND_DOUBT_MOVED, /* store clean_listings and next_wall_ms */
    COMMAND_DOUBT_ABSENT,   /* proved absent: back to queued */
    COMMAND_PROBE,          /* a harmless GET on `account` by `edge` */
    COMMAND_LEARNED,        /* `limit` allows learned_units since learned_ago_ms: for engine_restore_learned */
    COMMAND_PAUSE_CAMPAIGN, /* auto-pause: `campaign`, failures and total below */
};
enum record_kind {
    RECORD_ACCEPTED = 1,
    RECORD_ENDED,     /* to_state (failed, blocked, expired) and reason */
    RECORD_AGAIN,     /* to_state (queued, held) and reason, due at next_wall_ms */
    RECORD_DOUBT,     /* owner stays here; deadline_wall_ms, next_wall_ms: first listing */
    RECORD_WITHDRAWN, /* a STOP came before the first byte */
    RECORD_PROVED,    /* accepted, proved by a callback or a listing: its SID is known to the driver */
};

struct command {
    enum command_kind kind;
    uint64_t message;
    struct engine_lane lane;
    void *owner;
    size_t want;
    uint32_t account, sender;
    uint8_t attempt, edge;
    uint64_t number, campaign;
    enum record_kind record;
    uint8_t to_state;        /* enum message_state as a number: SETBACK, RECORD_ENDED */
    uint8_t reason;          /* enum message_reason as a number */
    int32_t error_code;
    bool suppress;           /* the provider says opted out */
    int64_t next_wall_ms;    /* AGAIN, SETBACK, DOUBT_MOVED */
    int64_t deadline_wall_ms;/* RECORD_DOUBT */
    uint8_t clean_listings;
    bool usual;              /* ARM: engine_usual_sender would name this sender; else it may all the same */
    uint16_t segments; uint8_t carrier;
    int64_t failures, total; /* PAUSE_CAMPAIGN */
    struct engine_limit limit; /* LEARNED; its organization is the sender's or program's, 0 of an account */
    int64_t learned_units, learned_ago_ms;
};
/* Decides what is possible now and gives up to `max` commands. Call until it gives 0. */
size_t engine_step(struct engine *e, int64_t mono_ms, int64_t wall_ms, struct command *out, size_t max);
/* The wall clock was stepped back to wall_ms: what waits is given back, to be judged by the true hour, and every
 * lane asks the store anew. Attempts under way go on, and limits of intervals know only monotonic time; the caller
 * tells the day (engine_set_day) again. Not earlier than now: nothing. */
void engine_wall_back(struct engine *e, int64_t wall_ms);
/* When engine_step may have something new to say without an event, as a monotonic instant; INT64_MAX
 * never. */
int64_t engine_next_mono_ms(const struct engine *e, int64_t mono_ms, int64_t wall_ms);

/* ---- the usual sender ---- */

/* The sender a number gets when nothing else decides: among the program's usable ones (of its area code, if any)
 * the winner of a rendezvous hash, so that it stays the same while senders come and go. 0: none usable. */
uint32_t engine_usual_sender(const struct engine *e, uint32_t org, uint32_t program, uint64_t number,
                             uint16_t area_code);

/* ---- what people ask ---- */

struct engine_lane_view {
    struct engine_lane lane;
    size_t waiting;
    bool paused;
    enum { LANE_IDLE, LANE_SENDING, LANE_BLOCKED } state;
    enum engine_scope blocked_by;  /* when blocked */
    int64_t blocked_until_mono_ms;
};
struct engine_view {
    size_t items, in_flight, arming, doubts, lanes, lanes_blocked[SCOPES]; /* by scope */
    size_t breakers_open;
};
void engine_view(const struct engine *e, struct engine_view *out);
size_t engine_lanes(const struct engine *e, struct engine_lane_view *out, size_t max);
struct engine_limit_view { struct engine_limit limit; int64_t in_use, used_ever; };
size_t engine_limits(const struct engine *e, uint32_t org, struct engine_limit_view *out, size_t max);

#endif

/*
 * pump_inside: what the parts of the pump share. For pump*.c only.
 *
 * An *item* is the pump's memory of one message from the moment it is drawn until what became of it is
 * durable: only then may the store be asked about it again, so a message is never in hand twice. A *run* is
 * a stretch of a campaign with its cursor; a *job* is a change on its way through the store's queue.
 *
 *   item:  WAITING (in the engine) -> ARMING (arm commit) -> ARMED (POST) -> RECORDING (commit) -> gone
 *             |                          |                                     |   ^
 *             +-> given back: gone       +-> stale, opted out: LEAVING         v   |
 *             +-> set back: RECORDING -> gone     -> given back: gone         DOUBT
 *
 * Parts, each calling only those above it: jobs, items, runs, draw, urgent, arm, send, doubt, notes, start, pump. What
 * one cannot do now it tells the pump, as other threads do (pump_tell).
 */
#ifndef STERLING_APP_PUMP_INSIDE_H
#define STERLING_APP_PUMP_INSIDE_H

#include "app/directory.h"
#include "app/listing.h"
#include "app/pump.h"
#include "base/bell.h"
#include "base/log.h"
#include "base/map.h"
#include "rules/content.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    DRAW_PAGE = 64,             /* rows read at a time */
    DRAW_SCAN_MAX = 512,        /* rows looked at for one draw command */
    DRAW_ITEMS_MAX = 256,       /* messages given to the engine at once */
    SETBACKS_MAX = 1024,        /* setbacks waiting for their commit; more are not drawn meanwhile */
    SETBACKS_BATCH = 256,
    OUTCOMES_BATCH = 256,
    ANSWERS_MAX = 64,           /* answers taken from the provider at once */
    COMMANDS_MAX = 128,
    DRAWS_HELD_MAX = 512,       /* draws asked for and not made yet, and room for those of one take */
    RUNS_HELD_MAX = 65536,      /* runs of one campaign in memory; the rest is read as these end */
    RUNS_READ_MAX = 4096,       /* at once, a few milliseconds; the rest at the next look */
    LIST_PAGES_MAX = 50,
    WINDOWS_MAX = 4096,
    ARMS_RESTORED_FIRST = 1024, /* attempts before a restart that still use limits: room for so many … */
    ARMS_RESTORED_MAX = 1024 * 4096, /* … and at most, four times as many each time */
    SCRATCH_BYTES_MAX = 16 << 20,
    VALIDITY_S_MAX = 36000,     /* ValidityPeriod, reference section 2.1 */
};
static const int64_t STORE_WAIT_MS = 200;    /* before a change that met a full store is tried again */
static const int64_t CURSOR_LAG_MS = 100;    /* a cursor may stay behind what was armed so long */
static const int64_t RECHECK_MS = 600000;    /* a recipient held for a condition of its own is asked again */
static const int64_t CHECK_MS = 250;         /* between looks at whether a campaign is complete */
static const int64_t SWEEP_MS = 100;
static const int64_t CLOCK_STEP_LEAST_MS = 500; /* less is a clock being steered */
static const int64_t CLOCK_STEP_MAX_MS = 7200000; /* between arming and a restart the wall clock may have stepped */

enum item_stage { ITEM_WAITING = 1, ITEM_ARMING, ITEM_ARMED, ITEM_RECORDING, ITEM_DOUBT, ITEM_LEAVING };

struct pump_job;
struct pump_campaign;

struct pump_run {
    struct run row;              /* row.next: the durable cursor */
    uint64_t sent;               /* the cursor last submitted */
    uint64_t read;               /* next id to draw */
    struct pump_item *first, *last; /* drawn and not settled, ascending */
    struct pump_campaign *campaign;
    struct pump_run *previous, *next; /* of the same campaign and carrier */
    struct pump_run *dirty_next;
    bool dirty;
};

struct pump_campaign {
    uint64_t id;
    org_id org;
    struct pump_run *first[CARRIER_COUNT], *last[CARRIER_COUNT];
    size_t runs;
    uint64_t runs_after;         /* runs up to this id were read */
    bool runs_all;               /* no more are in the store, as far as known */
    size_t items;                /* messages in hand */
    int64_t check_mono_ms;       /* INT64_MAX: no look is due */
    bool closing;                /* a change of its state is under way */
};

struct pump_item {
    uint64_t message, contact, number;
    struct lane_key lane;
    struct pump_campaign *campaign; /* NULL: direct */
    struct pump_run *run;           /* NULL: drawn from a due row, or settled */
    struct pump_item *run_previous, *run_next, *number_next, *setback_next;
    struct pump_job *job;           /* the change that carries it now */
    enum item_stage stage;
    org_id org;
    uint32_t sender, contact_sender, org_rev, campaign_rev;
    uint16_t segments;
    uint8_t attempt, edge;
    bool urgent, charity;
    bool usual;                     /* `sender` was the recipient's usual one when it was armed */
    bool stopped;                   /* its person said STOP after it was drawn */
    bool proved;                    /* a callback of this attempt came */
    bool seen_again;                /* it was seen waiting in the store while in hand: to be drawn afterwards */
    int32_t day;                    /* the carriers' day it was armed on */
    /* armed_ms: our wall clock. armed_mono_ms: or, in doubt since before a restart, when that was. */
    int64_t due_at_ms, expires_ms, closes_ms, armed_ms, armed_mono_ms, doubt_deadline_ms;
    int64_t cost_micros;            /* reserved of the organization's cap */
    struct frequency_caps caps;     /* of marketing to this person */
    enum message_state to;          /* of a setback … */
    enum message_reason reason;
    int64_t next_ms;
    char sid[SID_BYTES];
    bool restored;                  /* in doubt since before a restart */
    struct pump_urgent *admission;  /* of one that is not in the store yet; NULL */
    uint64_t body_hash;             /* of the normalised text: a hint in doubt */
    struct str body;                /* owned; empty once sent */
    struct doubt_listing *listing;        /* while one is under way */
    uint64_t tag;                   /* of the request that is out for it */
};

/* A change on its way. `finish` runs on the pump's thread when it is durable or refused, and frees it. */
struct pump_job {
    struct pump *pump;
    struct change *change;
    void (*finish)(struct pump *p, struct pump_job *job);
    void (*again)(struct pump *p, struct pump_job *job); /* before it is submitted again; may be NULL */
    void (*drop)(struct pump_job *job); /* frees it without a word, when the pump ends; NULL: plain free */
    struct pump_job *next;
};
struct job_list {
    struct pump_job *first, *last;
};
struct note_list {
    struct note_node *first, *last;
};
struct outcome_job;

/* An urgent admission that was handed over (pump_urgent.c). */
struct pump_urgent;

struct pump_lane {
    struct lane_key key;
    bool sweep; /* its campaign was canceled: end what waits in due rows */
};

struct pump_stop {
    struct note note;
    struct pump_stop *next;
};

struct pump {
    struct pump_ports ports;
    struct store_reader *reader;
    const struct store_ops *ops;
    struct engine *engine;
    struct directory *directory;
    struct arena scratch;
    bool draining, started;
    int64_t mono_ms;             /* of this step; never goes back */
    int64_t wall_ms;             /* goes back only when the wall clock was stepped back (pump_clock) */
    int64_t shown_wall_ms;       /* what the wall clock shows, to the millisecond */
    int64_t start_mono_ms;

    struct map items;            /* message -> item */
    struct map numbers;          /* number -> first item */
    struct map campaigns;        /* id -> struct pump_campaign */
    struct map runs;             /* id -> struct pump_run, those in memory */
    struct map lanes;            /* hash of lane_key -> struct pump_lane */
    struct map reserved;         /* org -> micro-dollars under way */
    struct map windows;          /* zones -> (until << 1 | open) */
    struct map law_caps;         /* zones -> count << 16 | hours, of this hour … */
    int64_t law_caps_hour;       /* … since 1970 */
    struct map gates;            /* account -> 1 once it has its first gate */
    struct map tags;             /* tag -> item, requests with the provider */
    uint64_t last_tag;
    int64_t check_mono_ms;       /* the earliest look that some campaign waits for */
    struct pump_run *dirty;
    int64_t dirty_mono_ms;       /* since when some cursor lags */
    struct pump_item *setbacks;  /* waiting for a commit */
    size_t setbacks_count;
    size_t sweeps;               /* lanes to sweep */
    int64_t sweep_mono_ms;
    struct outcome_job *outcomes; /* being filled */
    struct pump_item **arming;   /* being collected from one take of commands */
    size_t arming_count, arming_capacity;
    size_t arms_out;             /* arm changes under way */
    struct pump_stop *stops;
    struct pump_urgent *urgents; /* offered to the engine and not decided yet */
    uint64_t urgents_ever;
    struct command draws[DRAWS_HELD_MAX];
    size_t draws_count;
    _Atomic bool hurry;          /* what is told or came back should not wait for the end of a long step */

    int32_t day;                 /* the carriers' day, and its end */
    int64_t day_ends_ms;

    struct job_list waiting;     /* to be submitted again */
    int64_t waiting_mono_ms;
    size_t jobs_out;

    struct bell bell;            /* wakes the pump's thread */
    pthread_mutex_t lock;        /* guards what follows */
    struct job_list finished;
    struct note_list notes;
    struct pump_view view;
    bool drained;

    struct pump_view counts;     /* the pump thread's own */
    struct note_list unread;     /* what did not read when it was told: again from unread_mono_ms on */
    int64_t unread_mono_ms;
    int64_t view_mono_ms;        /* the engine is looked at again from then on */
    struct message rows[DRAW_PAGE];
    struct contact contacts[DRAW_PAGE];
    struct due dues[DRAW_PAGE];
    struct engine_item drawn[DRAW_ITEMS_MAX];
    struct command commands[COMMANDS_MAX];
    struct provider_answer answers[ANSWERS_MAX];
};

/* ---- jobs ---- */
void pump_submit(struct pump *p, struct pump_job *job);
void pump_jobs_finish(struct pump *p); /* runs finish of all that came back; submits again what is due */
bool pump_store_full(const struct pump *p);
void pump_jobs_drop(struct pump *p);   /* those that came back and those that wait */
void pump_job_list_put(struct job_list *l, struct pump_job *job);
void pump_job_back(struct pump_job *job); /* from any thread: finish runs at the next step */

/* ---- items ---- */
struct pump_item *pump_item_new(struct pump *p, uint64_t message, uint64_t number, const struct lane_key *lane);
struct pump_item *pump_item(const struct pump *p, uint64_t message);
void pump_item_free(struct pump *p, struct pump_item *i); /* outside its run; releases what it reserved */
void pump_item_rename(struct pump *p, struct pump_item *i, uint64_t message);
void pump_item_drop_body(struct pump_item *i);
void pump_item_reserve(struct pump *p, struct pump_item *i, int64_t cost_micros);
int64_t pump_reserved(const struct pump *p, org_id org);
struct pump_item *pump_items_of_number(const struct pump *p, uint64_t number);
uint64_t pump_lane_hash(const struct lane_key *k);
/* Asks for a look, soon, at whether the campaign is complete or may be forgotten. */
void pump_campaign_look(struct pump *p, struct pump_campaign *c);

/* ---- runs, campaigns, lanes ---- */
/* The campaign, read from the store if it is not known yet. NULL: gone, or no memory. */
struct pump_campaign *pump_campaign(struct pump *p, org_id org, uint64_t campaign);
/* Reads it again and acts upon it. Anything but ERR_OK and ERR_NOT_FOUND: it did not read, and is to be read again. */
MUST_CHECK enum err pump_campaign_changed(struct pump *p, org_id org, uint64_t campaign);
void pump_campaigns_free(struct pump *p);
void pump_campaigns_check(struct pump *p); /* completes those that are done */
void pump_campaign_ready(struct pump *p, struct pump_campaign *c);
void pump_runs_free(struct pump *p, struct pump_campaign *c);
/* Of a campaign that rests: forgets the stretches of which nothing is in hand, which are read again when it goes on.
 * True if some only wait for their cursor to be durable. */
bool pump_runs_rest(struct pump *p, struct pump_campaign *c);
void pump_campaign_pause(struct pump *p, const struct command *c);
/* Pauses it because its template is blocked (rules/content.h), which a person has to look at. */
void pump_campaign_forbid(struct pump *p, struct pump_campaign *c, struct str text, const struct content_case *facts);
enum err pump_runs_read(struct pump *p, struct pump_campaign *c);
/* The run to draw from now for that carrier; else NULL and *opens_ms says when one opens. */
struct pump_run *pump_run_open(struct pump *p, struct pump_campaign *c, enum message_kind kind, uint8_t carrier,
                               int64_t *opens_ms);
void pump_run_put(struct pump_run *r, struct pump_item *i);  /* drawn */
void pump_run_settle(struct pump *p, struct pump_item *i);   /* what became of it is durable */
void pump_run_give_back(struct pump *p, struct pump_item *i); /* to be drawn again */
void pump_run_dirty(struct pump *p, struct pump_run *r);
uint64_t pump_run_cursor(const struct pump_run *r); /* where it may stand now */
struct arm_cursor pump_run_cursor_with(const struct pump_run *r, const struct pump_job *job); /* as of that change */
void pump_run_moved(struct pump *p, uint64_t run, uint64_t next); /* its cursor is durable */
void pump_run_refused(struct pump *p, uint64_t run);               /* … or did not move: to be sent again */
void pump_lane_ready(struct pump *p, const struct lane_key *k, int64_t wall_ms);
void pump_lanes_of_org(struct pump *p, org_id org);
void pump_item_done(struct pump *p, struct pump_item *i); /* frees it; its lane is drawn if it was seen again */
/* The provider refused an attempt from that sender with that code: if a person has to mend that, people are told. */
void pump_sender_refused(struct pump *p, org_id org, uint32_t sender, int32_t code);
void pump_sender_told(struct pump *p, const struct note *n); /* in a status callback: the engine is told, too */
void pump_sender_release(struct pump *p, const struct note *n);
/* The law's cap on marketing to those places. */
struct frequency_cap pump_law_cap(struct pump *p, uint64_t zones);
void pump_window(struct pump *p, uint64_t zones, enum message_kind kind, bool *open, int64_t *until_ms);

/* ---- draw ---- */
void pump_draw(struct pump *p, const struct command *c);
void pump_offer(struct pump *p, const struct lane_key *lane, uint64_t message);
/* Offers a message that is not in the store yet. NULL: the gate, a full engine or something else is against it. */
struct pump_item *pump_draw_urgent(struct pump *p, const struct lane_key *lane, const struct message *m);
void pump_sweep(struct pump *p);
uint64_t pump_text_hash(struct pump *p, const struct message *m); /* listing_body_hash; 0: cannot be rendered */

/* ---- arm ---- */
void pump_given_back(struct pump *p, const struct command *c);
void pump_arm_collect(struct pump *p, const struct command *c);
void pump_arm_flush(struct pump *p); /* submits what was collected */
struct arm_item pump_arm_row(struct pump *p, struct pump_item *i); /* its cost is known now, too */
void pump_arm_lag(struct pump *p);   /* setbacks and cursors that no arming carries */
void pump_setback(struct pump *p, struct pump_item *i, enum message_state to, enum message_reason reason,
                  int64_t next_ms);

/* ---- send ---- */
void pump_post(struct pump *p, const struct command *c);
void pump_recall(struct pump *p, const struct command *c);
void pump_record(struct pump *p, const struct command *c);
void pump_outcomes_flush(struct pump *p);
/* Takes an answer; a listing's page is not judged: its item is given back. */
struct pump_item *pump_answer(struct pump *p, const struct provider_answer *a);
void pump_probe(struct pump *p, const struct command *c);

/* ---- urgent admissions ---- */
void pump_urgent_offer(struct pump *p, struct change_admit *c);
void pump_urgent_arm(struct pump *p, struct pump_item *i);
void pump_urgent_plain(struct pump *p, struct pump_item *i); /* not now: it is admitted as any other */
void pump_urgent_rest(struct pump *p, bool more); /* plain for those that the engine did not arm */
void pump_urgent_free(struct pump *p);
void pump_urgent_cancel(struct change_admit *c); /* the pump ends: nothing was written */

/* ---- doubt ---- */
void pump_list(struct pump *p, const struct command *c);
void pump_listed(struct pump *p, struct pump_item *i, const struct provider_answer *a);
void pump_doubt_bind(struct pump *p, struct pump_item *i, const char *sid); /* it is that message of the provider's */
void pump_doubt_moved(struct pump *p, const struct command *c);
void pump_doubt_absent(struct pump *p, const struct command *c);
enum err pump_doubt_restore(struct pump *p, const struct doubt *d);

/* ---- notes ---- */
void pump_notes_take(struct pump *p);
void pump_stops_answer(struct pump *p); /* STOPs whose armed attempts are settled */
void pump_notes_free(struct pump *p);

/* ---- learned limits ---- */
void pump_learned(struct pump *p, const struct command *c);
enum err pump_learned_restore(struct pump *p);

/* ---- start and step ---- */
enum err pump_day(struct pump *p);
void pump_clock(struct pump *p);
void pump_account_gate(struct pump *p, uint32_t account); /* a new account: replies only until it is told otherwise */

#endif

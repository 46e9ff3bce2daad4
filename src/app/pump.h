/*
 * pump: the sending thread's loop, as a machine: it ties engine, store queue and provider together.
 *
 * It draws messages from the store, asks the gate, renders, prices, offers them to the engine, commits
 * arming, POSTs, records answers, resolves doubt. Single-threaded: pump_step runs on one thread and does
 * not block but for store reads. Others speak to it with pump_tell (thread-safe). All ports are tables of
 * functions, so that the simulation runs this very code over the ram store, the sandbox model and a virtual
 * clock.
 *
 * Fails: ERR_IO and the like from the store stop arming (the writer stops the process); a provider's failure
 * is the engine's to judge. It does not read configuration files, open sockets or write logs of bodies.
 */
#ifndef STERLING_APP_PUMP_H
#define STERLING_APP_PUMP_H

#include "app/public_id.h"
#include "app/seal.h"
#include "app/sender_pauses.h"
#include "app/settings.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "store/queue.h"
#include "twilio/provider.h"

struct pump;

struct pump_ports {
    struct clock *clock;
    struct store *store;         /* the pump opens its own reader */
    struct store_queue *queue;
    struct provider *provider;
    const struct settings *settings;
    const struct public_ids *ids;
    struct sender_pauses *pauses; /* what others are shown of senders that wait for a person; NULL: nobody */
    const struct sealer *sealer;  /* NULL: tokens are stored plain (simulation) */
    bool clock_is_steady;        /* the wall clock was not stepped since this store was last written: recorded
                                    instants of recent answers hold. False: they count as just now */
    uint64_t seed;
    /* Twilio refused a message because of the organization's account (suspended, token refused); may be NULL. */
    void (*account_refused)(void *owner, org_id org);
    void (*wakeup)(void *owner); /* as the provider is woken, when pump_step has something new; may be NULL */
    void *owner;
};

enum note_kind {
    NOTE_ORG_CHANGED = 1,  /* org: read org, programs, senders and limits again */
    NOTE_CAMPAIGN_CHANGED, /* org, campaign: state, runs or template changed; takes effect at the next step */
    NOTE_ADMITTED,         /* message, lane, at_ms, urgent: a due row was made (admitted, or waiting again) */
    NOTE_URGENT,           /* admit: an urgent admission, its `done` and `owner` set, handed over instead of being
                              submitted: it is submitted armed if its lane is free, else as it is */
    NOTE_CANCELED,         /* org, message: canceled in the store */
    NOTE_STOPPED,          /* org (0: all), number: opted out, committed. `done` is called (pump's thread) once armed
                              attempts without a first byte were withdrawn: only then may the webhook be answered */
    NOTE_STATUS,           /* org, message, attempt, campaign, state: a callback was applied (proof, auto-pause);
                              with code, lane and sender too, the limit that the code names learns */
    NOTE_GATE,             /* account's org, gate: inbound messages were read back, or must be */
    NOTE_DRAIN,            /* arm nothing more; pump_drained tells when nothing is in flight */
    NOTE_SENDER_MENDED,    /* org, sender: what it was paused for is mended, says somebody */
};
struct note {
    enum note_kind kind;
    uint32_t org;
    uint64_t message, campaign, number;
    struct lane_key lane;
    int64_t at_ms;
    uint8_t state;
    uint8_t attempt;       /* STATUS: the attempt that the callback was for */
    bool urgent;           /* ADMITTED: it goes before what waits in its lane */
    int32_t code;          /* STATUS: Twilio's error code, 0 none */
    uint32_t sender;       /* STATUS: the message's sender; SENDER_MENDED */
    enum engine_gate gate;
    struct change_admit *admit;
    void (*done)(void *owner);
    void *owner;
};

MUST_CHECK enum err pump_new(const struct pump_ports *p, struct pump **out, struct fault *f);
/* Every change it submitted must have come back (the writer is stopped); what they say is not looked at. */
void pump_free(struct pump *p);
/* Once, before stepping: loads orgs, live campaigns, recent arms, doubts, lanes with due rows. The store's
 * CHANGE_RECOVER must have been committed. Every account starts at GATE_REPLIES_ONLY unless told otherwise. */
MUST_CHECK enum err pump_start(struct pump *p, struct fault *f);
/* Does what can be done now, polling the provider for at most `wait_ms`; gives the longest useful wait. */
int64_t pump_step(struct pump *p, int64_t wait_ms);
void pump_tell(struct pump *p, const struct note *n); /* from any thread */
bool pump_drained(struct pump *p);
void pump_check(const struct pump *p); /* BUG_IF an invariant of pump or engine is broken; O(everything) */

enum { PUMP_REFUSALS_MAX = 32 };
struct pump_view {
    struct engine_view engine;
    int64_t accepted, rejected, throttled, unsent, in_doubt, posts;   /* since start */
    struct {
        int32_t code;
        int64_t count;
    } refusals[PUMP_REFUSALS_MAX];    /* rejected ones by the provider's code; codes beyond the table are left out */
    int64_t drawn, blocked, held;
    int64_t stretches;            /* of campaigns, in memory */
    int64_t urgent_at_once;       /* admitted and armed in one commit */
    int64_t provider_offset_ms;   /* the provider's clock less ours, from its Date headers */
    bool provider_clock_known;
};
/* A copy made by the pump's thread at its last step (of the engine: not more than a tenth of a second before
 * that); from any thread. */
void pump_view(struct pump *p, struct pump_view *out);

#endif

/*
 * app: what every use case needs, and how a write travels.
 *
 * One `struct app` lives as long as the process and is shared by all threads; everything in it is set once
 * before the threads start, or is atomic. What a thread owns alone (its store reader, its arena) is passed to
 * each call.
 *
 * A use case that writes *prepares* a job: it validates, builds the change and returns ERR_OK, or fills the
 * problem and touches nothing. The caller then submits the job. When its commit is durable (or was refused)
 * `after` runs on the committing thread, tells the pump, and then `finish` runs: only after that may anything
 * be answered.
 */
#ifndef STERLING_APP_APP_H
#define STERLING_APP_APP_H

#include "app/problem.h"
#include "app/public_id.h"
#include "app/settings.h"
#include "base/clock.h"
#include "store/queue.h"

#include <stdatomic.h>

struct sealer;
struct price_table;
struct lookups;   /* app/lookups.h */
struct site_checks; /* app/site_check.h */
struct verifier;  /* app/verifier.h */
struct primary_ask; /* app/primary_profile.h */
struct sender_pauses; /* app/sender_pauses.h */
struct number_workers; /* app/number_workers.h */
struct note;      /* app/pump.h */
struct pump_view; /* app/pump.h */

enum { CALLBACK_DELAY_STEPS = 8 };
extern const int64_t CALLBACK_DELAY_BOUNDS_MS[CALLBACK_DELAY_STEPS]; /* upper bounds, ascending */

enum { APP_ERROR_CODES = 64 };
struct app_error_count {
    _Atomic int32_t code; /* 0: free */
    _Atomic int64_t count;
};

/* Counted since start, for /metrics. */
struct app_counters {
    _Atomic int64_t requests, requests_refused, auth_failures, auth_throttled, connections_refused, connections_shut;
    _Atomic int64_t callbacks, callbacks_denied, callbacks_unknown, inbound, inbound_duplicates, stops;
    _Atomic int64_t admitted, imports_started, events_subscribers, events_dropped;
    /* Tenants' webhooks: deliveries by their end, and those out now. */
    _Atomic int64_t hooks_delivered, hooks_failed, hooks_dead, hooks_in_flight, hooks_in_flight_slow;
    /* How long after the message's last known moment (armed or answered) its callback came. */
    _Atomic int64_t callback_delay[CALLBACK_DELAY_STEPS + 1], callback_delay_sum_ms;
    struct app_error_count error_codes[APP_ERROR_CODES];
    _Atomic bool test_credentials; /* the provider said so when it was asked for messages (20008): nothing is sent */
};

struct app {
    const struct settings *settings;
    struct clock *clock;
    struct store *store;
    struct store_queue *queue;
    const struct sealer *sealer; /* NULL: secrets are stored plain (tests, simulation) */
    const struct public_ids *ids;
    const struct price_table *prices;
    /* The pump's ear and its mirror; both from any thread. `look` may be NULL. */
    void (*tell)(void *pump, const struct note *n);
    void (*look)(void *pump, struct pump_view *out);
    void *pump;
    bool urgent_by_pump; /* `tell` takes NOTE_URGENT: an urgent admission is handed to the pump */
    /* The writer's figures, NULL where there is none. */
    void (*writer_look)(void *writer, struct writer_stats *out);
    void *writer;
    /* Wakes the worker that runs imports. NULL in tests without one. */
    void (*wake_imports)(void *imports);
    void *imports;
    /* Wakes the workers that move registrations along. NULL in tests without them. */
    void (*wake_registrations)(void *onboarding);
    void *onboarding;
    /* Has one of them ask for the ISV's own profile (app/primary_profile.h). NULL in tests without them. */
    void (*ask_primary)(void *onboarding, struct primary_ask *ask);
    struct sender_pauses *pauses;    /* senders that wait for a person; NULL: nothing is known of them */
    /* Wakes the workers that buy numbers and look at accounts. NULL in tests without them. */
    void (*wake_numbers)(void *workers);
    /* An organization has new senders: its account is soon looked at. NULL in tests without the workers. */
    void (*look_at_numbers)(void *workers, org_id org);
    void *numbers_owner;
    struct number_workers *_Atomic number_workers; /* who answers searches; NULL: nobody */
    struct lookups *_Atomic lookups; /* who asks Lookup; NULL: nobody */
    struct site_checks *_Atomic sites; /* who reads websites; NULL: nobody */
    struct verifier *_Atomic verifier; /* who asks Verify; NULL: nobody */
    /* Bumped when an organization, its tokens or the installation's account change: caches of them are stale.
     */
    _Atomic uint64_t accounts_generation;
    _Atomic bool ready; /* for /readyz: set by the runtime when all threads run, cleared at stop */
    struct app_counters counters;
};

/* A write on its way. Lives in its maker's memory until `finish` has been called. */
struct app_job {
    struct app *app;
    struct change *change; /* NULL: nothing to write; answer at once */
    /* The use case's own: runs on the committing thread when the change was applied (not when it was refused
     * or replayed). True: it calls app_job_finish itself, later, from whatever thread. May be NULL. */
    bool (*after)(struct app_job *job);
    bool by_pump;       /* the pump submits the change, an admission, with its arming if it can */
    bool after_repeats; /* `after` runs for a repeat, too: what it waits for may still be under way */
    void (*finish)(struct app_job *job); /* the caller's; job->change->result tells how it went */
    void *owner;                         /* the caller's */
    void *context;                       /* the use case's */
};

/* Hands the job's change to the queue. job->app, change and finish must be set. change->owner becomes the
 * job. */
void app_submit(struct app_job *job);
/* Ends a job whose `after` said that it would. */
void app_job_finish(struct app_job *job);
/* Submits and waits; for workers and tests. `after` is waited for too. Returns change->result. */
MUST_CHECK enum err app_submit_wait(struct app_job *job);

/* Seals a secret of an organization under "org:ID:what", or copies it where there is no sealer. */
MUST_CHECK enum err app_seal(const struct app *app, struct arena *a, org_id org, const char *what,
                             struct str plain, struct str *out);
MUST_CHECK enum err app_unseal(const struct app *app, struct arena *a, org_id org, const char *what,
                               struct str sealed, struct str *out, struct fault *f);

/* Counts one message that ended with this provider's code. Codes beyond the table are left out. */
void app_count_error(struct app *app, int32_t code);
/* Counts one callback that came `delay_ms` after the message's last known moment. */
void app_count_callback_delay(struct app *app, int64_t delay_ms);

#endif

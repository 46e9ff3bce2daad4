/*
 * number_workers: buys, sets up and gives back numbers, looks at accounts for drift, and answers searches.
 *
 * Some threads with a store reader and a connection each. Whoever waits for a search comes first; then what is due of
 * numbers and of drift, an organization at a time, so that a slow account holds up one thread at most. The background
 * asks Twilio no faster than numbers.requests_per_min. All that it does is stored before and after: a kill anywhere
 * buys nothing twice (numbers_turn.c).
 *
 * Every call carries the credentials of the organization's own account.
 */
#ifndef STERLING_APP_NUMBER_WORKERS_H
#define STERLING_APP_NUMBER_WORKERS_H

#include "app/numbers.h"

struct number_workers;

MUST_CHECK enum err number_workers_start(struct app *app, struct number_workers **out, struct fault *f);
void number_workers_wake(struct number_workers *w); /* something is due now; any thread; NULL is fine */
/* Has the account looked at within seconds, for whoever added senders; any thread; NULL is fine. Not while looks are
 * off (drift.every_ms = 0). Kept in memory only, and of so many at once that some are forgotten: the daily look comes
 * anyway. */
void number_workers_look(struct number_workers *w, org_id org);
/* Searches that wait are answered ERR_UNAVAILABLE. Before the HTTP server stops. */
void number_workers_end(struct number_workers *w);
void number_workers_stop(struct number_workers *w); /* after it; NULL is fine */

/* One search that somebody waits for. Lives in its maker's memory until `finish` has been called. */
struct number_ask {
    struct org org;
    struct number_search search;
    void (*finish)(struct number_ask *ask);
    void *owner;
    /* out */
    enum err result;
    struct fault fault;
    struct buf *offers;        /* the offers, as members of a JSON array; the maker's */
    size_t count;
    struct number_ask *next;
};
void number_workers_ask(struct number_workers *w, struct number_ask *ask);

#endif

/*
 * numbers_inside: one organization's numbers, or its drift, being moved along by one worker: what its files share.
 * Not for anyone else; the contract is number_workers.h.
 */
#ifndef STERLING_APP_NUMBERS_INSIDE_H
#define STERLING_APP_NUMBERS_INSIDE_H

#include "app/numbers.h"
#include "store/store.h"

enum { NUMBERS_MARKER_BYTES = 32, NUMBERS_URL_BYTES = 640 };

struct numbers_turn {
    struct app *app;
    struct store_reader *r;
    struct rest *rest;
    struct arena *a;               /* cleared when the turn is over */
    bool (*pace)(void *owner);     /* waits until Twilio may be asked again; false: stop */
    void *owner;
    struct org org;
    struct twilio_account account; /* wiped at the end of the turn */
    char inbound[NUMBERS_URL_BYTES], fallback[NUMBERS_URL_BYTES];
    struct fault f;
};

/* The organization, its account and its webhooks' addresses. The fault tells why not. */
MUST_CHECK enum err numbers_turn_open(struct numbers_turn *t, org_id org);
void numbers_turn_close(struct numbers_turn *t);
int64_t numbers_turn_now_ms(const struct numbers_turn *t);

/* ---- numbers_turn.c ---- */
/* Stores the row as it is now, in one commit with its sender (NULL: none), if that is still as it was read. It is an
 * event if people see something new of it. ERR_CONFLICT, ERR_NOT_FOUND: somebody was quicker, or t->f tells what is
 * wrong with the sender. */
MUST_CHECK enum err numbers_turn_store(struct numbers_turn *t, struct owned_number *n, struct sender *sender,
                                       const struct sender *was);
/* What cannot even be begun waits ten minutes; t->f is its reason. False: the store failed. */
bool numbers_turn_put_off(struct numbers_turn *t, struct owned_number *n);
/* One step after the other, as far as it goes; what came of it is stored. False: the store failed. */
bool numbers_turn_run(struct numbers_turn *t, struct owned_number *n);

/* ---- drift.c ---- */
bool drift_turn_run(struct numbers_turn *t, struct drift *d);

#endif

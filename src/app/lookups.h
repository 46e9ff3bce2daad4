/*
 * lookups: what kind of line a number is, asked of Twilio's Lookup and remembered.
 *
 * What Lookup said is the installation's, whoever asked, for lookup.keep_days; what it costs is the organization's:
 * so many numbers a calendar month (lookup.month_max, UTC), taken durably before Twilio is asked and given back when it
 * did not answer, so that a crash may lose a look-up but never overdraws. Each request carries the credentials of the
 * organization's own Twilio account. What is learnt goes to the organization's facts about the number (a landline or a
 * number that nobody can have is blocked by the gate) and to its contact's carrier.
 *
 * One thread asks, one number after the other, no faster than limits.lookup_per_s: single numbers that people wait for
 * first, then lists (hygiene.h), a chunk at a time.
 */
#ifndef STERLING_APP_LOOKUPS_H
#define STERLING_APP_LOOKUPS_H

#include "app/app.h"
#include "twilio/lookup.h"

struct lookups;

MUST_CHECK enum err lookups_start(struct app *app, struct lookups **out, struct fault *f);
/* Those who wait are answered ERR_UNAVAILABLE at once; lists go on at the next start. Before the HTTP server stops. */
void lookups_end(struct lookups *l);
void lookups_stop(struct lookups *l); /* after it; NULL is fine */
void lookups_wake(struct lookups *l); /* a list is to be looked up; any thread */

/* One number that somebody waits for. Lives in its maker's memory until job.finish has been called. */
struct lookup_job {
    struct app_job job;         /* submit it */
    struct change_lookup change;
    struct org org;
    char verified_on[9];        /* "20260131", or "" */
    struct line_record line;    /* the answer, when result is ERR_OK */
    bool cached;
    bool voided;                /* it belongs to somebody else since the consent on record, which is void now */
    enum err result;            /* once finished, if change.head.result is ERR_OK */
    struct fault fault;
    struct lookup_job *next;
};
/* Prepares; `verified_ms` is a day to ask about reassignment since, or 0. ERR_UNAVAILABLE: nobody asks Twilio here. */
MUST_CHECK enum err lookups_get(struct app *app, struct store_reader *r, const struct org *org, uint64_t number,
                                int64_t verified_ms, struct lookup_job *out, struct problem *p);

/* ---- for hygiene.c ---- */
int32_t lookups_month(int64_t now_ms); /* 202611 */
/* Does what is known answer the question? */
bool lookups_is_fresh(const struct app *app, const struct line_record *known, int64_t verified_ms);
void lookups_day(int64_t at_ms, char out[9]); /* "20260131" */
/* When the oldest consent was given by which a program may write to the number, to all of them or to that one;
 * 0: there is none, or it cannot be told. */
int64_t lookups_consented_ms(struct store_reader *r, uint32_t org, uint64_t number);
/* The entry that makes void what was agreed to with a number before it changed hands, in every scope of the
 * organization (47 CFR 64.1200(m), the reassigned numbers database). */
struct consent lookups_void(uint32_t org, uint64_t number, int64_t now_ms);
/* What the organization's contact at that number gets; 0 keeps. */
uint8_t lookups_carrier(const struct line_record *l);
/* Asks Twilio once, paced; on the look-up thread. ERR_LIMIT: too fast, try later. Others as of rest.h. */
MUST_CHECK enum err lookups_ask(struct lookups *l, const struct twilio_account *a, uint64_t number, int64_t verified_ms,
                                struct line_record *out, struct fault *f);
/* The organization's own account. ERR_DENIED: it has none that may ask. Wipe it. */
MUST_CHECK enum err lookups_account(struct app *app, struct arena *a, const struct org *org, struct twilio_account *out,
                                    struct fault *f);
bool lookups_interrupted(struct lookups *l); /* somebody waits, or it is to end: a list makes way */

#endif

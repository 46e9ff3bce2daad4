/*
 * verifier: has Twilio Verify prove numbers: starts, checks and cancels verifications, a few workers at a time.
 *
 * A verification is an organization's own (rules/verification.h); the code is Twilio's, sent by a service of the
 * organization's that is made in its account when it is first needed and is found again there by its name. What a
 * request costs somebody is taken durably before Twilio is asked: so many codes for a number, for a client's address
 * and for a country, so many tries for a number, in any hour (settings verify.*); a crash or a restart gives nothing
 * back. Opt-outs are not asked: a code is what its reader has just asked for, and no advertisement.
 *
 * Each service is asked no faster than limits.verify_per_s; whoever would wait longer than a second is refused at once.
 * One number has one request at a time. A request to send whose end is not known (a crash, no answer) is looked for at
 * Twilio before anything else is done for that number, so that it is not sent twice.
 *
 * Codes that people type live in the request's memory and in one form; they are not stored, logged or told back.
 */
#ifndef STERLING_APP_VERIFIER_H
#define STERLING_APP_VERIFIER_H

#include "app/app.h"
#include "base/ip.h"

struct verifier;

MUST_CHECK enum err verifier_start(struct app *app, struct verifier **out, struct fault *f);
void verifier_end(struct verifier *v);  /* those who wait are refused; before the HTTP server stops; NULL is fine */
void verifier_stop(struct verifier *v); /* after it; NULL is fine */

enum verify_task { VERIFY_TASK_START = 1, VERIFY_TASK_CHECK, VERIFY_TASK_CANCEL, VERIFY_TASK_SERVICE };

struct verify_ask {
    uint64_t number;
    enum verification_channel channel;
    struct str locale;    /* "": Twilio's choice; must last as long as the job */
    struct ip address;    /* the client's */
    bool has_address;
};

/* One request that somebody waits for. Lives in its maker's memory until job.finish has been called. */
struct verify_job {
    struct app_job job;               /* submit it */
    enum verify_task task;
    struct org org;
    uint64_t number;                  /* that it is about; 0: none */
    struct verify_service_record service; /* once it is known */
    struct change_verification before;    /* what is taken, and who is asked for; stored before Twilio is asked */
    struct change_verification after;     /* what became of it */
    struct idempotency *idem;         /* of `after`, may be NULL: only what went well is kept */
    char code[VERIFICATION_CODE_MAX + 1]; /* wiped when it was asked */
    bool valid;                       /* of a check */
    bool settled;                     /* `after` says something new */
    enum err result;                  /* once finished, if before.head.result is ERR_OK */
    int32_t twilio_code;              /* of a refusal; 0 none */
    int64_t wait_ms;                  /* of ERR_LIMIT: when to try again */
    struct fault fault;
    void (*finish)(struct app_job *job); /* the caller's */
    struct verify_job *next;
    bool queued;
};

/* Each prepares a job: ERR_OK, or the problem says why not and nothing was begun.
 *   ERR_INVALID: a field, a country or channel that is not enabled
 *   ERR_LIMIT: too fast, out->wait_ms says how long to wait
 *   ERR_CONFLICT: it is over, not known to be out, or the organization does not send
 *   ERR_NOT_FOUND: none of the organization's · ERR_UNAVAILABLE */
MUST_CHECK enum err verifier_begin(struct app *app, struct store_reader *r, const struct org *org,
                                   const struct verify_ask *ask, struct verify_job *out, struct problem *p);
MUST_CHECK enum err verifier_check(struct app *app, struct store_reader *r, const struct org *org, uint64_t id,
                                   struct str code, struct verify_job *out, struct problem *p);
MUST_CHECK enum err verifier_cancel(struct app *app, struct store_reader *r, const struct org *org, uint64_t id,
                                    struct verify_job *out, struct problem *p);
/* Makes the organization's service, or finds it. */
MUST_CHECK enum err verifier_service(struct app *app, struct store_reader *r, const struct org *org,
                                     struct verify_job *out, struct problem *p);

/* Hands over what was prepared; or lets go of it, with nothing asked. */
void verifier_submit(struct verify_job *j);
void verifier_drop(struct verify_job *j);

/* As it is by now: one whose time is over is expired, although nobody wrote that down yet. */
void verifier_judge(const struct app *app, struct verification_record *v);

/* ---- verifier_turn.c, for verifier.c ---- */
struct rest;
/* Asks Twilio for what the job wants and stores what became of it. On a worker. */
void verifier_turn(struct app *app, struct rest *rest, struct arena *scratch, struct verify_job *j);
/* A job has one request of its service; for each more it takes a turn of its own. When that comes (monotonic). */
int64_t verifier_slot_us(struct verifier *v, org_id org);
/* Waits for it. False: we stop. */
bool verifier_pace(struct verifier *v, org_id org);
/* Has somebody a job for it now? Then what becomes of it is that job's to say. */
bool verifier_is_claimed(struct verifier *v, org_id org, uint64_t number);
/* Ends what nobody came back for. */
void verifier_sweep(struct app *app, struct store_reader *r);

#endif

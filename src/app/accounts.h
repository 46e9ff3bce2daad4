/*
 * accounts: Twilio accounts of organizations, as an operator manages them: made, suspended, resumed, closed; auth
 * tokens rotated; API keys. And as they are looked after: what Twilio's console changed is noticed, events are
 * subscribed to (reference 1.2, 1.3, 14, 17.1).
 *
 * A verb is a wish, stored with what it means here: sending stops with the commit that wants an account suspended or
 * closed. A worker of onboarding.h does the rest at Twilio, in turns (account_turn.h); one worker at a time serves an
 * organization, for its registrations too, so that an account is never made twice.
 */
#ifndef STERLING_APP_ACCOUNTS_H
#define STERLING_APP_ACCOUNTS_H

#include "app/app.h"

struct rest;

enum account_verb {
    ACCOUNT_VERB_CREATE,  /* a subaccount of the installation's, for an organization without an account */
    ACCOUNT_VERB_SUSPEND, /* Sterling stops first, then Twilio */
    ACCOUNT_VERB_RESUME,  /* Twilio first */
    ACCOUNT_VERB_CLOSE,   /* for good: numbers are released; senders are withdrawn here */
    ACCOUNT_VERB_ROTATE   /* the auth token */
};
struct account_job {
    struct app_job job;
    struct change_account change;
};
/* ERR_CONFLICT with words when it cannot be wanted now. */
MUST_CHECK enum err accounts_want(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                                  enum account_verb verb, struct account_job *out, struct problem *p);
/* An API key of its account, used in place of the auth token as soon as it is there. */
MUST_CHECK enum err accounts_key_create(struct app *app, struct store_reader *r, struct arena *a,
                                        const struct org *org, struct str name, struct account_job *out,
                                        struct problem *p);
/* Not used from this commit on, then removed at Twilio. ERR_NOT_FOUND. */
MUST_CHECK enum err accounts_key_revoke(struct app *app, struct store_reader *r, struct arena *a,
                                        const struct org *org, uint32_t key, struct account_job *out,
                                        struct problem *p);
/* What an organization begins with, by the settings: a subaccount to be made, one to be looked at, or nothing. */
MUST_CHECK enum err accounts_begin(const struct app *app, struct arena *a, const struct org *org,
                                   struct account_work *out);

/* Its auth token is being rotated, or that cannot be read: no other is taken meanwhile. */
bool accounts_is_rotating(struct store_reader *r, struct arena *a, org_id org);

/* ERR_CONFLICT: another organization has the same account, and would be locked out by a rotation. */
MUST_CHECK enum err accounts_alone(struct store_reader *r, const struct org *org, struct problem *p);

/* May the organization's state be set by hand? ERR_CONFLICT: a wish that is under way will set it, or the account's
 * standing at Twilio does. moves: it is given another account with it. */
MUST_CHECK enum err accounts_may_set_state(struct store_reader *r, struct arena *a, const struct org *org, bool moves,
                                           struct problem *p);

/* As JSON; no secret is in it. `w` NULL: nothing is under way. */
void account_view(const struct org *org, const struct account_work *w, struct buf *out);
void account_keys_view(const struct account_work *w, struct buf *out); /* an array */

/* Its account is due now, if there is anything to be looked at. */
void accounts_look_soon(struct app *app, struct store_reader *r, struct arena *a, org_id org);
/* One turn of a worker. False: it could not begin, wait a little. */
bool accounts_turn(struct app *app, struct store_reader *r, struct rest *rest, struct arena *a,
                   const struct account_work *w);

#endif

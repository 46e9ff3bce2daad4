/*
 * onboarding: takes registrations along from their facts to programs that may send (reference sections 12.2, 12.3).
 *
 * Accounts of organizations are looked after by the same workers (accounts.h).
 *
 * Workers with a store reader and a connection each take what is due, in the order of its time: a registration is
 * one worker's at a time. Each step is looked for at Twilio, stored as begun, made, stored as done: so a kill
 * anywhere makes nothing twice (onboarding_progress.h). What others review is looked at in pauses that grow, and at
 * once when their callback comes. What is refused waits for a person, with the reason.
 *
 * Every call carries the credentials of the organization's own account; the installation's are used only for
 * making subaccounts, reading their tokens and looking at the ISV's own profile.
 */
#ifndef STERLING_APP_ONBOARDING_H
#define STERLING_APP_ONBOARDING_H

#include "app/app.h"

struct onboarding;

MUST_CHECK enum err onboarding_start(struct app *app, struct onboarding **out, struct fault *f);
void onboarding_wake(struct onboarding *o); /* something is due now; from any thread; NULL is fine */
/* Something is wrong with that organization's account: it is asked about at once. From any thread, never blocks for
 * long; NULL is fine. */
void onboarding_look_at_account(struct onboarding *o, org_id org);
/* What the ISV's own profile is, asked by the next worker that is free; ask->finish is called in any case. */
void onboarding_ask_primary(struct onboarding *o, struct primary_ask *ask);
/* Those who wait are answered ERR_UNAVAILABLE. Before the HTTP server stops; NULL is fine. */
void onboarding_end(struct onboarding *o);
void onboarding_stop(struct onboarding *o); /* at the next request; NULL is fine */

#endif

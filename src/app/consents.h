/*
 * consents: an operator's or tenant's own entries in the consent ledger, with the evidence they rest on.
 *
 * An opt-out is answered only when armed messages to the number whose first byte had not gone were withdrawn
 * (promise 3), exactly as for a STOP by text.
 */
#ifndef STERLING_APP_CONSENTS_H
#define STERLING_APP_CONSENTS_H

#include "app/app.h"
#include "app/consent_entry.h"

struct consent_job {
    struct app_job job;
    struct change_consent change;
};
/* org->id 0: the installation's own. Texts live in the arena. */
MUST_CHECK enum err consents_put(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                                 const struct consent_words *q, struct consent_job *out, struct problem *p);
/* Tells the pump that the number opted out; `job` is finished when it has withdrawn what it could. */
void consents_tell_stopped(struct app_job *job, org_id org, uint64_t number);

/* A question (double opt-in) that a YES now would answer: nothing was recorded of the number since, and it is not older
 * than its days. ERR_NOT_FOUND: there is none. */
MUST_CHECK enum err consents_question(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                                      int64_t now_ms, struct consent *out);
int64_t consents_answer_until(int64_t asked_ms);

#endif

/*
 * inbound: a signed inbound text is stored once, for ever, with its consent event (reference section 4).
 *
 * The route has checked the signature and the account. A STOP is committed, then the pump is told
 * (NOTE_STOPPED) and only when it has withdrawn what had not gone does `finish` run: only then may the
 * webhook be answered (promise 3).
 */
#ifndef STERLING_APP_INBOUND_H
#define STERLING_APP_INBOUND_H

#include "app/app.h"
#include "twilio/form.h"

struct inbound_job {
    struct app_job job;
    struct change_inbound change;
    struct str reply; /* what to answer the person in TwiML; empty: nothing */
    int64_t asked_ms; /* a YES: when the question was put that it answers */
};

/* ERR_OK: prepared, submit it. ERR_INVALID: MessageSid, From or To is missing or malformed (fault).
 * ERR_DENIED: To is no sender of this organization, or the account is another. ERR_FULL: no memory. */
MUST_CHECK enum err app_inbound(struct app *app, struct store_reader *r, struct arena *a,
                                const struct org *org, const struct form *form, struct inbound_job *out,
                                struct fault *f);

/* One that was read from the provider's list has the provider's date; what came by a webhook was dated by our clock,
 * which may have been wrong. True: by those dates a START would stand above a STOP that another text, `sid`, said or
 * took back. Then the provider's date of that text must be asked for first. */
bool app_inbound_contested(struct store_reader *r, struct arena *a, const struct inbound_job *job,
                           int64_t provider_ms, char sid[SID_BYTES]);
/* Dates it. `rival_ms`: the provider's date of the text that contests it; 0: there is none, or it is gone. What is not
 * sure counts as a STOP. */
void app_inbound_date(struct store_reader *r, struct arena *a, struct inbound_job *job, int64_t provider_ms,
                      int64_t rival_ms);

/* The organization's sender of that address in whatever state: people answer numbers that were retired long
 * ago. ERR_NOT_FOUND if it never was its. */
MUST_CHECK enum err inbound_sender_find(struct store_reader *r, org_id org, struct str address,
                                        struct sender *out);

#endif

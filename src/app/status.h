/*
 * status: a signed status callback becomes a change of its message (reference section 3).
 *
 * The route has checked the signature and the account. This checks that the words make sense and prepares the
 * job; the store merges by rank, binds or refuses the SID, and proves acceptance of a doubt. `after` tells
 * the pump (NOTE_STATUS, and NOTE_ADMITTED where the message waits again) and counts the delay.
 */
#ifndef STERLING_APP_STATUS_H
#define STERLING_APP_STATUS_H

#include "app/app.h"
#include "twilio/form.h"

struct status_job {
    struct app_job job; /* job.change NULL: well signed but nothing to record (an unknown word) */
    struct change_status change;
};

/* `form` is the decoded body. ERR_OK: the job is prepared, submit it (unless change is NULL). ERR_INVALID:
 * MessageSid or MessageStatus is missing or malformed (fault). ERR_DENIED: the account is another, or nothing is to
 * be recorded and the number is another's. After the commit STATUS_FOREIGN (another's SID or number; nothing has
 * changed) is ERR_DENIED too: ask status_denied. */
MUST_CHECK enum err app_status(struct app *app, struct store_reader *r, struct arena *a,
                               const struct org *org, uint64_t message, uint8_t attempt,
                               const struct form *form, struct status_job *out, struct fault *f);
/* True if the commit found that the callback speaks of another message (answer 401). */
bool status_denied(const struct status_job *j);

#endif

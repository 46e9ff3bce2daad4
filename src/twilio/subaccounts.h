/*
 * subaccounts: accounts below the installation's: found, made, looked at, suspended, closed (reference 1.3, 14.1).
 *
 * Everything here is asked with the parent's credentials; only an account's own state may be asked with its own.
 * Twilio tells an account's auth token to its parent whenever it is asked: tokens are wiped from what was answered,
 * and whoever gets one wipes it (subaccount_wipe). A POST goes out once: `class` tells what a failed one proves.
 * Blocking; errors are those of rest.h.
 */
#ifndef STERLING_TWILIO_SUBACCOUNTS_H
#define STERLING_TWILIO_SUBACCOUNTS_H

#include "twilio/rest.h"

enum subaccount_status { SUBACCOUNT_UNKNOWN, SUBACCOUNT_ACTIVE, SUBACCOUNT_SUSPENDED, SUBACCOUNT_CLOSED };
struct twilio_subaccount {
    char sid[TWILIO_SID_BYTES];      /* "" none */
    enum subaccount_status status;
    char token[TWILIO_SECRET_BYTES]; /* "" when Twilio does not tell it */
};
void subaccount_wipe(struct twilio_subaccount *s);

/* An active one of that name, exactly; none: sid is "". */
MUST_CHECK enum err subaccounts_find(struct rest *r, const struct twilio_account *parent, struct str name,
                                     struct twilio_subaccount *out, struct fault *f);
MUST_CHECK enum err subaccounts_create(struct rest *r, const struct twilio_account *parent, struct str name,
                                       struct twilio_subaccount *out, enum provider_class *class, struct fault *f);
/* As its parent or as itself. */
MUST_CHECK enum err subaccounts_fetch(struct rest *r, const struct twilio_account *as, struct str sid,
                                      struct twilio_subaccount *out, int *error_code, struct fault *f);
/* Not to SUBACCOUNT_UNKNOWN; closed is for good. Repeating it changes nothing. */
MUST_CHECK enum err subaccounts_set_status(struct rest *r, const struct twilio_account *parent, struct str sid,
                                           enum subaccount_status status, struct twilio_subaccount *out,
                                           struct fault *f);

/* Closed accounts are deleted after so many days, with their logs (reference 1.3). */
enum { SUBACCOUNT_CLOSED_KEPT_DAYS = 30 };
/* Twilio's words for an account that is not active, in answer to any request of its own. */
enum { TWILIO_ACCOUNT_NOT_ACTIVE = 20005 };

#endif

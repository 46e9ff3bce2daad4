/*
 * profiles: customer profiles of Trust Hub, as they are listed (reference section 11).
 *
 * Acts on the account that authenticates. Blocking; errors are those of rest.h.
 */
#ifndef STERLING_TWILIO_PROFILES_H
#define STERLING_TWILIO_PROFILES_H

#include "twilio/rest.h"

struct twilio_profile {
    char sid[TWILIO_SID_BYTES]; /* BU… */
    char policy_sid[TWILIO_SID_BYTES];
    char status[24];            /* "draft", "pending-review", "in-review", "twilio-rejected", "twilio-approved" */
};
typedef enum err (*profile_taker)(void *user, const struct twilio_profile *p, struct fault *f);
MUST_CHECK enum err profiles_list(struct rest *r, const struct twilio_account *a, profile_taker take, void *user,
                                  struct fault *f);

#endif

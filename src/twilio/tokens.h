/*
 * tokens: what an account's requests may be signed with: its secondary auth token (reference 1.2) and its API keys
 * (14.2). Asked with the account's own SID and auth token; API keys may not.
 *
 * A secret is told once, by the answer to its creation: it is wiped there, and by whoever gets it. A POST or DELETE
 * goes out once: `class` tells what a failed one proves. Blocking; errors are those of rest.h.
 */
#ifndef STERLING_TWILIO_TOKENS_H
#define STERLING_TWILIO_TOKENS_H

#include "twilio/rest.h"

/* From now on both authenticate; signatures are still made with the primary one. */
MUST_CHECK enum err tokens_make_secondary(struct rest *r, const struct twilio_account *a,
                                          char token[TWILIO_SECRET_BYTES], enum provider_class *class, struct fault *f);
/* ERR_NOT_FOUND: there is none. */
MUST_CHECK enum err tokens_drop_secondary(struct rest *r, const struct twilio_account *a, struct fault *f);
/* The secondary one becomes the primary one, which is no more. ERR_NOT_FOUND: there is no secondary one. */
MUST_CHECK enum err tokens_promote(struct rest *r, const struct twilio_account *a, enum provider_class *class,
                                   struct fault *f);

/* The key of that name; none: sid is "". */
MUST_CHECK enum err twilio_keys_find(struct rest *r, const struct twilio_account *a, struct str name,
                              char sid[TWILIO_SID_BYTES], struct fault *f);
MUST_CHECK enum err twilio_keys_create(struct rest *r, const struct twilio_account *a, struct str name,
                                char sid[TWILIO_SID_BYTES], char secret[TWILIO_SECRET_BYTES],
                                enum provider_class *class, struct fault *f);
/* ERR_NOT_FOUND: it is gone already. */
MUST_CHECK enum err twilio_keys_remove(struct rest *r, const struct twilio_account *a, struct str sid, struct fault *f);

#endif

/*
 * lookup: what Twilio's Lookup v2 says of one number (reference 15).
 *
 * Acts on the account that authenticates, and is charged to it, by the packages asked for; formatting and validation
 * alone are free. Blocking; errors are those of rest.h. Texts in a record are copies.
 */
#ifndef STERLING_TWILIO_LOOKUP_H
#define STERLING_TWILIO_LOOKUP_H

#include "twilio/rest.h"

enum { LOOKUP_TYPE_BYTES = 24, LOOKUP_CARRIER_BYTES = 128, LOOKUP_REASON_BYTES = 40 };

enum lookup_reassigned { LOOKUP_OWNER_NOT_ASKED = 0, LOOKUP_OWNER_UNKNOWN, LOOKUP_OWNER_SAME, LOOKUP_OWNER_CHANGED };

struct twilio_lookup {
    uint64_t number;                  /* E.164 digits; 0 if not valid */
    char country[3];                  /* "US"; "" if not known */
    bool valid;
    char invalid[LOOKUP_REASON_BYTES]; /* "TOO_SHORT" …, the first that was given; "" */
    /* line_type_intelligence; empty where nothing is known. */
    char type[LOOKUP_TYPE_BYTES];     /* Twilio's name: "mobile", "landline", "fixedVoip" … */
    char carrier[LOOKUP_CARRIER_BYTES];
    char mcc[4], mnc[4];
    int line_error;                   /* the package failed with this code; 0: it did not */
    enum lookup_reassigned reassigned;
    int reassigned_error;
};

/* What to ask for; nothing set is free of charge. */
struct lookup_ask {
    bool line_type;
    char verified_on[9]; /* "20260131": was it given to somebody else since? "" not asked */
};

/* Appends the target of the request. ERR_INVALID if number has more than 15 digits or is 0. */
MUST_CHECK enum err lookup_target(struct buf *out, uint64_t number, const struct lookup_ask *ask);
/* ERR_INVALID if it is no answer of Lookup's. */
MUST_CHECK enum err lookup_from_json(const json_t *object, struct twilio_lookup *out);
/* No fault names the number. `error_code` gets Twilio's code of a refusal (60616: over the rate), 0 otherwise. */
MUST_CHECK enum err lookup_number(struct rest *r, const struct twilio_account *a, uint64_t number,
                                  const struct lookup_ask *ask, struct twilio_lookup *out, int *error_code,
                                  struct fault *f);

#endif

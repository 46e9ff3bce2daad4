/*
 * credentials: are these credentials good? Asked once at start, in words a person can act on.
 */
#ifndef STERLING_TWILIO_CREDENTIALS_H
#define STERLING_TWILIO_CREDENTIALS_H

#include "twilio/rest.h"

struct twilio_account_info {
    char account_sid[TWILIO_SID_BYTES];
    char owner_sid[TWILIO_SID_BYTES]; /* the parent; the account itself if it has none */
    char friendly_name[72];
    char status[16]; /* "active" */
    char type[16];   /* "Trial" or "Full" */
    int error_code;  /* Twilio's, when it did not answer well */
    bool is_known;   /* false: the credentials work but may not read the account (API key, test credentials) */
};

/* ERR_OK: they work and the account is active. ERR_DENIED: refused (fault says which setting to mend) or the
 * account is suspended or closed. ERR_UNAVAILABLE, ERR_TIMEOUT: Twilio cannot be asked now. */
MUST_CHECK enum err credentials_check(struct rest *r, const struct twilio_account *a, struct twilio_account_info *out,
                                      struct fault *f);

#endif

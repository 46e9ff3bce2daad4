/*
 * verify: Twilio Verify's services, verifications and checks (reference 16).
 *
 * Acts on the account that authenticates. A code is in the form of one request and nowhere else: it is not in an
 * answer, a fault or a log, and the form is wiped. Starting is a POST that is made once; started again within ten
 * minutes it sends the same code once more. Blocking; errors are those of rest.h.
 */
#ifndef STERLING_TWILIO_VERIFY_H
#define STERLING_TWILIO_VERIFY_H

#include "twilio/rest.h"

enum { VERIFY_NAME_MAX = 32, VERIFY_STATUS_BYTES = 24, VERIFY_CHANNEL_BYTES = 12 };

/* Twilio's codes that callers tell apart. */
enum { VERIFY_TOO_MANY_CHECKS = 60202, VERIFY_TOO_MANY_SENDS = 60203, VERIFY_AT_ONCE = 60212 };

struct twilio_verify_service {
    char sid[TWILIO_SID_BYTES]; /* VA… */
    struct str friendly_name;   /* lives as long as the callback's item */
    int code_length;
};
struct twilio_verification {
    char sid[TWILIO_SID_BYTES]; /* VE… */
    char status[VERIFY_STATUS_BYTES];   /* "pending", "approved", "canceled", "max_attempts_reached" … */
    char channel[VERIFY_CHANNEL_BYTES];
    bool valid;
    unsigned sends;             /* of a start; 0 of a check */
};

/* ERR_INVALID if it is none. */
MUST_CHECK enum err verify_service_from_json(const json_t *object, struct twilio_verify_service *out);
/* A verification or the answer to a check. */
MUST_CHECK enum err verification_from_json(const json_t *object, struct twilio_verification *out);

typedef enum err (*verify_service_taker)(void *user, const struct twilio_verify_service *s, struct fault *f);
MUST_CHECK enum err verify_services_list(struct rest *r, const struct twilio_account *a, verify_service_taker take,
                                         void *user, struct fault *f);
/* A name of at most 32 bytes without five digits. `sid` gets the SID. `class` tells whether it may have been made. */
MUST_CHECK enum err verify_service_create(struct rest *r, const struct twilio_account *a, struct str name,
                                          unsigned code_length, char sid[TWILIO_SID_BYTES],
                                          enum provider_class *class, struct fault *f);

struct verify_start {
    uint64_t to;
    struct str channel; /* "sms", "call", "whatsapp" */
    struct str locale;  /* "en"; empty: Twilio's choice */
};
/* `error_code` gets Twilio's of a refusal, 0 otherwise. */
MUST_CHECK enum err verify_start(struct rest *r, const struct twilio_account *a, struct str service,
                                 const struct verify_start *start, struct twilio_verification *out, int *error_code,
                                 struct fault *f);
/* A wrong code is ERR_OK with status pending; ERR_NOT_FOUND: approved, canceled or expired before. */
MUST_CHECK enum err verify_check(struct rest *r, const struct twilio_account *a, struct str service,
                                 struct str verification, struct str code, struct twilio_verification *out,
                                 int *error_code, struct fault *f);
/* The newest of a recipient that is pending. ERR_NOT_FOUND: none is. */
MUST_CHECK enum err verify_find(struct rest *r, const struct twilio_account *a, struct str service, uint64_t to,
                                struct twilio_verification *out, struct fault *f);
/* ERR_NOT_FOUND once it is over. */
MUST_CHECK enum err verify_fetch(struct rest *r, const struct twilio_account *a, struct str service,
                                 struct str verification, struct twilio_verification *out, struct fault *f);
/* No more checks: it is over. */
MUST_CHECK enum err verify_cancel(struct rest *r, const struct twilio_account *a, struct str service,
                                  struct str verification, struct twilio_verification *out, struct fault *f);

#endif

/*
 * alerts: what Twilio's monitor says went wrong, above all with our webhooks (reference section 17.2: codes
 * 11200 … 11243 for requests to us, 12100 … 12300 for our answers). Kept by Twilio for 30 days.
 *
 * The monitor acts on the account that authenticates. Text lives as long as the callback that gets it.
 */
#ifndef STERLING_TWILIO_ALERTS_H
#define STERLING_TWILIO_ALERTS_H

#include "twilio/rest.h"

struct twilio_alert {
    char sid[TWILIO_SID_BYTES];          /* NO… */
    char resource_sid[TWILIO_SID_BYTES]; /* the message it is about, or "" */
    char service_sid[TWILIO_SID_BYTES];
    int error_code;
    struct str log_level;                 /* "error", "warning", … */
    struct str request_method, request_url;
    struct str alert_text;                /* form-encoded */
    int64_t date_generated_ms;
};

MUST_CHECK enum err alert_from_json(const json_t *object, struct twilio_alert *out);

typedef enum err (*alert_taker)(void *user, const struct twilio_alert *alert, struct fault *f);
struct alert_filter {
    int64_t from_ms, until_ms; /* by generation; 0 none */
    struct str log_level;      /* empty: all */
    size_t pages_max;          /* ERR_LIMIT if there are more; what came before was taken */
};
MUST_CHECK enum err alerts_list(struct rest *r, const struct twilio_account *a, const struct alert_filter *filter,
                                alert_taker take, void *user, struct fault *f);

#endif

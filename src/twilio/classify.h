/*
 * classify: what the end of an HTTP exchange proves about a request (design section 5, the table). Pure.
 *
 * The one rule behind it: a write is said not to have taken effect only when that is proved. The proofs are
 * that its last byte was never handed over, a 429, and a 4xx with Twilio's own error body. Everything else
 * that is not a 2xx with a SID is in doubt.
 */
#ifndef STERLING_TWILIO_CLASSIFY_H
#define STERLING_TWILIO_CLASSIFY_H

#include "base/str.h"
#include "twilio/provider.h"

struct classify_exchange {
    bool handed_over;   /* the last request byte was given to the connection (for reads: the request was) */
    bool complete;      /* the answer was read to its proper end */
    int http_status;    /* of the final status line; 0 if none came */
    int twilio_code;    /* from a Twilio error body; 0 if the body is none */
    bool has_resource;  /* the body is the resource: of a creation, with a SID; of a list, a page */
};

/* CREATE, CANCEL, REDACT: ACCEPTED, REJECTED, THROTTLED, UNSENT or IN_DOUBT.
 * FETCH, LIST: OK or FAILED. PROBE: OK when the provider itself spoke: a complete 2xx, or a 4xx with its
 * error body that is not 429. */
enum provider_class classify_exchange(enum provider_call call, const struct classify_exchange *x);

/* Retry-After in seconds or as a date (then against the answer's own Date, provider_date_ms). In
 * milliseconds, at most an hour; 0 when absent, past or malformed. */
int64_t classify_retry_after_ms(struct str header, int64_t provider_date_ms);

#endif

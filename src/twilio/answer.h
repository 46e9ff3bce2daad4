/*
 * answer: from what was seen on the wire to the answer that the provider port gives. Shared by the clients behind
 * the port, so that the same bytes mean the same whichever of them read these. Pure.
 */
#ifndef STERLING_TWILIO_ANSWER_H
#define STERLING_TWILIO_ANSWER_H

#include "twilio/classify.h"
#include "twilio/provider.h"

/* Texts are the caller's, and only needed during the call. */
struct answer_seen {
    uint64_t tag;
    enum provider_call call;
    const char *sid; /* asked for; "" for CREATE, LIST and PROBE */
    bool first_byte_sent;
    bool handed_over;           /* classify.h */
    bool complete;              /* the answer was read to its proper end: `body` is whole */
    int http_status;            /* 0 if no status line came */
    struct str body;
    const char *date, *retry_after, *request_id; /* headers; "" for none */
    const char *failed;         /* what went wrong on the way; meant if not complete */
};

/* Fills `out`, which must be given to answer_free. Out of memory, the texts are left out, and what needs them is
 * in doubt. */
void answer_make(const struct answer_seen *seen, struct provider_answer *out);
void answer_free(struct provider_answer *answer);

#endif

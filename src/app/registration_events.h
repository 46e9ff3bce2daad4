/*
 * registration_events: what Event Streams tells of an account's registrations (reference 17.1): a reason to look.
 *
 * An event is at least once, out of order, and may be lost: it moves nothing by itself. The registration that it is
 * about is due at once, and what is true is asked of Twilio by whoever moves it along. Only how the registration of a
 * number ended is told by nothing else: that is noted with it.
 */
#ifndef STERLING_APP_REGISTRATION_EVENTS_H
#define STERLING_APP_REGISTRATION_EVENTS_H

#include "app/registrations.h"
#include "base/arena.h"

enum { STREAM_NUMBERS_MAX = 100 };
struct stream_number { /* what became of a number's registration */
    char sid[SID_BYTES];
    bool registered;
    int32_t refused; /* Twilio's code; 0 not refused */
};
struct stream_events {
    bool reviewed; /* something was told of a brand or campaign */
    struct stream_number numbers[STREAM_NUMBERS_MAX]; /* more in one body are told again, or waited out */
    size_t numbers_count;
};
/* The body of a sink's webhook: a JSON array of CloudEvents. ERR_INVALID: it is none. ERR_DENIED: an event is another
 * account's. */
MUST_CHECK enum err stream_events_read(struct str body, struct str account_sid, struct stream_events *out);
/* Prepares the next registration that is to be looked at because of them; *after is where the last one was (0 at
 * first). ERR_NOT_FOUND: none is left. */
MUST_CHECK enum err stream_events_next(struct app *app, struct store_reader *r, struct arena *a, org_id org,
                                       const struct stream_events *told, uint64_t *after, struct registration_job *out,
                                       struct problem *p);

#endif

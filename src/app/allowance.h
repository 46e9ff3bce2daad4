/*
 * allowance: how fast a program may send to an audience: in any one second, and sustained over minutes. It
 * sums what the senders that may send now can do (not those held or quarantined, of an unapproved campaign, refused by
 * Twilio a moment ago, or whose numbers the account has not) and what carriers take, and caps both by brand,
 * organization and account. What other campaigns use of it at the moment is not known here.
 */
#ifndef STERLING_APP_ALLOWANCE_H
#define STERLING_APP_ALLOWANCE_H

#include "app/app.h"

/* Messages per 1,000 seconds; -1 unknown (no sender may send). peak >= sustained. */
struct allowance {
    int64_t peak_per_ks, sustained_per_ks;
};
/* An audience: its carriers as bits (1 << enum carrier), 0 when not known; and how long its messages are,
 * from what was sent so far (0 of 0: one segment). */
struct allowance_audience {
    unsigned carriers;
    int64_t segments, messages;
};
void allowance_of(struct app *app, struct store_reader *r, struct arena *a, org_id org, uint32_t program,
                  const struct allowance_audience *to, struct allowance *out);

#endif

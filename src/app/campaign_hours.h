/*
 * campaign_hours: until when the lawful hours of those who still wait in a campaign last, and when others' begin.
 *
 * Read from its runs, which are buckets of people in the same places; the windows are those by which the pump draws.
 * Bounded: the first CAMPAIGN_HOURS_RUNS_MAX runs. Owns nothing.
 */
#ifndef STERLING_APP_CAMPAIGN_HOURS_H
#define STERLING_APP_CAMPAIGN_HOURS_H

#include "app/app.h"

enum { CAMPAIGN_HOURS_RUNS_MAX = 2000 };

struct campaign_hours {
    bool known;             /* its kind has hours, and somebody waits */
    int64_t open, waiting;  /* recipients not drawn yet, in lawful hours and outside them */
    int64_t closes_ms, last_closes_ms; /* of the open: when the first and the last of them close; 0: none is open */
    int64_t opens_ms;       /* of the waiting: when the first of them open; 0: none waits, or never */
};

MUST_CHECK enum err campaign_hours_of(const struct app *app, struct store_reader *r, struct arena *a,
                                      const struct campaign *c, struct campaign_hours *out);

#endif

/*
 * hygiene: a list's numbers looked up, in the background, a chunk after the other, resumable after a crash.
 *
 * Each contact is told by what Lookup says of the number (lookups.h): landlines and numbers that nobody can have are
 * then blocked by the gate, carriers decide the lane, and what kinds there are is counted. What is known already costs
 * nothing, so that a walk which is repeated asks only for what is new. It stops with a reason when the month's budget
 * or its own limit is used, or the account may not ask; while Twilio does not answer it waits. A number that was
 * given to somebody else (asked only
 * when lookup.reassigned is set and the day of its consent is known) is counted; what to do about it is the tenant's.
 */
#ifndef STERLING_APP_HYGIENE_H
#define STERLING_APP_HYGIENE_H

#include "app/lookups.h"

struct hygiene_start {
    struct app_job job;
    struct change_hygiene change;
};
/* ERR_OK: prepared, submit it. Refused with ERR_CONFLICT if the list is being walked; job.id is that walk then. */
MUST_CHECK enum err hygiene_begin(struct app *app, org_id org, uint32_t list, int64_t limit, struct hygiene_start *out,
                                  struct problem *p);
/* One chunk of each of the next few walks that run; on the look-up thread. place: where the last round ended, 0 at
 * first, so that many long lists keep nobody waiting for their end. True: there is more to do at once. */
bool hygiene_round(struct lookups *l, struct app *app, struct store_reader *r, struct arena *a, uint64_t *place);

#endif

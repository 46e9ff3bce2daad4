/*
 * absent: the numbers that the organization's account at Twilio was seen to lack: mistyped, released in the console,
 * another account's. A text from one is refused (21606, 21659, 21660).
 *
 * The fact is a row of the number that is gone (model.h, OWNED_GONE) and none that is live; looks for drift write it
 * (app/drift.h). Of numbers that no look has judged nothing is known, and they are not absent. Short codes, hosted
 * numbers and alphanumeric senders are never judged. One who shows, counts or judges senders reads all of an
 * organization's at once: there are few.
 */
#ifndef STERLING_APP_ABSENT_H
#define STERLING_APP_ABSENT_H

#include "base/map.h"
#include "store/store.h"

struct absent {
    struct map numbers; /* by digits */
};
/* On failure *out is empty. Free it in either case. */
MUST_CHECK enum err absent_read(struct store_reader *r, org_id org, struct absent *out);
bool absent_has(const struct absent *all, const struct sender *s);
void absent_free(struct absent *all);

#endif

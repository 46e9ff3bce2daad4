/*
 * sending_history: what an organization sent of late and which numbers it had for it, as the store knows it, for
 * rules/sending_pattern. Its newest SENDING_CAMPAIGNS_MAX campaigns are read; drafts and what was canceled before it
 * began are none of it. Owns nothing.
 */
#ifndef STERLING_APP_SENDING_HISTORY_H
#define STERLING_APP_SENDING_HISTORY_H

#include "base/arena.h"
#include "rules/sending_pattern.h"
#include "store/store.h"

enum { SENDING_CAMPAIGNS_MAX = 400, SENDING_SINGLES_MAX = 1000 };

/* What the rule compares of a campaign. `now_ms` is when one begins that has no time of its own. */
void sending_history_of(const struct campaign *c, int64_t now_ms, struct sending_campaign *out);
/* Lives in the arena. */
MUST_CHECK enum err sending_history_read(struct store_reader *r, struct arena *a, org_id org,
                                         struct sending_campaign **out, size_t *count);
/* Counts a sender in, if it is a long code. */
void sending_history_number(struct sending_numbers *n, const struct sender *s, int64_t now_ms);
/* Of the newest single messages of the last days the offer that most of them make; pattern NULL: none is made often. */
MUST_CHECK enum err sending_history_singles(struct store_reader *r, org_id org, int64_t now_ms,
                                            struct sending_finding *out);

#endif

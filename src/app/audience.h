/*
 * audience: freezing who a campaign goes to, chunk by chunk, in the background (design section 2).
 *
 * A chunk is the next contacts of the list in the order of their ids, put in the order of buckets (zones,
 * carrier), and stored as message rows with consecutive ids and one run per bucket. The campaign remembers up
 * to which contact it is frozen, so a crash repeats nothing and misses nobody; contacts that join later have
 * higher ids only if they are new, and are not in once the audience is complete. Sending starts with the
 * first chunk, which is small on purpose.
 */
#ifndef STERLING_APP_AUDIENCE_H
#define STERLING_APP_AUDIENCE_H

#include "app/app.h"

enum { AUDIENCE_FIRST_CHUNK = 256, AUDIENCE_CHUNK = 4096 };

/* Freezes one more chunk of a running campaign that is not frozen yet and tells the pump. `*complete` when
 * that was the last. */
MUST_CHECK enum err audience_freeze_chunk(struct app *app, struct store_reader *r, const struct campaign *c,
                                          bool *complete, struct fault *f);

#endif

/*
 * hooks: tenants' webhooks. Every event of an endpoint's types is delivered at least once, signed, with a
 * stable event id; what fails is tried again for days with back-off, then kept as a dead letter that can
 * be replayed.
 *
 *   POST url
 *   Sterling-Event: evt_…          the same on every try: receivers deduplicate by it
 *   Sterling-Signature: t=UNIX,v1=HEX   HMAC-SHA256 of "t.body" with the endpoint's secret
 *
 * A 2xx answer within hooks.timeout_ms is success. Redirects are not followed and count as failures; private
 * addresses are refused at connect time, after name resolution (app/address.h). Endpoints that hang delay no
 * other: each has a delivery of its own, and slow ones share no more than a few (hooks_inside.h). Order is not
 * promised. Figures go to app->counters.
 *
 * One thread, its own store reader; progress is written through the queue. Progress that was not written
 * before a crash means that an event is delivered again: at least once.
 */
#ifndef STERLING_APP_HOOKS_H
#define STERLING_APP_HOOKS_H

#include "app/app.h"

struct hooks;

MUST_CHECK enum err hooks_start(struct app *app, struct hooks **out, struct fault *f);
void hooks_wake(struct hooks *h); /* new events, or endpoints changed; from any thread, cheap */
/* After each commit: the same, but where nobody has an endpoint it costs nothing; the first one is then seen a moment
 * later by itself. */
void hooks_committed(struct hooks *h);
void hooks_stop(struct hooks *h); /* waits for its thread; NULL is fine */

/* When the try after `attempt` failed ones is due: doubling from the first pause, at most the longest,
 * give or take a tenth. 0: no more tries. Pure. */
int64_t hooks_next_try_ms(const struct settings *s, unsigned attempt, int64_t now_ms, uint64_t jitter);
/* "t=…,v1=…" for a body at a moment. */
enum { HOOK_SIGNATURE_BYTES = 96 };
void hooks_sign(struct str secret, int64_t now_ms, struct str body, char out[HOOK_SIGNATURE_BYTES]);

#endif

/*
 * runtime: everything that `sterling serve` runs, put together and taken apart in the right order.
 *
 * Start order: settings, logs, lock and store, master key, recovery of what was armed, writer, operator's
 * key, sandbox (if asked), provider and pump, HTTP, workers, tenants' webhooks, reconcile. Anything that is
 * missing or wrong is a refusal to start with words that say what to do; nothing is half started.
 * Stop order is the reverse, after the pump has drained: nothing more is armed, answers are awaited, so that
 * a planned stop leaves nothing in doubt.
 */
#ifndef STERLING_CLI_RUNTIME_H
#define STERLING_CLI_RUNTIME_H

#include "app/settings.h"

struct runtime;

MUST_CHECK enum err runtime_start(const struct settings *s, struct runtime **out, struct fault *f);
/* Stops arming, waits for answers at most the provider's timeout, then ends everything. */
void runtime_stop(struct runtime *r);

const char *runtime_url(const struct runtime *r);         /* where API and webhooks listen */
const char *runtime_events_url(const struct runtime *r);  /* where live events listen */
const char *runtime_sandbox_url(const struct runtime *r); /* "" without one */

#endif

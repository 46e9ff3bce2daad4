/*
 * verdict: what the provider's refusal means for the message and for who sent it, and how long to wait.
 * Obeys rules/playbook.h. Pure.
 */
#ifndef STERLING_ENGINE_VERDICT_H
#define STERLING_ENGINE_VERDICT_H

#include "base/rng.h"
#include "engine/engine.h"
#include "rules/life.h"
#include "rules/playbook.h"

/* What becomes of a message whose request was refused with that code. */
struct verdict {
    enum playbook_action action;
    enum playbook_scope scope;
    enum message_reason hold_reason; /* of a HOLD */
};
struct verdict verdict_of(int32_t code);
/* Whom "too fast" with that code means; the account when the code does not say. */
enum playbook_scope verdict_throttled(int32_t code);

/* Back-off before the next attempt: doubles with each, jitter of +-20%. `attempt`: the one that failed, 1
 * … */
int64_t verdict_backoff_ms(const struct engine_config *c, uint8_t attempt, struct rng *rng);

#endif

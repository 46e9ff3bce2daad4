/* verdict: contract in verdict.h. */
#include "engine/verdict.h"

#include "base/backoff.h"

struct verdict verdict_of(int32_t code)
{
    const struct playbook_entry *entry = playbook_get(code);

    return (struct verdict){
        .action = entry->action,
        .scope = entry->scope,
        .hold_reason =
            entry->category == PLAYBOOK_CLASS_REGISTRATION ? REASON_REGISTRATION : REASON_CONFIGURATION,
    };
}

enum playbook_scope verdict_throttled(int32_t code)
{
    struct verdict v = verdict_of(code);

    if (v.action != PLAYBOOK_THROTTLE && v.action != PLAYBOOK_NEXT_DAY) return PLAYBOOK_SCOPE_ACCOUNT;
    return v.scope;
}

int64_t verdict_backoff_ms(const struct engine_config *c, uint8_t attempt, struct rng *rng)
{
    int64_t wait = backoff_ms(c->retry_first_ms, c->retry_max_ms, attempt);

    return wait * (int64_t)(800 + rng_below(rng, 401)) / 1000;
}

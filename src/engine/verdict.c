/* verdict: contract in verdict.h. */
#include "engine/verdict.h"

static const struct {
    int32_t code;
    struct verdict verdict;
} table[] = {
    {20003, {PLAYBOOK_HOLD, PLAYBOOK_SCOPE_ACCOUNT}},
    {20429, {PLAYBOOK_THROTTLE, PLAYBOOK_SCOPE_ACCOUNT}},
    {20500, {PLAYBOOK_DOUBT, PLAYBOOK_SCOPE_PROVIDER}},
    {14107, {PLAYBOOK_THROTTLE, PLAYBOOK_SCOPE_SENDER}},
    {21610, {PLAYBOOK_SUPPRESS, PLAYBOOK_SCOPE_RECIPIENT}},
    {21611, {PLAYBOOK_THROTTLE, PLAYBOOK_SCOPE_SENDER}},
    {30001, {PLAYBOOK_THROTTLE, PLAYBOOK_SCOPE_SENDER}},
    {30002, {PLAYBOOK_HOLD, PLAYBOOK_SCOPE_ACCOUNT}},
    {30003, {PLAYBOOK_RETRY, PLAYBOOK_SCOPE_RECIPIENT}},
    {30022, {PLAYBOOK_THROTTLE, PLAYBOOK_SCOPE_PROGRAM_CARRIER}},
    {30023, {PLAYBOOK_NEXT_DAY, PLAYBOOK_SCOPE_BRAND_CARRIER}},
    {63017, {PLAYBOOK_THROTTLE, PLAYBOOK_SCOPE_ACCOUNT}},
    {63018, {PLAYBOOK_THROTTLE, PLAYBOOK_SCOPE_SENDER}},
};

struct verdict verdict_of(int32_t code)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].code == code) return table[i].verdict;
    return (struct verdict){PLAYBOOK_END, PLAYBOOK_SCOPE_REQUEST};
}

enum playbook_scope verdict_throttled(int32_t code)
{
    struct verdict v = verdict_of(code);

    if (v.action != PLAYBOOK_THROTTLE && v.action != PLAYBOOK_NEXT_DAY) return PLAYBOOK_SCOPE_ACCOUNT;
    return v.scope;
}

int64_t verdict_backoff_ms(const struct engine_config *c, uint8_t attempt, struct rng *rng)
{
    int64_t wait = c->retry_first_ms;

    for (uint8_t i = 1; i < attempt && wait < c->retry_max_ms; i++) wait *= 2;
    if (wait > c->retry_max_ms) wait = c->retry_max_ms;
    return wait * (int64_t)(800 + rng_below(rng, 401)) / 1000;
}

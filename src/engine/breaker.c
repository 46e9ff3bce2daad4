/* breaker: contract in breaker.h. */
#include "engine/breaker.h"

#include "base/err.h"

bool breaker_lets(const struct breaker *b)
{
    return b->state == BREAKER_CLOSED || (b->state == BREAKER_HALF && !b->trying);
}

void breaker_chosen(struct breaker *b)
{
    BUG_IF(!breaker_lets(b));
    if (b->state == BREAKER_HALF) b->trying = true;
}

bool breaker_good(struct breaker *b)
{
    b->run = 0;
    b->trying = false;
    if (b->state != BREAKER_HALF) return false;
    b->state = BREAKER_CLOSED;
    b->pause_ms = 0;
    return true;
}

static void open_again(struct breaker *b, const struct breaker_rule *rule, int64_t now_ms)
{
    b->pause_ms = b->pause_ms == 0 ? rule->probe_ms : b->pause_ms * 2;
    if (b->pause_ms > rule->probe_max_ms) b->pause_ms = rule->probe_max_ms;
    b->state = BREAKER_OPEN;
    b->run = 0;
    b->trying = false;
    b->probe_ms = now_ms + b->pause_ms;
}

/* Failures of attempts that were under way when it opened say nothing new. */
bool breaker_bad(struct breaker *b, const struct breaker_rule *rule, int64_t now_ms)
{
    if (b->state == BREAKER_OPEN || b->state == BREAKER_PROBING) return false;
    if (b->state == BREAKER_HALF && !b->trying) return false;
    b->run++;
    if (b->state == BREAKER_CLOSED && b->run < rule->run) return false;
    open_again(b, rule, now_ms);
    return true;
}

void breaker_neutral(struct breaker *b)
{
    b->trying = false;
}

void breaker_probe(struct breaker *b)
{
    BUG_IF(b->state != BREAKER_OPEN);
    b->state = BREAKER_PROBING;
}

void breaker_probed(struct breaker *b, bool healthy, const struct breaker_rule *rule, int64_t now_ms)
{
    if (b->state != BREAKER_PROBING) return;
    if (healthy) b->state = BREAKER_HALF;
    else open_again(b, rule, now_ms);
}

void pace_halve(struct pace *p, uint32_t in_flight)
{
    uint32_t half = in_flight / 2;

    p->threshold = p->cap = half < 1 ? 1 : half;
    p->credit = 0;
}

void pace_restart(struct pace *p)
{
    p->threshold = UINT32_MAX;
    p->cap = 1;
    p->credit = 0;
}

void pace_grow(struct pace *p, uint32_t most)
{
    if (p->cap == 0) return;
    if (p->cap >= p->threshold && ++p->credit < p->cap) return;
    p->credit = 0;
    if (++p->cap >= most) p->cap = 0;
}

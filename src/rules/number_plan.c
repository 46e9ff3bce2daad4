/* number_plan: the arithmetic and its words. Contract in number_plan.h. */
#include "rules/number_plan.h"

#include "base/err.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static void reason(struct number_plan *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void reason(struct number_plan *p, const char *fmt, ...)
{
    va_list args;

    BUG_IF(p->reasons_count == PLAN_REASONS_MAX);
    va_start(args, fmt);
    (void)vsnprintf(p->reasons[p->reasons_count++], PLAN_REASON_BYTES, fmt, args);
    va_end(args);
}

static void choose_rate(const struct number_plan_ask *ask, struct number_plan *p)
{
    p->rate_per_min = ask->rate_per_min;
    if (ask->toll_free) {
        if (p->rate_per_min == 0) p->rate_per_min = ask->number_per_min;
        reason(p, "Toll-free numbers are not bound by a brand's tier.");
        return;
    }
    if (p->rate_per_min == 0 || p->rate_per_min > ask->tier_per_min) p->rate_per_min = ask->tier_per_min;
    reason(p, "A T%d brand sends %" PRId64 " messages a minute at most.", ask->tier, ask->tier_per_min);
    if (ask->rate_per_min > ask->tier_per_min)
        reason(p, "%" PRId64 " a minute were asked for: the brand's score must rise first.", ask->rate_per_min);
}

static int64_t most_of(const struct number_plan_ask *ask)
{
    if (ask->toll_free) return NUMBERS_TOLL_FREE_MAX;
    return ask->brand == BRAND_SOLE_PROPRIETOR ? 1 : NUMBERS_PER_CAMPAIGN;
}

static void explain_most(const struct number_plan_ask *ask, struct number_plan *p)
{
    if (ask->toll_free)
        reason(p, "A business has %d toll-free numbers at most without a justification.", NUMBERS_TOLL_FREE_MAX);
    else if (ask->brand == BRAND_SOLE_PROPRIETOR)
        reason(p, "A sole proprietor's campaign has one number.");
    else
        reason(p, "A campaign has %d numbers at most without an approved number pool: %" PRId64
               " a minute are out of its reach.", NUMBERS_PER_CAMPAIGN, p->rate_per_min);
}

void number_plan_make(const struct number_plan_ask *ask, struct number_plan *out)
{
    BUG_IF(ask->number_per_min < 1 || ask->tier_per_min < 1);
    *out = (struct number_plan){.most = most_of(ask)};
    choose_rate(ask, out);
    out->wanted = (out->rate_per_min + ask->number_per_min - 1) / ask->number_per_min;
    reason(out, "A number carries %" PRId64 " a minute, so %" PRId64 " a minute want %" PRId64 ".", ask->number_per_min,
           out->rate_per_min, out->wanted);
    if (out->wanted > out->most) {
        out->wanted = out->most;
        explain_most(ask, out);
    }
    out->to_buy = out->wanted > ask->have ? out->wanted - ask->have : 0;
    reason(out, "It has %" PRId64 ". More than it wants would raise nothing: carriers count by campaign and brand.",
           ask->have);
    if (ask->absent > 0)
        reason(out, "%" PRId64 " sender(s) more do not count: their numbers are not in the account at Twilio "
                    "(sterling drift names them).", ask->absent);
}

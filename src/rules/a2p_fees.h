/*
 * a2p_fees: what a registration costs: what is to be expected of its facts, and what its progress has cost so far.
 *
 * Amounts are the price table's (data/prices.tsv, or the operator's own: rules/price.h), where each fee has a day, and
 * a note on its source. Fees are not given back when something is refused. Sources: compliance sections 4.1, 4.4 and 7.
 * Pure.
 */
#ifndef STERLING_RULES_A2P_FEES_H
#define STERLING_RULES_A2P_FEES_H

#include "rules/a2p_facts.h"
#include "rules/a2p_rejection.h"
#include "rules/price.h"

/* What was done already. All 0: nothing. */
struct a2p_paid {
    uint32_t brands, brand_updates;       /* created; submitted again */
    uint32_t campaigns, campaign_updates; /* created, those too that are gone (each is vetted); submitted again */
    uint32_t numbers;                     /* bought */
};
struct a2p_fee {
    const char *item;  /* the price table's name: "campaign_vetting"; static */
    const char *what;  /* for people; static */
    bool monthly;
    uint32_t expected, counted; /* times */
    int64_t micros;    /* each, micro-dollars; -1: the table has no such fee */
};
enum { A2P_FEES_MAX = 8 };
struct a2p_fees {
    size_t count;
    struct a2p_fee at[A2P_FEES_MAX];
    int64_t expected_micros, month_micros, counted_micros, month_counted_micros; /* of fees that are known */
    bool known;        /* all are */
};

/* `kind` is not BRAND_NONE. A mock registration costs nothing but its numbers. */
void a2p_fees(const struct price_table *t, const struct a2p_facts *facts, enum brand_type kind,
              const struct a2p_paid *paid, int64_t at_ms, struct a2p_fees *out);
/* What it costs to send again what was refused so; -1: not known. Three updates of a brand are free, an update of a
 * campaign mostly is. */
int64_t a2p_fee_again(const struct price_table *t, enum a2p_resubmit how, enum brand_type kind,
                      const struct a2p_facts *facts, int64_t at_ms);

#endif

/*
 * number_plan: how many numbers a program wants for a rate, and why.
 *
 * The rate is what its brand may send (or less, if less is asked for); a number carries what the settings give it.
 * More numbers than that raise nothing: carriers' limits belong to campaign and brand, and they take many numbers for
 * one sender as evasion. Sources: reference, compliance sections 4.2, 4.3, 5 and 9: 49 numbers a campaign without a
 * number pool, one for a sole proprietor, five toll-free numbers a business without a justification. Pure.
 */
#ifndef STERLING_RULES_NUMBER_PLAN_H
#define STERLING_RULES_NUMBER_PLAN_H

#include "rules/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NUMBERS_PER_CAMPAIGN = 49, NUMBERS_TOLL_FREE_MAX = 5, PLAN_REASONS_MAX = 7, PLAN_REASON_BYTES = 200 };

struct number_plan_ask {
    bool toll_free;
    enum brand_type brand;
    int tier;                    /* 1 … 4 */
    int64_t tier_per_min;        /* messages a minute of that tier */
    int64_t number_per_min;      /* messages a minute that one number carries */
    int64_t rate_per_min;        /* asked for; 0: all that the brand may send */
    int64_t have;                /* numbers of that kind it has */
    int64_t absent;              /* and senders whose numbers its account has not: they carry nothing */
};
struct number_plan {
    int64_t rate_per_min;        /* what it is made for */
    int64_t wanted, most, to_buy;
    char reasons[PLAN_REASONS_MAX][PLAN_REASON_BYTES];
    size_t reasons_count;
};
/* number_per_min and tier_per_min at least 1. */
void number_plan_make(const struct number_plan_ask *ask, struct number_plan *out);

#endif

/*
 * throughput: the rows of data/carrier-throughput.tsv, as the build compiled them in. Used by tier.c alone.
 */
#ifndef STERLING_RULES_THROUGHPUT_H
#define STERLING_RULES_THROUGHPUT_H

#include "rules/tier.h"

enum throughput_kind {
    THROUGHPUT_DECLARED, THROUGHPUT_MIXED, THROUGHPUT_STANDARD, /* Standard brand, by score */
    THROUGHPUT_LOW_VOLUME_BRAND, THROUGHPUT_LOW_VOLUME_CAMPAIGN, THROUGHPUT_SOLE_PROPRIETOR,
    THROUGHPUT_POLITICAL, THROUGHPUT_CHARITY, THROUGHPUT_SOCIAL, THROUGHPUT_EMERGENCY, /* special at AT&T */
    THROUGHPUT_PROXY, THROUGHPUT_AGENTS,
    THROUGHPUT_RUSSELL_3000, THROUGHPUT_ANY_10DLC, THROUGHPUT_ABROAD, THROUGHPUT_TOLL_FREE,
    THROUGHPUT_SHORT_CODE, THROUGHPUT_NEW_ACCOUNT,
};

struct throughput_row {
    enum throughput_kind kind;
    bool published;       /* the carrier's own figure; else what Twilio lets through */
    int32_t low, high;    /* trust scores it is for; -1 … 100: any, and none */
    struct limit_rule rule;
};

extern const struct throughput_row throughput_rows[];
extern const size_t throughput_rows_count;

#endif

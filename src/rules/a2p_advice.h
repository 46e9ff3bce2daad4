/*
 * a2p_advice: which use case fits what a campaign says of itself and passes soonest, and what vetting would raise.
 *
 * Use cases are told by their words in description and samples (compliance section 4.3); limits are rules/tier's. Pure;
 * allocates nothing.
 */
#ifndef STERLING_RULES_A2P_ADVICE_H
#define STERLING_RULES_A2P_ADVICE_H

#include "rules/a2p_facts.h"
#include "rules/tier.h"

struct a2p_candidate {
    enum use_case use_case;
    unsigned hits;   /* texts (description, samples) that speak of it */
    const char *why; /* a sentence; static */
};
enum { A2P_CANDIDATES_MAX = 4 };
struct a2p_advice {
    enum use_case best; /* may be what was chosen already */
    size_t count;       /* of candidates, likeliest first */
    struct a2p_candidate candidates[A2P_CANDIDATES_MAX];
};
/* `per_day`: messages a day that are wanted, 0 if not known. LOW_VOLUME for a low-volume brand and for so few that the
 * lowest rate carries them; MIXED where several purposes show; else the one that shows. */
void a2p_advise(const struct a2p_facts *facts, enum brand_type kind, int64_t per_day, struct a2p_advice *out);

/* T-Mobile's cap a day and AT&T's a minute with that score (-1: not vetted), in segments; 0: none. */
struct a2p_raise {
    enum tier tier;
    int64_t tmobile_per_day, att_per_minute;
};
struct a2p_raise a2p_limits_with(enum brand_type kind, enum use_case use_case, int32_t score);

#endif

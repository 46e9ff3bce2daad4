/* a2p_advice: words to use cases, scores to limits. Contract in a2p_advice.h. */
#include "rules/a2p_advice.h"

#include "rules/a2p_check.h"

/* What T-Mobile takes of a low-volume brand (compliance section 4.1): all may be its customers. */
enum { LOW_VOLUME_PER_DAY = 2000 };

static const struct purpose {
    enum use_case use_case;
    const char *words, *why;
} PURPOSES[] = {
    {USE_CASE_2FA, "passcode*|one-time*|verification code*|login code*|security code*|otp|2fa|your code",
     "It speaks of codes to log in with."},
    {USE_CASE_DELIVERY_NOTIFICATION, "deliver*|shipp*|package*|courier|out for delivery|pickup",
     "It speaks of deliveries."},
    {USE_CASE_FRAUD_ALERT, "fraud*|suspicious|unusual transaction*|unusual activity",
     "It speaks of suspicious payments."},
    {USE_CASE_ACCOUNT_NOTIFICATION,
     "appointment*|remind*|renew*|invoice*|balance|payment*|statement*|confirm your*|booking*|reservation*",
     "It speaks of appointments, payments or accounts."},
    {USE_CASE_CUSTOMER_CARE, "support|question*|answer*|help desk|customer care|customer service|inquir*",
     "It speaks of questions and their answers."},
    {USE_CASE_POLLING_VOTING, "survey*|poll|polls|feedback|rate us|how was", "It asks for opinions."},
    {USE_CASE_MARKETING, "offer*|sale|% off|discount*|promo*|deal|deals|coupon*|newsletter*|new arrival*|loyalty|event*",
     "It makes offers, which no other single use case may."},
};
enum { PURPOSE_COUNT = sizeof PURPOSES / sizeof PURPOSES[0] };

static unsigned hits_of(const struct a2p_facts *facts, const char *words)
{
    unsigned hits = a2p_says(facts->at[A2P_DESCRIPTION], words) ? 1 : 0;

    for (int i = A2P_SAMPLE1; i <= A2P_SAMPLE5; i++)
        if (a2p_says(facts->at[i], words)) hits++;
    return hits;
}

static void put(struct a2p_advice *out, const struct purpose *p, unsigned hits)
{
    size_t at = out->count < A2P_CANDIDATES_MAX ? out->count : A2P_CANDIDATES_MAX;

    while (at > 0 && out->candidates[at - 1].hits < hits) {
        if (at < A2P_CANDIDATES_MAX) out->candidates[at] = out->candidates[at - 1];
        at--;
    }
    if (at >= A2P_CANDIDATES_MAX) return;
    out->candidates[at] = (struct a2p_candidate){p->use_case, hits, p->why};
    if (out->count < A2P_CANDIDATES_MAX) out->count++;
}

void a2p_advise(const struct a2p_facts *facts, enum brand_type kind, int64_t per_day, struct a2p_advice *out)
{
    out->count = 0;
    for (size_t i = 0; i < PURPOSE_COUNT; i++) {
        unsigned hits = hits_of(facts, PURPOSES[i].words);
        if (hits > 0) put(out, &PURPOSES[i], hits);
    }
    if (kind == BRAND_SOLE_PROPRIETOR) out->best = USE_CASE_SOLE_PROPRIETOR;
    else if (kind == BRAND_LOW_VOLUME || (per_day > 0 && per_day <= LOW_VOLUME_PER_DAY))
        out->best = USE_CASE_LOW_VOLUME;
    else if (out->count == 0) out->best = USE_CASE_MIXED;
    else out->best = out->count > 1 ? USE_CASE_MIXED : out->candidates[0].use_case;
}

struct a2p_raise a2p_limits_with(enum brand_type kind, enum use_case use_case, int32_t score)
{
    struct tier_subject subject = {.brand = kind, .trust_score = score, .use_case = use_case,
                                   .sender = SENDER_LONG_CODE};
    struct a2p_raise out = {.tier = tier_of(kind, score)};
    struct limit_rule rules[TIER_RULES_MAX];
    struct tier_figures figures;
    size_t count;

    tier_figures_init(&figures);
    count = tier_limits(&subject, &figures, rules);
    for (size_t i = 0; i < count; i++) {
        if (rules[i].carrier == CARRIER_TMOBILE && rules[i].window_ms == LIMIT_PACIFIC_DAY)
            out.tmobile_per_day = rules[i].amount;
        if (rules[i].carrier == CARRIER_ATT && rules[i].scope == LIMIT_PROGRAM_CARRIER && rules[i].window_ms == 60000)
            out.att_per_minute = rules[i].amount;
    }
    return out;
}

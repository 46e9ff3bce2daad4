/* a2p_fees: which items of the price table a registration meets, and how often. Contract in a2p_fees.h. */
#include "rules/a2p_fees.h"

#include "rules/tier.h"

struct counting {
    const struct price_table *prices;
    int64_t at_ms;
    struct a2p_fees *out;
};

static void add(const struct counting *c, struct a2p_fee fee)
{
    struct a2p_fees *out = c->out;

    BUG_IF(fee.counted > fee.expected);
    if (fee.expected == 0) return;
    if (price_fee(c->prices, str_from(fee.item), c->at_ms, &fee.micros) != ERR_OK) fee.micros = -1;
    BUG_IF(out->count == A2P_FEES_MAX);
    out->at[out->count++] = fee;
    if (fee.micros < 0) {
        out->known = false;
        return;
    }
    *(fee.monthly ? &out->month_micros : &out->expected_micros) += fee.micros * fee.expected;
    *(fee.monthly ? &out->month_counted_micros : &out->counted_micros) += fee.micros * fee.counted;
}

static const char *brand_item(enum brand_type kind, const struct a2p_facts *facts)
{
    if (kind == BRAND_SOLE_PROPRIETOR) return "brand_sole_proprietor";
    /* Without the second vetting a standard brand costs what a low-volume one does. */
    if (kind == BRAND_LOW_VOLUME || a2p_fact_is_true(facts, A2P_SKIP_VETTING)) return "brand_low_volume";
    return "brand_standard";
}

static const char *month_item(enum brand_type kind, const struct a2p_facts *facts)
{
    if (kind == BRAND_SOLE_PROPRIETOR) return "campaign_month_sole_proprietor";
    if (kind == BRAND_LOW_VOLUME) return "campaign_month_low_volume";
    switch (use_case_parse(a2p_fact(facts, A2P_USE_CASE))) {
    case USE_CASE_LOW_VOLUME: return "campaign_month_low_volume";
    case USE_CASE_CHARITY: return "campaign_month_charity";
    case USE_CASE_EMERGENCY: return "campaign_month_emergency";
    case USE_CASE_AGENTS_FRANCHISES: return "campaign_month_agents";
    default: return "campaign_month_standard";
    }
}

static uint32_t at_least(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t numbers_wanted(const struct a2p_facts *facts)
{
    enum { NUMBERS_MAX = 400 };
    uint64_t wanted;

    return str_to_u64(a2p_fact(facts, A2P_NUMBERS_TO_BUY), &wanted) != ERR_OK || wanted > NUMBERS_MAX
               ? 0 : (uint32_t)wanted;
}

void a2p_fees(const struct price_table *t, const struct a2p_facts *facts, enum brand_type kind,
              const struct a2p_paid *paid, int64_t at_ms, struct a2p_fees *out)
{
    struct counting c = {t, at_ms, out};
    bool mock = a2p_fact_is_true(facts, A2P_MOCK);
    bool is_public = kind != BRAND_SOLE_PROPRIETOR && str_equal(a2p_fact(facts, A2P_COMPANY_TYPE), STR("public"));
    uint32_t brands = mock ? 0 : at_least(paid->brands, 1), campaigns = mock ? 0 : at_least(paid->campaigns, 1);

    BUG_IF(kind == BRAND_NONE);
    *out = (struct a2p_fees){.known = true};
    if (kind == BRAND_TOLL_FREE) return; /* a verification costs nothing (compliance section 5.1) */
    add(&c, (struct a2p_fee){.item = brand_item(kind, facts), .what = "brand", .expected = brands,
                             .counted = mock ? 0 : paid->brands});
    if (is_public)
        add(&c, (struct a2p_fee){.item = "authentication_plus", .what = "confirmation by e-mail (Authentication+)",
                                 .expected = brands, .counted = mock ? 0 : paid->brands});
    add(&c, (struct a2p_fee){.item = "campaign_vetting", .what = "review of the campaign", .expected = campaigns,
                             .counted = mock ? 0 : paid->campaigns});
    add(&c, (struct a2p_fee){.item = month_item(kind, facts), .what = "campaign", .monthly = true,
                             .expected = mock ? 0 : 1, .counted = !mock && paid->campaigns > 0});
    add(&c, (struct a2p_fee){.item = "number_month_local", .what = "numbers", .monthly = true,
                             .expected = at_least(numbers_wanted(facts), paid->numbers), .counted = paid->numbers});
}

int64_t a2p_fee_again(const struct price_table *t, enum a2p_resubmit how, enum brand_type kind,
                      const struct a2p_facts *facts, int64_t at_ms)
{
    int64_t micros = 0;

    if (how != A2P_RESUBMIT_CAMPAIGN_NEW || kind == BRAND_NONE || a2p_fact_is_true(facts, A2P_MOCK)) return 0;
    return price_fee(t, STR("campaign_vetting"), at_ms, &micros) == ERR_OK ? micros : -1;
}

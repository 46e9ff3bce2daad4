/* allowance: sums what a program's senders may do and caps it by the brand, organization and account. */
#include "app/allowance.h"

#include "app/orgs.h"
#include "rules/tier.h"

enum { SENDERS_PAGE = 200 };

/* Messages per 1,000 s, by the second's limit and by the minute's. */
struct rates {
    int64_t by_second, by_minute;
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t tier_per_min(const struct settings *s, const struct program *g)
{
    switch (tier_of(g->brand, g->brand_score)) {
    case TIER_T2:
        return s->limits_tier2_per_min;
    case TIER_T3:
        return s->limits_tier3_per_min;
    case TIER_T4:
        return s->limits_tier4_per_min;
    case TIER_T1:
        break;
    }
    return s->limits_tier1_per_min;
}

static struct rates rates_of(const struct settings *s, enum sender_kind kind)
{
    struct rates r = {s->limits_long_code_per_s * 1000, s->limits_long_code_per_min * 1000 / 60};

    if (kind == SENDER_TOLL_FREE) r.by_second = r.by_minute = s->limits_toll_free_per_s * 1000;
    if (kind == SENDER_SHORT_CODE) r.by_second = r.by_minute = s->limits_short_code_per_s * 1000;
    r.by_minute = least(r.by_minute, r.by_second);
    return r;
}

static void sum_senders(struct app *app, struct store_reader *r, struct arena *a, const struct program *g,
                        struct rates *long_codes, struct rates *others)
{
    struct sender *rows = arena_alloc(a, SENDERS_PAGE * sizeof *rows);
    size_t count = SENDERS_PAGE;
    uint32_t after = 0;

    while (rows != NULL && r->store->ops->senders(r, a, g->org, after, rows, &count) == ERR_OK && count > 0) {
        for (size_t i = 0; i < count; i++) {
            struct rates one = rates_of(app->settings, rows[i].kind);
            struct rates *sum = rows[i].kind == SENDER_LONG_CODE ? long_codes : others;
            if (rows[i].program != g->id || rows[i].state != SENDER_ACTIVE) continue;
            sum->by_second += one.by_second;
            sum->by_minute += one.by_minute;
        }
        after = rows[count - 1].id;
        count = SENDERS_PAGE;
    }
}

void allowance_of(struct app *app, struct store_reader *r, struct arena *a, org_id org, uint32_t program,
                  struct allowance *out)
{
    const struct settings *s = app->settings;
    struct rates long_codes = {0, 0}, others = {0, 0};
    struct program g;

    *out = (struct allowance){-1, -1};
    if (orgs_program_by_id(r, a, org, program, &g) != ERR_OK) return;
    sum_senders(app, r, a, &g, &long_codes, &others);
    if (long_codes.by_second + others.by_second == 0) return;
    /* The brand's tier binds 10DLC numbers only; a minute's worth may be used up in one second. */
    out->peak_per_ks = others.by_second + least(long_codes.by_second, tier_per_min(s, &g) * 1000);
    out->sustained_per_ks = others.by_minute + least(long_codes.by_minute, tier_per_min(s, &g) * 1000 / 60);
    if (s->limits_org_per_s > 0) out->peak_per_ks = least(out->peak_per_ks, s->limits_org_per_s * 1000);
    if (s->limits_account_per_s > 0)
        out->peak_per_ks = least(out->peak_per_ks, s->limits_account_per_s * 1000);
    out->sustained_per_ks = least(out->sustained_per_ks, out->peak_per_ks);
}

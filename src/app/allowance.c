/* allowance: sums and caps what limits let a program send. Contract in allowance.h. */
#include "app/allowance.h"

#include "app/absent.h"
#include "app/directory_limits.h"
#include "app/gate.h"
#include "app/orgs.h"
#include "app/sender_pauses.h"
#include "app/senders_walk.h"
#include "rules/tier.h"

/* Messages per 1,000 s, by the second's limit and by the minute's. */
struct rates {
    int64_t by_second, by_minute;
    int64_t senders;
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
    struct rates r = {s->limits_long_code_per_s * 1000, s->limits_long_code_per_min * 1000 / 60, 1};

    if (kind == SENDER_TOLL_FREE) r.by_second = r.by_minute = s->limits_toll_free_per_s * 1000;
    if (kind == SENDER_SHORT_CODE) r.by_second = r.by_minute = s->limits_short_code_per_s * 1000;
    r.by_minute = least(r.by_minute, r.by_second);
    return r;
}

/* What the senders that may send now can do together. */
struct senders_sum {
    struct rates long_codes, others;
    struct gate_pool pool;
    struct absent absent;
    bool none; /* Twilio refused the whole program's */
};

/* Refused for something that a person has to mend: it waits. */
static bool is_paused(struct app *app, const struct sender *s, bool *whole_pool)
{
    struct sender_pause pause;

    if (app->pauses == NULL || !sender_pauses_find(app->pauses, s->org, s->id, clock_wall_ms(app->clock), &pause))
        return false;
    *whole_pool = *whole_pool || pause.whole_pool;
    return true;
}

static void sum_sender(struct app *app, const struct program *g, const struct sender *s, struct senders_sum *sum)
{
    struct rates one = rates_of(app->settings, s->kind);
    struct rates *all = s->kind == SENDER_LONG_CODE ? &sum->long_codes : &sum->others;

    if (s->program != g->id || !gate_pool_add(&sum->pool, s, g->registration)) return;
    if (absent_has(&sum->absent, s) || is_paused(app, s, &sum->none)) return;
    all->by_second += one.by_second;
    all->by_minute += one.by_minute;
    all->senders++;
}

static void sum_senders(struct app *app, struct store_reader *r, const struct program *g, struct senders_sum *sum)
{
    const struct sender *s;
    struct senders_walk w;

    sum->none = absent_read(r, g->org, &sum->absent) != ERR_OK; /* then nothing is known */
    senders_walk_begin(&w, r, g->org);
    while ((s = senders_walk_next(&w)) != NULL) sum_sender(app, g, s, sum);
    absent_free(&sum->absent);
}

/* What one carrier takes of 10DLC traffic. */
static struct rates carrier_rates(const struct limit_rule *rules, size_t count, enum carrier carrier,
                                  const struct allowance_audience *to, int64_t senders)
{
    struct rates least_of = {INT64_MAX, INT64_MAX, senders};

    for (size_t i = 0; i < count; i++) {
        int64_t per_ks = rules[i].amount * 1000;
        if (rules[i].carrier != carrier || rules[i].window_ms == LIMIT_PACIFIC_DAY) continue;
        if (rules[i].scope == LIMIT_SENDER_CARRIER) per_ks *= senders;
        if (rules[i].unit == LIMIT_SEGMENTS && to->segments > 0)
            per_ks = per_ks * to->messages / to->segments;
        if (rules[i].window_ms <= 1000) least_of.by_second = least(least_of.by_second, per_ks);
        least_of.by_minute = least(least_of.by_minute, per_ks * 1000 / rules[i].window_ms);
    }
    return least_of;
}

/* The carriers of the audience together; those of unknown ones count at every carrier. */
static void cap_by_carriers(struct app *app, const struct program *g, const struct allowance_audience *to,
                            struct rates *long_codes)
{
    const struct tier_subject subject = {.brand = g->brand,
                                         .trust_score = g->brand_score,
                                         .use_case = use_case_parse(g->use_case),
                                         .sender = SENDER_LONG_CODE};
    struct limit_rule rules[TIER_RULES_MAX];
    struct tier_figures figures;
    struct rates sum = {0, 0, 0};
    size_t count;

    directory_figures(app->settings, &figures);
    count = tier_limits(&subject, &figures, rules);
    for (enum carrier c = CARRIER_ATT; c < CARRIER_COUNT; c++) {
        struct rates one = carrier_rates(rules, count, c, to, long_codes->senders);
        if (to->carriers != 0 && (to->carriers & 1u << c) == 0) continue;
        sum.by_second += least(one.by_second, long_codes->by_second);
        sum.by_minute += least(one.by_minute, long_codes->by_minute);
    }
    if (sum.by_second == 0) return; /* nobody but unknown ones */
    long_codes->by_second = least(long_codes->by_second, sum.by_second);
    long_codes->by_minute = least(long_codes->by_minute, sum.by_minute);
}

void allowance_of(struct app *app, struct store_reader *r, struct arena *a, org_id org, uint32_t program,
                  const struct allowance_audience *to, struct allowance *out)
{
    const struct settings *s = app->settings;
    struct senders_sum sum = {0};
    struct rates long_codes, others;
    struct program g;

    *out = (struct allowance){-1, -1};
    if (orgs_program_by_id(r, a, org, program, &g) != ERR_OK) return;
    sum_senders(app, r, &g, &sum);
    long_codes = sum.long_codes;
    others = sum.others;
    if (sum.none || long_codes.senders + others.senders == 0) return;
    if (long_codes.senders > 0) cap_by_carriers(app, &g, to, &long_codes);
    /* The brand's tier binds 10DLC numbers only; a minute's worth may be used up in one second. */
    out->peak_per_ks = others.by_second + least(long_codes.by_second, tier_per_min(s, &g) * 1000);
    out->sustained_per_ks = others.by_minute + least(long_codes.by_minute, tier_per_min(s, &g) * 1000 / 60);
    if (s->limits_org_per_s > 0) out->peak_per_ks = least(out->peak_per_ks, s->limits_org_per_s * 1000);
    if (s->limits_account_per_s > 0)
        out->peak_per_ks = least(out->peak_per_ks, s->limits_account_per_s * 1000);
    out->sustained_per_ks = least(out->sustained_per_ks, out->peak_per_ks);
}

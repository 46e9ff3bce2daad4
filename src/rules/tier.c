/*
 * tier: picks the rows of the throughput table that concern a program, and puts the operator's figures
 * beside them.
 *
 * Owns nothing. Every row says where it comes from, so that a limit can be explained. Nothing here can
 * fail; data that is not known (no score, a new use case) gets the lower figure.
 */
#include "rules/tier.h"

#include "rules/throughput.h"

static const char *const USE_CASE_CODES[USE_CASES] = {
    [USE_CASE_UNKNOWN] = "UNKNOWN",
    [USE_CASE_2FA] = "2FA",
    [USE_CASE_ACCOUNT_NOTIFICATION] = "ACCOUNT_NOTIFICATION",
    [USE_CASE_CUSTOMER_CARE] = "CUSTOMER_CARE",
    [USE_CASE_DELIVERY_NOTIFICATION] = "DELIVERY_NOTIFICATION",
    [USE_CASE_FRAUD_ALERT] = "FRAUD_ALERT",
    [USE_CASE_HIGHER_EDUCATION] = "HIGHER_EDUCATION",
    [USE_CASE_MARKETING] = "MARKETING",
    [USE_CASE_MIXED] = "MIXED",
    [USE_CASE_POLLING_VOTING] = "POLLING_VOTING",
    [USE_CASE_PUBLIC_SERVICE_ANNOUNCEMENT] = "PUBLIC_SERVICE_ANNOUNCEMENT",
    [USE_CASE_SECURITY_ALERT] = "SECURITY_ALERT",
    [USE_CASE_LOW_VOLUME] = "LOW_VOLUME",
    [USE_CASE_AGENTS_FRANCHISES] = "AGENTS_FRANCHISES",
    [USE_CASE_CHARITY] = "CHARITY",
    [USE_CASE_EMERGENCY] = "EMERGENCY",
    [USE_CASE_K12_EDUCATION] = "K12_EDUCATION",
    [USE_CASE_POLITICAL] = "POLITICAL",
    [USE_CASE_PROXY] = "PROXY",
    [USE_CASE_SOCIAL] = "SOCIAL",
    [USE_CASE_SWEEPSTAKE] = "SWEEPSTAKE",
    [USE_CASE_SOLE_PROPRIETOR] = "SOLE_PROPRIETOR",
};

/* The user's table of default limits; the last five are off until an operator sets them. */
static const struct tier_figure_info FIGURES[TIER_FIGURES] = {
    [FIGURE_T1_PER_MINUTE] = {"tier1_per_min", 50, 1, 10000000,
        "messages a minute of a new brand (tier T1: no trust score, or below 25)"},
    [FIGURE_T2_PER_MINUTE] = {"tier2_per_min", 750, 1, 10000000,
        "messages a minute of a brand with trust score 25 to 49"},
    [FIGURE_T3_PER_MINUTE] = {"tier3_per_min", 4500, 1, 10000000,
        "messages a minute of a brand with trust score 50 to 74"},
    [FIGURE_T4_PER_MINUTE] = {"tier4_per_min", 60000, 1, 10000000,
        "messages a minute of a brand with trust score 75 or more"},
    [FIGURE_LONG_CODE_PER_SECOND] = {"long_code_per_s", 10, 1, 100000,
        "messages a second of a long code"},
    [FIGURE_LONG_CODE_PER_MINUTE] = {"long_code_per_min", 100, 1, 1000000,
        "messages a minute of a long code"},
    [FIGURE_TOLL_FREE_PER_SECOND] = {"toll_free_per_s", 3, 1, 100000,
        "messages a second of a toll-free number; more if Twilio granted it"},
    [FIGURE_SHORT_CODE_PER_SECOND] = {"short_code_per_s", 100, 1, 100000,
        "messages a second of a short code; more if Twilio granted it"},
    [FIGURE_ALPHA_PER_SECOND] = {"alpha_per_s", 10, 1, 100000,
        "messages a second of an alphanumeric sender"},
    [FIGURE_LOOKUP_PER_SECOND] = {"lookup_per_s", 100, 1, 100000, "Lookup requests a second"},
    [FIGURE_VERIFY_PER_SECOND] = {"verify_per_s", 10, 1, 100000,
        "Verify requests a second of one Verify service"},
    [FIGURE_ACCOUNT_PER_SECOND] = {"account_per_s", 2000, 1, 1000000,
        "messages a second of a Twilio account with all its subaccounts (Twilio's error 63017 beyond)"},
    [FIGURE_ACCOUNT_PER_DAY] = {"account_per_day", 0, 0, 1000000000,
        "segments in 24 hours of a Twilio account; 0: none, or 20,000 while its business profile is pending"},
    [FIGURE_ORG_PER_SECOND] = {"org_per_s", 0, 0, 1000000,
        "messages a second of one organization; 0: none"},
    [FIGURE_TMOBILE_PER_DAY] = {"tmobile_per_day", 0, 0, 1000000000,
        "segments a day of a brand to T-Mobile; 0: by the carrier's table"},
    [FIGURE_ATT_PER_MINUTE] = {"att_per_min", 0, 0, 10000000,
        "segments a minute of a program to AT&T; 0: by the carrier's table"},
    [FIGURE_TIER_ALL_SENDERS] = {"tier_all_senders", 0, 0, 1,
        "1: the brand's tier also covers its toll-free numbers and short codes"},
};

enum { SECOND_MS = 1000, MINUTE_MS = 60000, DAY_MS = 86400000 };

enum use_case use_case_parse(struct str code)
{
    for (unsigned i = 1; i < USE_CASES; i++)
        if (str_equal_nocase(code, str_from(USE_CASE_CODES[i]))) return (enum use_case)i;
    return USE_CASE_UNKNOWN;
}

const char *use_case_code(enum use_case u)
{
    BUG_IF(u >= USE_CASES);
    return USE_CASE_CODES[u];
}

enum tier tier_of(enum brand_type brand, int32_t trust_score)
{
    if (brand != BRAND_STANDARD || trust_score < 25) return TIER_T1;
    if (trust_score < 50) return TIER_T2;
    return trust_score < 75 ? TIER_T3 : TIER_T4;
}

/* ---- figures ---- */

const struct tier_figure_info *tier_figure_info(enum tier_figure f)
{
    BUG_IF(f >= TIER_FIGURES);
    return &FIGURES[f];
}

void tier_figures_init(struct tier_figures *f)
{
    for (unsigned i = 0; i < TIER_FIGURES; i++) f->value[i] = FIGURES[i].value;
}

enum err tier_figures_set(struct tier_figures *f, struct str name, int64_t value, struct fault *fault)
{
    for (unsigned i = 0; i < TIER_FIGURES; i++) {
        const struct tier_figure_info *info = &FIGURES[i];
        if (!str_equal(name, str_from(info->name))) continue;
        if (value < info->min || value > info->max)
            return fault_set(fault, ERR_INVALID, "%s is %lld; give a number from %lld to %lld", info->name,
                             (long long)value, (long long)info->min, (long long)info->max);
        f->value[i] = value;
        return ERR_OK;
    }
    return fault_set(fault, ERR_NOT_FOUND, "there is no limit called \"" STR_FMT "\"; the first is %s",
                     STR_ARG(name), FIGURES[0].name);
}

/* ---- rules ---- */

struct list {
    struct limit_rule *rules;
    size_t count;
};

static void add(struct list *l, struct limit_rule rule)
{
    BUG_IF(l->count == TIER_RULES_MAX || rule.amount < 1);
    l->rules[l->count++] = rule;
}

/* A figure of the operator's, counted in messages. 0 is no limit. */
static void add_figure(struct list *l, const struct tier_figures *f, enum tier_figure which,
                       enum limit_scope scope, int64_t window_ms)
{
    if (f->value[which] == 0) return;
    add(l, (struct limit_rule){scope, CARRIER_ANY, f->value[which], window_ms, LIMIT_MESSAGES,
                               FIGURES[which].help});
}

/* Which rows: the carrier's own figures (published) or what Twilio lets through, for one carrier or any. */
struct wanted {
    enum throughput_kind kind;
    bool published;
    enum carrier carrier;
    int32_t score;
};

static void add_rows(struct list *l, struct wanted w)
{
    for (size_t i = 0; i < throughput_rows_count; i++) {
        const struct throughput_row *row = &throughput_rows[i];
        if (row->kind != w.kind || row->published != w.published) continue;
        if (w.carrier != CARRIER_ANY && row->rule.carrier != w.carrier) continue;
        if (w.score >= row->low && w.score <= row->high) add(l, row->rule);
    }
}

static bool has_score(const struct tier_subject *s)
{
    return s->brand == BRAND_STANDARD && s->trust_score >= 0;
}

/* AT&T's class by use case; compliance section 4.2. */
static enum throughput_kind att_kind(enum use_case use_case)
{
    switch (use_case) {
    case USE_CASE_POLITICAL:
        return THROUGHPUT_POLITICAL;
    case USE_CASE_CHARITY:
        return THROUGHPUT_CHARITY;
    case USE_CASE_SOCIAL:
        return THROUGHPUT_SOCIAL;
    case USE_CASE_EMERGENCY:
        return THROUGHPUT_EMERGENCY;
    case USE_CASE_PROXY:
        return THROUGHPUT_PROXY;
    case USE_CASE_AGENTS_FRANCHISES:
        return THROUGHPUT_AGENTS;
    case USE_CASE_UNKNOWN:
    case USE_CASE_MIXED:
    case USE_CASE_MARKETING:
        return THROUGHPUT_MIXED;
    default:
        return THROUGHPUT_DECLARED;
    }
}

static bool is_low_volume(const struct tier_subject *s)
{
    return s->use_case == USE_CASE_LOW_VOLUME;
}

static bool is_sole_proprietor(const struct tier_subject *s)
{
    return s->brand == BRAND_SOLE_PROPRIETOR || s->use_case == USE_CASE_SOLE_PROPRIETOR;
}

/* The score in which the rows are looked up: an unknown or zero one counts as the lowest. */
static int32_t row_score(const struct tier_subject *s)
{
    return has_score(s) && s->trust_score > 0 ? s->trust_score : 1;
}

/* AT&T's own rate for the campaign's class. */
static void add_att(struct list *l, const struct tier_subject *s, const struct tier_figures *f)
{
    enum throughput_kind kind = att_kind(s->use_case);

    if (f->value[FIGURE_ATT_PER_MINUTE] > 0) {
        add(l, (struct limit_rule){LIMIT_PROGRAM_CARRIER, CARRIER_ATT, f->value[FIGURE_ATT_PER_MINUTE],
                                   MINUTE_MS, LIMIT_SEGMENTS, FIGURES[FIGURE_ATT_PER_MINUTE].help});
        return;
    }
    if (is_sole_proprietor(s)) kind = THROUGHPUT_SOLE_PROPRIETOR;
    else if (is_low_volume(s)) kind = THROUGHPUT_LOW_VOLUME_CAMPAIGN;
    add_rows(l, (struct wanted){kind, true, CARRIER_ATT, row_score(s)});
}

/* T-Mobile's day, for the whole brand. */
static void add_tmobile_day(struct list *l, const struct tier_subject *s, const struct tier_figures *f)
{
    enum throughput_kind kind = has_score(s) ? THROUGHPUT_STANDARD : THROUGHPUT_LOW_VOLUME_BRAND;

    if (f->value[FIGURE_TMOBILE_PER_DAY] > 0) {
        add(l, (struct limit_rule){LIMIT_BRAND_CARRIER, CARRIER_TMOBILE, f->value[FIGURE_TMOBILE_PER_DAY],
                                   LIMIT_PACIFIC_DAY, LIMIT_SEGMENTS, FIGURES[FIGURE_TMOBILE_PER_DAY].help});
        return;
    }
    if (s->government) return;
    if (is_sole_proprietor(s)) kind = THROUGHPUT_SOLE_PROPRIETOR;
    else if (s->russell_3000) kind = THROUGHPUT_RUSSELL_3000;
    add_rows(l, (struct wanted){kind, true, CARRIER_TMOBILE, row_score(s)});
}

/* What Twilio lets through to each carrier. */
static enum throughput_kind twilio_kind(const struct tier_subject *s)
{
    if (is_sole_proprietor(s)) return THROUGHPUT_SOLE_PROPRIETOR;
    if (is_low_volume(s)) return THROUGHPUT_LOW_VOLUME_CAMPAIGN;
    return has_score(s) ? THROUGHPUT_STANDARD : THROUGHPUT_LOW_VOLUME_BRAND;
}

/* US Cellular follows the campaign's rate up to its own: Verizon's row again, under its name. */
static void add_uscc_like_verizon(struct list *l, size_t from)
{
    size_t to = l->count;
    for (size_t i = from; i < to; i++) {
        struct limit_rule rule = l->rules[i];
        if (rule.carrier != CARRIER_VERIZON) continue;
        rule.carrier = CARRIER_USCC;
        add(l, rule);
    }
}

static void add_registered(struct list *l, const struct tier_subject *s, const struct tier_figures *f)
{
    size_t from;

    add_att(l, s, f);
    add_tmobile_day(l, s, f);
    from = l->count;
    add_rows(l, (struct wanted){twilio_kind(s), false, CARRIER_ANY, row_score(s)});
    add_uscc_like_verizon(l, from);
    add_rows(l, (struct wanted){THROUGHPUT_ANY_10DLC, false, CARRIER_ANY, row_score(s)});
}

/* Twilio's own limit of a sender, in segments, raised where the operator says that Twilio raised it. */
static void add_granted(struct list *l, enum throughput_kind kind, int64_t figure)
{
    size_t from = l->count;
    add_rows(l, (struct wanted){kind, true, CARRIER_ANY, 0});
    for (size_t i = from; i < l->count; i++)
        if (l->rules[i].amount < figure) l->rules[i].amount = figure;
}

static void add_sender(struct list *l, const struct tier_subject *s, const struct tier_figures *f)
{
    switch (s->sender) {
    case SENDER_LONG_CODE:
        add_figure(l, f, FIGURE_LONG_CODE_PER_SECOND, LIMIT_SENDER, SECOND_MS);
        add_figure(l, f, FIGURE_LONG_CODE_PER_MINUTE, LIMIT_SENDER, MINUTE_MS);
        add_registered(l, s, f);
        add_rows(l, (struct wanted){THROUGHPUT_ABROAD, true, CARRIER_ANY, 0});
        return;
    case SENDER_TOLL_FREE:
        add_figure(l, f, FIGURE_TOLL_FREE_PER_SECOND, LIMIT_SENDER, SECOND_MS);
        add_granted(l, THROUGHPUT_TOLL_FREE, f->value[FIGURE_TOLL_FREE_PER_SECOND]);
        return;
    case SENDER_SHORT_CODE:
        add_figure(l, f, FIGURE_SHORT_CODE_PER_SECOND, LIMIT_SENDER, SECOND_MS);
        add_granted(l, THROUGHPUT_SHORT_CODE, f->value[FIGURE_SHORT_CODE_PER_SECOND]);
        return;
    case SENDER_ALPHA:
        add_figure(l, f, FIGURE_ALPHA_PER_SECOND, LIMIT_SENDER, SECOND_MS);
        add_rows(l, (struct wanted){THROUGHPUT_ABROAD, true, CARRIER_FOREIGN, 0});
        return;
    }
    BUG_IF(true);
}

static void add_account(struct list *l, const struct tier_subject *s, const struct tier_figures *f)
{
    add_figure(l, f, FIGURE_ACCOUNT_PER_SECOND, LIMIT_ACCOUNT, SECOND_MS);
    if (s->profile_pending) add_rows(l, (struct wanted){THROUGHPUT_NEW_ACCOUNT, true, CARRIER_ANY, 0});
    if (f->value[FIGURE_ACCOUNT_PER_DAY] > 0)
        add(l, (struct limit_rule){LIMIT_ACCOUNT, CARRIER_ANY, f->value[FIGURE_ACCOUNT_PER_DAY], DAY_MS,
                                   LIMIT_SEGMENTS, FIGURES[FIGURE_ACCOUNT_PER_DAY].help});
    add_figure(l, f, FIGURE_ORG_PER_SECOND, LIMIT_ORG, SECOND_MS);
}

size_t tier_limits(const struct tier_subject *subject, const struct tier_figures *figures,
                   struct limit_rule out[TIER_RULES_MAX])
{
    struct list l = {.rules = out};
    enum tier tier = tier_of(subject->brand, subject->trust_score);
    enum tier_figure brand = (enum tier_figure)(FIGURE_T1_PER_MINUTE + tier - TIER_T1);

    add_account(&l, subject, figures);
    if (subject->sender == SENDER_LONG_CODE || figures->value[FIGURE_TIER_ALL_SENDERS] == 1)
        add_figure(&l, figures, brand, LIMIT_BRAND, MINUTE_MS);
    add_sender(&l, subject, figures);
    return l.count;
}

size_t tier_request_limits(const struct tier_figures *figures, struct limit_rule out[2])
{
    out[0] = (struct limit_rule){LIMIT_LOOKUP, CARRIER_ANY, figures->value[FIGURE_LOOKUP_PER_SECOND],
                                 SECOND_MS, LIMIT_REQUESTS, FIGURES[FIGURE_LOOKUP_PER_SECOND].help};
    out[1] = (struct limit_rule){LIMIT_VERIFY, CARRIER_ANY, figures->value[FIGURE_VERIFY_PER_SECOND],
                                 SECOND_MS, LIMIT_REQUESTS, FIGURES[FIGURE_VERIFY_PER_SECOND].help};
    return 2;
}

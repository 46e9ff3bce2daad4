/* preflight: collects what is known of a campaign before it starts. Contract in preflight.h. */
#include "app/preflight.h"

#include "app/absent.h"
#include "app/content.h"
#include "app/directory_limits.h"
#include "app/orgs.h"
#include "app/senders_walk.h"
#include "app/sending_history.h"
#include "base/json_out.h"
#include "base/mutant.h"
#include "rules/quiet_hours.h"

#include <stdio.h>
#include <string.h>

static const int64_t DAY_S = 86400;

/* ---- senders ---- */

static void take_absent(const struct sender *s, bool ready, struct preflight *f)
{
    f->absent++;
    f->absent_ready += ready;
    (void)snprintf(f->absent_one, sizeof f->absent_one, "%.19s", s->address);
}

static void take_sender(const struct sender *s, int64_t now_ms, const struct absent *absent, struct preflight *f)
{
    bool ready;

    if (s->program != f->program.id) return;
    sending_history_number(&f->numbers, s, now_ms);
    if (s->state == SENDER_REMOVED) return;
    f->senders[s->kind]++;
    ready = gate_pool_add(&f->pool, s, f->program.registration);
    if (absent_has(absent, s)) take_absent(s, ready, f);
    if (!ready) return;
    f->ready[s->kind]++;
    if (gate_sender_abroad(s) && f->abroad_count < PREFLIGHT_ABROAD_SENDERS_MAX) f->abroad[f->abroad_count++] = *s;
}

static enum err look_at_senders(struct app *app, struct store_reader *r, struct preflight *f)
{
    int64_t now_ms = clock_wall_ms(app->clock);
    const struct sender *s;
    struct senders_walk w;
    struct absent absent;
    enum err code = absent_read(r, f->campaign.org, &absent);

    senders_walk_begin(&w, r, f->campaign.org);
    while (code == ERR_OK && (s = senders_walk_next(&w)) != NULL) take_sender(s, now_ms, &absent, f);
    absent_free(&absent);
    return code != ERR_OK ? code : w.code;
}

/* ---- volume ---- */

static enum err count_audience(struct store_reader *r, struct arena *a, struct preflight *f)
{
    const struct campaign *c = &f->campaign;
    struct contact_list list;
    enum err code;

    f->audience = f->sample.contacts < CAMPAIGN_SAMPLE_MAX ? (int64_t)f->sample.contacts : -1;
    if (c->frozen) f->audience = c->audience;
    if (c->frozen || c->list == 0) return ERR_OK;
    code = r->store->ops->list_get(r, a, c->org, c->list, &list);
    if (code == ERR_OK) f->audience = list.members;
    return code;
}

/* Whoever's carrier is not known is charged to each. */
static int64_t segments_at(const struct preflight *f, enum carrier carrier)
{
    const struct campaign_sample *s = &f->sample;
    size_t there = s->carriers[carrier] + s->carriers[CARRIER_UNKNOWN];

    if (f->segments < 0 || s->contacts == 0) return -1;
    return (int64_t)((double)f->segments * (double)there / (double)s->contacts);
}

/* Days that the tightest limit of a carrier's day makes of it. */
static int64_t days_of(struct app *app, struct preflight *f)
{
    struct tier_subject subject = {.brand = f->program.brand, .trust_score = f->program.brand_score,
                                   .use_case = use_case_parse(f->program.use_case), .sender = SENDER_LONG_CODE};
    struct limit_rule rules[TIER_RULES_MAX];
    struct tier_figures figures;
    int64_t days = 1;
    size_t count;

    if (f->senders[SENDER_LONG_CODE] == 0) return days;
    directory_figures(app->settings, &figures);
    count = tier_limits(&subject, &figures, rules);
    for (size_t i = 0; i < count; i++) {
        int64_t segments, needed;
        if (rules[i].window_ms != LIMIT_PACIFIC_DAY) continue;
        segments = rules[i].carrier == CARRIER_ANY ? f->segments : segments_at(f, rules[i].carrier);
        needed = (segments + rules[i].amount - 1) / rules[i].amount;
        if (f->day_segments == 0 || rules[i].amount < f->day_segments) f->day_segments = rules[i].amount;
        if (needed > days) days = needed;
    }
    return days;
}

static void measure(struct app *app, struct store_reader *r, struct arena *a, struct preflight *f)
{
    const struct campaign_sample *s = &f->sample;
    struct allowance_audience to = {.segments = (int64_t)s->segments, .messages = (int64_t)s->filled};
    int64_t days, at_rate;

    for (unsigned k = 0; k < CARRIER_COUNT; k++)
        if (s->carriers[k] > 0) to.carriers |= 1u << k;
    allowance_of(app, r, a, f->campaign.org, f->program.id, &to, &f->allowed);
    f->segments = -1;
    if (f->audience >= 0 && s->filled > 0)
        f->segments = (int64_t)((double)f->audience * (double)s->segments / (double)s->filled);
    f->finish_s = -1;
    days = days_of(app, f);
    if (f->audience < 0 || f->allowed.sustained_per_ks <= 0) return;
    at_rate = (f->audience * 1000 + f->allowed.sustained_per_ks - 1) / f->allowed.sustained_per_ks;
    f->finish_s = at_rate > (days - 1) * DAY_S ? at_rate : (days - 1) * DAY_S;
}

static void look_at_hours(struct app *app, struct preflight *f)
{
    struct gate_facts facts = {.kind = f->campaign.kind, .now_ms = clock_wall_ms(app->clock)};

    for (size_t i = 0; i < f->sample.contacts; i++) {
        gate_quiet_facts(&facts, gate_zones(f->sample.zones[i], f->program.traits), app->settings->quiet_hours);
        f->open_now += !facts.quiet;
    }
}

/* Who has not agreed in writing gets no marketing. */
static enum err look_at_consent(struct app *app, struct store_reader *r, struct preflight *f)
{
    struct gate_facts facts = {.kind = f->campaign.kind};

    if (!gate_needs_written(f->campaign.kind, app->settings)) return ERR_OK;
    for (size_t i = 0; i < f->sample.contacts; i++) {
        struct consent_holds h;
        enum err code = r->store->ops->consent_holds(r, f->campaign.org, f->sample.numbers[i], f->program.id, 0, &h);
        if (code != ERR_OK) return code;
        gate_consent_facts(&facts, &h, app->settings);
        f->no_consent += facts.unconsented;
    }
    return ERR_OK;
}

/* As the gate will judge them, by what is known of each. */
static enum err look_at_numbers(struct app *app, struct store_reader *r, struct preflight *f)
{
    struct number_terms terms = gate_number_terms(app->settings);
    struct gate_facts facts = {.kind = f->campaign.kind, .now_ms = clock_wall_ms(app->clock)};
    enum err code = ERR_OK;

    for (size_t i = 0; i < f->sample.contacts && code == ERR_OK; i++) {
        struct number_facts n;
        code = r->store->ops->number_facts(r, f->campaign.org, f->sample.numbers[i], &n);
        if (code != ERR_OK) break;
        gate_number_facts(&facts, &n, app->settings);
        if (facts.number_unfit) f->unfit[number_facts_judge(&n, &terms, facts.now_ms).trouble]++;
    }
    return code;
}

static void price(struct app *app, const struct org *org, struct preflight *f)
{
    struct phone phone;
    struct gate_priced one = {.phone = &phone, .carrier = CARRIER_UNKNOWN, .segments = 1,
                              .charity = use_case_parse(f->program.use_case) == USE_CASE_CHARITY,
                              .at_ms = clock_wall_ms(app->clock)};
    int64_t spent = org->spent_month == gate_month(one.at_ms) ? org->spent_micros : 0;

    f->cost_micros = f->budget_micros = -1;
    if (org->spend_cap_micros > 0)
        f->budget_micros = org->spend_cap_micros > spent ? org->spend_cap_micros - spent : 0;
    if (app->prices == NULL || f->segments < 0 || phone_from_digits(UINT64_C(12125550100), &phone) != ERR_OK) return;
    f->cost_micros = gate_cost(app->prices, &f->pool, 0, &one) * f->segments;
}

static struct preflight_patience patience_of(const struct settings *s)
{
    return (struct preflight_patience){s->send_attempts_max, s->send_retry_first_ms, s->send_retry_max_ms,
                                       s->breaker_run, s->breaker_probe_ms, s->breaker_probe_max_ms};
}

enum err preflight_of(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                      const struct campaign *c, struct preflight *out)
{
    struct template *t = NULL;
    struct content_case facts;
    enum err code;

    memset(out, 0, sizeof *out);
    out->campaign = *c;
    out->patience = patience_of(app->settings);
    code = template_compile(c->template_text, &t, NULL);
    if (code != ERR_OK) return code == ERR_FULL ? code : ERR_CORRUPT;
    code = orgs_program_by_id(r, a, org->id, c->program, &out->program);
    content_case_of(org, &out->program, c->kind, &facts);
    if (code == ERR_OK) code = campaign_sample_take(r, org->id, c->list, t, &facts, &out->sample);
    if (code == ERR_OK) code = look_at_senders(app, r, out);
    if (code == ERR_OK) code = look_at_consent(app, r, out);
    if (code == ERR_OK) code = look_at_numbers(app, r, out);
    if (code == ERR_OK) code = count_audience(r, a, out);
    if (code == ERR_OK) {
        measure(app, r, a, out);
        look_at_hours(app, out);
        price(app, org, out);
        preflight_look_abroad(out, org);
        code = preflight_look_at_patterns(r, clock_wall_ms(app->clock), template_field_count(t) > 0, out);
    }
    if (code == ERR_OK) preflight_judge(out, org, t, a);
    template_free(t);
    return code;
}

/* ---- acknowledging ---- */

static bool is_acknowledged(const struct preflight_acknowledged *by, const char *code)
{
    for (size_t i = 0; i < by->count; i++)
        if (str_equal(by->codes[i], str_from(code)) || str_equal(by->codes[i], STR("all"))) return true;
    return false;
}

static const char *field_of(const struct preflight_finding *f)
{
    return f->words.len > 0 ? "template" : "campaign";
}

enum err preflight_check(const struct preflight *f, const struct preflight_acknowledged *by, struct problem *p)
{
    bool open = false;

    if (f->worst == CONTENT_BLOCK) {
        (void)problem_set(p, ERR_INVALID, "The campaign must not start as it is.");
        for (size_t i = 0; i < f->count && f->findings[i].severity == CONTENT_BLOCK; i++)
            (void)problem_field(p, field_of(&f->findings[i]), f->findings[i].words, f->findings[i].detail,
                                f->findings[i].fix);
        return p->code;
    }
    for (size_t i = 0; i < f->count; i++) {
        const struct preflight_finding *one = &f->findings[i];
        if (one->severity != CONTENT_ASK || is_acknowledged(by, one->code) || MUTANT(start_unacknowledged)) continue;
        if (!open)
            (void)problem_set(p, ERR_CONFLICT, "Something speaks against it; acknowledge each finding by its code, "
                                               "or mend it.");
        (void)problem_field(p, "acknowledge", str_from(one->code), one->detail, one->fix);
        open = true;
    }
    return open ? p->code : ERR_OK;
}

enum err preflight_record(const struct preflight *f, const struct preflight_acknowledged *by, int64_t now_ms,
                          struct arena *a, struct acknowledgement *out)
{
    struct buf text;
    enum err code;

    *out = (struct acknowledgement){.org = f->campaign.org, .campaign = f->campaign.id, .at_ms = now_ms, .by = by->by,
                                    .rule_set = content_version()};
    if (f->worst != CONTENT_ASK) return ERR_OK;
    buf_init(&text, 64 << 10);
    json_open(&text, '[');
    for (size_t i = 0; i < f->count && f->findings[i].severity == CONTENT_ASK; i++) {
        json_open(&text, '{');
        json_put_text(&text, "code", f->findings[i].code);
        json_put_text(&text, "detail", f->findings[i].detail);
        json_put_str_or_null(&text, "words", f->findings[i].words);
        json_close(&text, '}');
    }
    json_close(&text, ']');
    code = buf_check(&text);
    if (code == ERR_OK) out->findings = arena_str(a, buf_str(&text));
    if (code == ERR_OK && out->findings.at == NULL) code = ERR_FULL;
    buf_free(&text);
    return code;
}

/* gate: asks every rule in the order of the header. Owns nothing; only gate_admission reads the store. */
#include "app/gate.h"

#include "base/mutant.h"
#include "rules/alpha.h"
#include "rules/number_abroad.h"
#include "rules/quiet_hours.h"
#include "rules/zone.h"

#include <string.h>

enum { DAY_MS = 86400000 };

static uint32_t kind_bit(enum sender_kind kind)
{
    return UINT32_C(1) << (unsigned)kind;
}

static bool is_plus_one(uint64_t number)
{
    return number >= UINT64_C(10000000000) && number < UINT64_C(20000000000);
}

bool gate_sender_abroad(const struct sender *s)
{
    if (s->kind == SENDER_ALPHA) return true;
    return s->kind == SENDER_LONG_CODE && !is_plus_one(s->number);
}

bool gate_pool_add(struct gate_pool *pool, const struct sender *s, enum registration_state registration)
{
    if (s->state != SENDER_ACTIVE) return false;
    if (gate_sender_abroad(s)) {
        pool->abroad |= kind_bit(s->kind);
        return true;
    }
    if (s->kind == SENDER_LONG_CODE && registration != REGISTRATION_APPROVED) {
        pool->unregistered = true;
        return false;
    }
    if (s->kind != SENDER_LONG_CODE && !s->verified) {
        pool->unverified = true;
        return false;
    }
    pool->home |= kind_bit(s->kind);
    return true;
}

static struct gate_verdict held(enum message_reason reason, int64_t until_ms)
{
    return (struct gate_verdict){VERDICT_HOLD, MESSAGE_HELD, reason, until_ms, INT64_MAX};
}

static struct gate_verdict ended(enum message_state to, enum message_reason reason)
{
    return (struct gate_verdict){VERDICT_END, to, reason, 0, INT64_MAX};
}

static const struct gate_verdict PASS = {VERDICT_PASS, MESSAGE_QUEUED, REASON_NONE, 0, INT64_MAX};

static struct gate_verdict ask_life(const struct gate_facts *f)
{
    if (f->campaign == CAMPAIGN_CANCELED) return ended(MESSAGE_CANCELED, REASON_CAMPAIGN_CANCELED);
    if (!f->recipient) return PASS;
    if (f->expires_ms != 0 && f->expires_ms <= f->now_ms) return ended(MESSAGE_EXPIRED, REASON_VALIDITY);
    if (f->contact_gone) return ended(MESSAGE_BLOCKED, REASON_CONTACT_DELETED);
    if (f->opted_out) return ended(MESSAGE_BLOCKED, REASON_OPTED_OUT);
    if (f->unconsented) return ended(MESSAGE_BLOCKED, REASON_NO_CONSENT);
    if (f->number_unfit && !MUTANT(number_not_asked)) return ended(MESSAGE_BLOCKED, REASON_NUMBER);
    return PASS;
}

static struct gate_verdict ask_senders(const struct gate_facts *f)
{
    if (f->abroad) {
        if (f->pool.abroad != 0) return PASS;
        return f->recipient ? ended(MESSAGE_BLOCKED, REASON_COUNTRY) : PASS;
    }
    if (f->pool.home != 0) return PASS;
    if (f->pool.unregistered) return held(REASON_REGISTRATION, INT64_MAX);
    if (f->pool.unverified) return held(REASON_TOLL_FREE_UNVERIFIED, INT64_MAX);
    return held(REASON_NO_SENDER, INT64_MAX);
}

static struct gate_verdict ask_lane(const struct gate_facts *f)
{
    if (f->org == ORG_CLOSED && f->recipient) return ended(MESSAGE_BLOCKED, REASON_ORG_SUSPENDED);
    if (f->org != ORG_ACTIVE) return held(REASON_ORG_SUSPENDED, INT64_MAX);
    /* A completed campaign's messages may still be sent again after `failed`. */
    if (f->campaign != 0 && f->campaign != CAMPAIGN_RUNNING && f->campaign != CAMPAIGN_COMPLETED)
        return held(REASON_SCHEDULED, INT64_MAX);
    if (f->recipient && f->country_off) return ended(MESSAGE_BLOCKED, REASON_COUNTRY);
    return ask_senders(f);
}

static struct gate_verdict ask_text(const struct gate_facts *f)
{
    if (f->unfilled) return ended(MESSAGE_BLOCKED, REASON_UNFILLED_FIELD);
    if (f->characters > GATE_CHARACTERS_MAX) return ended(MESSAGE_BLOCKED, REASON_TOO_LONG);
    if (f->forbidden && !MUTANT(content_not_asked)) return ended(MESSAGE_BLOCKED, REASON_CONTENT);
    return PASS;
}

/* At its expiry it is drawn once more, to end expired. */
static int64_t or_expiry(const struct gate_facts *f, int64_t until_ms)
{
    return f->expires_ms != 0 && f->expires_ms < until_ms ? f->expires_ms : until_ms;
}

static struct gate_verdict ask_time(const struct gate_facts *f)
{
    struct gate_verdict v = PASS;

    if (f->bucket_changed) {
        v = held(REASON_BUCKET_CHANGED, f->now_ms);
        v.to = MESSAGE_QUEUED;
        return v;
    }
    if (f->send_at_ms > f->now_ms) return held(REASON_SCHEDULED, f->send_at_ms);
    if (f->quiet) return held(REASON_QUIET_HOURS, or_expiry(f, f->window_ms));
    if (f->kind != KIND_MARKETING && f->window_ms == 0) return v; /* no hours were asked */
    if (f->capped_ms > f->now_ms) return held(REASON_FREQUENCY, or_expiry(f, f->capped_ms));
    v.closes_ms = f->window_ms;
    return v;
}

static struct gate_verdict ask_money(const struct gate_facts *f)
{
    int64_t month_ms = gate_next_month_ms(f->now_ms);

    if (f->cap_micros <= 0 || f->spent_micros + f->cost_micros <= f->cap_micros) return PASS;
    if (f->expires_ms != 0 && f->expires_ms < month_ms) month_ms = f->expires_ms;
    return held(REASON_SPEND_CAP, month_ms);
}

struct gate_verdict gate_ask(const struct gate_facts *f)
{
    struct gate_verdict v = ask_life(f);
    int64_t closes_ms;

    if (v.answer == VERDICT_PASS) v = ask_lane(f);
    if (v.answer != VERDICT_PASS || !f->recipient) return v;
    if (f->sender_unusable) return held(REASON_NO_SENDER, INT64_MAX);
    if (f->sender_refused == REASON_SENDER_UNREGISTERED) return held(f->sender_refused, INT64_MAX);
    if (f->sender_refused != REASON_NONE && !MUTANT(alpha_anywhere)) return ended(MESSAGE_BLOCKED, f->sender_refused);
    v = ask_text(f);
    if (v.answer != VERDICT_PASS) return v;
    v = ask_time(f);
    if (v.answer != VERDICT_PASS) return v;
    closes_ms = v.closes_ms;
    v = ask_money(f);
    if (v.answer == VERDICT_PASS) v.closes_ms = closes_ms;
    return v;
}

/* Year and month of a day count since 1970, by the proleptic Gregorian calendar (March-based years). */
static void civil_month(int64_t days, int64_t *year, int *month)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;

    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

static int64_t day_of(int64_t now_ms)
{
    return (now_ms >= 0 ? now_ms : now_ms - DAY_MS + 1) / DAY_MS;
}

int64_t gate_next_month_ms(int64_t now_ms)
{
    int64_t year;
    int month;

    civil_month(day_of(now_ms), &year, &month);
    return zone_days_of_date((int32_t)year, month + 1, 1) * DAY_MS;
}

int32_t gate_month(int64_t now_ms)
{
    int64_t year;
    int month;

    civil_month(day_of(now_ms), &year, &month);
    return (int32_t)(year * 12 + month - 1);
}

bool gate_is_abroad(const struct phone *phone)
{
    return phone->country[0] != '\0' && !str_equal(str_from(phone->country), STR("US")) &&
           !str_equal(str_from(phone->country), STR("CA"));
}

bool gate_needs_written(enum message_kind kind, const struct settings *settings)
{
    return kind == KIND_MARKETING && settings->consent_marketing;
}

void gate_consent_facts(struct gate_facts *f, const struct consent_holds *h, const struct settings *settings)
{
    f->opted_out = h->kind == CONSENT_OPT_OUT;
    f->unconsented = gate_needs_written(f->kind, settings) &&
                     (h->kind != CONSENT_OPT_IN || h->basis < CONSENT_BASIS_WRITTEN);
}

struct number_terms gate_number_terms(const struct settings *settings)
{
    return (struct number_terms){settings->numbers_unfit_days, settings->numbers_silent_days};
}

void gate_number_facts(struct gate_facts *f, const struct number_facts *n, const struct settings *settings)
{
    struct number_terms terms = gate_number_terms(settings);
    enum number_trouble trouble = number_facts_judge(n, &terms, f->now_ms).trouble;

    f->number_unfit = trouble != NUMBER_FINE && (trouble != NUMBER_SILENT || f->kind == KIND_MARKETING);
}

static enum message_reason refused_at_home(const struct gate_abroad *g, const struct gate_abroad_sender *s)
{
    bool elsewhere = g->to.country[0] != '\0' && strcmp(g->to.region, g->to.country) != 0;

    return s->kind == SENDER_SHORT_CODE && elsewhere ? REASON_SENDER_COUNTRY : REASON_NONE;
}

static enum message_reason number_refused(const struct gate_abroad *g, const struct gate_abroad_sender *s)
{
    const struct number_abroad *row = number_abroad_find(g->to.country, str_from(s->address));

    if (row == NULL || row->use == NUMBER_CHANGED || MUTANT(numbers_anywhere)) return REASON_NONE;
    if (row->use == NUMBER_REFUSED) return REASON_SENDER_COUNTRY;
    return g->to.kind == KIND_MARKETING && !g->to.way_out ? REASON_NO_WAY_OUT : REASON_NONE;
}

static enum message_reason refused_abroad(const struct gate_abroad *g, const struct gate_abroad_sender *s)
{
    bool marketing = g->to.kind == KIND_MARKETING;
    struct str registered = str_from(s->registered == NULL ? "" : s->registered);

    if (s->kind != SENDER_ALPHA) return number_refused(g, s);
    switch (alpha_ask(g->to.country, str_from(s->address), registered, marketing)) {
    case ALPHA_FORBIDDEN: return REASON_SENDER_COUNTRY;
    case ALPHA_UNREGISTERED: return REASON_SENDER_UNREGISTERED;
    case ALPHA_PASS: break;
    }
    return marketing && !g->to.way_out ? REASON_NO_WAY_OUT : REASON_NONE;
}

void gate_abroad_count(struct gate_abroad *g, const struct gate_abroad_sender *s)
{
    enum message_reason why = g->to.home ? refused_at_home(g, s) : refused_abroad(g, s);

    if (why == REASON_NONE) {
        g->allowed++;
        if (g->chosen == 0 || (g->chosen != g->to.sender && g->to.number % g->allowed == 0) || s->id == g->to.sender)
            g->chosen = s->id;
        return;
    }
    g->refused++;
    if (why > g->why) g->why = why; /* by number: another text is sooner found than a sender */
}

const char *gate_abroad_source(struct arena *a, const char *country)
{
    const char *names = alpha_rule_of(country)->source;
    const struct number_abroad *row = number_abroad_of(country);

    if (row == NULL) return names;
    return arena_printf(a, "names: %s; numbers: %s, %s", names, row->title, row->source);
}

enum quiet_automated gate_automated(uint32_t traits)
{
    if ((traits & PROGRAM_AUTOMATED_ALL) != 0) return QUIET_AUTOMATED_ALL;
    return (traits & PROGRAM_AUTOMATED_MARKETING) != 0 ? QUIET_AUTOMATED_MARKETING : QUIET_AUTOMATED_OFF;
}

uint64_t gate_zones(uint64_t zones, uint32_t traits)
{
    return quiet_hours_with_automated(zones, gate_automated(traits));
}

void gate_quiet_facts(struct gate_facts *f, uint64_t zones, bool quiet_hours_on)
{
    struct quiet_window w;

    f->quiet = false;
    f->window_ms = INT64_MAX;
    if (!quiet_hours_on || !quiet_hours_any(zones, f->kind)) return;
    if (quiet_hours_window(zones, f->kind, f->now_ms, &w) != ERR_OK) {
        /* A place that cannot be judged is not written to; asked again, because tzdata may be mended. */
        f->quiet = true;
        f->window_ms = f->now_ms + DAY_MS;
        return;
    }
    f->quiet = !w.open;
    f->window_ms = w.open ? w.closes_ms : w.next_open_ms;
}

struct frequency_cap gate_law_cap(uint64_t zones, enum message_kind kind, int64_t now_ms, bool quiet_hours_on)
{
    struct quiet_cap cap;

    if (!quiet_hours_on || kind != KIND_MARKETING) return (struct frequency_cap){0, 0};
    /* A place that cannot be judged is held by its hours already. */
    if (quiet_hours_cap(zones, now_ms, &cap) != ERR_OK) return (struct frequency_cap){0, 0};
    return (struct frequency_cap){cap.count, cap.hours};
}

bool gate_country_off(const char *region, const char *countries, const struct phone *phone)
{
    struct str rest = str_from(countries), one;

    if (!gate_is_abroad(phone) && phone->country[0] != '\0') return false;
    if (str_equal(rest, STR("*"))) return false;
    if (phone->country[0] != '\0' && strcmp(region, phone->country) == 0) return false;
    while (rest.len > 0) {
        rest = str_cut(rest, ' ', &one);
        if (one.len > 0 && str_equal(one, str_from(phone->country))) return false;
    }
    return true;
}

static int64_t price_of(const struct price_table *prices, struct price_query *q, enum sender_kind kind)
{
    int64_t micros = 0;

    q->sender = kind;
    return price_message(prices, q, &micros) == ERR_OK ? micros : 0;
}

int64_t gate_cost(const struct price_table *prices, const struct gate_pool *pool, enum sender_kind kind,
                  const struct gate_priced *m)
{
    struct price_query q = {.carrier = m->carrier < CARRIER_COUNT ? (enum carrier)m->carrier : CARRIER_UNKNOWN,
                            .direction = PRICE_OUT, .charity = m->charity, .at_ms = m->at_ms,
                            .segments = (int32_t)m->segments};
    uint32_t kinds = pool->home | pool->abroad;
    int64_t dearest = 0;

    if (str_copy(str_from(phone_price_country(m->phone)), q.country, sizeof q.country) != ERR_OK) return 0;
    if (kind != 0) return price_of(prices, &q, kind);
    for (unsigned k = SENDER_LONG_CODE; k <= SENDER_ALPHA; k++) {
        int64_t micros = (kinds & (UINT32_C(1) << k)) != 0 ? price_of(prices, &q, (enum sender_kind)k) : 0;
        if (micros > dearest) dearest = micros;
    }
    return dearest;
}

/*
 * quiet_hours: finds the first stretch of time that every rule allows in every zone. Owns nothing.
 *
 * Each (rule, zone) has a window a day at most. From now on, whichever window begins latest sets the time
 * for all; when none begins later, all are open there, and the first to end closes them.
 */
#include "rules/quiet_hours.h"

#include "base/mutant.h"
#include "rules/quiet_tables.h"
#include "rules/zone.h"
#include "rules/zone_names.h"

#include <string.h>

enum { DAY_MINUTES = 1440, PAIRS_MAX = QUIET_LINES_MAX, DAYS_AHEAD = 8 };
#define HORIZON_MS INT64_C(1296000000) /* 15 days */

struct pair {
    const struct quiet_rule *rule; /* the first era of its place */
    const struct zone *zone;
};
struct pairs {
    struct pair at[PAIRS_MAX];
    size_t count;
};
struct span_ms {
    int64_t start, end;
};

static const struct quiet_rule *find_rule(const struct quiet_rule *rules, size_t count, const char *place)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        /* A place's later eras come after its first, which is wanted. */
        if (strcmp(rules[middle].place, place) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && strcmp(rules[low].place, place) == 0 ? &rules[low] : NULL;
}

static enum err pairs_add(struct pairs *pairs, const struct quiet_rule *rule, const char *zone)
{
    BUG_IF(pairs->count == PAIRS_MAX);
    struct pair *pair = &pairs->at[pairs->count++];
    pair->rule = rule;
    return zone_find(str_from(zone), &pair->zone);
}

/* The zones that were named, or all of the list. */
static enum err add_zones(struct pairs *pairs, const struct quiet_rule *rule, const struct quiet_places *p,
                          const char *const *otherwise)
{
    enum err err = ERR_OK;
    for (unsigned i = 0; i < p->zone_count && err == ERR_OK; i++)
        err = pairs_add(pairs, rule, p->zones[i]);
    for (; p->zone_count == 0 && *otherwise != NULL && err == ERR_OK; otherwise++)
        err = pairs_add(pairs, rule, *otherwise);
    return err;
}

/* A state in the zones it reaches into; NULL: every state in its own, but those beyond the date line. */
static enum err add_own_zones(struct pairs *pairs, const struct quiet_rule *state)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < quiet_state_zone_count && err == ERR_OK; i++) {
        const struct quiet_state_zone *z = &quiet_state_zones[i];
        if (state == NULL ? z->common : &quiet_states[z->state] == state)
            err = pairs_add(pairs, &quiet_states[z->state], z->zone);
    }
    return err;
}

static enum err gather_us(struct pairs *pairs, const struct quiet_places *p)
{
    static const char *const none[] = {NULL};
    if (p->state_count == 0)
        return p->zone_count == 0 ? add_own_zones(pairs, NULL) : add_zones(pairs, quiet_any_state, p, none);
    enum err err = ERR_OK;
    for (unsigned i = 0; i < p->state_count && err == ERR_OK; i++) {
        const struct quiet_rule *state = find_rule(quiet_states, quiet_state_count, p->states[i]);
        BUG_IF(state == NULL);
        err = p->zone_count > 0 ? add_zones(pairs, state, p, none) : add_own_zones(pairs, state);
    }
    return err;
}

static bool automated_speaks_of(const struct quiet_rule *rule, enum message_kind kind)
{
    return rule != NULL && (kind == KIND_MARKETING || rule->any_kind);
}

static const struct quiet_rule *automated_of(const char *state)
{
    return find_rule(quiet_automated, quiet_automated_count, state);
}

/* The hours of automated devices in the zones of a state that has such; NULL: of every state in its own. */
static enum err add_automated_own_zones(struct pairs *pairs, const char *of, enum message_kind kind)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < quiet_state_zone_count && err == ERR_OK; i++) {
        const struct quiet_state_zone *z = &quiet_state_zones[i];
        const char *state = quiet_states[z->state].place;
        if (of == NULL ? !z->common : strcmp(of, state) != 0) continue;
        if (automated_speaks_of(automated_of(state), kind)) err = pairs_add(pairs, automated_of(state), z->zone);
    }
    return err;
}

static enum err gather_automated(struct pairs *pairs, const struct quiet_places *p, enum message_kind kind)
{
    static const char *const none[] = {NULL};
    const struct quiet_rule *any = kind == KIND_MARKETING ? quiet_any_automated : quiet_any_automated_of_any_kind;
    enum err err = ERR_OK;
    if (p->state_count == 0)
        return p->zone_count == 0 ? add_automated_own_zones(pairs, NULL, kind) : add_zones(pairs, any, p, none);
    for (unsigned i = 0; i < p->state_count && err == ERR_OK; i++) {
        const struct quiet_rule *rule = automated_of(p->states[i]);
        if (!automated_speaks_of(rule, kind)) continue;
        err = p->zone_count > 0 ? add_zones(pairs, rule, p, none) : add_automated_own_zones(pairs, p->states[i], kind);
    }
    return err;
}

static bool asks_automated(enum quiet_automated automated, enum message_kind kind)
{
    if (MUTANT(automated_hours_off)) return false;
    return kind == KIND_MARKETING ? automated != QUIET_AUTOMATED_OFF
                                  : kind == KIND_TRANSACTIONAL && automated == QUIET_AUTOMATED_ALL;
}

static enum err gather(struct pairs *pairs, const struct quiet_places *p, enum message_kind kind)
{
    enum err err = ERR_OK;
    if (strcmp(p->country, "US") == 0) {
        if (kind == KIND_MARKETING) err = gather_us(pairs, p);
        return err == ERR_OK && asks_automated(p->automated, kind) ? gather_automated(pairs, p, kind) : err;
    }
    if (kind != KIND_MARKETING) return ERR_OK;
    const struct quiet_rule *rule = find_rule(quiet_countries, quiet_country_count, p->country);
    return add_zones(pairs, rule != NULL ? rule : quiet_any_country, p, zone_names_of_country(p->country));
}

bool quiet_hours_knows_country(const char *country)
{
    return strcmp(country, "US") == 0 || find_rule(quiet_countries, quiet_country_count, country) != NULL;
}

static enum err gather_key(uint64_t key, enum message_kind kind, struct pairs *pairs)
{
    struct quiet_places places;
    enum err err = quiet_hours_places(key, &places);
    pairs->count = 0;
    return err == ERR_OK ? gather(pairs, &places, kind) : err;
}

static bool is_holiday(const struct quiet_rule *rule, int64_t date)
{
    return !MUTANT(quiet_holiday_forgotten) && holiday_on(rule->holidays, date) != NULL;
}

/* The lawful window of the day that lies `ahead` of `today`. False if it has none. A wall time that comes
 * twice begins with its later and ends with its earlier instant: the shorter window is lawful either way. */
static bool window_of_day(const struct pair *pair, const struct zone_time *today, int ahead,
                          struct span_ms *out)
{
    int32_t day = today->day + ahead;
    int64_t date = zone_days_of_date(today->year, today->month, day);
    const struct quiet_rule *rule = quiet_rule_on(pair->rule, date);
    struct quiet_span span = rule->days[(today->weekday + ahead) % 7];
    if (span.start == span.end || is_holiday(rule, date)) return false;
    out->start = zone_utc_ms(pair->zone, today->year, today->month, day, span.start, ZONE_LATER);
    out->end = zone_utc_ms(pair->zone, today->year, today->month, day, span.end, ZONE_EARLIER);
    return out->start < out->end;
}

/* The first window that ends after t; days that are open to midnight run into the next. */
static bool first_window(const struct pair *pair, int64_t t, struct span_ms *out)
{
    struct zone_time today;
    bool found = false;
    *out = (struct span_ms){0, 0};
    zone_local(pair->zone, t, &today);
    for (int ahead = 0; ahead <= DAYS_AHEAD; ahead++) {
        struct span_ms span;
        bool any = window_of_day(pair, &today, ahead, &span);
        if (found && (!any || span.start > out->end)) break;
        if (!any || span.end <= t) continue;
        *out = (struct span_ms){found ? out->start : span.start, span.end};
        found = true;
    }
    return found;
}

/* What holds there at t. */
static const struct quiet_rule *rule_at(const struct pair *pair, int64_t t, int64_t *date)
{
    struct zone_time local;
    zone_local(pair->zone, t, &local);
    *date = zone_days_of_date(local.year, local.month, local.day);
    return quiet_rule_on(pair->rule, *date);
}

static void blame(struct quiet_window *out, const struct pair *pair, int64_t t)
{
    int64_t date;
    const struct quiet_rule *rule = rule_at(pair, t, &date);
    out->rule = rule->place;
    out->source = rule->source;
    out->zone = zone_name_of(pair->zone);
}

/* The first instant from t on at which all are open; *out tells who opens last. */
static bool find_opening(const struct pairs *pairs, int64_t *t, struct quiet_window *out)
{
    int64_t limit = *t + HORIZON_MS;
    size_t agreed = 0;
    size_t all = MUTANT(quiet_first_place) ? 1 : pairs->count;
    for (size_t i = 0; agreed < all; i = (i + 1) % pairs->count) {
        struct span_ms span;
        bool found = first_window(&pairs->at[i], *t, &span);
        if (!found || span.start > *t) blame(out, &pairs->at[i], *t);
        if (!found || span.start > limit) return false;
        agreed = span.start > *t ? 1 : agreed + 1;
        if (span.start > *t) *t = span.start;
    }
    return pairs->count > 0;
}

/* When the first of them closes after t, at which all are open. */
static int64_t find_closing(const struct pairs *pairs, int64_t t, const struct pair **closer)
{
    int64_t closes = INT64_MAX;
    for (size_t i = 0; i < pairs->count; i++) {
        struct span_ms span;
        if (!first_window(&pairs->at[i], t, &span) || span.end >= closes) continue;
        closes = span.end;
        *closer = &pairs->at[i];
    }
    return closes;
}

enum err quiet_hours_window(uint64_t key, enum message_kind kind, int64_t now_ms, struct quiet_window *out)
{
    struct pairs pairs;
    const struct pair *closer = NULL;
    int64_t t = now_ms;
    *out = (struct quiet_window){false, INT64_MAX, INT64_MAX, "", "", ""};
    enum err err = gather_key(key, kind, &pairs);
    if (err == ERR_OK && pairs.count == 0 && kind != KIND_MARKETING)
        *out = (struct quiet_window){true, now_ms, INT64_MAX, "", "", ""};
    if (err != ERR_OK || out->open || !find_opening(&pairs, &t, out)) return err;
    out->open = t == now_ms;
    out->next_open_ms = t;
    out->closes_ms = find_closing(&pairs, t, &closer);
    if (out->open && closer != NULL) blame(out, closer, t);
    return ERR_OK;
}

bool quiet_hours_any(uint64_t key, enum message_kind kind)
{
    struct quiet_places places;
    if (kind == KIND_MARKETING) return true;
    if (quiet_hours_with_automated(key, QUIET_AUTOMATED_OFF) == key) return false; /* most: nothing to unpack */
    return kind == KIND_TRANSACTIONAL && quiet_hours_places(key, &places) == ERR_OK &&
           places.automated == QUIET_AUTOMATED_ALL;
}

static struct quiet_line line_of(const struct pair *pair, int64_t now_ms)
{
    int64_t date;
    struct span_ms span;
    const struct quiet_rule *rule = rule_at(pair, now_ms, &date);
    const struct holiday *holiday = holiday_on(rule->holidays, date);
    bool any = first_window(pair, now_ms, &span);

    return (struct quiet_line){.rule = rule->place,
                               .source = rule->source,
                               .zone = zone_name_of(pair->zone),
                               .holiday = holiday != NULL ? holiday->name : "",
                               .opens_ms = any ? span.start : INT64_MAX,
                               .closes_ms = any ? span.end : INT64_MAX,
                               .cap = rule->cap,
                               .cap_hours = rule->cap_hours};
}

enum err quiet_hours_lines(uint64_t key, enum message_kind kind, int64_t now_ms, struct quiet_line *out, size_t *count)
{
    struct pairs pairs;
    enum err err = gather_key(key, kind, &pairs);
    *count = err == ERR_OK ? pairs.count : 0;
    for (size_t i = 0; i < *count; i++)
        out[i] = line_of(&pairs.at[i], now_ms);
    return err;
}

enum err quiet_hours_cap(uint64_t key, int64_t now_ms, struct quiet_cap *out)
{
    struct pairs pairs;
    enum err err = gather_key(key, KIND_MARKETING, &pairs);
    *out = (struct quiet_cap){0, 0, "", ""};
    for (size_t i = 0; i < pairs.count && err == ERR_OK; i++) {
        int64_t date;
        const struct quiet_rule *rule = rule_at(&pairs.at[i], now_ms, &date);
        if (rule->cap == 0) continue;
        if (out->hours < rule->cap_hours) out->hours = rule->cap_hours;
        if (out->count != 0 && out->count <= rule->cap) continue;
        out->count = rule->cap;
        out->rule = rule->place;
        out->source = rule->source;
    }
    return err;
}

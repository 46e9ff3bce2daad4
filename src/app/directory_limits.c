/* directory_limits: see the header. Pure but for telling the engine; owns nothing. */
#include "app/directory_limits.h"

#include <stdlib.h>

uint32_t directory_program_abroad(uint32_t program)
{
    return program | UINT32_C(0x80000000);
}

void directory_figures(const struct settings *s, struct tier_figures *out)
{
    tier_figures_init(out);
    out->value[FIGURE_T1_PER_MINUTE] = s->limits_tier1_per_min;
    out->value[FIGURE_T2_PER_MINUTE] = s->limits_tier2_per_min;
    out->value[FIGURE_T3_PER_MINUTE] = s->limits_tier3_per_min;
    out->value[FIGURE_T4_PER_MINUTE] = s->limits_tier4_per_min;
    out->value[FIGURE_LONG_CODE_PER_SECOND] = s->limits_long_code_per_s;
    out->value[FIGURE_LONG_CODE_PER_MINUTE] = s->limits_long_code_per_min;
    out->value[FIGURE_TOLL_FREE_PER_SECOND] = s->limits_toll_free_per_s;
    out->value[FIGURE_SHORT_CODE_PER_SECOND] = s->limits_short_code_per_s;
    out->value[FIGURE_LOOKUP_PER_SECOND] = s->limits_lookup_per_s;
    out->value[FIGURE_VERIFY_PER_SECOND] = s->limits_verify_per_s;
    out->value[FIGURE_ACCOUNT_PER_SECOND] = s->limits_account_per_s;
    out->value[FIGURE_ORG_PER_SECOND] = s->limits_org_per_s;
}

/* All limits of one list belong to one organization, so scope, slot, carrier and one id name a limit. */
static uint64_t key_of(const struct engine_limit *l)
{
    uint64_t id = l->scope == SCOPE_ACCOUNT           ? l->account
                  : l->scope == SCOPE_PROGRAM_CARRIER ? l->program
                  : l->scope == SCOPE_SENDER || l->scope == SCOPE_SENDER_CARRIER ? l->sender
                                                                                 : l->org;

    return (uint64_t)l->scope | ((uint64_t)l->slot << 4) | ((uint64_t)l->carrier << 8) | (id << 16);
}

static const struct engine_limit *find_limit(const struct directory_limits *l, const struct engine_limit *wanted)
{
    const union map_value *at = map_get(&l->index, key_of(wanted));

    return at == NULL ? NULL : &l->rows[at->num];
}

static enum err add_limit(struct directory_limits *l, const struct engine_limit *limit)
{
    union map_value *at = map_get(&l->index, key_of(limit));

    if (at != NULL) {
        if (limit->amount < l->rows[at->num].amount) l->rows[at->num] = *limit;
        return ERR_OK;
    }
    if (l->count == l->capacity) {
        size_t capacity = l->capacity == 0 ? 16 : l->capacity * 2;
        struct engine_limit *rows = realloc(l->rows, capacity * sizeof *rows);
        if (rows == NULL) return ERR_FULL;
        l->rows = rows;
        l->capacity = capacity;
    }
    at = map_put(&l->index, key_of(limit));
    if (at == NULL) return ERR_FULL;
    at->num = l->count;
    l->rows[l->count++] = *limit;
    return ERR_OK;
}

void directory_limits_free(struct directory_limits *l)
{
    free(l->rows);
    map_free(&l->index);
    *l = (struct directory_limits){0};
}

/* Limits of one thing are told apart by their window and what they count. */
static uint8_t slot_of(const struct limit_rule *r)
{
    unsigned window = r->window_ms == LIMIT_PACIFIC_DAY ? 0
                      : r->window_ms <= 1000            ? 1
                      : r->window_ms <= 60000           ? 2
                      : r->window_ms <= 3600000         ? 3
                                                        : 4;
    return (uint8_t)(window * 2 + (r->unit == LIMIT_SEGMENTS ? 1 : 0));
}

static struct engine_limit limit_from(const struct directory_org *o, const struct limit_rule *r)
{
    struct engine_limit l = {.account = o->account, .slot = slot_of(r), .amount = r->amount,
                             .counts_segments = r->unit == LIMIT_SEGMENTS,
                             .window_ms = r->window_ms == LIMIT_PACIFIC_DAY ? 0 : r->window_ms};

    if (r->scope != LIMIT_ACCOUNT) l.org = o->id;
    return l;
}

/* `l` of each number of that kind in the program. */
static enum err add_senders(const struct directory_org *o, const struct directory_program *p,
                            struct engine_limit l, enum sender_kind kind, struct directory_limits *out)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < o->senders_count && e == ERR_OK; i++) {
        const struct directory_sender *s = &o->senders[i];
        if (s->program != p->id || s->kind != kind || !s->usable) continue;
        l.program = p->id;
        l.sender = s->id;
        e = add_limit(out, &l);
    }
    return e;
}

static enum err add_program_carriers(const struct directory_org *o, const struct directory_program *p,
                                     const struct limit_rule *r, struct directory_limits *out)
{
    struct engine_limit l = limit_from(o, r);
    enum err e = ERR_OK;

    l.scope = SCOPE_PROGRAM_CARRIER;
    l.program = p->id;
    for (uint8_t c = CARRIER_ATT; c <= CARRIER_OTHER_US && e == ERR_OK; c++) {
        if (r->carrier != CARRIER_ANY && r->carrier != (enum carrier)c) continue;
        l.carrier = c;
        e = add_limit(out, &l);
    }
    return e;
}

/* What each number may send to a carrier. */
static enum err add_sender_carriers(const struct directory_org *o, const struct directory_program *p,
                                    const struct limit_rule *r, enum sender_kind kind, struct directory_limits *out)
{
    struct engine_limit l = limit_from(o, r);
    enum err e = ERR_OK;

    l.scope = SCOPE_SENDER_CARRIER;
    for (uint8_t c = CARRIER_UNKNOWN + 1; c < CARRIER_COUNT && e == ERR_OK; c++) {
        if (r->carrier != CARRIER_ANY && r->carrier != (enum carrier)c) continue;
        l.carrier = c;
        e = add_senders(o, p, l, kind, out);
    }
    return e;
}

static enum err add_rule(const struct directory_org *o, const struct directory_program *p, bool brand_counts,
                         const struct limit_rule *r, enum sender_kind kind, struct directory_limits *out)
{
    struct engine_limit l = limit_from(o, r);

    switch (r->scope) {
    case LIMIT_ACCOUNT: l.scope = SCOPE_ACCOUNT; return add_limit(out, &l);
    case LIMIT_ORG: l.scope = SCOPE_ORG; return add_limit(out, &l);
    case LIMIT_BRAND: l.scope = SCOPE_BRAND; return brand_counts ? add_limit(out, &l) : ERR_OK;
    case LIMIT_BRAND_CARRIER:
        /* Only the day has a scope of its own; any other window is safe on the whole brand. */
        l.scope = r->window_ms == LIMIT_PACIFIC_DAY ? SCOPE_BRAND_CARRIER_DAY : SCOPE_BRAND;
        if (l.scope == SCOPE_BRAND_CARRIER_DAY) l.carrier = (uint8_t)r->carrier;
        return brand_counts ? add_limit(out, &l) : ERR_OK;
    case LIMIT_PROGRAM_CARRIER: return add_program_carriers(o, p, r, out);
    case LIMIT_SENDER_CARRIER: return add_sender_carriers(o, p, r, kind, out);
    case LIMIT_SENDER: l.scope = SCOPE_SENDER; return add_senders(o, p, l, kind, out);
    case LIMIT_LOOKUP:
    case LIMIT_VERIFY: return ERR_OK;
    }
    return ERR_OK;
}

static enum err add_program(const struct directory_org *o, const struct directory_program *p, bool brand_counts,
                            const struct tier_figures *figures, struct directory_limits *out)
{
    struct limit_rule rules[TIER_RULES_MAX];
    enum err e = ERR_OK;

    for (unsigned kind = SENDER_LONG_CODE; kind <= SENDER_ALPHA; kind++) {
        struct tier_subject subject = p->subject;
        size_t count;
        if ((p->kinds & (UINT32_C(1) << kind)) == 0) continue;
        subject.sender = (enum sender_kind)kind;
        count = tier_limits(&subject, figures, rules);
        for (size_t i = 0; i < count && e == ERR_OK; i++)
            e = add_rule(o, p, brand_counts, &rules[i], (enum sender_kind)kind, out);
    }
    return e;
}

enum err directory_limits_make(const struct directory_org *o, const struct tier_figures *figures,
                               struct directory_limits *out)
{
    bool any_approved = false;
    enum err e = ERR_OK;

    *out = (struct directory_limits){0};
    for (size_t i = 0; i < o->programs_count; i++)
        if (o->programs[i].registration == REGISTRATION_APPROVED) any_approved = true;
    for (size_t i = 0; i < o->programs_count && e == ERR_OK; i++) {
        const struct directory_program *p = &o->programs[i];
        bool counts = !any_approved || p->registration == REGISTRATION_APPROVED;
        e = add_program(o, p, counts, figures, out);
    }
    if (e != ERR_OK) directory_limits_free(out);
    return e;
}

enum err directory_limits_tell(struct engine *e, struct directory_limits *known, struct directory_limits *now)
{
    enum err code = ERR_OK;

    for (size_t i = 0; i < now->count && code == ERR_OK; i++) {
        const struct engine_limit *old = find_limit(known, &now->rows[i]);
        if (old == NULL || old->amount != now->rows[i].amount || old->window_ms != now->rows[i].window_ms)
            code = engine_set_limit(e, &now->rows[i]);
    }
    for (size_t i = 0; i < known->count && code == ERR_OK; i++) {
        struct engine_limit gone = known->rows[i];
        if (find_limit(now, &gone) != NULL) continue;
        gone.amount = 0;
        code = engine_set_limit(e, &gone);
    }
    if (code != ERR_OK) return code;
    directory_limits_free(known);
    *known = *now;
    *now = (struct directory_limits){0};
    return ERR_OK;
}

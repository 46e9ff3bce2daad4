/*
 * gate_admission: collects from the store what the gate asks about a direct message before it is admitted.
 *
 * Owns nothing. Fails only when the store cannot be read.
 */
#include "app/gate.h"
#include "app/senders_walk.h"
#include "rules/alpha.h"
#include "rules/segment.h"
#include "rules/tier.h"

static void take_sender(const struct sender *s, const struct program *program, const struct message *m,
                        struct gate_abroad *abroad, struct gate_facts *f)
{
    const struct gate_abroad_sender one = {s->id, s->kind, s->address, s->registered};
    bool usable = gate_pool_add(&f->pool, s, program->registration);

    if (usable && s->id == m->sender) f->sender_unusable = false;
    if (!usable || gate_sender_abroad(s) == abroad->to.home) return;
    if (m->sender == 0 || m->sender == s->id) gate_abroad_count(abroad, &one);
}

static enum err read_pool(const struct gate_sources *g, const struct program *program, const struct message *m,
                          struct gate_abroad *abroad, struct gate_facts *f)
{
    const struct sender *s;
    struct senders_walk w;

    f->sender_unusable = m->sender != 0;
    senders_walk_begin(&w, g->reader, program->org);
    while ((s = senders_walk_next(&w)) != NULL)
        if (s->program == program->id) take_sender(s, program, m, abroad, f);
    return w.code;
}

static enum err read_consent(const struct gate_sources *g, const struct message *m, struct gate_facts *f)
{
    struct consent_holds h;
    enum err e = g->reader->store->ops->consent_holds(g->reader, m->org, m->number, m->program, m->sender, &h);

    if (e == ERR_OK) gate_consent_facts(f, &h, g->settings);
    return e;
}

static enum err read_number(const struct gate_sources *g, const struct message *m, struct gate_facts *f)
{
    struct number_facts n;
    enum err e = g->reader->store->ops->number_facts(g->reader, m->org, m->number, &n);

    if (e == ERR_OK) gate_number_facts(f, &n, g->settings);
    return e;
}

static enum err read_frequency(const struct gate_sources *g, const struct org *org, const struct message *m,
                               struct gate_facts *f)
{
    struct frequency_caps caps = {.law = gate_law_cap(m->zones, m->kind, g->now_ms, g->settings->quiet_hours),
                                  .own = org->frequency};
    struct frequency recent;
    enum err e;

    if (m->kind != KIND_MARKETING || !frequency_capped(&caps)) return ERR_OK;
    e = g->reader->store->ops->recent_sends(g->reader, m->org, m->number, &recent);
    if (e == ERR_OK) f->capped_ms = frequency_free_ms(&recent, &caps, g->now_ms, 0);
    return e;
}

static void read_money(const struct gate_sources *g, const struct org *org, const struct program *program,
                       const struct message *m, const struct phone *phone, uint32_t segments, struct gate_facts *f)
{
    struct gate_priced priced = {.phone = phone, .carrier = m->carrier, .segments = segments, .at_ms = g->now_ms,
                                 .charity = use_case_parse(program->use_case) == USE_CASE_CHARITY};

    if (g->prices == NULL) return;
    f->cap_micros = org->spend_cap_micros;
    f->spent_micros = org->spent_month == gate_month(g->now_ms) ? org->spent_micros : 0;
    f->cost_micros = gate_cost(g->prices, &f->pool, 0, &priced);
}

enum err gate_admission(const struct gate_sources *g, const struct org *org,
                        const struct program *program, const struct message *m, const struct contact *contact,
                        bool forbidden, struct gate_verdict *out)
{
    struct gate_facts f = {.now_ms = g->now_ms, .kind = m->kind, .org = org->state, .recipient = true,
                           .forbidden = forbidden, .contact_gone = contact != NULL && contact->deleted,
                           .send_at_ms = m->send_at_ms, .expires_ms = m->expires_ms};
    struct segment_count text;
    struct phone phone;
    struct gate_abroad abroad = {.to = {.country = phone.country, .kind = m->kind, .region = org->region,
                                        .way_out = alpha_way_out(m->body), .number = m->number}};
    enum err e = phone_from_digits(m->number, &phone);

    if (e == ERR_OK) abroad.to.home = !gate_is_abroad(&phone);
    if (e == ERR_OK) e = read_pool(g, program, m, &abroad, &f);
    if (e == ERR_OK) e = read_consent(g, m, &f);
    if (e == ERR_OK) e = read_number(g, m, &f);
    if (e == ERR_OK) e = segment_count(m->body, 0, &text, NULL);
    if (e != ERR_OK) return e;
    f.abroad = gate_is_abroad(&phone);
    if (abroad.allowed == 0) f.sender_refused = abroad.why;
    f.characters = text.characters;
    f.country_off = gate_country_off(org->region, org->countries, &phone);
    gate_quiet_facts(&f, m->zones, g->settings->quiet_hours);
    e = read_frequency(g, org, m, &f);
    if (e != ERR_OK) return e;
    read_money(g, org, program, m, &phone, text.segments, &f);
    *out = gate_ask(&f);
    return ERR_OK;
}

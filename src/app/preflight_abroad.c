/* preflight_abroad: whether who lives in other countries may be written to, and what those want of the text. Contract
 * in preflight.h. */
#include "app/content.h"
#include "app/preflight.h"
#include "app/view.h"
#include "rules/alpha.h"
#include "rules/number_abroad.h"

#include <string.h>

/* Its place; NULL: more countries than are looked at. */
static struct preflight_country *country_at(struct preflight *f, const char *country)
{
    struct preflight_country *c = f->countries;

    while (c < f->countries + f->countries_count && strcmp(c->country, country) != 0) c++;
    if (c == f->countries + PREFLIGHT_COUNTRIES_MAX) return NULL;
    if (c == f->countries + f->countries_count) {
        f->countries_count++;
        *c = (struct preflight_country){.contacts = 0};
        memcpy(c->country, country, sizeof c->country);
    }
    return c;
}

/* As the gate will choose among them. */
static enum message_reason senders_refused(const struct preflight *f, const char *country)
{
    struct gate_abroad g = {.to = {.country = country, .kind = f->campaign.kind,
                                   .way_out = alpha_way_out(f->campaign.template_text)}};

    for (size_t i = 0; i < f->abroad_count; i++) {
        const struct sender *s = &f->abroad[i];
        const struct gate_abroad_sender one = {s->id, s->kind, s->address, s->registered};
        gate_abroad_count(&g, &one);
    }
    return g.allowed > 0 ? REASON_NONE : g.why;
}

void preflight_look_abroad(struct preflight *f, const struct org *org)
{
    struct content_case facts;

    content_case_of(org, &f->program, f->campaign.kind, &facts);
    facts.template = true;
    for (size_t i = 0; i < f->sample.contacts; i++) {
        struct preflight_country *c;
        struct phone phone;
        if (phone_from_digits(f->sample.numbers[i], &phone) != ERR_OK) continue;
        f->at_home += !gate_is_abroad(&phone);
        f->elsewhere += !gate_is_abroad(&phone) && phone.country[0] != '\0' && strcmp(org->region, phone.country) != 0;
        if (!gate_is_abroad(&phone)) continue;
        c = country_at(f, phone.country);
        if (c == NULL || c->contacts++ > 0) continue;
        c->off = gate_country_off(org->region, org->countries, &phone);
        c->refused = senders_refused(f, c->country);
        content_hear(f->campaign.template_text, &facts, c->country, NULL, &c->text);
    }
}

static enum content_severity of_all(const struct preflight *f, const struct preflight_country *c)
{
    return c->contacts == f->sample.contacts ? preflight_blocks_now(f) : CONTENT_ASK;
}

static void judge_sender(struct preflight *f, const struct preflight_country *c, struct arena *a)
{
    bool waits = c->refused == REASON_SENDER_UNREGISTERED;

    if (c->refused == REASON_NONE) return;
    preflight_say(f, waits ? CONTENT_ASK : of_all(f, c), view_reason(c->refused),
                  arena_printf(a, "%zu of %zu contacts looked at are in %s: %s (%s.)", c->contacts, f->sample.contacts,
                               c->country, view_reason_explained(c->refused), gate_abroad_source(a, c->country)),
                  c->refused == REASON_NO_WAY_OUT ? "Name a link, an e-mail address or a telephone number to opt out by."
                  : waits ? "Register the sender name there, and let an operator name the country in its registered."
                          : "Add a sender that may write there, or leave these contacts out.");
}

/* What people see there instead of the sender that may write to them. */
static void judge_shown(struct preflight *f, const struct preflight_country *c, struct arena *a)
{
    const char *title = NULL, *source = NULL;

    for (size_t i = 0; i < f->abroad_count && title == NULL; i++) {
        const struct sender *s = &f->abroad[i];
        const struct number_abroad *row = number_abroad_find(c->country, str_from(s->address));
        bool name = s->kind == SENDER_ALPHA;
        if (name && alpha_rule_of(c->country)->use == ALPHA_OVERWRITTEN) {
            title = "Operators there put another sender in the name's place";
            source = alpha_rule_of(c->country)->source;
        } else if (!name && row != NULL && row->use != NUMBER_REFUSED) {
            title = row->title;
            source = row->source;
        }
    }
    if (title == NULL || c->refused != REASON_NONE) return;
    preflight_say(f, CONTENT_NOTE, "sender_overwritten",
                  arena_printf(a, "%s: %s (%s); %zu of %zu contacts looked at are there.", c->country, title, source,
                               c->contacts, f->sample.contacts),
                  "Name the brand in the text: the sender will not show it.");
}

/* Of the US and Canada: only a code of the other country is no sender. */
static void judge_codes(struct preflight *f, struct arena *a)
{
    bool alone = f->pool.home == UINT32_C(1) << (unsigned)SENDER_SHORT_CODE;

    if (f->elsewhere == 0 || !alone) return;
    preflight_say(f, f->elsewhere == f->sample.contacts ? preflight_blocks_now(f) : CONTENT_ASK, "sender_country",
                  arena_printf(a, "%zu of %zu contacts looked at are in another country than the short code, which does not "
                               "reach them; they will be set aside (Twilio, short code guidelines).", f->elsewhere,
                               f->sample.contacts),
                  "Add a long code or toll-free number, or leave these contacts out.");
}

static void judge_text(struct preflight *f, const struct preflight_country *c, struct arena *a)
{
    for (size_t i = 0; i < c->text.count; i++) {
        const struct content_finding *one = &c->text.findings[i];
        enum content_severity severity = one->severity == CONTENT_BLOCK ? of_all(f, c) : one->severity;
        if (!str_starts(str_from(one->rule->id), STR("country_"))) continue;
        preflight_say(f, severity, one->rule->id,
                      arena_printf(a, "%s: %s (%s); %zu of %zu contacts looked at are there.", c->country,
                                   one->rule->title, one->rule->source, c->contacts, f->sample.contacts),
                      one->rule->fix);
    }
}

void preflight_judge_abroad(struct preflight *f, struct arena *a)
{
    judge_codes(f, a);
    for (size_t i = 0; i < f->countries_count; i++) {
        const struct preflight_country *c = &f->countries[i];
        if (c->off) {
            preflight_say(f, c->contacts == f->sample.contacts ? preflight_blocks_now(f) : CONTENT_NOTE, "country_off",
                          arena_printf(a, "%zu of %zu contacts looked at are in %s, which is not enabled; they will be set "
                                          "aside.", c->contacts, f->sample.contacts, c->country),
                          "Let an operator add it to the organization's countries, or leave these contacts out.");
            continue;
        }
        judge_sender(f, c, a);
        judge_shown(f, c, a);
        judge_text(f, c, a);
    }
}

/* preflight_judge: what speaks against a campaign's start. Contract in preflight.h. */
#include "app/content.h"
#include "app/preflight.h"
#include "app/view.h"

#include <inttypes.h>

enum { SEGMENTS_KEPT_MAX = 10 }; /* what is usually named as the practical most of a concatenated text */

static void add(struct preflight *f, struct preflight_finding one)
{
    size_t at = f->count;

    if (f->count == PREFLIGHT_FINDINGS_MAX || one.detail == NULL) return;
    while (at > 0 && f->findings[at - 1].severity < one.severity) at--;
    for (size_t i = f->count; i > at; i--) f->findings[i] = f->findings[i - 1];
    f->findings[at] = one;
    f->count++;
    if (one.severity > f->worst) f->worst = one.severity;
}

void preflight_say(struct preflight *f, enum content_severity severity, const char *code, const char *detail,
                   const char *fix)
{
    add(f, (struct preflight_finding){.code = code, .severity = severity, .detail = detail, .fix = fix});
}

static void judge_content(struct preflight *f, const struct org *org, struct arena *a)
{
    struct str text = f->campaign.template_text;
    struct content_report report;
    struct content_case facts;

    content_case_of(org, &f->program, f->campaign.kind, &facts);
    facts.template = true;
    content_check(text, &facts, &report);
    for (size_t i = 0; i < report.count; i++) {
        const struct content_finding *one = &report.findings[i];
        add(f, (struct preflight_finding){.code = one->rule->id, .severity = one->severity, .fix = one->rule->fix,
                                          .words = content_words_of(one, text, 120),
                                          .detail = arena_printf(a, "%s (%s).", one->rule->title, one->rule->source)});
    }
    if (f->sample.forbidden > 0)
        preflight_say(f, CONTENT_ASK, "forbidden_values",
            arena_printf(a, "With their fields %zu of %zu filled texts are forbidden; they will be set aside.",
                         f->sample.forbidden, f->sample.filled),
            "Look at the fields that the template uses.");
    if (f->campaign.kind != KIND_MARKETING && content_sells(text))
        preflight_say(f, CONTENT_ASK, "kind",
            "It makes an offer, but is not sent as marketing: an offer needs written consent and lawful hours.",
            "Make its kind marketing.");
}

/* What keeps it from starting now may be mended until it starts by itself. */
enum content_severity preflight_blocks_now(const struct preflight *f)
{
    return f->campaign.state == CAMPAIGN_SCHEDULED ? CONTENT_NOTE : CONTENT_BLOCK;
}

static void judge_numbers(struct preflight *f, struct arena *a)
{
    static const char *const codes[NUMBER_TROUBLES] = {"", "number_landline", "number_invalid", "number_out_of_service",
                                                       "number_unreachable"};
    static const char *const what[NUMBER_TROUBLES] = {"", "known landlines", "no valid numbers", "out of service",
                                                      "out of reach, three times of late"};

    for (int t = NUMBER_LANDLINE; t < NUMBER_TROUBLES; t++)
        if (f->unfit[t] > 0)
            preflight_say(f, f->unfit[t] == f->sample.contacts ? preflight_blocks_now(f) : CONTENT_NOTE, codes[t],
                arena_printf(a, "%zu of %zu contacts looked at are %s; they will be set aside.", f->unfit[t],
                             f->sample.contacts, what[t]),
                "Remove them from the list, or ask these people for another number.");
}

static void judge_audience(struct preflight *f, const struct template *t, struct arena *a)
{
    const struct campaign_sample *s = &f->sample;

    if (s->contacts == 0) {
        preflight_say(f, preflight_blocks_now(f), "audience_empty", "The audience is empty.",
            "Import contacts into the list first.");
        return;
    }
    if (f->no_consent > 0)
        preflight_say(f, f->no_consent == s->contacts ? preflight_blocks_now(f) : CONTENT_NOTE, "no_consent",
            arena_printf(a, "%zu of %zu contacts looked at have no written consent to marketing on record, or opted out; "
                            "they will be set aside.", f->no_consent, s->contacts),
            "Record the consent that they gave: import with a consent (consent=written), or each opt-in by itself.");
    for (size_t i = 0; i < template_field_count(t); i++) {
        struct str name = template_field(t, i);
        if (s->lacking[i] == 0 || !template_field_required(t, i)) continue;
        preflight_say(f, s->lacking[i] == s->contacts ? preflight_blocks_now(f) : CONTENT_NOTE, "unfilled_field",
            arena_printf(a, "%zu of %zu contacts looked at have no \"" STR_FMT "\"; they will be set aside.",
                         s->lacking[i], s->contacts, STR_ARG(name)),
            arena_printf(a, "Use a field they have (the first one's: %s), or give a default: {{" STR_FMT "|there}}.",
                         s->known, STR_ARG(name)));
    }
    if (s->too_long > 0)
        preflight_say(f, CONTENT_NOTE, "too_long",
            arena_printf(a, "%zu of %zu filled texts are over 1,600 characters; they will be set aside.", s->too_long,
                         s->filled),
            "Shorten it.");
    if (s->segments_most > 1)
        preflight_say(f, s->segments_most > SEGMENTS_KEPT_MAX ? CONTENT_ASK : CONTENT_NOTE, "segments",
            arena_printf(a, "The longest of %zu filled texts takes %u segments; each is paid for and counts%s.",
                         s->filled, s->segments_most, s->segments_most > SEGMENTS_KEPT_MAX
                             ? ", and carriers put no more than ten together reliably" : ""),
            "Shorten it, or leave it.");
}

static void judge_senders(struct preflight *f, struct arena *a)
{
    size_t all = 0, ready = 0;

    for (unsigned k = 0; k < PREFLIGHT_SENDER_KINDS; k++) {
        all += f->senders[k];
        ready += f->ready[k];
    }
    if (all == 0) {
        preflight_say(f, preflight_blocks_now(f), "no_sender", "The program has no active sender.",
            "Add one with POST /v1/senders first.");
        return;
    }
    if (f->absent > 0)
        preflight_say(f, f->absent_ready == ready && ready > 0 ? preflight_blocks_now(f) : CONTENT_ASK,
            "sender_not_in_account",
            arena_printf(a, "%zu of %zu senders are numbers that the organization's account at Twilio was seen to lack "
                            "(%s): a text from one is refused (21659), and waits.", f->absent, all, f->absent_one),
            "Remove it and add the right number (sterling sender remove, sender add), or get it into the account and let "
            "that be looked at (sterling drift).");
    if (f->pool.unregistered)
        preflight_say(f, CONTENT_ASK, "registration",
            arena_printf(a, "The program's 10DLC registration is \"%s\"; texts from long codes wait until it is "
                            "approved.",
                         view_registration(f->program.registration)),
            "Register the program, and let an operator set its state.");
    if (f->pool.unverified)
        preflight_say(f, ready == 0 ? CONTENT_ASK : CONTENT_NOTE, "sender_unverified",
            "A toll-free number or short code is not verified yet; nothing leaves from it.", "Verify it.");
    if (ready == 0 && !f->pool.unregistered && !f->pool.unverified)
        preflight_say(f, CONTENT_ASK, "sender_held", "No sender of the program may send now.",
            "Look at GET /v1/senders.");
}

static void judge_time(struct preflight *f, struct arena *a)
{
    if (f->finish_s > f->campaign.validity_s)
        preflight_say(f, CONTENT_ASK, "validity",
            arena_printf(a, "At what its limits allow it takes %" PRId64 " s, but a message is valid for %d s: the "
                            "last ones will expire.", f->finish_s, f->campaign.validity_s),
            "Give it a longer validity, a smaller list, or more speed.");
    if (f->sample.contacts > 0 && f->open_now < f->sample.contacts)
        preflight_say(f, CONTENT_NOTE, "quiet_hours",
            arena_printf(a, "%zu of %zu contacts looked at are in quiet hours now; they wait for lawful hours.",
                         f->sample.contacts - f->open_now, f->sample.contacts),
            "Nothing needs to be done.");
}

static void judge_money(struct preflight *f, struct arena *a)
{
    if (f->budget_micros < 0 || f->cost_micros <= f->budget_micros) return;
    preflight_say(f, CONTENT_ASK, "spend_cap",
        arena_printf(a, "It will cost about $%.2f and $%.2f of this month's cap are left; the rest waits for next month.",
                     (double)f->cost_micros / 1e6, (double)f->budget_micros / 1e6),
        "Let an operator raise the cap, or send to a smaller list.");
}

void preflight_judge(struct preflight *f, const struct org *org, const struct template *t, struct arena *a)
{
    if (org->state != ORG_ACTIVE)
        preflight_say(f, CONTENT_BLOCK, "organization_suspended",
            arena_printf(a, "The organization is %s; nothing of it is sent.", view_org_state(org->state)),
            "An operator can activate it.");
    judge_content(f, org, a);
    judge_audience(f, t, a);
    judge_numbers(f, a);
    judge_senders(f, a);
    preflight_judge_abroad(f, a);
    preflight_judge_patterns(f, a);
    judge_time(f, a);
    judge_money(f, a);
}

/* verdicts: the gate's rules in order, with what each was told. Contract in verdicts.h. */
#include "app/verdicts.h"

#include "app/gate.h"
#include "app/senders.h"
#include "app/view.h"
#include "base/json_out.h"
#include "rules/alpha.h"
#include "rules/carrier.h"
#include "rules/country_content.h"
#include "rules/number_abroad.h"
#include "rules/phone.h"
#include "rules/playbook.h"
#include "rules/quiet_hours.h"
#include "rules/rule_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FACTS_LINES = QUIET_LINES_MAX };

struct telling {
    struct app *app;
    struct store_reader *r;
    struct arena *a;
    const struct message *m;
    int64_t at_ms; /* judged then */
    bool then;     /* nothing is told that is known of now only */
    struct buf *out;
    struct consent_holds holds;    /* of the number, then … */
    enum consent_scope scope;      /* … and what decided it */
    struct consent_entry *entries; /* for folds, one after the other */
};

/* ---- facts ---- */

static enum err read_ledger(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                            struct verdicts_ledger *l)
{
    *l = (struct verdicts_ledger){arena_alloc(a, VERDICTS_ENTRIES_MAX * sizeof *l->rows), VERDICTS_ENTRIES_MAX};
    return l->rows == NULL ? ERR_FULL : r->store->ops->consents(r, a, org, number, 0, l->rows, &l->count);
}

enum err verdicts_ledgers_read(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                               struct verdicts_ledgers *out)
{
    enum err code = read_ledger(r, a, 0, number, &out->all);

    if (code == ERR_OK) code = read_ledger(r, a, org, number, &out->own);
    if (code != ERR_OK) return code;
    return out->all.count < VERDICTS_ENTRIES_MAX && out->own.count < VERDICTS_ENTRIES_MAX ? ERR_OK : ERR_LIMIT;
}

static struct consent_holds fold_then(struct telling *t, const struct verdicts_ledger *l, enum consent_scope scope,
                                      uint32_t scope_id)
{
    return consent_fold_by(l->rows, l->count, scope, scope_id, t->at_ms, t->entries);
}

/* Who refused all senders of a pool was written to by none: one of them tells why. */
static struct consent_holds refused_sender(struct telling *t, const struct verdicts_ledger *own)
{
    for (size_t i = 0; i < own->count; i++) {
        struct consent_holds h = {0};
        if (own->rows[i].scope == CONSENT_OF_SENDER && own->rows[i].kind == CONSENT_OPT_OUT)
            h = fold_then(t, own, CONSENT_OF_SENDER, own->rows[i].scope_id);
        if (h.kind == CONSENT_OPT_OUT) return h;
    }
    return (struct consent_holds){0};
}

static enum err hold_then(struct telling *t, const struct verdicts_ledgers *l)
{
    size_t most = l->all.count > l->own.count ? l->all.count : l->own.count;
    struct consent_holds scopes[CONSENT_SCOPES] = {0};

    t->entries = arena_alloc(t->a, (most + 1) * sizeof *t->entries);
    if (t->entries == NULL) return ERR_FULL;
    scopes[CONSENT_OF_ALL] = fold_then(t, &l->all, CONSENT_OF_ALL, 0);
    scopes[CONSENT_OF_ORG] = fold_then(t, &l->own, CONSENT_OF_ORG, 0);
    scopes[CONSENT_OF_PROGRAM] = fold_then(t, &l->own, CONSENT_OF_PROGRAM, t->m->program);
    if (t->m->sender != 0) scopes[CONSENT_OF_SENDER] = fold_then(t, &l->own, CONSENT_OF_SENDER, t->m->sender);
    else if (t->m->reason == REASON_OPTED_OUT) scopes[CONSENT_OF_SENDER] = refused_sender(t, &l->own);
    t->holds = consent_join(scopes);
    t->scope = CONSENT_OF_ORG;
    if (scopes[CONSENT_OF_ALL].kind == CONSENT_OPT_OUT) t->scope = CONSENT_OF_ALL;
    else while (t->scope < CONSENT_OF_ALL && scopes[t->scope].entry != t->holds.entry) t->scope++;
    return ERR_OK;
}

/* Opens what is known of now only; false: it is not told. */
static bool open_now(struct telling *t)
{
    if (t->then) return false;
    json_key(t->out, "now");
    json_open(t->out, '{');
    return true;
}

static void tell_consent(struct telling *t)
{
    const struct consent_holds h = t->holds;

    json_put_text(t->out, "state", consent_kind_name(h.kind));
    json_put_text(t->out, "scope", h.kind == CONSENT_NONE ? NULL : consent_scope_name(t->scope));
    json_put_time(t->out, "since", h.at_ms);
    json_put_int(t->out, "entry", (int64_t)h.entry);
    json_put_text(t->out, "basis", h.basis == CONSENT_BASIS_NONE ? NULL : consent_basis_name(h.basis));
    json_put_int(t->out, "basis_entry", (int64_t)h.basis_entry);
    if (!open_now(t)) return;
    json_put_bool(t->out, "written_needed", gate_needs_written(t->m->kind, t->app->settings));
    json_close(t->out, '}');
}

/* Facts of the number are not kept by date. */
static void tell_number(struct telling *t)
{
    struct number_terms terms = gate_number_terms(t->app->settings);
    struct number_verdict v;
    struct number_facts n;

    if (t->r->store->ops->number_facts(t->r, t->m->org, t->m->number, &n) != ERR_OK || !open_now(t)) return;
    view_number_members(t->out, &n);
    v = number_facts_judge(&n, &terms, clock_wall_ms(t->app->clock));
    json_put_time(t->out, "spared_until", v.trouble == NUMBER_FINE ? 0 : v.until_ms);
    json_close(t->out, '}');
}

/* What the recipient's country says of senders: of names, and of numbers whichever they are. */
static void tell_country(struct telling *t)
{
    static const char *const uses[] = {"never", "shown", "overwritten"};
    const struct number_abroad *number;
    const struct alpha_rule *rule;
    struct phone to;

    if (phone_from_digits(t->m->number, &to) != ERR_OK) return;
    rule = alpha_rule_of(to.country);
    number = number_abroad_of(to.country);
    json_put_text(t->out, "country", to.country);
    json_put_text(t->out, "alphanumeric", uses[rule->use]);
    json_put_bool(t->out, "registration_needed", rule->registered);
    json_put_text(t->out, "source", rule->source);
    if (number != NULL) {
        json_put_text(t->out, "numbers", number_use_name(number->use));
        json_put_text(t->out, "numbers_source", number->source);
    }
}

static void put_line(struct buf *out, const struct quiet_line *l)
{
    json_open(out, '{');
    json_put_text(out, "rule", l->rule);
    json_put_text(out, "zone", l->zone);
    json_put_time(out, "opens_at", l->opens_ms);
    json_put_time(out, "closes_at", l->closes_ms);
    json_put_text(out, "source", l->source);
    json_close(out, '}');
}

static void tell_quiet(struct telling *t)
{
    struct quiet_line *lines = arena_alloc(t->a, FACTS_LINES * sizeof *lines);
    struct quiet_window w;
    size_t count = 0;

    bool any = quiet_hours_any(t->m->zones, t->m->kind);
    enum message_kind kind = any ? t->m->kind : KIND_MARKETING; /* else what would hold of marketing */

    json_put_bool(t->out, "for_this_kind", any);
    if (quiet_hours_window(t->m->zones, kind, t->at_ms, &w) == ERR_OK) {
        json_put_bool(t->out, "open", w.open);
        json_put_time(t->out, w.open ? "closes_at" : "opens_at", w.open ? w.closes_ms : w.next_open_ms);
    }
    if (lines == NULL || quiet_hours_lines(t->m->zones, kind, t->at_ms, lines, &count) != ERR_OK) count = 0;
    json_key(t->out, "places");
    json_open(t->out, '[');
    for (size_t i = 0; i < count; i++) put_line(t->out, &lines[i]);
    json_close(t->out, ']');
    if (!open_now(t)) return;
    json_put_bool(t->out, "asked", any && t->app->settings->quiet_hours);
    json_close(t->out, '}');
}

/* The law's cap where the recipient may be, and how many the person got of late: counts are not kept by date. */
static void tell_frequency(struct telling *t)
{
    struct quiet_cap cap;
    struct frequency recent;

    json_put_bool(t->out, "asked", t->m->kind == KIND_MARKETING);
    if (quiet_hours_cap(t->m->zones, t->at_ms, &cap) == ERR_OK && cap.count != 0) {
        json_put_int(t->out, "cap", cap.count);
        json_put_int(t->out, "hours", cap.hours);
        json_put_text(t->out, "source", cap.source);
    }
    if (t->r->store->ops->recent_sends(t->r, t->m->org, t->m->number, &recent) != ERR_OK || !open_now(t)) return;
    json_put_int(t->out, "counted", recent.count);
    json_close(t->out, '}');
}

static void tell_validity(struct telling *t)
{
    json_put_time(t->out, "expires_at", t->m->expires_ms);
}

/* Whose wants of texts are asked, beside those of everywhere. */
static void tell_content(struct telling *t)
{
    struct phone to;

    if (phone_from_digits(t->m->number, &to) != ERR_OK) return;
    json_put_text(t->out, "country", to.country);
    json_put_bool(t->out, "country_rules", country_content_any(to.country));
}

static void tell_schedule(struct telling *t)
{
    json_put_time(t->out, "send_at", t->m->send_at_ms);
}

static void tell_campaign(struct telling *t)
{
    view_put_id(t->app->ids, t->out, "campaign", PUBLIC_CAMPAIGN, t->m->campaign);
}

static void tell_contact(struct telling *t)
{
    view_put_id(t->app->ids, t->out, "contact", PUBLIC_CONTACT, t->m->contact);
}

static void tell_spend(struct telling *t)
{
    json_put_int(t->out, "cost_micros", t->m->cost_micros);
}

static void tell_bucket(struct telling *t)
{
    json_put_text(t->out, "carrier", carrier_slug((enum carrier)t->m->carrier));
}

/* Why that one, as far as it can be told afterwards. */
static const char *sender_choice(const struct telling *t, const struct sender *s)
{
    struct phone to, from;

    if (phone_from_digits(t->m->number, &to) == ERR_OK && phone_from_digits(s->number, &from) == ERR_OK &&
        to.area_code != 0 && to.area_code == from.area_code)
        return "of the recipient's area code";
    return "asked for, the usual one, or one with room in its limits";
}

/* What the sender waits for: the message may be held for that. */
static void tell_pause(struct telling *t, const struct sender *s)
{
    struct sender_pause pause;

    if (t->app->pauses == NULL ||
        !sender_pauses_find(t->app->pauses, s->org, s->id, clock_wall_ms(t->app->clock), &pause) || !open_now(t))
        return;
    json_put_int(t->out, "paused_code", pause.code);
    json_put_time(t->out, "paused_until", pause.until_ms);
    json_put_text(t->out, "paused_remedy", playbook_get(pause.code)->remedy);
    json_close(t->out, '}');
}

static void tell_sender(struct telling *t)
{
    struct sender s;

    json_put_int(t->out, "attempt", t->m->attempt);
    if (t->m->sender == 0 || senders_get(t->r, t->m->org, t->m->sender, &s) != ERR_OK) {
        json_put_null(t->out, "sender");
        return;
    }
    json_put_text(t->out, "sender", s.address);
    json_put_text(t->out, "sender_kind", sender_kind_name(s.kind));
    json_put_text(t->out, "chosen", sender_choice(t, &s));
    json_put_text(t->out, "carrier", carrier_slug((enum carrier)t->m->carrier));
    json_put_int(t->out, "segments", t->m->segments);
    json_put_time(t->out, "slot_at", t->m->armed_ms);
    tell_pause(t, &s);
}

/* ---- the rules, in the order in which the gate asks them (app/gate.h) ---- */

struct rule {
    const char *name, *law;
    void (*tell)(struct telling *t); /* its input; NULL: nothing more than its name */
    enum message_reason reasons[6];  /* those that say that it did not pass */
};

static const struct rule RULES[] = {
    {"campaign", "", tell_campaign, {REASON_CAMPAIGN_CANCELED, REASON_CANCELED_BY_USER}},
    {"validity", "", tell_validity, {REASON_VALIDITY}},
    {"contact", "", tell_contact, {REASON_CONTACT_DELETED}},
    {"opt_out", "47 CFR 64.1200(a)(10)", tell_consent, {REASON_OPTED_OUT}},
    {"consent", "47 CFR 64.1200(a)(2), (f)(9)", tell_consent, {REASON_NO_CONSENT}},
    {"number", "data/error-playbook.tsv, Lookup", tell_number, {REASON_NUMBER}},
    {"organization", "", NULL, {REASON_ORG_SUSPENDED}},
    {"country", "", NULL, {REASON_COUNTRY}},
    {"registration", "A2P 10DLC, toll-free verification", NULL,
     {REASON_REGISTRATION, REASON_TOLL_FREE_UNVERIFIED, REASON_NO_SENDER}},
    {"sender_country", "data/alphanumeric.tsv", tell_country,
     {REASON_SENDER_COUNTRY, REASON_SENDER_UNREGISTERED, REASON_NO_WAY_OUT}},
    {"text", "", NULL, {REASON_UNFILLED_FIELD, REASON_TOO_LONG}},
    {"content", "data/content-rules.tsv, data/country-content.tsv", tell_content, {REASON_CONTENT}},
    {"bucket", "", tell_bucket, {REASON_BUCKET_CHANGED}},
    {"schedule", "", tell_schedule, {REASON_SCHEDULED}},
    {"quiet_hours", "47 CFR 64.1200(c)(1), state laws", tell_quiet, {REASON_QUIET_HOURS}},
    {"frequency", "caps of states (data/us-quiet-hours.tsv), and the organization's own", tell_frequency,
     {REASON_FREQUENCY}},
    {"spend_cap", "", tell_spend, {REASON_SPEND_CAP}},
    {"limits_and_sender", "", tell_sender,
     {REASON_SENDER_BUSY, REASON_FENCE, REASON_RETRY, REASON_STALE, REASON_ATTEMPTS, REASON_CONFIGURATION}},
};
enum { RULES_COUNT = sizeof RULES / sizeof RULES[0] };

/* The place of the rule that did not pass; RULES_COUNT: all passed, or one that is not in the gate's order. */
static size_t failed_rule(enum message_reason reason)
{
    for (size_t i = 0; i < RULES_COUNT; i++)
        for (size_t k = 0; k < 6; k++)
            if (reason != REASON_NONE && RULES[i].reasons[k] == reason) return i;
    return RULES_COUNT;
}

/* A campaign's recipient whose turn has not come. */
static bool is_unjudged(const struct message *m)
{
    return m->campaign != 0 && m->state == MESSAGE_QUEUED && m->reason == REASON_NONE && m->armed_ms == 0;
}

static const char *answer_of(const struct message *m, size_t rule, size_t failed)
{
    if (is_unjudged(m)) return "not_asked";
    if (rule < failed) return "pass";
    if (rule > failed) return "not_asked";
    return message_state_final(m->state) ? "end" : "hold";
}

static void put_rule(struct telling *t, size_t i, size_t failed)
{
    json_open(t->out, '{');
    json_put_text(t->out, "rule", RULES[i].name);
    json_put_text(t->out, "verdict", answer_of(t->m, i, failed));
    if (i == failed) json_put_text(t->out, "why", view_reason_explained(t->m->reason));
    json_put_text(t->out, "law", RULES[i].law[0] == 0 ? NULL : RULES[i].law);
    json_key(t->out, "input");
    json_open(t->out, '{');
    if (RULES[i].tell != NULL) RULES[i].tell(t);
    json_close(t->out, '}');
    json_close(t->out, '}');
}

/* ---- versions ---- */

struct str verdicts_rule_sets(struct arena *a, struct str lines, const char *version, int64_t now_ms)
{
    struct str last = verdicts_rule_set_at(lines, INT64_MAX, &(int64_t){0});

    if (str_equal(last, str_from(version))) return (struct str){NULL, 0};
    return str_from(arena_printf(a, STR_FMT "%lld %s\n", STR_ARG(lines), (long long)now_ms, version));
}

struct str verdicts_rule_set_at(struct str lines, int64_t at_ms, int64_t *since_ms)
{
    struct str found = {"", 0}, line, since;

    *since_ms = 0;
    while (lines.len > 0) {
        int64_t from_ms;
        lines = str_cut(lines, '\n', &line);
        line = str_cut(line, ' ', &since);
        if (str_to_i64(since, &from_ms) != ERR_OK || from_ms > at_ms) continue;
        found = line;
        *since_ms = from_ms;
    }
    return found;
}

static void put_version(struct telling *t)
{
    struct str lines = {NULL, 0}, version;
    int64_t since_ms;

    if (t->r->store->ops->meta_get(t->r, t->a, STR(VERDICTS_RULE_SETS), &lines) != ERR_OK) lines.len = 0;
    version = verdicts_rule_set_at(lines, t->at_ms, &since_ms);
    json_key(t->out, "rules");
    json_open(t->out, '{');
    json_put_str_or_null(t->out, "version", version);
    json_put_time(t->out, "since", since_ms);
    json_put_text(t->out, "present_version", rule_set_version);
    /* Of hours, caps and countries: rows carry their dates, but a table that was mended since says it otherwise now. */
    json_put_text(t->out, "inputs_note", str_equal(version, str_from(rule_set_version)) ? NULL
                  : "Hours, caps and countries below are read from the present tables, by their dates of validity, for the "
                    "message was judged by a version that is not here any more. The verdicts are those of then.");
    json_close(t->out, '}');
}

/* When the gate last decided: what waits and was never judged is judged now. */
static int64_t judged_at(const struct app *app, const struct message *m)
{
    if (m->armed_ms != 0 && m->reason == REASON_NONE) return m->armed_ms;
    return m->reason != REASON_NONE ? m->updated_ms : clock_wall_ms(app->clock);
}

static enum err put_verdicts(struct telling *t, const struct verdicts_ledgers *l)
{
    size_t failed = failed_rule(t->m->reason);
    enum err code = hold_then(t, l);

    if (code != ERR_OK) return code;
    json_key(t->out, "verdicts");
    json_open(t->out, '[');
    for (size_t i = 0; i < RULES_COUNT; i++) put_rule(t, i, failed);
    json_close(t->out, ']');
    return buf_check(t->out);
}

static void put_judged(struct telling *t)
{
    json_put_time(t->out, "judged_at", is_unjudged(t->m) ? 0 : t->at_ms);
    put_version(t);
}

enum err verdicts_members_then(struct app *app, struct store_reader *r, struct arena *a, const struct message *m,
                               const struct verdicts_ledgers *ledgers, struct buf *out)
{
    struct telling t = {.app = app, .r = r, .a = a, .m = m, .at_ms = judged_at(app, m), .then = true, .out = out};
    enum err code = ERR_OK;

    put_judged(&t);
    if (ledgers == NULL) json_put_null(out, "verdicts");
    else code = put_verdicts(&t, ledgers);
    json_put_text(out, "verdicts_left_out", ledgers != NULL ? NULL
                  : "A ledger has so many entries of this number that they are not read whole here: what was on record "
                    "when the message was judged is not told.");
    return code == ERR_OK ? buf_check(out) : code;
}

enum err verdicts_write(struct app *app, struct store_reader *r, struct arena *a, const struct message *m,
                        struct buf *out)
{
    struct telling t = {.app = app, .r = r, .a = a, .m = m, .at_ms = judged_at(app, m), .out = out};
    struct verdicts_ledgers ledgers;
    enum err code = verdicts_ledgers_read(r, a, m->org, m->number, &ledgers);

    if (code != ERR_OK) return code;
    json_open(out, '{');
    view_put_id(app->ids, out, "message", PUBLIC_MESSAGE, m->id);
    json_put_number(out, "to", m->number);
    json_put_text(out, "kind", message_kind_name(m->kind));
    json_put_text(out, "state", message_state_name(m->state));
    json_put_text(out, "reason", m->reason == REASON_NONE ? NULL : view_reason(m->reason));
    json_put_time(out, "created_at", m->created_ms);
    put_judged(&t);
    code = put_verdicts(&t, &ledgers);
    json_close(out, '}');
    return code == ERR_OK ? buf_check(out) : code;
}

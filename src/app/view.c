/* view: one function a record. Owns nothing. */
#include "app/view.h"

#include "app/gate.h"
#include "app/keys.h"
#include "app/ledger.h"
#include "base/json_out.h"
#include "base/json_scan.h"
#include "rules/carrier.h"
#include "rules/playbook.h"

#include <stdio.h>
#include <string.h>

static const char *name_in(const char *const *names, size_t count, size_t i)
{
    return i < count && names[i] != NULL ? names[i] : "unknown";
}
#define NAME_IN(table, i) name_in((table), sizeof(table) / sizeof *(table), (size_t)(i))

const char *view_org_state(enum org_state s)
{
    static const char *const names[] = {NULL, "active", "suspended", "closed"};
    return NAME_IN(names, s);
}

const char *view_registration(enum registration_state s)
{
    static const char *const names[] = {"none", "pending", "approved", "suspended"};
    return NAME_IN(names, s);
}

const char *view_sender_state(enum sender_state s)
{
    static const char *const names[] = {NULL, "active", "held", "removed"};
    return NAME_IN(names, s);
}

const char *view_campaign_state(enum campaign_state s)
{
    static const char *const names[] = {NULL,     "draft",     "scheduled", "running",
                                        "paused", "completed", "canceled"};
    return NAME_IN(names, s);
}

const char *view_import_state(enum import_state s)
{
    static const char *const names[] = {NULL, "running", "done", "failed"};
    return NAME_IN(names, s);
}

const char *view_event_bit(enum event_type t)
{
    static const char *const names[] = {NULL, "message", "campaign", "inbound", "consent", "import",
                                        "registration", "verification", "sender", "number", "drift", "account"};
    return NAME_IN(names, t);
}

static const struct {
    const char *name, *explanation;
} REASONS[] = {
    [REASON_NONE] = {"none", ""},
    [REASON_OPTED_OUT] = {"opted_out",
                          "The recipient opted out; their own START lets texts through again, or a new consent of theirs, recorded."},
    [REASON_CONTACT_DELETED] = {"contact_deleted", "The contact was deleted before its turn came."},
    [REASON_UNFILLED_FIELD] = {"unfilled_field",
                               "A template field has no value for this recipient; fill it, or give it a "
                               "default as in {{name|there}}."},
    [REASON_QUIET_HOURS] = {"quiet_hours",
                            "It is too early or too late where the recipient may be; it waits for lawful "
                            "hours."},
    [REASON_NO_SENDER] = {"no_sender", "No sender of the program may send to this recipient; add one."},
    [REASON_REGISTRATION] = {"registration",
                             "The program's 10DLC registration is not approved; messages wait for it."},
    [REASON_ORG_SUSPENDED] = {"organization_suspended",
                              "The organization is suspended, which an operator can end, or closed for good."},
    [REASON_SPEND_CAP] = {"spend_cap",
                          "The organization's spending cap of this month is reached; raise it or wait for "
                          "the next month."},
    [REASON_TOO_LONG] = {"too_long",
                         "With this recipient's fields the text is over 1,600 characters; shorten it."},
    [REASON_VALIDITY] = {"validity", "Its validity ended before it could be sent."},
    [REASON_CAMPAIGN_CANCELED] = {"campaign_canceled", "Its campaign was canceled."},
    [REASON_SCHEDULED] = {"scheduled", "It is scheduled for later."},
    [REASON_RETRY] = {"retry", "The provider could not take it; it is tried again after a pause."},
    [REASON_FENCE] = {"fence", "Another text to the same number is on its way; it follows."},
    [REASON_SENDER_BUSY] = {"sender_busy", "Its usual sender is at its limit; it waits for it."},
    [REASON_CANCELED_BY_USER] = {"canceled", "It was canceled before it was sent."},
    [REASON_ATTEMPTS] = {"attempts", "All attempts were used up."},
    [REASON_TOLL_FREE_UNVERIFIED] = {"sender_unverified",
                                     "The toll-free number or short code is not verified yet; "
                                     "messages wait for it."},
    [REASON_BUCKET_CHANGED] = {"bucket_changed",
                               "The recipient's place or carrier changed; it waits in its new lane."},
    [REASON_CONFIGURATION] = {"configuration",
                              "The provider refused the configuration; see the error and mend it."},
    [REASON_COUNTRY] = {"country", "No sender of the program reaches this country, or the organization does not send "
                                   "there; its countries can be named."},
    [REASON_FREQUENCY] = {"frequency_cap",
                          "This person got as many marketing messages lately as a law or the organization allows; it "
                          "waits until there is room."},
    [REASON_SENDER_COUNTRY] = {"sender_country",
                               "The recipient's country takes no such sender: no alphanumeric one, or for marketing "
                               "one that begins with what the country asks for (data/alphanumeric.tsv); or names alone and "
                               "no numbers (data/number-senders.tsv); or it is a short code of another country. Add a "
                               "sender that may write there."},
    [REASON_SENDER_UNREGISTERED] = {"sender_unregistered",
                                    "The recipient's country takes an alphanumeric sender only when it is registered "
                                    "there; register it, then name the country in the sender's \"registered\"."},
    [REASON_NO_WAY_OUT] = {"no_way_out",
                           "Nobody can answer an alphanumeric sender, or a number that is overwritten there, so STOP "
                           "does not work: a marketing text needs a link, a telephone number or an e-mail address to "
                           "opt out with."},
    [REASON_NUMBER] = {"number_unfit",
                       "Texts do not come to this number: a landline, no valid number, out of service, or (marketing) "
                       "three times out of reach. A text from it, or its days (numbers.unfit_days), let it through again."},
    [REASON_STALE] = {"stale", "Facts changed while it was drawn; it is asked again."},
    [REASON_CONTENT] = {"content",
                        "Its text holds what carriers or the law forbid; POST /v1/content/check names the words "
                        "and what to do."},
    [REASON_NO_CONSENT] = {"no_consent",
                           "Marketing needs express written consent on record, and there is none for this number."
                           " Record it (consent import, contacts import --consent), or see the setting"
                           " consent.marketing."},
};

const char *view_reason(enum message_reason r)
{
    size_t i = (size_t)r;
    return i < sizeof REASONS / sizeof *REASONS && REASONS[i].name != NULL ? REASONS[i].name : "unknown";
}

const char *view_reason_explained(enum message_reason r)
{
    size_t i = (size_t)r;
    return i < sizeof REASONS / sizeof *REASONS && REASONS[i].explanation != NULL ? REASONS[i].explanation
                                                                                  : "";
}

void view_put_id(const struct public_ids *ids, struct buf *out, const char *name, enum public_kind kind,
                 uint64_t id)
{
    char text[PUBLIC_ID_BYTES];

    public_id_format(ids, kind, id, text);
    json_put_text(out, name, id == 0 ? NULL : text);
}

static void put_text_or_null(struct buf *out, const char *name, const char *text)
{
    json_put_text(out, name, text[0] == '\0' ? NULL : text);
}

void view_program(const struct public_ids *ids, struct buf *out, const struct program *p)
{
    json_open(out, '{');
    view_put_id(ids, out, "id", PUBLIC_PROGRAM, p->id);
    json_put_str(out, "name", p->name);
    put_text_or_null(out, "messaging_service_sid", p->service_sid);
    json_put_text(out, "registration", view_registration(p->registration));
    json_put_text(out, "brand_type", brand_type_name(p->brand));
    json_key(out, "brand_score");
    if (p->brand_score < 0)
        json_nil(out);
    else
        json_int(out, p->brand_score);
    json_put_str_or_null(out, "use_case", p->use_case);
    json_put_str_or_null(out, "brand_name", p->brand_name);
    json_put_str_or_null(out, "help_text", p->help_text);
    json_put_bool(out, "age_gated", (p->traits & PROGRAM_AGE_GATED) != 0);
    json_put_bool(out, "direct_lending", (p->traits & PROGRAM_DIRECT_LENDING) != 0);
    json_put_text(out, "automated_hours", quiet_automated_name(gate_automated(p->traits)));
    json_close(out, '}');
}

static void put_webhook_url(struct buf *out, const struct settings *s, const struct org *o, const char *what)
{
    struct str base = str_from(s->public_url);

    while (base.len > 0 && base.at[base.len - 1] == '/')
        base.len--;
    json_key(out, what);
    if (base.len == 0) {
        json_nil(out);
        return;
    }
    buf_addf(out, "\"" STR_FMT "/twilio/%s/%s\"", STR_ARG(base), o->hook_path, what);
}

void view_org(const struct public_ids *ids, const struct settings *s, struct buf *out, const struct org *o,
              const struct program *p)
{
    json_open(out, '{');
    json_put_text(out, "slug", o->slug);
    json_put_str(out, "name", o->name);
    json_put_text(out, "state", view_org_state(o->state));
    put_text_or_null(out, "account_sid", o->account_sid);
    json_put_bool(out, "has_token", o->token_sealed.len > 0);
    json_put_text(out, "region", o->region);
    json_put_int(out, "share", o->share);
    json_put_int(out, "spend_cap_micros", o->spend_cap_micros);
    json_put_int(out, "spent_micros", o->spent_micros);
    json_put_int(out, "frequency_cap", o->frequency.count);
    json_put_int(out, "frequency_hours", o->frequency.hours);
    json_put_text(out, "countries", o->countries);
    json_put_str_or_null(out, "help_text", o->help_text);
    json_put_str_or_null(out, "opt_out_words", o->opt_out_words);
    json_key(out, "program");
    view_program(ids, out, p);
    json_key(out, "webhooks");
    json_open(out, '{');
    put_webhook_url(out, s, o, "inbound");
    put_webhook_url(out, s, o, "fallback");
    json_close(out, '}');
    json_put_time(out, "created_at", o->created_ms);
    json_close(out, '}');
}

void view_key(const struct public_ids *ids, struct buf *out, const struct api_key *k, const char *secret)
{
    json_open(out, '{');
    view_put_id(ids, out, "id", PUBLIC_KEY, k->id);
    json_put_str(out, "name", k->name);
    json_put_text(out, "hint", k->hint);
    json_key(out, "scopes");
    json_open(out, '[');
    for (uint32_t bit = 1; bit <= KEY_SCOPE_OPERATOR; bit <<= 1)
        if ((k->scopes & bit) != 0) json_str(out, str_from(keys_scope_name(bit)));
    json_close(out, ']');
    json_put_time(out, "created_at", k->created_ms);
    json_put_time(out, "expires_at", k->expires_ms);
    json_put_time(out, "revoked_at", k->revoked_ms);
    if (secret != NULL) json_put_text(out, "secret", secret);
    json_close(out, '}');
}

static void put_pause(struct buf *out, const struct sender_pause *pause)
{
    const struct playbook_entry *e;

    json_key(out, "paused");
    if (pause == NULL) {
        json_nil(out);
        return;
    }
    e = playbook_get(pause->code);
    json_open(out, '{');
    json_put_int(out, "code", pause->code);
    json_put_text(out, "title", e->title);
    json_put_text(out, "remedy", e->remedy);
    json_put_time(out, "since", pause->since_ms);
    json_put_time(out, "until", pause->until_ms);
    json_close(out, '}');
}

void view_sender(const struct public_ids *ids, struct buf *out, const struct sender *s, struct str program,
                 const struct sender_pause *pause)
{
    json_open(out, '{');
    view_put_id(ids, out, "id", PUBLIC_SENDER, s->id);
    json_put_text(out, "address", s->address);
    json_put_text(out, "kind", sender_kind_name(s->kind));
    json_put_text(out, "state", view_sender_state(s->state));
    json_put_bool(out, "verified", s->verified);
    put_text_or_null(out, "sid", s->sid);
    put_text_or_null(out, "registered", s->registered);
    json_put_str_or_null(out, "program", program);
    put_pause(out, pause);
    json_put_time(out, "created_at", s->created_ms);
    json_close(out, '}');
}

void view_number_members(struct buf *out, const struct number_facts *known)
{
    json_put_text(out, "line_type", line_type_name(known->line));
    put_text_or_null(out, "number_trouble", number_trouble_name(known->trouble));
    json_key(out, "number_error_code");
    if (known->code != 0) json_int(out, known->code);
    else json_nil(out);
    json_put_time(out, "number_trouble_at", known->trouble_ms);
}

void view_contact(const struct public_ids *ids, struct buf *out, const struct contact *c, enum consent_kind consent,
                  const struct number_facts *known)
{
    json_open(out, '{');
    view_put_id(ids, out, "id", PUBLIC_CONTACT, c->id);
    json_put_number(out, "number", c->number);
    json_key(out, "fields");
    json_raw(out, c->fields.len == 0 ? STR("{}") : c->fields);
    json_put_text(out, "carrier", carrier_slug((enum carrier)c->carrier));
    json_put_text(out, "consent", consent_kind_name(consent));
    view_number_members(out, known);
    json_put_time(out, "created_at", c->created_ms);
    json_put_time(out, "updated_at", c->updated_ms);
    json_close(out, '}');
}

void view_list(const struct public_ids *ids, struct buf *out, const struct contact_list *l)
{
    json_open(out, '{');
    view_put_id(ids, out, "id", PUBLIC_LIST, l->id);
    json_put_str(out, "name", l->name);
    json_put_int(out, "members", l->members);
    json_put_time(out, "created_at", l->created_ms);
    json_close(out, '}');
}

void view_import(const struct public_ids *ids, struct buf *out, const struct import_job *j, struct str list,
                 int64_t consents)
{
    char id[PUBLIC_ID_BYTES];

    public_id_format(ids, PUBLIC_IMPORT, j->id, id);
    json_open(out, '{');
    json_put_text(out, "id", id);
    json_put_text(out, "state", view_import_state(j->state));
    json_put_str_or_null(out, "list", list);
    json_put_text(out, "region", j->region);
    json_put_int(out, "bytes", j->bytes);
    json_put_int(out, "bytes_read", j->bytes_read);
    json_put_int(out, "rows", j->rows);
    json_put_int(out, "added", j->added);
    json_put_int(out, "updated", j->updated);
    json_put_int(out, "duplicates", j->duplicates);
    json_put_int(out, "rejected", j->rejected);
    json_put_str_or_null(out, "why", j->why);
    json_key(out, "attestation");
    if (j->attestation != 0) json_int(out, (int64_t)j->attestation);
    else json_nil(out);
    json_key(out, "consents");
    if (consents >= 0) json_int(out, consents);
    else json_nil(out);
    json_key(out, "rejects_url");
    if (j->rejected > 0)
        buf_addf(out, "\"/v1/imports/%s/rejects.csv\"", id);
    else
        json_nil(out);
    json_put_time(out, "created_at", j->created_ms);
    json_put_time(out, "finished_at", j->finished_ms);
    json_close(out, '}');
}

const char *view_keyword_name(unsigned keyword)
{
    static const char *const names[] = {NULL, "stop", "start", "help", "refusal", "wrong_number", "confirmed"};

    return keyword < sizeof names / sizeof *names ? names[keyword] : NULL;
}

void view_inbound(const struct public_ids *ids, struct buf *out, const struct inbound *i)
{
    json_open(out, '{');
    view_put_id(ids, out, "id", PUBLIC_INBOUND, i->id);
    json_put_number(out, "from", i->from);
    json_put_text(out, "to", i->to);
    json_put_str(out, "body", i->body);
    json_put_text(out, "keyword", view_keyword_name((unsigned)i->keyword));
    json_put_text(out, "sid", i->sid);
    json_put_time(out, "at", i->at_ms);
    json_put_time(out, "received_at", i->received_ms);
    json_close(out, '}');
}

/* An object of texts that we wrote; what somebody else made of it must not break the answer. */
static void put_proof(struct buf *out, struct str proof)
{
    struct json_scan s = json_scan_over(proof);
    struct json_scan_value value;
    struct str name;

    while (json_scan_next(&s, &name, &value)) continue;
    json_key(out, "proof");
    if (proof.len > 0 && json_scan_is_sound(&s)) json_raw(out, proof);
    else if (proof.len > 0) json_str(out, proof);
    else json_raw(out, STR("null"));
}

static void put_hash(struct buf *out, const struct consent *c)
{
    char hex[LEDGER_HEX_BYTES];

    ledger_hex(c->hash, hex);
    json_put_text(out, "hash", c->position == 0 ? NULL : hex);
}

void view_consent_members(struct buf *out, const struct consent *c)
{
    json_put_number(out, "number", c->number);
    json_put_text(out, "state", consent_kind_name(c->kind));
    json_put_str_or_null(out, "source", c->source);
    json_put_str_or_null(out, "evidence", c->evidence);
    put_text_or_null(out, "sid", c->sid);
    json_put_time(out, "at", c->at_ms);
    json_put_text(out, "scope", consent_scope_name(c->scope));
    json_put_text(out, "basis", c->basis == CONSENT_BASIS_NONE ? NULL : consent_basis_name(c->basis));
    json_put_time(out, "recorded_at", c->recorded_ms);
    put_proof(out, c->proof);
    json_put_int(out, "entry", (int64_t)c->id);
    json_put_int(out, "position", (int64_t)c->position);
    put_hash(out, c);
}

void view_consent_event(struct buf *out, const struct consent *c)
{
    json_open(out, '{');
    view_consent_members(out, c);
    json_close(out, '}');
}

void view_endpoint(const struct public_ids *ids, struct buf *out, const struct endpoint *e,
                   const char *secret)
{
    static const char *const states[] = {NULL, "active", "disabled", "removed"};

    json_open(out, '{');
    view_put_id(ids, out, "id", PUBLIC_ENDPOINT, e->id);
    json_put_str(out, "url", e->url);
    json_key(out, "events");
    json_open(out, '[');
    for (enum event_type t = EVENT_MESSAGE; t <= EVENT_ACCOUNT; t++)
        if ((e->types & (1u << t)) != 0) json_str(out, str_from(view_event_bit(t)));
    json_close(out, ']');
    json_put_text(out, "state", NAME_IN(states, e->state));
    json_put_time(out, "created_at", e->created_ms);
    if (secret != NULL) json_put_text(out, "secret", secret);
    json_close(out, '}');
}

static void put_error(struct buf *out, int32_t code)
{
    const struct playbook_entry *e;

    json_key(out, "error");
    if (code == 0) {
        json_nil(out);
        return;
    }
    e = playbook_get(code);
    json_open(out, '{');
    json_put_int(out, "code", code);
    json_put_text(out, "title", e->title);
    json_put_text(out, "class", playbook_class_name(e->category));
    json_put_str_or_null(out, "explanation", str_from(e->explanation));
    json_put_str_or_null(out, "remedy", str_from(e->remedy));
    json_close(out, '}');
}

static void put_reason(struct buf *out, enum message_reason reason)
{
    json_key(out, "reason");
    if (reason == REASON_NONE) {
        json_nil(out);
        return;
    }
    json_open(out, '{');
    json_put_text(out, "code", view_reason(reason));
    json_put_text(out, "explanation", view_reason_explained(reason));
    json_close(out, '}');
}

void view_message_members(const struct public_ids *ids, struct buf *out, const struct message *m, struct str from)
{
    view_put_id(ids, out, "id", PUBLIC_MESSAGE, m->id);
    json_put_number(out, "to", m->number);
    json_put_str_or_null(out, "from", from);
    json_put_str_or_null(out, "body", m->body);
    json_put_text(out, "kind", message_kind_name(m->kind));
    json_put_text(out, "state", message_state_name(m->state));
    put_reason(out, m->reason);
    put_error(out, m->error_code);
    view_put_id(ids, out, "campaign", PUBLIC_CAMPAIGN, m->campaign);
    view_put_id(ids, out, "contact", PUBLIC_CONTACT, m->contact);
    json_put_int(out, "attempts", m->attempt);
    json_put_int(out, "segments", m->segments);
    json_put_int(out, "cost_micros", m->cost_micros);
    put_text_or_null(out, "sid", m->sid);
    json_put_text(out, "carrier", carrier_slug((enum carrier)m->carrier));
    json_put_bool(out, "urgent", m->urgent);
    json_put_time(out, "created_at", m->created_ms);
    json_put_time(out, "send_at", m->send_at_ms);
    json_put_time(out, "expires_at", m->expires_ms);
    json_put_time(out, "answered_at", m->answered_ms);
    json_put_time(out, "updated_at", m->updated_ms);
}

void view_message(const struct public_ids *ids, struct buf *out, const struct message *m, struct str from)
{
    json_open(out, '{');
    view_message_members(ids, out, m, from);
    json_close(out, '}');
}

void view_counts(struct buf *out, const int64_t counts[MESSAGE_STATES])
{
    json_open(out, '{');
    for (int s = MESSAGE_QUEUED; s < MESSAGE_STATES; s++)
        json_put_int(out, message_state_name((enum message_state)s), counts[s]);
    json_close(out, '}');
}

int64_t view_campaign_done(const struct campaign *c)
{
    int64_t done = 0;

    for (int s = MESSAGE_QUEUED; s < MESSAGE_STATES; s++)
        if (s != MESSAGE_QUEUED && s != MESSAGE_HELD) done += c->counts[s];
    return done;
}

/* With one decimal: JSON has no need of more. */
static void put_rate(struct buf *out, const char *name, int64_t per_ks)
{
    json_key(out, name);
    if (per_ks < 0)
        json_nil(out);
    else
        buf_addf(out, "%lld.%lld", (long long)(per_ks / 1000), (long long)(per_ks % 1000 / 100));
}

/* What was measured holds only as far as those who may send now can go on with it. */
static void put_eta(struct buf *out, const struct campaign *c, const struct view_campaign_facts *f)
{
    int64_t now = f->allowed.sustained_per_ks, rate = f->rate_per_ks > 0 && f->rate_per_ks < now ? f->rate_per_ks : now;
    int64_t left = c->audience - view_campaign_done(c);

    json_key(out, "eta_s");
    if (c->state != CAMPAIGN_RUNNING || rate <= 0)
        json_nil(out);
    else
        json_int(out, (left * 1000 + rate - 1) / rate);
}

static void put_list(const struct public_ids *ids, struct buf *out, const struct campaign *c, struct str name)
{
    json_key(out, "list");
    if (c->list == 0) {
        json_nil(out);
        return;
    }
    json_open(out, '{');
    view_put_id(ids, out, "id", PUBLIC_LIST, c->list);
    json_put_str_or_null(out, "name", name);
    json_close(out, '}');
}

void view_campaign_members(const struct public_ids *ids, struct buf *out, const struct campaign *c,
                           const struct view_campaign_facts *f)
{
    view_put_id(ids, out, "id", PUBLIC_CAMPAIGN, c->id);
    json_put_str(out, "name", c->name);
    json_put_text(out, "state", view_campaign_state(c->state));
    json_put_str_or_null(out, "why", c->why);
    json_put_text(out, "kind", message_kind_name(c->kind));
    json_put_str_or_null(out, "program", f->program);
    put_list(ids, out, c, f->list);
    json_put_str(out, "template", c->template_text);
    json_put_time(out, "start_at", c->start_at_ms);
    json_put_int(out, "validity_s", c->validity_s);
    json_put_int(out, "pause_failures_permille", c->pause_failures_permille);
    json_put_bool(out, "retry_undelivered", c->retry_undelivered);
    json_put_int(out, "audience", c->audience);
    json_put_bool(out, "audience_complete", c->frozen);
    json_key(out, "counts");
    view_counts(out, c->counts);
    json_put_int(out, "segments", c->segments);
    json_put_int(out, "cost_micros", c->cost_micros);
    put_rate(out, "rate_per_s", f->rate_per_ks);
    put_rate(out, "allowed_per_s", f->allowed.peak_per_ks);
    put_rate(out, "sustained_per_s", f->allowed.sustained_per_ks);
    put_eta(out, c, f);
    json_put_time(out, "created_at", c->created_ms);
    json_put_time(out, "started_at", c->started_ms);
    json_put_time(out, "finished_at", c->finished_ms);
}

/* inbound: a person's text as a change. Contract in inbound.h. */
#include "app/inbound.h"

#include "app/consents.h"
#include "app/org_account.h"
#include "app/orgs.h"
#include "app/pump.h"
#include "app/senders_walk.h"
#include "rules/keyword.h"
#include "rules/keyword_abroad.h"
#include "rules/phone.h"
#include "rules/revocation.h"
#include "twilio/account.h"

#include <string.h>

enum {
    LATE_START_MS = 30000, /* a webhook is tried for 15 s, then its fallback URL */
    EARLY_STOP_MS = 60000, /* so far may our clock be behind before an answer has told the provider's */
};

static void stopped(void *owner)
{
    app_job_finish(owner);
}

/* A repeated STOP waits as well: the first one's withdrawal may still be under way. */
static bool tell_pump(struct app_job *job)
{
    struct inbound_job *i = (struct inbound_job *)(void *)((char *)job - offsetof(struct inbound_job, job));
    struct note note = {.kind = NOTE_STOPPED,
                        .org = i->change.inbound.org,
                        .number = i->change.inbound.from,
                        .done = stopped,
                        .owner = job};

    atomic_fetch_add(&job->app->counters.inbound, 1);
    if (i->change.duplicate) {
        atomic_fetch_add(&job->app->counters.inbound_duplicates, 1);
        i->reply = (struct str){NULL, 0};
    }
    if (i->change.consent != CONSENT_OPT_OUT) return false;
    if (!i->change.duplicate) atomic_fetch_add(&job->app->counters.stops, 1);
    job->app->tell(job->app->pump, &note);
    return true;
}

/* What the ledger says of who writes. What cannot be read is no answer: the text comes again. */
struct standing {
    bool opted_out;
    int64_t since_ms; /* INT64_MIN: nothing is known */
};

static enum err standing_of(struct store_reader *r, struct arena *a, org_id org, uint64_t number, struct standing *out)
{
    struct consent latest;
    enum err code = r->store->ops->consent_get(r, a, org, number, &latest);

    *out = (struct standing){false, INT64_MIN};
    if (code == ERR_OK) *out = (struct standing){latest.kind == CONSENT_OPT_OUT, latest.at_ms};
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

/* It comes after what we know, whatever our clock says: a STOP is not lost to a clock that was set. */
static void opt_out(struct inbound_job *out, int64_t latest_ms)
{
    if (out->change.inbound.at_ms <= latest_ms) out->change.inbound.at_ms = latest_ms + 1;
    out->change.consent = CONSENT_OPT_OUT;
}

/* Twilio answers its own words only. Who refuses in other words gets the one confirmation that the law allows,
 * without a word of marketing (47 CFR 64.1200(a)(12)), and not a second one. */
static void confirm(struct arena *a, const struct org *org, enum revocation_kind kind, struct inbound_job *out)
{
    const char *words = kind == REVOCATION_WRONG_NUMBER
                            ? "Sorry, this number was removed and will get no more texts from us."
                            : "You will get no more texts from us. Reply START to get them again.";

    out->reply = str_from(arena_printf(a, STR_FMT ": %s", STR_ARG(org->name), words));
}

static void apply_free_text(struct arena *a, const struct org *org, const struct standing *now, struct inbound_job *out)
{
    struct revocation said = revocation_read(out->change.inbound.body);

    if (said.kind == REVOCATION_NONE) return;
    out->change.inbound.keyword =
        said.kind == REVOCATION_WRONG_NUMBER ? INBOUND_WRONG_NUMBER : INBOUND_REFUSAL;
    if (!now->opted_out) confirm(a, org, said.kind, out);
    opt_out(out, now->since_ms);
}

static enum err apply_answer(struct store_reader *r, struct arena *a, struct inbound_job *out)
{
    const struct inbound *in = &out->change.inbound;
    struct consent question;
    enum err code;

    if (out->change.consent == CONSENT_OPT_OUT || !keyword_says_yes(in->body)) return ERR_OK;
    code = consents_question(r, a, in->org, in->from, in->at_ms, &question);
    if (code != ERR_OK) return code == ERR_NOT_FOUND ? ERR_OK : code;
    out->change.inbound.keyword = INBOUND_CONFIRMED;
    out->change.consent = CONSENT_OPT_IN;
    out->change.scope = question.scope; /* yes to what was asked, and to no more */
    out->change.scope_id = question.scope_id;
    out->asked_ms = question.at_ms;
    return ERR_OK;
}

/* Has somebody answered this STOP already? Twilio, where it is set up to (OptOutType) or for its own words on its own
 * numbers, and the network for toll-free. A short code without either is ours to answer, and so are all other words. */
static bool is_answered(const struct inbound *in, const struct keyword_hit *hit, enum sender_kind kind)
{
    return hit->by_provider || (kind != SENDER_SHORT_CODE && keyword_stops_by_default(in->body));
}

/* A word that means STOP where the person's number is of, in the language there. */
static bool stops_there(const struct inbound *in)
{
    struct phone from;

    if (phone_from_digits(in->from, &from) != ERR_OK) from.country[0] = '\0';
    return keyword_abroad_find(in->body, from.country) != NULL;
}

/* `help`: what HELP is answered with. */
static void apply_keyword(struct arena *a, const struct org *org, struct str help, const struct keyword_hit *hit,
                          const struct standing *now, enum sender_kind kind, struct inbound_job *out)
{
    switch (hit->kind) {
    case KEYWORD_STOP:
        out->change.inbound.keyword = INBOUND_STOP;
        if (!now->opted_out && !is_answered(&out->change.inbound, hit, kind))
            confirm(a, org, REVOCATION_STOP, out);
        opt_out(out, now->since_ms);
        break;
    case KEYWORD_START:
        if (hit->only_if_opted_out && !now->opted_out) break;
        if (now->opted_out && kind == SENDER_SHORT_CODE && !hit->by_provider)
            out->reply = str_from(arena_printf(a, STR_FMT ": You will get texts from us again. Reply HELP for help,"
                                                  " STOP to stop them.", STR_ARG(org->name)));
        out->change.inbound.keyword = INBOUND_START;
        out->change.consent = CONSENT_OPT_IN;
        break;
    case KEYWORD_HELP:
        out->change.inbound.keyword = INBOUND_HELP;
        /* Somebody who opted out gets nothing, and what Twilio answered is not answered twice. */
        if (!now->opted_out && !hit->by_provider) out->reply = help;
        break;
    case KEYWORD_NONE:
        if (keyword_own_stops(out->change.inbound.body, org->opt_out_words) || stops_there(&out->change.inbound)) {
            out->change.inbound.keyword = INBOUND_STOP;
            if (!now->opted_out) confirm(a, org, REVOCATION_STOP, out);
            opt_out(out, now->since_ms);
            break;
        }
        apply_free_text(a, org, now, out);
        break;
    }
}

/* Its date is not in the form, and events take effect in the order of the provider's dates: so the provider's clock
 * is asked what time it is, as far as its answers have told us. */
static int64_t by_provider_clock(struct app *app, int64_t wall_ms)
{
    struct pump_view view;

    if (app->look == NULL) return wall_ms;
    app->look(app->pump, &view);
    return view.provider_clock_known ? wall_ms + view.provider_offset_ms : wall_ms;
}

enum err inbound_sender_find(struct store_reader *r, org_id org, struct str address, struct sender *out)
{
    enum err result = r->store->ops->sender_by_address(r, org, address, out);
    const struct sender *s;
    struct senders_walk w;

    if (result != ERR_NOT_FOUND) return result;
    senders_walk_begin(&w, r, org);
    while ((s = senders_walk_next(&w)) != NULL && !str_equal(str_from(s->address), address))
        continue;
    if (s == NULL) return w.code != ERR_OK ? w.code : ERR_NOT_FOUND;
    *out = *s;
    return ERR_OK;
}

/* Our sender that received it, or ERR_DENIED. Its account must be the organization's. */
static enum err find_sender(struct app *app, struct store_reader *r, const struct org *org,
                            const struct form *form, struct sender *out, struct fault *f)
{
    struct str to = form_get(form, STR("To"));
    enum err found;
    if (!str_equal(form_get(form, STR("AccountSid")), org_account_sid(app->settings, org)))
        return fault_set(f, ERR_DENIED, "AccountSid is another account's");
    if (to.len == 0) return fault_set(f, ERR_INVALID, "To is missing");
    found = inbound_sender_find(r, org->id, to, out);
    if (found == ERR_NOT_FOUND) return fault_set(f, ERR_DENIED, "To is no sender of this organization");
    /* What could not be read is asked for again: it may be a STOP. */
    return found == ERR_OK ? ERR_OK : fault_set(f, found, "it cannot be told now whose number this is");
}

/* The program's that the sender belongs to, which names what the person gets; else the organization's. */
static struct str help_of(struct store_reader *r, struct arena *a, const struct org *org, uint32_t program)
{
    struct program p;

    if (orgs_program_by_id(r, a, org->id, program, &p) != ERR_OK || p.help_text.len == 0) return org->help_text;
    return p.help_text;
}

enum err app_inbound(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                     const struct form *form, struct inbound_job *out, struct fault *f)
{
    struct str sid = form_get(form, STR("MessageSid")), from = form_get(form, STR("From"));
    struct inbound *in = &out->change.inbound;
    struct keyword_hit hit;
    struct standing now;
    struct sender sender;
    struct str help = {NULL, 0};
    enum err result;

    *out = (struct inbound_job){.job = {.app = app, .after = tell_pump},
                                .change = {.head = {.kind = CHANGE_INBOUND}}};
    if (!twilio_sid_is_message(sid))
        return fault_set(f, ERR_INVALID, "MessageSid is missing or is not a message's SID");
    if (phone_read_e164(from, &in->from) != ERR_OK)
        return fault_set(f, ERR_INVALID, "From is missing or is not a phone number");
    result = find_sender(app, r, org, form, &sender, f);
    if (result != ERR_OK) return result;
    in->org = org->id;
    in->received_ms = clock_wall_ms(app->clock);
    in->at_ms = by_provider_clock(app, in->received_ms);
    in->body = arena_str(a, form_get(form, STR("Body")));
    if (in->body.at == NULL) return fault_set(f, ERR_FULL, "no memory for this text now");
    if (str_copy(sid, in->sid, sizeof in->sid) != ERR_OK ||
        str_copy(str_from(sender.address), in->to, sizeof in->to) != ERR_OK)
        return fault_set(f, ERR_INVALID, "MessageSid or To is too long");
    out->change.sender = sender.id;
    result = standing_of(r, a, org->id, in->from, &now);
    if (result != ERR_OK) return fault_set(f, result, "the consent of who writes cannot be read now");
    /* A STOP is taken at once: it must not wait for a batch. */
    hit = keyword_classify(in->body, form_get(form, STR("OptOutType")), sender.kind == SENDER_TOLL_FREE);
    if (hit.kind == KEYWORD_HELP) help = help_of(r, a, org, sender.program);
    apply_keyword(a, org, help, &hit, &now, sender.kind, out);
    result = apply_answer(r, a, out);
    if (result != ERR_OK) return fault_set(f, result, "whether this person was asked cannot be read now");
    out->change.head.urgent = out->change.consent == CONSENT_OPT_OUT;
    out->job.change = &out->change.head;
    return ERR_OK;
}

/* The opposite that stands by the ledger; false: nothing does. */
static bool standing_opposite(struct store_reader *r, struct arena *a, const struct inbound_job *job,
                              struct consent *out)
{
    const struct inbound *in = &job->change.inbound;
    enum consent_kind kind = job->change.consent;

    if (kind == CONSENT_NONE || r->store->ops->consent_get(r, a, in->org, in->from, out) != ERR_OK) return false;
    return kind != out->kind;
}

bool app_inbound_contested(struct store_reader *r, struct arena *a, const struct inbound_job *job,
                           int64_t provider_ms, char sid[SID_BYTES])
{
    struct consent latest;
    bool stop = job->change.consent == CONSENT_OPT_OUT;

    if (!standing_opposite(r, a, job, &latest) || latest.sid[0] == 0) return false;
    if (stop ? latest.at_ms < provider_ms : latest.at_ms >= provider_ms) return false;
    memcpy(sid, latest.sid, SID_BYTES);
    return true;
}

void app_inbound_date(struct store_reader *r, struct arena *a, struct inbound_job *job, int64_t provider_ms,
                      int64_t rival_ms)
{
    struct inbound *in = &job->change.inbound;
    struct consent latest;
    bool stop = job->change.consent == CONSENT_OPT_OUT;

    in->at_ms = provider_ms;
    if (in->keyword == INBOUND_CONFIRMED &&
        (provider_ms < job->asked_ms || provider_ms > consents_answer_until(job->asked_ms))) {
        in->keyword = INBOUND_TEXT; /* said before the question was put, or too late */
        job->change.consent = CONSENT_NONE;
        return;
    }
    if (!standing_opposite(r, a, job, &latest)) return;
    if (stop && latest.at_ms >= provider_ms &&
        (rival_ms != 0 ? rival_ms <= provider_ms : latest.at_ms - provider_ms <= LATE_START_MS))
        in->at_ms = latest.at_ms;
    if (!stop && latest.at_ms < provider_ms &&
        (rival_ms != 0 ? rival_ms >= provider_ms : provider_ms - latest.at_ms <= EARLY_STOP_MS))
        in->at_ms = latest.at_ms;
}

/* messages: admission of single texts. Contract in messages.h. */
#include "app/messages.h"

#include "app/content.h"
#include "app/values.h"
#include "app/contacts.h"
#include "app/gate.h"
#include "app/orgs.h"
#include "app/pump.h"
#include "app/senders.h"
#include "app/view.h"
#include "base/rfc3339.h"
#include "rules/alpha.h"
#include "rules/carrier.h"
#include "rules/phone.h"
#include "rules/quiet_hours.h"
#include "rules/segment.h"

#include <stdio.h>

/* What is known while one message is judged. */
struct admission {
    struct app *app;
    struct store_reader *reader;
    struct arena *arena;
    const struct org *org;
    const struct message_request *request;
    struct problem *problem;
    struct phone phone;
    struct contact contact; /* id 0: none */
    struct sender sender;   /* id 0: Sterling chooses */
    struct program program;
    struct message message;
    struct content_report heard; /* of the text */
};

void messages_check_schedule(struct app *app, const char *field, int64_t at_ms, struct problem *p)
{
    int64_t now_ms = clock_wall_ms(app->clock);
    char shown[RFC3339_BYTES];

    if (at_ms == 0) return;
    rfc3339_format(at_ms, shown);
    if (at_ms < now_ms - SCHEDULE_LATE_MS)
        (void)problem_field(p, field, str_from(shown), "It is in the past.",
                            "Give a time to come, or leave it out to send now.");
    else if (at_ms > now_ms + SCHEDULE_AHEAD_MS)
        (void)problem_field(p, field, str_from(shown), "It is more than a year ahead.",
                            "Schedule it within a year.");
}

/* ---- the text ---- */

static void refuse_missing(struct admission *m, struct str name)
{
    const char *field = arena_printf(m->arena, "fields." STR_FMT, STR_ARG(name));

    (void)problem_field(m->problem, field == NULL ? "fields" : field, (struct str){NULL, 0},
                        "The template uses this field and it has no value.",
                        "Give it a value, or a default in the template: {{name|there}}.");
}

/* What could not be read is not taken for absent: it might decide what is lawful. */
static bool read_failed(struct admission *m, enum err code)
{
    if (code == ERR_OK || code == ERR_NOT_FOUND) return false;
    (void)problem_set(m->problem, code, "Reading failed (%s); try again.", err_name(code));
    return true;
}

static struct str render(struct admission *m, const struct template *t, const struct values *f)
{
    struct str missing = {NULL, 0}, text = {NULL, 0};
    struct buf out;
    enum err code;

    buf_init(&out, SEGMENT_TEXT_BYTES_MAX);
    code = values_render(f, t, &out, &missing);
    if (code == ERR_NOT_FOUND)
        refuse_missing(m, missing);
    else if (code != ERR_OK)
        (void)problem_field(m->problem, "template", (struct str){NULL, 0}, "The filled text is too long.",
                            "Shorten it.");
    else
        text = arena_str(m->arena, buf_str(&out));
    if (code == ERR_OK && text.at == NULL) (void)read_failed(m, ERR_FULL);
    buf_free(&out);
    return text;
}

static struct str text_of_template(struct admission *m)
{
    const struct message_request *q = m->request;
    struct template *t = NULL;
    struct values f = {0};
    struct fault fault = {0};
    struct str text = {NULL, 0};

    if (template_compile(q->template_text, &t, &fault) != ERR_OK)
        (void)problem_field(m->problem, "template", q->template_text, fault.what, "Mend the template.");
    else if (values_parse(q->fields, &f) != ERR_OK)
        (void)problem_field(m->problem, "fields", (struct str){NULL, 0}, "It is no object of texts.",
                            "Mend it.");
    else
        text = render(m, t, &f);
    values_free(&f);
    template_free(t);
    return text;
}

static void take_text(struct admission *m)
{
    const struct message_request *q = m->request;
    struct segment_count count = {0};
    const char *field = q->body.at != NULL ? "body" : "template";
    char reason[96];

    if ((q->body.at != NULL) == (q->template_text.at != NULL)) {
        (void)problem_field(m->problem, "body", (struct str){NULL, 0},
                            q->body.at != NULL ? "It came together with a template." : "It is missing.",
                            "Give either body, or template with fields.");
        return;
    }
    m->message.body = q->body.at != NULL ? q->body : text_of_template(m);
    if (m->message.body.at == NULL) return;
    if (str_trim(m->message.body).len == 0) {
        (void)problem_field(m->problem, field, m->message.body, "The text is empty.", "Give it words.");
        return;
    }
    if (segment_count(m->message.body, 0, &count, NULL) != ERR_OK ||
        count.characters > MESSAGE_CHARACTERS_MAX) {
        (void)snprintf(reason, sizeof reason, "It has %u characters; at most %d can be sent.",
                       count.characters, MESSAGE_CHARACTERS_MAX);
        (void)problem_field(m->problem, field, m->message.body, reason, "Shorten it, or send it in parts.");
        return;
    }
    m->message.segments = (uint16_t)count.segments;
}

/* ---- to whom, from what ---- */

/* The contact's places, or the number's, and those that the request adds. */
static void take_places(struct admission *m)
{
    struct quiet_places places;
    const char *wrong;
    enum err err;

    if (m->contact.id == 0 || quiet_hours_places(m->contact.zones, &places) != ERR_OK)
        quiet_places_of_phone(&m->phone, &places);
    err = quiet_places_join(&places, &m->request->where, &wrong);
    if (err != ERR_OK) contacts_refuse_place(&m->request->where, wrong, err, m->problem);
    m->message.zones = quiet_hours_bucket_key(&places);
}

static void take_recipient(struct admission *m)
{
    struct fault f = {0};
    enum err code;

    if (phone_parse(m->request->to, m->org->region, &m->phone, &f) != ERR_OK) {
        (void)problem_field(m->problem, "to", m->request->to, f.what, "Give it as +14155552671.");
        return;
    }
    m->message.number = m->phone.digits;
    code = m->reader->store->ops->contact_by_number(m->reader, m->arena, m->org->id, m->phone.digits, &m->contact);
    if (read_failed(m, code)) return;
    if (code != ERR_OK || m->contact.deleted) m->contact = (struct contact){0};
    take_places(m);
    m->message.contact = m->contact.id;
    m->message.carrier = m->contact.id != 0
                             ? m->contact.carrier
                             : (uint8_t)carrier_in_country(CARRIER_UNKNOWN, str_from(m->phone.country));
}

static enum err find_sender(struct admission *m, struct str from)
{
    struct phone phone;
    char address[PHONE_TEXT_BYTES];
    uint64_t id = 0;

    if (public_id_parse(m->app->ids, PUBLIC_SENDER, from, &id) == ERR_OK && id <= UINT32_MAX)
        return senders_get(m->reader, m->org->id, (uint32_t)id, &m->sender);
    if (phone_parse_sender(from, m->org->region, &phone, NULL) == ERR_OK && phone.type != PHONE_SHORT_CODE) {
        phone_format_e164(phone.digits, address);
        from = str_from(address);
    }
    return m->reader->store->ops->sender_by_address(m->reader, m->org->id, from, &m->sender);
}

static void take_sender(struct admission *m)
{
    struct str from = m->request->from;
    enum err code;

    if (from.len == 0) return;
    code = find_sender(m, from);
    if (read_failed(m, code)) return;
    if (code != ERR_OK || m->sender.state == SENDER_REMOVED) {
        m->sender = (struct sender){0};
        (void)problem_field(m->problem, "from", from, "It is no sender of this organization.",
                            "Use one of GET /v1/senders, or leave it out and let Sterling choose.");
        return;
    }
    m->message.sender = m->sender.id;
}

static void take_program(struct admission *m)
{
    struct str name = m->request->program;
    enum err code = name.len == 0 && m->sender.id != 0
                        ? orgs_program_by_id(m->reader, m->arena, m->org->id, m->sender.program, &m->program)
                        : orgs_program(m->reader, m->arena, m->org->id, name, &m->program);

    if (read_failed(m, code)) return;
    if (code != ERR_OK) {
        (void)problem_field(m->problem, "program", name, "There is no such program in this organization.",
                            "Use one of GET /v1/programs, or leave it out.");
        return;
    }
    if (m->sender.id != 0 && m->sender.program != m->program.id)
        (void)problem_field(m->problem, "from", m->request->from, "This sender belongs to another program.",
                            "Leave out program, or use a sender of it.");
    m->message.program = m->program.id;
    m->message.zones = gate_zones(m->message.zones, m->program.traits);
}

static void take_times(struct admission *m)
{
    const struct message_request *q = m->request;
    int64_t now_ms = clock_wall_ms(m->app->clock), from_ms = q->send_at_ms > now_ms ? q->send_at_ms : now_ms;
    int64_t validity_s = q->validity_s != 0 ? q->validity_s : m->app->settings->send_validity_s;

    messages_check_schedule(m->app, "send_at", q->send_at_ms, m->problem);
    m->message.created_ms = m->message.updated_ms = now_ms;
    m->message.send_at_ms = q->send_at_ms;
    m->message.expires_ms = from_ms + validity_s * 1000;
}

/* ---- the gates ---- */

static const char *field_of(enum message_reason reason)
{
    return reason == REASON_TOO_LONG ? "body" : reason == REASON_ORG_SUSPENDED ? "organization" : "to";
}

/* Once for the gate and for whoever is told. */
static void hear_content(struct admission *m)
{
    struct content_case facts;

    content_case_of(m->org, &m->program, m->message.kind, &facts);
    content_hear(m->message.body, &facts, m->phone.country, NULL, &m->heard);
}

/* Each forbidden stretch of the text, and what to do about it. */
static void refuse_content(struct admission *m)
{
    const char *field = m->request->body.at != NULL ? "body" : "template";

    content_problem(&m->heard, CONTENT_BLOCK, m->message.body, field, m->problem);
}

/* Where a country's rule decided, with the country and the rule's source. */
static const char *explained(struct admission *m, enum message_reason reason)
{
    const char *why = view_reason_explained(reason), *with;
    struct phone phone;

    if (reason != REASON_SENDER_COUNTRY && reason != REASON_SENDER_UNREGISTERED && reason != REASON_NO_WAY_OUT)
        return why;
    if (phone_from_digits(m->message.number, &phone) != ERR_OK) return why;
    with = arena_printf(m->arena, "%s (%s: %s.)", why, phone.country, gate_abroad_source(m->arena, phone.country));
    return with == NULL ? why : with;
}

static void ask_gates(struct admission *m)
{
    const struct gate_sources sources = {.settings = m->app->settings,
                                         .prices = m->app->prices,
                                         .reader = m->reader,
                                         .now_ms = clock_wall_ms(m->app->clock)};
    struct gate_verdict v = {0};
    enum err code = gate_admission(&sources, m->org, &m->program, &m->message,
                                   m->contact.id != 0 ? &m->contact : NULL, m->heard.worst == CONTENT_BLOCK, &v);

    if (code != ERR_OK) {
        (void)problem_set(m->problem, code, "The gates could not be asked (%s); try again.", err_name(code));
        return;
    }
    m->message.state = MESSAGE_QUEUED;
    if (v.answer == VERDICT_END) {
        (void)problem_set(m->problem, ERR_INVALID, "This message must not be sent: %s.",
                          view_reason(v.reason));
        if (v.reason == REASON_CONTENT) refuse_content(m);
        else
            (void)problem_field(m->problem, field_of(v.reason), m->request->to, explained(m, v.reason),
                                "Do not send it again unless that has changed.");
    } else if (v.answer == VERDICT_HOLD && v.to == MESSAGE_HELD) {
        m->message.state = MESSAGE_HELD;
        m->message.reason = v.reason;
    }
}

/* Who would rather not send than send later: not at all in quiet hours, and no longer than the lawful window lasts. */
static void refuse_quiet_hours(struct admission *m)
{
    int64_t at_ms = m->request->send_at_ms > m->message.created_ms ? m->request->send_at_ms : m->message.created_ms;
    char opens[RFC3339_BYTES];
    struct quiet_window w;
    const char *why;

    if (!m->request->refuse_quiet || !m->app->settings->quiet_hours ||
        !quiet_hours_any(m->message.zones, m->message.kind))
        return;
    if (quiet_hours_window(m->message.zones, m->message.kind, at_ms, &w) == ERR_OK && w.open) {
        if (w.closes_ms < m->message.expires_ms) m->message.expires_ms = w.closes_ms;
        return;
    }
    if (w.next_open_ms < INT64_MAX) {
        rfc3339_format(w.next_open_ms, opens);
        why = arena_printf(m->arena, "It would arrive in quiet hours (%s, %s); they end at %s.", w.rule, w.zone, opens);
    } else {
        why = arena_printf(m->arena, "It would arrive in quiet hours, and no lawful hour is in sight.");
    }
    (void)problem_field(m->problem, "to", m->request->to, why != NULL ? why : "It would arrive in quiet hours.",
                        "Send it then, or let it be held with \"when_quiet\": \"hold\".");
}

static bool on_admitted(struct app_job *job)
{
    const struct message_job *j = job->context;
    const struct message *m = &j->change.message;
    int64_t now_ms = clock_wall_ms(job->app->clock);
    struct note n = {.kind = NOTE_ADMITTED, .org = m->org, .message = m->id, .number = m->number,
                     .urgent = m->urgent};

    atomic_fetch_add(&job->app->counters.admitted, 1);
    if (j->change.armed) return false; /* the pump has it already */
    n.lane = (struct lane_key){
        .org = m->org, .program = m->program, .kind = (uint8_t)m->kind, .carrier = m->carrier};
    n.at_ms = m->send_at_ms > now_ms ? m->send_at_ms : now_ms;
    n.state = (uint8_t)m->state;
    job->app->tell(job->app->pump, &n);
    return false;
}

enum err messages_admit(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                        const struct message_request *q, struct message_job *out, struct problem *p)
{
    struct admission m = {.app = app, .reader = r, .arena = a, .org = org, .request = q, .problem = p};

    m.message = (struct message){
        .org = org->id, .kind = q->kind, .urgent = q->urgent, .retry_undelivered = q->retry_undelivered};
    take_recipient(&m);
    take_text(&m);
    take_sender(&m);
    take_program(&m);
    take_times(&m);
    if (problem_check(p) == ERR_OK) refuse_quiet_hours(&m);
    if (problem_check(p) == ERR_OK) {
        hear_content(&m);
        ask_gates(&m);
    }
    if (problem_check(p) != ERR_OK) return p->code;
    *out = (struct message_job){
        .job = {.app = app, .change = &out->change.head, .after = on_admitted, .context = out},
        .sender = m.sender};
    out->job.by_pump = app->urgent_by_pump && q->urgent && m.message.state == MESSAGE_QUEUED &&
                       q->send_at_ms <= m.message.created_ms;
    out->change.head.kind = CHANGE_ADMIT;
    out->change.head.urgent = q->urgent;
    out->change.message = m.message;
    out->content = m.heard;
    return ERR_OK;
}

static bool on_canceled(struct app_job *job)
{
    const struct message_cancel_job *j = job->context;
    struct note n = {.kind = NOTE_CANCELED, .org = j->change.org, .message = j->change.message};

    job->app->tell(job->app->pump, &n);
    return false;
}

void messages_cancel(struct app *app, org_id org, uint64_t message, struct message_cancel_job *out)
{
    *out = (struct message_cancel_job){
        .job = {.app = app, .change = &out->change.head, .after = on_canceled, .context = out}};
    out->change.head.kind = CHANGE_CANCEL;
    out->change.head.urgent = true;
    out->change.org = org;
    out->change.message = message;
    out->change.now_ms = clock_wall_ms(app->clock);
}

struct str messages_text(struct store_reader *r, struct arena *a, const struct message *m)
{
    struct str none = {NULL, 0}, text = none;
    struct campaign c;
    struct contact contact;
    struct template *t = NULL;
    struct values f = {0};
    struct buf out;

    if (m->body.len > 0 || m->campaign == 0) return m->body;
    if (r->store->ops->campaign_get(r, a, m->org, m->campaign, &c) != ERR_OK ||
        r->store->ops->contact_get(r, a, m->org, m->contact, &contact) != ERR_OK)
        return none;
    buf_init(&out, SEGMENT_TEXT_BYTES_MAX);
    if (template_compile(c.template_text, &t, NULL) == ERR_OK && values_parse(contact.fields, &f) == ERR_OK &&
        values_render(&f, t, &out, NULL) == ERR_OK)
        text = arena_str(a, buf_str(&out));
    buf_free(&out);
    values_free(&f);
    template_free(t);
    return text;
}

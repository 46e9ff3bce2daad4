/*
 * pump_send: requests to the provider, their answers, and the commits that record them (design section 5,
 * steps 1 and 2).
 *
 * A request leaves only for an item that is ARMED, once per attempt. Answers of one step go into one change.
 * The item stays in hand until that change is durable.
 */
#include "app/pump_inside.h"

#include "base/failpoint.h"
#include "base/mutant.h"
#include "rules/playbook.h"

#include <stdlib.h>
#include <string.h>

enum { URL_BYTES_MAX = 1024 };
static const uint64_t PROBE_BIT = UINT64_C(1) << 63;

struct outcome_job {
    struct pump_job job;
    struct change_outcome change;
    size_t count;
    struct outcome rows[OUTCOMES_BATCH];
    struct pump_item *items[OUTCOMES_BATCH];
};

/* ---- requests ---- */

static int validity_s(const struct pump *p, const struct pump_item *i)
{
    int64_t ends_ms = i->expires_ms != 0 && i->expires_ms < i->closes_ms ? i->expires_ms : i->closes_ms;
    int64_t left_s;

    if (MUTANT(validity_beyond_hours)) ends_ms = INT64_MAX;
    if (ends_ms == INT64_MAX) return VALIDITY_S_MAX;
    left_s = (ends_ms - p->wall_ms) / 1000;
    if (left_s < 1) return 1;
    return left_s > VALIDITY_S_MAX ? VALIDITY_S_MAX : (int)left_s;
}

/* Written by hand: a format string takes a tenth of what the whole request does. */
static void callback_url(const struct pump *p, const struct directory_org *o, const struct pump_item *i,
                         char out[URL_BYTES_MAX])
{
    const struct settings *s = p->ports.settings;
    char id[PUBLIC_ID_BYTES], attempt[STR_U64_BYTES];
    size_t len = 0;

    public_id_format(p->ports.ids, PUBLIC_MESSAGE, i->message, id);
    const struct str pieces[] = {str_from(s->public_url), STR("/twilio/"), str_from(o->hook_path), STR("/status/"),
                                 str_from(id), STR("/"), str_of_u64(i->attempt, attempt),
                                 s->callback_overrides[0] != '\0' ? STR("#") : STR(""),
                                 str_from(s->callback_overrides)};
    for (size_t n = 0; n < sizeof pieces / sizeof pieces[0]; n++) {
        struct str piece = str_slice(pieces[n], 0, URL_BYTES_MAX - 1 - len);
        memcpy(out + len, piece.at, piece.len);
        len += piece.len;
    }
    out[len] = '\0';
}

static enum err start_create(struct pump *p, struct pump_item *i, uint8_t edge)
{
    const struct directory_org *o = directory_org(p->directory, i->org);
    const struct directory_program *program = o == NULL ? NULL : directory_program(o, i->lane.program);
    const struct directory_sender *s = o == NULL ? NULL : directory_sender(o, i->sender);
    char url[URL_BYTES_MAX], to[PHONE_TEXT_BYTES];
    struct provider_request r = {.tag = ++p->last_tag, .call = PROVIDER_CREATE, .edge = edge};
    union map_value *place;
    enum err e;

    if (program == NULL || s == NULL) return ERR_NOT_FOUND;
    callback_url(p, o, i, url);
    phone_format_e164(i->number, to);
    r.account = o->account;
    r.message = (struct provider_message){.to = str_from(to), .from = str_from(s->address), .body = i->body,
                                          .messaging_service_sid = str_from(program->service_sid),
                                          .status_callback = str_from(url), .validity_s = validity_s(p, i)};
    place = map_put(&p->tags, r.tag);
    if (place == NULL) return ERR_FULL;
    place->ptr = i;
    e = provider_start(p->ports.provider, &r);
    if (e != ERR_OK) (void)map_remove(&p->tags, r.tag);
    else i->tag = r.tag;
    return e;
}

static void answer_engine(struct pump *p, struct pump_item *i, enum answer_class class, int32_t code,
                          int64_t retry_after_ms)
{
    struct engine_answer a = {.message = i->message, .class = class, .error_code = code,
                              .retry_after_ms = retry_after_ms, .edge = i->edge};

    engine_answered(p->engine, &a, p->mono_ms, p->wall_ms);
}

void pump_post(struct pump *p, const struct command *c)
{
    struct pump_item *i = pump_item(p, c->message);
    enum err e;

    BUG_IF(i == NULL || i->stage != ITEM_ARMED || i->tag != 0);
    i->edge = c->edge;
    if (i->stopped) { /* the STOP was told while it was being armed */
        answer_engine(p, i, ANSWER_WITHDRAWN, 0, 0);
        return;
    }
    FAILPOINT("send.before_first_byte");
    e = FAILPOINT_FAILS("send.start") ? ERR_FULL : start_create(p, i, c->edge);
    if (e == ERR_OK) {
        p->counts.posts++;
        return;
    }
    log_event(LOG_ERROR, "post_not_started", log_text("why", err_name(e)));
    answer_engine(p, i, ANSWER_UNSENT, 0, 0);
}

void pump_recall(struct pump *p, const struct command *c)
{
    struct pump_item *i = pump_item(p, c->message);

    if (i == NULL || i->stage != ITEM_ARMED) return;
    if (i->tag != 0) {
        if (!provider_withdraw(p->ports.provider, i->tag)) return; /* its bytes went before the STOP came */
        (void)map_remove(&p->tags, i->tag);
        i->tag = 0;
    }
    answer_engine(p, i, ANSWER_WITHDRAWN, 0, 0);
}

void pump_probe(struct pump *p, const struct command *c)
{
    struct provider_request r = {.tag = PROBE_BIT | c->account, .call = PROVIDER_PROBE, .account = c->account,
                                 .edge = c->edge};

    if (provider_start(p->ports.provider, &r) != ERR_OK) engine_probed(p->engine, c->account, false, p->mono_ms);
}

/* ---- answers ---- */

static void learn_clock(struct pump *p, const struct provider_answer *a)
{
    if (a->provider_date_ms == 0) return;
    /* The header is in whole seconds: half of one is the likeliest rest. */
    p->counts.provider_offset_ms = a->provider_date_ms + 500 - p->shown_wall_ms;
    p->counts.provider_clock_known = true;
}

static enum answer_class class_of(const struct provider_answer *a)
{
    switch (a->class) {
    case PROVIDER_CLASS_ACCEPTED: return ANSWER_ACCEPTED;
    case PROVIDER_CLASS_REJECTED: return ANSWER_REJECTED;
    case PROVIDER_CLASS_THROTTLED: return ANSWER_THROTTLED;
    case PROVIDER_CLASS_UNSENT: return ANSWER_UNSENT;
    case PROVIDER_CLASS_IN_DOUBT:
    case PROVIDER_CLASS_OK:
    case PROVIDER_CLASS_FAILED: return ANSWER_IN_DOUBT;
    }
    return ANSWER_IN_DOUBT;
}

static void count_refusal(struct pump *p, int32_t code)
{
    for (size_t i = 0; i < PUMP_REFUSALS_MAX; i++) {
        if (p->counts.refusals[i].count > 0 && p->counts.refusals[i].code != code) continue;
        p->counts.refusals[i].code = code;
        p->counts.refusals[i].count++;
        return;
    }
}

static void count_answer(struct pump *p, enum answer_class class, int32_t code)
{
    switch (class) {
    case ANSWER_ACCEPTED: p->counts.accepted++; break;
    case ANSWER_REJECTED:
        p->counts.rejected++;
        count_refusal(p, code);
        break;
    case ANSWER_THROTTLED: p->counts.throttled++; break;
    case ANSWER_UNSENT: p->counts.unsent++; break;
    case ANSWER_IN_DOUBT: p->counts.in_doubt++; break;
    case ANSWER_WITHDRAWN: break;
    }
}

/* The engine gave it up first, because the process was paused past the deadline: it is in doubt, and stays so
 * unless this proves it. */
static void answered_late(struct pump *p, struct pump_item *i, const struct provider_answer *a)
{
    if (class_of(a) == ANSWER_ACCEPTED && i->stage == ITEM_DOUBT) pump_doubt_bind(p, i, a->item.sid);
}

/* Whoever looks after accounts asks Twilio why, so that the others need not find out one by one. */
static void tell_refusal(struct pump *p, const struct pump_item *i, int32_t code)
{
    const struct playbook_entry *e = playbook_get(code);

    if (p->ports.account_refused == NULL || e->action != PLAYBOOK_HOLD || e->scope != PLAYBOOK_SCOPE_ACCOUNT) return;
    p->ports.account_refused(p->ports.owner, i->org);
}

static void answered_create(struct pump *p, struct pump_item *i, const struct provider_answer *a)
{
    enum answer_class class = class_of(a);

    i->tag = 0;
    if (i->stage != ITEM_ARMED) {
        answered_late(p, i, a);
        return;
    }
    FAILPOINT("send.before_record");
    count_answer(p, class, a->error_code);
    if (class == ANSWER_ACCEPTED) memcpy(i->sid, a->item.sid, sizeof i->sid);
    if (class == ANSWER_REJECTED) tell_refusal(p, i, a->error_code);
    pump_item_drop_body(i);
    answer_engine(p, i, class, a->error_code, a->retry_after_ms);
    /* Its callback was faster than its answer, which was lost: no doubt is left. */
    if (class == ANSWER_IN_DOUBT && i->proved) engine_proved(p->engine, i->message);
}

struct pump_item *pump_answer(struct pump *p, const struct provider_answer *a)
{
    struct pump_item *i;

    learn_clock(p, a);
    if ((a->tag & PROBE_BIT) != 0) {
        engine_probed(p->engine, (uint32_t)a->tag, a->class == PROVIDER_CLASS_OK, p->mono_ms);
        return NULL;
    }
    i = map_ptr(&p->tags, a->tag);
    if (i == NULL) return NULL;
    (void)map_remove(&p->tags, a->tag);
    if (a->call != PROVIDER_CREATE) {
        i->tag = 0;
        return i;
    }
    answered_create(p, i, a);
    return NULL;
}

/* ---- records ---- */

static void outcome_item(struct pump *p, struct pump_item *i, const struct outcome *o, bool done)
{
    struct lane_key lane = i->lane;
    bool waits = o->kind == OUTCOME_AGAIN || o->kind == OUTCOME_WITHDRAWN;

    i->job = NULL;
    if (o->kind == OUTCOME_DOUBT && done && !i->proved) {
        i->stage = ITEM_DOUBT;
        return;
    }
    pump_item_done(p, i);
    if (done && waits && (o->to == MESSAGE_QUEUED || o->to == MESSAGE_HELD)) pump_lane_ready(p, &lane, o->next_ms);
}

static void outcomes_finished(struct pump *p, struct pump_job *job)
{
    struct outcome_job *o = (struct outcome_job *)job;
    bool done = o->change.head.result == ERR_OK;

    FAILPOINT("send.recorded");
    /* Refused for another reason than space: a restart takes these attempts for in doubt. */
    if (!done) log_event(LOG_ERROR, "outcome_refused", log_text("what", o->change.head.fault.what));
    for (size_t n = 0; n < o->count; n++) outcome_item(p, o->items[n], &o->rows[n], done);
    free(o);
}

void pump_outcomes_flush(struct pump *p)
{
    struct outcome_job *o = p->outcomes;

    if (o == NULL) return;
    p->outcomes = NULL;
    o->change.head.kind = CHANGE_OUTCOME;
    o->change.now_ms = p->wall_ms;
    o->change.items = o->rows;
    o->change.count = o->count;
    o->job.change = &o->change.head;
    o->job.finish = outcomes_finished;
    pump_submit(p, &o->job);
}

static void fill_doubt(struct pump *p, struct pump_item *i, const struct command *c, struct outcome *o)
{
    o->doubt = (struct doubt){.message = i->message, .org = i->org, .number = i->number, .attempt = i->attempt,
                              .armed_ms = i->armed_ms, .deadline_ms = c->deadline_wall_ms,
                              .next_ms = c->next_wall_ms, .sender = i->sender, .segments = i->segments,
                              .cost_micros = i->cost_micros};
    i->doubt_deadline_ms = c->deadline_wall_ms;
    (void)p;
}

/* What was not sent is given back to the day that it was counted in. */
static void release_day(const struct pump_item *i, struct outcome *o)
{
    o->day = i->day;
    o->carrier = i->lane.carrier;
    o->day_release = i->segments;
}

static void fill_again(const struct pump *p, struct pump_item *i, const struct command *c, struct outcome *o)
{
    o->to = c->to_state != 0 ? (enum message_state)c->to_state : MESSAGE_QUEUED;
    o->reason = c->reason != 0 ? (enum message_reason)c->reason : REASON_RETRY;
    o->next_ms = c->next_wall_ms != 0 ? c->next_wall_ms : p->wall_ms;
    if (o->to != MESSAGE_QUEUED && o->to != MESSAGE_HELD) o->next_ms = 0;
    release_day(i, o);
}

/* A contact keeps its usual sender without our writing it down. */
static bool is_usual_sender(const struct pump *p, const struct pump_item *i)
{
    struct engine_lane l = directory_lane(&i->lane);
    struct phone phone;
    uint16_t area_code;

    if (i->usual) return true;
    area_code = phone_from_digits(i->number, &phone) == ERR_OK ? phone.area_code : 0;
    return engine_usual_sender(p->engine, l.org, l.program, i->number, area_code) == i->sender;
}

static void fill(struct pump *p, struct pump_item *i, const struct command *c, struct outcome *o)
{
    switch (c->record) {
    case RECORD_PROVED:
    case RECORD_ACCEPTED:
        o->kind = OUTCOME_ACCEPTED;
        o->cost_micros = i->cost_micros;
        memcpy(o->sid, i->sid, sizeof o->sid);
        o->contact = i->contact;
        if (i->contact != 0 && i->sender != i->contact_sender && !is_usual_sender(p, i))
            o->contact_sender = i->sender;
        break;
    case RECORD_ENDED:
        o->kind = OUTCOME_ENDED;
        o->to = (enum message_state)c->to_state;
        o->reason = (enum message_reason)c->reason;
        break;
    case RECORD_AGAIN:
        o->kind = OUTCOME_AGAIN;
        fill_again(p, i, c, o);
        break;
    case RECORD_WITHDRAWN: /* whom the STOP is meant for, the gate says when it is drawn again */
        o->kind = OUTCOME_WITHDRAWN;
        fill_again(p, i, c, o);
        break;
    case RECORD_DOUBT:
        o->kind = OUTCOME_DOUBT;
        fill_doubt(p, i, c, o);
        break;
    }
}

/* The SID that a callback brought is in the store already. */
static void read_sid(struct pump *p, struct pump_item *i)
{
    struct message m;

    if (p->ops->message_get(p->reader, &p->scratch, i->org, i->message, &m) == ERR_OK)
        memcpy(i->sid, m.sid, sizeof i->sid);
    arena_reset(&p->scratch);
}

static struct outcome *outcome_new(struct pump *p, struct pump_item *i)
{
    struct outcome *o;

    if (p->outcomes == NULL) {
        p->outcomes = calloc(1, sizeof *p->outcomes);
        /* It cannot be kept: a start asks the provider. */
        NO_MEMORY_IF(p->outcomes == NULL, "an answer");
    }
    i->stage = ITEM_RECORDING;
    i->job = &p->outcomes->job;
    o = &p->outcomes->rows[p->outcomes->count];
    p->outcomes->items[p->outcomes->count++] = i;
    *o = (struct outcome){.message = i->message, .org = i->org, .attempt = i->attempt, .sender = i->sender,
                          .segments = i->segments, .lane = i->lane, .armed_ms = i->armed_ms,
                          .due_at_ms = i->due_at_ms};
    return o;
}

static void record_proved(struct pump *p, struct pump_item *i, const struct command *c)
{
    if (i->stage == ITEM_DOUBT) { /* the callback's or the binding's commit has settled it */
        pump_item_done(p, i);
        return;
    }
    i->proved = true;
    if (i->stage != ITEM_ARMED) return; /* freed when its doubt is durable */
    read_sid(p, i);
    fill(p, i, c, outcome_new(p, i));
}

void pump_record(struct pump *p, const struct command *c)
{
    struct pump_item *i = pump_item(p, c->message);
    struct outcome *o;

    BUG_IF(i == NULL);
    if (c->record == RECORD_PROVED) {
        record_proved(p, i, c);
    } else {
        BUG_IF(i->stage != ITEM_ARMED);
        o = outcome_new(p, i);
        o->error_code = c->error_code;
        o->suppress = c->suppress;
        pump_sender_refused(p, i->org, i->sender, c->error_code);
        fill(p, i, c, o);
    }
    if (p->outcomes != NULL && p->outcomes->count == OUTCOMES_BATCH) pump_outcomes_flush(p);
}

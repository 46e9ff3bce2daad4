/* outcome: what became of an attempt. An answer is recorded once; a callback that came before it is never
 * undone by it. */
#include "store/sqlite/parts.h"

#include <string.h>

/* What was known of the attempt before its answer. */
enum before {
    BEFORE_NOTHING,  /* the usual case */
    BEFORE_DOUBT,    /* a late answer settles it */
    BEFORE_CALLBACK, /* the provider spoke first */
};

static enum before known_before(const struct message_row *row, const struct outcome *o)
{
    if (o->attempt > row->m.attempt) return BEFORE_NOTHING;
    return row->m.state == MESSAGE_IN_DOUBT ? BEFORE_DOUBT : BEFORE_CALLBACK;
}

static bool open(const struct message *m)
{
    return message_waits(m->state) || m->state == MESSAGE_IN_DOUBT;
}

static void attempt_answered(struct message_row *row, const struct outcome *o, int64_t now_ms)
{
    struct message *m = &row->m;
    m->attempt = o->attempt;
    if (o->sender != 0) m->sender = o->sender;
    if (o->armed_ms != 0) m->armed_ms = o->armed_ms;
    m->answered_ms = now_ms;
    row->booked = true;
    row->dirty = true;
}

static void contact_hears_from(struct sqlite_store *s, const struct outcome *o)
{
    struct query q;
    if (o->contact == 0 || o->contact_sender == 0) return;
    q = query_open(&s->conn, SQL_CONTACT_SENDER);
    query_int(&q, o->contact_sender);
    query_int(&q, o->org);
    query_id(&q, o->contact);
    query_int(&q, o->contact_sender);
    (void)query_run(&q);
}

static void was_accepted(struct sqlite_store *s, struct message_row *row, const struct outcome *o, enum before before,
                         int64_t now_ms)
{
    struct message *m = &row->m;
    /* An earlier attempt's late word (delivered, after all) stands above it; an end of our own does not. */
    bool stands = !open(m) && message_rank(m->state, m->sid[0] != 0) > 0;
    message_book(s, row, o->segments, o->cost_micros, now_ms);
    contact_hears_from(s, o);
    if (m->sid[0] == 0 || before != BEFORE_CALLBACK) message_sid_put(s, row, o->sid);
    else message_sid_known(s, row, o->sid);
    if (before == BEFORE_CALLBACK || stands) return;
    message_due_remove(s, row);
    m->state = MESSAGE_ACCEPTED;
    m->reason = REASON_NONE;
    m->error_code = 0;
}

static void was_ended(struct sqlite_store *s, struct message_row *row, const struct outcome *o, int64_t now_ms)
{
    message_due_remove(s, row);
    message_sid_put(s, row, "");
    row->m.state = o->to;
    row->m.reason = o->reason;
    row->m.error_code = o->error_code;
    if (o->segments != 0) row->m.segments = o->segments;
    number_ended(s, row->m.org, row->m.number, o->to, o->error_code, now_ms);
}

static void waits_again(struct sqlite_store *s, struct message_row *row, const struct outcome *o)
{
    message_sid_put(s, row, "");
    row->m.state = o->to == MESSAGE_HELD ? MESSAGE_HELD : MESSAGE_QUEUED;
    row->m.reason = o->reason;
    row->m.error_code = o->error_code;
    message_due_put(s, row, o->lane.carrier, o->next_ms);
}

static void in_doubt(struct sqlite_store *s, struct message_row *row, const struct outcome *o)
{
    struct doubt d = o->doubt;
    message_due_remove(s, row);
    row->booked = false;
    message_sid_put(s, row, "");
    row->m.state = MESSAGE_IN_DOUBT;
    row->m.reason = REASON_NONE;
    row->m.error_code = o->error_code;
    row->m.segments = o->segments;
    d.message = row->m.id;
    d.org = row->m.org;
    d.number = row->m.number;
    d.attempt = o->attempt;
    if (d.sender == 0) d.sender = o->sender;
    if (d.segments == 0) d.segments = o->segments;
    if (d.cost_micros == 0) d.cost_micros = o->cost_micros;
    doubt_put(s, &d);
}

static void move(struct sqlite_store *s, struct message_row *row, const struct outcome *o, enum before before,
                 int64_t now_ms)
{
    bool waits = o->kind == OUTCOME_AGAIN || (o->kind == OUTCOME_WITHDRAWN && !message_state_final(o->to));
    if (before == BEFORE_DOUBT) doubt_remove(s, o->org, o->message);
    if (o->kind == OUTCOME_ACCEPTED) was_accepted(s, row, o, before, now_ms);
    else if (before == BEFORE_CALLBACK || !open(&row->m)) {
        if (o->kind == OUTCOME_DOUBT) message_book(s, row, o->segments, o->cost_micros, now_ms);
    } else if (o->kind == OUTCOME_DOUBT) in_doubt(s, row, o);
    else if (waits) waits_again(s, row, o);
    else was_ended(s, row, o, now_ms);
}

static void record(struct sqlite_store *s, const struct outcome *o, int64_t now_ms)
{
    struct message_row *row = message_load(s, o->org, o->message);
    struct message_was was;
    enum before before;
    if (row == NULL) return;
    if (in_flight(s, o->message) <= o->attempt) in_flight_answered(s, o->message);
    if (o->attempt < row->m.attempt) message_sid_known(s, row, o->sid);
    if (o->attempt < row->m.attempt || (o->attempt == row->m.attempt && row->booked)) return;
    before = known_before(row, o);
    if (before == BEFORE_DOUBT && o->kind == OUTCOME_DOUBT) return;
    was = message_was(s, row);
    attempt_answered(row, o, now_ms);
    move(s, row, o, before, now_ms);
    message_moved(s, row, was, now_ms);
    day_use_add(s, o->org, o->carrier, o->day, -(int64_t)o->day_release);
    if (o->suppress) consent_suppress(s, o->org, row->m.number, o->error_code, now_ms);
}

enum err apply_outcome(struct sqlite_store *s, struct change *base)
{
    struct change_outcome *c = (struct change_outcome *)base;
    for (size_t i = 0; i < c->count; i++) record(s, &c->items[i], c->now_ms);
    return ERR_OK;
}

/* status: the provider's word on a message, from a callback or a listing. Words merge by rank, so that late,
 * doubled and reordered ones change nothing. */
#include "store/sqlite/parts.h"

#include "base/mutant.h"

#include <string.h>

/* One word about one attempt. */
struct word {
    uint8_t attempt;
    const char *sid;
    enum message_state to;
    int32_t error_code;
    int64_t retry_at_ms; /* 0: not to be sent again */
    int64_t now_ms;
};

static bool is_word(enum message_state to)
{
    return message_rank(to, true) > 0 && !message_waits(to);
}

static bool sent_again(struct sqlite_store *s, const struct message *m, enum message_state from, const struct word *w)
{
    if (w->retry_at_ms == 0 || !message_transition_legal(from, MESSAGE_QUEUED)) return false;
    if (w->to != MESSAGE_FAILED &&
        !(w->to == MESSAGE_UNDELIVERED && (m->retry_undelivered || MUTANT(retry_after_undelivered))))
        return false;
    if (m->expires_ms != 0 && w->retry_at_ms >= m->expires_ms) return false;
    return in_flight(s, m->id) <= w->attempt && !campaign_is_canceled(s, m->org, m->campaign);
}

static void take(struct sqlite_store *s, struct message_row *row, const struct word *w)
{
    struct message_was was = message_was(s, row);
    struct message *m = &row->m;
    if (m->state == MESSAGE_IN_DOUBT) doubt_proved(s, row, w->now_ms);
    if (w->attempt > m->attempt) {
        m->attempt = w->attempt;
        m->answered_ms = w->now_ms;
        row->booked = false;
    }
    message_sid_put(s, row, w->sid);
    message_due_remove(s, row);
    m->error_code = w->error_code;
    m->reason = REASON_NONE;
    m->state = w->to;
    number_ended(s, m->org, m->number, w->to, w->error_code, w->now_ms);
    if (sent_again(s, m, was.mark.state, w)) {
        m->state = MESSAGE_QUEUED;
        m->reason = REASON_RETRY;
        message_due_put(s, row, m->carrier, w->retry_at_ms);
    }
    message_moved(s, row, was, w->now_ms);
}

static enum status_verdict hear(struct sqlite_store *s, struct message_row *row, const struct word *w)
{
    struct message *m = &row->m;
    bool fresh = w->attempt > m->attempt, bound = m->sid[0] != 0;
    int known = fresh && message_waits(m->state) ? 0 : message_rank(m->state, bound);
    if (w->attempt < m->attempt) {
        message_sid_known(s, row, w->sid);
        return STATUS_UNCHANGED;
    }
    if (MUTANT(callback_by_sid_only) && !bound) return STATUS_UNCHANGED;
    if (!fresh && bound && strcmp(m->sid, w->sid) != 0 && !MUTANT(second_sid_taken)) return STATUS_FOREIGN;
    if (message_rank(w->to, true) > known || MUTANT(status_goes_back)) {
        take(s, row, w);
        return STATUS_APPLIED;
    }
    if (!fresh && !bound) {
        message_sid_put(s, row, w->sid);
        row->dirty = true;
    }
    return STATUS_UNCHANGED;
}

enum err apply_status(struct sqlite_store *s, struct change *base)
{
    struct change_status *c = (struct change_status *)base;
    struct message_row *row;
    struct word w = {.attempt = c->attempt, .sid = c->sid, .to = c->to, .error_code = c->error_code,
                     .now_ms = c->now_ms};
    memset(&c->after, 0, sizeof c->after);
    c->verdict = STATUS_UNKNOWN_MESSAGE;
    if (c->attempt == 0 || c->sid[0] == 0 || !is_word(c->to))
        return refuse(base, ERR_INVALID, "a status names an attempt, a SID and a state of the provider's");
    if (c->may_retry && c->attempt < c->attempts_max) w.retry_at_ms = c->retry_at_ms;
    row = message_load(s, c->org, c->message);
    if (row == NULL) return ERR_OK;
    c->verdict = c->number != 0 && c->number != row->m.number ? STATUS_FOREIGN : hear(s, row, &w);
    c->after = row->m;
    if (c->verdict == STATUS_APPLIED && c->suppress)
        consent_suppress(s, c->org, row->m.number, c->error_code, c->now_ms);
    return ERR_OK;
}

enum err apply_bind(struct sqlite_store *s, struct change *base)
{
    struct change_bind *c = (struct change_bind *)base;
    struct message_row *row = message_load(s, c->org, c->message);
    struct word w = {.sid = c->sid, .to = c->to, .error_code = c->error_code, .now_ms = c->now_ms};
    bool same;
    if (row == NULL)
        return refuse(base, ERR_NOT_FOUND, "there is no message %llu", (unsigned long long)c->message);
    if (c->sid[0] == 0 || !is_word(c->to))
        return refuse(base, ERR_INVALID, "a binding names a SID and a state of the provider's");
    same = strcmp(row->m.sid, c->sid) == 0;
    if (!same && !message_waits(row->m.state) && row->m.state != MESSAGE_IN_DOUBT)
        return refuse(base, ERR_CONFLICT, "the message is %s already, with %s", message_state_name(row->m.state),
                      row->m.sid[0] != 0 ? "another SID" : "no SID");
    w.attempt = row->m.attempt;
    if (!same && message_waits(row->m.state)) w.attempt = (uint8_t)(row->m.attempt + (row->m.attempt < UINT8_MAX));
    (void)hear(s, row, &w);
    return ERR_OK;
}

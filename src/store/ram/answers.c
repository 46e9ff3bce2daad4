/* answers: outcomes, statuses, bindings and doubts in memory. */
#include "store/ram/ram.h"

#include "base/mutant.h"

#include <string.h>

/* ---- doubts ---- */

static struct doubt *doubt_of(const struct ram_store *s, uint64_t message)
{
    struct tree_key key = ram_key(message, 0, 0);
    union map_value *value = tree_get(&s->doubts, &key);
    return value == NULL ? NULL : value->ptr;
}

void ram_doubt_put(struct ram_store *s, struct ram_message *m, struct doubt d)
{
    struct tree_key key = ram_key(m->m.id, 0, 0);
    struct doubt *row = ram_new(s, sizeof *row);
    ram_drop(s, doubt_of(s, m->m.id));
    d.message = m->m.id;
    d.org = m->m.org;
    d.number = m->m.number;
    d.attempt = m->m.attempt;
    *row = d;
    ram_tree_put(s, &s->doubts, &key, (union map_value){.ptr = row});
}

static void doubt_forget(struct ram_store *s, uint64_t message)
{
    struct tree_key key = ram_key(message, 0, 0);
    ram_drop(s, doubt_of(s, message));
    ram_tree_remove(s, &s->doubts, &key);
}

static void absent(struct ram_store *s, const struct change_doubt *c, struct ram_message *m)
{
    enum message_state from = ram_edit(s, m);
    doubt_forget(s, m->m.id);
    m->booked = true;
    if (m->m.expires_ms != 0 && m->m.expires_ms <= c->now_ms) {
        m->m.state = MESSAGE_EXPIRED;
        m->m.reason = REASON_VALIDITY;
    } else {
        m->m.state = MESSAGE_QUEUED;
        m->m.reason = REASON_RETRY;
        ram_due_put(s, m, c->lane.org != 0 ? c->lane.carrier : m->m.carrier, c->now_ms);
    }
    ram_edited(s, m, from, c->now_ms);
}

enum err ram_apply_doubt(struct ram_store *s, struct change *base)
{
    struct change_doubt *c = (struct change_doubt *)base;
    struct ram_message *m = ram_message(s, c->doubt.org, c->doubt.message);
    struct doubt *d = m == NULL ? NULL : doubt_of(s, m->m.id);
    if (d == NULL || d->attempt != c->doubt.attempt)
        return ram_refuse(base, ERR_NOT_FOUND, "the message is not in doubt (any more)");
    if (c->absent) {
        absent(s, c, m);
        return ERR_OK;
    }
    RAM_SET(s, d->clean_listings, c->doubt.clean_listings);
    RAM_SET(s, d->next_ms, c->doubt.next_ms);
    return ERR_OK;
}

enum err ram_doubts(struct store_reader *r, uint64_t after, struct doubt *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key key = ram_key(after, UINT64_MAX, UINT64_MAX);
    const struct tree_node *node;
    size_t room = *count;
    *count = 0;
    while (*count < room && (node = tree_after(&s->doubts, &key)) != NULL) {
        key = node->key;
        out[(*count)++] = *(struct doubt *)node->value.ptr;
    }
    return ram_read_end(s, ERR_OK);
}

/* ---- outcomes ---- */

/* The provider's word is there already, and nothing we say stands above it. */
static bool provider_spoke(const struct ram_message *m)
{
    switch (m->m.state) {
    case MESSAGE_ACCEPTED: case MESSAGE_SENT: case MESSAGE_DELIVERED: case MESSAGE_UNDELIVERED: case MESSAGE_FAILED:
        return true;
    case MESSAGE_CANCELED: return m->m.sid[0] != 0; /* else it was our own doing */
    default: return false;
    }
}

static void accept(struct ram_store *s, struct ram_message *m, const struct outcome *o, bool first_word,
                   int64_t now_ms)
{
    struct contact *person = o->contact == 0 ? NULL : ram_contact(s, o->org, o->contact);
    bool spoke;
    ram_book(s, m, o->segments, o->cost_micros, now_ms);
    if (person != NULL && o->contact_sender != 0) RAM_SET(s, person->sender, o->contact_sender);
    spoke = provider_spoke(m);
    if (first_word || m->m.sid[0] == 0) ram_sid_put(s, m, o->sid);
    else ram_sid_known(s, m, o->sid);
    if (!first_word || spoke) return;
    ram_due_remove(s, m);
    m->m.state = MESSAGE_ACCEPTED;
    m->m.reason = REASON_NONE;
    m->m.error_code = 0;
}

static void doubt(struct ram_store *s, struct ram_message *m, const struct outcome *o)
{
    struct doubt d = o->doubt;
    ram_due_remove(s, m);
    m->booked = false;
    ram_sid_put(s, m, "");
    m->m.state = MESSAGE_IN_DOUBT;
    m->m.reason = REASON_NONE;
    m->m.error_code = o->error_code;
    m->m.segments = o->segments;
    if (d.sender == 0) d.sender = o->sender;
    if (d.segments == 0) d.segments = o->segments;
    if (d.cost_micros == 0) d.cost_micros = o->cost_micros;
    ram_doubt_put(s, m, d);
}

static void end_or_wait(struct ram_store *s, struct ram_message *m, const struct outcome *o, int64_t now_ms)
{
    bool ends = o->kind == OUTCOME_ENDED || (o->kind == OUTCOME_WITHDRAWN && message_state_final(o->to));
    ram_sid_put(s, m, "");
    m->m.reason = o->reason;
    m->m.error_code = o->error_code;
    if (ends) {
        ram_due_remove(s, m);
        m->m.state = o->to;
        if (o->segments != 0) m->m.segments = o->segments;
        ram_number_ended(s, m->m.org, m->m.number, o->to, o->error_code, now_ms);
    } else {
        m->m.state = o->to == MESSAGE_HELD ? MESSAGE_HELD : MESSAGE_QUEUED;
        ram_due_put(s, m, o->lane.carrier, o->next_ms);
    }
}

static void answer(struct ram_store *s, struct ram_message *m, const struct outcome *o, int64_t now_ms)
{
    bool settles = m->m.attempt == o->attempt && m->m.state == MESSAGE_IN_DOUBT;
    bool first_word = m->m.attempt < o->attempt || settles;
    m->m.attempt = o->attempt;
    if (o->sender != 0) m->m.sender = o->sender;
    if (o->armed_ms != 0) m->m.armed_ms = o->armed_ms;
    m->m.answered_ms = now_ms;
    m->booked = true;
    if (settles) doubt_forget(s, m->m.id);
    if (o->kind == OUTCOME_ACCEPTED) accept(s, m, o, first_word, now_ms);
    else if (!first_word || !(ram_waits(m->m.state) || m->m.state == MESSAGE_IN_DOUBT)) {
        if (o->kind == OUTCOME_DOUBT) ram_book(s, m, o->segments, o->cost_micros, now_ms);
    } else if (o->kind == OUTCOME_DOUBT) doubt(s, m, o);
    else end_or_wait(s, m, o, now_ms);
}

static void record(struct ram_store *s, const struct outcome *o, int64_t now_ms)
{
    struct ram_message *m = ram_message(s, o->org, o->message);
    enum message_state from;
    bool flew;
    if (m == NULL) return;
    flew = m->in_flight == o->attempt;
    ram_touch(s, m, sizeof *m);
    if (m->in_flight <= o->attempt) m->in_flight = 0;
    if (o->attempt < m->m.attempt) {
        ram_sid_known(s, m, o->sid);
        return;
    }
    if (o->attempt == m->m.attempt && (m->booked || (m->m.state == MESSAGE_IN_DOUBT && o->kind == OUTCOME_DOUBT)))
        return;
    from = ram_edit(s, m);
    answer(s, m, o, now_ms);
    if (flew) s->moves[MESSAGE_ARMED][m->m.state]++;
    ram_edited(s, m, from, now_ms);
    ram_day_use(s, o->org, o->carrier, o->day, -(int64_t)o->day_release);
    if (o->suppress) ram_suppress(s, o->org, m->m.number, o->error_code, now_ms);
}

enum err ram_apply_outcome(struct ram_store *s, struct change *base)
{
    struct change_outcome *c = (struct change_outcome *)base;
    for (size_t i = 0; i < c->count; i++) record(s, &c->items[i], c->now_ms);
    return ERR_OK;
}

/* ---- statuses ---- */

static bool a_status(enum message_state to)
{
    return to == MESSAGE_ACCEPTED || to == MESSAGE_SENT || to == MESSAGE_DELIVERED || to == MESSAGE_UNDELIVERED ||
           to == MESSAGE_FAILED || to == MESSAGE_CANCELED;
}

static bool goes_again(const struct ram_message *m, enum message_state from, const struct change_status *c)
{
    if (!message_transition_legal(from, MESSAGE_QUEUED)) return false; /* ended by us: it stays ended */
    if (!c->may_retry || c->retry_at_ms == 0 || c->attempt >= c->attempts_max) return false;
    if (m->in_flight > c->attempt) return false;
    if (c->to != MESSAGE_FAILED &&
        !(c->to == MESSAGE_UNDELIVERED && (m->m.retry_undelivered || MUTANT(retry_after_undelivered))))
        return false;
    if (m->m.expires_ms != 0 && c->retry_at_ms >= m->m.expires_ms) return false;
    return m->campaign == NULL || m->campaign->c.state != CAMPAIGN_CANCELED;
}

static void apply_word(struct ram_store *s, struct ram_message *m, const struct change_status *c)
{
    enum message_state from = ram_edit(s, m);
    struct doubt *d = m->m.state == MESSAGE_IN_DOUBT ? doubt_of(s, m->m.id) : NULL;
    if (d != NULL) {
        ram_book(s, m, d->segments, d->cost_micros, c->now_ms);
        doubt_forget(s, m->m.id);
    }
    if (c->attempt > m->m.attempt) {
        m->m.attempt = c->attempt;
        m->m.answered_ms = c->now_ms;
        m->booked = false;
    }
    ram_due_remove(s, m);
    ram_sid_put(s, m, c->sid);
    m->m.error_code = c->error_code;
    m->m.reason = REASON_NONE;
    m->m.state = c->to;
    ram_number_ended(s, m->m.org, m->m.number, c->to, c->error_code, c->now_ms);
    if (goes_again(m, from, c)) {
        m->m.state = MESSAGE_QUEUED;
        m->m.reason = REASON_RETRY;
        ram_due_put(s, m, m->m.carrier, c->retry_at_ms);
    }
    if (m->in_flight == c->attempt) s->moves[MESSAGE_ARMED][m->m.state]++;
    ram_edited(s, m, from, c->now_ms);
}

static enum status_verdict hear(struct ram_store *s, struct ram_message *m, const struct change_status *c)
{
    bool bound = m->m.sid[0] != 0, next_attempt = c->attempt > m->m.attempt;
    int told = message_rank(m->m.state, bound);
    if (c->attempt < m->m.attempt) {
        ram_sid_known(s, m, c->sid);
        return STATUS_UNCHANGED;
    }
    if (MUTANT(callback_by_sid_only) && !bound) return STATUS_UNCHANGED;
    if (next_attempt && ram_waits(m->m.state)) told = 0; /* nothing was told of that attempt */
    if (!next_attempt && bound && strcmp(m->m.sid, c->sid) != 0) return STATUS_FOREIGN;
    if (message_rank(c->to, true) <= told && !MUTANT(status_goes_back)) {
        ram_touch(s, m, sizeof *m);
        if (!next_attempt && !bound) ram_sid_put(s, m, c->sid);
        return STATUS_UNCHANGED;
    }
    apply_word(s, m, c);
    return STATUS_APPLIED;
}

enum err ram_apply_status(struct ram_store *s, struct change *base)
{
    struct change_status *c = (struct change_status *)base;
    struct ram_message *m = ram_message(s, c->org, c->message);
    memset(&c->after, 0, sizeof c->after);
    c->verdict = STATUS_UNKNOWN_MESSAGE;
    if (c->attempt == 0 || c->sid[0] == 0 || !a_status(c->to))
        return ram_refuse(base, ERR_INVALID, "a status names an attempt, a SID and a state of the provider's");
    if (m == NULL) return ERR_OK;
    c->verdict = c->number != 0 && c->number != m->m.number ? STATUS_FOREIGN : hear(s, m, c);
    c->after = m->m;
    c->after.body = (struct str){NULL, 0};
    if (c->verdict == STATUS_APPLIED && c->suppress) ram_suppress(s, c->org, m->m.number, c->error_code, c->now_ms);
    return ERR_OK;
}

enum err ram_apply_bind(struct ram_store *s, struct change *base)
{
    struct change_bind *c = (struct change_bind *)base;
    struct ram_message *m = ram_message(s, c->org, c->message);
    struct change_status word = {.attempt = 0, .to = c->to, .error_code = c->error_code, .now_ms = c->now_ms};
    if (m == NULL) return ram_refuse(base, ERR_NOT_FOUND, "there is no such message");
    if (c->sid[0] == 0 || !a_status(c->to))
        return ram_refuse(base, ERR_INVALID, "a binding names a SID and a state of the provider's");
    memcpy(word.sid, c->sid, sizeof word.sid);
    word.attempt = m->m.attempt;
    if (strcmp(m->m.sid, c->sid) != 0) {
        if (ram_waits(m->m.state) && word.attempt < UINT8_MAX) word.attempt++;
        else if (!ram_waits(m->m.state) && m->m.state != MESSAGE_IN_DOUBT)
            return ram_refuse(base, ERR_CONFLICT, "the message is settled already");
    }
    (void)hear(s, m, &word);
    return ERR_OK;
}

/* flight: contract in flight.h. */
#include "engine/flight.h"

#include "base/mutant.h"
#include "engine/agenda.h"
#include "engine/doubt.h"
#include "engine/fence.h"
#include "engine/items.h"
#include "engine/learn.h"
#include "engine/slots.h"
#include "engine/turns.h"
#include "engine/verdict.h"

#include "rules/life.h"

enum { DAY_MS = 86400000, OVERDUE_MS = 2000, ATTEMPTS_CEILING = 250 };

static void leave_flight(struct engine *e, struct item *it)
{
    struct account *a = it->account;

    if (it->state == ITEM_POSTING) {
        items_remove(&e->flight, it);
        e->posting--;
    } else {
        e->arming--;
    }
    e->items--;
    a->in_flight--;
    if (a->block == BLOCK_LIMIT || a->block == BLOCK_PACE || a->block == BLOCK_CROWD ||
        a->block == BLOCK_BREAKER)
        account_go(e, a);
    for (struct account *c = e->crowded, *next; c != NULL; c = next) {
        next = c->crowd_next;
        if (!account_crowded(e, c)) account_go(e, c);
    }
}

/* Its last word, out of flight; the fence opens after the word, so that the record comes first. */
static void end(struct engine *e, struct item *it, struct last_word last)
{
    leave_flight(e, it);
    item_unindex(e, it);
    item_say_last(e, it, last);
    fence_open(e, it);
    if (last.next_wall_ms != 0) lane_note_store(e, it->lane, last.next_wall_ms);
}

/* Sent again after `wait_ms`, unless that is past its validity. */
static struct last_word again(const struct engine *e, const struct item *it, int64_t wait_ms,
                              uint8_t to_state, uint8_t reason)
{
    int64_t next = e->wall_ms + wait_ms;

    if (next >= it->is.expires_wall_ms)
        return (struct last_word){.kind = COMMAND_RECORD, .record = RECORD_ENDED, .to_state = MESSAGE_EXPIRED,
                                  .reason = REASON_VALIDITY};
    if (it->is.attempt >= ATTEMPTS_CEILING)
        return (struct last_word){.kind = COMMAND_RECORD, .record = RECORD_ENDED, .to_state = MESSAGE_FAILED,
                                  .reason = REASON_ATTEMPTS};
    return (struct last_word){.kind = COMMAND_RECORD, .record = RECORD_AGAIN, .to_state = to_state,
                              .reason = reason, .next_wall_ms = next};
}

static void breaker_says_nothing(struct item *it)
{
    breaker_neutral(&it->account->edges[it->edge]);
}

static bool edge_shut(const struct item *it)
{
    enum breaker_state s = it->account->edges[it->edge].state;
    return s == BREAKER_OPEN || s == BREAKER_PROBING;
}

static void post(struct engine *e, struct item *it)
{
    e->arming--;
    e->posting++;
    it->state = ITEM_POSTING;
    it->deadline_ms = e->mono_ms + e->config.timeout_ms;
    it->deadline_wall_ms = e->wall_ms + e->config.timeout_ms;
    items_append(&e->flight, it);
    slots_posted(e, it);
    item_say(e, it, SAY_POST);
}

void flight_armed(struct engine *e, struct item *it, bool armed)
{
    if (armed && !it->recalled && !edge_shut(it)) {
        post(e, it);
        return;
    }
    breaker_says_nothing(it);
    slots_give(e, it, SLOTS_FREE, 0);
    if (!armed) {
        end(e, it, (struct last_word){.kind = COMMAND_GIVE_BACK});
        lane_note_store(e, it->lane, e->wall_ms);
    } else if (it->recalled) {
        end(e, it, (struct last_word){.kind = COMMAND_RECORD, .record = RECORD_WITHDRAWN});
    } else {
        end(e, it, again(e, it, verdict_backoff_ms(&e->config, 1, &e->rng), MESSAGE_QUEUED, REASON_RETRY));
    }
}

void flight_recall(struct engine *e, struct item *it)
{
    it->recalled = true;
    if (it->state != ITEM_POSTING) return;
    if ((it->say & SAY_POST) == 0) {
        item_say(e, it, SAY_RECALL);
        return;
    }
    breaker_says_nothing(it);
    slots_give(e, it, SLOTS_FREE, 0);
    end(e, it, (struct last_word){.kind = COMMAND_RECORD, .record = RECORD_WITHDRAWN});
}

/* ---- answers ---- */

static struct learner learner_of(const struct item *it)
{
    return (struct learner){it->account, it->org, it->route, it->sender};
}

static struct last_word too_fast(struct engine *e, struct item *it, const struct engine_answer *a)
{
    struct learner who = learner_of(it);
    int64_t wait = verdict_backoff_ms(&e->config, 1, &e->rng);
    struct last_word last;

    learn_too_fast(e, &who, verdict_throttled(a->error_code), a->retry_after_ms);
    last = again(e, it, wait > a->retry_after_ms ? wait : a->retry_after_ms, MESSAGE_QUEUED, REASON_RETRY);
    last.error_code = a->error_code;
    return last;
}

static struct last_word retry(struct engine *e, const struct item *it, int64_t retry_after_ms)
{
    int64_t wait = verdict_backoff_ms(&e->config, it->is.attempt, &e->rng);

    if (it->is.attempt >= e->config.attempts_max)
        return (struct last_word){.kind = COMMAND_RECORD, .record = RECORD_ENDED, .to_state = MESSAGE_FAILED,
                                  .reason = REASON_ATTEMPTS};
    return again(e, it, wait > retry_after_ms ? wait : retry_after_ms, MESSAGE_QUEUED, REASON_RETRY);
}

static struct last_word day_over(struct engine *e, struct item *it)
{
    struct learner who = learner_of(it);
    int64_t ends = learn_day_over(e, &who);

    return again(e, it, ends > e->wall_ms ? ends - e->wall_ms : DAY_MS / 24, MESSAGE_HELD, REASON_RETRY);
}

/* What the playbook says of a refusal. */
static struct last_word refused(struct engine *e, struct item *it, const struct engine_answer *a)
{
    struct last_word last = {.kind = COMMAND_RECORD, .record = RECORD_ENDED, .to_state = MESSAGE_FAILED};
    struct verdict v = verdict_of(a->error_code);
    struct learner who = learner_of(it);

    switch (v.action) {
    case PLAYBOOK_RETRY: last = retry(e, it, a->retry_after_ms); break;
    case PLAYBOOK_THROTTLE: last = too_fast(e, it, a); break;
    case PLAYBOOK_NEXT_DAY: last = day_over(e, it); break;
    case PLAYBOOK_WINDOW: last = again(e, it, DAY_MS / 24, MESSAGE_HELD, REASON_QUIET_HOURS); break;
    case PLAYBOOK_HOLD:
        last = again(e, it, learn_hold(e, &who, v.scope), MESSAGE_HELD, (uint8_t)v.hold_reason);
        break;
    case PLAYBOOK_SUPPRESS:
        last.to_state = MESSAGE_BLOCKED;
        last.reason = REASON_OPTED_OUT;
        last.suppress = true;
        break;
    default: break;
    }
    last.error_code = a->error_code;
    return last;
}

static bool is_throttle(const struct engine_answer *a)
{
    return a->class == ANSWER_THROTTLED ||
           (a->class == ANSWER_REJECTED && verdict_of(a->error_code).action == PLAYBOOK_THROTTLE);
}

static bool is_doubt(const struct engine_answer *a)
{
    return a->class == ANSWER_IN_DOUBT ||
           (a->class == ANSWER_REJECTED && verdict_of(a->error_code).action == PLAYBOOK_DOUBT);
}

/* One probe at a time: the next waits for the answer of the last. */
static void set_probe_timer(struct engine *e, struct account *a)
{
    int64_t at = INT64_MAX;

    for (int i = 0; i < e->config.edges; i++) {
        const struct breaker *b = &a->edges[i];
        if (b->state == BREAKER_OPEN && b->probe_ms < at) at = b->probe_ms;
    }
    for (int i = 0; i < e->config.edges; i++)
        if (a->edges[i].state == BREAKER_PROBING) at = INT64_MAX;
    timer_set(e, &a->probe, at);
}

/* The timer that fired was set for one of them. */
void flight_probe(struct engine *e, struct account *a)
{
    uint8_t i = 0;

    while (a->edges[i].state != BREAKER_OPEN || a->edges[i].probe_ms > e->mono_ms) BUG_IF(++i == e->config.edges);
    breaker_probe(&a->edges[i]);
    a->probing = i;
    out_push(e, &a->out);
}

void flight_probed(struct engine *e, struct account *a, bool healthy)
{
    struct breaker *b = &a->edges[a->probing];

    breaker_probed(b, healthy, &e->breaker_rule, e->mono_ms);
    set_probe_timer(e, a);
    if (b->state == BREAKER_HALF && a->block == BLOCK_BREAKER) account_go(e, a);
}

static void tell_breaker(struct engine *e, struct item *it, const struct engine_answer *a)
{
    struct account *acc = it->account;
    struct breaker *b = &acc->edges[it->edge];

    if (a->class == ANSWER_WITHDRAWN) {
        breaker_neutral(b);
    } else if (a->class == ANSWER_UNSENT || is_doubt(a)) {
        if (breaker_bad(b, &e->breaker_rule, e->mono_ms)) set_probe_timer(e, acc);
    } else if (breaker_good(b)) {
        pace_restart(&acc->pace);
    } else if (a->class == ANSWER_ACCEPTED) {
        pace_grow(&acc->pace, (uint32_t)e->config.in_flight_max);
        acc->throttles = 0;
    }
}

/* Of a definite answer. */
static enum slots_end slots_after(const struct engine_answer *a)
{
    if (a->class == ANSWER_UNSENT || a->class == ANSWER_WITHDRAWN || is_throttle(a)) return SLOTS_FREE;
    return a->class == ANSWER_REJECTED ? SLOTS_REFUSED : SLOTS_KEEP;
}

static struct last_word word_for(struct engine *e, struct item *it, const struct engine_answer *a)
{
    struct last_word last = {.kind = COMMAND_RECORD};

    if (is_throttle(a)) return too_fast(e, it, a);
    switch (a->class) {
    case ANSWER_REJECTED: return refused(e, it, a);
    case ANSWER_UNSENT:
        return again(e, it, verdict_backoff_ms(&e->config, it->is.attempt, &e->rng), MESSAGE_QUEUED,
                     REASON_RETRY);
    case ANSWER_WITHDRAWN: last.record = RECORD_WITHDRAWN; break;
    default: last.record = RECORD_ACCEPTED; break;
    }
    return last;
}

static void into_doubt(struct engine *e, struct item *it)
{
    int64_t until = it->deadline_ms > e->mono_ms ? it->deadline_ms : e->mono_ms;

    it->deadline_ms = until;
    slots_give(e, it, SLOTS_KEEP, until);
    leave_flight(e, it);
    doubt_begin(e, it);
}

/* A definite answer to an attempt in doubt: the slots were settled when it came into doubt. */
static void late_answer(struct engine *e, struct item *it, const struct engine_answer *a)
{
    if (is_doubt(a)) return;
    doubt_end(e, it, word_for(e, it, a));
}

void flight_answered(struct engine *e, struct item *it, const struct engine_answer *a)
{
    if (it->state == ITEM_DOUBT) {
        late_answer(e, it, a);
        return;
    }
    BUG_IF(it->state != ITEM_POSTING);
    tell_breaker(e, it, a);
    if (it->proved) {
        slots_give(e, it, SLOTS_KEEP, e->mono_ms);
        end(e, it, (struct last_word){.kind = COMMAND_RECORD, .record = RECORD_PROVED});
        return;
    }
    if (is_doubt(a)) {
        into_doubt(e, it);
        return;
    }
    slots_give(e, it, slots_after(a), e->mono_ms);
    end(e, it, word_for(e, it, a));
}

int64_t flight_overdue_at(const struct engine *e)
{
    return e->flight.head == NULL ? INT64_MAX : e->flight.head->deadline_ms + OVERDUE_MS;
}

void flight_overdue(struct engine *e)
{
    while (flight_overdue_at(e) <= e->mono_ms) {
        struct item *it = e->flight.head;
        struct engine_answer a = {.message = it->is.message, .class = ANSWER_IN_DOUBT, .edge = it->edge};
        if (MUTANT(deadline_requeues)) a.class = ANSWER_UNSENT;
        flight_answered(e, it, &a);
    }
}

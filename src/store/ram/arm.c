/* arm: arming, cursors, day use and recovery in memory. */
#include "store/ram/ram.h"

#include "base/mutant.h"

#include <string.h>

void ram_day_use(struct ram_store *s, org_id org, uint8_t carrier, int32_t day, int64_t segments)
{
    struct tree_key key = ram_key((uint32_t)day, org, carrier);
    union map_value *was = tree_get(&s->days, &key);
    if (segments == 0) return;
    ram_tree_put(s, &s->days, &key, (union map_value){.num = (was == NULL ? 0 : was->num) + (uint64_t)segments});
}

enum err ram_day_uses(struct store_reader *r, int32_t day, struct day_use *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key key = ram_key((uint32_t)day, 0, 0);
    const struct tree_node *node;
    size_t room = *count;
    *count = 0;
    while (*count < room && (node = tree_after(&s->days, &key)) != NULL && node->key.at[0] == (uint32_t)day) {
        key = node->key;
        out[(*count)++] = (struct day_use){.org = (org_id)key.at[1], .carrier = (uint8_t)key.at[2], .day = day,
                                           .segments = (int64_t)node->value.num};
    }
    return ram_read_end(s, ERR_OK);
}

enum err ram_recent_sends(struct store_reader *r, org_id org, uint64_t number, struct frequency *out)
{
    struct ram_store *s = ram_read_begin(r);
    struct tree_key key = ram_key(org, number, 0);
    const union map_value *known = tree_get(&s->recent, &key);
    *out = known == NULL ? (struct frequency){.count = 0} : *(const struct frequency *)known->ptr;
    return ram_read_end(s, ERR_OK);
}

/* Counts the message in, unless a cap is reached. */
static bool take_turn(struct ram_store *s, const struct arm_item *item, const struct message *m, int64_t now_ms)
{
    struct tree_key key = ram_key(m->org, m->number, 0);
    union map_value *known = tree_get(&s->recent, &key);
    struct frequency *f;
    if (!frequency_capped(&item->caps)) return true;
    f = known == NULL ? ram_new(s, sizeof *f) : known->ptr;
    if (known == NULL) ram_tree_put(s, &s->recent, &key, (union map_value){.ptr = f});
    if (frequency_free_ms(f, &item->caps, now_ms, m->armed_ms) != 0 && !MUTANT(cap_checked_at_draw)) return false;
    ram_touch(s, f, sizeof *f);
    frequency_note(f, now_ms, m->armed_ms);
    return true;
}

/* ---- arming ---- */

/* Can it be taken from where the driver says it drew it? */
static bool takeable(const struct ram_message *m, uint64_t run)
{
    if (m->in_flight != 0 || !ram_waits(ram_state(m))) return false;
    if (run == 0) return m->m.due_at_ms != 0 && !m->due_armed;
    return ram_in_run(m) && m->run->id == run;
}

/* What failed after its campaign was completed may be sent again all the same. */
static bool campaign_may_send(const struct campaign *c)
{
    return c->state == CAMPAIGN_RUNNING || c->state == CAMPAIGN_COMPLETED;
}

static bool facts_hold(const struct ram_store *s, const struct arm_item *item)
{
    const struct org *o = ram_org(s, item->armed.org);
    const struct ram_campaign *c;
    if (o == NULL || o->state != ORG_ACTIVE || o->rev != item->org_rev) return false;
    if (item->lane.campaign == 0) return true;
    c = ram_campaign(s, item->armed.org, item->lane.campaign);
    return c != NULL && campaign_may_send(&c->c) && c->c.rev == item->campaign_rev;
}

static void put_stale(struct ram_store *s, struct ram_message *m, const struct arm_item *item, int64_t now_ms)
{
    enum message_state from;
    if (item->run == 0) return;
    from = ram_edit(s, m);
    m->m.reason = REASON_STALE;
    ram_due_put(s, m, item->lane.carrier, now_ms);
    ram_edited(s, m, from, now_ms);
}

static void block(struct ram_store *s, struct ram_message *m, enum message_reason reason, int64_t now_ms)
{
    enum message_state from = ram_edit(s, m);
    ram_due_remove(s, m);
    m->m.state = MESSAGE_BLOCKED;
    m->m.reason = reason;
    ram_edited(s, m, from, now_ms);
}

/* Refused is nothing but the sender that was chosen: it is drawn again, for another one. */
static bool only_sender_refused(struct ram_store *s, const struct message *m, const struct arm_item *item)
{
    if (item->lane.campaign == 0 && m->sender != 0) return false;
    return ram_consent_holds_for(s, m->org, m->number, m->program, 0).kind != CONSENT_OPT_OUT;
}

static enum arm_verdict judge(struct ram_store *s, const struct change_arm *c, const struct arm_item *item)
{
    struct ram_message *m = ram_message(s, item->armed.org, item->armed.message);
    struct consent_holds h;
    if (m == NULL || !takeable(m, item->run) || m->m.attempt >= item->armed.attempt) return ARM_STALE;
    h = ram_consent_holds_for(s, m->m.org, m->m.number, m->m.program, item->armed.sender);
    if (h.kind == CONSENT_OPT_OUT && !MUTANT(stop_checked_at_render)) {
        if (only_sender_refused(s, &m->m, item)) {
            put_stale(s, m, item, c->now_ms);
            return ARM_STALE;
        }
        block(s, m, REASON_OPTED_OUT, c->now_ms);
        return ARM_OPTED_OUT;
    }
    if (item->needs_written && (h.kind != CONSENT_OPT_IN || h.basis != CONSENT_BASIS_WRITTEN)) {
        block(s, m, REASON_NO_CONSENT, c->now_ms);
        return ARM_NO_CONSENT;
    }
    if (!facts_hold(s, item) || !take_turn(s, item, &m->m, c->now_ms)) {
        put_stale(s, m, item, c->now_ms);
        return ARM_STALE;
    }
    ram_touch(s, m, sizeof *m);
    s->moves[m->m.state][MESSAGE_ARMED]++;
    m->in_flight = item->armed.attempt;
    m->due_armed = item->run == 0;
    return ARM_ARMED;
}

static void record_arms(struct ram_store *s, struct change_arm *c, size_t armed)
{
    struct ram_arms *record = ram_new(s, sizeof *record + armed * sizeof record->items[0]);
    RAM_SET(s, s->counters[RAM_ARMS], s->counters[RAM_ARMS] + 1);
    record->id = c->arms_id = s->counters[RAM_ARMS];
    record->at_ms = c->now_ms;
    for (size_t i = 0; i < c->items_count; i++) {
        struct armed *a = &c->items[i].armed;
        if (c->items[i].verdict != ARM_ARMED) continue;
        a->armed_ms = c->now_ms;
        a->number = ram_message(s, a->org, a->message)->m.number;
        record->items[record->count] = *a;
        if (a->cost_micros < 0) record->items[record->count].cost_micros = 0;
        if (a->cost_micros > UINT32_MAX) record->items[record->count].cost_micros = UINT32_MAX;
        record->count++;
        ram_day_use(s, a->org, a->carrier, c->day, a->segments);
    }
    ram_table_add(s, &s->arms, record->id, record);
}

static void set_back(struct ram_store *s, const struct change_arm *c, const struct arm_setback *b)
{
    struct ram_message *m = ram_message(s, b->org, b->message);
    enum message_state from;
    if (m == NULL || !takeable(m, b->run)) return;
    from = ram_edit(s, m);
    m->m.state = b->to;
    m->m.reason = b->reason;
    if (ram_waits(b->to)) ram_due_put(s, m, b->lane.carrier, b->next_ms);
    else ram_due_remove(s, m);
    ram_edited(s, m, from, c->now_ms);
}

static void advance(struct ram_store *s, struct arm_cursor *cursor)
{
    struct run *run = ram_row(&s->runs, cursor->run);
    const struct ram_campaign *c = run == NULL ? NULL : ram_campaign(s, cursor->org, run->campaign);
    uint64_t next = cursor->next;
    cursor->behind = false;
    if (c == NULL || c->c.state == CAMPAIGN_CANCELED) return;
    cursor->behind = run->next < cursor->from && !MUTANT(cursor_passes_refused);
    if (cursor->behind) return;
    if (next > run->hi) next = run->hi;
    if (next > run->next) RAM_SET(s, run->next, next);
}

/* Armed before the cursor reached it: waits for its answer in an armed due row. */
static void leave_run(struct ram_store *s, const struct change_arm *c, const struct arm_item *item)
{
    struct ram_message *m = ram_message(s, item->armed.org, item->armed.message);
    enum message_state from;
    if (item->verdict != ARM_ARMED || item->run == 0 || !ram_in_run(m)) return;
    from = ram_edit(s, m);
    ram_due_put(s, m, m->m.carrier, c->now_ms);
    m->due_armed = true;
    ram_edited(s, m, from, c->now_ms);
}

enum err ram_apply_arm(struct ram_store *s, struct change *base)
{
    struct change_arm *c = (struct change_arm *)base;
    size_t armed = 0;
    c->arms_id = 0;
    for (size_t i = 0; i < c->items_count; i++) {
        c->items[i].verdict = judge(s, c, &c->items[i]);
        armed += c->items[i].verdict == ARM_ARMED;
    }
    if (armed > 0) record_arms(s, c, armed);
    for (size_t i = 0; i < c->setbacks_count; i++) set_back(s, c, &c->setbacks[i]);
    for (size_t i = 0; i < c->cursors_count; i++) advance(s, &c->cursors[i]);
    for (size_t i = 0; i < c->items_count; i++) leave_run(s, c, &c->items[i]);
    return ERR_OK;
}

static bool is_open(const struct ram_store *s, const struct ram_arms *record)
{
    for (size_t k = 0; k < record->count; k++) {
        const struct ram_message *m = ram_message(s, record->items[k].org, record->items[k].message);
        if (m != NULL && m->in_flight == record->items[k].attempt) return true;
    }
    return false;
}

void ram_arms_trim(struct ram_store *s, const struct change_trim *c)
{
    if (c->arms_before_ms == 0) return;
    for (size_t n = 0; n < ARMS_TRIMMED_MAX && s->arms.first < s->arms.count; n++) {
        struct ram_arms *oldest = s->arms.at[s->arms.first].row;
        if (oldest->at_ms >= c->arms_before_ms && oldest->at_ms <= c->arms_future_ms) return;
        if (is_open(s, oldest)) return;
        ram_drop(s, oldest);
        RAM_SET(s, s->arms.first, s->arms.first + 1);
    }
}

/* ---- recovering ---- */

static void doubt_it(struct ram_store *s, struct change_recover *c, const struct armed *a, struct ram_message *m)
{
    enum message_state from = ram_edit(s, m);
    ram_due_remove(s, m);
    m->m.state = MESSAGE_IN_DOUBT;
    m->m.reason = REASON_NONE;
    m->m.attempt = a->attempt;
    m->m.sender = a->sender;
    m->m.segments = a->segments;
    m->m.armed_ms = a->armed_ms;
    ram_sid_put(s, m, "");
    m->booked = false;
    ram_edited(s, m, from, c->now_ms);
    ram_doubt_put(s, m, (struct doubt){.armed_ms = a->armed_ms, .deadline_ms = c->deadline_ms, .next_ms = c->first_ms,
                                       .sender = a->sender, .segments = a->segments, .cost_micros = a->cost_micros});
    c->doubts_made++;
}

static void recover_one(struct ram_store *s, struct change_recover *c, const struct armed *a)
{
    struct ram_message *m = ram_message(s, a->org, a->message);
    if (m == NULL) return;
    ram_touch(s, m, sizeof *m);
    m->in_flight = 0;
    if (MUTANT(death_requeues)) {
        m->due_armed = false;
        return;
    }
    if (m->m.attempt < a->attempt && ram_waits(m->m.state)) {
        s->moves[MESSAGE_ARMED][MESSAGE_IN_DOUBT]++;
        doubt_it(s, c, a, m);
    } else if (m->m.attempt == a->attempt && !m->booked && message_rank(m->m.state, m->m.sid[0] != 0) > 0) {
        m->m.armed_ms = a->armed_ms; /* its outcome, which would have said so, went with the process */
        m->m.sender = a->sender;
        ram_book(s, m, a->segments, a->cost_micros, c->now_ms);
    }
}

enum err ram_apply_recover(struct ram_store *s, struct change *base)
{
    struct change_recover *c = (struct change_recover *)base;
    c->doubts_made = 0;
    for (size_t i = s->arms.first; i < s->arms.count; i++) {
        const struct ram_arms *record = s->arms.at[i].row;
        for (size_t k = 0; k < record->count; k++) recover_one(s, c, &record->items[k]);
    }
    return ERR_OK;
}

enum err ram_arms_recent(struct store_reader *r, int64_t since_ms, struct armed *out, size_t *count)
{
    struct ram_store *s = ram_read_begin(r);
    size_t room = *count;
    *count = 0;
    for (size_t i = s->arms.count; i > s->arms.first; i--) {
        const struct ram_arms *record = s->arms.at[i - 1].row;
        if (record->at_ms < since_ms - ARMS_CLOCK_BACK_MS) break;
        if (record->at_ms < since_ms) continue;
        for (size_t k = record->count; k > 0 && *count < room; k--) out[(*count)++] = record->items[k - 1];
    }
    return ram_read_end(s, ERR_OK);
}

enum err ram_arms_answered(struct store_reader *r, struct armed *rows, size_t count)
{
    struct ram_store *s = ram_read_begin(r);
    for (size_t i = 0; i < count; i++) {
        struct armed *a = &rows[i];
        const struct ram_message *m = ram_message(s, a->org, a->message);
        bool answered = m != NULL && m->m.attempt == a->attempt && m->m.answered_ms >= a->armed_ms;
        a->answered_ms = answered ? m->m.answered_ms : 0;
    }
    return ram_read_end(s, ERR_OK);
}

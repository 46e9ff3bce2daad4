/* arm: the intent log (design section 5): one commit says which attempts may leave, and moves the cursors.
 * Owns the arms records, the attempts in flight in this process, and the day use.
 * A start reads the records from COUNTER_ARMS_LOW on: below it every attempt is answered. */
#include "store/sqlite/parts.h"

#include "base/cursor.h"
#include "base/mutant.h"

#include <stdlib.h>
#include <string.h>

/* An arms record is a row of items of 36 bytes, little-endian: message 8, number 8, org 4, program 4,
 * sender 4, segments 2, attempt 1, carrier 1, cost in micro-dollars 4. */
enum { ITEM_BYTES = 36, LOAD_AHEAD = 32 };

/* ---- in flight ---- */

/* An attempt (8 bits) and the arms record that it is in. */
static uint64_t flight_pack(uint64_t arms_id, uint8_t attempt)
{
    return arms_id << 8 | attempt;
}

static uint64_t flight_of(const struct sqlite_store *s, uint64_t message)
{
    union map_value *value = map_get(&s->in_flight, message);
    return value == NULL ? 0 : value->num;
}

uint64_t in_flight(const struct sqlite_store *s, uint64_t message)
{
    return flight_of(s, message) & 0xff;
}

static void arms_count(struct sqlite_store *s, uint64_t packed, bool more)
{
    uint64_t arms_id = packed >> 8;
    union map_value *value;
    if (packed == 0) return;
    value = map_put(&s->arms_open, arms_id);
    if (value == NULL) {
        store_out_of_memory(s);
        return;
    }
    if (more) value->num++;
    else if (--value->num == 0) (void)map_remove(&s->arms_open, arms_id);
}

static void in_flight_write(struct sqlite_store *s, uint64_t message, uint64_t packed)
{
    union map_value *value;
    arms_count(s, flight_of(s, message), false);
    arms_count(s, packed, true);
    if (packed == 0) {
        (void)map_remove(&s->in_flight, message);
        return;
    }
    value = map_put(&s->in_flight, message);
    if (value == NULL) store_out_of_memory(s);
    else value->num = packed;
}

static void in_flight_set(struct sqlite_store *s, uint64_t message, uint64_t packed)
{
    uint64_t before = flight_of(s, message);
    if (before == packed) return;
    if (s->armed_count == s->armed_capacity) {
        size_t capacity = s->armed_capacity == 0 ? 256 : s->armed_capacity * 2;
        struct arm_undo *grown = realloc(s->armed, capacity * sizeof *grown);
        if (grown == NULL) {
            store_out_of_memory(s);
            return;
        }
        s->armed = grown;
        s->armed_capacity = capacity;
    }
    s->armed[s->armed_count++] = (struct arm_undo){message, before};
    in_flight_write(s, message, packed);
}

void in_flight_answered(struct sqlite_store *s, uint64_t message)
{
    in_flight_set(s, message, 0);
}

void in_flight_undo(struct sqlite_store *s, size_t kept)
{
    while (s->armed_count > kept) {
        struct arm_undo *undo = &s->armed[--s->armed_count];
        in_flight_write(s, undo->message, undo->packed);
    }
}

void arms_low_advance(struct sqlite_store *s)
{
    uint64_t *low = &s->counters[COUNTER_ARMS_LOW];
    if (!s->recovered) return;
    while (*low <= s->counters[COUNTER_ARMS] && (map_get(&s->arms_open, *low) == NULL ||
                                                  MUTANT(start_skips_unanswered)))
        ++*low;
}

/* Before the recovery nobody knows of an earlier process's. */
static bool arms_are_open(const struct sqlite_store *s, uint64_t arms_id)
{
    return map_get(&s->arms_open, arms_id) != NULL || (!s->recovered && arms_id <= s->arms_at_open);
}

void arms_trim(struct sqlite_store *s, const struct change_trim *c)
{
    struct query q;
    uint64_t below = 0;
    if (c->arms_before_ms == 0) return;
    q = query_open(&s->conn, SQL_ARMS_OLDEST);
    query_int(&q, ARMS_TRIMMED_MAX);
    while (query_row(&q)) {
        uint64_t id = query_get_id(&q);
        int64_t at_ms = query_get(&q);
        if (at_ms >= c->arms_before_ms && at_ms <= c->arms_future_ms) break;
        if (arms_are_open(s, id) && !MUTANT(trim_takes_unanswered)) break;
        below = id + 1;
    }
    query_end(&q);
    if (below == 0) return;
    q = query_open(&s->conn, SQL_ARMS_TRIM);
    query_id(&q, below);
    (void)query_run(&q);
}

/* ---- day use ---- */

static uint64_t day_key(org_id org, uint8_t carrier, int32_t day)
{
    return (uint64_t)org << 32 | (uint64_t)(carrier & 0x0f) << 28 | ((uint64_t)(uint32_t)day & 0x0fffffff);
}

void day_use_add(struct sqlite_store *s, org_id org, uint8_t carrier, int32_t day, int64_t segments)
{
    union map_value *value;
    if (segments == 0) return;
    value = map_put(&s->days, day_key(org, carrier, day));
    if (value == NULL) store_out_of_memory(s);
    else value->num += (uint64_t)segments;
}

void day_use_flush(struct sqlite_store *s)
{
    size_t i = 0;
    struct map_slot *slot;
    while ((slot = map_next(&s->days, &i)) != NULL) {
        struct query q = query_open(&s->conn, SQL_DAY_ADD);
        query_int(&q, (int64_t)(slot->key & 0x0fffffff));
        query_int(&q, (int64_t)(slot->key >> 32));
        query_int(&q, (int64_t)(slot->key >> 28 & 0x0f));
        query_int(&q, (int64_t)slot->value.num);
        (void)query_run(&q);
    }
    map_free(&s->days);
}

enum err sqlite_day_uses(struct store_reader *r, int32_t day, struct day_use *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_DAY_USES);
    size_t n = 0;
    query_int(&q, day);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) {
        struct day_use *use = &out[n++];
        use->org = query_get_u32(&q);
        use->carrier = query_get_u8(&q);
        use->day = query_get_i32(&q);
        use->segments = query_get(&q);
    }
    return read_many(c, count, n);
}

/* ---- the record ---- */

static void put_le(unsigned char **at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) *(*at)++ = (unsigned char)(value >> (8 * i));
}

static void item_pack(struct buf *out, const struct armed *a)
{
    unsigned char bytes[ITEM_BYTES], *at = bytes;
    put_le(&at, a->message, 8);
    put_le(&at, a->number, 8);
    put_le(&at, a->org, 4);
    put_le(&at, a->program, 4);
    put_le(&at, a->sender, 4);
    put_le(&at, a->segments, 2);
    put_le(&at, a->attempt, 1);
    put_le(&at, a->carrier, 1);
    put_le(&at, a->cost_micros < 0 ? 0 : a->cost_micros > UINT32_MAX ? UINT32_MAX : (uint64_t)a->cost_micros, 4);
    buf_add(out, (struct str){(const char *)bytes, sizeof bytes});
}

static struct armed item_unpack(struct cursor *c, int64_t at_ms)
{
    struct armed a = {.armed_ms = at_ms};
    a.message = cursor_le(c, 8);
    a.number = cursor_le(c, 8);
    a.org = (org_id)cursor_le(c, 4);
    a.program = (uint32_t)cursor_le(c, 4);
    a.sender = (uint32_t)cursor_le(c, 4);
    a.segments = (uint16_t)cursor_le(c, 2);
    a.attempt = (uint8_t)cursor_le(c, 1);
    a.carrier = (uint8_t)cursor_le(c, 1);
    a.cost_micros = (int64_t)cursor_le(c, 4);
    return a;
}

static void arms_write(struct sqlite_store *s, struct change_arm *c, const struct buf *items)
{
    struct query q;
    if (buf_check(items) != ERR_OK) store_out_of_memory(s);
    if (items->len == 0) return;
    c->arms_id = store_next(s, COUNTER_ARMS);
    q = query_open(&s->conn, SQL_ARMS_INSERT);
    query_id(&q, c->arms_id);
    query_int(&q, c->now_ms);
    query_blob(&q, items->at, items->len);
    (void)query_run(&q);
}

/* ---- how often one person is written to ---- */

static void recent_read(struct conn *c, org_id org, uint64_t number, struct frequency *out)
{
    struct query q = query_open(c, SQL_RECENT_GET);
    *out = (struct frequency){.count = 0};
    query_int(&q, org);
    query_id(&q, number);
    if (query_row(&q)) frequency_unpack(query_get_view(&q), out);
    query_end(&q);
}

enum err sqlite_recent_sends(struct store_reader *r, org_id org, uint64_t number, struct frequency *out)
{
    struct conn *c = reader_conn(r);
    recent_read(c, org, number, out);
    return read_one(c, true);
}

/* Counts the message in. False if a cap is reached; an earlier attempt of its own does not stand in its way. */
static bool take_turn(struct sqlite_store *s, const struct arm_item *item, const struct message *m, int64_t now_ms)
{
    struct frequency recent;
    unsigned char bytes[FREQUENCY_BYTES];
    struct query q;
    if (!frequency_capped(&item->caps)) return true;
    recent_read(&s->conn, m->org, m->number, &recent);
    if (frequency_free_ms(&recent, &item->caps, now_ms, m->armed_ms) != 0 && !MUTANT(cap_checked_at_draw)) return false;
    frequency_note(&recent, now_ms, m->armed_ms);
    q = query_open(&s->conn, SQL_RECENT_PUT);
    query_int(&q, m->org);
    query_id(&q, m->number);
    query_blob(&q, bytes, frequency_pack(&recent, bytes));
    (void)query_run(&q);
    return true;
}

/* ---- arming ---- */

/* What failed after its campaign was completed may be sent again all the same. */
static bool campaign_may_send(const struct campaign *c)
{
    return c->state == CAMPAIGN_RUNNING || c->state == CAMPAIGN_COMPLETED;
}

static bool facts_hold(struct sqlite_store *s, const struct arm_item *item)
{
    const struct org_facts *org = org_facts(s, item->armed.org);
    const struct campaign_facts *campaign;
    if (org == NULL || org->state != ORG_ACTIVE || org->rev != item->org_rev) return false;
    if (item->lane.campaign == 0) return true;
    campaign = campaign_facts(s, item->armed.org, item->lane.campaign);
    return campaign != NULL && campaign_may_send(&campaign->c) && campaign->c.rev == item->campaign_rev;
}

/* Is it still where it was drawn from, and unsent? */
static bool still_waits(struct sqlite_store *s, const struct message_row *row, uint64_t run_id,
                        const struct message_was *was)
{
    const struct run_facts *run;
    if (!message_waits(was->mark.state) || in_flight(s, row->m.id) != 0) return false;
    if (run_id == 0) return row->m.due_at_ms != 0;
    run = was->in_run ? run_of(s, row->m.org, row->m.id) : NULL;
    return run != NULL && run->id == run_id;
}

/* Refused is nothing but the sender that was chosen: it is drawn again, for another one. */
static bool only_sender_refused(struct sqlite_store *s, const struct message *m, const struct arm_item *item)
{
    if (item->lane.campaign == 0 && m->sender != 0) return false;
    return consent_holds_for(&s->conn, m->org, m->number, m->program, 0).kind != CONSENT_OPT_OUT;
}

/* What its ledger says of it now: armed, drawn again, or blocked for want of consent. */
static enum arm_verdict consent_verdict(struct sqlite_store *s, const struct message *m, const struct arm_item *item)
{
    struct consent_holds h = consent_holds_for(&s->conn, m->org, m->number, m->program, item->armed.sender);
    if (h.kind == CONSENT_OPT_OUT && !MUTANT(stop_checked_at_render))
        return only_sender_refused(s, m, item) ? ARM_STALE : ARM_OPTED_OUT;
    if (!item->needs_written) return ARM_ARMED;
    return h.kind == CONSENT_OPT_IN && h.basis >= CONSENT_BASIS_WRITTEN ? ARM_ARMED : ARM_NO_CONSENT;
}

static void end_blocked(struct sqlite_store *s, struct message_row *row, struct message_was was, int64_t now_ms,
                        enum message_reason reason)
{
    message_due_remove(s, row);
    row->m.state = MESSAGE_BLOCKED;
    row->m.reason = reason;
    message_moved(s, row, was, now_ms);
}

static void put_stale(struct sqlite_store *s, const struct change_arm *c, const struct arm_item *item,
                      struct message_row *row, struct message_was was)
{
    if (item->run == 0) return; /* its due row stays */
    row->m.reason = REASON_STALE;
    message_due_put(s, row, item->lane.carrier, c->now_ms);
    message_moved(s, row, was, c->now_ms);
}

/* A run is armed in the order of its ids: the next ones are read in the same statement. */
static struct message_row *load_item(struct sqlite_store *s, const struct arm_item *item)
{
    org_id org = item->armed.org;
    uint64_t id = item->armed.message;
    const struct run_facts *run = item->run == 0 || message_known(s, id) ? NULL : run_of(s, org, id);
    if (run != NULL) message_load_ahead(s, org, id, run->hi - id < LOAD_AHEAD ? run->hi : id + LOAD_AHEAD);
    return message_load(s, org, id);
}

static enum arm_verdict arm_one(struct sqlite_store *s, struct change_arm *c, struct arm_item *item, struct buf *items)
{
    struct message_row *row = load_item(s, item);
    struct message_was was;
    enum arm_verdict consent;
    if (row == NULL) return ARM_STALE;
    was = message_was(s, row);
    if (!still_waits(s, row, item->run, &was) || row->m.attempt >= item->armed.attempt) return ARM_STALE;
    consent = consent_verdict(s, &row->m, item);
    if (consent != ARM_ARMED && consent != ARM_STALE) {
        end_blocked(s, row, was, c->now_ms, consent == ARM_OPTED_OUT ? REASON_OPTED_OUT : REASON_NO_CONSENT);
        return consent;
    }
    if (consent == ARM_STALE || !facts_hold(s, item) || !take_turn(s, item, &row->m, c->now_ms)) {
        put_stale(s, c, item, row, was);
        return ARM_STALE;
    }
    if (item->run == 0 && !message_due_arm(s, row, item->armed.attempt)) return ARM_STALE;
    item->armed.armed_ms = c->now_ms;
    item->armed.number = row->m.number;
    item_pack(items, &item->armed);
    in_flight_set(s, row->m.id, flight_pack(s->counters[COUNTER_ARMS] + 1, item->armed.attempt));
    day_use_add(s, item->armed.org, item->armed.carrier, c->day, item->armed.segments);
    return ARM_ARMED;
}

static void set_back(struct sqlite_store *s, const struct change_arm *c, const struct arm_setback *b)
{
    struct message_row *row = message_load(s, b->org, b->message);
    struct message_was was;
    if (row == NULL) return;
    was = message_was(s, row);
    if (!still_waits(s, row, b->run, &was)) return;
    row->m.state = b->to;
    row->m.reason = b->reason;
    if (message_waits(b->to)) message_due_put(s, row, b->lane.carrier, b->next_ms);
    else message_due_remove(s, row);
    message_moved(s, row, was, c->now_ms);
}

/* Armed ahead of its turn (the lane looked past a full sender): it leaves the run for an armed due row, so that
 * what a run still holds beyond its cursor was never sent. */
static void leave_run(struct sqlite_store *s, const struct change_arm *c, const struct arm_item *item)
{
    struct message_row *row = message_load(s, item->armed.org, item->armed.message);
    struct message_was was;
    if (row == NULL || item->run == 0 || item->verdict != ARM_ARMED) return;
    was = message_was(s, row);
    if (!was.in_run) return;
    message_due_put(s, row, row->m.carrier, c->now_ms);
    (void)message_due_arm(s, row, item->armed.attempt);
    message_moved(s, row, was, c->now_ms);
}

enum err apply_arm(struct sqlite_store *s, struct change *base)
{
    struct change_arm *c = (struct change_arm *)base;
    struct buf items;
    c->arms_id = 0;
    buf_init(&items, c->items_count * ITEM_BYTES + 1);
    for (size_t i = 0; i < c->items_count; i++) c->items[i].verdict = arm_one(s, c, &c->items[i], &items);
    arms_write(s, c, &items);
    buf_free(&items);
    for (size_t i = 0; i < c->setbacks_count; i++) set_back(s, c, &c->setbacks[i]);
    for (size_t i = 0; i < c->cursors_count; i++) run_advance(s, &c->cursors[i]);
    for (size_t i = 0; i < c->items_count; i++) leave_run(s, c, &c->items[i]);
    return ERR_OK;
}

/* ---- recovering ---- */

static void make_doubt(struct sqlite_store *s, struct change_recover *c, const struct armed *a,
                       struct message_row *row)
{
    struct message_was was = message_was(s, row);
    struct message *m = &row->m;
    message_due_remove(s, row);
    m->state = MESSAGE_IN_DOUBT;
    m->reason = REASON_NONE;
    m->attempt = a->attempt;
    m->sender = a->sender;
    m->segments = a->segments;
    m->armed_ms = a->armed_ms;
    message_sid_put(s, row, "");
    row->booked = false;
    message_moved(s, row, was, c->now_ms);
    doubt_put(s, &(struct doubt){.message = m->id, .org = m->org, .number = m->number, .attempt = a->attempt,
                                 .armed_ms = a->armed_ms, .deadline_ms = c->deadline_ms, .next_ms = c->first_ms,
                                 .sender = a->sender, .segments = a->segments, .cost_micros = a->cost_micros});
    c->doubts_made++;
}

static void recover_one(struct sqlite_store *s, struct change_recover *c, const struct armed *a)
{
    struct message_row *row = message_load(s, a->org, a->message);
    if (row == NULL) return;
    if (row->m.attempt < a->attempt && message_waits(row->m.state)) make_doubt(s, c, a, row);
    else if (row->m.attempt == a->attempt && !row->booked && message_rank(row->m.state, row->m.sid[0] != 0) > 0) {
        row->m.armed_ms = a->armed_ms; /* its outcome, which would have said so, went with the process */
        row->m.sender = a->sender;
        message_book(s, row, a->segments, a->cost_micros, c->now_ms);
    }
    in_flight_answered(s, a->message);
}

enum err apply_recover(struct sqlite_store *s, struct change *base)
{
    struct change_recover *c = (struct change_recover *)base;
    struct query q = query_open(&s->conn, SQL_ARMS_FROM);
    query_id(&q, s->counters[COUNTER_ARMS_LOW]);
    c->doubts_made = 0;
    while (query_row(&q)) {
        int64_t at_ms = query_get(&q);
        struct cursor items = cursor_over(query_get_view(&q));
        while (!cursor_done(&items)) {
            struct armed a = item_unpack(&items, at_ms);
            if (cursor_check(&items) != ERR_OK) conn_fail(&s->conn, SQLITE_CORRUPT, "reading an arms record");
            else recover_one(s, c, &a);
        }
    }
    s->recovered = true;
    return ERR_OK;
}

/* From the last to the first, because the newest come first. */
static size_t unpack_backwards(struct conn *c, struct str items, int64_t at_ms, struct armed *out, size_t room)
{
    size_t n = 0;
    if (items.len % ITEM_BYTES != 0) conn_fail(c, SQLITE_CORRUPT, "reading an arms record");
    for (size_t left = items.len / ITEM_BYTES; left > 0 && n < room; left--) {
        struct cursor one = cursor_over(str_slice(items, (left - 1) * ITEM_BYTES, left * ITEM_BYTES));
        out[n++] = item_unpack(&one, at_ms);
    }
    return n;
}

enum err sqlite_arms_recent(struct store_reader *r, int64_t since_ms, struct armed *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_ARMS_NEWEST);
    size_t n = 0;
    while (n < *count && query_row(&q)) {
        int64_t at_ms = query_get(&q);
        if (at_ms < since_ms - ARMS_CLOCK_BACK_MS) break;
        if (at_ms >= since_ms) n += unpack_backwards(c, query_get_view(&q), at_ms, out + n, *count - n);
    }
    query_end(&q);
    return read_many(c, count, n);
}

/* A doubt bears the answer of the attempt before it. */
static int64_t answered_ms(struct conn *c, const struct armed *a)
{
    struct query q = query_open(c, SQL_ARMED_ANSWERED);
    int64_t at_ms = 0;
    query_int(&q, a->org);
    query_id(&q, a->message);
    if (query_row(&q) && query_get_u8(&q) == a->attempt) at_ms = query_get(&q);
    query_end(&q);
    return at_ms >= a->armed_ms ? at_ms : 0;
}

enum err sqlite_arms_answered(struct store_reader *r, struct armed *rows, size_t count)
{
    struct conn *c = reader_conn(r);
    for (size_t i = 0; i < count; i++) rows[i].answered_ms = answered_ms(c, &rows[i]);
    return conn_check(c);
}

/* messages: the row of a message, the one place where it moves from state to state, and direct messages.
 * Owns the rows in memory: each is read once and written once a transaction, in the order of ids. They stay for
 * a while after the commit; that is sound because nobody else writes messages, and a rollback forgets them. */
#include "store/sqlite/parts.h"

#include "store/ids.h"

#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

void message_read(struct query *q, struct message_row *row)
{
    struct message *m = &row->m;
    int64_t flags;
    memset(row, 0, sizeof *row);
    m->id = query_get_id(q);
    m->org = query_get_u32(q);
    m->campaign = query_get_id(q);
    m->contact = query_get_id(q);
    m->number = query_get_id(q);
    m->program = query_get_u32(q);
    m->kind = (enum message_kind)query_get_u8(q);
    m->state = (enum message_state)query_get_u8(q);
    m->reason = (enum message_reason)query_get_u8(q);
    m->attempt = query_get_u8(q);
    m->carrier = query_get_u8(q);
    m->segments = query_get_u16(q);
    m->error_code = query_get_i32(q);
    m->sender = query_get_u32(q);
    m->zones = query_get_id(q);
    flags = query_get(q);
    m->urgent = (flags & MESSAGE_FLAG_URGENT) != 0;
    m->retry_undelivered = (flags & MESSAGE_FLAG_RETRY_UNDELIVERED) != 0;
    row->booked = (flags & MESSAGE_FLAG_BOOKED) != 0;
    m->cost_micros = query_get(q);
    m->created_ms = query_get(q);
    m->send_at_ms = query_get(q);
    m->expires_ms = query_get(q);
    m->armed_ms = query_get(q);
    m->answered_ms = query_get(q);
    m->updated_ms = query_get(q);
    m->due_at_ms = query_get(q);
    query_get_sid(q, m->sid);
}

static int64_t flags_of(const struct message *m, bool booked)
{
    return (m->urgent ? MESSAGE_FLAG_URGENT : 0) | (m->retry_undelivered ? MESSAGE_FLAG_RETRY_UNDELIVERED : 0) |
           (booked ? MESSAGE_FLAG_BOOKED : 0);
}

/* ---- where rows live: in blocks, one after the other as they are read, which is the order of ids ---- */

static struct row_block *block_take(struct sqlite_store *s)
{
    struct row_block *b = s->blocks_spare;
    if (b == NULL) return malloc(sizeof *b);
    s->blocks_spare = b->next;
    s->blocks_spare_count--;
    return b;
}

/* Kept for the next ones, because to give their pages back to the system and ask for them anew costs more than reading
 * the rows does. Not where the sanitizer looks for uses after the end. */
static void blocks_drop(struct sqlite_store *s, struct row_block **blocks)
{
    struct row_block *next;
    for (struct row_block *b = *blocks; b != NULL; b = next) {
        next = b->next;
        if (!ARENA_KEEPS || s->blocks_spare_count == BLOCKS_SPARE_MAX) {
            free(b);
            continue;
        }
        b->next = s->blocks_spare;
        s->blocks_spare = b;
        s->blocks_spare_count++;
    }
    *blocks = NULL;
}

static struct message_row *row_take(struct sqlite_store *s)
{
    struct row_block *b = s->blocks;
    if (b == NULL || b->used == ROWS_A_BLOCK) {
        b = block_take(s);
        if (b == NULL) return NULL;
        b->used = 0;
        b->next = s->blocks;
        s->blocks = b;
    }
    return &b->rows[b->used++];
}

/* The one that was taken last. */
static void row_back(struct sqlite_store *s, const struct message_row *row)
{
    BUG_IF(row != &s->blocks->rows[s->blocks->used - 1]);
    s->blocks->used--;
}

static struct message_row *row_new(struct sqlite_store *s, struct query *q)
{
    struct message_row *row = row_take(s);
    if (row != NULL) message_read(q, row);
    else store_out_of_memory(s); /* not "no such message": its outcome or its recovery would be skipped */
    return row;
}

static struct message_row *row_read(struct sqlite_store *s, org_id org, uint64_t id)
{
    struct message_row *row = NULL;
    struct query q = query_open(&s->conn, SQL_MESSAGE_LOAD);
    query_int(&q, org);
    query_id(&q, id);
    if (query_row(&q)) row = row_new(s, &q);
    query_end(&q);
    return row;
}

/* A copy of an old one. */
static struct message_row *row_young(struct sqlite_store *s, const struct message_row *old)
{
    struct message_row *row = row_take(s);
    if (row != NULL) *row = *old;
    else store_out_of_memory(s);
    return row;
}

bool message_known(const struct sqlite_store *s, uint64_t id)
{
    return map_ptr(&s->rows, id) != NULL || map_ptr(&s->rows_old, id) != NULL;
}

/* Among the young, wherever it was. NULL: no such message of that org (or broken). */
static struct message_row *row_fetch(struct sqlite_store *s, org_id org, uint64_t id)
{
    struct message_row *row = map_ptr(&s->rows, id);
    union map_value *place;
    bool old = false;
    if (row != NULL) return row->m.org == org ? row : NULL;
    row = map_ptr(&s->rows_old, id);
    old = row != NULL;
    if (old && row->m.org != org) return NULL;
    row = old ? row_young(s, row) : row_read(s, org, id);
    if (row == NULL) return NULL;
    place = map_put(&s->rows, id);
    if (place == NULL) {
        row_back(s, row);
        store_out_of_memory(s);
        return NULL;
    }
    place->ptr = row;
    if (old) (void)map_remove(&s->rows_old, id);
    return row;
}

struct message_row *message_load(struct sqlite_store *s, org_id org, uint64_t id)
{
    struct message_row *row = row_fetch(s, org, id);
    if (row == NULL || row->touched) return row;
    row->touched = true;
    row->touched_next = s->touched;
    s->touched = row;
    s->touched_count++;
    return row;
}

/* Takes what it cannot keep for not read: message_load reads it, and fails for want of memory. */
static void row_keep(struct sqlite_store *s, struct message_row *row)
{
    union map_value *place = message_known(s, row->m.id) ? NULL : map_put(&s->rows, row->m.id);
    if (place != NULL) place->ptr = row;
    else row_back(s, row);
}

void message_load_ahead(struct sqlite_store *s, org_id org, uint64_t from, uint64_t to)
{
    struct query q = query_open(&s->conn, SQL_MESSAGES_LOAD);
    query_int(&q, org);
    query_id(&q, from);
    query_id(&q, to);
    while (query_row(&q)) {
        struct message_row *row = row_new(s, &q);
        if (row != NULL) row_keep(s, row);
    }
}

static void row_save(struct sqlite_store *s, struct message_row *row)
{
    const struct message *m = &row->m;
    struct query q = query_open(&s->conn, SQL_MESSAGE_SAVE);
    query_int(&q, m->state);
    query_int(&q, m->reason);
    query_int(&q, m->attempt);
    query_int(&q, m->carrier);
    query_int(&q, m->segments);
    query_int(&q, m->error_code);
    query_int(&q, m->sender);
    query_int(&q, flags_of(m, row->booked));
    query_int(&q, m->cost_micros);
    query_int(&q, m->armed_ms);
    query_int(&q, m->answered_ms);
    query_int(&q, m->updated_ms);
    query_int(&q, m->due_at_ms);
    query_sid(&q, m->sid);
    query_id(&q, m->id);
    query_int(&q, m->org);
    (void)query_run(&q);
    row->dirty = false;
}

static int by_id(const void *a, const void *b)
{
    uint64_t x = (*(struct message_row *const *)a)->m.id, y = (*(struct message_row *const *)b)->m.id;
    return x < y ? -1 : x > y;
}

void message_rows_flush(struct sqlite_store *s)
{
    size_t n = 0;
    struct message_row **dirty;
    if (s->touched_count == 0) return;
    dirty = malloc(s->touched_count * sizeof(struct message_row *));
    if (dirty == NULL) {
        store_out_of_memory(s);
        return;
    }
    for (struct message_row *row = s->touched; row != NULL; row = row->touched_next)
        if (row->dirty) dirty[n++] = row;
    qsort(dirty, n, sizeof(struct message_row *), by_id);
    for (size_t i = 0; i < n; i++) row_save(s, dirty[i]);
    free(dirty);
}

static void rows_drop(struct sqlite_store *s, struct map *rows, struct row_block **blocks)
{
    map_free(rows);
    blocks_drop(s, blocks);
}

void message_rows_free(struct sqlite_store *s)
{
    message_rows_drop(s);
    for (struct row_block *b = s->blocks_spare, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    s->blocks_spare = NULL;
    s->blocks_spare_count = 0;
}

void message_rows_drop(struct sqlite_store *s)
{
    rows_drop(s, &s->rows, &s->blocks);
    rows_drop(s, &s->rows_old, &s->blocks_old);
    s->touched = NULL;
    s->touched_count = 0;
}

void message_rows_settle(struct sqlite_store *s)
{
    for (struct message_row *row = s->touched; row != NULL; row = row->touched_next) row->touched = false;
    s->touched = NULL;
    s->touched_count = 0;
    if (s->rows.count < ROWS_KEPT) return;
    rows_drop(s, &s->rows_old, &s->blocks_old);
    s->rows_old = s->rows;
    s->blocks_old = s->blocks;
    s->blocks = NULL;
    map_init(&s->rows);
}

/* ---- moving ---- */

bool message_waits(enum message_state s)
{
    return s == MESSAGE_QUEUED || s == MESSAGE_HELD;
}

bool message_in_run(struct sqlite_store *s, const struct message *m)
{
    const struct run_facts *run;
    if (m->campaign == 0 || m->due_at_ms != 0 || m->state != MESSAGE_QUEUED) return false;
    run = run_of(s, m->org, m->id);
    return run != NULL && m->id >= run->next;
}

struct message_was message_was(struct sqlite_store *s, struct message_row *row)
{
    const struct message *m = &row->m;
    struct message_was was = {
        .mark = {.state = m->state, .reason = m->reason, .carrier = m->carrier, .error_code = m->error_code},
        .in_run = message_in_run(s, m),
    };
    if (was.in_run && campaign_is_canceled(s, m->org, m->campaign)) {
        was.mark.state = MESSAGE_CANCELED;
        was.mark.reason = REASON_CAMPAIGN_CANCELED;
    }
    return was;
}

static void moved_tally(struct sqlite_store *s, const struct message *m, struct tally_mark was)
{
    struct tally_mark now = {.state = m->state, .reason = m->reason, .carrier = m->carrier,
                             .error_code = m->error_code};
    struct campaign_facts *facts = m->campaign == 0 ? NULL : campaign_facts(s, m->org, m->campaign);
    if (facts == NULL) return;
    campaign_tally(s, facts, was, -1);
    campaign_tally(s, facts, now, 1);
}

void message_moved(struct sqlite_store *s, struct message_row *row, struct message_was was, int64_t now_ms)
{
    struct message *m = &row->m;
    BUG_IF(m->state != was.mark.state && !message_transition_legal(was.mark.state, m->state));
    moved_tally(s, m, was.mark);
    if (was.in_run && !message_in_run(s, m)) run_gone(s, m->org, m->id);
    m->updated_ms = now_ms;
    row->dirty = true;
    if (m->state == was.mark.state) return;
    event_add(s, &(struct event){.org = m->org, .type = EVENT_MESSAGE, .ref = m->id, .campaign = m->campaign,
                                 .state = (uint8_t)m->state, .code = m->error_code, .at_ms = now_ms});
}

static void bind_due(struct query *q, const struct message *m, int64_t at_ms)
{
    query_int(q, m->org);
    query_int(q, m->program);
    query_id(q, m->campaign);
    query_int(q, m->kind);
    query_int(q, m->carrier);
    query_int(q, at_ms);
    query_id(q, m->id);
}

void message_due_remove(struct sqlite_store *s, struct message_row *row)
{
    struct query q;
    if (row->m.due_at_ms == 0) return;
    q = query_open(&s->conn, SQL_DUE_DELETE);
    bind_due(&q, &row->m, row->m.due_at_ms);
    (void)query_run(&q);
    row->m.due_at_ms = 0;
    row->dirty = true;
}

void message_due_put(struct sqlite_store *s, struct message_row *row, uint8_t carrier, int64_t at_ms)
{
    struct query q;
    message_due_remove(s, row);
    row->m.carrier = carrier < TALLY_CARRIERS ? carrier : 0;
    row->m.due_at_ms = at_ms > 0 ? at_ms : 1; /* 0 says that there is none */
    q = query_open(&s->conn, SQL_DUE_INSERT);
    bind_due(&q, &row->m, row->m.due_at_ms);
    (void)query_run(&q);
    row->dirty = true;
}

bool message_due_arm(struct sqlite_store *s, const struct message_row *row, uint8_t attempt)
{
    struct query q;
    if (row->m.due_at_ms == 0) return false;
    q = query_open(&s->conn, SQL_DUE_ARM);
    query_int(&q, attempt);
    bind_due(&q, &row->m, row->m.due_at_ms);
    (void)query_run(&q);
    return query_changes(&q) == 1;
}

void message_book(struct sqlite_store *s, struct message_row *row, uint16_t segments, int64_t cost_micros,
                  int64_t now_ms)
{
    struct message *m = &row->m;
    struct campaign_facts *facts = m->campaign == 0 ? NULL : campaign_facts(s, m->org, m->campaign);
    row->booked = true;
    row->dirty = true;
    m->segments = segments;
    m->cost_micros += cost_micros;
    org_spend(s, m->org, cost_micros, now_ms);
    if (facts == NULL) return;
    facts->c.segments += segments;
    facts->c.cost_micros += cost_micros;
    facts->tally_dirty = true;
}

/* ---- direct messages ---- */

static void message_insert(struct sqlite_store *s, const struct message *m)
{
    struct query q = query_open(&s->conn, SQL_MESSAGE_INSERT);
    query_id(&q, m->id);
    query_int(&q, m->org);
    query_id(&q, m->campaign);
    query_id(&q, m->contact);
    query_id(&q, m->number);
    query_int(&q, m->program);
    query_int(&q, m->kind);
    query_int(&q, m->state);
    query_int(&q, m->reason);
    query_int(&q, m->carrier);
    query_int(&q, m->segments);
    query_int(&q, m->sender);
    query_id(&q, m->zones);
    query_int(&q, flags_of(m, false));
    query_int(&q, 0);
    query_int(&q, m->created_ms);
    query_int(&q, m->send_at_ms);
    query_int(&q, m->expires_ms);
    query_int(&q, m->updated_ms);
    query_int(&q, m->due_at_ms);
    query_str(&q, m->body);
    (void)query_run(&q);
}

static void arm_admitted(struct sqlite_store *s, struct change_admit *c)
{
    struct arm_item *item = c->arm->items;

    BUG_IF(c->arm->items_count != 1);
    item->armed.message = c->message.id;
    item->armed.number = c->message.number;
    item->due_at_ms = c->message.due_at_ms;
    c->arm->head.result = apply_arm(s, &c->arm->head);
    c->armed = item->verdict == ARM_ARMED;
}

enum err apply_admit(struct sqlite_store *s, struct change *base)
{
    struct change_admit *c = (struct change_admit *)base;
    struct message *m = &c->message;
    struct query q;
    c->armed = false;
    if (!program_exists(s, m->org, m->program))
        return refuse(base, ERR_NOT_FOUND, "there is no program %u", m->program);
    if (!message_waits(m->state) || m->campaign != 0 || m->carrier >= TALLY_CARRIERS)
        return refuse(base, ERR_INVALID, "a direct message is admitted as queued or held, outside a campaign");
    m->id = message_id_next(s->counters[COUNTER_MESSAGE], m->created_ms);
    s->counters[COUNTER_MESSAGE] = m->id;
    s->counters[COUNTER_MESSAGES_TOTAL]++;
    m->attempt = 0;
    m->error_code = 0;
    m->cost_micros = m->armed_ms = m->answered_ms = 0;
    m->sid[0] = 0;
    m->updated_ms = m->created_ms;
    m->due_at_ms = m->send_at_ms > m->created_ms ? m->send_at_ms : m->created_ms;
    if (m->due_at_ms <= 0) m->due_at_ms = 1;
    message_insert(s, m);
    q = query_open(&s->conn, SQL_DUE_INSERT);
    bind_due(&q, m, m->due_at_ms);
    (void)query_run(&q);
    event_add(s, &(struct event){.org = m->org, .type = EVENT_MESSAGE, .ref = m->id, .state = (uint8_t)m->state,
                                 .at_ms = m->created_ms});
    if (c->arm != NULL) arm_admitted(s, c);
    return ERR_OK;
}

enum err apply_cancel(struct sqlite_store *s, struct change *base)
{
    struct change_cancel *c = (struct change_cancel *)base;
    struct message_row *row = message_load(s, c->org, c->message);
    struct message_was was;
    if (row == NULL)
        return refuse(base, ERR_NOT_FOUND, "there is no message %llu", (unsigned long long)c->message);
    was = message_was(s, row);
    if (!message_waits(was.mark.state))
        return refuse(base, ERR_CONFLICT, "the message is %s: it cannot be canceled any more",
                      message_state_name(was.mark.state));
    if (in_flight(s, c->message) != 0 || (row->m.due_at_ms == 0 && !was.in_run))
        return refuse(base, ERR_CONFLICT, "the message is being sent: it cannot be canceled any more");
    message_due_remove(s, row);
    row->m.state = MESSAGE_CANCELED;
    row->m.reason = REASON_CANCELED_BY_USER;
    message_moved(s, row, was, c->now_ms);
    return ERR_OK;
}

/*
 * message: the table of messages, their one way from state to state, and their lists.
 *
 * Messages lie in chunks by number; the oldest chunk makes room once nothing in it is still to happen. Two
 * chains thread them newest first: by account, and by (account, To).
 */
#include "sandbox/world.h"

#include "rules/segment.h"

#include <stdlib.h>
#include <string.h>

const char *sandbox_status_name(enum sandbox_status status)
{
    static const char *const names[] = {"accepted", "scheduled", "canceled", "queued", "sending", "sent",
                                        "delivered", "undelivered", "failed", "received"};
    return status < SANDBOX_STATUS_COUNT ? names[status] : "unknown";
}

#define TO(status) (1u << (status))
/* Reference 3.1. `accepted` also stands for the first state of what a service took. */
static const unsigned legal_moves[SANDBOX_STATUS_COUNT] = {
    [SANDBOX_ACCEPTED] = TO(SANDBOX_QUEUED) | TO(SANDBOX_FAILED),
    [SANDBOX_SCHEDULED] = TO(SANDBOX_QUEUED) | TO(SANDBOX_CANCELED) | TO(SANDBOX_FAILED),
    [SANDBOX_QUEUED] = TO(SANDBOX_SENDING) | TO(SANDBOX_FAILED),
    [SANDBOX_SENDING] = TO(SANDBOX_SENT) | TO(SANDBOX_FAILED),
    [SANDBOX_SENT] = TO(SANDBOX_DELIVERED) | TO(SANDBOX_UNDELIVERED),
};

bool sb_message_is_final(const struct message *m)
{
    switch (m->status) {
    case SANDBOX_CANCELED: case SANDBOX_DELIVERED: case SANDBOX_UNDELIVERED: case SANDBOX_FAILED:
    case SANDBOX_RECEIVED: return true;
    default: return false;
    }
}

static struct message_chunk *chunk_of(const struct sandbox *sb, uint64_t number)
{
    uint64_t chunk = (number - 1) / MESSAGES_PER_CHUNK;
    if (number == 0 || chunk < sb->first_chunk || chunk - sb->first_chunk >= sb->chunk_count) return NULL;
    return sb->chunks[chunk - sb->first_chunk];
}

struct message *sb_message_at(const struct sandbox *sb, uint64_t number)
{
    struct message_chunk *c = chunk_of(sb, number);
    struct message *m = c == NULL ? NULL : &c->at[(number - 1) % MESSAGES_PER_CHUNK];
    return m == NULL || m->number == 0 ? NULL : m;
}

void sb_message_busy(struct sandbox *sb, const struct message *m, int change)
{
    struct message_chunk *c = chunk_of(sb, m->number);
    BUG_IF(c == NULL || (change < 0 && c->busy == 0));
    c->busy = (uint32_t)((int)c->busy + change);
}

/* The number under which a recipient is found: the handset's, or for inbound the sender's. */
static uint64_t message_to(const struct sandbox *sb, const struct message *m)
{
    return m->direction == SANDBOX_INBOUND ? sb_sender_at(sb, m->sender)->number : m->peer;
}

static uint64_t message_from(const struct sandbox *sb, const struct message *m)
{
    if (m->direction == SANDBOX_INBOUND) return m->peer;
    return m->sender == SANDBOX_NONE ? 0 : sb_sender_at(sb, m->sender)->number;
}

static void message_forget(struct sandbox *sb, struct message *m)
{
    uint64_t key = world_pair(m->account, message_to(sb, m));
    union map_value *slot = map_get(&sb->by_to, key);
    if (slot != NULL && slot->num == m->number) map_remove(&sb->by_to, key);
    free(m->text);
    sb->stats.forgotten++;
}

static bool chunk_make_room(struct sandbox *sb)
{
    struct message_chunk *oldest = sb->chunks[0];
    if (oldest->busy > 0) return false;
    for (size_t i = 0; i < MESSAGES_PER_CHUNK; i++)
        if (oldest->at[i].number != 0) message_forget(sb, &oldest->at[i]);
    free(oldest);
    memmove(sb->chunks, sb->chunks + 1, (sb->chunk_count - 1) * sizeof *sb->chunks);
    sb->chunk_count--;
    sb->first_chunk++;
    return true;
}

static bool chunk_for_next(struct sandbox *sb)
{
    if (sb->last_number < (sb->first_chunk + sb->chunk_count) * MESSAGES_PER_CHUNK) return true;
    if (sb->chunk_count * MESSAGES_PER_CHUNK >= sb->config.messages_max &&
        (sb->chunk_count == 0 || !chunk_make_room(sb)))
        return false;
    sb->chunks = world_grow(sb->chunks, sb->chunk_count, &sb->chunk_capacity, sizeof *sb->chunks);
    sb->chunks[sb->chunk_count++] = world_alloc(sizeof(struct message_chunk));
    return true;
}

static char *message_text(struct str callback, struct str body)
{
    char *text;
    if (callback.len + body.len == 0) return NULL;
    text = world_alloc(callback.len + body.len + 2);
    if (callback.len > 0) memcpy(text, callback.at, callback.len);
    if (body.len > 0) memcpy(text + callback.len + 1, body.at, body.len);
    return text;
}

static void message_link(struct sandbox *sb, struct message *m)
{
    struct account *a = sb_account_at(sb, m->account);
    union map_value *slot = map_put(&sb->by_to, world_pair(m->account, message_to(sb, m)));
    BUG_IF(slot == NULL);
    m->older_to = slot->num;
    slot->num = m->number;
    m->older_account = a->newest;
    a->newest = m->number;
}

struct message *sb_message_new(struct sandbox *sb, const struct message_draft *draft)
{
    struct message *m;
    BUG_IF(draft->body.len > UINT16_MAX || draft->status_callback.len > UINT16_MAX);
    if (!chunk_for_next(sb)) return NULL;
    sb->last_number++;
    m = &chunk_of(sb, sb->last_number)->at[(sb->last_number - 1) % MESSAGES_PER_CHUNK];
    m->number = sb->last_number;
    m->account = draft->account;
    m->sender = draft->sender;
    m->service = draft->service;
    m->peer = draft->peer;
    m->direction = (uint8_t)draft->direction;
    m->status = (uint8_t)draft->status;
    m->carrier = (uint8_t)sandbox_carrier_of(sb, draft->peer);
    m->segments = (uint8_t)(draft->segments > 255 ? 255 : draft->segments);
    m->flags = draft->smart ? MESSAGE_SMART : 0;
    m->text = message_text(draft->status_callback, draft->body);
    m->callback_bytes = (uint16_t)draft->status_callback.len;
    m->body_bytes = (uint16_t)draft->body.len;
    m->created_ms = m->updated_ms = world_date(sb);
    m->made_ms = sb->now_ms;
    m->expires_ms = sb->now_ms + (int64_t)draft->validity_s * 1000;
    message_link(sb, m);
    sb->stats.by_status[draft->status]++;
    return m;
}

struct str sb_message_callback(const struct message *m)
{
    return (struct str){m->text, m->callback_bytes};
}

struct str sb_message_body(const struct message *m)
{
    return (struct str){m->text == NULL ? NULL : m->text + m->callback_bytes + 1, m->body_bytes};
}

unsigned sb_message_segments(const struct sandbox *sb, struct str body, bool smart)
{
    struct segment_count count;
    if (sb->config.count_segments != NULL) return sb->config.count_segments(body, smart);
    if (segment_count(body, smart ? SEGMENT_SMART : 0, &count, NULL) != ERR_OK) return 1;
    return count.segments;
}

void sb_message_plan(struct sandbox *sb, struct message *m, enum message_step step, int64_t at_ms)
{
    bool waited = m->step != STEP_NONE, waits = step != STEP_NONE;
    m->step = (uint8_t)step;
    if (waits)
        world_wait(sb, &sb->events, &m->event, at_ms);
    else
        heap_remove(&sb->events, &m->event);
    if (waits != waited) sb_message_busy(sb, m, waits ? 1 : -1);
}

/* Outbound prices of 2025, a segment: enough to show the shape of `price`. */
static int32_t message_price(const struct sandbox *sb, const struct message *m)
{
    const struct sender *s = sb_sender_at(sb, m->sender);
    int32_t each = m->carrier == SANDBOX_FOREIGN              ? 50000
                   : s != NULL && s->kind == SENDER_TOLL_FREE ? 8300
                                                              : 7900;
    return m->status == SANDBOX_FAILED || m->status == SANDBOX_CANCELED ? 0 : -each * m->segments;
}

void sb_message_move(struct sandbox *sb, struct message *m, enum sandbox_status status)
{
    BUG_IF((legal_moves[m->status] & TO(status)) == 0);
    sb->stats.by_status[m->status]--;
    sb->stats.by_status[status]++;
    m->status = (uint8_t)status;
    m->updated_ms = world_date(sb);
    if (status == SANDBOX_SENT) m->sent_ms = m->updated_ms;
    if (sb_message_is_final(m) && status != SANDBOX_FAILED && status != SANDBOX_CANCELED) {
        m->price_micros = message_price(sb, m);
        m->flags |= MESSAGE_PRICED;
    }
    if (status != SANDBOX_SENDING) sb_webhook_status(sb, m);
}

void sb_message_fail(struct sandbox *sb, struct message *m, int code)
{
    m->error_code = (uint16_t)code;
    sb_message_plan(sb, m, STEP_NONE, 0);
    sb_message_move(sb, m, SANDBOX_FAILED);
}

void sb_message_show(struct sandbox *sb, const struct message *m, struct sandbox_message *out)
{
    *out = (struct sandbox_message){
        .number = m->number, .account = m->account, .service = m->service, .sender = m->sender,
        .to = message_to(sb, m), .from = message_from(sb, m),
        .direction = (enum sandbox_direction)m->direction, .status = (enum sandbox_status)m->status,
        .error_code = m->error_code, .segments = m->segments,
        .created_ms = m->created_ms, .updated_ms = m->updated_ms, .sent_ms = m->sent_ms,
        .price_micros = m->price_micros, .priced = (m->flags & MESSAGE_PRICED) != 0,
        .body = sb_message_body(m), .status_callback = sb_message_callback(m),
    };
}

enum err sandbox_message_get(struct sandbox *sb, uint64_t number, struct sandbox_message *out)
{
    const struct message *m = sb_message_at(sb, number);
    if (m == NULL || (m->flags & MESSAGE_DELETED) != 0) return ERR_NOT_FOUND;
    sb_message_show(sb, m, out);
    return ERR_OK;
}

uint64_t sb_message_newest_to(const struct sandbox *sb, uint32_t account, uint64_t to)
{
    union map_value *slot = map_get(&sb->by_to, world_pair(account, to));
    return slot == NULL ? 0 : slot->num;
}

static bool list_shows(const struct sandbox *sb, const struct sandbox_list *q, const struct message *m)
{
    bool dated = q->sent_from_ms != 0 || q->sent_before_ms != 0;
    if ((m->flags & MESSAGE_DELETED) != 0 || m->account != q->account) return false;
    if (q->before != 0 && m->number >= q->before) return false;
    if (q->to != 0 && message_to(sb, m) != q->to) return false;
    if (q->from != 0 && message_from(sb, m) != q->from) return false;
    if (dated && m->sent_ms == 0) return false;
    if (q->sent_from_ms != 0 && m->sent_ms < q->sent_from_ms) return false;
    if (q->sent_before_ms != 0 && m->sent_ms >= q->sent_before_ms) return false;
    return m->made_ms + (int64_t)sb->config.faults.list_lag_ms <= sb->now_ms;
}

static void list_collect(struct sandbox *sb, const struct sandbox_list *q, struct sandbox_message *out,
                         size_t out_max, struct sandbox_listed *listed)
{
    uint64_t at =
        q->to != 0 ? sb_message_newest_to(sb, q->account, q->to) : sb_account_at(sb, q->account)->newest;
    const struct message *m;
    for (; (m = sb_message_at(sb, at)) != NULL; at = q->to != 0 ? m->older_to : m->older_account) {
        if (!list_shows(sb, q, m)) continue;
        if (listed->count == out_max) {
            listed->next = out_max > 0 ? out[out_max - 1].number : 0;
            return;
        }
        sb_message_show(sb, m, &out[listed->count++]);
    }
}

void sandbox_list_messages(struct sandbox *sb, int64_t now_ms, const struct sandbox_list *query,
                           struct sandbox_message *out, size_t out_max, struct sandbox_listed *listed)
{
    struct fault_draw draw;
    world_enter(sb, now_ms);
    draw = sb_fault_draw(sb, SANDBOX_ON_LIST, query->to);
    *listed = (struct sandbox_listed){.http_status = 200, .wire = {draw.fault, draw.delay_ms}};
    if (sb_account_at(sb, query->account) == NULL) {
        listed->http_status = 404;
        listed->code = 20404;
        return;
    }
    if (sb_fault_spoils(&draw, &listed->http_status, &listed->code, &listed->retry_after_s)) return;
    if (sb_fault_is_before(draw.fault)) return;
    list_collect(sb, query, out, out_max, listed);
}

enum err sandbox_message_cancel(struct sandbox *sb, int64_t now_ms, uint64_t number)
{
    struct message *m;
    world_enter(sb, now_ms);
    m = sb_message_at(sb, number);
    if (m == NULL || (m->flags & MESSAGE_DELETED) != 0) return ERR_NOT_FOUND;
    if (m->status != SANDBOX_SCHEDULED) return ERR_CONFLICT;
    sb_message_plan(sb, m, STEP_NONE, 0);
    sb_message_move(sb, m, SANDBOX_CANCELED);
    return ERR_OK;
}

enum err sandbox_message_redact(struct sandbox *sb, int64_t now_ms, uint64_t number)
{
    struct message *m;
    world_enter(sb, now_ms);
    m = sb_message_at(sb, number);
    if (m == NULL || (m->flags & MESSAGE_DELETED) != 0) return ERR_NOT_FOUND;
    if (!sb_message_is_final(m)) return ERR_CONFLICT;
    if (m->body_bytes > 0) memset(m->text + m->callback_bytes + 1, 0, m->body_bytes);
    m->body_bytes = 0;
    m->updated_ms = world_date(sb);
    return ERR_OK;
}

enum err sandbox_message_delete(struct sandbox *sb, int64_t now_ms, uint64_t number)
{
    enum err err = sandbox_message_redact(sb, now_ms, number);
    if (err == ERR_OK) sb_message_at(sb, number)->flags |= MESSAGE_DELETED;
    return err;
}

void sb_messages_free(struct sandbox *sb)
{
    for (size_t c = 0; c < sb->chunk_count; c++) {
        for (size_t i = 0; i < MESSAGES_PER_CHUNK; i++) free(sb->chunks[c]->at[i].text);
        free(sb->chunks[c]);
    }
    free(sb->chunks);
}

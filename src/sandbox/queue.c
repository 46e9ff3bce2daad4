/*
 * queue: the life of an outbound message after it was taken: sender, queue, carrier, receipt.
 *
 * A queue is a moment: when its last message leaves. A message leaves its sender's queue when its turn comes
 * at the sender's rate, then the queue of its program at the carrier at that rate; how long a queue is, in
 * seconds, is that moment less now, which is how Twilio bounds it (reference 9).
 */
#include "sandbox/world.h"

static int64_t take_us(uint64_t segments, uint32_t mps_milli)
{
    return mps_milli == 0 ? 0 : (int64_t)(segments * UINT64_C(1000000000) / mps_milli);
}

static struct program *program_of(const struct sandbox *sb, const struct sender *s, uint8_t carrier)
{
    struct service *v = s->kind == SENDER_LONG_CODE ? sb_service_at(sb, s->service) : NULL;
    return v != NULL && v->program.approved && v->program.mps_milli[carrier] != 0 ? &v->program : NULL;
}

bool sb_queue_is_full(const struct sandbox *sb, uint32_t sender, uint64_t to)
{
    const struct sender *s = sb_sender_at(sb, sender);
    enum sandbox_carrier carrier = sandbox_carrier_of(sb, to);
    const struct program *p = program_of(sb, s, (uint8_t)carrier);
    int64_t latest_us = (sb->now_ms + (int64_t)sb->config.queue_s * 1000) * US_PER_MS;
    return s->free_us > latest_us || (p != NULL && p->free_us[carrier] > latest_us);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void sb_queue_enter(struct sandbox *sb, struct message *m)
{
    struct sender *s = sb_sender_at(sb, m->sender);
    struct program *p = program_of(sb, s, m->carrier);
    int64_t leaves_sender = later(sb->now_ms * US_PER_MS, s->free_us);
    int64_t leaves = p != NULL ? later(leaves_sender, p->free_us[m->carrier]) : leaves_sender;
    if (leaves > m->expires_ms * US_PER_MS) {
        sb_message_plan(sb, m, STEP_EXPIRE, m->expires_ms);
        return;
    }
    s->free_us = leaves_sender + take_us(m->segments, sb_sender_mps_milli(sb, s));
    if (p != NULL) p->free_us[m->carrier] = leaves + take_us(m->segments, p->mps_milli[m->carrier]);
    sb_message_plan(sb, m, STEP_DEPART, (leaves + US_PER_MS - 1) / US_PER_MS);
}

/* `accepted` or `scheduled` by a service: now a sender is chosen. */
static void event_pick(struct sandbox *sb, struct message *m)
{
    if (m->sender == SANDBOX_NONE) m->sender = sb_service_pick(sb, m->service, m->peer);
    if (m->sender == SANDBOX_NONE) {
        sb_message_fail(sb, m, 21703);
        return;
    }
    if (m->segments == 0)
        m->segments = (uint8_t)sb_message_segments(sb, sb_message_body(m), (m->flags & MESSAGE_SMART) != 0);
    if (sb_handset_opted_out(sb, m->sender, m->service, m->peer)) {
        sb_message_fail(sb, m, 21610);
    } else if (sb_queue_is_full(sb, m->sender, m->peer)) {
        sb_message_fail(sb, m, 30001);
    } else {
        sb_message_plan(sb, m, STEP_NONE, 0);
        sb_message_move(sb, m, SANDBOX_QUEUED);
        sb_queue_enter(sb, m);
    }
}

static void hold(struct sandbox *sb, struct message *m)
{
    sb->held = world_grow(sb->held, sb->held_count, &sb->held_capacity, sizeof *sb->held);
    sb->held[sb->held_count++] = m->number;
    sb_message_plan(sb, m, STEP_EXPIRE, later(m->expires_ms, sb->now_ms));
}

static void event_depart(struct sandbox *sb, struct message *m)
{
    if (sb->carrier_paused[m->carrier]) {
        hold(sb, m);
        return;
    }
    if (!sb_carrier_take_day(sb, m)) {
        sb_message_fail(sb, m, 30023);
        return;
    }
    sb_carrier_decide(sb, m);
    if ((m->flags & MESSAGE_NEVER_LEFT) != 0) {
        sb_message_fail(sb, m, m->planned_code);
        return;
    }
    sb_message_move(sb, m, SANDBOX_SENDING);
    sb_message_plan(sb, m, STEP_SENT, sb->now_ms + sb_carrier_sent_ms(sb, m));
}

static void event_sent(struct sandbox *sb, struct message *m)
{
    sb_message_move(sb, m, SANDBOX_SENT);
    if ((m->flags & MESSAGE_NO_RECEIPT) != 0) {
        sb_message_plan(sb, m, STEP_NONE, 0);
        sb_handset_got(sb, m);
    } else {
        sb_message_plan(sb, m, STEP_RECEIPT, sb->now_ms + m->receipt_ms);
    }
}

static void event_receipt(struct sandbox *sb, struct message *m)
{
    sb_message_plan(sb, m, STEP_NONE, 0);
    m->error_code = m->planned_code;
    sb_message_move(sb, m, m->planned_code == 0 ? SANDBOX_DELIVERED : SANDBOX_UNDELIVERED);
    if (m->planned_code == 0) sb_handset_got(sb, m);
}

void sb_queue_event(struct sandbox *sb, struct message *m)
{
    switch ((enum message_step)m->step) {
    case STEP_PICK: event_pick(sb, m); break;
    case STEP_DEPART: event_depart(sb, m); break;
    case STEP_SENT: event_sent(sb, m); break;
    case STEP_RECEIPT: event_receipt(sb, m); break;
    case STEP_EXPIRE: sb_message_fail(sb, m, 30036); break;
    case STEP_NONE: bug(__FILE__, __LINE__, "a message without a step waited");
    }
}

/* What was held goes through the queues again, so that a carrier that comes back is not flooded. */
static void release_held(struct sandbox *sb, enum sandbox_carrier carrier)
{
    size_t kept = 0, count = sb->held_count;
    for (size_t i = 0; i < count; i++) {
        struct message *m = sb_message_at(sb, sb->held[i]);
        if (m == NULL || m->status != SANDBOX_QUEUED) continue;
        if (m->carrier == carrier)
            sb_queue_enter(sb, m);
        else
            sb->held[kept++] = sb->held[i];
    }
    sb->held_count = kept;
}

void sandbox_carrier_pause(struct sandbox *sb, enum sandbox_carrier carrier, bool paused, int64_t now_ms)
{
    world_enter(sb, now_ms);
    if (carrier >= SANDBOX_CARRIER_COUNT || sb->carrier_paused[carrier] == paused) return;
    sb->carrier_paused[carrier] = paused;
    if (!paused) release_held(sb, carrier);
}

/*
 * create: the one way a message comes to be: fault, ledger, checks, commit — in that order, so that what
 * was received is in the ledger whatever became of it.
 */
#include "sandbox/world.h"

#include <string.h>

int sb_create_http_status(int code)
{
    switch (code) {
    case 0: return 201;
    case 20429: case 63017: return 429;
    case 20503: return 503;
    case 20404: return 404;
    case 20005: case 20403: return 403;
    default: return 400;
    }
}

/* From before To. */
int sb_create_test_refusal(uint64_t from, uint64_t to)
{
    if (from != UINT64_C(15005550006)) {
        if (from == UINT64_C(15005550001)) return 21212;
        return from == UINT64_C(15005550008) ? 21611 : 21606;
    }
    switch (to) {
    case UINT64_C(15005550001): return 21211;
    case UINT64_C(15005550002): return 21612;
    case UINT64_C(15005550003): return 21408;
    case UINT64_C(15005550004): return 21610;
    case UINT64_C(15005550009): return 21614;
    default: return 0;
    }
}

static int refusal_sender(const struct sandbox *sb, const struct sandbox_create *c)
{
    const struct sender *s = sb_sender_at(sb, c->sender);
    const struct service *v = sb_service_at(sb, c->service);
    if (s == NULL && v == NULL) return 21603;
    if (v != NULL && (v->removed || v->account != c->account)) return 21701;
    if (v != NULL && s == NULL && v->pool_count == 0) return 21704;
    if (s == NULL) return 0;
    if (s->released) return 21659;
    if (s->account != c->account) return 21660;
    if (v != NULL && s->service != c->service) return 21711;
    if (!sb_sender_can_reach(s, c->to)) return 21612;
    return s->number == c->to ? 21266 : 0;
}

static int refusal_recipient(const struct sandbox *sb, const struct sandbox_create *c)
{
    const struct handset *h = map_ptr(&sb->handsets, c->to);
    if (c->to == 0) return 21604;
    return h == NULL ? sb_carrier_magic(c->to).refusal : 0;
}

static int refusal_content(const struct sandbox_create *c)
{
    size_t characters = 0;
    if (c->body.len == 0) return 21602;
    for (size_t i = 0; i < c->body.len; i++) characters += ((unsigned char)c->body.at[i] & 0xC0) != 0x80;
    return characters > 1600 ? 21617 : 0;
}

static int refusal_time(const struct sandbox *sb, const struct sandbox_create *c)
{
    if (c->validity_s > sb->config.validity_s_max) return 21624;
    if (c->send_at_ms == 0) return 0;
    if (c->service == SANDBOX_NONE) return 35118;
    if (c->send_at_ms < world_date(sb) + (int64_t)sb->config.schedule_s_min * 1000) return 35114;
    return c->send_at_ms > world_date(sb) + (int64_t)sb->config.schedule_s_max * 1000 ? 35117 : 0;
}

static int refusal_rate(struct sandbox *sb, const struct sandbox_create *c)
{
    struct account *root = sb_account_at(sb, sb_account_root(sb, c->account));
    int64_t second = sb->now_ms / 1000;
    if (sb->config.account_mps_max == 0) return 0;
    if (root->second != second) {
        root->second = second;
        root->in_second = 0;
    }
    return ++root->in_second > sb->config.account_mps_max ? 63017 : 0;
}

/* A full queue and an opt-out are refused at once without a service, and fail later with one. */
static int refusal_now_or_later(const struct sandbox *sb, const struct sandbox_create *c)
{
    bool by_service = c->service != SANDBOX_NONE;
    if (c->sender == SANDBOX_NONE) return 0;
    if (sb_handset_opted_out(sb, c->sender, c->service, c->to) &&
        (!by_service || !sb->config.service_optout_async))
        return 21610;
    return !by_service && sb_queue_is_full(sb, c->sender, c->to) ? 21611 : 0;
}

static int refusal_of(struct sandbox *sb, const struct sandbox_create *c)
{
    int code;
    if (!sb_account_is_active(sb, c->account)) return 20005;
    if ((code = refusal_sender(sb, c)) != 0) return code;
    if ((code = refusal_recipient(sb, c)) != 0) return code;
    if ((code = refusal_content(c)) != 0) return code;
    if ((code = refusal_time(sb, c)) != 0) return code;
    if ((code = refusal_now_or_later(sb, c)) != 0) return code;
    return refusal_rate(sb, c);
}

static uint32_t validity_of(const struct sandbox *sb, const struct sandbox_create *c)
{
    const struct service *v = sb_service_at(sb, c->service);
    if (c->validity_s != 0) return c->validity_s;
    return v != NULL ? v->validity_s : sb->config.validity_s_max;
}

/* Run time at which a service's message gets its sender. */
static int64_t pick_at(struct sandbox *sb, const struct sandbox_create *c)
{
    if (c->send_at_ms != 0) return c->send_at_ms - sb->calendar_ms;
    return sb->now_ms + world_between(sb, sb->config.pick_ms_min, sb->config.pick_ms_max);
}

static struct message *commit(struct sandbox *sb, const struct sandbox_create *c, unsigned segments)
{
    bool by_service = c->service != SANDBOX_NONE;
    struct message_draft draft = {
        .account = c->account, .sender = c->sender, .service = c->service, .peer = c->to,
        .direction = SANDBOX_OUTBOUND_API, .body = c->body, .status_callback = c->status_callback,
        .segments = by_service && c->segments == 0 ? 0 : segments, .validity_s = validity_of(sb, c),
        .smart = c->smart_encoded,
    };
    struct message *m;
    draft.status = c->send_at_ms != 0 ? SANDBOX_SCHEDULED : by_service ? SANDBOX_ACCEPTED : SANDBOX_QUEUED;
    m = sb_message_new(sb, &draft);
    if (m == NULL) return NULL;
    if (c->send_at_ms != 0) m->expires_ms += pick_at(sb, c) - sb->now_ms;
    if (by_service)
        sb_message_plan(sb, m, STEP_PICK, pick_at(sb, c));
    else
        sb_queue_enter(sb, m);
    return m;
}

/* Checks and commits; fills what an undisturbed client reads. */
static void take_effect(struct sandbox *sb, const struct sandbox_create *c, int refusal, unsigned segments,
                        uint64_t ledger_seq, struct sandbox_created *out)
{
    struct record *record = sb_ledger_at(sb, ledger_seq);
    const struct message *m = NULL;
    bool is_test = sb_account_at(sb, c->account)->is_test;
    int code = refusal != 0 || is_test ? refusal : refusal_of(sb, c);
    if (code == 0 && !is_test) {
        m = commit(sb, c, segments);
        code = m == NULL ? 20503 : 0;
    }
    out->http_status = sb_create_http_status(code);
    out->code = code;
    out->status = c->service != SANDBOX_NONE ? SANDBOX_ACCEPTED : SANDBOX_QUEUED;
    if (m != NULL) {
        out->message = m->number;
        out->status = (enum sandbox_status)m->status;
        sb->stats.created++;
    } else if (!is_test) {
        sb->stats.refused++;
    }
    if (record == NULL) return;
    record->message = out->message;
    record->committed_ms = m != NULL ? sb->now_ms : SANDBOX_NEVER;
    record->http_status = out->http_status;
    record->code = out->code;
}

static void chore_late(struct sandbox *sb, const struct sandbox_create *c, uint64_t ledger_seq,
                       uint32_t delay_ms)
{
    size_t callback = c->status_callback.len, body = c->body.len;
    struct chore *chore = world_alloc(sizeof *chore + callback + body + 1);
    chore->kind = CHORE_CREATE;
    chore->create = *c;
    chore->ledger_seq = ledger_seq;
    if (callback > 0) memcpy(chore->text, c->status_callback.at, callback);
    if (body > 0) memcpy(chore->text + callback, c->body.at, body);
    chore->create.status_callback = (struct str){chore->text, callback};
    chore->create.body = (struct str){chore->text + callback, body};
    world_wait(sb, &sb->chores, &chore->due, sb->now_ms + delay_ms);
}

void sb_create_late(struct sandbox *sb, struct chore *chore)
{
    struct sandbox_created ignored = {0};
    const struct sandbox_create *c = &chore->create;
    unsigned segments = c->segments != 0 ? c->segments : sb_message_segments(sb, c->body, c->smart_encoded);
    take_effect(sb, c, 0, segments, chore->ledger_seq, &ignored);
}

static void spoil(struct sandbox *sb, const struct fault_draw *draw, struct sandbox_created *out)
{
    struct record *record = sb_ledger_at(sb, out->ledger_seq);
    out->wire = (struct sandbox_directive){draw->fault, draw->delay_ms};
    if (!sb_fault_spoils(draw, &out->http_status, &out->code, &out->retry_after_s) || record == NULL) return;
    record->http_status = out->http_status;
    record->code = out->code;
}

void sb_create_message(struct sandbox *sb, const struct sandbox_create *create, int refusal,
                    struct sandbox_created *out)
{
    struct fault_draw draw = sb_fault_draw(sb, SANDBOX_ON_CREATE, create->to);
    unsigned segments = create->segments;
    *out = (struct sandbox_created){0};
    if (segments == 0 && refusal == 0)
        segments = sb_message_segments(sb, create->body, create->smart_encoded);
    out->ledger_seq = sb_ledger_append(sb, create, segments, draw.fault);
    if (draw.fault == SANDBOX_FAULT_LATE_COMMIT && refusal == 0)
        chore_late(sb, create, out->ledger_seq, draw.delay_ms);
    else if (!sb_fault_is_before(draw.fault))
        take_effect(sb, create, refusal, segments, out->ledger_seq, out);
    spoil(sb, &draw, out);
}

void sandbox_create_message(struct sandbox *sb, int64_t now_ms, const struct sandbox_create *create,
                            struct sandbox_created *out)
{
    world_enter(sb, now_ms);
    BUG_IF(sb_account_at(sb, create->account) == NULL);
    int refusal = 0;
    if (sb_account_at(sb, create->account)->is_test)
        refusal = sb_create_test_refusal(UINT64_C(15005550006), create->to);
    sb_create_message(sb, create, refusal, out);
}

void sb_create_reply(struct sandbox *sb, uint32_t sender, uint64_t to, struct str body,
                     struct str status_callback)
{
    struct sender *s = sb_sender_at(sb, sender);
    struct message_draft draft = {
        .account = s->account, .sender = sender, .service = s->service, .peer = to,
        .direction = SANDBOX_OUTBOUND_REPLY, .status = SANDBOX_QUEUED, .body = body,
        .status_callback = status_callback, .segments = sb_message_segments(sb, body, false),
        .validity_s = sb->config.validity_s_max,
    };
    struct message *m = sb_message_new(sb, &draft);
    if (m != NULL) sb_queue_enter(sb, m);
}

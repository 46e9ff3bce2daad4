/*
 * webhook: status callbacks and inbound webhooks — when they are made, what they carry, and what follows
 * from their answers: retries, the fallback URL, alerts, replies (reference 3.2, 4.1, 5).
 *
 * A webhook waits in webhooks_due, is out when sandbox_step gave it away, and ends when it is answered.
 */
#include "sandbox/world.h"

#include "sandbox/overrides.h"
#include "sandbox/twiml.h"
#include "twilio/form.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct webhook *webhook_find(const struct sandbox *sb, uint64_t id)
{
    size_t slot = (size_t)(id & UINT32_MAX);
    struct webhook *w = slot < sb->webhook_count ? sb->webhook_slots[slot] : NULL;
    return w == NULL || w->id != id ? NULL : w;
}

static uint32_t slot_take(struct sandbox *sb)
{
    size_t capacity;
    if (sb->webhook_free_count > 0) return sb->webhook_free[--sb->webhook_free_count];
    capacity = sb->webhook_capacity;
    sb->webhook_slots =
        world_grow(sb->webhook_slots, sb->webhook_count, &sb->webhook_capacity, sizeof *sb->webhook_slots);
    if (capacity != sb->webhook_capacity) {
        sb->webhook_free = realloc(sb->webhook_free, sb->webhook_capacity * sizeof *sb->webhook_free);
        BUG_IF(sb->webhook_free == NULL);
    }
    return (uint32_t)sb->webhook_count++;
}

static struct webhook *webhook_of_account(struct sandbox *sb, uint32_t account, struct str url)
{
    struct webhook *w;
    uint32_t slot;
    if (sb->webhooks_live >= sb->config.webhooks_max) {
        sb->stats.webhooks_dropped++;
        return NULL;
    }
    slot = slot_take(sb);
    w = world_alloc(sizeof *w);
    w->id = (uint64_t)++sb->webhook_generation << 32 | slot;
    w->account = account;
    w->url = world_text(url);
    w->event_ms = world_date(sb);
    sb->webhook_slots[slot] = w;
    sb->webhooks_live++;
    sb->stats.webhooks++;
    return w;
}

static struct webhook *webhook_new(struct sandbox *sb, struct message *m, struct str url)
{
    struct webhook *w = NULL;
    if (m->webhooks == UINT8_MAX)
        sb->stats.webhooks_dropped++;
    else
        w = webhook_of_account(sb, m->account, url);
    if (w == NULL) return NULL;
    w->message = m->number;
    w->status = (enum sandbox_status)m->status;
    w->error_code = m->error_code;
    m->webhooks++;
    sb_message_busy(sb, m, 1);
    return w;
}

static void webhook_end(struct sandbox *sb, struct webhook *w)
{
    uint32_t slot = (uint32_t)(w->id & UINT32_MAX);
    struct message *m = sb_message_at(sb, w->message);
    if (m != NULL) {
        m->webhooks--;
        sb_message_busy(sb, m, -1);
    }
    sb->webhook_slots[slot] = NULL;
    sb->webhook_free[sb->webhook_free_count++] = slot;
    sb->webhooks_live--;
    free(w->url);
    free(w->first_url);
    free(w->body);
    free(w);
}

static void webhook_due(struct sandbox *sb, struct webhook *w, int64_t after_ms)
{
    w->out = false;
    world_wait(sb, &sb->webhooks_due, &w->due, sb->now_ms + after_ms);
}

static int64_t callback_delay_ms(struct sandbox *sb)
{
    const struct sandbox_fault_plan *f = &sb->config.faults;
    int64_t delay = world_between(sb, sb->config.callback_ms_min, sb->config.callback_ms_max);
    if (sb_fault_chance(sb, f->callback_late_per_million)) return delay + f->callback_late_ms;
    if (sb_fault_chance(sb, f->callback_jitter_per_million))
        return delay + (int64_t)rng_below(&sb->fault_rng, (uint64_t)f->callback_jitter_ms + 1);
    return delay;
}

static void forge_status(struct sandbox *sb, struct message *m, struct str url)
{
    struct webhook *w = webhook_new(sb, m, url);
    if (w == NULL) return;
    w->kind = SANDBOX_WEBHOOK_STATUS;
    w->forged = true;
    w->status = m->status == SANDBOX_DELIVERED ? SANDBOX_FAILED : SANDBOX_DELIVERED;
    webhook_due(sb, w, callback_delay_ms(sb));
}

void sb_webhook_status(struct sandbox *sb, struct message *m)
{
    const struct sandbox_fault_plan *f = &sb->config.faults;
    const struct service *v = sb_service_at(sb, m->service);
    struct str url = sb_message_callback(m);
    unsigned copies = sb_fault_chance(sb, f->callback_doubled_per_million) ? 2 : 1;
    if (url.len == 0 && v != NULL) url = str_from(v->status_callback);
    if (url.len == 0) return;
    if (sb_fault_chance(sb, f->callback_forged_per_million)) forge_status(sb, m, url);
    if (sb_fault_chance(sb, f->callback_lost_per_million)) {
        sb->stats.webhooks_lost++;
        return;
    }
    for (; copies > 0; copies--) {
        struct webhook *w = webhook_new(sb, m, url);
        if (w == NULL) return;
        w->kind = SANDBOX_WEBHOOK_STATUS;
        webhook_due(sb, w, callback_delay_ms(sb));
    }
}

void sb_webhook_inbound(struct sandbox *sb, struct message *m, struct str url, bool is_get)
{
    const struct sandbox_fault_plan *f = &sb->config.faults;
    unsigned copies = sb_fault_chance(sb, f->inbound_doubled_per_million) ? 2 : 1;
    if (sb_fault_chance(sb, f->inbound_lost_per_million)) {
        sb->stats.webhooks_lost++;
        return;
    }
    for (; copies > 0; copies--) {
        struct webhook *w = webhook_new(sb, m, url);
        if (w == NULL) return;
        w->kind = SANDBOX_WEBHOOK_INBOUND;
        w->is_get = is_get;
        webhook_due(sb, w, callback_delay_ms(sb));
    }
}

void sb_webhook_notice(struct sandbox *sb, uint32_t account, struct str url, struct str body, bool is_json)
{
    const struct sandbox_fault_plan *f = &sb->config.faults;
    unsigned copies = sb_fault_chance(sb, f->callback_doubled_per_million) ? 2 : 1;
    if (url.len == 0) return;
    if (sb_fault_chance(sb, f->callback_lost_per_million)) {
        sb->stats.webhooks_lost++;
        if (!is_json) return;
        copies = 1; /* event streams deliver at least once: lost is late here */
    }
    for (; copies > 0; copies--) {
        struct webhook *w = webhook_of_account(sb, account, url);
        if (w == NULL) return;
        w->kind = is_json ? SANDBOX_WEBHOOK_EVENTS : SANDBOX_WEBHOOK_NOTICE;
        w->body = world_text(body);
        webhook_due(sb, w, callback_delay_ms(sb));
    }
}

/* One token for all tries and copies of one webhook. */
static void put_token(const struct sandbox *sb, const struct webhook *w, char *out, size_t size)
{
    uint64_t a = world_pair((w->message != 0 ? w->message : w->id) ^ sb->key, (uint64_t)w->status << 8 | w->kind);
    (void)snprintf(out, size, "%08x-%04x-%04x-%04x-%012" PRIx64, (unsigned)(a >> 32),
                   (unsigned)(a >> 16 & 0xFFFF), (unsigned)(a & 0xFFFF), (unsigned)(sb->key & 0xFFFF),
                   (w->message ^ sb->key) & UINT64_C(0xFFFFFFFFFFFF));
}

static void webhook_give(struct sandbox *sb, struct webhook *w, struct sandbox_webhook *out)
{
    int bad;
    struct str url = str_from(w->url);
    struct overrides o = overrides_read(url, &bad);
    int64_t left;
    if (w->attempt++ == 0) w->started_ms = sb->now_ms;
    if (w->attempt > 1) sb->stats.webhooks_retried++;
    left = (w->kind == SANDBOX_WEBHOOK_EVENTS ? sb->now_ms : w->started_ms) + o.total_timeout_ms - sb->now_ms;
    w->out = true;
    *out = (struct sandbox_webhook){
        .id = w->id, .kind = w->kind, .account = w->account, .url = url,
        .url_bytes = overrides_url_bytes(url), .is_get = w->is_get, .is_fallback = w->is_fallback,
        .forged = w->forged, .attempt = w->attempt, .message = w->message, .status = w->status,
        .error_code = w->error_code, .connect_timeout_ms = o.connect_timeout_ms,
        .read_timeout_ms = o.read_timeout_ms, .total_timeout_ms = left < 1 ? 1 : (uint32_t)left,
    };
    put_token(sb, w, out->idempotency_token, sizeof out->idempotency_token);
}

size_t sandbox_step(struct sandbox *sb, int64_t now_ms, struct sandbox_webhook *out, size_t out_max)
{
    size_t count = 0;
    world_enter(sb, now_ms);
    while (count < out_max) {
        struct heap_node *top = heap_top(&sb->webhooks_due);
        if (world_due(&sb->webhooks_due) > sb->now_ms) break;
        heap_remove(&sb->webhooks_due, top);
        webhook_give(sb, HEAP_OWNER(top, struct webhook, due), &out[count++]);
    }
    return count;
}

static void add(struct buf *form, const char *name, struct str value)
{
    form_encode_add(form, str_from(name), value);
}

static void add_code(struct buf *form, const char *name, int code)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%d", code);
    add(form, name, str_from(text));
}

static void add_number(struct buf *form, const char *name, const struct sandbox *sb, uint64_t number,
                       uint32_t sender)
{
    char text[24];
    if (number == 0 && sender == SANDBOX_NONE) return;
    if (sender != SANDBOX_NONE)
        add(form, name, str_from(sandbox_sender_address(sb, sender)));
    else {
        (void)snprintf(text, sizeof text, "+%" PRIu64, number);
        add(form, name, str_from(text));
    }
}

/* "YYMMDDhhmm", the carrier's date passed through (reference 3.3). */
static void add_receipt_date(struct buf *form, int64_t date_ms)
{
    char text[16];
    time_t seconds = (time_t)(date_ms / 1000);
    struct tm utc;
    (void)gmtime_r(&seconds, &utc);
    (void)strftime(text, sizeof text, "%y%m%d%H%M", &utc);
    add(form, "RawDlrDoneDate", str_from(text));
}

static void form_status(const struct sandbox *sb, const struct webhook *w, const struct message *m,
                        struct buf *form)
{
    char sid[SANDBOX_SID_BYTES];
    struct str status = str_from(sandbox_status_name(w->status));
    bool receipt = w->status == SANDBOX_DELIVERED || w->status == SANDBOX_UNDELIVERED;
    sandbox_message_sid(sb, m->number, sid);
    add(form, "SmsSid", str_from(sid));
    add(form, "SmsStatus", status);
    add(form, "MessageStatus", status);
    add_number(form, "To", sb, m->peer, SANDBOX_NONE);
    if (m->service != SANDBOX_NONE)
        add(form, "MessagingServiceSid", str_from(sandbox_service_sid(sb, m->service)));
    add(form, "MessageSid", str_from(sid));
    add(form, "AccountSid", str_from(sandbox_account_sid(sb, m->account)));
    if (m->sender != SANDBOX_NONE) add_number(form, "From", sb, 0, m->sender);
    add(form, "ApiVersion", STR("2010-04-01"));
    if (w->error_code != 0) add_code(form, "ErrorCode", w->error_code);
    if (receipt) add_receipt_date(form, w->event_ms);
}

static void form_inbound(const struct sandbox *sb, const struct webhook *w, const struct message *m,
                         struct buf *form)
{
    static const char *const places[] = {"ToCountry", "ToState", "ToCity", "ToZip",
                                         "FromCountry", "FromState", "FromCity", "FromZip"};
    char sid[SANDBOX_SID_BYTES];
    sandbox_message_sid(sb, m->number, sid);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        add(form, places[i], i % 4 == 0 && m->carrier != SANDBOX_FOREIGN ? STR("US") : STR(""));
    add(form, "SmsMessageSid", str_from(sid));
    add(form, "NumMedia", STR("0"));
    add(form, "SmsSid", str_from(sid));
    add(form, "SmsStatus", STR("received"));
    add(form, "Body", sb_message_body(m));
    add_number(form, "To", sb, 0, m->sender);
    if (m->service != SANDBOX_NONE)
        add(form, "MessagingServiceSid", str_from(sandbox_service_sid(sb, m->service)));
    add_code(form, "NumSegments", m->segments);
    add(form, "MessageSid", str_from(sid));
    add(form, "AccountSid", str_from(sandbox_account_sid(sb, m->account)));
    add_number(form, "From", sb, m->peer, SANDBOX_NONE);
    add(form, "ApiVersion", STR("2010-04-01"));
    if (!w->is_fallback) return;
    add_code(form, "ErrorCode", w->failed_code);
    add(form, "ErrorUrl", str_from(w->first_url));
}

enum err sandbox_webhook_form(struct sandbox *sb, uint64_t webhook, struct buf *form)
{
    const struct webhook *w = webhook_find(sb, webhook);
    const struct message *m = w == NULL ? NULL : sb_message_at(sb, w->message);
    if (w != NULL && w->body != NULL) {
        buf_add_text(form, w->body);
        return buf_check(form);
    }
    if (m == NULL) return ERR_NOT_FOUND;
    if (w->kind == SANDBOX_WEBHOOK_STATUS)
        form_status(sb, w, m, form);
    else
        form_inbound(sb, w, m, form);
    return buf_check(form);
}

enum { EVENTS_RETRIED_MS = 4 * 3600 * 1000 }; /* about four hours (reference 17.1) */

static unsigned retry_class(const struct sandbox_webhook_answer *a)
{
    if (a->failure == SANDBOX_WEBHOOK_CONNECT_FAILED) return RETRY_CONNECT;
    if (a->failure == SANDBOX_WEBHOOK_READ_FAILED) return RETRY_READ;
    return a->http_status >= 500 ? RETRY_5XX : a->http_status >= 400 ? RETRY_4XX : 0;
}

static bool retry(struct sandbox *sb, struct webhook *w, const struct sandbox_webhook_answer *a)
{
    int bad;
    struct overrides o = overrides_read(str_from(w->url), &bad);
    int64_t gap = sb->config.webhook_retry_gap_ms;
    if (w->kind == SANDBOX_WEBHOOK_EVENTS) {
        /* What its sink refuses is discarded, but for too many at once. */
        if (retry_class(a) == RETRY_4XX && a->http_status != 429) return false;
        gap <<= w->attempt < 10 ? w->attempt - 1 : 10;
        if (sb->now_ms + gap - w->started_ms >= EVENTS_RETRIED_MS) return false;
        webhook_due(sb, w, gap);
        return true;
    }
    if ((retry_class(a) & o.on) == 0 || w->attempt > o.retries) return false;
    if (sb->now_ms + gap - w->started_ms >= o.total_timeout_ms) return false;
    webhook_due(sb, w, gap);
    return true;
}

static bool type_is(struct str content_type, struct str wanted)
{
    struct str type;
    (void)str_cut(content_type, ';', &type);
    return str_equal_nocase(str_trim(type), wanted);
}

static void send_reply(struct sandbox *sb, const struct message *m, const struct twiml_reply *r)
{
    enum sender_kind kind;
    uint64_t to = m->peer;
    if (r->body.len == 0 || r->body.len > 6400 || r->status_callback.len > 2048) return;
    if (r->to.len > 0 && (!sb_sender_kind_of(r->to, &kind, &to) || kind == SENDER_ALPHA)) return;
    if (sb_handset_opted_out(sb, m->sender, m->service, to)) return; /* the block exists by then (4.3) */
    sb_create_reply(sb, m->sender, to, r->body, r->status_callback);
}

/* 0, or what Twilio would log of an answer with a success status. */
static int take_twiml(struct sandbox *sb, const struct message *m, const struct sandbox_webhook_answer *a)
{
    struct arena arena;
    struct twiml twiml = {.count = 0};
    int code = 0;
    if (a->body.len == 0 || str_trim(a->body).len == 0) return 0;
    if (type_is(a->content_type, STR("text/plain"))) {
        send_reply(sb, m, &(struct twiml_reply){.body = a->body});
        return 0;
    }
    if (!type_is(a->content_type, STR("text/xml")) && !type_is(a->content_type, STR("application/xml")) &&
        !type_is(a->content_type, STR("text/html")))
        return 12300;
    arena_init(&arena, 4 * TWIML_BYTES_MAX);
    code = twiml_read(&arena, a->body, &twiml);
    for (size_t i = 0; code == 0 && i < twiml.count; i++) send_reply(sb, m, &twiml.replies[i]);
    arena_reset(&arena);
    return code;
}

static int failure_code(const struct webhook *w, const struct sandbox_webhook_answer *a)
{
    if (a->failure == SANDBOX_WEBHOOK_ANSWERED && a->http_status >= 200 && a->http_status < 300) return 0;
    if (w->kind == SANDBOX_WEBHOOK_EVENTS) return 93101;
    return a->failure == SANDBOX_WEBHOOK_CONNECT_FAILED ? 11205 : 11200;
}

static int answer_code(struct sandbox *sb, const struct webhook *w, const struct sandbox_webhook_answer *a)
{
    int code = failure_code(w, a);
    return code == 0 && w->kind == SANDBOX_WEBHOOK_INBOUND ? take_twiml(sb, sb_message_at(sb, w->message), a) : code;
}

static struct str fallback_url(const struct sandbox *sb, const struct message *m, bool *is_get)
{
    const struct sender *s = sb_sender_at(sb, m->sender);
    const struct service *v = sb_service_at(sb, m->service);
    bool by_service = v != NULL && !v->use_inbound_webhook_on_number;
    *is_get = by_service ? v->fallback_get : s->sms_fallback_get;
    return str_from(by_service ? v->fallback_url : s->sms_fallback_url);
}

static bool fall_back(struct sandbox *sb, struct webhook *w, int code)
{
    bool is_get;
    struct str url;
    if (w->kind != SANDBOX_WEBHOOK_INBOUND || w->is_fallback) return false;
    url = fallback_url(sb, sb_message_at(sb, w->message), &is_get);
    if (url.len == 0) return false;
    w->first_url = w->url;
    w->url = world_text(url);
    w->is_get = is_get;
    w->is_fallback = true;
    w->failed_code = code;
    w->attempt = 0;
    webhook_due(sb, w, 0);
    return true;
}

void sandbox_webhook_answered(struct sandbox *sb, int64_t now_ms, uint64_t webhook,
                              const struct sandbox_webhook_answer *answer)
{
    struct webhook *w;
    int code;
    world_enter(sb, now_ms);
    w = webhook_find(sb, webhook);
    if (w == NULL || !w->out) return;
    code = w->forged ? 0 : answer_code(sb, w, answer);
    if (code == 0) {
        if (w->kind == SANDBOX_WEBHOOK_INBOUND) sb_handset_inbound_answered(sb, w->message);
        webhook_end(sb, w);
        return;
    }
    if (retry(sb, w, answer)) return;
    sb->stats.webhooks_failed++;
    sb_alert_add(sb, w, code, answer);
    if (!fall_back(sb, w, code)) webhook_end(sb, w);
}

void sb_webhooks_free(struct sandbox *sb)
{
    for (size_t i = 0; i < sb->webhook_count; i++) {
        struct webhook *w = sb->webhook_slots[i];
        if (w == NULL) continue;
        free(w->url);
        free(w->first_url);
        free(w->body);
        free(w);
    }
    free(sb->webhook_slots);
    free(sb->webhook_free);
}

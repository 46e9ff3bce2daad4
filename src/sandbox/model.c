/*
 * model: the world's frame — its making and end, its time, and the small helpers its parts share.
 *
 * Owns struct sandbox. Running out of memory in the middle of an event cannot be undone, so it is a bug stop
 * (world_must); refusals that a caller can live with are errors.
 */
#include "sandbox/registry.h"
#include "sandbox/world.h"

#include <stdlib.h>
#include <string.h>

static struct sandbox_carrier_config carrier_default(void)
{
    return (struct sandbox_carrier_config){
        .filtered = 500,
        .unreachable = 1500,
        .unknown = 1000,
        .landline = 1000,
        .sent_ms_min = 40,
        .sent_ms_max = 250,
        .receipt_ms_min = 300,
        .receipt_ms_max = 2500,
        .receipt_tail = 20000,
    };
}

static void config_limits(struct sandbox_config *c)
{
    c->accounts_max = 1001;
    c->services_max = 100000;
    c->senders_max = 200000;
    c->handsets_max = 1000000;
    c->webhooks_max = 1000000;
    c->alerts_max = 10000;
    c->messages_max = 4000000;
    c->ledger_max = 8000000;
    c->body_bytes_max = 65536;
    c->queue_s = c->validity_s_max = 36000;
    c->schedule_s_min = 900;
    c->schedule_s_max = 35 * 86400;
    c->concurrency_max = 0;
    c->lookup_per_s_max = 100;
    c->verify_per_s_max = 10;
}

struct sandbox_config sandbox_config_default(void)
{
    struct sandbox_config c = {0};
    config_limits(&c);
    c.long_code_mps_milli = 1000;
    c.toll_free_mps_milli = 3000;
    c.short_code_mps_milli = 100000;
    c.alpha_mps_milli = 10000;
    c.foreign_mps_milli = 10000;
    c.service_optout_async = true;
    c.registration_writes_per_s = 1;
    c.pick_ms_min = 5;
    c.pick_ms_max = 60;
    c.callback_ms_min = 5;
    c.callback_ms_max = 80;
    c.webhook_retry_gap_ms = 500;
    for (int i = 0; i < SANDBOX_CARRIER_COUNT; i++) c.carriers[i] = carrier_default();
    c.carrier_percent[SANDBOX_VERIZON] = 37;
    c.carrier_percent[SANDBOX_ATT] = 29;
    c.carrier_percent[SANDBOX_TMOBILE] = 30;
    c.carrier_percent[SANDBOX_OTHER_US] = 4;
    c.handset_reply_text = STR("Thanks!");
    c.handset_ms_min = 800;
    c.handset_ms_max = 6000;
    c.faults = sandbox_fault_plan_quiet();
    return c;
}

void world_must(enum err err)
{
    BUG_IF(err != ERR_OK);
}

void *world_alloc(size_t bytes)
{
    void *at = calloc(1, bytes);
    BUG_IF(at == NULL);
    return at;
}

char *world_text(struct str s)
{
    if (s.len == 0) return NULL;
    char *text = world_alloc(s.len + 1);
    memcpy(text, s.at, s.len);
    return text;
}

void world_set_text(char **slot, struct str s)
{
    char *text = world_text(s);
    free(*slot);
    *slot = text;
}

void *world_grow(void *array, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity) return array;
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    array = realloc(array, *capacity * item_bytes);
    BUG_IF(array == NULL);
    return array;
}

uint32_t world_between(struct sandbox *sb, uint32_t min, uint32_t max)
{
    if (max <= min) return min;
    return min + (uint32_t)rng_below(&sb->rng, (uint64_t)max - min + 1);
}

uint64_t world_pair(uint64_t a, uint64_t b)
{
    struct rng r = rng_seeded(a * 0x9e3779b97f4a7c15ULL ^ b);
    return rng_u64(&r) ^ a;
}

int64_t world_date(const struct sandbox *sb)
{
    return sb->now_ms == INT64_MIN ? 0 : sb->now_ms + sb->calendar_ms;
}

int64_t world_shown(const struct sandbox *sb, int64_t date_ms)
{
    return date_ms == 0 ? sb->began_ms : date_ms;
}

void sandbox_set_calendar(struct sandbox *sb, int64_t offset_ms)
{
    sb->calendar_ms = offset_ms;
}

/* The model keeps every text of its config in one block of its own. */
static void config_own(struct sandbox *sb)
{
    struct str *texts[] = {&sb->config.account_sid, &sb->config.auth_token, &sb->config.test_account_sid,
                           &sb->config.test_auth_token, &sb->config.handset_reply_text};
    size_t bytes = 1, at = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) bytes += texts[i]->len;
    sb->config_text = world_alloc(bytes);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i]->len > 0) memcpy(sb->config_text + at, texts[i]->at, texts[i]->len);
        texts[i]->at = sb->config_text + at;
        at += texts[i]->len;
    }
}

static struct account first_account(const struct sandbox *sb, enum sid_kind kind, struct str sid,
                                    struct str token)
{
    struct account a = {.parent = SANDBOX_NONE, .is_test = kind == SID_TEST_ACCOUNT};
    if (sid.len == 0 || str_copy(sid, a.sid, sizeof a.sid) != ERR_OK) sb_sid_make(sb, kind, 0, a.sid);
    if (token.len == 0 || str_copy(token, a.token, sizeof a.token) != ERR_OK)
        sb_sid_token(sb, (uint64_t)kind, a.token);
    return a;
}

struct sandbox *sandbox_new(const struct sandbox_config *config, uint64_t seed)
{
    struct rng root = rng_seeded(seed);
    uint32_t account;
    struct sandbox *sb = calloc(1, sizeof *sb);
    if (sb == NULL) return NULL;
    sb->config = *config;
    config_own(sb);
    sb->key = rng_u64(&root);
    sb->rng = rng_seeded(rng_u64(&root));
    sb->fault_rng = rng_seeded(rng_u64(&root));
    sb->now_ms = INT64_MIN;
    sb->alerts = world_alloc((size_t)config->alerts_max * sizeof(struct alert *));
    heap_init(&sb->events);
    heap_init(&sb->chores);
    heap_init(&sb->webhooks_due);
    world_must(sb_account_make(sb,
                               first_account(sb, SID_ACCOUNT, sb->config.account_sid, sb->config.auth_token),
                               STR("Sandbox"), &account));
    world_must(sb_account_make(
        sb, first_account(sb, SID_TEST_ACCOUNT, sb->config.test_account_sid, sb->config.test_auth_token),
        STR("Sandbox test credentials"), &account));
    sb->registry = sb_registry_new(rng_u64(&root));
    sb_registry_primary(sb, true);
    return sb;
}

static void accounts_free(struct sandbox *sb)
{
    for (size_t i = 0; i < sb->account_count; i++) {
        free(sb->accounts[i]->name);
        free(sb->accounts[i]);
    }
    free(sb->accounts);
}

static void services_free(struct sandbox *sb)
{
    for (size_t i = 0; i < sb->service_count; i++) {
        struct service *s = sb->services[i];
        free(s->name);
        free(s->inbound_url);
        free(s->fallback_url);
        free(s->status_callback);
        free(s->usecase);
        free(s->pool);
        free(s);
    }
    free(sb->services);
}

static void senders_free(struct sandbox *sb)
{
    for (size_t i = 0; i < sb->sender_count; i++) {
        struct sender *s = sb->senders[i];
        free(s->name);
        free(s->sms_url);
        free(s->sms_fallback_url);
        free(s->status_callback);
        free(s->voice_url);
        free(s);
    }
    free(sb->senders);
}

static void chores_free(struct sandbox *sb)
{
    struct heap_node *top;
    while ((top = heap_top(&sb->chores)) != NULL) {
        heap_remove(&sb->chores, top);
        free(HEAP_OWNER(top, struct chore, due));
    }
    heap_free(&sb->chores);
}

void sandbox_free(struct sandbox *sb)
{
    if (sb == NULL) return;
    heap_free(&sb->events);
    heap_free(&sb->webhooks_due);
    accounts_free(sb);
    services_free(sb);
    senders_free(sb);
    chores_free(sb);
    sb_webhooks_free(sb);
    sb_messages_free(sb);
    sb_handsets_free(sb);
    sb_alerts_free(sb);
    sb_ledger_free(sb);
    sb_registry_free(sb->registry);
    sb_verify_free(sb);
    free(sb->brands);
    free(sb->held);
    map_free(&sb->by_sid);
    map_free(&sb->by_address);
    map_free(&sb->by_to);
    free(sb->config_text);
    free(sb);
}

/* Keys are milliseconds with a counter below them, so that what is due together leaves in the order it came.
 */
enum { ORDER_BITS = 20 };

void world_wait(struct sandbox *sb, struct heap *h, struct heap_node *node, int64_t at_ms)
{
    const int64_t last_ms = INT64_MAX >> ORDER_BITS;
    uint64_t order = sb->waits++ & ((UINT64_C(1) << ORDER_BITS) - 1);
    if (at_ms >= last_ms) at_ms = last_ms - 1;
    world_must(heap_put(h, node, (int64_t)((uint64_t)at_ms << ORDER_BITS | order)));
}

int64_t world_due(const struct heap *h)
{
    struct heap_node *top = heap_top(h);
    return top == NULL ? SANDBOX_NEVER : top->key >> ORDER_BITS;
}

static void chore_run(struct sandbox *sb)
{
    struct chore *chore = HEAP_OWNER(heap_top(&sb->chores), struct chore, due);
    heap_remove(&sb->chores, &chore->due);
    if (chore->kind == CHORE_INBOUND)
        sb_handset_chore(sb, chore);
    else
        sb_create_late(sb, chore);
    free(chore);
}

static void event_run(struct sandbox *sb)
{
    struct message *m = HEAP_OWNER(heap_top(&sb->events), struct message, event);
    sb_queue_event(sb, m);
}

/* Each event happens at its own time, so that a long step is the same as many short ones. */
void world_enter(struct sandbox *sb, int64_t now_ms)
{
    if (sb->now_ms == INT64_MIN) {
        sb->now_ms = now_ms;
        sb->began_ms = world_date(sb);
    }
    for (;;) {
        int64_t event = world_due(&sb->events), chore = world_due(&sb->chores), review = sb_registry_due(sb);
        int64_t next = event < chore ? event : chore;
        if (review < next) next = review;
        if (next > now_ms || next == SANDBOX_NEVER) break;
        if (next > sb->now_ms) sb->now_ms = next;
        if (review == next)
            sb_registry_step(sb);
        else if (event <= chore)
            event_run(sb);
        else
            chore_run(sb);
    }
    if (now_ms > sb->now_ms) sb->now_ms = now_ms;
}

int64_t sandbox_next_event_ms(const struct sandbox *sb)
{
    int64_t next = world_due(&sb->events), chore = world_due(&sb->chores),
            webhook = world_due(&sb->webhooks_due), review = sb_registry_due(sb);
    if (chore < next) next = chore;
    if (review < next) next = review;
    return webhook < next ? webhook : next;
}

void sandbox_stats_get(const struct sandbox *sb, struct sandbox_stats *out)
{
    *out = sb->stats;
    out->waiting = sb->events.count;
    out->messages_kept = sb->last_number - sb->first_chunk * MESSAGES_PER_CHUNK;
    out->webhooks_waiting = sb->webhooks_due.count;
    out->webhooks_out = sb->webhooks_live - sb->webhooks_due.count;
    out->alerts = sb->alert_last;
}

static void check_chunk(const struct sandbox *sb, uint64_t chunk)
{
    const struct message_chunk *c = sb->chunks[chunk - sb->first_chunk];
    uint32_t busy = 0;
    for (uint64_t i = 0; i < MESSAGES_PER_CHUNK; i++) {
        const struct message *m = &c->at[i];
        if (m->number == 0) continue;
        BUG_IF(m->number != chunk * MESSAGES_PER_CHUNK + i + 1);
        BUG_IF((m->step != STEP_NONE) != heap_holds(&m->event));
        BUG_IF(sb_message_is_final(m) && m->step != STEP_NONE);
        BUG_IF(m->older_to >= m->number || m->older_account >= m->number);
        busy += (m->step != STEP_NONE) + (uint32_t)m->webhooks;
    }
    BUG_IF(busy != c->busy);
}

void sandbox_check(const struct sandbox *sb)
{
    uint64_t total = 0;
    heap_check(&sb->events);
    heap_check(&sb->chores);
    heap_check(&sb->webhooks_due);
    sb_registry_check(sb);
    for (size_t i = 0; i < sb->chunk_count; i++) check_chunk(sb, sb->first_chunk + i);
    for (int i = 0; i < SANDBOX_STATUS_COUNT; i++) total += sb->stats.by_status[i];
    BUG_IF(total != sb->last_number);
    BUG_IF(sb->webhooks_live > sb->config.webhooks_max);
}

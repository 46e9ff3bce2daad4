/*
 * hooks: what the provider tells us — status callbacks and inbound texts — as the use cases take it: the
 * change is committed, the pump is told, and only then the webhook is answered.
 */
#include "world.h"

#include "app/listing.h"

#include "rules/playbook.h"

#include <stdio.h>
#include <string.h>

enum { HOOKS_AT_ONCE = 16 };

static void answer(struct world *w, uint64_t hook, int http_status)
{
    struct sandbox_webhook_answer a = {.failure = SANDBOX_WEBHOOK_ANSWERED, .http_status = http_status,
                                       .content_type = STR("text/xml"), .body = STR("<Response/>")};

    if (hook != 0) sandbox_webhook_answered(w->sandbox, w->now_ms, hook, &a);
}

static void nobody_there(struct world *w, uint64_t hook)
{
    struct sandbox_webhook_answer a = {.failure = SANDBOX_WEBHOOK_CONNECT_FAILED};

    sandbox_webhook_answered(w->sandbox, w->now_ms, hook, &a);
}

static void hook_lost(struct world *w, struct work *k)
{
    if (k->hook != 0) nobody_there(w, k->hook);
}

static size_t org_of_hook(const struct world *w, struct str path)
{
    for (size_t at = 0; at < w->config.orgs; at++)
        if (str_equal(str_from(w->orgs[at].hook), path)) return at;
    return w->config.orgs;
}

/* ---- status callbacks ---- */

static enum message_state state_of(enum sandbox_status s)
{
    return listing_state(status_parse(str_from(sandbox_status_name(s))));
}

static void status_done(struct world *w, struct work *k)
{
    const struct change_status *c = &k->c.status;
    struct note n = {.kind = NOTE_STATUS, .org = c->org, .message = c->message, .attempt = c->attempt,
                     .campaign = c->after.campaign, .state = (uint8_t)c->to};

    answer(w, k->hook, 204);
    if (c->head.result != ERR_OK) {
        world_wrong(w, "status refused: %s", c->head.fault.what);
        return;
    }
    if (c->verdict == STATUS_FOREIGN || c->verdict == STATUS_UNKNOWN_MESSAGE)
        world_wrong(w, "a true callback was taken for foreign: %s", c->sid);
    if (c->verdict != STATUS_APPLIED || w->pump == NULL) return;
    pump_tell(w->pump, &n);
    if (c->after.due_at_ms == 0) return;
    n = (struct note){.kind = NOTE_ADMITTED, .org = c->org, .message = c->message, .at_ms = c->after.due_at_ms};
    n.lane = (struct lane_key){.org = c->org, .program = c->after.program, .campaign = c->after.campaign,
                               .kind = (uint8_t)c->after.kind, .carrier = c->after.carrier};
    pump_tell(w->pump, &n);
}

/* "/twilio/HOOK/status/MESSAGE/ATTEMPT" */
static bool parse_target(const struct world *w, struct str url, struct work *k)
{
    struct str path = str_slice(url, str_find(url, STR("/twilio/")) + 8, url.len), part;
    uint64_t attempt;

    path = str_cut(path, '/', &part);
    k->org = org_of_hook(w, part);
    path = str_cut(path, '/', &part);
    if (k->org == w->config.orgs || !str_equal(part, STR("status"))) return false;
    path = str_cut(path, '/', &part);
    if (public_id_parse(&w->ids, PUBLIC_MESSAGE, part, &k->c.status.message) != ERR_OK) return false;
    if (str_to_u64(path, &attempt) != ERR_OK || attempt > 255) return false;
    k->c.status.attempt = (uint8_t)attempt;
    return true;
}

static void status_came(struct world *w, const struct sandbox_webhook *h)
{
    struct work *k = work_new(w, CHANGE_STATUS, status_done);
    struct change_status *c = &k->c.status;
    const struct playbook_entry *entry = playbook_get(h->error_code);
    enum playbook_action action = playbook_after_accept(entry, status_parse(str_from(sandbox_status_name(h->status))));

    k->lost = hook_lost;
    k->hook = h->id;
    if (!parse_target(w, str_slice(h->url, 0, h->url_bytes), k)) {
        world_wrong(w, "a callback to an address of nobody: " STR_FMT, STR_ARG(h->url));
        work_free(k);
        return;
    }
    c->org = w->orgs[k->org].id;
    sandbox_message_sid(w->sandbox, h->message, c->sid);
    c->to = state_of(h->status);
    c->error_code = h->error_code;
    c->may_retry = h->error_code != 0 && (action == PLAYBOOK_RETRY || action == PLAYBOOK_THROTTLE);
    c->suppress = action == PLAYBOOK_SUPPRESS;
    c->attempts_max = (uint8_t)w->settings.send_attempts_max;
    c->now_ms = world_wall_ms(w);
    c->retry_at_ms = c->now_ms + w->settings.send_retry_first_ms;
    work_submit(w, k);
}

/* ---- inbound texts ---- */

static void stop_settled(void *owner)
{
    struct work *k = owner;
    struct work **at = &k->w->stopping;

    while (*at != k) at = &(*at)->next;
    *at = k->next;
    answer(k->w, k->hook, 200);
    work_free(k);
}

static void inbound_done(struct world *w, struct work *k)
{
    const struct change_inbound *c = &k->c.inbound;
    struct note n = {.kind = NOTE_STOPPED, .org = c->inbound.org, .number = c->inbound.from};

    if (c->head.result != ERR_OK) world_wrong(w, "inbound refused: %s", c->head.fault.what);
    if (k->hook == 0) w->readbacks--;
    if (c->consent != CONSENT_OPT_OUT || w->pump == NULL) {
        answer(w, k->hook, 200);
    } else {
        struct work *later = work_new(w, CHANGE_INBOUND, NULL);
        w->stops++;
        later->hook = k->hook;
        later->next = w->stopping;
        w->stopping = later;
        n.done = stop_settled;
        n.owner = later;
        pump_tell(w->pump, &n);
    }
    if (w->readbacks == 0) hooks_open_gates(w);
}

static void inbound_lost(struct world *w, struct work *k)
{
    if (k->hook != 0) nobody_there(w, k->hook);
}

static size_t org_of_sender(const struct world *w, uint32_t sandbox_sender, uint32_t *sender)
{
    for (size_t at = 0; at < w->config.orgs; at++)
        for (size_t n = 0; n < w->orgs[at].senders_count; n++) {
            if (w->orgs[at].sandbox_senders[n] != sandbox_sender) continue;
            *sender = w->orgs[at].senders[n];
            return at;
        }
    return w->config.orgs;
}

static void take_inbound(struct world *w, uint64_t message, uint64_t hook)
{
    struct work *k = work_new(w, CHANGE_INBOUND, inbound_done);
    struct change_inbound *c = &k->c.inbound;
    struct sandbox_message m;
    struct str body;

    BUG_IF(sandbox_message_get(w->sandbox, message, &m) != ERR_OK);
    k->org = org_of_sender(w, m.sender, &c->sender);
    BUG_IF(k->org == w->config.orgs);
    k->lost = inbound_lost;
    k->hook = hook;
    (void)str_copy(m.body, k->text, sizeof k->text);
    body = str_from(k->text);
    c->inbound = (struct inbound){.org = w->orgs[k->org].id, .from = m.from, .body = body, .at_ms = m.created_ms,
                                  .received_ms = world_wall_ms(w)};
    (void)snprintf(c->inbound.to, sizeof c->inbound.to, "%s", sandbox_sender_address(w->sandbox, m.sender));
    sandbox_message_sid(w->sandbox, message, c->inbound.sid);
    if (str_equal_nocase(body, STR("STOP"))) {
        c->inbound.keyword = INBOUND_STOP;
        c->consent = CONSENT_OPT_OUT;
    } else if (str_equal_nocase(body, STR("START"))) {
        c->inbound.keyword = INBOUND_START;
        c->consent = CONSENT_OPT_IN;
    }
    k->c.head.urgent = true;
    if (hook == 0) w->readbacks++;
    work_submit(w, k);
}

/* ---- running ---- */

static void came(struct world *w, const struct sandbox_webhook *h)
{
    w->hooks++;
    if (w->pump == NULL) nobody_there(w, h->id);
    else if (h->forged) answer(w, h->id, 401);
    else if (h->kind == SANDBOX_WEBHOOK_STATUS) status_came(w, h);
    else take_inbound(w, h->message, h->id);
}

void hooks_run(struct world *w)
{
    struct sandbox_webhook due[HOOKS_AT_ONCE];
    size_t count;

    do {
        count = sandbox_step(w->sandbox, w->now_ms, due, HOOKS_AT_ONCE);
        for (size_t n = 0; n < count; n++) came(w, &due[n]);
    } while (count == HOOKS_AT_ONCE);
}

void hooks_open_gates(struct world *w)
{
    for (size_t at = 0; w->pump != NULL && at < w->config.orgs; at++)
        pump_tell(w->pump, &(struct note){.kind = NOTE_GATE, .org = w->orgs[at].id, .gate = GATE_OPEN});
}

void hooks_read_back(struct world *w)
{
    struct sandbox_message m;

    w->readbacks = 0;
    for (uint64_t number = 1; sandbox_message_get(w->sandbox, number, &m) == ERR_OK; number++)
        if (m.direction == SANDBOX_INBOUND) take_inbound(w, number, 0);
    if (w->readbacks == 0) hooks_open_gates(w);
}

/* The process died while STOPs waited for their attempts: their webhooks are never answered. */
void hooks_crash(struct world *w)
{
    for (struct work *k = w->stopping, *next; k != NULL; k = next) {
        next = k->next;
        hook_lost(w, k);
        work_free(k);
    }
    w->stopping = NULL;
}

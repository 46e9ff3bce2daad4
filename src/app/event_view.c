/* event_view: events as JSON. Contract in event_view.h. */
#include "app/event_view.h"

#include "app/account_progress.h"
#include "app/onboarding_progress.h"
#include "app/owned_view.h"
#include "app/registrations.h"
#include "app/senders.h"
#include "app/view.h"
#include "base/json_out.h"
#include "rules/playbook.h"

#include <stdio.h>
#include <string.h>

static const char *const CAMPAIGN_NAMES[] = {"unknown", "draft",     "scheduled", "running",
                                             "paused",  "completed", "canceled"};
static const char *const IMPORT_NAMES[] = {"unknown", "running", "done", "failed"};


static const char *name_of(const char *const *names, size_t count, size_t at)
{
    return names[at < count ? at : 0];
}
#define NAME_OF(names, at) name_of(names, sizeof(names) / sizeof(names)[0], at)

void event_type_format(const struct event *e, char out[EVENT_TYPE_BYTES])
{
    switch (e->type) {
    case EVENT_MESSAGE:
        (void)snprintf(out, EVENT_TYPE_BYTES, "message.%s", message_state_name((enum message_state)e->state));
        return;
    case EVENT_CAMPAIGN:
        (void)snprintf(out, EVENT_TYPE_BYTES, "campaign.%s", NAME_OF(CAMPAIGN_NAMES, e->state));
        return;
    case EVENT_INBOUND:
        (void)snprintf(out, EVENT_TYPE_BYTES, "inbound.received");
        return;
    case EVENT_CONSENT:
        (void)snprintf(out, EVENT_TYPE_BYTES, "consent.%s",
                       consent_kind_name((enum consent_kind)e->state));
        return;
    case EVENT_IMPORT:
        (void)snprintf(out, EVENT_TYPE_BYTES, "import.%s", NAME_OF(IMPORT_NAMES, e->state));
        return;
    case EVENT_REGISTRATION:
        (void)snprintf(out, EVENT_TYPE_BYTES, "registration.%s",
                       onboarding_state_name((enum onboarding_state)e->state));
        return;
    case EVENT_VERIFICATION:
        (void)snprintf(out, EVENT_TYPE_BYTES, "verification.%s",
                       verification_state_name((enum verification_state)e->state));
        return;
    case EVENT_SENDER:
        (void)snprintf(out, EVENT_TYPE_BYTES, "sender.%s", e->state == SENDER_PAUSED ? "paused" : "released");
        return;
    case EVENT_NUMBER:
        (void)snprintf(out, EVENT_TYPE_BYTES, "number.%s", owned_state_name((enum owned_state)e->state));
        return;
    case EVENT_DRIFT:
        (void)snprintf(out, EVENT_TYPE_BYTES, "drift.%s", e->ref == 0 ? "none" : "found");
        return;
    case EVENT_ACCOUNT:
        (void)snprintf(out, EVENT_TYPE_BYTES, "account.%s", view_org_state((enum org_state)e->state));
        return;
    }
    BUG_IF(true);
}

static void put_id(const struct public_ids *ids, struct buf *out, const char *name, enum public_kind kind,
                   uint64_t id)
{
    char text[PUBLIC_ID_BYTES];
    if (id == 0) {
        json_put_null(out, name);
        return;
    }
    public_id_format(ids, kind, id, text);
    json_put_text(out, name, text);
}

static void render_message(const struct public_ids *ids, struct store_reader *r, struct arena *a,
                           const struct event *e, struct buf *out)
{
    struct message m;
    put_id(ids, out, "message", PUBLIC_MESSAGE, e->ref);
    put_id(ids, out, "campaign", PUBLIC_CAMPAIGN, e->campaign);
    json_put_text(out, "state", message_state_name((enum message_state)e->state));
    if (e->code != 0)
        json_put_int(out, "error_code", e->code);
    else
        json_put_null(out, "error_code");
    if (r->store->ops->message_get(r, a, e->org, e->ref, &m) != ERR_OK) return;
    json_put_number(out, "to", m.number);
    json_put_text(out, "sid", m.sid[0] == '\0' ? NULL : m.sid);
    json_put_int(out, "segments", m.segments);
}

static void render_campaign(const struct public_ids *ids, struct store_reader *r, struct arena *a,
                            const struct event *e, struct buf *out)
{
    struct campaign c;
    put_id(ids, out, "campaign", PUBLIC_CAMPAIGN, e->ref);
    json_put_text(out, "state", NAME_OF(CAMPAIGN_NAMES, e->state));
    if (r->store->ops->campaign_get(r, a, e->org, e->ref, &c) != ERR_OK) return;
    json_put_str(out, "name", c.name);
    json_put_str_or_null(out, "why", c.why);
    json_put_int(out, "audience", c.audience);
    json_key(out, "counts");
    json_open(out, '{');
    for (int s = 1; s < MESSAGE_STATES; s++)
        if (s != MESSAGE_ARMED) json_put_int(out, message_state_name((enum message_state)s), c.counts[s]);
    json_close(out, '}');
}

static void render_inbound(const struct public_ids *ids, struct store_reader *r, struct arena *a,
                           const struct event *e, struct buf *out)
{
    struct inbound one;
    size_t count = 1;
    put_id(ids, out, "inbound", PUBLIC_INBOUND, e->ref);
    json_put_text(out, "keyword", view_keyword_name(e->state));
    /* Newest first below ref + 1: the first row is the one meant, if it is still there. */
    if (r->store->ops->inbounds(r, a, e->org, e->ref + 1, &one, &count) != ERR_OK || count == 0 ||
        one.id != e->ref)
        return;
    json_put_number(out, "from", one.from);
    json_put_text(out, "to", one.to);
    json_put_str(out, "body", one.body);
    json_put_text(out, "sid", one.sid);
}

static void render_import(const struct public_ids *ids, struct store_reader *r, struct arena *a,
                          const struct event *e, struct buf *out)
{
    struct import_job job;
    put_id(ids, out, "import", PUBLIC_IMPORT, e->ref);
    json_put_text(out, "state", NAME_OF(IMPORT_NAMES, e->state));
    if (r->store->ops->import_get(r, a, e->org, e->ref, &job) != ERR_OK) return;
    json_put_int(out, "rows", job.rows);
    json_put_int(out, "added", job.added);
    json_put_int(out, "updated", job.updated);
    json_put_int(out, "duplicates", job.duplicates);
    json_put_int(out, "rejected", job.rejected);
    json_put_str_or_null(out, "why", job.why);
}

/* The step that was done last: a registration as it moves. */
static void put_step(const struct registration *g, struct buf *out)
{
    struct onboarding_progress p;
    enum onboarding_step last = ONBOARDING_STEPS;
    size_t done = 0;

    if (onboarding_progress_read(g->progress, &p) != ERR_OK) return;
    for (enum onboarding_step i = 0; i < ONBOARDING_STEPS; i++) {
        if (p.made[i].mark != MARK_DONE) continue;
        done++;
        if (last == ONBOARDING_STEPS || p.made[i].at_ms >= p.made[last].at_ms) last = i;
    }
    json_put_text(out, "step", last == ONBOARDING_STEPS ? NULL : onboarding_step_name(last));
    json_put_int(out, "steps_done", (int64_t)done);
}

static void render_registration(const struct public_ids *ids, struct store_reader *r, struct arena *a,
                                const struct event *e, struct buf *out)
{
    struct registration g;
    put_id(ids, out, "registration", PUBLIC_REGISTRATION, e->ref);
    json_put_text(out, "state", onboarding_state_name((enum onboarding_state)e->state));
    json_put_int(out, "code", e->code);
    if (r->store->ops->registration_get(r, a, e->org, e->ref, &g) != ERR_OK) return;
    put_id(ids, out, "program", PUBLIC_PROGRAM, g.program);
    json_put_str_or_null(out, "why", g.why);
    put_step(&g, out);
}

static void render_verification(const struct public_ids *ids, struct store_reader *r, const struct event *e,
                                struct buf *out)
{
    struct verification_record v;
    put_id(ids, out, "verification", PUBLIC_VERIFICATION, e->ref);
    json_put_text(out, "state", verification_state_name((enum verification_state)e->state));
    if (e->code != 0) json_put_int(out, "error_code", e->code);
    else json_put_null(out, "error_code");
    if (r->store->ops->verification_get(r, e->org, e->ref, &v) != ERR_OK) return;
    json_put_number(out, "to", v.number);
    json_put_text(out, "channel", verification_channel_name(v.channel));
}

static void render_sender(const struct public_ids *ids, struct store_reader *r, const struct event *e, struct buf *out)
{
    const struct playbook_entry *why = playbook_get(e->code);
    struct sender s;

    put_id(ids, out, "sender", PUBLIC_SENDER, e->ref);
    if (senders_get(r, e->org, (uint32_t)e->ref, &s) == ERR_OK) json_put_text(out, "address", s.address);
    json_put_int(out, "code", e->code);
    json_put_text(out, "title", why->title);
    json_put_text(out, "remedy", why->remedy);
}

static void render_number(const struct public_ids *ids, struct store_reader *r, struct arena *a, const struct event *e,
                          struct buf *out)
{
    struct owned_number n;
    put_id(ids, out, "number_id", PUBLIC_NUMBER, e->ref);
    json_put_text(out, "state", owned_state_name((enum owned_state)e->state));
    json_put_int(out, "code", e->code);
    if (r->store->ops->owned_get(r, a, e->org, e->ref, &n) != ERR_OK) return;
    json_put_str_or_null(out, "number", str_from(n.number));
    put_id(ids, out, "program", PUBLIC_PROGRAM, n.program);
    json_put_str_or_null(out, "why", n.why);
}

/* As it is by now. The words and steps are the operator's: they may name keys, and what Twilio said of them. */
static void render_account(struct store_reader *r, struct arena *a, const struct event *e, struct buf *out)
{
    static const char *const standings[] = {"unknown", "active", "suspended", "closed"};
    struct account_progress p = {.wish = WISH_NONE};
    struct account_work w;

    json_put_text(out, "state", view_org_state((enum org_state)e->state));
    json_put_text(out, "at_twilio", NAME_OF(standings, e->ref));
    if (r->store->ops->account_get(r, a, e->org, &w) != ERR_OK || account_progress_read(w.progress, &p) != ERR_OK)
        return;
    json_put_str_or_null(out, "wanted", str_from(account_wish_name(p.wish)));
    json_put_bool(out, "busy", account_progress_is_busy(&p));
    explicit_bzero(&p, sizeof p);
}

void event_render(const struct public_ids *ids, struct store_reader *r, struct arena *scratch,
                  const struct event *e, struct buf *out)
{
    char type[EVENT_TYPE_BYTES];

    event_type_format(e, type);
    json_open(out, '{');
    put_id(ids, out, "id", PUBLIC_EVENT, e->id);
    json_put_text(out, "type", type);
    json_put_time(out, "at", e->at_ms);
    json_key(out, "data");
    json_open(out, '{');
    if (e->type == EVENT_MESSAGE) render_message(ids, r, scratch, e, out);
    if (e->type == EVENT_CAMPAIGN) render_campaign(ids, r, scratch, e, out);
    if (e->type == EVENT_INBOUND) render_inbound(ids, r, scratch, e, out);
    if (e->type == EVENT_IMPORT) render_import(ids, r, scratch, e, out);
    if (e->type == EVENT_REGISTRATION) render_registration(ids, r, scratch, e, out);
    if (e->type == EVENT_VERIFICATION) render_verification(ids, r, e, out);
    if (e->type == EVENT_SENDER) render_sender(ids, r, e, out);
    if (e->type == EVENT_NUMBER) render_number(ids, r, scratch, e, out);
    if (e->type == EVENT_ACCOUNT) render_account(r, scratch, e, out);
    if (e->type == EVENT_DRIFT) {
        json_put_int(out, "found", (int64_t)e->ref);
        json_put_int(out, "repaired", e->code);
    }
    if (e->type == EVENT_CONSENT) {
        json_put_number(out, "number", e->ref);
        json_put_text(out, "state", consent_kind_name((enum consent_kind)e->state));
    }
    json_close(out, '}');
    json_close(out, '}');
}

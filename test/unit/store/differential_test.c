/* Both twins under the same random changes: every result is equal, and after each commit so is every read.
 * STERLING_SEED gives another seed, STERLING_STEPS a longer run (a failure prints both), STERLING_EPISODES more. */
#include "differential.h"
#include "dump.h"
#include "twin.h"

#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>

enum { ORGS = 3, NUMBERS = 12, ROWS = 6, TEXT = 96, DAY = 20254 };
#define FIRST_NUMBER ((uint64_t)14155550100)

/* A change of any kind with what it points to. */
struct any {
    union {
        struct change head;
        struct change_org org;
        struct change_program program;
        struct change_senders senders;
        struct change_key key;
        struct change_list list;
        struct change_contacts contacts;
        struct change_contact_delete contact_delete;
        struct change_consent consent;
        struct change_campaign campaign;
        struct change_campaign_state campaign_state;
        struct change_freeze freeze;
        struct change_admit admit;
        struct change_cancel cancel;
        struct change_arm arm;
        struct change_outcome outcome;
        struct change_status status;
        struct change_inbound inbound;
        struct change_doubt doubt;
        struct change_bind bind;
        struct change_recover recover;
        struct change_import import;
        struct change_endpoint endpoint;
        struct change_hooks hooks;
        struct change_meta meta;
        struct change_learned learned; struct change_sender_event told;
        struct change_registration registration;
        struct change_account account;
        struct change_owned owned;
        struct change_drift drift;
        struct change_lookup lookup;
        struct change_hygiene hygiene;
        struct change_verification verification;
        struct change_verify_service verify_service;
        struct change_numbers numbers;
        struct change_trim trim;
    };
    struct sender sender_rows[2], sender_was;
    struct contact contact_rows[ROWS];
    struct owned_number owned_rows[2];
    struct freeze_row freeze_rows[ROWS];
    struct arm_item items[ROWS];
    struct arm_setback setbacks[ROWS];
    struct arm_cursor cursors[ROWS];
    struct outcome outcomes[ROWS];
    struct hook_retry retries[2];
    struct import_job job;
    struct idempotency idem;
    struct change_arm at_once; /* of an admission */
    struct learned_limit learned_rows[2];
    struct number_line lines[3];
    struct line_record line;
    char text[4][TEXT];
};

/* What the generator knows: asked of the ram twin between commits. */
struct world {
    struct twin ram, sqlite;
    struct rng rng;
    int64_t now_ms;
    uint64_t messages[256];
    org_id message_orgs[256];
    size_t message_count;
};

static uint64_t below(struct world *w, uint64_t bound)
{
    return rng_below(&w->rng, bound);
}

static org_id any_org(struct world *w)
{
    return below(w, 20) == 0 ? ORGS : (org_id)(1 + below(w, ORGS - 1)); /* the last may not exist yet */
}

static uint64_t any_number(struct world *w)
{
    return FIRST_NUMBER + below(w, NUMBERS);
}

static struct str text(struct world *w, struct any *c, int which, const char *prefix)
{
    (void)snprintf(c->text[which], TEXT, "%s%llu", prefix, (unsigned long long)below(w, 4));
    return str_from(c->text[which]);
}

static void any_sid(struct world *w, char out[SID_BYTES])
{
    (void)snprintf(out, SID_BYTES, "%s%032llx", below(w, 4) == 0 ? "MM" : "SM", (unsigned long long)(1 + below(w, 40)));
    if (below(w, 20) == 0) (void)snprintf(out, SID_BYTES, "SMshort%llu", (unsigned long long)below(w, 3));
}

/* A message that exists, mostly with its own org. */
static struct message any_message(struct world *w, org_id *org)
{
    struct message m = {0};
    size_t i;
    *org = any_org(w);
    if (w->message_count == 0) return m;
    i = below(w, 3) == 0 ? below(w, w->message_count) : w->message_count - 1 - below(w, w->message_count < 30
            ? w->message_count : 30);
    if (w->ram.ops->message_get(w->ram.reader, &w->ram.arena, w->message_orgs[i], w->messages[i], &m) != ERR_OK)
        return m;
    if (below(w, 25) != 0) *org = m.org;
    return m;
}

static struct campaign any_campaign(struct world *w, org_id org)
{
    struct campaign all[12];
    size_t count = 12;
    struct campaign none = {.id = 1 + below(w, 9)};
    if (w->ram.ops->campaigns(w->ram.reader, &w->ram.arena, org, 0, all, &count) != ERR_OK || count == 0) return none;
    for (int tries = 0; tries < 3; tries++) { /* live ones rather */
        none = all[below(w, count)];
        if (none.state < CAMPAIGN_COMPLETED && !none.frozen) break;
    }
    return none;
}

static struct run any_run(struct world *w, org_id org, const struct campaign *c)
{
    struct run runs[20];
    size_t count = 20;
    if (w->ram.ops->runs(w->ram.reader, org, c->id, 0, runs, &count) != ERR_OK || count == 0) return (struct run){0};
    return runs[below(w, count)];
}

static uint64_t any_contact(struct world *w, org_id org)
{
    struct contact all[40];
    size_t count = 40;
    if (w->ram.ops->contacts(w->ram.reader, &w->ram.arena, org, 0, 0, all, &count) != ERR_OK || count == 0) return 3;
    return all[below(w, count)].id;
}

static uint32_t any_endpoint(struct world *w, org_id org)
{
    struct endpoint all[8];
    size_t count = 8;
    if (w->ram.ops->endpoints(w->ram.reader, &w->ram.arena, org, 0, all, &count) != ERR_OK || count == 0) return 1;
    return all[below(w, count)].id;
}

/* ---- makers ---- */

#include "differential_owned.h"

static void make_who(struct world *w, struct any *c)
{
    org_id org = any_org(w);
    switch (below(w, 10)) {
    case 0:
        c->head.kind = CHANGE_ORG;
        c->org.org = (struct org){.id = below(w, 3) == 0 ? 0 : org, .name = text(w, c, 0, "name"), .share = 1,
                                  .state = below(w, 6) == 0 ? ORG_SUSPENDED : ORG_ACTIVE, .region = "US",
                                  .help_text = text(w, c, 1, ""),
                                  .opt_out_words = STR("basta, genug"), .created_ms = w->now_ms};
        (void)snprintf(c->org.org.slug, SLUG_BYTES, "org-%llu", (unsigned long long)below(w, 5));
        if (below(w, 2)) memcpy(c->org.org.hook_path, c->org.org.slug, 6);
        if (below(w, 3) == 0) memcpy(c->org.org.account_sid, "AC1", 4);
        return;
    case 1: case 5:
        c->head.kind = CHANGE_PROGRAM;
        c->program.program = (struct program){.id = below(w, 2) ? org : (uint32_t)below(w, 5), .org = org,
                .name = text(w, c, 0, "prog"), .brand_score = (int32_t)below(w, 101) - 1, .created_ms = w->now_ms,
                                              .use_case = text(w, c, 1, "CASE"), .service_sid = "MG1",
                                              .traits = (uint32_t)below(w, 4)};
        if (below(w, 2)) c->program.program.brand_name = STR("Brand");
        if (below(w, 2)) c->program.program.help_text = STR("Help yourself.");
        return;
    case 2: case 3:
        make_senders(w, c, org);
        return;
    case 4:
        c->head.kind = CHANGE_KEY;
        c->key.key = (struct api_key){.id = (uint32_t)(below(w, 2) * below(w, 5)), .org = below(w, 4) == 0 ? 0 : org,
                                      .hash = {(unsigned char)below(w, 40)}, .hint = "hint",
                                              .scopes = (uint32_t)below(w, 16),
                                      .name = text(w, c, 0, "key"), .created_ms = w->now_ms,
                                      .revoked_ms = (int64_t)below(w, 2)};
        return;
    case 6:
        c->head.kind = CHANGE_LEARNED;
        c->learned.rows = c->learned_rows;
        c->learned.count = 1 + below(w, 2);
        for (size_t i = 0; i < c->learned.count; i++)
            c->learned_rows[i] = (struct learned_limit){.org = any_org(w), .scope = (uint8_t)(4 + below(w, 2)),
                                                        .program = (uint32_t)below(w, 2), .slot = (uint8_t)below(w, 2),
                                                        .units = (int64_t)below(w, 3), .at_ms = w->now_ms};
        return;
    case 7:
        c->head.kind = CHANGE_NUMBERS;
        c->numbers = (struct change_numbers){.head = c->head, .org = org, .rows = c->lines, .count = 1 + below(w, 3),
                                             .at_ms = w->now_ms};
        for (size_t i = 0; i < c->numbers.count; i++)
            c->lines[i] = (struct number_line){any_number(w), (enum line_type)below(w, LINE_TYPES)};
        return;
    case 8:
        c->head.kind = CHANGE_SENDER_EVENT;
        c->told = (struct change_sender_event){c->head, org, (uint32_t)below(w, 3), SENDER_PAUSED, 21659, w->now_ms};
        return;
    default:
        c->head.kind = CHANGE_META;
        c->meta.name = text(w, c, 0, "meta");
        c->meta.value = below(w, 3) == 0 ? STR("") : text(w, c, 1, "value");
    }
}

static void make_contacts(struct world *w, struct any *c)
{
    org_id org = any_org(w);
    static const char *const fields[] = {"", "{}", "{\"a\":\"1\"}", "{\"a\":\"2\",\"b\":\"3\"}", "[]"};
    c->head.kind = CHANGE_CONTACTS;
    c->contacts = (struct change_contacts){.head = c->head, .org = org, .list = (uint32_t)(below(w, 2) * below(w, 4)),
                                           .rows = c->contact_rows, .count = 1 + below(w, ROWS),
                                           .now_ms = w->now_ms, .merge_fields = below(w, 2) == 0};
    for (size_t i = 0; i < c->contacts.count; i++)
        c->contact_rows[i] = (struct contact){.number = any_number(w), .zones = below(w, 3),
                .place_unsaid = below(w, 2) == 0, .carrier = (uint8_t)below(w, 3), .sender = (uint32_t)below(w, 3),
                                              .fields = str_from(fields[below(w, c->contacts.merge_fields ? 5 : 4)])};
    if (below(w, 4) != 0) return;
    c->contacts.import = &c->job;
    c->job = (struct import_job){.id = below(w, 4), .org = org, .state = IMPORT_RUNNING, .file = text(w, c, 0, "file"),
                                 .created_ms = w->now_ms, .resume_row = (int64_t)below(w, 9)};
}

/* Mostly the organization's own; sometimes of a program or sender (some of which are not there) or of all. */
static void scope_consent(struct world *w, struct consent *e)
{
    uint64_t pick = below(w, 8);
    if (pick == 0) e->scope = CONSENT_OF_PROGRAM;
    if (pick == 1) e->scope = CONSENT_OF_SENDER;
    if (pick <= 1) e->scope_id = 1 + (uint32_t)below(w, 4);
    if (pick != 2) return;
    e->scope = CONSENT_OF_ALL;
    if (below(w, 4) > 0) e->org = 0;
}

static void make_people(struct world *w, struct any *c)
{
    org_id org = any_org(w);
    switch (below(w, 6)) {
    case 0:
        c->head.kind = CHANGE_LIST;
        c->list.list = (struct contact_list){.org = org, .name = text(w, c, 0, "list"), .created_ms = w->now_ms};
        return;
    case 1:
        c->head.kind = CHANGE_CONTACT_DELETE;
        c->contact_delete.org = org;
        c->contact_delete.contact = any_contact(w, org) + (below(w, 5) == 0);
        c->contact_delete.now_ms = w->now_ms;
        return;
    case 2:
        c->head.kind = CHANGE_CONSENT;
        c->consent.event = (struct consent){.org = org, .number = any_number(w), .kind = (enum consent_kind)below(w, 8),
                                            .at_ms = w->now_ms - (int64_t)below(w, 3), .source = STR("operator"),
                                            .evidence = text(w, c, 0, "note")};
        if (c->consent.event.kind > CONSENT_ASKED) c->consent.event.kind = CONSENT_OPT_IN;
        c->consent.event.source = str_from(consent_means_name((enum consent_means)below(w, CONSENT_MEANS)));
        c->consent.event.basis = (enum consent_basis)below(w, CONSENT_BASES);
        c->consent.event.recorded_ms = w->now_ms;
        if (below(w, 4) == 0) c->consent.event.proof = STR("{\"url\":\"https://example.com/join\"}");
        scope_consent(w, &c->consent.event);
        c->consent.entered = below(w, 4) == 0;
        if (below(w, 2)) any_sid(w, c->consent.event.sid);
        return;
    case 3:
        c->head.kind = CHANGE_INBOUND;
        c->inbound.consent = (enum consent_kind)below(w, 3);
        c->inbound.sender = (uint32_t)below(w, 4);
        c->inbound.inbound = (struct inbound){.org = org, .from = any_number(w), .to = "+1415", .keyword = 1,
                                              .body = text(w, c, 0, "text"), .at_ms = w->now_ms - (int64_t)below(w, 3),
                                              .received_ms = w->now_ms};
        any_sid(w, c->inbound.inbound.sid);
        return;
    default: make_contacts(w, c);
    }
}

static void make_campaign_change(struct world *w, struct any *c)
{
    org_id org = any_org(w);
    struct campaign known = any_campaign(w, org);
    if (below(w, 3) == 0) {
        c->head.kind = CHANGE_CAMPAIGN;
        c->campaign.campaign = (struct campaign){
            .id = below(w, 3) == 0 ? known.id : 0, .rev = below(w, 2) ? known.rev - (below(w, 4) == 0) : 0,
            .org = org, .program = below(w, 8) ? org : 4,
            .list = below(w, 4) == 0 ? 1 : 0, .name = text(w, c, 0, "camp"), .kind = KIND_MARKETING,
            .template_text = text(w, c, 1, "Hi"), .state = (enum campaign_state)(1 + below(w, 2)),
            .validity_s = (int32_t)below(w, 2) * 60, .retry_undelivered = below(w, 2) == 0, .created_ms = w->now_ms};
        return;
    }
    c->head.kind = CHANGE_CAMPAIGN_STATE;
    c->campaign_state.org = org;
    c->campaign_state.campaign = known.id;
    if (below(w, 4) == 0) c->campaign_state.rev = known.rev - (below(w, 4) == 0);
    c->campaign_state.to = below(w, 6) == 0 ? (enum campaign_state)(1 + below(w, 6)) : CAMPAIGN_RUNNING;
    if (known.state == CAMPAIGN_RUNNING && below(w, 2)) c->campaign_state.to = CAMPAIGN_PAUSED;
    if (known.audience > 8 && below(w, 3) == 0) c->campaign_state.to = CAMPAIGN_CANCELED;
    c->campaign_state.why = text(w, c, 0, "why");
    if (below(w, 4) == 0)
        c->campaign_state.acknowledged = (struct acknowledgement){
            .at_ms = w->now_ms, .by = STR("key_1"), .rule_set = (uint32_t)below(w, 9), .findings = STR("[1]")};
    c->campaign_state.now_ms = w->now_ms;
}

static void make_freeze(struct world *w, struct any *c)
{
    org_id org = any_org(w);
    struct campaign known = any_campaign(w, org);
    c->head.kind = CHANGE_FREEZE;
    c->freeze.org = org;
    c->freeze.campaign = known.id;
    c->freeze.after = below(w, 15) == 0 ? 3 : known.freeze_after;
    c->freeze.upto = c->freeze.after + ROWS;
    c->freeze.last = below(w, 12) == 0;
    c->freeze.rows = c->freeze_rows;
    c->freeze.count = below(w, ROWS + 1);
    c->freeze.now_ms = w->now_ms;
    for (size_t i = 0; i < c->freeze.count; i++)
        c->freeze_rows[i] = (struct freeze_row){c->freeze.after + i + (below(w, 60) != 0), any_number(w), below(w, 2),
                                                (uint8_t)below(w, 2)};
}

static void arm_at_once(struct world *w, struct any *c)
{
    const struct message *m = &c->admit.message;
    struct org o = {.rev = 1};
    (void)w->ram.ops->org_get(w->ram.reader, &w->ram.arena, m->org, &o);
    c->items[0] = (struct arm_item){
        .armed = {.org = m->org, .program = m->program, .sender = 2, .segments = (uint16_t)(1 + below(w, 2)),
                  .attempt = 1, .carrier = m->carrier, .cost_micros = 7900},
        .lane = {.org = m->org, .program = m->program, .kind = (uint8_t)m->kind, .carrier = m->carrier},
        .org_rev = o.rev - (below(w, 5) == 0)};
    c->at_once = (struct change_arm){.head.kind = CHANGE_ARM, .now_ms = w->now_ms, .day = DAY, .items = c->items,
                                     .items_count = 1};
    c->admit.arm = &c->at_once;
}

static void make_admit(struct world *w, struct any *c)
{
    org_id org = any_org(w);
    bool held = below(w, 3) == 0;
    c->head.kind = CHANGE_ADMIT;
    c->admit.message = (struct message){.org = org, .program = org, .number = any_number(w), .kind = KIND_TRANSACTIONAL,
                                        .contact = below(w, 20), .state = held ? MESSAGE_HELD : MESSAGE_QUEUED,
                                        .reason = held ? REASON_SCHEDULED : REASON_NONE,
                                                .carrier = (uint8_t)below(w, 3),
                                        .urgent = below(w, 2) == 0, .retry_undelivered = below(w, 2) == 0,
                                        .created_ms = w->now_ms, .send_at_ms = held
                                                ? w->now_ms + (int64_t)below(w, 90) : 0,
                                        .expires_ms = below(w, 2) ? w->now_ms + 500 : 0, .body = text(w, c, 0, "body")};
    if (below(w, 3) == 0) arm_at_once(w, c);
    if (below(w, 4) != 0) return;
    c->head.idem = &c->idem;
    c->idem = (struct idempotency){.org = org, .key = text(w, c, 1, "idem"),
            .request_hash = {(unsigned char)below(w, 2)}, .now_ms = w->now_ms};
}

static struct arm_item draw_item(struct world *w)
{
    org_id org;
    struct message m = any_message(w, &org);
    struct campaign c = {0};
    struct org o = {.rev = 1};
    struct arm_item item = {.lane = {.org = m.org, .program = m.program, .campaign = m.campaign,
            .kind = (uint8_t)m.kind, .carrier = below(w, 8) == 0 ? 3 : m.carrier}};
    struct run runs[20];
    size_t count = 20;
    (void)w->ram.ops->org_get(w->ram.reader, &w->ram.arena, m.org, &o);
    (void)w->ram.ops->campaign_get(w->ram.reader, &w->ram.arena, m.org, m.campaign, &c);
    item.armed = (struct armed){.message = m.id, .org = org, .program = m.program, .sender = (uint32_t)below(w, 5),
                                .segments = (uint16_t)(1 + below(w, 2)), .carrier = m.carrier, .cost_micros = 7900,
                                .attempt = (uint8_t)(m.attempt + (below(w, 15) != 0))};
    item.org_rev = o.rev - (below(w, 15) == 0);
    item.needs_written = below(w, 6) == 0;
    item.campaign_rev = c.rev - (below(w, 15) == 0);
    if (m.campaign == 0 || m.due_at_ms != 0) return item;
    if (w->ram.ops->runs(w->ram.reader, m.org, m.campaign, 0, runs, &count) != ERR_OK) return item;
    for (size_t i = 0; i < count; i++)
        if (m.id >= runs[i].lo && m.id < runs[i].hi) item.run = runs[i].id;
    return item;
}

static struct arm_setback draw_setback(struct world *w)
{
    static const enum message_state ends[] = {MESSAGE_BLOCKED, MESSAGE_EXPIRED, MESSAGE_CANCELED, MESSAGE_HELD,
                                              MESSAGE_QUEUED};
    struct arm_item item = draw_item(w);
    return (struct arm_setback){.message = item.armed.message, .org = item.armed.org, .lane = item.lane,
            .run = item.run, .to = ends[below(w, 5)], .reason = (enum message_reason)(1 + below(w, 10)),
                                .next_ms = w->now_ms + (int64_t)below(w, 60)};
}

static void make_arm(struct world *w, struct any *c)
{
    org_id org = any_org(w);
    struct campaign known = any_campaign(w, org);
    c->head.kind = CHANGE_ARM;
    c->arm.now_ms = w->now_ms;
    c->arm.day = DAY - (int32_t)below(w, 2) * 41;
    c->arm.items = c->items;
    c->arm.items_count = below(w, ROWS + 1);
    for (size_t i = 0; i < c->arm.items_count; i++) {
        c->items[i] = draw_item(w);
        if (below(w, 2)) c->items[i].caps.law = (struct frequency_cap){(uint8_t)(1 + below(w, 3)), 1};
        if (below(w, 4) == 0) c->items[i].caps.own = (struct frequency_cap){(uint8_t)(1 + below(w, 16)), 24};
    }
    c->arm.setbacks = c->setbacks;
    c->arm.setbacks_count = below(w, 3) == 0 ? below(w, 4) : 0;
    for (size_t i = 0; i < c->arm.setbacks_count; i++) c->setbacks[i] = draw_setback(w);
    c->arm.cursors = c->cursors;
    c->arm.cursors_count = below(w, 3);
    for (size_t i = 0; i < c->arm.cursors_count; i++) {
        struct run run = any_run(w, org, &known);
        c->cursors[i] = (struct arm_cursor){.run = run.id, .org = below(w, 20) == 0 ? org + 1 : org,
                                            .next = run.next + below(w, 4)};
        if (below(w, 3) == 0) c->cursors[i].from = run.next + below(w, 3);
    }
}

static void make_outcome(struct world *w, struct any *c)
{
    static const enum message_state ends[] = {MESSAGE_FAILED, MESSAGE_BLOCKED, MESSAGE_EXPIRED, MESSAGE_CANCELED};
    struct armed recent[40];
    size_t count = 40;
    c->head.kind = CHANGE_OUTCOME;
    c->outcome.now_ms = w->now_ms;
    c->outcome.items = c->outcomes;
    (void)w->ram.ops->arms_recent(w->ram.reader, 0, recent, &count);
    c->outcome.count = count == 0 ? 0 : 1 + below(w, 3);
    for (size_t i = 0; i < c->outcome.count; i++) {
        struct armed a = recent[below(w, count)];
        struct outcome *o = &c->outcomes[i];
        bool held = below(w, 2) == 0;
        *o = (struct outcome){.message = a.message, .org = a.org, .attempt = a.attempt, .sender = a.sender,
                              .kind = (enum outcome_kind)(1 + below(w, 5)), .segments = a.segments,
                              .cost_micros = (int64_t)below(w, 3) * 7900, .armed_ms = a.armed_ms,
                              .error_code = 30000 + (int32_t)below(w, 7), .reason = (enum message_reason)below(w, 12),
                              .contact = below(w, 20), .contact_sender = (uint32_t)below(w, 3), .day = DAY,
                              .carrier = a.carrier, .day_release = (uint16_t)below(w, 2),
                              .lane = {.org = a.org, .carrier = (uint8_t)below(w, 3)}, .next_ms = w->now_ms + 5,
                              .suppress = below(w, 25) == 0, .to = ends[below(w, 4)]};
        if (o->kind == OUTCOME_AGAIN || (o->kind == OUTCOME_WITHDRAWN && below(w, 2)))
            o->to = held ? MESSAGE_HELD : MESSAGE_QUEUED;
        o->doubt = (struct doubt){.armed_ms = a.armed_ms, .deadline_ms = w->now_ms, .next_ms = w->now_ms + 60};
        any_sid(w, o->sid);
    }
}

static enum message_state any_word(struct world *w)
{
    static const enum message_state words[] = {MESSAGE_ACCEPTED, MESSAGE_SENT, MESSAGE_DELIVERED, MESSAGE_UNDELIVERED,
                                               MESSAGE_FAILED, MESSAGE_CANCELED, MESSAGE_HELD};
    return words[below(w, below(w, 20) == 0 ? 7 : 6)];
}

static void make_word(struct world *w, struct any *c)
{
    org_id org;
    struct message m = any_message(w, &org);
    if (below(w, 15) == 0) m.id += 999;
    if (below(w, 5) == 0) {
        c->head.kind = CHANGE_BIND;
        c->bind.org = org;
        c->bind.message = m.id;
        c->bind.to = any_word(w);
        c->bind.error_code = (int32_t)below(w, 2) * 30005;
        c->bind.now_ms = w->now_ms;
        any_sid(w, c->bind.sid);
        return;
    }
    c->head.kind = CHANGE_STATUS;
    c->status.org = org;
    c->status.message = m.id;
    c->status.attempt = (uint8_t)(m.attempt + (below(w, 6) == 0));
    c->status.to = any_word(w);
    c->status.error_code = below(w, 3) == 0 ? 0 : 30003 + (int32_t)below(w, 2) * 3;
    c->status.may_retry = below(w, 2) == 0;
    c->status.suppress = below(w, 25) == 0;
    c->status.attempts_max = (uint8_t)below(w, 5);
    c->status.retry_at_ms = w->now_ms + (int64_t)below(w, 100);
    c->status.now_ms = w->now_ms;
    if (m.sid[0] != 0 && below(w, 3) != 0) memcpy(c->status.sid, m.sid, SID_BYTES);
    else any_sid(w, c->status.sid);
}

static void make_doubt(struct world *w, struct any *c)
{
    struct doubt all[30];
    size_t count = 30;
    c->head.kind = CHANGE_DOUBT;
    (void)w->ram.ops->doubts(w->ram.reader, 0, all, &count);
    if (count > 0) c->doubt.doubt = all[below(w, count)];
    c->doubt.doubt.clean_listings++;
    c->doubt.doubt.attempt = (uint8_t)(c->doubt.doubt.attempt + (below(w, 20) == 0));
    c->doubt.doubt.next_ms = w->now_ms + 30;
    c->doubt.absent = below(w, 2) == 0;
    c->doubt.lane.org = (org_id)below(w, 2);
    c->doubt.lane.carrier = (uint8_t)below(w, 3);
    c->doubt.now_ms = w->now_ms;
}

static void make_registration(struct world *w, struct any *c, org_id org)
{
    struct registration known = {.id = below(w, 2) * below(w, 6)};
    struct program program = {.id = 1};
    size_t count = 1;
    struct registration *g = &c->registration.registration;

    c->head.kind = CHANGE_REGISTRATION;
    (void)w->ram.ops->programs(w->ram.reader, &w->ram.arena, org, 0, &program, &count);
    (void)w->ram.ops->registration_get(w->ram.reader, &w->ram.arena, org, known.id, &known);
    *g = (struct registration){.id = known.id, .org = org, .kind = BRAND_STANDARD,
                               .program = below(w, 8) == 0 ? 1 : program.id,
                               .state = (enum onboarding_state)(6 - below(w, 2) * below(w, 6)),
                               .rev = known.rev + (below(w, 6) == 0), .facts = text(w, c, 0, "facts"),
                               .progress = text(w, c, 1, "progress"), .why = text(w, c, 2, "why"),
                               .code = (int32_t)below(w, 3), .next_ms = (int64_t)below(w, 2) * w->now_ms,
                               .created_ms = w->now_ms, .updated_ms = w->now_ms};
    if (below(w, 2) == 0)
        c->registration.note = (struct registration_note){.at_ms = w->now_ms, .step = STR("brand"),
                                                          .outcome = text(w, c, 3, "made"), .sid = "BN1", .code = 7};
}

static void make_account(struct world *w, struct any *c, org_id org)
{
    struct account_work known = {.rev = 0};
    struct org *o = &c->account.org;

    c->head.kind = CHANGE_ACCOUNT;
    (void)w->ram.ops->account_get(w->ram.reader, &w->ram.arena, org, &known);
    (void)w->ram.ops->org_get(w->ram.reader, &w->ram.arena, org, o);
    c->account.work = (struct account_work){
        .org = org, .rev = known.rev + (below(w, 6) == 0), .standing = (enum account_standing)below(w, 4),
        .seen_ms = w->now_ms, .progress = text(w, c, 0, "progress"), .why = text(w, c, 1, "why"),
        .next_ms = (int64_t)below(w, 2) * w->now_ms, .updated_ms = w->now_ms};
    c->account.with_org = below(w, 2) == 0;
    c->account.idle = below(w, 3) == 0;
    c->account.told = below(w, 2) == 0;
    o->rev += below(w, 6) == 0;
    o->state = (enum org_state)(1 + (below(w, 4) == 0));
    if (below(w, 8) == 0) (void)snprintf(o->account_sid, sizeof o->account_sid, "AC%d", (int)below(w, 3));
    if (below(w, 2) == 0) (void)snprintf(o->key_sid, sizeof o->key_sid, "SK%d", (int)below(w, 3));
    o->token_sealed = text(w, c, 2, "token");
    o->key_sealed = text(w, c, 3, "key");
}

static void make_lookup(struct world *w, struct any *c, org_id org)
{
    if (below(w, 2) == 0) {
        c->head.kind = CHANGE_HYGIENE;
        c->hygiene.job = (struct hygiene_job){
            .id = below(w, 2) * below(w, 5), .org = org, .list = 1 + (uint32_t)below(w, 2), .after = below(w, 9),
            .state = (enum hygiene_state)(1 + below(w, 3)), .looked = (int64_t)below(w, 9),
            .cost_micros = (int64_t)below(w, 9), .why = text(w, c, 0, "why"), .created_ms = w->now_ms};
        return;
    }
    c->head.kind = CHANGE_LOOKUP;
    c->line = (struct line_record){.number = 1 + below(w, 3), .valid = below(w, 4) > 0,
                                   .line = (enum line_type)below(w, LINE_TYPES), .carrier = "carrier", .mcc = "311",
                                   .owner = (enum line_owner)below(w, 4), .looked_ms = w->now_ms};
    c->lookup.org = org;
    c->lookup.month = 202611;
    c->lookup.take = (int64_t)below(w, 5) - 1;
    c->lookup.most = 20;
    c->lookup.rows = &c->line;
    c->lookup.count = below(w, 2);
}

static void make_rest(struct world *w, struct any *c)
{
    org_id org = any_org(w);
    switch (below(w, 7)) {
    case 0:
        c->head.kind = CHANGE_IMPORT;
        c->import.job = (struct import_job){.id = below(w, 4), .org = org,
                                            .state = (enum import_state)(1 + below(w, 3)),
                                            .rows = 4, .why = text(w, c, 0, "why"), .created_ms = w->now_ms};
        return;
    case 1:
        c->head.kind = CHANGE_ENDPOINT;
        c->endpoint.endpoint = (struct endpoint){
            .id = (uint32_t)(below(w, 2) * below(w, 4)), .org = org, .url = text(w, c, 0, "https://h"), .types = 2,
            .secret_sealed = STR("x"), .state = (enum endpoint_state)(1 + below(w, 3)), .created_ms = w->now_ms};
        return;
    case 2:
        c->head.kind = CHANGE_HOOKS;
        c->hooks.org = org;
        c->hooks.endpoint = any_endpoint(w, org) + (below(w, 5) == 0);
        c->hooks.position = below(w, 50);
        c->hooks.retries = c->retries;
        c->hooks.count = below(w, 3);
        for (size_t i = 0; i < c->hooks.count; i++)
            c->retries[i] = (struct hook_retry){
                .event = 1 + below(w, 6), .attempt = (uint16_t)below(w, 3),
                .next_ms = (int64_t)below(w, 2) * w->now_ms, .last_error = text(w, c, (int)i, "err")};
        return;
    case 3:
        c->head.kind = CHANGE_TRIM;
        c->trim.idempotency_before_ms = w->now_ms - (int64_t)below(w, 400);
        c->trim.events_before_ms = w->now_ms - (int64_t)below(w, 400);
        c->trim.verify_before_ms = w->now_ms - 3600000;
        c->trim.arms_before_ms = below(w, 2) == 0 ? 0 : w->now_ms - (int64_t)below(w, 400);
        c->trim.arms_future_ms = below(w, 4) == 0 ? w->now_ms - (int64_t)below(w, 400) : INT64_MAX;
        return;
    case 4:
        if (below(w, 2) == 0) make_registration(w, c, org);
        else make_lookup(w, c, org);
        return;
    case 5: make_account(w, c, org); return;
    default: {
        org_id of;
        c->head.kind = CHANGE_CANCEL;
        c->cancel.message = any_message(w, &of).id;
        c->cancel.org = of;
        c->cancel.now_ms = w->now_ms;
    }
    }
}

static void render(struct change *c, int *status_out, struct buf *body)
{
    *status_out = 202;
    buf_addf(body, "m%llu", (unsigned long long)((struct any *)c)->admit.message.id);
}

static void make(struct world *w, struct any *c)
{
    static void (*const makers[])(struct world *w, struct any *c) = {
        make_who, make_people, make_people, make_campaign_change, make_campaign_change, make_freeze, make_freeze,
        make_admit, make_admit, make_arm, make_arm, make_arm, make_arm, make_outcome, make_outcome, make_outcome,
        make_word, make_word, make_doubt, make_rest, make_rest, make_verification, make_owned,
    };
    memset(c, 0, sizeof *c);
    makers[below(w, sizeof makers / sizeof makers[0])](w, c);
    c->idem.render = render;
    buf_init(&c->idem.answer, 4096);
}

/* ---- comparing ---- */

static void describe(const struct any *c, struct buf *out)
{
    buf_addf(out, "kind %d: %s", (int)c->head.kind, err_name(c->head.result));
    if (c->head.idem != NULL)
        buf_addf(out, " idem %d %d %d " STR_FMT, c->idem.replayed, c->idem.other_request, c->idem.status,
                 STR_ARG(buf_str(&c->idem.answer)));
    if (c->head.result != ERR_OK) return;
    switch (c->head.kind) {
    case CHANGE_ORG: buf_addf(out, " o%u rev%u p%u", c->org.org.id, c->org.org.rev, c->org.first_program.id); return;
    case CHANGE_PROGRAM: buf_addf(out, " p%u", c->program.program.id); return;
    case CHANGE_KEY: buf_addf(out, " k%u", c->key.key.id); return;
    case CHANGE_LIST: buf_addf(out, " l%u %lld", c->list.list.id, (long long)c->list.list.members); return;
    case CHANGE_CONTACTS:
        buf_addf(out, " %lld %lld i%llu %lld", (long long)c->contacts.added, (long long)c->contacts.updated,
                 (unsigned long long)c->job.id, (long long)c->job.added);
        for (size_t i = 0; i < c->contacts.count; i++)
            buf_addf(out, " p%llu.%lld", (unsigned long long)c->contact_rows[i].id,
                     (long long)c->contact_rows[i].created_ms);
        return;
    case CHANGE_CONSENT: buf_addf(out, " %d", c->consent.applied); return;
    case CHANGE_CAMPAIGN: buf_addf(out, " c%llu rev%u", (unsigned long long)c->campaign.campaign.id,
            c->campaign.campaign.rev); return;
    case CHANGE_CAMPAIGN_STATE:
        buf_addf(out, " rev%u", c->campaign_state.after.rev);
        for (int s = 1; s < MESSAGE_STATES; s++) buf_addf(out, " %lld", (long long)c->campaign_state.after.counts[s]);
        return;
    case CHANGE_FREEZE: buf_addf(out, " %u", c->freeze.runs_made); return;
    case CHANGE_ADMIT:
        buf_addf(out, " m%llu %d %d", (unsigned long long)c->admit.message.id, c->admit.armed,
                 c->admit.arm != NULL ? (int)c->items[0].verdict : -1);
        return;
    case CHANGE_ARM:
        buf_addf(out, " arms %llu:", (unsigned long long)c->arm.arms_id);
        for (size_t i = 0; i < c->arm.items_count; i++) buf_addf(out, " %d", (int)c->items[i].verdict);
        for (size_t i = 0; i < c->arm.cursors_count; i++) buf_addf(out, " %d", c->cursors[i].behind);
        return;
    case CHANGE_STATUS: buf_addf(out, " %d ", (int)c->status.verdict); dump_message(out, &c->status.after); return;
    case CHANGE_INBOUND: buf_addf(out, " %d %d", c->inbound.duplicate, c->inbound.consent_applied); return;
    case CHANGE_RECOVER: buf_addf(out, " %lld", (long long)c->recover.doubts_made); return;
    case CHANGE_IMPORT: buf_addf(out, " i%llu", (unsigned long long)c->import.job.id); return;
    case CHANGE_REGISTRATION:
        buf_addf(out, " g%llu r%u n%llu", (unsigned long long)c->registration.registration.id,
                 c->registration.registration.rev, (unsigned long long)c->registration.note.id);
        return;
    case CHANGE_VERIFICATION:
        buf_addf(out, " v%llu r%u f%d %lld", (unsigned long long)c->verification.v.id, c->verification.v.rev,
                 (int)c->verification.full, (long long)c->verification.free_ms);
        return;
    case CHANGE_ACCOUNT: buf_addf(out, " a r%u,%u", c->account.work.rev, c->account.org.rev); return;
    case CHANGE_OWNED: describe_owned(c, out); return;
    case CHANGE_DRIFT: buf_addf(out, " d%u", c->drift.drift.rev); return;
    case CHANGE_LOOKUP: buf_addf(out, " u%lld", (long long)c->lookup.used); return;
    case CHANGE_HYGIENE: buf_addf(out, " h%llu", (unsigned long long)c->hygiene.job.id); return;
    case CHANGE_ENDPOINT: buf_addf(out, " e%u", c->endpoint.endpoint.id); return;
    default: return;
    }
}

/* What the run has come by, so that it cannot pass by doing nothing. */
static struct {
    unsigned results[CHANGE_TRIM + 1][2], verdicts[ARM_NO_CONSENT + 1], statuses[STATUS_FOREIGN + 1], doubts, replays;
} seen;

static void note(const struct any *c)
{
    seen.results[c->head.kind][c->head.result != ERR_OK]++;
    if (c->head.idem != NULL) seen.replays += c->idem.replayed;
    if (c->head.result != ERR_OK) return;
    if (c->head.kind == CHANGE_ARM)
        for (size_t i = 0; i < c->arm.items_count; i++) seen.verdicts[c->items[i].verdict]++;
    if (c->head.kind == CHANGE_STATUS) seen.statuses[c->status.verdict]++;
    if (c->head.kind == CHANGE_RECOVER) seen.doubts += (unsigned)c->recover.doubts_made;
}

static void assert_much_was_seen(void)
{
    for (int kind = CHANGE_ORG; kind <= CHANGE_TRIM; kind++)
        print_message("# change kind %d: %u done, %u refused\n", kind, seen.results[kind][0], seen.results[kind][1]);
    for (int kind = CHANGE_ORG; kind <= CHANGE_TRIM; kind++) assert_true(seen.results[kind][0] >= 3);
    for (int v = ARM_ARMED; v <= ARM_STALE; v++)
        if (seen.verdicts[v] < 20) fail_msg("arm verdict %d came %u times only", v, seen.verdicts[v]);
    for (int v = STATUS_APPLIED; v <= STATUS_FOREIGN; v++)
        if (seen.statuses[v] < 5) fail_msg("status verdict %d came %u times only", v, seen.statuses[v]);
    if (seen.doubts < 10 || seen.replays < 5) fail_msg("%u doubts, %u replays only", seen.doubts, seen.replays);
}

static void remember(struct world *w, const struct any *c)
{
    uint64_t first = 0, count = 0;
    org_id org = c->freeze.org;
    if (c->head.result != ERR_OK) return;
    if (c->head.kind == CHANGE_ADMIT && !(c->head.idem != NULL && c->idem.replayed)) {
        org = c->admit.message.org;
        first = c->admit.message.id;
        count = 1;
    } else if (c->head.kind == CHANGE_FREEZE && c->freeze.count > 0) {
        struct message m;
        struct message_filter f = {.org = c->freeze.org, .campaign = c->freeze.campaign};
        uint64_t more;
        size_t one = 1;
        if (w->ram.ops->messages(w->ram.reader, &w->ram.arena, &f, 0, &m, &one, &more) != ERR_OK || one == 0) return;
        count = c->freeze.count;
        first = m.id - count + 1;
    }
    for (uint64_t i = 0; i < count && w->message_count < 256; i++) {
        w->messages[w->message_count] = first + i;
        w->message_orgs[w->message_count++] = org;
    }
}

/* ---- running ---- */

enum { BATCH_MAX = 4 };

/* Makes the batch twice: the twins fill in and change what they are given. */
static size_t make_batch(struct world *w, struct any *a, struct any *b)
{
    size_t count = 1 + below(w, BATCH_MAX);
    bool restart = below(w, 40) == 0;
    struct rng again = w->rng;
    if (restart) count = 1;
    for (int copy = 0; copy < 2; copy++) {
        struct any *batch = copy == 0 ? a : b;
        w->rng = again;
        for (size_t i = 0; i < count; i++) {
            make(w, &batch[i]);
            if (restart) {
                memset(&batch[i], 0, sizeof batch[i]);
                batch[i].head.kind = CHANGE_RECOVER;
                batch[i].recover = (struct change_recover){.head = batch[i].head, .now_ms = w->now_ms,
                                                           .deadline_ms = w->now_ms + 9, .first_ms = w->now_ms + 20};
            }
            if (batch[i].head.idem != NULL) batch[i].head.idem = &batch[i].idem;
        }
    }
    if (restart) twin_reopen(&w->sqlite);
    return count;
}

static void run_batch(struct twin *t, struct any *batch, size_t count, bool back, struct buf *out)
{
    struct fault f = {0};
    assert_int_equal(t->ops->begin(t->store, &f), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        t->ops->apply(t->store, &batch[i].head);
        describe(&batch[i], out);
        buf_add_char(out, '\n');
    }
    if (back) t->ops->rollback(t->store);
    else if (t->ops->commit(t->store, &f) != ERR_OK) fail_msg("%s", f.what);
}

static void step(struct world *w, uint64_t seed, int number)
{
    static struct any a[BATCH_MAX], b[BATCH_MAX];
    struct dump_range range = {.orgs = ORGS + 1, .number_from = FIRST_NUMBER, .numbers = NUMBERS, .day = DAY};
    bool back = below(w, 20) == 0;
    struct buf out[2];
    size_t count;
    w->now_ms += (int64_t)below(w, 3) * (int64_t)below(w, 40);
    range.now_ms = w->now_ms;
    count = make_batch(w, a, b);
    back = back && a[0].head.kind != CHANGE_RECOVER;
    for (int i = 0; i < 2; i++) buf_init(&out[i], 64 << 20);
    run_batch(&w->ram, a, count, back, &out[0]);
    run_batch(&w->sqlite, b, count, back, &out[1]);
    dump_compare(&out[0], &out[1], "results", seed, number);
    for (size_t i = 0; i < count; i++) {
        if (!back) remember(w, &a[i]);
        note(&a[i]);
        buf_free(&a[i].idem.answer);
        buf_free(&b[i].idem.answer);
    }
    dump_store(w->ram.reader, &w->ram.arena, &range, &out[0]);
    dump_store(w->sqlite.reader, &w->sqlite.arena, &range, &out[1]);
    dump_compare(&out[0], &out[1], "reads", seed, number);
    for (int i = 0; i < 2; i++) buf_free(&out[i]);
    arena_reset(&w->ram.arena);
    arena_reset(&w->sqlite.arena);
}

static void episode(uint64_t seed, int steps)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    twin_kind = "ram";
    twin_open(&w->ram);
    twin_kind = "sqlite";
    twin_open(&w->sqlite);
    w->rng = rng_seeded(seed);
    w->now_ms = T0;
    for (int i = 0; i < 2; i++) {
        struct twin *t = i == 0 ? &w->ram : &w->sqlite;
        for (int k = 0; k < ORGS - 1; k++) (void)make_campaign(t, make_org(t, k == 0 ? "first" : "second"),
                CAMPAIGN_RUNNING);
    }
    for (int i = 0; i < steps; i++) step(w, seed, i);
    twin_close(&w->sqlite);
    twin_kind = "ram";
    twin_close(&w->ram);
    free(w);
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    uint64_t value = otherwise;
    const char *given = getenv(name);
    return given != NULL && str_to_u64(str_from(given), &value) == ERR_OK ? value : otherwise;
}

static void the_twins_agree_under_random_changes(void **state)
{
    uint64_t seed = number_from("STERLING_SEED", 0), steps = number_from("STERLING_STEPS", 120);
    (void)state;
    if (seed != 0) {
        episode(seed, (int)steps);
        return;
    }
    for (seed = 1; seed <= number_from("STERLING_EPISODES", 10); seed++) episode(seed, (int)steps);
    if (getenv("STERLING_STEPS") == NULL) assert_much_was_seen();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_twins_agree_under_random_changes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

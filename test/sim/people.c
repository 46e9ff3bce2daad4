/*
 * people: the organizations of a world, who they text, and what people and operators do meanwhile.
 *
 * Everything goes through the store's queue like the use cases' changes, except the setting up.
 */
#include "world.h"

#include "rules/quiet_hours.h"
#include "rules/tier.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- setting up ---- */

static void apply_now(struct world *w, struct change *c)
{
    struct fault f = {0};

    BUG_IF(w->store->ops->begin(w->store, &f) != ERR_OK);
    w->store->ops->apply(w->store, c);
    if (c->result != ERR_OK) bug(__FILE__, __LINE__, c->fault.what);
    BUG_IF(w->store->ops->commit(w->store, &f) != ERR_OK);
}

static uint64_t number_of(struct world *w, size_t i)
{
    static const uint64_t areas[] = {415, 212, 312, 713, 617, 206};
    uint64_t area = areas[rng_below(&w->rng, 6)];

    return UINT64_C(10000000000) + area * 10000000 + (230 + i / 97 % 60) * 10000 + (i * 7919) % 10000;
}

static uint8_t carrier_of(struct world *w, uint64_t number)
{
    static const uint8_t map[SANDBOX_CARRIER_COUNT] = {CARRIER_VERIZON, CARRIER_ATT, CARRIER_TMOBILE,
                                                       CARRIER_OTHER_US, CARRIER_FOREIGN};

    if (rng_chance(&w->rng, 100000)) return CARRIER_UNKNOWN;
    return map[sandbox_carrier_of(w->sandbox, number)];
}

static uint64_t zones_of(uint64_t number)
{
    struct quiet_places places;
    struct phone phone;

    BUG_IF(phone_from_digits(number, &phone) != ERR_OK);
    quiet_places_of_phone(&phone, &places);
    return quiet_hours_bucket_key(&places);
}

static void add_account(struct world *w, size_t at, struct sim_org *o, struct change_org *c)
{
    char name[16];

    /* The first and the last share the main account, so that its limits and fence are common to them. */
    o->account = 0;
    if (at != 1) return;
    (void)snprintf(name, sizeof name, "org %zu", at);
    BUG_IF(sandbox_account_add(w->sandbox, STR(""), STR(""), str_from(name), &o->account) != ERR_OK);
    (void)snprintf(c->org.account_sid, SID_BYTES, "%s", sandbox_account_sid(w->sandbox, o->account));
    c->org.token_sealed = str_from(sandbox_account_token(w->sandbox, o->account));
}

static void add_service(struct world *w, struct sim_org *o, struct change_org *c)
{
    static const int32_t scores[] = {-1, 30, 60, 80};
    char url[640];
    struct sandbox_service_params params = {.friendly_name = STR("service")};
    struct sandbox_program program = {.brand = o->account * 10 + 1};

    (void)snprintf(url, sizeof url, "%s/twilio/%s/inbound#rc=0", w->settings.public_url, o->hook);
    params.inbound_url = str_from(url);
    BUG_IF(sandbox_service_add(w->sandbox, o->account, &params, &o->service) != ERR_OK);
    o->brand_score = w->config.per_min > 0 ? 80 : scores[rng_below(&w->rng, 4)];
    program.brand_score = o->brand_score < 0 ? 0 : (unsigned)o->brand_score;
    BUG_IF(sandbox_program_set(w->sandbox, o->service, &program) != ERR_OK);
    c->first_program = (struct program){.name = STR("default"), .registration = REGISTRATION_APPROVED,
                                        .brand = BRAND_STANDARD, .brand_score = o->brand_score,
                                        .use_case = STR("MIXED")};
    (void)snprintf(c->first_program.service_sid, SID_BYTES, "%s", sandbox_service_sid(w->sandbox, o->service));
}

static void add_sender(struct world *w, size_t org, struct sim_org *o, size_t n)
{
    struct sender row = {.org = o->id, .program = o->program, .kind = SENDER_LONG_CODE, .state = SENDER_ACTIVE,
                         .verified = true};
    struct change_senders c = {.head = {.kind = CHANGE_SENDERS}, .senders = &row, .count = 1};
    bool toll_free = n > 0 && rng_chance(&w->rng, 150000);

    row.number = (toll_free ? UINT64_C(18884440000) : UINT64_C(14157770000)) + org * 100 + n;
    if (toll_free) row.kind = SENDER_TOLL_FREE;
    (void)snprintf(row.address, sizeof row.address, "+%" PRIu64, row.number);
    BUG_IF(sandbox_sender_add(w->sandbox, o->account, str_from(row.address), o->service, STR(""),
                              &o->sandbox_senders[n]) != ERR_OK);
    apply_now(w, &c.head);
    o->senders[n] = row.id;
    o->kinds[n] = row.kind;
    o->senders_count = n + 1;
}

/* Two of three sign. */
static void ask_consent(struct world *w, const struct sim_org *o, struct person *p, size_t index)
{
    struct change_consent c = {.head = {.kind = CHANGE_CONSENT}};

    p->agreed = index % 3 != 0;
    if (!p->agreed || !w->config.on[SITE_CONSENT]) return;
    c.event = (struct consent){.org = o->id, .number = p->number, .kind = CONSENT_OPT_IN,
                               .basis = CONSENT_BASIS_WRITTEN, .at_ms = world_wall_ms(w) - 86400000,
                               .recorded_ms = world_wall_ms(w), .source = STR("web_form"), .evidence = STR("a form")};
    apply_now(w, &c.head);
}

static void add_person(struct world *w, struct sim_org *o, size_t index)
{
    struct person *p = &o->people[o->people_count++];
    /* Every tenth number is texted by every organization, and stays silent. */
    bool common = index % 10 == 0;
    struct rng before = w->rng;
    struct contact row = {.org = o->id, .fields = index % 17 == 3 ? STR("{}") : STR("{\"name\":\"Zoë\"}")};
    struct change_contacts c = {.head = {.kind = CHANGE_CONTACTS}, .org = o->id, .rows = &row, .count = 1,
                                .now_ms = world_wall_ms(w)};

    if (common) w->rng = rng_seeded(index);
    p->number = number_of(w, common ? index : index + (size_t)(o - w->orgs) * 1000);
    if (common) w->rng = before;
    p->never_stops = common;
    p->carrier = carrier_of(w, p->number);
    if (common)
        BUG_IF(sandbox_handset_set(w->sandbox, &(struct sandbox_handset){.number = p->number,
                                   .carrier = SANDBOX_CARRIER_COUNT, .reply = STR(" "), .reply_per_million = 1}) !=
               ERR_OK);
    else if (w->config.on[SITE_REJECTS] && index % 13 == 5)
        BUG_IF(sandbox_handset_set(w->sandbox, &(struct sandbox_handset){.number = p->number,
                                   .carrier = SANDBOX_CARRIER_COUNT, .error_code = index % 2 ? 30001 : 30003}) !=
               ERR_OK);
    row.number = p->number;
    row.carrier = p->carrier;
    row.zones = zones_of(p->number);
    apply_now(w, &c.head);
    p->contact = row.id;
    ask_consent(w, o, p, index);
}

static void read_program(struct world *w, struct sim_org *o)
{
    struct program row;
    struct arena a;
    size_t count = 1;

    arena_init(&a, 1 << 16);
    BUG_IF(w->store->ops->programs(w->reader, &a, o->id, 0, &row, &count) != ERR_OK || count != 1);
    o->program = row.id;
    arena_reset(&a);
}

static void add_org(struct world *w, size_t at)
{
    struct sim_org *o = &w->orgs[at];
    struct change_org c = {.head = {.kind = CHANGE_ORG}};
    size_t senders = w->config.per_min > 0 ? 1 : 1 + (size_t)rng_below(&w->rng, 4);

    c.org = (struct org){.name = STR("Org"), .state = ORG_ACTIVE, .region = "US", .share = 1,
                         .created_ms = world_wall_ms(w)};
    (void)snprintf(c.org.slug, sizeof c.org.slug, "org-%zu", at);
    (void)snprintf(o->hook, sizeof o->hook, "hook%zu", at);
    memcpy(c.org.hook_path, o->hook, sizeof o->hook);
    add_account(w, at, o, &c);
    add_service(w, o, &c);
    apply_now(w, &c.head);
    o->id = c.org.id;
    read_program(w, o);
    for (size_t n = 0; n < senders; n++) add_sender(w, at, o, n);
    o->people = calloc(w->config.people, sizeof *o->people);
    BUG_IF(o->people == NULL);
    for (size_t i = 0; i < w->config.people; i++) add_person(w, o, i);
}

static void add_campaign(struct world *w)
{
    static const char *const texts[] = {"Hi {{name}}, our sale is on. Reply STOP to end.",
                                        "Hello {{name|friend}}: a rather long text that takes more than one segment, "
                                        "because it goes on and on about things that could have been said in fewer "
                                        "words, until at last it is over.",
                                        "Grüße, {{name|du}} — 👋"};
    struct sim_campaign *mine = &w->campaigns[w->campaigns_count];
    struct sim_org *o = &w->orgs[rng_below(&w->rng, w->config.orgs)];
    struct change_campaign c = {.head = {.kind = CHANGE_CAMPAIGN}};
    struct change_campaign_state s = {.head = {.kind = CHANGE_CAMPAIGN_STATE}, .org = o->id, .to = CAMPAIGN_RUNNING,
                                      .now_ms = world_wall_ms(w)};

    c.campaign = (struct campaign){
        .org = o->id, .program = o->program, .name = STR("c"), .state = CAMPAIGN_DRAFT,
        .kind = rng_chance(&w->rng, 500000) ? KIND_MARKETING : KIND_TRANSACTIONAL,
        .template_text = str_from(texts[rng_below(&w->rng, 3)]), .created_ms = world_wall_ms(w),
        .validity_s = rng_chance(&w->rng, 200000) ? 600 : 36000};
    apply_now(w, &c.head);
    s.campaign = c.campaign.id;
    apply_now(w, &s.head);
    mine->id = c.campaign.id;
    mine->org = (size_t)(o - w->orgs);
    w->campaigns_count++;
}

void people_setup(struct world *w)
{
    w->directs_left = w->config.directs;
    for (size_t at = 0; at < w->config.orgs; at++) add_org(w, at);
    for (uint32_t n = 0; n < w->config.campaigns; n++) add_campaign(w);
}

const struct sim_org *people_org_of_sender(const struct world *w, uint32_t sandbox_sender)
{
    for (size_t at = 0; at < w->config.orgs; at++)
        for (size_t n = 0; n < w->orgs[at].senders_count; n++)
            if (w->orgs[at].sandbox_senders[n] == sandbox_sender) return &w->orgs[at];
    return NULL;
}

void people_free(struct world *w)
{
    for (size_t at = 0; at < w->config.orgs; at++) free(w->orgs[at].people);
}

/* ---- telling the pump ---- */

static void tell(struct world *w, struct note n)
{
    if (w->pump != NULL) pump_tell(w->pump, &n);
}

static void tell_campaign(struct world *w, const struct sim_campaign *c)
{
    tell(w, (struct note){.kind = NOTE_CAMPAIGN_CHANGED, .org = w->orgs[c->org].id, .campaign = c->id});
}

/* ---- freezing an audience ---- */

static int by_bucket(const void *a, const void *b)
{
    const struct freeze_row *x = a, *y = b;

    if (x->zones != y->zones) return x->zones < y->zones ? -1 : 1;
    if (x->carrier != y->carrier) return x->carrier < y->carrier ? -1 : 1;
    return x->contact < y->contact ? -1 : x->contact > y->contact;
}

static void frozen(struct world *w, struct work *k)
{
    struct sim_campaign *c = &w->campaigns[k->campaign];

    c->freezing = false;
    if (k->c.head.result != ERR_OK) {
        c->frozen = true; /* canceled meanwhile */
        return;
    }
    c->frozen_after = k->c.freeze.upto;
    c->frozen = k->c.freeze.last;
    w->admitted += k->c.freeze.count;
    tell_campaign(w, c);
}

static void freeze_lost(struct world *w, struct work *k)
{
    w->campaigns[k->campaign].freezing = false;
}

static void freeze_chunk(struct world *w, size_t at)
{
    struct sim_campaign *c = &w->campaigns[at];
    struct sim_org *o = &w->orgs[c->org];
    struct work *k = work_new(w, CHANGE_FREEZE, frozen);
    size_t most = 5 + (size_t)rng_below(&w->rng, 40), count = 0, i = 0;

    k->rows = calloc(o->people_count, sizeof *k->rows);
    BUG_IF(k->rows == NULL);
    k->campaign = at;
    k->lost = freeze_lost;
    c->freezing = true;
    k->c.freeze.org = o->id;
    k->c.freeze.campaign = c->id;
    k->c.freeze.after = k->c.freeze.upto = c->frozen_after;
    for (; i < o->people_count && count < most; i++) {
        const struct person *p = &o->people[i];
        if (p->contact <= c->frozen_after) continue;
        k->rows[count++] = (struct freeze_row){p->contact, p->number, zones_of(p->number), p->carrier};
        k->c.freeze.upto = p->contact;
    }
    qsort(k->rows, count, sizeof *k->rows, by_bucket);
    k->c.freeze.rows = k->rows;
    k->c.freeze.count = count;
    k->c.freeze.last = i == o->people_count;
    k->c.freeze.now_ms = world_wall_ms(w);
    work_submit(w, k);
}

static bool freeze_some(struct world *w)
{
    for (size_t at = 0; at < w->campaigns_count; at++) {
        if (w->campaigns[at].frozen || w->campaigns[at].freezing) continue;
        freeze_chunk(w, at);
        return true;
    }
    return false;
}

/* ---- direct messages ---- */

static void admitted(struct world *w, struct work *k)
{
    const struct message *m = &k->c.admit.message;

    if (k->c.head.result != ERR_OK) {
        world_wrong(w, "admission refused: %s", k->c.head.fault.what);
        return;
    }
    w->admitted++;
    if (k->c.admit.armed) {
        w->urgent_at_once++;
        return;
    }
    tell(w, (struct note){.kind = NOTE_ADMITTED, .org = m->org, .message = m->id, .urgent = m->urgent,
                          .at_ms = m->send_at_ms > m->created_ms ? m->send_at_ms : m->created_ms,
                          .lane = {.org = m->org, .program = m->program, .kind = (uint8_t)m->kind,
                                   .carrier = m->carrier}});
}

static void admit(struct world *w)
{
    static const enum message_kind kinds[] = {KIND_TRANSACTIONAL, KIND_CONVERSATIONAL, KIND_MARKETING};
    struct sim_org *o = &w->orgs[rng_below(&w->rng, w->config.orgs)];
    const struct person *p = &o->people[rng_below(&w->rng, o->people_count)];
    struct work *k = work_new(w, CHANGE_ADMIT, admitted);
    int64_t now_ms = world_wall_ms(w);

    (void)snprintf(k->text, sizeof k->text, "Your code is %06u", (unsigned)rng_below(&w->rng, 1000000));
    k->c.admit.message = (struct message){
        .org = o->id, .contact = p->contact, .number = p->number, .program = o->program, .state = MESSAGE_QUEUED,
        .kind = kinds[rng_below(&w->rng, 3)], .carrier = p->carrier, .zones = zones_of(p->number),
        .urgent = rng_chance(&w->rng, 200000), .retry_undelivered = rng_chance(&w->rng, 200000),
        .created_ms = now_ms, .body = str_from(k->text),
        .expires_ms = now_ms + (rng_chance(&w->rng, 100000) ? 120000 : 14400000)};
    if (rng_chance(&w->rng, 150000)) k->c.admit.message.send_at_ms = now_ms + (int64_t)rng_below(&w->rng, 300000);
    if (rng_chance(&w->rng, 150000)) k->c.admit.message.sender = o->senders[rng_below(&w->rng, o->senders_count)];
    k->c.head.urgent = k->c.admit.message.urgent;
    w->directs_left--;
    world_say(w, p->number, "somebody sends: %s", k->text);
    if (k->c.admit.message.urgent && k->c.admit.message.send_at_ms == 0 && w->pump != NULL) work_hand_over(w, k);
    else work_submit(w, k);
}

/* ---- operators ---- */

static void moved(struct world *w, struct work *k)
{
    tell_campaign(w, &w->campaigns[k->campaign]);
}

static void move_campaign(struct world *w, size_t at, enum campaign_state to)
{
    struct work *k = work_new(w, CHANGE_CAMPAIGN_STATE, moved);

    k->campaign = at;
    k->c.state.org = w->orgs[w->campaigns[at].org].id;
    k->c.state.campaign = w->campaigns[at].id;
    k->c.state.to = to;
    world_say(w, 0, "campaign %" PRIu64 " is told to be %s", k->c.state.campaign,
              to == CAMPAIGN_PAUSED ? "paused" : to == CAMPAIGN_RUNNING ? "running" : "canceled");
    k->c.state.why = STR("by a person");
    k->c.state.now_ms = world_wall_ms(w);
    work_submit(w, k);
}

static void org_set(struct world *w, struct work *k)
{
    tell(w, (struct note){.kind = NOTE_ORG_CHANGED, .org = w->orgs[k->org].id});
}

static void set_org_state(struct world *w, size_t at, enum org_state state)
{
    struct work *k = work_new(w, CHANGE_ORG, org_set);
    struct arena a;

    arena_init(&a, 1 << 16);
    BUG_IF(w->store->ops->org_get(w->reader, &a, w->orgs[at].id, &k->c.org.org) != ERR_OK);
    k->c.org.org.name = STR("Org");
    k->c.org.org.help_text = k->c.org.org.token2_sealed = STR("");
    k->c.org.org.token_sealed = w->orgs[at].account == 0
                                    ? STR("")
                                    : str_from(sandbox_account_token(w->sandbox, w->orgs[at].account));
    arena_reset(&a);
    k->c.org.org.state = state;
    k->org = at;
    w->orgs[at].suspended = state != ORG_ACTIVE;
    world_say(w, 0, "organization %zu is told to be %s", at, state == ORG_ACTIVE ? "active" : "suspended");
    work_submit(w, k);
}

static void someone_texts(struct world *w)
{
    struct sim_org *o = &w->orgs[rng_below(&w->rng, w->config.orgs)];
    const struct person *p = &o->people[rng_below(&w->rng, o->people_count)];
    uint32_t sender = o->sandbox_senders[rng_below(&w->rng, o->senders_count)];
    struct str text = rng_chance(&w->rng, 300000) ? STR("START") : STR("STOP");
    uint64_t number;

    if (p->never_stops) return;
    world_say(w, p->number, "texts " STR_FMT, STR_ARG(text));
    BUG_IF(sandbox_inbound(w->sandbox, w->now_ms, p->number, str_from(sandbox_sender_address(w->sandbox, sender)),
                           text, &number) != ERR_OK);
}

/* Half of what is asked is answered by 429, for a while. */
static void begin_storm(struct world *w)
{
    struct sandbox_fault_plan plan = w->faults;

    plan.per_million[SANDBOX_FAULT_THROTTLE] = 500000;
    sandbox_faults_set(w->sandbox, &plan);
    w->storm_until_ms = w->now_ms + 2000 + (int64_t)rng_below(&w->rng, 60000);
    world_say(w, 0, "a storm of 429 begins");
}

static void begin_outage(struct world *w)
{
    provider_sim_outage(w->provider, w->now_ms + (int64_t)rng_below(&w->rng, 60000));
    world_say(w, 0, "the provider cannot be reached");
}

static void operate(struct world *w)
{
    const bool *on = w->config.on;
    size_t campaign = w->campaigns_count == 0 ? 0 : (size_t)rng_below(&w->rng, w->campaigns_count);
    size_t org = (size_t)rng_below(&w->rng, w->config.orgs);

    switch (rng_below(&w->rng, 8)) {
    case 0:
        if (on[SITE_PAUSE] && w->campaigns_count > 0) move_campaign(w, campaign, CAMPAIGN_PAUSED);
        break;
    case 1:
        if (on[SITE_PAUSE] && w->campaigns_count > 0) move_campaign(w, campaign, CAMPAIGN_RUNNING);
        break;
    case 2:
        if (on[SITE_CANCEL] && w->campaigns_count > 0 && rng_chance(&w->rng, 200000))
            move_campaign(w, campaign, CAMPAIGN_CANCELED);
        break;
    case 3:
        if (on[SITE_SUSPEND]) set_org_state(w, org, w->orgs[org].suspended ? ORG_ACTIVE : ORG_SUSPENDED);
        break;
    case 4:
        if (on[SITE_OUTAGE] && rng_chance(&w->rng, 200000)) begin_outage(w);
        if (on[SITE_STORM] && w->storm_until_ms == INT64_MAX && rng_chance(&w->rng, 300000)) begin_storm(w);
        break;
    default:
        if (on[SITE_STOP]) someone_texts(w);
        break;
    }
}

void people_act(struct world *w)
{
    if (w->pump == NULL) return; /* no server, no operators */
    if (freeze_some(w)) return;
    if (w->directs_left > 0 && rng_chance(&w->rng, 600000)) admit(w);
    else if (w->safety) operate(w);
}

static bool is_paused(const struct world *w, const struct sim_campaign *c)
{
    struct campaign row;
    struct arena a;
    bool paused;

    arena_init(&a, 1 << 20);
    BUG_IF(w->store->ops->campaign_get(w->reader, &a, w->orgs[c->org].id, c->id, &row) != ERR_OK);
    paused = row.state == CAMPAIGN_PAUSED;
    arena_reset(&a);
    return paused;
}

static bool is_active(const struct world *w, const struct sim_org *o)
{
    struct org row;
    struct arena a;
    bool active;

    arena_init(&a, 1 << 16);
    BUG_IF(w->store->ops->org_get(w->reader, &a, o->id, &row) != ERR_OK);
    active = row.state == ORG_ACTIVE;
    arena_reset(&a);
    return active;
}

void people_resume(struct world *w)
{
    for (size_t at = 0; at < w->config.orgs; at++)
        if (!is_active(w, &w->orgs[at])) set_org_state(w, at, ORG_ACTIVE);
    for (size_t at = 0; at < w->campaigns_count; at++)
        if (is_paused(w, &w->campaigns[at])) move_campaign(w, at, CAMPAIGN_RUNNING);
}

void people_calm(struct world *w)
{
    if (w->pump == NULL) w->up_at_ms = w->now_ms;
    for (size_t at = 0; at < w->config.orgs; at++) set_org_state(w, at, ORG_ACTIVE);
    for (size_t at = 0; at < w->campaigns_count; at++) move_campaign(w, at, CAMPAIGN_RUNNING);
}

/*
 * judge: says whether the promises were kept. What was sent is read from the provider's ledger alone; what we
 * believe is read from the store; the two must agree in the end.
 */
#include "world.h"

#include "base/map.h"

#include "rules/playbook.h"
#include "rules/tier.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIMITS_MAX = 64, PAGE = 64, CROSSING_MS = 150 };

/* ---- the ledger ---- */

static uint64_t message_of(const struct world *w, struct str callback)
{
    struct str rest = str_slice(callback, str_find(callback, STR("/status/")) + 8, callback.len), id;
    uint64_t message = 0;

    (void)str_cut(rest, '/', &id);
    if (public_id_parse(&w->ids, PUBLIC_MESSAGE, id, &message) != ERR_OK) return 0;
    return message;
}

/* Sending again is right only after the provider said that it never left. */
static bool never_left(const struct world *w, uint64_t provider_message)
{
    struct sandbox_message m;

    if (sandbox_message_get(w->sandbox, provider_message, &m) != ERR_OK) return false;
    return m.status == SANDBOX_FAILED && playbook_get(m.error_code)->retry_after_accept;
}

/* Or if whoever made it asked for that when it was not delivered. */
static bool asked_for_again(const struct world *w, uint64_t message, uint64_t provider_message)
{
    struct sandbox_message m;
    bool asked = false;

    if (sandbox_message_get(w->sandbox, provider_message, &m) != ERR_OK) return false;
    if (m.status != SANDBOX_UNDELIVERED && !w->config.on[SITE_FICKLE]) return false;
    for (size_t at = 0; at < w->config.orgs && !asked; at++) {
        struct message row;
        struct arena a;
        arena_init(&a, 1 << 20);
        asked = w->store->ops->message_get(w->reader, &a, w->orgs[at].id, message, &row) == ERR_OK &&
                row.retry_undelivered;
        arena_reset(&a);
    }
    return asked;
}

static bool has_agreed(const struct sim_org *o, uint64_t number)
{
    for (size_t i = 0; i < o->people_count; i++)
        if (o->people[i].number == number) return o->people[i].agreed;
    return false;
}

/* Marketing that left for somebody who had not agreed in writing, whatever was texted since. */
static void judge_consent(struct world *w, uint64_t message, uint64_t to)
{
    for (size_t at = 0; at < w->config.orgs && w->config.on[SITE_CONSENT]; at++) {
        struct message row;
        struct arena a;
        arena_init(&a, 1 << 20);
        if (w->store->ops->message_get(w->reader, &a, w->orgs[at].id, message, &row) == ERR_OK &&
            row.kind == KIND_MARKETING && !has_agreed(&w->orgs[at], to)) {
            w->about = to;
            world_wrong(w, "marketing left for somebody who never agreed to it: message %" PRIu64, message);
        }
        arena_reset(&a);
    }
}

static void judge_duplicates(struct world *w, struct map *last)
{
    uint64_t count = sandbox_ledger_count(w->sandbox);

    for (uint64_t seq = 1; seq <= count; seq++) {
        struct sandbox_ledger_entry e;
        union map_value *at;
        uint64_t message;
        BUG_IF(sandbox_ledger_get(w->sandbox, seq, &e) != ERR_OK);
        if (e.message == 0) continue;
        message = message_of(w, e.status_callback);
        at = message == 0 ? NULL : map_put(last, message);
        if (at == NULL) {
            world_wrong(w, "the provider has a message that is nobody's");
            return;
        }
        judge_consent(w, message, e.to);
        if (at->num != 0 && !never_left(w, at->num) && !asked_for_again(w, message, at->num)) {
            w->about = e.to;
            world_wrong(w, "message %" PRIu64 " was sent twice: %" PRIu64 " and %" PRIu64, message, at->num,
                        e.message);
        }
        at->num = e.message;
    }
}

static size_t add_limit(struct sandbox_limit *all, size_t count, enum sandbox_limit_scope scope, uint32_t only,
                        int64_t window_ms, int64_t most)
{
    all[count] = (struct sandbox_limit){.scope = scope, .only = only, .carrier = SANDBOX_CARRIER_COUNT,
                                        .window_ms = window_ms, .most = (uint64_t)most};
    return count + 1;
}

static size_t limits_of(const struct world *w, struct sandbox_limit *all)
{
    const struct settings *s = &w->settings;
    int64_t per_min[] = {0, s->limits_tier1_per_min, s->limits_tier2_per_min, s->limits_tier3_per_min,
                         s->limits_tier4_per_min};
    size_t count = 0;

    for (size_t at = 0; at < w->config.orgs; at++) {
        const struct sim_org *o = &w->orgs[at];
        bool only_long = true;
        for (size_t n = 0; n < o->senders_count; n++) {
            bool long_code = o->kinds[n] == SENDER_LONG_CODE;
            count = add_limit(all, count, SANDBOX_PER_SENDER, o->sandbox_senders[n], 1000,
                              long_code ? s->limits_long_code_per_s : s->limits_toll_free_per_s);
            if (long_code)
                count = add_limit(all, count, SANDBOX_PER_SENDER, o->sandbox_senders[n], 60000,
                                  s->limits_long_code_per_min);
            else only_long = false;
        }
        if (only_long)
            count = add_limit(all, count, SANDBOX_PER_SERVICE, o->service, 60000,
                              per_min[tier_of(BRAND_STANDARD, o->brand_score)]);
    }
    return count;
}

static void tell_after_stop(struct world *w, uint64_t seq)
{
    struct sandbox_ledger_entry e;
    struct sandbox_message m;

    if (!w->config.tell) return;
    BUG_IF(sandbox_ledger_get(w->sandbox, seq, &e) != ERR_OK);
    w->about = e.to;
    printf("# after STOP: to %" PRIu64 " at +%" PRId64 " " STR_FMT "\n", e.to, e.at_ms - w->start_ms,
           STR_ARG(e.status_callback));
    for (uint64_t n = 1; sandbox_message_get(w->sandbox, n, &m) == ERR_OK; n++)
        if (m.direction == SANDBOX_INBOUND && m.from == e.to)
            printf("#   texted " STR_FMT " at +%" PRId64 "\n", STR_ARG(m.body), m.created_ms - w->start_ms);
}

void judge_ledger(struct world *w)
{
    struct sandbox_limit limits[LIMITS_MAX];
    struct sandbox_oracle oracle = {.id_param = STR("/status/"), .limits = limits, .count_received = true,
                                    .stop_crossing_ms = CROSSING_MS};
    struct sandbox_verdict v;
    struct map last;

    map_init(&last);
    judge_duplicates(w, &last);
    map_free(&last);
    oracle.limits_count = limits_of(w, limits);
    BUG_IF(sandbox_ledger_check(w->sandbox, &oracle, &v) != ERR_OK);
    for (size_t n = 0; n < v.findings_count && v.after_stop > 0; n++)
        if (v.findings[n].kind == SANDBOX_AFTER_STOP) tell_after_stop(w, v.findings[n].seq);
    if (v.after_stop > 0) world_wrong(w, "%" PRIu64 " messages left after a STOP was answered", v.after_stop);
    for (size_t n = 0; n < v.findings_count && v.over_limit > 0; n++) {
        const struct sandbox_finding *f = &v.findings[n];
        if (f->kind != SANDBOX_OVER_LIMIT) continue;
        world_wrong(w, "limit %zu (scope %d, %" PRId64 " ms): %" PRIu64 " for %" PRIu64
                    ", entries %" PRIu64 " to %" PRIu64, f->limit, (int)limits[f->limit].scope,
                    limits[f->limit].window_ms, f->counted, limits[f->limit].most, f->first_seq, f->seq);
    }
}

/* ---- the end ---- */

/* Its texts are left out. */
static struct campaign read_campaign(const struct world *w, const struct sim_campaign *c)
{
    struct campaign row;
    struct arena a;

    arena_init(&a, 1 << 20);
    BUG_IF(w->store->ops->campaign_get(w->reader, &a, w->orgs[c->org].id, c->id, &row) != ERR_OK);
    row.name = row.template_text = row.why = (struct str){NULL, 0};
    arena_reset(&a);
    return row;
}

bool judge_at_rest(struct world *w)
{
    struct store_stats stats = {.now_ms = world_wall_ms(w)};
    struct pump_view view;
    bool rest = w->pump != NULL && w->directs_left == 0 && w->again == NULL;

    if (!rest) return false;
    pump_view(w->pump, &view);
    BUG_IF(w->store->ops->stats(w->reader, &stats) != ERR_OK);
    if (stats.due > 0 || stats.doubts > 0 || view.engine.items > 0) return false;
    for (size_t n = 0; n < w->campaigns_count && rest; n++) {
        enum campaign_state state = read_campaign(w, &w->campaigns[n]).state;
        rest = state == CAMPAIGN_COMPLETED || state == CAMPAIGN_CANCELED;
    }
    return rest;
}

static void tell_campaigns(struct world *w)
{
    for (size_t n = 0; n < w->campaigns_count; n++) {
        struct campaign c = read_campaign(w, &w->campaigns[n]);
        printf("# campaign %" PRIu64 " of org %u is in state %d, %" PRId64 " in its audience%s\n", c.id, c.org,
               (int)c.state, c.audience, c.frozen ? "" : ", not frozen");
    }
}

static void tell_lanes(struct world *w)
{
    struct lane_key lanes[16];
    int64_t earliest_ms[16];
    size_t count = 16;

    BUG_IF(w->store->ops->due_lanes(w->reader, NULL, lanes, earliest_ms, &count) != ERR_OK);
    for (size_t n = 0; n < count; n++)
        printf("# left in the lane of org %u campaign %" PRIu64 " kind %u carrier %u, due since %" PRId64 " ms\n",
               lanes[n].org, lanes[n].campaign, lanes[n].kind, lanes[n].carrier, world_wall_ms(w) - earliest_ms[n]);
}

void judge_restless(struct world *w)
{
    struct store_stats stats = {.now_ms = world_wall_ms(w)};
    struct pump_view view = {0};
    size_t open = 0;

    if (w->config.tell) {
        tell_campaigns(w);
        tell_lanes(w);
    }
    if (w->pump != NULL) pump_view(w->pump, &view);
    BUG_IF(w->store->ops->stats(w->reader, &stats) != ERR_OK);
    for (size_t n = 0; n < w->campaigns_count; n++)
        if (read_campaign(w, &w->campaigns[n]).state < CAMPAIGN_COMPLETED) open++;
    world_wrong(w, "not at rest: %s, %u to admit, %" PRId64 " due (%" PRId64 " now), %" PRId64
                " in doubt, engine holds %zu, breakers open %zu, campaigns not over %zu",
                w->pump == NULL ? "down" : "up", w->directs_left, stats.due, stats.due_now, stats.doubts,
                view.engine.items, view.engine.breakers_open, open);
}

static bool was_accepted(enum message_state s)
{
    return s == MESSAGE_ACCEPTED || s == MESSAGE_SENT || s == MESSAGE_DELIVERED || s == MESSAGE_UNDELIVERED;
}

/* For people: everything the ledger has about one message, or one number. */
static void tell_story(struct world *w, const struct message *m)
{
    uint64_t count = sandbox_ledger_count(w->sandbox);

    if (!w->config.tell) return;
    printf("# message %" PRIu64 " org %u to %" PRIu64 ": %s attempt %u sid %s reason %d\n", m->id, m->org, m->number,
           message_state_name(m->state), m->attempt, m->sid, (int)m->reason);
    for (uint64_t seq = 1; seq <= count; seq++) {
        struct sandbox_ledger_entry e;
        char sid[SANDBOX_SID_BYTES] = "";
        BUG_IF(sandbox_ledger_get(w->sandbox, seq, &e) != ERR_OK);
        if (e.to != m->number) continue;
        if (e.message != 0) sandbox_message_sid(w->sandbox, e.message, sid);
        printf("#   +%" PRId64 " committed +%" PRId64 " %s %d/%d fault %s message %" PRIu64 " " STR_FMT "\n",
               e.at_ms - w->start_ms, e.message ? e.committed_ms - w->start_ms : -1, sid, e.http_status, e.code,
               sandbox_fault_name(e.fault), message_of(w, e.status_callback), STR_ARG(e.status_callback));
    }
}

static void judge_message(struct world *w, const struct message *m, struct map *committed, uint64_t *accepted)
{
    const union map_value *last = map_get(committed, m->id);
    bool there = last != NULL;

    w->about = m->number;
    if (!was_accepted(m->state) && !message_state_final(m->state))
        world_wrong(w, "message %" PRIu64 " is left %s", m->id, message_state_name(m->state));
    if (was_accepted(m->state) && !there)
        world_wrong(w, "message %" PRIu64 " is %s but was never sent", m->id, message_state_name(m->state));
    if (there && !was_accepted(m->state) && m->state != MESSAGE_FAILED && !never_left(w, last->num) &&
        !asked_for_again(w, m->id, last->num) &&
        !(w->config.on[SITE_FICKLE] && m->state == MESSAGE_CANCELED && m->sid[0] != '\0'))
        world_wrong(w, "message %" PRIu64 " was sent but is %s", m->id, message_state_name(m->state));
    if (w->wrong[0] != '\0') tell_story(w, m);
    if (there) ++*accepted;
}

static uint64_t judge_messages(struct world *w, struct map *committed, uint64_t *accepted)
{
    struct message *rows = calloc(PAGE, sizeof *rows);
    uint64_t total = 0;

    BUG_IF(rows == NULL);
    for (size_t at = 0; at < w->config.orgs; at++) {
        struct message_filter f = {.org = w->orgs[at].id};
        uint64_t before = 0, more = 0;
        do {
            size_t count = PAGE;
            struct arena a;
            arena_init(&a, 4 << 20);
            BUG_IF(w->store->ops->messages(w->reader, &a, &f, before, rows, &count, &more) != ERR_OK);
            for (size_t n = 0; n < count && w->wrong[0] == '\0'; n++)
                judge_message(w, &rows[n], committed, accepted);
            total += count;
            before = more;
            arena_reset(&a);
        } while (more != 0);
    }
    free(rows);
    return total;
}

static void judge_campaign(struct world *w, const struct sim_campaign *c)
{
    struct campaign row = read_campaign(w, c);
    int64_t sum = 0;

    for (int s = MESSAGE_QUEUED + 1; s < MESSAGE_STATES; s++) sum += row.counts[s];
    if (sum != row.audience)
        world_wrong(w, "campaign %" PRIu64 ": %" PRId64 " of %" PRId64 " messages are counted", c->id, sum,
                    row.audience);
}

void judge_end(struct world *w)
{
    struct map committed;
    uint64_t total, sent = 0;

    if (w->wrong[0] != '\0') return;
    map_init(&committed);
    judge_duplicates(w, &committed);
    total = judge_messages(w, &committed, &sent);
    if (total != w->admitted)
        world_wrong(w, "%" PRIu64 " messages admitted, %" PRIu64 " in the store", w->admitted, total);
    if (sent != committed.count)
        world_wrong(w, "the ledger has %zu messages of ours, the store knows %" PRIu64 " of them", committed.count,
                    sent);
    map_free(&committed);
    for (size_t n = 0; n < w->campaigns_count; n++) judge_campaign(w, &w->campaigns[n]);
}

uint64_t judge_sent(const struct world *w, int64_t from_ms, int64_t until_ms)
{
    uint64_t count = sandbox_ledger_count(w->sandbox), sent = 0;

    for (uint64_t seq = 1; seq <= count; seq++) {
        struct sandbox_ledger_entry e;
        BUG_IF(sandbox_ledger_get(w->sandbox, seq, &e) != ERR_OK);
        if (e.message != 0 && e.at_ms >= from_ms && e.at_ms < until_ms) sent++;
    }
    return sent;
}

uint64_t judge_hash(struct world *w)
{
    uint64_t hash = 1, count = sandbox_ledger_count(w->sandbox);

    for (uint64_t seq = 1; seq <= count; seq++) {
        struct sandbox_ledger_entry e;
        BUG_IF(sandbox_ledger_get(w->sandbox, seq, &e) != ERR_OK);
        uint64_t words[] = {(uint64_t)e.at_ms, e.to, e.body_hash, e.message, e.sender, (uint64_t)e.fault};
        hash = str_hash((struct str){(const char *)words, sizeof words}, hash);
    }
    return hash ^ w->steps ^ w->queue.rows << 32;
}

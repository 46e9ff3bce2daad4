/* twin: opening a twin for a test, and short ways to use it. See twin.h. */
#include "twin.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *twin_kind = "sqlite";

bool twin_on_disk(void)
{
    return strcmp(twin_kind, "sqlite") == 0;
}

void twin_path(const struct twin *t, char *out, size_t size)
{
    (void)snprintf(out, size, "%s/store.db", t->directory);
}

static void open_store(struct twin *t)
{
    struct fault f = {0};
    if (twin_on_disk()) {
        char path[128];
        struct store_sqlite_options o = {.path = path, .cache_kib = 4096, .wal_bytes_max = 1 << 20};
        twin_path(t, path, sizeof path);
        if (store_sqlite_open(&o, &t->store, &f) != ERR_OK) fail_msg("%s", f.what);
    } else if (store_ram_open(&t->store, &f) != ERR_OK) fail_msg("%s", f.what);
    t->ops = t->store->ops;
    assert_int_equal(t->ops->reader_open(t->store, &t->reader, &f), ERR_OK);
}

void twin_open(struct twin *t)
{
    memset(t, 0, sizeof *t);
    arena_init(&t->arena, 64 << 20);
    if (twin_on_disk()) assert_true(scratch_make(t->directory, sizeof t->directory, "store"));
    open_store(t);
}

void twin_reopen(struct twin *t)
{
    if (!twin_on_disk()) return;
    t->ops->reader_close(t->reader);
    t->ops->close(t->store);
    open_store(t);
}

void twin_close(struct twin *t)
{
    char command[128];
    t->ops->reader_close(t->reader);
    t->ops->close(t->store);
    arena_reset(&t->arena);
    if (t->directory[0] == 0) return;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", t->directory);
    assert_int_equal(system(command), 0);
}

int twin_setup(void **state)
{
    struct twin *t = malloc(sizeof *t);
    twin_open(t);
    *state = t;
    return 0;
}

int twin_teardown(void **state)
{
    twin_close(*state);
    free(*state);
    return 0;
}

enum err (*twin_put)(struct twin *t, struct change *c);
size_t twin_change_bytes;

enum err put(struct twin *t, struct change *c)
{
    struct fault f = {0};
    if (twin_put != NULL) return twin_put(t, c);
    assert_int_equal(t->ops->begin(t->store, &f), ERR_OK);
    t->ops->apply(t->store, c);
    if (t->ops->commit(t->store, &f) != ERR_OK) fail_msg("%s", f.what);
    if (c->result != ERR_OK) assert_true(c->fault.what[0] != 0);
    return c->result;
}

org_id make_org(struct twin *t, const char *slug)
{
    struct change_org c = {.head.kind = CHANGE_ORG};
    struct org *o = &c.org;
    (void)snprintf(o->slug, sizeof o->slug, "%s", slug);
    (void)snprintf(o->hook_path, sizeof o->hook_path, "hook-%s", slug);
    (void)snprintf(o->region, sizeof o->region, "US");
    o->name = str_from(slug);
    o->state = ORG_ACTIVE;
    o->share = 10;
    o->created_ms = T0;
    c.first_program.brand_score = 80;
    assert_int_equal(PUT(t, &c), ERR_OK);
    return o->id;
}

uint32_t first_program(struct twin *t, org_id org)
{
    struct program p;
    size_t count = 1;
    assert_int_equal(t->ops->programs(t->reader, &t->arena, org, 0, &p, &count), ERR_OK);
    assert_int_equal(count, 1);
    return p.id;
}

uint64_t make_contact(struct twin *t, org_id org, uint64_t number, uint32_t list)
{
    struct contact row = {.number = number, .fields = STR("{\"name\":\"Ann\"}"), .zones = 7, .carrier = 2};
    struct change_contacts c = {.head.kind = CHANGE_CONTACTS, .org = org, .list = list, .rows = &row, .count = 1,
                                .now_ms = T0};
    assert_int_equal(PUT(t, &c), ERR_OK);
    return row.id;
}

enum err move_campaign(struct twin *t, org_id org, uint64_t campaign, enum campaign_state to)
{
    struct change_campaign_state c = {.head.kind = CHANGE_CAMPAIGN_STATE, .org = org, .campaign = campaign,
                                      .to = to, .why = STR("because"), .now_ms = T0 + 5};
    return PUT(t, &c);
}

uint64_t make_campaign(struct twin *t, org_id org, enum campaign_state state)
{
    struct change_campaign c = {.head.kind = CHANGE_CAMPAIGN};
    struct campaign *m = &c.campaign;
    m->org = org;
    m->program = first_program(t, org);
    m->name = STR("Spring");
    m->kind = KIND_MARKETING;
    m->template_text = STR("Hi {{name}}");
    m->state = CAMPAIGN_DRAFT;
    m->validity_s = 3600;
    m->created_ms = T0;
    assert_int_equal(PUT(t, &c), ERR_OK);
    if (state != CAMPAIGN_DRAFT) assert_int_equal(move_campaign(t, org, m->id, CAMPAIGN_RUNNING), ERR_OK);
    if (state > CAMPAIGN_RUNNING) assert_int_equal(move_campaign(t, org, m->id, state), ERR_OK);
    return m->id;
}

struct run freeze_some(struct twin *t, org_id org, uint64_t campaign, uint64_t number, size_t count)
{
    struct campaign before = campaign_of(t, org, campaign);
    struct freeze_row rows[64];
    struct change_freeze c = {.head.kind = CHANGE_FREEZE, .org = org, .campaign = campaign,
                              .after = before.freeze_after, .upto = before.freeze_after + count, .rows = rows,
                              .count = count, .now_ms = T0};
    struct run runs[128];
    size_t found = 128;
    assert_true(count > 0 && count <= 64);
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct freeze_row){before.freeze_after + i + 1, number + i, 7, 2};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.runs_made, 1);
    assert_int_equal(t->ops->runs(t->reader, org, campaign, 0, runs, &found), ERR_OK);
    assert_true(found > 0);
    return runs[found - 1];
}

uint64_t admit(struct twin *t, org_id org, uint64_t number, int64_t send_at_ms)
{
    struct change_admit c = {.head.kind = CHANGE_ADMIT};
    struct message *m = &c.message;
    m->org = org;
    m->program = first_program(t, org);
    m->number = number;
    m->kind = KIND_TRANSACTIONAL;
    m->state = send_at_ms > T0 ? MESSAGE_HELD : MESSAGE_QUEUED;
    m->reason = send_at_ms > T0 ? REASON_SCHEDULED : REASON_NONE;
    m->carrier = 3;
    m->created_ms = T0;
    m->send_at_ms = send_at_ms;
    m->expires_ms = T0 + DAY_MS;
    m->body = STR("Your code is 1234");
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(m->id > 0);
    return m->id;
}

struct message message_of(struct twin *t, org_id org, uint64_t message)
{
    struct message m = {0};
    assert_int_equal(t->ops->message_get(t->reader, &t->arena, org, message, &m), ERR_OK);
    return m;
}

struct campaign campaign_of(struct twin *t, org_id org, uint64_t campaign)
{
    struct campaign c = {0};
    assert_int_equal(t->ops->campaign_get(t->reader, &t->arena, org, campaign, &c), ERR_OK);
    return c;
}

struct lane_key lane_of(struct twin *t, org_id org, uint64_t message)
{
    struct message m = message_of(t, org, message);
    return (struct lane_key){.org = org, .program = m.program, .campaign = m.campaign, .kind = (uint8_t)m.kind,
                             .carrier = m.carrier};
}

struct arm_item arm_item(struct twin *t, org_id org, uint64_t message, uint8_t attempt)
{
    struct message m = message_of(t, org, message);
    struct arm_item item = {.lane = lane_of(t, org, message), .due_at_ms = m.due_at_ms};
    struct org o = {0};
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, org, &o), ERR_OK);
    item.org_rev = o.rev;
    if (m.campaign != 0) item.campaign_rev = campaign_of(t, org, m.campaign).rev;
    item.armed = (struct armed){.message = message, .number = m.number, .org = org, .program = m.program,
                                .sender = 4, .segments = 2, .attempt = attempt, .carrier = m.carrier,
                                .cost_micros = 15800};
    return item;
}

static struct run run_holding(struct twin *t, org_id org, uint64_t campaign, uint64_t message)
{
    struct run runs[128];
    size_t count = 128;
    assert_int_equal(t->ops->runs(t->reader, org, campaign, 0, runs, &count), ERR_OK);
    for (size_t i = 0; i < count; i++)
        if (message >= runs[i].next && message < runs[i].hi) return runs[i];
    return (struct run){0};
}

enum arm_verdict arm(struct twin *t, org_id org, uint64_t message, uint8_t attempt)
{
    struct arm_item item = arm_item(t, org, message, attempt);
    struct arm_cursor cursor = {.org = org, .next = message + 1};
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0 + 10, .day = 20254, .items = &item,
                           .items_count = 1, .cursors = &cursor};
    if (item.lane.campaign != 0 && item.due_at_ms == 0) {
        cursor.run = item.run = run_holding(t, org, item.lane.campaign, message).id;
        c.cursors_count = cursor.run != 0;
    }
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.arms_id != 0, item.verdict == ARM_ARMED);
    return item.verdict;
}

struct outcome accepted(org_id org, uint64_t message, uint8_t attempt, const char *sid)
{
    struct outcome o = {.message = message, .org = org, .attempt = attempt, .kind = OUTCOME_ACCEPTED, .sender = 4,
                        .segments = 2, .cost_micros = 15800, .armed_ms = T0 + 10};
    (void)snprintf(o.sid, sizeof o.sid, "%s", sid);
    return o;
}

enum err answer(struct twin *t, struct outcome o)
{
    struct change_outcome c = {.head.kind = CHANGE_OUTCOME, .now_ms = T0 + 20, .items = &o, .count = 1};
    return PUT(t, &c);
}

enum status_verdict status(struct twin *t, org_id org, uint64_t message, uint8_t attempt, const char *sid,
                           enum message_state to)
{
    struct change_status c = {.head.kind = CHANGE_STATUS, .org = org, .message = message, .attempt = attempt,
                              .to = to, .now_ms = T0 + 30};
    if (to == MESSAGE_FAILED || to == MESSAGE_UNDELIVERED) c.error_code = 30003;
    (void)snprintf(c.sid, sizeof c.sid, "%s", sid);
    assert_int_equal(PUT(t, &c), ERR_OK);
    return c.verdict;
}

void opt_out(struct twin *t, org_id org, uint64_t number, int64_t at_ms)
{
    struct change_consent c = {.head.kind = CHANGE_CONSENT};
    c.event = (struct consent){.org = org, .number = number, .kind = CONSENT_OPT_OUT, .at_ms = at_ms,
                               .source = STR("operator"), .evidence = STR("asked by phone")};
    assert_int_equal(PUT(t, &c), ERR_OK);
}

size_t due_in(struct twin *t, const struct lane_key *lane, int64_t until_ms)
{
    struct due due[64];
    struct message messages[64];
    struct contact contacts[64];
    size_t count = 64;
    assert_int_equal(t->ops->draw_due(t->reader, &t->arena, lane, until_ms, 0, 0, due, messages, contacts, &count),
                     ERR_OK);
    return count;
}

/* script: the changes and the checks. Contract in script.h. */
#include "script.h"

#include "base/rng.h"

#include <stdio.h>

enum { ORGS = 2, MESSAGES_MAX = 400, CONTACTS = 12 };

struct tracked {
    org_id org;
    uint64_t id;
    uint8_t attempt;
    enum { WAITS, ARMED, DOUBTED, ACCEPTED, DONE } state;
    char sid[SID_BYTES];
};

struct play {
    struct twin *t;
    struct rng rng;
    org_id orgs[ORGS];
    uint32_t lists[ORGS], endpoints[ORGS];
    uint64_t campaigns[ORGS], numbers;
    struct tracked messages[MESSAGES_MAX];
    size_t count;
    uint64_t sids;
};

static uint64_t number_next(struct play *p)
{
    return 14155000000 + p->numbers++;
}

static void sid_next(struct play *p, char out[SID_BYTES])
{
    (void)snprintf(out, SID_BYTES, "SM%032llx", (unsigned long long)++p->sids);
}

static void track(struct play *p, org_id org, uint64_t id)
{
    if (p->count < MESSAGES_MAX) p->messages[p->count++] = (struct tracked){.org = org, .id = id, .state = WAITS};
}

static struct tracked *pick(struct play *p, int state)
{
    size_t from = p->count == 0 ? 0 : rng_below(&p->rng, p->count);
    for (size_t i = 0; i < p->count; i++) {
        struct tracked *m = &p->messages[(from + i) % p->count];
        if ((int)m->state == state) return m;
    }
    return NULL;
}

/* ---- changes ---- */

static void do_admit(struct play *p, size_t org)
{
    track(p, p->orgs[org], admit(p->t, p->orgs[org], number_next(p), T0));
}

static void do_arm(struct play *p)
{
    struct tracked *m = pick(p, WAITS);
    if (m == NULL || arm(p->t, m->org, m->id, (uint8_t)(m->attempt + 1)) != ARM_ARMED) return;
    m->attempt++;
    m->state = ARMED;
}

static void do_accept(struct play *p)
{
    struct tracked *m = pick(p, ARMED);
    if (m == NULL) return;
    sid_next(p, m->sid);
    assert_int_equal(answer(p->t, accepted(m->org, m->id, m->attempt, m->sid)), ERR_OK);
    m->state = ACCEPTED;
}

static void do_again(struct play *p)
{
    struct tracked *m = pick(p, ARMED);
    struct outcome o;
    if (m == NULL) return;
    o = accepted(m->org, m->id, m->attempt, "");
    o.kind = OUTCOME_AGAIN;
    o.to = MESSAGE_QUEUED;
    o.reason = REASON_RETRY;
    o.next_ms = T0 + 1000;
    o.lane = lane_of(p->t, m->org, m->id);
    assert_int_equal(answer(p->t, o), ERR_OK);
    m->state = WAITS;
}

static void do_doubt(struct play *p)
{
    struct tracked *m = pick(p, ARMED);
    struct outcome o;
    if (m == NULL) return;
    o = accepted(m->org, m->id, m->attempt, "");
    o.kind = OUTCOME_DOUBT;
    o.doubt = (struct doubt){.message = m->id, .org = m->org, .number = message_of(p->t, m->org, m->id).number,
                             .attempt = m->attempt, .armed_ms = T0 + 10, .deadline_ms = T0 + 35000,
                             .next_ms = T0 + 95000, .sender = 4, .segments = 2};
    assert_int_equal(answer(p->t, o), ERR_OK);
    m->state = DOUBTED;
}

static void do_settle(struct play *p)
{
    struct tracked *m = pick(p, DOUBTED);
    struct change_bind bind = {.head.kind = CHANGE_BIND, .to = MESSAGE_ACCEPTED, .now_ms = T0 + 200000};
    struct change_doubt gone = {.head.kind = CHANGE_DOUBT, .absent = true, .now_ms = T0 + 200000};
    if (m == NULL) return;
    if (rng_below(&p->rng, 2) == 0) {
        bind.org = m->org;
        bind.message = m->id;
        sid_next(p, m->sid);
        (void)snprintf(bind.sid, sizeof bind.sid, "%s", m->sid);
        assert_int_equal(PUT(p->t, &bind), ERR_OK);
        m->state = ACCEPTED;
        return;
    }
    gone.doubt = (struct doubt){.message = m->id, .org = m->org, .attempt = m->attempt, .clean_listings = 2};
    gone.lane = lane_of(p->t, m->org, m->id);
    assert_int_equal(PUT(p->t, &gone), ERR_OK);
    m->state = WAITS;
}

static void do_status(struct play *p)
{
    struct tracked *m = pick(p, ACCEPTED);
    if (m == NULL) return;
    (void)status(p->t, m->org, m->id, m->attempt, m->sid,
                 rng_below(&p->rng, 3) == 0 ? MESSAGE_SENT : MESSAGE_DELIVERED);
    if (rng_below(&p->rng, 2) == 0) m->state = DONE;
}

static void do_inbound(struct play *p, size_t org)
{
    struct change_inbound c = {.head.kind = CHANGE_INBOUND, .consent = CONSENT_OPT_OUT};
    bool stop = rng_below(&p->rng, 3) == 0;
    sid_next(p, c.inbound.sid);
    c.inbound.org = p->orgs[org];
    c.inbound.from = number_next(p);
    (void)snprintf(c.inbound.to, sizeof c.inbound.to, "+14155559999");
    c.inbound.body = stop ? STR("STOP") : STR("When do you open?");
    c.inbound.keyword = stop ? INBOUND_STOP : INBOUND_TEXT;
    c.inbound.at_ms = c.inbound.received_ms = T0 + 40;
    if (!stop) c.consent = 0;
    assert_int_equal(PUT(p->t, &c), ERR_OK);
}

static void do_contacts(struct play *p, size_t org)
{
    struct contact rows[CONTACTS];
    struct change_contacts c = {.head.kind = CHANGE_CONTACTS, .org = p->orgs[org], .list = p->lists[org],
                                .rows = rows, .count = CONTACTS, .now_ms = T0};
    for (size_t i = 0; i < CONTACTS; i++)
        rows[i] = (struct contact){.number = number_next(p), .fields = STR("{\"first_name\":\"Ann\"}"), .zones = 7,
                                   .carrier = (uint8_t)(i % 4)};
    assert_int_equal(PUT(p->t, &c), ERR_OK);
}

static void do_freeze(struct play *p, size_t org)
{
    struct run run = freeze_some(p->t, p->orgs[org], p->campaigns[org], 14156000000 + 1000 * p->numbers++, 16);
    for (uint64_t id = run.lo; id < run.hi; id++) track(p, p->orgs[org], id);
}

static void do_import(struct play *p, size_t org)
{
    struct change_import c = {.head.kind = CHANGE_IMPORT};
    c.job = (struct import_job){.org = p->orgs[org], .list = p->lists[org], .state = IMPORT_RUNNING, .region = "US",
                                .bytes = 100, .file = STR("spool/upload-1.csv"), .created_ms = T0};
    assert_int_equal(PUT(p->t, &c), ERR_OK);
}

static void do_hooks(struct play *p, size_t org)
{
    struct hook_retry retry = {.endpoint = p->endpoints[org], .org = p->orgs[org], .event = rng_below(&p->rng, 9) + 1,
                               .attempt = 2, .next_ms = T0 + 99, .last_status = 500, .last_error = STR("answered 500")};
    struct change_hooks c = {.head.kind = CHANGE_HOOKS, .org = p->orgs[org], .endpoint = p->endpoints[org],
                             .position = rng_below(&p->rng, 50), .retries = &retry, .count = 1};
    assert_int_equal(PUT(p->t, &c), ERR_OK);
}

static void do_meta(struct play *p)
{
    struct change_meta c = {.head.kind = CHANGE_META, .name = STR("seen"), .value = STR("1750000000000")};
    struct change_trim trim = {.head.kind = CHANGE_TRIM, .events_before_ms = T0 + 15};
    assert_int_equal(PUT(p->t, &c), ERR_OK);
    if (rng_below(&p->rng, 3) == 0) assert_int_equal(PUT(p->t, &trim), ERR_OK);
}

static void do_something(struct play *p)
{
    size_t org = rng_below(&p->rng, ORGS);
    switch (rng_below(&p->rng, 20)) {
    case 0: case 1: do_admit(p, org); break;
    case 2: case 3: case 4: case 5: do_arm(p); break;
    case 6: case 7: do_accept(p); break;
    case 8: do_again(p); break;
    case 9: case 10: do_doubt(p); break;
    case 11: do_settle(p); break;
    case 12: case 13: do_status(p); break;
    case 14: do_inbound(p, org); break;
    case 15: do_contacts(p, org); break;
    case 16: do_freeze(p, org); break;
    case 17: do_import(p, org); break;
    case 18: do_hooks(p, org); break;
    case 19: do_meta(p); break;
    }
}

static void set_up(struct play *p)
{
    static const char *const slugs[ORGS] = {"acme", "bolt"};
    struct change_meta id = {.head.kind = CHANGE_META, .name = STR("installation"),
                             .value = STR("0123456789abcdef0123456789abcdef")};
    struct change_recover start = {.head.kind = CHANGE_RECOVER, .now_ms = T0, .deadline_ms = T0, .first_ms = T0};
    assert_int_equal(PUT(p->t, &id), ERR_OK);
    assert_int_equal(PUT(p->t, &start), ERR_OK);
    for (size_t i = 0; i < ORGS; i++) {
        struct change_list list = {.head.kind = CHANGE_LIST};
        struct change_endpoint endpoint = {.head.kind = CHANGE_ENDPOINT};
        p->orgs[i] = make_org(p->t, slugs[i]);
        list.list = (struct contact_list){.org = p->orgs[i], .name = STR("all"), .created_ms = T0};
        assert_int_equal(PUT(p->t, &list), ERR_OK);
        p->lists[i] = list.list.id;
        endpoint.endpoint = (struct endpoint){.org = p->orgs[i], .url = STR("https://a.example/hook"),
                                              .secret_sealed = STR("sealed"), .types = 62, .state = ENDPOINT_ACTIVE,
                                              .created_ms = T0};
        assert_int_equal(PUT(p->t, &endpoint), ERR_OK);
        p->endpoints[i] = endpoint.endpoint.id;
        p->campaigns[i] = make_campaign(p->t, p->orgs[i], CAMPAIGN_RUNNING);
    }
}

void script_run(struct twin *t, uint64_t seed, size_t operations)
{
    struct play p = {.t = t, .rng = rng_seeded(seed), .numbers = 1};
    set_up(&p);
    while (t->ops->commit_number(t->store) < operations) {
        do_something(&p);
        arena_reset(&t->arena);
    }
}

/* ---- what must be true ---- */

sqlite3 *script_probe(const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK) return db;
    (void)sqlite3_close(db);
    return NULL;
}

static uint64_t hash_value(sqlite3_stmt *s, int column, uint64_t seed)
{
    struct str bytes = {(const char *)sqlite3_column_blob(s, column), (size_t)sqlite3_column_bytes(s, column)};
    int64_t number = sqlite3_column_int64(s, column);
    if (sqlite3_column_type(s, column) == SQLITE_INTEGER) bytes = (struct str){(const char *)&number, sizeof number};
    return str_hash(bytes, seed + (uint64_t)sqlite3_column_type(s, column));
}

bool script_rows(sqlite3 *db, const char *query, uint64_t *hash)
{
    sqlite3_stmt *s = NULL;
    int result;
    if (sqlite3_prepare_v2(db, query, -1, &s, NULL) != SQLITE_OK) return false;
    while ((result = sqlite3_step(s)) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(s); i++) *hash = hash_value(s, i, *hash);
    sqlite3_finalize(s);
    return result == SQLITE_DONE;
}

static bool hash_table(sqlite3 *db, const char *table, uint64_t *hash)
{
    char text[200];
    /* Counter 17 says only from where a start has to look, and a start that has not looked leaves it. */
    (void)snprintf(text, sizeof text, "SELECT * FROM \"%s\"%s", table,
                   strcmp(table, "counters") == 0 ? " WHERE id <> 17" : "");
    *hash = str_hash(str_from(table), *hash);
    return script_rows(db, text, hash);
}

uint64_t script_state(sqlite3 *db)
{
    sqlite3_stmt *tables = NULL;
    uint64_t hash = 1;
    bool good = sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", -1,
                                   &tables, NULL) == SQLITE_OK;
    while (good && sqlite3_step(tables) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(tables, 0);
        good = name != NULL && hash_table(db, name, &hash);
    }
    sqlite3_finalize(tables);
    return good ? hash : 0;
}

/* Each counts rows that must not be. */
static const struct {
    const char *what, *query;
} wrongs[] = {
    {"a message waits in a run's past without a due row",
     "SELECT COUNT(*) FROM messages m WHERE m.state IN (1, 5) AND m.due_at <> 0 AND NOT EXISTS"
     " (SELECT 1 FROM due d WHERE d.message = m.id)"},
    {"a due row without its message", "SELECT COUNT(*) FROM due d WHERE NOT EXISTS"
     " (SELECT 1 FROM messages m WHERE m.id = d.message AND m.org = d.org)"},
    {"a doubt without its message", "SELECT COUNT(*) FROM doubts d WHERE NOT EXISTS"
     " (SELECT 1 FROM messages m WHERE m.id = d.message AND m.org = d.org)"},
    {"a cursor outside its run", "SELECT COUNT(*) FROM runs WHERE next < id OR next > hi"},
    {"a list that does not count its members", "SELECT COUNT(*) FROM lists l WHERE l.members <>"
     " (SELECT COUNT(*) FROM list_members m WHERE m.org = l.org AND m.list = l.id)"},
    {"messages that are not counted", "SELECT (SELECT COUNT(*) FROM messages) <>"
     " IFNULL((SELECT value FROM counters WHERE id = 16), 0)"},
};

void script_unsound(sqlite3 *db, char *out, size_t size)
{
    sqlite3_stmt *s = NULL;
    out[0] = 0;
    if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
        (void)snprintf(out, size, "integrity_check: %s", sqlite3_errmsg(db));
    else if (strcmp((const char *)sqlite3_column_text(s, 0), "ok") != 0)
        (void)snprintf(out, size, "integrity_check: %s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0] && out[0] == 0; i++) {
        if (sqlite3_prepare_v2(db, wrongs[i].query, -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
            (void)snprintf(out, size, "%s: %s", wrongs[i].what, sqlite3_errmsg(db));
        else if (sqlite3_column_int64(s, 0) != 0)
            (void)snprintf(out, size, "%s", wrongs[i].what);
        sqlite3_finalize(s);
    }
}

/* campaigns: their record, life and tallies. Owns the campaign facts that the hot path looks at; they are
 * written once per commit. */
#include "store/sqlite/parts.h"

#include "base/starved.h"
#include "store/same.h"

#include <stdlib.h>
#include <string.h>

enum { FACTS_KEPT_MAX = 256, TALLY_BYTES_MAX = 1 << 16 };

/* ---- facts ---- */

/* Reads CAMPAIGN_COLUMNS; without an arena the texts are left out. */
static void campaign_read(struct query *q, struct arena *a, struct campaign *c, struct tally *t)
{
    struct str data;
    memset(c, 0, sizeof *c);
    c->id = query_get_id(q);
    c->org = query_get_u32(q);
    c->program = query_get_u32(q);
    c->list = query_get_u32(q);
    if (a != NULL) c->name = query_get_str(q, a);
    else query_skip(q);
    c->kind = (enum message_kind)query_get_u8(q);
    if (a != NULL) c->template_text = query_get_str(q, a);
    else query_skip(q);
    c->state = (enum campaign_state)query_get_u8(q);
    if (a != NULL) c->why = query_get_str(q, a);
    else query_skip(q);
    c->retry_undelivered = query_get_u8(q) != 0;
    c->validity_s = query_get_i32(q);
    c->pause_failures_permille = query_get_i32(q);
    c->start_at_ms = query_get(q);
    c->frozen = query_get_u8(q) != 0;
    c->freeze_after = query_get_id(q);
    c->rev = query_get_u32(q);
    c->created_ms = query_get(q);
    c->started_ms = query_get(q);
    c->finished_ms = query_get(q);
    c->audience = query_get(q);
    c->segments = query_get(q);
    c->cost_micros = query_get(q);
    data = query_get_view(q);
    if (tally_read(t, data) != ERR_OK) conn_fail(q->conn, SQLITE_CORRUPT, "reading a campaign's tally");
    for (int i = 1; i < MESSAGE_STATES; i++) c->counts[i] = tally_in(t, (enum message_state)i);
}

static struct campaign_facts *facts_read(struct sqlite_store *s, org_id org, uint64_t id)
{
    struct query q = query_open(&s->conn, SQL_CAMPAIGN_GET);
    struct campaign_facts *facts = NULL;
    query_int(&q, org);
    query_id(&q, id);
    if (query_row(&q)) {
        facts = starved_calloc(1, sizeof *facts);
        if (facts != NULL) campaign_read(&q, NULL, &facts->c, &facts->tally);
        else store_out_of_memory(s);
    }
    query_end(&q);
    return facts;
}

static void facts_free(struct campaign_facts *facts)
{
    tally_free(&facts->tally);
    free(facts);
}

struct campaign_facts *campaign_facts(struct sqlite_store *s, org_id org, uint64_t id)
{
    struct campaign_facts *facts = map_ptr(&s->campaigns, id);
    union map_value *place;
    if (facts == NULL) {
        facts = facts_read(s, org, id);
        if (facts == NULL) return NULL;
        place = map_put(&s->campaigns, id);
        if (place == NULL) {
            facts_free(facts);
            store_out_of_memory(s);
            return NULL;
        }
        place->ptr = facts;
    }
    return facts->c.org == org ? facts : NULL;
}

static void facts_save(struct sqlite_store *s, struct campaign_facts *facts)
{
    struct query q = query_open(&s->conn, SQL_CAMPAIGN_FACTS_SAVE);
    query_int(&q, facts->c.state);
    query_int(&q, facts->c.rev);
    query_int(&q, facts->c.frozen);
    query_id(&q, facts->c.freeze_after);
    query_int(&q, facts->c.started_ms);
    query_int(&q, facts->c.finished_ms);
    query_int(&q, facts->c.org);
    query_id(&q, facts->c.id);
    (void)query_run(&q);
    facts->dirty = false;
}

static void tally_save(struct sqlite_store *s, struct campaign_facts *facts)
{
    struct buf data;
    struct query q;
    buf_init(&data, TALLY_BYTES_MAX);
    tally_write(&facts->tally, &data);
    if (buf_check(&data) != ERR_OK) store_out_of_memory(s);
    q = query_open(&s->conn, SQL_TALLY_SAVE);
    query_int(&q, facts->c.audience);
    query_int(&q, facts->c.segments);
    query_int(&q, facts->c.cost_micros);
    query_blob(&q, data.at, data.len);
    query_int(&q, facts->c.org);
    query_id(&q, facts->c.id);
    (void)query_run(&q);
    buf_free(&data);
    facts->tally_dirty = false;
}

void campaign_facts_flush(struct sqlite_store *s)
{
    size_t i = 0;
    struct map_slot *slot;
    while ((slot = map_next(&s->campaigns, &i)) != NULL) {
        struct campaign_facts *facts = slot->value.ptr;
        if (facts->dirty) facts_save(s, facts);
        if (facts->tally_dirty) tally_save(s, facts);
    }
}

void campaign_facts_drop(struct sqlite_store *s)
{
    size_t i = 0;
    struct map_slot *slot;
    while ((slot = map_next(&s->campaigns, &i)) != NULL) facts_free(slot->value.ptr);
    map_free(&s->campaigns);
}

void campaign_facts_shrink(struct sqlite_store *s)
{
    if (s->campaigns.count > FACTS_KEPT_MAX) campaign_facts_drop(s);
}

void campaign_tally(struct sqlite_store *s, struct campaign_facts *c, struct tally_mark mark, int64_t by)
{
    if (tally_add(&c->tally, mark, by) != ERR_OK) store_out_of_memory(s);
    c->tally_dirty = true;
}

bool campaign_is_canceled(struct sqlite_store *s, org_id org, uint64_t campaign)
{
    struct campaign_facts *facts = campaign == 0 ? NULL : campaign_facts(s, org, campaign);
    return facts != NULL && facts->c.state == CAMPAIGN_CANCELED;
}

/* ---- creating and editing ---- */

static void bind_content(struct query *q, const struct campaign *c)
{
    query_int(q, c->program);
    query_int(q, c->list);
    query_str(q, c->name);
    query_int(q, c->kind);
    query_str(q, c->template_text);
    query_int(q, c->state);
    query_str(q, c->why);
    query_int(q, c->retry_undelivered);
    query_int(q, c->validity_s);
    query_int(q, c->pause_failures_permille);
    query_int(q, c->start_at_ms);
}

static void campaign_created(struct sqlite_store *s, const struct campaign *c)
{
    struct query q = query_open(&s->conn, SQL_TALLY_INSERT);
    query_id(&q, c->id);
    query_int(&q, c->org);
    query_blob(&q, NULL, 0);
    (void)query_run(&q);
    event_add(s, &(struct event){.org = c->org, .type = EVENT_CAMPAIGN, .ref = c->id, .campaign = c->id,
                                 .state = (uint8_t)c->state, .at_ms = c->created_ms});
}

static void campaign_create(struct sqlite_store *s, struct campaign *c)
{
    struct query q;
    c->id = store_next(s, COUNTER_CAMPAIGN);
    c->rev = 1;
    c->frozen = false;
    c->freeze_after = 0;
    c->audience = c->segments = c->cost_micros = c->started_ms = c->finished_ms = 0;
    memset(c->counts, 0, sizeof c->counts);
    q = query_open(&s->conn, SQL_CAMPAIGN_INSERT);
    query_id(&q, c->id);
    query_int(&q, c->org);
    bind_content(&q, c);
    query_int(&q, c->created_ms);
    (void)query_run(&q);
    campaign_created(s, c);
}

static enum err campaign_edit(struct sqlite_store *s, struct change_campaign *base)
{
    struct campaign *c = &base->campaign;
    struct campaign_facts *facts = campaign_facts(s, c->org, c->id);
    struct query q;
    if (facts == NULL)
        return refuse(&base->head, ERR_NOT_FOUND, "there is no campaign %llu", (unsigned long long)c->id);
    if (facts->c.state != CAMPAIGN_DRAFT)
        return refuse(&base->head, ERR_CONFLICT, "the campaign is no draft any more: it cannot be edited; create a"
                      " new one");
    if (!campaign_same(c->rev, &facts->c)) return refuse(&base->head, ERR_CONFLICT, STORE_CAMPAIGN_MOVED);
    q = query_open(&s->conn, SQL_CAMPAIGN_EDIT);
    bind_content(&q, c);
    query_int(&q, facts->c.rev + 1);
    query_int(&q, c->org);
    query_id(&q, c->id);
    (void)query_run(&q);
    c->rev = facts->c.rev + 1;
    c->created_ms = facts->c.created_ms;
    event_add(s, &(struct event){.org = c->org, .type = EVENT_CAMPAIGN, .ref = c->id, .campaign = c->id,
                                 .state = (uint8_t)c->state, .at_ms = c->created_ms});
    facts_free(facts);
    (void)map_remove(&s->campaigns, c->id); /* read again when it is next asked for */
    return ERR_OK;
}

enum err apply_campaign(struct sqlite_store *s, struct change *base)
{
    struct change_campaign *c = (struct change_campaign *)base;
    enum err code = ERR_OK;
    if (org_facts(s, c->campaign.org) == NULL)
        return refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->campaign.org);
    if (c->campaign.state != CAMPAIGN_DRAFT && c->campaign.state != CAMPAIGN_SCHEDULED)
        return refuse(base, ERR_INVALID, "a campaign is put as a draft or scheduled");
    if (!program_exists(s, c->campaign.org, c->campaign.program))
        return refuse(base, ERR_NOT_FOUND, "there is no program %u", c->campaign.program);
    if (c->campaign.list != 0 && !list_exists(s, c->campaign.org, c->campaign.list))
        return refuse(base, ERR_NOT_FOUND, "there is no list %u", c->campaign.list);
    if (c->campaign.id != 0) code = campaign_edit(s, c);
    else campaign_create(s, &c->campaign);
    if (code == ERR_OK) acknowledge(s, c->campaign.org, c->campaign.id, &c->acknowledged);
    return code;
}

/* ---- moving along ---- */

static bool move_legal(enum campaign_state from, enum campaign_state to)
{
    static const unsigned into[] = {
        [CAMPAIGN_RUNNING] = 1u << CAMPAIGN_DRAFT | 1u << CAMPAIGN_SCHEDULED | 1u << CAMPAIGN_PAUSED,
        [CAMPAIGN_PAUSED] = 1u << CAMPAIGN_RUNNING,
        [CAMPAIGN_COMPLETED] = 1u << CAMPAIGN_RUNNING,
        [CAMPAIGN_CANCELED] = 1u << CAMPAIGN_DRAFT | 1u << CAMPAIGN_SCHEDULED | 1u << CAMPAIGN_RUNNING |
                              1u << CAMPAIGN_PAUSED,
    };
    return to >= CAMPAIGN_RUNNING && to <= CAMPAIGN_CANCELED && (into[to] >> from & 1) != 0;
}

/* What was not drawn yet counts as canceled at once; the rows stay as they are and read as canceled. */
static void cancel_the_rest(struct sqlite_store *s, struct campaign_facts *facts)
{
    struct query q;
    run_facts_flush(s);
    q = query_open(&s->conn, SQL_RUNS_LEFT);
    query_int(&q, facts->c.org);
    query_id(&q, facts->c.id);
    while (query_row(&q)) {
        uint8_t carrier = query_get_u8(&q);
        int64_t left = query_get(&q);
        campaign_tally(s, facts, (struct tally_mark){.state = MESSAGE_QUEUED, .carrier = carrier}, -left);
        campaign_tally(s, facts, (struct tally_mark){.state = MESSAGE_CANCELED, .carrier = carrier,
                                                     .reason = REASON_CAMPAIGN_CANCELED}, left);
    }
}

static void campaign_move(struct sqlite_store *s, struct campaign_facts *facts, struct change_campaign_state *c)
{
    struct query q;
    if (c->to == CAMPAIGN_CANCELED) cancel_the_rest(s, facts);
    facts->c.state = c->to;
    facts->c.rev++;
    if (c->to == CAMPAIGN_RUNNING && facts->c.started_ms == 0) facts->c.started_ms = c->now_ms;
    if (c->to == CAMPAIGN_COMPLETED || c->to == CAMPAIGN_CANCELED) facts->c.finished_ms = c->now_ms;
    facts->dirty = true;
    q = query_open(&s->conn, SQL_CAMPAIGN_WHY);
    query_str(&q, c->why);
    query_int(&q, c->org);
    query_id(&q, c->campaign);
    (void)query_run(&q);
    event_add(s, &(struct event){.org = c->org, .type = EVENT_CAMPAIGN, .ref = c->campaign, .campaign = c->campaign,
                                 .state = (uint8_t)c->to, .at_ms = c->now_ms});
    c->after = facts->c;
    for (int i = 1; i < MESSAGE_STATES; i++) c->after.counts[i] = tally_in(&facts->tally, (enum message_state)i);
}

enum err apply_campaign_state(struct sqlite_store *s, struct change *base)
{
    static const char *const names[] = {"", "a draft", "scheduled", "running", "paused", "completed", "canceled"};
    struct change_campaign_state *c = (struct change_campaign_state *)base;
    struct campaign_facts *facts = campaign_facts(s, c->org, c->campaign);
    if (facts == NULL)
        return refuse(base, ERR_NOT_FOUND, "there is no campaign %llu", (unsigned long long)c->campaign);
    if (!move_legal(facts->c.state, c->to))
        return refuse(base, ERR_CONFLICT, "the campaign is %s: it cannot become %s", names[facts->c.state],
                      c->to <= CAMPAIGN_CANCELED ? names[c->to] : "that");
    if (!campaign_same(c->rev, &facts->c)) return refuse(base, ERR_CONFLICT, STORE_CAMPAIGN_MOVED);
    acknowledge(s, c->org, c->campaign, &c->acknowledged);
    campaign_move(s, facts, c);
    return ERR_OK;
}

/* ---- reads ---- */

static enum err campaigns_rows(struct conn *c, struct query *q, struct arena *a, struct campaign *out, size_t *count)
{
    size_t n = 0;
    while (query_row(q)) {
        struct tally t = {0};
        campaign_read(q, a, &out[n++], &t);
        tally_free(&t);
    }
    return read_many(c, count, n);
}

enum err sqlite_campaign_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct campaign *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_CAMPAIGN_GET);
    size_t count = 1;
    enum err code;
    query_int(&q, org);
    query_id(&q, id);
    code = campaigns_rows(c, &q, a, out, &count);
    return code == ERR_OK && count == 0 ? ERR_NOT_FOUND : code;
}

enum err sqlite_campaigns(struct store_reader *r, struct arena *a, org_id org, uint64_t before,
                          struct campaign *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_CAMPAIGNS);
    query_int(&q, org);
    query_int(&q, before == 0 || before > INT64_MAX ? INT64_MAX : (int64_t)before);
    query_int(&q, (int64_t)*count);
    return campaigns_rows(c, &q, a, out, count);
}

enum err sqlite_campaigns_live(struct store_reader *r, struct arena *a, uint64_t after, struct campaign *out,
                               size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_CAMPAIGNS_LIVE);
    query_id(&q, after);
    query_int(&q, (int64_t)*count);
    return campaigns_rows(c, &q, a, out, count);
}

/* The tally of a campaign into a zeroed one, to be freed whatever is returned. */
static enum err tally_of(struct store_reader *r, org_id org, uint64_t campaign, struct tally *t)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_TALLY_GET);
    bool found;
    query_int(&q, org);
    query_id(&q, campaign);
    found = query_row(&q);
    if (found && tally_read(t, query_get_view(&q)) != ERR_OK) conn_fail(c, SQLITE_CORRUPT, "reading a tally");
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_campaign_errors(struct store_reader *r, org_id org, uint64_t campaign, int32_t *codes,
                                int64_t *numbers, size_t *count)
{
    struct tally t = {0};
    enum err code = tally_of(r, org, campaign, &t);
    size_t n = 0;
    for (size_t i = 0; i < t.errors_count && n < *count; i++) {
        if (t.errors[i].messages == 0) continue;
        codes[n] = t.errors[i].code;
        numbers[n++] = t.errors[i].messages;
    }
    tally_free(&t);
    *count = code == ERR_OK ? n : 0;
    return code;
}

enum err sqlite_campaign_carriers(struct store_reader *r, org_id org, uint64_t campaign,
                                  int64_t table[16][MESSAGE_STATES])
{
    struct tally t = {0};
    enum err code = tally_of(r, org, campaign, &t);
    memcpy(table, t.cells, sizeof t.cells);
    tally_free(&t);
    return code;
}

enum err sqlite_campaign_reasons(struct store_reader *r, org_id org, uint64_t campaign, int64_t reasons[64])
{
    struct tally t = {0};
    enum err code = tally_of(r, org, campaign, &t);
    memcpy(reasons, t.reasons, sizeof t.reasons);
    tally_free(&t);
    return code;
}

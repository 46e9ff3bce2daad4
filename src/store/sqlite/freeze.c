/* freeze: a campaign's audience becomes messages with consecutive ids in runs; and the runs' cursors. */
#include "store/sqlite/parts.h"

#include "base/mutant.h"
#include "store/ids.h"

#include <string.h>

/* ---- runs and their cursors ---- */

static struct run_facts *run_kept(struct sqlite_store *s, org_id org, uint64_t message)
{
    for (size_t i = 0; i < RUNS_KEPT; i++) {
        struct run_facts *run = &s->runs[i];
        if (run->id != 0 && run->org == org && message >= run->id && message < run->hi) return run;
    }
    return NULL;
}

static void run_save(struct sqlite_store *s, struct run_facts *run)
{
    struct query q = query_open(&s->conn, SQL_RUN_SAVE);
    query_id(&q, run->next);
    query_int(&q, run->gone);
    query_int(&q, run->org);
    query_id(&q, run->id);
    (void)query_run(&q);
    run->dirty = false;
}

void run_facts_flush(struct sqlite_store *s)
{
    for (size_t i = 0; i < RUNS_KEPT; i++)
        if (s->runs[i].dirty) run_save(s, &s->runs[i]);
}

struct run_facts *run_of(struct sqlite_store *s, org_id org, uint64_t message)
{
    struct run_facts *run = run_kept(s, org, message), read = {.org = org};
    struct query q;
    if (run != NULL) return run;
    q = query_open(&s->conn, SQL_RUN_OF);
    query_int(&q, org);
    query_id(&q, message);
    if (query_row(&q)) {
        read.id = query_get_id(&q);
        read.campaign = query_get_id(&q);
        read.hi = query_get_id(&q);
        read.next = query_get_id(&q);
        read.gone = query_get(&q);
    }
    query_end(&q);
    if (read.id == 0 || message >= read.hi) return NULL;
    run = &s->runs[s->runs_turn++ % RUNS_KEPT];
    if (run->dirty) run_save(s, run);
    *run = read;
    return run;
}

void run_gone(struct sqlite_store *s, org_id org, uint64_t message)
{
    struct run_facts *run = run_of(s, org, message);
    if (run == NULL) return;
    run->gone++;
    run->dirty = true;
}

/* Of [from, to), how many left the queue out of turn. */
static int64_t gone_between(struct sqlite_store *s, org_id org, uint64_t from, uint64_t to)
{
    struct query q;
    int64_t gone = 0;
    message_rows_flush(s);
    q = query_open(&s->conn, SQL_MESSAGES_GONE);
    query_int(&q, org);
    query_id(&q, from);
    query_id(&q, to);
    if (query_row(&q)) gone = query_get(&q);
    query_end(&q);
    return gone;
}

void run_advance(struct sqlite_store *s, struct arm_cursor *cursor)
{
    struct run_facts *run = run_of(s, cursor->org, cursor->run); /* a run's id is its first message's */
    uint64_t next;
    cursor->behind = false;
    if (run == NULL || run->id != cursor->run || campaign_is_canceled(s, run->org, run->campaign)) return;
    cursor->behind = run->next < cursor->from && !MUTANT(cursor_passes_refused);
    if (cursor->behind) return;
    next = cursor->next < run->hi ? cursor->next : run->hi;
    if (next <= run->next) return;
    if (run->gone > 0) run->gone -= gone_between(s, run->org, run->next, next);
    run->next = next;
    run->dirty = true;
}

/* ---- freezing ---- */

static void freeze_message(struct sqlite_store *s, const struct change_freeze *c, const struct campaign *campaign,
                           uint64_t id, const struct freeze_row *row)
{
    struct query q = query_open(&s->conn, SQL_MESSAGE_FREEZE);
    query_id(&q, id);
    query_int(&q, c->org);
    query_id(&q, c->campaign);
    query_id(&q, row->contact);
    query_id(&q, row->number);
    query_int(&q, campaign->program);
    query_int(&q, campaign->kind);
    query_int(&q, row->carrier);
    query_id(&q, row->zones);
    query_int(&q, campaign->retry_undelivered ? MESSAGE_FLAG_RETRY_UNDELIVERED : 0);
    query_int(&q, c->now_ms);
    query_int(&q, campaign->validity_s > 0 ? c->now_ms + (int64_t)campaign->validity_s * 1000 : 0);
    query_int(&q, c->now_ms);
    (void)query_run(&q);
}

static void freeze_run(struct sqlite_store *s, const struct change_freeze *c, const struct freeze_row *like,
                       uint64_t lo, uint64_t hi)
{
    struct query q = query_open(&s->conn, SQL_RUN_INSERT);
    query_id(&q, lo);
    query_id(&q, c->campaign);
    query_int(&q, c->org);
    query_id(&q, like->zones);
    query_int(&q, like->carrier);
    query_id(&q, hi);
    query_id(&q, lo);
    (void)query_run(&q);
}

static bool same_bucket(const struct freeze_row *a, const struct freeze_row *b)
{
    return a->zones == b->zones && a->carrier == b->carrier;
}

static void freeze_rows(struct sqlite_store *s, struct change_freeze *c, struct campaign_facts *facts)
{
    uint64_t base = message_id_next(s->counters[COUNTER_MESSAGE], c->now_ms);
    size_t from = 0;
    for (size_t i = 0; i < c->count; i++) {
        freeze_message(s, c, &facts->c, base + i, &c->rows[i]);
        if (i + 1 < c->count && same_bucket(&c->rows[i], &c->rows[i + 1])) continue;
        freeze_run(s, c, &c->rows[i], base + from, base + i + 1);
        campaign_tally(s, facts, (struct tally_mark){.state = MESSAGE_QUEUED, .carrier = c->rows[i].carrier},
                       (int64_t)(i + 1 - from));
        c->runs_made++;
        from = i + 1;
    }
    if (c->count > 0) s->counters[COUNTER_MESSAGE] = base + c->count - 1;
    s->counters[COUNTER_MESSAGES_TOTAL] += c->count;
}

static enum err freeze_refused(struct change_freeze *c, const struct campaign *campaign)
{
    if (campaign->state < CAMPAIGN_SCHEDULED || campaign->state > CAMPAIGN_PAUSED)
        return refuse(&c->head, ERR_CONFLICT, "the campaign is neither scheduled, running nor paused");
    if (campaign->frozen || (c->after != campaign->freeze_after && !MUTANT(audience_frozen_twice)))
        return refuse(&c->head, ERR_CONFLICT, "the audience is stored up to contact %llu already",
                      (unsigned long long)campaign->freeze_after);
    for (size_t i = 0; i < c->count; i++)
        if (c->rows[i].contact <= c->after || c->rows[i].contact > c->upto || c->rows[i].carrier >= TALLY_CARRIERS)
            return refuse(&c->head, ERR_INVALID, "row %zu of the chunk is outside it (contact %llu)", i,
                          (unsigned long long)c->rows[i].contact);
    return c->upto >= c->after ? ERR_OK : refuse(&c->head, ERR_INVALID, "the chunk ends before it begins");
}

enum err apply_freeze(struct sqlite_store *s, struct change *base)
{
    struct change_freeze *c = (struct change_freeze *)base;
    struct campaign_facts *facts = campaign_facts(s, c->org, c->campaign);
    enum err code;
    c->runs_made = 0;
    if (facts == NULL)
        return refuse(base, ERR_NOT_FOUND, "there is no campaign %llu", (unsigned long long)c->campaign);
    code = freeze_refused(c, &facts->c);
    if (code != ERR_OK) return code;
    freeze_rows(s, c, facts);
    facts->c.freeze_after = c->upto;
    facts->c.audience += (int64_t)c->count;
    facts->c.frozen = c->last;
    facts->dirty = facts->tally_dirty = true;
    return ERR_OK;
}

enum err sqlite_runs(struct store_reader *r, org_id org, uint64_t campaign, uint64_t after, struct run *out,
                     size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_RUNS);
    size_t n = 0;
    query_int(&q, org);
    query_id(&q, campaign);
    query_id(&q, after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) {
        struct run *run = &out[n++];
        memset(run, 0, sizeof *run);
        run->id = run->lo = query_get_id(&q);
        run->campaign = query_get_id(&q);
        run->org = query_get_u32(&q);
        run->zones = query_get_id(&q);
        run->carrier = query_get_u8(&q);
        run->hi = query_get_id(&q);
        run->next = query_get_id(&q);
    }
    return read_many(c, count, n);
}

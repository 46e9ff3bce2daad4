/* message_reads: listings of messages. The hot table has no index on state, so a filter by state reads a
 * bounded number of rows and tells where to go on. */
#include "store/sqlite/parts.h"

#include <string.h>

enum { SCAN_ROWS_MAX = 5000, PAGE_ROWS = 256 };

/* Reads MESSAGE_COLUMNS and the body that follows. */
static void message_out(struct query *q, struct arena *a, struct message *out)
{
    struct message_row row;
    message_read(q, &row);
    row.m.body = query_get_str(q, a);
    *out = row.m;
}

/* A row of a canceled campaign that its cursor never reached reads as canceled. */
static void present(struct conn *c, struct message *m, enum campaign_state of_campaign)
{
    struct query q;
    if (of_campaign != CAMPAIGN_CANCELED || m->state != MESSAGE_QUEUED) return;
    q = query_open(c, SQL_RUN_OF);
    query_int(&q, m->org);
    query_id(&q, m->id);
    if (query_row(&q)) {
        uint64_t hi, next;
        query_skip(&q);
        query_skip(&q);
        hi = query_get_id(&q);
        next = query_get_id(&q);
        if (m->id < hi && m->id >= next) {
            m->state = MESSAGE_CANCELED;
            m->reason = REASON_CAMPAIGN_CANCELED;
        }
    }
    query_end(&q);
}

/* Reads MESSAGE_LOCATED. */
static void message_located(struct conn *c, struct query *q, struct arena *a, struct message *out)
{
    message_out(q, a, out);
    present(c, out, (enum campaign_state)query_get_u8(q));
}

enum err sqlite_message_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct message *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_MESSAGE_GET);
    bool found;
    query_int(&q, org);
    query_id(&q, id);
    found = query_row(&q);
    if (found) message_located(c, &q, a, out);
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_messages_to(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                            struct message *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_MESSAGES_NUMBER);
    size_t n = 0;
    query_int(&q, org);
    query_id(&q, number);
    query_int(&q, INT64_MAX);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) message_located(c, &q, a, &out[n++]);
    return read_many(c, count, n);
}

enum err sqlite_messages_stuck(struct store_reader *r, struct arena *a, uint64_t after, int64_t before_ms,
                               size_t scan_max, struct message *out, size_t *count, uint64_t *scanned_to)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_MESSAGES_SCAN);
    size_t n = 0;
    *scanned_to = after;
    query_id(&q, after);
    query_int(&q, (int64_t)scan_max);
    while (n < *count && query_row(&q)) {
        struct message_row row;
        message_read(&q, &row);
        *scanned_to = row.m.id;
        if (row.m.state != MESSAGE_ACCEPTED && row.m.state != MESSAGE_SENT) continue;
        if (row.m.updated_ms >= before_ms) continue;
        row.m.body = query_get_str(&q, a);
        out[n++] = row.m;
    }
    query_end(&q);
    return read_many(c, count, n);
}

/* ---- the filtered listing: newest first, over several sources ---- */

struct listing {
    struct conn *conn;
    struct arena *arena;
    const struct message_filter *filter;
    struct message *out;
    size_t room, filled, scanned;
    uint64_t next_before; /* where to go on */
    bool stopped;         /* full, or scanned enough */
};

static bool passes(const struct message_filter *f, const struct message *m)
{
    return (f->state == 0 || m->state == f->state) && (f->campaign == 0 || m->campaign == f->campaign);
}

/* Takes the row of an open query into the listing. */
static void listing_take(struct listing *l, struct query *q)
{
    struct message m;
    message_located(l->conn, q, l->arena, &m);
    l->scanned++;
    l->next_before = m.id;
    if (passes(l->filter, &m)) l->out[l->filled++] = m;
    l->stopped = l->filled == l->room || l->scanned >= SCAN_ROWS_MAX;
}

static void list_number(struct listing *l, int64_t before)
{
    struct query q = query_open(l->conn, SQL_MESSAGES_NUMBER);
    query_int(&q, l->filter->org);
    query_id(&q, l->filter->number);
    query_int(&q, before);
    query_int(&q, SCAN_ROWS_MAX);
    while (!l->stopped && query_row(&q)) listing_take(l, &q);
    query_end(&q);
}

static void list_range(struct listing *l, uint64_t lo, uint64_t hi)
{
    struct query q = query_open(l->conn, SQL_MESSAGES_RANGE);
    query_int(&q, l->filter->org);
    query_id(&q, lo);
    query_id(&q, hi);
    query_int(&q, SCAN_ROWS_MAX);
    while (!l->stopped && query_row(&q)) listing_take(l, &q);
    query_end(&q);
}

/* Direct messages with id in [lo, hi). */
static void list_direct(struct listing *l, uint64_t lo, uint64_t hi)
{
    struct query q = query_open(l->conn, SQL_MESSAGES_DIRECT);
    query_int(&q, l->filter->org);
    query_id(&q, lo);
    query_id(&q, hi);
    query_int(&q, SCAN_ROWS_MAX);
    while (!l->stopped && query_row(&q)) listing_take(l, &q);
    query_end(&q);
}

/* The runs from the newest down, and between them, unless one campaign is asked for, direct messages. */
static void list_runs(struct listing *l, uint64_t before)
{
    struct query q = query_open(l->conn, l->filter->campaign != 0 ? SQL_RUNS_OF_CAMPAIGN : SQL_RUNS_OF_ORG);
    uint64_t top = before;
    query_int(&q, l->filter->org);
    if (l->filter->campaign != 0) query_id(&q, l->filter->campaign);
    query_id(&q, before);
    while (!l->stopped && query_row(&q)) {
        uint64_t lo = query_get_id(&q), hi = query_get_id(&q);
        if (l->filter->campaign == 0 && hi < top) list_direct(l, hi, top);
        if (!l->stopped) list_range(l, lo, hi < top ? hi : top);
        top = lo;
    }
    query_end(&q);
    if (!l->stopped && l->filter->campaign == 0) list_direct(l, 0, top);
}

enum err sqlite_messages(struct store_reader *r, struct arena *a, const struct message_filter *f, uint64_t before,
                         struct message *out, size_t *count, uint64_t *more_before)
{
    struct listing l = {.conn = reader_conn(r), .arena = a, .filter = f, .out = out, .room = *count};
    uint64_t top = before == 0 || before > INT64_MAX ? INT64_MAX : before;
    l.stopped = l.room == 0;
    l.next_before = top;
    if (f->direct) list_direct(&l, 0, top);
    else if (f->number != 0) list_number(&l, (int64_t)top);
    else list_runs(&l, top);
    *more_before = l.stopped && conn_check(l.conn) == ERR_OK ? l.next_before : 0;
    return read_many(l.conn, count, l.filled);
}

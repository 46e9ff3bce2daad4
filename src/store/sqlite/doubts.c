/* doubts: attempts whose outcome is unknown, and how they are settled (design section 5, step 3). */
#include "store/sqlite/parts.h"

#include <string.h>

static void doubt_read(struct query *q, struct doubt *d)
{
    memset(d, 0, sizeof *d);
    d->message = query_get_id(q);
    d->org = query_get_u32(q);
    d->number = query_get_id(q);
    d->attempt = query_get_u8(q);
    d->clean_listings = query_get_u8(q);
    d->armed_ms = query_get(q);
    d->deadline_ms = query_get(q);
    d->next_ms = query_get(q);
    d->sender = query_get_u32(q);
    d->segments = query_get_u16(q);
    d->cost_micros = query_get(q);
}

bool doubt_get(struct sqlite_store *s, org_id org, uint64_t message, struct doubt *out)
{
    struct query q = query_open(&s->conn, SQL_DOUBT_GET);
    bool found;
    query_int(&q, org);
    query_id(&q, message);
    found = query_row(&q);
    if (found) doubt_read(&q, out);
    query_end(&q);
    return found;
}

void doubt_put(struct sqlite_store *s, const struct doubt *d)
{
    struct query q = query_open(&s->conn, SQL_DOUBT_PUT);
    query_id(&q, d->message);
    query_int(&q, d->org);
    query_id(&q, d->number);
    query_int(&q, d->attempt);
    query_int(&q, d->clean_listings);
    query_int(&q, d->armed_ms);
    query_int(&q, d->deadline_ms);
    query_int(&q, d->next_ms);
    query_int(&q, d->sender);
    query_int(&q, d->segments);
    query_int(&q, d->cost_micros);
    (void)query_run(&q);
}

void doubt_remove(struct sqlite_store *s, org_id org, uint64_t message)
{
    struct query q = query_open(&s->conn, SQL_DOUBT_DELETE);
    query_int(&q, org);
    query_id(&q, message);
    (void)query_run(&q);
}

void doubt_proved(struct sqlite_store *s, struct message_row *row, int64_t now_ms)
{
    struct doubt d;
    if (!doubt_get(s, row->m.org, row->m.id, &d)) return;
    message_book(s, row, d.segments, d.cost_micros, now_ms);
    doubt_remove(s, row->m.org, row->m.id);
}

/* Absence is proved: it may be sent again, if it is not too late. */
static void absent(struct sqlite_store *s, const struct change_doubt *c, struct message_row *row)
{
    struct message_was was = message_was(s, row);
    struct message *m = &row->m;
    doubt_remove(s, m->org, m->id);
    row->booked = true; /* that attempt is closed */
    if (m->expires_ms != 0 && m->expires_ms <= c->now_ms) {
        m->state = MESSAGE_EXPIRED;
        m->reason = REASON_VALIDITY;
    } else {
        m->state = MESSAGE_QUEUED;
        m->reason = REASON_RETRY;
        message_due_put(s, row, c->lane.org != 0 ? c->lane.carrier : m->carrier, c->now_ms);
    }
    message_moved(s, row, was, c->now_ms);
}

enum err apply_doubt(struct sqlite_store *s, struct change *base)
{
    struct change_doubt *c = (struct change_doubt *)base;
    struct message_row *row = message_load(s, c->doubt.org, c->doubt.message);
    struct doubt d;
    if (row == NULL || row->m.state != MESSAGE_IN_DOUBT || !doubt_get(s, c->doubt.org, c->doubt.message, &d) ||
        d.attempt != c->doubt.attempt)
        return refuse(base, ERR_NOT_FOUND, "message %llu is not in doubt (any more)",
                      (unsigned long long)c->doubt.message);
    if (c->absent) {
        absent(s, c, row);
        return ERR_OK;
    }
    d.clean_listings = c->doubt.clean_listings;
    d.next_ms = c->doubt.next_ms;
    doubt_put(s, &d);
    return ERR_OK;
}

enum err sqlite_doubts(struct store_reader *r, uint64_t after, struct doubt *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_DOUBTS);
    size_t n = 0;
    query_id(&q, after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) doubt_read(&q, &out[n++]);
    return read_many(c, count, n);
}

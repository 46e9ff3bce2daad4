/* events: what happened, for live streams and tenant webhooks. Append-only. Those of a transaction are kept
 * in memory and stored at its commit, grouped by organization (ascending), as rows of packed items: one
 * insert per organization and commit instead of one per event. */
#include "store/sqlite/parts.h"

#include "base/cursor.h"

#include <stdlib.h>
#include <string.h>

/* An item is 30 bytes, little-endian: type 1, state 1, code 4, at 8, ref 8, campaign 8. */
enum { EVENT_BYTES = 30, EVENTS_PER_ROW = 512 };

void event_add(struct sqlite_store *s, const struct event *e)
{
    if (s->events_count == s->events_capacity) {
        size_t capacity = s->events_capacity == 0 ? 256 : s->events_capacity * 2;
        struct event *grown = realloc(s->events, capacity * sizeof *grown);
        if (grown == NULL) {
            store_out_of_memory(s);
            return;
        }
        s->events = grown;
        s->events_capacity = capacity;
    }
    s->events[s->events_count] = *e;
    s->events[s->events_count].id = s->events_count; /* until it gets its own: keeps the sort stable */
    s->events_count++;
}

static void put_le(unsigned char **at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) *(*at)++ = (unsigned char)(value >> (8 * i));
}

static void event_pack(unsigned char *at, const struct event *e)
{
    put_le(&at, (uint64_t)e->type, 1);
    put_le(&at, e->state, 1);
    put_le(&at, (uint32_t)e->code, 4);
    put_le(&at, (uint64_t)e->at_ms, 8);
    put_le(&at, e->ref, 8);
    put_le(&at, e->campaign, 8);
}

static struct event event_unpack(struct str items, size_t index, org_id org, uint64_t first)
{
    struct cursor c = cursor_over(str_slice(items, index * EVENT_BYTES, (index + 1) * EVENT_BYTES));
    struct event e = {.id = first + index, .org = org};
    e.type = (enum event_type)cursor_le(&c, 1);
    e.state = (uint8_t)cursor_le(&c, 1);
    e.code = (int32_t)(uint32_t)cursor_le(&c, 4);
    e.at_ms = (int64_t)cursor_le(&c, 8);
    e.ref = cursor_le(&c, 8);
    e.campaign = cursor_le(&c, 8);
    return e;
}

static int by_org(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->org != y->org) return x->org < y->org ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void events_insert(struct sqlite_store *s, const struct event *events, size_t count)
{
    unsigned char bytes[EVENTS_PER_ROW * EVENT_BYTES];
    uint64_t first = s->counters[COUNTER_EVENT] + 1;
    int64_t newest = 0;
    struct query q;
    for (size_t i = 0; i < count; i++) {
        event_pack(bytes + i * EVENT_BYTES, &events[i]);
        if (events[i].at_ms > newest) newest = events[i].at_ms;
    }
    s->counters[COUNTER_EVENT] += count;
    q = query_open(&s->conn, SQL_EVENTS_INSERT);
    query_id(&q, s->counters[COUNTER_EVENT]);
    query_id(&q, first);
    query_int(&q, events[0].org);
    query_int(&q, newest);
    query_blob(&q, bytes, count * EVENT_BYTES);
    (void)query_run(&q);
}

void events_flush(struct sqlite_store *s)
{
    size_t from = 0;
    if (s->events_count == 0) return;
    qsort(s->events, s->events_count, sizeof *s->events, by_org);
    for (size_t i = 1; i <= s->events_count; i++) {
        if (i < s->events_count && s->events[i].org == s->events[from].org && i - from < EVENTS_PER_ROW) continue;
        events_insert(s, s->events + from, i - from);
        from = i;
    }
}

void events_trim(struct sqlite_store *s, int64_t before_ms)
{
    struct query q = query_open(&s->conn, SQL_EVENTS_OLDEST);
    uint64_t upto = 0;
    while (query_row(&q)) {
        uint64_t last = query_get_id(&q);
        if (query_get(&q) >= before_ms) break;
        upto = last;
    }
    query_end(&q);
    if (upto == 0) return;
    q = query_open(&s->conn, SQL_EVENTS_TRIM);
    query_id(&q, upto);
    (void)query_run(&q);
}

enum err sqlite_events(struct store_reader *r, org_id org, uint64_t after, struct event *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, org == 0 ? SQL_EVENTS_ALL : SQL_EVENTS_OF_ORG);
    size_t n = 0;
    if (org != 0) query_int(&q, org);
    query_int(&q, after > INT64_MAX ? INT64_MAX : (int64_t)after);
    while (n < *count && query_row(&q)) {
        uint64_t first = query_get_id(&q), last = query_get_id(&q);
        org_id of = query_get_u32(&q);
        struct str items = query_get_view(&q);
        if (items.len != (last - first + 1) * EVENT_BYTES) conn_fail(c, SQLITE_CORRUPT, "reading events");
        for (uint64_t id = after >= first ? after + 1 : first; id <= last && n < *count; id++)
            out[n++] = event_unpack(items, id - first, of, first);
    }
    query_end(&q);
    return read_many(c, count, n);
}

enum err sqlite_event_newest(struct store_reader *r, uint64_t *id)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_STATS_EVENTS_LAST);
    *id = query_row(&q) ? query_get_id(&q) : 0;
    query_end(&q);
    return conn_check(c);
}

enum err sqlite_event_get(struct store_reader *r, org_id org, uint64_t id, struct event *out)
{
    size_t count = 1;
    enum err code;
    if (id == 0) return ERR_NOT_FOUND;
    code = sqlite_events(r, org, id - 1, out, &count);
    if (code != ERR_OK) return code;
    return count == 1 && out->id == id ? ERR_OK : ERR_NOT_FOUND;
}

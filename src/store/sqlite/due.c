/* due: what is drawn for sending: messages of a run, and messages waiting for their time, by lane. */
#include "store/sqlite/parts.h"

#include <string.h>

static void bind_lane(struct query *q, const struct lane_key *lane)
{
    query_int(q, lane->org);
    query_int(q, lane->program);
    query_id(q, lane->campaign);
    query_int(q, lane->kind);
    query_int(q, lane->carrier);
}

/* Reads MESSAGE_CONTACT. */
static void drawn_read(struct query *q, struct arena *a, struct message *m, struct contact *contact)
{
    struct message_row row;
    message_read(q, &row);
    *m = row.m;
    m->body = query_get_str(q, a);
    memset(contact, 0, sizeof *contact);
    contact->id = query_get_id(q);
    contact->org = query_get_u32(q);
    contact->number = query_get_id(q);
    contact->fields = query_get_str(q, a);
    contact->zones = query_get_id(q);
    contact->carrier = query_get_u8(q);
    contact->sender = query_get_u32(q);
    contact->created_ms = query_get(q);
    contact->updated_ms = query_get(q);
}

enum err sqlite_draw_run(struct store_reader *r, struct arena *a, const struct run *run, uint64_t from,
                         struct message *out, struct contact *contacts, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_DRAW_RUN);
    size_t n = 0;
    query_int(&q, run->org);
    query_id(&q, from > run->lo ? from : run->lo);
    query_id(&q, run->hi);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) {
        drawn_read(&q, a, &out[n], &contacts[n]);
        n++;
    }
    return read_many(c, count, n);
}

enum err sqlite_draw_due(struct store_reader *r, struct arena *a, const struct lane_key *lane, int64_t until_ms,
                         int64_t after_ms, uint64_t after_message, struct due *due, struct message *out,
                         struct contact *contacts, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_DRAW_DUE);
    size_t n = 0;
    bind_lane(&q, lane);
    query_int(&q, until_ms);
    query_int(&q, after_ms);
    query_id(&q, after_message);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) {
        due[n].lane = *lane;
        due[n].at_ms = query_get(&q);
        due[n].message = query_get_id(&q);
        drawn_read(&q, a, &out[n], &contacts[n]);
        n++;
    }
    return read_many(c, count, n);
}

static bool lane_after(struct conn *c, const struct lane_key *after, struct lane_key *out, int64_t *at_ms)
{
    struct query q = query_open(c, SQL_DUE_LANE_AFTER);
    bool found;
    bind_lane(&q, after);
    found = query_row(&q);
    if (found) {
        memset(out, 0, sizeof *out);
        out->org = query_get_u32(&q);
        out->program = query_get_u32(&q);
        out->campaign = query_get_id(&q);
        out->kind = query_get_u8(&q);
        out->carrier = query_get_u8(&q);
        *at_ms = query_get(&q);
    }
    query_end(&q);
    return found;
}

enum err sqlite_due_lanes(struct store_reader *r, const struct lane_key *after, struct lane_key *out,
                          int64_t *earliest_ms, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct lane_key last = {0};
    size_t n = 0;
    if (after != NULL) last = *after;
    while (n < *count && lane_after(c, &last, &out[n], &earliest_ms[n])) last = out[n++];
    return read_many(c, count, n);
}

enum err sqlite_due_earliest(struct store_reader *r, const struct lane_key *lane, int64_t *at_ms)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_DUE_EARLIEST);
    bool found;
    bind_lane(&q, lane);
    found = query_row(&q);
    if (found) *at_ms = query_get(&q);
    query_end(&q);
    return read_one(c, found);
}

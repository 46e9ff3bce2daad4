/* learned: what limits learned from "too fast", so that a restart does not try the same again. Few rows: one for
 * each limit that ever learned, until it is forgotten. And the events of senders that wait for a person. */
#include "store/sqlite/parts.h"

static void bind_limit(struct query *q, const struct learned_limit *l)
{
    query_int(q, l->org);
    query_int(q, l->scope);
    query_int(q, l->program);
    query_int(q, l->sender);
    query_int(q, l->carrier);
    query_int(q, l->slot);
}

enum err apply_learned(struct sqlite_store *s, struct change *base)
{
    const struct change_learned *c = (const struct change_learned *)base;
    for (size_t i = 0; i < c->count; i++) {
        const struct learned_limit *l = &c->rows[i];
        struct query q;
        if (org_facts(s, l->org) == NULL) continue;
        q = query_open(&s->conn, l->units > 0 ? SQL_LEARNED_PUT : SQL_LEARNED_DELETE);
        bind_limit(&q, l);
        if (l->units > 0) {
            query_int(&q, l->units);
            query_int(&q, l->at_ms);
        }
        (void)query_run(&q);
    }
    return ERR_OK;
}

enum err apply_sender_event(struct sqlite_store *s, struct change *base)
{
    const struct change_sender_event *c = (const struct change_sender_event *)base;

    if (org_facts(s, c->org) == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->org);
    event_add(s, &(struct event){.org = c->org, .type = EVENT_SENDER, .ref = c->sender, .state = (uint8_t)c->event,
                                 .code = c->code, .at_ms = c->at_ms});
    return ERR_OK;
}

enum err sqlite_learned(struct store_reader *r, org_id org, struct learned_limit *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_LEARNED);
    size_t n = 0;
    query_int(&q, org);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) {
        struct learned_limit *l = &out[n++];
        l->org = query_get_u32(&q);
        l->scope = query_get_u8(&q);
        l->program = query_get_u32(&q);
        l->sender = query_get_u32(&q);
        l->carrier = query_get_u8(&q);
        l->slot = query_get_u8(&q);
        l->units = query_get(&q);
        l->at_ms = query_get(&q);
    }
    return read_many(c, count, n);
}

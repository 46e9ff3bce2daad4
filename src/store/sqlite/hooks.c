/* hooks: where tenants receive webhooks, how far each has got, and what is to be tried again. */
#include "store/sqlite/parts.h"

#include <string.h>

static void endpoint_insert(struct sqlite_store *s, struct endpoint *e)
{
    struct query q;
    e->id = (uint32_t)store_next(s, COUNTER_ENDPOINT);
    e->position = s->counters[COUNTER_EVENT];
    q = query_open(&s->conn, SQL_ENDPOINT_INSERT);
    query_int(&q, e->id);
    query_int(&q, e->org);
    query_str(&q, e->url);
    query_blob(&q, e->secret_sealed.at, e->secret_sealed.len);
    query_int(&q, e->types);
    query_int(&q, e->state);
    query_id(&q, e->position);
    query_int(&q, e->created_ms);
    (void)query_run(&q);
}

enum err apply_endpoint(struct sqlite_store *s, struct change *base)
{
    struct endpoint *e = &((struct change_endpoint *)base)->endpoint;
    struct query q;
    if (org_facts(s, e->org) == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", e->org);
    if (e->id == 0) {
        endpoint_insert(s, e);
        return ERR_OK;
    }
    q = query_open(&s->conn, SQL_ENDPOINT_UPDATE);
    query_str(&q, e->url);
    query_blob(&q, e->secret_sealed.at, e->secret_sealed.len);
    query_int(&q, e->types);
    query_int(&q, e->state);
    query_int(&q, e->org);
    query_int(&q, e->id);
    (void)query_run(&q);
    return query_changes(&q) == 1 ? ERR_OK : refuse(base, ERR_NOT_FOUND, "there is no endpoint %u", e->id);
}

static void retry_put(struct sqlite_store *s, const struct change_hooks *c, const struct hook_retry *r)
{
    struct query q = query_open(&s->conn, r->attempt == 0 ? SQL_RETRY_DELETE : SQL_RETRY_PUT);
    if (r->attempt == 0) query_int(&q, c->org);
    query_int(&q, c->endpoint);
    if (r->attempt != 0) query_int(&q, c->org);
    query_id(&q, r->event);
    if (r->attempt != 0) {
        query_int(&q, r->attempt);
        query_int(&q, r->next_ms);
        query_int(&q, r->last_status);
        query_str(&q, r->last_error);
    }
    (void)query_run(&q);
}

enum err apply_hooks(struct sqlite_store *s, struct change *base)
{
    struct change_hooks *c = (struct change_hooks *)base;
    struct query q = query_open(&s->conn, SQL_ENDPOINT_MOVE);
    query_id(&q, c->position);
    query_id(&q, c->position);
    query_int(&q, c->org);
    query_int(&q, c->endpoint);
    (void)query_run(&q);
    if (query_changes(&q) != 1) return refuse(base, ERR_NOT_FOUND, "there is no endpoint %u", c->endpoint);
    for (size_t i = 0; i < c->count; i++) retry_put(s, c, &c->retries[i]);
    return ERR_OK;
}

enum err sqlite_endpoints(struct store_reader *r, struct arena *a, org_id org, uint32_t after,
                          struct endpoint *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, org == 0 ? SQL_ENDPOINTS_ACTIVE : SQL_ENDPOINTS);
    size_t n = 0;
    if (org != 0) query_int(&q, org);
    query_int(&q, after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) {
        struct endpoint *e = &out[n++];
        memset(e, 0, sizeof *e);
        e->id = query_get_u32(&q);
        e->org = query_get_u32(&q);
        e->url = query_get_str(&q, a);
        e->secret_sealed = query_get_str(&q, a);
        e->types = query_get_u32(&q);
        e->state = (enum endpoint_state)query_get_u8(&q);
        e->position = query_get_id(&q);
        e->created_ms = query_get(&q);
    }
    return read_many(c, count, n);
}

enum err sqlite_hook_retries(struct store_reader *r, struct arena *a, org_id org, uint32_t endpoint, bool dead,
                             int64_t until_ms, uint64_t after_event, struct hook_retry *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, dead ? SQL_RETRIES_DEAD : SQL_RETRIES_DUE);
    size_t n = 0;
    query_int(&q, org);
    query_int(&q, endpoint);
    query_id(&q, after_event);
    if (!dead) query_int(&q, until_ms);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) {
        struct hook_retry *h = &out[n++];
        memset(h, 0, sizeof *h);
        h->endpoint = query_get_u32(&q);
        h->org = query_get_u32(&q);
        h->event = query_get_id(&q);
        h->attempt = query_get_u16(&q);
        h->next_ms = query_get(&q);
        h->last_status = query_get_i32(&q);
        h->last_error = query_get_str(&q, a);
    }
    return read_many(c, count, n);
}

/* verifications: numbers that are proved, the services that send the codes, and guards against their abuse. */
#include "store/sqlite/parts.h"

#include <string.h>

static void verification_read(struct query *q, struct verification_record *out)
{
    memset(out, 0, sizeof *out);
    out->id = query_get_id(q);
    out->org = query_get_u32(q);
    out->number = query_get_id(q);
    out->state = (enum verification_state)query_get_u8(q);
    out->channel = (enum verification_channel)query_get_u8(q);
    query_get_text(q, out->locale, sizeof out->locale);
    query_get_text(q, out->sid, sizeof out->sid);
    out->sends = query_get_u8(q);
    out->checks = query_get_u8(q);
    out->code = query_get_i32(q);
    out->rev = query_get_u32(q);
    out->asked_ms = query_get(q);
    out->created_ms = query_get(q);
    out->updated_ms = query_get(q);
    out->expires_ms = query_get(q);
}

static bool get(struct conn *c, org_id org, uint64_t id, struct verification_record *out)
{
    struct query q = query_open(c, SQL_VERIFICATION_GET);
    bool found;
    query_int(&q, org);
    query_id(&q, id);
    found = query_row(&q);
    if (found) verification_read(&q, out);
    query_end(&q);
    return found;
}

/* ---- guards ---- */

/* True if one may be taken; else when. What has left the window last makes room first. */
static bool guard_lets(struct sqlite_store *s, org_id org, const struct verify_guard *g, int64_t now_ms,
                       int64_t *free_ms)
{
    struct query q = query_open(&s->conn, SQL_VERIFY_USE);
    int64_t used = 0, slot, least = (now_ms - g->window_ms) / VERIFY_SLOT_MS;
    query_int(&q, org);
    query_int(&q, g->scope);
    query_id(&q, g->key);
    query_int(&q, least);
    while (query_row(&q)) {
        (void)query_get(&q);
        used += query_get(&q);
    }
    if (used < g->most) return true;
    q = query_open(&s->conn, SQL_VERIFY_USE);
    query_int(&q, org);
    query_int(&q, g->scope);
    query_id(&q, g->key);
    query_int(&q, least);
    *free_ms = now_ms + g->window_ms;
    while (used >= g->most && query_row(&q)) {
        slot = query_get(&q);
        used -= query_get(&q);
        *free_ms = (slot + 1) * VERIFY_SLOT_MS + g->window_ms;
    }
    query_end(&q);
    return false;
}

static void guard_take(struct sqlite_store *s, org_id org, const struct verify_guard *g, int64_t now_ms)
{
    struct query q = query_open(&s->conn, SQL_VERIFY_USE_TAKE);
    query_int(&q, org);
    query_int(&q, g->scope);
    query_id(&q, g->key);
    query_int(&q, now_ms / VERIFY_SLOT_MS);
    (void)query_run(&q);
}

/* ---- verifications ---- */

static void insert(struct sqlite_store *s, struct verification_record *v)
{
    struct query q;
    v->id = store_next(s, COUNTER_VERIFICATION);
    v->rev = 1;
    q = query_open(&s->conn, SQL_VERIFICATION_INSERT);
    query_id(&q, v->id);
    query_int(&q, v->org);
    query_id(&q, v->number);
    query_int(&q, v->state);
    query_int(&q, v->channel);
    query_text(&q, v->locale);
    query_text(&q, v->sid);
    const int64_t rest[] = {v->sends, v->checks, v->code, v->rev, v->asked_ms, v->created_ms, v->updated_ms,
                            v->expires_ms};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) query_int(&q, rest[i]);
    (void)query_run(&q);
}

static void update(struct sqlite_store *s, const struct verification_record *v)
{
    struct query q = query_open(&s->conn, SQL_VERIFICATION_UPDATE);
    query_int(&q, v->state);
    query_int(&q, v->channel);
    query_text(&q, v->locale);
    query_text(&q, v->sid);
    const int64_t rest[] = {v->sends, v->checks, v->code, v->rev, v->asked_ms, v->updated_ms, v->expires_ms, v->org};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) query_int(&q, rest[i]);
    query_id(&q, v->id);
    (void)query_run(&q);
}

static enum err put(struct sqlite_store *s, struct change_verification *c, struct verification_record *old)
{
    struct verification_record *v = &c->v;
    if (org_facts(s, v->org) == NULL) return refuse(&c->head, ERR_NOT_FOUND, "there is no organization %u", v->org);
    if (v->id == 0) {
        insert(s, v);
        return ERR_OK;
    }
    if (!get(&s->conn, v->org, v->id, old)) return refuse(&c->head, ERR_NOT_FOUND, "there is no such verification");
    if (old->rev != v->rev)
        return refuse(&c->head, ERR_CONFLICT, "the verification was changed meanwhile; look at it again");
    BUG_IF(!verification_may_move(old->state, v->state));
    v->number = old->number;
    v->created_ms = old->created_ms;
    v->rev = old->rev + 1;
    update(s, v);
    return ERR_OK;
}

enum err apply_verification(struct sqlite_store *s, struct change *base)
{
    struct change_verification *c = (struct change_verification *)base;
    struct verification_record old = {0};
    enum err code;
    for (size_t i = 0; i < c->guards_count; i++) {
        c->full = c->guards[i].scope;
        if (!guard_lets(s, c->v.org, &c->guards[i], c->now_ms, &c->free_ms))
            return refuse(base, ERR_LIMIT, "%lld were taken", (long long)c->guards[i].most);
    }
    code = put(s, c, &old);
    if (code != ERR_OK) return code;
    for (size_t i = 0; i < c->guards_count; i++) guard_take(s, c->v.org, &c->guards[i], c->now_ms);
    if (old.state != c->v.state)
        event_add(s, &(struct event){.org = c->v.org, .type = EVENT_VERIFICATION, .ref = c->v.id,
                                     .state = (uint8_t)c->v.state, .code = c->v.code, .at_ms = c->now_ms});
    return ERR_OK;
}

enum err sqlite_verification_get(struct store_reader *r, org_id org, uint64_t id, struct verification_record *out)
{
    struct conn *c = reader_conn(r);
    memset(out, 0, sizeof *out);
    return read_one(c, get(c, org, id, out));
}

enum err sqlite_verification_of(struct store_reader *r, org_id org, uint64_t number, struct verification_record *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_VERIFICATION_OF);
    bool found;
    query_int(&q, org);
    query_id(&q, number);
    found = query_row(&q);
    memset(out, 0, sizeof *out);
    if (found) verification_read(&q, out);
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_verifications_over(struct store_reader *r, int64_t now_ms, struct verification_record *out,
                                   size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_VERIFICATIONS_OVER);
    size_t n = 0;
    query_int(&q, now_ms);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) verification_read(&q, &out[n++]);
    return read_many(c, count, n);
}

/* ---- services ---- */

static bool is_taken(struct sqlite_store *s, const struct verify_service_record *v)
{
    struct query q = query_open(&s->conn, SQL_VERIFY_SERVICE_TAKEN);
    bool found;
    query_text(&q, v->sid);
    query_int(&q, v->org);
    found = query_row(&q);
    query_end(&q);
    return found;
}

enum err apply_verify_service(struct sqlite_store *s, struct change *base)
{
    const struct verify_service_record *v = &((struct change_verify_service *)base)->service;
    struct query q;
    if (org_facts(s, v->org) == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", v->org);
    if (is_taken(s, v)) return refuse(base, ERR_CONFLICT, "the Verify service is another organization's");
    q = query_open(&s->conn, SQL_VERIFY_SERVICE_PUT);
    query_int(&q, v->org);
    query_text(&q, v->account);
    query_text(&q, v->sid);
    query_text(&q, v->name);
    query_int(&q, v->began_ms);
    query_int(&q, v->created_ms);
    (void)query_run(&q);
    return ERR_OK;
}

enum err sqlite_verify_service_get(struct store_reader *r, org_id org, struct verify_service_record *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_VERIFY_SERVICE_GET);
    bool found;
    query_int(&q, org);
    found = query_row(&q);
    memset(out, 0, sizeof *out);
    if (found) {
        out->org = query_get_u32(&q);
        query_get_text(&q, out->account, sizeof out->account);
        query_get_text(&q, out->sid, sizeof out->sid);
        query_get_text(&q, out->name, sizeof out->name);
        out->began_ms = query_get(&q);
        out->created_ms = query_get(&q);
    }
    query_end(&q);
    return read_one(c, found);
}

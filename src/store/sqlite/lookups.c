/* lookups: what Lookup said of numbers, how many look-ups an organization used in a month, walks over lists. */
#include "store/sqlite/parts.h"

#include <string.h>

static void line_put(struct sqlite_store *s, const struct line_record *l)
{
    struct query q = query_open(&s->conn, SQL_LINE_PUT);
    query_id(&q, l->number);
    query_int(&q, l->valid);
    query_int(&q, l->line);
    query_text(&q, l->carrier);
    query_text(&q, l->mcc);
    query_text(&q, l->mnc);
    query_int(&q, l->owner);
    query_int(&q, l->owner_since_ms);
    query_int(&q, l->looked_ms);
    (void)query_run(&q);
}

static void contact_carrier(struct sqlite_store *s, org_id org, const struct line_record *l)
{
    struct query q;
    if (l->carrier_id == 0) return;
    q = query_open(&s->conn, SQL_CONTACT_CARRIER);
    query_int(&q, l->carrier_id);
    query_int(&q, org);
    query_id(&q, l->number);
    query_int(&q, l->carrier_id);
    (void)query_run(&q);
}

static int64_t used_in(struct conn *c, org_id org, int32_t month)
{
    struct query q = query_open(c, SQL_LOOKUP_USE);
    int64_t used = 0;
    query_int(&q, org);
    query_int(&q, month);
    if (query_row(&q)) used = query_get(&q);
    query_end(&q);
    return used;
}

static void use_put(struct sqlite_store *s, org_id org, int32_t month, int64_t used)
{
    struct query q = query_open(&s->conn, SQL_LOOKUP_USE_PUT);
    query_int(&q, org);
    query_int(&q, month);
    query_int(&q, used);
    (void)query_run(&q);
}

enum err apply_lookup(struct sqlite_store *s, struct change *base)
{
    struct change_lookup *c = (struct change_lookup *)base;
    int64_t used;
    if (org_facts(s, c->org) == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->org);
    used = used_in(&s->conn, c->org, c->month);
    if (c->take > 0 && used + c->take > c->most) {
        c->used = used;
        return refuse(base, ERR_LIMIT, STORE_LOOKUPS_SPENT, (long long)used, (long long)c->most);
    }
    c->used = used + c->take > 0 ? used + c->take : 0;
    if (c->take != 0) use_put(s, c->org, c->month, c->used);
    for (size_t i = 0; i < c->count; i++) {
        line_put(s, &c->rows[i]);
        number_looked(s, c->org, &c->rows[i]);
        contact_carrier(s, c->org, &c->rows[i]);
    }
    return ERR_OK;
}

enum err sqlite_line_get(struct store_reader *r, uint64_t number, struct line_record *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_LINE_GET);
    bool found;
    query_id(&q, number);
    found = query_row(&q);
    memset(out, 0, sizeof *out);
    if (found) {
        out->number = query_get_id(&q);
        out->valid = query_get_u8(&q) != 0;
        out->line = (enum line_type)query_get_u8(&q);
        query_get_text(&q, out->carrier, sizeof out->carrier);
        query_get_text(&q, out->mcc, sizeof out->mcc);
        query_get_text(&q, out->mnc, sizeof out->mnc);
        out->owner = (enum line_owner)query_get_u8(&q);
        out->owner_since_ms = query_get(&q);
        out->looked_ms = query_get(&q);
    }
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_lookups_used(struct store_reader *r, org_id org, int32_t month, int64_t *used)
{
    struct conn *c = reader_conn(r);
    *used = used_in(c, org, month);
    return read_one(c, true);
}

static bool walk_runs(struct sqlite_store *s, const struct hygiene_job *j, uint64_t *other)
{
    struct query q = query_open(&s->conn, SQL_HYGIENE_OF_LIST);
    bool found;
    query_int(&q, j->org);
    query_int(&q, j->list);
    found = query_row(&q);
    if (found) *other = query_get_id(&q);
    query_end(&q);
    return found;
}

static bool is_theirs(struct sqlite_store *s, const struct hygiene_job *j)
{
    struct query q = query_open(&s->conn, SQL_HYGIENE_GET);
    bool found;
    query_int(&q, j->org);
    query_id(&q, j->id);
    found = query_row(&q);
    query_end(&q);
    return found;
}

enum err apply_hygiene(struct sqlite_store *s, struct change *base)
{
    struct hygiene_job *j = &((struct change_hygiene *)base)->job;
    struct query q;
    uint64_t other = 0;
    if (org_facts(s, j->org) == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", j->org);
    if (j->id == 0 && walk_runs(s, j, &other)) {
        j->id = other;
        return refuse(base, ERR_CONFLICT, "the list is being looked up already");
    }
    if (j->id != 0 && !is_theirs(s, j)) return refuse(base, ERR_NOT_FOUND, "there is no such look-up of a list");
    if (j->id == 0) j->id = store_next(s, COUNTER_HYGIENE);
    q = query_open(&s->conn, SQL_HYGIENE_PUT);
    query_id(&q, j->id);
    query_int(&q, j->org);
    query_int(&q, j->list);
    query_int(&q, j->state);
    query_id(&q, j->after);
    const int64_t counts[] = {j->limit,   j->contacts, j->looked, j->cached,     j->mobile,     j->landline, j->voip,
                              j->other,   j->invalid,  j->unknown, j->reassigned, j->cost_micros};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) query_int(&q, counts[i]);
    query_str(&q, j->why);
    query_int(&q, j->created_ms);
    query_int(&q, j->finished_ms);
    (void)query_run(&q);
    return ERR_OK;
}

static void hygiene_read(struct query *q, struct arena *a, struct hygiene_job *out)
{
    int64_t *const counts[] = {&out->limit, &out->contacts, &out->looked, &out->cached,  &out->mobile,
            &out->landline,
                               &out->voip,  &out->other,    &out->invalid, &out->unknown, &out->reassigned,
                                   &out->cost_micros};
    memset(out, 0, sizeof *out);
    out->id = query_get_id(q);
    out->org = query_get_u32(q);
    out->list = query_get_u32(q);
    out->state = (enum hygiene_state)query_get_u8(q);
    out->after = query_get_id(q);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) *counts[i] = query_get(q);
    out->why = query_get_str(q, a);
    out->created_ms = query_get(q);
    out->finished_ms = query_get(q);
}

enum err sqlite_hygiene_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct hygiene_job *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_HYGIENE_GET);
    bool found;
    query_int(&q, org);
    query_id(&q, id);
    found = query_row(&q);
    if (found) hygiene_read(&q, a, out);
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_hygienes_running(struct store_reader *r, struct arena *a, uint64_t after, struct hygiene_job *out,
                                 size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_HYGIENES_RUNNING);
    size_t n = 0;
    query_int(&q, (int64_t)after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) hygiene_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}

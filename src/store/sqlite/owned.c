/* owned: numbers that organizations have at Twilio, and how their accounts there differ from what is wanted. */
#include "store/sqlite/parts.h"

#include <string.h>

/* ---- numbers ---- */

static void bind_facts(struct query *q, const struct owned_number *n)
{
    query_int(q, n->program);
    query_int(q, n->state);
    query_int(q, n->kind);
    query_int(q, n->rev);
    query_text(q, n->number);
    query_text(q, n->sid);
    query_int(q, n->bought);
    query_int(q, n->failures);
    query_str(q, n->wish);
    query_str(q, n->notes);
    query_str(q, n->why);
    query_int(q, n->code);
    query_int(q, n->since_ms);
    query_int(q, n->begun_ms);
    query_int(q, n->until_ms);
    query_int(q, n->next_ms);
}

static void insert(struct sqlite_store *s, struct owned_number *n)
{
    struct query q;
    n->id = store_next(s, COUNTER_OWNED);
    n->rev = 1;
    q = query_open(&s->conn, SQL_OWNED_INSERT);
    query_id(&q, n->id);
    query_int(&q, n->org);
    bind_facts(&q, n);
    query_int(&q, n->created_ms);
    query_int(&q, n->updated_ms);
    (void)query_run(&q);
}

static void update(struct sqlite_store *s, struct owned_number *n)
{
    struct query q = query_open(&s->conn, SQL_OWNED_UPDATE);
    n->rev++;
    bind_facts(&q, n);
    query_int(&q, n->updated_ms);
    query_int(&q, n->org);
    query_id(&q, n->id);
    (void)query_run(&q);
}

static bool has_twin(struct sqlite_store *s, const struct owned_number *n)
{
    struct query q;
    bool found;
    if (n->number[0] == '\0' || !owned_is_live(n->state)) return false;
    q = query_open(&s->conn, SQL_OWNED_TWIN);
    query_int(&q, n->org);
    query_text(&q, n->number);
    query_id(&q, n->id);
    found = query_row(&q);
    query_end(&q);
    return found;
}

/* The row's revision; its date of creation is kept. */
static bool known(struct sqlite_store *s, struct owned_number *n, uint32_t *rev)
{
    struct query q = query_open(&s->conn, SQL_OWNED_REV);
    bool found;
    query_int(&q, n->org);
    query_id(&q, n->id);
    found = query_row(&q);
    if (found) {
        *rev = query_get_u32(&q);
        n->created_ms = query_get(&q);
    }
    query_end(&q);
    return found;
}

static enum err put(struct sqlite_store *s, struct change_owned *c, struct owned_number *n)
{
    uint32_t rev = 0;

    if (n->program != 0 && !program_exists(s, n->org, n->program))
        return refuse(&c->head, ERR_NOT_FOUND, "there is no program %u", n->program);
    if (n->id != 0 && !known(s, n, &rev)) return refuse(&c->head, ERR_NOT_FOUND, "there is no such number");
    if (n->id != 0 && rev != n->rev)
        return refuse(&c->head, ERR_CONFLICT, "the number was changed meanwhile; look at it again");
    if (has_twin(s, n)) return refuse(&c->head, ERR_CONFLICT, "the organization has %s already", n->number);
    if (n->id == 0) insert(s, n);
    else update(s, n);
    if (c->quiet) return ERR_OK;
    event_add(s, &(struct event){.org = n->org, .type = EVENT_NUMBER, .ref = n->id, .state = (uint8_t)n->state,
                                 .code = n->code, .at_ms = n->updated_ms});
    return ERR_OK;
}

enum err apply_owned(struct sqlite_store *s, struct change *base)
{
    struct change_owned *c = (struct change_owned *)base;
    struct change_senders sender = {.senders = c->sender, .count = c->sender != NULL, .was = c->sender_was};
    enum err code = ERR_OK;

    if (org_facts(s, c->org) == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->org);
    if (c->sender != NULL) { /* first: refused, it leaves the rows' ids and revisions as they were given */
        c->sender->org = c->org;
        code = apply_senders(s, &sender.head);
        if (code != ERR_OK) base->fault = sender.head.fault;
    }
    for (size_t i = 0; i < c->count && code == ERR_OK; i++) {
        c->rows[i].org = c->org;
        code = put(s, c, &c->rows[i]);
    }
    return code;
}

static void owned_read(struct query *q, struct arena *a, struct owned_number *out)
{
    memset(out, 0, sizeof *out);
    out->id = query_get_id(q);
    out->org = query_get_u32(q);
    out->program = query_get_u32(q);
    out->state = (enum owned_state)query_get_u8(q);
    out->kind = (enum owned_kind)query_get_u8(q);
    out->rev = query_get_u32(q);
    query_get_text(q, out->number, sizeof out->number);
    query_get_text(q, out->sid, sizeof out->sid);
    out->bought = query_get(q) != 0;
    out->failures = query_get_u32(q);
    out->wish = query_get_str(q, a);
    out->notes = query_get_str(q, a);
    out->why = query_get_str(q, a);
    out->code = query_get_i32(q);
    out->since_ms = query_get(q);
    out->begun_ms = query_get(q);
    out->until_ms = query_get(q);
    out->next_ms = query_get(q);
    out->created_ms = query_get(q);
    out->updated_ms = query_get(q);
}

static enum err read_it(struct conn *c, struct query *q, struct arena *a, struct owned_number *out)
{
    bool found = query_row(q);
    if (found) owned_read(q, a, out);
    query_end(q);
    return read_one(c, found);
}

enum err sqlite_owned_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct owned_number *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_OWNED_GET);
    query_int(&q, org);
    query_id(&q, id);
    return read_it(c, &q, a, out);
}

enum err sqlite_owned_by_number(struct store_reader *r, struct arena *a, org_id org, struct str number,
                                struct owned_number *out)
{
    struct conn *c = reader_conn(r);
    struct query q;
    if (number.len == 0) return ERR_NOT_FOUND; /* not bought yet */
    q = query_open(c, SQL_OWNED_BY_NUMBER);
    query_int(&q, org);
    query_str(&q, number);
    return read_it(c, &q, a, out);
}

enum err sqlite_owned_list(struct store_reader *r, struct arena *a, org_id org, uint64_t after,
                           struct owned_number *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_OWNED_LIST);
    size_t n = 0;
    query_int(&q, org);
    query_id(&q, after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) owned_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}

enum err sqlite_owned_due(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms,
                          uint64_t after_id, struct owned_number *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_OWNED_DUE);
    size_t n = 0;
    query_int(&q, until_ms);
    query_int(&q, after_ms);
    query_id(&q, after_id);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) owned_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}

/* ---- drift ---- */

static uint32_t drift_rev(struct sqlite_store *s, org_id org)
{
    struct query q = query_open(&s->conn, SQL_DRIFT_REV);
    uint32_t rev = 0;
    query_int(&q, org);
    if (query_row(&q)) rev = query_get_u32(&q);
    query_end(&q);
    return rev;
}

enum err apply_drift(struct sqlite_store *s, struct change *base)
{
    struct change_drift *c = (struct change_drift *)base;
    struct drift *d = &c->drift;
    struct query q;

    if (org_facts(s, d->org) == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", d->org);
    if (drift_rev(s, d->org) != d->rev)
        return refuse(base, ERR_CONFLICT, "a look at the account has ended meanwhile; ask again");
    d->rev++;
    q = query_open(&s->conn, SQL_DRIFT_PUT);
    query_int(&q, d->org);
    query_int(&q, d->state);
    query_int(&q, d->rev);
    query_int(&q, d->count);
    query_int(&q, d->repaired);
    query_int(&q, d->looked_ms);
    query_int(&q, d->next_ms);
    query_str(&q, d->findings);
    query_str(&q, d->why);
    (void)query_run(&q);
    if (c->told)
        event_add(s, &(struct event){.org = d->org, .type = EVENT_DRIFT, .ref = d->count, .state = (uint8_t)d->state,
                                     .code = (int32_t)d->repaired, .at_ms = d->looked_ms});
    return ERR_OK;
}

static void drift_read(struct query *q, struct drift *out)
{
    memset(out, 0, sizeof *out);
    out->org = query_get_u32(q);
    out->state = (enum drift_state)query_get_u8(q);
    out->rev = query_get_u32(q);
    out->count = query_get_u32(q);
    out->repaired = query_get_u32(q);
    out->looked_ms = query_get(q);
    out->next_ms = query_get(q);
}

enum err sqlite_drift_get(struct store_reader *r, struct arena *a, org_id org, struct drift *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_DRIFT_GET);
    bool found;
    query_int(&q, org);
    found = query_row(&q);
    if (found) {
        drift_read(&q, out);
        out->findings = query_get_str(&q, a);
        out->why = query_get_str(&q, a);
    }
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_drifts_due(struct store_reader *r, int64_t until_ms, int64_t after_ms, org_id after_org,
                           struct drift *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_DRIFTS_DUE);
    size_t n = 0;
    query_int(&q, until_ms);
    query_int(&q, after_ms);
    query_int(&q, after_org);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) drift_read(&q, &out[n++]);
    return read_many(c, count, n);
}

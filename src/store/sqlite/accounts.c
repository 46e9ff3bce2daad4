/* accounts: what is under way with the Twilio accounts of organizations. */
#include "store/sqlite/parts.h"

#include <string.h>

static void put(struct sqlite_store *s, struct account_work *w)
{
    struct query q = query_open(&s->conn, SQL_ACCOUNT_PUT);

    w->rev++;
    query_int(&q, w->org);
    query_int(&q, w->rev);
    query_int(&q, w->standing);
    query_int(&q, w->seen_ms);
    query_str(&q, w->progress);
    query_str(&q, w->why);
    query_int(&q, w->next_ms);
    query_int(&q, w->updated_ms);
    (void)query_run(&q);
}

/* 0: there is none. */
static uint32_t rev_of(struct sqlite_store *s, org_id org)
{
    struct query q = query_open(&s->conn, SQL_ACCOUNT_REV);
    uint32_t rev;

    query_int(&q, org);
    rev = query_row(&q) ? query_get_u32(&q) : 0;
    query_end(&q);
    return rev;
}

void account_begin(struct sqlite_store *s, const struct change_org *c, bool moved)
{
    struct account_work w = {.org = c->org.id, .rev = rev_of(s, c->org.id), .progress = c->account.progress,
                             .next_ms = c->account.next_ms, .updated_ms = c->account.updated_ms};

    if (w.rev == 0 ? w.next_ms != 0 : moved) put(s, &w);
}

static void set_org(struct sqlite_store *s, struct org_facts *facts, struct org *o)
{
    struct query q = query_open(&s->conn, SQL_ORG_ACCOUNT_SET);

    query_int(&q, o->state);
    query_text(&q, o->account_sid);
    query_blob(&q, o->token_sealed.at, o->token_sealed.len);
    query_blob(&q, o->token2_sealed.at, o->token2_sealed.len);
    query_text(&q, o->key_sid);
    query_blob(&q, o->key_sealed.at, o->key_sealed.len);
    query_int(&q, o->id);
    (void)query_run(&q);
    facts->state = o->state;
    o->rev = ++facts->rev;
    facts->dirty = true;
}

enum err apply_account(struct sqlite_store *s, struct change *base)
{
    struct change_account *c = (struct change_account *)base;
    struct org_facts *facts = org_facts(s, c->work.org);
    int64_t open;

    if (facts == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->work.org);
    c->org.id = c->work.org;
    if (rev_of(s, c->work.org) != c->work.rev || (c->with_org && c->org.rev != facts->rev))
        return refuse(base, ERR_CONFLICT, STORE_ORG_CHANGED);
    if ((c->idle || (c->with_org && account_moves(s, &c->org))) && (open = open_attempts(s, c->work.org)) > 0)
        return refuse(base, ERR_CONFLICT, STORE_ACCOUNT_BUSY, (long long)open);
    if (c->with_org) set_org(s, facts, &c->org);
    put(s, &c->work);
    if (c->told)
        event_add(s, &(struct event){.org = c->work.org, .type = EVENT_ACCOUNT, .ref = c->work.standing,
                                     .state = (uint8_t)facts->state, .at_ms = c->work.updated_ms});
    return ERR_OK;
}

static void account_read(struct query *q, struct arena *a, struct account_work *out)
{
    memset(out, 0, sizeof *out);
    out->org = query_get_u32(q);
    out->rev = query_get_u32(q);
    out->standing = (enum account_standing)query_get_u8(q);
    out->seen_ms = query_get(q);
    out->progress = query_get_str(q, a);
    out->why = query_get_str(q, a);
    out->next_ms = query_get(q);
    out->updated_ms = query_get(q);
}

enum err sqlite_account_get(struct store_reader *r, struct arena *a, org_id org, struct account_work *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_ACCOUNT_GET);
    bool found;

    query_int(&q, org);
    found = query_row(&q);
    if (found) account_read(&q, a, out);
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_accounts_due(struct store_reader *r, struct arena *a, int64_t until_ms, int64_t after_ms, org_id after,
                             struct account_work *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_ACCOUNTS_DUE);
    size_t n = 0;

    query_int(&q, until_ms);
    query_int(&q, after_ms);
    query_int(&q, after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) account_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}

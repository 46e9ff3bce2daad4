/* consent_reads: what readers ask of the consent ledger. */
#include "store/sqlite/parts.h"

#include <string.h>

void consent_read(struct query *q, struct arena *a, struct consent *out)
{
    struct str hash;
    memset(out, 0, sizeof *out);
    out->id = query_get_id(q);
    out->org = query_get_u32(q);
    out->number = query_get_id(q);
    out->kind = (enum consent_kind)query_get_u8(q);
    out->at_ms = query_get(q);
    out->source = query_get_str(q, a);
    out->evidence = query_get_str(q, a);
    query_get_sid(q, out->sid);
    out->scope = (enum consent_scope)query_get_u8(q);
    out->scope_id = query_get_u32(q);
    out->basis = (enum consent_basis)query_get_u8(q);
    out->recorded_ms = query_get(q);
    out->proof = query_get_str(q, a);
    out->position = query_get_id(q);
    hash = query_get_view(q);
    /* One of another length was not written by us: no hash matches zeros. */
    if (hash.len == sizeof out->hash) memcpy(out->hash, hash.at, sizeof out->hash);
}

enum err sqlite_consent_get(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                            struct consent *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_CONSENT_GET);
    bool found;
    query_int(&q, org);
    query_id(&q, number);
    found = query_row(&q);
    if (found) consent_read(&q, a, out);
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_consents(struct store_reader *r, struct arena *a, org_id org, uint64_t number, uint64_t after,
                         struct consent *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, number == 0 ? SQL_CONSENTS_ALL : SQL_CONSENTS);
    size_t n = 0;
    query_int(&q, org);
    if (number != 0) query_id(&q, number);
    query_id(&q, after);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) consent_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}

enum err sqlite_consent_holds(struct store_reader *r, org_id org, uint64_t number, uint32_t program,
                              uint32_t sender, struct consent_holds *out)
{
    struct conn *c = reader_conn(r);
    *out = consent_holds_for(c, org, number, program, sender);
    return conn_check(c);
}

enum err sqlite_consent_head(struct store_reader *r, org_id org, struct chain_head *out)
{
    struct conn *c = reader_conn(r);
    *out = consent_head_read(c, org);
    return conn_check(c);
}

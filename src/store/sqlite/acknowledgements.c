/* acknowledgements: who let a campaign start although something spoke against it. Append only; never on a hot path. */
#include "store/sqlite/parts.h"

void acknowledge(struct sqlite_store *s, org_id org, uint64_t campaign, const struct acknowledgement *said)
{
    struct query q;

    if (said->findings.len == 0) return;
    q = query_open(&s->conn, SQL_ACKNOWLEDGE);
    query_int(&q, org);
    query_id(&q, campaign);
    query_int(&q, said->at_ms);
    query_str(&q, said->by);
    query_int(&q, said->rule_set);
    query_str(&q, said->findings);
    (void)query_run(&q);
}

enum err sqlite_acknowledgements(struct store_reader *r, struct arena *a, org_id org, uint64_t campaign,
                                 struct acknowledgement *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_ACKNOWLEDGEMENTS);
    size_t n = 0;

    query_int(&q, org);
    query_id(&q, campaign);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) {
        struct acknowledgement *said = &out[n++];
        said->id = query_get_id(&q);
        said->org = query_get_u32(&q);
        said->campaign = query_get_id(&q);
        said->at_ms = query_get(&q);
        said->by = query_get_str(&q, a);
        said->rule_set = query_get_u32(&q);
        said->findings = query_get_str(&q, a);
    }
    return read_many(c, count, n);
}

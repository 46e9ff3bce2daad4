/* inbound: texts from people, each once for ever, with the consent they express. */
#include "store/sqlite/parts.h"

#include "base/mutant.h"
#include "store/sid.h"

#include <string.h>

static bool inbound_known(struct sqlite_store *s, const struct inbound *in)
{
    struct query q = query_open(&s->conn, SQL_INBOUND_KNOWN);
    bool found;
    query_int(&q, in->org);
    query_sid(&q, in->sid);
    found = query_row(&q) && !MUTANT(inbound_counts_twice);
    query_end(&q);
    return found;
}

static void inbound_insert(struct sqlite_store *s, const struct inbound *in)
{
    struct query q = query_open(&s->conn, SQL_INBOUND_INSERT);
    query_id(&q, in->id);
    query_int(&q, in->org);
    query_sid(&q, in->sid);
    query_id(&q, in->from);
    query_text(&q, in->to);
    query_str(&q, in->body);
    query_int(&q, in->keyword);
    query_int(&q, in->at_ms);
    query_int(&q, in->received_ms);
    (void)query_run(&q);
}

static void person_hears_from(struct sqlite_store *s, const struct change_inbound *c)
{
    struct query q;
    if (c->sender == 0) return;
    q = query_open(&s->conn, SQL_CONTACT_SENDER_BY_NUMBER);
    query_int(&q, c->sender);
    query_int(&q, c->inbound.org);
    query_id(&q, c->inbound.from);
    query_int(&q, c->sender);
    (void)query_run(&q);
}

static bool consent_expressed(struct sqlite_store *s, const struct change_inbound *c)
{
    const struct inbound *in = &c->inbound;
    struct consent e = {.org = in->org, .number = in->from, .kind = c->consent, .at_ms = in->at_ms,
                        .recorded_ms = in->received_ms, .source = inbound_consent_source(in), .evidence = in->body,
                        .scope = c->scope, .scope_id = c->scope_id};
    if (c->consent == CONSENT_OPT_IN) e.basis = inbound_consent_basis(in);
    if (c->consent == CONSENT_NONE) return false;
    memcpy(e.sid, in->sid, sizeof e.sid);
    return consent_record(s, &e);
}

enum err apply_inbound(struct sqlite_store *s, struct change *base)
{
    struct change_inbound *c = (struct change_inbound *)base;
    struct inbound *in = &c->inbound;
    struct org_facts *org = org_facts(s, in->org);
    c->consent_applied = false;
    if (org == NULL) return refuse(base, ERR_NOT_FOUND, "there is no organization %u", in->org);
    if (in->sid[0] == 0) return refuse(base, ERR_INVALID, "an inbound message has a SID");
    c->duplicate = inbound_known(s, in);
    if (c->duplicate) return ERR_OK;
    in->id = store_next(s, COUNTER_INBOUND);
    inbound_insert(s, in);
    event_add(s, &(struct event){.org = in->org, .type = EVENT_INBOUND, .ref = in->id, .state = (uint8_t)in->keyword,
                                 .at_ms = in->received_ms});
    c->consent_applied = consent_expressed(s, c);
    person_hears_from(s, c);
    number_wrote(s, in->org, in->from, in->received_ms);
    if (in->at_ms > org->inbound_seen_ms) {
        org->inbound_seen_ms = in->at_ms;
        org->dirty = true;
    }
    return ERR_OK;
}

static void inbound_read(struct query *q, struct arena *a, struct inbound *out)
{
    memset(out, 0, sizeof *out);
    out->id = query_get_id(q);
    out->org = query_get_u32(q);
    query_get_sid(q, out->sid);
    out->from = query_get_id(q);
    query_get_text(q, out->to, sizeof out->to);
    out->body = query_get_str(q, a);
    out->keyword = query_get_u8(q);
    out->at_ms = query_get(q);
    out->received_ms = query_get(q);
}

enum err sqlite_inbounds(struct store_reader *r, struct arena *a, org_id org, uint64_t before, struct inbound *out,
                         size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_INBOUNDS);
    size_t n = 0;
    query_int(&q, org);
    query_int(&q, before == 0 || before > INT64_MAX ? INT64_MAX : (int64_t)before);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) inbound_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}

enum err sqlite_inbound_by_sid(struct store_reader *r, struct arena *a, org_id org, struct str sid,
                               struct inbound *out)
{
    struct conn *c = reader_conn(r);
    char text[SID_BYTES];
    struct query q;
    bool found;
    if (str_copy(sid, text, sizeof text) != ERR_OK || text[0] == 0) return ERR_NOT_FOUND;
    q = query_open(c, SQL_INBOUND_BY_SID);
    query_int(&q, org);
    query_sid(&q, text);
    found = query_row(&q);
    if (found) inbound_read(&q, a, out);
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_inbound_latest(struct store_reader *r, org_id org, uint64_t number, int64_t *at_ms)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_INBOUND_LATEST);
    bool found;
    query_int(&q, org);
    query_id(&q, number);
    found = query_row(&q);
    if (found) *at_ms = query_get(&q);
    query_end(&q);
    return read_one(c, found);
}

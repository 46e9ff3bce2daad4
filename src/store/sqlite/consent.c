/* consent: the ledger of opt-ins and opt-outs, append-only, and what holds now for each number. */
#include "store/sqlite/parts.h"

#include "store/sid.h"

#include <stdio.h>
#include <string.h>

struct held {
    enum consent_kind kind;
    int64_t at_ms;
};

static struct held consent_held(struct sqlite_store *s, org_id org, uint64_t number)
{
    struct held h = {CONSENT_NONE, INT64_MIN};
    struct query q = query_open(&s->conn, SQL_CONSENT_STATE);
    query_int(&q, org);
    query_id(&q, number);
    if (query_row(&q)) {
        h.kind = (enum consent_kind)query_get_u8(&q);
        h.at_ms = query_get(&q);
    }
    query_end(&q);
    return h;
}

bool consent_opted_out(struct sqlite_store *s, org_id org, uint64_t number)
{
    return consent_held(s, org, number).kind == CONSENT_OPT_OUT;
}

static bool sid_known(struct sqlite_store *s, org_id org, const char *sid)
{
    struct query q;
    bool found;
    if (sid[0] == 0) return false;
    q = query_open(&s->conn, SQL_CONSENT_SID_KNOWN);
    query_int(&q, org);
    query_sid(&q, sid);
    found = query_row(&q);
    query_end(&q);
    return found;
}

static void consent_insert(struct sqlite_store *s, const struct consent *e)
{
    struct query q = query_open(&s->conn, SQL_CONSENT_INSERT);
    query_id(&q, e->id);
    query_int(&q, e->org);
    query_id(&q, e->number);
    query_int(&q, e->kind);
    query_int(&q, e->at_ms);
    query_str(&q, e->source);
    query_str(&q, e->evidence);
    query_sid(&q, e->sid);
    (void)query_run(&q);
}

static void consent_hold(struct sqlite_store *s, const struct consent *e)
{
    struct query q = query_open(&s->conn, SQL_CONSENT_STATE_SAVE);
    query_int(&q, e->org);
    query_id(&q, e->number);
    query_int(&q, e->kind);
    query_int(&q, e->at_ms);
    query_id(&q, e->id);
    (void)query_run(&q);
}

bool consent_record(struct sqlite_store *s, struct consent *e)
{
    struct held held;
    bool takes;
    if (sid_known(s, e->org, e->sid)) return false;
    held = consent_held(s, e->org, e->number);
    takes = held.kind == CONSENT_NONE || e->at_ms > held.at_ms ||
            (e->at_ms == held.at_ms && e->kind == CONSENT_OPT_OUT && held.kind != CONSENT_OPT_OUT);
    e->id = store_next(s, COUNTER_CONSENT);
    consent_insert(s, e);
    if (!takes) return false;
    consent_hold(s, e);
    event_add(s, &(struct event){.org = e->org, .type = EVENT_CONSENT, .ref = e->number, .state = (uint8_t)e->kind,
                                 .at_ms = e->at_ms});
    return true;
}

void consent_suppress(struct sqlite_store *s, org_id org, uint64_t number, int32_t error_code, int64_t now_ms)
{
    char evidence[32];
    struct consent e = {.org = org, .number = number, .kind = CONSENT_OPT_OUT, .at_ms = now_ms,
                        .source = STR("provider")};
    (void)snprintf(evidence, sizeof evidence, "error %d", error_code);
    e.evidence = str_from(evidence);
    (void)consent_record(s, &e);
}

enum err apply_consent(struct sqlite_store *s, struct change *base)
{
    struct change_consent *c = (struct change_consent *)base;
    c->applied = false;
    if (org_facts(s, c->event.org) == NULL)
        return refuse(base, ERR_NOT_FOUND, "there is no organization %u", c->event.org);
    if (c->event.kind != CONSENT_OPT_IN && c->event.kind != CONSENT_OPT_OUT)
        return refuse(base, ERR_INVALID, "a consent event is an opt-in or an opt-out");
    if (c->entered && c->event.kind == CONSENT_OPT_OUT) {
        struct held held = consent_held(s, c->event.org, c->event.number);
        if (held.at_ms > c->event.at_ms) c->event.at_ms = held.at_ms;
    }
    c->applied = consent_record(s, &c->event);
    return ERR_OK;
}

static void consent_read(struct query *q, struct arena *a, struct consent *out)
{
    memset(out, 0, sizeof *out);
    out->id = query_get_id(q);
    out->org = query_get_u32(q);
    out->number = query_get_id(q);
    out->kind = (enum consent_kind)query_get_u8(q);
    out->at_ms = query_get(q);
    out->source = query_get_str(q, a);
    out->evidence = query_get_str(q, a);
    query_get_sid(q, out->sid);
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

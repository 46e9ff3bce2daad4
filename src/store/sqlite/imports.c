/* imports: the progress of uploads into contacts. */
#include "store/sqlite/parts.h"

#include <string.h>

static void bind_progress(struct query *q, const struct import_job *j)
{
    query_int(q, j->list);
    query_int(q, j->state);
    query_text(q, j->region);
    query_int(q, j->bytes);
    query_int(q, j->bytes_read);
    query_int(q, j->rows);
    query_int(q, j->added);
    query_int(q, j->updated);
    query_int(q, j->duplicates);
    query_int(q, j->rejected);
    query_int(q, j->resume_row);
    query_str(q, j->file);
    query_str(q, j->why);
    query_id(q, j->attestation);
}

static bool import_update(struct sqlite_store *s, const struct import_job *j)
{
    struct query q = query_open(&s->conn, SQL_IMPORT_UPDATE);
    bind_progress(&q, j);
    query_int(&q, j->finished_ms);
    query_int(&q, j->org);
    query_id(&q, j->id);
    (void)query_run(&q);
    return query_changes(&q) == 1;
}

static void import_insert(struct sqlite_store *s, struct import_job *j)
{
    struct query q;
    j->id = store_next(s, COUNTER_IMPORT);
    q = query_open(&s->conn, SQL_IMPORT_INSERT);
    query_id(&q, j->id);
    query_int(&q, j->org);
    bind_progress(&q, j);
    query_int(&q, j->created_ms);
    query_int(&q, j->finished_ms);
    (void)query_run(&q);
}

enum err import_store(struct sqlite_store *s, struct change *c, struct import_job *j)
{
    if (org_facts(s, j->org) == NULL) return refuse(c, ERR_NOT_FOUND, "there is no organization %u", j->org);
    if (j->id == 0) import_insert(s, j);
    else if (!import_update(s, j))
        return refuse(c, ERR_NOT_FOUND, "there is no import %llu", (unsigned long long)j->id);
    event_add(s, &(struct event){.org = j->org, .type = EVENT_IMPORT, .ref = j->id, .state = (uint8_t)j->state,
                                 .at_ms = j->finished_ms != 0 ? j->finished_ms : j->created_ms});
    return ERR_OK;
}

enum err apply_import(struct sqlite_store *s, struct change *base)
{
    struct change_import *c = (struct change_import *)base;
    if (c->attestation != NULL && c->job.id == 0 && org_facts(s, c->job.org) != NULL) {
        (void)consent_record(s, c->attestation);
        c->job.attestation = c->attestation->id;
    }
    return import_store(s, base, &c->job);
}

static void import_read(struct query *q, struct arena *a, struct import_job *out)
{
    memset(out, 0, sizeof *out);
    out->id = query_get_id(q);
    out->org = query_get_u32(q);
    out->list = query_get_u32(q);
    out->state = (enum import_state)query_get_u8(q);
    query_get_text(q, out->region, sizeof out->region);
    out->bytes = query_get(q);
    out->bytes_read = query_get(q);
    out->rows = query_get(q);
    out->added = query_get(q);
    out->updated = query_get(q);
    out->duplicates = query_get(q);
    out->rejected = query_get(q);
    out->resume_row = query_get(q);
    out->file = query_get_str(q, a);
    out->why = query_get_str(q, a);
    out->attestation = query_get_id(q);
    out->created_ms = query_get(q);
    out->finished_ms = query_get(q);
}

enum err sqlite_import_get(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct import_job *out)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_IMPORT_GET);
    bool found;
    query_int(&q, org);
    query_id(&q, id);
    found = query_row(&q);
    if (found) import_read(&q, a, out);
    query_end(&q);
    return read_one(c, found);
}

enum err sqlite_imports(struct store_reader *r, struct arena *a, org_id org, uint64_t before,
                        struct import_job *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_IMPORTS);
    size_t n = 0;
    query_int(&q, org);
    query_int(&q, before == 0 || before > INT64_MAX ? INT64_MAX : (int64_t)before);
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) import_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}

enum err sqlite_imports_running(struct store_reader *r, struct arena *a, struct import_job *out, size_t *count)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_IMPORTS_RUNNING);
    size_t n = 0;
    query_int(&q, (int64_t)*count);
    while (query_row(&q)) import_read(&q, a, &out[n++]);
    return read_many(c, count, n);
}

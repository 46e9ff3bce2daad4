/* meta: the installation's own values, answers kept for idempotency, housekeeping and statistics. */
#include "store/sqlite/parts.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { ANSWER_BYTES_MAX = 1 << 20 };

/* Gives a stored answer to the change. */
static void replay(struct sqlite_store *s, struct idempotency *i, int status, struct str answer)
{
    i->replayed = true;
    i->status = status;
    buf_add(&i->answer, answer);
    if (buf_check(&i->answer) != ERR_OK) store_out_of_memory(s);
}

int idempotency_lookup(struct sqlite_store *s, struct change *c)
{
    struct idempotency *i = c->idem;
    struct query q = query_open(&s->conn, SQL_IDEMPOTENCY_GET);
    int seen = 0;
    i->replayed = i->other_request = false;
    query_int(&q, i->org);
    query_str(&q, i->key);
    if (query_row(&q)) {
        struct str hash = query_get_view(&q);
        seen = hash.len == sizeof i->request_hash && memcmp(hash.at, i->request_hash, hash.len) == 0 ? 1 : -1;
        if (seen == 1) {
            int status = query_get_i32(&q);
            replay(s, i, status, query_get_view(&q));
        }
        query_end(&q);
    }
    if (seen == -1) {
        i->other_request = true;
        (void)refuse(c, ERR_CONFLICT, "Idempotency-Key \"" STR_FMT "\" was used with another request; use a new"
                     " key for a new request", STR_ARG(str_slice(i->key, 0, 255)));
    }
    return seen;
}

enum err idempotency_store(struct sqlite_store *s, struct change *c)
{
    struct idempotency *i = c->idem;
    struct query q;
    buf_clear(&i->answer);
    i->render(c, &i->status, &i->answer);
    if (buf_check(&i->answer) == ERR_FULL) return refuse(c, ERR_FULL, "no memory for the answer; try again");
    if (buf_check(&i->answer) != ERR_OK || i->answer.len > ANSWER_BYTES_MAX)
        return refuse(c, ERR_LIMIT, "the answer is too large to be kept for its Idempotency-Key");
    q = query_open(&s->conn, SQL_IDEMPOTENCY_PUT);
    query_int(&q, i->org);
    query_str(&q, i->key);
    query_blob(&q, i->request_hash, sizeof i->request_hash);
    query_int(&q, i->status);
    query_blob(&q, i->answer.at, i->answer.len);
    query_int(&q, i->now_ms);
    BUG_IF(!query_run(&q)); /* looked up in this transaction */
    return ERR_OK;
}

enum err apply_meta(struct sqlite_store *s, struct change *base)
{
    struct change_meta *c = (struct change_meta *)base;
    struct query q = query_open(&s->conn, c->value.len == 0 ? SQL_META_DELETE : SQL_META_PUT);
    query_str(&q, c->name);
    if (c->value.len > 0) query_blob(&q, c->value.at, c->value.len);
    (void)query_run(&q);
    return ERR_OK;
}

static void trim_below(struct sqlite_store *s, enum sql id, int64_t bound)
{
    struct query q = query_open(&s->conn, id);
    query_int(&q, bound);
    (void)query_run(&q);
}

enum err apply_trim(struct sqlite_store *s, struct change *base)
{
    struct change_trim *c = (struct change_trim *)base;
    struct query q;
    trim_below(s, SQL_IDEMPOTENCY_TRIM, c->idempotency_before_ms);
    arms_trim(s, c);
    events_trim(s, c->events_before_ms);
    trim_below(s, SQL_VERIFICATIONS_TRIM, c->events_before_ms);
    trim_below(s, SQL_VERIFY_USE_TRIM, c->verify_before_ms / VERIFY_SLOT_MS);
    day_use_flush(s);
    q = query_open(&s->conn, SQL_DAY_TRIM);
    (void)query_run(&q);
    return ERR_OK;
}

enum err sqlite_answer_get(struct store_reader *r, struct arena *a, org_id org, struct str key,
                           const unsigned char request_hash[32], int *status, struct str *body)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_IDEMPOTENCY_GET);
    bool found, same = false;
    query_int(&q, org);
    query_str(&q, key);
    found = query_row(&q);
    if (found) {
        struct str hash = query_get_view(&q);
        same = hash.len == 32 && memcmp(hash.at, request_hash, hash.len) == 0;
        *status = query_get_i32(&q);
        *body = query_get_str(&q, a);
    }
    query_end(&q);
    return found && !same && conn_check(c) == ERR_OK ? ERR_CONFLICT : read_one(c, found);
}

enum err sqlite_meta_get(struct store_reader *r, struct arena *a, struct str name, struct str *value)
{
    struct conn *c = reader_conn(r);
    struct query q = query_open(c, SQL_META_GET);
    bool found;
    query_str(&q, name);
    found = query_row(&q);
    if (found) *value = query_get_str(&q, a);
    query_end(&q);
    return read_one(c, found);
}

static int64_t stat_one(struct conn *c, enum sql id, int64_t *second)
{
    struct query q = query_open(c, id);
    int64_t value = 0;
    if (query_row(&q)) {
        value = query_get(&q);
        if (second != NULL) *second = query_get(&q);
    }
    query_end(&q);
    return value;
}

static int64_t wal_bytes(const struct sqlite_store *s)
{
    char path[4096];
    struct stat st;
    if (snprintf(path, sizeof path, "%s-wal", s->path) >= (int)sizeof path) return 0;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

enum err sqlite_stats(struct store_reader *r, struct store_stats *out)
{
    struct conn *c = reader_conn(r);
    struct sqlite_store *s = store_of(r->store);
    struct query q = query_open(c, SQL_STATS_DUE);
    int64_t first, last;
    query_int(&q, out->now_ms);
    *out = (struct store_stats){.now_ms = out->now_ms};
    if (query_row(&q)) {
        out->due = query_get(&q);
        out->due_now = query_get(&q);
        out->oldest_due_ms = query_get(&q);
    }
    query_end(&q);
    out->doubts = stat_one(c, SQL_STATS_DOUBTS, &out->oldest_doubt_ms);
    out->arms = stat_one(c, SQL_STATS_ARMS, NULL);
    first = stat_one(c, SQL_STATS_EVENTS_FIRST, NULL);
    last = stat_one(c, SQL_STATS_EVENTS_LAST, NULL);
    out->events = last == 0 ? 0 : last - first + 1;
    out->messages = atomic_load(&s->messages_total);
    out->commits = (int64_t)atomic_load(&s->commit_number);
    out->wal_bytes = wal_bytes(s);
    return conn_check(c);
}

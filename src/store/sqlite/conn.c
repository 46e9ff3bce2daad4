/* conn: a connection and its queries. Contract in conn.h. */
#include "store/sqlite/conn.h"

#include "base/mutant.h"
#include "base/starved.h"
#include "store/sid.h"
#include "store/sqlite/log_vfs.h"

#include <stdio.h>
#include <string.h>

enum err conn_err_of(int result)
{
    switch (result & 0xff) {
    case SQLITE_OK: case SQLITE_ROW: case SQLITE_DONE: return ERR_OK;
    case SQLITE_CONSTRAINT: return ERR_CONFLICT;
    case SQLITE_FULL: case SQLITE_NOMEM: return ERR_FULL;
    case SQLITE_CORRUPT: case SQLITE_NOTADB: return ERR_CORRUPT;
    case SQLITE_BUSY: case SQLITE_LOCKED: return ERR_UNAVAILABLE;
    case SQLITE_TOOBIG: return ERR_LIMIT;
    case SQLITE_READONLY: case SQLITE_PERM: case SQLITE_AUTH: return ERR_DENIED;
    default: return ERR_IO;
    }
}

void conn_fail(struct conn *c, int result, const char *doing)
{
    if ((result & 0xff) == SQLITE_NOMEM) starved_note();
    if (c->broken != ERR_OK) return;
    c->broken = conn_err_of(result);
    (void)fault_set(&c->fault, c->broken, "database: %s: %s (SQLite %d)", doing,
                    c->db != NULL ? sqlite3_errmsg(c->db) : sqlite3_errstr(result), result);
}

static void fail_with(struct conn *c, enum err code, const char *what)
{
    if (c->broken != ERR_OK) return;
    c->broken = fault_set(&c->fault, code, "database: %s", what);
}

void conn_clear(struct conn *c)
{
    c->broken = ERR_OK;
    fault_clear(&c->fault);
}

enum err conn_check(const struct conn *c)
{
    return c->broken;
}

enum err conn_exec(struct conn *c, const char *text)
{
    int result;
    if (c->broken != ERR_OK) return c->broken;
    result = sqlite3_exec(c->db, text, NULL, NULL, NULL);
    if (result != SQLITE_OK) conn_fail(c, result, text);
    return c->broken;
}

static enum err set_up(struct conn *c, enum conn_mode mode, int64_t cache_kib)
{
    char text[64];
    (void)snprintf(text, sizeof text, "PRAGMA cache_size = -%lld", (long long)(cache_kib > 0 ? cache_kib : 2048));
    sqlite3_extended_result_codes(c->db, 1);
    sqlite3_busy_timeout(c->db, mode == CONN_READ ? 5000 : 0);
    (void)conn_exec(c, text);
    (void)conn_exec(c, "PRAGMA foreign_keys = OFF");
    (void)conn_exec(c, "PRAGMA temp_store = MEMORY");
    return c->broken;
}

enum err conn_open(struct conn *c, const char *path, enum conn_mode mode, int64_t cache_kib, struct fault *f)
{
    int flags = SQLITE_OPEN_NOMUTEX | (mode == CONN_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                          : SQLITE_OPEN_READONLY);
    int result;
    enum err code;

    memset(c, 0, sizeof *c);
    result = sqlite3_open_v2(path, &c->db, flags, mode == CONN_WRITE ? log_vfs_name() : NULL);
    if (result != SQLITE_OK) conn_fail(c, result, "opening");
    if (c->broken == ERR_OK) (void)set_up(c, mode, cache_kib);
    if (c->broken == ERR_OK) return ERR_OK;
    code = fault_set(f, c->broken, "%s: %s", path, c->fault.what);
    conn_close(c);
    return code;
}

void conn_close(struct conn *c)
{
    for (size_t i = 0; i < SQL_COUNT; i++) sqlite3_finalize(c->statements[i]);
    BUG_IF(sqlite3_close(c->db) != SQLITE_OK);
    memset(c, 0, sizeof *c);
}

/* By a seeded bug, the statement that reads a message does not ask whose it is. */
static const char *text_of(enum sql id)
{
    static _Thread_local char text[4096];
    char *clause;
    if (!MUTANT(tenant_clause_missing) || id != SQL_MESSAGE_GET) return sql_text[id];
    (void)snprintf(text, sizeof text, "%s", sql_text[id]);
    clause = strstr(text, "m.org = ? AND m.id");
    if (clause != NULL) memcpy(clause, "? <> 0   ", 9);
    return text;
}

struct query query_open(struct conn *c, enum sql id)
{
    struct query q = {.conn = c};
    if (c->broken != ERR_OK) return q;
    if (c->statements[id] == NULL) {
        int result = sqlite3_prepare_v3(c->db, text_of(id), -1, SQLITE_PREPARE_PERSISTENT, &c->statements[id], NULL);
        if (result != SQLITE_OK) conn_fail(c, result, sql_text[id]);
    }
    q.statement = c->broken == ERR_OK ? c->statements[id] : NULL;
    BUG_IF(q.statement != NULL && sqlite3_stmt_busy(q.statement)); /* opened within itself */
    return q;
}

static void bound(struct query *q, int result)
{
    if (result == SQLITE_OK) return;
    conn_fail(q->conn, result, sqlite3_sql(q->statement));
    query_end(q);
}

void query_int(struct query *q, int64_t value)
{
    if (q->statement != NULL) bound(q, sqlite3_bind_int64(q->statement, ++q->bound, value));
}

void query_id(struct query *q, uint64_t value)
{
    query_int(q, (int64_t)value);
}

void query_str(struct query *q, struct str text)
{
    if (q->statement == NULL) return;
    bound(q, sqlite3_bind_text64(q->statement, ++q->bound, text.at != NULL ? text.at : "", text.len, SQLITE_STATIC,
                                 SQLITE_UTF8));
}

void query_text(struct query *q, const char *text)
{
    query_str(q, str_from(text));
}

void query_blob(struct query *q, const void *bytes, size_t len)
{
    if (q->statement == NULL) return;
    bound(q, sqlite3_bind_blob64(q->statement, ++q->bound, len > 0 ? bytes : "", len, SQLITE_STATIC));
}

void query_sid(struct query *q, const char *sid)
{
    unsigned char packed[SID_PACKED_MAX];
    size_t len = sid_pack(sid, packed);
    if (q->statement == NULL) return;
    if (len == 0) bound(q, sqlite3_bind_null(q->statement, ++q->bound));
    else bound(q, sqlite3_bind_blob(q->statement, ++q->bound, packed, (int)len, SQLITE_TRANSIENT));
}

bool query_run(struct query *q)
{
    int result;
    if (q->statement == NULL) return true;
    BUG_IF(q->bound != sqlite3_bind_parameter_count(q->statement));
    result = sqlite3_step(q->statement);
    if (result != SQLITE_DONE && result != SQLITE_ROW && (result & 0xff) != SQLITE_CONSTRAINT)
        conn_fail(q->conn, result, sqlite3_sql(q->statement));
    query_end(q);
    return (result & 0xff) != SQLITE_CONSTRAINT;
}

int64_t query_changes(const struct query *q)
{
    return q->conn->broken != ERR_OK ? 0 : sqlite3_changes64(q->conn->db);
}

bool query_row(struct query *q)
{
    int result;
    if (q->statement == NULL) return false;
    BUG_IF(q->bound != sqlite3_bind_parameter_count(q->statement));
    result = sqlite3_step(q->statement);
    q->column = 0;
    if (result == SQLITE_ROW) return true;
    if (result != SQLITE_DONE) conn_fail(q->conn, result, sqlite3_sql(q->statement));
    query_end(q);
    return false;
}

void query_end(struct query *q)
{
    if (q->statement == NULL) return;
    (void)sqlite3_reset(q->statement); /* repeats the failure that conn_fail already has */
    q->statement = NULL;
}

int64_t query_get(struct query *q)
{
    return q->statement == NULL ? 0 : sqlite3_column_int64(q->statement, q->column++);
}

/* A stored value outside its type is damage, not a number to be cut. */
static int64_t get_within(struct query *q, int64_t least, int64_t most)
{
    int64_t value = query_get(q);
    if (value >= least && value <= most) return value;
    fail_with(q->conn, ERR_CORRUPT, "a stored value is out of range");
    return 0;
}

uint64_t query_get_id(struct query *q)
{
    return (uint64_t)query_get(q);
}

uint8_t query_get_u8(struct query *q)
{
    return (uint8_t)get_within(q, 0, UINT8_MAX);
}

uint16_t query_get_u16(struct query *q)
{
    return (uint16_t)get_within(q, 0, UINT16_MAX);
}

uint32_t query_get_u32(struct query *q)
{
    return (uint32_t)get_within(q, 0, UINT32_MAX);
}

int32_t query_get_i32(struct query *q)
{
    return (int32_t)get_within(q, INT32_MIN, INT32_MAX);
}

struct str query_get_view(struct query *q)
{
    struct str view = {NULL, 0};
    if (q->statement == NULL) return view;
    view.at = sqlite3_column_blob(q->statement, q->column); /* text as well: the bytes as they are */
    view.len = (size_t)sqlite3_column_bytes(q->statement, q->column++);
    return view;
}

struct str query_get_str(struct query *q, struct arena *a)
{
    struct str copy = arena_str(a, query_get_view(q));
    if (copy.at == NULL) fail_with(q->conn, ERR_LIMIT, "the answer is larger than the reader's arena");
    return copy;
}

void query_get_text(struct query *q, char *out, size_t size)
{
    if (str_copy(query_get_view(q), out, size) != ERR_OK)
        fail_with(q->conn, ERR_CORRUPT, "a stored text is too long");
}

void query_get_sid(struct query *q, char out[SID_BYTES])
{
    struct str packed = query_get_view(q);
    if (sid_unpack((const unsigned char *)packed.at, packed.len, out) != ERR_OK)
        fail_with(q->conn, ERR_CORRUPT, "a stored SID does not read back");
}

void query_skip(struct query *q)
{
    q->column++;
}

/*
 * conn: one SQLite connection with its prepared statements, and queries as straight-line code.
 *
 * A query binds its values in the order of the question marks and reads its columns from left to right.
 * The first failure sticks to the connection: later queries do nothing, rows end, values read as zero; the
 * caller looks once, at the end, with conn_check. A broken uniqueness is no failure: query_run tells it.
 * Used by one thread at a time.
 */
#ifndef STERLING_STORE_SQLITE_CONN_H
#define STERLING_STORE_SQLITE_CONN_H

#include "base/arena.h"
#include "store/model.h"
#include "store/sqlite/sql.h"

#include <sqlite3.h>

struct conn {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT]; /* prepared at first use, kept */
    enum err broken;
    struct fault fault; /* of the first failure */
};

enum conn_mode { CONN_WRITE, CONN_READ };
MUST_CHECK enum err conn_open(struct conn *c, const char *path, enum conn_mode mode, int64_t cache_kib,
                              struct fault *f);
void conn_close(struct conn *c);
void conn_clear(struct conn *c); /* forgets a failure */
MUST_CHECK enum err conn_check(const struct conn *c);
/* Keeps the first failure; `result` is SQLite's. */
void conn_fail(struct conn *c, int result, const char *doing);
/* Runs text without values or rows: pragmas and migrations. */
enum err conn_exec(struct conn *c, const char *text);
enum err conn_err_of(int sqlite_result);

struct query {
    struct conn *conn;
    sqlite3_stmt *statement; /* NULL once the connection has failed */
    int bound, column;
};

struct query query_open(struct conn *c, enum sql id);
void query_int(struct query *q, int64_t value);
void query_id(struct query *q, uint64_t value); /* also for 64-bit patterns */
void query_str(struct query *q, struct str text);   /* not copied: must last until the query ends */
void query_text(struct query *q, const char *text); /* likewise */
void query_blob(struct query *q, const void *bytes, size_t len);
void query_sid(struct query *q, const char *sid); /* packed; NULL when empty */
/* Runs to the end and closes. False when a uniqueness would be broken (nothing was written). */
bool query_run(struct query *q);
int64_t query_changes(const struct query *q); /* rows changed by the last query_run */
/* True while there is a row; closes at the end. */
bool query_row(struct query *q);
void query_end(struct query *q); /* closes early; fine when closed */

int64_t query_get(struct query *q);
uint64_t query_get_id(struct query *q);
uint8_t query_get_u8(struct query *q);
uint16_t query_get_u16(struct query *q);
uint32_t query_get_u32(struct query *q);
int32_t query_get_i32(struct query *q);
/* A copy in the arena; the connection fails with ERR_LIMIT when it is full. */
struct str query_get_str(struct query *q, struct arena *a);
struct str query_get_view(struct query *q); /* until the next query_row or query_end */
void query_get_text(struct query *q, char *out, size_t size); /* ERR_CORRUPT if it does not fit */
void query_get_sid(struct query *q, char out[SID_BYTES]);
void query_skip(struct query *q);

#endif

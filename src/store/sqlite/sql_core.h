/* Statements of the installation itself: transactions, counters, meta, idempotency, statistics. */
#ifndef STERLING_STORE_SQLITE_SQL_CORE_H
#define STERLING_STORE_SQLITE_SQL_CORE_H

#define SQL_CORE(X)                                                                                    \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                        \
    X(COMMIT, "COMMIT")                                                                                \
    X(ROLLBACK, "ROLLBACK")                                                                            \
    X(SAVEPOINT, "SAVEPOINT change")                                                                   \
    X(SAVEPOINT_UNDO, "ROLLBACK TO SAVEPOINT change")                                                  \
    X(SAVEPOINT_RELEASE, "RELEASE SAVEPOINT change")                                                   \
    X(COUNTERS_LOAD, "SELECT id, value FROM counters")                                                 \
    X(COUNTER_SAVE, "INSERT INTO counters (id, value) VALUES (?, ?)"                                   \
                    " ON CONFLICT (id) DO UPDATE SET value = excluded.value")                          \
    X(META_GET, "SELECT value FROM meta WHERE name = ?")                                               \
    X(META_PUT, "INSERT INTO meta (name, value) VALUES (?, ?)"                                         \
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value")                            \
    X(META_DELETE, "DELETE FROM meta WHERE name = ?")                                                  \
    X(IDEMPOTENCY_GET, "SELECT request_hash, status, answer FROM idempotency WHERE org = ? AND key = ?") \
    X(IDEMPOTENCY_PUT, "INSERT INTO idempotency (org, key, request_hash, status, answer, at)"          \
                       " VALUES (?, ?, ?, ?, ?, ?)")                                                   \
    X(IDEMPOTENCY_TRIM, "DELETE FROM idempotency WHERE at < ?")                                        \
    X(STATS_DUE, "SELECT COUNT(*), COALESCE(SUM(CASE WHEN at <= ? AND armed = 0 THEN 1 ELSE 0 END), 0)," \
                 " COALESCE(MIN(at), 0) FROM due")                                                     \
    X(STATS_DOUBTS, "SELECT COUNT(*), COALESCE(MIN(armed), 0) FROM doubts")                            \
    X(STATS_ARMS, "SELECT COUNT(*) FROM arms")                                                         \
    X(STATS_EVENTS_FIRST, "SELECT first FROM events ORDER BY last LIMIT 1")                            \
    X(STATS_EVENTS_LAST, "SELECT last FROM events ORDER BY last DESC LIMIT 1")

#endif

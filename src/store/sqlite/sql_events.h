/* Statements of live events and tenant webhooks. */
#ifndef STERLING_STORE_SQLITE_SQL_EVENTS_H
#define STERLING_STORE_SQLITE_SQL_EVENTS_H

#define ENDPOINT_COLUMNS "id, org, url, secret_sealed, types, state, position, created"
#define RETRY_COLUMNS "endpoint, org, event, attempt, next, last_status, last_error"

#define SQL_EVENTS(X)                                                                                  \
    X(EVENTS_INSERT, "INSERT INTO events (last, first, org, at, items) VALUES (?, ?, ?, ?, ?)")        \
    X(EVENTS_OF_ORG, "SELECT first, last, org, items FROM events WHERE org = ? AND last > ?"           \
                     " ORDER BY last")                                                                 \
    X(EVENTS_ALL, "SELECT first, last, org, items FROM events WHERE last > ? ORDER BY last")           \
    X(EVENTS_OLDEST, "SELECT last, at FROM events ORDER BY last")                                      \
    X(EVENTS_TRIM, "DELETE FROM events WHERE last <= ?")                                               \
    X(ENDPOINT_INSERT, "INSERT INTO endpoints (" ENDPOINT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)") \
    X(ENDPOINT_UPDATE, "UPDATE endpoints SET url = ?, secret_sealed = ?, types = ?, state = ?"         \
                       " WHERE org = ? AND id = ?")                                                    \
    X(ENDPOINT_MOVE, "UPDATE endpoints SET position = CASE WHEN position < ? THEN ? ELSE position END" \
                     " WHERE org = ? AND id = ?")                                                      \
    X(ENDPOINTS, "SELECT " ENDPOINT_COLUMNS " FROM endpoints WHERE org = ? AND id > ?"                 \
                 " ORDER BY id LIMIT ?")                                                               \
    X(ENDPOINTS_ACTIVE, "SELECT " ENDPOINT_COLUMNS " FROM endpoints WHERE state = 1 AND id > ?"        \
                        " ORDER BY id LIMIT ?")                                                        \
    X(RETRY_PUT, "INSERT INTO hook_retries (" RETRY_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)"           \
                 " ON CONFLICT (org, endpoint, event) DO UPDATE SET attempt = excluded.attempt,"       \
                 " next = excluded.next, last_status = excluded.last_status,"                          \
                 " last_error = excluded.last_error")                                                  \
    X(RETRY_DELETE, "DELETE FROM hook_retries WHERE org = ? AND endpoint = ? AND event = ?")           \
    X(RETRIES_DEAD, "SELECT " RETRY_COLUMNS " FROM hook_retries WHERE org = ? AND endpoint = ?"        \
                    " AND event > ? AND next = 0 ORDER BY event LIMIT ?")                              \
    X(RETRIES_DUE, "SELECT " RETRY_COLUMNS " FROM hook_retries WHERE org = ? AND endpoint = ?"         \
                   " AND event > ? AND next > 0 AND next <= ? ORDER BY event LIMIT ?")

#endif

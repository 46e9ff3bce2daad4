/* Statements of the numbers that organizations have at Twilio, and of how their accounts there differ. */
#ifndef STERLING_STORE_SQLITE_SQL_OWNED_H
#define STERLING_STORE_SQLITE_SQL_OWNED_H

#define OWNED_COLUMNS                                                                                  \
    "id, org, program, state, kind, rev, number, sid, bought, failures, wish, notes, why, code, since, begun, until," \
    " next, created, updated"
#define DRIFT_FACTS "org, state, rev, count, repaired, looked, next"

#define SQL_OWNED(X)                                                                                   \
    X(OWNED_INSERT, "INSERT INTO owned (" OWNED_COLUMNS ")"                                            \
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")            \
    X(OWNED_UPDATE, "UPDATE owned SET program = ?, state = ?, kind = ?, rev = ?, number = ?, sid = ?, bought = ?," \
                    " failures = ?, wish = ?, notes = ?, why = ?, code = ?, since = ?, begun = ?, until = ?," \
                    " next = ?, updated = ? WHERE org = ? AND id = ?")                                 \
    X(OWNED_GET, "SELECT " OWNED_COLUMNS " FROM owned WHERE org = ? AND id = ?")                       \
    X(OWNED_REV, "SELECT rev, created FROM owned WHERE org = ? AND id = ?")                            \
    X(OWNED_TWIN, "SELECT id FROM owned WHERE org = ? AND number = ? AND state NOT IN (7, 8, 10) AND id <> ?") \
    X(OWNED_BY_NUMBER, "SELECT " OWNED_COLUMNS " FROM owned WHERE org = ? AND number = ?"              \
                       " AND state NOT IN (7, 8, 10)")                                                 \
    X(OWNED_LIST, "SELECT " OWNED_COLUMNS " FROM owned WHERE org = ? AND id > ? ORDER BY id LIMIT ?")  \
    X(OWNED_DUE, "SELECT " OWNED_COLUMNS " FROM owned WHERE next > 0 AND next <= ?"                    \
                 " AND (next, id) > (?, ?) ORDER BY next, id LIMIT ?")                                 \
    X(DRIFT_PUT, "INSERT INTO drifts (" DRIFT_FACTS ", findings, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)" \
                 " ON CONFLICT (org) DO UPDATE SET state = excluded.state, rev = excluded.rev,"        \
                 " count = excluded.count, repaired = excluded.repaired, looked = excluded.looked,"    \
                 " next = excluded.next, findings = excluded.findings, why = excluded.why")            \
    X(DRIFT_GET, "SELECT " DRIFT_FACTS ", findings, why FROM drifts WHERE org = ?")                    \
    X(DRIFT_REV, "SELECT rev FROM drifts WHERE org = ?")                                               \
    X(DRIFTS_DUE, "SELECT " DRIFT_FACTS " FROM drifts WHERE next > 0 AND next <= ? AND (next, org) > (?, ?)" \
                  " ORDER BY next, org LIMIT ?")

#endif

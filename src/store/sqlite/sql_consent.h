/* Statements of the consent ledger. */
#ifndef STERLING_STORE_SQLITE_SQL_CONSENT_H
#define STERLING_STORE_SQLITE_SQL_CONSENT_H

#define CONSENT_COLUMNS                                                                                \
    "id, org, number, kind, at, source, evidence, sid, scope, scope_id, basis, recorded, proof, position, hash"
#define HOLDS_COLUMNS "kind, at, event, basis, basis_event, seen"

#define SQL_CONSENT(X)                                                                                 \
    X(CONSENT_GET, "SELECT c.id, c.org, c.number, c.kind, c.at, c.source, c.evidence, c.sid, c.scope,"  \
                   " c.scope_id, c.basis, c.recorded, c.proof, c.position, c.hash"                     \
                   " FROM consent_now n JOIN consents c ON c.id = n.event AND c.org = n.org"           \
                   " WHERE n.org = ? AND n.number = ?")                                                \
    /* The organization's word and the installation's. With OR, SQLite makes a table of the two each time. */ \
    X(CONSENT_NOW, "SELECT org, scoped, " HOLDS_COLUMNS " FROM consent_now WHERE org = ? AND number = ?" \
                   " UNION ALL SELECT org, scoped, " HOLDS_COLUMNS " FROM consent_now"                 \
                   " WHERE org = 0 AND number = ?")                                                    \
    X(CONSENT_HELD, "SELECT " HOLDS_COLUMNS " FROM consent_now WHERE org = ? AND number = ?")          \
    X(CONSENT_HOLD, "INSERT INTO consent_now (org, number, " HOLDS_COLUMNS ", scoped)"                 \
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)"                                                 \
                    " ON CONFLICT (org, number) DO UPDATE SET kind = excluded.kind, at = excluded.at,"  \
                    " event = excluded.event, basis = excluded.basis, basis_event = excluded.basis_event," \
                    " seen = excluded.seen")                                                           \
    X(CONSENT_SCOPED, "INSERT INTO consent_now (org, number, " HOLDS_COLUMNS ", scoped)"               \
                      " VALUES (?, ?, 0, 0, 0, 0, 0, 0, 1)"                                               \
                      " ON CONFLICT (org, number) DO UPDATE SET scoped = 1")                           \
    X(CONSENT_SCOPE_HELD, "SELECT " HOLDS_COLUMNS " FROM consent_scopes"                               \
                          " WHERE org = ? AND number = ? AND scope = ? AND scope_id = ?")              \
    X(CONSENT_SCOPE_HOLD, "INSERT INTO consent_scopes (org, number, scope, scope_id, " HOLDS_COLUMNS ")" \
                          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"                                     \
                          " ON CONFLICT (org, number, scope, scope_id) DO UPDATE SET kind = excluded.kind," \
                          " at = excluded.at, event = excluded.event, basis = excluded.basis,"         \
                          " basis_event = excluded.basis_event, seen = excluded.seen")                 \
    /* A wrong number leaves no scope a basis. */                                                      \
    X(CONSENT_FOLD, "SELECT id, at, kind, source, basis, scope, scope_id FROM consents"                \
                    " WHERE org = ? AND number = ? AND ((scope = ? AND scope_id = ?)"                  \
                    " OR (scope = 0 AND source = 'wrong_number'))")                                                    \
    X(CONSENT_SCOPES_OF, "SELECT scope, scope_id FROM consent_scopes WHERE org = ? AND number = ?")    \
    X(CONSENT_SOURCE, "SELECT source FROM consents WHERE org = ? AND id = ?")                          \
    X(CONSENTS, "SELECT " CONSENT_COLUMNS " FROM consents WHERE org = ? AND number = ? AND id > ?"     \
                " ORDER BY id LIMIT ?")                                                                \
    X(CONSENTS_ALL, "SELECT " CONSENT_COLUMNS " FROM consents WHERE org = ? AND id > ?"                \
                    " ORDER BY id LIMIT ?")                                                            \
    X(CONSENT_SAME, "SELECT 1 FROM consents WHERE org = ? AND number = ? AND scope = ? AND scope_id = ?" \
                    " AND kind = ? AND source = ? AND basis = ? AND at = ? LIMIT 1")                   \
    X(CONSENT_ATTESTED, "SELECT at, recorded, basis FROM consents WHERE org = ? AND id = ?")           \
    X(CONSENT_SID_KNOWN, "SELECT 1 FROM consents WHERE org = ? AND sid = ?")                           \
    X(CONSENT_INSERT, "INSERT INTO consents (" CONSENT_COLUMNS ")"                                     \
                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")                         \
    X(CHAIN_GET, "SELECT count, head FROM chains WHERE org = ?")                                       \
    X(CHAIN_SAVE, "INSERT INTO chains (org, count, head) VALUES (?, ?, ?)"                             \
                  " ON CONFLICT (org) DO UPDATE SET count = excluded.count, head = excluded.head")

#endif

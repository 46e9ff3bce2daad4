/* Statements of numbers that are proved, of the services that send the codes, and of what guards took. */
#ifndef STERLING_STORE_SQLITE_SQL_VERIFICATIONS_H
#define STERLING_STORE_SQLITE_SQL_VERIFICATIONS_H

#define VERIFICATION_COLUMNS                                                                           \
    "id, org, number, state, channel, locale, sid, sends, checks, code, rev, asked, created, updated, expires"
#define VERIFY_SERVICE_COLUMNS "org, account, sid, name, began, created"

#define SQL_VERIFICATIONS(X)                                                                           \
    X(VERIFICATION_INSERT, "INSERT INTO verifications (" VERIFICATION_COLUMNS ")"                      \
                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")                    \
    X(VERIFICATION_UPDATE, "UPDATE verifications SET state = ?, channel = ?, locale = ?, sid = ?, sends = ?,"  \
                           " checks = ?, code = ?, rev = ?, asked = ?, updated = ?, expires = ?"       \
                           " WHERE org = ? AND id = ?")                                                \
    X(VERIFICATION_GET, "SELECT " VERIFICATION_COLUMNS " FROM verifications WHERE org = ? AND id = ?") \
    X(VERIFICATION_OF, "SELECT " VERIFICATION_COLUMNS " FROM verifications WHERE org = ? AND number = ?"       \
                       " ORDER BY id DESC LIMIT 1")                                                    \
    X(VERIFICATIONS_OVER, "SELECT " VERIFICATION_COLUMNS " FROM verifications WHERE state IN (1, 2)"   \
                          " AND expires <= ? ORDER BY expires, id LIMIT ?")                            \
    X(VERIFICATIONS_TRIM, "DELETE FROM verifications WHERE created < ?")                               \
    X(VERIFY_USE, "SELECT slot, used FROM verify_use WHERE org = ? AND scope = ? AND key = ? AND slot >= ?"    \
                  " ORDER BY slot")                                                                    \
    X(VERIFY_USE_TAKE, "INSERT INTO verify_use (org, scope, key, slot, used) VALUES (?, ?, ?, ?, 1)"   \
                       " ON CONFLICT (org, scope, key, slot) DO UPDATE SET used = verify_use.used + 1") \
    X(VERIFY_USE_TRIM, "DELETE FROM verify_use WHERE slot < ?")                                        \
    X(VERIFY_SERVICE_GET, "SELECT " VERIFY_SERVICE_COLUMNS " FROM verify_services WHERE org = ?")      \
    X(VERIFY_SERVICE_TAKEN, "SELECT org FROM verify_services WHERE sid = ? AND sid <> '' AND org <> ?") \
    X(VERIFY_SERVICE_PUT, "INSERT INTO verify_services (" VERIFY_SERVICE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)" \
                          " ON CONFLICT (org) DO UPDATE SET account = excluded.account, sid = excluded.sid,"  \
                          " name = excluded.name, began = excluded.began, created = excluded.created")

#endif

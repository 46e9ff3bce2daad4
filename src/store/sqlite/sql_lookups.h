/* Statements of what Lookup said, what it may cost, and of the walks over lists. */
#ifndef STERLING_STORE_SQLITE_SQL_LOOKUPS_H
#define STERLING_STORE_SQLITE_SQL_LOOKUPS_H

#define LINE_COLUMNS "number, valid, line, carrier, mcc, mnc, owner, owner_since, looked"
#define HYGIENE_COLUMNS                                                                                \
    "id, org, list, state, after, most, contacts, looked, cached, mobile, landline, voip, other, invalid," \
    " unknown, reassigned, cost, why, created, finished"

#define SQL_LOOKUPS(X)                                                                                 \
    X(LINE_GET, "SELECT " LINE_COLUMNS " FROM lines WHERE number = ?")                                 \
    X(LINE_PUT, "INSERT INTO lines (" LINE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"              \
                " ON CONFLICT (number) DO UPDATE SET valid = excluded.valid, line = excluded.line,"    \
                " carrier = excluded.carrier, mcc = excluded.mcc, mnc = excluded.mnc, owner = excluded.owner," \
                " owner_since = excluded.owner_since, looked = excluded.looked")                       \
    X(CONTACT_CARRIER, "UPDATE contacts SET carrier = ? WHERE org = ? AND number = ? AND deleted = 0 AND carrier <> ?") \
    X(LOOKUP_USE, "SELECT used FROM lookup_use WHERE org = ? AND month = ?")                           \
    X(LOOKUP_USE_PUT, "INSERT INTO lookup_use (org, month, used) VALUES (?, ?, ?)"                     \
                      " ON CONFLICT (org, month) DO UPDATE SET used = excluded.used")                  \
    X(HYGIENE_PUT, "INSERT INTO hygienes (" HYGIENE_COLUMNS ")"                                        \
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"              \
                   " ON CONFLICT (id) DO UPDATE SET org = excluded.org, list = excluded.list, state = excluded.state," \
                   " after = excluded.after, most = excluded.most, contacts = excluded.contacts, looked = excluded.looked," \
                   " cached = excluded.cached, mobile = excluded.mobile, landline = excluded.landline, voip = excluded.voip," \
                   " other = excluded.other, invalid = excluded.invalid, unknown = excluded.unknown,"  \
                   " reassigned = excluded.reassigned, cost = excluded.cost, why = excluded.why,"      \
                   " created = excluded.created, finished = excluded.finished")                        \
    X(HYGIENE_GET, "SELECT " HYGIENE_COLUMNS " FROM hygienes WHERE org = ? AND id = ?")                \
    X(HYGIENE_OF_LIST, "SELECT id FROM hygienes WHERE org = ? AND list = ? AND state = 1")             \
    X(HYGIENES_RUNNING, "SELECT " HYGIENE_COLUMNS " FROM hygienes WHERE state = 1 AND id > ? ORDER BY id LIMIT ?")

#endif

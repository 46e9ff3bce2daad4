/* Statements of contacts, lists and the consent ledger. */
#ifndef STERLING_STORE_SQLITE_SQL_CONTACTS_H
#define STERLING_STORE_SQLITE_SQL_CONTACTS_H

#define CONTACT_COLUMNS "id, org, number, fields, zones, carrier, sender, deleted, created, updated"
#define CONSENT_COLUMNS "id, org, number, kind, at, source, evidence, sid"

#define SQL_CONTACTS(X)                                                                                \
    X(CONTACT_GET, "SELECT " CONTACT_COLUMNS " FROM contacts WHERE org = ? AND id = ?")                \
    X(CONTACT_BY_NUMBER, "SELECT " CONTACT_COLUMNS " FROM contacts WHERE org = ? AND number = ?")      \
    X(CONTACTS_ALL, "SELECT " CONTACT_COLUMNS " FROM contacts WHERE org = ? AND id > ? AND deleted = 0" \
                    " ORDER BY id LIMIT ?")                                                            \
    X(CONTACTS_OF_LIST, "SELECT c.id, c.org, c.number, c.fields, c.zones, c.carrier, c.sender,"        \
                        " c.deleted, c.created, c.updated FROM list_members m"                         \
                        " JOIN contacts c ON c.id = m.contact AND c.org = m.org"                       \
                        " WHERE m.org = ? AND m.list = ? AND m.contact > ? AND c.deleted = 0"          \
                        " ORDER BY m.contact LIMIT ?")                                                 \
    X(CONTACT_INSERT, "INSERT INTO contacts (" CONTACT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)" \
                      " ON CONFLICT (org, number) DO NOTHING")                                         \
    X(CONTACT_UPDATE, "UPDATE contacts SET fields = ?, zones = ?, carrier = ?, sender = ?, deleted = 0," \
                      " created = ?, updated = ? WHERE org = ? AND id = ?")                            \
    X(CONTACT_DELETE, "UPDATE contacts SET fields = '{}', sender = 0, deleted = 1, updated = ?"        \
                      " WHERE org = ? AND id = ? AND deleted = 0")                                     \
    X(CONTACT_SENDER, "UPDATE contacts SET sender = ? WHERE org = ? AND id = ? AND sender <> ?")       \
    X(CONTACT_SENDER_BY_NUMBER, "UPDATE contacts SET sender = ? WHERE org = ? AND number = ?"          \
                                " AND sender <> ?")                                                    \
    X(LISTS, "SELECT id, org, name, members, created FROM lists WHERE org = ? AND id > ?"              \
             " ORDER BY id LIMIT ?")                                                                   \
    X(LIST_GET, "SELECT id, org, name, members, created FROM lists WHERE org = ? AND id = ?")          \
    X(LIST_BY_NAME, "SELECT id, org, name, members, created FROM lists WHERE org = ? AND name = ?")    \
    X(LIST_INSERT, "INSERT INTO lists (id, org, name, members, created) VALUES (?, ?, ?, 0, ?)")       \
    X(LIST_GROW, "UPDATE lists SET members = members + ? WHERE org = ? AND id = ?")                    \
    X(MEMBER_INSERT, "INSERT INTO list_members (org, list, contact) VALUES (?, ?, ?)"                  \
                     " ON CONFLICT DO NOTHING")                                                        \
    X(MEMBER_DELETE, "DELETE FROM list_members WHERE org = ? AND list = ? AND contact = ?")            \
    X(CONSENT_GET, "SELECT c.id, c.org, c.number, c.kind, c.at, c.source, c.evidence, c.sid"           \
                   " FROM consent_now n JOIN consents c ON c.id = n.event AND c.org = n.org"           \
                   " WHERE n.org = ? AND n.number = ?")                                                \
    X(CONSENT_STATE, "SELECT kind, at FROM consent_now WHERE org = ? AND number = ?")                  \
    X(CONSENT_STATE_SAVE, "INSERT INTO consent_now (org, number, kind, at, event) VALUES (?, ?, ?, ?, ?)" \
                          " ON CONFLICT (org, number) DO UPDATE SET kind = excluded.kind,"             \
                          " at = excluded.at, event = excluded.event")                                 \
    X(CONSENTS, "SELECT " CONSENT_COLUMNS " FROM consents WHERE org = ? AND number = ? AND id > ?"     \
                " ORDER BY id LIMIT ?")                                                                \
    X(CONSENTS_ALL, "SELECT " CONSENT_COLUMNS " FROM consents WHERE org = ? AND id > ?"                \
                    " ORDER BY id LIMIT ?")                                                            \
    X(CONSENT_SID_KNOWN, "SELECT 1 FROM consents WHERE org = ? AND sid = ?")                           \
    X(CONSENT_INSERT, "INSERT INTO consents (" CONSENT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)")

#endif

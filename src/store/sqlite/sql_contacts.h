/* Statements of contacts and lists. */
#ifndef STERLING_STORE_SQLITE_SQL_CONTACTS_H
#define STERLING_STORE_SQLITE_SQL_CONTACTS_H

#define CONTACT_COLUMNS "id, org, number, fields, zones, carrier, sender, deleted, created, updated"

#define SQL_CONTACTS(X)                                                                                \
    X(RECENT_GET, "SELECT sent FROM recent_sends WHERE org = ? AND number = ?")                        \
    X(RECENT_PUT, "INSERT INTO recent_sends (org, number, sent) VALUES (?, ?, ?)"                      \
                  " ON CONFLICT (org, number) DO UPDATE SET sent = excluded.sent")                     \
    X(NUMBER_GET, "SELECT line, line_at, trouble, code, trouble_at, misses, missed_at, reached_at"      \
                  " FROM number_facts WHERE org = ? AND number = ?")                                   \
    X(NUMBER_PUT, "INSERT INTO number_facts (org, number, line, line_at, trouble, code, trouble_at,"   \
                  " misses, missed_at, reached_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"              \
                  " ON CONFLICT (org, number) DO UPDATE SET line = excluded.line,"                     \
                  " line_at = excluded.line_at, trouble = excluded.trouble, code = excluded.code,"     \
                  " trouble_at = excluded.trouble_at, misses = excluded.misses,"                       \
                  " missed_at = excluded.missed_at, reached_at = excluded.reached_at")                 \
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
    X(MEMBER_DELETE, "DELETE FROM list_members WHERE org = ? AND list = ? AND contact = ?")

#endif

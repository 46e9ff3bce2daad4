/* Statements of messages, due rows, doubts, arms and day use. */
#ifndef STERLING_STORE_SQLITE_SQL_MESSAGES_H
#define STERLING_STORE_SQLITE_SQL_MESSAGES_H

/* What changes and what is looked at while changing; the text of direct messages is left out. */
#define MESSAGE_COLUMNS                                                                                \
    "m.id, m.org, m.campaign, m.contact, m.number, m.program, m.kind, m.state, m.reason, m.attempt,"   \
    " m.carrier, m.segments, m.error_code, m.sender, m.zones, m.flags, m.cost, m.created, m.send_at,"  \
    " m.expires, m.armed, m.answered, m.updated, m.due_at, m.sid"
#define MESSAGE_LOCATED                                                                                \
    MESSAGE_COLUMNS ", m.body, CASE WHEN m.campaign = 0 OR m.due_at <> 0 OR m.state NOT IN (1, 5)"     \
                    " THEN 0 ELSE (SELECT c.state FROM campaigns c WHERE c.id = m.campaign"            \
                    " AND c.org = m.org) END"
#define MESSAGE_CONTACT                                                                                \
    MESSAGE_COLUMNS ", m.body, c.id, c.org, c.number, c.fields, c.zones, c.carrier, c.sender, c.created," \
                    " c.updated"
#define CONTACT_OF_MESSAGE                                                                             \
    " LEFT JOIN contacts c ON c.id = m.contact AND c.org = m.org AND c.deleted = 0"
#define LANE_IS "org = ? AND program = ? AND campaign = ? AND kind = ? AND carrier = ?"
#define DOUBT_COLUMNS                                                                                  \
    "message, org, number, attempt, clean_listings, armed, deadline, next, sender, segments, cost"

/* `+org`: a range of ids is read by the key. Without the plus, SQLite walks the organization's whole index instead,
 * because it has no figures on how many rows an organization has. query_plan_test keeps it so. */
#define SQL_MESSAGES(X)                                                                                \
    X(MESSAGE_GET, "SELECT " MESSAGE_LOCATED " FROM messages m WHERE m.org = ? AND m.id = ?")          \
    X(MESSAGE_LOAD, "SELECT " MESSAGE_COLUMNS " FROM messages m WHERE m.org = ? AND m.id = ?")         \
    X(MESSAGES_LOAD, "SELECT " MESSAGE_COLUMNS " FROM messages m WHERE +m.org = ? AND m.id >= ? AND m.id < ?")  \
    X(MESSAGE_INSERT, "INSERT INTO messages (id, org, campaign, contact, number, program, kind, state," \
                      " reason, carrier, segments, sender, zones, flags, cost, created, send_at,"      \
                      " expires, updated, due_at, body)"                                               \
                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")       \
    X(MESSAGE_FREEZE, "INSERT INTO messages (id, org, campaign, contact, number, program, kind, state," \
                      " carrier, zones, flags, created, expires, updated)"                             \
                      " VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)")                            \
    X(MESSAGE_SAVE, "UPDATE messages SET state = ?, reason = ?, attempt = ?, carrier = ?, segments = ?," \
                    " error_code = ?, sender = ?, flags = ?, cost = ?, armed = ?, answered = ?,"       \
                    " updated = ?, due_at = ?, sid = ? WHERE id = ? AND org = ?")                      \
    X(MESSAGES_GONE, "SELECT COUNT(*) FROM messages WHERE +org = ? AND id >= ? AND id < ?"             \
                     " AND (state <> 1 OR due_at <> 0)")                                               \
    X(MESSAGES_DIRECT, "SELECT " MESSAGE_LOCATED " FROM messages m WHERE m.org = ? AND m.campaign = 0" \
                       " AND m.id >= ? AND m.id < ? ORDER BY m.id DESC LIMIT ?")                       \
    X(MESSAGES_RANGE, "SELECT " MESSAGE_LOCATED " FROM messages m WHERE +m.org = ? AND m.id >= ?"      \
                      " AND m.id < ? ORDER BY m.id DESC LIMIT ?")                                      \
    X(MESSAGES_NUMBER, "SELECT " MESSAGE_LOCATED " FROM messages m WHERE m.org = ? AND m.number = ?"   \
                       " AND m.id < ? ORDER BY m.id DESC LIMIT ?")                                     \
    X(MESSAGES_SCAN, "SELECT " MESSAGE_COLUMNS ", m.body FROM messages m WHERE m.id > ?"               \
                     " ORDER BY m.id LIMIT ?")                                                         \
    X(DRAW_RUN, "SELECT " MESSAGE_CONTACT " FROM messages m" CONTACT_OF_MESSAGE                        \
                " WHERE +m.org = ? AND m.id >= ? AND m.id < ? ORDER BY m.id LIMIT ?")                  \
    X(DRAW_DUE, "SELECT d.at, d.message, " MESSAGE_CONTACT " FROM due d"                               \
                " JOIN messages m ON m.id = d.message AND m.org = d.org" CONTACT_OF_MESSAGE            \
                " WHERE d.org = ? AND d.program = ? AND d.campaign = ? AND d.kind = ? AND d.carrier = ?" \
                " AND d.at <= ? AND (d.at, d.message) > (?, ?) AND d.armed = 0"                        \
                " ORDER BY d.at, d.message LIMIT ?")                                                   \
    X(DUE_INSERT, "INSERT INTO due (org, program, campaign, kind, carrier, at, message, armed)"        \
                  " VALUES (?, ?, ?, ?, ?, ?, ?, 0)")                                                  \
    X(DUE_DELETE, "DELETE FROM due WHERE " LANE_IS " AND at = ? AND message = ?")                      \
    X(DUE_ARM, "UPDATE due SET armed = ? WHERE " LANE_IS " AND at = ? AND message = ? AND armed = 0")  \
    X(DUE_EARLIEST, "SELECT at FROM due WHERE " LANE_IS " AND armed = 0 ORDER BY at, message LIMIT 1") \
    X(DUE_LANE_AFTER, "SELECT org, program, campaign, kind, carrier, at FROM due"                      \
                      " WHERE (org, program, campaign, kind, carrier) > (?, ?, ?, ?, ?) AND armed = 0" \
                      " ORDER BY org, program, campaign, kind, carrier, at, message LIMIT 1")          \
    X(SID_KEEP, "INSERT INTO earlier_sids (org, number, sid, message) VALUES (?, ?, ?, ?)"             \
                " ON CONFLICT DO NOTHING")                                                             \
    X(SID_EARLIER, "SELECT message FROM earlier_sids WHERE org = ? AND number = ? AND sid = ?")        \
    X(SID_OTHERS, "SELECT id FROM messages WHERE org = ? AND number = ? AND sid = ? AND id <> ?")      \
    X(DOUBTS, "SELECT " DOUBT_COLUMNS " FROM doubts WHERE message > ? ORDER BY message LIMIT ?")       \
    X(DOUBT_GET, "SELECT " DOUBT_COLUMNS " FROM doubts WHERE org = ? AND message = ?")                 \
    X(DOUBT_PUT, "INSERT INTO doubts (" DOUBT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"     \
                 " ON CONFLICT (message) DO UPDATE SET attempt = excluded.attempt,"                    \
                 " clean_listings = excluded.clean_listings, armed = excluded.armed,"                  \
                 " deadline = excluded.deadline, next = excluded.next, sender = excluded.sender,"      \
                 " segments = excluded.segments, cost = excluded.cost")                                \
    X(DOUBT_DELETE, "DELETE FROM doubts WHERE org = ? AND message = ?")                                \
    X(ARMS_INSERT, "INSERT INTO arms (id, at, items) VALUES (?, ?, ?)")                                \
    X(ARMS_FROM, "SELECT at, items FROM arms WHERE id >= ? ORDER BY id")                               \
    X(ARMS_NEWEST, "SELECT at, items FROM arms ORDER BY id DESC")                                      \
    X(ARMED_ANSWERED, "SELECT attempt, answered FROM messages WHERE org = ? AND id = ?")               \
    X(ARMS_OLDEST, "SELECT id, at FROM arms ORDER BY id LIMIT ?")                                      \
    X(ARMS_TRIM, "DELETE FROM arms WHERE id < ?")                                                      \
    X(DAY_ADD, "INSERT INTO day_use (day, org, carrier, segments) VALUES (?, ?, ?, ?)"                 \
               " ON CONFLICT (day, org, carrier) DO UPDATE"                                            \
               " SET segments = day_use.segments + excluded.segments")                                 \
    X(DAY_USES, "SELECT org, carrier, day, segments FROM day_use WHERE day = ? ORDER BY org, carrier"  \
                " LIMIT ?")                                                                            \
    X(DAY_TRIM, "DELETE FROM day_use WHERE day < (SELECT MAX(day) FROM day_use) - 40")

#endif

/* Statements of orgs, programs, senders and API keys. */
#ifndef STERLING_STORE_SQLITE_SQL_ORGS_H
#define STERLING_STORE_SQLITE_SQL_ORGS_H

#define ORG_COLUMNS                                                                                    \
    "id, slug, name, state, account_sid, token_sealed, token2_sealed, hook_path, region, share,"       \
    " spend_cap, spent, spent_month, help_text, inbound_seen, rev, created, opt_out_words,"                       \
    " frequency_cap, frequency_hours, countries"
#define ORG_READ_COLUMNS ORG_COLUMNS ", key_sid, key_sealed"
#define LEARNED_COLUMNS "org, scope, program, sender, carrier, slot, units, at"
#define PROGRAM_COLUMNS                                                                                \
    "id, org, name, service_sid, registration, brand, brand_score, use_case, brand_name,"        \
    " traits, help_text, created"
#define SENDER_COLUMNS                                                                                 \
    "id, org, program, kind, state, address, number, verified, sid, registered, created"
#define KEY_COLUMNS "id, org, hash, hint, name, scopes, created, expires, revoked"

#define SQL_ORGS(X)                                                                                    \
    X(ORG_GET, "SELECT " ORG_READ_COLUMNS " FROM orgs WHERE id = ?")                                        \
    X(ORG_BY_SLUG, "SELECT " ORG_READ_COLUMNS " FROM orgs WHERE slug = ?")                                  \
    X(ORG_BY_HOOK_PATH, "SELECT " ORG_READ_COLUMNS " FROM orgs WHERE hook_path = ? AND hook_path <> ''")    \
    X(ORGS, "SELECT " ORG_READ_COLUMNS " FROM orgs WHERE id > ? ORDER BY id LIMIT ?")                       \
    X(ORG_FACTS, "SELECT state, rev, spent, spent_month, inbound_seen, created FROM orgs WHERE id = ?") \
    X(ORG_ACCOUNT, "SELECT account_sid FROM orgs WHERE id = ?")                                        \
    X(ORG_DOUBTS, "SELECT COUNT(*) FROM doubts WHERE org = ?")                                         \
    X(LEARNED, "SELECT " LEARNED_COLUMNS " FROM learned WHERE org = ?"                                 \
               " ORDER BY scope, program, sender, carrier, slot LIMIT ?")                              \
    X(LEARNED_PUT, "INSERT INTO learned (" LEARNED_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"         \
                   " ON CONFLICT (org, scope, program, sender, carrier, slot)"                         \
                   " DO UPDATE SET units = excluded.units, at = excluded.at")                          \
    X(LEARNED_DELETE, "DELETE FROM learned WHERE org = ? AND scope = ? AND program = ? AND sender = ?" \
                      " AND carrier = ? AND slot = ?")                                                 \
    X(ORG_INSERT, "INSERT INTO orgs (" ORG_COLUMNS ") VALUES"                                          \
                  " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")                     \
    X(ORG_UPDATE, "UPDATE orgs SET slug = ?, name = ?, state = ?, account_sid = ?, token_sealed = ?,"  \
                  " token2_sealed = ?, hook_path = ?, region = ?, share = ?, spend_cap = ?,"           \
                  " help_text = ?, opt_out_words = ?, frequency_cap = ?, frequency_hours = ?,"          \
                  " countries = ? WHERE id = ?")                                                       \
    X(ORG_KEY_DROP, "UPDATE orgs SET key_sid = '', key_sealed = x'' WHERE id = ?")                      \
    X(ORG_ACCOUNT_SET, "UPDATE orgs SET state = ?, account_sid = ?, token_sealed = ?, token2_sealed = ?," \
                       " key_sid = ?, key_sealed = ? WHERE id = ?")                                    \
    X(ORG_FACTS_SAVE, "UPDATE orgs SET rev = ?, spent = ?, spent_month = ?, inbound_seen = ?"          \
                      " WHERE id = ?")                                                                 \
    X(PROGRAMS, "SELECT " PROGRAM_COLUMNS " FROM programs WHERE org = ? AND id > ? ORDER BY id LIMIT ?") \
    X(PROGRAM_CREATED, "SELECT created FROM programs WHERE org = ? AND id = ?")                        \
    X(PROGRAM_INSERT, "INSERT INTO programs (" PROGRAM_COLUMNS ") VALUES"                                  \
                      " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") \
    X(PROGRAM_UPDATE, "UPDATE programs SET name = ?, service_sid = ?, registration = ?, brand = ?,"    \
                      " brand_score = ?, use_case = ?, brand_name = ?, traits = ?, help_text = ?"                   \
                      " WHERE org = ? AND id = ?")                       \
    X(SENDERS, "SELECT " SENDER_COLUMNS " FROM senders WHERE org = ? AND id > ? ORDER BY id LIMIT ?")  \
    X(SENDER_BY_ADDRESS, "SELECT " SENDER_COLUMNS " FROM senders WHERE org = ? AND address = ?"        \
                         " AND state <> 3")                                                            \
    X(SENDER_CREATED, "SELECT created FROM senders WHERE org = ? AND id = ?")                          \
    X(SENDER_INSERT, "INSERT INTO senders (" SENDER_COLUMNS ") VALUES"                                 \
                     " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")                                             \
    X(SENDER_UPDATE, "UPDATE senders SET program = ?, kind = ?, state = ?, address = ?, number = ?,"   \
                     " verified = ?, sid = ?, registered = ? WHERE org = ? AND id = ?")                                \
    X(KEY_BY_HASH, "SELECT " KEY_COLUMNS " FROM api_keys WHERE hash = ?")                              \
    X(KEYS, "SELECT " KEY_COLUMNS " FROM api_keys WHERE org = ? AND id > ? ORDER BY id LIMIT ?")       \
    X(KEY_INSERT, "INSERT INTO api_keys (" KEY_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")         \
    X(KEY_UPDATE, "UPDATE api_keys SET name = ?, scopes = ?, expires = ?, revoked = ?"                 \
                  " WHERE org = ? AND id = ?")

#endif

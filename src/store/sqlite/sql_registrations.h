/* Statements of registrations and their notes. */
#ifndef STERLING_STORE_SQLITE_SQL_REGISTRATIONS_H
#define STERLING_STORE_SQLITE_SQL_REGISTRATIONS_H

#define REGISTRATION_COLUMNS                                                                           \
    "id, org, program, kind, state, rev, facts, progress, why, code, next, created, updated"
#define NOTE_COLUMNS "id, org, registration, at, step, outcome, sid, code, words"

#define SQL_REGISTRATIONS(X)                                                                           \
    X(REGISTRATION_INSERT, "INSERT INTO registrations (" REGISTRATION_COLUMNS ")"                      \
                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")                          \
    X(REGISTRATION_UPDATE, "UPDATE registrations SET state = ?, rev = ?, facts = ?, progress = ?, why = ?,"  \
                           " code = ?, next = ?, updated = ? WHERE org = ? AND id = ?")                \
    X(REGISTRATION_GET, "SELECT " REGISTRATION_COLUMNS " FROM registrations WHERE org = ? AND id = ?") \
    X(REGISTRATION_OF_PROGRAM, "SELECT id FROM registrations WHERE org = ? AND program = ? AND state <> 6" \
                               " AND kind <> 4 AND id <> ?")                                                         \
    X(REGISTRATIONS, "SELECT " REGISTRATION_COLUMNS " FROM registrations WHERE org = ? AND id < ?"     \
                     " ORDER BY id DESC LIMIT ?")                                                      \
    X(REGISTRATIONS_DUE, "SELECT " REGISTRATION_COLUMNS " FROM registrations WHERE next > 0 AND next <= ?" \
                         " AND (next, id) > (?, ?) ORDER BY next, id LIMIT ?")                         \
    X(NOTE_INSERT, "INSERT INTO registration_notes (" NOTE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)") \
    X(NOTES, "SELECT " NOTE_COLUMNS " FROM registration_notes WHERE org = ? AND registration = ? AND id > ?" \
             " ORDER BY id LIMIT ?")

#endif

/* Statements of inbound texts and imports. */
#ifndef STERLING_STORE_SQLITE_SQL_INBOUND_H
#define STERLING_STORE_SQLITE_SQL_INBOUND_H

#define INBOUND_COLUMNS "id, org, sid, sender, recipient, body, keyword, at, received"
#define IMPORT_COLUMNS                                                                                 \
    "id, org, list, state, region, bytes, bytes_read, row_count, added, updated, duplicates, rejected," \
    " resume_row, file, why, attestation, created, finished"

#define SQL_INBOUND(X)                                                                                 \
    X(INBOUND_INSERT, "INSERT INTO inbound (" INBOUND_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")  \
    X(INBOUND_KNOWN, "SELECT 1 FROM inbound WHERE org = ? AND sid = ?")                                \
    X(INBOUNDS, "SELECT " INBOUND_COLUMNS " FROM inbound WHERE org = ? AND id < ?"                     \
                " ORDER BY id DESC LIMIT ?")                                                           \
    X(INBOUND_BY_SID, "SELECT " INBOUND_COLUMNS " FROM inbound WHERE org = ? AND sid = ?")             \
    X(INBOUND_LATEST, "SELECT at FROM inbound WHERE org = ? AND sender = ? ORDER BY at DESC LIMIT 1")  \
    X(IMPORT_INSERT, "INSERT INTO imports (" IMPORT_COLUMNS ") VALUES"                                 \
                     " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")                        \
    X(IMPORT_UPDATE, "UPDATE imports SET list = ?, state = ?, region = ?, bytes = ?, bytes_read = ?,"  \
                     " row_count = ?, added = ?, updated = ?, duplicates = ?, rejected = ?,"           \
                     " resume_row = ?, file = ?, why = ?, attestation = ?, finished = ? WHERE org = ? AND id = ?")      \
    X(IMPORT_GET, "SELECT " IMPORT_COLUMNS " FROM imports WHERE org = ? AND id = ?")                   \
    X(IMPORTS, "SELECT " IMPORT_COLUMNS " FROM imports WHERE org = ? AND id < ? ORDER BY id DESC LIMIT ?") \
    X(IMPORTS_RUNNING, "SELECT " IMPORT_COLUMNS " FROM imports WHERE state = 1 ORDER BY id LIMIT ?")

#endif

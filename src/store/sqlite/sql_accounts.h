/* Statements of what is under way with the accounts of organizations. */
#ifndef STERLING_STORE_SQLITE_SQL_ACCOUNTS_H
#define STERLING_STORE_SQLITE_SQL_ACCOUNTS_H

#define ACCOUNT_COLUMNS "org, rev, standing, seen, progress, why, next, updated"

#define SQL_ACCOUNTS(X)                                                                                \
    X(ACCOUNT_PUT, "INSERT INTO accounts (" ACCOUNT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"        \
                   " ON CONFLICT (org) DO UPDATE SET rev = excluded.rev, standing = excluded.standing," \
                   " seen = excluded.seen, progress = excluded.progress, why = excluded.why,"          \
                   " next = excluded.next, updated = excluded.updated")                                \
    X(ACCOUNT_GET, "SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE org = ?")                           \
    X(ACCOUNT_REV, "SELECT rev FROM accounts WHERE org = ?")                                           \
    X(ACCOUNTS_DUE, "SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE next > 0 AND next <= ?"            \
                    " AND (next, org) > (?, ?) ORDER BY next, org LIMIT ?")

#endif

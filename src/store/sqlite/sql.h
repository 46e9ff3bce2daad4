/*
 * sql: every statement of the sqlite twin, by name. The texts stand in one list per aggregate, sql_*.h,
 * as X(NAME, "text"); this makes the enum of them, sql.c the tables that a test reads. Portable subset:
 * no SQLite function or clause that PostgreSQL lacks, but for `?` as the parameter.
 */
#ifndef STERLING_STORE_SQLITE_SQL_H
#define STERLING_STORE_SQLITE_SQL_H

#include "store/sqlite/sql_campaigns.h"
#include "store/sqlite/sql_consent.h"
#include "store/sqlite/sql_contacts.h"
#include "store/sqlite/sql_core.h"
#include "store/sqlite/sql_events.h"
#include "store/sqlite/sql_inbound.h"
#include "store/sqlite/sql_lookups.h"
#include "store/sqlite/sql_messages.h"
#include "store/sqlite/sql_orgs.h"
#include "store/sqlite/sql_accounts.h"
#include "store/sqlite/sql_owned.h"
#include "store/sqlite/sql_registrations.h"
#include "store/sqlite/sql_verifications.h"

#define SQL_ALL(X)                                                                                  \
    SQL_CORE(X) SQL_ORGS(X) SQL_CONTACTS(X) SQL_CONSENT(X) SQL_CAMPAIGNS(X) SQL_MESSAGES(X) SQL_INBOUND(X)         \
    SQL_EVENTS(X) SQL_REGISTRATIONS(X) SQL_LOOKUPS(X) SQL_VERIFICATIONS(X) SQL_ACCOUNTS(X) SQL_OWNED(X)

#define SQL_ENUM(name, text) SQL_##name,
enum sql { SQL_ALL(SQL_ENUM) SQL_COUNT };
#undef SQL_ENUM

extern const char *const sql_text[SQL_COUNT];
extern const char *const sql_name[SQL_COUNT];

#endif

/*
 * schema: the tables, as a list of migrations. Each brings the database one version further in one
 * transaction; PRAGMA user_version says which is the last one done.
 */
#ifndef STERLING_STORE_SQLITE_SCHEMA_H
#define STERLING_STORE_SQLITE_SCHEMA_H

#include "store/sqlite/conn.h"

enum { SCHEMA_APPLICATION_ID = 0x53744c67 }; /* "StLg" */

int schema_version(void); /* the newest this build knows */
/* Brings an empty or older database up to date. ERR_NEWER: it was written by a newer build; ERR_INVALID: it
 * is another program's. The fault says what to do. */
MUST_CHECK enum err schema_migrate(struct conn *c, const char *path, struct fault *f);
/* The same checks without writing; an older database is refused too (ERR_CONFLICT). */
MUST_CHECK enum err schema_verify(struct conn *c, const char *path, struct fault *f);

#endif

/*
 * script: some two hundred real changes against the real store, the same for a seed, and what must be true of the
 * database after each.
 */
#ifndef STERLING_TEST_POWER_SCRIPT_H
#define STERLING_TEST_POWER_SCRIPT_H

#include "../unit/store/twin.h"

#include <sqlite3.h>

enum { SENT_MAX = 512 };
/* An attempt whose first byte may have gone: its arming was answered. */
struct sent {
    org_id org;
    uint64_t message;
    uint8_t attempt;
};

/* Runs `operations` changes, each a commit of its own through twin_put. */
void script_run(struct twin *t, uint64_t seed, size_t operations);

/* A number that follows from every row of every table, and nothing else. 0: the database cannot be read. */
uint64_t script_state(sqlite3 *db);
/* Adds every value that a query gives. False: it cannot be read. */
bool script_rows(sqlite3 *db, const char *query, uint64_t *hash);
/* Empty, or what is wrong: SQLite's own check, and ours across tables. */
void script_unsound(sqlite3 *db, char *out, size_t size);
/* A connection that reads beside the store. */
sqlite3 *script_probe(const char *path);

#endif

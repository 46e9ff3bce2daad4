/* No statement sorts what an index gives in order: a sort means that SQLite reads all an organization has,
 * for one page of it. */
#include "store/sqlite/sql.h"
#include "store/store.h"
#include "scratch.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Few rows whatever the house holds: the campaigns that are live. */
static const char *const SMALL[] = {"CAMPAIGNS_LIVE"};

static char dir[128];
static sqlite3 *db;

static int setup(void **state)
{
    char path[160];
    struct store *store;
    struct fault f;
    (void)state;
    if (!scratch_make(dir, sizeof dir, "plan")) return -1;
    (void)snprintf(path, sizeof path, "%s/db", dir);
    if (store_sqlite_open(
            &(struct store_sqlite_options){.path = path, .cache_kib = 1024, .wal_bytes_max = 1 << 24}, &store,
            &f) != ERR_OK)
        return -1;
    store->ops->close(store);
    return sqlite3_open(path, &db);
}

static int teardown(void **state)
{
    char command[160];
    (void)state;
    (void)sqlite3_close(db);
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

/* The plan's steps in one text. */
static void plan_of(const char *sql, char out[1024])
{
    char explain[4096];
    sqlite3_stmt *steps;
    int n = snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", sql);

    out[0] = '\0';
    assert_true(n > 0 && (size_t)n < sizeof explain);
    if (sqlite3_prepare_v2(db, explain, -1, &steps, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    while (sqlite3_step(steps) == SQLITE_ROW) {
        size_t len = strlen(out);
        (void)snprintf(out + len, 1024 - len, "%s; ", (const char *)sqlite3_column_text(steps, 3));
    }
    (void)sqlite3_finalize(steps);
}

static bool is_small(const char *name)
{
    for (size_t i = 0; i < sizeof SMALL / sizeof *SMALL; i++)
        if (strcmp(SMALL[i], name) == 0) return true;
    return false;
}

static void nothing_is_sorted(void **state)
{
    char plan[1024];
    (void)state;
    for (size_t i = 0; i < SQL_COUNT; i++) {
        if (is_small(sql_name[i])) continue;
        plan_of(sql_text[i], plan);
        if (strstr(plan, "TEMP B-TREE") != NULL) fail_msg("%s sorts: %s", sql_name[i], plan);
    }
}

static void a_range_of_messages_is_read_by_the_key(void **state)
{
    char plan[1024];
    (void)state;
    for (size_t i = 0; i < SQL_COUNT; i++) {
        plan_of(sql_text[i], plan);
        if (strstr(plan, "messages_number (org=?)") != NULL)
            fail_msg("%s walks all messages of an organization: %s", sql_name[i], plan);
    }
}

/* What is asked for every message: a table that SQLite makes for one look (an OR, an IN) costs more than the looks. */
static const char *const HOT[] = {"CONSENT_NOW", "DRAW_RUN", "MESSAGES_LOAD", "MESSAGE_LOAD", "MESSAGE_SAVE", "RUN_OF"};

static bool makes_a_table(const char *sql)
{
    char explain[4096];
    sqlite3_stmt *steps;
    bool made = false;
    (void)snprintf(explain, sizeof explain, "EXPLAIN %s", sql);
    assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &steps, NULL), SQLITE_OK);
    while (sqlite3_step(steps) == SQLITE_ROW)
        if (strcmp((const char *)sqlite3_column_text(steps, 1), "OpenEphemeral") == 0) made = true;
    (void)sqlite3_finalize(steps);
    return made;
}

static void what_every_message_asks_makes_no_table(void **state)
{
    size_t found = 0;
    (void)state;
    for (size_t i = 0; i < SQL_COUNT; i++) {
        for (size_t k = 0; k < sizeof HOT / sizeof *HOT; k++) {
            if (strcmp(sql_name[i], HOT[k]) != 0) continue;
            found++;
            if (makes_a_table(sql_text[i])) fail_msg("%s makes a table for each look", sql_name[i]);
        }
    }
    assert_int_equal(found, sizeof HOT / sizeof *HOT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_sorted),
        cmocka_unit_test(a_range_of_messages_is_read_by_the_key),
        cmocka_unit_test(what_every_message_asks_makes_no_table),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

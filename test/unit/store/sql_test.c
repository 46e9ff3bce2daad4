/* Reads every statement of the sqlite twin: each that serves a tenant names its organization, none walks a
 * table that grows, and there is no SQL outside the lists. */
#include "twin.h"

#include "store/sqlite/parts.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const tenant_tables[] = {
    "programs", "senders", "api_keys", "contacts", "lists", "list_members", "consents", "consent_now",
    "consent_scopes", "chains", "campaigns", "tallies", "runs", "messages", "due", "learned", "earlier_sids",
    "doubts", "arms", "day_use", "inbound", "imports", "acknowledgements", "registrations", "registration_notes",
    "lookup_use", "hygienes", "accounts", "owned", "drifts", "verifications", "verify_services", "verify_use",
    "events", "endpoints", "hook_retries", "idempotency",
};

/* Reads and housekeeping of the installation, with the reason. */
static const struct {
    const char *name, *why;
} installation_wide[] = {
    {"KEY_BY_HASH", "a key is what tells the organization"},
    {"CAMPAIGNS_LIVE", "start-up"},
    {"MESSAGES_SCAN", "the sweep for messages that got stuck"},
    {"DUE_LANE_AFTER", "start-up: which lanes have something due"},
    {"DOUBTS", "reconciliation of all organizations"},
    {"ARMS_INSERT", "the intent log of a commit; each item names its organization"},
    {"ARMS_FROM", "recovery"},
    {"ARMS_NEWEST", "start-up: what the limits must take for just sent"},
    {"ARMS_OLDEST", "housekeeping"},
    {"ARMS_TRIM", "housekeeping"},
    {"DAY_USES", "start-up: day caps of all organizations"},
    {"DAY_TRIM", "housekeeping"},
    {"EVENTS_ALL", "the operator's live events"},
    {"EVENTS_OLDEST", "housekeeping"},
    {"EVENTS_TRIM", "housekeeping"},
    {"ENDPOINTS_ACTIVE", "the worker that serves all endpoints"},
    {"IMPORTS_RUNNING", "start-up"},
    {"HYGIENES_RUNNING", "the worker that walks all lists"},
    {"VERIFICATIONS_OVER", "the worker that ends those whose time is over"},
    {"VERIFY_SERVICE_TAKEN", "a service is one organization's: whose it is must not matter"},
    {"VERIFICATIONS_TRIM", "housekeeping"},
    {"VERIFY_USE_TRIM", "housekeeping"},
    {"ACCOUNTS_DUE", "the worker that looks after all accounts"},
    {"OWNED_DUE", "the workers that buy and set up all numbers"},
    {"DRIFTS_DUE", "the workers that look at all accounts"},
    {"REGISTRATIONS_DUE", "the worker that moves all registrations along"},
    {"IDEMPOTENCY_TRIM", "housekeeping"},
    {"STATS_DUE", "metrics"},
    {"STATS_DOUBTS", "metrics"},
    {"STATS_ARMS", "metrics"},
    {"STATS_EVENTS_FIRST", "metrics"},
    {"STATS_EVENTS_LAST", "metrics, and the newest event's id"},
};

static const char *installation_reason(const char *name)
{
    for (size_t i = 0; i < sizeof installation_wide / sizeof installation_wide[0]; i++)
        if (strcmp(installation_wide[i].name, name) == 0) return installation_wide[i].why;
    return NULL;
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Does `word` stand in the text as a whole word? */
static bool has_word(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        if ((at == text || !is_word_char(at[-1])) && !is_word_char(at[len])) return true;
    return false;
}

/* Is it the table of a FROM, JOIN, INTO or UPDATE? */
static bool touches(const char *text, const char *table)
{
    static const char *const before[] = {"FROM ", "JOIN ", "INTO ", "UPDATE "};
    char phrase[64];
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(phrase, sizeof phrase, "%s%s", before[i], table);
        for (const char *at = strstr(text, phrase); at != NULL; at = strstr(at + 1, phrase))
            if (!is_word_char(at[strlen(phrase)])) return true;
    }
    return false;
}

static size_t occurrences(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        n++;
    return n;
}

static bool names_its_org(const char *text)
{
    if (strncmp(text, "INSERT", 6) == 0) {
        const char *values = strstr(text, "VALUES");
        char columns[1024];
        (void)snprintf(columns, sizeof columns, "%.*s", (int)(values - text), text);
        return has_word(columns, "org");
    }
    return has_word(text, "org = ?") || strstr(text, "+org = ?") != NULL ||
           strstr(text, ".org = ?") != NULL || strstr(text, "(org = ?") != NULL;
}

static void every_statement_that_serves_a_tenant_names_its_org(void **state)
{
    (void)state;
    for (size_t i = 0; i < SQL_COUNT; i++) {
        bool tenant = false;
        for (size_t k = 0; k < sizeof tenant_tables / sizeof tenant_tables[0]; k++)
            tenant = tenant || touches(sql_text[i], tenant_tables[k]);
        if (!tenant || installation_reason(sql_name[i]) != NULL) continue;
        if (!names_its_org(sql_text[i]))
            fail_msg("%s does not name the organization: %s", sql_name[i], sql_text[i]);
    }
}

static void joined_tables_are_tied_by_org(void **state)
{
    (void)state;
    for (size_t i = 0; i < SQL_COUNT; i++) {
        size_t ties = occurrences(sql_text[i], ".org = m.org") + occurrences(sql_text[i], ".org = c.org") +
                      occurrences(sql_text[i], ".org = d.org") + occurrences(sql_text[i], ".org = n.org");
        size_t tables = occurrences(sql_text[i], " JOIN ") + occurrences(sql_text[i], "(SELECT c.");
        if (ties < tables) fail_msg("%s joins without the organization: %s", sql_name[i], sql_text[i]);
    }
}

static void the_list_of_exceptions_has_no_stale_entry(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof installation_wide / sizeof installation_wide[0]; i++) {
        bool found = false;
        for (size_t k = 0; k < SQL_COUNT; k++)
            found = found || strcmp(sql_name[k], installation_wide[i].name) == 0;
        if (!found) fail_msg("%s is no statement", installation_wide[i].name);
    }
}

static void only_the_portable_subset_is_used(void **state)
{
    static const char *const foreign[] = {"REPLACE INTO", "OR IGNORE", "IFNULL(",   "rowid",     "GLOB",
                                          "printf(",      "strftime",  "datetime(", "INDEXED BY"};
    (void)state;
    for (size_t i = 0; i < SQL_COUNT; i++)
        for (size_t k = 0; k < sizeof foreign / sizeof foreign[0]; k++)
            if (strstr(sql_text[i], foreign[k]) != NULL) fail_msg("%s uses %s", sql_name[i], foreign[k]);
}

/* These read all of a table that is kept small, or walk one in the order of its key with a LIMIT or a caller
 * that stops. */
static const char *const may_scan[] = {
    "COUNTERS_LOAD",      "STATS_DUE",         "STATS_DOUBTS",    "STATS_ARMS",
    "STATS_EVENTS_FIRST", "STATS_EVENTS_LAST", "ARMS_FROM",       "ARMS_NEWEST",
    "ARMS_OLDEST",        "EVENTS_OLDEST",     "IDEMPOTENCY_TRIM", "IMPORTS_RUNNING",
    "ORG_DOUBTS",         "HYGIENES_RUNNING",
};

static bool scan_allowed(const char *name)
{
    for (size_t i = 0; i < sizeof may_scan / sizeof may_scan[0]; i++)
        if (strcmp(may_scan[i], name) == 0) return true;
    return false;
}

static void no_statement_walks_or_sorts_a_table_that_grows(void **state)
{
    struct twin *t = *state;
    sqlite3 *db = store_of(t->store)->conn.db;
    for (size_t i = 0; i < SQL_COUNT; i++) {
        char text[4096];
        sqlite3_stmt *plan = NULL;
        if (strncmp(sql_text[i], "SELECT", 6) != 0 && strncmp(sql_text[i], "UPDATE", 6) != 0 &&
            strncmp(sql_text[i], "DELETE", 6) != 0)
            continue;
        (void)snprintf(text, sizeof text, "EXPLAIN QUERY PLAN %s", sql_text[i]);
        assert_int_equal(sqlite3_prepare_v2(db, text, -1, &plan, NULL), SQLITE_OK);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const char *line = (const char *)sqlite3_column_text(plan, 3);
            if (strstr(line, "TEMP B-TREE") != NULL) fail_msg("%s sorts: %s", sql_name[i], line);
            if (getenv("STERLING_PLANS") != NULL) print_message("# %s: %s\n", sql_name[i], line);
            if (strncmp(line, "SCAN", 4) == 0 && !scan_allowed(sql_name[i]))
                fail_msg("%s scans: %s", sql_name[i], line);
        }
        sqlite3_finalize(plan);
    }
}

static void check_file(const char *directory, const char *name)
{
    static const char *const signs[] = {"\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE "};
    char path[1024], line[1024];
    FILE *file;
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        for (size_t k = 0; k < 4; k++)
            if (strstr(line, signs[k]) != NULL && strstr(line, "sqlite_master") == NULL)
                fail_msg("%s holds SQL: %s", name, line);
    (void)fclose(file);
}

static void there_is_no_sql_outside_the_lists(void **state)
{
    const char *directory = getenv("STERLING_SQLITE_SOURCES");
    DIR *d = directory == NULL ? NULL : opendir(directory);
    struct dirent *entry;
    size_t files = 0;
    (void)state;
    assert_non_null(d);
    while ((entry = readdir(d)) != NULL) {
        struct str name = str_from(entry->d_name);
        if (!str_ends(name, STR(".c"))) continue;
        /* Migrations are frozen with the columns of their day. */
        if (str_equal(name, STR("schema.c")) || str_equal(name, STR("chain_old.c"))) continue;
        check_file(directory, entry->d_name);
        files++;
    }
    (void)closedir(d);
    assert_true(files > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_that_serves_a_tenant_names_its_org),
        cmocka_unit_test(joined_tables_are_tied_by_org),
        cmocka_unit_test(the_list_of_exceptions_has_no_stale_entry),
        cmocka_unit_test(only_the_portable_subset_is_used),
        STORE_TEST(no_statement_walks_or_sorts_a_table_that_grows),
        cmocka_unit_test(there_is_no_sql_outside_the_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

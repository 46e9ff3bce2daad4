/* Databases of every earlier schema open with what was in them; and an upgrade that is cut off anywhere, by the power
 * or by a failing disk, leaves the old database or the new one. The fixtures are SQL text: schema-N.sql, one for each
 * version but the newest.
 * Whoever adds a schema first makes the fixture of the one before: STERLING_FIXTURE_DB=FILE makes a database of the
 * present one, test/power/fixtures/make turns it into text.
 *   STERLING_FIXTURES names their directory   STERLING_POWER_RECOVERIES=N (300), at least so many */
#include "faultvfs.h"
#include "script.h"

#include "store/chain.h"
#include "store/sqlite/schema.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t setting(const char *name, uint64_t preset)
{
    const char *text = getenv(name);
    return text == NULL ? preset : strtoull(text, NULL, 10);
}

/* ---- an upgrade in three steps ---- */

static const char PATH[] = "/tmp/migrations.db";
static const struct schema_step STEPS[] = {
    {"CREATE TABLE a (id INTEGER PRIMARY KEY, text TEXT NOT NULL); CREATE INDEX a_text ON a (text);"
    "INSERT INTO a (text) VALUES ('one'), ('two'), ('three')", NULL},
    {"ALTER TABLE a ADD COLUMN number INTEGER NOT NULL DEFAULT 7; UPDATE a SET text = text || ' more';"
    "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER NOT NULL)", NULL},
    {"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)"
    " INSERT INTO b SELECT i, i % 3 FROM n; DROP INDEX a_text; DELETE FROM a WHERE id = 2", NULL},
};
enum { VERSIONS = 3, FIXTURE_COMMITS = 100, MESSAGES = 104, ARMS = 15 };
static uint64_t states[VERSIONS + 1];

static enum err migrate(size_t versions, struct fault *f)
{
    struct conn c;
    enum err code = conn_open(&c, PATH, CONN_WRITE, 2048, f);
    if (code != ERR_OK) return code;
    code = schema_migrate_by(&c, PATH, STEPS, versions, f);
    conn_close(&c);
    return code;
}

/* The version, if everything is as that version has it. */
static size_t version_now(void)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    char wrong[200];
    size_t version = 0;
    /* For writing, because a journal that is still hot is first rolled back. */
    if (sqlite3_open_v2(PATH, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        (void)sqlite3_close(db);
        return 0; /* not even a file */
    }
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    (void)snprintf(wrong, sizeof wrong, "%s", (const char *)sqlite3_column_text(s, 0));
    assert_string_equal(wrong, "ok");
    sqlite3_finalize(s);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    version = (size_t)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    assert_true(version <= VERSIONS);
    assert_true(script_state(db) == states[version]);
    (void)sqlite3_close(db);
    return version;
}

static void learn_states(void)
{
    struct fault f = {0};
    states[0] = 1; /* no table at all */
    for (size_t v = 1; v <= VERSIONS; v++) {
        sqlite3 *db;
        if (migrate(v, &f) != ERR_OK) fail_msg("%s", f.what);
        db = script_probe(PATH);
        states[v] = script_state(db);
        (void)sqlite3_close(db);
        assert_int_equal(version_now(), v);
    }
}

static void an_upgrade_without_power_is_old_or_new(void **state)
{
    size_t steps, per_step, seen[VERSIONS + 1] = {0}, recoveries = 0;
    struct fault f = {0};
    (void)state;
    faultvfs_forget();
    learn_states();
    faultvfs_forget();
    faultvfs_record(true);
    assert_int_equal(migrate(VERSIONS, &f), ERR_OK);
    faultvfs_record(false);
    steps = faultvfs_steps();
    per_step = setting("STERLING_POWER_RECOVERIES", 300) / steps + DAMAGES;
    for (size_t step = 0; step <= steps; step++)
        for (size_t i = 0; i < per_step; i++, recoveries++) {
            faultvfs_crash(step, (enum damage)(i % DAMAGES), i);
            seen[version_now()]++;
            if (migrate(VERSIONS, &f) != ERR_OK) fail_msg("step %zu, seed %zu: %s", step, i, f.what);
            assert_int_equal(version_now(), VERSIONS);
        }
    for (size_t v = 0; v <= VERSIONS; v++) assert_true(seen[v] > 0);
    print_message("# migrations: %zu recoveries at %zu steps\n", recoveries, steps);
}

static void an_upgrade_on_a_failing_disk_is_old_or_new(void **state)
{
    uint64_t many = UINT64_C(1) << 40;
    (void)state;
    for (enum failing how = FAIL_IO; how < FAIL_SHORT_READ; how++) {
        uint64_t calls = 1;
        for (uint64_t at = 0; at < calls; at++) {
            struct fault f = {0};
            size_t version;
            enum err code;
            faultvfs_forget();
            faultvfs_fail(how, at == 0 ? many : at - 1, at % 2 == 1);
            code = migrate(VERSIONS, &f);
            if (at == 0) calls = many - faultvfs_left() + 1;
            faultvfs_fail(FAIL_NONE, 0, false);
            version = version_now();
            if (code != ERR_OK) assert_true(f.what[0] != 0);
            else assert_int_equal(version, VERSIONS);
            if (migrate(VERSIONS, &f) != ERR_OK) fail_msg("%s", f.what);
            assert_int_equal(version_now(), VERSIONS);
        }
    }
}

/* ---- databases of our own, of every age ---- */

static void load(const char *path, int version)
{
    char name[512];
    FILE *in;
    long bytes;
    char *text, *wrong = NULL;
    sqlite3 *db;
    (void)snprintf(name, sizeof name, "%s/schema-%d.sql", getenv("STERLING_FIXTURES"), version);
    in = fopen(name, "rb");
    if (in == NULL) fail_msg("%s is missing: whoever adds a schema adds a database of the one before", name);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    bytes = ftell(in);
    rewind(in);
    text = calloc(1, (size_t)bytes + 1);
    assert_int_equal(fread(text, 1, (size_t)bytes, in), bytes);
    (void)fclose(in);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, &wrong) != SQLITE_OK) fail_msg("%s: %s", name, wrong);
    (void)sqlite3_close(db);
    free(text);
}

static int64_t ask(sqlite3 *db, const char *query)
{
    sqlite3_stmt *s = NULL;
    int64_t value;
    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return value;
}

/* All tables and indexes as text, in one number. */
static uint64_t shape_of(const char *path)
{
    sqlite3 *db = script_probe(path);
    sqlite3_stmt *s = NULL;
    uint64_t hash = 1;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
                                            " AND name NOT LIKE 'sqlite_%' ORDER BY name", -1, &s, NULL), SQLITE_OK);
    while (sqlite3_step(s) == SQLITE_ROW)
        for (int i = 0; i < 2; i++) hash = str_hash(str_from((const char *)sqlite3_column_text(s, i)), hash);
    sqlite3_finalize(s);
    (void)sqlite3_close(db);
    return hash;
}

static struct store *open_store(const char *path)
{
    const struct store_sqlite_options o = {.path = path, .cache_kib = 2048, .wal_bytes_max = 1 << 20};
    struct store *store = NULL;
    struct fault f = {0};
    if (store_sqlite_open(&o, &store, &f) != ERR_OK) fail_msg("%s", f.what);
    return store;
}

/* However old it was: its consent ledgers are chained, entry by entry. */
static void assert_ledgers_sound(struct store *store)
{
    struct store_reader *r;
    struct arena a;
    struct fault f = {0};
    uint64_t entries = 0;
    assert_int_equal(store->ops->reader_open(store, &r, &f), ERR_OK);
    for (org_id org = 0; org < 20; org++) {
        struct chain_head so_far = {0}, stored;
        struct consent rows[64];
        uint64_t after = 0;
        size_t count = 64;
        arena_init(&a, 1 << 22);
        while (count == 64) {
            assert_int_equal(store->ops->consents(r, &a, org, 0, after, rows, &count), ERR_OK);
            for (size_t i = 0; i < count; i++) {
                enum chain_verdict v;
                assert_int_equal(chain_check(&so_far, &rows[i], &v), ERR_OK);
                assert_int_equal(v, CHAIN_SOUND);
                after = rows[i].id;
            }
        }
        assert_int_equal(store->ops->consent_head(r, org, &stored), ERR_OK);
        assert_int_equal(chain_check_end(&so_far, &stored), CHAIN_SOUND);
        entries += so_far.count;
        arena_reset(&a);
    }
    assert_true(entries > 0);
    store->ops->reader_close(r);
}

static void a_database_of_every_earlier_schema_opens_with_what_was_in_it(void **state)
{
    struct twin fresh;
    char path[96], wrong[256];
    uint64_t shape;
    (void)state;
    faultvfs_forget();
    twin_open(&fresh);
    twin_path(&fresh, path, sizeof path);
    shape = shape_of(path);
    for (int version = 1; version < schema_version() || version == 1; version++) {
        char old[128];
        sqlite3 *db;
        (void)snprintf(old, sizeof old, "%s.%d", path, version);
        load(old, version);
        struct store *store = open_store(old);
        assert_ledgers_sound(store);
        assert_true(store->ops->commit_number(store) == FIXTURE_COMMITS);
        assert_true(shape_of(old) == shape);
        db = script_probe(old);
        script_unsound(db, wrong, sizeof wrong);
        assert_string_equal(wrong, "");
        assert_int_equal(ask(db, "SELECT COUNT(*) FROM messages"), MESSAGES);
        assert_int_equal(ask(db, "SELECT COUNT(*) FROM arms"), ARMS);
        (void)sqlite3_close(db);
        store->ops->close(store);
        store = open_store(old);
        store->ops->close(store);
    }
    twin_close(&fresh);
}

static int set_up(void **state)
{
    (void)state;
    faultvfs_install();
    return 0;
}

static int make_fixture(const char *path)
{
    char text[300];
    struct twin t;
    twin_open(&t);
    script_run(&t, 1, FIXTURE_COMMITS);
    {
        char from[96];
        sqlite3 *db;
        twin_path(&t, from, sizeof from);
        db = script_probe(from);
        (void)snprintf(text, sizeof text, "VACUUM INTO '%s'", path);
        assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
        (void)sqlite3_close(db);
    }
    twin_close(&t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_upgrade_without_power_is_old_or_new),
        cmocka_unit_test(an_upgrade_on_a_failing_disk_is_old_or_new),
        cmocka_unit_test(a_database_of_every_earlier_schema_opens_with_what_was_in_it),
    };
    if (getenv("STERLING_FIXTURE_DB") != NULL) return make_fixture(getenv("STERLING_FIXTURE_DB"));
    return cmocka_run_group_tests(tests, set_up, NULL);
}

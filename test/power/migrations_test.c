/* Databases of every earlier schema open with what was in them; and an upgrade of any of them that is cut off anywhere,
 * by the power or by a failing disk, leaves a database as one version or another has it, with its rows, and goes on
 * from there. The fixtures are SQL text: schema-N.sql, one for each version but the newest; before the first there is
 * no database at all.
 * Whoever adds a schema first makes the fixture of the one before: STERLING_FIXTURE_DB=FILE makes a database of the
 * present one, test/power/fixtures/make turns it into text.
 *   STERLING_FIXTURES names their directory
 *   STERLING_POWER_RECOVERIES=N (56), about so many power cuts; with few only the first, the second and the last
 *   schema are upgraded; with 8,000 every one is cut off at every write and sync, and every call fails */
#include "faultvfs.h"
#include "script.h"

#include "store/chain.h"
#include "store/sqlite/schema.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIXTURE_COMMITS = 100, MESSAGES = 104, ARMS = 15, VERSIONS_MAX = 64, TABLES_MAX = 64, QUERY_BYTES = 2048 };
static const char PATH[] = "/tmp/migrations.db";

static uint64_t setting(const char *name, uint64_t preset)
{
    const char *text = getenv(name);
    return text == NULL ? preset : strtoull(text, NULL, 10);
}

/* ---- databases of every age ---- */

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
static uint64_t shape(sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    uint64_t hash = 1;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
                                            " AND name NOT LIKE 'sqlite_%' ORDER BY name", -1, &s, NULL), SQLITE_OK);
    while (sqlite3_step(s) == SQLITE_ROW)
        for (int i = 0; i < 2; i++) hash = str_hash(str_from((const char *)sqlite3_column_text(s, i)), hash);
    sqlite3_finalize(s);
    return hash;
}

static uint64_t shape_of(const char *path)
{
    sqlite3 *db = script_probe(path);
    uint64_t hash = shape(db);
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

/* ---- upgrades that are cut off ---- */

/* What an upgrade from one version leaves when it got undisturbed to another: old.states[from][there]. */
static struct {
    int from; /* that is being upgraded */
    uint64_t states[VERSIONS_MAX][VERSIONS_MAX];
    struct {
        char query[QUERY_BYTES]; /* the columns that a table had at the start */
        uint64_t rows;
    } tables[TABLES_MAX];
    size_t tables_count;
} old;
/* Of versions, as who came there first found them: their fixtures, for upgrades are played from the last backwards. */
static uint64_t shapes[VERSIONS_MAX];
static struct {
    size_t recoveries, cut, steps, failed, calls, upgrades;
} told;

/* A commit hook: lets so many versions through. */
static int refuse_beyond(void *left)
{
    return (*(int *)left)-- <= 0;
}

static enum err upgrade_by(int versions, struct fault *f)
{
    struct conn c;
    enum err code = conn_open(&c, PATH, CONN_WRITE, 2048, f);
    if (code != ERR_OK) return code;
    (void)sqlite3_commit_hook(c.db, refuse_beyond, &versions);
    code = schema_migrate(&c, PATH, f);
    conn_close(&c);
    return code;
}

static enum err upgrade(struct fault *f)
{
    return upgrade_by(VERSIONS_MAX, f);
}

static void assert_old_rows(sqlite3 *db, bool learning)
{
    for (size_t i = 0; i < old.tables_count; i++) {
        uint64_t rows = 1;
        assert_true(script_rows(db, old.tables[i].query, &rows));
        if (learning) old.tables[i].rows = rows;
        if (rows != old.tables[i].rows) fail_msg("rows changed: %s", old.tables[i].query);
    }
}

/* The version that a database has; it must be sound. */
static int look(uint64_t *state, bool learning)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    char wrong[200];
    int version;
    *state = 0;
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
    version = (int)ask(db, "PRAGMA user_version");
    assert_true(version >= old.from && version <= schema_version());
    if (ask(db, "SELECT COUNT(*) FROM sqlite_master") > 0) *state = script_state(db) + 3 * shape(db);
    if (learning) {
        assert_old_rows(db, false);
        if (shapes[version] == 0) shapes[version] = shape(db);
        assert_true(shape(db) == shapes[version]);
    }
    (void)sqlite3_close(db);
    return version;
}

/* The version; all must be as it was when the upgrade got there undisturbed. */
static int version_now(void)
{
    uint64_t state;
    int version = look(&state, false);
    if (state != old.states[old.from][version])
        fail_msg("from schema %d: what is there is not schema %d as it should be", old.from, version);
    return version;
}

static void note_tables(sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    old.tables_count = 0;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT 'SELECT ' || (SELECT group_concat('\"' || name || '\"') FROM"
                                            " pragma_table_info(m.name)) || ' FROM \"' || name || '\" NOT INDEXED'"
                                            " FROM sqlite_master m WHERE type = 'table' ORDER BY name",
                                        -1, &s, NULL), SQLITE_OK);
    for (; sqlite3_step(s) == SQLITE_ROW; old.tables_count++) {
        assert_true(old.tables_count < TABLES_MAX);
        assert_true(sqlite3_column_bytes(s, 0) < QUERY_BYTES);
        (void)snprintf(old.tables[old.tables_count].query, QUERY_BYTES, "%s", (const char *)sqlite3_column_text(s, 0));
    }
    sqlite3_finalize(s);
    assert_old_rows(db, true);
}

/* The fixture as it is on the disk of whoever upgrades; restore() has it back. */
static void begin(int version)
{
    old.from = version;
    old.tables_count = 0;
    faultvfs_forget();
    if (version > 0) {
        sqlite3 *db;
        load(PATH, version);
        assert_int_equal(sqlite3_open(PATH, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), SQLITE_OK);
        note_tables(db);
        (void)sqlite3_close(db);
    }
    faultvfs_settle();
    faultvfs_record(false);
}

static void restore(void)
{
    faultvfs_crash(0, DAMAGE_KEEP, 0);
}

/* Each version on the way, one at a time: every row of before is there, in the tables of then. */
static void learn_states(void)
{
    uint64_t *states = old.states[old.from];
    struct fault f = {0};
    assert_int_equal(look(&states[old.from], true), old.from);
    for (int version = old.from + 1; version <= schema_version(); version++) {
        assert_int_equal(upgrade_by(1, &f) == ERR_OK, version == schema_version());
        assert_int_equal(look(&states[version], true), version);
    }
    restore();
}

static void begin_learned(int version)
{
    begin(version);
    if (old.states[version][schema_version()] == 0) learn_states();
}

static void finish_upgrade(const char *after, size_t at)
{
    struct fault f = {0};
    if (upgrade(&f) != ERR_OK) fail_msg("from schema %d, %s %zu: %s", old.from, after, at, f.what);
    assert_int_equal(version_now(), schema_version());
}

/* How many of the power cuts each upgrade has. */
static size_t share(void)
{
    return setting("STERLING_POWER_RECOVERIES", 56) / (size_t)schema_version() + 1;
}

static bool is_played(int version)
{
    return share() > 20 || version <= 1 || version == schema_version() - 1;
}

static void cut_off_anywhere(int version)
{
    size_t steps, stride, per_step, seen[VERSIONS_MAX] = {0};
    struct fault f = {0};
    begin_learned(version);
    faultvfs_settle();
    assert_int_equal(upgrade(&f), ERR_OK);
    faultvfs_record(false);
    steps = faultvfs_steps();
    stride = steps / share() + 1;
    per_step = share() / (steps / stride + 1) + 1;
    for (size_t step = 0; step <= steps; step += stride, told.cut++)
        for (size_t i = 0; i < per_step; i++, told.recoveries++) {
            faultvfs_crash(step, (enum damage)((step + i) % DAMAGES), i);
            seen[version_now()]++;
            finish_upgrade("step", step);
        }
    for (int v = version; v <= schema_version() && stride == 1; v++) assert_true(seen[v] > 0);
    assert_true(seen[version] > 0);
    told.steps += steps + 1;
    told.upgrades++;
}

static void an_upgrade_without_power_is_old_or_new(void **state)
{
    (void)state;
    for (int version = schema_version() - 1; version >= 0; version--)
        if (is_played(version)) cut_off_anywhere(version);
}

/* Fails the n-th call of a kind. How many calls of that kind were left. */
static uint64_t fail_at(enum failing how, uint64_t n, bool forever)
{
    struct fault f = {0};
    uint64_t left;
    enum err code;
    int version;
    restore();
    faultvfs_fail(how, n, forever);
    code = upgrade(&f);
    left = faultvfs_left();
    faultvfs_fail(FAIL_NONE, 0, false);
    version = version_now();
    if (code != ERR_OK) assert_true(f.what[0] != 0);
    else assert_int_equal(version, schema_version());
    finish_upgrade("call", n);
    return left;
}

static void fail_each_call(int version, enum failing how)
{
    uint64_t many = UINT64_C(1) << 40, calls = many - fail_at(how, many, false), stride = calls / share() + 1;
    bool forever = false;
    assert_true(calls > 0);
    for (uint64_t at = (uint64_t)version % stride; at < calls; at += stride, told.failed++, forever = !forever) {
        (void)fail_at(how, at, forever);
        if (stride == 1) (void)fail_at(how, at, !forever); /* each way if there is time for every call */
    }
    told.calls += calls;
}

static void an_upgrade_on_a_failing_disk_is_old_or_new(void **state)
{
    (void)state;
    for (int version = schema_version() - 1; version >= 0; version--) {
        if (!is_played(version)) continue;
        begin_learned(version);
        for (enum failing how = FAIL_IO; how < FAIL_SHORT_READ; how++) fail_each_call(version, how);
    }
}

static void tell(void)
{
    print_message("# migrations: %zu recoveries at %zu of %zu writes and syncs of %zu upgrades; %zu of their %zu calls "
                  "failed\n",
                  told.recoveries, told.cut, told.steps, told.upgrades, told.failed, told.calls);
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
        cmocka_unit_test(a_database_of_every_earlier_schema_opens_with_what_was_in_it),
        cmocka_unit_test(an_upgrade_without_power_is_old_or_new),
        cmocka_unit_test(an_upgrade_on_a_failing_disk_is_old_or_new),
    };
    int failures;
    if (getenv("STERLING_FIXTURE_DB") != NULL) return make_fixture(getenv("STERLING_FIXTURE_DB"));
    failures = cmocka_run_group_tests(tests, set_up, NULL);
    tell();
    return failures;
}

/* The file beside the database: first start, same, ahead, missing, another's, torn. */
#include "store/epoch.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char dir[128];
static char db_path[160], file_path[160];
static struct store *store;

static int setup(void **state)
{
    struct fault f;
    (void)state;
    if (!scratch_make(dir, sizeof dir, "epoch")) return -1;
    (void)snprintf(db_path, sizeof db_path, "%s/db", dir);
    (void)snprintf(file_path, sizeof file_path, "%s/epoch", dir);
    return (int)store_sqlite_open(
        &(struct store_sqlite_options){.path = db_path, .cache_kib = 1024, .wal_bytes_max = 1 << 24}, &store, &f);
}

static int teardown(void **state)
{
    char command[160];
    (void)state;
    store->ops->close(store);
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static enum epoch_state opened(struct epoch_file *e)
{
    enum epoch_state state;
    struct fault f;
    if (epoch_open(e, file_path, store, &state, &f) != ERR_OK) fail_msg("%s", f.what);
    return state;
}

static void put(const char *text)
{
    FILE *out = fopen(file_path, "we");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static void a_copy_is_told_from_the_real_one(void **state)
{
    struct epoch_file e;
    struct fault f;
    char other[128];
    uint64_t now;
    (void)state;
    assert_int_equal(opened(&e), EPOCH_SAME); /* the first start of all */
    assert_int_equal(opened(&e), EPOCH_MISSING);
    now = store->ops->commit_number(store);
    assert_true(now >= 1);
    assert_int_equal(epoch_write(&e, now, &f), ERR_OK);
    assert_int_equal(opened(&e), EPOCH_SAME);
    assert_int_equal(epoch_write(&e, now + 1, &f), ERR_OK);
    assert_int_equal(opened(&e), EPOCH_RESTORED);
    assert_int_equal(e.commits, now + 1);
    put("sterling-epoch 1 abc");
    assert_int_equal(opened(&e), EPOCH_MISSING);
    (void)snprintf(other, sizeof other, "sterling-epoch 1 %032d 1 0\n", 7);
    put(other);
    assert_int_equal(opened(&e), EPOCH_FOREIGN);
}

static enum err unreadable(struct store_reader *r, struct arena *a, struct str name, struct str *value)
{
    (void)r, (void)a, (void)name, (void)value;
    return ERR_IO;
}

/* Else a copy that is put back would be a new installation, and send everything again. */
static void an_identity_that_cannot_be_read_is_not_made_anew(void **state)
{
    const struct store_ops *whole = store->ops;
    struct store_ops failing = *whole;
    struct epoch_file before, after;
    enum epoch_state s;
    struct fault f;
    (void)state;
    (void)opened(&before);
    failing.meta_get = unreadable;
    store->ops = &failing;
    assert_int_equal(epoch_open(&after, file_path, store, &s, &f), ERR_IO);
    store->ops = whole;
    (void)opened(&after);
    assert_string_equal(after.installation, before.installation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_copy_is_told_from_the_real_one),
                                       cmocka_unit_test(an_identity_that_cannot_be_read_is_not_made_anew)};
    return cmocka_run_group_tests(tests, setup, teardown);
}

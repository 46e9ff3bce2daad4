/* What SQLite writes to its log goes to the disk in few pieces, yet whoever looks finds what was written: this
 * connection at once, everybody with a commit's last frame, a crash with the sync; and what the disk refused never
 * comes later. */
#include "faultvfs.h"

#include "store/sqlite/log_vfs.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEADER = 24, PAGE = 4096, FRAME = HEADER + PAGE, LARGE = 200 * 1024 };
static const char path[] = "/log-wal";

static sqlite3_file *opened(const char *vfs_name)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(vfs_name);
    sqlite3_file *f = calloc(1, (size_t)vfs->szOsFile);
    assert_non_null(f);
    assert_int_equal(vfs->xOpen(vfs, path, f, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_WAL, NULL),
                     SQLITE_OK);
    return f;
}

static void closed(sqlite3_file *f)
{
    assert_int_equal(f->pMethods->xClose(f), SQLITE_OK);
    free(f);
}

static int put(sqlite3_file *f, unsigned char fill, int bytes, sqlite3_int64 at)
{
    unsigned char *all = malloc((size_t)bytes);
    int result;
    assert_non_null(all);
    memset(all, fill, (size_t)bytes);
    result = f->pMethods->xWrite(f, all, bytes, at);
    free(all);
    return result;
}

/* As SQLite writes one: the header, then the page. `pages`: of the database after the commit; 0: no commit. */
static int put_frame(sqlite3_file *f, int n, unsigned char fill, unsigned char pages)
{
    unsigned char header[HEADER] = {0, 0, 0, fill, 0, 0, 0, pages};
    int result = f->pMethods->xWrite(f, header, HEADER, (sqlite3_int64)n * FRAME);
    return result != SQLITE_OK ? result : put(f, fill, PAGE, (sqlite3_int64)n * FRAME + HEADER);
}

static void assert_filled(sqlite3_file *f, unsigned char fill, int bytes, sqlite3_int64 at)
{
    unsigned char *all = calloc(1, (size_t)bytes);
    assert_non_null(all);
    assert_int_equal(f->pMethods->xRead(f, all, bytes, at), SQLITE_OK);
    for (int i = 0; i < bytes; i++) assert_int_equal(all[i], fill);
    free(all);
}

static sqlite3_int64 size_of(sqlite3_file *f)
{
    sqlite3_int64 bytes = -1;
    assert_int_equal(f->pMethods->xFileSize(f, &bytes), SQLITE_OK);
    return bytes;
}

/* The log as this connection has it, and as everybody else does. */
static struct {
    sqlite3_file *log, *disk;
} two;

static int set_up(void **state)
{
    (void)state;
    faultvfs_forget();
    two.log = opened(log_vfs_name());
    two.disk = opened(NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    closed(two.log);
    closed(two.disk);
    return 0;
}

static void frames_of_a_commit_are_all_there_before_its_sync(void **state)
{
    size_t before;
    (void)state;
    faultvfs_record(true);
    before = faultvfs_steps();
    for (int n = 0; n < 9; n++)
        assert_int_equal(put_frame(two.log, n, (unsigned char)(n + 1), n == 8 ? 77 : 0), SQLITE_OK);
    assert_in_range(faultvfs_steps() - before, 1, 2);
    faultvfs_record(false);
    for (int n = 0; n < 9; n++)
        assert_filled(two.disk, (unsigned char)(n + 1), PAGE, (sqlite3_int64)n * FRAME + HEADER);
}

static void what_is_kept_is_read_back(void **state)
{
    (void)state;
    assert_int_equal(put_frame(two.log, 0, 1, 0), SQLITE_OK);
    assert_int_equal(put_frame(two.log, 1, 2, 0), SQLITE_OK);
    assert_int_equal(size_of(two.disk), 0);
    assert_filled(two.log, 1, PAGE, HEADER);
    assert_filled(two.log, 2, PAGE, FRAME + HEADER);
    assert_int_equal(size_of(two.disk), 0);
    assert_int_equal(size_of(two.log), 2 * FRAME);
}

static void half_kept_is_read_whole(void **state)
{
    (void)state;
    assert_int_equal(put(two.log, 5, 1000, 0), SQLITE_OK);
    assert_int_equal(two.log->pMethods->xSync(two.log, SQLITE_SYNC_NORMAL), SQLITE_OK);
    assert_int_equal(put(two.log, 5, 1000, 1000), SQLITE_OK);
    assert_filled(two.log, 5, 1500, 300);
}

static void later_writes_stand_above_earlier_ones(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) assert_int_equal(put_frame(two.log, n, 1, 0), SQLITE_OK);
    assert_int_equal(put(two.log, 2, PAGE, FRAME + HEADER), SQLITE_OK); /* the page again, in its old frame */
    assert_int_equal(put_frame(two.log, 3, 3, 9), SQLITE_OK);
    assert_filled(two.disk, 1, PAGE, HEADER);
    assert_filled(two.disk, 2, PAGE, FRAME + HEADER);
    assert_filled(two.disk, 3, PAGE, 3 * FRAME + HEADER);
}

static void sync_and_truncation_pass_on_what_is_kept(void **state)
{
    (void)state;
    assert_int_equal(put_frame(two.log, 0, 1, 0), SQLITE_OK);
    assert_int_equal(two.log->pMethods->xSync(two.log, SQLITE_SYNC_NORMAL), SQLITE_OK);
    assert_filled(two.disk, 1, PAGE, HEADER);
    assert_int_equal(put_frame(two.log, 1, 2, 0), SQLITE_OK);
    assert_int_equal(two.log->pMethods->xTruncate(two.log, FRAME + HEADER + 8), SQLITE_OK);
    assert_int_equal(size_of(two.disk), FRAME + HEADER + 8);
    assert_filled(two.disk, 2, 8, FRAME + HEADER);
}

static void more_than_is_kept_goes_on(void **state)
{
    (void)state;
    for (int n = 0; n < 100; n++) assert_int_equal(put_frame(two.log, n, (unsigned char)n, 0), SQLITE_OK);
    assert_int_equal(put(two.log, 7, LARGE, 100 * FRAME), SQLITE_OK);
    for (int n = 0; n < 100; n++) assert_filled(two.log, (unsigned char)n, PAGE, (sqlite3_int64)n * FRAME + HEADER);
    assert_filled(two.disk, 7, LARGE, 100 * FRAME);
}

static void a_commit_that_was_refused_is_told_and_never_comes_later(void **state)
{
    (void)state;
    assert_int_equal(put_frame(two.log, 0, 1, 5), SQLITE_OK);
    for (int n = 1; n < 4; n++) assert_int_equal(put_frame(two.log, n, 2, 0), SQLITE_OK);
    faultvfs_fail(FAIL_FULL, 0, false);
    assert_int_equal(put_frame(two.log, 4, 2, 5), SQLITE_FULL);
    assert_true(faultvfs_failed());
    assert_int_equal(two.log->pMethods->xSync(two.log, SQLITE_SYNC_NORMAL), SQLITE_OK);
    assert_int_equal(size_of(two.disk), FRAME);
    assert_int_equal(put_frame(two.log, 1, 3, 5), SQLITE_OK); /* the next transaction, in its place */
    assert_filled(two.disk, 3, PAGE, FRAME + HEADER);
    assert_int_equal(size_of(two.disk), 2 * FRAME);
}

static void a_sync_is_refused_with_what_it_passes_on(void **state)
{
    (void)state;
    assert_int_equal(put_frame(two.log, 0, 1, 0), SQLITE_OK);
    faultvfs_fail(FAIL_IO, 0, false);
    assert_int_equal(two.log->pMethods->xSync(two.log, SQLITE_SYNC_NORMAL), SQLITE_IOERR_WRITE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(frames_of_a_commit_are_all_there_before_its_sync, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_kept_is_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_kept_is_read_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(later_writes_stand_above_earlier_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sync_and_truncation_pass_on_what_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_than_is_kept_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_commit_that_was_refused_is_told_and_never_comes_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sync_is_refused_with_what_it_passes_on, set_up, tear_down),
    };
    faultvfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Two servers on one data directory: the second is refused with the first one's process id, whether it asks in another
 * process or in the same. Whoever goes, even by kill -9, lets go. */
#include "store/store.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[128];
static char path[160];

static enum err opened(struct store **store, struct fault *f)
{
    *f = (struct fault){0};
    return store_sqlite_open(
        &(struct store_sqlite_options){.path = path, .cache_kib = 1024, .wal_bytes_max = 1 << 24}, store, f);
}

static int setup(void **state)
{
    (void)state;
    if (!scratch_make(dir, sizeof dir, "lock")) return -1;
    return snprintf(path, sizeof path, "%s/db", dir) < 0;
}

static int teardown(void **state)
{
    char command[160];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static void the_second_is_refused_until_the_first_has_gone(void **state)
{
    struct store *first, *second;
    struct fault f;
    char holder[64];
    (void)state;

    assert_int_equal(opened(&first, &f), ERR_OK);
    assert_int_equal(opened(&second, &f), ERR_CONFLICT);
    (void)snprintf(holder, sizeof holder, "process id %ld", (long)getpid());
    assert_non_null(strstr(f.what, holder));
    first->ops->close(first);
    assert_int_equal(opened(&second, &f), ERR_OK);
    second->ops->close(second);
}

static void one_that_was_killed_holds_nothing(void **state)
{
    struct store *store;
    struct fault f;
    int ready[2], status;
    char byte;
    pid_t child;
    (void)state;

    assert_int_equal(pipe(ready), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody who holds the lock */
        byte = opened(&store, &f) == ERR_OK ? 'y' : 'n';
        if (write(ready[1], &byte, 1) == 1) (void)pause();
        _exit(1);
    }
    (void)close(ready[1]); /* its end is the child's alone: a child that dies is seen */
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(opened(&store, &f), ERR_CONFLICT);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(opened(&store, &f), ERR_OK);
    store->ops->close(store);
    (void)close(ready[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_is_refused_until_the_first_has_gone),
        cmocka_unit_test(one_that_was_killed_holds_nothing),
    };

    return cmocka_run_group_tests_name("lock", tests, setup, teardown);
}

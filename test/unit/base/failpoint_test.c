/* Failpoints: what is refused, and what a process does that reaches one. And the files that survive them. */
#include "base/failpoint.h"
#include "base/file.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct failpoint TABLE[] = {
    {"one", "here", false}, {"two", "there", true}, {"file.created", "", false},
    {"file.written", "", false}, {"file.named", "", false},
};
enum { COUNT = sizeof TABLE / sizeof TABLE[0] };

static enum err arm(const char *text, struct fault *f)
{
    return failpoint_arm(str_from(text), TABLE, COUNT, f);
}

static void nothing_happens_when_none_is_armed(void **state)
{
    (void)state;
    FAILPOINT("one");
    assert_false(FAILPOINT_FAILS("two"));
}

static void what_is_no_point_is_refused(void **state)
{
    struct fault f = {0};
    (void)state;
    assert_int_equal(arm("three:crash", &f), ERR_NOT_FOUND);
    assert_non_null(strstr(f.what, "\"three\""));
    assert_int_equal(arm("one", &f), ERR_INVALID);
    assert_int_equal(arm("one:explode", &f), ERR_INVALID);
    assert_non_null(strstr(f.what, "crash, pause or error"));
    assert_int_equal(arm("one@0:crash", &f), ERR_INVALID);
    assert_int_equal(arm("one@x:crash", &f), ERR_INVALID);
    assert_int_equal(arm("one:error", &f), ERR_INVALID); /* it has no failure to take */
    assert_int_equal(arm("two:error", &f), ERR_OK);
    assert_int_equal(arm("one:crash", &f), ERR_CONFLICT);
    failpoint_clear();
}

static void an_error_is_given_once_at_its_hit(void **state)
{
    struct fault f = {0};
    (void)state;
    assert_int_equal(arm("two@3:error", &f), ERR_OK);
    for (int hit = 1; hit <= 5; hit++) {
        assert_false(FAILPOINT_FAILS("one"));
        assert_int_equal(FAILPOINT_FAILS("two"), hit == 3);
    }
    failpoint_clear();
}

/* How a child ends that arms `text` and then runs `then`. */
static int child(const char *text, void (*then)(void))
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct fault f;
        if (arm(text, &f) != ERR_OK) _exit(99);
        then();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    if (!WIFSTOPPED(status)) return status;
    assert_int_equal(WSTOPSIG(status), SIGSTOP);
    assert_int_equal(kill(pid, SIGCONT), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return 1000 + WEXITSTATUS(status);
}

static void reach_one_twice(void)
{
    FAILPOINT("one");
    FAILPOINT("one");
}

static void a_crash_is_a_kill_at_that_hit(void **state)
{
    int status = child("one@2:crash", reach_one_twice);
    (void)state;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(child("one@3:crash", reach_one_twice), 0); /* not reached */
}

static void a_pause_lasts_until_it_is_continued(void **state)
{
    (void)state;
    assert_int_equal(child("one:pause", reach_one_twice), 1000);
}

/* ---- files ---- */

static char directory[64], path[80];

static void write_it(void)
{
    struct fault f;
    if (file_write_new(path, STR("secret\n"), &f) != ERR_OK) _exit(98);
}

static void read_it(char out[16])
{
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    out[fread(out, 1, 15, in)] = 0;
    (void)fclose(in);
}

static void a_file_is_there_whole_or_not_at_all(void **state)
{
    static const char *const places[] = {"file.created:crash", "file.written:crash", "file.named:crash"};
    struct fault f;
    struct stat about;
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char got[16];
        assert_true(WIFSIGNALED(child(places[i], write_it)));
        assert_int_equal(access(path, F_OK) == 0, i == 2);
        assert_int_equal(file_write_new(path, STR("secret\n"), &f), i == 2 ? ERR_CONFLICT : ERR_OK);
        read_it(got);
        assert_string_equal(got, "secret\n");
        assert_int_equal(stat(path, &about), 0);
        assert_int_equal(about.st_mode & 0777, 0600);
        assert_int_equal(unlink(path), 0);
    }
}

static void a_directory_that_is_not_there_is_named(void **state)
{
    struct fault f = {0};
    (void)state;
    assert_int_equal(file_write_new("/nonexistent/a", STR("x"), &f), ERR_IO);
    assert_non_null(strstr(f.what, "/nonexistent/a"));
    assert_int_equal(file_sync_directory_of("/nonexistent/a"), ERR_IO);
}

static int make_directory(void **state)
{
    (void)state;
    if (!scratch_make(directory, sizeof directory, "file")) return -1;
    (void)snprintf(path, sizeof path, "%s/key", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_happens_when_none_is_armed),
        cmocka_unit_test(what_is_no_point_is_refused),
        cmocka_unit_test(an_error_is_given_once_at_its_hit),
        cmocka_unit_test(a_crash_is_a_kill_at_that_hit),
        cmocka_unit_test(a_pause_lasts_until_it_is_continued),
        cmocka_unit_test_setup_teardown(a_file_is_there_whole_or_not_at_all, make_directory, remove_directory),
        cmocka_unit_test(a_directory_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

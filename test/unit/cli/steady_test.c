/* steady: what a restart may believe of recorded instants after the clock was stepped. */
#include "cli/steady.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { WALL_MS = 1793620800, MINUTE_MS = 60000 };

struct notes {
    char path[64];
    struct clock clock;
    struct steady steady;
};

static struct notes *begin(void)
{
    static struct notes n;
    int fd;

    n = (struct notes){.path = "/tmp/sterling-steady-XXXXXX"};
    fd = mkstemp(n.path);
    assert_true(fd >= 0);
    (void)close(fd);
    clock_manual(&n.clock, (int64_t)WALL_MS * 1000);
    clock_advance(&n.clock, 10 * MINUTE_MS);
    assert_false(steady_check(n.path, &n.clock, &n.steady));
    steady_note(n.path, &n.clock, &n.steady);
    return &n;
}

static bool after_restart(struct notes *n)
{
    return steady_check(n->path, &n->clock, &n->steady);
}

static void an_even_clock_is_believed(void **state)
{
    struct notes *n = begin();

    (void)state;
    clock_advance(&n->clock, MINUTE_MS);
    n->clock.manual_wall_ms += 200; /* steered, not stepped */
    assert_true(after_restart(n));
    (void)unlink(n->path);
}

static void a_step_while_down_is_not_believed(void **state)
{
    struct notes *n = begin();

    (void)state;
    n->clock.manual_wall_ms += 60 * MINUTE_MS;
    assert_false(after_restart(n));
    steady_note(n->path, &n->clock, &n->steady);
    assert_false(after_restart(n)); /* nor by the start after it */
    (void)unlink(n->path);
}

static void a_step_while_running_is_not_forgotten_by_a_restart(void **state)
{
    struct notes *n = begin();

    (void)state;
    n->clock.manual_wall_ms += 60 * MINUTE_MS;
    steady_note(n->path, &n->clock, &n->steady);
    clock_advance(&n->clock, MINUTE_MS);
    steady_note(n->path, &n->clock, &n->steady);
    assert_false(after_restart(n));
    clock_advance(&n->clock, STEADY_AFTER_MS);
    assert_true(after_restart(n));
    (void)unlink(n->path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_even_clock_is_believed),
        cmocka_unit_test(a_step_while_down_is_not_believed),
        cmocka_unit_test(a_step_while_running_is_not_forgotten_by_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

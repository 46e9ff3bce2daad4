/*
 * pump_memory_test: the sending thread while an allocation fails, at many indices, once and for a while. It goes on, or
 * it ends with the clear word that there is no memory (EXIT_NO_MEMORY) and a start takes up its work; it never dies of
 * a bug, sends nothing twice, early or in quiet hours, and what survives sends everything in the end.
 *
 * STERLING_MEMORY_TRIES says how many indices, from STERLING_MEMORY_FIRST over most of those there are. Each is played
 * by a child process. One in which no allocation failed has shown nothing: it is not in the figure, and more than a
 * tenth of such fail the test.
 */
int schedule_main(void);
#define main schedule_main /* the same town and provider as the schedules' */
#include "../sim/schedule_test.c"
#undef main

#include "memory.h"

#include <sys/wait.h>
#include <unistd.h>

enum { PEOPLE = 40, TRIES = 24, SPAN = 1800, WRONG = 9, UNTOUCHED = 10, FIRST_FOR_A_WHILE = 3, UNTOUCHED_SHARE = 10 };

static int64_t survived, stopped, untouched, last;

/* Fails the n-th allocation; with `whole` all until the town has lived through its days once. */
static int play(int64_t n, bool whole)
{
    struct town *t = calloc(1, sizeof *t);
    bool wrong, failed;

    if (t == NULL) return WRONG;
    open_town(t, INT64_C(1793448000000), PEOPLE, 3);
    memory_spare(false);
    memory_fail(n, whole);
    starving = true;
    live(t);
    failed = memory_recover();
    starving = false;
    memory_spare(true);
    t->start_ms = t->now_ms; /* two days more, with memory */
    t->next_shock_ms = INT64_MAX;
    live(t);
    wrong = t->twice + t->early + t->unlawful + t->unknown > 0 || t->sent < t->count;
    if (wrong)
        fprintf(stderr, "allocation %lld%s: %zu twice, %zu early, %zu in quiet hours, %zu of %zu sent\n", (long long)n,
                whole ? " and all after it" : "", t->twice, t->early, t->unlawful, t->sent, t->count);
    return wrong ? WRONG : failed ? 0 : UNTOUCHED;
}

static void try_index(int64_t n, bool whole)
{
    pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) _exit(play(n, whole));
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status)) fail_msg("allocation %lld: killed by signal %d", (long long)n, WTERMSIG(status));
    if (WEXITSTATUS(status) == EXIT_NO_MEMORY) stopped++;
    else if (WEXITSTATUS(status) == 0) survived++;
    else if (WEXITSTATUS(status) == UNTOUCHED) untouched++;
    else fail_msg("allocation %lld: ended with %d", (long long)n, WEXITSTATUS(status));
}

static void an_allocation_fails(void **state)
{
    int64_t tries = (int64_t)number_from("STERLING_MEMORY_TRIES", TRIES);
    int64_t first = (int64_t)number_from("STERLING_MEMORY_FIRST", 1);

    (void)state;
    /* Close together at first, where every kind of allocation is met; wider apart later. */
    for (int64_t i = 0; i < tries; i++) {
        last = first + i + SPAN * i * i / (tries * tries);
        try_index(last, false);
        if (i % FIRST_FOR_A_WHILE == 0) try_index(last, true);
    }
    print_message("# %lld of %lld times none failed, because so many are not made\n", (long long)untouched,
                  (long long)(survived + stopped + untouched));
    assert_true(untouched * UNTOUCHED_SHARE <= survived + stopped + untouched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_allocation_fails)};
    int failures;

    memory_install();
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    print_message("# FIGURE the sending thread through %lld failed allocations, sampled up to the %lld-th: %lld times it "
                  "went on and sent all, %lld times it stopped for want of memory, never for a bug\n",
                  (long long)(survived + stopped), (long long)last, (long long)survived, (long long)stopped);
    return failures;
}

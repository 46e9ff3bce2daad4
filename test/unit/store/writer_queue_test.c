/* The writer's queue: what is committed together, what is refused, and what a stop leaves behind: nothing. The store
 * is one whose commits wait until the test lets them go, so that the order is the test's and not the machine's. */
#include "store/queue.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { CHANGES_MAX = 4096, COMMITS_MAX = 16 };

/* A change that knows what became of it. */
struct asked {
    struct change change; /* first */
    struct gate *gate;
    enum err told;
    int times;
    pthread_t by;
};

struct gate {
    struct store store;   /* first */
    sem_t entered, leave; /* a commit has come; it may go */
    sem_t idled, looked;  /* the writer has nothing to do; it looked at a clock that stands still */
    size_t sizes[COMMITS_MAX], commits, changes;
    size_t full_until; /* commits before that find the disk full */
    struct clock clock;
    struct writer *writer;
    struct asked asked[CHANGES_MAX];
};

static struct gate *gate_of(struct store *s)
{
    return (struct gate *)(void *)s;
}

static enum err begin(struct store *s, struct fault *f)
{
    (void)f;
    gate_of(s)->changes = 0;
    return ERR_OK;
}

static void apply(struct store *s, struct change *c)
{
    c->result = ERR_OK;
    gate_of(s)->changes++;
}

static enum err commit(struct store *s, struct fault *f)
{
    struct gate *g = gate_of(s);
    (void)sem_post(&g->entered);
    while (sem_wait(&g->leave) != 0) continue;
    g->sizes[g->commits++] = g->changes;
    if (g->commits <= g->full_until) return fault_set(f, ERR_FULL, "the disk is full");
    return ERR_OK;
}

static uint64_t commit_number(struct store *s)
{
    return gate_of(s)->commits;
}

static void idle(struct store *s)
{
    (void)sem_post(&gate_of(s)->idled);
}

static const struct store_ops OPS = {.begin = begin, .apply = apply, .commit = commit,
                                     .commit_number = commit_number, .idle = idle};

static void fatal(void *owner, const struct fault *f)
{
    (void)owner;
    bug(__FILE__, __LINE__, f->what);
}

static void told(struct change *c)
{
    struct asked *a = (struct asked *)(void *)c;
    a->told = c->result;
    a->times++;
    a->by = pthread_self();
}

static int64_t far_ahead_us(struct clock *c)
{
    (void)sem_post(&((struct gate *)(void *)((char *)c - offsetof(struct gate, clock)))->looked);
    return (int64_t)1 << 50;
}

static void start(struct gate *g, size_t queue_max, size_t batch_max)
{
    struct writer_options o = {.queue_max = queue_max, .batch_max = batch_max, .clock = &g->clock, .fatal = fatal};
    struct fault f = {0};
    memset(g, 0, sizeof *g);
    g->store.ops = &OPS;
    clock_system(&g->clock);
    assert_int_equal(sem_init(&g->entered, 0, 0), 0);
    assert_int_equal(sem_init(&g->leave, 0, 0), 0);
    assert_int_equal(sem_init(&g->idled, 0, 0), 0);
    assert_int_equal(sem_init(&g->looked, 0, 0), 0);
    assert_int_equal(writer_start(&g->store, &o, &g->writer, &f), ERR_OK);
}

static void stop(struct gate *g)
{
    for (int i = 0; i < COMMITS_MAX; i++) (void)sem_post(&g->leave);
    writer_stop(g->writer);
    (void)sem_destroy(&g->entered);
    (void)sem_destroy(&g->leave);
    (void)sem_destroy(&g->idled);
    (void)sem_destroy(&g->looked);
}

static struct asked *ask(struct gate *g, int n)
{
    struct asked *a = &g->asked[n];
    *a = (struct asked){.change = {.kind = CHANGE_META, .done = told}, .gate = g};
    writer_queue(g->writer)->submit(writer_queue(g->writer), &a->change);
    return a;
}

static void wait_for_commit(struct gate *g)
{
    while (sem_wait(&g->entered) != 0) continue;
}

static void let_go(struct gate *g)
{
    (void)sem_post(&g->leave);
}

static void assert_all_told(const struct gate *g, int from, int to, enum err code)
{
    for (int i = from; i < to; i++) {
        assert_int_equal(g->asked[i].times, 1);
        assert_int_equal(g->asked[i].told, code);
    }
}

/* Two commits, the second of three changes; then nothing is left to do. From there on time stands still: what the
 * writer waits for comes, or the test hangs. */
static void start_and_commit_three(struct gate *g)
{
    start(g, 0, 0);
    (void)ask(g, 0);
    wait_for_commit(g);
    for (int i = 1; i < 4; i++) (void)ask(g, i);
    let_go(g);
    wait_for_commit(g);
    while (sem_trywait(&g->idled) == 0) continue;
    let_go(g);
    while (sem_wait(&g->idled) != 0) continue;
    g->clock.mono_us = far_ahead_us;
}

/* ---- the tests ---- */

static void what_comes_during_a_commit_goes_into_the_next_one(void **state)
{
    static struct gate g;
    (void)state;
    start(&g, 0, 0);
    (void)ask(&g, 0);
    wait_for_commit(&g);
    for (int i = 1; i < 6; i++) (void)ask(&g, i);
    assert_int_equal(g.asked[0].times, 0); /* nobody hears of it before the disk does */
    let_go(&g);
    wait_for_commit(&g);
    stop(&g);
    assert_int_equal(g.commits, 2);
    assert_int_equal(g.sizes[0], 1);
    assert_int_equal(g.sizes[1], 5);
    assert_all_told(&g, 0, 6, ERR_OK);
}

static void a_batch_has_a_bound(void **state)
{
    static struct gate g;
    (void)state;
    start(&g, 0, 2);
    (void)ask(&g, 0);
    wait_for_commit(&g);
    for (int i = 1; i < 6; i++) (void)ask(&g, i);
    stop(&g);
    assert_int_equal(g.commits, 4);
    assert_int_equal(g.sizes[1], 2);
    assert_int_equal(g.sizes[2], 2);
    assert_int_equal(g.sizes[3], 1);
    assert_all_told(&g, 0, 6, ERR_OK);
}

static void a_batch_waits_until_as_many_came_as_in_the_last_one(void **state)
{
    static struct gate g;
    (void)state;
    start_and_commit_three(&g);
    (void)ask(&g, 4);
    while (sem_wait(&g.looked) != 0) continue; /* it gathers */
    (void)ask(&g, 5);
    (void)ask(&g, 6);
    wait_for_commit(&g);
    stop(&g);
    assert_int_equal(g.commits, 3);
    assert_int_equal(g.sizes[1], 3);
    assert_int_equal(g.sizes[2], 3);
}

static void an_urgent_change_does_not_wait_for_as_many(void **state)
{
    static struct gate g;
    struct asked *urgent = &g.asked[5];
    (void)state;
    start_and_commit_three(&g);
    (void)ask(&g, 4);
    while (sem_wait(&g.looked) != 0) continue;
    *urgent = (struct asked){.change = {.kind = CHANGE_META, .urgent = true, .done = told}, .gate = &g};
    writer_queue(g.writer)->submit(writer_queue(g.writer), &urgent->change);
    wait_for_commit(&g);
    stop(&g);
    assert_int_equal(g.commits, 3);
    assert_int_equal(g.sizes[2], 2);
}

static void a_full_queue_refuses_at_once_and_loses_nothing(void **state)
{
    static struct gate g;
    struct asked *refused;
    (void)state;
    start(&g, 3, 0);
    (void)ask(&g, 0);
    wait_for_commit(&g);
    for (int i = 1; i < 4; i++) (void)ask(&g, i);
    refused = ask(&g, 4);
    assert_int_equal(refused->times, 1); /* told before submit came back, by the asking thread */
    assert_int_equal(refused->told, ERR_FULL);
    assert_true(pthread_equal(refused->by, pthread_self()));
    assert_non_null(strstr(refused->change.fault.what, "queue is full"));
    stop(&g);
    assert_all_told(&g, 0, 4, ERR_OK);
}

static void *stop_it(void *owner)
{
    writer_stop(((struct gate *)owner)->writer);
    return NULL;
}

static void a_stop_commits_what_waits_and_refuses_what_comes(void **state)
{
    static struct gate g;
    pthread_t stopper;
    int taken = 3;
    (void)state;
    start(&g, 0, 0);
    (void)ask(&g, 0);
    wait_for_commit(&g);
    (void)ask(&g, 1);
    (void)ask(&g, 2);
    assert_int_equal(pthread_create(&stopper, NULL, stop_it, &g), 0);
    /* Until the stop is under way; what is taken before that is committed too. The last place is for the refused. */
    while (taken < CHANGES_MAX - 1 && ask(&g, taken)->times == 0) {
        taken++;
        for (int i = 0; i < 10000; i++) (void)sched_yield();
    }
    assert_int_equal(g.asked[taken].told, ERR_FULL);
    for (int i = 0; i < COMMITS_MAX; i++) let_go(&g);
    (void)pthread_join(stopper, NULL);
    assert_all_told(&g, 0, taken, ERR_OK);
}

static void after_a_full_disk_it_goes_on(void **state)
{
    static struct gate g;
    (void)state;
    start(&g, 0, 0);
    g.full_until = 1;
    (void)ask(&g, 0);
    wait_for_commit(&g);
    (void)ask(&g, 1);
    (void)ask(&g, 2);
    stop(&g);
    assert_int_equal(g.asked[0].told, ERR_FULL);
    assert_non_null(strstr(g.asked[0].change.fault.what, "disk is full"));
    assert_all_told(&g, 1, 3, ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_during_a_commit_goes_into_the_next_one),
        cmocka_unit_test(a_batch_has_a_bound),
        cmocka_unit_test(a_batch_waits_until_as_many_came_as_in_the_last_one),
        cmocka_unit_test(an_urgent_change_does_not_wait_for_as_many),
        cmocka_unit_test(a_full_queue_refuses_at_once_and_loses_nothing),
        cmocka_unit_test(a_stop_commits_what_waits_and_refuses_what_comes),
        cmocka_unit_test(after_a_full_disk_it_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every call of the disk below the store fails in turn, once and for good: what is refused says so, what was answered
 * stays, a full disk is got over without a restart, any other failure by one, and in the end the database is the same
 * as if nothing had happened.
 *   STERLING_SEED=N (1)   STERLING_POWER_FAILURES=N (20), about so many; each call has its turn if there are enough */
#include "faultvfs.h"
#include "script.h"

#include "store/queue.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { OPERATIONS = 80, TRIES_FULL = 3, IDLE_EVERY = 7, LEAST = 6 };

static const char *const names[FAILINGS] = {"none", "I/O error", "disk full", "sync error", "short read"};

static struct {
    uint64_t states[4 * OPERATIONS]; /* by commit number, from the run without failures */
    enum failing how;
    uint64_t at, seed;
    bool forever, learning;
    uint64_t calls[FAILINGS], all_calls;
    size_t refused, restarts, runs;
} sweep;

#define DEMAND(condition, ...)                                                                                        \
    do {                                                                                                              \
        if (!(condition)) {                                                                                           \
            print_message("# %s at call %llu, %s: ", names[sweep.how], (unsigned long long)sweep.at,                  \
                          sweep.forever ? "for good" : "once");                                                       \
            fail_msg(__VA_ARGS__);                                                                                    \
        }                                                                                                             \
    } while (0)

static uint64_t setting(const char *name, uint64_t preset)
{
    const char *text = getenv(name);
    return text == NULL ? preset : strtoull(text, NULL, 10);
}

static uint64_t state_now(struct twin *t)
{
    char path[96], wrong[256];
    sqlite3 *probe;
    uint64_t state;
    twin_path(t, path, sizeof path);
    probe = script_probe(path);
    script_unsound(probe, wrong, sizeof wrong);
    DEMAND(wrong[0] == 0, "%s", wrong);
    state = script_state(probe);
    (void)sqlite3_close(probe);
    return state;
}

/* ---- one change, whatever happens ---- */

static enum err try_once(struct twin *t, struct change *c, struct fault *f)
{
    enum err code;
    c->result = ERR_OK;
    faultvfs_hold(false);
    code = t->ops->begin(t->store, f);
    if (code == ERR_OK) {
        t->ops->apply(t->store, c);
        code = t->ops->commit(t->store, f);
    }
    faultvfs_hold(true);
    return code;
}

/* The process ends and the power goes with it; then it starts on what is left. While the disk stays broken a start
 * is refused in words. */
static void restart(struct twin *t, uint64_t before)
{
    char path[96];
    const struct store_sqlite_options o = {.path = path, .cache_kib = 4096, .wal_bytes_max = 1 << 20};
    size_t step = faultvfs_steps();
    struct fault f = {0};
    twin_path(t, path, sizeof path);
    t->ops->reader_close(t->reader);
    t->ops->close(t->store);
    faultvfs_record(false);
    faultvfs_crash(step, (enum damage)(sweep.at % DAMAGES), sweep.seed);
    sweep.restarts++;
    if (sweep.forever) {
        faultvfs_hold(false);
        if (store_sqlite_open(&o, &t->store, &f) == ERR_OK) t->ops->close(t->store);
        else DEMAND(f.what[0] != 0, "a start was refused without a word");
        faultvfs_hold(true);
        faultvfs_fail(FAIL_NONE, 0, false);
    }
    DEMAND(store_sqlite_open(&o, &t->store, &f) == ERR_OK, "%s", f.what);
    DEMAND(t->ops->reader_open(t->store, &t->reader, &f) == ERR_OK, "%s", f.what);
    DEMAND(t->ops->commit_number(t->store) - before <= 1, "commit %llu after %llu were answered",
           (unsigned long long)t->ops->commit_number(t->store), (unsigned long long)before);
    DEMAND(state_now(t) == sweep.states[t->ops->commit_number(t->store)], "what is there is not what was");
    faultvfs_settle();
}

static void idle(struct twin *t)
{
    if (t->ops->commit_number(t->store) % IDLE_EVERY != 0) return;
    faultvfs_hold(false);
    t->ops->idle(t->store);
    faultvfs_hold(true);
}

static enum err careful_put(struct twin *t, struct change *c)
{
    uint64_t before = t->ops->commit_number(t->store);
    unsigned char asked[4096]; /* a refused change may have been filled in */
    enum err code;
    assert_true(twin_change_bytes <= sizeof asked);
    memcpy(asked, c, twin_change_bytes);
    for (int tries = 1;; tries++) {
        struct fault f = {0};
        if (tries > 1) memcpy(c, asked, twin_change_bytes);
        code = try_once(t, c, &f);
        if (code == ERR_OK) break;
        sweep.refused++;
        DEMAND(faultvfs_failed(), "refused without a reason: %s", f.what);
        DEMAND(f.what[0] != 0, "refused without a word");
        DEMAND(sweep.how != FAIL_FULL || code == ERR_FULL, "a full disk was called %s: %s", err_name(code), f.what);
        DEMAND(sweep.how == FAIL_FULL || code != ERR_FULL, "called a full disk: %s", f.what);
        if (code == ERR_FULL) {
            DEMAND(t->ops->commit_number(t->store) == before, "refused, and yet counted");
            if (tries == TRIES_FULL) faultvfs_fail(FAIL_NONE, 0, false); /* space was made */
            continue;
        }
        restart(t, before);
        if (t->ops->commit_number(t->store) == before + 1) break; /* it was there already */
    }
    if (sweep.learning) sweep.states[before + 1] = state_now(t);
    idle(t);
    return c->result;
}

/* ---- a run ---- */

/* How many calls of the kind were left when it ended. */
static uint64_t run(enum failing how, uint64_t at, bool forever)
{
    struct twin t;
    uint64_t left;
    sweep.how = how;
    sweep.at = at;
    sweep.forever = forever;
    sweep.runs++;
    faultvfs_forget();
    faultvfs_hold(true);
    faultvfs_record(true);
    twin_open(&t);
    faultvfs_fail(how, at, forever);
    script_run(&t, sweep.seed, OPERATIONS);
    left = faultvfs_left();
    faultvfs_fail(FAIL_NONE, 0, false);
    DEMAND(state_now(&t) == sweep.states[t.ops->commit_number(t.store)], "the end is another one");
    twin_close(&t);
    faultvfs_record(false);
    return left;
}

static void count_calls(void)
{
    const uint64_t many = UINT64_C(1) << 40;
    for (enum failing how = FAIL_IO; how < FAILINGS; how++) {
        sweep.calls[how] = many - run(how, many, false);
        sweep.all_calls += sweep.calls[how];
    }
}

/* From call to call of a kind: one share for all kinds, but a few of each. */
static uint64_t stride_of(enum failing how)
{
    uint64_t stride = 2 * sweep.all_calls / setting("STERLING_POWER_FAILURES", 20), most = sweep.calls[how] / LEAST;
    if (stride > most) stride = most;
    return stride == 0 ? 1 : stride;
}

static void fail_each_call(enum failing how)
{
    uint64_t stride = stride_of(how);
    size_t runs = sweep.runs, refused = sweep.refused, restarts = sweep.restarts, tried = 0;
    assert_true(sweep.calls[how] > 0);
    for (uint64_t at = sweep.seed % stride; at < sweep.calls[how]; at += stride, tried++) {
        (void)run(how, at, false);
        (void)run(how, at, true);
    }
    print_message("# failures: %s: %zu runs at %zu of %llu calls, %zu refusals, %zu restarts\n", names[how],
                  sweep.runs - runs, tried, (unsigned long long)sweep.calls[how], sweep.refused - refused,
                  sweep.restarts - restarts);
    assert_true(sweep.refused > refused);
}

static void a_full_disk_is_got_over_without_a_restart(void **state)
{
    size_t restarts = sweep.restarts;
    (void)state;
    fail_each_call(FAIL_FULL);
    assert_int_equal(sweep.restarts, restarts);
}

static void an_io_error_costs_nothing_but_a_restart(void **state)
{
    (void)state;
    fail_each_call(FAIL_IO);
}

static void a_sync_that_failed_is_never_believed(void **state)
{
    size_t restarts = sweep.restarts;
    (void)state;
    fail_each_call(FAIL_SYNC);
    assert_true(sweep.restarts > restarts);
}

static void a_short_read_is_no_data(void **state)
{
    (void)state;
    fail_each_call(FAIL_SHORT_READ);
}

/* ---- through the writer, as the server has it ---- */

static int fatals;

static void fatal(void *owner, const struct fault *f)
{
    (void)owner;
    if (f->what[0] != 0) fatals++;
    pthread_exit(NULL); /* the process would end here */
}

static enum err put_meta(struct writer *w, const char *value, struct fault *f)
{
    struct change_meta c = {.head.kind = CHANGE_META, .name = STR("seen"), .value = str_from(value)};
    enum err code = store_change_wait(writer_queue(w), &c.head);
    *f = c.head.fault;
    return code;
}

static void assert_meta(struct twin *t, const char *value)
{
    struct str got = {0};
    assert_int_equal(t->ops->meta_get(t->reader, &t->arena, STR("seen"), &got), ERR_OK);
    assert_true(str_equal(got, str_from(value)));
}

static void work_is_refused_while_the_disk_is_full_and_taken_when_it_is_not(void **state)
{
    struct twin t;
    struct clock clock;
    struct writer_options o = {.clock = &clock, .fatal = fatal};
    struct writer *w = NULL;
    struct fault f = {0};
    (void)state;
    faultvfs_forget();
    twin_open(&t);
    clock_system(&clock);
    assert_int_equal(writer_start(t.store, &o, &w, &f), ERR_OK);
    assert_int_equal(put_meta(w, "before", &f), ERR_OK);
    faultvfs_hold(false);
    faultvfs_fail(FAIL_FULL, 0, true);
    for (int i = 0; i < TRIES_FULL; i++) {
        assert_int_equal(put_meta(w, "refused", &f), ERR_FULL);
        assert_true(f.what[0] != 0);
        assert_meta(&t, "before"); /* what was answered is still there, and can be read */
    }
    faultvfs_fail(FAIL_NONE, 0, false);
    assert_int_equal(put_meta(w, "after", &f), ERR_OK);
    assert_meta(&t, "after");
    faultvfs_hold(true);
    writer_stop(w);
    twin_close(&t);
    assert_int_equal(fatals, 0);
}

static void told_nothing(struct change *c)
{
    (void)c;
    fail(); /* neither done nor failed: the process has ended */
}

static void a_failed_sync_ends_the_process_before_anybody_is_told(void **state)
{
    struct change_meta c = {.head = {.kind = CHANGE_META, .done = told_nothing}, .name = STR("seen"),
                            .value = STR("x")};
    struct twin t;
    struct clock clock;
    struct writer_options o = {.clock = &clock, .fatal = fatal};
    struct writer *w = NULL;
    struct fault f = {0};
    (void)state;
    faultvfs_forget();
    twin_open(&t);
    clock_system(&clock);
    assert_int_equal(writer_start(t.store, &o, &w, &f), ERR_OK);
    faultvfs_hold(false);
    faultvfs_fail(FAIL_SYNC, 0, false);
    writer_queue(w)->submit(writer_queue(w), &c.head);
    writer_stop(w); /* its thread has ended by itself */
    assert_int_equal(fatals, 1);
    faultvfs_hold(true);
    twin_close(&t);
}

static int set_up(void **state)
{
    struct twin t;
    (void)state;
    faultvfs_install();
    faultvfs_hold(true);
    twin_put = careful_put;
    sweep.seed = setting("STERLING_SEED", 1);
    sweep.learning = true;
    twin_open(&t);
    sweep.states[0] = state_now(&t);
    script_run(&t, sweep.seed, OPERATIONS);
    twin_close(&t);
    sweep.learning = false;
    count_calls();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_is_got_over_without_a_restart),
        cmocka_unit_test(a_sync_that_failed_is_never_believed),
        cmocka_unit_test(an_io_error_costs_nothing_but_a_restart),
        cmocka_unit_test(a_short_read_is_no_data),
        cmocka_unit_test(work_is_refused_while_the_disk_is_full_and_taken_when_it_is_not),
        cmocka_unit_test(a_failed_sync_ends_the_process_before_anybody_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}

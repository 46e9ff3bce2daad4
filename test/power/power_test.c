/* The power goes at every write and sync of a script of real changes: the database is sound after each, every change
 * that was answered is there whole, none is there in part, and what may have been sent is known to have been armed.
 *   STERLING_SEED=N (1)   STERLING_POWER_OPERATIONS=N (200)   STERLING_POWER_RECOVERIES=N (150), at least so many */
#include "faultvfs.h"
#include "script.h"

#include "store/epoch.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { COMMITS_MAX = 4096, EPOCH_EVERY = 10, EPOCH_LOOKS = 8, IDLE_EVERY = 7, ARMS_MAX = 2048 };

/* What is so from a step on. */
struct mark {
    size_t step;
    uint64_t commit; /* answered */
    size_t sent;     /* attempts that may be out */
};

static struct {
    struct mark marks[COMMITS_MAX];
    size_t count, now;
    uint64_t states[COMMITS_MAX]; /* by commit number */
    struct sent sent[SENT_MAX];
    size_t sent_count;
    char path[96], epoch_path[96];
    sqlite3 *probe;
    struct twin twin;
} run;

static uint64_t setting(const char *name, uint64_t preset)
{
    const char *text = getenv(name);
    return text == NULL ? preset : strtoull(text, NULL, 10);
}

/* ---- recording ---- */

static void note_sent(const struct change *c)
{
    const struct change_arm *a = (const struct change_arm *)(const void *)c;
    if (c->kind != CHANGE_ARM) return;
    for (size_t i = 0; i < a->items_count; i++)
        if (a->items[i].verdict == ARM_ARMED && run.sent_count < SENT_MAX)
            run.sent[run.sent_count++] =
                (struct sent){a->items[i].armed.org, a->items[i].armed.message, a->items[i].armed.attempt};
}

static enum err record_put(struct twin *t, struct change *c)
{
    struct fault f = {0};
    uint64_t number;
    assert_int_equal(t->ops->begin(t->store, &f), ERR_OK);
    t->ops->apply(t->store, c);
    if (t->ops->commit(t->store, &f) != ERR_OK) fail_msg("%s", f.what);
    number = t->ops->commit_number(t->store);
    assert_true(number < COMMITS_MAX);
    if (c->result == ERR_OK) note_sent(c);
    run.states[number] = script_state(run.probe);
    run.marks[run.count++] = (struct mark){faultvfs_steps(), number, run.sent_count};
    if (number % IDLE_EVERY == 0) t->ops->idle(t->store);
    return c->result;
}

static void record(uint64_t seed, size_t operations)
{
    faultvfs_install();
    faultvfs_record(true);
    twin_open(&run.twin);
    twin_path(&run.twin, run.path, sizeof run.path);
    (void)snprintf(run.epoch_path, sizeof run.epoch_path, "%s/epoch", run.twin.directory);
    run.probe = script_probe(run.path);
    assert_non_null(run.probe);
    run.states[0] = script_state(run.probe);
    run.marks[run.count++] = (struct mark){faultvfs_steps(), 0, 0};
    twin_put = record_put;
    script_run(&run.twin, seed, operations);
    twin_put = NULL;
    (void)sqlite3_close(run.probe);
    run.twin.ops->reader_close(run.twin.reader);
    run.twin.ops->close(run.twin.store);
    faultvfs_record(false);
}

/* ---- recovering ---- */

static struct mark mark_at(size_t step)
{
    while (run.now + 1 < run.count && run.marks[run.now + 1].step <= step) run.now++;
    return run.marks[run.now].step <= step ? run.marks[run.now] : (struct mark){0};
}

struct recovery {
    size_t step;
    enum damage damage;
    uint64_t seed;
    struct mark mark;
    struct store *store;
    uint64_t commit;
};

#define DEMAND(r, condition, ...)                                                                                     \
    do {                                                                                                              \
        if (!(condition)) {                                                                                           \
            print_message("# power gone at step %zu, damage %d, seed %llu, commit %llu answered: ", (r)->step,        \
                          (int)(r)->damage, (unsigned long long)(r)->seed, (unsigned long long)(r)->mark.commit);     \
            fail_msg(__VA_ARGS__);                                                                                    \
        }                                                                                                             \
    } while (0)

/* Every change that was answered, perhaps the one on its way, and nothing in part. */
static void assert_state(const struct recovery *r)
{
    sqlite3 *probe = script_probe(run.path);
    char wrong[256];
    uint64_t state;
    DEMAND(r, r->commit >= r->mark.commit, "commit %llu is the last one: an answered change is lost",
           (unsigned long long)r->commit);
    DEMAND(r, r->commit <= r->mark.commit + 1, "commit %llu was not yet made", (unsigned long long)r->commit);
    script_unsound(probe, wrong, sizeof wrong);
    DEMAND(r, wrong[0] == 0, "%s", wrong);
    state = script_state(probe);
    (void)sqlite3_close(probe);
    DEMAND(r, state == run.states[r->commit], "commit %llu is there, but not as it was", (unsigned long long)r->commit);
}

static bool is_armed(const struct armed *rows, size_t count, const struct sent *s)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].message == s->message && rows[i].attempt == s->attempt && rows[i].org == s->org) return true;
    return false;
}

/* No attempt that may be out is taken for one that never was. */
static void assert_sent_known(const struct recovery *r)
{
    static struct armed rows[ARMS_MAX];
    const struct store_ops *ops = r->store->ops;
    struct change_recover c = {.head.kind = CHANGE_RECOVER, .now_ms = T0 + 1000, .deadline_ms = T0 + 36000,
                               .first_ms = T0 + 96000};
    struct store_reader *reader = NULL;
    struct arena text;
    struct fault f = {0};
    size_t count = ARMS_MAX;
    arena_init(&text, 1 << 20);
    assert_int_equal(ops->begin(r->store, &f), ERR_OK);
    ops->apply(r->store, &c.head);
    DEMAND(r, ops->commit(r->store, &f) == ERR_OK && c.head.result == ERR_OK, "recovering: %s", f.what);
    DEMAND(r, ops->reader_open(r->store, &reader, &f) == ERR_OK, "%s", f.what);
    assert_int_equal(ops->arms_recent(reader, 0, rows, &count), ERR_OK);
    for (size_t i = 0; i < r->mark.sent; i++) {
        const struct sent *s = &run.sent[i];
        struct message m = {0};
        DEMAND(r, is_armed(rows, count, s), "message %llu was sent and is not armed", (unsigned long long)s->message);
        DEMAND(r, ops->message_get(reader, &text, s->org, s->message, &m) == ERR_OK && m.attempt >= s->attempt,
               "message %llu would be sent again", (unsigned long long)s->message);
    }
    ops->reader_close(reader);
    arena_reset(&text);
}

/* The file outside is written after the database, and so is never ahead of it. */
static void assert_epoch(const struct recovery *r)
{
    static uint64_t written;
    static struct epoch_file file;
    enum epoch_state state = EPOCH_FOREIGN;
    struct fault f = {0};
    DEMAND(r, r->commit >= r->mark.commit - r->mark.commit % EPOCH_EVERY, "the epoch file is ahead");
    if (r->mark.commit < EPOCH_EVERY || r->step % EPOCH_LOOKS != 0) return; /* the file itself is slower to ask */
    assert_int_equal(epoch_open(&file, run.epoch_path, r->store, &state, &f), ERR_OK);
    if (written != r->mark.commit - r->mark.commit % EPOCH_EVERY) {
        written = r->mark.commit - r->mark.commit % EPOCH_EVERY;
        assert_int_equal(epoch_write(&file, written, &f), ERR_OK);
        assert_int_equal(epoch_open(&file, run.epoch_path, r->store, &state, &f), ERR_OK);
    }
    DEMAND(r, state == EPOCH_SAME, "the epoch file says %llu and the database %llu: %s", (unsigned long long)written,
           (unsigned long long)r->commit, epoch_state_name(state));
}

static void recover(size_t step, enum damage damage, uint64_t seed)
{
    const struct store_sqlite_options o = {.path = run.path, .cache_kib = 2048, .wal_bytes_max = 1 << 20};
    struct recovery r = {.step = step, .damage = damage, .seed = seed, .mark = mark_at(step)};
    struct fault f = {0};
    faultvfs_crash(step, damage, seed);
    DEMAND(&r, store_sqlite_open(&o, &r.store, &f) == ERR_OK, "%s", f.what);
    r.commit = r.store->ops->commit_number(r.store);
    assert_state(&r);
    assert_epoch(&r);
    assert_sent_known(&r);
    r.store->ops->close(r.store);
}

/* ---- the tests ---- */

static size_t recoveries;

static void nothing_answered_is_lost_wherever_the_power_goes(void **state)
{
    size_t steps = faultvfs_steps(), wanted = setting("STERLING_POWER_RECOVERIES", 150);
    uint64_t seed = setting("STERLING_SEED", 1);
    size_t per_step = wanted / steps + 1, stride = wanted >= steps ? 1 : steps / wanted;
    clock_t began = clock(); /* tidy: because the figure is CPU time, which no clock of ours knows */
    (void)state;
    for (size_t step = seed % stride; step <= steps; step += stride)
        for (size_t i = 0; i < per_step; i++, recoveries++)
            recover(step, (enum damage)((i + step) % DAMAGES), seed + i);
    print_message("# power: %zu recoveries at %zu of %zu steps of %llu commits, %.2f ms of CPU each\n", recoveries,
                  steps / stride, steps, (unsigned long long)run.marks[run.count - 1].commit,
                  1000.0 * (double)(clock() - began) / CLOCKS_PER_SEC / (double)recoveries); /* tidy: because as above */
}

/* What the epoch file is for: the same database, some commits ago. */
static void an_older_copy_is_known_as_one(void **state)
{
    const struct store_sqlite_options o = {.path = run.path, .cache_kib = 2048, .wal_bytes_max = 1 << 20};
    struct mark then = run.marks[run.count / 2];
    struct epoch_file file = {0};
    enum epoch_state epoch = EPOCH_SAME;
    struct store *store = NULL;
    struct fault f = {0};
    (void)state;
    faultvfs_rewind();
    run.now = 0;
    faultvfs_crash(then.step, DAMAGE_KEEP, 1);
    assert_int_equal(store_sqlite_open(&o, &store, &f), ERR_OK);
    assert_int_equal(store->ops->commit_number(store), then.commit);
    assert_int_equal(epoch_open(&file, run.epoch_path, store, &epoch, &f), ERR_OK);
    assert_int_equal(epoch_write(&file, run.marks[run.count - 1].commit, &f), ERR_OK);
    assert_int_equal(epoch_open(&file, run.epoch_path, store, &epoch, &f), ERR_OK);
    assert_int_equal(epoch, EPOCH_RESTORED);
    store->ops->close(store);
}

static int set_up(void **state)
{
    (void)state;
    record(setting("STERLING_SEED", 1), setting("STERLING_POWER_OPERATIONS", 200));
    return 0;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    faultvfs_forget();
    arena_reset(&run.twin.arena);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", run.twin.directory);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_answered_is_lost_wherever_the_power_goes),
        cmocka_unit_test(an_older_copy_is_known_as_one),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

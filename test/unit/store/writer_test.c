/* The writer's word: nobody is told of a change before the disk has it, nor that it has what it has not. */
#include "store/queue.h"
#include "store/store.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A store that has no tables: it only notes the order of what is asked of it. */
struct recorder {
    struct store store; /* first */
    enum err commit_gives;
    atomic_int committed, fatal, told, told_early;
};

static struct recorder *recorder_of(struct store *s)
{
    return (struct recorder *)(void *)s;
}

static enum err begin(struct store *s, struct fault *f)
{
    (void)s, (void)f;
    return ERR_OK;
}

static void apply(struct store *s, struct change *c)
{
    (void)s;
    c->result = ERR_OK;
}

static enum err commit(struct store *s, struct fault *f)
{
    struct recorder *r = recorder_of(s);

    if (r->commit_gives != ERR_OK) return fault_set(f, r->commit_gives, "as the test wants it");
    atomic_fetch_add(&r->committed, 1);
    return ERR_OK;
}

static uint64_t commit_number(struct store *s)
{
    return (uint64_t)atomic_load(&recorder_of(s)->committed);
}

static void idle(struct store *s)
{
    (void)s;
}

static const struct store_ops OPS = {.begin = begin, .apply = apply, .commit = commit,
                                     .commit_number = commit_number, .idle = idle};

static void fatal(void *owner, const struct fault *f)
{
    struct recorder *r = owner;

    (void)f;
    atomic_fetch_add(&r->fatal, 1);
    pthread_exit(NULL); /* it must not return */
}

static void done(struct change *c)
{
    struct recorder *r = c->owner;

    if (atomic_load(&r->committed) == 0) atomic_fetch_add(&r->told_early, 1);
    atomic_fetch_add(&r->told, 1);
}

static struct recorder r;

/* One change of that kind through a writer, which is stopped after it. */
static enum err write_one(enum change_kind kind, enum err commit_gives)
{
    struct clock clock;
    struct writer *w;
    struct fault f = {0};
    struct change c = {.kind = kind, .done = done, .owner = &r};

    clock_system(&clock);
    memset(&r, 0, sizeof r);
    r.store.ops = &OPS;
    r.commit_gives = commit_gives;
    assert_int_equal(writer_start(&r.store, &(struct writer_options){.clock = &clock, .fatal = fatal, .owner = &r},
                                  &w, &f), ERR_OK);
    writer_queue(w)->submit(writer_queue(w), &c);
    writer_stop(w);
    return c.result;
}

static void told_once_after_its_commit(enum change_kind kind)
{
    assert_int_equal(write_one(kind, ERR_OK), ERR_OK);
    assert_int_equal(atomic_load(&r.committed), 1);
    assert_int_equal(atomic_load(&r.told), 1);
    assert_int_equal(atomic_load(&r.told_early), 0);
}

static void a_message_is_accepted_only_once_it_is_committed(void **state)
{
    (void)state;
    told_once_after_its_commit(CHANGE_ADMIT);
}

static void a_webhook_is_answered_only_once_it_is_committed(void **state)
{
    (void)state;
    told_once_after_its_commit(CHANGE_STATUS);
    told_once_after_its_commit(CHANGE_INBOUND);
}

static void nothing_is_posted_before_its_arming_is_committed(void **state)
{
    (void)state;
    told_once_after_its_commit(CHANGE_ARM);
}

static void a_full_disk_is_told_as_such(void **state)
{
    (void)state;
    assert_int_equal(write_one(CHANGE_ADMIT, ERR_FULL), ERR_FULL);
    assert_int_equal(atomic_load(&r.told), 1);
    assert_int_equal(atomic_load(&r.fatal), 0);
}

/* A sync that failed once is never tried again: what the disk has is not known any more. */
static void a_failed_sync_ends_the_process(void **state)
{
    (void)state;
    (void)write_one(CHANGE_ADMIT, ERR_IO);
    assert_int_equal(atomic_load(&r.fatal), 1);
    assert_int_equal(atomic_load(&r.told), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_accepted_only_once_it_is_committed),
        cmocka_unit_test(a_webhook_is_answered_only_once_it_is_committed),
        cmocka_unit_test(nothing_is_posted_before_its_arming_is_committed),
        cmocka_unit_test(a_full_disk_is_told_as_such),
        cmocka_unit_test(a_failed_sync_ends_the_process),
    };
    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}

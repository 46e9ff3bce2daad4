/* Wake-ups: at once, or once at the end of what is told together; and a bell is taken down only when it is quiet. */
#include "base/bell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

enum { MANY = 20 };

static struct bell *rung[64];
static size_t rung_count;

static void note(void *owner)
{
    rung[rung_count++] = owner;
}

static struct bell made(struct bell *self)
{
    return (struct bell){.ring = note, .owner = self};
}

static void rings_at_once_unless_held(void **state)
{
    struct bell b = made(&b);
    (void)state;
    rung_count = 0;
    bell_ring(&b);
    bell_ring(&b);
    assert_int_equal(rung_count, 2);
}

static void held_rings_come_once_each_in_order(void **state)
{
    struct bell a = made(&a), b = made(&b);
    (void)state;
    rung_count = 0;
    bells_hold();
    for (int i = 0; i < 3; i++) {
        bell_ring(&b);
        bell_ring(&a);
    }
    assert_int_equal(rung_count, 0);
    bells_release();
    assert_int_equal(rung_count, 2);
    assert_ptr_equal(rung[0], &b);
    assert_ptr_equal(rung[1], &a);
    bell_ring(&a);
    assert_int_equal(rung_count, 3);
}

static void no_ring_is_lost_when_there_are_more_than_fit(void **state)
{
    struct bell bells[MANY];
    unsigned seen = 0;
    (void)state;
    rung_count = 0;
    bells_hold();
    for (size_t i = 0; i < MANY; i++) {
        bells[i] = made(&bells[i]);
        bell_ring(&bells[i]);
    }
    bells_release();
    for (size_t i = 0; i < rung_count; i++) seen |= 1U << (rung[i] - bells);
    assert_int_equal(seen, (1U << MANY) - 1);
}

static void *ring_elsewhere(void *bell)
{
    bell_ring(bell);
    return NULL;
}

static void what_one_thread_holds_puts_off_no_other(void **state)
{
    struct bell b = made(&b);
    pthread_t other;
    (void)state;
    rung_count = 0;
    bells_hold();
    assert_int_equal(pthread_create(&other, NULL, ring_elsewhere, &b), 0);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(rung_count, 1);
    bells_release();
    assert_int_equal(rung_count, 1);
}

static void *take_down(void *bell)
{
    bell_await_quiet(bell);
    return (void *)(uintptr_t)rung_count;
}

/* Whoever takes it down waits for the ring that is held. */
static void is_quiet_only_after_the_held_ring(void **state)
{
    struct bell b = made(&b);
    pthread_t owner;
    void *rings_before;
    (void)state;
    rung_count = 0;
    bells_hold();
    bell_enter(&b);
    bell_ring(&b);
    bell_leave(&b);
    assert_int_equal(pthread_create(&owner, NULL, take_down, &b), 0);
    bells_release();
    assert_int_equal(pthread_join(owner, &rings_before), 0);
    assert_int_equal((uintptr_t)rings_before, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rings_at_once_unless_held),
        cmocka_unit_test(held_rings_come_once_each_in_order),
        cmocka_unit_test(no_ring_is_lost_when_there_are_more_than_fit),
        cmocka_unit_test(what_one_thread_holds_puts_off_no_other),
        cmocka_unit_test(is_quiet_only_after_the_held_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

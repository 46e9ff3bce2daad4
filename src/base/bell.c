/* bell: wake-ups put off. Contract in bell.h. More bells than fit are rung at once: that costs, and harms nothing. */
#include "base/bell.h"

#include "base/err.h"

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

enum { BELLS_HELD_MAX = 8 };

static _Thread_local struct {
    bool holding;
    size_t count;
    struct bell *bells[BELLS_HELD_MAX];
} held;

void bell_enter(struct bell *b)
{
    atomic_fetch_add(&b->users, 1);
}

void bell_leave(struct bell *b)
{
    atomic_fetch_sub(&b->users, 1);
}

void bell_await_quiet(struct bell *b)
{
    while (atomic_load(&b->users) > 0) (void)sched_yield();
}

void bells_hold(void)
{
    BUG_IF(held.holding);
    held.holding = true;
}

void bells_release(void)
{
    BUG_IF(!held.holding);
    held.holding = false;
    for (size_t i = 0; i < held.count; i++) {
        struct bell *b = held.bells[i];
        b->ring(b->owner);
        bell_leave(b);
    }
    held.count = 0;
}

void bell_ring(struct bell *b)
{
    if (!held.holding) {
        b->ring(b->owner);
        return;
    }
    for (size_t i = 0; i < held.count; i++)
        if (held.bells[i] == b) return;
    if (held.count == BELLS_HELD_MAX) {
        b->ring(b->owner);
        return;
    }
    bell_enter(b);
    held.bells[held.count++] = b;
}

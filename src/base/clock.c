/* clock: the only place that asks the system for the time. Contract in clock.h. */
#include "base/clock.h"

#include "base/err.h"

#include <poll.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec now;
    BUG_IF(clock_gettime(id, &now) != 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_wall_ms(struct clock *c)
{
    return read_us(CLOCK_REALTIME) / 1000 + __atomic_load_n(&c->wall_offset_ms, __ATOMIC_RELAXED);
}

static int64_t system_mono_us(struct clock *c)
{
    (void)c;
    return read_us(CLOCK_MONOTONIC);
}

void clock_system(struct clock *c)
{
    *c = (struct clock){.wall_ms = system_wall_ms, .mono_us = system_mono_us};
}

void clock_set_wall_offset(struct clock *c, int64_t offset_ms)
{
    __atomic_store_n(&c->wall_offset_ms, offset_ms, __ATOMIC_RELAXED);
}

static int64_t manual_wall_ms(struct clock *c)
{
    return c->manual_wall_ms;
}

static int64_t manual_mono_us(struct clock *c)
{
    return c->manual_mono_us;
}

void clock_manual(struct clock *c, int64_t wall_ms)
{
    *c = (struct clock){
        .wall_ms = manual_wall_ms, .mono_us = manual_mono_us, .manual_wall_ms = wall_ms};
}

void clock_advance(struct clock *c, int64_t by_ms)
{
    BUG_IF(by_ms < 0 || c->wall_ms != manual_wall_ms);
    c->manual_wall_ms += by_ms;
    c->manual_mono_us += by_ms * 1000;
}

void clock_pause(struct clock *c, int64_t ms)
{
    if (c->wall_ms == manual_wall_ms)
        clock_advance(c, ms);
    else
        (void)poll(NULL, 0, (int)ms);
}

/*
 * clock: time as an argument. Wall time is int64 UTC milliseconds, for due dates; monotonic time is
 * int64 milliseconds (and microseconds), for intervals. clock.c is the only file that asks the system.
 */
#ifndef STERLING_BASE_CLOCK_H
#define STERLING_BASE_CLOCK_H

#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(struct clock *c);
    int64_t (*mono_us)(struct clock *c);
    /* Manual clocks: what they show. System clock: wall offset (sandbox only) in wall_offset_ms. */
    int64_t wall_offset_ms;
    int64_t manual_wall_ms, manual_mono_us;
};

/* The system's clock. wall_offset_ms shifts the wall only (sandbox clock); atomic access inside. */
void clock_system(struct clock *c);
void clock_set_wall_offset(struct clock *c, int64_t offset_ms);
/* A clock that moves only by clock_advance. */
void clock_manual(struct clock *c, int64_t wall_ms);
void clock_advance(struct clock *c, int64_t by_ms);

/* Blocks the calling thread; a manual clock moves on by that much instead. */
void clock_pause(struct clock *c, int64_t ms);

static inline int64_t clock_wall_ms(struct clock *c)
{
    return c->wall_ms(c);
}
static inline int64_t clock_mono_us(struct clock *c)
{
    return c->mono_us(c);
}
static inline int64_t clock_mono_ms(struct clock *c)
{
    return c->mono_us(c) / 1000;
}

#endif

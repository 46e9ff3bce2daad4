/* timed_cond: see the header; every wait of a thread for work or for its turn goes through here. */
#include "base/timed_cond.h"

#include <time.h>

void timed_cond_init(pthread_cond_t *c)
{
    pthread_condattr_t monotonic;

    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(c, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
}

bool timed_cond_wait(pthread_cond_t *c, pthread_mutex_t *lock, int64_t at_us)
{
    struct timespec until = {.tv_sec = (time_t)(at_us / 1000000), .tv_nsec = (long)(at_us % 1000000) * 1000};

    return pthread_cond_timedwait(c, lock, &until) == 0;
}

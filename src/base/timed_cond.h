/*
 * timed_cond: a condition variable whose waits end by CLOCK_MONOTONIC, so that a step of the wall clock moves none.
 */
#ifndef STERLING_BASE_TIMED_COND_H
#define STERLING_BASE_TIMED_COND_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

void timed_cond_init(pthread_cond_t *c);
/* With the lock held: until signalled, or until `at_us` (microseconds of CLOCK_MONOTONIC) has come, which is false.
 * May return early like every wait; the caller asks again for what it waits for. */
bool timed_cond_wait(pthread_cond_t *c, pthread_mutex_t *lock, int64_t at_us);

#endif

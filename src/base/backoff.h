/*
 * backoff: pauses that double: first_ms after the first try, twice that after the second, at most most_ms.
 */
#ifndef STERLING_BASE_BACKOFF_H
#define STERLING_BASE_BACKOFF_H

#include <stdint.h>

/* tries: made so far; 0 counts as 1. */
static inline int64_t backoff_ms(int64_t first_ms, int64_t most_ms, uint32_t tries)
{
    int64_t pause_ms = first_ms;

    for (uint32_t i = 1; i < tries && pause_ms < most_ms; i++) pause_ms *= 2;
    return pause_ms < most_ms ? pause_ms : most_ms;
}

#endif

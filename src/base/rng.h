/*
 * rng: randomness as an argument. `struct rng` is a seeded, replayable generator (splitmix64) for
 * jitter and simulation; never for secrets. rng_secret() asks the system and is for keys and tokens.
 */
#ifndef STERLING_BASE_RNG_H
#define STERLING_BASE_RNG_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

struct rng rng_seeded(uint64_t seed);
uint64_t rng_u64(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t bound);      /* 0 … bound-1; bound > 0 */
bool rng_chance(struct rng *r, uint32_t per_million);   /* true that often */
/* Fills with bytes from the system's cryptographic generator. */
MUST_CHECK enum err rng_secret(void *out, size_t bytes);

#endif

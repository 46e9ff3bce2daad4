/* rng: seeded numbers, and the system's secret ones. Contract in rng.h. */
#include "base/rng.h"

#include <sys/random.h>

struct rng rng_seeded(uint64_t seed)
{
    return (struct rng){seed};
}

uint64_t rng_u64(struct rng *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

uint64_t rng_below(struct rng *r, uint64_t bound)
{
    BUG_IF(bound == 0);
    return (uint64_t)(((unsigned __int128)rng_u64(r) * bound) >> 64);
}

bool rng_chance(struct rng *r, uint32_t per_million)
{
    return rng_below(r, 1000000) < per_million;
}

enum err rng_secret(void *out, size_t bytes)
{
    char *at = out;
    while (bytes > 0) {
        ssize_t got = getrandom(at, bytes, 0);
        if (got <= 0) return ERR_IO;
        at += got;
        bytes -= (size_t)got;
    }
    return ERR_OK;
}

/* autopause: contract in autopause.h. */
#include "engine/autopause.h"

bool autopause_result(struct autopause *a, bool failed, uint32_t sample_min)
{
    a->total++;
    if (failed) a->failures++;
    if (a->permille <= 0 || a->fired || a->total < (int64_t)sample_min) return false;
    if (a->failures * 1000 < (int64_t)a->permille * a->total) return false;
    a->fired = true;
    return true;
}

void autopause_reset(struct autopause *a)
{
    a->fired = false;
    a->failures = a->total = 0;
}

/*
 * autopause: stops a campaign whose messages fail too often, once enough of them have ended to judge.
 * Pure state.
 */
#ifndef STERLING_ENGINE_AUTOPAUSE_H
#define STERLING_ENGINE_AUTOPAUSE_H

#include <stdbool.h>
#include <stdint.h>

struct autopause {
    int32_t permille; /* failures of final outcomes; 0: never */
    bool fired;
    int64_t failures, total;
};

/* One final outcome. True if the campaign must be paused now; says so once until autopause_reset. */
bool autopause_result(struct autopause *a, bool failed, uint32_t sample_min);
/* A person resumed it: a new sample begins. */
void autopause_reset(struct autopause *a);

#endif

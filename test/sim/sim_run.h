/* sim_run: its parts. Each gives the exit status: 0 all kept, 1 a promise was broken. */
#ifndef STERLING_TEST_SIM_SIM_RUN_H
#define STERLING_TEST_SIM_SIM_RUN_H

#include "world.h"

enum { JOBS_MAX = 64 };

int run_one(const struct world_config *config); /* with its story */
int run_range(uint64_t first, uint64_t count, int jobs);
int run_small(int jobs, bool quick_commits); /* every world of two messages and one crash (small.h) */
int shrink(const struct world_config *config);  /* of one that fails */
/* Legal moves that did not happen in so many worlds, and happened ones that are excused; told on stdout. */
bool moves_covered(const uint64_t moves[MESSAGE_STATES][MESSAGE_STATES], uint64_t worlds);

#endif

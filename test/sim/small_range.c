/* small_range: the whole small world, its pairs of outcomes dealt out to processes. */
#include "sim_run.h"

#include "small.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct share {
    uint64_t worlds;
    bool done;
    char wrong[SMALL_WRONG_BYTES];
};

int run_small(int jobs, bool quick_commits)
{
    const int prot = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_ANONYMOUS;
    struct share *all = mmap(NULL, JOBS_MAX * sizeof *all, prot, flags, -1, 0);
    uint64_t worlds = 0;
    int broken = 0;

    if (all == MAP_FAILED) return 2;
    for (int at = 0; at < jobs; at++) {
        const struct small_scope scope = {.second_outcomes = SMALL_OUTCOMES, .quick_commits = quick_commits,
                                          .jobs = (uint32_t)jobs, .job = (uint32_t)at};
        pid_t child = fork();
        if (child < 0) return 2;
        if (child != 0) continue;
        all[at].worlds = small_enumerate(&scope, all[at].wrong);
        all[at].done = true;
        (void)fflush(stdout);
        _exit(0);
    }
    for (int at = 0; at < jobs; at++) (void)wait(NULL);
    for (int at = 0; at < jobs; at++) {
        worlds += all[at].worlds;
        if (!all[at].done || all[at].wrong[0] != '\0') broken++;
    }
    printf("small_worlds=%" PRIu64 "\n", worlds);
    return broken == 0 ? 0 : 1;
}

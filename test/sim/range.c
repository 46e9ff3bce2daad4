/* range: many worlds in several processes, which share a page of memory with the one that counts. */
#include "sim_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct job {
    uint64_t seed, worlds, events, messages, crashes, drains, stops, hash, repeated;
    int64_t virtual_ms;
    uint64_t failed; /* the first seed that did; 0 none */
    uint64_t moves[MESSAGE_STATES][MESSAGE_STATES];
};

enum { REPEAT_EVERY = 250, COVER_LEAST = 2000 };

static void add(struct job *j, const struct world_result *r)
{
    j->worlds++;
    j->events += r->events;
    j->messages += r->admitted;
    j->crashes += r->crashes;
    j->drains += r->drains;
    j->stops += r->stops;
    j->virtual_ms += r->virtual_ms;
    j->hash ^= r->hash;
    for (int from = 0; from < MESSAGE_STATES; from++)
        for (int to = 0; to < MESSAGE_STATES; to++) j->moves[from][to] += r->moves[from][to];
}

/* Every so often a world is made twice: it must be the same one. */
static bool repeats(struct job *j, const struct world_config *c, const struct world_result *r)
{
    if (c->seed % REPEAT_EVERY != 0) return true;
    j->repeated++;
    if (world_run(c).hash == r->hash) return true;
    printf("seed %" PRIu64 ": the same seed made another world\n", c->seed);
    return false;
}

static void work(struct job *j, uint64_t first, uint64_t count, int at, int jobs)
{
    for (uint64_t seed = first + (uint64_t)at; seed < first + count; seed += (uint64_t)jobs) {
        struct world_config c = world_config_of(seed);
        struct world_result r;
        j->seed = seed;
        r = world_run(&c);
        if (!r.ok) printf("%s\n", r.wrong);
        if (!r.ok || !repeats(j, &c, &r)) {
            j->failed = seed;
            break;
        }
        add(j, &r);
    }
    j->seed = 0;
}

static void sum(struct job *all, const struct job *j)
{
    all->worlds += j->worlds;
    all->events += j->events;
    all->messages += j->messages;
    all->crashes += j->crashes;
    all->drains += j->drains;
    all->stops += j->stops;
    all->virtual_ms += j->virtual_ms;
    all->hash ^= j->hash;
    all->repeated += j->repeated;
    for (int from = 0; from < MESSAGE_STATES; from++)
        for (int to = 0; to < MESSAGE_STATES; to++) all->moves[from][to] += j->moves[from][to];
    if (j->failed != 0 && (all->failed == 0 || j->failed < all->failed)) all->failed = j->failed;
}

static int64_t cpu_ms(void)
{
    struct rusage u;

    (void)getrusage(RUSAGE_CHILDREN, &u);
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

static void wait_for(struct job *j, pid_t child)
{
    int status = 0;

    (void)waitpid(child, &status, 0);
    if (j->failed != 0 || j->seed == 0) return;
    j->failed = j->seed;
    printf("seed %" PRIu64 ": died of signal %d\n", j->seed, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static int report(const struct job *all)
{
    int64_t cpu = cpu_ms();
    /* A few worlds cannot have met every move, nor those that were cut short. */
    bool whole = all->failed != 0 || all->worlds < COVER_LEAST || moves_covered(all->moves, all->worlds);

    printf("worlds=%" PRIu64 " events=%" PRIu64 " messages=%" PRIu64 " crashes=%" PRIu64 " planned_stops=%" PRIu64
           " stops=%" PRIu64 " repeated=%" PRIu64 " virtual_h=%" PRId64 " cpu_ms=%" PRId64
           " events_per_core_s=%" PRId64 " hash=%016" PRIx64 "\n", all->worlds, all->events, all->messages,
           all->crashes, all->drains, all->stops, all->repeated, all->virtual_ms / 3600000, cpu,
           cpu > 0 ? (int64_t)all->events * 1000 / cpu : 0, all->hash);
    if (all->failed != 0) printf("failed=%" PRIu64 "\n", all->failed);
    return all->failed == 0 && whole ? 0 : 1;
}

int run_range(uint64_t first, uint64_t count, int jobs)
{
    const int prot = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_ANONYMOUS;
    struct job *all = mmap(NULL, (JOBS_MAX + 1) * sizeof *all, prot, flags, -1, 0);
    struct job total = {0};
    pid_t children[JOBS_MAX];

    if (all == MAP_FAILED) return 2;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    for (int at = 0; at < jobs; at++) {
        pid_t child = fork(); /* kept by the parent alone: the page is shared */
        if (child < 0) return 2;
        children[at] = child;
        if (child != 0) continue;
        work(&all[at], first, count, at, jobs);
        _exit(0);
    }
    for (int at = 0; at < jobs; at++) wait_for(&all[at], children[at]);
    for (int at = 0; at < jobs; at++) sum(&total, &all[at]);
    return report(&total);
}

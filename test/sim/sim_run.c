/*
 * sim_run: worlds in depth, without a test framework (script/check sim).
 *
 *   sim_run range FIRST COUNT [JOBS]   that many worlds from the seed FIRST on, in so many processes over disjoint
 *                                      seeds; every legal move of a message must have happened in some of them
 *   sim_run small [JOBS [quick]]       every world of two messages and one crash (small.h); `quick`: of quick commits
 *   sim_run world SEED [WORD…]         one world with its story; WORDs as in world_config_parse
 *   sim_run shrink SEED [WORD…]        the smallest world that fails as that one does, and its story
 *
 * Ends with 0, with 1 when a promise was broken, with 2 when it was not understood. Each world of `shrink` is a
 * process of its own, because a bug ends the process.
 */
#include "sim_run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tell_and_die(int signal_number)
{
    world_story_print(0);
    (void)fflush(stdout);
    (void)signal(signal_number, SIG_DFL);
    (void)raise(signal_number);
}

int run_one(const struct world_config *config)
{
    struct world_config c = *config;
    struct world_result r;

    c.tell = true;
    (void)signal(SIGABRT, tell_and_die);
    r = world_run(&c);
    printf("# %" PRIu64 " messages, %" PRIu64 " crashes, %" PRIu64 " planned stops, %" PRIu64 " STOPs, %" PRIu64
           " events, %" PRId64 " s of its time, hash %016" PRIx64 "\n", r.admitted, r.crashes, r.drains, r.stops,
           r.events, r.virtual_ms / 1000, r.hash);
    printf("%s\n", r.ok ? "every promise was kept" : r.wrong);
    return r.ok ? 0 : 1;
}

static bool seed_of(const char *text, uint64_t *seed)
{
    if (str_to_u64(str_from(text), seed) == ERR_OK && *seed > 0) return true;
    (void)fprintf(stderr, "'%s' is no seed: seeds are whole numbers from 1 on\n", text);
    return false;
}

/* SEED WORD… as a config. */
static bool config_of(int count, char **words, struct world_config *c)
{
    struct fault f = {0};
    uint64_t seed;

    if (!seed_of(words[0], &seed)) return false;
    *c = world_config_of(seed);
    for (int i = 1; i < count; i++) {
        if (world_config_parse(c, str_from(words[i]), &f) == ERR_OK) continue;
        (void)fprintf(stderr, "%s\n", f.what);
        return false;
    }
    return true;
}

static int range(int count, char **words)
{
    uint64_t first, many, jobs = 1;

    if (!seed_of(words[0], &first) || !seed_of(words[1], &many)) return 2;
    if (count > 2 && (!seed_of(words[2], &jobs) || jobs > JOBS_MAX)) return 2;
    return run_range(first, many, (int)jobs);
}

int main(int argc, char **argv)
{
    struct world_config c;

    if (argc >= 4 && argc <= 5 && strcmp(argv[1], "range") == 0) return range(argc - 2, argv + 2);
    if (argc >= 3 && (strcmp(argv[1], "world") == 0 || strcmp(argv[1], "shrink") == 0)) {
        if (!config_of(argc - 2, argv + 2, &c)) return 2;
        return argv[1][0] == 'w' ? run_one(&c) : shrink(&c);
    }
    if (argc >= 2 && argc <= 4 && strcmp(argv[1], "small") == 0) {
        uint64_t jobs = 1;
        if (argc >= 3 && (!seed_of(argv[2], &jobs) || jobs > JOBS_MAX)) return 2;
        if (argc < 4 || strcmp(argv[3], "quick") == 0) return run_small((int)jobs, argc == 4);
    }
    (void)fprintf(stderr, "sim_run range FIRST COUNT [JOBS] | small [JOBS [quick]] | world SEED [WORD…] |"
                          " shrink SEED [WORD…]\n");
    return 2;
}

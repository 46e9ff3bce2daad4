/*
 * Seeds of a whole world: random answers, STOPs, pauses, limits, days, heavy messages. Every invariant is
 * checked after every step, every limit against what the provider saw on its own clock, and once the world is
 * healthy everything must end. SEED=n runs that one (TRACE=ms
 * tells its commands from then on); SEEDS=n that many.
 */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void no_seed_breaks_a_promise(void **state)
{
    uint64_t one = from_environment("SEED", 0), seeds = from_environment("SEEDS", 120);
    int64_t sent = 0, posts = 0, doubts = 0;

    (void)state;
    for (uint64_t seed = one != 0 ? one : 1; seed <= (one != 0 ? one : seeds); seed++) {
        struct world_result r = world_run(seed);
        if (r.wrong[0] != '\0') fail_msg("SEED=%llu: %s", (unsigned long long)seed, r.wrong);
        sent += r.sent;
        posts += r.posts;
        doubts += r.doubts;
    }
    print_message("# %lld posts, %lld accepted, %lld in doubt\n", (long long)posts, (long long)sent,
                  (long long)doubts);
    assert_true(sent > 0);
}

static void a_seed_gives_the_same_commands_twice(void **state)
{
    (void)state;
    if (from_environment("SEED", 0) != 0) skip();
    for (uint64_t seed = 5; seed <= 20; seed += 5) assert_true(world_run(seed).hash == world_run(seed).hash);
    assert_true(world_run(5).hash != world_run(10).hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_seed_breaks_a_promise),
        cmocka_unit_test(a_seed_gives_the_same_commands_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

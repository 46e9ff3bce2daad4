/* What a limit learned from "too fast" is told, and told again after a restart. */
#include "kit.h"

enum { NOW = 10000000, MINUTE = 60000 };

static const struct engine_limit PER_MINUTE = {.scope = SCOPE_SENDER, .org = 1, .program = 1, .sender = 7, .slot = 2,
                                               .amount = 100, .window_ms = MINUTE};

static struct kit started(void)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1, .in_flight_max = 1024});

    k.mono_ms = NOW;
    engine_begin(k.e, k.mono_ms, kit_wall(&k));
    kit_sender(&k, 7, 1, 0, true);
    kit_limit(&k, PER_MINUTE);
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_SENDER, .org = 1, .program = 1, .sender = 7, .slot = 1,
                                        .amount = 1000, .window_ms = 1000});
    return k;
}

static size_t passes(struct kit *k)
{
    size_t n = 0;

    for (uint64_t m = 1; m <= 120; m++) {
        struct engine_item i = kit_item(m, 14155550000 + m);
        i.urgent = true;
        kit_offer(k, i);
    }
    while (kit_step(k) > 0) n += kit_number_of(k, COMMAND_ARM);
    return n;
}

static void a_limit_of_a_minute_tells_what_it_learned(void **state)
{
    struct kit k = started();
    const struct command *c;

    (void)state;
    engine_throttled(k.e, 1, 1, 7, 1, 30001);
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_LEARNED), 1); /* that of a second is back before anybody is */
    c = kit_find(&k, COMMAND_LEARNED, 0);
    assert_int_equal(c->limit.scope, SCOPE_SENDER);
    assert_int_equal(c->limit.sender, 7);
    assert_int_equal(c->limit.slot, 2);
    assert_int_equal(c->learned_units, 75);
    assert_int_equal(c->learned_ago_ms, 0);
    k.mono_ms += 10;
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_LEARNED), 0);
    engine_throttled(k.e, 1, 1, 7, 1, 30003); /* a phone that is off teaches nothing */
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_LEARNED), 0);
    engine_free(k.e);
}

static void a_limit_of_a_route_tells_it_too(void **state)
{
    struct kit k = started();

    (void)state;
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_PROGRAM_CARRIER, .org = 1, .program = 1, .carrier = 1,
                                        .slot = 5, .counts_segments = true, .amount = 40, .window_ms = MINUTE});
    engine_throttled(k.e, 1, 1, 7, 1, 30022);
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_LEARNED), 1);
    assert_int_equal(kit_find(&k, COMMAND_LEARNED, 0)->limit.scope, SCOPE_PROGRAM_CARRIER);
    assert_int_equal(kit_find(&k, COMMAND_LEARNED, 0)->learned_units, 30);
    engine_free(k.e);
}

static size_t passes_after(int64_t units, int64_t ago_ms, struct engine_limit named)
{
    struct kit k = started();
    size_t n;

    engine_restore_learned(k.e, &named, units, ago_ms);
    n = passes(&k);
    engine_free(k.e);
    return n;
}

static void what_was_learned_holds_after_a_restart_and_grows_back(void **state)
{
    struct engine_limit other = PER_MINUTE;

    (void)state;
    assert_int_equal(passes_after(40, 0, PER_MINUTE), 40);
    assert_int_equal(passes_after(40, 2 * MINUTE, PER_MINUTE), 65);
    assert_int_equal(passes_after(40, 8 * MINUTE, PER_MINUTE), 100);
    assert_int_equal(passes_after(0, 0, PER_MINUTE), 100);
    assert_int_equal(passes_after(200, 0, PER_MINUTE), 100);
    other.slot = 3;
    assert_int_equal(passes_after(40, 0, other), 100);
    other = PER_MINUTE;
    other.org = 2;
    assert_int_equal(passes_after(40, 0, other), 100);
}

/* Each part of its name counts. */
static void what_another_limit_learned_is_not_taken_for_this_ones(void **state)
{
    struct engine_limit others[5];

    (void)state;
    for (size_t i = 0; i < 5; i++) others[i] = PER_MINUTE;
    others[0].scope = SCOPE_SENDER_CARRIER;
    others[1].account = 9;
    others[2].program = 9;
    others[3].sender = 9;
    others[4].carrier = 9;
    for (size_t i = 0; i < 5; i++) assert_int_equal(passes_after(40, 0, others[i]), 100);
}

static void a_day_has_nothing_to_learn(void **state)
{
    const struct engine_limit day = {.scope = SCOPE_BRAND_CARRIER_DAY, .org = 1, .carrier = 1, .amount = 90};
    struct kit k = started();

    (void)state;
    kit_limit(&k, day);
    engine_restore_learned(k.e, &day, 10, 0);
    assert_int_equal(passes(&k), 90);
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_of_a_minute_tells_what_it_learned),
        cmocka_unit_test(a_limit_of_a_route_tells_it_too),
        cmocka_unit_test(what_was_learned_holds_after_a_restart_and_grows_back),
        cmocka_unit_test(what_another_limit_learned_is_not_taken_for_this_ones),
        cmocka_unit_test(a_day_has_nothing_to_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A rough world, by seeds: invariants after every step, the same seed the same world, and everything comes to
 * rest. */
#include "kit.h"

#include "base/rng.h"

enum { SEEDS = 40, TURNS = 300 };

/* One of everything a client, a person or an operator may do. */
static void do_something(struct kit *k, struct rng *r)
{
    uint64_t to = UINT64_C(14155550100) + rng_below(r, 40), message;
    bool by_service = rng_chance(r, 700000);
    struct sandbox_create create = {
        .to = to, .sender = by_service ? (rng_chance(r, 500000) ? k->number : SANDBOX_NONE) : k->plain,
        .service = by_service ? k->service : SANDBOX_NONE, .body = STR("Hello there"),
        .status_callback = STR("http://app.test/s#rc=2&rp=all"),
        .send_at_ms = by_service && rng_chance(r, 50000) ? k->now_ms + 1000000 : 0,
    };
    struct sandbox_created created;
    uint64_t which = 1 + rng_below(r, 200);
    switch (rng_below(r, 12)) {
    case 0: (void)!sandbox_inbound(k->sb, k->now_ms, to, STR("+14155551000"), STR("STOP"), &message); break;
    case 1: (void)!sandbox_inbound(k->sb, k->now_ms, to, STR("+14155551000"), STR("START"), &message); break;
    case 2:
        sandbox_carrier_pause(k->sb, (enum sandbox_carrier)rng_below(r, 5), rng_chance(r, 300000), k->now_ms);
        break;
    case 3: (void)!sandbox_message_cancel(k->sb, k->now_ms, which); break;
    case 4: (void)!sandbox_message_delete(k->sb, k->now_ms, which); break;
    case 5: k->answer.http_status = rng_chance(r, 500000) ? 204 : 500; break;
    case 6: k->answer.failure = (enum sandbox_webhook_failure)rng_below(r, 3); break;
    default: sandbox_create_message(k->sb, k->now_ms, &create, &created); break;
    }
}

static uint64_t live(uint64_t seed, bool rest)
{
    struct sandbox_config c = kit_config();
    struct rng r = rng_seeded(seed ^ 77);
    struct kit *k;
    struct sandbox_stats stats;
    uint64_t hash = seed;
    c.faults = sandbox_fault_plan_rough(200000, true);
    c.faults.callback_late_ms = 100000;
    c.carriers[SANDBOX_ATT].no_receipt = 300000;
    c.handset_reply = 100000;
    c.handset_stop = 50000;
    c.messages_max = 4096;
    k = kit_new(&c, seed);
    for (int i = 0; i < TURNS; i++) {
        do_something(k, &r);
        kit_run(k, (int64_t)rng_below(&r, 3000));
        k->seen_count = 0;
        sandbox_check(k->sb);
    }
    for (int i = 0; rest && i < SANDBOX_CARRIER_COUNT; i++)
        sandbox_carrier_pause(k->sb, (enum sandbox_carrier)i, false, k->now_ms);
    if (rest) {
        for (int i = 0; i < 1000 && sandbox_next_event_ms(k->sb) != SANDBOX_NEVER; i++) {
            kit_run(k, 86400000 / 10);
            k->seen_count = 0;
        }
        assert_true(sandbox_next_event_ms(k->sb) == SANDBOX_NEVER);
        sandbox_stats_get(k->sb, &stats);
        assert_int_equal(stats.waiting + stats.webhooks_waiting + stats.webhooks_out, 0);
        assert_int_equal(stats.by_status[SANDBOX_ACCEPTED] + stats.by_status[SANDBOX_QUEUED] +
                             stats.by_status[SANDBOX_SENDING] + stats.by_status[SANDBOX_SCHEDULED], 0);
    }
    sandbox_stats_get(k->sb, &stats);
    hash = str_hash((struct str){(const char *)&stats, sizeof stats}, hash);
    kit_free(k);
    return hash;
}

static void every_seed_keeps_the_invariants_and_comes_to_rest(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) (void)live(seed, true);
}

static void the_same_seed_is_the_same_world(void **state)
{
    (void)state;
    assert_true(live(7, false) == live(7, false));
    assert_true(live(7, false) != live(8, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_seed_keeps_the_invariants_and_comes_to_rest),
        cmocka_unit_test(the_same_seed_is_the_same_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What people are told of the engine: who waits, for which limit, until when. */
#include "kit.h"

static struct engine_limit limit_of(enum engine_scope scope, int64_t amount)
{
    return (struct engine_limit){.scope = scope, .account = 1, .org = 1, .program = 1, .sender = 7, .carrier = 1,
                                 .amount = amount, .window_ms = 60000};
}

static struct kit with_messages(const struct engine_limit *limit)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});
    kit_sender(&k, 7, 1, 0, true);
    if (limit != NULL) kit_limit(&k, *limit);
    for (uint64_t i = 0; i < 3; i++) kit_offer(&k, kit_item(11 + i, 14155550100 + i));
    return k;
}

static struct engine_lane_view only_lane(const struct kit *k)
{
    struct engine_lane_view lanes[4];
    assert_int_equal(engine_lanes(k->e, lanes, 4), 1);
    return lanes[0];
}

static void an_engine_without_work_has_nothing_to_show(void **state)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});
    struct engine_view v;
    struct engine_limit_view limits[4];
    struct engine_lane_view lanes[4];
    (void)state;
    engine_view(k.e, &v);
    assert_int_equal(v.items + v.in_flight + v.doubts + v.lanes + v.breakers_open, 0);
    assert_int_equal(engine_lanes(k.e, lanes, 4), 0);
    assert_int_equal(engine_limits(k.e, 1, limits, 4), 0);
    assert_int_equal(engine_limits(k.e, 99, limits, 4), 0);
    engine_free(k.e);
}

static void a_lane_is_blocked_by_the_limit_it_waits_for(void **state)
{
    static const enum engine_scope scopes[] = {SCOPE_ACCOUNT, SCOPE_ORG, SCOPE_BRAND, SCOPE_PROGRAM_CARRIER};
    (void)state;
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        struct engine_limit l = limit_of(scopes[i], 1);
        struct kit k = with_messages(&l);
        struct engine_lane_view lane;
        struct engine_view v;
        kit_post(&k, 11);
        kit_answer(&k, 11, ANSWER_ACCEPTED, 0);
        while (kit_step(&k) > 0) {}
        lane = only_lane(&k);
        assert_int_equal(lane.state, LANE_BLOCKED);
        if (lane.blocked_by != scopes[i]) fail_msg("scope %d shows as %d", scopes[i], lane.blocked_by);
        assert_in_range(lane.blocked_until_mono_ms, k.mono_ms, k.mono_ms + 61000);
        assert_int_equal(lane.waiting, 2);
        engine_view(k.e, &v);
        assert_int_equal(v.lanes_blocked[scopes[i]], 1);
        engine_free(k.e);
    }
}

static void a_lane_without_a_sender_waits_for_one(void **state)
{
    struct kit k = with_messages(NULL);
    struct engine_lane_view lane;
    (void)state;
    kit_sender(&k, 7, 1, 0, false);
    while (kit_step(&k) > 0) {}
    lane = only_lane(&k);
    assert_int_equal(lane.state, LANE_BLOCKED);
    assert_int_equal(lane.blocked_by, SCOPE_SENDER);
    assert_int_equal(lane.blocked_until_mono_ms, INT64_MAX);
    engine_free(k.e);
}

static void a_lane_that_may_send_shows_as_sending(void **state)
{
    struct kit k = with_messages(NULL);
    struct engine_view v;
    (void)state;
    assert_int_equal(only_lane(&k).state, LANE_SENDING);
    kit_step(&k);
    engine_view(k.e, &v);
    assert_int_equal(v.arming, 3);
    assert_int_equal(v.in_flight, 3);
    assert_int_equal(only_lane(&k).state, LANE_SENDING);
    engine_free(k.e);
}

static void a_lane_that_asked_for_more_shows_as_sending(void **state)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});
    struct engine_lane l = kit_item(0, 0).lane;
    (void)state;
    kit_sender(&k, 7, 1, 0, true);
    assert_int_equal(engine_lane_ready(k.e, &l, INT64_MAX), ERR_OK);
    assert_int_equal(only_lane(&k).state, LANE_IDLE);
    assert_int_equal(engine_lane_ready(k.e, &l, 0), ERR_OK);
    kit_step(&k);
    assert_int_equal(only_lane(&k).state, LANE_SENDING);
    assert_int_equal(engine_drawn(k.e, &l, NULL, 0, INT64_MAX), ERR_OK);
    kit_step(&k);
    assert_int_equal(only_lane(&k).state, LANE_IDLE);
    engine_free(k.e);
}

static void a_paused_campaign_shows_in_its_lane(void **state)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});
    struct engine_item i = kit_item(11, 14155550100);
    (void)state;
    i.lane.campaign = 5;
    kit_offer(&k, i);
    assert_false(only_lane(&k).paused);
    engine_pause_campaign(k.e, 5, true);
    assert_true(only_lane(&k).paused);
    engine_free(k.e);
}

static void an_open_breaker_is_counted_and_blocks_its_account(void **state)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1, .breaker_run = 2});
    struct engine_view v;
    (void)state;
    kit_sender(&k, 7, 1, 0, true);
    for (uint64_t i = 0; i < 2; i++) {
        kit_offer(&k, kit_item(11 + i, 14155550100 + i));
        kit_post(&k, 11 + i);
        kit_answer(&k, 11 + i, ANSWER_UNSENT, 0);
    }
    kit_offer(&k, kit_item(21, 14155550121));
    while (kit_step(&k) > 0) {}
    engine_view(k.e, &v);
    assert_int_equal(v.breakers_open, 1);
    assert_int_equal(only_lane(&k).state, LANE_BLOCKED);
    assert_int_equal(only_lane(&k).blocked_by, SCOPE_ACCOUNT);
    engine_free(k.e);
}

static void an_organization_sees_its_own_limits_and_its_accounts(void **state)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});
    struct engine_limit_view limits[16];
    struct engine_limit others = limit_of(SCOPE_ORG, 5), gone = limit_of(SCOPE_ORG, 0);
    (void)state;
    kit_org(&k, 2, 2, 1);
    kit_sender(&k, 7, 1, 0, true);
    for (int s = 0; s < SCOPES; s++) kit_limit(&k, limit_of((enum engine_scope)s, 10));
    others.org = 2;
    kit_limit(&k, others);
    gone.slot = 1;
    kit_limit(&k, gone);
    assert_int_equal(engine_limits(k.e, 1, limits, 16), SCOPES);
    assert_int_equal(engine_limits(k.e, 1, limits, 2), 2);
    assert_int_equal(engine_limits(k.e, 2, limits, 16), 1);
    assert_int_equal(limits[0].limit.amount, 5);
    engine_free(k.e);
}

static void lanes_beyond_the_room_given_are_left_out(void **state)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});
    struct engine_lane_view lanes[4];
    struct engine_view v;
    (void)state;
    kit_org(&k, 2, 1, 1);
    for (uint64_t i = 0; i < 4; i++) {
        struct engine_item item = kit_item(11 + i, 14155550100 + i);
        item.lane.org = i < 2 ? 1 : 2;
        item.lane.carrier = (uint8_t)(1 + i % 2);
        kit_offer(&k, item);
    }
    assert_int_equal(engine_lanes(k.e, lanes, 3), 3);
    engine_view(k.e, &v);
    assert_int_equal(v.lanes, 4);
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_engine_without_work_has_nothing_to_show),
        cmocka_unit_test(a_lane_is_blocked_by_the_limit_it_waits_for),
        cmocka_unit_test(a_lane_without_a_sender_waits_for_one),
        cmocka_unit_test(a_lane_that_may_send_shows_as_sending),
        cmocka_unit_test(a_lane_that_asked_for_more_shows_as_sending),
        cmocka_unit_test(a_paused_campaign_shows_in_its_lane),
        cmocka_unit_test(an_open_breaker_is_counted_and_blocks_its_account),
        cmocka_unit_test(an_organization_sees_its_own_limits_and_its_accounts),
        cmocka_unit_test(lanes_beyond_the_room_given_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

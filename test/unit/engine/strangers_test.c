/* What is told of nobody the engine knows, or not asked for, changes nothing. */
#include "kit.h"

static struct kit with_sender(void)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});

    kit_sender(&k, 7, 1, 0, true);
    kit_step(&k); /* the engine learns the time */
    return k;
}

static const struct engine_doubt DOUBT = {.message = 900, .org = 1, .number = 14155550900, .attempt = 1,
                                          .deadline_wall_ms = KIT_WALL + 60000, .next_wall_ms = KIT_WALL + 60000,
                                          .program = 1, .sender = 7, .carrier = 1, .segments = 1};

static void assert_goes_on(struct kit *k)
{
    assert_int_equal(kit_step(k), 0);
    kit_offer(k, kit_item(11, 14155550100));
    assert_int_equal(kit_post(k, 11), 7);
}

static void what_is_told_of_strangers_changes_nothing(void **state)
{
    struct kit k = with_sender();
    struct engine_doubt d = DOUBT;
    struct engine_view v;

    (void)state;
    d.org = 99;
    kit_answer(&k, 99, ANSWER_ACCEPTED, 0);
    engine_proved(k.e, 99);
    engine_listed(k.e, 99, LISTING_FOUND, kit_wall(&k));
    engine_probed(k.e, 99, true, k.mono_ms);
    engine_throttled(k.e, 99, 1, 7, 1, 20429);
    engine_set_day(k.e, 99, 1, 10, KIT_WALL + 1000);
    engine_drop_campaign(k.e, 99);
    engine_campaign_result(k.e, 99, true);
    engine_stop_number(k.e, 1, 14155559999);
    assert_false(engine_withdraw(k.e, 99));
    assert_int_equal(engine_doubt_restored(k.e, &d), ERR_NOT_FOUND);
    engine_view(k.e, &v);
    assert_int_equal(v.items + v.in_flight + v.doubts + v.lanes + v.breakers_open, 0);
    assert_goes_on(&k);
    engine_free(k.e);
}

/* An organization that is known by its limit only has no account yet. */
static void an_organization_without_an_account_is_a_stranger(void **state)
{
    struct kit k = with_sender();
    struct engine_doubt d = DOUBT;
    struct engine_limit_view limits[2];

    (void)state;
    d.org = 5;
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_ORG, .org = 5, .amount = 3, .window_ms = 1000});
    assert_int_equal(engine_doubt_restored(k.e, &d), ERR_NOT_FOUND);
    engine_throttled(k.e, 5, 1, 0, 1, 20429);
    assert_int_equal(engine_limits(k.e, 5, limits, 2), 1);
    assert_int_equal(limits[0].limit.amount, 3);
    assert_goes_on(&k);
    engine_free(k.e);
}

static void a_doubt_is_taken_up_once(void **state)
{
    struct kit k = with_sender();
    struct engine_view v;

    (void)state;
    assert_int_equal(engine_doubt_restored(k.e, &DOUBT), ERR_OK);
    assert_int_equal(engine_doubt_restored(k.e, &DOUBT), ERR_CONFLICT);
    engine_view(k.e, &v);
    assert_int_equal(v.doubts, 1);
    engine_free(k.e);
}

/* Nobody looked: what is said to have been found is not believed. */
static void a_listing_that_was_not_asked_for_is_not_believed(void **state)
{
    struct kit k = with_sender();

    (void)state;
    assert_int_equal(engine_doubt_restored(k.e, &DOUBT), ERR_OK);
    engine_listed(k.e, 900, LISTING_FOUND, kit_wall(&k));
    assert_int_equal(kit_step(&k), 0);
    assert_true(engine_holds(k.e, 900));
    k.mono_ms += 60000;
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_LIST, 900));
    engine_listed(k.e, 900, LISTING_FOUND, kit_wall(&k));
    kit_step(&k);
    assert_int_equal(kit_find(&k, COMMAND_RECORD, 900)->record, RECORD_PROVED);
    engine_free(k.e);
}

static void a_probe_that_was_not_asked_for_changes_nothing(void **state)
{
    struct kit k = with_sender();
    struct engine_view v;

    (void)state;
    engine_probed(k.e, 1, false, k.mono_ms);
    engine_view(k.e, &v);
    assert_int_equal(v.breakers_open, 0);
    assert_goes_on(&k);
    engine_free(k.e);
}

static void nobody_is_the_usual_sender_of_strangers(void **state)
{
    struct kit k = with_sender();

    (void)state;
    assert_int_equal(engine_usual_sender(k.e, 99, 1, 14155550100, 0), 0);
    assert_int_equal(engine_usual_sender(k.e, 1, 2, 14155550100, 0), 0);
    assert_int_equal(engine_usual_sender(k.e, 1, 1, 14155550100, 0), 7);
    kit_sender(&k, 7, 1, 0, false);
    assert_int_equal(engine_usual_sender(k.e, 1, 1, 14155550100, 0), 0);
    engine_free(k.e);
    engine_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_of_strangers_changes_nothing),
        cmocka_unit_test(an_organization_without_an_account_is_a_stranger),
        cmocka_unit_test(a_doubt_is_taken_up_once),
        cmocka_unit_test(a_listing_that_was_not_asked_for_is_not_believed),
        cmocka_unit_test(a_probe_that_was_not_asked_for_changes_nothing),
        cmocka_unit_test(nobody_is_the_usual_sender_of_strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

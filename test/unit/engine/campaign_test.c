/* A campaign's own life in the engine: it pauses itself, and it is dropped while things are under way. */
#include "kit.h"

enum { CAMPAIGN = 5, SAMPLE = 20 };

static struct kit with_campaign(int32_t permille)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1, .pause_sample_min = SAMPLE});

    kit_sender(&k, 7, 1, 0, true);
    engine_watch_campaign(k.e, CAMPAIGN, permille);
    return k;
}

static struct engine_item of_campaign(uint64_t message)
{
    struct engine_item i = kit_item(message, 14155550000 + message);

    i.lane.campaign = CAMPAIGN;
    return i;
}

/* So many ended, the last of them failed. Gives the command to pause it, if there is one. */
static const struct command *ended(struct kit *k, size_t count, size_t failed)
{
    for (size_t i = 0; i < count; i++) engine_campaign_result(k->e, CAMPAIGN, i >= count - failed);
    kit_step(k);
    return kit_find(k, COMMAND_PAUSE_CAMPAIGN, 0);
}

static void a_campaign_that_fails_too_often_pauses_itself_once(void **state)
{
    struct kit k = with_campaign(100);
    const struct command *c;

    (void)state;
    assert_null(ended(&k, SAMPLE - 1, SAMPLE - 1)); /* too few to judge */
    c = ended(&k, 1, 1);
    assert_non_null(c);
    assert_int_equal(c->campaign, CAMPAIGN);
    assert_int_equal(c->lane.campaign, CAMPAIGN); /* although it has no lane */
    assert_int_equal(c->failures, SAMPLE);
    assert_int_equal(c->total, SAMPLE);
    assert_null(ended(&k, SAMPLE, SAMPLE)); /* said once */
    kit_offer(&k, of_campaign(11));
    kit_step(&k);
    assert_null(kit_find(&k, COMMAND_ARM, 11));
    engine_pause_campaign(k.e, CAMPAIGN, false); /* a person resumes it: the sample begins anew */
    assert_null(ended(&k, SAMPLE - 1, SAMPLE - 1));
    assert_non_null(ended(&k, 1, 1));
    engine_free(k.e);
}

static void few_failures_do_not_pause_it(void **state)
{
    struct kit k = with_campaign(100);

    (void)state;
    assert_null(ended(&k, 100, 9));
    assert_null(ended(&k, 1, 1)); /* 10 of 101 */
    assert_non_null(ended(&k, 1, 1));
    engine_free(k.e);
    k = with_campaign(0); /* never */
    assert_null(ended(&k, 100, 100));
    engine_free(k.e);
}

static void what_waits_comes_back_when_it_pauses_itself(void **state)
{
    struct kit k = with_campaign(100);
    const struct command *c;

    (void)state;
    engine_set_draining(k.e, true);
    kit_offer(&k, of_campaign(11));
    c = ended(&k, SAMPLE, SAMPLE);
    assert_non_null(c);
    assert_int_equal(c->lane.org, 1);
    assert_non_null(kit_find(&k, COMMAND_GIVE_BACK, 11));
    assert_false(engine_holds(k.e, 11));
    engine_free(k.e);
}

/* Its pause is told, and then it is forgotten: a campaign of the same name is another one, and not paused. */
static void one_that_is_dropped_as_it_pauses_is_forgotten(void **state)
{
    struct kit k = with_campaign(100);

    (void)state;
    for (size_t i = 0; i < SAMPLE; i++) engine_campaign_result(k.e, CAMPAIGN, true);
    engine_drop_campaign(k.e, CAMPAIGN);
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_PAUSE_CAMPAIGN), 1);
    kit_offer(&k, of_campaign(11));
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_ARM, 11));
    engine_free(k.e);
}

static void draw(struct kit *k)
{
    struct engine_item i = of_campaign(0);

    assert_int_equal(engine_lane_ready(k->e, &i.lane, 0), ERR_OK);
    kit_step(k);
    assert_int_equal(kit_number_of(k, COMMAND_DRAW), 1);
}

static void drawn(struct kit *k, const struct engine_item *items, size_t count)
{
    assert_int_equal(engine_drawn(k->e, &items[0].lane, items, count, INT64_MAX), ERR_OK);
    kit_step(k);
}

/* One of the two is on its way out already. */
static void what_was_drawn_for_a_dropped_campaign_is_handed_back(void **state)
{
    struct kit k = with_campaign(0);
    struct engine_item items[] = {of_campaign(11), of_campaign(12)};

    (void)state;
    kit_offer(&k, items[0]);
    kit_post(&k, 11);
    draw(&k);
    engine_drop_campaign(k.e, CAMPAIGN);
    drawn(&k, items, 2);
    assert_int_equal(kit_number_of(&k, COMMAND_GIVE_BACK), 2);
    assert_int_equal(k.count, 2);
    assert_true(engine_holds(k.e, 11));
    assert_false(engine_holds(k.e, 12));
    kit_answer(&k, 11, ANSWER_ACCEPTED, 0);
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_RECORD, 11));
    engine_free(k.e);
}

static void one_begun_again_does_not_get_what_was_drawn_for_the_old(void **state)
{
    struct kit k = with_campaign(0);
    struct engine_item items[] = {of_campaign(11), of_campaign(12)};

    (void)state;
    draw(&k);
    engine_drop_campaign(k.e, CAMPAIGN);
    assert_int_equal(engine_lane_ready(k.e, &items[0].lane, 0), ERR_OK);
    drawn(&k, items, 2);
    assert_int_equal(kit_number_of(&k, COMMAND_GIVE_BACK), 2);
    assert_int_equal(kit_number_of(&k, COMMAND_DRAW), 1);
    drawn(&k, items, 2);
    assert_int_equal(kit_number_of(&k, COMMAND_ARM), 2);
    engine_free(k.e);
}

static void a_paused_campaign_gets_nothing_drawn(void **state)
{
    struct kit k = with_campaign(0);
    struct engine_item i = of_campaign(11);

    (void)state;
    draw(&k);
    engine_pause_campaign(k.e, CAMPAIGN, true);
    drawn(&k, &i, 1);
    assert_non_null(kit_find(&k, COMMAND_GIVE_BACK, 11));
    assert_null(kit_find(&k, COMMAND_DRAW, 0));
    engine_pause_campaign(k.e, CAMPAIGN, false);
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_DRAW), 1); /* it is remembered */
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_campaign_that_fails_too_often_pauses_itself_once),
        cmocka_unit_test(few_failures_do_not_pause_it),
        cmocka_unit_test(what_waits_comes_back_when_it_pauses_itself),
        cmocka_unit_test(one_that_is_dropped_as_it_pauses_is_forgotten),
        cmocka_unit_test(what_was_drawn_for_a_dropped_campaign_is_handed_back),
        cmocka_unit_test(one_begun_again_does_not_get_what_was_drawn_for_the_old),
        cmocka_unit_test(a_paused_campaign_gets_nothing_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

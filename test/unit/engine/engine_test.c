/* The life of a message through the engine: offered, armed, posted, answered; and what each answer does. */
#include "kit.h"

static struct kit with_sender(void)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});

    kit_sender(&k, 7, 1, 0, true);
    return k;
}

static void an_offered_message_is_armed_posted_and_recorded(void **state)
{
    struct kit k = with_sender();
    const struct command *c;
    struct engine_item i = kit_item(11, 14155550100);
    int owner;

    (void)state;
    i.owner = &owner;
    kit_offer(&k, i);
    kit_step(&k);
    c = kit_find(&k, COMMAND_ARM, 11);
    assert_non_null(c);
    assert_int_equal(c->sender, 7);
    assert_int_equal(c->account, 1);
    assert_ptr_equal(c->owner, &owner);
    assert_int_equal(kit_step(&k), 0);
    engine_armed(k.e, 11, true, k.mono_ms);
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_POST, 11));
    kit_answer(&k, 11, ANSWER_ACCEPTED, 0);
    kit_step(&k);
    c = kit_find(&k, COMMAND_RECORD, 11);
    assert_non_null(c);
    assert_int_equal(c->record, RECORD_ACCEPTED);
    assert_ptr_equal(c->owner, &owner);
    assert_false(engine_holds(k.e, 11));
    engine_free(k.e);
}

/* Steps on until the engine says that, about that message (0: any); within a quarter of an hour. */
static const struct command *wait_for(struct kit *k, enum command_kind kind, uint64_t message)
{
    for (int64_t until = k->mono_ms + 900000; k->mono_ms < until; k->mono_ms += 500) {
        kit_step(k);
        if (kit_find(k, kind, message) != NULL) return kit_find(k, kind, message);
    }
    return NULL;
}

static void an_attempt_that_is_never_answered_is_in_doubt(void **state)
{
    struct kit k = with_sender();
    const struct command *c;

    (void)state;
    kit_offer(&k, kit_item(11, 14155550100));
    kit_post(&k, 11);
    c = wait_for(&k, COMMAND_RECORD, 11);
    assert_non_null(c);
    assert_int_equal(c->record, RECORD_DOUBT);
    engine_free(k.e);
}

static void a_number_has_one_attempt_at_a_time(void **state)
{
    struct kit k = with_sender();

    (void)state;
    kit_offer(&k, kit_item(11, 14155550100));
    kit_post(&k, 11);
    kit_offer(&k, kit_item(12, 14155550100));
    kit_offer(&k, kit_item(13, 14155550101));
    kit_step(&k);
    assert_null(kit_find(&k, COMMAND_ARM, 12));
    assert_non_null(kit_find(&k, COMMAND_ARM, 13));
    kit_answer(&k, 11, ANSWER_ACCEPTED, 0);
    assert_non_null(wait_for(&k, COMMAND_ARM, 12));
    engine_free(k.e);
}

/* Listings asked for until it is proved absent, each of them clean. */
static int clean_listings_until_absent(struct kit *k)
{
    int listings = 0;

    while (wait_for(k, COMMAND_LIST, 11) != NULL) {
        listings++;
        engine_listed(k->e, 11, LISTING_CLEAN, kit_wall(k));
        kit_step(k);
        if (kit_find(k, COMMAND_DOUBT_ABSENT, 11) != NULL) return listings;
    }
    return 0;
}

static void absence_takes_two_clean_listings(void **state)
{
    struct kit k = with_sender();

    (void)state;
    kit_offer(&k, kit_item(11, 14155550100));
    kit_post(&k, 11);
    kit_answer(&k, 11, ANSWER_IN_DOUBT, 0);
    assert_int_equal(clean_listings_until_absent(&k), 2);
    engine_free(k.e);
}

static bool is_armed_behind(enum engine_gate gate, bool reply)
{
    struct kit k = with_sender();
    struct engine_item i = kit_item(11, 14155550100);
    bool armed;

    i.lane.kind = 2;
    i.reply = reply;
    engine_set_gate(k.e, 1, gate);
    kit_offer(&k, i);
    kit_step(&k);
    armed = kit_find(&k, COMMAND_ARM, 11) != NULL;
    engine_free(k.e);
    return armed;
}

static void only_replies_pass_until_missed_texts_are_read_back(void **state)
{
    (void)state;
    assert_false(is_armed_behind(GATE_REPLIES_ONLY, false));
    assert_true(is_armed_behind(GATE_REPLIES_ONLY, true));
    assert_false(is_armed_behind(GATE_SHUT, true));
    assert_true(is_armed_behind(GATE_OPEN, false));
}

static void a_stop_of_the_server_arms_nothing_more(void **state)
{
    struct kit k = with_sender();

    (void)state;
    engine_set_draining(k.e, true);
    kit_offer(&k, kit_item(11, 14155550100));
    kit_step(&k);
    assert_null(kit_find(&k, COMMAND_ARM, 11));
    engine_free(k.e);
}

/* Two windows of a limit of one: the second message goes one window after the first one's answer. */
static void a_slot_is_freed_one_window_after_the_answer(void **state)
{
    struct kit k = with_sender();
    int64_t answered_ms;

    (void)state;
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_SENDER, .org = 1, .program = 1, .sender = 7, .amount = 1,
                                        .window_ms = 1000});
    kit_offer(&k, kit_item(11, 14155550100));
    kit_offer(&k, kit_item(12, 14155550101));
    kit_post(&k, 11);
    k.mono_ms += 800;
    kit_step(&k);
    kit_answer(&k, 11, ANSWER_ACCEPTED, 0);
    answered_ms = k.mono_ms;
    k.mono_ms += 999;
    kit_step(&k);
    assert_null(kit_find(&k, COMMAND_ARM, 12));
    assert_non_null(wait_for(&k, COMMAND_ARM, 12));
    assert_true(k.mono_ms >= answered_ms + 1000);
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offered_message_is_armed_posted_and_recorded),
        cmocka_unit_test(an_attempt_that_is_never_answered_is_in_doubt),
        cmocka_unit_test(a_number_has_one_attempt_at_a_time),
        cmocka_unit_test(absence_takes_two_clean_listings),
        cmocka_unit_test(only_replies_pass_until_missed_texts_are_read_back),
        cmocka_unit_test(a_stop_of_the_server_arms_nothing_more),
        cmocka_unit_test(a_slot_is_freed_one_window_after_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

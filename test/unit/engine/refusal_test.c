/* What a refusal does: to its message, and to whoever else would have gone the same way. */
#include "kit.h"

enum { HOUR = 3600000, HOLD = 300000 };

/* Sender 7 and 8 of program 1, 9 of program 2; org 2 of another account has sender 10. */
static struct kit with_senders(void)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});
    struct engine_sender s = {.sender = 9, .org = 1, .program = 2, .kind = 1, .usable = true};

    kit_org(&k, 2, 2, 1);
    kit_sender(&k, 7, 1, 0, true);
    kit_sender(&k, 8, 1, 0, true);
    kit_sender(&k, 10, 2, 0, true);
    assert_int_equal(engine_set_sender(k.e, &s), ERR_OK);
    return k;
}

static struct engine_item by(uint64_t message, uint32_t sender)
{
    struct engine_item i = kit_item(message, 14155550000 + message);

    i.asked_sender = sender;
    if (sender == 9) i.lane.program = 2;
    if (sender == 10) i.lane.org = 2;
    return i;
}

/* What is recorded of an attempt by sender 7 that was answered so. */
static struct command answered(struct kit *k, uint64_t message, struct engine_answer a)
{
    kit_offer(k, by(message, 7));
    kit_post(k, message);
    a.message = message;
    engine_answered(k->e, &a, k->mono_ms, kit_wall(k));
    kit_step(k);
    assert_non_null(kit_find(k, COMMAND_RECORD, message));
    return *kit_find(k, COMMAND_RECORD, message);
}

static struct command refused(struct kit *k, uint64_t message, int32_t code)
{
    return answered(k, message, (struct engine_answer){.class = ANSWER_REJECTED, .error_code = code});
}

static bool goes(struct kit *k, uint64_t message, uint32_t sender)
{
    kit_offer(k, by(message, sender));
    kit_step(k);
    return kit_find(k, COMMAND_ARM, message) != NULL;
}

/* Which of the senders 7 … 10 go on, a bit each. */
static unsigned who_goes(struct kit *k, uint64_t first_message)
{
    unsigned bits = 0;

    for (uint32_t s = 7; s <= 10; s++) bits |= goes(k, first_message + s, s) ? 1u << (s - 7) : 0;
    return bits;
}

struct held {
    int32_t code;
    uint8_t reason;
    unsigned goes_on; /* senders 7, 8, 9, 10 from the least bit */
};

static void what_is_at_fault_is_held_and_nothing_else(void **state)
{
    static const struct held all[] = {
        {21212, REASON_CONFIGURATION, 0xe}, /* the sender */
        {21701, REASON_CONFIGURATION, 0xc}, /* the program: both of its senders */
        {21713, REASON_REGISTRATION, 0xc},
        {20003, REASON_CONFIGURATION, 0x8}, /* the account */
        {18001, REASON_REGISTRATION, 0xf},  /* the request alone */
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct kit k = with_senders();
        struct command c = refused(&k, 11, all[i].code);
        unsigned on = who_goes(&k, 100);
        assert_int_equal(c.record, RECORD_AGAIN);
        assert_int_equal(c.to_state, MESSAGE_HELD);
        assert_int_equal(c.error_code, all[i].code);
        assert_int_equal(c.next_wall_ms, kit_wall(&k) + HOLD);
        if (c.reason != all[i].reason || on != all[i].goes_on)
            fail_msg("%d: reason %d, goes on %x", all[i].code, c.reason, on);
        k.mono_ms += HOLD; /* looked at again */
        for (int n = 0; n < 4; n++) kit_step(&k);
        assert_int_equal(who_goes(&k, 200), 0xf);
        engine_free(k.e);
    }
}

/* Once somebody mended it, who was held goes on at once: the sender alone, or all of its program. */
static void who_is_mended_goes_on_at_once(void **state)
{
    struct kit one = with_senders(), program = with_senders();

    (void)state;
    (void)refused(&one, 11, 21659);
    assert_int_equal(who_goes(&one, 100), 0xe);
    engine_release_sender(one.e, 10, false); /* another's */
    engine_release_sender(one.e, 99, false); /* nobody's */
    assert_false(goes(&one, 190, 7));
    engine_release_sender(one.e, 7, false);
    assert_int_equal(who_goes(&one, 200), 0xf);
    (void)refused(&program, 11, 21701);
    assert_int_equal(who_goes(&program, 100), 0xc);
    engine_release_sender(program.e, 7, true);
    assert_int_equal(who_goes(&program, 200), 0xf);
    engine_free(one.e);
    engine_free(program.e);
}

/* A code that comes in a status callback holds whom it would hold in an answer, and as long. */
static void who_is_told_of_later_waits_as_well(void **state)
{
    struct kit one = with_senders(), program = with_senders();

    (void)state;
    engine_hold_sender(one.e, 99, false); /* nobody's */
    engine_hold_sender(one.e, 7, false);
    assert_int_equal(who_goes(&one, 100), 0xe);
    one.mono_ms += HOLD;
    for (int n = 0; n < 4; n++) kit_step(&one);
    assert_int_equal(who_goes(&one, 200), 0xf);
    engine_hold_sender(program.e, 7, true);
    assert_int_equal(who_goes(&program, 100), 0xc);
    engine_release_sender(program.e, 7, true);
    assert_int_equal(who_goes(&program, 200), 0xf);
    engine_free(one.e);
    engine_free(program.e);
}

/* The second refusal of one burst holds the account no longer than the first. */
static void a_burst_of_refusals_holds_the_account_once(void **state)
{
    struct kit k = with_senders();

    (void)state;
    kit_offer(&k, by(12, 7));
    kit_post(&k, 12);
    (void)refused(&k, 11, 20003);
    kit_answer(&k, 12, ANSWER_REJECTED, 20003);
    kit_step(&k);
    assert_int_equal(kit_find(&k, COMMAND_RECORD, 12)->next_wall_ms, kit_wall(&k) + HOLD);
    k.mono_ms += HOLD;
    kit_step(&k);
    assert_true(goes(&k, 13, 7));
    engine_free(k.e);
}

static void quiet_hours_of_the_provider_are_asked_again_in_an_hour(void **state)
{
    struct kit k = with_senders();
    struct command c = refused(&k, 11, 30610);

    (void)state;
    assert_int_equal(c.record, RECORD_AGAIN);
    assert_int_equal(c.to_state, MESSAGE_HELD);
    assert_int_equal(c.reason, REASON_QUIET_HOURS);
    assert_int_equal(c.next_wall_ms, kit_wall(&k) + HOUR);
    assert_true(goes(&k, 12, 7));
    engine_free(k.e);
}

/* ---- a day's cap ---- */

static struct kit with_day_cap(int64_t amount)
{
    struct kit k = with_senders();

    kit_limit(&k, (struct engine_limit){.scope = SCOPE_BRAND_CARRIER_DAY, .org = 1, .carrier = 1, .amount = amount,
                                        .counts_segments = true});
    kit_step(&k); /* the engine learns the time */
    return k;
}

static void a_day_that_the_provider_calls_over_is_over_until_midnight(void **state)
{
    struct kit k = with_day_cap(1000);
    int64_t midnight = kit_wall(&k) + 5 * HOUR;

    (void)state;
    engine_set_day(k.e, 1, 1, 10, midnight);
    kit_offer(&k, by(12, 8));
    kit_post(&k, 12);
    assert_int_equal(refused(&k, 11, 30023).next_wall_ms, midnight);
    kit_answer(&k, 12, ANSWER_REJECTED, 30023); /* of the same burst: nothing new */
    kit_step(&k);
    assert_int_equal(kit_find(&k, COMMAND_RECORD, 12)->next_wall_ms, midnight);
    assert_int_equal(kit_find(&k, COMMAND_RECORD, 12)->to_state, MESSAGE_HELD);
    assert_false(goes(&k, 13, 7));
    k.mono_ms += 5 * HOUR;
    for (int n = 0; n < 4 && kit_find(&k, COMMAND_ARM, 13) == NULL; n++) kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_ARM, 13));
    engine_free(k.e);
}

static void without_a_cap_of_ours_it_is_asked_again_in_an_hour(void **state)
{
    struct kit k = with_day_cap(0);

    (void)state;
    assert_int_equal(refused(&k, 11, 30023).next_wall_ms, kit_wall(&k) + HOUR);
    assert_true(goes(&k, 12, 7));
    engine_free(k.e);
}

/* A callback says it before anything was counted of that day, and nobody told when it ends: all the same it ends. */
static void a_day_called_over_before_its_first_message_ends_too(void **state)
{
    struct kit k = with_day_cap(1000);
    bool went = false;

    (void)state;
    engine_throttled(k.e, 1, 1, 7, 1, 30023);
    assert_false(goes(&k, 11, 7));
    for (int hour = 0; hour < 26 && !went; hour++, k.mono_ms += HOUR) {
        kit_step(&k);
        went = kit_find(&k, COMMAND_ARM, 11) != NULL;
    }
    assert_true(went);
    engine_free(k.e);
}

/* ---- too fast ---- */

static int64_t rests(struct kit *k, uint32_t sender)
{
    for (int64_t ms = 0; ms <= 120000; ms += 500, k->mono_ms += 500) {
        kit_step(k);
        if (ms == 0) kit_offer(k, by(500, sender));
        if (ms == 0) kit_step(k);
        if (kit_find(k, COMMAND_ARM, 500) != NULL) return ms;
    }
    return -1;
}

static int64_t rests_after(int32_t code, int64_t retry_after_ms, uint32_t sender)
{
    struct kit k = with_senders();
    struct command c = answered(&k, 11, (struct engine_answer){.class = ANSWER_THROTTLED, .error_code = code,
                                                               .retry_after_ms = retry_after_ms});
    int64_t ms = rests(&k, sender);

    assert_int_equal(c.record, RECORD_AGAIN);
    assert_int_equal(c.to_state, MESSAGE_QUEUED);
    assert_true(c.next_wall_ms >= KIT_WALL + 1000 + retry_after_ms);
    engine_free(k.e);
    return ms;
}

static void too_fast_rests_whom_the_code_names_as_long_as_it_says(void **state)
{
    (void)state;
    assert_int_equal(rests_after(30001, 0, 7), 5000); /* the sender */
    assert_int_equal(rests_after(30001, 20000, 7), 20000);
    assert_int_equal(rests_after(30001, 20000, 8), 0);
    assert_int_equal(rests_after(30023, 9000, 7), 9000); /* a brand at a carrier that has no limit here */
    assert_int_equal(rests_after(30023, 9000, 8), 0);
    assert_int_equal(rests_after(0, 7000, 8), 7000); /* no code: the account */
    assert_int_equal(rests_after(21610, 7000, 9), 7000);
    assert_int_equal(rests_after(0, 7000, 10), 0);
}

/* A route's limit that was lifted cannot slow down: the sender rests instead, and it alone. */
static void a_lifted_limit_learns_nothing(void **state)
{
    struct kit k = with_senders();

    (void)state;
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_PROGRAM_CARRIER, .org = 1, .program = 1, .carrier = 1,
                                        .amount = 0, .window_ms = 60000});
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_SENDER, .org = 1, .program = 1, .sender = 7, .amount = 0,
                                        .window_ms = 60000});
    (void)answered(&k, 11, (struct engine_answer){.class = ANSWER_THROTTLED, .error_code = 30022});
    assert_int_equal(kit_number_of(&k, COMMAND_LEARNED), 0);
    assert_false(goes(&k, 12, 7));
    assert_true(goes(&k, 13, 8));
    k.mono_ms += 5000;
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_ARM, 12));
    engine_throttled(k.e, 1, 1, 7, 1, 30001);
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_LEARNED), 0);
    engine_free(k.e);
}

/* ---- retries ---- */

static struct command unsent(uint8_t attempt)
{
    struct kit k = with_senders();
    struct engine_item i = by(11, 7);
    struct command c;

    i.attempt = attempt;
    kit_offer(&k, i);
    kit_post(&k, 11);
    kit_answer(&k, 11, ANSWER_UNSENT, 0);
    kit_step(&k);
    c = *kit_find(&k, COMMAND_RECORD, 11);
    engine_free(k.e);
    return c;
}

static void pauses_between_attempts_double_up_to_five_minutes(void **state)
{
    const int64_t now = KIT_WALL + 1000;

    (void)state;
    assert_in_range(unsent(1).next_wall_ms - now, 800, 1200);
    assert_in_range(unsent(4).next_wall_ms - now, 6400, 9600);
    assert_in_range(unsent(20).next_wall_ms - now, 240000, 360000);
}

static void an_attempt_has_a_number_that_can_be_counted(void **state)
{
    struct command c = unsent(250);

    (void)state;
    assert_int_equal(unsent(249).record, RECORD_AGAIN);
    assert_int_equal(c.record, RECORD_ENDED);
    assert_int_equal(c.to_state, MESSAGE_FAILED);
    assert_int_equal(c.reason, REASON_ATTEMPTS);
}

/* A refusal that may pass is tried again as often as the setting says. */
static void attempts_come_to_an_end(void **state)
{
    for (uint8_t attempt = 4; attempt <= 5; attempt++) {
        struct kit k = with_senders();
        struct engine_item i = by(11, 7);
        const struct command *c;
        i.attempt = attempt;
        kit_offer(&k, i);
        kit_post(&k, 11);
        kit_answer(&k, 11, ANSWER_REJECTED, 20162);
        kit_step(&k);
        c = kit_find(&k, COMMAND_RECORD, 11);
        assert_int_equal(c->record, attempt == 5 ? RECORD_ENDED : RECORD_AGAIN);
        if (attempt == 5) assert_int_equal(c->reason, REASON_ATTEMPTS);
        engine_free(k.e);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_at_fault_is_held_and_nothing_else),
        cmocka_unit_test(who_is_mended_goes_on_at_once),
        cmocka_unit_test(who_is_told_of_later_waits_as_well),
        cmocka_unit_test(a_burst_of_refusals_holds_the_account_once),
        cmocka_unit_test(quiet_hours_of_the_provider_are_asked_again_in_an_hour),
        cmocka_unit_test(a_day_that_the_provider_calls_over_is_over_until_midnight),
        cmocka_unit_test(without_a_cap_of_ours_it_is_asked_again_in_an_hour),
        cmocka_unit_test(a_day_called_over_before_its_first_message_ends_too),
        cmocka_unit_test(too_fast_rests_whom_the_code_names_as_long_as_it_says),
        cmocka_unit_test(a_lifted_limit_learns_nothing),
        cmocka_unit_test(pauses_between_attempts_double_up_to_five_minutes),
        cmocka_unit_test(attempts_come_to_an_end),
        cmocka_unit_test(an_attempt_has_a_number_that_can_be_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

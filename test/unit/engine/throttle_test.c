/* What a provider's status callback with an error code does to the pace. */
#include "kit.h"

static struct kit with_sender(void)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1});
    kit_sender(&k, 7, 1, 0, true);
    kit_limit(&k, (struct engine_limit){.scope = SCOPE_SENDER, .org = 1, .program = 1, .sender = 7,
                                        .amount = 10, .window_ms = 1000});
    return k;
}

/* Whether the next message may go at once after a callback with that code. */
static bool goes_on_after(int32_t code)
{
    struct kit k = with_sender();
    bool goes;

    kit_step(&k); /* the engine learns the time */
    engine_throttled(k.e, 1, 1, 7, 1, code);
    kit_offer(&k, kit_item(11, 14155550100));
    kit_step(&k);
    goes = kit_find(&k, COMMAND_ARM, 11) != NULL;
    engine_free(k.e);
    return goes;
}

static void a_phone_that_cannot_be_reached_slows_nobody(void **state)
{
    const int32_t codes[] = {30003, 30004, 30005, 30006, 30007, 30008, 21610};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) assert_true(goes_on_after(codes[i]));
}

static void a_full_queue_of_a_sender_rests_that_sender(void **state)
{
    (void)state;
    assert_false(goes_on_after(30001));
}

static void too_many_messages_of_the_account_rest_the_account(void **state)
{
    (void)state;
    assert_false(goes_on_after(63017));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_phone_that_cannot_be_reached_slows_nobody),
        cmocka_unit_test(a_full_queue_of_a_sender_rests_that_sender),
        cmocka_unit_test(too_many_messages_of_the_account_rest_the_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

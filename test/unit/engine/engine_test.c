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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offered_message_is_armed_posted_and_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

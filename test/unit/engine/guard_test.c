/* With a guard interval a slot is freed by the time of the first byte: whoever waits for it does not wait for the
 * answer too. */
#include "kit.h"

enum { WINDOW = 1000, GUARD = 50 };

static struct kit with_limit(enum engine_scope scope)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = GUARD});

    kit_sender(&k, 7, 1, 0, true);
    kit_limit(&k, (struct engine_limit){.scope = scope, .account = 1, .org = 1, .program = 1, .sender = 7, .carrier = 1,
                                        .amount = 1, .window_ms = WINDOW});
    kit_offer(&k, kit_item(11, 14155550100));
    kit_offer(&k, kit_item(12, 14155550101));
    return k;
}

static void the_next_goes_one_window_after_the_first_byte(void **state)
{
    static const enum engine_scope scopes[] = {SCOPE_ACCOUNT, SCOPE_ORG,    SCOPE_BRAND,
                                               SCOPE_SENDER,  SCOPE_SENDER_CARRIER, SCOPE_PROGRAM_CARRIER};

    (void)state;
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        struct kit k = with_limit(scopes[i]);
        kit_post(&k, 11);
        assert_int_equal(engine_next_mono_ms(k.e, k.mono_ms, kit_wall(&k)), k.mono_ms + WINDOW + GUARD);
        k.mono_ms += WINDOW + GUARD - 1;
        kit_step(&k);
        assert_null(kit_find(&k, COMMAND_ARM, 12));
        k.mono_ms++;
        kit_step(&k);
        if (kit_find(&k, COMMAND_ARM, 12) == NULL) fail_msg("scope %d waits for the answer", scopes[i]);
        engine_free(k.e);
    }
}

/* The answer adds nothing. */
static void an_answer_does_not_hold_it_longer(void **state)
{
    struct kit k = with_limit(SCOPE_SENDER);

    (void)state;
    kit_post(&k, 11);
    k.mono_ms += 900;
    kit_answer(&k, 11, ANSWER_ACCEPTED, 0);
    kit_step(&k);
    assert_null(kit_find(&k, COMMAND_ARM, 12));
    k.mono_ms += WINDOW + GUARD - 900;
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_ARM, 12));
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_goes_one_window_after_the_first_byte),
        cmocka_unit_test(an_answer_does_not_hold_it_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

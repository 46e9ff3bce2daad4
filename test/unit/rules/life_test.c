/* The life of a message: which moves are legal, and how the provider's words rank. */
#include "rules/life.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void nothing_moves_to_or_from_outside_the_enum(void **state)
{
    (void)state;
    for (int s = -1; s <= MESSAGE_STATES; s++) {
        assert_false(message_transition_legal((enum message_state)s, (enum message_state)0));
        assert_false(message_transition_legal((enum message_state)0, (enum message_state)s));
        assert_false(message_transition_legal((enum message_state)s, MESSAGE_STATES));
        assert_false(message_transition_legal(MESSAGE_STATES, (enum message_state)s));
    }
}

static void delivered_is_for_ever(void **state)
{
    (void)state;
    for (int s = 1; s < MESSAGE_STATES; s++)
        assert_false(message_transition_legal(MESSAGE_DELIVERED, (enum message_state)s));
}

static void only_what_never_reached_a_carrier_is_queued_again(void **state)
{
    static const enum message_state again[] = {MESSAGE_QUEUED, MESSAGE_HELD, MESSAGE_ARMED, MESSAGE_IN_DOUBT,
                                               MESSAGE_ACCEPTED, MESSAGE_SENT};
    unsigned may = 0;
    (void)state;
    for (size_t i = 0; i < sizeof again / sizeof again[0]; i++) may |= 1u << again[i];
    for (int s = 1; s < MESSAGE_STATES; s++)
        assert_int_equal(message_transition_legal((enum message_state)s, MESSAGE_QUEUED), (may >> s) & 1);
}

static void a_higher_word_is_always_a_legal_move(void **state)
{
    (void)state;
    for (int from = 1; from < MESSAGE_STATES; from++)
        for (int to = 1; to < MESSAGE_STATES; to++) {
            enum message_state f = (enum message_state)from, t = (enum message_state)to;
            if (message_rank(t, true) == 0 || t == MESSAGE_QUEUED || t == MESSAGE_HELD) continue;
            if (f == t || message_rank(t, true) <= message_rank(f, false)) continue;
            assert_true(message_transition_legal(f, t));
        }
}

static void a_queued_message_with_a_sid_listens_only_to_delivered(void **state)
{
    (void)state;
    for (int s = 1; s < MESSAGE_STATES; s++)
        if (s != MESSAGE_DELIVERED)
            assert_true(message_rank((enum message_state)s, true) <= message_rank(MESSAGE_QUEUED, true));
    assert_true(message_rank(MESSAGE_DELIVERED, true) > message_rank(MESSAGE_QUEUED, true));
    assert_int_equal(message_rank(MESSAGE_QUEUED, false), 0);
    assert_int_equal(message_rank(MESSAGE_CANCELED, false), 0);
    assert_true(message_rank(MESSAGE_CANCELED, true) < message_rank(MESSAGE_SENT, true));
}

static void names_read_back(void **state)
{
    enum message_state s = MESSAGE_QUEUED;
    (void)state;
    for (int i = 1; i < MESSAGE_STATES; i++) {
        assert_int_equal(message_state_parse(str_from(message_state_name((enum message_state)i)), &s), ERR_OK);
        assert_int_equal(s, i);
    }
    assert_int_equal(message_state_parse(STR(""), &s), ERR_INVALID);
    assert_int_equal(message_state_parse(STR("Queued"), &s), ERR_INVALID);
    assert_string_equal(message_state_name((enum message_state)99), "");
    assert_true(message_state_final(MESSAGE_EXPIRED));
    assert_false(message_state_final(MESSAGE_IN_DOUBT));
}

static void what_is_no_state_is_not_final_and_has_no_rank(void **state)
{
    (void)state;
    assert_false(message_state_final((enum message_state)0));
    assert_false(message_state_final(MESSAGE_STATES));
    assert_true(message_state_final(MESSAGE_DELIVERED));
    assert_int_equal(message_rank((enum message_state)0, true), 0);
    assert_int_equal(message_rank(MESSAGE_STATES, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_moves_to_or_from_outside_the_enum),
        cmocka_unit_test(delivered_is_for_ever),
        cmocka_unit_test(only_what_never_reached_a_carrier_is_queued_again),
        cmocka_unit_test(a_higher_word_is_always_a_legal_move),
        cmocka_unit_test(a_queued_message_with_a_sid_listens_only_to_delivered),
        cmocka_unit_test(names_read_back),
        cmocka_unit_test(what_is_no_state_is_not_final_and_has_no_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

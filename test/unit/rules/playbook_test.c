/* The table the engine obeys and people read: complete, in order, and careful with what it does not know. */
#include "rules/playbook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_whole_reference_is_known_in_order(void **state)
{
    (void)state;
    assert_true(playbook_count() >= 985);
    for (size_t i = 0; i < playbook_count(); i++) {
        const struct playbook_entry *e = playbook_at(i);
        assert_ptr_equal(playbook_get(e->code), e);
        assert_true(playbook_knows(e->code));
        assert_true(i == 0 || playbook_at(i - 1)->code < e->code);
        assert_true(strlen(e->title) > 0 && strlen(e->family) > 0);
    }
}

static void the_codes_that_matter_are_explained(void **state)
{
    static const int32_t CODES[] = {
        20003, 20429, 21211, 21408, 21606, 21610, 21611, 21614, 21617, 21703, 30001, 30003,
        30004, 30005, 30006, 30007, 30008, 30022, 30023, 30032, 30033, 30034, 30035, 30036,
        30450, 30610, 30795, 30886, 30896, 30909, 30934, 11200, 11217, 60203, 60601, 60621,
        63017,
    };
    size_t explained = 0;
    (void)state;
    for (size_t i = 0; i < playbook_count(); i++) {
        const struct playbook_entry *e = playbook_at(i);
        assert_int_equal(strlen(e->explanation) > 0, strlen(e->remedy) > 0);
        if (strlen(e->explanation) > 0) explained++;
    }
    assert_true(explained >= 250);
    for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++)
        assert_true(strlen(playbook_get(CODES[i])->remedy) > 20);
}

static void no_explanation_stands_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < playbook_count(); i++)
        for (size_t k = i + 1; k < playbook_count(); k++)
            if (strlen(playbook_at(i)->explanation) > 0 &&
                strcmp(playbook_at(i)->explanation, playbook_at(k)->explanation) == 0)
                fail_msg("%d and %d say the same", playbook_at(i)->code, playbook_at(k)->code);
}

/* Compliance section 6.2 and design section 4. */
static void the_engine_is_told_what_to_do(void **state)
{
    static const struct {
        int32_t code;
        enum playbook_action action;
        enum playbook_scope scope;
    } ROWS[] = {
        {20003, PLAYBOOK_HOLD, PLAYBOOK_SCOPE_ACCOUNT},
        {20429, PLAYBOOK_THROTTLE, PLAYBOOK_SCOPE_ACCOUNT},
        {20500, PLAYBOOK_DOUBT, PLAYBOOK_SCOPE_PROVIDER},
        {21211, PLAYBOOK_END, PLAYBOOK_SCOPE_RECIPIENT},
        {21408, PLAYBOOK_END, PLAYBOOK_SCOPE_COUNTRY},
        {21606, PLAYBOOK_HOLD, PLAYBOOK_SCOPE_SENDER},
        {21609, PLAYBOOK_HOLD, PLAYBOOK_SCOPE_ACCOUNT},
        {21610, PLAYBOOK_SUPPRESS, PLAYBOOK_SCOPE_RECIPIENT},
        {21611, PLAYBOOK_THROTTLE, PLAYBOOK_SCOPE_SENDER},
        {21617, PLAYBOOK_END, PLAYBOOK_SCOPE_CONTENT},
        {21602, PLAYBOOK_FIX, PLAYBOOK_SCOPE_REQUEST},
        {21704, PLAYBOOK_HOLD, PLAYBOOK_SCOPE_PROGRAM},
        {30001, PLAYBOOK_THROTTLE, PLAYBOOK_SCOPE_SENDER},
        {30002, PLAYBOOK_HOLD, PLAYBOOK_SCOPE_ACCOUNT},
        {30005, PLAYBOOK_END, PLAYBOOK_SCOPE_RECIPIENT},
        {30007, PLAYBOOK_END, PLAYBOOK_SCOPE_CONTENT},
        {30022, PLAYBOOK_THROTTLE, PLAYBOOK_SCOPE_PROGRAM_CARRIER},
        {30023, PLAYBOOK_NEXT_DAY, PLAYBOOK_SCOPE_BRAND_CARRIER},
        {30032, PLAYBOOK_HOLD, PLAYBOOK_SCOPE_SENDER},
        {30033, PLAYBOOK_HOLD, PLAYBOOK_SCOPE_PROGRAM},
        {30034, PLAYBOOK_HOLD, PLAYBOOK_SCOPE_SENDER},
        {30410, PLAYBOOK_DOUBT, PLAYBOOK_SCOPE_PROVIDER},
        {30610, PLAYBOOK_WINDOW, PLAYBOOK_SCOPE_RECIPIENT},
        {30630, PLAYBOOK_SUPPRESS, PLAYBOOK_SCOPE_RECIPIENT},
        {11200, PLAYBOOK_NOTE, PLAYBOOK_SCOPE_WEBHOOK},
        {30025, PLAYBOOK_NOTE, PLAYBOOK_SCOPE_REQUEST},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const struct playbook_entry *e = playbook_get(ROWS[i].code);
        if (e->action != ROWS[i].action || e->scope != ROWS[i].scope)
            fail_msg("%d: %s %s", e->code, playbook_action_name(e->action), playbook_scope_name(e->scope));
    }
}

static void only_codes_of_messages_never_handed_over_are_sent_again(void **state)
{
    static const int32_t AGAIN[] = {
        21611, 21703, 21704, 30001, 30022, 30023, 30027, 30035, 30454, 30610, 30615,
    };
    size_t at = 0;
    (void)state;
    for (size_t i = 0; i < playbook_count(); i++) {
        if (!playbook_at(i)->retry_after_accept) continue;
        assert_true(at < sizeof AGAIN / sizeof AGAIN[0]);
        assert_int_equal(playbook_at(i)->code, AGAIN[at++]);
    }
    assert_int_equal(at, sizeof AGAIN / sizeof AGAIN[0]);
}

static void an_undelivered_message_is_not_sent_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < playbook_count(); i++) {
        enum playbook_action action = playbook_after_accept(playbook_at(i), PROVIDER_UNDELIVERED);
        assert_true(action == PLAYBOOK_END || action == PLAYBOOK_SUPPRESS);
    }
}

static void some_troubles_may_pass_by_themselves(void **state)
{
    (void)state;
    assert_true(playbook_may_pass(playbook_get(30003)));
    assert_true(playbook_may_pass(playbook_get(30008)));
    assert_true(playbook_may_pass(playbook_get(30017)));
    assert_false(playbook_may_pass(playbook_get(30005)));
    assert_false(playbook_may_pass(playbook_get(30007)));
    assert_false(playbook_may_pass(playbook_get(30034)));
    assert_false(playbook_may_pass(playbook_get(21610)));
}

static void a_failed_message_goes_by_its_code(void **state)
{
    (void)state;
    assert_int_equal(playbook_after_accept(playbook_get(30001), PROVIDER_FAILED), PLAYBOOK_THROTTLE);
    assert_int_equal(playbook_after_accept(playbook_get(30023), PROVIDER_FAILED), PLAYBOOK_NEXT_DAY);
    assert_int_equal(playbook_after_accept(playbook_get(21704), PROVIDER_FAILED), PLAYBOOK_HOLD);
    assert_int_equal(playbook_after_accept(playbook_get(21610), PROVIDER_FAILED), PLAYBOOK_SUPPRESS);
    assert_int_equal(playbook_after_accept(playbook_get(30500), PROVIDER_FAILED), PLAYBOOK_END);
    assert_int_equal(playbook_after_accept(playbook_get(30001), PROVIDER_DELIVERED), PLAYBOOK_END);
}

static void an_unknown_code_gets_a_default_that_never_sends_again(void **state)
{
    (void)state;
    for (int64_t code = -10; code < 100000; code++) {
        const struct playbook_entry *e = playbook_get(code);
        assert_non_null(e);
        if (e->code != 0) continue;
        assert_false(playbook_knows(code));
        assert_false(e->retry_after_accept);
        assert_int_equal(playbook_after_accept(e, PROVIDER_FAILED), PLAYBOOK_END);
        assert_int_not_equal(e->action, PLAYBOOK_RETRY);
        assert_true(strlen(e->explanation) > 20 && strlen(e->remedy) > 20);
    }
    assert_string_equal(playbook_get(INT64_MAX)->title, "Unknown code");
    assert_string_equal(playbook_get(INT64_MIN)->title, "Unknown code");
}

static void an_unknown_code_is_placed_by_its_range(void **state)
{
    (void)state;
    assert_string_equal(playbook_get(30049)->family, "messages delivery");
    assert_int_equal(playbook_get(30049)->action, PLAYBOOK_END);
    assert_string_equal(playbook_get(30999)->family, "A2P campaign");
    assert_int_equal(playbook_get(30999)->action, PLAYBOOK_HOLD);
    assert_string_equal(playbook_get(11299)->family, "webhook HTTP retrieval");
    assert_int_equal(playbook_get(502)->action, PLAYBOOK_DOUBT);
    assert_int_equal(playbook_get(401)->action, PLAYBOOK_HOLD);
    assert_int_equal(playbook_get(422)->action, PLAYBOOK_FIX);
    assert_int_equal(playbook_get(429)->action, PLAYBOOK_THROTTLE);
    assert_int_equal(playbook_get(430)->action, PLAYBOOK_FIX);
    assert_int_equal(playbook_get(0)->action, PLAYBOOK_FIX);
}

static void every_value_has_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PLAYBOOK_CLASSES; i++)
        assert_true(strlen(playbook_class_name((enum playbook_class)i)) > 2);
    for (unsigned i = 0; i < PLAYBOOK_ACTIONS; i++)
        assert_true(strlen(playbook_action_name((enum playbook_action)i)) > 2);
    for (unsigned i = 0; i < PLAYBOOK_SCOPES; i++)
        assert_true(strlen(playbook_scope_name((enum playbook_scope)i)) > 2);
}

static void only_kinds_of_waiting_may_pass(void **state)
{
    (void)state;
    for (unsigned a = 0; a < PLAYBOOK_ACTIONS; a++) {
        struct playbook_entry e = {.action = (enum playbook_action)a};
        bool waits = a == PLAYBOOK_RETRY || a == PLAYBOOK_THROTTLE || a == PLAYBOOK_NEXT_DAY || a == PLAYBOOK_WINDOW;
        assert_int_equal(playbook_may_pass(&e), waits);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_reference_is_known_in_order),
        cmocka_unit_test(the_codes_that_matter_are_explained),
        cmocka_unit_test(no_explanation_stands_twice),
        cmocka_unit_test(the_engine_is_told_what_to_do),
        cmocka_unit_test(only_codes_of_messages_never_handed_over_are_sent_again),
        cmocka_unit_test(an_undelivered_message_is_not_sent_again),
        cmocka_unit_test(some_troubles_may_pass_by_themselves),
        cmocka_unit_test(a_failed_message_goes_by_its_code),
        cmocka_unit_test(an_unknown_code_gets_a_default_that_never_sends_again),
        cmocka_unit_test(an_unknown_code_is_placed_by_its_range),
        cmocka_unit_test(every_value_has_a_name),
        cmocka_unit_test(only_kinds_of_waiting_may_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

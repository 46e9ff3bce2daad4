/* Statuses come late, doubled and reordered; whatever the order, the end is the same. */
#include "rules/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void words_are_read_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(status_parse(STR("delivered")), PROVIDER_DELIVERED);
    assert_int_equal(status_parse(STR("DELIVERED")), PROVIDER_DELIVERED);
    assert_int_equal(status_parse(STR("undelivered")), PROVIDER_UNDELIVERED);
    assert_int_equal(status_parse(STR("partially_delivered")), PROVIDER_PARTIALLY_DELIVERED);
}

static void a_word_not_known_is_unknown_and_loses_every_merge(void **state)
{
    (void)state;
    assert_int_equal(status_parse(STR("teleported")), PROVIDER_UNKNOWN);
    assert_int_equal(status_parse(STR("unknown")), PROVIDER_UNKNOWN);
    assert_int_equal(status_parse(STR("")), PROVIDER_UNKNOWN);
    for (unsigned s = 0; s < PROVIDER_STATUSES; s++)
        assert_int_equal(status_merge(PROVIDER_UNKNOWN, (enum provider_status)s), s);
}

static void every_status_has_a_word_that_reads_back(void **state)
{
    (void)state;
    for (unsigned s = 1; s < PROVIDER_STATUSES; s++)
        assert_int_equal(status_parse(str_from(status_text((enum provider_status)s))), s);
}

static void the_order_is_the_designs(void **state)
{
    static const enum provider_status ORDER[] = {
        PROVIDER_ACCEPTED, PROVIDER_QUEUED,      PROVIDER_SENDING,   PROVIDER_SENT,
        PROVIDER_FAILED,   PROVIDER_UNDELIVERED, PROVIDER_DELIVERED, PROVIDER_READ};
    (void)state;
    for (size_t i = 0; i + 1 < sizeof ORDER / sizeof ORDER[0]; i++) {
        assert_int_equal(status_merge(ORDER[i], ORDER[i + 1]), ORDER[i + 1]);
        assert_int_equal(status_merge(ORDER[i + 1], ORDER[i]), ORDER[i + 1]);
    }
}

static void a_message_seen_leaving_was_not_canceled(void **state)
{
    (void)state;
    assert_int_equal(status_merge(PROVIDER_CANCELED, PROVIDER_SENT), PROVIDER_SENT);
    assert_int_equal(status_merge(PROVIDER_SCHEDULED, PROVIDER_CANCELED), PROVIDER_CANCELED);
    assert_int_equal(status_merge(PROVIDER_CANCELED, PROVIDER_QUEUED), PROVIDER_CANCELED);
}

static void merging_commutes_associates_and_repeats_without_effect(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PROVIDER_STATUSES; i++)
        for (unsigned j = 0; j < PROVIDER_STATUSES; j++) {
            enum provider_status a = (enum provider_status)i, b = (enum provider_status)j;
            assert_int_equal(status_merge(a, b), status_merge(b, a));
            assert_int_equal(status_merge(status_merge(a, b), b), status_merge(a, b));
            for (unsigned k = 0; k < PROVIDER_STATUSES; k++) {
                enum provider_status c = (enum provider_status)k;
                assert_int_equal(status_merge(status_merge(a, b), c), status_merge(a, status_merge(b, c)));
            }
        }
}

static void only_the_ends_are_final(void **state)
{
    (void)state;
    assert_false(status_is_final(PROVIDER_SENT));
    assert_false(status_is_final(PROVIDER_QUEUED));
    assert_false(status_is_final(PROVIDER_UNKNOWN));
    assert_true(status_is_final(PROVIDER_DELIVERED));
    assert_true(status_is_final(PROVIDER_UNDELIVERED));
    assert_true(status_is_final(PROVIDER_FAILED));
    assert_true(status_is_final(PROVIDER_CANCELED));
    assert_true(status_is_final(PROVIDER_READ));
    assert_true(status_is_final(PROVIDER_RECEIVED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read_in_any_case),
        cmocka_unit_test(a_word_not_known_is_unknown_and_loses_every_merge),
        cmocka_unit_test(every_status_has_a_word_that_reads_back),
        cmocka_unit_test(the_order_is_the_designs),
        cmocka_unit_test(a_message_seen_leaving_was_not_canceled),
        cmocka_unit_test(merging_commutes_associates_and_repeats_without_effect),
        cmocka_unit_test(only_the_ends_are_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

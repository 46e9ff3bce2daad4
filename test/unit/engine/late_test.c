/* What crosses on its way: a STOP while a message is armed, an answer after the doubt, proof before the record. */
#include "kit.h"

enum { QUARTER_MS = 900000 };

static struct kit with_sender(struct engine_config c)
{
    struct kit k;

    c.seed = 1;
    c.guard_ms = -1;
    k = kit_new(c);
    kit_sender(&k, 7, 1, 0, true);
    return k;
}

static struct kit in_doubt(void)
{
    struct kit k = with_sender((struct engine_config){.reconcile_first_ms = 1000, .reconcile_second_ms = 1000});

    kit_offer(&k, kit_item(11, 14155550100));
    kit_post(&k, 11);
    kit_answer(&k, 11, ANSWER_IN_DOUBT, 0);
    return k;
}

static enum record_kind recorded(struct kit *k, uint64_t message)
{
    const struct command *c;

    kit_step(k);
    c = kit_find(k, COMMAND_RECORD, message);
    return c == NULL ? 0 : c->record;
}

/* ---- STOP ---- */

static void a_stop_while_it_is_being_armed_keeps_it_from_going(void **state)
{
    struct kit k = with_sender((struct engine_config){0});

    (void)state;
    kit_offer(&k, kit_item(11, 14155550100));
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_ARM, 11));
    engine_stop_number(k.e, 1, 14155550100);
    assert_int_equal(kit_step(&k), 0);
    engine_armed(k.e, 11, true, k.mono_ms);
    assert_int_equal(recorded(&k, 11), RECORD_WITHDRAWN);
    assert_null(kit_find(&k, COMMAND_POST, 11));
    engine_free(k.e);
}

static void an_arming_that_failed_is_not_recorded_as_stopped(void **state)
{
    struct kit k = with_sender((struct engine_config){0});

    (void)state;
    kit_offer(&k, kit_item(11, 14155550100));
    kit_step(&k);
    engine_stop_number(k.e, 1, 14155550100);
    engine_armed(k.e, 11, false, k.mono_ms);
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_GIVE_BACK, 11));
    assert_int_equal(kit_number_of(&k, COMMAND_RECORD), 0);
    engine_free(k.e);
}

/* It is armed, but the driver has not taken the order to send it. */
static void a_stop_before_it_is_sent_keeps_it_from_going(void **state)
{
    struct kit k = with_sender((struct engine_config){0});

    (void)state;
    kit_offer(&k, kit_item(11, 14155550100));
    kit_step(&k);
    engine_armed(k.e, 11, true, k.mono_ms);
    engine_stop_number(k.e, 1, 14155550100);
    assert_int_equal(recorded(&k, 11), RECORD_WITHDRAWN);
    assert_int_equal(k.count, 1);
    engine_free(k.e);
}

/* The connection broke in the same moment: both are told, and what may have gone is found out. */
static void a_stop_does_not_hide_a_doubt(void **state)
{
    struct kit k = with_sender((struct engine_config){0});

    (void)state;
    kit_offer(&k, kit_item(11, 14155550100));
    kit_post(&k, 11);
    engine_stop_number(k.e, 1, 14155550100);
    kit_answer(&k, 11, ANSWER_IN_DOUBT, 0);
    assert_int_equal(recorded(&k, 11), RECORD_DOUBT);
    assert_non_null(kit_find(&k, COMMAND_RECALL, 11));
    assert_int_equal(k.count, 2);
    engine_free(k.e);
}

/* ---- the breaker ---- */

static void what_was_being_armed_while_the_provider_went_away_does_not_go(void **state)
{
    struct kit k = with_sender((struct engine_config){.breaker_run = 2});

    (void)state;
    for (uint64_t m = 11; m <= 13; m++) kit_offer(&k, kit_item(m, 14155550000 + m));
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_ARM), 3);
    for (uint64_t m = 11; m <= 12; m++) {
        engine_armed(k.e, m, true, k.mono_ms);
        kit_step(&k);
        kit_answer(&k, m, ANSWER_UNSENT, 0);
    }
    k.mono_ms += 1000;
    kit_step(&k);
    assert_int_equal(kit_number_of(&k, COMMAND_PROBE), 1);
    engine_armed(k.e, 13, true, k.mono_ms); /* while the probe is out */
    assert_int_equal(recorded(&k, 13), RECORD_AGAIN);
    assert_null(kit_find(&k, COMMAND_POST, 13));
    engine_free(k.e);
}

/* ---- answers and proof after a doubt began ---- */

static void a_late_acceptance_ends_the_doubt(void **state)
{
    struct kit k = in_doubt();

    (void)state;
    assert_int_equal(recorded(&k, 11), RECORD_DOUBT);
    kit_answer(&k, 11, ANSWER_IN_DOUBT, 0); /* no answer */
    assert_int_equal(kit_step(&k), 0);
    kit_answer(&k, 11, ANSWER_ACCEPTED, 0);
    assert_int_equal(recorded(&k, 11), RECORD_ACCEPTED);
    assert_false(engine_holds(k.e, 11));
    engine_free(k.e);
}

static void a_late_refusal_ends_the_doubt(void **state)
{
    struct kit k = in_doubt();

    (void)state;
    assert_int_equal(recorded(&k, 11), RECORD_DOUBT);
    kit_answer(&k, 11, ANSWER_REJECTED, 21610);
    assert_int_equal(recorded(&k, 11), RECORD_ENDED);
    assert_true(kit_find(&k, COMMAND_RECORD, 11)->suppress);
    kit_offer(&k, kit_item(12, 14155550100)); /* the number is free again */
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_ARM, 12));
    engine_free(k.e);
}

static void proof_that_comes_with_the_doubt_spares_it(void **state)
{
    struct kit k = in_doubt();

    (void)state;
    engine_proved(k.e, 11);
    assert_int_equal(recorded(&k, 11), RECORD_PROVED);
    assert_int_equal(k.count, 1);
    engine_free(k.e);
}

/* Steps until it is asked for; how long that took. */
static int64_t until_listed(struct kit *k)
{
    int64_t from = k->mono_ms;

    for (; k->mono_ms < from + 2 * QUARTER_MS; k->mono_ms += 500) {
        kit_step(k);
        if (kit_find(k, COMMAND_LIST, 11) != NULL) return k->mono_ms - from;
    }
    return -1;
}

static void listings_that_fail_come_ever_later_up_to_a_quarter_of_an_hour(void **state)
{
    struct kit k = in_doubt();
    int64_t last = 0, now;

    (void)state;
    assert_true(until_listed(&k) > 0);
    for (int i = 0; i < 14; i++, last = now) {
        engine_listed(k.e, 11, LISTING_FAILED, kit_wall(&k));
        now = until_listed(&k);
        assert_true(now >= last && now <= QUARTER_MS);
    }
    assert_int_equal(last, QUARTER_MS);
    engine_free(k.e);
}

/* After a restart nothing counts before its clock has run for long enough; that is nobody's failure. */
static void a_listing_that_came_too_early_is_repeated_when_it_counts(void **state)
{
    struct kit k = in_doubt();

    (void)state;
    assert_true(until_listed(&k) > 0);
    for (int64_t ripe_ms = 4000; ripe_ms > 0; ripe_ms -= 1000) {
        engine_listed_early(k.e, 11, ripe_ms, kit_wall(&k));
        engine_listed_early(k.e, 11, 1, kit_wall(&k)); /* not asked for: nothing is listed now */
        assert_int_equal(until_listed(&k), ripe_ms);
    }
    engine_listed(k.e, 11, LISTING_CLEAN, kit_wall(&k));
    assert_true(until_listed(&k) > 0);
    engine_listed(k.e, 11, LISTING_CLEAN, kit_wall(&k));
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_DOUBT_ABSENT, 11));
    engine_listed_early(k.e, 11, 1000, kit_wall(&k)); /* it is over */
    assert_int_equal(until_listed(&k), -1);
    engine_free(k.e);
}

/* It was proved absent and is on its way a second time: what is said of the first does not touch it. */
static void an_answer_to_the_attempt_before_is_not_taken_for_this_one(void **state)
{
    struct kit k = in_doubt();

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_true(until_listed(&k) > 0);
        engine_listed(k.e, 11, LISTING_CLEAN, kit_wall(&k));
    }
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_DOUBT_ABSENT, 11));
    kit_offer(&k, kit_item(11, 14155550100));
    kit_answer(&k, 11, ANSWER_REJECTED, 21610); /* waiting */
    engine_listed(k.e, 11, LISTING_FOUND, kit_wall(&k));
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_ARM, 11));
    kit_answer(&k, 11, ANSWER_REJECTED, 21610); /* being armed */
    assert_int_equal(kit_step(&k), 0);
    engine_armed(k.e, 11, true, k.mono_ms);
    kit_step(&k);
    assert_non_null(kit_find(&k, COMMAND_POST, 11));
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_while_it_is_being_armed_keeps_it_from_going),
        cmocka_unit_test(a_stop_before_it_is_sent_keeps_it_from_going),
        cmocka_unit_test(an_arming_that_failed_is_not_recorded_as_stopped),
        cmocka_unit_test(a_stop_does_not_hide_a_doubt),
        cmocka_unit_test(what_was_being_armed_while_the_provider_went_away_does_not_go),
        cmocka_unit_test(a_late_acceptance_ends_the_doubt),
        cmocka_unit_test(a_late_refusal_ends_the_doubt),
        cmocka_unit_test(proof_that_comes_with_the_doubt_spares_it),
        cmocka_unit_test(listings_that_fail_come_ever_later_up_to_a_quarter_of_an_hour),
        cmocka_unit_test(a_listing_that_came_too_early_is_repeated_when_it_counts),
        cmocka_unit_test(an_answer_to_the_attempt_before_is_not_taken_for_this_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

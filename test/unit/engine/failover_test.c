/* Another way to the provider takes only what is known not to have gone by the first: a doubt goes nowhere until
 * two clean listings, however well the other way works. */
#include "kit.h"

enum { TIMEOUT = 30000, RUN = 4, LISTING = 60000 };

static struct kit with_two_ways(void)
{
    struct kit k = kit_new((struct engine_config){.seed = 1, .guard_ms = -1, .edges = 2, .timeout_ms = TIMEOUT,
                                                  .breaker_run = RUN, .breaker_probe_ms = 1000 * TIMEOUT,
                                                  .breaker_probe_max_ms = 1000 * TIMEOUT,
                                                  .reconcile_first_ms = LISTING, .reconcile_second_ms = LISTING});

    kit_sender(&k, 7, 1, 0, true);
    return k;
}

/* Posted by that way, and answered so, or not at all (ACCEPTED would be no failure). */
static void post_by(struct kit *k, uint64_t message, uint8_t way, enum answer_class class)
{
    kit_offer(k, kit_item(message, 14155550000 + message));
    (void)kit_post(k, message);
    assert_int_equal(kit_find(k, COMMAND_POST, message)->edge, way);
    if (class == ANSWER_ACCEPTED) k->mono_ms += 2 * TIMEOUT;
    else kit_answer(k, message, class, 0);
}

static enum record_kind record_of(struct kit *k, uint64_t message)
{
    const struct command *c;

    (void)kit_step(k);
    c = kit_find(k, COMMAND_RECORD, message);
    assert_non_null(c);
    return c->record;
}

/* Every doubt is listed once, and nothing is found. How many are proved absent by that; none may be armed. */
static size_t absent_after_listings(struct kit *k)
{
    size_t listed = 0, absent = 0;

    for (k->mono_ms += 2 * LISTING; kit_step(k) > 0; k->mono_ms++)
        for (size_t i = 0; i < k->count; i++) {
            const struct command *c = &k->out[i];
            assert_int_not_equal(c->kind, COMMAND_ARM);
            if (c->kind == COMMAND_DOUBT_ABSENT) absent++;
            if (c->kind != COMMAND_LIST) continue;
            engine_listed(k->e, c->message, LISTING_CLEAN, kit_wall(k));
            listed++;
        }
    assert_int_equal(listed, RUN);
    return absent;
}

static void what_was_not_sent_goes_by_the_other_way(void **state)
{
    struct kit k = with_two_ways();

    (void)state;
    for (uint64_t m = 1; m <= RUN; m++) {
        post_by(&k, m, 0, ANSWER_UNSENT);
        assert_int_equal(record_of(&k, m), RECORD_AGAIN);
    }
    post_by(&k, 1, 1, ANSWER_UNSENT); /* the first again */
    engine_free(k.e);
}

static void a_doubt_goes_by_no_way_until_it_is_proved_absent(void **state)
{
    struct kit k = with_two_ways();

    (void)state;
    for (uint64_t m = 1; m < RUN; m++) {
        post_by(&k, m, 0, ANSWER_IN_DOUBT);
        assert_int_equal(record_of(&k, m), RECORD_DOUBT);
    }
    post_by(&k, RUN, 0, ANSWER_ACCEPTED); /* never answered */
    assert_int_equal(record_of(&k, RUN), RECORD_DOUBT);
    post_by(&k, 50, 1, ANSWER_UNSENT); /* the other way is taken, and works */
    for (uint64_t m = 1; m <= RUN; m++) {
        struct engine_item again = kit_item(m, 14155550000 + m);
        assert_int_equal(engine_offer(k.e, &again), ERR_CONFLICT);
    }
    assert_int_equal(absent_after_listings(&k), 0);
    assert_int_equal(absent_after_listings(&k), RUN);
    post_by(&k, 1, 1, ANSWER_UNSENT);
    engine_free(k.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_sent_goes_by_the_other_way),
        cmocka_unit_test(a_doubt_goes_by_no_way_until_it_is_proved_absent),
    };

    return cmocka_run_group_tests_name("failover", tests, NULL, NULL);
}

/* Callbacks: late, doubled, reordered, foreign. */
#include "twin.h"

#include <stdio.h>
#include <stdlib.h>

static org_id org_with_accepted(struct twin *t, uint64_t *message)
{
    org_id org = make_org(t, "acme");
    *message = admit(t, org, 14155550100, 0);
    assert_int_equal(arm(t, org, *message, 1), ARM_ARMED);
    assert_int_equal(answer(t, accepted(org, *message, 1, SID_A)), ERR_OK);
    return org;
}

static void statuses_merge_by_rank_in_any_order(void **state)
{
    static const enum message_state words[] = {MESSAGE_ACCEPTED, MESSAGE_SENT, MESSAGE_DELIVERED};
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    for (unsigned order = 0; order < 27; order++) { /* doubled ones among them */
        uint64_t message = admit(t, org, 14155550100 + order, 0);
        unsigned pick = order;
        enum message_state best = MESSAGE_ACCEPTED;
        assert_int_equal(arm(t, org, message, 1), ARM_ARMED);
        assert_int_equal(answer(t, accepted(org, message, 1, SID_A)), ERR_OK);
        for (int i = 0; i < 3; i++, pick /= 3) {
            enum message_state word = words[pick % 3];
            bool higher = message_rank(word, true) > message_rank(best, true);
            assert_int_equal(status(t, org, message, 1, SID_A, word), higher ? STATUS_APPLIED : STATUS_UNCHANGED);
            if (higher) best = word;
            assert_int_equal(message_of(t, org, message).state, best);
        }
    }
}

/* A store may keep what it read last in memory, and must know an old message as well. */
static void a_message_is_known_after_many_others(void **state)
{
    enum { OTHERS = 9000 };
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct freeze_row *rows = calloc(OTHERS, sizeof *rows);
    struct outcome *items = calloc(OTHERS, sizeof *items);
    struct change_freeze freeze = {.head.kind = CHANGE_FREEZE, .org = org, .campaign = campaign, .upto = OTHERS,
                                   .last = true, .rows = rows, .count = OTHERS, .now_ms = T0};
    struct run run;
    size_t found = 1;
    struct change_outcome c = {.head.kind = CHANGE_OUTCOME, .now_ms = T0 + 20, .items = items, .count = OTHERS};
    assert_true(rows != NULL && items != NULL);
    for (size_t i = 0; i < OTHERS; i++) rows[i] = (struct freeze_row){i + 1, 14155550200 + i, 7, 2};
    assert_int_equal(PUT(t, &freeze), ERR_OK);
    assert_int_equal(t->ops->runs(t->reader, org, campaign, 0, &run, &found), ERR_OK);
    for (size_t i = 0; i < OTHERS; i++) items[i] = accepted(org, run.lo + i, 1, SID_A);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(PUT(t, &c), ERR_OK);
        assert_int_equal(status(t, org, run.lo, 1, SID_A, round == 0 ? MESSAGE_SENT : MESSAGE_DELIVERED),
                         STATUS_APPLIED);
        for (size_t i = 0; i < OTHERS; i++) items[i].attempt = 2;
        items[0].attempt = 1;
    }
    assert_int_equal(message_of(t, org, run.lo).state, MESSAGE_DELIVERED);
    assert_int_equal(message_of(t, org, run.lo).attempt, 1);
    assert_int_equal(message_of(t, org, run.lo + OTHERS - 1).attempt, 2);
    free(items);
    free(rows);
}

static void undelivered_after_sent_keeps_its_code(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_accepted(t, &message);
    assert_int_equal(status(t, org, message, 1, SID_A, MESSAGE_SENT), STATUS_APPLIED);
    assert_int_equal(status(t, org, message, 1, SID_A, MESSAGE_UNDELIVERED), STATUS_APPLIED);
    assert_int_equal(status(t, org, message, 1, SID_A, MESSAGE_SENT), STATUS_UNCHANGED);
    assert_int_equal(message_of(t, org, message).error_code, 30003);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_UNDELIVERED);
}

static void another_number_changes_nothing(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_accepted(t, &message);
    struct change_status c = {.head.kind = CHANGE_STATUS, .org = org, .message = message, .attempt = 1,
                              .sid = SID_A, .number = 14155550199, .to = MESSAGE_DELIVERED, .now_ms = T0 + 30};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.verdict, STATUS_FOREIGN);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_ACCEPTED);
    c.number = 14155550100;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.verdict, STATUS_APPLIED);
}

static void a_foreign_sid_changes_nothing(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_accepted(t, &message), other = make_org(t, "other");
    assert_int_equal(status(t, org, message, 1, SID_B, MESSAGE_DELIVERED), STATUS_FOREIGN);
    assert_int_equal(status(t, other, message, 1, SID_A, MESSAGE_DELIVERED), STATUS_UNKNOWN_MESSAGE);
    assert_int_equal(status(t, org, message + 1, 1, SID_A, MESSAGE_DELIVERED), STATUS_UNKNOWN_MESSAGE);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_ACCEPTED);
    assert_string_equal(message_of(t, org, message).sid, SID_A);
}

static void what_is_no_status_is_refused(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_accepted(t, &message);
    struct change_status c = {.head.kind = CHANGE_STATUS, .org = org, .message = message, .attempt = 1,
                              .sid = SID_A, .to = MESSAGE_BLOCKED};
    assert_int_equal(PUT(t, &c), ERR_INVALID);
    c.to = MESSAGE_QUEUED;
    assert_int_equal(PUT(t, &c), ERR_INVALID);
    c.to = MESSAGE_SENT;
    c.attempt = 0;
    assert_int_equal(PUT(t, &c), ERR_INVALID);
    c.attempt = 1;
    c.sid[0] = 0;
    assert_int_equal(PUT(t, &c), ERR_INVALID);
}

static struct change_status failed(org_id org, uint64_t message, uint8_t attempt, const char *sid)
{
    struct change_status c = {.head.kind = CHANGE_STATUS, .org = org, .message = message, .attempt = attempt,
                              .to = MESSAGE_FAILED, .error_code = 30001, .may_retry = true, .attempts_max = 3,
                              .retry_at_ms = T0 + 7000, .now_ms = T0 + 40};
    (void)snprintf(c.sid, sizeof c.sid, "%s", sid);
    return c;
}

static void a_failed_message_no_carrier_had_is_queued_again(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_accepted(t, &message);
    struct lane_key lane = lane_of(t, org, message);
    struct change_status c = failed(org, message, 1, SID_A);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.verdict, STATUS_APPLIED);
    assert_int_equal(c.after.state, MESSAGE_QUEUED);
    assert_int_equal(due_in(t, &lane, T0 + 6999), 0);
    assert_int_equal(due_in(t, &lane, T0 + 7000), 1);
    assert_int_equal(PUT(t, &c), ERR_OK); /* doubled: not put off again */
    assert_int_equal(c.verdict, STATUS_UNCHANGED);
    assert_int_equal(status(t, org, message, 1, SID_A, MESSAGE_SENT), STATUS_UNCHANGED);
    assert_int_equal(arm(t, org, message, 2), ARM_ARMED);
    assert_int_equal(PUT(t, &c), ERR_OK); /* while the second attempt is under way */
    assert_int_equal(c.verdict, STATUS_UNCHANGED);
    assert_int_equal(due_in(t, &lane, T0 + DAY_MS), 0);
    assert_int_equal(answer(t, accepted(org, message, 2, SID_B)), ERR_OK);
    assert_int_equal(status(t, org, message, 2, SID_B, MESSAGE_DELIVERED), STATUS_APPLIED);
    assert_true(message_of(t, org, message).cost_micros == 2 * 15800);
}

static void attempts_and_validity_bound_the_retries(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_accepted(t, &message);
    uint64_t second = admit(t, org, 14155550101, 0);
    struct change_status c = failed(org, message, 1, SID_A);
    c.attempts_max = 1;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.after.state, MESSAGE_FAILED);
    assert_int_equal(arm(t, org, second, 1), ARM_ARMED);
    assert_int_equal(answer(t, accepted(org, second, 1, SID_B)), ERR_OK);
    c = failed(org, second, 1, SID_B);
    c.retry_at_ms = T0 + DAY_MS; /* as it expires */
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.after.state, MESSAGE_FAILED);
}

static void undelivered_is_sent_again_only_when_asked(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    for (int asked = 0; asked < 2; asked++) {
        struct change_admit a = {.head.kind = CHANGE_ADMIT};
        struct change_status c;
        a.message = (struct message){.org = org, .program = first_program(t, org), .number = 14155550100,
                                     .kind = KIND_TRANSACTIONAL, .state = MESSAGE_QUEUED, .created_ms = T0,
                                     .retry_undelivered = asked == 1};
        assert_int_equal(PUT(t, &a), ERR_OK);
        assert_int_equal(arm(t, org, a.message.id, 1), ARM_ARMED);
        assert_int_equal(answer(t, accepted(org, a.message.id, 1, SID_A)), ERR_OK);
        c = failed(org, a.message.id, 1, SID_A);
        c.to = MESSAGE_UNDELIVERED;
        assert_int_equal(PUT(t, &c), ERR_OK);
        assert_int_equal(c.after.state, asked == 1 ? MESSAGE_QUEUED : MESSAGE_UNDELIVERED);
    }
}

static void delivered_after_all_stops_the_retry(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_accepted(t, &message);
    struct lane_key lane = lane_of(t, org, message);
    struct change_status c = failed(org, message, 1, SID_A);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(status(t, org, message, 1, SID_A, MESSAGE_DELIVERED), STATUS_APPLIED);
    assert_int_equal(due_in(t, &lane, T0 + DAY_MS), 0);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_DELIVERED);
    assert_int_equal(arm(t, org, message, 2), ARM_STALE);
}

static void an_earlier_attempts_late_status_is_set_aside(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_accepted(t, &message);
    struct change_status c = failed(org, message, 1, SID_A);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(arm(t, org, message, 2), ARM_ARMED);
    assert_int_equal(status(t, org, message, 2, SID_B, MESSAGE_SENT), STATUS_APPLIED); /* before its answer */
    assert_int_equal(status(t, org, message, 1, SID_A, MESSAGE_DELIVERED), STATUS_UNCHANGED);
    assert_string_equal(message_of(t, org, message).sid, SID_B);
    assert_int_equal(answer(t, accepted(org, message, 2, SID_B)), ERR_OK);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_SENT);
    assert_true(message_of(t, org, message).cost_micros == 2 * 15800);
}

static bool taken(struct twin *t, org_id org, const char *sid, uint64_t message)
{
    bool is;
    assert_int_equal(t->ops->sid_taken(t->reader, org, message_of(t, org, message).number, str_from(sid), message, &is),
                     ERR_OK);
    return is;
}

/* A listing shows what earlier attempts left too; only its SID tells whose it is. */
static void the_sid_of_an_earlier_attempt_stays_taken(void **state)
{
    struct twin *t = *state;
    uint64_t message, other;
    org_id org = org_with_accepted(t, &message), stranger = make_org(t, "stranger");
    struct change_status c = failed(org, message, 1, SID_A);
    struct change_recover recover = {.head = {.kind = CHANGE_RECOVER}, .deadline_ms = T0 + 60, .first_ms = T0 + 60,
                                     .now_ms = T0 + 50};
    other = admit(t, org, message_of(t, org, message).number, 0);
    assert_false(taken(t, org, SID_A, message));
    assert_true(taken(t, org, SID_A, other));
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(arm(t, org, message, 2), ARM_ARMED);
    assert_int_equal(PUT(t, &recover), ERR_OK);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_IN_DOUBT);
    assert_true(taken(t, org, SID_A, message) && taken(t, org, SID_A, other));
    assert_int_equal(status(t, org, message, 2, SID_B, MESSAGE_SENT), STATUS_APPLIED);
    assert_false(taken(t, org, SID_B, message));
    assert_true(taken(t, org, SID_A, message) && taken(t, org, SID_B, other));
    other = admit(t, stranger, message_of(t, org, message).number, 0);
    assert_false(taken(t, stranger, SID_A, other));
}

static void a_status_proves_what_we_had_ended_or_not_yet_sent(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct run run = freeze_some(t, org, campaign, 14155550100, 3);
    /* As after restoring an old copy: a callback for a message that this copy has never armed. */
    assert_int_equal(status(t, org, run.lo + 1, 1, SID_A, MESSAGE_SENT), STATUS_APPLIED);
    assert_int_equal(arm(t, org, run.lo, 1), ARM_ARMED);
    assert_int_equal(arm(t, org, run.lo + 1, 2), ARM_STALE);
    assert_int_equal(message_of(t, org, run.lo + 1).state, MESSAGE_SENT);
    assert_int_equal(move_campaign(t, org, campaign, CAMPAIGN_CANCELED), ERR_OK);
    assert_int_equal(status(t, org, run.lo + 2, 1, SID_B, MESSAGE_DELIVERED), STATUS_APPLIED);
    assert_true(campaign_of(t, org, campaign).counts[MESSAGE_DELIVERED] == 1);
    assert_true(campaign_of(t, org, campaign).counts[MESSAGE_CANCELED] == 0);
    assert_true(campaign_of(t, org, campaign).counts[MESSAGE_QUEUED] == 1); /* the one under way */
}

static void a_callback_about_what_we_ended_never_sends_it_again(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t message = admit(t, org, 14155550100, 0);
    struct outcome o = {.message = message, .org = org, .attempt = 1, .kind = OUTCOME_WITHDRAWN,
                        .to = MESSAGE_BLOCKED, .reason = REASON_OPTED_OUT};
    struct change_status c = failed(org, message, 1, SID_A);
    assert_int_equal(arm(t, org, message, 1), ARM_ARMED);
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.verdict == STATUS_APPLIED && c.after.state == MESSAGE_FAILED);
}

static struct number_facts facts_of(struct twin *t, org_id org, uint64_t number)
{
    struct number_facts f;
    assert_int_equal(t->ops->number_facts(t->reader, org, number, &f), ERR_OK);
    return f;
}

static enum status_verdict failed_with(struct twin *t, org_id org, uint64_t message, int32_t code, int64_t now_ms)
{
    struct change_status c = {.head.kind = CHANGE_STATUS, .org = org, .message = message, .attempt = 1,
                              .to = MESSAGE_UNDELIVERED, .error_code = code, .now_ms = now_ms};
    memcpy(c.sid, SID_A, sizeof SID_A);
    assert_int_equal(PUT(t, &c), ERR_OK);
    return c.verdict;
}

static void what_ended_a_message_is_known_of_its_number(void **state)
{
    struct twin *t = *state;
    uint64_t message, other;
    org_id org = org_with_accepted(t, &message), stranger = make_org(t, "other");
    struct outcome refused = {.org = org, .attempt = 1, .kind = OUTCOME_ENDED, .to = MESSAGE_FAILED,
                              .error_code = 21211};
    assert_int_equal(failed_with(t, org, message, 30006, T0 + 5), STATUS_APPLIED);
    assert_int_equal(failed_with(t, org, message, 30006, T0 + 9), STATUS_UNCHANGED);
    assert_int_equal(facts_of(t, org, 14155550100).trouble, NUMBER_LANDLINE);
    assert_true(facts_of(t, org, 14155550100).trouble_ms == T0 + 5);
    assert_int_equal(facts_of(t, stranger, 14155550100).trouble, NUMBER_FINE); /* everybody's own */
    other = admit(t, org, 14155550101, 0);
    assert_int_equal(arm(t, org, other, 1), ARM_ARMED);
    refused.message = other;
    assert_int_equal(answer(t, refused), ERR_OK);
    assert_int_equal(facts_of(t, org, 14155550101).trouble, NUMBER_INVALID);
    assert_int_equal(facts_of(t, org, 14155550102).trouble, NUMBER_FINE);
    assert_int_equal(status(t, org, message, 1, SID_A, MESSAGE_DELIVERED), STATUS_APPLIED); /* after all */
    assert_int_equal(facts_of(t, org, 14155550100).trouble, NUMBER_FINE);
}

static void a_line_is_what_it_was_said_to_be(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct number_line rows[] = {{14155550100, LINE_LANDLINE}, {14155550101, LINE_NON_FIXED_VOIP}};
    struct change_numbers c = {.head.kind = CHANGE_NUMBERS, .org = org, .rows = rows, .count = 2, .at_ms = T0};
    struct change_inbound in = {.head.kind = CHANGE_INBOUND,
                                .inbound = {.org = org, .from = 14155550100, .sid = SID_A, .received_ms = T0 + 7}};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(facts_of(t, org, 14155550100).line, LINE_LANDLINE);
    assert_int_equal(facts_of(t, org, 14155550101).line, LINE_NON_FIXED_VOIP);
    assert_int_equal(PUT(t, &in), ERR_OK);
    assert_true(facts_of(t, org, 14155550100).reached_ms == T0 + 7);
    in.inbound.from = 14155550105; /* of whom nothing is known, nothing is kept */
    memcpy(in.inbound.sid, SID_B, sizeof SID_B);
    assert_int_equal(PUT(t, &in), ERR_OK);
    assert_true(facts_of(t, org, 14155550105).reached_ms == 0);
    c.org = 99;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(statuses_merge_by_rank_in_any_order),
    STORE_TEST(a_message_is_known_after_many_others),
    STORE_TEST(undelivered_after_sent_keeps_its_code),
    STORE_TEST(a_foreign_sid_changes_nothing),
    STORE_TEST(another_number_changes_nothing),
    STORE_TEST(what_is_no_status_is_refused),
    STORE_TEST(a_failed_message_no_carrier_had_is_queued_again),
    STORE_TEST(attempts_and_validity_bound_the_retries),
    STORE_TEST(undelivered_is_sent_again_only_when_asked),
    STORE_TEST(delivered_after_all_stops_the_retry),
    STORE_TEST(an_earlier_attempts_late_status_is_set_aside),
    STORE_TEST(the_sid_of_an_earlier_attempt_stays_taken),
    STORE_TEST(a_status_proves_what_we_had_ended_or_not_yet_sent),
    STORE_TEST(a_callback_about_what_we_ended_never_sends_it_again),
    STORE_TEST(what_ended_a_message_is_known_of_its_number),
    STORE_TEST(a_line_is_what_it_was_said_to_be),
};
const struct suite status_suite = {tests, sizeof tests / sizeof tests[0]};

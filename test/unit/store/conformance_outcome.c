/* Answers and statuses: what became of an attempt, in whatever order the words arrive. */
#include "twin.h"

static org_id org_with_direct(struct twin *t, uint64_t *message)
{
    org_id org = make_org(t, "acme");
    *message = admit(t, org, 14155550100, 0);
    assert_int_equal(arm(t, org, *message, 1), ARM_ARMED);
    return org;
}

static void acceptance_is_recorded_and_booked(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING), contact = make_contact(t, org, 14155550100, 0);
    struct run run = freeze_some(t, org, campaign, 14155550100, 2);
    struct outcome o = accepted(org, run.lo, 1, SID_A);
    struct contact person = {0};
    struct org after = {0};
    struct message m;
    o.contact = contact;
    o.contact_sender = 4;
    assert_int_equal(arm(t, org, run.lo, 1), ARM_ARMED);
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(answer(t, o), ERR_OK); /* twice told, once counted */
    m = message_of(t, org, run.lo);
    assert_int_equal(m.state, MESSAGE_ACCEPTED);
    assert_string_equal(m.sid, SID_A);
    assert_true(m.attempt == 1 && m.segments == 2 && m.cost_micros == 15800 && m.sender == 4);
    assert_true(m.armed_ms == T0 + 10 && m.answered_ms == T0 + 20 && m.updated_ms == T0 + 20);
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, org, &after), ERR_OK);
    assert_true(after.spent_micros == 15800 && after.spent_month == 2025 * 12 + 5);
    assert_true(campaign_of(t, org, campaign).segments == 2);
    assert_true(campaign_of(t, org, campaign).counts[MESSAGE_ACCEPTED] == 1);
    assert_true(campaign_of(t, org, campaign).counts[MESSAGE_QUEUED] == 1);
    assert_int_equal(t->ops->contact_get(t->reader, &t->arena, org, contact, &person), ERR_OK);
    assert_int_equal(person.sender, 4);
}

static void spending_starts_anew_each_month(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t message[3];
    static const int64_t at[3] = {T0, T0 + 31LL * DAY_MS, T0 + 1000}; /* the last one is a clock step back */
    struct org after = {0};
    for (int i = 0; i < 3; i++) {
        struct outcome o;
        struct change_outcome c = {.head.kind = CHANGE_OUTCOME, .now_ms = at[i], .items = &o, .count = 1};
        message[i] = admit(t, org, 14155550100 + (uint64_t)i, 0);
        assert_int_equal(arm(t, org, message[i], 1), ARM_ARMED);
        o = accepted(org, message[i], 1, i == 0 ? SID_A : i == 1 ? SID_B : SID_C);
        assert_int_equal(PUT(t, &c), ERR_OK);
    }
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, org, &after), ERR_OK);
    assert_true(after.spent_month == 2025 * 12 + 6 && after.spent_micros == 2 * 15800);
}

static void a_rejection_ends_it_with_its_code(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_direct(t, &message);
    struct outcome o = {.message = message, .org = org, .attempt = 1, .kind = OUTCOME_ENDED, .to = MESSAGE_FAILED,
                        .error_code = 21211, .sender = 4};
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_FAILED);
    assert_int_equal(message_of(t, org, message).error_code, 21211);
    assert_true(message_of(t, org, message).due_at_ms == 0);
    assert_string_equal(message_of(t, org, message).sid, "");
}

static void the_providers_opt_out_enters_the_ledger(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_direct(t, &message);
    struct outcome o = {.message = message, .org = org, .attempt = 1, .kind = OUTCOME_ENDED, .to = MESSAGE_BLOCKED,
                        .reason = REASON_OPTED_OUT, .error_code = 21610, .suppress = true};
    struct consent event = {0};
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(t->ops->consent_get(t->reader, &t->arena, org, 14155550100, &event), ERR_OK);
    assert_int_equal(event.kind, CONSENT_OPT_OUT);
    assert_true(str_equal(event.source, STR("provider")) && str_equal(event.evidence, STR("error 21610")));
    assert_int_equal(arm(t, org, admit(t, org, 14155550100, 0), 1), ARM_OPTED_OUT);
}

static void an_unsent_attempt_waits_again(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_direct(t, &message);
    struct lane_key lane = lane_of(t, org, message);
    struct outcome o = {.message = message, .org = org, .attempt = 1, .kind = OUTCOME_AGAIN, .error_code = 20429,
                        .reason = REASON_RETRY, .next_ms = T0 + 5000, .lane = lane};
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_QUEUED);
    assert_int_equal(message_of(t, org, message).attempt, 1);
    assert_int_equal(due_in(t, &lane, T0 + 4999), 0);
    assert_int_equal(due_in(t, &lane, T0 + 5000), 1);
    assert_int_equal(arm(t, org, message, 1), ARM_STALE); /* that attempt has its answer */
    assert_int_equal(arm(t, org, message, 2), ARM_ARMED);
    assert_int_equal(answer(t, accepted(org, message, 2, SID_B)), ERR_OK);
    assert_int_equal(answer(t, o), ERR_OK); /* the first one's, late: nothing */
    assert_int_equal(message_of(t, org, message).state, MESSAGE_ACCEPTED);
    assert_int_equal(due_in(t, &lane, T0 + DAY_MS), 0);
}

static void a_withdrawn_attempt_ends_or_waits(void **state)
{
    struct twin *t = *state;
    uint64_t a;
    org_id org = org_with_direct(t, &a);
    uint64_t b = admit(t, org, 14155550101, 0);
    struct lane_key lane = lane_of(t, org, b);
    struct outcome o = {.message = a, .org = org, .attempt = 1, .kind = OUTCOME_WITHDRAWN, .to = MESSAGE_BLOCKED,
                        .reason = REASON_OPTED_OUT};
    assert_int_equal(arm(t, org, b, 1), ARM_ARMED);
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(message_of(t, org, a).state, MESSAGE_BLOCKED);
    o = (struct outcome){.message = b, .org = org, .attempt = 1, .kind = OUTCOME_WITHDRAWN, .to = MESSAGE_HELD,
                         .reason = REASON_FENCE, .lane = lane, .next_ms = T0 + 60};
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(message_of(t, org, b).state, MESSAGE_HELD);
    assert_int_equal(due_in(t, &lane, T0 + 60), 1);
}

static void a_callback_before_the_answer_is_never_undone_by_it(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_direct(t, &message);
    struct outcome o = accepted(org, message, 1, SID_A);
    assert_int_equal(status(t, org, message, 1, SID_A, MESSAGE_DELIVERED), STATUS_APPLIED);
    assert_true(message_of(t, org, message).due_at_ms == 0);
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_DELIVERED);
    assert_true(message_of(t, org, message).cost_micros == 15800);
    o.kind = OUTCOME_AGAIN;
    o.attempt = 1;
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_DELIVERED);
}

static void no_answer_of_any_kind_undoes_a_callback(void **state)
{
    static const enum outcome_kind kinds[] = {OUTCOME_ENDED, OUTCOME_AGAIN, OUTCOME_DOUBT, OUTCOME_WITHDRAWN};
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    for (size_t i = 0; i < 4; i++) {
        uint64_t message = admit(t, org, 14155550100 + i, 0);
        struct outcome o = {.message = message, .org = org, .attempt = 1, .kind = kinds[i], .to = MESSAGE_FAILED,
                            .next_ms = T0 + 99};
        size_t count = 4;
        struct doubt doubts[4];
        assert_int_equal(arm(t, org, message, 1), ARM_ARMED);
        assert_int_equal(status(t, org, message, 1, SID_A, MESSAGE_SENT), STATUS_APPLIED);
        assert_int_equal(answer(t, o), ERR_OK);
        assert_int_equal(message_of(t, org, message).state, MESSAGE_SENT);
        assert_true(message_of(t, org, message).due_at_ms == 0);
        assert_int_equal(t->ops->doubts(t->reader, 0, doubts, &count), ERR_OK);
        assert_int_equal(count, 0);
    }
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(acceptance_is_recorded_and_booked),
    STORE_TEST(spending_starts_anew_each_month),
    STORE_TEST(a_rejection_ends_it_with_its_code),
    STORE_TEST(the_providers_opt_out_enters_the_ledger),
    STORE_TEST(an_unsent_attempt_waits_again),
    STORE_TEST(a_withdrawn_attempt_ends_or_waits),
    STORE_TEST(a_callback_before_the_answer_is_never_undone_by_it),
    STORE_TEST(no_answer_of_any_kind_undoes_a_callback),
};
const struct suite outcome_suite = {tests, sizeof tests / sizeof tests[0]};

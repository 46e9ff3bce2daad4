/* Arming: one commit that says what may leave, and checks what may have changed since. */
#include "twin.h"

#include <stdio.h>

static void arming_advances_the_cursor_and_leaves_a_record(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct run run = freeze_some(t, org, campaign, 14155550100, 3);
    struct armed recent[4];
    size_t count = 4;
    assert_int_equal(arm(t, org, run.lo, 1), ARM_ARMED);
    assert_int_equal(t->ops->arms_recent(t->reader, T0, recent, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_true(recent[0].message == run.lo && recent[0].number == 14155550100 && recent[0].org == org);
    assert_true(recent[0].sender == 4 && recent[0].segments == 2 && recent[0].attempt == 1);
    assert_true(recent[0].armed_ms == T0 + 10 && recent[0].cost_micros == 15800 && recent[0].carrier == 2);
    count = 1;
    assert_int_equal(t->ops->runs(t->reader, org, campaign, 0, &run, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_true(run.next == run.lo + 1);
    assert_int_equal(message_of(t, org, run.lo).state, MESSAGE_QUEUED);
}

static void an_opted_out_number_is_blocked_in_the_transaction_that_arms(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING), direct, theirs;
    struct run run = freeze_some(t, org, campaign, 14155550100, 1);
    opt_out(t, org, 14155550100, T0);
    direct = admit(t, org, 14155550100, 0);
    theirs = admit(t, other, 14155550100, 0);
    assert_int_equal(arm(t, org, run.lo, 1), ARM_OPTED_OUT);
    assert_int_equal(arm(t, org, direct, 1), ARM_OPTED_OUT);
    assert_int_equal(arm(t, other, theirs, 1), ARM_ARMED); /* another organization's consent is its own */
    assert_int_equal(message_of(t, org, run.lo).state, MESSAGE_BLOCKED);
    assert_int_equal(message_of(t, org, direct).reason, REASON_OPTED_OUT);
    assert_true(message_of(t, org, direct).due_at_ms == 0);
    assert_int_equal(campaign_of(t, org, campaign).counts[MESSAGE_BLOCKED], 1);
}

static enum arm_verdict arm_marketing(struct twin *t, org_id org, uint64_t message, uint8_t attempt)
{
    struct arm_item item = arm_item(t, org, message, attempt);
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0 + 10, .items = &item, .items_count = 1};
    item.needs_written = true;
    assert_int_equal(PUT(t, &c), ERR_OK);
    return item.verdict;
}

static void say(struct twin *t, org_id org, enum consent_kind kind, enum consent_scope scope, uint32_t scope_id,
                enum consent_basis basis, int64_t at_ms)
{
    struct change_consent c = {.head.kind = CHANGE_CONSENT};
    c.event = (struct consent){.org = org, .number = 14155550100, .kind = kind, .scope = scope, .scope_id = scope_id,
                               .basis = basis, .at_ms = at_ms, .source = STR("web_form"), .evidence = STR("ticked")};
    assert_int_equal(PUT(t, &c), ERR_OK);
}

static void what_needs_written_consent_is_blocked_without_it_when_it_is_armed(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t never = admit(t, org, 14155550100, 0), spoken = admit(t, org, 14155550100, 0),
             signed_for = admit(t, org, 14155550100, 0), other = admit(t, org, 14155550100, 0);
    assert_int_equal(arm_marketing(t, org, never, 1), ARM_NO_CONSENT);
    assert_int_equal(message_of(t, org, never).state, MESSAGE_BLOCKED);
    assert_int_equal(message_of(t, org, never).reason, REASON_NO_CONSENT);
    assert_true(message_of(t, org, never).due_at_ms == 0);
    say(t, org, CONSENT_OPT_IN, CONSENT_OF_ORG, 0, CONSENT_BASIS_EXPRESS, T0);
    assert_int_equal(arm_marketing(t, org, spoken, 1), ARM_NO_CONSENT);
    say(t, org, CONSENT_OPT_IN, CONSENT_OF_ORG, 0, CONSENT_BASIS_WRITTEN, T0 + 1);
    assert_int_equal(arm_marketing(t, org, signed_for, 1), ARM_ARMED);
    say(t, org, CONSENT_OPT_OUT, CONSENT_OF_ORG, 0, CONSENT_BASIS_NONE, T0 + 2);
    assert_int_equal(arm_marketing(t, org, other, 1), ARM_OPTED_OUT);
}

static void an_opt_out_reaches_as_far_as_its_scope(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), second = make_org(t, "second");
    uint64_t a = admit(t, org, 14155550100, 0), b = admit(t, org, 14155550100, 0), c = admit(t, org, 14155550100, 0),
             theirs = admit(t, second, 14155550100, 0);
    struct sender other = {.org = org, .program = message_of(t, org, a).program, .kind = SENDER_LONG_CODE,
                           .state = SENDER_ACTIVE, .address = "+14155550777", .number = 14155550777, .verified = true};
    struct change_senders add = {.head.kind = CHANGE_SENDERS, .senders = &other, .count = 1};
    assert_int_equal(PUT(t, &add), ERR_OK);
    say(t, org, CONSENT_OPT_OUT, CONSENT_OF_SENDER, other.id, CONSENT_BASIS_NONE, T0);
    if (other.id != arm_item(t, org, a, 1).armed.sender) assert_int_equal(arm(t, org, a, 1), ARM_ARMED);
    say(t, org, CONSENT_OPT_OUT, CONSENT_OF_PROGRAM, message_of(t, org, a).program, CONSENT_BASIS_NONE, T0 + 1);
    assert_int_equal(arm(t, org, b, 1), ARM_OPTED_OUT);
    say(t, org, CONSENT_OPT_IN, CONSENT_OF_ORG, 0, CONSENT_BASIS_EXPRESS, T0 + 2);
    assert_int_equal(arm(t, org, c, 1), ARM_ARMED); /* the later word covers it */
    say(t, 0, CONSENT_OPT_OUT, CONSENT_OF_ALL, 0, CONSENT_BASIS_NONE, T0);
    assert_int_equal(arm(t, second, theirs, 1), ARM_OPTED_OUT);
}

/* Of a message that asks for none, another sender can be chosen. */
static void one_refused_sender_leaves_the_message_to_another(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t a = admit(t, org, 14155550100, 0), b;
    struct sender chosen = {.org = org, .program = message_of(t, org, a).program, .kind = SENDER_LONG_CODE,
                            .state = SENDER_ACTIVE, .address = "+14155550777", .number = 14155550777,
                            .verified = true};
    struct change_senders add = {.head.kind = CHANGE_SENDERS, .senders = &chosen, .count = 1};
    struct change_admit asks = {.head.kind = CHANGE_ADMIT};
    struct arm_item item = arm_item(t, org, a, 1);
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0, .items = &item, .items_count = 1};
    assert_int_equal(PUT(t, &add), ERR_OK);
    say(t, org, CONSENT_OPT_OUT, CONSENT_OF_SENDER, chosen.id, CONSENT_BASIS_NONE, T0);
    item.armed.sender = chosen.id;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(item.verdict, ARM_STALE);
    assert_int_equal(message_of(t, org, a).state, MESSAGE_QUEUED);
    assert_true(message_of(t, org, a).due_at_ms != 0);
    asks.message = message_of(t, org, a);
    asks.message.id = 0;
    asks.message.sender = chosen.id;
    assert_int_equal(PUT(t, &asks), ERR_OK);
    b = asks.message.id;
    item = arm_item(t, org, b, 1);
    item.armed.sender = chosen.id;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(item.verdict, ARM_OPTED_OUT);
}

static void stale_facts_put_a_recipient_off(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct run run = freeze_some(t, org, campaign, 14155550100, 2);
    struct lane_key lane = lane_of(t, org, run.lo);
    struct arm_item item = {.armed = {.message = run.lo, .org = org, .attempt = 1, .carrier = 2, .segments = 1},
                            .lane = lane, .run = run.id, .org_rev = 1, .campaign_rev = 99};
    struct arm_cursor cursor = {.run = run.id, .org = org, .next = run.lo + 1};
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0 + 10, .items = &item, .items_count = 1,
                           .cursors = &cursor, .cursors_count = 1};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(item.verdict, ARM_STALE);
    assert_true(c.arms_id == 0);
    assert_int_equal(message_of(t, org, run.lo).reason, REASON_STALE);
    assert_true(message_of(t, org, run.lo).due_at_ms == T0 + 10);
    assert_int_equal(due_in(t, &lane, T0 + 10), 1);
    assert_int_equal(arm(t, org, run.lo, 1), ARM_ARMED); /* from its due row now */
    assert_int_equal(due_in(t, &lane, T0 + DAY_MS), 0);  /* marked, not drawn meanwhile */
    assert_true(message_of(t, org, run.lo).due_at_ms != 0);
}

static void org_changes_suspension_and_pauses_make_items_stale(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t direct = admit(t, org, 14155550100, 0);
    struct message m = message_of(t, org, direct);
    struct arm_item item = {.armed = {.message = direct, .org = org, .attempt = 1},
                            .lane = lane_of(t, org, direct), .due_at_ms = m.due_at_ms, .org_rev = 1};
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0 + 10, .items = &item, .items_count = 1};
    struct change_program p = {.head.kind = CHANGE_PROGRAM};
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct run run = freeze_some(t, org, campaign, 14155550200, 2);
    p.program = (struct program){.org = org, .name = STR("second"), .brand_score = -1};
    assert_int_equal(PUT(t, &p), ERR_OK);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(item.verdict, ARM_STALE); /* the registration changed since it was drawn */
    assert_true(message_of(t, org, direct).due_at_ms == m.due_at_ms);
    assert_int_equal(move_campaign(t, org, campaign, CAMPAIGN_PAUSED), ERR_OK);
    assert_int_equal(arm(t, org, run.lo, 1), ARM_STALE);
    assert_int_equal(move_campaign(t, org, campaign, CAMPAIGN_RUNNING), ERR_OK);
    assert_int_equal(arm(t, org, run.lo, 1), ARM_ARMED);
}

static void a_cursor_never_goes_back_nor_past_its_end(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct run run = freeze_some(t, org, campaign, 14155550100, 5);
    struct arm_cursor moves[] = {{.run = run.id, .org = org, .next = run.lo + 3},
                                 {.run = run.id, .org = org, .next = run.lo + 1},
                                 {.run = run.id, .org = other, .next = run.hi}};
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0, .cursors = moves, .cursors_count = 3};
    size_t count = 1;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(t->ops->runs(t->reader, org, campaign, 0, &run, &count), ERR_OK);
    assert_true(run.next == run.lo + 3);
    moves[0].next = run.hi + 100;
    c.cursors_count = 1;
    assert_int_equal(PUT(t, &c), ERR_OK);
    count = 1;
    assert_int_equal(t->ops->runs(t->reader, org, campaign, 0, &run, &count), ERR_OK);
    assert_int_equal(count, 0); /* at its end, not beyond */
}

/* What was to be settled before may have been refused: then it is not passed. */
static void a_cursor_moves_only_from_where_it_is_expected(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct run run = freeze_some(t, org, campaign, 14155550100, 5);
    struct arm_item item = arm_item(t, org, run.lo + 1, 1);
    struct arm_cursor cursor = {.run = run.id, .org = org, .next = run.lo + 2, .from = run.lo + 1};
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0, .items = &item, .items_count = 1,
                           .cursors = &cursor, .cursors_count = 1};
    size_t count = 1;
    item.run = run.id;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(item.verdict, ARM_ARMED);
    assert_true(cursor.behind);
    assert_true(message_of(t, org, run.lo + 1).due_at_ms == T0); /* ahead of the cursor: out of the run */
    assert_int_equal(t->ops->runs(t->reader, org, campaign, 0, &run, &count), ERR_OK);
    assert_true(run.next == run.lo);
    assert_int_equal(arm(t, org, run.lo, 1), ARM_ARMED);
    c.items_count = 0;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_false(cursor.behind);
    count = 1;
    assert_int_equal(t->ops->runs(t->reader, org, campaign, 0, &run, &count), ERR_OK);
    assert_true(run.next == run.lo + 2);
}

static void nothing_is_armed_twice(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING), direct = admit(t, org, 14155550200, 0);
    struct run run = freeze_some(t, org, campaign, 14155550100, 2);
    struct arm_item items[2];
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0 + 10, .items = items, .items_count = 2};
    items[0] = (struct arm_item){.armed = {.message = run.lo, .org = org, .attempt = 1, .carrier = 2},
                                 .lane = lane_of(t, org, run.lo), .run = run.id, .org_rev = 1,
                                 .campaign_rev = campaign_of(t, org, campaign).rev};
    items[1] = items[0];
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(items[0].verdict, ARM_ARMED);
    assert_int_equal(items[1].verdict, ARM_STALE);
    assert_int_equal(PUT(t, &c), ERR_OK); /* and again in a later commit */
    assert_int_equal(items[0].verdict, ARM_STALE);
    assert_int_equal(arm(t, org, direct, 1), ARM_ARMED);
    assert_int_equal(arm(t, org, direct, 1), ARM_STALE);
    assert_int_equal(arm(t, org, direct, 2), ARM_STALE);
    assert_int_equal(answer(t, accepted(org, direct, 1, SID_A)), ERR_OK);
    assert_int_equal(arm(t, org, direct, 2), ARM_STALE);
    assert_int_equal(message_of(t, org, direct).state, MESSAGE_ACCEPTED);
}

static void setbacks_end_or_put_off(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING), direct = admit(t, org, 14155550200, 0);
    struct run run = freeze_some(t, org, campaign, 14155550100, 3);
    struct lane_key moved = lane_of(t, org, run.lo), lane = moved;
    struct arm_setback back[3];
    struct arm_cursor cursor = {.run = run.id, .org = org, .next = run.lo + 2};
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0 + 10, .setbacks = back, .setbacks_count = 3,
                           .cursors = &cursor, .cursors_count = 1};
    moved.carrier = 5; /* its bucket changed */
    back[0] = (struct arm_setback){run.lo, org, lane, run.id, 0, MESSAGE_BLOCKED, REASON_UNFILLED_FIELD, 0};
    back[1] = (struct arm_setback){run.lo + 1, org, moved, run.id, 0, MESSAGE_HELD, REASON_QUIET_HOURS, T0 + 500};
    back[2] = (struct arm_setback){direct, org, lane_of(t, org, direct), 0, T0, MESSAGE_EXPIRED, REASON_VALIDITY, 0};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(message_of(t, org, run.lo).state, MESSAGE_BLOCKED);
    assert_int_equal(message_of(t, org, run.lo + 1).state, MESSAGE_HELD);
    assert_int_equal(message_of(t, org, run.lo + 1).carrier, 5);
    assert_int_equal(due_in(t, &moved, T0 + 499), 0);
    assert_int_equal(due_in(t, &moved, T0 + 500), 1);
    assert_int_equal(message_of(t, org, direct).state, MESSAGE_EXPIRED);
    assert_true(message_of(t, org, direct).due_at_ms == 0);
    assert_int_equal(campaign_of(t, org, campaign).counts[MESSAGE_QUEUED], 1);
    assert_int_equal(campaign_of(t, org, campaign).counts[MESSAGE_HELD], 1);
}

static enum arm_verdict arm_capped(struct twin *t, org_id org, uint64_t message, uint8_t attempt, int64_t now_ms)
{
    struct arm_item item = arm_item(t, org, message, attempt);
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = now_ms, .items = &item, .items_count = 1};
    item.caps = (struct frequency_caps){.law = {2, 24}, .own = {3, 240}};
    assert_int_equal(PUT(t, &c), ERR_OK);
    return item.verdict;
}

static void again(struct twin *t, org_id org, uint64_t message, uint8_t attempt, int64_t armed_ms)
{
    assert_int_equal(answer(t, (struct outcome){.message = message, .org = org, .attempt = attempt,
                                                .kind = OUTCOME_AGAIN, .reason = REASON_RETRY, .armed_ms = armed_ms,
                                                .next_ms = armed_ms + 1}), ERR_OK);
}

static void a_cap_that_was_reached_meanwhile_puts_a_message_off(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct frequency recent;
    uint64_t m[5], theirs = admit(t, other, 14155550100, 0);
    for (int i = 0; i < 5; i++) m[i] = admit(t, org, 14155550100, 0);
    assert_int_equal(arm_capped(t, org, m[0], 1, T0), ARM_ARMED);
    /* Tried again it counts once, from when it was tried last. */
    again(t, org, m[0], 1, T0);
    assert_int_equal(arm_capped(t, org, m[0], 2, T0 + 1000), ARM_ARMED);
    assert_int_equal(arm_capped(t, org, m[1], 1, T0 + 2000), ARM_ARMED);
    assert_int_equal(arm_capped(t, org, m[2], 1, T0 + 3000), ARM_STALE);
    assert_int_equal(message_of(t, org, m[2]).state, MESSAGE_QUEUED);
    assert_int_equal(arm_capped(t, other, theirs, 1, T0 + 3000), ARM_ARMED);
    assert_int_equal(t->ops->recent_sends(t->reader, org, 14155550100, &recent), ERR_OK);
    assert_int_equal(recent.count, 2);
    assert_true(recent.at_ms[0] == T0 + 1000 && recent.at_ms[1] == T0 + 2000);
    /* A day after the first there is room for one, and then the ten days' cap is reached. */
    assert_int_equal(arm_capped(t, org, m[2], 1, T0 + 1000 + 86400000 - 1), ARM_STALE);
    assert_int_equal(arm_capped(t, org, m[2], 1, T0 + 1000 + 86400000), ARM_ARMED);
    assert_int_equal(arm_capped(t, org, m[3], 1, T0 + 5 * 86400000L), ARM_STALE);
    assert_int_equal(arm(t, org, m[4], 1), ARM_ARMED); /* no marketing: neither judged nor counted */
    assert_int_equal(t->ops->recent_sends(t->reader, org, 14155550100, &recent), ERR_OK);
    assert_int_equal(recent.count, 3);
    assert_int_equal(t->ops->recent_sends(t->reader, org, 14155550199, &recent), ERR_OK);
    assert_int_equal(recent.count, 0);
}

static void day_use_counts_armed_segments_and_takes_them_back(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t a = admit(t, org, 14155550100, 0), b = admit(t, org, 14155550101, 0);
    struct outcome again = {.message = b, .org = org, .attempt = 1, .kind = OUTCOME_AGAIN, .next_ms = T0 + 900,
                            .reason = REASON_RETRY, .day = 20254, .carrier = 3, .day_release = 2};
    struct day_use use[4];
    size_t count = 4;
    again.lane = lane_of(t, org, b);
    assert_int_equal(arm(t, org, a, 1), ARM_ARMED);
    assert_int_equal(arm(t, org, b, 1), ARM_ARMED);
    assert_int_equal(t->ops->day_uses(t->reader, 20254, use, &count), ERR_OK);
    assert_true(count == 1 && use[0].org == org && use[0].carrier == 3 && use[0].segments == 4);
    assert_int_equal(answer(t, again), ERR_OK);
    count = 4;
    assert_int_equal(t->ops->day_uses(t->reader, 20254, use, &count), ERR_OK);
    assert_true(count == 1 && use[0].segments == 2);
    count = 4;
    assert_int_equal(t->ops->day_uses(t->reader, 20255, use, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void recover_makes_each_unanswered_attempt_a_doubt_once(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING), direct = admit(t, org, 14155550200, 0);
    struct run run = freeze_some(t, org, campaign, 14155550100, 4);
    struct change_recover c = {.head.kind = CHANGE_RECOVER, .now_ms = T0 + 100, .deadline_ms = T0 + 200,
                               .first_ms = T0 + 300};
    struct doubt doubts[8];
    size_t count = 8;
    for (uint64_t i = 0; i < 3; i++) assert_int_equal(arm(t, org, run.lo + i, 1), ARM_ARMED);
    assert_int_equal(arm(t, org, direct, 1), ARM_ARMED);
    assert_int_equal(answer(t, accepted(org, run.lo, 1, SID_A)), ERR_OK);
    assert_int_equal(status(t, org, run.lo + 1, 1, SID_B, MESSAGE_SENT), STATUS_APPLIED); /* only a callback */
    twin_reopen(t);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.doubts_made, 2);
    assert_int_equal(t->ops->doubts(t->reader, 0, doubts, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(doubts[0].message == direct && doubts[0].number == 14155550200 && doubts[0].attempt == 1);
    assert_true(doubts[1].message == run.lo + 2 && doubts[1].deadline_ms == T0 + 200);
    assert_true(doubts[1].next_ms == T0 + 300 && doubts[1].cost_micros == 15800 && doubts[1].sender == 4);
    assert_int_equal(message_of(t, org, direct).state, MESSAGE_IN_DOUBT);
    assert_true(message_of(t, org, direct).due_at_ms == 0);
    assert_true(message_of(t, org, run.lo + 1).armed_ms == T0 + 10 && message_of(t, org, run.lo + 1).sender == 4);
    assert_int_equal(message_of(t, org, run.lo + 3).state, MESSAGE_QUEUED);
    assert_true(campaign_of(t, org, campaign).cost_micros == 2 * 15800); /* the callback's one is booked too */
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.doubts_made, 0);
    assert_true(campaign_of(t, org, campaign).cost_micros == 2 * 15800);
    assert_int_equal(arm(t, org, direct, 2), ARM_STALE); /* fenced by its doubt */
}

static size_t arms_left(struct twin *t, struct armed recent[4])
{
    size_t count = 4;
    assert_int_equal(t->ops->arms_recent(t->reader, 0, recent, &count), ERR_OK);
    return count;
}

static void arm_at(struct twin *t, org_id org, uint64_t message, int64_t now_ms)
{
    struct arm_item item = arm_item(t, org, message, 1);
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = now_ms, .day = 20254, .items = &item, .items_count = 1};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(item.verdict, ARM_ARMED);
}

/* They are armed at T0 + 10. */
static void arms_records_go_when_they_are_old_and_answered(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_trim young = {.head.kind = CHANGE_TRIM, .arms_before_ms = T0 + 10, .arms_future_ms = T0 + 10},
                       old = {.head.kind = CHANGE_TRIM, .arms_before_ms = T0 + 11, .arms_future_ms = INT64_MAX};
    struct armed recent[4];
    uint64_t m[3];
    for (uint64_t i = 0; i < 3; i++) {
        m[i] = admit(t, org, 14155550100 + i, 0);
        assert_int_equal(arm(t, org, m[i], 1), ARM_ARMED);
    }
    assert_int_equal(answer(t, accepted(org, m[0], 1, SID_A)), ERR_OK);
    assert_int_equal(answer(t, accepted(org, m[2], 1, SID_B)), ERR_OK);
    assert_int_equal(PUT(t, &young), ERR_OK);
    assert_true(arms_left(t, recent) == 3 && recent[0].number == 14155550102); /* newest first */
    assert_int_equal(t->ops->arms_answered(t->reader, recent, 3), ERR_OK);
    assert_true(recent[0].answered_ms == message_of(t, org, m[2]).answered_ms && recent[0].answered_ms != 0);
    assert_int_equal(recent[1].answered_ms, 0);
    assert_int_equal(PUT(t, &old), ERR_OK);
    assert_true(arms_left(t, recent) == 2 && recent[1].number == 14155550101); /* the second has no answer */
    assert_int_equal(answer(t, accepted(org, m[1], 1, SID_C)), ERR_OK);
    assert_int_equal(PUT(t, &old), ERR_OK);
    assert_int_equal(arms_left(t, recent), 0);
}

/* A wrong clock dated it: else nothing would be let go of until that time has come. */
static void an_arms_record_from_the_future_does_not_keep_the_others(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_trim trim = {.head.kind = CHANGE_TRIM, .arms_before_ms = T0 + 11, .arms_future_ms = T0 + DAY_MS};
    struct armed recent[4];
    const uint64_t m[2] = {admit(t, org, 14155550100, 0), admit(t, org, 14155550101, 0)};
    arm_at(t, org, m[0], T0 + 2 * DAY_MS);
    arm_at(t, org, m[1], T0 + 10);
    for (int i = 0; i < 2; i++) assert_int_equal(answer(t, accepted(org, m[i], 1, i == 0 ? SID_A : SID_B)), ERR_OK);
    assert_int_equal(PUT(t, &trim), ERR_OK);
    assert_int_equal(arms_left(t, recent), 0);
}

/* Whose answers an earlier process did not see. */
static void arms_records_of_an_earlier_process_stay_until_it_is_recovered(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_trim old = {.head.kind = CHANGE_TRIM, .arms_before_ms = T0 + 11, .arms_future_ms = INT64_MAX};
    struct change_recover back = {.head.kind = CHANGE_RECOVER, .now_ms = T0 + 100};
    struct armed recent[4];
    assert_int_equal(arm(t, org, admit(t, org, 14155550100, 0), 1), ARM_ARMED);
    twin_reopen(t);
    assert_int_equal(PUT(t, &old), ERR_OK);
    assert_int_equal(arms_left(t, recent), 1);
    assert_int_equal(PUT(t, &back), ERR_OK);
    assert_int_equal(back.doubts_made, 1);
    assert_int_equal(PUT(t, &old), ERR_OK);
    assert_int_equal(arms_left(t, recent), 0);
}

/* Then an older one bears a later time; but not all that ever was is read. */
static void arms_are_found_although_the_clock_was_set_back(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct armed recent[4];
    size_t count = 4;
    arm_at(t, org, admit(t, org, 14155550100, 0), T0 + ARMS_CLOCK_BACK_MS + 1);
    arm_at(t, org, admit(t, org, 14155550101, 0), T0 + ARMS_CLOCK_BACK_MS);
    arm_at(t, org, admit(t, org, 14155550102, 0), T0);
    arm_at(t, org, admit(t, org, 14155550103, 0), T0 + ARMS_CLOCK_BACK_MS);
    assert_int_equal(t->ops->arms_recent(t->reader, T0 + ARMS_CLOCK_BACK_MS, recent, &count), ERR_OK);
    assert_true(count == 3 && recent[0].number == 14155550103 && recent[2].number == 14155550100);
    count = 4;
    assert_int_equal(t->ops->arms_recent(t->reader, T0 + ARMS_CLOCK_BACK_MS + 1, recent, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static struct arm_item ahead_of_its_turn(struct twin *t, org_id org, uint64_t campaign, const struct run *run)
{
    struct arm_item item = {.armed = {.message = run->lo + 2, .org = org, .attempt = 1, .carrier = 2, .segments = 1},
                            .lane = lane_of(t, org, run->lo), .run = run->id, .org_rev = 1,
                            .campaign_rev = campaign_of(t, org, campaign).rev};
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0 + 10, .items = &item, .items_count = 1};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(item.verdict, ARM_ARMED);
    return item;
}

static void one_armed_ahead_of_its_turn_is_not_drawn_again_nor_canceled_with_the_rest(void **state)
{
    static const enum outcome_kind kinds[] = {OUTCOME_AGAIN, OUTCOME_DOUBT, OUTCOME_WITHDRAWN, OUTCOME_ACCEPTED};
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    for (size_t i = 0; i < 4; i++) {
        uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
        struct run run = freeze_some(t, org, campaign, 14155550100, 4);
        struct arm_item item = ahead_of_its_turn(t, org, campaign, &run);
        struct outcome o = accepted(org, run.lo + 2, 1, SID_A);
        o.kind = kinds[i];
        o.to = MESSAGE_BLOCKED;
        o.lane = item.lane;
        o.next_ms = T0 + 99;
        assert_int_equal(due_in(t, &item.lane, T0 + DAY_MS), 0);
        assert_int_equal(move_campaign(t, org, campaign, CAMPAIGN_CANCELED), ERR_OK);
        assert_true(campaign_of(t, org, campaign).counts[MESSAGE_CANCELED] == 3);
        assert_int_equal(message_of(t, org, run.lo + 2).state, MESSAGE_QUEUED);
        assert_int_equal(answer(t, o), ERR_OK);
        assert_true(campaign_of(t, org, campaign).counts[MESSAGE_CANCELED] == 3);
        assert_int_equal(due_in(t, &item.lane, T0 + DAY_MS), kinds[i] == OUTCOME_AGAIN);
    }
}

static void recovery_finds_one_armed_ahead_of_its_turn_in_a_canceled_campaign(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct run run = freeze_some(t, org, campaign, 14155550100, 4);
    struct change_recover c = {.head.kind = CHANGE_RECOVER, .now_ms = T0 + 100};
    (void)ahead_of_its_turn(t, org, campaign, &run);
    assert_int_equal(move_campaign(t, org, campaign, CAMPAIGN_CANCELED), ERR_OK);
    twin_reopen(t);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.doubts_made, 1);
    assert_int_equal(message_of(t, org, run.lo + 2).state, MESSAGE_IN_DOUBT);
}

/* An urgent one: what it is admitted as, and with which facts it is armed. */
static enum arm_verdict admit_and_arm(struct twin *t, org_id org, uint64_t number, uint32_t rev, struct change_admit *c)
{
    uint32_t program = first_program(t, org);
    struct arm_item item = {.armed = {.org = org, .program = program, .sender = 4, .segments = 1, .attempt = 1,
                                      .carrier = 3, .cost_micros = 7900},
                            .lane = {.org = org, .program = program, .kind = KIND_TRANSACTIONAL, .carrier = 3},
                            .org_rev = rev};
    struct change_arm at_once = {.head.kind = CHANGE_ARM, .now_ms = T0 + 10, .day = 20254, .items = &item,
                                 .items_count = 1};
    *c = (struct change_admit){.head.kind = CHANGE_ADMIT, .arm = &at_once};
    c->message = (struct message){.org = org, .program = program, .number = number, .kind = KIND_TRANSACTIONAL,
                                  .state = MESSAGE_QUEUED, .carrier = 3, .created_ms = T0, .expires_ms = T0 + DAY_MS,
                                  .urgent = true, .body = STR("Your code is 1234")};
    assert_int_equal(PUT(t, c), ERR_OK);
    assert_true(item.armed.message == c->message.id);
    assert_int_equal(c->armed, item.verdict == ARM_ARMED);
    return item.verdict;
}

static void an_admission_may_be_armed_by_its_own_commit(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_admit c;
    struct change_recover back = {.head.kind = CHANGE_RECOVER, .now_ms = T0 + 100};
    struct lane_key lane;
    struct armed recent[4];
    size_t count = 4;
    assert_int_equal(admit_and_arm(t, org, 14155550100, 1, &c), ARM_ARMED);
    lane = lane_of(t, org, c.message.id);
    assert_int_equal(due_in(t, &lane, T0 + DAY_MS), 0); /* marked, not drawn meanwhile */
    assert_int_equal(t->ops->arms_recent(t->reader, T0, recent, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_true(recent[0].message == c.message.id && recent[0].number == 14155550100 && recent[0].attempt == 1);
    assert_int_equal(arm(t, org, c.message.id, 2), ARM_STALE);
    twin_reopen(t);
    assert_int_equal(PUT(t, &back), ERR_OK);
    assert_int_equal(back.doubts_made, 1);
    assert_int_equal(message_of(t, org, c.message.id).state, MESSAGE_IN_DOUBT);
}

static void render_too_much(struct change *c, int *status_out, struct buf *body)
{
    (void)c;
    *status_out = 202;
    for (size_t i = 0; i < 70000; i++) buf_add_text(body, "0123456789abcdef");
}

/* The next message takes the id that came free. */
static void an_admission_that_is_refused_after_its_arming_leaves_nothing_in_flight(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint32_t program = first_program(t, org);
    struct idempotency key = {.org = org, .key = STR("k1"), .now_ms = T0, .render = render_too_much};
    struct arm_item item = {.armed = {.org = org, .program = program, .attempt = 1, .carrier = 3}, .org_rev = 1,
                            .lane = {.org = org, .program = program, .kind = KIND_TRANSACTIONAL, .carrier = 3}};
    struct change_arm at_once = {.head.kind = CHANGE_ARM, .now_ms = T0, .items = &item, .items_count = 1};
    struct change_admit c = {.head = {.kind = CHANGE_ADMIT, .idem = &key}, .arm = &at_once}, next;
    buf_init(&key.answer, 1 << 20);
    c.message = (struct message){.org = org, .program = program, .number = 14155550100, .kind = KIND_TRANSACTIONAL,
                                 .state = MESSAGE_QUEUED, .carrier = 3, .created_ms = T0};
    assert_int_equal(PUT(t, &c), ERR_LIMIT);
    buf_free(&key.answer);
    assert_int_equal(admit_and_arm(t, org, 14155550100, 1, &next), ARM_ARMED);
    assert_true(next.message.id == c.message.id);
}

static void an_admission_that_may_not_be_armed_waits_or_is_blocked(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_admit c;
    struct lane_key lane;
    assert_int_equal(admit_and_arm(t, org, 14155550100, 99, &c), ARM_STALE);
    lane = lane_of(t, org, c.message.id);
    assert_int_equal(due_in(t, &lane, T0 + 10), 1);
    assert_int_equal(message_of(t, org, c.message.id).state, MESSAGE_QUEUED);
    opt_out(t, org, 14155550200, T0);
    assert_int_equal(admit_and_arm(t, org, 14155550200, 1, &c), ARM_OPTED_OUT);
    assert_int_equal(message_of(t, org, c.message.id).state, MESSAGE_BLOCKED);
}

static enum err move_account(struct twin *t, org_id org, const char *account, char *what, size_t room)
{
    struct change_org c = {.head.kind = CHANGE_ORG};
    enum err code;
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, org, &c.org), ERR_OK);
    (void)snprintf(c.org.account_sid, sizeof c.org.account_sid, "%s", account);
    code = PUT(t, &c);
    (void)snprintf(what, room, "%s", c.head.fault.what);
    return code;
}

/* Absence would be asked of an account that they never went to. */
static void an_account_stays_while_attempts_are_armed_or_in_doubt(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint64_t first = admit(t, org, 14155550100, 0), second = admit(t, org, 14155550200, 0);
    struct change_recover back = {.head.kind = CHANGE_RECOVER, .now_ms = T0 + 100};
    char what[512];
    assert_int_equal(move_account(t, org, "AC2", what, sizeof what), ERR_OK);
    assert_int_equal(arm(t, org, first, 1), ARM_ARMED);
    assert_int_equal(arm(t, org, second, 1), ARM_ARMED);
    assert_int_equal(move_account(t, other, "AC3", what, sizeof what), ERR_OK);
    assert_int_equal(move_account(t, org, "AC2", what, sizeof what), ERR_OK); /* no change of it */
    assert_int_equal(move_account(t, org, "AC3", what, sizeof what), ERR_CONFLICT);
    assert_true(str_starts(str_from(what), STR("2 attempt(s)")));
    assert_int_equal(answer(t, accepted(org, second, 1, "SM2")), ERR_OK);
    twin_reopen(t);
    assert_int_equal(PUT(t, &back), ERR_OK);
    assert_int_equal(move_account(t, org, "AC3", what, sizeof what), ERR_CONFLICT);
    assert_true(str_starts(str_from(what), STR("1 attempt(s)")));
    assert_int_equal(answer(t, accepted(org, first, 1, "SM1")), ERR_OK);
    assert_int_equal(move_account(t, org, "AC3", what, sizeof what), ERR_OK);
}

/* Whichever of the two comes first in one commit. */
static void an_account_and_an_arming_that_race_do_not_both_win(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    for (int account_first = 0; account_first < 2; account_first++) {
        uint64_t message = admit(t, org, 14155550100, 0);
        struct change_org move = {.head.kind = CHANGE_ORG};
        struct message m = message_of(t, org, message);
        struct arm_item item = {.lane = lane_of(t, org, message), .due_at_ms = m.due_at_ms,
                                .armed = {.message = message, .org = org, .program = m.program, .attempt = 1}};
        struct change_arm at = {.head.kind = CHANGE_ARM, .now_ms = T0 + 10, .items = &item, .items_count = 1};
        struct change *both[] = {&at.head, &move.head};
        struct fault f = {0};
        assert_int_equal(t->ops->org_get(t->reader, &t->arena, org, &move.org), ERR_OK);
        item.org_rev = move.org.rev;
        (void)snprintf(move.org.account_sid, sizeof move.org.account_sid, "AC%d", account_first + 5);
        assert_int_equal(t->ops->begin(t->store, &f), ERR_OK);
        t->ops->apply(t->store, both[account_first]);
        t->ops->apply(t->store, both[1 - account_first]);
        assert_int_equal(t->ops->commit(t->store, &f), ERR_OK);
        assert_int_equal(item.verdict, account_first ? ARM_STALE : ARM_ARMED);
        assert_int_equal(move.head.result, account_first ? ERR_OK : ERR_CONFLICT);
        if (!account_first) assert_int_equal(answer(t, accepted(org, message, 1, "SM1")), ERR_OK);
    }
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(arming_advances_the_cursor_and_leaves_a_record),
    STORE_TEST(an_opted_out_number_is_blocked_in_the_transaction_that_arms),
    STORE_TEST(what_needs_written_consent_is_blocked_without_it_when_it_is_armed),
    STORE_TEST(an_opt_out_reaches_as_far_as_its_scope),
    STORE_TEST(one_refused_sender_leaves_the_message_to_another),
    STORE_TEST(stale_facts_put_a_recipient_off),
    STORE_TEST(org_changes_suspension_and_pauses_make_items_stale),
    STORE_TEST(a_cursor_never_goes_back_nor_past_its_end),
    STORE_TEST(a_cursor_moves_only_from_where_it_is_expected),
    STORE_TEST(nothing_is_armed_twice),
    STORE_TEST(an_admission_may_be_armed_by_its_own_commit),
    STORE_TEST(an_admission_that_may_not_be_armed_waits_or_is_blocked),
    STORE_TEST(an_admission_that_is_refused_after_its_arming_leaves_nothing_in_flight),
    STORE_TEST(an_account_stays_while_attempts_are_armed_or_in_doubt),
    STORE_TEST(an_account_and_an_arming_that_race_do_not_both_win),
    STORE_TEST(setbacks_end_or_put_off),
    STORE_TEST(a_cap_that_was_reached_meanwhile_puts_a_message_off),
    STORE_TEST(day_use_counts_armed_segments_and_takes_them_back),
    STORE_TEST(recover_makes_each_unanswered_attempt_a_doubt_once),
    STORE_TEST(arms_records_go_when_they_are_old_and_answered),
    STORE_TEST(an_arms_record_from_the_future_does_not_keep_the_others),
    STORE_TEST(arms_records_of_an_earlier_process_stay_until_it_is_recovered),
    STORE_TEST(arms_are_found_although_the_clock_was_set_back),
    STORE_TEST(one_armed_ahead_of_its_turn_is_not_drawn_again_nor_canceled_with_the_rest),
    STORE_TEST(recovery_finds_one_armed_ahead_of_its_turn_in_a_canceled_campaign),
};
const struct suite arm_suite = {tests, sizeof tests / sizeof tests[0]};

/* Messages: admitting, canceling, drawing and listing; and doubts. */
#include "twin.h"

#include <stdio.h>

static void a_direct_message_waits_for_its_time(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint64_t now = admit(t, org, 14155550100, 0), later = admit(t, org, 14155550100, T0 + 5000);
    struct lane_key lane = lane_of(t, org, now);
    struct message m = message_of(t, org, later);
    int64_t earliest = 0;
    assert_true(later > now);
    assert_int_equal(m.state, MESSAGE_HELD);
    assert_true(m.due_at_ms == T0 + 5000 && m.send_at_ms == T0 + 5000 && m.expires_ms == T0 + DAY_MS);
    assert_true(str_equal(m.body, STR("Your code is 1234")) && m.attempt == 0 && m.sid[0] == 0);
    assert_int_equal(t->ops->message_get(t->reader, &t->arena, other, now, &m), ERR_NOT_FOUND);
    assert_int_equal(due_in(t, &lane, T0), 1);
    assert_int_equal(due_in(t, &lane, T0 + 5000), 2);
    assert_int_equal(t->ops->due_earliest(t->reader, &lane, &earliest), ERR_OK);
    assert_true(earliest == T0);
    lane.carrier++;
    assert_int_equal(t->ops->due_earliest(t->reader, &lane, &earliest), ERR_NOT_FOUND);
}

static void what_cannot_be_admitted_is_refused(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_admit c = {.head.kind = CHANGE_ADMIT};
    c.message = (struct message){.org = org, .program = first_program(t, other), .number = 14155550100,
                                 .kind = KIND_TRANSACTIONAL, .state = MESSAGE_QUEUED, .created_ms = T0};
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    c.message.program = first_program(t, org);
    c.message.state = MESSAGE_ACCEPTED;
    assert_int_equal(PUT(t, &c), ERR_INVALID);
    c.message.state = MESSAGE_QUEUED;
    c.message.campaign = 1;
    assert_int_equal(PUT(t, &c), ERR_INVALID);
    c.message.campaign = 0;
    c.message.carrier = 16;
    assert_int_equal(PUT(t, &c), ERR_INVALID);
}

static void a_message_is_canceled_only_before_it_is_armed(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING), direct = admit(t, org, 14155550100, 0);
    struct run run = freeze_some(t, org, campaign, 14155550200, 3);
    struct change_cancel c = {.head.kind = CHANGE_CANCEL, .org = other, .message = direct, .now_ms = T0 + 3};
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    c.org = org;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(message_of(t, org, direct).state, MESSAGE_CANCELED);
    assert_int_equal(message_of(t, org, direct).reason, REASON_CANCELED_BY_USER);
    assert_true(message_of(t, org, direct).due_at_ms == 0);
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    assert_int_equal(arm(t, org, direct, 1), ARM_STALE);
    c.message = direct = admit(t, org, 14155550100, 0);
    assert_int_equal(arm(t, org, direct, 1), ARM_ARMED);
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    assert_int_equal(arm(t, org, run.lo, 1), ARM_ARMED);
    c.message = run.lo;
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    c.message = run.lo + 1;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(arm(t, org, run.lo + 1, 1), ARM_STALE);
    assert_int_equal(campaign_of(t, org, campaign).counts[MESSAGE_CANCELED], 1);
}

static void runs_are_drawn_in_order_with_their_people(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    uint64_t a = make_contact(t, org, 14155550100, 0), b = make_contact(t, org, 14155550101, 0);
    struct change_contact_delete gone = {.head.kind = CHANGE_CONTACT_DELETE, .org = org, .contact = b, .now_ms = T0};
    struct run run = freeze_some(t, org, campaign, 14155550100, 3);
    struct message m[4];
    struct contact people[4];
    size_t count = 4;
    assert_int_equal(PUT(t, &gone), ERR_OK);
    assert_int_equal(t->ops->draw_run(t->reader, &t->arena, &run, run.lo, m, people, &count), ERR_OK);
    assert_int_equal(count, 3);
    assert_true(people[0].id == a && str_equal(people[0].fields, STR("{\"name\":\"Ann\"}")) && people[0].zones == 7);
    assert_true(people[1].id == 0); /* deleted meanwhile */
    assert_true(people[2].id == 0); /* never was one */
    assert_true(m[1].id == run.lo + 1 && m[1].contact == b && m[1].number == 14155550101);
    count = 1;
    assert_int_equal(t->ops->draw_run(t->reader, &t->arena, &run, run.lo + 2, m, people, &count), ERR_OK);
    assert_true(count == 1 && m[0].id == run.lo + 2);
    count = 1;
    assert_int_equal(t->ops->draw_run(t->reader, &t->arena, &run, run.hi, m, people, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void due_rows_page_by_time_and_message(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t id[4];
    struct due due[4];
    struct message m[4];
    struct contact people[4];
    struct lane_key lane;
    size_t count = 2;
    id[0] = admit(t, org, 14155550100, T0 + 20);
    id[1] = admit(t, org, 14155550101, T0 + 10);
    id[2] = admit(t, org, 14155550102, T0 + 10);
    id[3] = admit(t, org, 14155550103, T0 + 30);
    lane = lane_of(t, org, id[0]);
    assert_int_equal(t->ops->draw_due(t->reader, &t->arena, &lane, T0 + 25, 0, 0, due, m, people, &count), ERR_OK);
    assert_true(count == 2 && due[0].message == id[1] && due[1].message == id[2] && m[1].id == id[2]);
    count = 4;
    assert_int_equal(t->ops->draw_due(t->reader, &t->arena, &lane, T0 + 25, due[1].at_ms, due[1].message, due, m,
                                      people, &count), ERR_OK);
    assert_true(count == 1 && due[0].message == id[0] && due[0].at_ms == T0 + 20 && due[0].lane.org == org);
}

static void lanes_with_something_due_are_listed_once(void **state)
{
    struct twin *t = *state;
    org_id a = make_org(t, "a"), b = make_org(t, "b");
    struct lane_key lanes[4];
    int64_t earliest[4];
    size_t count = 4;
    uint64_t armed;
    admit(t, b, 14155550100, T0 + 10);
    armed = admit(t, a, 14155550100, 0);
    admit(t, a, 14155550101, T0 + 7);
    admit(t, a, 14155550102, T0 + 9);
    assert_int_equal(arm(t, a, armed, 1), ARM_ARMED);
    assert_int_equal(t->ops->due_lanes(t->reader, NULL, lanes, earliest, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(lanes[0].org == a && earliest[0] == T0 + 7 && lanes[1].org == b && earliest[1] == T0 + 10);
    count = 4;
    assert_int_equal(t->ops->due_lanes(t->reader, &lanes[0], lanes, earliest, &count), ERR_OK);
    assert_true(count == 1 && lanes[0].org == b);
}

static void listings_are_newest_first_filtered_and_paged(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING), second = make_campaign(t, org, CAMPAIGN_RUNNING);
    uint64_t first = admit(t, org, 14155550100, 0), more = 0, last;
    struct run run = freeze_some(t, org, campaign, 14155550100, 3), next = freeze_some(t, org, second, 14155550100, 2);
    struct message_filter f = {.org = org};
    struct message m[16];
    size_t count = 16;
    last = admit(t, org, 14155550107, 0);
    admit(t, other, 14155550100, 0);
    assert_int_equal(t->ops->messages(t->reader, &t->arena, &f, 0, m, &count, &more), ERR_OK);
    assert_true(count == 7 && more == 0 && m[0].id == last && m[6].id == first && m[1].id == next.lo + 1);
    assert_true(m[3].id == run.lo + 2 && str_equal(m[0].body, STR("Your code is 1234")) && m[3].body.len == 0);
    count = 2;
    assert_int_equal(t->ops->messages(t->reader, &t->arena, &f, 0, m, &count, &more), ERR_OK);
    assert_true(count == 2 && more == m[1].id);
    count = 16;
    assert_int_equal(t->ops->messages(t->reader, &t->arena, &f, more, m, &count, &more), ERR_OK);
    assert_true(count == 5 && m[0].id == next.lo && more == 0);
    f.campaign = campaign;
    count = 16;
    assert_int_equal(t->ops->messages(t->reader, &t->arena, &f, 0, m, &count, &more), ERR_OK);
    assert_true(count == 3 && m[0].id == run.lo + 2);
    f.number = 14155550100;
    count = 16;
    assert_int_equal(t->ops->messages(t->reader, &t->arena, &f, 0, m, &count, &more), ERR_OK);
    assert_true(count == 1 && m[0].id == run.lo);
    f = (struct message_filter){.org = org, .number = 14155550100};
    count = 16;
    assert_int_equal(t->ops->messages(t->reader, &t->arena, &f, 0, m, &count, &more), ERR_OK);
    assert_true(count == 3 && m[0].id == next.lo && m[2].id == first);
    count = 2;
    assert_int_equal(t->ops->messages_to(t->reader, &t->arena, org, 14155550100, m, &count), ERR_OK);
    assert_true(count == 2 && m[0].id == next.lo && m[1].id == run.lo);
    f = (struct message_filter){.org = org, .direct = true};
    count = 1;
    assert_int_equal(t->ops->messages(t->reader, &t->arena, &f, 0, m, &count, &more), ERR_OK);
    assert_true(count == 1 && m[0].id == last && more == last);
    count = 16;
    assert_int_equal(t->ops->messages(t->reader, &t->arena, &f, more, m, &count, &more), ERR_OK);
    assert_true(count == 1 && m[0].id == first && more == 0); /* the campaigns between are passed over */
    f = (struct message_filter){.org = other, .campaign = campaign};
    count = 16;
    assert_int_equal(t->ops->messages(t->reader, &t->arena, &f, 0, m, &count, &more), ERR_OK);
    assert_int_equal(count, 0);
}

static void a_state_is_filtered_as_it_reads(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING), more = 9;
    struct run run = freeze_some(t, org, campaign, 14155550100, 3);
    struct message_filter f = {.org = org, .state = MESSAGE_CANCELED};
    struct message m[8];
    size_t count = 8;
    assert_int_equal(arm(t, org, run.lo, 1), ARM_ARMED);
    assert_int_equal(t->ops->messages(t->reader, &t->arena, &f, 0, m, &count, &more), ERR_OK);
    assert_true(count == 0 && more == 0);
    assert_int_equal(move_campaign(t, org, campaign, CAMPAIGN_CANCELED), ERR_OK);
    count = 8;
    assert_int_equal(t->ops->messages(t->reader, &t->arena, &f, 0, m, &count, &more), ERR_OK);
    assert_true(count == 2 && m[0].state == MESSAGE_CANCELED && m[0].reason == REASON_CAMPAIGN_CANCELED);
}

static void what_is_not_final_for_too_long_is_found(void **state)
{
    struct twin *t = *state;
    org_id a = make_org(t, "a"), b = make_org(t, "b");
    uint64_t stuck = admit(t, a, 14155550100, 0), done = admit(t, a, 14155550101, 0);
    uint64_t sent = admit(t, b, 14155550100, 0), to = 0;
    struct message m[4];
    size_t count = 4;
    assert_int_equal(arm(t, a, stuck, 1), ARM_ARMED);
    assert_int_equal(answer(t, accepted(a, stuck, 1, SID_A)), ERR_OK);
    assert_int_equal(arm(t, a, done, 1), ARM_ARMED);
    assert_int_equal(status(t, a, done, 1, SID_B, MESSAGE_DELIVERED), STATUS_APPLIED);
    assert_int_equal(arm(t, b, sent, 1), ARM_ARMED);
    assert_int_equal(status(t, b, sent, 1, SID_C, MESSAGE_SENT), STATUS_APPLIED);
    assert_int_equal(t->ops->messages_stuck(t->reader, &t->arena, 0, T0 + DAY_MS, 100, m, &count, &to), ERR_OK);
    assert_true(count == 2 && m[0].id == stuck && m[1].id == sent && to == sent);
    count = 4;
    assert_int_equal(t->ops->messages_stuck(t->reader, &t->arena, 0, T0 + 25, 100, m, &count, &to), ERR_OK);
    assert_true(count == 1 && m[0].id == stuck); /* the other was heard of at T0 + 30 */
    count = 4;
    assert_int_equal(t->ops->messages_stuck(t->reader, &t->arena, 0, T0 + DAY_MS, 2, m, &count, &to), ERR_OK);
    assert_true(count == 1 && to == done);
    count = 4;
    assert_int_equal(t->ops->messages_stuck(t->reader, &t->arena, sent, T0 + DAY_MS, 2, m, &count, &to), ERR_OK);
    assert_true(count == 0 && to == sent);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_direct_message_waits_for_its_time),
    STORE_TEST(what_cannot_be_admitted_is_refused),
    STORE_TEST(a_message_is_canceled_only_before_it_is_armed),
    STORE_TEST(runs_are_drawn_in_order_with_their_people),
    STORE_TEST(due_rows_page_by_time_and_message),
    STORE_TEST(lanes_with_something_due_are_listed_once),
    STORE_TEST(listings_are_newest_first_filtered_and_paged),
    STORE_TEST(a_state_is_filtered_as_it_reads),
    STORE_TEST(what_is_not_final_for_too_long_is_found),
};
const struct suite messages_suite = {tests, sizeof tests / sizeof tests[0]};

/* ---- doubts ---- */

static org_id org_with_doubt(struct twin *t, uint64_t *message)
{
    org_id org = make_org(t, "acme");
    struct outcome o = {.org = org, .attempt = 1, .kind = OUTCOME_DOUBT, .sender = 4, .segments = 2,
                        .cost_micros = 15800, .doubt = {.armed_ms = T0 + 10, .deadline_ms = T0 + 100,
                                                        .next_ms = T0 + 200}};
    o.message = *message = admit(t, org, 14155550100, 0);
    assert_int_equal(arm(t, org, *message, 1), ARM_ARMED);
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(message_of(t, org, *message).state, MESSAGE_IN_DOUBT);
    return org;
}

static size_t doubts_now(struct twin *t, struct doubt *first)
{
    struct doubt all[8];
    size_t count = 8;
    assert_int_equal(t->ops->doubts(t->reader, 0, all, &count), ERR_OK);
    if (count > 0) *first = all[0];
    return count;
}

static void a_doubt_is_listed_and_moved_along(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_doubt(t, &message);
    struct doubt d = {0};
    struct change_doubt c = {.head.kind = CHANGE_DOUBT, .now_ms = T0 + 300};
    assert_int_equal(doubts_now(t, &d), 1);
    assert_true(d.message == message && d.org == org && d.number == 14155550100 && d.attempt == 1);
    assert_true(d.armed_ms == T0 + 10 && d.deadline_ms == T0 + 100 && d.next_ms == T0 + 200 && d.sender == 4);
    assert_true(message_of(t, org, message).due_at_ms == 0);
    d.clean_listings = 1;
    d.next_ms = T0 + 900;
    c.doubt = d;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(doubts_now(t, &d), 1);
    assert_true(d.clean_listings == 1 && d.next_ms == T0 + 900 && d.deadline_ms == T0 + 100);
    c.doubt.attempt = 2;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    c.doubt.attempt = 1;
    c.doubt.org = org + 1;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
}

static void only_proved_absence_queues_it_again(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_doubt(t, &message);
    struct lane_key lane = lane_of(t, org, message);
    struct doubt d = {0};
    struct change_doubt c = {.head.kind = CHANGE_DOUBT, .absent = true, .lane = lane, .now_ms = T0 + 300};
    assert_int_equal(arm(t, org, message, 2), ARM_STALE);
    assert_int_equal(doubts_now(t, &d), 1);
    c.doubt = d;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(doubts_now(t, &d), 0);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_QUEUED);
    assert_int_equal(due_in(t, &lane, T0 + 300), 1);
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    assert_int_equal(arm(t, org, message, 1), ARM_STALE);
    assert_int_equal(arm(t, org, message, 2), ARM_ARMED);
}

static void absence_after_its_validity_ends_it(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_doubt(t, &message);
    struct change_doubt c = {.head.kind = CHANGE_DOUBT, .absent = true, .now_ms = T0 + DAY_MS};
    assert_int_equal(doubts_now(t, &c.doubt), 1);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_EXPIRED);
    assert_int_equal(message_of(t, org, message).reason, REASON_VALIDITY);
}

static void a_callback_proves_acceptance_of_a_doubt(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_doubt(t, &message);
    struct doubt d = {0};
    struct org o = {0};
    assert_int_equal(status(t, org, message, 1, SID_A, MESSAGE_SENT), STATUS_APPLIED);
    assert_int_equal(doubts_now(t, &d), 0);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_SENT);
    assert_true(message_of(t, org, message).cost_micros == 15800 && message_of(t, org, message).segments == 2);
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, org, &o), ERR_OK);
    assert_true(o.spent_micros == 15800);
}

static void a_late_answer_settles_a_doubt_and_a_second_doubt_changes_nothing(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_doubt(t, &message);
    struct outcome o = accepted(org, message, 1, SID_A);
    struct doubt d = {0};
    o.kind = OUTCOME_DOUBT;
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(doubts_now(t, &d), 1);
    assert_true(d.next_ms == T0 + 200);
    o.kind = OUTCOME_ACCEPTED;
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(doubts_now(t, &d), 0);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_ACCEPTED);
    assert_true(message_of(t, org, message).cost_micros == 15800);
}

static enum err bind(struct twin *t, org_id org, uint64_t message, const char *sid, enum message_state to)
{
    struct change_bind c = {.head.kind = CHANGE_BIND, .org = org, .message = message, .to = to, .now_ms = T0 + 400};
    (void)snprintf(c.sid, sizeof c.sid, "%s", sid);
    return PUT(t, &c);
}

static void a_listing_binds_a_doubt_to_its_message(void **state)
{
    struct twin *t = *state;
    uint64_t message;
    org_id org = org_with_doubt(t, &message);
    struct doubt d = {0};
    assert_int_equal(bind(t, org + 1, message, SID_A, MESSAGE_SENT), ERR_NOT_FOUND);
    assert_int_equal(bind(t, org, message, "", MESSAGE_SENT), ERR_INVALID);
    assert_int_equal(bind(t, org, message, SID_A, MESSAGE_QUEUED), ERR_INVALID);
    assert_int_equal(bind(t, org, message, SID_A, MESSAGE_SENT), ERR_OK);
    assert_int_equal(doubts_now(t, &d), 0);
    assert_string_equal(message_of(t, org, message).sid, SID_A);
    assert_int_equal(bind(t, org, message, SID_B, MESSAGE_SENT), ERR_CONFLICT);
    assert_int_equal(bind(t, org, message, SID_A, MESSAGE_DELIVERED), ERR_OK); /* the same merges */
    assert_int_equal(message_of(t, org, message).state, MESSAGE_DELIVERED);
    assert_true(message_of(t, org, message).cost_micros == 15800);
}

static void a_listing_binds_what_a_restored_copy_still_holds_for_queued(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING), direct = admit(t, org, 14155550200, 0);
    struct run run = freeze_some(t, org, campaign, 14155550100, 2);
    struct lane_key lane = lane_of(t, org, direct);
    assert_int_equal(bind(t, org, run.lo, SID_A, MESSAGE_DELIVERED), ERR_OK);
    assert_int_equal(bind(t, org, direct, SID_B, MESSAGE_FAILED), ERR_OK);
    assert_int_equal(arm(t, org, run.lo, 2), ARM_STALE);
    assert_int_equal(due_in(t, &lane, T0 + DAY_MS), 0);
    assert_int_equal(message_of(t, org, direct).state, MESSAGE_FAILED);
    assert_int_equal(message_of(t, org, direct).attempt, 1);
    assert_int_equal(status(t, org, run.lo, 1, SID_A, MESSAGE_SENT), STATUS_UNCHANGED);
}

static const struct CMUnitTest doubt_tests[] = {
    STORE_TEST(a_doubt_is_listed_and_moved_along),
    STORE_TEST(only_proved_absence_queues_it_again),
    STORE_TEST(absence_after_its_validity_ends_it),
    STORE_TEST(a_callback_proves_acceptance_of_a_doubt),
    STORE_TEST(a_late_answer_settles_a_doubt_and_a_second_doubt_changes_nothing),
    STORE_TEST(a_listing_binds_a_doubt_to_its_message),
    STORE_TEST(a_listing_binds_what_a_restored_copy_still_holds_for_queued),
};
const struct suite doubts_suite = {doubt_tests, sizeof doubt_tests / sizeof doubt_tests[0]};

/* Campaigns: drafts, their life, their audience, and what is counted. */
#include "twin.h"

static struct change_campaign draft(struct twin *t, org_id org)
{
    struct change_campaign c = {.head.kind = CHANGE_CAMPAIGN};
    c.campaign = (struct campaign){.org = org, .program = first_program(t, org), .name = STR("Spring"),
                                   .kind = KIND_MARKETING, .template_text = STR("Hi {{name}}"),
                                   .state = CAMPAIGN_DRAFT, .validity_s = 600, .pause_failures_permille = 50,
                                   .created_ms = T0};
    return c;
}

/* Who let it start stays with it, whatever becomes of the campaign; a refused move leaves nothing. */
static void what_was_acknowledged_is_kept_with_the_move(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_campaign c = draft(t, org);
    struct change_campaign_state move = {.head.kind = CHANGE_CAMPAIGN_STATE, .org = org, .to = CAMPAIGN_RUNNING,
                                         .now_ms = T0 + 5};
    struct acknowledgement said[4];
    size_t count = 4;

    c.acknowledged = (struct acknowledgement){.at_ms = T0, .by = STR("key_1"), .rule_set = 7, .findings = STR("[1]")};
    assert_int_equal(PUT(t, &c), ERR_OK);
    move.campaign = c.campaign.id;
    move.acknowledged = (struct acknowledgement){.at_ms = T0 + 5, .by = STR("key_2"), .rule_set = 0xFFFFFFFFu,
                                                 .findings = STR("[{\"code\":\"no_brand\"}]")};
    assert_int_equal(PUT(t, &move), ERR_OK);
    assert_int_equal(PUT(t, &move), ERR_CONFLICT); /* it runs already */
    move.to = CAMPAIGN_PAUSED;
    move.acknowledged.findings = STR("");
    assert_int_equal(PUT(t, &move), ERR_OK);
    assert_int_equal(t->ops->acknowledgements(t->reader, &t->arena, org, c.campaign.id, said, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(said[0].at_ms == T0 && str_equal(said[0].by, STR("key_1")) && said[0].rule_set == 7);
    assert_true(said[1].at_ms == T0 + 5 && said[1].rule_set == 0xFFFFFFFFu && said[1].campaign == c.campaign.id);
    assert_true(str_equal(said[1].findings, STR("[{\"code\":\"no_brand\"}]")));
    count = 4;
    assert_int_equal(t->ops->acknowledgements(t->reader, &t->arena, other, c.campaign.id, said, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void a_draft_can_be_edited_and_nothing_else(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_campaign c = draft(t, org);
    struct campaign got;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.campaign.rev == 1);
    c.campaign.name = STR("Summer");
    c.campaign.state = CAMPAIGN_SCHEDULED;
    c.campaign.start_at_ms = T0 + 99;
    c.campaign.audience = 12345; /* the store's, not ours */
    assert_int_equal(PUT(t, &c), ERR_OK);
    got = campaign_of(t, org, c.campaign.id);
    assert_true(got.rev == 2 && got.start_at_ms == T0 + 99 && got.audience == 0 && got.created_ms == T0);
    assert_true(str_equal(got.name, STR("Summer")) && str_equal(got.template_text, STR("Hi {{name}}")));
    assert_int_equal(got.state, CAMPAIGN_SCHEDULED);
    assert_int_equal(PUT(t, &c), ERR_CONFLICT); /* scheduled now */
    c.campaign.org = other;
    c.campaign.program = first_program(t, other);
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    assert_int_equal(t->ops->campaign_get(t->reader, &t->arena, other, c.campaign.id, &got), ERR_NOT_FOUND);
}

/* What was read, or judged, is what is written over, or started. */
static void a_campaign_that_was_changed_meanwhile_is_neither_edited_nor_started(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_campaign first = draft(t, org), second;
    struct change_campaign_state start = {.head.kind = CHANGE_CAMPAIGN_STATE, .org = org, .to = CAMPAIGN_RUNNING,
                                          .rev = 1, .now_ms = T0};
    struct acknowledgement said[1];
    size_t count = 1;

    assert_int_equal(PUT(t, &first), ERR_OK);
    second = first;
    start.campaign = first.campaign.id;
    first.campaign.name = STR("Summer");
    assert_int_equal(PUT(t, &first), ERR_OK);
    second.campaign.template_text = STR("Ho {{name}}");
    second.acknowledged = (struct acknowledgement){.at_ms = T0, .by = STR("key_1"), .findings = STR("[1]")};
    start.acknowledged = second.acknowledged;
    assert_int_equal(PUT(t, &second), ERR_CONFLICT);
    assert_string_equal(second.head.fault.what, STORE_CAMPAIGN_MOVED);
    assert_int_equal(PUT(t, &start), ERR_CONFLICT);
    assert_string_equal(start.head.fault.what, STORE_CAMPAIGN_MOVED);
    assert_true(str_equal(campaign_of(t, org, start.campaign).template_text, STR("Hi {{name}}")));
    assert_true(campaign_of(t, org, start.campaign).state == CAMPAIGN_DRAFT);
    assert_int_equal(t->ops->acknowledgements(t->reader, &t->arena, org, start.campaign, said, &count), ERR_OK);
    assert_int_equal(count, 0); /* nobody let anything start */
    second.campaign.rev = 0;
    assert_int_equal(PUT(t, &second), ERR_OK); /* not asked */
    start.rev = 3;
    assert_int_equal(PUT(t, &start), ERR_OK);
    start.to = CAMPAIGN_PAUSED;
    start.rev = 0;
    assert_int_equal(PUT(t, &start), ERR_OK);
}

static void a_campaign_names_what_its_org_has(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_campaign c = draft(t, org);
    c.campaign.program = first_program(t, other);
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    c = draft(t, org);
    c.campaign.list = 5;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
    c = draft(t, org);
    c.campaign.state = CAMPAIGN_RUNNING;
    assert_int_equal(PUT(t, &c), ERR_INVALID);
}

static void moves_are_those_of_the_table(void **state)
{
    static const unsigned legal[] = {/* from draft, …: bits of states it may become */
        [CAMPAIGN_DRAFT] = 1u << CAMPAIGN_RUNNING | 1u << CAMPAIGN_CANCELED,
        [CAMPAIGN_RUNNING] = 1u << CAMPAIGN_PAUSED | 1u << CAMPAIGN_COMPLETED | 1u << CAMPAIGN_CANCELED,
        [CAMPAIGN_PAUSED] = 1u << CAMPAIGN_RUNNING | 1u << CAMPAIGN_CANCELED,
        [CAMPAIGN_COMPLETED] = 0, [CAMPAIGN_CANCELED] = 0};
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    for (int from = CAMPAIGN_DRAFT; from <= CAMPAIGN_CANCELED; from++) {
        if (from == CAMPAIGN_SCHEDULED) continue;
        for (int to = CAMPAIGN_DRAFT; to <= CAMPAIGN_CANCELED; to++) {
            uint64_t id = make_campaign(t, org, (enum campaign_state)from);
            uint32_t rev = campaign_of(t, org, id).rev;
            bool may = (legal[from] >> to & 1) != 0;
            assert_int_equal(move_campaign(t, org, id, (enum campaign_state)to), may ? ERR_OK : ERR_CONFLICT);
            assert_int_equal(campaign_of(t, org, id).state, may ? to : from);
            assert_true(campaign_of(t, org, id).rev == rev + may);
        }
    }
    assert_int_equal(move_campaign(t, other, 1, CAMPAIGN_RUNNING), ERR_NOT_FOUND);
}

static void a_move_tells_when_and_why(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t id = make_campaign(t, org, CAMPAIGN_DRAFT);
    struct change_campaign_state c = {.head.kind = CHANGE_CAMPAIGN_STATE, .org = org, .campaign = id,
                                      .to = CAMPAIGN_RUNNING, .now_ms = T0 + 1};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.after.state == CAMPAIGN_RUNNING && c.after.started_ms == T0 + 1 && c.after.rev == 2);
    c.to = CAMPAIGN_PAUSED;
    c.why = STR("too many failures");
    c.now_ms = T0 + 2;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(str_equal(campaign_of(t, org, id).why, STR("too many failures")));
    c.to = CAMPAIGN_RUNNING;
    c.why = STR("");
    c.now_ms = T0 + 3;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(campaign_of(t, org, id).started_ms == T0 + 1 && campaign_of(t, org, id).why.len == 0);
    c.to = CAMPAIGN_COMPLETED;
    c.now_ms = T0 + 4;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(campaign_of(t, org, id).finished_ms == T0 + 4);
}

static void live_ones_of_all_orgs_are_listed_for_start_up(void **state)
{
    struct twin *t = *state;
    org_id a = make_org(t, "a"), b = make_org(t, "b");
    uint64_t running = make_campaign(t, a, CAMPAIGN_RUNNING), paused = make_campaign(t, b, CAMPAIGN_PAUSED), done;
    struct campaign page[4];
    size_t count = 4;
    make_campaign(t, a, CAMPAIGN_DRAFT);
    done = make_campaign(t, a, CAMPAIGN_COMPLETED);
    assert_int_equal(t->ops->campaigns_live(t->reader, &t->arena, 0, page, &count), ERR_OK);
    assert_true(count == 2 && page[0].id == running && page[1].id == paused && page[1].org == b);
    count = 4;
    assert_int_equal(t->ops->campaigns_live(t->reader, &t->arena, running, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].id == paused);
    count = 4;
    assert_int_equal(t->ops->campaigns(t->reader, &t->arena, a, 0, page, &count), ERR_OK);
    assert_true(count == 3 && page[0].id == done && page[2].id == running); /* newest first, its own only */
    count = 4;
    assert_int_equal(t->ops->campaigns(t->reader, &t->arena, a, done, page, &count), ERR_OK);
    assert_int_equal(count, 2);
}

static struct change_freeze chunk(org_id org, uint64_t campaign, const struct freeze_row *rows, size_t count)
{
    return (struct change_freeze){.head.kind = CHANGE_FREEZE, .org = org, .campaign = campaign, .after = 0,
                                  .upto = 10, .rows = rows, .count = count, .now_ms = T0};
}

static void a_frozen_chunk_becomes_runs_of_one_bucket_each(void **state)
{
    static const struct freeze_row rows[] = {{3, 14155550103, 7, 1}, {9, 14155550109, 7, 1}, {1, 14155550101, 7, 2},
                                             {2, 14155550102, 1ULL << 63, 2}, {4, 14155550104, 1ULL << 63, 2}};
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct change_freeze c = chunk(org, campaign, rows, 5);
    struct run runs[4];
    struct message m;
    size_t count = 4;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(c.runs_made, 3);
    assert_int_equal(t->ops->runs(t->reader, org, campaign, 0, runs, &count), ERR_OK);
    assert_int_equal(count, 3);
    assert_true(runs[0].hi - runs[0].lo == 2 && runs[1].hi - runs[1].lo == 1 && runs[2].hi - runs[2].lo == 2);
    assert_true(runs[0].hi == runs[1].lo && runs[1].hi == runs[2].lo && runs[0].next == runs[0].lo);
    assert_true(runs[0].carrier == 1 && runs[1].carrier == 2 && runs[2].zones == 1ULL << 63 && runs[2].org == org);
    m = message_of(t, org, runs[0].lo + 1);
    assert_true(m.contact == 9 && m.number == 14155550109 && m.campaign == campaign && m.state == MESSAGE_QUEUED);
    assert_true(m.expires_ms == T0 + 3600000 && m.created_ms == T0 && m.kind == KIND_MARKETING && m.carrier == 1);
    assert_true(campaign_of(t, org, campaign).audience == 5 && campaign_of(t, org, campaign).freeze_after == 10);
    assert_true(campaign_of(t, org, campaign).counts[MESSAGE_QUEUED] == 5 && !campaign_of(t, org, campaign).frozen);
    count = 4;
    assert_int_equal(t->ops->runs(t->reader, org, campaign, runs[0].id, runs, &count), ERR_OK);
    assert_int_equal(count, 2);
    count = 4;
    assert_int_equal(t->ops->runs(t->reader, other, campaign, 0, runs, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void a_repeated_or_wrong_chunk_is_refused(void **state)
{
    static const struct freeze_row rows[] = {{3, 14155550103, 7, 1}}, far[] = {{11, 14155550111, 7, 1}},
                                   odd[] = {{12, 14155550103, 7, 16}};
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING), still = make_campaign(t, org, CAMPAIGN_DRAFT);
    struct change_freeze c = chunk(org, campaign, rows, 1), d = chunk(org, still, rows, 1);
    assert_int_equal(PUT(t, &d), ERR_CONFLICT);
    d = chunk(other, campaign, rows, 1);
    assert_int_equal(PUT(t, &d), ERR_NOT_FOUND);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    assert_true(campaign_of(t, org, campaign).audience == 1);
    c = chunk(org, campaign, far, 1);
    c.after = 10; /* (10, 10] holds nothing */
    assert_int_equal(PUT(t, &c), ERR_INVALID);
    c.upto = 20;
    c.rows = odd;
    assert_int_equal(PUT(t, &c), ERR_INVALID);
    c.count = 0;
    c.last = true;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(campaign_of(t, org, campaign).frozen && campaign_of(t, org, campaign).freeze_after == 20);
    c.after = 20;
    c.upto = 30;
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
}

static void canceling_ends_what_was_not_drawn_at_once(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct run run = freeze_some(t, org, campaign, 14155550100, 6);
    struct arm_setback back = {run.lo + 1, org, lane_of(t, org, run.lo), run.id, 0, MESSAGE_HELD,
                               REASON_QUIET_HOURS, T0 + 500};
    struct arm_cursor cursor = {.run = run.id, .org = org, .next = run.lo + 2};
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0, .setbacks = &back, .setbacks_count = 1,
                           .cursors = &cursor, .cursors_count = 1};
    struct change_cancel one = {.head.kind = CHANGE_CANCEL, .org = org, .message = run.lo + 4, .now_ms = T0};
    int64_t reasons[64], table[16][MESSAGE_STATES];
    struct campaign after;
    assert_int_equal(arm(t, org, run.lo, 1), ARM_ARMED);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(PUT(t, &one), ERR_OK);
    assert_int_equal(move_campaign(t, org, campaign, CAMPAIGN_CANCELED), ERR_OK);
    after = campaign_of(t, org, campaign);
    assert_true(after.counts[MESSAGE_CANCELED] == 4); /* 2, 3, 5 and the one canceled before */
    assert_true(after.counts[MESSAGE_QUEUED] == 1 && after.counts[MESSAGE_HELD] == 1); /* armed, waiting */
    assert_int_equal(message_of(t, org, run.lo).state, MESSAGE_QUEUED);
    assert_int_equal(message_of(t, org, run.lo + 3).state, MESSAGE_CANCELED);
    assert_int_equal(message_of(t, org, run.lo + 3).reason, REASON_CAMPAIGN_CANCELED);
    assert_int_equal(message_of(t, org, run.lo + 4).reason, REASON_CANCELED_BY_USER);
    assert_int_equal(t->ops->campaign_reasons(t->reader, org, campaign, reasons), ERR_OK);
    assert_true(reasons[REASON_CAMPAIGN_CANCELED] == 3 && reasons[REASON_CANCELED_BY_USER] == 1);
    assert_true(reasons[REASON_QUIET_HOURS] == 1);
    assert_int_equal(t->ops->campaign_carriers(t->reader, org, campaign, table), ERR_OK);
    assert_true(table[2][MESSAGE_CANCELED] == 4 && table[1][MESSAGE_CANCELED] == 0);
    assert_int_equal(answer(t, accepted(org, run.lo, 1, SID_A)), ERR_OK); /* what was under way still counts */
    assert_true(campaign_of(t, org, campaign).counts[MESSAGE_ACCEPTED] == 1);
    cursor.next = run.hi;
    c.setbacks_count = 0;
    assert_int_equal(PUT(t, &c), ERR_OK); /* cursors stand still */
    assert_int_equal(message_of(t, org, run.lo + 3).state, MESSAGE_CANCELED);
    assert_int_equal(arm(t, org, run.lo + 2, 1), ARM_STALE);
    assert_int_equal(message_of(t, org, run.lo + 2).state, MESSAGE_CANCELED);
}

static void what_left_out_of_turn_is_counted_right_whatever_the_cursor_passed(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct run run = freeze_some(t, org, campaign, 14155550100, 10);
    struct arm_cursor cursor = {.run = run.id, .org = org, .next = run.lo + 5};
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0, .cursors = &cursor, .cursors_count = 1};
    static const uint64_t out_of_turn[] = {1, 3, 6, 8};
    for (size_t i = 0; i < 4; i++) {
        struct change_cancel one = {.head.kind = CHANGE_CANCEL, .org = org, .message = run.lo + out_of_turn[i]};
        assert_int_equal(PUT(t, &one), ERR_OK);
    }
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(move_campaign(t, org, campaign, CAMPAIGN_CANCELED), ERR_OK);
    assert_true(campaign_of(t, org, campaign).counts[MESSAGE_CANCELED] == 4 + 3); /* 5, 7 and 9 */
    assert_true(campaign_of(t, org, campaign).counts[MESSAGE_QUEUED] == 3);
}

static void one_that_waits_again_beyond_the_cursor_waits_once(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct run run = freeze_some(t, org, campaign, 14155550100, 5);
    struct arm_cursor cursor = {.run = run.id, .org = org, .next = run.lo + 3};
    struct change_arm c = {.head.kind = CHANGE_ARM, .now_ms = T0, .cursors = &cursor, .cursors_count = 1};
    /* A restored copy hears that a message it has not drawn yet failed: it waits in a due row now. */
    struct change_status s = {.head.kind = CHANGE_STATUS, .org = org, .message = run.lo + 1, .attempt = 1,
                              .sid = SID_A, .to = MESSAGE_FAILED, .error_code = 30001, .may_retry = true,
                              .attempts_max = 3, .retry_at_ms = T0 + 50, .now_ms = T0};
    assert_int_equal(PUT(t, &s), ERR_OK);
    assert_int_equal(s.after.state, MESSAGE_QUEUED);
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(move_campaign(t, org, campaign, CAMPAIGN_CANCELED), ERR_OK);
    assert_true(campaign_of(t, org, campaign).counts[MESSAGE_CANCELED] == 2); /* 3 and 4 */
    assert_true(campaign_of(t, org, campaign).counts[MESSAGE_QUEUED] == 3);
    assert_int_equal(message_of(t, org, run.lo + 1).state, MESSAGE_QUEUED);
}

static void errors_are_counted_by_code(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING);
    struct run run = freeze_some(t, org, campaign, 14155550100, 5);
    static const int32_t codes[] = {30007, 30003, 30007, 21610};
    int32_t got[8];
    int64_t numbers[8], reasons[64], table[16][MESSAGE_STATES];
    size_t count = 8;
    for (uint64_t i = 0; i < 4; i++) {
        struct outcome o = {.message = run.lo + i, .org = org, .attempt = 1, .kind = OUTCOME_ENDED,
                            .to = MESSAGE_FAILED, .error_code = codes[i]};
        assert_int_equal(arm(t, org, run.lo + i, 1), ARM_ARMED);
        assert_int_equal(answer(t, o), ERR_OK);
    }
    assert_int_equal(t->ops->campaign_errors(t->reader, org, campaign, got, numbers, &count), ERR_OK);
    assert_int_equal(count, 3);
    assert_true(got[0] == 21610 && numbers[0] == 1 && got[1] == 30003 && got[2] == 30007 && numbers[2] == 2);
    count = 8;
    assert_int_equal(t->ops->campaign_errors(t->reader, other, campaign, got, numbers, &count), ERR_NOT_FOUND);
    assert_int_equal(t->ops->campaign_reasons(t->reader, other, campaign, reasons), ERR_NOT_FOUND);
    assert_int_equal(t->ops->campaign_carriers(t->reader, other, campaign, table), ERR_NOT_FOUND);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_draft_can_be_edited_and_nothing_else),
    STORE_TEST(what_was_acknowledged_is_kept_with_the_move),
    STORE_TEST(a_campaign_that_was_changed_meanwhile_is_neither_edited_nor_started),
    STORE_TEST(a_campaign_names_what_its_org_has),
    STORE_TEST(moves_are_those_of_the_table),
    STORE_TEST(a_move_tells_when_and_why),
    STORE_TEST(live_ones_of_all_orgs_are_listed_for_start_up),
    STORE_TEST(a_frozen_chunk_becomes_runs_of_one_bucket_each),
    STORE_TEST(a_repeated_or_wrong_chunk_is_refused),
    STORE_TEST(canceling_ends_what_was_not_drawn_at_once),
    STORE_TEST(what_left_out_of_turn_is_counted_right_whatever_the_cursor_passed),
    STORE_TEST(one_that_waits_again_beyond_the_cursor_waits_once),
    STORE_TEST(errors_are_counted_by_code),
};
const struct suite campaigns_suite = {tests, sizeof tests / sizeof tests[0]};

/* Idempotency, transactions, housekeeping and statistics. */
#include "twin.h"

#include <stdio.h>

/* ---- idempotency ---- */

static void render_admitted(struct change *c, int *status_out, struct buf *body)
{
    *status_out = 202;
    buf_addf(body, "{\"id\":%llu}", (unsigned long long)((struct change_admit *)c)->message.id);
}

static void render_too_much(struct change *c, int *status_out, struct buf *body)
{
    (void)c;
    *status_out = 200;
    for (size_t i = 0; i < 70000; i++) buf_add_text(body, "0123456789abcdef");
}

static struct change_admit admission(struct twin *t, org_id org, struct idempotency *i)
{
    struct change_admit c = {.head = {.kind = CHANGE_ADMIT, .idem = i}};
    c.message = (struct message){.org = org, .program = first_program(t, org), .number = 14155550100,
                                 .kind = KIND_TRANSACTIONAL, .state = MESSAGE_QUEUED, .created_ms = T0};
    return c;
}

static struct idempotency key_of(org_id org, const char *key, unsigned char hash)
{
    struct idempotency i = {.org = org, .key = str_from(key), .request_hash = {hash}, .now_ms = T0,
                            .render = render_admitted};
    buf_init(&i.answer, 2 << 20);
    return i;
}

static size_t messages_of(struct twin *t, org_id org)
{
    struct message m[8];
    size_t count = 8;
    assert_int_equal(t->ops->messages_to(t->reader, &t->arena, org, 14155550100, m, &count), ERR_OK);
    return count;
}

static void the_same_request_has_one_effect_and_one_answer(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct idempotency first = key_of(org, "k1", 1), again = key_of(org, "k1", 1), theirs = key_of(other, "k1", 2);
    struct change_admit a = admission(t, org, &first), b = admission(t, org, &again), c = admission(t, other, &theirs);
    struct str body = {0};
    int got = 0;
    assert_int_equal(PUT(t, &a), ERR_OK);
    assert_false(first.replayed);
    assert_int_equal(first.status, 202);
    twin_reopen(t);
    assert_int_equal(PUT(t, &b), ERR_OK);
    assert_true(again.replayed && again.status == 202);
    assert_true(str_equal(buf_str(&again.answer), buf_str(&first.answer)));
    assert_int_equal(messages_of(t, org), 1);
    assert_int_equal(PUT(t, &c), ERR_OK); /* another organization's key is its own */
    assert_false(theirs.replayed);
    assert_int_equal(t->ops->answer_get(t->reader, &t->arena, org, STR("k1"), first.request_hash, &got, &body), ERR_OK);
    assert_true(got == 202 && str_equal(body, buf_str(&first.answer)));
    assert_int_equal(t->ops->answer_get(t->reader, &t->arena, org, STR("k1"), theirs.request_hash, &got, &body),
                     ERR_CONFLICT);
    assert_int_equal(t->ops->answer_get(t->reader, &t->arena, org, STR("k2"), first.request_hash, &got, &body),
                     ERR_NOT_FOUND);
    buf_free(&first.answer);
    buf_free(&again.answer);
    buf_free(&theirs.answer);
}

static void the_same_key_with_another_request_is_refused(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct idempotency first = key_of(org, "k1", 1), other = key_of(org, "k1", 2);
    struct change_admit a = admission(t, org, &first), b = admission(t, org, &other);
    assert_int_equal(PUT(t, &a), ERR_OK);
    assert_int_equal(PUT(t, &b), ERR_CONFLICT);
    assert_true(other.other_request && !other.replayed);
    assert_int_equal(messages_of(t, org), 1);
    buf_free(&first.answer);
    buf_free(&other.answer);
}

static void within_one_commit_the_second_waits_for_the_first(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct idempotency first = key_of(org, "k1", 1), again = key_of(org, "k1", 1);
    struct change_admit a = admission(t, org, &first), b = admission(t, org, &again);
    struct fault f;
    assert_int_equal(t->ops->begin(t->store, &f), ERR_OK);
    t->ops->apply(t->store, &a.head);
    t->ops->apply(t->store, &b.head);
    assert_int_equal(t->ops->commit(t->store, &f), ERR_OK);
    assert_true(again.replayed && str_equal(buf_str(&again.answer), buf_str(&first.answer)));
    assert_int_equal(messages_of(t, org), 1);
    buf_free(&first.answer);
    buf_free(&again.answer);
}

static void a_refused_request_stores_no_answer(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct idempotency i = key_of(org, "k1", 1);
    struct change_admit a = admission(t, org, &i);
    uint32_t program = a.message.program;
    a.message.program = 99;
    assert_int_equal(PUT(t, &a), ERR_NOT_FOUND);
    assert_false(i.other_request);
    a.message.program = program;
    i.render = render_too_much;
    assert_int_equal(PUT(t, &a), ERR_LIMIT);
    assert_int_equal(messages_of(t, org), 0); /* the effect goes with the answer */
    i.render = render_admitted;
    assert_int_equal(PUT(t, &a), ERR_OK);
    assert_false(i.replayed);
    assert_int_equal(messages_of(t, org), 1);
    buf_free(&i.answer);
}

static void old_answers_are_forgotten(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct idempotency first = key_of(org, "k1", 1), again = key_of(org, "k1", 2);
    struct change_admit a = admission(t, org, &first), b = admission(t, org, &again);
    struct change_trim trim = {.head.kind = CHANGE_TRIM, .idempotency_before_ms = T0};
    assert_int_equal(PUT(t, &a), ERR_OK);
    assert_int_equal(PUT(t, &trim), ERR_OK);
    assert_int_equal(PUT(t, &b), ERR_CONFLICT); /* not old yet */
    trim.idempotency_before_ms = T0 + 1;
    assert_int_equal(PUT(t, &trim), ERR_OK);
    assert_int_equal(PUT(t, &b), ERR_OK);
    assert_int_equal(messages_of(t, org), 2);
    buf_free(&first.answer);
    buf_free(&again.answer);
}

static const struct CMUnitTest idempotency_tests[] = {
    STORE_TEST(the_same_request_has_one_effect_and_one_answer),
    STORE_TEST(the_same_key_with_another_request_is_refused),
    STORE_TEST(within_one_commit_the_second_waits_for_the_first),
    STORE_TEST(a_refused_request_stores_no_answer),
    STORE_TEST(old_answers_are_forgotten),
};
const struct suite idempotency_suite = {idempotency_tests, sizeof idempotency_tests / sizeof idempotency_tests[0]};

/* ---- the store itself ---- */

static void a_rollback_leaves_nothing_behind(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t campaign = make_campaign(t, org, CAMPAIGN_RUNNING), message = admit(t, org, 14155550100, 0);
    struct run run = freeze_some(t, org, campaign, 14155550200, 2);
    struct outcome o = accepted(org, message, 1, SID_A);
    struct change_outcome c = {.head.kind = CHANGE_OUTCOME, .now_ms = T0 + 20, .items = &o, .count = 1};
    struct change_campaign_state cancel = {.head.kind = CHANGE_CAMPAIGN_STATE, .org = org, .campaign = campaign,
                                           .to = CAMPAIGN_CANCELED, .now_ms = T0};
    struct change_admit another = {.head.kind = CHANGE_ADMIT};
    struct org before = {0}, after = {0};
    uint64_t number = t->ops->commit_number(t->store), newest[2];
    struct fault f;
    assert_int_equal(arm(t, org, message, 1), ARM_ARMED);
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, org, &before), ERR_OK);
    assert_int_equal(t->ops->event_newest(t->reader, &newest[0]), ERR_OK);
    another.message = (struct message){.org = org, .program = first_program(t, org), .number = 14155550100,
                                       .kind = KIND_TRANSACTIONAL, .state = MESSAGE_QUEUED, .created_ms = T0};
    assert_int_equal(t->ops->begin(t->store, &f), ERR_OK);
    t->ops->apply(t->store, &c.head);
    t->ops->apply(t->store, &cancel.head);
    t->ops->apply(t->store, &another.head);
    assert_int_equal(another.head.result, ERR_OK);
    t->ops->rollback(t->store);
    assert_true(t->ops->commit_number(t->store) == number + 1); /* the arm's */
    assert_int_equal(message_of(t, org, message).state, MESSAGE_QUEUED);
    assert_int_equal(campaign_of(t, org, campaign).state, CAMPAIGN_RUNNING);
    assert_int_equal(campaign_of(t, org, campaign).counts[MESSAGE_QUEUED], 2);
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, org, &after), ERR_OK);
    assert_true(after.spent_micros == before.spent_micros);
    assert_int_equal(t->ops->event_newest(t->reader, &newest[1]), ERR_OK);
    assert_true(newest[0] == newest[1]);
    assert_int_equal(arm(t, org, message, 1), ARM_STALE); /* still in flight */
    assert_int_equal(arm(t, org, run.lo, 1), ARM_ARMED);
    assert_int_equal(answer(t, o), ERR_OK);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_ACCEPTED);
    assert_true(admit(t, org, 14155550100, 0) == another.message.id); /* its id is free again */
}

static void a_refused_change_spoils_none_of_its_neighbours(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct contact good = {.number = 14155550100}, bad[2] = {{.number = 14155550101},
                                                             {.number = 14155550100, .fields = STR("[]")}};
    struct change_contacts a = {.head.kind = CHANGE_CONTACTS, .org = org, .rows = &good, .count = 1, .now_ms = T0};
    struct change_contacts b = {.head.kind = CHANGE_CONTACTS, .org = org, .rows = bad, .count = 2, .now_ms = T0,
                                .merge_fields = true};
    struct change_org c = {.head.kind = CHANGE_ORG, .org = {.slug = "acme", .hook_path = "zz"}};
    struct change_consent d = {.head.kind = CHANGE_CONSENT};
    struct contact row = {0};
    struct fault f;
    d.event = (struct consent){.org = org, .number = 14155550100, .kind = CONSENT_OPT_OUT, .at_ms = T0};
    assert_int_equal(t->ops->begin(t->store, &f), ERR_OK);
    t->ops->apply(t->store, &a.head);
    t->ops->apply(t->store, &b.head);
    t->ops->apply(t->store, &c.head);
    t->ops->apply(t->store, &d.head);
    assert_int_equal(t->ops->commit(t->store, &f), ERR_OK);
    assert_int_equal(a.head.result, ERR_OK);
    assert_int_equal(b.head.result, ERR_INVALID);
    assert_int_equal(c.head.result, ERR_CONFLICT);
    assert_true(d.head.result == ERR_OK && d.applied);
    assert_int_equal(t->ops->contact_by_number(t->reader, &t->arena, org, 14155550100, &row), ERR_OK);
    assert_int_equal(t->ops->contact_by_number(t->reader, &t->arena, org, 14155550101, &row), ERR_NOT_FOUND);
    assert_int_equal(arm(t, org, admit(t, org, 14155550100, 0), 1), ARM_OPTED_OUT);
}

static void several_events_of_one_message_fit_in_one_commit(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    uint64_t message = admit(t, org, 14155550100, 0);
    struct outcome o = accepted(org, message, 1, SID_A);
    struct change_outcome answered = {.head.kind = CHANGE_OUTCOME, .now_ms = T0 + 20, .items = &o, .count = 1};
    struct change_status s[2];
    struct fault f;
    assert_int_equal(arm(t, org, message, 1), ARM_ARMED);
    for (int i = 0; i < 2; i++)
        s[i] = (struct change_status){.head.kind = CHANGE_STATUS, .org = org, .message = message, .attempt = 1,
                                      .sid = SID_A, .to = i == 0 ? MESSAGE_SENT : MESSAGE_DELIVERED, .now_ms = T0 + 30};
    assert_int_equal(t->ops->begin(t->store, &f), ERR_OK);
    t->ops->apply(t->store, &answered.head);
    t->ops->apply(t->store, &s[0].head);
    t->ops->apply(t->store, &s[1].head);
    assert_int_equal(t->ops->commit(t->store, &f), ERR_OK);
    assert_true(s[0].verdict == STATUS_APPLIED && s[1].verdict == STATUS_APPLIED);
    assert_int_equal(message_of(t, org, message).state, MESSAGE_DELIVERED);
    assert_true(message_of(t, org, message).cost_micros == 15800);
}

static void commits_are_numbered_without_gaps(void **state)
{
    struct twin *t = *state;
    uint64_t before = t->ops->commit_number(t->store);
    make_org(t, "a");
    make_org(t, "b");
    assert_true(t->ops->commit_number(t->store) == before + 2);
    twin_reopen(t);
    assert_true(t->ops->commit_number(t->store) == before + 2);
}

static void values_of_the_installation_are_kept_and_removed(void **state)
{
    struct twin *t = *state;
    struct change_meta c = {.head.kind = CHANGE_META, .name = STR("installation"), .value = {"a\0b", 3}};
    struct str value = {0};
    assert_int_equal(t->ops->meta_get(t->reader, &t->arena, STR("installation"), &value), ERR_NOT_FOUND);
    assert_int_equal(PUT(t, &c), ERR_OK);
    twin_reopen(t);
    assert_int_equal(t->ops->meta_get(t->reader, &t->arena, STR("installation"), &value), ERR_OK);
    assert_true(value.len == 3 && memcmp(value.at, "a\0b", 3) == 0);
    c.value = STR("");
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(t->ops->meta_get(t->reader, &t->arena, STR("installation"), &value), ERR_NOT_FOUND);
}

static void statistics_count_what_waits(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct store_stats s = {.now_ms = T0 + 15};
    uint64_t armed;
    admit(t, org, 14155550100, T0 + 20);
    admit(t, org, 14155550101, T0 + 10);
    armed = admit(t, org, 14155550102, 0);
    assert_int_equal(arm(t, org, armed, 1), ARM_ARMED);
    assert_int_equal(t->ops->stats(t->reader, &s), ERR_OK);
    assert_true(s.messages == 3 && s.due == 3 && s.due_now == 1 && s.oldest_due_ms == T0);
    assert_true(s.doubts == 0 && s.oldest_doubt_ms == 0 && s.arms == 1 && s.events == 3 && s.commits == 5);
    assert_true(s.now_ms == T0 + 15);
}

static void what_does_not_fit_the_arena_is_said(void **state)
{
    struct twin *t = *state;
    struct arena small;
    struct org o;
    make_org(t, "acme");
    arena_init(&small, 8);
    assert_int_equal(t->ops->org_get(t->reader, &small, 1, &o), ERR_LIMIT);
    arena_reset(&small);
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, 1, &o), ERR_OK); /* the reader goes on */
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_rollback_leaves_nothing_behind),
    STORE_TEST(a_refused_change_spoils_none_of_its_neighbours),
    STORE_TEST(several_events_of_one_message_fit_in_one_commit),
    STORE_TEST(commits_are_numbered_without_gaps),
    STORE_TEST(values_of_the_installation_are_kept_and_removed),
    STORE_TEST(statistics_count_what_waits),
    STORE_TEST(what_does_not_fit_the_arena_is_said),
};
const struct suite store_suite = {tests, sizeof tests / sizeof tests[0]};

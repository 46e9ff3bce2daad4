/* Numbers that an organization has at Twilio, each once; and how its account there differs. */
#include "twin.h"

static struct owned_number wanted(org_id org, uint32_t program, const char *number, int64_t next_ms)
{
    struct owned_number n = {.org = org, .program = program, .state = OWNED_WANTED, .kind = OWNED_LOCAL,
                             .wish = STR("{}"), .notes = STR("front desk"), .why = STR("asked for"),
                             .next_ms = next_ms, .since_ms = 5, .begun_ms = 6, .until_ms = 7, .created_ms = T0,
                             .updated_ms = T0, .bought = true, .failures = 2, .code = 21452, .sid = "PN1"};
    (void)snprintf(n.number, sizeof n.number, "%s", number);
    return n;
}

static enum err put_rows(struct twin *t, org_id org, struct owned_number *rows, size_t count, struct sender *sender)
{
    struct change_owned c = {.head.kind = CHANGE_OWNED, .org = org, .rows = rows, .count = count, .sender = sender};
    return PUT(t, &c);
}

static void a_number_reads_back_to_its_organization_alone(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct owned_number rows[2] = {wanted(org, 1, "+14155550100", 0), wanted(org, 1, "", 0)}, one, page[4];
    size_t count = 4;

    assert_int_equal(put_rows(t, org, rows, 2, NULL), ERR_OK);
    assert_true(rows[0].id == 1 && rows[1].id == 2 && rows[0].rev == 1);
    assert_int_equal(t->ops->owned_get(t->reader, &t->arena, org, 1, &one), ERR_OK);
    assert_true(one.state == OWNED_WANTED && one.kind == OWNED_LOCAL && one.bought && one.failures == 2);
    assert_true(one.since_ms == 5 && one.begun_ms == 6 && one.until_ms == 7 && one.code == 21452 && one.program == 1);
    assert_true(str_equal(one.wish, STR("{}")) && str_equal(one.notes, STR("front desk")));
    assert_true(str_equal(one.why, STR("asked for")) && one.created_ms == T0 && one.updated_ms == T0);
    assert_string_equal(one.number, "+14155550100");
    assert_string_equal(one.sid, "PN1");
    assert_int_equal(t->ops->owned_by_number(t->reader, &t->arena, org, STR("+14155550100"), &one), ERR_OK);
    assert_int_equal(one.id, 1);
    assert_int_equal(t->ops->owned_list(t->reader, &t->arena, org, 1, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].id == 2);
    assert_int_equal(t->ops->owned_get(t->reader, &t->arena, other, 1, &one), ERR_NOT_FOUND);
    assert_int_equal(t->ops->owned_by_number(t->reader, &t->arena, other, STR("+14155550100"), &one), ERR_NOT_FOUND);
    count = 4;
    assert_int_equal(t->ops->owned_list(t->reader, &t->arena, other, 0, page, &count), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(put_rows(t, other, rows, 1, NULL), ERR_NOT_FOUND); /* not theirs to change, nor their program */
}

static void only_who_knows_it_as_it_is_changes_it(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct owned_number mine = wanted(org, 1, "", 0), theirs, one;

    assert_int_equal(put_rows(t, org, &mine, 1, NULL), ERR_OK);
    theirs = mine;
    mine.state = OWNED_BUYING;
    mine.created_ms = 1; /* stays */
    assert_int_equal(put_rows(t, org, &mine, 1, NULL), ERR_OK);
    assert_int_equal(mine.rev, 2);
    assert_int_equal(put_rows(t, org, &theirs, 1, NULL), ERR_CONFLICT);
    assert_int_equal(t->ops->owned_get(t->reader, &t->arena, org, 1, &one), ERR_OK);
    assert_true(one.state == OWNED_BUYING && one.rev == 2 && one.created_ms == T0);
}

static void a_number_is_there_once_unless_it_is_gone(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct owned_number first = wanted(org, 1, "+14155550100", 0), second = first, theirs = first;
    struct owned_number both[2] = {wanted(org, 1, "+14155550101", 0), wanted(org, 1, "+14155550101", 0)};

    theirs.program = 2;
    assert_int_equal(put_rows(t, org, &first, 1, NULL), ERR_OK);
    assert_int_equal(put_rows(t, org, &second, 1, NULL), ERR_CONFLICT);
    assert_int_equal(put_rows(t, other, &theirs, 1, NULL), ERR_OK);
    assert_int_equal(put_rows(t, org, both, 2, NULL), ERR_CONFLICT); /* and neither is stored */
    assert_int_equal(t->ops->owned_by_number(t->reader, &t->arena, org, STR("+14155550101"), &second), ERR_NOT_FOUND);
    first.state = OWNED_RELEASED;
    assert_int_equal(put_rows(t, org, &first, 1, NULL), ERR_OK);
    second = wanted(org, 1, "+14155550100", 0);
    assert_int_equal(put_rows(t, org, &second, 1, NULL), ERR_OK);
    first.state = OWNED_ACTIVE; /* it cannot come back beside it */
    assert_int_equal(put_rows(t, org, &first, 1, NULL), ERR_CONFLICT);
}

static void its_sender_is_stored_in_the_same_commit(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct owned_number n = wanted(org, 1, "+14155550100", 0), again;
    struct sender s = {.program = 1, .kind = SENDER_LONG_CODE, .state = SENDER_ACTIVE, .address = "+14155550100",
                       .number = 14155550100, .verified = true, .created_ms = T0}, found;

    assert_int_equal(put_rows(t, org, &n, 1, &s), ERR_OK);
    assert_int_equal(t->ops->sender_by_address(t->reader, org, STR("+14155550100"), &found), ERR_OK);
    assert_true(found.id == s.id && s.id != 0);
    s.id = 0; /* a second one of that address: neither is stored */
    again = n;
    again.state = OWNED_GONE;
    assert_int_equal(put_rows(t, org, &again, 1, &s), ERR_CONFLICT);
    assert_int_equal(t->ops->owned_get(t->reader, &t->arena, org, n.id, &again), ERR_OK);
    assert_int_equal(again.state, OWNED_WANTED);
}

static void a_sender_that_was_removed_meanwhile_does_not_come_back_with_its_number(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct owned_number n = wanted(org, 1, "+14155550100", 0);
    struct sender s = {.program = 1, .kind = SENDER_LONG_CODE, .state = SENDER_ACTIVE, .address = "+14155550100",
                       .number = 14155550100, .verified = true, .created_ms = T0}, was = {0}, removed, held;
    struct change_owned restore = {.head.kind = CHANGE_OWNED, .org = org, .rows = &n, .count = 1, .sender = &s,
                                   .sender_was = &was};
    struct change_senders change = {.head.kind = CHANGE_SENDERS, .senders = &held, .count = 1};

    assert_int_equal(put_rows(t, org, &n, 1, &s), ERR_OK);
    was = removed = held = s;
    held.state = SENDER_HELD;
    assert_int_equal(PUT(t, &change), ERR_OK);
    n.state = OWNED_ACTIVE;
    assert_int_equal(PUT(t, &restore), ERR_CONFLICT);
    assert_int_equal(n.rev, 1); /* so that the number can be stored by itself, with what was wrong */
    removed.state = SENDER_REMOVED;
    change.senders = &removed;
    assert_int_equal(PUT(t, &change), ERR_OK);
    assert_int_equal(PUT(t, &restore), ERR_NOT_FOUND);
    assert_int_equal(t->ops->owned_get(t->reader, &t->arena, org, n.id, &n), ERR_OK);
    assert_int_equal(n.state, OWNED_WANTED); /* neither is stored */
    assert_int_equal(t->ops->sender_by_address(t->reader, org, STR("+14155550100"), &was), ERR_NOT_FOUND);
}

static void what_is_due_comes_in_its_order_and_is_told(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct owned_number mine[2] = {wanted(org, 1, "", T0 + 30), wanted(org, 1, "", 0)};
    struct owned_number theirs[2] = {wanted(other, 2, "", T0 + 10), wanted(other, 2, "", T0 + 10)}, page[4];
    struct event events[4];
    size_t count = 2;

    assert_int_equal(put_rows(t, org, mine, 2, NULL), ERR_OK);
    assert_int_equal(put_rows(t, other, theirs, 2, NULL), ERR_OK);
    assert_int_equal(t->ops->owned_due(t->reader, &t->arena, T0 + 30, 0, 0, page, &count), ERR_OK);
    assert_true(count == 2 && page[0].id == 3 && page[1].id == 4);
    count = 4;
    assert_int_equal(t->ops->owned_due(t->reader, &t->arena, T0 + 30, T0 + 10, 4, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].id == 1);
    count = 4;
    assert_int_equal(t->ops->events(t->reader, org, 0, events, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(events[0].type == EVENT_NUMBER && events[0].ref == 1 && events[0].state == OWNED_WANTED);
    assert_int_equal(events[0].code, 21452);
}

static void what_shows_nothing_new_is_stored_and_not_told(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct owned_number n = wanted(org, 1, "", T0), stored;
    struct change_owned c = {.head = {.kind = CHANGE_OWNED}, .org = org, .rows = &n, .count = 1, .quiet = true};
    struct event events[4];
    size_t count = 4;

    assert_int_equal(put_rows(t, org, &n, 1, NULL), ERR_OK);
    n.next_ms = T0 + 60000;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(t->ops->owned_get(t->reader, &t->arena, org, n.id, &stored), ERR_OK);
    assert_int_equal(stored.next_ms, T0 + 60000);
    assert_int_equal(t->ops->events(t->reader, org, 0, events, &count), ERR_OK);
    assert_int_equal(count, 1);
}

static void a_drift_is_its_organizations_and_its_look_is_told(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_drift c = {.head.kind = CHANGE_DRIFT,
                             .drift = {.org = org, .state = DRIFT_LOOK, .findings = STR("[]"), .next_ms = T0}}, again;
    struct drift d, page[2];
    struct event events[2];
    size_t count = 2;

    assert_int_equal(PUT(t, &c), ERR_OK);
    again = c;
    c.drift.state = DRIFT_IDLE;
    c.drift.findings = STR("[1]");
    c.drift.why = STR("half");
    c.drift.count = 3;
    c.drift.repaired = 2;
    c.drift.looked_ms = T0 + 4;
    c.drift.next_ms = T0 + 9;
    c.told = true;
    assert_int_equal(PUT(t, &c), ERR_OK);
    again.drift.rev = 1; /* as it was */
    assert_int_equal(PUT(t, &again), ERR_CONFLICT);
    assert_int_equal(t->ops->drift_get(t->reader, &t->arena, org, &d), ERR_OK);
    assert_true(d.state == DRIFT_IDLE && d.rev == 2 && d.count == 3 && d.repaired == 2 && d.looked_ms == T0 + 4);
    assert_true(str_equal(d.findings, STR("[1]")) && str_equal(d.why, STR("half")));
    assert_int_equal(t->ops->drift_get(t->reader, &t->arena, other, &d), ERR_NOT_FOUND);
    assert_int_equal(t->ops->drifts_due(t->reader, T0 + 8, 0, 0, page, &count), ERR_OK);
    assert_int_equal(count, 0);
    count = 2;
    assert_int_equal(t->ops->drifts_due(t->reader, T0 + 9, 0, 0, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].org == org && page[0].rev == 2);
    count = 2;
    assert_int_equal(t->ops->events(t->reader, org, 0, events, &count), ERR_OK);
    assert_true(count == 1 && events[0].type == EVENT_DRIFT && events[0].ref == 3 && events[0].code == 2);
    c.drift.org = 9;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_number_reads_back_to_its_organization_alone),
    STORE_TEST(only_who_knows_it_as_it_is_changes_it),
    STORE_TEST(a_number_is_there_once_unless_it_is_gone),
    STORE_TEST(its_sender_is_stored_in_the_same_commit),
    STORE_TEST(a_sender_that_was_removed_meanwhile_does_not_come_back_with_its_number),
    STORE_TEST(what_is_due_comes_in_its_order_and_is_told),
    STORE_TEST(what_shows_nothing_new_is_stored_and_not_told),
    STORE_TEST(a_drift_is_its_organizations_and_its_look_is_told),
};
const struct suite owned_suite = {tests, sizeof tests / sizeof tests[0]};

/* Accounts: one record an organization, moved by whoever knows it as it is, together with what it changes there. */
#include "twin.h"

#include <stdio.h>

static struct org org_of(struct twin *t, org_id id)
{
    struct org o = {0};
    assert_int_equal(t->ops->org_get(t->reader, &t->arena, id, &o), ERR_OK);
    return o;
}

static struct account_work work_of(struct twin *t, org_id id)
{
    struct account_work w = {0};
    assert_int_equal(t->ops->account_get(t->reader, &t->arena, id, &w), ERR_OK);
    return w;
}

static struct change_account begun(struct twin *t, org_id org, int64_t next_ms)
{
    struct change_account c = {.head.kind = CHANGE_ACCOUNT,
                               .work = {.org = org, .progress = STR("{}"), .why = STR("begun"), .next_ms = next_ms,
                                        .updated_ms = T0}};
    assert_int_equal(PUT(t, &c), ERR_OK);
    return c;
}

static void only_who_knows_it_as_it_is_moves_it(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_account c = begun(t, org, 0), late = c;
    struct account_work w;

    assert_int_equal(c.work.rev, 1);
    late.work.rev = 0;
    assert_int_equal(PUT(t, &late), ERR_CONFLICT);
    c.work.standing = STANDING_SUSPENDED;
    c.work.seen_ms = T0 + 1;
    assert_int_equal(PUT(t, &c), ERR_OK);
    w = work_of(t, org);
    assert_true(w.rev == 2 && w.standing == STANDING_SUSPENDED && w.seen_ms == T0 + 1 && w.updated_ms == T0);
    assert_true(str_equal(w.progress, STR("{}")) && str_equal(w.why, STR("begun")));
    assert_int_equal(t->ops->account_get(t->reader, &t->arena, other, &w), ERR_NOT_FOUND);
    c.work.org = 9;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
}

static void what_it_changes_of_its_organization_is_one_commit(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_account c = begun(t, org, 0), stale;
    struct org o;

    c.with_org = true;
    c.org = org_of(t, org);
    c.org.state = ORG_SUSPENDED;
    (void)snprintf(c.org.account_sid, sizeof c.org.account_sid, "AC7");
    (void)snprintf(c.org.key_sid, sizeof c.org.key_sid, "SK7");
    c.org.token_sealed = STR("one");
    c.org.token2_sealed = STR("two");
    c.org.key_sealed = STR("three");
    c.org.name = STR("not this");
    stale = c;
    assert_int_equal(PUT(t, &c), ERR_OK);
    o = org_of(t, org);
    assert_true(o.state == ORG_SUSPENDED && o.rev == c.org.rev && !str_equal(o.name, STR("not this")));
    assert_string_equal(o.account_sid, "AC7");
    assert_string_equal(o.key_sid, "SK7");
    assert_true(str_equal(o.token_sealed, STR("one")) && str_equal(o.token2_sealed, STR("two")));
    assert_true(str_equal(o.key_sealed, STR("three")));
    stale.work.rev = c.work.rev; /* the organization is another by now */
    assert_int_equal(PUT(t, &stale), ERR_CONFLICT);
    assert_int_equal(work_of(t, org).rev, c.work.rev);
}

static void an_organization_keeps_its_key_until_its_account_is_another(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_account c = begun(t, org, 0);
    struct change_org p = {.head.kind = CHANGE_ORG, .account = {.next_ms = T0 + 9, .updated_ms = T0 + 2}};

    c.with_org = true;
    c.org = org_of(t, org);
    (void)snprintf(c.org.account_sid, sizeof c.org.account_sid, "AC7");
    (void)snprintf(c.org.key_sid, sizeof c.org.key_sid, "SK7");
    c.org.key_sealed = STR("three");
    assert_int_equal(PUT(t, &c), ERR_OK);
    p.org = org_of(t, org);
    p.org.key_sid[0] = '\0';
    p.org.name = STR("renamed");
    assert_int_equal(PUT(t, &p), ERR_OK);
    assert_string_equal(org_of(t, org).key_sid, "SK7");
    assert_int_equal(work_of(t, org).rev, c.work.rev); /* the same account: what is under way goes on */
    p.org.rev--;
    assert_int_equal(PUT(t, &p), ERR_CONFLICT); /* not known as it is */
    p.org = org_of(t, org);
    (void)snprintf(p.org.account_sid, sizeof p.org.account_sid, "AC8");
    assert_int_equal(PUT(t, &p), ERR_OK);
    assert_string_equal(org_of(t, org).key_sid, "");
    assert_int_equal(org_of(t, org).key_sealed.len, 0);
    assert_true(work_of(t, org).next_ms == T0 + 9 && work_of(t, org).progress.len == 0);
}

static void a_new_organization_may_come_with_it(void **state)
{
    struct twin *t = *state;
    struct change_org c = {.head.kind = CHANGE_ORG,
                           .org = {.slug = "acme", .hook_path = "h", .state = ORG_ACTIVE, .created_ms = T0},
                           .account = {.next_ms = T0, .progress = STR("{\"wish\":1}"), .updated_ms = T0}};
    struct account_work page[3];
    size_t count = 3;

    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(str_equal(work_of(t, c.org.id).progress, STR("{\"wish\":1}")) && work_of(t, c.org.id).rev == 1);
    (void)begun(t, make_org(t, "later"), T0 - 5);
    (void)begun(t, make_org(t, "never"), 0);
    assert_int_equal(t->ops->accounts_due(t->reader, &t->arena, T0, 0, 0, page, &count), ERR_OK);
    assert_true(count == 2 && page[0].org == 2 && page[1].org == c.org.id);
    count = 3;
    assert_int_equal(t->ops->accounts_due(t->reader, &t->arena, T0, T0 - 5, 2, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].org == c.org.id);
}

static void what_people_see_of_it_is_told(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_account c = begun(t, org, 0);
    struct event events[2];
    size_t count = 2;

    assert_int_equal(t->ops->events(t->reader, org, 0, events, &count), ERR_OK);
    assert_int_equal(count, 0);
    c.work.standing = STANDING_SUSPENDED;
    c.told = true;
    assert_int_equal(PUT(t, &c), ERR_OK);
    count = 2;
    assert_int_equal(t->ops->events(t->reader, org, 0, events, &count), ERR_OK);
    assert_true(count == 1 && events[0].type == EVENT_ACCOUNT && events[0].ref == STANDING_SUSPENDED);
    assert_true(events[0].state == ORG_ACTIVE && events[0].at_ms == T0);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(only_who_knows_it_as_it_is_moves_it),
    STORE_TEST(what_it_changes_of_its_organization_is_one_commit),
    STORE_TEST(an_organization_keeps_its_key_until_its_account_is_another),
    STORE_TEST(what_people_see_of_it_is_told),
    STORE_TEST(a_new_organization_may_come_with_it),
};
const struct suite accounts_suite = {tests, sizeof tests / sizeof tests[0]};

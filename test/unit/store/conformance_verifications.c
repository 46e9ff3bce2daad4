/* Verifications: each is changed by who saw it last, guards hold over restarts, a service is one organization's. */
#include "twin.h"

enum { HOUR_MS = 3600000 };

static struct change_verification starting(org_id org, uint64_t number, int64_t now_ms)
{
    return (struct change_verification){.head.kind = CHANGE_VERIFICATION, .now_ms = now_ms,
        .v = {.org = org, .number = number, .state = VERIFICATION_STARTING, .channel = VERIFICATION_BY_SMS,
              .locale = "en", .asked_ms = now_ms, .created_ms = now_ms, .updated_ms = now_ms,
              .expires_ms = now_ms + VERIFICATION_LIFE_MS}};
}

static void one_is_moved_along_by_who_saw_it_last(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_verification c = starting(org, 14155550100, T0), stale, theirs;
    struct verification_record got;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_true(c.v.id == 1 && c.v.rev == 1);
    stale = c;
    c.v.state = VERIFICATION_PENDING;
    c.v.sends = 1;
    (void)strcpy(c.v.sid, "VE00000000000000000000000000000a01");
    assert_int_equal(PUT(t, &c), ERR_OK);
    stale.v.state = VERIFICATION_FAILED;
    assert_int_equal(PUT(t, &stale), ERR_CONFLICT);
    theirs = c;
    theirs.v.org = other;
    assert_int_equal(PUT(t, &theirs), ERR_NOT_FOUND);
    assert_int_equal(t->ops->verification_get(t->reader, other, 1, &got), ERR_NOT_FOUND);
    assert_int_equal(t->ops->verification_of(t->reader, other, 14155550100, &got), ERR_NOT_FOUND);
    twin_reopen(t);
    assert_int_equal(t->ops->verification_of(t->reader, org, 14155550100, &got), ERR_OK);
    assert_true(got.id == 1 && got.rev == 2 && got.state == VERIFICATION_PENDING && got.sends == 1 &&
                got.expires_ms == T0 + VERIFICATION_LIFE_MS && got.created_ms == T0);
    assert_string_equal(got.sid, "VE00000000000000000000000000000a01");
    assert_string_equal(got.locale, "en");
    theirs = starting(9, 1, T0);
    assert_int_equal(PUT(t, &theirs), ERR_NOT_FOUND);
}

static void those_whose_time_is_over_are_found_in_its_order(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_verification late = starting(org, 14155550100, T0 + 5), soon = starting(org, 14155550101, T0),
                               done = starting(org, 14155550102, T0);
    struct verification_record page[4];
    size_t count = 4;
    assert_int_equal(PUT(t, &late), ERR_OK);
    assert_int_equal(PUT(t, &soon), ERR_OK);
    assert_int_equal(PUT(t, &done), ERR_OK);
    done.v.state = VERIFICATION_FAILED;
    assert_int_equal(PUT(t, &done), ERR_OK);
    assert_int_equal(t->ops->verifications_over(t->reader, T0 + VERIFICATION_LIFE_MS - 1, page, &count), ERR_OK);
    assert_int_equal(count, 0);
    count = 4;
    assert_int_equal(t->ops->verifications_over(t->reader, T0 + VERIFICATION_LIFE_MS + 5, page, &count), ERR_OK);
    assert_true(count == 2 && page[0].id == 2 && page[1].id == 1);
}

static enum err take(struct twin *t, org_id org, uint64_t key, int64_t now_ms, struct change_verification *c)
{
    *c = starting(org, 14155550100, now_ms);
    c->guards[0] = (struct verify_guard){VERIFY_OF_NUMBER, key, HOUR_MS, 3};
    c->guards[1] = (struct verify_guard){VERIFY_OF_ADDRESS, 7, HOUR_MS, 5};
    c->guards_count = 2;
    return PUT(t, c);
}

static void a_guard_lets_so_many_through_a_window_whatever_is_restarted(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_verification c;
    struct verification_record got;
    int64_t start = T0 / VERIFY_SLOT_MS * VERIFY_SLOT_MS;
    for (int i = 0; i < 3; i++) assert_int_equal(take(t, org, 1, start + i * 60000, &c), ERR_OK);
    assert_int_equal(take(t, org, 1, start + 180000, &c), ERR_LIMIT);
    assert_true(c.full == VERIFY_OF_NUMBER && c.free_ms == start + 60000 + HOUR_MS);
    /* A refused one took nothing, of no guard, and made nothing. */
    assert_int_equal(t->ops->verification_get(t->reader, org, 4, &got), ERR_NOT_FOUND);
    twin_reopen(t);
    assert_int_equal(take(t, org, 1, start + HOUR_MS, &c), ERR_LIMIT);
    assert_int_equal(take(t, other, 1, start + HOUR_MS, &c), ERR_OK);
    assert_int_equal(take(t, org, 2, start + HOUR_MS, &c), ERR_OK);
    assert_int_equal(take(t, org, 2, start + HOUR_MS, &c), ERR_OK);
    assert_int_equal(take(t, org, 2, start + HOUR_MS, &c), ERR_LIMIT);
    assert_int_equal(c.full, VERIFY_OF_ADDRESS);
    assert_int_equal(take(t, org, 1, start + HOUR_MS + 60000, &c), ERR_OK);
    assert_int_equal(take(t, org, 1, start + HOUR_MS + 60000, &c), ERR_LIMIT);
}

static void only_what_is_old_is_forgotten(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_verification c;
    struct change_trim trim = {.head.kind = CHANGE_TRIM, .events_before_ms = T0, .verify_before_ms = T0 - 60000};
    struct verification_record got;
    for (int i = 0; i < 3; i++) assert_int_equal(take(t, org, 1, T0 - 120000 + i * 100000, &c), ERR_OK);
    assert_int_equal(PUT(t, &trim), ERR_OK);
    assert_int_equal(t->ops->verification_get(t->reader, org, 2, &got), ERR_NOT_FOUND);
    assert_int_equal(t->ops->verification_get(t->reader, org, 3, &got), ERR_OK);
    assert_int_equal(take(t, org, 1, T0 + 80000, &c), ERR_OK);
    assert_int_equal(take(t, org, 1, T0 + 80000, &c), ERR_LIMIT);
}

static void a_move_is_an_event_and_what_stays_is_none(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_verification c = starting(org, 14155550100, T0);
    struct event events[8];
    size_t count = 8;
    assert_int_equal(PUT(t, &c), ERR_OK);
    c.v.state = VERIFICATION_PENDING;
    assert_int_equal(PUT(t, &c), ERR_OK);
    c.v.checks = 1;
    assert_int_equal(PUT(t, &c), ERR_OK);
    c.v.state = VERIFICATION_SPENT;
    c.v.code = 60202;
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(t->ops->events(t->reader, org, 0, events, &count), ERR_OK);
    assert_int_equal(count, 3);
    assert_true(events[2].type == EVENT_VERIFICATION && events[2].ref == 1 && events[2].code == 60202 &&
                events[2].state == VERIFICATION_SPENT && events[0].state == VERIFICATION_STARTING);
}

static void a_service_is_one_organizations(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_verify_service c = {.head.kind = CHANGE_VERIFY_SERVICE,
                                      .service = {.org = org, .account = "AC1", .name = "Acme", .began_ms = T0}};
    struct verify_service_record got;
    assert_int_equal(t->ops->verify_service_get(t->reader, org, &got), ERR_NOT_FOUND);
    assert_int_equal(PUT(t, &c), ERR_OK);
    c.service.org = other; /* two that are not known yet are not the same */
    assert_int_equal(PUT(t, &c), ERR_OK);
    (void)strcpy(c.service.sid, "VA00000000000000000000000000000a01");
    c.service.created_ms = T0 + 5;
    assert_int_equal(PUT(t, &c), ERR_OK);
    c.service.org = org;
    assert_int_equal(PUT(t, &c), ERR_CONFLICT);
    twin_reopen(t);
    assert_int_equal(t->ops->verify_service_get(t->reader, other, &got), ERR_OK);
    assert_true(got.org == other && got.created_ms == T0 + 5 && got.began_ms == T0);
    assert_string_equal(got.sid, "VA00000000000000000000000000000a01");
    assert_int_equal(t->ops->verify_service_get(t->reader, org, &got), ERR_OK);
    assert_string_equal(got.sid, "");
    c.service.org = 9;
    assert_int_equal(PUT(t, &c), ERR_NOT_FOUND);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(one_is_moved_along_by_who_saw_it_last),
    STORE_TEST(those_whose_time_is_over_are_found_in_its_order),
    STORE_TEST(a_guard_lets_so_many_through_a_window_whatever_is_restarted),
    STORE_TEST(only_what_is_old_is_forgotten),
    STORE_TEST(a_move_is_an_event_and_what_stays_is_none),
    STORE_TEST(a_service_is_one_organizations),
};
const struct suite verifications_suite = {tests, sizeof tests / sizeof tests[0]};

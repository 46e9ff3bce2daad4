/* Registrations: one a program, moved by whoever knows what it is now, told as events, noted step by step. */
#include "twin.h"

static struct change_registration made(struct twin *t, org_id org, uint32_t program, int64_t next_ms)
{
    struct change_registration c = {
        .head.kind = CHANGE_REGISTRATION,
        .registration = {.org = org, .program = program, .kind = BRAND_STANDARD, .state = ONBOARDING_RUNNING,
                         .facts = STR("{}"), .progress = STR("[]"), .why = STR("begun"), .next_ms = next_ms,
                         .created_ms = T0, .updated_ms = T0}};
    assert_int_equal(PUT(t, &c), ERR_OK);
    return c;
}

static uint32_t add_program(struct twin *t, org_id org)
{
    struct change_program c = {.head.kind = CHANGE_PROGRAM, .program = {.org = org, .name = STR("second")}};
    assert_int_equal(PUT(t, &c), ERR_OK);
    return c.program.id;
}

static void a_registration_is_its_programs_and_its_orgs(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_registration first = made(t, org, 1, 0), again = first;
    struct registration g, page[3];
    size_t count = 3;

    assert_true(first.registration.id == 1 && first.registration.rev == 1);
    again.registration.id = 0;
    assert_int_equal(PUT(t, &again), ERR_CONFLICT);
    again.registration.program = 2; /* the other organization's */
    assert_int_equal(PUT(t, &again), ERR_NOT_FOUND);
    again.registration.org = 9;
    assert_int_equal(PUT(t, &again), ERR_NOT_FOUND);
    assert_int_equal(t->ops->registration_get(t->reader, &t->arena, org, 1, &g), ERR_OK);
    assert_true(str_equal(g.facts, STR("{}")) && str_equal(g.progress, STR("[]")) && str_equal(g.why, STR("begun")));
    assert_true(g.kind == BRAND_STANDARD && g.state == ONBOARDING_RUNNING && g.created_ms == T0);
    assert_int_equal(t->ops->registration_get(t->reader, &t->arena, other, 1, &g), ERR_NOT_FOUND);
    assert_int_equal(t->ops->registrations(t->reader, &t->arena, other, 0, page, &count), ERR_OK);
    assert_int_equal(count, 0);
    first.registration.org = other; /* not theirs to move */
    assert_int_equal(PUT(t, &first), ERR_NOT_FOUND);
}

static void only_who_knows_it_as_it_is_moves_it(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_registration mine = made(t, org, 1, 0), theirs = mine;
    struct registration g;

    mine.registration.state = ONBOARDING_ACTION;
    mine.registration.program = 77; /* stays */
    mine.registration.created_ms = 1;
    mine.registration.code = 30701;
    assert_int_equal(PUT(t, &mine), ERR_OK);
    assert_int_equal(mine.registration.rev, 2);
    theirs.note = (struct registration_note){.step = STR("brand"), .at_ms = T0};
    assert_int_equal(PUT(t, &theirs), ERR_CONFLICT);
    assert_int_equal(t->ops->registration_get(t->reader, &t->arena, org, 1, &g), ERR_OK);
    assert_true(g.state == ONBOARDING_ACTION && g.rev == 2 && g.program == 1 && g.created_ms == T0 && g.code == 30701);
}

static void a_canceled_one_leaves_its_program_to_the_next(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_registration first = made(t, org, 1, 0), second;

    first.registration.state = ONBOARDING_CANCELED;
    assert_int_equal(PUT(t, &first), ERR_OK);
    second = made(t, org, 1, 0);
    assert_int_equal(second.registration.id, 2);
    first.registration.state = ONBOARDING_RUNNING; /* cannot come back beside it */
    assert_int_equal(PUT(t, &first), ERR_CONFLICT);
}

static void a_toll_free_one_takes_no_program(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme");
    struct change_registration brand = made(t, org, 1, 0), first = brand, second, third;

    first.registration.id = 0;
    first.registration.kind = BRAND_TOLL_FREE;
    second = third = first;
    assert_int_equal(PUT(t, &first), ERR_OK); /* beside the program's own, and beside each other */
    assert_int_equal(PUT(t, &second), ERR_OK);
    assert_int_equal(PUT(t, &brand), ERR_OK);
    second.registration.kind = BRAND_STANDARD; /* a kind is for good */
    assert_int_equal(PUT(t, &second), ERR_OK);
    assert_int_equal(second.registration.kind, BRAND_TOLL_FREE);
    third.registration.kind = BRAND_LOW_VOLUME;
    assert_int_equal(PUT(t, &third), ERR_CONFLICT);
}

static void what_is_due_comes_in_its_order(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct registration page[4];
    size_t count = 2;

    (void)made(t, org, 1, T0 + 30);
    (void)made(t, other, 2, T0 + 10);
    (void)made(t, org, add_program(t, org), T0 + 10);
    (void)made(t, other, add_program(t, other), 0);
    assert_int_equal(t->ops->registrations_due(t->reader, &t->arena, T0 + 30, 0, 0, page, &count), ERR_OK);
    assert_true(count == 2 && page[0].id == 2 && page[1].id == 3);
    count = 4;
    assert_int_equal(t->ops->registrations_due(t->reader, &t->arena, T0 + 30, T0 + 10, 3, page, &count), ERR_OK);
    assert_true(count == 1 && page[0].id == 1);
    count = 4;
    assert_int_equal(t->ops->registrations_due(t->reader, &t->arena, T0 + 9, 0, 0, page, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void each_move_is_an_event_and_a_step_leaves_a_note(void **state)
{
    struct twin *t = *state;
    org_id org = make_org(t, "acme"), other = make_org(t, "other");
    struct change_registration c = made(t, org, 1, 0);
    struct registration_note notes[3];
    struct event events[4];
    size_t count = 4;

    c.registration.code = 30701;
    c.registration.state = ONBOARDING_ACTION;
    c.note = (struct registration_note){.at_ms = T0 + 5, .step = STR("brand"), .outcome = STR("refused"),
                                        .sid = "BN1", .code = 30701, .words = STR("no such tax number")};
    assert_int_equal(PUT(t, &c), ERR_OK);
    assert_int_equal(t->ops->events(t->reader, org, 0, events, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(events[1].type == EVENT_REGISTRATION && events[1].ref == 1 && events[1].code == 30701);
    assert_int_equal(events[1].state, ONBOARDING_ACTION);
    count = 3;
    assert_int_equal(t->ops->registration_notes(t->reader, &t->arena, org, 1, 0, notes, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_true(str_equal(notes[0].step, STR("brand")) && str_equal(notes[0].words, STR("no such tax number")));
    assert_true(notes[0].code == 30701 && notes[0].at_ms == T0 + 5 && notes[0].org == org);
    assert_string_equal(notes[0].sid, "BN1");
    count = 3;
    assert_int_equal(t->ops->registration_notes(t->reader, &t->arena, org, 1, notes[0].id, notes, &count), ERR_OK);
    assert_int_equal(count, 0);
    count = 3;
    assert_int_equal(t->ops->registration_notes(t->reader, &t->arena, other, 1, 0, notes, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_registration_is_its_programs_and_its_orgs),
    STORE_TEST(only_who_knows_it_as_it_is_moves_it),
    STORE_TEST(a_canceled_one_leaves_its_program_to_the_next),
    STORE_TEST(a_toll_free_one_takes_no_program),
    STORE_TEST(what_is_due_comes_in_its_order),
    STORE_TEST(each_move_is_an_event_and_a_step_leaves_a_note),
};
const struct suite registrations_suite = {tests, sizeof tests / sizeof tests[0]};

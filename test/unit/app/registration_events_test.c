/* What Event Streams tells of numbers is kept with their registration, whatever it waits for: nothing else tells it. */
#include "app/registration_events.h"

#include "app/onboarding_progress.h"

#include "house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FIRST "PN00000000000000000000000000000001"
#define SECOND "PN00000000000000000000000000000002"
static struct house h;

static int setup(void **state)
{
    (void)state;
    house_open(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    house_close(&h);
    return 0;
}

/* One with two numbers, of which carriers know neither. */
static uint64_t registration_in(enum onboarding_state at)
{
    struct onboarding_progress progress = {.numbers_count = 2, .score = -1};
    struct change_registration c = {
        .head = {.kind = CHANGE_REGISTRATION},
        .registration = {.org = h.org, .kind = BRAND_STANDARD, .facts = STR("{}"), .state = at, .next_ms = INT64_MAX,
                         .created_ms = 1, .updated_ms = 1}};
    struct program program;
    size_t count = 1;
    struct buf text;

    assert_int_equal(h.store->ops->programs(h.reader, &h.text, h.org, 0, &program, &count), ERR_OK);
    (void)snprintf(progress.numbers[0].sid, sizeof progress.numbers[0].sid, FIRST);
    (void)snprintf(progress.numbers[1].sid, sizeof progress.numbers[1].sid, SECOND);
    buf_init(&text, ONBOARDING_PROGRESS_BYTES_MAX);
    onboarding_progress_write(&progress, &text);
    c.registration.program = program.id;
    c.registration.progress = buf_str(&text);
    house_change(&h, &c.head, ERR_OK);
    buf_free(&text);
    return c.registration.id;
}

static struct registration registration_now(uint64_t id, struct onboarding_progress *progress)
{
    struct registration g;

    assert_int_equal(h.store->ops->registration_get(h.reader, &h.text, h.org, id, &g), ERR_OK);
    assert_int_equal(onboarding_progress_read(g.progress, progress), ERR_OK);
    return g;
}

/* How many registrations it moved. */
static int tell(const char *sid, bool registered, int32_t refused)
{
    struct stream_events told = {.numbers_count = 1, .numbers = {{.registered = registered, .refused = refused}}};
    struct registration_job job;
    struct problem p;
    uint64_t after = 0;
    int moved = 0;

    (void)snprintf(told.numbers[0].sid, sizeof told.numbers[0].sid, "%s", sid);
    problem_init(&p, &h.text);
    while (stream_events_next(&h.app, h.reader, &h.text, h.org, &told, &after, &job, &p) == ERR_OK) {
        assert_int_equal(app_submit_wait(&job.job), ERR_OK);
        moved++;
    }
    return moved;
}

static void a_number_that_waits_makes_its_registration_due(void **state)
{
    struct onboarding_progress p;
    uint64_t id = registration_in(ONBOARDING_WAITING);
    (void)state;
    assert_int_equal(tell(SECOND, true, 0), 1);
    assert_true(registration_now(id, &p).next_ms < INT64_MAX);
    assert_true(p.numbers[1].registered && !p.numbers[0].registered);
    assert_int_equal(tell(SECOND, true, 0), 0); /* the same again */
    assert_int_equal(tell("PN00000000000000000000000000000003", true, 0), 0);
}

/* Else the second of two that are refused would be forgotten: submitted again, it would wait, and then pass. */
static void what_is_told_of_a_number_counts_while_somebody_is_to_act(void **state)
{
    struct onboarding_progress p;
    struct registration g;
    uint64_t id = registration_in(ONBOARDING_ACTION);
    (void)state;
    assert_int_equal(tell(SECOND, false, 30125), 1);
    assert_int_equal(tell(FIRST, true, 0), 1);
    g = registration_now(id, &p);
    assert_int_equal(g.state, ONBOARDING_ACTION);
    assert_true(g.next_ms == INT64_MAX);
    assert_int_equal(p.numbers[1].refused, 30125);
    assert_true(p.numbers[0].registered);
}

static void a_number_may_lose_its_registration_later(void **state)
{
    struct onboarding_progress p;
    struct registration g;
    uint64_t id = registration_in(ONBOARDING_APPROVED);
    (void)state;
    assert_int_equal(tell(FIRST, false, 30125), 1);
    g = registration_now(id, &p);
    assert_int_equal(g.state, ONBOARDING_APPROVED);
    assert_true(g.next_ms == INT64_MAX);
    assert_int_equal(p.numbers[0].refused, 30125);
}

static void one_that_is_over_hears_nothing(void **state)
{
    (void)state;
    (void)registration_in(ONBOARDING_CANCELED);
    assert_int_equal(tell(FIRST, true, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_number_that_waits_makes_its_registration_due),
        TEST(what_is_told_of_a_number_counts_while_somebody_is_to_act),
        TEST(a_number_may_lose_its_registration_later),
        TEST(one_that_is_over_hears_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

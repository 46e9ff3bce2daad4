/* verifier: each request of a service has a turn of its own, and what somebody is checking is not ended meanwhile. */
#include "app/verifier.h"
#include "app/problem.h"
#include "house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct house h;
static struct verifier *verifier;

static int begin(void **state)
{
    struct fault f = {0};

    (void)state;
    house_open(&h);
    assert_int_equal(verifier_start(&h.app, &verifier, &f), ERR_OK);
    h.app.verifier = verifier;
    return 0;
}

static int end(void **state)
{
    (void)state;
    verifier_stop(verifier);
    house_close(&h);
    return 0;
}

static void each_request_of_a_service_has_a_turn(void **state)
{
    int64_t first_us, second_us;

    (void)state;
    first_us = verifier_slot_us(verifier, h.org);
    for (int64_t i = 1; i < 25; i++) {
        second_us = verifier_slot_us(verifier, h.org);
        assert_true(second_us - first_us >= i * 1000000 / h.settings.limits_verify_per_s);
    }
    assert_true(verifier_slot_us(verifier, h.org + 1) < second_us); /* another's is another's */
}

static void what_is_being_checked_is_not_ended_meanwhile(void **state)
{
    int64_t now_ms = clock_wall_ms(&h.clock);
    struct verification_record v = {.org = h.org, .number = 14155550101, .state = VERIFICATION_PENDING,
                                    .channel = VERIFICATION_BY_SMS, .sends = 1, .created_ms = now_ms,
                                    .updated_ms = now_ms, .expires_ms = now_ms + 60000, .sid = "VE1"};
    struct change_verification c = {.head = {.kind = CHANGE_VERIFICATION}, .v = v, .now_ms = now_ms};
    struct verify_job *job = arena_alloc(&h.text, sizeof *job);
    struct app later = h.app;
    struct clock clock;
    struct problem p;

    (void)state;
    house_change(&h, &c.head, ERR_OK);
    problem_init(&p, &h.text);
    assert_int_equal(verifier_check(&h.app, h.reader, &h.acme, c.v.id, STR("123456"), job, &p), ERR_OK);
    clock_manual(&clock, now_ms + 120000);
    later.clock = &clock;
    verifier_sweep(&later, h.reader);
    assert_int_equal(h.store->ops->verification_get(h.reader, h.org, c.v.id, &v), ERR_OK);
    assert_int_equal(v.state, VERIFICATION_PENDING);
    later.verifier = NULL; /* as if nobody had come back */
    verifier_sweep(&later, h.reader);
    assert_int_equal(h.store->ops->verification_get(h.reader, h.org, c.v.id, &v), ERR_OK);
    assert_int_equal(v.state, VERIFICATION_EXPIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_request_of_a_service_has_a_turn, begin, end),
        cmocka_unit_test_setup_teardown(what_is_being_checked_is_not_ended_meanwhile, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

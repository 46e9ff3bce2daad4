/* gate: what the pure gate answers to facts. (What it reads at admission is tested over HTTP: resources_test.) */
#include "app/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY INT64_C(86400000)
static const int64_t NOW = INT64_C(1790000000000);

/* One that passes. */
static struct gate_facts fine(enum message_kind kind)
{
    return (struct gate_facts){.now_ms = NOW, .kind = kind, .org = ORG_ACTIVE, .recipient = true,
                               .pool = {.home = 1u << SENDER_LONG_CODE}, .characters = 10, .window_ms = INT64_MAX};
}

static enum message_reason reason(const struct gate_facts *f)
{
    return gate_ask(f).reason;
}

static void an_unfit_number_is_not_written_to(void **state)
{
    struct settings settings = {.numbers_unfit_days = 180, .numbers_silent_days = 30};
    struct number_facts n = {0};
    struct gate_facts f = fine(KIND_TRANSACTIONAL);

    (void)state;
    gate_number_facts(&f, &n, &settings);
    assert_int_equal(reason(&f), REASON_NONE);
    assert_true(number_facts_failed(&n, 30006, NOW - 180 * DAY + 1));
    gate_number_facts(&f, &n, &settings);
    assert_int_equal(reason(&f), REASON_NUMBER);
    assert_int_equal(gate_ask(&f).to, MESSAGE_BLOCKED);
    f.now_ms = NOW + 1; /* it may have been ported since */
    gate_number_facts(&f, &n, &settings);
    assert_int_equal(reason(&f), REASON_NONE);
    f.opted_out = f.number_unfit = true; /* the person's word stands above */
    assert_int_equal(reason(&f), REASON_OPTED_OUT);
}

static void who_was_out_of_reach_is_spared_marketing_only(void **state)
{
    struct settings settings = {.numbers_unfit_days = 180, .numbers_silent_days = 30};
    struct gate_facts marketing = fine(KIND_MARKETING), code = fine(KIND_TRANSACTIONAL);
    struct number_facts n = {0};

    (void)state;
    for (int i = 3; i > 0; i--) assert_true(number_facts_failed(&n, 30003, NOW - i * DAY));
    gate_number_facts(&marketing, &n, &settings);
    gate_number_facts(&code, &n, &settings);
    assert_int_equal(reason(&marketing), REASON_NUMBER);
    assert_int_equal(reason(&code), REASON_NONE);
    settings.numbers_silent_days = 0;
    gate_number_facts(&marketing, &n, &settings);
    assert_int_equal(reason(&marketing), REASON_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unfit_number_is_not_written_to),
        cmocka_unit_test(who_was_out_of_reach_is_spared_marketing_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

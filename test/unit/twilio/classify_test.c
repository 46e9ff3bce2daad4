/* Every row of the send protocol's table: what an exchange proves. */
#include "twilio/classify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *what;
    struct classify_exchange exchange; /* handed over, complete, status, code, resource */
    enum provider_class expected;
};

static void writes_follow_the_table(void **state)
{
    static const struct row rows[] = {
        {"not connected", {false, false, 0, 0, false}, PROVIDER_CLASS_UNSENT},
        {"broken before the last byte", {false, false, 0, 0, false}, PROVIDER_CLASS_UNSENT},
        {"reset after the last byte", {true, false, 0, 0, false}, PROVIDER_CLASS_IN_DOUBT},
        {"429 with a body", {true, true, 429, 20429, false}, PROVIDER_CLASS_THROTTLED},
        {"429 of an edge", {true, true, 429, 0, false}, PROVIDER_CLASS_THROTTLED},
        {"429 cut short", {true, false, 429, 0, false}, PROVIDER_CLASS_THROTTLED},
        {"429 before the last byte", {false, true, 429, 0, false}, PROVIDER_CLASS_THROTTLED},
        {"400 with a Twilio body", {true, true, 400, 21211, false}, PROVIDER_CLASS_REJECTED},
        {"401 with a Twilio body", {true, true, 401, 20003, false}, PROVIDER_CLASS_REJECTED},
        {"499 with a Twilio body", {true, true, 499, 20001, false}, PROVIDER_CLASS_REJECTED},
        {"400 without a Twilio body", {true, true, 400, 0, false}, PROVIDER_CLASS_IN_DOUBT},
        {"408 of an edge", {true, true, 408, 0, false}, PROVIDER_CLASS_IN_DOUBT},
        {"400 with its body cut short", {true, false, 400, 21211, false}, PROVIDER_CLASS_IN_DOUBT},
        {"201 with a SID", {true, true, 201, 0, true}, PROVIDER_CLASS_ACCEPTED},
        {"200 with a SID", {true, true, 200, 0, true}, PROVIDER_CLASS_ACCEPTED},
        {"201 unreadable", {true, true, 201, 0, false}, PROVIDER_CLASS_IN_DOUBT},
        {"201 cut short", {true, false, 201, 0, true}, PROVIDER_CLASS_IN_DOUBT},
        {"204", {true, true, 204, 0, false}, PROVIDER_CLASS_IN_DOUBT},
        {"301", {true, true, 301, 0, false}, PROVIDER_CLASS_IN_DOUBT},
        {"307 with a SID", {true, true, 307, 0, true}, PROVIDER_CLASS_IN_DOUBT},
        {"500 with a Twilio body", {true, true, 500, 20500, false}, PROVIDER_CLASS_IN_DOUBT},
        {"503", {true, true, 503, 20503, false}, PROVIDER_CLASS_IN_DOUBT},
        {"500 before the last byte", {false, true, 500, 0, false}, PROVIDER_CLASS_IN_DOUBT},
        {"a status of no class", {true, true, 600, 21211, true}, PROVIDER_CLASS_IN_DOUBT},
        {"only a 100", {true, false, 100, 0, false}, PROVIDER_CLASS_IN_DOUBT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum provider_call calls[] = {PROVIDER_CREATE, PROVIDER_CANCEL, PROVIDER_REDACT};
        for (size_t c = 0; c < 3; c++)
            if (classify_exchange(calls[c], &rows[i].exchange) != rows[i].expected)
                fail_msg("%s: %s", rows[i].what,
                         provider_class_name(classify_exchange(calls[c], &rows[i].exchange)));
    }
}

/* Whatever came, a write that may have been handed over is never called unsent. */
static void handed_over_is_never_unsent(void **state)
{
    (void)state;
    for (int status = 0; status <= 700; status++)
        for (unsigned bits = 0; bits < 8; bits++) {
            struct classify_exchange x = {true, (bits & 1) != 0, status, (bits & 2) != 0 ? 21211 : 0,
                                          (bits & 4) != 0};
            assert_int_not_equal(classify_exchange(PROVIDER_CREATE, &x), PROVIDER_CLASS_UNSENT);
        }
}

static void reads_are_ok_or_failed(void **state)
{
    static const struct row rows[] = {
        {"200", {true, true, 200, 0, true}, PROVIDER_CLASS_OK},
        {"200 cut short", {true, false, 200, 0, true}, PROVIDER_CLASS_FAILED},
        {"200 unreadable", {true, true, 200, 0, false}, PROVIDER_CLASS_FAILED},
        {"404", {true, true, 404, 20404, false}, PROVIDER_CLASS_FAILED},
        {"429", {true, true, 429, 20429, false}, PROVIDER_CLASS_FAILED},
        {"nothing", {false, false, 0, 0, false}, PROVIDER_CLASS_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(classify_exchange(PROVIDER_FETCH, &rows[i].exchange), rows[i].expected);
        assert_int_equal(classify_exchange(PROVIDER_LIST, &rows[i].exchange), rows[i].expected);
    }
}

static void a_probe_asks_only_whether_the_provider_speaks(void **state)
{
    static const struct row rows[] = {
        {"200", {true, true, 200, 0, true}, PROVIDER_CLASS_OK},
        {"401 of Twilio", {true, true, 401, 20003, false}, PROVIDER_CLASS_OK},
        {"401 of a proxy", {true, true, 401, 0, false}, PROVIDER_CLASS_FAILED},
        {"429", {true, true, 429, 20429, false}, PROVIDER_CLASS_FAILED},
        {"503 of Twilio", {true, true, 503, 20503, false}, PROVIDER_CLASS_FAILED},
        {"no answer", {true, false, 0, 0, false}, PROVIDER_CLASS_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(classify_exchange(PROVIDER_PROBE, &rows[i].exchange), rows[i].expected);
}

static void retry_after_is_seconds_or_a_date(void **state)
{
    int64_t now = 784111777000; /* Sun, 06 Nov 1994 08:49:37 GMT */
    (void)state;
    assert_int_equal(classify_retry_after_ms(STR("3"), 0), 3000);
    assert_int_equal(classify_retry_after_ms(STR(" 0 "), 0), 0);
    assert_int_equal(classify_retry_after_ms(STR("99999999999999999999"), now), 0);
    assert_int_equal(classify_retry_after_ms(STR("999999999"), 0), 3600000);
    assert_int_equal(classify_retry_after_ms(STR("Sun, 06 Nov 1994 08:49:47 GMT"), now), 10000);
    assert_int_equal(classify_retry_after_ms(STR("Sun, 06 Nov 1994 08:49:17 GMT"), now), 0);
    assert_int_equal(classify_retry_after_ms(STR("Sun, 06 Nov 1994 08:49:47 GMT"), 0), 0);
    assert_int_equal(classify_retry_after_ms(STR("soon"), now), 0);
    assert_int_equal(classify_retry_after_ms(STR("-1"), now), 0);
    assert_int_equal(classify_retry_after_ms(STR(""), now), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_follow_the_table),
        cmocka_unit_test(handed_over_is_never_unsent),
        cmocka_unit_test(reads_are_ok_or_failed),
        cmocka_unit_test(a_probe_asks_only_whether_the_provider_speaks),
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

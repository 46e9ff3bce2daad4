/* What a line of a log or a configuration gives away, and what it does not. */
#include "app/audit_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum audit_leak leak(const char *line)
{
    return audit_scan_line(str_from(line));
}

static void whole_numbers_are_found(void **state)
{
    (void)state;
    assert_int_equal(leak("to=+14155550123"), AUDIT_LEAK_NUMBER);
    assert_int_equal(leak("To=%2B14155550123&From="), AUDIT_LEAK_NUMBER);
    assert_int_equal(leak("{\"number\":\"+442071838750\"}"), AUDIT_LEAK_NUMBER);
    assert_int_equal(leak("+14155550123"), AUDIT_LEAK_NUMBER);
}

static void masked_numbers_names_and_times_are_nothing(void **state)
{
    (void)state;
    assert_int_equal(leak("to=+1415*****23 state=sent"), AUDIT_LEAK_NONE);
    assert_int_equal(leak("2026-11-29T01:02:03.123+01:00 ok"), AUDIT_LEAK_NONE);
    assert_int_equal(leak("sid=SM00000000000000000000000000000001"), AUDIT_LEAK_NONE);
    assert_int_equal(leak("a + 1234567890123456789012"), AUDIT_LEAK_NONE);
    assert_int_equal(leak("offset +0000000000"), AUDIT_LEAK_NONE);
    assert_int_equal(leak("twilio.auth_token is (set)"), AUDIT_LEAK_NONE);
    assert_int_equal(leak("task_0123456789012345678901234567890123456789x"), AUDIT_LEAK_NONE);
    assert_int_equal(leak(""), AUDIT_LEAK_NONE);
    assert_int_equal(leak("+"), AUDIT_LEAK_NONE);
    assert_int_equal(leak("password: "), AUDIT_LEAK_NONE);
}

static void secrets_are_found(void **state)
{
    (void)state;
    assert_int_equal(leak("Authorization: Bearer abcdefghijklmnopqrst"), AUDIT_LEAK_SECRET);
    assert_int_equal(leak("twilio.auth_token = 0123456789abcdef0123456789abcdef"), AUDIT_LEAK_SECRET);
    assert_int_equal(leak("\"api_secret\": \"0123456789abcdefghij\""), AUDIT_LEAK_SECRET);
    assert_int_equal(leak("key sk_0123456789abcdefghjkmnpqrstvwxyz01234567 made"), AUDIT_LEAK_SECRET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_found),
        cmocka_unit_test(masked_numbers_names_and_times_are_nothing),
        cmocka_unit_test(secrets_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Moments as text and JSON written forward. */
#include "base/json_out.h"
#include "base/rfc3339.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int64_t parsed(const char *text)
{
    int64_t ms = -1;
    return rfc3339_parse(str_from(text), &ms) == ERR_OK ? ms : -1;
}

static void moments_are_read_with_fractions_and_offsets(void **state)
{
    (void)state;
    assert_int_equal(parsed("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(parsed("2026-03-01T09:30:00.1239Z"), 1772357400123);
    assert_int_equal(parsed("2026-03-01 10:30:00+01:00"), 1772357400000);
    assert_int_equal(parsed("2024-02-29T23:59:60-00:30"), 1709252999999);
    assert_int_equal(parsed("9999-12-31T23:59:59.999Z"), 253402300799999);
}

static void what_is_no_moment_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "2026-03-01",
                                      "2026-03-01T09:30:00",
                                      "2026-02-29T00:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-03-01T24:00:00Z",
                                      "2026-03-01T09:30:00.Z",
                                      "2026-03-01T09:30:00+1:00",
                                      "2026-03-01T09:30:00Zx",
                                      "1969-12-31T23:59:59Z",
                                      "1970-01-01T00:00:00+00:01",
                                      "9999-12-31T23:59:59-00:01",
                                      "2026-3-1T09:30:00Z",
                                      "+026-03-01T09:30:00Z"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(parsed(bad[i]), -1);
}

static void every_day_of_four_centuries_comes_back(void **state)
{
    char text[RFC3339_BYTES];
    (void)state;
    for (int64_t day = 0; day < 146097 + 10; day++) {
        rfc3339_format(day * 86400000 + 45296789, text);
        assert_int_equal(parsed(text), day * 86400000 + 45296789);
    }
}

static void json_puts_commas_and_escapes(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 4096);
    json_open(&b, '{');
    json_put_text(&b, "a\"b", "x\n\t\x01\x7f\\ :[{");
    json_put_int(&b, "n", -5);
    json_key(&b, "list");
    json_open(&b, '[');
    json_int(&b, 1);
    json_str(&b, STR("caf\xc3\xa9 \xff!"));
    json_open(&b, '{');
    json_close(&b, '}');
    json_nil(&b);
    json_close(&b, ']');
    json_put_time(&b, "at", 1772357400123);
    json_put_time(&b, "never", 0);
    json_put_number(&b, "to", 14155552671);
    json_put_bool(&b, "ok", true);
    json_close(&b, '}');
    assert_string_equal(buf_text(&b),
                        "{\"a\\\"b\":\"x\\n\\t\\u0001\\u007f\\\\ :[{\",\"n\":-5,\"list\":[1,\"caf\xc3\xa9 "
                        "\xef\xbf\xbd!\",{},null],\"at\":\"2026-03-01T09:30:00.123Z\",\"never\":null,"
                        "\"to\":\"+14155552671\",\"ok\":true}");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_read_with_fractions_and_offsets),
        cmocka_unit_test(what_is_no_moment_is_refused),
        cmocka_unit_test(every_day_of_four_centuries_comes_back),
        cmocka_unit_test(json_puts_commas_and_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Dates are read strictly and written as Twilio writes them. */
#include "twilio/date.h"

#include "base/rfc3339.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void rfc_dates_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t s;
    } rows[] = {
        {"Thu, 24 Aug 2023 05:01:45 +0000", 1692853305},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Thu, 01 Jan 1970 00:00:00 +0000", 0},
        {"24 Aug 2023 05:01:45 +0000", 1692853305},
        {"Thu, 24 Aug 2023 07:31:45 +0230", 1692853305},
        {"Wed, 23 Aug 2023 22:01:45 -0700", 1692853305},
        {"Tue, 29 Feb 2000 00:00:00 +0000", 951782400},
        {" Sat, 1 Jan 2028 00:00:00 UTC\r\n", 1830297600},
        {"Fri, 31 Dec 9999 23:59:59 +0000", 253402300799},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ms = -1;
        assert_int_equal(date_parse_rfc2822(str_from(rows[i].text), &ms), ERR_OK);
        assert_true(ms == rows[i].s * 1000);
    }
}

static void malformed_dates_are_refused(void **state)
{
    static const char *const rfc[] = {"",
                                      "Thu",
                                      "Thu, 24 Aug 2023",
                                      "Thu, 32 Aug 2023 05:01:45 +0000",
                                      "Thu, 31 Jun 2023 05:01:45 +0000",
                                      "Wed, 29 Feb 2023 05:01:45 +0000",
                                      "Thu, 24 Aug 2023 24:01:45 +0000",
                                      "Thu, 24 Aug 2023 05:60:45 +0000",
                                      "Thu, 24 Aug 2023 05:01:61 +0000",
                                      "Thu, 24 Auk 2023 05:01:45 +0000",
                                      "Thx, 24 Aug 2023 05:01:45 +0000",
                                      "Thu, 24 Aug 2023 05:01:45",
                                      "Thu, 24 Aug 2023 05:01:45 +00000",
                                      "Thu, 24 Aug 2023 05:01:45 +9900",
                                      "Thu, 24 Aug 1969 05:01:45 +0000",
                                      "Thu, 00 Aug 2023 05:01:45 +0000",
                                      "Thu, 24 Aug 2023 05:01:45 EST"};
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < sizeof rfc / sizeof *rfc; i++)
        assert_int_equal(date_parse_rfc2822(str_from(rfc[i]), &ms), ERR_INVALID);
}

static void every_day_of_400_years_reads_back(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 146097; day++) {
        char iso[DATE_TEXT_BYTES], rfc[DATE_TEXT_BYTES];
        int64_t at = (day * 86400 + 86399) * 1000, back = 0;
        date_format_iso8601(at, iso);
        assert_int_equal(rfc3339_parse(str_from(iso), &back), ERR_OK);
        assert_true(back == at);
        date_format_rfc2822(at, rfc);
        assert_int_equal(date_parse_rfc2822(str_from(rfc), &back), ERR_OK);
        assert_true(back == at);
    }
}

static void texts_are_twilios(void **state)
{
    char out[DATE_TEXT_BYTES];
    (void)state;
    date_format_iso8601(1692853305999, out);
    assert_string_equal(out, "2023-08-24T05:01:45Z");
    date_format_rfc2822(1692853305000, out);
    assert_string_equal(out, "Thu, 24 Aug 2023 05:01:45 +0000");
    date_format_iso8601(INT64_MAX, out);
    assert_string_equal(out, "9999-12-31T23:59:59Z");
    date_format_iso8601(INT64_MIN, out);
    assert_string_equal(out, "1970-01-01T00:00:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_dates_are_read),
        cmocka_unit_test(malformed_dates_are_refused),
        cmocka_unit_test(every_day_of_400_years_reads_back),
        cmocka_unit_test(texts_are_twilios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

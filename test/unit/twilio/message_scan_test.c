/* The quick reader of a message says yes to what Twilio sends, and what it says is what the full parser says. */
#include "twilio/message.h"
#include "twilio/message_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SID "SM0123456789abcdef0123456789abcdef"

static struct arena arena;

static bool scan(const char *text, struct provider_item *out)
{
    arena_reset(&arena);
    return message_scan(str_from(text), &arena, out);
}

static void an_answer_as_twilio_sends_it(void **state)
{
    static const char text[] =
        "{\"account_sid\": \"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"api_version\": \"2010-04-01\", "
        "\"body\": \"Caf\\u00e9 \\ud83d\\ude00 \\\"a\\/b\\\"\\n\", "
        "\"date_created\": \"Thu, 24 Aug 2023 05:01:45 +0000\", \"date_sent\": null, "
        "\"date_updated\": \"Thu, 24 Aug 2023 05:01:46 +0000\", \"direction\": \"outbound-api\", "
        "\"error_code\": null, \"error_message\": null, \"from\": \"+14155550111\", "
        "\"messaging_service_sid\": \"MGcccccccccccccccccccccccccccccccc\", \"num_media\": \"0\", "
        "\"num_segments\": \"2\", \"price\": \"-0.0079\", \"price_unit\": \"USD\", \"sid\": \"" SID "\", "
        "\"status\": \"queued\", \"subresource_uris\": {\"media\": \"/2010-04-01/x\", "
        "\"list\": [1, -20, {}, [], true, false]}, \"to\": \"+14155550100\", \"uri\": \"/2010\"}\r\n";
    struct provider_item m;
    (void)state;
    assert_true(scan(text, &m));
    assert_string_equal(m.sid, SID);
    assert_string_equal(m.to, "+14155550100");
    assert_string_equal(m.from, "+14155550111");
    assert_string_equal(m.messaging_service_sid, "MGcccccccccccccccccccccccccccccccc");
    assert_true(str_equal(m.body, STR("Caf\xc3\xa9 \xf0\x9f\x98\x80 \"a/b\"\n")));
    assert_int_equal(m.segments, 2);
    assert_int_equal(m.error_code, 0);
    assert_int_equal(m.date_created_ms, 1692853305000);
    assert_int_equal(m.date_sent_ms, 0);
    assert_true(m.has_price);
    assert_int_equal(m.price_micros, 7900);
    assert_int_equal(m.status, status_parse(STR("queued")));
}

static void what_is_unusual_is_left_to_the_full_parser(void **state)
{
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "{\"sid\":\"" SID "\"",
        "{\"sid\":\"" SID "\"}}",
        "{\"sid\":\"" SID "\",}",
        "{,\"sid\":\"" SID "\"}",
        "{\"sid\":\"CA0123456789abcdef0123456789abcdef\"}",
        "{\"sid\":\"" SID "\",\"sid\":\"" SID "\"}",
        "{\"s\\u0069d\":\"" SID "\"}",
        "{\"sid\":\"" SID "\",\"code\":21610}",
        "{\"sid\":\"" SID "\",\"n\":1.5}",
        "{\"sid\":\"" SID "\",\"n\":1e5}",
        "{\"sid\":\"" SID "\",\"n\":01}",
        "{\"sid\":\"" SID "\",\"n\":-}",
        "{\"sid\":\"" SID "\",\"n\":12345678901234567890}",
        "{\"sid\":\"" SID "\",\"n\":nul}",
        "{\"sid\":\"" SID "\",\"n\":truer}",
        "{\"sid\":\"" SID "\",\"n\":[1,]}",
        "{\"sid\":\"" SID "\",\"n\":[1}",
        "{\"sid\":\"" SID "\",\"n\":{\"a\"}}",
        "{\"sid\":\"" SID "\",\"n\":[[[[[[[[[[[]]]]]]]]]]]}",
        "{\"sid\":\"" SID "\",\"body\":\"a\nb\"}",
        "{\"sid\":\"" SID "\",\"body\":\"\\x\"}",
        "{\"sid\":\"" SID "\",\"body\":\"\\u12g4\"}",
        "{\"sid\":\"" SID "\",\"body\":\"\\u0000\"}",
        "{\"sid\":\"" SID "\",\"body\":\"\\ud83d\"}",
        "{\"sid\":\"" SID "\",\"body\":\"\\ude00\"}",
        "{\"sid\":\"" SID "\",\"body\":\"\\ud83dx\"}",
        "{\"sid\":\"" SID "\",\"body\":\"\xff\"}",
        "{\"sid\":\"" SID "\",\"body\":\"\xed\xa0\x80\"}",
        "{\"sid\":\"" SID "\",\"body\":\"",
        "{\"sid\":\"" SID "\",\"body\":\"\\",
        "\xef\xbb\xbf{\"sid\":\"" SID "\"}",
    };
    struct provider_item m;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (scan(texts[i], &m)) fail_msg("was read: %s", texts[i]);
}

static void every_cut_of_an_answer_is_left_to_the_full_parser(void **state)
{
    static const char text[] =
        "{\"sid\":\"" SID "\",\"body\":\"x\\u00e9\",\"n\":[1,{\"a\":null}],\"status\":\"queued\"}";
    struct provider_item m;
    (void)state;
    assert_true(scan(text, &m));
    for (size_t len = 0; len < sizeof text - 1; len++)
        assert_false(message_scan((struct str){text, len}, &arena, &m));
}

static void no_memory_is_no_answer(void **state)
{
    static const char text[] = "{\"sid\":\"" SID "\",\"body\":\"\\u00e9\"}";
    struct arena small;
    struct provider_item m;
    (void)state;
    arena_init(&small, 0);
    assert_false(message_scan(str_from(text), &small, &m));
    arena_reset(&small);
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_reset(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_as_twilio_sends_it),
        cmocka_unit_test(what_is_unusual_is_left_to_the_full_parser),
        cmocka_unit_test(every_cut_of_an_answer_is_left_to_the_full_parser),
        cmocka_unit_test(no_memory_is_no_answer),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

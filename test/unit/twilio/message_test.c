/* Messages, pages and errors are read as Twilio writes them; what is malformed is absent, never guessed. */
#include "twilio/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SID "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SID2 "MMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define MG "MGcccccccccccccccccccccccccccccccc"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_reset(&arena);
    return 0;
}

static enum err read_message(const char *text, struct provider_item *out)
{
    json_t *root = twilio_json_parse(str_from(text));
    enum err failed = message_from_json(root, &arena, out);
    json_decref(root);
    return failed;
}

static void a_delivered_message_is_read_whole(void **state)
{
    struct provider_item m;
    (void)state;
    assert_int_equal(
        read_message(
            "{\"sid\":\"" SID "\",\"account_sid\":\"AC\",\"messaging_service_sid\":\"" MG "\","
            "\"to\":\"+14155550100\",\"from\":\"+14155550111\",\"body\":\"caf\\u00e9 \\ud83d\\ude00\","
            "\"status\":\"undelivered\",\"direction\":\"outbound-api\",\"num_segments\":\"2\","
            "\"num_media\":\"0\",\"price\":\"-0.00750\",\"price_unit\":\"USD\",\"error_code\":30003,"
            "\"error_message\":null,\"date_created\":\"Thu, 24 Aug 2023 05:01:45 +0000\","
            "\"date_sent\":\"Thu, 24 Aug 2023 05:01:46 +0000\","
            "\"date_updated\":\"Thu, 24 Aug 2023 05:01:47 +0000\"}",
            &m),
        ERR_OK);
    assert_string_equal(m.sid, SID);
    assert_string_equal(m.messaging_service_sid, MG);
    assert_string_equal(m.to, "+14155550100");
    assert_string_equal(m.from, "+14155550111");
    assert_true(str_equal(m.body, STR("caf\xc3\xa9 \xf0\x9f\x98\x80")));
    assert_int_equal(m.status, PROVIDER_UNDELIVERED);
    assert_int_equal(m.error_code, 30003);
    assert_int_equal(m.segments, 2);
    assert_true(m.has_price && m.price_micros == 7500);
    assert_true(m.date_created_ms == 1692853305000 && m.date_sent_ms == 1692853306000);
    assert_true(m.date_updated_ms == 1692853307000);
    assert_false(m.inbound);
}

static void a_fresh_service_message_has_nulls(void **state)
{
    struct provider_item m;
    (void)state;
    assert_int_equal(
        read_message("{\"sid\":\"" SID2 "\",\"from\":null,\"to\":\"+1\",\"status\":\"accepted\","
                     "\"num_segments\":\"0\",\"price\":null,\"price_unit\":null,\"error_code\":null,"
                     "\"date_sent\":null,\"direction\":\"inbound\",\"body\":\"\"}",
                     &m),
        ERR_OK);
    assert_string_equal(m.from, "");
    assert_int_equal(m.status, PROVIDER_ACCEPTED);
    assert_true(m.date_sent_ms == 0 && m.date_created_ms == 0 && !m.has_price && m.inbound);
    assert_int_equal(m.error_code, 0);
    assert_int_equal(m.body.len, 0);
}

static void surprises_are_absent_but_a_sid_is_needed(void **state)
{
    struct provider_item m;
    (void)state;
    assert_int_equal(
        read_message("{\"sid\":\"" SID "\",\"status\":\"teleported\",\"num_segments\":[],\"price\":\"x\","
                     "\"price_unit\":\"USD\",\"error_code\":\"30007\",\"date_created\":\"yesterday\","
                     "\"to\":7,\"direction\":\"a-direction-far-too-long\",\"body\":false}",
                     &m),
        ERR_OK);
    assert_int_equal(m.status, PROVIDER_UNKNOWN);
    assert_int_equal(m.error_code, 30007);
    assert_true(m.segments == 0 && !m.has_price && m.date_created_ms == 0);
    assert_string_equal(m.to, "");
    assert_string_equal(m.direction, "");
    assert_int_equal(read_message("{\"sid\":\"AC\"}", &m), ERR_INVALID);
    assert_int_equal(read_message("{\"sid\":null}", &m), ERR_INVALID);
    assert_int_equal(read_message("{}", &m), ERR_INVALID);
}

static void prices_are_exact(void **state)
{
    int64_t p = 0;
    (void)state;
    assert_int_equal(message_price_micros(STR("-0.00750"), &p), ERR_OK);
    assert_true(p == 7500);
    assert_int_equal(message_price_micros(STR("-1"), &p), ERR_OK);
    assert_true(p == 1000000);
    assert_int_equal(message_price_micros(STR("0.25"), &p), ERR_OK);
    assert_true(p == -250000);
    assert_int_equal(message_price_micros(STR("-0.0000001"), &p), ERR_OK);
    assert_true(p == 1);
    assert_int_equal(message_price_micros(STR("-0.00000000000000000000000000"), &p), ERR_OK);
    assert_true(p == 0);
    assert_int_equal(message_price_micros(STR("-99999999999"), &p), ERR_INVALID);
    assert_int_equal(message_price_micros(STR("-0."), &p), ERR_INVALID);
    assert_int_equal(message_price_micros(STR(""), &p), ERR_INVALID);
    assert_int_equal(message_price_micros(STR("-0.1x"), &p), ERR_INVALID);
    assert_int_equal(message_price_micros(STR("--1"), &p), ERR_INVALID);
}

static enum err read_page(const char *text, struct provider_item **items, size_t *count, struct str *next)
{
    json_t *root = twilio_json_parse(str_from(text));
    enum err failed = message_page_from_json(root, &arena, items, count, next);
    json_decref(root);
    return failed;
}

static void pages_are_read_to_the_last_item_or_not_at_all(void **state)
{
    struct provider_item *items;
    struct str next;
    size_t count;
    (void)state;
    assert_int_equal(read_page("{\"messages\":[{\"sid\":\"" SID "\"},{\"sid\":\"" SID2 "\"}],\"page\":0,"
                               "\"next_page_uri\":\"/2010-04-01/x?Page=1\"}",
                               &items, &count, &next),
                     ERR_OK);
    assert_int_equal(count, 2);
    assert_string_equal(items[1].sid, SID2);
    assert_true(str_equal(next, STR("/2010-04-01/x?Page=1")));
    assert_int_equal(read_page("{\"messages\":[],\"next_page_uri\":null}", &items, &count, &next), ERR_OK);
    assert_true(count == 0 && next.len == 0);
    assert_int_equal(read_page("{\"messages\":[{\"sid\":\"" SID "\"},{}]}", &items, &count, &next),
                     ERR_INVALID);
    assert_int_equal(count, 0);
    assert_int_equal(read_page("{\"calls\":[]}", &items, &count, &next), ERR_INVALID);
    assert_int_equal(read_page("{\"messages\":{}}", &items, &count, &next), ERR_INVALID);
}

static void both_paging_styles_are_understood(void **state)
{
    struct twilio_page page;
    json_t *v1 =
        twilio_json_parse(STR("{\"services\":[1,2],\"meta\":{\"key\":\"services\",\"page\":0,"
                              "\"next_page_url\":\"https://messaging.twilio.com/v1/Services?Page=1\"}}"));
    json_t *last =
        twilio_json_parse(STR("{\"services\":[],\"meta\":{\"key\":\"services\",\"next_page_url\":null}}"));
    (void)state;
    assert_int_equal(twilio_json_page(v1, "services", &page), ERR_OK);
    assert_int_equal(json_array_size(page.items), 2);
    assert_true(str_equal(page.next, STR("https://messaging.twilio.com/v1/Services?Page=1")));
    assert_int_equal(twilio_json_page(v1, "alerts", &page), ERR_INVALID);
    assert_int_equal(twilio_json_page(last, "services", &page), ERR_OK);
    assert_int_equal(page.next.len, 0);
    json_decref(v1);
    json_decref(last);
}

static bool is_error(const char *text, int status, struct twilio_error *out)
{
    json_t *root = twilio_json_parse(str_from(text));
    bool is = twilio_json_error(root, status, out);
    json_decref(root);
    return is;
}

static void only_twilios_own_errors_count(void **state)
{
    struct twilio_error e;
    (void)state;
    assert_true(is_error("{\"code\":21211,\"message\":\"m\",\"more_info\":\"u\",\"status\":400}", 400, &e));
    assert_int_equal(e.code, 21211);
    assert_true(is_error("{\"code\":20003,\"message\":\"m\"}", 401, &e));
    assert_false(is_error("{\"code\":403,\"message\":\"Forbidden\",\"status\":403}", 403, &e));
    assert_int_equal(e.code, 0);
    assert_false(is_error("{\"code\":21211,\"message\":\"m\",\"status\":400}", 502, &e));
    assert_false(is_error("{\"message\":\"m\"}", 400, &e));
    assert_false(is_error("{\"code\":21211}", 400, &e));
    assert_false(is_error("<html>", 400, &e));
    assert_false(is_error("[]", 400, &e));
    assert_false(is_error("", 400, &e));
}

static void creations_are_written_in_a_fixed_order(void **state)
{
    struct buf out;
    struct provider_message m = {.to = STR("+14155550100"),
                                 .from = STR("+14155550111"),
                                 .messaging_service_sid = STR(MG),
                                 .body = STR("Hi & 50% off \xc3\xa9"),
                                 .status_callback = STR("https://h.test/s?m=1#rc=5"),
                                 .validity_s = 3600,
                                 .smart_encoded = true};
    (void)state;
    buf_init(&out, 4096);
    assert_int_equal(message_form_add(&out, &m), ERR_OK);
    assert_string_equal(
        buf_text(&out),
        "To=%2B14155550100&From=%2B14155550111&MessagingServiceSid=" MG
        "&Body=Hi+%26+50%25+off+%C3%A9&StatusCallback=https%3A%2F%2Fh.test%2Fs%3Fm%3D1%23rc%3D5"
        "&ValidityPeriod=3600&SmartEncoded=true");
    m.validity_s = 36001;
    assert_int_equal(message_form_add(&out, &m), ERR_INVALID);
    m.validity_s = 0;
    m.from = m.messaging_service_sid = (struct str){NULL, 0};
    assert_int_equal(message_form_add(&out, &m), ERR_INVALID);
    buf_free(&out);
}

static void list_filters_carry_the_operator_in_the_name(void **state)
{
    struct buf out;
    struct provider_request r = {.call = PROVIDER_LIST,
                                 .list_to = STR("+14155550100"),
                                 .list_date_after_ms = 1692853305000,
                                 .page_size = 5000};
    (void)state;
    buf_init(&out, 4096);
    message_query_add(&out, &r);
    assert_string_equal(buf_text(&out),
                        "?To=%2B14155550100&DateSent%3E=2023-08-24T05%3A01%3A45Z&PageSize=1000");
    buf_clear(&out);
    message_query_add(&out, &(struct provider_request){.call = PROVIDER_LIST});
    assert_string_equal(buf_text(&out), "");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delivered_message_is_read_whole),
        cmocka_unit_test(a_fresh_service_message_has_nulls),
        cmocka_unit_test(surprises_are_absent_but_a_sid_is_needed),
        cmocka_unit_test(prices_are_exact),
        cmocka_unit_test(pages_are_read_to_the_last_item_or_not_at_all),
        cmocka_unit_test(both_paging_styles_are_understood),
        cmocka_unit_test(only_twilios_own_errors_count),
        cmocka_unit_test(creations_are_written_in_a_fixed_order),
        cmocka_unit_test(list_filters_carry_the_operator_in_the_name),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/* What is to be bought reads back as it was written, and nothing else is taken for it. */
#include "app/number_wish.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void a_wish_reads_back(void **state)
{
    struct number_wish w = {.search = {.country = STR("CA"), .type = NUMBER_TOLL_FREE, .area_code = STR("833"),
                                       .contains = STR("*\"7"), .region = STR("ON"), .locality = STR("Montr\u00e9al"),
                                       .postal_code = STR("H2X"), .near_number = STR("+14165550100"),
                                       .near_lat_long = STR("43.6,-79.4"), .distance_miles = 30, .sms = true,
                                       .voice = true},
                            .number = STR("+18335550100")}, back;
    struct arena a;
    struct buf text;
    (void)state;
    arena_init(&a, 1 << 16);
    buf_init(&text, NUMBER_WISH_BYTES_MAX);
    number_wish_write(&w, &text);
    assert_int_equal(number_wish_read(buf_str(&text), &a, &back), ERR_OK);
    assert_true(str_equal(back.search.country, w.search.country) && back.search.type == NUMBER_TOLL_FREE);
    assert_true(str_equal(back.search.area_code, w.search.area_code));
    assert_true(str_equal(back.search.contains, w.search.contains));
    assert_true(str_equal(back.search.region, w.search.region));
    assert_true(str_equal(back.search.locality, w.search.locality));
    assert_true(str_equal(back.search.postal_code, w.search.postal_code));
    assert_true(str_equal(back.search.near_number, w.search.near_number));
    assert_true(str_equal(back.search.near_lat_long, w.search.near_lat_long));
    assert_true(str_equal(back.number, w.number) && back.search.distance_miles == 30);
    assert_true(back.search.sms && back.search.voice && !back.search.mms && back.search.limit > 0);
    buf_free(&text);
    arena_reset(&a);
}

static void what_is_no_wish_is_refused(void **state)
{
    static const char *const bad[] = {"", "[]", "{}", "{\"type\":0}", "{\"type\":4}", "{\"type\":\"local\"}",
                                      "{\"type\":1"};
    struct number_wish w;
    struct arena a;
    (void)state;
    arena_init(&a, 1 << 16);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(number_wish_read(str_from(bad[i]), &a, &w), ERR_CORRUPT);
    assert_int_equal(number_wish_read(STR("{\"type\":1,\"country\":5,\"sms\":\"yes\"}"), &a, &w), ERR_OK);
    assert_true(w.search.country.len == 0 && !w.search.sms);
    arena_reset(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wish_reads_back),
        cmocka_unit_test(what_is_no_wish_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a message costs, on which day, to which carrier; and tables that operators mistype. */
#include <stdio.h>
#include "rules/price.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int64_t NOVEMBER_2026 = 1795392000000; /* 2026-11-23 */
static const int64_t APRIL_2026 = 1777507200000;    /* 2026-04-30, the day before Verizon's rise */
static const int64_t MAY_2026 = 1777593600000;      /* 2026-05-01 */

static struct price_table table(struct str text)
{
    struct price_table t;
    struct fault fault;
    if (price_parse(text, &t, &fault) != ERR_OK) fail_msg("%s", fault.what);
    return t;
}

static struct price_query query(enum carrier carrier, int64_t at_ms)
{
    return (struct price_query){.country = "US", .sender = SENDER_LONG_CODE, .carrier = carrier,
                                .direction = PRICE_OUT, .segments = 1, .at_ms = at_ms};
}

static int64_t cost(const struct price_table *t, struct price_query q)
{
    int64_t micros = -1;
    assert_int_equal(price_message(t, &q, &micros), ERR_OK);
    return micros;
}

static void the_default_table_prices_a_segment_by_carrier(void **state)
{
    static const struct {
        enum carrier carrier;
        int64_t out, in;
    } ROWS[] = {{CARRIER_ATT, 11800, 11800},   {CARRIER_TMOBILE, 12800, 10800},
                {CARRIER_VERIZON, 12800, 8300}, {CARRIER_USCC, 13300, 10800},
                {CARRIER_OTHER_US, 12300, 8300}, {CARRIER_UNKNOWN, 12800, 11800}};
    struct price_table t = table(price_default_text());
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct price_query q = query(ROWS[i].carrier, NOVEMBER_2026);
        assert_int_equal(cost(&t, q), ROWS[i].out);
        q.direction = PRICE_IN;
        assert_int_equal(cost(&t, q), ROWS[i].in);
    }
    price_free(&t);
}

static void cost_grows_with_segments(void **state)
{
    struct price_table t = table(price_default_text());
    struct price_query q = query(CARRIER_VERIZON, NOVEMBER_2026);
    (void)state;
    q.segments = 7;
    assert_int_equal(cost(&t, q), 7 * 12800);
    q.segments = 0;
    assert_int_equal(cost(&t, q), 0);
    price_free(&t);
}

static void a_price_holds_from_its_day(void **state)
{
    struct price_table t = table(price_default_text());
    (void)state;
    assert_int_equal(cost(&t, query(CARRIER_VERIZON, APRIL_2026)), 12300);
    assert_int_equal(cost(&t, query(CARRIER_VERIZON, MAY_2026 - 1)), 12300);
    assert_int_equal(cost(&t, query(CARRIER_VERIZON, MAY_2026)), 12800);
    price_free(&t);
}

static void before_all_rows_the_first_one_is_the_estimate(void **state)
{
    struct price_table t = table(price_default_text());
    (void)state;
    assert_int_equal(cost(&t, query(CARRIER_VERIZON, 0)), 12300);
    assert_int_equal(cost(&t, query(CARRIER_VERIZON, -1)), 12300);
    price_free(&t);
}

static void charity_campaigns_pay_no_surcharge_to_att_and_tmobile(void **state)
{
    struct price_table t = table(price_default_text());
    struct price_query q = query(CARRIER_ATT, NOVEMBER_2026);
    (void)state;
    q.charity = true;
    assert_int_equal(cost(&t, q), 8300);
    q.carrier = CARRIER_TMOBILE;
    assert_int_equal(cost(&t, q), 8300);
    q.carrier = CARRIER_VERIZON;
    assert_int_equal(cost(&t, q), 12800);
    price_free(&t);
}

static void a_country_without_a_price_is_not_free(void **state)
{
    struct price_table t = table(price_default_text());
    struct price_query q = query(CARRIER_FOREIGN, NOVEMBER_2026);
    int64_t micros = 7;
    (void)state;
    memcpy(q.country, "DE", 3);
    assert_int_equal(price_message(&t, &q, &micros), ERR_NOT_FOUND);
    assert_int_equal(micros, 0);
    price_free(&t);
}

static void fees_are_found_by_name(void **state)
{
    struct price_table t = table(price_default_text());
    int64_t micros;
    (void)state;
    assert_int_equal(price_fee(&t, STR("brand_standard"), NOVEMBER_2026, &micros), ERR_OK);
    assert_int_equal(micros, 46000000);
    assert_int_equal(price_fee(&t, STR("number_month_local"), NOVEMBER_2026, &micros), ERR_OK);
    assert_int_equal(micros, 1150000);
    assert_int_equal(price_fee(&t, STR("free_lunch"), NOVEMBER_2026, &micros), ERR_NOT_FOUND);
    assert_int_equal(micros, 0);
    price_free(&t);
}

#define HEADER "from\titem\tcountry\tsender\tprogram\tdirection\tcarrier\tusd\tnote\n"
#define BASE "2026-01-01\tbase\tUS\t*\t*\t*\t*\t0.01\t\n"

static void the_row_with_the_most_named_columns_wins_then_the_latest(void **state)
{
    struct price_table t = table(STR(HEADER "2020-01-01\tbase\t*\t*\t*\t*\t*\t0.09\n"
                                            "2020-01-01\tbase\tUS\t*\t*\t*\t*\t0.01\n"
                                            "2021-01-01\tbase\tUS\t*\t*\t*\t*\t0.02\n"
                                            "2020-01-01\tbase\tUS\ttoll_free\t*\t*\t*\t0.03\n"
                                            "2030-01-01\tbase\tUS\tlong_code\t*\tout\t*\t0.5\n"));
    struct price_query q = query(CARRIER_ATT, NOVEMBER_2026);
    (void)state;
    assert_int_equal(cost(&t, q), 20000);
    q.sender = SENDER_TOLL_FREE;
    assert_int_equal(cost(&t, q), 30000);
    memcpy(q.country, "FR", 3);
    assert_int_equal(cost(&t, q), 90000);
    q = query(CARRIER_ATT, 1900000000000); /* 2030-03-17 */
    assert_int_equal(cost(&t, q), 500000);
    price_free(&t);
}

static void an_unknown_carrier_costs_the_dearest_where_the_table_does_not_say(void **state)
{
    struct price_table t = table(STR(HEADER BASE "2026-01-01\tsurcharge\tUS\t*\t*\t*\tatt\t0.001\n"
                                                 "2026-01-01\tsurcharge\tUS\t*\t*\t*\tuscc\t0.007\n"
                                                 "2026-01-01\tsurcharge\tUS\t*\t*\t*\t*\t0.002\n"));
    (void)state;
    assert_int_equal(cost(&t, query(CARRIER_UNKNOWN, NOVEMBER_2026)), 17000);
    assert_int_equal(cost(&t, query(CARRIER_VERIZON, NOVEMBER_2026)), 12000);
    price_free(&t);
}

static void comments_blank_lines_marks_and_crlf_are_fine(void **state)
{
    struct price_table t = table(STR("\xef\xbb\xbf# mine\r\n\r\n"
                                     "from\titem\tcountry\tsender\tprogram\tdirection\tcarrier\tusd\r\n"
                                     " 2026-01-01 \tbase\tUS\t*\t*\t*\t*\t 0.01 \r\n# end"));
    (void)state;
    assert_int_equal(t.count, 1);
    assert_int_equal(cost(&t, query(CARRIER_ATT, NOVEMBER_2026)), 10000);
    price_free(&t);
}

static void expect_refusal(const char *text, const char *part_of_fault)
{
    struct price_table t;
    struct fault fault = {.what = ""};
    assert_int_equal(price_parse(str_from(text), &t, &fault), ERR_INVALID);
    assert_null(t.rows);
    assert_int_equal(t.count, 0);
    if (strstr(fault.what, part_of_fault) == NULL) fail_msg("%s", fault.what);
}

static void errors_name_line_column_and_value(void **state)
{
    (void)state;
    expect_refusal("", "no rows");
    expect_refusal(HEADER, "no rows");
    expect_refusal("# x\ndate\titem\n", "line 2: column 1 must be called from");
    expect_refusal("from\titem\tcountry\n", "line 1: column 4 must be called sender");
    expect_refusal(HEADER "2026-01-01\tbase\tUS\n", "line 2: there are fewer columns");
    expect_refusal(HEADER BASE "2026-01-01\tbase\tUS\t*\t*\t*\t*\t1\tx\ty\n",
                   "line 3: there are more columns");
    expect_refusal(HEADER "2026-02-29\tbase\tUS\t*\t*\t*\t*\t1\n", "line 2, column from: \"2026-02-29\"");
    expect_refusal(HEADER "26-01-01\tbase\tUS\t*\t*\t*\t*\t1\n", "column from");
    expect_refusal(HEADER "2026-01-01\tBase\tUS\t*\t*\t*\t*\t1\n", "column item: \"Base\"");
    expect_refusal(HEADER "2026-01-01\tbase\tusa\t*\t*\t*\t*\t1\n", "column country: \"usa\"");
    expect_refusal(HEADER "2026-01-01\tbase\tUS\tfax\t*\t*\t*\t1\n", "column sender: \"fax\"");
    expect_refusal(HEADER "2026-01-01\tbase\tUS\t*\tmixed\t*\t*\t1\n", "column program: \"mixed\"");
    expect_refusal(HEADER "2026-01-01\tbase\tUS\t*\t*\tup\t*\t1\n", "column direction: \"up\"");
    expect_refusal(HEADER "2026-01-01\tbase\tUS\t*\t*\t*\tAT&T\t1\n", "column carrier: \"AT&T\"");
    expect_refusal(HEADER "2026-01-01\tbase\tUS\t*\t*\t*\tany\t1\n", "column carrier: \"any\"");
    expect_refusal(HEADER "2026-01-01\tbase\tUS\t*\t*\t*\t*\t$1\n", "column usd: \"$1\"");
    expect_refusal(HEADER "2026-01-01\tbase\tUS\t*\t*\t*\t*\t-1\n", "column usd");
    expect_refusal(HEADER "2026-01-01\tbase\tUS\t*\t*\t*\t*\t1.\n", "column usd");
    expect_refusal(HEADER "2026-01-01\tbase\tUS\t*\t*\t*\t*\t0.0000001\n", "column usd");
    expect_refusal(HEADER "2026-01-01\tbase\tUS\t*\t*\t*\t*\t1000001\n", "column usd");
    expect_refusal(HEADER BASE BASE, "line 3: the same row stands in line 2");
    expect_refusal("caf\xe9", "not UTF-8 at byte 4");
}

static void too_many_rows_are_refused(void **state)
{
    struct price_table t;
    struct buf text;
    (void)state;
    buf_init(&text, 1 << 20);
    buf_add_text(&text, HEADER);
    for (int i = 0; i <= PRICE_ROWS_MAX; i++)
        buf_addf(&text, "2026-01-01\tfee_%d\tUS\t*\t*\t*\t*\t1\n", i);
    assert_int_equal(price_parse(buf_str(&text), &t, NULL), ERR_LIMIT);
    assert_null(t.rows);
    buf_free(&text);
}

static void six_decimals_are_exact(void **state)
{
    struct price_table t = table(STR(HEADER "2000-02-29\tbase\tUS\t*\t*\t*\t*\t12.000001\n"));
    (void)state;
    assert_int_equal(cost(&t, query(CARRIER_ATT, NOVEMBER_2026)), 12000001);
    price_free(&t);
}

static void every_part_of_a_row_is_checked(void **state)
{
    static const char *const dates[] = {"2026/01-01", "2026-01/01", "x026-01-01", "2026-x1-01", "2026-01-0x",
                                        "1969-12-31", "2026-00-01", "2026-13-01", "2026-01-00", "2026-04-31",
                                        "2100-02-29", "2026-1-1"};
    static const char *const items[] = {"", "a-b", "a{", "0`", "a/", "b:",
                                        "an_item_name_longer_than_any_table_has_place_for"};
    static const char *const countries[] = {"U", "us", "U1", "1S", "[S", "U[", "USA", "@@", "A@"};
    static const char *const dollars[] = {"x", "1.", "1.x", "1.1234567", "", "1000001"};
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        (void)snprintf(text, sizeof text, HEADER "%s\tbase\tUS\t*\t*\t*\t*\t1\n", dates[i]);
        expect_refusal(text, "column from");
    }
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        (void)snprintf(text, sizeof text, HEADER "2026-01-01\t%s\tUS\t*\t*\t*\t*\t1\n", items[i]);
        expect_refusal(text, "column item");
    }
    for (size_t i = 0; i < sizeof countries / sizeof *countries; i++) {
        (void)snprintf(text, sizeof text, HEADER "2026-01-01\tbase\t%s\t*\t*\t*\t*\t1\n", countries[i]);
        expect_refusal(text, "column country");
    }
    for (size_t i = 0; i < sizeof dollars / sizeof *dollars; i++) {
        (void)snprintf(text, sizeof text, HEADER "2026-01-01\tbase\tUS\t*\t*\t*\t*\t%s\n", dollars[i]);
        expect_refusal(text, "column usd");
    }
}

static void leap_days_and_names_with_digits_are_read(void **state)
{
    struct price_table t = table(STR(HEADER "2000-02-29\tfee_2\tUS\t*\t*\t*\t*\t1\n"
                                            "2024-02-29\tbase\tUS\t*\t*\t*\t*\t1\n"));
    int64_t micros = -1;
    (void)state;
    assert_int_equal(price_fee(&t, STR("fee_2"), MAY_2026, &micros), ERR_OK);
    assert_int_equal(micros, 1000000);
    assert_int_equal(price_fee(&t, STR("a_fee_whose_name_is_longer_than_any_table_has_place_for"), MAY_2026, &micros),
                     ERR_NOT_FOUND);
    assert_int_equal(micros, 0);
    price_free(&t);
}

static void an_unknown_carrier_is_priced_by_its_own_row_or_the_dearest_named_one(void **state)
{
    struct price_table own = table(STR(HEADER "2026-01-01\tbase\tUS\t*\t*\t*\t*\t1\n"
                                       "2026-01-01\tsurcharge\tUS\t*\t*\t*\tunknown\t0.5\n"
                                       "2026-01-01\tsurcharge\tUS\t*\t*\t*\tatt\t2\n"));
    struct price_table named = table(STR(HEADER "2026-01-01\tbase\tUS\t*\t*\t*\t*\t1\n"
                                         "2026-01-01\tsurcharge\tUS\t*\t*\t*\tatt\t2\n"
                                         "2026-01-01\tsurcharge\tUS\t*\t*\t*\tverizon\t1\n"));
    struct price_table none = table(STR(HEADER "2026-01-01\tbase\tUS\t*\t*\t*\t*\t1\n"));
    (void)state;
    assert_int_equal(cost(&own, query(CARRIER_UNKNOWN, MAY_2026)), 1500000);
    assert_int_equal(cost(&named, query(CARRIER_UNKNOWN, MAY_2026)), 3000000);
    assert_int_equal(cost(&none, query(CARRIER_UNKNOWN, MAY_2026)), 1000000);
    price_free(&own);
    price_free(&named);
    price_free(&none);
}

static void a_table_over_the_bound_is_refused_before_it_is_read(void **state)
{
    struct price_table t;
    struct fault fault = {.what = ""};
    (void)state;
    assert_int_equal(price_parse((struct str){"x", PRICE_TEXT_BYTES_MAX + 1}, &t, &fault), ERR_LIMIT);
    assert_non_null(strstr(fault.what, "larger"));
}

static void rows_that_differ_in_one_column_are_not_the_same(void **state)
{
    struct price_table t = table(STR(HEADER "2026-01-01\tbase\tUS\t*\t*\t*\t*\t1\n"
                                     "2026-01-02\tbase\tUS\t*\t*\t*\t*\t1\n"
                                     "2026-01-01\tbase\tUS\tshort_code\t*\t*\t*\t1\n"
                                     "2026-01-01\tbase\tUS\t*\tcharity\t*\t*\t1\n"
                                     "2026-01-01\tbase\tUS\t*\t*\tin\t*\t1\n"
                                     "2026-01-01\tbase\tUS\t*\t*\t*\tatt\t1\n"
                                     "2026-01-01\tbase\tCA\t*\t*\t*\t*\t1\n"
                                     "2026-01-01\tother\tUS\t*\t*\t*\t*\t1\n"));
    (void)state;
    assert_int_equal(t.count, 8);
    price_free(&t);
    expect_refusal(HEADER "x\n2026-01-01\tbase\tUS\t*\t*\t*\t*\t1\n", "line 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_table_prices_a_segment_by_carrier),
        cmocka_unit_test(cost_grows_with_segments),
        cmocka_unit_test(a_price_holds_from_its_day),
        cmocka_unit_test(before_all_rows_the_first_one_is_the_estimate),
        cmocka_unit_test(charity_campaigns_pay_no_surcharge_to_att_and_tmobile),
        cmocka_unit_test(a_country_without_a_price_is_not_free),
        cmocka_unit_test(fees_are_found_by_name),
        cmocka_unit_test(the_row_with_the_most_named_columns_wins_then_the_latest),
        cmocka_unit_test(an_unknown_carrier_costs_the_dearest_where_the_table_does_not_say),
        cmocka_unit_test(comments_blank_lines_marks_and_crlf_are_fine),
        cmocka_unit_test(errors_name_line_column_and_value),
        cmocka_unit_test(too_many_rows_are_refused),
        cmocka_unit_test(six_decimals_are_exact),
        cmocka_unit_test(every_part_of_a_row_is_checked),
        cmocka_unit_test(leap_days_and_names_with_digits_are_read),
        cmocka_unit_test(an_unknown_carrier_is_priced_by_its_own_row_or_the_dearest_named_one),
        cmocka_unit_test(a_table_over_the_bound_is_refused_before_it_is_read),
        cmocka_unit_test(rows_that_differ_in_one_column_are_not_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

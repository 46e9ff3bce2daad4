/* a2p_fees: what is expected of a registration's facts, and what was paid. */
#include "rules/a2p_fees.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const int64_t NOVEMBER_2026 = INT64_C(1795000000000);
static struct price_table prices;

static int setup(void **state)
{
    (void)state;
    return price_parse(price_default_text(), &prices, NULL) == ERR_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    price_free(&prices);
    return 0;
}

static struct a2p_fees fees(const struct a2p_facts *facts, enum brand_type kind, struct a2p_paid paid)
{
    struct a2p_fees out;

    a2p_fees(&prices, facts, kind, &paid, NOVEMBER_2026, &out);
    assert_true(out.known);
    return out;
}

static void each_kind_has_its_fees(void **state)
{
    static const struct {
        enum brand_type kind;
        struct a2p_facts facts;
        int64_t once, month; /* cents */
    } rows[] = {
        {BRAND_STANDARD, {.at = {[A2P_USE_CASE] = STR("MARKETING"), [A2P_NUMBERS_TO_BUY] = STR("3")}}, 6100, 1345},
        {BRAND_STANDARD, {.at = {[A2P_USE_CASE] = STR("CHARITY")}}, 6100, 300},
        {BRAND_STANDARD, {.at = {[A2P_USE_CASE] = STR("AGENTS_FRANCHISES")}}, 6100, 3000},
        {BRAND_STANDARD, {.at = {[A2P_USE_CASE] = STR("EMERGENCY")}}, 6100, 500},
        {BRAND_STANDARD, {.at = {[A2P_USE_CASE] = STR("LOW_VOLUME")}}, 6100, 150},
        {BRAND_STANDARD, {.at = {[A2P_SKIP_VETTING] = STR("true")}}, 1950, 1000},
        {BRAND_STANDARD, {.at = {[A2P_COMPANY_TYPE] = STR("public")}}, 7350, 1000},
        {BRAND_LOW_VOLUME, {.at = {[A2P_NUMBERS_TO_BUY] = STR("1")}}, 1950, 265},
        {BRAND_SOLE_PROPRIETOR, {.at = {{NULL, 0}}}, 1950, 200},
        {BRAND_STANDARD, {.at = {[A2P_MOCK] = STR("true"), [A2P_NUMBERS_TO_BUY] = STR("1")}}, 0, 115},
        {BRAND_STANDARD, {.at = {[A2P_NUMBERS_TO_BUY] = STR("many")}}, 6100, 1000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct a2p_fees f = fees(&rows[i].facts, rows[i].kind, (struct a2p_paid){.brands = 0});
        assert_int_equal(f.expected_micros, rows[i].once * 10000);
        assert_int_equal(f.month_micros, rows[i].month * 10000);
        assert_int_equal(f.counted_micros + f.month_counted_micros, 0);
    }
}

static void what_was_done_is_counted(void **state)
{
    struct a2p_facts facts = {.at = {[A2P_USE_CASE] = STR("MIXED"), [A2P_NUMBERS_TO_BUY] = STR("2")}};
    struct a2p_fees f = fees(&facts, BRAND_STANDARD, (struct a2p_paid){.brands = 1, .campaigns = 2, .numbers = 1});

    (void)state;
    assert_int_equal(f.counted_micros, 76000000);
    assert_int_equal(f.expected_micros, 76000000);
    assert_int_equal(f.month_counted_micros, 11150000);
    assert_int_equal(f.month_micros, 12300000);
}

static void a_mock_costs_nothing_but_its_numbers(void **state)
{
    struct a2p_facts facts = {.at = {[A2P_MOCK] = STR("true"), [A2P_COMPANY_TYPE] = STR("public"),
                                     [A2P_NUMBERS_TO_BUY] = STR("999")}};
    struct a2p_fees f = fees(&facts, BRAND_STANDARD, (struct a2p_paid){.brands = 1, .campaigns = 1, .numbers = 2});

    (void)state;
    assert_int_equal(f.expected_micros + f.counted_micros, 0);
    assert_int_equal(f.count, 1); /* more numbers than anybody buys are no wish: the two that there are */
    assert_int_equal(f.month_micros, 2 * 1150000);
}

static void sending_again_costs_by_its_rule(void **state)
{
    struct a2p_facts facts = {.at = {{NULL, 0}}}, mock = {.at = {[A2P_MOCK] = STR("true")}};

    (void)state;
    assert_int_equal(a2p_fee_again(&prices, A2P_RESUBMIT_CAMPAIGN_NEW, BRAND_STANDARD, &facts, NOVEMBER_2026),
                     15000000);
    assert_int_equal(a2p_fee_again(&prices, A2P_RESUBMIT_CAMPAIGN_UPDATE, BRAND_STANDARD, &facts, NOVEMBER_2026), 0);
    assert_int_equal(a2p_fee_again(&prices, A2P_RESUBMIT_BRAND_UPDATE, BRAND_STANDARD, &facts, NOVEMBER_2026), 0);
    assert_int_equal(a2p_fee_again(&prices, A2P_RESUBMIT_CAMPAIGN_NEW, BRAND_NONE, &facts, NOVEMBER_2026), 0);
    assert_int_equal(a2p_fee_again(&prices, A2P_RESUBMIT_CAMPAIGN_NEW, BRAND_STANDARD, &mock, NOVEMBER_2026), 0);
}

static void a_fee_that_is_in_no_table_is_not_free(void **state)
{
    static const char text[] = "from\titem\tcountry\tsender\tprogram\tdirection\tcarrier\tusd\tnote\n"
                               "2026-01-01\tbrand_standard\tUS\t*\t*\t*\t*\t40\t\n";
    struct a2p_facts facts = {.at = {{NULL, 0}}};
    struct a2p_paid nothing = {.brands = 0};
    struct price_table own;
    struct a2p_fees f;

    (void)state;
    assert_int_equal(price_parse(str_from(text), &own, NULL), ERR_OK);
    a2p_fees(&own, &facts, BRAND_STANDARD, &nothing, NOVEMBER_2026, &f);
    assert_false(f.known);
    assert_int_equal(f.expected_micros, 40000000);
    assert_int_equal(f.at[1].micros, -1);
    assert_int_equal(a2p_fee_again(&own, A2P_RESUBMIT_CAMPAIGN_NEW, BRAND_STANDARD, &facts, NOVEMBER_2026), -1);
    price_free(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_fees),
        cmocka_unit_test(what_was_done_is_counted),
        cmocka_unit_test(a_mock_costs_nothing_but_its_numbers),
        cmocka_unit_test(sending_again_costs_by_its_rule),
        cmocka_unit_test(a_fee_that_is_in_no_table_is_not_free),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

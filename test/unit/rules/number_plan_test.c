/* How many numbers a rate wants: the reference's table of tiers, and the bounds of campaigns and businesses. */
#include "rules/number_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct number_plan plan(struct number_plan_ask ask)
{
    struct number_plan p;
    if (ask.number_per_min == 0) ask.number_per_min = 100;
    if (ask.tier_per_min == 0) ask.tier_per_min = 50;
    number_plan_make(&ask, &p);
    return p;
}

static bool says(const struct number_plan *p, const char *what)
{
    for (size_t i = 0; i < p->reasons_count; i++)
        if (strstr(p->reasons[i], what) != NULL) return true;
    return false;
}

static void a_tier_wants_what_its_rate_needs(void **state)
{
    static const struct {
        int tier;
        int64_t per_min, wanted;
    } rows[] = {{1, 50, 1}, {2, 750, 8}, {3, 4500, 45}, {4, 60000, 49}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct number_plan p = plan((struct number_plan_ask){.brand = BRAND_STANDARD, .tier = rows[i].tier,
                                                             .tier_per_min = rows[i].per_min});
        assert_int_equal(p.wanted, rows[i].wanted);
        assert_int_equal(p.to_buy, rows[i].wanted);
        assert_int_equal(says(&p, "number pool"), rows[i].tier == 4);
    }
}

static void what_it_has_is_not_bought_again(void **state)
{
    struct number_plan_ask ask = {.brand = BRAND_STANDARD, .tier = 2, .tier_per_min = 750, .have = 5};
    struct number_plan p;
    (void)state;
    assert_int_equal(plan(ask).to_buy, 3);
    ask.absent = 2; /* told, and not counted */
    p = plan(ask);
    assert_int_equal(p.to_buy, 3);
    assert_true(says(&p, "2 sender(s) more do not count"));
    ask.have = 20;
    assert_int_equal(plan(ask).to_buy, 0);
}

static void a_rate_is_met_but_not_beyond_the_tier(void **state)
{
    struct number_plan_ask ask = {.brand = BRAND_STANDARD, .tier = 2, .tier_per_min = 750, .rate_per_min = 201};
    struct number_plan p = plan(ask);
    (void)state;
    assert_true(p.wanted == 3 && p.rate_per_min == 201 && !says(&p, "score must rise"));
    ask.rate_per_min = 5000;
    p = plan(ask);
    assert_true(p.wanted == 8 && p.rate_per_min == 750 && says(&p, "score must rise"));
}

static void a_sole_proprietor_has_one(void **state)
{
    struct number_plan p = plan((struct number_plan_ask){.brand = BRAND_SOLE_PROPRIETOR, .tier = 1,
                                                         .tier_per_min = 500});
    (void)state;
    assert_true(p.wanted == 1 && says(&p, "sole proprietor"));
}

static void toll_free_numbers_follow_their_own_rate(void **state)
{
    struct number_plan_ask ask = {.toll_free = true, .tier = 1, .number_per_min = 180};
    struct number_plan p = plan(ask);
    (void)state;
    assert_int_equal(p.wanted, 1);
    ask.rate_per_min = 181;
    assert_int_equal(plan(ask).wanted, 2);
    ask.rate_per_min = 5000;
    p = plan(ask);
    assert_true(p.wanted == NUMBERS_TOLL_FREE_MAX && says(&p, "justification"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tier_wants_what_its_rate_needs),
        cmocka_unit_test(what_it_has_is_not_bought_again),
        cmocka_unit_test(a_rate_is_met_but_not_beyond_the_tier),
        cmocka_unit_test(a_sole_proprietor_has_one),
        cmocka_unit_test(toll_free_numbers_follow_their_own_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

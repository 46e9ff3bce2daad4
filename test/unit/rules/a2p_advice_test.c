/* a2p_advice: the use case that fits and passes soonest, and what a score is worth. */
#include "rules/a2p_advice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct a2p_advice advice(const char *description, const char *sample, enum brand_type kind, int64_t per_day)
{
    struct a2p_facts facts = {.at = {[A2P_DESCRIPTION] = str_from(description), [A2P_SAMPLE1] = str_from(sample)}};
    struct a2p_advice out;

    a2p_advise(&facts, kind, per_day, &out);
    return out;
}

static void one_purpose_has_its_use_case(void **state)
{
    struct a2p_advice a = advice("Acme sends a one-time passcode to its users.", "Your code is 1", BRAND_STANDARD, 0);

    (void)state;
    assert_int_equal(a.best, USE_CASE_2FA);
    assert_int_equal(a.count, 1);
    assert_int_equal(a.candidates[0].hits, 2);
    assert_int_equal(advice("Weekly offers for customers.", "20% off", BRAND_STANDARD, 0).best, USE_CASE_MARKETING);
}

static void several_purposes_are_mixed_likeliest_first(void **state)
{
    struct a2p_advice a = advice("Reminders of appointments, and offers.", "Your appointment is at 9", BRAND_STANDARD,
                                 0);

    (void)state;
    assert_int_equal(a.best, USE_CASE_MIXED);
    assert_int_equal(a.count, 2);
    assert_int_equal(a.candidates[0].use_case, USE_CASE_ACCOUNT_NOTIFICATION);
    assert_int_equal(a.candidates[1].use_case, USE_CASE_MARKETING);
    assert_int_equal(advice("", "", BRAND_STANDARD, 0).best, USE_CASE_MIXED);
}

static void few_texts_go_by_low_volume(void **state)
{
    (void)state;
    assert_int_equal(advice("Weekly offers.", "", BRAND_STANDARD, 500).best, USE_CASE_LOW_VOLUME);
    assert_int_equal(advice("Weekly offers.", "", BRAND_STANDARD, 5000).best, USE_CASE_MARKETING);
    assert_int_equal(advice("Weekly offers.", "", BRAND_LOW_VOLUME, 0).best, USE_CASE_LOW_VOLUME);
    assert_int_equal(advice("Weekly offers.", "", BRAND_SOLE_PROPRIETOR, 0).best, USE_CASE_SOLE_PROPRIETOR);
}

static void many_purposes_are_cut_to_the_likeliest(void **state)
{
    struct a2p_advice a = advice("passcode, delivery, fraud, appointment, support, survey, offers", "20% off sale",
                                 BRAND_STANDARD, 0);

    (void)state;
    assert_int_equal(a.count, A2P_CANDIDATES_MAX);
    assert_int_equal(a.candidates[0].use_case, USE_CASE_MARKETING);
}

/* Compliance section 4.2. */
static void a_score_is_worth_its_limits(void **state)
{
    struct a2p_raise none = a2p_limits_with(BRAND_STANDARD, USE_CASE_MARKETING, -1);
    struct a2p_raise high = a2p_limits_with(BRAND_STANDARD, USE_CASE_MARKETING, 80);

    (void)state;
    assert_int_equal(none.tier, TIER_T1);
    assert_int_equal(none.tmobile_per_day, 2000);
    assert_int_equal(high.tier, TIER_T4);
    assert_int_equal(high.tmobile_per_day, 200000);
    assert_int_equal(high.att_per_minute, 4500);
    assert_int_equal(a2p_limits_with(BRAND_STANDARD, USE_CASE_MIXED, 30).tmobile_per_day, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_purpose_has_its_use_case),
        cmocka_unit_test(several_purposes_are_mixed_likeliest_first),
        cmocka_unit_test(few_texts_go_by_low_volume),
        cmocka_unit_test(many_purposes_are_cut_to_the_likeliest),
        cmocka_unit_test(a_score_is_worth_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

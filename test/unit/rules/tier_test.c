/* What may be sent in how long: the user's figures and the carriers', side by side. */
#include "rules/tier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = 1000, MINUTE = 60000, DAY = 86400000 };

struct listed {
    struct limit_rule rules[TIER_RULES_MAX];
    size_t count;
};

static struct listed list_with(struct tier_subject subject, const struct tier_figures *figures)
{
    struct listed l;
    l.count = tier_limits(&subject, figures, l.rules);
    assert_true(l.count <= TIER_RULES_MAX);
    return l;
}

static struct listed list(struct tier_subject subject)
{
    struct tier_figures figures;
    tier_figures_init(&figures);
    return list_with(subject, &figures);
}

/* The amount of the rule of that scope, carrier, window and unit; 0 if there is none. Two are a mistake. */
static int64_t amount(const struct listed *l, enum limit_scope scope, enum carrier carrier, int64_t window_ms,
                      enum limit_unit unit)
{
    int64_t found = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct limit_rule *r = &l->rules[i];
        if (r->scope != scope || r->carrier != carrier) continue;
        if (r->window_ms != window_ms || r->unit != unit) continue;
        assert_int_equal(found, 0);
        found = r->amount;
    }
    return found;
}

static int64_t program(const struct listed *l, enum carrier carrier, int64_t window_ms)
{
    return amount(l, LIMIT_PROGRAM_CARRIER, carrier, window_ms, LIMIT_SEGMENTS);
}

static int64_t tmobile_day(const struct listed *l)
{
    return amount(l, LIMIT_BRAND_CARRIER, CARRIER_TMOBILE, LIMIT_PACIFIC_DAY, LIMIT_SEGMENTS);
}

static struct tier_subject standard(int32_t score)
{
    return (struct tier_subject){
        .brand = BRAND_STANDARD, .trust_score = score, .use_case = USE_CASE_MARKETING,
        .sender = SENDER_LONG_CODE};
}

static void the_score_gives_the_tier(void **state)
{
    (void)state;
    assert_int_equal(tier_of(BRAND_STANDARD, -1), TIER_T1);
    assert_int_equal(tier_of(BRAND_STANDARD, 0), TIER_T1);
    assert_int_equal(tier_of(BRAND_STANDARD, 24), TIER_T1);
    assert_int_equal(tier_of(BRAND_STANDARD, 25), TIER_T2);
    assert_int_equal(tier_of(BRAND_STANDARD, 49), TIER_T2);
    assert_int_equal(tier_of(BRAND_STANDARD, 50), TIER_T3);
    assert_int_equal(tier_of(BRAND_STANDARD, 74), TIER_T3);
    assert_int_equal(tier_of(BRAND_STANDARD, 75), TIER_T4);
    assert_int_equal(tier_of(BRAND_STANDARD, 100), TIER_T4);
    assert_int_equal(tier_of(BRAND_LOW_VOLUME, 80), TIER_T1);
    assert_int_equal(tier_of(BRAND_SOLE_PROPRIETOR, 80), TIER_T1);
    assert_int_equal(tier_of(BRAND_NONE, 80), TIER_T1);
}

static void the_users_figures_are_the_defaults(void **state)
{
    static const struct {
        int32_t score;
        int64_t per_minute;
    } TIERS[] = {{-1, 50}, {10, 50}, {30, 750}, {60, 4500}, {80, 60000}};
    struct listed l;
    (void)state;
    for (size_t i = 0; i < sizeof TIERS / sizeof TIERS[0]; i++) {
        l = list(standard(TIERS[i].score));
        assert_int_equal(amount(&l, LIMIT_BRAND, CARRIER_ANY, MINUTE, LIMIT_MESSAGES), TIERS[i].per_minute);
        assert_int_equal(amount(&l, LIMIT_SENDER, CARRIER_ANY, SECOND, LIMIT_MESSAGES), 10);
        assert_int_equal(amount(&l, LIMIT_SENDER, CARRIER_ANY, MINUTE, LIMIT_MESSAGES), 100);
        assert_int_equal(amount(&l, LIMIT_ACCOUNT, CARRIER_ANY, SECOND, LIMIT_MESSAGES), 2000);
        assert_int_equal(amount(&l, LIMIT_ORG, CARRIER_ANY, SECOND, LIMIT_MESSAGES), 0);
    }
}

/* Compliance section 4.2, the table by score. */
static void a_standard_brand_gets_its_carriers_figures_by_score(void **state)
{
    static const struct {
        int32_t score;
        int64_t att_minute, tmobile_day, per_second;
    } ROWS[] = {{100, 4500, 200000, 75}, {75, 4500, 200000, 75}, {74, 2400, 40000, 40}, {50, 2400, 40000, 40},
                {49, 240, 10000, 4},     {25, 240, 10000, 4},    {24, 240, 2000, 4},    {1, 240, 2000, 4},
                {0, 240, 2000, 4},       {-1, 240, 2000, 4}};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct listed l = list(standard(ROWS[i].score));
        assert_int_equal(program(&l, CARRIER_ATT, MINUTE), ROWS[i].att_minute);
        assert_int_equal(tmobile_day(&l), ROWS[i].tmobile_day);
        assert_int_equal(program(&l, CARRIER_ATT, SECOND), ROWS[i].per_second);
        assert_int_equal(program(&l, CARRIER_TMOBILE, SECOND), ROWS[i].per_second);
        assert_int_equal(program(&l, CARRIER_VERIZON, SECOND), ROWS[i].per_second);
    }
}

static void us_cellular_follows_up_to_its_own_and_small_carriers_take_one_a_second(void **state)
{
    struct listed l = list(standard(80));
    unsigned rules = 0, highest = 0;
    (void)state;
    for (size_t i = 0; i < l.count; i++) {
        if (l.rules[i].carrier != CARRIER_USCC) continue;
        rules++;
        if (l.rules[i].amount > highest) highest = (unsigned)l.rules[i].amount;
    }
    assert_int_equal(rules, 2);
    assert_int_equal(highest, 75);
    assert_int_equal(amount(&l, LIMIT_SENDER_CARRIER, CARRIER_OTHER_US, SECOND, LIMIT_SEGMENTS), 1);
    assert_int_equal(amount(&l, LIMIT_SENDER_CARRIER, CARRIER_CANADA, SECOND, LIMIT_SEGMENTS), 1);
    assert_int_equal(amount(&l, LIMIT_SENDER_CARRIER, CARRIER_FOREIGN, SECOND, LIMIT_SEGMENTS), 10);
}

static void a_low_volume_campaign_has_its_own_class_whatever_the_brand(void **state)
{
    struct tier_subject s = standard(80);
    struct listed l;
    (void)state;
    s.use_case = USE_CASE_LOW_VOLUME;
    l = list(s);
    assert_int_equal(program(&l, CARRIER_ATT, MINUTE), 75);
    assert_int_equal(program(&l, CARRIER_TMOBILE, 4 * SECOND), 5);
    assert_int_equal(tmobile_day(&l), 200000);
    s.brand = BRAND_LOW_VOLUME;
    l = list(s);
    assert_int_equal(tmobile_day(&l), 2000);
    assert_int_equal(amount(&l, LIMIT_BRAND, CARRIER_ANY, MINUTE, LIMIT_MESSAGES), 50);
}

static void a_low_volume_brand_has_the_lowest_rows(void **state)
{
    struct tier_subject s = standard(-1);
    struct listed l;
    (void)state;
    s.brand = BRAND_LOW_VOLUME;
    l = list(s);
    assert_int_equal(program(&l, CARRIER_ATT, MINUTE), 240);
    assert_int_equal(program(&l, CARRIER_VERIZON, SECOND), 4);
    assert_int_equal(tmobile_day(&l), 2000);
}

static void a_sole_proprietor_has_fifteen_a_minute_at_att(void **state)
{
    struct tier_subject s = {.brand = BRAND_SOLE_PROPRIETOR, .trust_score = -1,
                             .use_case = USE_CASE_SOLE_PROPRIETOR, .sender = SENDER_LONG_CODE};
    struct listed l = list(s);
    (void)state;
    assert_int_equal(program(&l, CARRIER_ATT, MINUTE), 15);
    assert_int_equal(program(&l, CARRIER_ATT, 4 * SECOND), 1);
    assert_int_equal(amount(&l, LIMIT_SENDER_CARRIER, CARRIER_TMOBILE, SECOND, LIMIT_SEGMENTS), 1);
    assert_int_equal(amount(&l, LIMIT_SENDER_CARRIER, CARRIER_VERIZON, SECOND, LIMIT_SEGMENTS), 1);
    assert_int_equal(amount(&l, LIMIT_SENDER_CARRIER, CARRIER_USCC, SECOND, LIMIT_SEGMENTS), 1);
    assert_int_equal(tmobile_day(&l), 1000);
}

static void special_use_cases_have_special_classes_at_att(void **state)
{
    static const struct {
        enum use_case use_case;
        enum limit_scope scope;
        int64_t amount;
    } CASES[] = {
        {USE_CASE_POLITICAL, LIMIT_PROGRAM_CARRIER, 4500},
        {USE_CASE_CHARITY, LIMIT_PROGRAM_CARRIER, 2400},
        {USE_CASE_SOCIAL, LIMIT_PROGRAM_CARRIER, 9000},
        {USE_CASE_EMERGENCY, LIMIT_PROGRAM_CARRIER, 4500},
        {USE_CASE_PROXY, LIMIT_SENDER_CARRIER, 60},
        {USE_CASE_AGENTS_FRANCHISES, LIMIT_SENDER_CARRIER, 60},
        {USE_CASE_2FA, LIMIT_PROGRAM_CARRIER, 2400},
        {USE_CASE_UNKNOWN, LIMIT_PROGRAM_CARRIER, 2400},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct tier_subject s = standard(60);
        struct listed l;
        s.use_case = CASES[i].use_case;
        l = list(s);
        assert_int_equal(amount(&l, CASES[i].scope, CARRIER_ATT, MINUTE, LIMIT_SEGMENTS), CASES[i].amount);
        assert_int_equal(program(&l, CARRIER_ATT, SECOND), 40);
    }
}

static void russell_companies_start_high_and_governments_are_not_capped(void **state)
{
    struct tier_subject s = standard(-1);
    struct listed l;
    (void)state;
    s.russell_3000 = true;
    l = list(s);
    assert_int_equal(tmobile_day(&l), 200000);
    s.russell_3000 = false;
    s.government = true;
    l = list(s);
    assert_int_equal(tmobile_day(&l), 0);
}

static void other_senders_have_no_registered_limits(void **state)
{
    static const struct {
        enum sender_kind sender;
        int64_t per_second;
    } SENDERS[] = {{SENDER_TOLL_FREE, 3}, {SENDER_SHORT_CODE, 100}, {SENDER_ALPHA, 10}};
    (void)state;
    for (size_t i = 0; i < sizeof SENDERS / sizeof SENDERS[0]; i++) {
        struct tier_subject s = standard(10);
        struct listed l;
        s.sender = SENDERS[i].sender;
        l = list(s);
        assert_int_equal(amount(&l, LIMIT_SENDER, CARRIER_ANY, SECOND, LIMIT_MESSAGES),
                         SENDERS[i].per_second);
        assert_int_equal(amount(&l, LIMIT_BRAND, CARRIER_ANY, MINUTE, LIMIT_MESSAGES), 0);
        for (size_t k = 0; k < l.count; k++) {
            assert_int_not_equal(l.rules[k].scope, LIMIT_PROGRAM_CARRIER);
            assert_int_not_equal(l.rules[k].scope, LIMIT_BRAND_CARRIER);
        }
    }
}

static void twilios_own_sender_limits_count_segments_and_rise_with_the_figure(void **state)
{
    struct tier_figures figures;
    struct tier_subject s = standard(80);
    struct listed l;
    (void)state;
    tier_figures_init(&figures);
    s.sender = SENDER_TOLL_FREE;
    l = list_with(s, &figures);
    assert_int_equal(amount(&l, LIMIT_SENDER, CARRIER_ANY, SECOND, LIMIT_SEGMENTS), 3);
    assert_int_equal(tier_figures_set(&figures, STR("toll_free_per_s"), 25, NULL), ERR_OK);
    l = list_with(s, &figures);
    assert_int_equal(amount(&l, LIMIT_SENDER, CARRIER_ANY, SECOND, LIMIT_SEGMENTS), 25);
    assert_int_equal(amount(&l, LIMIT_SENDER, CARRIER_ANY, SECOND, LIMIT_MESSAGES), 25);
    assert_int_equal(tier_figures_set(&figures, STR("toll_free_per_s"), 1, NULL), ERR_OK);
    l = list_with(s, &figures);
    assert_int_equal(amount(&l, LIMIT_SENDER, CARRIER_ANY, SECOND, LIMIT_SEGMENTS), 3);
    assert_int_equal(amount(&l, LIMIT_SENDER, CARRIER_ANY, SECOND, LIMIT_MESSAGES), 1);
}

static void every_figure_can_be_set(void **state)
{
    struct tier_figures figures;
    struct tier_subject s = standard(80);
    struct listed l;
    (void)state;
    tier_figures_init(&figures);
    assert_int_equal(tier_figures_set(&figures, STR("tier4_per_min"), 1234, NULL), ERR_OK);
    assert_int_equal(tier_figures_set(&figures, STR("long_code_per_s"), 7, NULL), ERR_OK);
    assert_int_equal(tier_figures_set(&figures, STR("long_code_per_min"), 70, NULL), ERR_OK);
    assert_int_equal(tier_figures_set(&figures, STR("tmobile_per_day"), 5000, NULL), ERR_OK);
    assert_int_equal(tier_figures_set(&figures, STR("att_per_min"), 600, NULL), ERR_OK);
    assert_int_equal(tier_figures_set(&figures, STR("org_per_s"), 20, NULL), ERR_OK);
    assert_int_equal(tier_figures_set(&figures, STR("account_per_day"), 9000, NULL), ERR_OK);
    l = list_with(s, &figures);
    assert_int_equal(amount(&l, LIMIT_BRAND, CARRIER_ANY, MINUTE, LIMIT_MESSAGES), 1234);
    assert_int_equal(amount(&l, LIMIT_SENDER, CARRIER_ANY, SECOND, LIMIT_MESSAGES), 7);
    assert_int_equal(amount(&l, LIMIT_SENDER, CARRIER_ANY, MINUTE, LIMIT_MESSAGES), 70);
    assert_int_equal(tmobile_day(&l), 5000);
    assert_int_equal(program(&l, CARRIER_ATT, MINUTE), 600);
    assert_int_equal(amount(&l, LIMIT_ORG, CARRIER_ANY, SECOND, LIMIT_MESSAGES), 20);
    assert_int_equal(amount(&l, LIMIT_ACCOUNT, CARRIER_ANY, DAY, LIMIT_SEGMENTS), 9000);
    s.sender = SENDER_SHORT_CODE;
    assert_int_equal(tier_figures_set(&figures, STR("tier_all_senders"), 1, NULL), ERR_OK);
    l = list_with(s, &figures);
    assert_int_equal(amount(&l, LIMIT_BRAND, CARRIER_ANY, MINUTE, LIMIT_MESSAGES), 1234);
}

static void a_wrong_figure_says_which_is_right(void **state)
{
    struct tier_figures figures;
    struct fault fault;
    (void)state;
    tier_figures_init(&figures);
    assert_int_equal(tier_figures_set(&figures, STR("tier4_per_min"), 0, &fault), ERR_INVALID);
    assert_non_null(strstr(fault.what, "tier4_per_min is 0; give a number from 1 to"));
    assert_int_equal(tier_figures_set(&figures, STR("tier5_per_min"), 1, &fault), ERR_NOT_FOUND);
    assert_int_equal(figures.value[FIGURE_T4_PER_MINUTE], 60000);
    for (unsigned i = 0; i < TIER_FIGURES; i++) {
        const struct tier_figure_info *info = tier_figure_info((enum tier_figure)i);
        assert_true(info->value >= info->min && info->value <= info->max);
        assert_true(strlen(info->help) > 10);
    }
}

static void an_account_without_an_approved_profile_has_a_daily_cap(void **state)
{
    struct tier_subject s = standard(80);
    struct listed l;
    (void)state;
    s.profile_pending = true;
    l = list(s);
    assert_int_equal(amount(&l, LIMIT_ACCOUNT, CARRIER_ANY, DAY, LIMIT_SEGMENTS), 20000);
}

static void lookup_and_verify_have_their_own(void **state)
{
    struct tier_figures figures;
    struct limit_rule rules[2];
    (void)state;
    tier_figures_init(&figures);
    assert_int_equal(tier_request_limits(&figures, rules), 2);
    assert_int_equal(rules[0].scope, LIMIT_LOOKUP);
    assert_int_equal(rules[0].amount, 100);
    assert_int_equal(rules[1].scope, LIMIT_VERIFY);
    assert_int_equal(rules[1].amount, 10);
    assert_int_equal(rules[1].unit, LIMIT_REQUESTS);
}

static void every_rule_is_well_formed_and_says_its_source(void **state)
{
    (void)state;
    for (unsigned brand = BRAND_NONE; brand <= BRAND_SOLE_PROPRIETOR; brand++)
        for (unsigned use_case = 0; use_case < USE_CASES; use_case++)
            for (unsigned sender = SENDER_LONG_CODE; sender <= SENDER_ALPHA; sender++)
                for (int32_t score = -1; score <= 100; score++) {
                    struct listed l = list((struct tier_subject){
                        .brand = (enum brand_type)brand, .trust_score = score,
                        .use_case = (enum use_case)use_case, .sender = (enum sender_kind)sender,
                        .profile_pending = score % 2 == 0});
                    for (size_t i = 0; i < l.count; i++) {
                        assert_true(l.rules[i].amount >= 1);
                        assert_true(l.rules[i].window_ms >= 1 || l.rules[i].window_ms == LIMIT_PACIFIC_DAY);
                        assert_true(strlen(l.rules[i].source) > 10);
                        assert_int_not_equal(l.rules[i].carrier, CARRIER_UNKNOWN);
                    }
                }
}

static void use_case_codes_read_back(void **state)
{
    (void)state;
    for (unsigned i = 1; i < USE_CASES; i++)
        assert_int_equal(use_case_parse(str_from(use_case_code((enum use_case)i))), i);
    assert_int_equal(use_case_parse(STR("marketing")), USE_CASE_MARKETING);
    assert_int_equal(use_case_parse(STR("SOMETHING_NEW")), USE_CASE_UNKNOWN);
    assert_int_equal(use_case_parse(STR("")), USE_CASE_UNKNOWN);
}

static void a_figure_on_its_bounds_is_taken_and_beyond_them_refused(void **state)
{
    struct tier_figures f;
    (void)state;
    tier_figures_init(&f);
    for (unsigned i = 0; i < TIER_FIGURES; i++) {
        const struct tier_figure_info *info = tier_figure_info((enum tier_figure)i);
        assert_int_equal(tier_figures_set(&f, str_from(info->name), info->min, NULL), ERR_OK);
        assert_int_equal(tier_figures_set(&f, str_from(info->name), info->max, NULL), ERR_OK);
        assert_int_equal(tier_figures_set(&f, str_from(info->name), info->min - 1, NULL), ERR_INVALID);
        assert_int_equal(tier_figures_set(&f, str_from(info->name), info->max + 1, NULL), ERR_INVALID);
        assert_int_equal(f.value[i], info->max);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_score_gives_the_tier),
        cmocka_unit_test(the_users_figures_are_the_defaults),
        cmocka_unit_test(a_standard_brand_gets_its_carriers_figures_by_score),
        cmocka_unit_test(us_cellular_follows_up_to_its_own_and_small_carriers_take_one_a_second),
        cmocka_unit_test(a_low_volume_campaign_has_its_own_class_whatever_the_brand),
        cmocka_unit_test(a_low_volume_brand_has_the_lowest_rows),
        cmocka_unit_test(a_sole_proprietor_has_fifteen_a_minute_at_att),
        cmocka_unit_test(special_use_cases_have_special_classes_at_att),
        cmocka_unit_test(russell_companies_start_high_and_governments_are_not_capped),
        cmocka_unit_test(other_senders_have_no_registered_limits),
        cmocka_unit_test(twilios_own_sender_limits_count_segments_and_rise_with_the_figure),
        cmocka_unit_test(every_figure_can_be_set),
        cmocka_unit_test(a_wrong_figure_says_which_is_right),
        cmocka_unit_test(an_account_without_an_approved_profile_has_a_daily_cap),
        cmocka_unit_test(lookup_and_verify_have_their_own),
        cmocka_unit_test(every_rule_is_well_formed_and_says_its_source),
        cmocka_unit_test(use_case_codes_read_back),
        cmocka_unit_test(a_figure_on_its_bounds_is_taken_and_beyond_them_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

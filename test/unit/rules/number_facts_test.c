/* number_facts: what errors and Lookup say of a number, how long it counts, and what stands above it. */
#include "rules/number_facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define DAY INT64_C(86400000)
static const int64_t NOW = INT64_C(1790000000000);
static const struct number_terms TERMS = {.unfit_days = 180, .silent_days = 30};

static enum number_trouble trouble(const struct number_facts *f, int64_t now_ms)
{
    return number_facts_judge(f, &TERMS, now_ms).trouble;
}

static void a_code_tells_what_the_number_is(void **state)
{
    static const struct {
        int32_t code;
        enum number_trouble says;
    } table[] = {{21614, NUMBER_LANDLINE}, {21635, NUMBER_LANDLINE}, {30006, NUMBER_LANDLINE}, {21211, NUMBER_INVALID},
                 {30005, NUMBER_GONE},     {30007, NUMBER_FINE},     {21610, NUMBER_FINE},     {0, NUMBER_FINE}};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct number_facts f = {0};
        assert_int_equal(number_facts_tells(table[i].code), table[i].says != NUMBER_FINE);
        assert_int_equal(number_facts_failed(&f, table[i].code, NOW), table[i].says != NUMBER_FINE);
        assert_int_equal(trouble(&f, NOW), table[i].says);
    }
}

static void what_is_not_known_has_a_name_too(void **state)
{
    (void)state;
    assert_string_equal(line_type_name(LINE_UNKNOWN), "unknown");
    assert_string_equal(line_type_name(LINE_TYPES), "unknown");
    assert_string_equal(number_trouble_name(NUMBER_FINE), "");
    assert_string_equal(number_trouble_name(NUMBER_TROUBLES), "");
    assert_string_equal(number_trouble_name(NUMBER_LANDLINE), "landline");
}

static void it_counts_for_its_days_and_no_longer(void **state)
{
    struct number_facts f = {0};
    struct number_terms never = {0, 0};

    (void)state;
    assert_true(number_facts_failed(&f, 30006, NOW));
    assert_int_equal(trouble(&f, NOW + 180 * DAY - 1), NUMBER_LANDLINE);
    assert_int_equal(trouble(&f, NOW + 180 * DAY), NUMBER_FINE);
    assert_true(number_facts_judge(&f, &TERMS, NOW).until_ms == NOW + 180 * DAY);
    assert_int_equal(number_facts_judge(&f, &never, NOW).trouble, NUMBER_FINE);
}

static void three_misses_within_thirty_days_are_silence(void **state)
{
    struct number_facts f = {0};

    (void)state;
    assert_true(number_facts_failed(&f, 30003, NOW));
    assert_true(number_facts_failed(&f, 30003, NOW + DAY));
    assert_int_equal(trouble(&f, NOW + DAY), NUMBER_FINE);
    assert_true(number_facts_failed(&f, 30003, NOW + 2 * DAY));
    assert_int_equal(trouble(&f, NOW + 2 * DAY), NUMBER_SILENT);
    assert_int_equal(trouble(&f, NOW + 32 * DAY - 1), NUMBER_SILENT);
    assert_int_equal(trouble(&f, NOW + 32 * DAY), NUMBER_FINE);
}

static void misses_far_apart_or_with_a_delivery_between_are_not(void **state)
{
    struct number_facts far = {0}, between = {0};

    (void)state;
    for (int i = 0; i < 5; i++) assert_true(number_facts_failed(&far, 30003, NOW + i * 16 * DAY));
    assert_int_equal(trouble(&far, NOW + 64 * DAY), NUMBER_FINE);
    for (int i = 0; i < 5; i++) {
        assert_true(number_facts_failed(&between, 30003, NOW + i * DAY));
        if (i % 2 == 1) number_facts_reached(&between, NOW + i * DAY + 1);
    }
    assert_int_equal(trouble(&between, NOW + 5 * DAY), NUMBER_FINE);
}

static void who_writes_is_no_landline_whatever_was_said(void **state)
{
    struct number_facts f = {0}, looked_up = {0};

    (void)state;
    assert_true(number_facts_failed(&f, 30006, NOW));
    number_facts_reached(&f, NOW + 1);
    assert_int_equal(trouble(&f, NOW + 1), NUMBER_FINE);
    assert_true(number_facts_failed(&f, 30005, NOW + 2)); /* but what comes after counts again */
    assert_int_equal(trouble(&f, NOW + 2), NUMBER_GONE);
    number_facts_line(&looked_up, LINE_LANDLINE, NOW);
    number_facts_reached(&looked_up, NOW + 1);
    number_facts_line(&looked_up, LINE_LANDLINE, NOW + 2); /* a hosted landline: Lookup says it again */
    assert_int_equal(trouble(&looked_up, NOW + 2), NUMBER_FINE);
}

static void a_lookup_blocks_a_landline_and_frees_what_was_ported(void **state)
{
    struct number_facts f = {0}, later = {0};
    struct number_verdict v;

    (void)state;
    number_facts_line(&f, LINE_LANDLINE, NOW);
    v = number_facts_judge(&f, &TERMS, NOW);
    assert_true(v.trouble == NUMBER_LANDLINE && v.looked_up && v.until_ms == NOW + 180 * DAY);
    number_facts_line(&f, LINE_NON_FIXED_VOIP, NOW + 1);
    assert_int_equal(trouble(&f, NOW + 1), NUMBER_FINE);
    assert_true(number_facts_failed(&f, 30006, NOW + 2));
    assert_int_equal(trouble(&f, NOW + 2), NUMBER_LANDLINE);
    number_facts_line(&f, LINE_MOBILE, NOW + 3);
    assert_int_equal(trouble(&f, NOW + 3), NUMBER_FINE);
    assert_true(number_facts_failed(&later, 30006, NOW + 9));
    number_facts_line(&later, LINE_MOBILE, NOW); /* an older answer of Lookup's */
    assert_int_equal(trouble(&later, NOW + 9), NUMBER_LANDLINE);
    assert_true(number_facts_failed(&f, 30005, NOW + 4));
    number_facts_line(&f, LINE_MOBILE, NOW + 5); /* a mobile line may be out of service */
    assert_int_equal(trouble(&f, NOW + 5), NUMBER_GONE);
}

static void a_line_has_twilios_name(void **state)
{
    (void)state;
    for (int t = LINE_UNKNOWN; t < LINE_TYPES; t++)
        assert_int_equal(line_type_parse(str_from(line_type_name((enum line_type)t))), t);
    assert_int_equal(line_type_parse(STR("nonFixedVoip")), LINE_NON_FIXED_VOIP);
    assert_int_equal(line_type_parse(STR("")), LINE_UNKNOWN);
    assert_string_equal(number_trouble_name(NUMBER_GONE), "out_of_service");
    assert_string_equal(number_trouble_name(NUMBER_FINE), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_tells_what_the_number_is),
        cmocka_unit_test(what_is_not_known_has_a_name_too),
        cmocka_unit_test(it_counts_for_its_days_and_no_longer),
        cmocka_unit_test(three_misses_within_thirty_days_are_silence),
        cmocka_unit_test(misses_far_apart_or_with_a_delivery_between_are_not),
        cmocka_unit_test(who_writes_is_no_landline_whatever_was_said),
        cmocka_unit_test(a_lookup_blocks_a_landline_and_frees_what_was_ported),
        cmocka_unit_test(a_line_has_twilios_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

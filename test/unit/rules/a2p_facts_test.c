/* a2p_facts: the table is whole, names lead back, facts survive the way to text and back. */
#include "rules/a2p_facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { ARENA_BYTES = 1 << 20 };

static void every_field_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < A2P_FIELDS; i++) {
        const struct a2p_field_info *info = a2p_field_info((enum a2p_field)i);
        enum a2p_field back;
        assert_non_null(info->name);
        assert_int_equal(a2p_field_named(str_from(info->name), &back), ERR_OK);
        assert_int_equal(back, i);
        assert_true(info->bytes_max > 0 && info->help[0] != '\0');
        assert_int_equal(info->required & ~info->allowed, 0);
    }
}

static void a_name_is_taken_as_a_person_writes_it(void **state)
{
    enum a2p_field field;

    (void)state;
    assert_int_equal(a2p_field_named(STR("Legal-Name"), &field), ERR_OK);
    assert_int_equal(field, A2P_LEGAL_NAME);
    assert_int_equal(a2p_field_named(STR("legal_nam"), &field), ERR_NOT_FOUND);
    assert_int_equal(a2p_field_named(STR("legal_names"), &field), ERR_NOT_FOUND);
    assert_int_equal(a2p_field_named(STR(""), &field), ERR_NOT_FOUND);
}

static void facts_come_back_as_they_were_written(void **state)
{
    struct a2p_facts facts = {.at = {[A2P_LEGAL_NAME] = STR("Zo\xc3\xab's \"Shop\"\nInc."),
                                     [A2P_SAMPLE1] = STR("20% off"), [A2P_MOCK] = STR("true")}};
    struct a2p_facts back;
    struct arena a;
    struct buf out;
    struct fault f = {0};

    (void)state;
    arena_init(&a, ARENA_BYTES);
    buf_init(&out, ARENA_BYTES);
    a2p_facts_write(&facts, &out);
    assert_int_equal(a2p_facts_read(buf_str(&out), &a, &back, &f), ERR_OK);
    for (size_t i = 0; i < A2P_FIELDS; i++) assert_true(str_equal(facts.at[i], back.at[i]));
    assert_true(a2p_fact_is_true(&back, A2P_MOCK));
    assert_int_equal(a2p_field_info(A2P_SAMPLE1)->part, A2P_PART_CAMPAIGN);
    assert_int_equal(a2p_field_info(A2P_CITY)->part, A2P_PART_ADDRESS);
    buf_free(&out);
    arena_reset(&a);
}

static void what_is_no_form_is_refused_by_name(void **state)
{
    static const struct { const char *json, *says; } bad[] = {
        {"{\"legal_nom\":\"A\"}", "legal_nom"}, {"{\"legal_name\":7}", "legal_name must be a text"},
        {"[]", "no JSON object"}, {"{\"legal_name\":\"A\"", "no JSON object"}, {"", "no JSON object"}};
    struct arena a;

    (void)state;
    arena_init(&a, ARENA_BYTES);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct a2p_facts out;
        struct fault f = {0};
        assert_int_equal(a2p_facts_read(str_from(bad[i].json), &a, &out, &f), ERR_INVALID);
        assert_non_null(strstr(f.what, bad[i].says));
    }
    arena_reset(&a);
}

static void more_than_fits_is_refused(void **state)
{
    char json[512] = "{\"legal_name\":\"", *end = json + strlen(json);
    struct a2p_facts out;
    struct fault f = {0};
    struct arena a;

    (void)state;
    memset(end, 'A', 300);
    strcpy(end + 300, "\\n\"}");
    arena_init(&a, 64);
    assert_int_equal(a2p_facts_read(str_from(json), &a, &out, &f), ERR_FULL);
    arena_reset(&a);
    assert_int_equal(a2p_bit(BRAND_NONE), 0); /* a registration of no kind has no field */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_has_a_name_of_its_own),
        cmocka_unit_test(a_name_is_taken_as_a_person_writes_it),
        cmocka_unit_test(facts_come_back_as_they_were_written),
        cmocka_unit_test(more_than_fits_is_refused),
        cmocka_unit_test(what_is_no_form_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

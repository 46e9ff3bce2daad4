/* site_entity: which references stand for which characters, and what of a character is kept. */
#include "rules/site_entity.h"

#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { REPLACEMENT = 0xFFFD };

static void references_stand_for_characters(void **state)
{
    static const struct {
        const char *text; /* behind '&' */
        uint32_t point;
        size_t taken;
    } table[] = {
        {"amp;x", '&', 4},        {"Eacute;", 0xC9, 7},     {"eacute;", 0xE9, 7},         {"thinsp;", 0x2009, 7},
        {"#65;", 'A', 4},         {"#65x", 'A', 3},         {"#x41;", 'A', 5},            {"#X41;", 'A', 5},
        {"#xe9;", 0xE9, 5},       {"#xE9;", 0xE9, 5},       {"#xfg;", 0xF, 3},            {"#xFG;", 0xF, 3},
        {"#xD7FF;", 0xD7FF, 7},   {"#xE000;", 0xE000, 7},   {"#x10FFFF;", 0x10FFFF, 9},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct cursor c = cursor_over(str_from(table[i].text));
        assert_int_equal(site_entity_take(&c), table[i].point);
        assert_int_equal(c.at, table[i].taken);
    }
}

static void a_number_of_no_character_is_replaced(void **state)
{
    static const char *const texts[] = {"#0;", "#x0;", "#xD800;", "#xDFFF;", "#x110000;", "#99999999999999999999;"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct cursor c = cursor_over(str_from(texts[i]));
        assert_int_equal(site_entity_take(&c), REPLACEMENT);
        assert_true(cursor_done(&c));
    }
}

static void what_is_no_reference_is_left_to_the_text(void **state)
{
    static const char *const texts[] = {"", ";", " ", "#", "#;", "#g", "#xg;", "amp", "amp =", "amp{", "amp[", "{", "@",
                                        "unknown;", "abcdefghijkl;", "AMP;"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct cursor c = cursor_over(str_from(texts[i]));
        assert_int_equal(site_entity_take(&c), 0);
        assert_int_equal(c.at, 0);
    }
}

static void letters_are_kept_plainly(void **state)
{
    static const struct {
        uint32_t from, to, plain; /* the first and the last of its kind */
    } table[] = {
        {'!', '~', 0},          {0x01, ' ', ' '},       {0x7F, 0x90, ' '},      {0x91, 0x92, '\''},
        {0x93, 0x94, '"'},      {0x95, 0x95, ' '},      {0x96, 0x97, '-'},      {0x98, 0xA0, ' '},
        {0xA1, 0xAC, 0},        {0x2BB, 0x2BB, 0},      {0x2BC, 0x2BC, '\''},   {0x1FFF, 0x1FFF, 0},
        {0x2000, 0x200A, ' '},  {0x2010, 0x2015, '-'},  {0x2016, 0x2017, 0},    {0x2018, 0x2019, '\''},
        {0x201A, 0x201A, 0},    {0x201B, 0x201B, '\''}, {0x201C, 0x201D, '"'},  {0x201E, 0x201E, 0},
        {0x201F, 0x201F, '"'},  {0x202E, 0x202E, 0},    {0x202F, 0x202F, ' '},  {0x2FFF, 0x2FFF, 0},
        {0x3000, 0x3000, ' '},  {0x3001, 0x3001, 0},
    };
    static const uint32_t unseen[] = {0xAD, 0x200B, 0x200F, 0x2060, 0xFEFF};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (uint32_t u = table[i].from; u <= table[i].to; u++)
            assert_int_equal(site_letter_plain(u), table[i].plain == 0 ? u : table[i].plain);
    for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++) assert_int_equal(site_letter_plain(unseen[i]), 0);
}

static void a_character_is_read_as_it_was_written(void **state)
{
    static const uint32_t points[] = {'a', 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF};
    static const size_t bytes[] = {1, 1, 2, 2, 3, 3, 4, 4};

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        char out[4];
        struct str text = {out, utf8_put(points[i], out)};
        struct cursor c = cursor_over(text);
        assert_int_equal(text.len, bytes[i]);
        assert_int_equal(site_letter_take(&c, true), points[i]);
        assert_true(cursor_done(&c));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_stand_for_characters),
        cmocka_unit_test(a_number_of_no_character_is_replaced),
        cmocka_unit_test(what_is_no_reference_is_left_to_the_text),
        cmocka_unit_test(letters_are_kept_plainly),
        cmocka_unit_test(a_character_is_read_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

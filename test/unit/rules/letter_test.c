/* letter: what one character is to the recognition of words. */
#include "rules/letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void letters_of_other_scripts_have_small_ones(void **state)
{
    static const struct {
        uint32_t capital, small;
    } table[] = {
        {0x100, 0x101},  {0x118, 0x119},  {0x136, 0x137}, {0x139, 0x13A}, {0x141, 0x142}, {0x147, 0x148},
        {0x14A, 0x14B},  {0x160, 0x161},  {0x176, 0x177}, {0x179, 0x17A}, {0x17D, 0x17E}, {0x391, 0x3B1},
        {0x3A9, 0x3C9},  {0x400, 0x450},  {0x40F, 0x45F}, {0x410, 0x430}, {0x42F, 0x44F}, {0x386, 0x3B1},
        {0x3CE, 0x3C9},  {0x3C2, 0x3C3},
    };
    static const uint32_t neither[] = {0xDF, 0x138, 0x149, 0x178, 0x17F, 0x390, 0x3B1, 0x3FF, 0x430, 0x4E00, 0x10FFFF};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(letter_small(table[i].capital), table[i].small);
        assert_int_equal(letter_small(table[i].small), table[i].small);
    }
    for (size_t i = 0; i < sizeof neither / sizeof neither[0]; i++)
        assert_int_equal(letter_small(neither[i]), neither[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_other_scripts_have_small_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

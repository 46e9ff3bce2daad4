/* postal: which writings of a code are read, and which are none. */
#include "rules/postal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_code_is_found_however_it_is_written(void **state)
{
    static const struct {
        const char *text, *state;
    } table[] = {{"02139", "MA"},     {"2139", "MA"},          {" 02139 ", "MA"}, {"02139-4307", "MA"},
                 {"2139-4307", "MA"}, {"021394307", "MA"},     {"601", "PR"},     {"K1A 0B1", ""},
                 {"k1a0b1", ""},      {"K1A-0B1", ""},         {"K1A", ""}};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct postal_prefix *p = postal_find(str_from(table[i].text));
        if (p == NULL) fail_msg("not found: %s", table[i].text);
        assert_string_equal(p->states[0], table[i].state);
        assert_int_equal(postal_is_canadian(p), table[i].state[0] == '\0');
    }
}

static void what_is_written_otherwise_is_no_code(void **state)
{
    static const char *const bad[] = {"",          "02",         "021394",     "0213943",        "02139-43",
                                      "02139-43a7", "02139_4307", "021394307-1", "021394307-4307", "K1A_0B1",
                                      "K1A0B12",   "K1A0B",      "KA10B1",     "[1A",            "{1A",
                                      "@1A",       "K1A 0B1 2",  "K 1A0B1",    "K1A 0[1",        "K1A 0@1"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (postal_find(str_from(bad[i])) != NULL) fail_msg("found: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_found_however_it_is_written),
        cmocka_unit_test(what_is_written_otherwise_is_no_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

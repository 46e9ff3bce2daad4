/* filter: STERLING_TEST names the one test of a program to run ('*' and '?' stand for anything). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

__attribute__((constructor)) static void choose(void)
{
    const char *pattern = getenv("STERLING_TEST");

    if (pattern != NULL && pattern[0] != '\0') cmocka_set_test_filter(pattern);
}

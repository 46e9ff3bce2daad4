/*
 * Secrets are compared whole: how long it takes must not tell where the first difference is. Time is not measured;
 * what is read is seen. Each page of a secret is shut in turn, and a comparison that comes to it is noticed, however
 * early the two differ.
 */
#include "base/str.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGES = 3 };

static char *shut; /* the page that may not be read, or NULL */
static size_t page_bytes;
static volatile sig_atomic_t came;

static void open_it(int signal_number, siginfo_t *info, void *context)
{
    const char *at = info->si_addr;

    (void)signal_number, (void)context;
    if (shut == NULL || at < shut || at >= shut + page_bytes || mprotect(shut, page_bytes, PROT_READ) != 0) _exit(3);
    came = 1;
}

static char *pages(void)
{
    char *at = mmap(NULL, PAGES * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(at != MAP_FAILED);
    memset(at, 'x', PAGES * page_bytes);
    return at;
}

/* Does a comparison come to that page of the second? */
static bool comes_to(struct str a, char *b, size_t page, bool *equal)
{
    came = 0;
    shut = b + page * page_bytes;
    assert_int_equal(mprotect(shut, page_bytes, PROT_NONE), 0);
    *equal = str_equal_secret(a, (struct str){b, a.len});
    assert_int_equal(mprotect(shut, page_bytes, PROT_READ | PROT_WRITE), 0);
    shut = NULL;
    return came == 1;
}

static void all_of_a_secret_is_looked_at_wherever_it_differs(void **state)
{
    struct sigaction action = {.sa_sigaction = open_it, .sa_flags = SA_SIGINFO}, before;
    char *a, *b;
    (void)state;

    page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    a = pages();
    b = pages();
    assert_int_equal(sigaction(SIGSEGV, &action, &before), 0);
    for (size_t differs = 0; differs <= PAGES; differs++) /* PAGES: nowhere */
        for (size_t page = 0; page < PAGES; page++) {
            bool equal;
            if (differs < PAGES) b[differs * page_bytes] = 'y';
            assert_true(comes_to((struct str){a, PAGES * page_bytes}, b, page, &equal));
            assert_int_equal(equal, differs == PAGES);
            if (differs < PAGES) b[differs * page_bytes] = 'x';
        }
    assert_int_equal(sigaction(SIGSEGV, &before, NULL), 0);
    assert_int_equal(munmap(a, PAGES * page_bytes), 0);
    assert_int_equal(munmap(b, PAGES * page_bytes), 0);
}

static void another_length_is_another_secret(void **state)
{
    (void)state;
    assert_false(str_equal_secret(STR("secret"), STR("secrets")));
    assert_false(str_equal_secret(STR(""), STR("s")));
    assert_true(str_equal_secret(STR(""), STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_secret_is_looked_at_wherever_it_differs),
        cmocka_unit_test(another_length_is_another_secret),
    };

    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}

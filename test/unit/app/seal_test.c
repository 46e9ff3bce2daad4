/* Secrets at rest: sealed under a key kept outside the database, bound to their place, rotated by a line. */
#include "app/seal.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[128];
static char path[160];

static void write_key(const char *text, mode_t mode)
{
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int setup(void **state)
{
    (void)state;
    if (!scratch_make(dir, sizeof dir, "seal")) return -1;
    (void)snprintf(path, sizeof path, "%s/master.key", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(dir);
}

#define KEY_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
#define KEY_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"

static void opens_what_it_sealed_and_nothing_moved(void **state)
{
    struct sealer *s;
    struct arena a;
    struct str sealed, again, plain;
    struct fault f;
    (void)state;
    arena_init(&a, 65536);
    write_key(KEY_A, 0600);
    assert_int_equal(sealer_open(path, SEAL_KEY_THERE, &s, &f), ERR_OK);
    assert_int_equal(seal(s, &a, STR("org:1:token"), STR("secret-token"), &sealed), ERR_OK);
    assert_int_equal(seal(s, &a, STR("org:1:token"), STR("secret-token"), &again), ERR_OK);
    assert_false(str_equal(sealed, again));
    assert_int_equal(str_find(sealed, STR("secret")), sealed.len);
    assert_int_equal(unseal(s, &a, STR("org:1:token"), sealed, &plain, &f), ERR_OK);
    assert_true(str_equal(plain, STR("secret-token")));
    assert_int_equal(unseal(s, &a, STR("org:2:token"), sealed, &plain, &f), ERR_DENIED);
    assert_non_null(strstr(f.what, "org:2:token"));
    assert_int_equal(unseal(s, &a, STR("org:1:token"), STR("nonsense"), &plain, &f), ERR_CORRUPT);
    sealer_close(s);
    arena_reset(&a);
}

static void a_new_first_line_rotates_the_key(void **state)
{
    struct sealer *s;
    struct arena a;
    struct str sealed, plain;
    struct fault f;
    (void)state;
    arena_init(&a, 65536);
    write_key(KEY_A, 0600);
    assert_int_equal(sealer_open(path, SEAL_KEY_THERE, &s, &f), ERR_OK);
    assert_int_equal(seal(s, &a, STR("c"), STR("x"), &sealed), ERR_OK);
    assert_false(seal_is_old(s, sealed));
    sealer_close(s);
    write_key(KEY_B KEY_A, 0600);
    assert_int_equal(sealer_open(path, SEAL_KEY_THERE, &s, &f), ERR_OK);
    assert_true(seal_is_old(s, sealed));
    assert_int_equal(unseal(s, &a, STR("c"), sealed, &plain, &f), ERR_OK);
    sealer_close(s);
    write_key(KEY_B, 0600);
    assert_int_equal(sealer_open(path, SEAL_KEY_THERE, &s, &f), ERR_OK);
    assert_int_equal(unseal(s, &a, STR("c"), sealed, &plain, &f), ERR_DENIED);
    assert_non_null(strstr(f.what, "further line"));
    sealer_close(s);
    arena_reset(&a);
}

static void refuses_bad_key_files(void **state)
{
    struct sealer *s;
    struct fault f;
    (void)state;
    write_key(KEY_A, 0644);
    assert_int_equal(sealer_open(path, SEAL_KEY_MADE, &s, &f), ERR_DENIED);
    assert_non_null(strstr(f.what, "chmod 600"));
    write_key(KEY_A, 0440);
    assert_int_equal(sealer_open(path, SEAL_KEY_THERE, &s, &f), ERR_DENIED);
    assert_int_equal(sealer_open(path, SEAL_KEY_CREDENTIAL, &s, &f), ERR_OK);
    sealer_close(s);
    write_key(KEY_A, 0444);
    assert_int_equal(sealer_open(path, SEAL_KEY_CREDENTIAL, &s, &f), ERR_DENIED);
    write_key("short\n", 0600);
    assert_int_equal(sealer_open(path, SEAL_KEY_MADE, &s, &f), ERR_INVALID);
    write_key("\n", 0600);
    assert_int_equal(sealer_open(path, SEAL_KEY_MADE, &s, &f), ERR_INVALID);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(sealer_open(path, SEAL_KEY_THERE, &s, &f), ERR_DENIED);
    assert_int_equal(sealer_open(path, SEAL_KEY_MADE, &s, &f), ERR_OK);
    sealer_close(s);
    assert_int_equal(sealer_open(path, SEAL_KEY_THERE, &s, &f), ERR_OK);
    sealer_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_what_it_sealed_and_nothing_moved),
        cmocka_unit_test(a_new_first_line_rotates_the_key),
        cmocka_unit_test(refuses_bad_key_files),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/* Form coding keeps everything that came, and refuses what could be read in two ways. */
#include "twilio/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_reset(&arena);
    return 0;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789"
#define assert_str(s, text) assert_true(str_equal((s), str_from(text)))

static void order_empty_and_repeated_names_are_kept(void **state)
{
    struct form f;
    (void)state;
    assert_int_equal(form_decode(&arena, STR("b=1&a=&b=2&c&&=x"), 10, &f), ERR_OK);
    assert_int_equal(f.count, 5);
    assert_str(f.pairs[0].name, "b");
    assert_str(f.pairs[1].value, "");
    assert_str(f.pairs[2].value, "2");
    assert_str(f.pairs[3].name, "c");
    assert_str(f.pairs[4].name, "");
    assert_str(f.pairs[4].value, "x");
    assert_str(form_get(&f, STR("b")), "1");
    assert_true(form_has(&f, STR("c")));
    assert_false(form_has(&f, STR("d")));
    assert_null(form_get(&f, STR("d")).at);
}

static void plus_is_space_and_escapes_are_bytes(void **state)
{
    struct form f;
    (void)state;
    assert_int_equal(form_decode(&arena, STR("Body=caf%C3%a9+%2B%26%3D%00%ff&a+b==="), 10, &f), ERR_OK);
    assert_int_equal(f.pairs[0].value.len, 11);
    assert_memory_equal(f.pairs[0].value.at, "caf\xc3\xa9 +&=\0\xff", 11);
    assert_str(f.pairs[1].name, "a b");
    assert_str(f.pairs[1].value, "==");
}

/* Bytes are taken in blocks: what ends a run is seen wherever in its block it is, and in the rest behind the last. */
static void runs_of_any_length_are_read(void **state)
{
    char body[80], wanted[80];
    struct form f;
    (void)state;
    for (size_t run = 0; run <= 34; run++)
        for (size_t rest = 0; rest <= 17; rest++) {
            (void)snprintf(body, sizeof body, "n=%.*s+%%41=%.*s&m=%.*s", (int)run, LETTERS, (int)rest, LETTERS,
                           (int)rest, LETTERS);
            (void)snprintf(wanted, sizeof wanted, "%.*s A=%.*s", (int)run, LETTERS, (int)rest, LETTERS);
            assert_int_equal(form_decode(&arena, str_from(body), 10, &f), ERR_OK);
            assert_int_equal(f.count, 2);
            assert_str(f.pairs[0].value, wanted);
            assert_str(f.pairs[1].name, "m");
            assert_true(str_equal(f.pairs[1].value, str_slice(STR(LETTERS), 0, rest)));
            arena_reset(&arena);
        }
}

static void malformed_escapes_refuse_the_body(void **state)
{
    static const char *const bodies[] = {"a=%", "a=%4", "a=%4g", "%zz=1", "a=%%41", "a=%4&b=1"};
    struct form f;
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_int_equal(form_decode(&arena, str_from(bodies[i]), 10, &f), ERR_INVALID);
        assert_int_equal(f.count, 0);
    }
}

static void bounds_are_exact(void **state)
{
    struct arena small;
    struct form f;
    (void)state;
    assert_int_equal(form_decode(&arena, STR(""), 0, &f), ERR_OK);
    assert_int_equal(f.count, 0);
    assert_int_equal(form_decode(&arena, STR("a&b"), 2, &f), ERR_OK);
    assert_int_equal(form_decode(&arena, STR("a&b&c"), 2, &f), ERR_LIMIT);
    arena_init(&small, 32);
    assert_int_equal(form_decode(&small, STR("a=1&b=2"), 2, &f), ERR_FULL);
    arena_reset(&small);
}

static void encoding_is_reversible_for_every_byte(void **state)
{
    char every[256];
    struct buf out;
    struct form f;
    (void)state;
    for (int i = 0; i < 256; i++)
        every[i] = (char)i;
    buf_init(&out, 4096);
    form_encode_add(&out, STR("To"), STR("+14155550100"));
    form_encode_add(&out, (struct str){every, sizeof every}, (struct str){every, sizeof every});
    assert_int_equal(buf_check(&out), ERR_OK);
    assert_true(str_starts(buf_str(&out), STR("To=%2B14155550100&%00%01")));
    assert_int_equal(form_decode(&arena, buf_str(&out), 10, &f), ERR_OK);
    assert_int_equal(f.count, 2);
    assert_true(str_equal(f.pairs[1].name, (struct str){every, sizeof every}));
    assert_true(str_equal(f.pairs[1].value, (struct str){every, sizeof every}));
    buf_free(&out);
}

static void url_parts_encode_all_but_unreserved(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 256);
    url_encode_add(&out, STR("aZ09-._~ +/?#\xc3\xa9"));
    assert_string_equal(buf_text(&out), "aZ09-._~%20%2B%2F%3F%23%C3%A9");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_empty_and_repeated_names_are_kept),
        cmocka_unit_test(plus_is_space_and_escapes_are_bytes),
        cmocka_unit_test(runs_of_any_length_are_read),
        cmocka_unit_test(malformed_escapes_refuse_the_body),
        cmocka_unit_test(bounds_are_exact),
        cmocka_unit_test(encoding_is_reversible_for_every_byte),
        cmocka_unit_test(url_parts_encode_all_but_unreserved),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

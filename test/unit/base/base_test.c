/* What every room leans on: views, bounded buffers, arenas, cursors, heaps, maps, time, masking. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/map.h"
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void numbers_refuse_overflow_and_junk(void **state)
{
    uint64_t u = 7;
    int64_t i = 7;
    (void)state;
    assert_int_equal(str_to_u64(STR("18446744073709551615"), &u), ERR_OK);
    assert_true(u == UINT64_MAX);
    assert_int_equal(str_to_u64(STR("18446744073709551616"), &u), ERR_INVALID);
    assert_int_equal(str_to_u64(STR(""), &u), ERR_INVALID);
    assert_int_equal(str_to_u64(STR("1 "), &u), ERR_INVALID);
    assert_int_equal(str_to_i64(STR("-42"), &i), ERR_OK);
    assert_int_equal(i, -42);
    assert_int_equal(str_to_i64(STR("--1"), &i), ERR_INVALID);
    assert_int_equal(str_to_i64(STR("-9223372036854775808"), &i), ERR_OK);
    assert_true(i == INT64_MIN);
    assert_int_equal(str_to_i64(STR("-9223372036854775809"), &i), ERR_INVALID);
    assert_int_equal(str_to_i64(STR("9223372036854775808"), &i), ERR_INVALID);
}

static void numbers_are_written_as_they_are_read(void **state)
{
    char room[STR_U64_BYTES];
    (void)state;
    assert_true(str_equal(str_of_u64(0, room), STR("0")));
    assert_true(str_equal(str_of_u64(7, room), STR("7")));
    assert_true(str_equal(str_of_u64(36000, room), STR("36000")));
    assert_true(str_equal(str_of_u64(UINT64_MAX, room), STR("18446744073709551615")));
}

static void utf8_is_strict(void **state)
{
    size_t bad = 99;
    (void)state;
    assert_true(str_is_utf8(STR("caf\xc3\xa9 \xf0\x9f\x98\x80"), NULL));
    assert_false(str_is_utf8(STR("a\xc0\x80"), &bad));
    assert_int_equal(bad, 1);
    assert_false(str_is_utf8(STR("\xed\xa0\x80"), NULL));
    assert_false(str_is_utf8(STR("\xf4\x90\x80\x80"), NULL));
    assert_false(str_is_utf8(STR("ab\xe2\x82"), &bad));
    assert_int_equal(bad, 2);
}

static void cutting_and_trimming(void **state)
{
    struct str head, rest = str_cut(STR("a=b=c"), '=', &head);
    (void)state;
    assert_true(str_equal(head, STR("a")));
    assert_true(str_equal(rest, STR("b=c")));
    rest = str_cut(STR("abc"), '=', &head);
    assert_true(str_equal(head, STR("abc")));
    assert_int_equal(rest.len, 0);
    assert_true(str_equal(str_trim(STR(" \tx y\r\n")), STR("x y")));
    assert_int_equal(str_find(STR("hello"), STR("lo")), 3);
    assert_int_equal(str_find(STR("hello"), STR("xx")), 5);
}

static void buffer_fails_once_and_stays_failed(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 8);
    buf_add_text(&b, "12345678");
    assert_int_equal(buf_check(&b), ERR_OK);
    buf_add_char(&b, '9');
    buf_add_text(&b, "");
    assert_int_equal(buf_check(&b), ERR_LIMIT);
    assert_string_equal(buf_text(&b), "");
    buf_clear(&b);
    buf_addf(&b, "%d-%s", 42, "ok");
    assert_string_equal(buf_text(&b), "42-ok");
    buf_free(&b);
}

static void arena_is_bounded_and_zeroed(void **state)
{
    struct arena a;
    char *p;
    (void)state;
    arena_init(&a, 100);
    p = arena_alloc(&a, 64);
    assert_non_null(p);
    for (int i = 0; i < 64; i++) assert_int_equal(p[i], 0);
    assert_null(arena_alloc(&a, 64));
    assert_non_null(arena_copy(&a, STR("short")));
    arena_reset(&a);
    assert_non_null(arena_alloc(&a, 96));
    arena_clear(&a); /* as well, whether it kept the block or not */
    p = arena_alloc(&a, 96);
    assert_non_null(p);
    for (int i = 0; i < 96; i++) assert_int_equal(p[i], 0);
    arena_reset(&a);
}

static void a_small_arena_takes_large_pieces_too(void **state)
{
    enum { LARGE = 5000, MAX = 6000 };
    static const char zeroes[LARGE];
    struct arena a;
    (void)state;
    arena_init_small(&a, MAX);
    assert_non_null(arena_copy(&a, STR("short")));
    assert_memory_equal(arena_alloc(&a, LARGE), zeroes, LARGE);
    assert_null(arena_alloc(&a, MAX - LARGE));
    arena_clear(&a);
    assert_non_null(arena_alloc(&a, MAX));
    arena_reset(&a);
}

static void cursor_never_passes_the_end(void **state)
{
    struct cursor c = cursor_over(STR("12,ab"));
    (void)state;
    assert_int_equal(cursor_u64(&c), 12);
    cursor_expect(&c, STR(","));
    assert_true(str_equal(cursor_until(&c, ';'), STR("ab")));
    assert_true(cursor_done(&c));
    assert_int_equal(cursor_check(&c), ERR_OK);
    assert_int_equal(cursor_next(&c), -1);
    assert_int_equal(cursor_check(&c), ERR_INVALID);
    assert_int_equal(cursor_take(&c, 1).len, 0);
}

static void heap_sorts_under_random_changes(void **state)
{
    enum { N = 500 };
    static struct heap_node nodes[N];
    struct rng r = rng_seeded(1);
    struct heap h;
    int64_t last = INT64_MIN;
    (void)state;
    memset(nodes, 0, sizeof nodes);
    heap_init(&h);
    for (int i = 0; i < 5000; i++) {
        struct heap_node *n = &nodes[rng_below(&r, N)];
        if (rng_chance(&r, 300000))
            heap_remove(&h, n);
        else
            assert_int_equal(heap_put(&h, n, (int64_t)rng_below(&r, 1000)), ERR_OK);
        heap_check(&h);
    }
    while (heap_top(&h) != NULL) {
        struct heap_node *top = heap_top(&h);
        assert_true(top->key >= last);
        last = top->key;
        heap_remove(&h, top);
    }
    heap_free(&h);
}

static void map_agrees_with_a_plain_array(void **state)
{
    enum { N = 300 };
    uint64_t truth[N];
    struct rng r = rng_seeded(2);
    struct map m;
    size_t expected = 0;
    (void)state;
    memset(truth, 0, sizeof truth);
    map_init(&m);
    for (int i = 0; i < 20000; i++) {
        uint64_t key = rng_below(&r, N);
        if (rng_chance(&r, 400000)) {
            assert_int_equal(map_remove(&m, key * 64), truth[key] != 0);
            truth[key] = 0;
        } else {
            truth[key] = rng_u64(&r) | 1;
            map_put(&m, key * 64)->num = truth[key];
        }
    }
    for (size_t k = 0; k < N; k++) {
        union map_value *v = map_get(&m, k * 64);
        assert_int_equal(v == NULL ? 0 : v->num, truth[k]);
        expected += truth[k] != 0;
    }
    assert_int_equal(m.count, expected);
    map_free(&m);
}

static void manual_clock_moves_only_when_told(void **state)
{
    struct clock c;
    (void)state;
    clock_manual(&c, 1000);
    assert_int_equal(clock_wall_ms(&c), 1000);
    clock_advance(&c, 50);
    assert_int_equal(clock_wall_ms(&c), 1050);
    assert_int_equal(clock_mono_ms(&c), 50);
}

static void logs_mask_numbers_and_escape(void **state)
{
    struct clock c;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    (void)state;
    clock_manual(&c, 0);
    log_setup(LOG_INFO, &c, out);
    log_event(LOG_DEBUG, "hidden", log_int("n", 1));
    log_event(LOG_WARN, "row_set_aside", log_number("to", STR("+14155552671")),
              log_e164("from", 14155550000), log_text("why", "a \"b\"\n"));
    log_setup(LOG_OFF, &c, NULL);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "{\"at\":\"1970-01-01T00:00:00.000Z\",\"level\":\"warn\","
                              "\"event\":\"row_set_aside\",\"to\":\"+1415***2671\","
                              "\"from\":\"+1415***0000\",\"why\":\"a \\\"b\\\"\\n\"}\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_refuse_overflow_and_junk),
        cmocka_unit_test(numbers_are_written_as_they_are_read),
        cmocka_unit_test(utf8_is_strict),
        cmocka_unit_test(cutting_and_trimming),
        cmocka_unit_test(buffer_fails_once_and_stays_failed),
        cmocka_unit_test(arena_is_bounded_and_zeroed),
        cmocka_unit_test(a_small_arena_takes_large_pieces_too),
        cmocka_unit_test(cursor_never_passes_the_end),
        cmocka_unit_test(heap_sorts_under_random_changes),
        cmocka_unit_test(map_agrees_with_a_plain_array),
        cmocka_unit_test(manual_clock_moves_only_when_told),
        cmocka_unit_test(logs_mask_numbers_and_escape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

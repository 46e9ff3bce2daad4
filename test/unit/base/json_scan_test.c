/* Members come in order, texts as they were meant, and nothing is believed before the end is seen to be sound.
 * What is odd is shown by twilio/message_scan_test.c and by fuzzing against a full parser. */
#include "base/json_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void members_come_in_order(void **state)
{
    struct json_scan s = json_scan_over(STR(" {\"a\": \"x\\ty\", \"b\": -12, \"c\": {\"a\": [null]}, \"\": \"\"} \n"));
    struct json_scan_value v;
    struct arena arena;
    struct str name;
    bool full = false;
    (void)state;
    arena_init(&arena, 1000);
    assert_true(json_scan_next(&s, &name, &v));
    assert_true(str_equal(name, STR("a")) && v.kind == JSON_SCAN_TEXT);
    assert_true(str_equal(json_scan_text(&v, &arena, &full), STR("x\ty")));
    assert_true(json_scan_next(&s, &name, &v));
    assert_true(v.kind == JSON_SCAN_INTEGER && str_equal(v.raw, STR("-12")));
    assert_null(json_scan_text(&v, &arena, &full).at);
    assert_true(json_scan_next(&s, &name, &v));
    assert_int_equal(v.kind, JSON_SCAN_OTHER);
    assert_true(json_scan_next(&s, &name, &v));
    assert_true(name.len == 0 && v.kind == JSON_SCAN_TEXT && v.raw.len == 0);
    assert_false(json_scan_is_sound(&s));
    assert_false(json_scan_next(&s, &name, &v));
    assert_true(json_scan_is_sound(&s));
    assert_false(full);
    arena_reset(&arena);
}

static bool sound(struct str in)
{
    struct json_scan s = json_scan_over(in);
    struct json_scan_value v;
    struct str name;
    while (json_scan_next(&s, &name, &v)) {
    }
    return json_scan_is_sound(&s);
}

static void only_one_whole_object_is_sound(void **state)
{
    (void)state;
    assert_true(sound(STR("{}")));
    assert_true(sound(STR("\t{ }\r\n")));
    assert_true(sound(STR("{\"a\":\"\xc3\xa9\"}")));
    assert_false(sound(STR("")));
    assert_false(sound(STR(" ")));
    assert_false(sound(STR("{")));
    assert_false(sound(STR("{}{}")));
    assert_false(sound(STR("{\"a\":1,}")));
    assert_false(sound(STR("{\"a\":1")));
    assert_false(sound(STR("{\"a\":\"\xc3\"}")));
    assert_false(sound(STR("[]")));
}

static void without_memory_it_is_said(void **state)
{
    struct json_scan s = json_scan_over(STR("{\"a\":\"\\n\"}"));
    struct json_scan_value v;
    struct arena none;
    struct str name;
    bool full = false;
    (void)state;
    arena_init(&none, 0);
    assert_true(json_scan_next(&s, &name, &v));
    assert_null(json_scan_text(&v, &none, &full).at);
    assert_true(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_in_order),
        cmocka_unit_test(only_one_whole_object_is_sound),
        cmocka_unit_test(without_memory_it_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

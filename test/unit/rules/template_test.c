/* Templates: compiled once, filled for each recipient, and never fooled by what a recipient's data says. */
#include <stdio.h>
#include "rules/template.h"

#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})
/* name, value pairs; ends with NULL */
static struct str from_pairs(void *ctx, size_t index, struct str name)
{
    const char *const *pairs = ctx;
    (void)index;
    for (; pairs[0] != NULL; pairs += 2)
        if (str_equal(name, str_from(pairs[0]))) return str_from(pairs[1]);
    return (struct str){NULL, 0};
}

static enum err render(const struct template *t, const char *const *pairs, struct buf *out,
                       struct str *missing)
{
    return template_render(t, from_pairs, (void *)(uintptr_t)pairs, out, missing);
}

static struct template *compiled(const char *text)
{
    struct template *t;
    struct fault fault;
    if (template_compile(str_from(text), &t, &fault) != ERR_OK) fail_msg("<%s>: %s", text, fault.what);
    return t;
}

static void expect(const char *text, const char *const *pairs, const char *wanted)
{
    struct template *t = compiled(text);
    struct buf out;
    buf_init(&out, 8000);
    assert_int_equal(render(t, pairs, &out, NULL), ERR_OK);
    assert_string_equal(buf_text(&out), wanted);
    buf_free(&out);
    template_free(t);
}
static void expect_refusal(const char *text, enum err code, const char *part_of_fault)
{
    struct template *t = (struct template *)(uintptr_t)1;
    struct fault fault = {.what = ""};
    assert_int_equal(template_compile(str_from(text), &t, &fault), code);
    assert_null(t);
    if (strstr(fault.what, part_of_fault) == NULL) fail_msg("<%s> says: %s", text, fault.what);
}

static void fields_are_filled_and_text_is_kept(void **state)
{
    (void)state;
    expect("Hi {{name}}, order {{order}} shipped.", PAIRS("name", "Ann", "order", "7"),
           "Hi Ann, order 7 shipped.");
    expect("{{a}}{{b}}{{a}}", PAIRS("a", "1", "b", "2"), "121");
    expect("no fields at all", PAIRS("a", "1"), "no fields at all");
    expect("{{a}}", PAIRS("a", "caf\xc3\xa9"), "caf\xc3\xa9");
}

static void spaces_inside_the_braces_do_not_matter(void **state)
{
    (void)state;
    expect("{{ name }}|{{\tname\n}}|{{ name | you all }}", PAIRS("name", "Ann"), "Ann|Ann|Ann");
    expect("{{ name | you all }}!", PAIRS("x", ""), "you all!");
}

static void a_default_stands_in_for_an_absent_or_blank_value(void **state)
{
    (void)state;
    expect("Hi {{name|there}}", PAIRS("x", "y"), "Hi there");
    expect("Hi {{name|there}}", PAIRS("name", ""), "Hi there");
    expect("Hi {{name|there}}", PAIRS("name", " \t"), "Hi there");
    expect("Hi {{name|there}}", PAIRS("name", "Ann"), "Hi Ann");
    expect("a{{name|}}b", PAIRS("x", "y"), "ab");
    expect("{{name|a|b}}", PAIRS("x", "y"), "a|b");
    expect("{{name|}one{}}", PAIRS("x", "y"), "}one{");
}

static void an_unfilled_field_stops_the_message_and_is_named(void **state)
{
    struct template *t = compiled("Hi {{name|there}}, code {{ code }}.");
    struct buf out;
    struct str missing = STR("");
    (void)state;
    buf_init(&out, 1000);
    buf_add_text(&out, "before");
    assert_int_equal(render(t, PAIRS("name", "Ann", "code", " "), &out, &missing),
                     ERR_NOT_FOUND);
    assert_true(str_equal(missing, STR("code")));
    assert_string_equal(buf_text(&out), "before");
    assert_int_equal(out.len, 6);
    buf_free(&out);
    template_free(t);
}

static void a_failed_buffer_gives_its_own_error(void **state)
{
    struct template *t = compiled("{{a}}{{a}}{{b}}");
    struct buf out;
    (void)state;
    buf_init(&out, 5);
    assert_int_equal(render(t, PAIRS("a", "1234", "b", "x"), &out, NULL),
                     ERR_LIMIT);
    buf_clear(&out);
    buf_add_text(&out, "ab");
    assert_int_equal(render(t, PAIRS("a", "1234"), &out, NULL),
                     ERR_NOT_FOUND);
    buf_free(&out);
    template_free(t);
}

static void values_are_never_expanded_again(void **state)
{
    (void)state;
    expect("{{a}} {{b}}", PAIRS("a", "{{b}}", "b", "{{a}}"), "{{b}} {{a}}");
    expect("{{a|x}}", PAIRS("a", "{{{{"), "{{{{");
    expect("{{a}}{{b}}", PAIRS("a", "{{", "b", "b}}"), "{{b}}");
    expect("{{a}}", PAIRS("a", " %s \\n }} "), " %s \\n }} ");
}

static void four_braces_are_two(void **state)
{
    (void)state;
    expect("{{{{name}}", PAIRS("name", "Ann"), "{{name}}");
    expect("{{{{{{name}}", PAIRS("name", "Ann"), "{{Ann");
    expect("a } b }} c { d", PAIRS("x", "y"), "a } b }} c { d");
    expect("{{{{", PAIRS("x", "y"), "{{");
}

static void fields_are_listed_once_in_order_with_their_need(void **state)
{
    struct template *t = compiled("{{b}} {{a|x}} {{ b|y }} {{c|}} pr\xc3\xa9nom={{pr\xc3\xa9nom}} {{x-1.y}}");
    (void)state;
    assert_int_equal(template_field_count(t), 5);
    assert_true(str_equal(template_field(t, 0), STR("b")));
    assert_true(template_field_required(t, 0));
    assert_true(str_equal(template_field(t, 1), STR("a")));
    assert_false(template_field_required(t, 1));
    assert_true(str_equal(template_field(t, 2), STR("c")));
    assert_false(template_field_required(t, 2));
    assert_true(str_equal(template_field(t, 3), STR("pr\xc3\xa9nom")));
    assert_true(str_equal(template_field(t, 4), STR("x-1.y")));
    template_free(t);
}

static void errors_name_the_place_and_what_to_do(void **state)
{
    (void)state;
    expect_refusal("", ERR_INVALID, "empty");
    expect_refusal("Hi {{name", ERR_INVALID, "character 4 is never closed");
    expect_refusal("\xc3\xa9\xc3\xa9 {{name}", ERR_INVALID, "character 4 is never closed");
    expect_refusal("Hi {{}}", ERR_INVALID, "character 4 has no field name");
    expect_refusal("Hi {{ |there}}", ERR_INVALID, "character 4 has no field name");
    expect_refusal("Hi {{first name}}", ERR_INVALID, "\"first name\" at character 4");
    expect_refusal("{{a!}}", ERR_INVALID, "is no field name");
    expect_refusal("{{-a}}", ERR_INVALID, "is no field name");
    expect_refusal("{{{name}}}", ERR_INVALID, "is no field name");
    expect_refusal("{{a|{{b}}}}", ERR_INVALID, "nested");
    expect_refusal("{{a {{b}}", ERR_INVALID, "end the first with \"}}\"");
    expect_refusal("caf\xe9", ERR_INVALID, "not UTF-8 at byte 4");
}

static void the_bounds_hold(void **state)
{
    struct buf text;
    struct template *t;
    (void)state;
    buf_init(&text, 20000);
    for (int i = 0; i < TEMPLATE_FIELDS_MAX; i++) buf_addf(&text, "{{f%d}}", i);
    template_free(compiled(buf_text(&text)));
    buf_add_text(&text, "{{one_more}}");
    expect_refusal(buf_text(&text), ERR_LIMIT, "different fields");

    buf_clear(&text);
    for (int i = 0; i < TEMPLATE_PARTS_MAX; i++) buf_add_text(&text, "{{f}}");
    template_free(compiled(buf_text(&text)));
    buf_add_text(&text, "{{f}}");
    expect_refusal(buf_text(&text), ERR_LIMIT, "pieces");

    buf_clear(&text);
    for (int i = 0; i < TEMPLATE_CHARS_MAX; i++) buf_add_text(&text, "\xf0\x9f\x98\x80");
    template_free(compiled(buf_text(&text)));
    buf_add_text(&text, "x");
    expect_refusal(buf_text(&text), ERR_LIMIT, "1600");
    buf_clear(&text);
    for (int i = 0; i <= TEMPLATE_CHARS_MAX; i++) buf_add_text(&text, "x");
    expect_refusal(buf_text(&text), ERR_LIMIT, "1601 characters");

    buf_clear(&text);
    buf_add_text(&text, "{{");
    for (int i = 0; i <= TEMPLATE_NAME_MAX; i++) buf_add_text(&text, "x");
    buf_add_text(&text, "}}");
    expect_refusal(buf_text(&text), ERR_LIMIT, "longer than 64 bytes");
    assert_int_equal(template_compile(buf_str(&text), &t, NULL), ERR_LIMIT);
    buf_free(&text);
}

/* A random text made of what the grammar cares about. */
static void random_text(struct rng *rng, struct buf *out)
{
    static const char *const PIECES[] = {"{{", "}}", "{", "}", "|", "a", "b", " ", "\n", "{{a}}", "{{a|b}}",
                                         "{{{{"};
    buf_clear(out);
    for (uint64_t n = rng_below(rng, 8); n > 0; n--)
        buf_add_text(out, PIECES[rng_below(rng, sizeof PIECES / sizeof PIECES[0])]);
}

/* Puts the value where the marker is. */
static void replace_marker(struct str marked, const char *value, struct buf *out)
{
    for (size_t i = 0; i < marked.len; i++)
        if (marked.at[i] == '\x01') buf_add_text(out, value);
        else buf_add_char(out, marked.at[i]);
}

/* Filling with a marker and then replacing the marker must be the same as filling with the value. */
static void check_verbatim(const struct template *t, const char *value)
{
    char name[TEMPLATE_NAME_MAX + 1];
    struct buf marked, wanted, got;
    buf_init(&marked, 4000);
    buf_init(&wanted, 4000);
    buf_init(&got, 4000);
    assert_int_equal(str_copy(template_field(t, 0), name, sizeof name), ERR_OK);
    assert_int_equal(render(t, PAIRS(name, "\x01"), &marked, NULL), ERR_OK);
    replace_marker(buf_str(&marked), value, &wanted);
    assert_int_equal(render(t, PAIRS(name, value), &got, NULL), ERR_OK);
    assert_string_equal(buf_text(&got), buf_text(&wanted));
    buf_free(&marked);
    buf_free(&wanted);
    buf_free(&got);
}

static void any_template_that_compiles_renders_its_values_verbatim(void **state)
{
    struct rng rng = rng_seeded(20261123);
    struct buf text, value;
    unsigned checked = 0;
    (void)state;
    buf_init(&text, 1000);
    buf_init(&value, 1000);
    for (int round = 0; round < 20000; round++) {
        struct template *t;
        random_text(&rng, &text);
        random_text(&rng, &value);
        if (template_compile(buf_str(&text), &t, NULL) != ERR_OK) continue;
        if (str_trim(buf_str(&value)).len > 0 && template_field_count(t) == 1) {
            check_verbatim(t, buf_text(&value));
            checked++;
        }
        template_free(t);
    }
    buf_free(&text);
    buf_free(&value);
    assert_true(checked > 1000);
}

static void names_take_letters_digits_and_marks_in_their_places(void **state)
{
    static const char *const good[] = {"a", "Z", "az_AZ09", "n0", "_x", "a.b-c", "\xc3\xa9t\xc3\xa9"};
    static const char *const bad[] = {"-a", ".a", "a b", "a@", "a[", "a`", "a{", "a/", "a:"};
    char text[64];
    struct template *t;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        (void)snprintf(text, sizeof text, "{{%s}}", good[i]);
        template_free(compiled(text));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(text, sizeof text, "{{%s}}", bad[i]);
        if (template_compile(str_from(text), &t, NULL) == ERR_OK) fail_msg("accepted: %s", text);
    }
}

static void what_was_there_before_stays_when_a_field_is_missing(void **state)
{
    struct template *t = compiled("Hi {{name}}");
    struct buf out;
    (void)state;
    buf_init(&out, 100);
    buf_add_text(&out, "before");
    assert_int_equal(render(t, (const char *const[]){NULL}, &out, NULL), ERR_NOT_FOUND);
    assert_string_equal(buf_text(&out), "before");
    buf_free(&out);
    template_free(t);
    t = compiled("{{name}}"); /* before anything was written */
    buf_init(&out, 100);
    assert_int_equal(render(t, (const char *const[]){NULL}, &out, NULL), ERR_NOT_FOUND);
    assert_int_equal(out.len, 0);
    buf_free(&out);
    template_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_filled_and_text_is_kept),
        cmocka_unit_test(spaces_inside_the_braces_do_not_matter),
        cmocka_unit_test(a_default_stands_in_for_an_absent_or_blank_value),
        cmocka_unit_test(an_unfilled_field_stops_the_message_and_is_named),
        cmocka_unit_test(a_failed_buffer_gives_its_own_error),
        cmocka_unit_test(values_are_never_expanded_again),
        cmocka_unit_test(four_braces_are_two),
        cmocka_unit_test(fields_are_listed_once_in_order_with_their_need),
        cmocka_unit_test(errors_name_the_place_and_what_to_do),
        cmocka_unit_test(the_bounds_hold),
        cmocka_unit_test(any_template_that_compiles_renders_its_values_verbatim),
        cmocka_unit_test(names_take_letters_digits_and_marks_in_their_places),
        cmocka_unit_test(what_was_there_before_stays_when_a_field_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* site_tag: where a tag begins and ends, what its attributes say, and what kind of element it is. */
#include "rules/site_tag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* Takes the tag off the front, and gives what stands behind it. */
static struct str after(const char *html, struct site_tag *tag)
{
    struct cursor c = cursor_over(str_from(html));

    assert_true(site_tag_take(&c, tag));
    return str_slice(c.in, c.at, c.in.len);
}

static bool says(const struct site_tag *tag, const char *attribute, const char *value)
{
    return site_tag_has(tag, attribute) && str_equal(site_tag_value(tag, attribute), str_from(value));
}

static void attributes_stand_in_any_space_and_quotes(void **state)
{
    struct site_tag tag;

    (void)state;
    assert_int_equal(after("<a\thref\n=\r\"x y\"\fid=z>w", &tag).len, 1);
    assert_true(site_tag_is(&tag, "A") && !tag.closing && !tag.alone);
    assert_true(says(&tag, "href", "x y") && says(&tag, "ID", "z"));
    assert_int_equal(tag.count, 2);
    assert_int_equal(after("<input checked/type='tel'>", &tag).len, 0);
    assert_true(says(&tag, "checked", "") && says(&tag, "type", "tel") && tag.alone);
    assert_int_equal(after("<p =x>", &tag).len, 0);
    assert_true(says(&tag, "=x", "")); /* as browsers read it */
}

static void a_tag_may_end_with_the_page(void **state)
{
    static const char *const pages[] = {"<a", "<a ", "<a href", "<a href=", "<a href=x", "<a href='x", "</a", "<a/"};

    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        struct site_tag tag;
        assert_int_equal(after(pages[i], &tag).len, 0);
        assert_true(site_tag_is(&tag, "a"));
    }
}

static void more_attributes_than_there_is_room_for_are_left_out(void **state)
{
    char html[512] = "<a";
    size_t at = 2;
    struct site_tag tag;

    (void)state;
    for (int i = 0; i <= SITE_ATTRIBUTES_MAX; i++) at += (size_t)snprintf(html + at, sizeof html - at, " n%d=v", i);
    (void)snprintf(html + at, sizeof html - at, ">!");
    assert_true(str_equal(after(html, &tag), STR("!")));
    assert_int_equal(tag.count, SITE_ATTRIBUTES_MAX);
    assert_true(says(&tag, "n23", "v") && !site_tag_has(&tag, "n24"));
}

static void comments_and_declarations_have_no_name(void **state)
{
    static const char *const pages[] = {"<!-- a > b -->w", "<!-->w", "<!--->w", "<!DOCTYPE html>w",
                                        "<?xml version='1.0'?>w"};

    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        struct site_tag tag;
        assert_true(str_equal(after(pages[i], &tag), STR("w")));
        assert_int_equal(tag.name.len, 0);
    }
}

static void a_sign_before_no_letter_is_text(void **state)
{
    static const char *const texts[] = {"<", "< a", "<3", "<{", "<@", "<[", "</", "</ a>", "</{>"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct cursor c = cursor_over(str_from(texts[i]));
        struct site_tag tag;
        assert_false(site_tag_take(&c, &tag));
        assert_int_equal(c.at, 0);
    }
}

static struct site_tag one(const char *html)
{
    struct site_tag tag;

    (void)after(html, &tag);
    return tag;
}

static void an_element_is_raw_inline_or_hidden(void **state)
{
    static const struct {
        const char *html;
        bool raw, is_inline, hides;
    } table[] = {
        {"<script>", true, false, false},
        {"<script/>", true, false, false}, /* only of foreign elements the slash means an end */
        {"<svg>", true, false, false},
        {"<svg/>", false, false, false},
        {"<span hidden>", false, true, true},
        {"<div style='Display:None'>", false, false, true},
        {"<div style='color:red;display: none'>", false, false, true},
        {"<div style='display:block'>", false, false, false},
        {"<p hidden>", false, false, false}, /* their ends may be left out */
        {"<li hidden>", false, false, false},
        {"<td hidden>", false, false, false},
        {"<tr hidden>", false, false, false},
        {"<table hidden>", false, false, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct site_tag tag = one(table[i].html);
        assert_int_equal(site_tag_is_raw(&tag), table[i].raw);
        assert_int_equal(site_tag_is_inline(&tag), table[i].is_inline);
        assert_int_equal(site_tag_hides(&tag), table[i].hides);
    }
}

static void a_field_for_a_phone_is_known_by_its_names(void **state)
{
    static const char *const phone[] = {"user_phone", "Mobile number", "cellNumber", "tel", "tel-national", "movil"};
    static const char *const other[] = {"", "email", "hotel", "name"};

    (void)state;
    for (size_t i = 0; i < sizeof phone / sizeof phone[0]; i++)
        assert_true(site_tag_speaks_of_phone(str_from(phone[i])));
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        assert_false(site_tag_speaks_of_phone(str_from(other[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_stand_in_any_space_and_quotes),
        cmocka_unit_test(a_tag_may_end_with_the_page),
        cmocka_unit_test(more_attributes_than_there_is_room_for_are_left_out),
        cmocka_unit_test(comments_and_declarations_have_no_name),
        cmocka_unit_test(a_sign_before_no_letter_is_text),
        cmocka_unit_test(an_element_is_raw_inline_or_hidden),
        cmocka_unit_test(a_field_for_a_phone_is_known_by_its_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What carriers and the law forbid is found in a text, with its place, and what is ordinary passes. */
#include "rules/content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct content_case PLAIN = {.kind = KIND_TRANSACTIONAL};

static struct content_report report_of(const char *text)
{
    struct content_report r;

    content_check(str_from(text), &PLAIN, &r);
    return r;
}

/* The first finding is this rule, about these words. */
static void expect(const char *text, const char *rule, const char *words)
{
    struct content_report r = report_of(text);

    if (r.count == 0) fail_msg("nothing found: %s", text);
    assert_string_equal(r.findings[0].rule->id, rule);
    assert_int_equal(r.findings[0].length, strlen(words));
    assert_memory_equal(text + r.findings[0].offset, words, strlen(words));
}

static void expect_clean(const char *text)
{
    struct content_report r = report_of(text);

    if (r.count > 0) fail_msg("%s: %s", r.findings[0].rule->id, text);
    assert_int_equal(r.worst, CONTENT_CLEAN);
}

static void shared_shorteners_are_found_however_they_are_written(void **state)
{
    (void)state;
    expect("Sale: https://bit.ly/3abc now", "shortener", "https://bit.ly/3abc");
    expect("Sale: bit.ly/3abc", "shortener", "bit.ly/3abc");
    expect("Sale: BIT.LY/3abc.", "shortener", "BIT.LY/3abc.");
    expect("Sale: https://www.tinyurl.com/x", "shortener", "https://www.tinyurl.com/x");
    expect("Sale: bit[.]ly/3abc", "shortener", "bit[.]ly/3abc");
    expect("Sale: bit\xE3\x80\x82ly/3abc", "shortener", "bit\xE3\x80\x82ly/3abc");
    expect_clean("Sale: https://shop.habit.ly.acme.com/3abc");
    expect_clean("Sale: https://acme.com/bit.ly");
}

static void links_without_tls_and_in_disguise_are_found(void **state)
{
    (void)state;
    expect("See http://acme.com/x", "http_link", "http://acme.com/x");
    expect("See (http://acme.com/x)", "http_link", "(http://acme.com/x)");
    expect("See HTTP://ACME.COM", "http_link", "HTTP://ACME.COM");
    expect("See https://192.0.2.7/login", "disguised_link", "https://192.0.2.7/login");
    expect("See https://paypal.com@evil.example/x", "disguised_link", "https://paypal.com@evil.example/x");
    expect("See https://xn--pypal-4ve.com", "disguised_link", "https://xn--pypal-4ve.com");
    expect_clean("See https://acme.com/x?y=http");
}

static void words_with_dots_are_no_links(void **state)
{
    (void)state;
    expect_clean("Open 9 a.m.-5 p.m. Come in.Today only. Version 2.0 costs $3.50.");
    expect_clean("Mail us at help@acme.com or ask St. John's e.g. tomorrow...");
}

static void the_gravest_come_first_and_what_has_no_place_is_left_out(void **state)
{
    char text[64 * 32] = "";
    struct content_report r;

    (void)state;
    for (int i = 0; i < 40; i++) (void)strcat(text, "http://bit.ly/x ");
    r = report_of(text);
    assert_int_equal(r.count, CONTENT_FINDINGS_MAX);
    assert_int_equal(r.worst, CONTENT_BLOCK);
    for (size_t i = 0; i < r.count; i++) assert_true(r.findings[i].offset + r.findings[i].length <= strlen(text));
}

static void a_value_that_may_be_a_link_is_looked_at(void **state)
{
    (void)state;
    assert_true(content_value_plain(STR("Ada")));
    assert_false(content_value_plain(STR("bit.ly/x")));
    assert_false(content_value_plain(STR("")));
    assert_true(content_blocks(STR("http://x.com"), &PLAIN));
    assert_false(content_blocks(STR("Hi Ada"), &PLAIN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_shorteners_are_found_however_they_are_written),
        cmocka_unit_test(links_without_tls_and_in_disguise_are_found),
        cmocka_unit_test(words_with_dots_are_no_links),
        cmocka_unit_test(the_gravest_come_first_and_what_has_no_place_is_left_out),
        cmocka_unit_test(a_value_that_may_be_a_link_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* content_links: what of a text is a link, however it is written, and what a link is like. */
#include "rules/content_links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct content_link links[CONTENT_LINKS_MAX];

/* The only link of a text. */
static const struct content_link *link_of(const char *text)
{
    if (content_links_find(str_from(text), links) != 1) fail_msg("not one link: %s", text);
    return &links[0];
}

static void a_link_ends_at_any_space_or_mark_around_it(void **state)
{
    static const char *const spaces[] = {" ",  "\t", "\n", ",",  ";",  "|",  "<",  ">",  "\"",
                                         "\u00A0", "\u2000", "\u200A", "\u2028", "\u2029", "\u3000"};

    (void)state;
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        char text[64] = "see";
        const struct content_link *l;
        strcat(strcat(strcat(text, spaces[i]), "acme.com"), spaces[i]);
        l = link_of(strcat(text, "now"));
        assert_string_equal(l->host, "acme.com");
        assert_int_equal(l->from, 3 + strlen(spaces[i]));
        assert_int_equal(l->to - l->from, 8);
    }
}

static void another_dot_is_a_dot_in_disguise(void **state)
{
    static const char *const dots[] = {"\u3002", "\uFF0E", "\uFF61", "\u2024", "\u00B7", "\u2022", "[.]", "(.)",
                                       "{.}",    "[dot]",  "(dot)",  "{dot}"};

    (void)state;
    for (size_t i = 0; i < sizeof dots / sizeof dots[0]; i++) {
        char text[64] = "acme";
        const struct content_link *l = link_of(strcat(strcat(text, dots[i]), "com/x"));
        assert_string_equal(l->host, "acme.com");
        assert_true(l->disguised && l->has_path);
        assert_true(content_links_possible(str_from(text)));
    }
}

static void a_bare_word_is_a_link_if_it_ends_like_one(void **state)
{
    static const char *const bare[] = {"acme.com", "ACME.com.", "(acme.com)", "acme.zzq/x", "-acme.com", "bit.ly/3"};
    static const char *const none[] = {"acme.c", "acme.c/x", "acme.zzq", "acme.c0m/x", "acme.c-m/x", "a.zq/", ".com",
                                       "com", "1.50", "help@acme.com", "a.m.", "://acme.com", "...", "-.-"};

    (void)state;
    for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++) (void)link_of(bare[i]);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (content_links_find(str_from(none[i]), links) != 0) fail_msg("a link: %s", none[i]);
}

static void a_scheme_and_a_user_tell_what_a_link_hides(void **state)
{
    static const struct {
        const char *text, *host;
        bool insecure, disguised, has_path;
    } table[] = {
        {"https://acme.com/x", "acme.com", false, false, true},
        {"https://acme.com/@me", "acme.com", false, false, true},
        {"https://acme.com@evil.com/x", "evil.com", false, true, true},
        {"https://acme.com@evil.com", "evil.com", false, true, false},
        {"http://acme.com", "acme.com", true, false, false},
        {"hxxp://acme.com", "acme.com", true, true, false},
        {"hxxps://acme.com", "acme.com", false, true, false},
        {"see:https://acme.com", "acme.com", false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct content_link *l = link_of(table[i].text);
        assert_string_equal(l->host, table[i].host);
        assert_int_equal(l->insecure, table[i].insecure);
        assert_int_equal(l->disguised, table[i].disguised);
        assert_int_equal(l->has_path, table[i].has_path);
    }
}

/* No host is so long: what is may hide its end. */
static void a_host_beyond_any_length_is_a_disguise(void **state)
{
    char text[512] = "https://";
    const struct content_link *l;

    (void)state;
    memset(text + 8, 'a', 300);
    strcpy(text + 308, ".com");
    l = link_of(text);
    assert_true(l->disguised);
    assert_string_equal(l->host, "");
    assert_int_equal(content_links_find(str_from(text + 8), links), 0); /* its end is not read */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_ends_at_any_space_or_mark_around_it),
        cmocka_unit_test(another_dot_is_a_dot_in_disguise),
        cmocka_unit_test(a_bare_word_is_a_link_if_it_ends_like_one),
        cmocka_unit_test(a_scheme_and_a_user_tell_what_a_link_hides),
        cmocka_unit_test(a_host_beyond_any_length_is_a_disguise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

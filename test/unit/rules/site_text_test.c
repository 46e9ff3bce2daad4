/* site_text: what a reader sees, and nothing else. */
#include "rules/site_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct site_page *read_page(const char *html)
{
    struct site_page *page = calloc(1, sizeof *page);

    assert_int_equal(site_text_read(str_from(html), page), ERR_OK);
    return page;
}

static void end(struct site_page *page)
{
    site_page_free(page);
    free(page);
}

static void expect_words(const char *html, const char *words)
{
    struct site_page *page = read_page(html);

    assert_string_equal(buf_text(&page->words), words);
    end(page);
}

static void words_stand_in_order_with_blocks_apart(void **state)
{
    (void)state;
    expect_words("<p>One  two</p><p>three <b>fo</b>ur\n five</p>", "One two\nthree four five");
    expect_words("a<br>b<BR/>c<hr/>d", "a\nb\nc\nd");
    expect_words("<ul><li>x<li>y</ul>", "x\ny");
    expect_words("", "");
    expect_words("<a href='&shy;'>x</a><base href=''><meta http-equiv=refresh content='0;url='>y", "x\ny");
    expect_words("  \n ", "");
}

static void what_nobody_sees_is_left_out(void **state)
{
    (void)state;
    expect_words("a<script>if (1 < 2) '</p>'</script>b", "ab");
    expect_words("a<style>p{}</STYLE >b", "ab");
    expect_words("a<!-- b -- > c -->d<!--->e<!-->f", "adef");
    expect_words("<div hidden>a<div>b</div>c</div>d", "d");
    expect_words("<section style='color:red; DISPLAY: none'>a<p>b</section>c", "c");
    expect_words("<template><p>a</p></template><noscript>b</noscript><svg><text>c</text></svg>d", "d");
    expect_words("a<script>never ended", "a");
    expect_words("a<!-- never ended", "a");
}

static void references_and_typography_are_read_plainly(void **state)
{
    (void)state;
    expect_words("We don&rsquo;t &amp; won&#8217;t&nbsp;&#x2014; &quot;ever&quot;", "We don't & won't - \"ever\"");
    expect_words("\xE2\x80\x9Ct\xC3\xA9l\xC3\xA9phone\xE2\x80\x9D mo\xC2\xAD" "bile",
                 "\"t\xC3\xA9l\xC3\xA9phone\" mobile");
    expect_words("AT&T &unknown; &#0; &#xFFFFFFFFF; &", "AT&T &unknown; \xEF\xBF\xBD \xEF\xBF\xBD &");
    expect_words("/?a=1&copy=2", "/?a=1&copy=2");
    expect_words("t\xE9l\xE9phone \x93q\x94", "t\xC3\xA9l\xC3\xA9phone \"q\""); /* Latin-1, as Windows writes it */
    expect_words("1 < 2 and <3", "1 < 2 and <3");
}

static void links_keep_their_words(void **state)
{
    struct site_page *page = read_page("<base href='https://a.example/'>x <a href=/privacy>Privacy <b>policy</b></a> y "
                                       "<a href=\"/t?a=1&amp;b=2\"><img alt='Terms'></a><a name=n>no</a>"
                                       "<a href='/x' aria-label='Help'></a>");

    (void)state;
    assert_int_equal(page->links_count, 3);
    assert_true(str_equal(page->links[0].address, STR("/privacy")));
    assert_true(str_equal(site_link_words(page, &page->links[0]), STR("Privacy policy")));
    assert_true(str_equal(page->links[1].address, STR("/t?a=1&b=2")));
    assert_true(str_equal(site_link_words(page, &page->links[1]), STR("Terms")));
    assert_true(str_equal(site_link_words(page, &page->links[2]), STR("Help")));
    assert_true(str_equal(page->base, STR("https://a.example/")));
    end(page);
}

static void forms_and_signs_are_noticed(void **state)
{
    struct site_page *page = read_page("<title>T &amp; U</title><meta http-equiv=Refresh content='0; url=/next'>"
                                       "<meta property=og:site_name content='Acme'><form><input type=checkbox checked>"
                                       "<input type=password><input name=user_phone></form><iframe src=x></iframe>");

    (void)state;
    assert_string_equal(buf_text(&page->title), "T & U\nAcme");
    assert_true(str_equal(page->refresh, STR("/next")));
    assert_true(page->box && page->box_ticked && page->password && page->phone_field);
    assert_int_equal(page->forms, 1);
    assert_int_equal(page->frames, 1);
    end(page);
    page = read_page("<input type=hidden name=phone><input type=checkbox name=sms><noscript>Please enable JavaScript</noscript>");
    assert_false(page->phone_field || page->box_ticked);
    assert_true(page->box && page->wants_script);
    end(page);
}

static void what_is_no_link_stands_apart_from_the_words(void **state)
{
    (void)state;
    expect_words("x<textarea>typed</textarea>y", "x y");
    expect_words("&#x1F600;<?xml version='1.0'?>!", "\xF0\x9F\x98\x80!");
    expect_words("<?php never ended", "");
}

static void a_page_may_say_where_it_is_next(void **state)
{
    static const struct {
        const char *content, *next;
    } table[] = {{"0;url=/next", "/next"}, {"0; URL='/next'", "/next"}, {"0;url=&quot;/n", "\"/n"}, {"0;url=x", "x"},
                 {"0;url='/n", "/n"}, {"0;url=''", ""}, {"5", ""}, {"0;url=", ""}, {"0;url= ", ""}};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char html[128];
        struct site_page *page;
        (void)snprintf(html, sizeof html, "<meta http-equiv=refresh content=\"%s\">", table[i].content);
        page = read_page(html);
        assert_true(str_equal(page->refresh, str_from(table[i].next)));
        end(page);
    }
    struct site_page *page = read_page("<meta http-equiv=refresh content='0;url=\"/next\"'>");
    assert_true(str_equal(page->refresh, STR("/next")));
    end(page);
}

static void a_title_is_what_the_page_is_called_anywhere(void **state)
{
    struct site_page *page = read_page("<title>Ac&shy;me</title><meta name=Description content='We clean teeth.'>"
                                       "<meta property=og:title content='Acme &amp; Co'><meta name=x content=no>");

    (void)state;
    assert_string_equal(buf_text(&page->title), "Acme\nWe clean teeth.\nAcme & Co");
    end(page);
}

static void a_map_of_a_picture_has_links(void **state)
{
    struct site_page *page = read_page("<map><area href=/north></map>");

    (void)state;
    assert_int_equal(page->links_count, 1);
    assert_true(str_equal(page->links[0].address, STR("/north")));
    end(page);
}

static void a_plain_text_keeps_its_lines(void **state)
{
    struct site_page page;

    (void)state;
    assert_int_equal(site_text_plain(STR("One  two &amp;\n\nthree <b>"), &page), ERR_OK);
    assert_string_equal(buf_text(&page.words), "One two &amp;\nthree <b>");
    site_page_free(&page);
}

static void only_the_first_base_counts(void **state)
{
    struct site_page *page = read_page("<base href='/a/'><base href='/b/'>");

    (void)state;
    assert_true(str_equal(page->base, STR("/a/")));
    end(page);
}

/* Longer than any person writes: the address is cut or left out, the title cut, the words go on. */
static void what_is_too_long_is_cut(void **state)
{
    struct buf html;
    struct site_page *page;

    (void)state;
    buf_init(&html, 1 << 20);
    buf_add_text(&html, "<base href='/");
    for (int i = 0; i < SITE_ADDRESS_MAX; i++) buf_add_char(&html, 'b');
    buf_add_text(&html, "'><title>");
    for (int i = 0; i < 2 * SITE_TITLE_BYTES; i++) buf_add_char(&html, 't');
    buf_add_text(&html, "</title><a href='/");
    for (int i = 0; i < SITE_ADDRESS_MAX; i++) buf_add_char(&html, 'a');
    buf_add_text(&html, "'>words</a>");
    page = read_page(buf_text(&html));
    assert_true(page->cut);
    assert_int_equal(page->links_count, 0);
    assert_in_range(page->base.len, SITE_ADDRESS_MAX - 4, SITE_ADDRESS_MAX);
    assert_in_range(page->title.len, SITE_TITLE_BYTES - 5, SITE_TITLE_BYTES);
    assert_string_equal(buf_text(&page->words), "words");
    end(page);
    buf_free(&html);
}

static void a_page_without_end_is_cut(void **state)
{
    enum { LINES = 40000 };
    struct site_page *page = calloc(1, sizeof *page);
    struct buf html;

    (void)state;
    buf_init(&html, 4 << 20);
    for (int i = 0; i < LINES; i++) buf_add_text(&html, "<a href=/x>words of it</a> ");
    assert_int_equal(site_text_read(buf_str(&html), page), ERR_OK);
    assert_true(page->cut);
    assert_true(page->words.len <= SITE_WORDS_BYTES);
    assert_int_equal(page->links_count, SITE_LINKS_MAX);
    buf_free(&html);
    end(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_stand_in_order_with_blocks_apart),
        cmocka_unit_test(what_nobody_sees_is_left_out),
        cmocka_unit_test(references_and_typography_are_read_plainly),
        cmocka_unit_test(links_keep_their_words),
        cmocka_unit_test(forms_and_signs_are_noticed),
        cmocka_unit_test(what_is_no_link_stands_apart_from_the_words),
        cmocka_unit_test(a_page_may_say_where_it_is_next),
        cmocka_unit_test(a_title_is_what_the_page_is_called_anywhere),
        cmocka_unit_test(a_map_of_a_picture_has_links),
        cmocka_unit_test(a_plain_text_keeps_its_lines),
        cmocka_unit_test(only_the_first_base_counts),
        cmocka_unit_test(what_is_too_long_is_cut),
        cmocka_unit_test(a_page_without_end_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

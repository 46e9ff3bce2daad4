/* URLs taken apart untouched, and put together as Node's URL and querystring do it. */
#include "twilio/url.h"

#include <setjmp.h>
#include <stdarg.h>
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

#define assert_str(s, text) assert_true(str_equal((s), str_from(text)))

static void parts_join_to_the_same_bytes(void **state)
{
    static const char *const urls[] = {"https://h",           "https://u:p@w@h:8443/p?q@x:1#f",
                                       "http://[::1]:80/x",   "https://h?q",
                                       "custom+x.y-1://h:/p", "https://u:9@h/"};
    struct url_parts parts;
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        assert_true(url_split(str_from(urls[i]), &parts));
        assert_str(url_join(&arena, &parts), urls[i]);
    }
    assert_false(url_split(STR("/path?u=http://x"), &parts));
    assert_false(url_split(STR("1x://h"), &parts));
    assert_true(url_split(STR("https://u:p@[::1]:8443/x"), &parts));
    assert_str(parts.user_info, "u:p@");
    assert_str(parts.host, "[::1]");
    assert_str(parts.port, ":8443");
    assert_str(parts.rest, "/x");
}

static void ports_come_and_go(void **state)
{
    (void)state;
    assert_str(url_without_port(&arena, STR("https://u@h:8443/p:1?x=:2")), "https://u@h/p:1?x=:2");
    assert_str(url_without_port(&arena, STR("https://[::1]/p")), "https://[::1]/p");
    assert_str(url_with_port(&arena, STR("HTTPS://h/p")), "HTTPS://h:443/p");
    assert_str(url_with_port(&arena, STR("http://h?x")), "http://h:80?x");
    assert_str(url_with_port(&arena, STR("http://h:9?x")), "http://h:9?x");
    assert_str(url_without_fragment(STR("http://h#rc=3#x")), "http://h");
    assert_str(url_query_get(STR("https://h/p?a=1&b=x=y&b=2#b=3"), STR("b")), "x=y");
    assert_str(url_query_get(STR("https://h/p?a&b"), STR("a")), "");
    assert_non_null(url_query_get(STR("https://h/p?a&b"), STR("a")).at);
    assert_null(url_query_get(STR("https://h/p?a=1#x=1&b=2"), STR("b")).at);
}

/* Input, new URL(input).toString(), and that with its query through querystring (Node 20). */
static const struct {
    const char *url, *normal, *legacy;
} node[] = {
    {"https://sms.example.test/a?q=it's&b=%27x", "https://sms.example.test/a?q=it%27s&b=%27x",
     "https://sms.example.test/a?q=it's&b='x"},
    {"HTTPS://User:pa@ss@SMS.Example.test:0443/a/./b/../c d/`{}|\\x'y/%2E%2e/z?q='<>\"`{}|\303\251",
     "https://User:pa%40ss@sms.example.test/a/c%20d/%60%7B%7D|/z?q=%27%3C%3E%22`{}|%C3%A9",
     "https://User:pa%40ss@sms.example.test/a/c%20d/%60%7B%7D|/z?q='%3C%3E%22%60%7B%7D%7C%C3%A9"},
    {"http://h.test:80", "http://h.test/", "http://h.test/"},
    {"https://h.test:8443/x?", "https://h.test:8443/x?", "https://h.test:8443/x?"},
    {"http://u:@h.test/a//b/..//", "http://u@h.test/a///", "http://u@h.test/a///"},
    {"http://:p@h.test/..?a&b=&&=c", "http://:p@h.test/?a&b=&&=c", "http://:p@h.test/?a=&b=&=c"},
    {"https://h.test/p?b=1&10=x&9=y&b=2&a+b=c%20d&z=%zz", "https://h.test/p?b=1&10=x&9=y&b=2&a+b=c%20d&z=%zz",
     "https://h.test/p?9=y&10=x&b=1&b=2&a%20b=c%20d&z=%25zz"},
    {"https://127.0.0.1:9/x", "https://127.0.0.1:9/x", "https://127.0.0.1:9/x"},
    {"https://h.test/caf\303\251?x=\303\251", "https://h.test/caf%C3%A9?x=%C3%A9",
     "https://h.test/caf%C3%A9?x=%C3%A9"},
    {"https://h.test/a?x=!*()~%41", "https://h.test/a?x=!*()~%41", "https://h.test/a?x=!*()~A"},
    {"http:\\\\h.test\\x", "http://h.test/x", "http://h.test/x"},
    {"https://h.test/%7e/%C3?q=%C3%A9", "https://h.test/%7e/%C3?q=%C3%A9", "https://h.test/%7e/%C3?q=%C3%A9"},
};

static void normal_and_legacy_forms_are_nodes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof node / sizeof *node; i++) {
        struct str normal;
        assert_int_equal(url_normalise(&arena, str_from(node[i].url), &normal), ERR_OK);
        assert_string_equal(normal.at, node[i].normal);
        assert_str(url_with_legacy_query(&arena, normal), node[i].legacy);
    }
}

static void hosts_that_need_more_than_lower_case_are_not_normalised(void **state)
{
    static const char *const urls[] = {"https://caf\xc3\xa9.test/",
                                       "https://a%41.test/",
                                       "https://[::1]/",
                                       "https://0x7f.1/",
                                       "https://1.2.3.04/",
                                       "https://1.2.3/",
                                       "https://h:65536/",
                                       "https://h:x/",
                                       "ftp://h/",
                                       "https://",
                                       "/path",
                                       "https://a b/"};
    struct str normal;
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_int_equal(url_normalise(&arena, str_from(urls[i]), &normal), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_join_to_the_same_bytes),
        cmocka_unit_test(ports_come_and_go),
        cmocka_unit_test(normal_and_legacy_forms_are_nodes),
        cmocka_unit_test(hosts_that_need_more_than_lower_case_are_not_normalised),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

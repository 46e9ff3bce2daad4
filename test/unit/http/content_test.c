/* A text that carriers or the law forbid is refused with its words and what to do, and can be asked about before. */
#include "face.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct face f;

static int setup(void **state)
{
    (void)state;
    face_open(&f);
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550199", 14155550199);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

static void a_forbidden_text_is_refused_with_its_words(void **state)
{
    struct answer a = call(&f, "POST", "/v1/messages", f.acme_key, NULL,
                           "{\"to\":\"+12125550101\",\"body\":\"Sale: https://bit.ly/3abc\"}");

    (void)state;
    assert_int_equal(a.status, 422);
    assert_non_null(strstr(a.body, "\"field\":\"body\""));
    assert_non_null(strstr(a.body, "https://bit.ly/3abc"));
    assert_non_null(strstr(a.body, "full https link"));
    answer_free(&a);
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+12125550101\",\"template\":\"See {{link}}\",\"fields\":{\"link\":\"http://a.com\"}}",
                "\"field\":\"template\"");
    expect(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+12125550101\",\"body\":\"See https://a.com\"}");
}

static void anybody_with_a_key_may_ask(void **state)
{
    (void)state;
    expect_text(&f, 200, "POST", "/v1/content/check", f.read_key, "{\"text\":\"Sale: https://bit.ly/3abc\"}",
                "\"verdict\":\"block\"");
    expect_text(&f, 200, "POST", "/v1/content/check", f.read_key, "{\"text\":\"Sale: https://bit.ly/3abc\"}",
                "\"offset\":6,\"length\":19");
    expect_text(&f, 200, "POST", "/v1/content/check", f.operator_key, "{\"text\":\"http://a.com\"}", "http_link");
    expect_text(&f, 200, "POST", "/v1/content/check", f.read_key,
                "{\"text\":\"Acme: your code is 1234\",\"kind\":\"transactional\"}", "\"verdict\":\"clean\"");
    expect(&f, 422, "POST", "/v1/content/check", f.read_key, "{}");
    expect(&f, 422, "POST", "/v1/content/check", f.read_key, "{\"text\":\"x\",\"kind\":\"spam\"}");
    expect(&f, 404, "POST", "/v1/content/check", f.read_key, "{\"text\":\"x\",\"program\":\"none\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_forbidden_text_is_refused_with_its_words, setup, teardown),
        cmocka_unit_test_setup_teardown(anybody_with_a_key_may_ask, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

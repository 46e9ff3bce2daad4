/* The sandbox's two small readers: connection overrides and TwiML. */
#include "sandbox/overrides.h"
#include "sandbox/twiml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

static void a_url_without_fragment_has_twilios_defaults(void **state)
{
    int bad;
    struct overrides o = overrides_read(STR("https://h/p?q=1"), &bad);
    (void)state;
    assert_int_equal(o.connect_timeout_ms, 5000);
    assert_int_equal(o.read_timeout_ms, 15000);
    assert_int_equal(o.total_timeout_ms, 15000);
    assert_int_equal(o.retries, 1);
    assert_int_equal(o.on, RETRY_CONNECT);
    assert_int_equal(bad, 0);
    assert_int_equal(overrides_url_bytes(STR("https://h/p?q=1#rc=2")), 15);
}

static void overrides_are_read_and_bounded(void **state)
{
    int bad;
    struct overrides o =
        overrides_read(STR("http://h/#rc=5&rp=4xx,5xx&ct=100&rt=200&tt=300&e=ashburn&sni=y"), &bad);
    (void)state;
    assert_int_equal(o.retries, 5);
    assert_int_equal(o.on, RETRY_4XX | RETRY_5XX);
    assert_int_equal(o.connect_timeout_ms, 100);
    assert_int_equal(o.read_timeout_ms, 200);
    assert_int_equal(o.total_timeout_ms, 300);
    assert_int_equal(bad, 0);
    o = overrides_read(STR("http://h/#rc=6"), &bad);
    assert_int_equal(o.retries, 1);
    assert_int_equal(bad, 11243);
    (void)overrides_read(STR("http://h/#rp=sometimes"), &bad);
    assert_int_equal(bad, 11243);
    assert_int_equal(overrides_read(STR("http://h/#rp=all"), &bad).on, RETRY_ALL);
}

/* What twiml_read makes of a document; the replies' texts are joined with '|' in out. */
static int read_text(const char *document, char *out, size_t size)
{
    struct arena arena;
    struct twiml t = {.count = 0};
    size_t at = 0;
    int code;
    arena_init(&arena, 1 << 20);
    code = twiml_read(&arena, str_from(document), &t);
    out[0] = '\0';
    for (size_t i = 0; i < t.count && code == 0; i++) {
        assert_true(at + t.replies[i].body.len + 2 < size);
        if (i > 0) out[at++] = '|';
        if (t.replies[i].body.len > 0) memcpy(out + at, t.replies[i].body.at, t.replies[i].body.len);
        at += t.replies[i].body.len;
        out[at] = '\0';
    }
    arena_reset(&arena);
    return code;
}

static void replies_are_read(void **state)
{
    static const struct {
        const char *document, *texts;
        int code;
    } cases[] = {
        {"", "", 0},
        {"  ", "", 0},
        {"<Response/>", "", 0},
        {"<Response></Response>", "", 0},
        {"<Response><Message>Hi</Message></Response>", "Hi", 0},
        {"<?xml version='1.0' encoding='UTF-8'?>\n<!-- x -->\n<Response>\n "
         "<Message><Body>Hi</Body></Message>\n"
         "</Response>",
         "Hi", 0},
        {"<Response><Message to=\"+1\">a &amp; b &#65;&#x1F600;</Message><Message>c</Message></Response>",
         "a & b A\xF0\x9F\x98\x80|c", 0},
        {"<Response><Message><![CDATA[<b>&amp;]]></Message></Response>", "<b>&amp;", 0},
        {"<Response><Redirect method='GET'>http://x</Redirect></Response>", "", 0},
        {"<Response><Message/></Response>", "", 0},
        {"<Response><Say>Hi</Say></Response>", "", 14110},
        {"<Reply/>", "", 12102},
        {"hello", "", 12100},
        {"<Response>", "", 12100},
        {"<Response><Message>Hi</Response>", "", 12100},
        {"<Response><Message>&nope;</Message></Response>", "", 12100},
        {"<Response><Message>&#xD800;</Message></Response>", "", 12100},
        {"<Response", "", 12100},
        {"<Response a=\"", "", 12100},
        {"<!-- ", "", 12100},
        {"</Response>", "", 12100},
    };
    char texts[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(read_text(cases[i].document, texts, sizeof texts), cases[i].code);
        assert_string_equal(texts, cases[i].texts);
    }
}

static void too_much_is_refused(void **state)
{
    static char big[TWIML_BYTES_MAX + 2];
    char many[1024] = "<Response>", texts[256];
    (void)state;
    memset(big, ' ', sizeof big - 1);
    assert_int_equal(read_text(big, texts, sizeof texts), 11750);
    for (int i = 0; i < 11; i++) strncat(many, "<Message>x</Message>", sizeof many - strlen(many) - 1);
    strncat(many, "</Response>", sizeof many - strlen(many) - 1);
    assert_int_equal(read_text(many, texts, sizeof texts), 14109);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_without_fragment_has_twilios_defaults),
        cmocka_unit_test(overrides_are_read_and_bounded),
        cmocka_unit_test(replies_are_read),
        cmocka_unit_test(too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

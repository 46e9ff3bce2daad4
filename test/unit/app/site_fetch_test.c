/*
 * What a tenant's website may not do to us: reach inside, hold us, fill us. The table of addresses is asked without a
 * network; pages come from a server on the loopback; names resolve to what the test says.
 */
#include "app/site_fetch.h"

#include "site_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

enum { TIMEOUT_MS = 20000, SHORT_MS = 300, BOMB_BYTES = 64 << 20, BOMB_ROOM = 256 * 1024, HEADERS_MANY = 70 * 1024 };

static char bomb[BOMB_ROOM], long_value[HEADERS_MANY];
static struct site_server_page pages[] = {
    {.path = "/", .status = 200, .body = "<title>Acme</title><p>Welcome to Acme Dental"},
    {.path = "/plain", .status = 200, .type = "text/plain", .body = "one < two\nthree"},
    {.path = "/here", .status = 301, .header = "Location", .value = "/there?a=1"},
    {.path = "/there", .status = 302, .header = "Location", .value = "https://other.acme-dental.com/"},
    {.path = "/forward", .status = 200, .body = "<meta http-equiv=refresh content='0;url=/'>"},
    {.path = "/forward_inside", .status = 200, .body = "<meta http-equiv=refresh content='0;url=https://127.0.0.1/'>"},
    {.path = "/loop", .status = 302, .header = "Location", .value = "/loop"},
    {.path = "/down", .status = 302, .header = "Location", .value = "http://acme-dental.com/"},
    {.path = "/file", .status = 302, .header = "Location", .value = "file:///etc/passwd"},
    {.path = "/loopback", .status = 302, .header = "Location", .value = "https://127.0.0.1/"},
    {.path = "/decimal", .status = 302, .header = "Location", .value = "https://2130706433/"},
    {.path = "/hex", .status = 302, .header = "Location", .value = "https://0x7f.1/"},
    {.path = "/six", .status = 302, .header = "Location", .value = "https://[::1]/"},
    {.path = "/mapped", .status = 302, .header = "Location", .value = "https://[::ffff:169.254.169.254]/"},
    {.path = "/port", .status = 302, .header = "Location", .value = "https://acme-dental.com:8443/"},
    {.path = "/user", .status = 302, .header = "Location", .value = "https://a:b@acme-dental.com/"},
    {.path = "/inner_name", .status = 307, .header = "Location", .value = "https://inner.acme-dental.com/"},
    {.path = "/nowhere", .status = 302},
    {.path = "/image", .status = 200, .type = "image/png", .body = "\x89PNG"},
    {.path = "/pdf", .status = 200, .type = "application/pdf", .body = "%PDF-1.7"},
    {.path = "/locked", .status = 401, .body = "no"},
    {.path = "/guarded", .status = 403, .body = "no"},
    {.path = "/too_many", .status = 429, .body = "no"},
    {.path = "/broken", .status = 503, .body = "no"},
    {.path = "/huge", .status = 200, .body = "<p>Acme Dental ", .endless = (size_t)1 << 32},
    {.path = "/bomb", .status = 200, .header = "Content-Encoding", .value = "gzip", .body = bomb},
    {.path = "/headers", .status = 200, .header = "X-Much", .value = long_value, .body = "<p>Acme"},
    {.path = "/hangs", .status = 200, .hangs = 1},
    {.path = NULL},
};
static struct site_server server;

/* 64 MiB of nothing, packed into some 64 KiB. */
static void pack_bomb(void)
{
    static unsigned char zeros[1 << 16];
    z_stream z = {.next_out = (unsigned char *)bomb, .avail_out = sizeof bomb};

    memset(zeros, 'a', sizeof zeros);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    for (int i = 0; i < BOMB_BYTES / (int)sizeof zeros; i++) {
        z.next_in = zeros;
        z.avail_in = sizeof zeros;
        assert_int_equal(deflate(&z, Z_NO_FLUSH), Z_OK);
    }
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    for (size_t i = 0; pages[i].path != NULL; i++)
        if (strcmp(pages[i].path, "/bomb") == 0) pages[i].length = z.total_out;
    (void)deflateEnd(&z);
}

static int setup(void **state)
{
    (void)state;
    pack_bomb();
    memset(long_value, 'h', sizeof long_value - 1);
    site_server_start(&server, pages);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    site_server_stop(&server);
    return 0;
}

static enum site_outcome fetch(const char *url, struct site_page *page, const char *const *answers, int64_t timeout_ms)
{
    struct site_fetch_config c = {.timeout_ms = timeout_ms, .test_port = server.port, .answers = answers};

    return site_fetch(&c, str_from(url), page);
}

static void expect(const char *url, enum site_outcome outcome)
{
    struct site_page *page = malloc(sizeof *page);
    enum site_outcome got = fetch(url, page, NULL, TIMEOUT_MS);

    site_page_free(page);
    free(page);
    if (got != outcome) fail_msg("%s: %s, not %s", url, site_outcome_name(got), site_outcome_name(outcome));
}

static void only_public_https_addresses_are_asked(void **state)
{
    static const char *const fine[] = {"https://acme-dental.com", "https://www.acme.co.uk/x?y=1#z", "HTTPS://ACME.COM/",
                                       "https://acme.com:443/", "https://xn--caf-dma.example/", "https://acme.com./"};
    static const char *const bad[] = {
        "http://acme.com/", "ftp://acme.com/", "file:///etc/passwd", "gopher://acme.com/", "acme.com", "", "https://",
        "https://acme.com:8443/", "https://acme.com:80/", "https://user@acme.com/", "https://user:pw@acme.com/",
        "https://:pw@acme.com/", "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/",
        "https://0177.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://8.8.8.8/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[fe80::1%25eth0]/",
        "https://[fd00::1]/", "https://[2001:4860:4860::8888]/", "https://localhost/", "https://LOCALHOST./",
        "https://a.localhost/", "https://intranet/", "https://printer.local/", "https://metadata.google.internal/",
        "https://router.lan/", "https://x.home.arpa/", "https://acme.com/\nHost: x", "https://acme.0x7f/"};

    (void)state;
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
        if (!site_url_is_public(fine[i])) fail_msg("%s is refused", fine[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (site_url_is_public(bad[i])) fail_msg("%s is asked", bad[i]);
}

static void a_page_is_read_under_its_own_name(void **state)
{
    struct site_page page;

    (void)state;
    assert_int_equal(fetch("https://acme-dental.com/", &page, NULL, TIMEOUT_MS), SITE_READ);
    assert_string_equal(buf_text(&page.words), "Welcome to Acme Dental");
    site_page_free(&page);
    assert_int_equal(fetch("https://acme-dental.com/plain", &page, NULL, TIMEOUT_MS), SITE_READ);
    assert_string_equal(buf_text(&page.words), "one < two\nthree");
    site_page_free(&page);
    assert_int_equal(server.without_name, 0);
}

static void redirects_are_followed_and_each_is_judged(void **state)
{
    (void)state;
    expect("https://acme-dental.com/here", SITE_READ);
    expect("https://acme-dental.com/forward", SITE_READ);
    expect("https://acme-dental.com/loop", SITE_LOOP);
    expect("https://acme-dental.com/down", SITE_BAD_URL);
    expect("https://acme-dental.com/file", SITE_BAD_URL);
    expect("https://acme-dental.com/loopback", SITE_BAD_URL);
    expect("https://acme-dental.com/decimal", SITE_BAD_URL);
    expect("https://acme-dental.com/hex", SITE_BAD_URL);
    expect("https://acme-dental.com/six", SITE_BAD_URL);
    expect("https://acme-dental.com/mapped", SITE_BAD_URL);
    expect("https://acme-dental.com/port", SITE_BAD_URL);
    expect("https://acme-dental.com/user", SITE_BAD_URL);
    expect("https://acme-dental.com/forward_inside", SITE_BAD_URL);
    expect("https://acme-dental.com/nowhere", SITE_UNREACHABLE);
}

static void a_loop_ends_after_five(void **state)
{
    unsigned before = server.requests;

    (void)state;
    expect("https://acme-dental.com/loop", SITE_LOOP);
    assert_int_equal(server.requests - before, SITE_HOPS_MAX + 1);
}

/* The server on the loopback would answer; names that lead to private addresses get no connection at all. */
static void a_name_with_a_private_address_is_not_called(void **state)
{
    static const char *const inside[] = {
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "[::1]", "[fe80::1]", "[fd12::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]",
        "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001:db8::1]", "[::]", "127.0.0.1,192.0.2.1", "[::1],127.0.0.1"};
    unsigned before = server.requests;

    (void)state;
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        char answer[128];
        const char *const answers[] = {answer, NULL};
        struct site_page page;
        (void)snprintf(answer, sizeof answer, "inner.acme-dental.com:443:%s", inside[i]);
        if (fetch("https://inner.acme-dental.com/", &page, answers, TIMEOUT_MS) != SITE_PRIVATE)
            fail_msg("%s is called", inside[i]);
        site_page_free(&page);
    }
    assert_int_equal(server.requests, before);
}

static void a_redirect_to_such_a_name_is_not_followed(void **state)
{
    static const char *const answers[] = {"inner.acme-dental.com:443:169.254.169.254", NULL};
    struct site_page page;

    (void)state;
    assert_int_equal(fetch("https://acme-dental.com/inner_name", &page, answers, TIMEOUT_MS), SITE_PRIVATE);
    site_page_free(&page);
}

/* First a public answer, then a private one: what is judged is what is connected to, each time. */
static void a_name_that_changes_its_address_is_caught(void **state)
{
    static const char *const answers[] = {"acme-dental.com:443:127.0.0.1", NULL};
    unsigned before = server.requests;
    struct site_page page;

    (void)state;
    assert_int_equal(fetch("https://acme-dental.com/", &page, NULL, TIMEOUT_MS), SITE_READ);
    site_page_free(&page);
    assert_int_equal(fetch("https://acme-dental.com/", &page, answers, TIMEOUT_MS), SITE_PRIVATE);
    site_page_free(&page);
    assert_int_equal(server.requests, before + 1);
}

static void statuses_and_types_are_told_apart(void **state)
{
    (void)state;
    expect("https://acme-dental.com/none", SITE_GONE);
    expect("https://acme-dental.com/locked", SITE_LOCKED);
    expect("https://acme-dental.com/guarded", SITE_GUARDED);
    expect("https://acme-dental.com/too_many", SITE_GUARDED);
    expect("https://acme-dental.com/broken", SITE_BROKEN);
    expect("https://acme-dental.com/image", SITE_NOT_TEXT);
    expect("https://acme-dental.com/pdf", SITE_PAPER);
}

static void a_certificate_that_nobody_vouches_for_is_no_website(void **state)
{
    struct site_server secure;
    struct site_fetch_config c = {.timeout_ms = TIMEOUT_MS, .test_tls = true};
    struct site_page page;

    (void)state;
    site_server_start_tls(&secure, pages);
    c.test_port = secure.port;
    assert_int_equal(site_fetch(&c, STR("https://acme-dental.com/"), &page), SITE_TLS);
    site_page_free(&page);
    assert_int_equal(secure.requests, 0);
    site_server_stop(&secure);
    /* Nor is one that speaks no TLS at all. */
    c.test_port = server.port;
    assert_int_equal(site_fetch(&c, STR("https://acme-dental.com/"), &page), SITE_TLS);
    site_page_free(&page);
}

static void what_is_too_much_is_cut(void **state)
{
    static const char *const urls[] = {"https://acme-dental.com/huge", "https://acme-dental.com/bomb"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct site_page page;
        assert_int_equal(fetch(urls[i], &page, NULL, TIMEOUT_MS), SITE_READ);
        assert_true(page.cut);
        assert_true(page.words.len <= SITE_WORDS_BYTES);
        site_page_free(&page);
    }
    expect("https://acme-dental.com/headers", SITE_UNREACHABLE);
}

static void who_never_answers_is_left(void **state)
{
    struct site_page page;
    _Atomic bool stopping = true;
    struct site_fetch_config c = {.timeout_ms = TIMEOUT_MS, .test_port = server.port, .stopping = &stopping};

    (void)state;
    assert_int_equal(fetch("https://acme-dental.com/hangs", &page, NULL, SHORT_MS), SITE_SLOW);
    site_page_free(&page);
    assert_int_equal(site_fetch(&c, STR("https://acme-dental.com/hangs"), &page), SITE_SLOW);
    site_page_free(&page);
}

static void links_are_resolved_as_browsers_do(void **state)
{
    char out[SITE_URL_BYTES];

    (void)state;
    assert_true(site_url_join(STR("https://a.com/x/y?z"), STR("../privacy policy"), out));
    assert_string_equal(out, "https://a.com/privacy%20policy");
    assert_true(site_url_join(STR("https://a.com/x"), STR("//b.com/t"), out));
    assert_string_equal(out, "https://b.com/t");
    assert_false(site_url_join(STR("nothing"), STR("/x"), out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_public_https_addresses_are_asked),
        cmocka_unit_test(a_page_is_read_under_its_own_name),
        cmocka_unit_test(redirects_are_followed_and_each_is_judged),
        cmocka_unit_test(a_loop_ends_after_five),
        cmocka_unit_test(a_name_with_a_private_address_is_not_called),
        cmocka_unit_test(a_redirect_to_such_a_name_is_not_followed),
        cmocka_unit_test(a_name_that_changes_its_address_is_caught),
        cmocka_unit_test(statuses_and_types_are_told_apart),
        cmocka_unit_test(a_certificate_that_nobody_vouches_for_is_no_website),
        cmocka_unit_test(what_is_too_much_is_cut),
        cmocka_unit_test(who_never_answers_is_left),
        cmocka_unit_test(links_are_resolved_as_browsers_do),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/*
 * Websites of registrations are read in the background, once, and what was found is remembered; what a server's
 * hiccup broke is tried again. Pages come from a server on the loopback.
 */
#include "app/site_check.h"

#include "house.h"
#include "site_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOME "<title>Acme Dental</title><p>Acme Dental cares for the teeth of families in Reno. Call 775-555-0134. "
static const char GOOD[] = HOME "<a href=/privacy>Privacy</a> <a href=/terms>Terms</a>";
static struct site_server_page pages[] = {
    {.path = "/", .status = 200, .body = GOOD},
    {.path = "/privacy", .status = 200, .body = "<h1>Privacy</h1><p>We never share your mobile number with third parties "
                                                "for their marketing or any other purpose at all."},
    {.path = "/terms", .status = 200, .body = "<h1>Terms</h1><p>Acme Dental sends text messages. Message frequency varies. "
                                              "Message and data rates may apply. Reply STOP to opt out, HELP for help, or "
                                              "call 775-555-0134. Carriers are not liable."},
    {.path = "/shared", .status = 200, .body = "<h1>Privacy</h1><p>We share your phone number and details with partners "
                                               "for their marketing, whenever we like to."},
    {.path = "/broken", .status = 500, .body = "no"},
    {.path = NULL},
};
static struct house h;
static struct site_server server;
static struct site_checks *checks;
static int64_t since_ms;

static int setup(void **state)
{
    struct fault f = {0};

    (void)state;
    house_open(&h);
    site_server_start(&server, pages);
    h.settings.sites_test_port = server.port;
    h.settings.sites_retry_ms = 1;
    since_ms = 0;
    assert_int_equal(site_checks_start(&h.app, &checks, &f), ERR_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    site_checks_stop(checks);
    site_server_stop(&server);
    house_close(&h);
    return 0;
}

static struct a2p_facts acme(const char *website, const char *privacy)
{
    struct a2p_facts facts = {.at = {[A2P_BRAND_NAME] = STR("Acme Dental"), [A2P_LEGAL_NAME] = STR("Acme Dental LLC")}};

    facts.at[A2P_WEBSITE] = str_from(website);
    facts.at[A2P_PRIVACY_URL] = str_from(privacy);
    return facts;
}

static void settled(const struct a2p_facts *facts, bool patient, struct site_result *out)
{
    enum site_answer answer;

    while ((answer = site_checks_ask(checks, h.org, facts, BRAND_STANDARD, patient, since_ms, out)) ==
           SITE_ANSWER_READING)
        clock_pause(&h.clock, 1);
    assert_int_equal(answer, SITE_ANSWER_KNOWN);
}

static bool found(const struct site_result *r, const char *rule)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(site_result_finding(r, i).rule, rule) == 0) return true;
    return false;
}

static void pages_that_the_website_links_are_read_too(void **state)
{
    struct a2p_facts facts = acme("https://acme-dental.com/", NULL);
    struct site_result r;

    (void)state;
    settled(&facts, true, &r);
    assert_int_equal(r.state, SITE_STATE_READ);
    assert_int_equal(r.pages, 3);
    assert_int_equal(r.worst, A2P_CLEAN);
}

static void what_is_known_is_not_read_again(void **state)
{
    struct a2p_facts facts = acme("https://acme-dental.com/", NULL);
    struct site_result r;
    unsigned requests;

    (void)state;
    settled(&facts, true, &r);
    requests = server.requests;
    settled(&facts, true, &r);
    settled(&facts, false, &r);
    assert_int_equal(server.requests, requests);
    facts.at[A2P_PRIVACY_URL] = STR("https://acme-dental.com/shared");
    settled(&facts, true, &r);
    assert_true(found(&r, "privacy_shares"));
    assert_true(server.requests > requests);
}

static void what_may_pass_is_tried_three_times_for_the_patient(void **state)
{
    struct a2p_facts facts = acme("https://acme-dental.com/broken", "https://acme-dental.com/privacy");
    struct site_result r;
    unsigned before = server.requests;

    (void)state;
    settled(&facts, false, &r);
    assert_true(found(&r, "page_broken"));
    assert_int_equal(server.requests - before, 2);
    settled(&facts, true, &r);
    assert_true(found(&r, "page_broken"));
    assert_int_equal(server.requests - before, 6);
}

static void what_was_read_before_a_page_was_mended_does_not_count(void **state)
{
    struct a2p_facts facts = acme("https://acme-dental.com/", "https://acme-dental.com/shared");
    static struct site_server_page mended[sizeof pages / sizeof pages[0]];
    struct site_result r;

    (void)state;
    settled(&facts, true, &r);
    assert_true(found(&r, "privacy_shares"));
    memcpy(mended, pages, sizeof pages);
    mended[3].body = mended[1].body;
    server.pages = mended;
    settled(&facts, true, &r);
    assert_true(found(&r, "privacy_shares")); /* as it was read */
    since_ms = r.at_ms;
    settled(&facts, true, &r);
    assert_int_equal(r.worst, A2P_CLEAN);
}

static void an_organization_has_so_many_an_hour(void **state)
{
    struct a2p_facts facts = acme("https://acme-dental.com/", NULL);
    struct site_result r;

    (void)state;
    h.settings.sites_per_hour = 1;
    settled(&facts, true, &r);
    facts.at[A2P_PRIVACY_URL] = STR("https://acme-dental.com/shared");
    assert_int_equal(site_checks_ask(checks, h.org, &facts, BRAND_STANDARD, true, 0, &r), SITE_ANSWER_BUSY);
    assert_int_not_equal(site_checks_ask(checks, h.org + 1, &facts, BRAND_STANDARD, true, 0, &r), SITE_ANSWER_BUSY);
}

static void a_server_that_does_not_answer_is_asked_for_one_page(void **state)
{
    static const struct site_server_page slow[] = {{.path = "/", .status = 200, .hangs = 1}, {.path = NULL}};
    struct a2p_facts facts = acme("https://acme-dental.com/", "https://acme-dental.com/privacy");
    struct site_result r;
    unsigned before = server.requests;

    (void)state;
    server.pages = slow;
    h.settings.sites_timeout_ms = 100;
    settled(&facts, false, &r);
    assert_true(found(&r, "page_slow"));
    assert_int_equal(server.requests - before, 1);
}

/* However many websites hang when they are tried again, one that is new is read. */
static void websites_that_hang_leave_threads_to_others(void **state)
{
    enum { HANGING = 9 };
    static const struct site_server_page some[] = {{.path = "/hang", .status = 200, .hangs = 1},
                                                   {.path = "/", .status = 200, .body = GOOD}, {.path = NULL}};
    struct a2p_facts facts = acme("https://acme-dental.com/hang", NULL);
    struct site_result r;
    org_id org = h.org;

    (void)state;
    server.pages = some;
    h.settings.sites_timeout_ms = 100;
    for (org_id i = 1; i <= HANGING; i++)
        while (site_checks_ask(checks, org + i, &facts, BRAND_STANDARD, false, 0, &r) == SITE_ANSWER_READING)
            clock_pause(&h.clock, 1);
    h.settings.sites_timeout_ms = 60000; /* from now on they hang until the end */
    for (org_id i = 1; i <= HANGING; i++)
        assert_int_equal(site_checks_ask(checks, org + i, &facts, BRAND_STANDARD, true, 0, &r), SITE_ANSWER_READING);
    while (server.held_count < HANGING + 1) clock_pause(&h.clock, 1);
    facts.at[A2P_WEBSITE] = STR("https://acme-dental.com/");
    settled(&facts, false, &r);
    assert_true(r.pages >= 1 && !found(&r, "page_slow"));
}

static void a_stop_does_not_wait_for_a_page(void **state)
{
    static const struct site_server_page slow[] = {{.path = "/", .status = 200, .hangs = 1}, {.path = NULL}};
    struct a2p_facts facts = acme("https://acme-dental.com/", NULL);
    struct site_result r;

    (void)state;
    server.pages = slow;
    h.settings.sites_timeout_ms = 60000;
    assert_int_equal(site_checks_ask(checks, h.org, &facts, BRAND_STANDARD, true, 0, &r), SITE_ANSWER_READING);
    while (server.held_count == 0) clock_pause(&h.clock, 1);
}

static void a_result_is_kept_and_read_back(void **state)
{
    struct a2p_facts facts = acme("https://acme-dental.com/none", "https://acme-dental.com/shared");
    struct site_result r, back;
    struct buf text;
    json_t *json;

    (void)state;
    settled(&facts, true, &r);
    buf_init(&text, 65536);
    site_result_write(&r, &text);
    json = json_loads(buf_text(&text), 0, NULL);
    site_result_read(json, &back);
    json_decref(json);
    assert_int_equal(back.count, r.count);
    assert_int_equal(back.worst, A2P_BLOCK);
    assert_int_equal(back.at_ms, r.at_ms);
    for (size_t i = 0; i < r.count; i++) assert_string_equal(back.at[i].words, r.at[i].words);
    assert_true(found(&back, "page_gone") && found(&back, "privacy_shares"));
    site_result_read(NULL, &back);
    assert_int_equal(back.state, SITE_STATE_TODO);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_that_the_website_links_are_read_too, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_known_is_not_read_again, setup, teardown),
        cmocka_unit_test_setup_teardown(what_may_pass_is_tried_three_times_for_the_patient, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_read_before_a_page_was_mended_does_not_count, setup, teardown),
        cmocka_unit_test_setup_teardown(an_organization_has_so_many_an_hour, setup, teardown),
        cmocka_unit_test_setup_teardown(a_server_that_does_not_answer_is_asked_for_one_page, setup, teardown),
        cmocka_unit_test_setup_teardown(websites_that_hang_leave_threads_to_others, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_does_not_wait_for_a_page, setup, teardown),
        cmocka_unit_test_setup_teardown(a_result_is_kept_and_read_back, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

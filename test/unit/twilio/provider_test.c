/* What stories do not show of the provider port, over each of its clients: batches, waking, replaced accounts,
 * stopping. */
#include "../../story/peer.h"
#include "twilio/provider_wire.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AC "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BODY "{\"sid\":\"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"

enum { WAIT_MS = 10000 };

static bool over_curl;
static struct clock now;
static struct peer_config script;
static struct peer *peer;
static struct provider *provider;

static int begin(void **state)
{
    (void)state;
    script = (struct peer_config){0};
    clock_system(&now);
    return 0;
}

static int end(void **state)
{
    (void)state;
    provider_stop(provider);
    peer_free(peer);
    provider = NULL;
    peer = NULL;
    return 0;
}

static void step(enum peer_step_kind kind, const char *text)
{
    struct peer_script *s = &script.scripts[script.count - 1];
    s->steps[s->count++] = (struct peer_step){.kind = kind, .text = str_from(text), .times = 1};
}

/* One connection that reads one request, answers it, and waits. */
static void connection_with_answer(void)
{
    script.count++;
    step(PEER_READ_REQUEST, NULL);
    step(PEER_SEND, "HTTP/1.1 201 Created\r\nContent-Length: 44\r\n\r\n" BODY);
    step(PEER_HANG, NULL);
}

static enum err new_provider(const struct provider_curl_config *c, struct provider **out, struct fault *f)
{
    return over_curl ? provider_curl_new(c, out, f) : provider_wire_new(c, NULL, out, f);
}

static void set_account(uint32_t handle, const char *token)
{
    char base[64];
    struct twilio_account account;
    struct twilio_credentials c = {.account_sid = STR(AC), .auth_token = str_from(token)};
    snprintf(base, sizeof base, "http://127.0.0.1:%d", peer_port(peer));
    c.base_url = str_from(base);
    assert_int_equal(twilio_account_set(&account, &c, NULL), ERR_OK);
    assert_int_equal(provider_set_account(provider, handle, &account, NULL), ERR_OK);
}

static void go(size_t in_flight_max)
{
    struct provider_curl_config c = {.clock = &now,
                                     .in_flight_max = in_flight_max,
                                     .timeout_ms = WAIT_MS,
                                     .connect_timeout_ms = WAIT_MS,
                                     .idle_max_ms = 60000};
    peer = peer_start(&script);
    assert_non_null(peer);
    assert_int_equal(new_provider(&c, &provider, NULL), ERR_OK);
    set_account(1, "token");
}

static enum err start(uint64_t tag)
{
    struct provider_request r = {
        .tag = tag,
        .call = PROVIDER_CREATE,
        .account = 1,
        .message = {.to = STR("+14155550100"), .from = STR("+14155550111"), .body = STR("x")}};
    return provider_start(provider, &r);
}

static void each_request_has_one_answer_however_they_are_polled(void **state)
{
    struct provider_answer out[16];
    uint64_t seen = 0;
    size_t got = 0;
    (void)state;
    for (int i = 0; i < 12; i++)
        connection_with_answer();
    go(12);
    for (uint64_t tag = 1; tag <= 12; tag++)
        assert_int_equal(start(tag), ERR_OK);
    assert_int_equal(start(13), ERR_FULL);
    assert_int_equal(start(12), ERR_INVALID); /* tag in use */
    while (got < 12) {
        size_t count = provider_poll(provider, WAIT_MS, out, 3);
        assert_true(count >= 1 && count <= 3);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(out[i].class, PROVIDER_CLASS_ACCEPTED);
            seen |= 1U << out[i].tag;
            provider_answer_free(provider, &out[i]);
        }
        got += count;
    }
    assert_int_equal(seen, 0x1ffe);
    assert_int_equal(start(13), ERR_OK);
    assert_true(provider_withdraw(provider, 13));
}

static void polling_without_waiting_returns_at_once(void **state)
{
    struct provider_answer out[1];
    (void)state;
    go(1);
    assert_int_equal(provider_poll(provider, 0, out, 1), 0);
    assert_int_equal(provider_poll(provider, -5, out, 1), 0);
}

static void a_wakeup_ends_a_wait(void **state)
{
    struct provider_answer out[1];
    (void)state;
    go(1);
    provider_wakeup(provider);
    provider_wakeup(provider);
    assert_int_equal(provider_poll(provider, 1000000, out, 1),
                     0); /* else the run's own time limit fails it */
}

static void requests_keep_the_account_they_were_started_with(void **state)
{
    struct provider_answer out[1];
    (void)state;
    connection_with_answer();
    script.scripts[0].count = 2; /* instead of waiting it takes a second request */
    step(PEER_READ_REQUEST, NULL);
    step(PEER_CLOSE, NULL);
    script.count++;
    step(PEER_SILENCE, NULL);
    go(2);
    assert_int_equal(start(1), ERR_OK);
    set_account(1, "another");
    assert_int_equal(provider_poll(provider, WAIT_MS, out, 1), 1);
    provider_answer_free(provider, &out[0]);
    assert_int_equal(start(2), ERR_OK);
    assert_int_equal(provider_poll(provider, WAIT_MS, out, 1), 1);
    provider_answer_free(provider, &out[0]);
    peer_join(peer);
    assert_int_equal(peer_requests(peer), 2);
    assert_false(str_equal(peer_request(peer, 0), peer_request(peer, 1)));
    assert_true(str_find(peer_request(peer, 0), STR("YTp0b2tlbg==")) < peer_request(peer, 0).len); /* ":token" */
}

static void stopping_drops_what_flies(void **state)
{
    struct provider_answer out[1];
    (void)state;
    script.count = 1;
    step(PEER_READ_REQUEST, NULL);
    step(PEER_HANG, NULL);
    go(4);
    assert_int_equal(start(1), ERR_OK);
    while (!provider_bytes_out(provider, 1))
        assert_int_equal(provider_poll(provider, 1, out, 1), 0);
    assert_int_equal(start(2), ERR_OK);
    assert_false(provider_withdraw(provider, 1));
}

static void unsound_settings_are_refused_in_words(void **state)
{
    struct provider_curl_config c = {
        .clock = &now, .in_flight_max = 0, .timeout_ms = 1, .connect_timeout_ms = 1};
    struct provider *p = NULL;
    struct fault f = {0};
    (void)state;
    assert_int_equal(new_provider(&c, &p, &f), ERR_INVALID);
    assert_non_null(strstr(f.what, "in flight"));
    assert_null(p);
    c.in_flight_max = 5000;
    assert_int_equal(new_provider(&c, &p, &f), ERR_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(each_request_has_one_answer_however_they_are_polled),
        TEST(polling_without_waiting_returns_at_once),
        TEST(a_wakeup_ends_a_wait),
        TEST(requests_keep_the_account_they_were_started_with),
        TEST(stopping_drops_what_flies),
        TEST(unsound_settings_are_refused_in_words),
    };
    over_curl = argc == 2 && strcmp(argv[1], "curl") == 0;
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

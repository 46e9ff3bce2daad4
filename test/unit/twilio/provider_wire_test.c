/* What only the client of our own can get wrong: names and addresses, whose certificate, and when connections go. */
#include "../../story/peer.h"
#include "twilio/provider_wire.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AC "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BODY "{\"sid\":\"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"

enum { WAIT_MS = 10000 };

static struct clock now;
static struct peer_config script;
static struct peer *peer;
static struct provider *provider;
static uint64_t last_tag;
/* What the resolver says, and how often it was asked. */
static atomic_int asked, resolve_failure, dead_addresses;

static struct wire_address loopback(unsigned last_byte, int port)
{
    struct wire_address a = {.size = sizeof(struct sockaddr_in)};
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)&a.at;
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)port);
    in->sin_addr.s_addr = htonl(0x7f000000U | last_byte);
    return a;
}

/* 127.0.0.2 and on, where nobody listens on that port, then 127.0.0.1. */
static int resolve(const char *host, const char *port, struct wire_address *out, size_t *count)
{
    unsigned dead = (unsigned)atomic_load(&dead_addresses);
    (void)host;
    atomic_fetch_add(&asked, 1);
    if (atomic_load(&resolve_failure) != 0) return atomic_load(&resolve_failure);
    for (unsigned i = 0; i < dead; i++)
        out[i] = loopback(2 + i, atoi(port)); /* tidy: because the port is ours */
    out[dead] = loopback(1, atoi(port)); /* tidy: because the port is ours */
    *count = dead + 1;
    return 0;
}

static int begin(void **state)
{
    (void)state;
    script = (struct peer_config){0};
    atomic_store(&asked, 0);
    atomic_store(&resolve_failure, 0);
    atomic_store(&dead_addresses, 0);
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

static void answer_once(void)
{
    step(PEER_READ_REQUEST, NULL);
    step(PEER_SEND, "HTTP/1.1 201 Created\r\nContent-Length: 44\r\n\r\n" BODY);
}

static void connection_with_answers(int answers)
{
    script.count++;
    for (int i = 0; i < answers; i++)
        answer_once();
    step(PEER_HANG, NULL);
}

static void go(const char *scheme, const char *host)
{
    char base[64];
    struct twilio_account account;
    struct twilio_credentials credentials = {.account_sid = STR(AC), .auth_token = STR("token")};
    struct provider_curl_config c = {.clock = &now, .in_flight_max = 3, .timeout_ms = WAIT_MS,
                                     .connect_timeout_ms = WAIT_MS, .idle_max_ms = 60000};

    script.tls = strcmp(scheme, "https") == 0;
    peer = peer_start(&script);
    assert_non_null(peer);
    c.ca_file = peer_ca_file(peer);
    assert_int_equal(provider_wire_new(&c, resolve, &provider, NULL), ERR_OK);
    (void)snprintf(base, sizeof base, "%s://%s:%d", scheme, host, peer_port(peer));
    credentials.base_url = str_from(base);
    assert_int_equal(twilio_account_set(&account, &credentials, NULL), ERR_OK);
    assert_int_equal(provider_set_account(provider, 1, &account, NULL), ERR_OK);
}

static void start(void)
{
    struct provider_request r = {
        .tag = ++last_tag,
        .call = PROVIDER_CREATE,
        .account = 1,
        .message = {.to = STR("+14155550100"), .from = STR("+14155550111"), .body = STR("x")}};
    assert_int_equal(provider_start(provider, &r), ERR_OK);
}

static void expect(enum provider_class class, const char *message)
{
    struct provider_answer out;
    size_t count = 0;
    /* A look-up that ends wakes the poll without an answer. */
    for (int polls = 0; count == 0 && polls < 100; polls++)
        count = provider_poll(provider, WAIT_MS, &out, 1);
    assert_int_equal(count, 1);
    assert_int_equal(out.class, class);
    if (str_find(out.error_message, str_from(message)) == out.error_message.len && message[0] != '\0')
        fail_msg("'" STR_FMT "' lacks '%s'", STR_ARG(out.error_message), message);
    provider_answer_free(provider, &out);
}

static void a_name_is_looked_up_once_and_kept(void **state)
{
    (void)state;
    connection_with_answers(1);
    connection_with_answers(1);
    go("http", "api.test");
    start();
    start();
    expect(PROVIDER_CLASS_ACCEPTED, "");
    expect(PROVIDER_CLASS_ACCEPTED, "");
    assert_int_equal(atomic_load(&asked), 1);
    assert_true(str_find(peer_request(peer, 0), STR("\r\nHost: api.test:")) < peer_request(peer, 0).len);
}

static void a_name_that_is_not_found_sends_nothing_and_is_asked_for_again(void **state)
{
    (void)state;
    connection_with_answers(1);
    go("http", "api.test");
    atomic_store(&resolve_failure, EAI_NONAME);
    start();
    expect(PROVIDER_CLASS_UNSENT, "api.test");
    atomic_store(&resolve_failure, 0);
    start();
    expect(PROVIDER_CLASS_ACCEPTED, "");
    assert_int_equal(atomic_load(&asked), 2);
}

static void addresses_that_refuse_are_passed_over(void **state)
{
    (void)state;
    atomic_store(&dead_addresses, 3);
    connection_with_answers(2);
    go("http", "api.test");
    start();
    expect(PROVIDER_CLASS_ACCEPTED, "");
    start();
    expect(PROVIDER_CLASS_ACCEPTED, "");
    assert_int_equal(atomic_load(&asked), 1);
}

static void after_all_addresses_refused_the_name_is_looked_up_again(void **state)
{
    (void)state;
    script.absent = true;
    atomic_store(&dead_addresses, 2);
    go("http", "api.test");
    start();
    expect(PROVIDER_CLASS_UNSENT, "refused");
    start();
    expect(PROVIDER_CLASS_UNSENT, "refused");
    assert_int_equal(atomic_load(&asked), 2);
}

static void a_certificate_for_another_name_is_refused(void **state)
{
    (void)state;
    script.count = 1;
    step(PEER_HANG, NULL);
    go("https", "api.test"); /* the peer's is for 127.0.0.1 */
    start();
    expect(PROVIDER_CLASS_UNSENT, "certificate");
}

static void waiting_for_a_name_can_be_withdrawn(void **state)
{
    (void)state;
    go("http", "api.test");
    start();
    assert_false(provider_bytes_out(provider, last_tag));
    assert_true(provider_withdraw(provider, last_tag));
    start();
    (void)provider_poll(provider, 0, &(struct provider_answer){0}, 0);
    assert_true(provider_withdraw(provider, last_tag));
}

/* Three slots, all of them idle connections to one host: another host gets one of them. */
static void idle_connections_make_room(void **state)
{
    struct twilio_account account;
    struct twilio_credentials credentials = {.account_sid = STR(AC), .auth_token = STR("token")};
    char base[64];
    (void)state;
    for (int i = 0; i < 4; i++)
        connection_with_answers(1);
    go("http", "api.test");
    for (int i = 0; i < 3; i++)
        start();
    for (int i = 0; i < 3; i++)
        expect(PROVIDER_CLASS_ACCEPTED, "");
    (void)snprintf(base, sizeof base, "http://other.test:%d", peer_port(peer));
    credentials.base_url = str_from(base);
    assert_int_equal(twilio_account_set(&account, &credentials, NULL), ERR_OK);
    assert_int_equal(provider_set_account(provider, 1, &account, NULL), ERR_OK);
    start();
    expect(PROVIDER_CLASS_ACCEPTED, "");
}

static void a_session_of_tls_is_resumed(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        script.count++;
        answer_once();
        step(PEER_CLOSE, NULL);
    }
    go("https", "127.0.0.1");
    start();
    expect(PROVIDER_CLASS_ACCEPTED, "");
    start();
    expect(PROVIDER_CLASS_ACCEPTED, "");
    peer_join(peer);
    assert_int_equal(peer_resumed(peer), 1);
}

static void a_ca_file_that_is_not_there_is_told(void **state)
{
    struct twilio_account account;
    struct twilio_credentials credentials = {
        .account_sid = STR(AC), .auth_token = STR("token"), .base_url = STR("https://127.0.0.1:1")};
    struct provider_curl_config c = {.clock = &now, .in_flight_max = 1, .timeout_ms = 1, .connect_timeout_ms = 1,
                                     .ca_file = "/nowhere/ca.pem"};
    struct fault f = {0};
    (void)state;
    assert_int_equal(provider_wire_new(&c, NULL, &provider, NULL), ERR_OK);
    assert_int_equal(twilio_account_set(&account, &credentials, NULL), ERR_OK);
    assert_int_equal(provider_set_account(provider, 1, &account, &f), ERR_INVALID);
    assert_non_null(strstr(f.what, "/nowhere/ca.pem"));
}

static void a_proxy_of_the_environment_is_seen(void **state)
{
    (void)state;
    unsetenv("https_proxy");
    unsetenv("HTTPS_PROXY");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    assert_false(provider_wire_is_proxied());
    setenv("ALL_PROXY", "", 1);
    assert_false(provider_wire_is_proxied());
    setenv("HTTPS_PROXY", "http://proxy.test:3128", 1);
    assert_true(provider_wire_is_proxied());
    unsetenv("HTTPS_PROXY");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_name_is_looked_up_once_and_kept),
        TEST(a_name_that_is_not_found_sends_nothing_and_is_asked_for_again),
        TEST(addresses_that_refuse_are_passed_over),
        TEST(after_all_addresses_refused_the_name_is_looked_up_again),
        TEST(a_certificate_for_another_name_is_refused),
        TEST(waiting_for_a_name_can_be_withdrawn),
        TEST(idle_connections_make_room),
        TEST(a_session_of_tls_is_resumed),
        TEST(a_ca_file_that_is_not_there_is_told),
        TEST(a_proxy_of_the_environment_is_seen),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Who asks and how long they may take: trusted proxies, connections of one address, headers that never end. */
#include "face.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PROXY = 200, STRANGER = 201, CROWD = 202, HONEST = 203, BUDGET = 20 };
#define PLAIN_REQUEST "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n"

static struct face f;

static int setup(void **state)
{
    (void)state;
    face_open(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_from(1);
    face_close(&f);
    return 0;
}

static void trust(const char *proxies, const char *header)
{
    (void)snprintf(f.settings.http_trusted_proxies, sizeof f.settings.http_trusted_proxies, "%s", proxies);
    (void)snprintf(f.settings.http_client_header, sizeof f.settings.http_client_header, "%s", header);
    face_restart(&f);
}

static int guess(const char *headers)
{
    struct answer a = call(&f, "GET", "/v1/lists", "sk_guess", headers, NULL);
    int status = a.status;

    answer_free(&a);
    return status;
}

static void use_up(const char *headers)
{
    for (int i = 0; i < BUDGET; i++)
        assert_int_equal(guess(headers), 401);
    assert_int_equal(guess(headers), 429);
}

static void behind_a_trusted_proxy_each_client_has_its_own_budget(void **state)
{
    (void)state;
    trust("10.0.0.0/8, 127.0.0.200", "x-forwarded-for");
    face_from(PROXY);
    use_up("X-Forwarded-For: 203.0.113.1\r\n");
    assert_int_equal(guess("X-Forwarded-For: 203.0.113.2\r\n"), 401);
    /* What the client wrote itself stands further left; what a second trusted proxy added is passed over. */
    assert_int_equal(guess("X-Forwarded-For: 198.51.100.9, 203.0.113.1\r\n"), 429);
    assert_int_equal(guess("X-Forwarded-For: 203.0.113.1, 10.1.2.3\r\n"), 429);
    assert_int_equal(guess("X-Forwarded-For: 198.51.100.9\r\nX-Forwarded-For: 203.0.113.1\r\n"), 429);
    assert_int_equal(guess("X-Forwarded-For: \", 203.0.113.1\r\n"), 429);
}

static void an_ipv6_client_is_its_64(void **state)
{
    (void)state;
    trust("127.0.0.200", "x-forwarded-for");
    face_from(PROXY);
    use_up("X-Forwarded-For: 2001:db8::1\r\n");
    assert_int_equal(guess("X-Forwarded-For: [2001:db8::ffff]:4711\r\n"), 429);
    assert_int_equal(guess("X-Forwarded-For: 2001:db8:0:1::1\r\n"), 401);
}

static void nobody_else_is_believed(void **state)
{
    char header[64];

    (void)state;
    trust("127.0.0.200", "x-forwarded-for");
    face_from(STRANGER);
    for (int i = 0; i <= BUDGET; i++) {
        (void)snprintf(header, sizeof header, "X-Forwarded-For: 203.0.113.%d\r\n", i);
        assert_int_equal(guess(header), i < BUDGET ? 401 : 429);
    }
}

static void only_the_header_that_was_named_counts(void **state)
{
    (void)state;
    trust("127.0.0.200", "forwarded");
    face_from(PROXY);
    use_up("Forwarded: for=198.51.100.9, for=\"203.0.113.1:99\";proto=https\r\n");
    assert_int_equal(guess("Forwarded: for=203.0.113.1\r\nX-Forwarded-For: 203.0.113.7\r\n"), 429);
    assert_int_equal(guess("Forwarded: for=203.0.113.2\r\n"), 401);
}

static bool is_served(int fd)
{
    char text[512];

    face_write(fd, PLAIN_REQUEST, strlen(PLAIN_REQUEST));
    return face_read_until(fd, text, sizeof text, "\"ok\"") > 0;
}

static void one_address_has_so_many_connections(void **state)
{
    int fds[4], more;

    (void)state;
    f.settings.http_connections_per_address_max = 4;
    face_restart(&f);
    face_from(CROWD);
    for (int i = 0; i < 4; i++) {
        fds[i] = face_connect(http_server_port(f.server));
        assert_true(is_served(fds[i]));
    }
    more = face_connect(http_server_port(f.server));
    assert_false(is_served(more));
    (void)close(more);
    face_from(HONEST);
    more = face_connect(http_server_port(f.server));
    assert_true(is_served(more));
    (void)close(more);
    face_from(CROWD);
    (void)close(fds[0]);
    do /* until the server has seen that one is gone */
        more = face_connect(http_server_port(f.server));
    while (!is_served(more) && close(more) == 0);
    (void)close(more);
    for (int i = 1; i < 4; i++)
        (void)close(fds[i]);
}

static void a_header_that_trickles_on_a_used_connection_is_shut(void **state)
{
    struct pollfd end = {.events = POLLIN};
    bool shut = false;

    (void)state;
    f.header_timeout_ms = 300;
    face_restart(&f);
    end.fd = face_connect(http_server_port(f.server));
    assert_true(is_served(end.fd));
    face_write(end.fd, "GET /", 5);
    /* Without a deadline of its own this goes on for as long as an idle connection may: longer than it is tried. */
    for (int i = 0; i < 400 && !shut; i++) {
        face_write(end.fd, "a", 1);
        shut = poll(&end, 1, 50) > 0;
    }
    assert_true(shut);
    (void)close(end.fd);
}

static void those_who_ask_nothing_give_way_when_places_are_few(void **state)
{
    enum { MOST = 16 };
    int fds[MOST], fd;

    (void)state;
    f.connections_max = MOST;
    f.header_timeout_ms = 120000;
    face_restart(&f);
    face_from(CROWD);
    for (int i = 0; i < MOST; i++) {
        fds[i] = face_connect(http_server_port(f.server));
        face_write(fds[i], "GET /he", 7);
    }
    face_from(HONEST);
    fd = face_connect(http_server_port(f.server));
    assert_true(is_served(fd));
    (void)close(fd);
    for (int i = 0; i < MOST; i++)
        (void)close(fds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(behind_a_trusted_proxy_each_client_has_its_own_budget, setup, teardown),
        cmocka_unit_test_setup_teardown(an_ipv6_client_is_its_64, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_else_is_believed, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_header_that_was_named_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(one_address_has_so_many_connections, setup, teardown),
        cmocka_unit_test_setup_teardown(a_header_that_trickles_on_a_used_connection_is_shut, setup, teardown),
        cmocka_unit_test_setup_teardown(those_who_ask_nothing_give_way_when_places_are_few, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The server's edges: what it refuses at the start, and that it stops whatever hangs in it. The rest of it is
 * proved by the contract tests. */
#include "sandbox/server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct clock now;

static struct sandbox_server *start(uint16_t port, const char *address, struct fault *fault)
{
    struct sandbox_server_config config = sandbox_server_config_default();
    config.clock = &now;
    config.port = port;
    config.bind_address = address;
    config.model.account_sid = STR("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    config.model.auth_token = STR("token");
    return sandbox_server_start(&config, fault);
}

static int dial(const struct sandbox_server *server)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(sandbox_server_port(server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof in), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void a_taken_port_is_told(void **state)
{
    struct fault fault = {0};
    struct sandbox_server *first = start(0, NULL, &fault);
    int taken = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof in;
    (void)state;
    assert_non_null(first);
    assert_int_equal(bind(taken, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(taken, 1), 0);
    assert_int_equal(getsockname(taken, (struct sockaddr *)&in, &size), 0);
    assert_null(start(ntohs(in.sin_port), NULL, &fault));
    assert_int_equal(fault.code, ERR_IO);
    assert_non_null(strstr(fault.what, "is the port taken?"));
    (void)close(taken);
    sandbox_server_stop(first);
}

static void an_address_that_is_none_is_told(void **state)
{
    struct fault fault = {0};
    (void)state;
    assert_null(start(0, "localhost", &fault));
    assert_int_equal(fault.code, ERR_INVALID);
    assert_non_null(strstr(fault.what, "\"localhost\""));
}

static void hang_the_next(void *user, struct sandbox *sb, int64_t now_ms)
{
    struct sandbox_fault_rule rule = {.fault = SANDBOX_FAULT_HANG_AFTER, .on = SANDBOX_ON_ALL, .times = 1,
                                      .delay_ms = 3600000};
    (void)user;
    (void)now_ms;
    assert_int_equal(sandbox_fault_next(sb, &rule), ERR_OK);
}

/* Of two requests at once one is answered, which shows that the other was taken in. */
static void it_stops_while_a_request_hangs(void **state)
{
    static const char request[] = "GET /2010-04-01/Accounts.json HTTP/1.1\r\nHost: x\r\nAuthorization: Basic "
                                  "QUNhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYTp0b2tlbg==\r\n\r\n";
    struct fault fault = {0};
    struct sandbox_server *server = start(0, NULL, &fault);
    struct pollfd fds[2];
    char answer[4096];
    int hanging;
    (void)state;
    assert_non_null(server);
    sandbox_server_with(server, hang_the_next, NULL);
    for (int i = 0; i < 2; i++) {
        fds[i] = (struct pollfd){.fd = dial(server), .events = POLLIN};
        say(fds[i].fd, request);
    }
    assert_int_equal(poll(fds, 2, -1), 1);
    hanging = fds[0].revents != 0 ? 1 : 0;
    assert_true(read(fds[1 - hanging].fd, answer, sizeof answer) > 0);
    assert_int_equal(strncmp(answer, "HTTP/1.1 200", 12), 0);
    sandbox_server_stop(server);
    assert_int_equal(read(fds[hanging].fd, answer, sizeof answer), 0);
    (void)close(fds[0].fd);
    (void)close(fds[1].fd);
}

static void too_large_a_body_is_refused(void **state)
{
    struct fault fault = {0};
    struct sandbox_server *server = start(0, NULL, &fault);
    static char body[70000];
    char answer[64] = "";
    int fd;
    (void)state;
    assert_non_null(server);
    memset(body, 'a', sizeof body - 1);
    fd = dial(server);
    say(fd, "POST /v1/Services HTTP/1.1\r\nHost: x\r\nContent-Length: 69999\r\n\r\n");
    say(fd, body);
    assert_true(read(fd, answer, sizeof answer - 1) > 0);
    assert_int_equal(strncmp(answer, "HTTP/1.1 413", 12), 0);
    (void)close(fd);
    sandbox_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_taken_port_is_told),
        cmocka_unit_test(an_address_that_is_none_is_told),
        cmocka_unit_test(it_stops_while_a_request_hangs),
        cmocka_unit_test(too_large_a_body_is_refused),
    };
    clock_system(&now);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

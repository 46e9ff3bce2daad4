/*
 * wire_faults_test: the client that creates messages, while each of its socket calls in turn (those of calls.h), or
 * each of its allocations, fails: once and for ever. Every request is answered; one that is called unsent never reached
 * the peer whole; none reached it twice; and once all is well again the next one is accepted.
 */
#include "calls.h"
#include "memory.h"

#include "base/clock.h"
#include "twilio/provider_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { SERIALS = 1 << 16, REQUEST_MAX = 8192, TIMEOUT_MS = 400, INDEX_MAX = 400, LONG_MS = 20000 };

/* Of each request: how often the peer had it whole, what the client called it, and the call that failed then. */
static struct {
    _Atomic int seen;
    enum provider_class class;
    int64_t n;
} asked[SERIALS];
static int listener = -1, serial, judged, failures, unsent, doubtful;
static int64_t last_index, took_ms;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static int talks; /* of the peer, that go on; under the lock */

/* ---- a peer that accepts everything ---- */

static size_t whole_bytes(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "content-length:");

    if (end == NULL) return SIZE_MAX;
    return (size_t)(end + 4 - text) + (length == NULL ? 0 : strtoul(length + 15, NULL, 10));
}

static void answer(int fd)
{
    static const char json[] = "{\"sid\":\"SM00000000000000000000000000000001\",\"status\":\"queued\"}";
    char text[512];
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                     sizeof json - 1, json);

    if (send(fd, text, (size_t)n, MSG_NOSIGNAL) < 0) return;
}

static void talk(int more)
{
    pthread_mutex_lock(&lock);
    talks += more;
    pthread_cond_broadcast(&ended);
    pthread_mutex_unlock(&lock);
}

static void *converse(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char text[REQUEST_MAX + 1];
    size_t have = 0;
    ssize_t got;

    memory_spare(true);
    while (have < REQUEST_MAX && (got = recv(fd, text + have, REQUEST_MAX - have, 0)) > 0) {
        const char *mark;
        have += (size_t)got;
        text[have] = '\0';
        if (whole_bytes(text) > have) continue;
        mark = strstr(text, "serial");
        if (mark != NULL) asked[strtoul(mark + 6, NULL, 10) % SERIALS].seen++;
        have = 0;
        answer(fd);
    }
    (void)close(fd);
    talk(-1);
    return NULL;
}

static void *serve(void *arg)
{
    int fd;

    memory_spare(true);
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        pthread_t thread;
        talk(1);
        if (pthread_create(&thread, NULL, converse, (void *)(intptr_t)fd) != 0) abort();
        (void)pthread_detach(thread);
    }
    return arg;
}

static uint16_t start_peer(pthread_t *thread)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;

    listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 64), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    assert_int_equal(pthread_create(thread, NULL, serve, NULL), 0);
    return ntohs(at.sin_port);
}

/* ---- the client ---- */

static void fail_next(bool memory, int64_t n, bool forever)
{
    if (memory) {
        memory_spare(false);
        memory_fail(n, forever);
    } else {
        calls_count(true);
        calls_fail(n, forever, n % 2 == 0 ? ECONNRESET : ENOBUFS);
    }
}

static bool recover(bool memory)
{
    bool failed = memory ? memory_recover() : calls_recover();

    memory_spare(true);
    calls_count(false);
    return failed;
}

/* One creation; the class of its answer, or PROVIDER_CLASS_UNSENT when it could not even be started. */
static enum provider_class create(struct provider *p, bool memory, int64_t n, bool forever, bool *failed)
{
    char body[64];
    struct provider_request r = {.tag = (uint64_t)++serial, .call = PROVIDER_CREATE, .account = 1};
    struct provider_answer a = {0};
    enum provider_class class = PROVIDER_CLASS_UNSENT;
    struct clock clock;
    int64_t began_ms;

    (void)snprintf(body, sizeof body, "serial%06d", serial);
    r.message = (struct provider_message){.to = STR("+12125550101"), .from = STR("+14155550100"),
                                          .messaging_service_sid = STR("MG00000000000000000000000000000001"),
                                          .body = str_from(body), .status_callback = STR("https://h.test/s"),
                                          .validity_s = 3600};
    clock_system(&clock);
    began_ms = clock_mono_ms(&clock);
    fail_next(memory, n, forever);
    if (provider_start(p, &r) == ERR_OK) {
        while (provider_poll(p, TIMEOUT_MS, &a, 1) == 0)
            if (clock_mono_ms(&clock) > began_ms + LONG_MS) fail_msg("call %lld: no answer ever comes", (long long)n);
        assert_int_equal(a.tag, r.tag);
        class = a.class;
        provider_answer_free(p, &a);
    }
    *failed = recover(memory);
    took_ms = clock_mono_ms(&clock) - began_ms;
    asked[serial % SERIALS].class = class;
    asked[serial % SERIALS].n = n;
    return class;
}

/* NULL where it cannot be made because the n-th call failed. */
static struct provider *client(uint16_t port, struct clock *clock, bool memory, int64_t n, bool forever, bool *failed)
{
    struct provider_curl_config config = {.clock = clock, .in_flight_max = 4, .timeout_ms = TIMEOUT_MS,
                                          .connect_timeout_ms = TIMEOUT_MS, .idle_max_ms = 60000};
    struct twilio_credentials c = {.account_sid = STR("AC00000000000000000000000000000001"),
                                   .auth_token = STR("0123456789abcdef0123456789abcdef")};
    struct twilio_account account;
    struct provider *p = NULL;
    struct fault f = {0};
    enum err code;
    char base[64];

    (void)snprintf(base, sizeof base, "http://127.0.0.1:%u", port);
    c.base_url = str_from(base);
    assert_int_equal(twilio_account_set(&account, &c, &f), ERR_OK);
    fail_next(memory, n, forever);
    code = provider_wire_new(&config, NULL, &p, &f);
    if (code == ERR_OK) code = provider_set_account(p, 1, &account, &f);
    *failed = recover(memory);
    if (code == ERR_OK) return p;
    if (!*failed || f.what[0] == '\0') fail_msg("call %lld: no client, and no reason: %s", (long long)n, f.what);
    provider_stop(p);
    return NULL;
}

/* Once the peer has read to the end of each connection: before that it may not have come to what was sent. */
static void judge_all(void)
{
    while (++judged <= serial) {
        int times = asked[judged % SERIALS].seen;
        enum provider_class class = asked[judged % SERIALS].class;
        long long n = asked[judged % SERIALS].n;

        if (times > 1) fail_msg("call %lld: the peer has it %d times", n, times);
        if (class == PROVIDER_CLASS_UNSENT && times != 0) fail_msg("call %lld: unsent, but the peer has it", n);
        if (class == PROVIDER_CLASS_ACCEPTED && times != 1) fail_msg("call %lld: accepted by nobody", n);
    }
    judged = serial;
}

/* A creation in which nothing fails. One that took all of its time is asked again: the machine was busy, and what was
 * not polled for will take all of it again. */
static void accepted(struct provider *p, bool memory, const char *when, int64_t n)
{
    bool failed;
    enum provider_class class = create(p, memory, 0, false, &failed);

    if (class == PROVIDER_CLASS_IN_DOUBT && took_ms >= TIMEOUT_MS) class = create(p, memory, 0, false, &failed);
    assert_false(failed);
    if (class != PROVIDER_CLASS_ACCEPTED) fail_msg("%s call %lld: %s", when, (long long)n, provider_class_name(class));
}

/* False: so many calls are not made. */
static bool fails_at(struct provider *p, bool memory, int64_t n, bool forever)
{
    bool failed;
    enum provider_class class = create(p, memory, n, forever, &failed);

    if (!failed) {
        assert_true(class == PROVIDER_CLASS_ACCEPTED || took_ms >= TIMEOUT_MS);
        return false;
    }
    failures++;
    if (class == PROVIDER_CLASS_UNSENT) unsent++;
    if (class == PROVIDER_CLASS_IN_DOUBT) doubtful++;
    return true;
}

/* Every index was played: the last did not fail, and more than `least` were before it. */
static void stop_peer(pthread_t peer, bool failed, int64_t least)
{
    struct timespec until;

    assert_false(failed);
    assert_true(last_index > least);
    (void)shutdown(listener, SHUT_RDWR);
    assert_int_equal(pthread_join(peer, NULL), 0);
    (void)close(listener);
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LONG_MS / 1000;
    pthread_mutex_lock(&lock);
    while (talks > 0)
        if (pthread_cond_timedwait(&ended, &lock, &until) == ETIMEDOUT)
            fail_msg("%d connections were left open", talks);
    pthread_mutex_unlock(&lock);
    judge_all();
}

/* `kept`: the request goes out on a connection that was used before. */
static void every_index(bool memory, bool forever, bool kept)
{
    struct clock clock;
    pthread_t peer;
    uint16_t port = start_peer(&peer);
    bool failed = true;

    clock_system(&clock);
    for (int64_t n = 1; failed && n < INDEX_MAX; n++) {
        struct provider *p = client(port, &clock, memory, 0, false, &failed);
        if (kept) accepted(p, memory, "before", n);
        failed = fails_at(p, memory, n, forever);
        accepted(p, memory, "after", n);
        provider_stop(p);
        last_index = n;
    }
    stop_peer(peer, failed, memory ? 1 : 3);
}

/* While a client is made. */
static void every_index_of_making(bool memory, bool forever)
{
    struct clock clock;
    pthread_t peer;
    uint16_t port = start_peer(&peer);
    bool failed = true, none;

    clock_system(&clock);
    for (last_index = 0; failed && last_index < INDEX_MAX; last_index++) {
        struct provider *p = client(port, &clock, memory, last_index + 1, forever, &failed);
        if (p == NULL) p = client(port, &clock, memory, 0, false, &none);
        accepted(p, memory, "after", last_index + 1);
        provider_stop(p);
    }
    stop_peer(peer, failed, 2);
}

static void each_call_fails_once(void **state)
{
    (void)state;
    every_index_of_making(false, false);
    every_index(false, false, false);
    every_index(false, false, true);
}

static void each_call_fails_for_ever(void **state)
{
    (void)state;
    every_index_of_making(false, true);
    every_index(false, true, false);
    every_index(false, true, true);
}

static void each_allocation_fails_once(void **state)
{
    (void)state;
    every_index_of_making(true, false);
    every_index(true, false, false);
    every_index(true, false, true);
}

static void each_allocation_fails_for_ever(void **state)
{
    (void)state;
    every_index_of_making(true, true);
    every_index(true, true, false);
    every_index(true, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_fails_once),
        cmocka_unit_test(each_call_fails_for_ever),
        cmocka_unit_test(each_allocation_fails_once),
        cmocka_unit_test(each_allocation_fails_for_ever),
    };
    int red;

    (void)signal(SIGPIPE, SIG_IGN);
    memory_install();
    red = cmocka_run_group_tests(tests, NULL, NULL);
    print_message("# FIGURE %d creations in which a socket call or allocation failed, once or for ever: %d unsent, %d in "
                  "doubt; none called unsent had left, none left twice, and the next was accepted\n",
                  failures, unsent, doubtful);
    return red;
}

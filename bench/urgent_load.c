/*
 * urgent_load: posts urgent messages to Sterling at an even rate, whatever the answers take, and prints for each
 * when its request began, so that the sandbox's ledger can tell how long its first byte took.
 *
 * urgent_load --target URL --key SK… --numbers FILE --rate N --body TEXT
 * A line per number: "TO MONOTONIC_US ANSWERED_US". Any answer but 202 ends it with exit 1.
 */
#include "base/clock.h"
#include "base/json_out.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { LANES_MAX = 64, SILENCE_MS = 20000 };

struct lane {
    struct wire wire;
    const char *to; /* NULL: free */
    int64_t began_us;
};
struct load {
    int epoll_fd;
    unsigned port;
    struct clock clock;
    const char *key, *body;
    char *rest;
    struct lane *lanes[LANES_MAX];
    size_t lanes_count, waiting;
};

static void post(struct load *l, struct lane *lane, const char *to)
{
    struct buf body, head;

    buf_init(&body, 8192);
    buf_init(&head, 2048);
    json_open(&body, '{');
    json_put_text(&body, "to", to);
    json_put_text(&body, "body", l->body);
    json_put_bool(&body, "urgent", true);
    json_close(&body, '}');
    buf_addf(&head,
             "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
             "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
             l->key, body.len);
    buf_add(&head, buf_str(&body));
    lane->to = to;
    lane->began_us = clock_mono_us(&l->clock);
    l->waiting++;
    wire_put(&lane->wire, buf_str(&head));
    if (!wire_flush(&lane->wire)) bench_fail("the server does not read");
    buf_free(&body);
    buf_free(&head);
}

static void take(struct load *l, struct lane *lane)
{
    struct str head, body;

    if (!wire_fill(&lane->wire)) bench_fail("the server ended a connection");
    if (!wire_message(&lane->wire, &head, &body)) return;
    if (wire_status(head) != 202)
        bench_fail("a message was answered %d: " STR_FMT, wire_status(head), STR_ARG(str_slice(body, 0, 300)));
    (void)printf("%s %lld %lld\n", lane->to, (long long)lane->began_us,
                 (long long)clock_mono_us(&l->clock));
    wire_take(&lane->wire);
    lane->to = NULL;
    l->waiting--;
}

static void wait_until(struct load *l, int64_t until_us)
{
    struct epoll_event events[LANES_MAX];
    int64_t left_us = until_us - clock_mono_us(&l->clock);
    int n = epoll_wait(l->epoll_fd, events, LANES_MAX, left_us < 0 ? 0 : (int)((left_us + 999) / 1000));

    for (int i = 0; i < n; i++)
        take(l, events[i].data.ptr);
}

/* Connections are made when they are needed: the server rightly ends those that never say anything. */
static struct lane *free_lane(struct load *l)
{
    struct lane *lane;

    for (size_t i = 0; i < l->lanes_count; i++)
        if (l->lanes[i]->to == NULL) return l->lanes[i];
    if (l->lanes_count == LANES_MAX) bench_fail("the server has not answered %zu messages", l->waiting);
    lane = l->lanes[l->lanes_count++] = calloc(1, sizeof *lane);
    if (lane == NULL) bench_fail("no memory");
    wire_dial(&lane->wire, l->port);
    wire_watch(l->epoll_fd, lane->wire.fd, lane, false);
    return lane;
}

static void run(struct load *l, int64_t every_us)
{
    int64_t due_us = clock_mono_us(&l->clock);
    const char *to = strtok_r(NULL, "\n", &l->rest);

    while (to != NULL) {
        post(l, free_lane(l), to);
        due_us += every_us;
        while (clock_mono_us(&l->clock) < due_us)
            wait_until(l, due_us);
        to = strtok_r(NULL, "\n", &l->rest);
    }
    for (int64_t end_us = due_us + SILENCE_MS * INT64_C(1000); l->waiting > 0;) {
        if (clock_mono_us(&l->clock) > end_us) bench_fail("%zu messages were never answered", l->waiting);
        wait_until(l, end_us);
    }
}

int main(int argc, char **argv)
{
    static struct load l;
    int64_t every_us = 1000000 / bench_number(argc, argv, "rate", NULL);

    clock_system(&l.clock);
    l.port = wire_port(bench_option(argc, argv, "target", NULL));
    l.key = bench_option(argc, argv, "key", NULL);
    l.body = bench_option(argc, argv, "body", NULL);
    l.rest = bench_file(bench_option(argc, argv, "numbers", NULL));
    l.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l.epoll_fd < 0) bench_fail("epoll: %m");
    run(&l, every_us);
    return 0;
}

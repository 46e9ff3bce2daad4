/*
 * hook_load: sends signed status callbacks over kept connections, one at a time on each, and times the answers.
 *
 * hook_load --target URL --public URL --token T --account AC… --service MG… --list FILE [--connections 64]
 *           [--statuses queued,sent,delivered] [--window 2000]
 * FILE has "PATH SID TO FROM" a line, a message each. All is signed first; then it prints "ready" and waits for a
 * line. Statuses go out window by window, so that a message's callbacks come in order, and some thousand others'
 * between them. Prints one line of JSON; any answer but 204 ends it with exit 1.
 */
#include "base/clock.h"
#include "twilio/signature.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { EVENTS = 256, SILENCE_MS = 20000, STATUSES_MAX = 8 };

struct lane {
    struct wire wire;
    int64_t sent_us;
};
struct load {
    int epoll_fd;
    struct clock clock;
    const char *public_url, *account, *service;
    struct signature_key *key;
    char **rows, **requests, *statuses[STATUSES_MAX];
    size_t rows_count, statuses_count, count, next, done;
    int64_t *took_us;
    struct lane *lanes;
    size_t lanes_count;
};

static void *must(void *at)
{
    if (at == NULL) bench_fail("no memory");
    return at;
}

static void read_rows(struct load *l, const char *path)
{
    char *rest, *text = bench_file(path);

    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if ((l->rows_count & (l->rows_count - 1)) == 0)
            l->rows = must(realloc(l->rows, (l->rows_count == 0 ? 1 : l->rows_count * 2) * sizeof *l->rows));
        l->rows[l->rows_count++] = line;
    }
    if (l->rows_count == 0) bench_fail("%s: no messages", path);
}

static void form_of(const struct load *l, struct buf *form, struct str sid, struct str to, struct str from,
                    const char *status)
{
    form_encode_add(form, STR("SmsSid"), sid);
    form_encode_add(form, STR("SmsStatus"), str_from(status));
    form_encode_add(form, STR("MessageStatus"), str_from(status));
    form_encode_add(form, STR("To"), to);
    form_encode_add(form, STR("MessagingServiceSid"), str_from(l->service));
    form_encode_add(form, STR("MessageSid"), sid);
    form_encode_add(form, STR("AccountSid"), str_from(l->account));
    form_encode_add(form, STR("From"), from);
    form_encode_add(form, STR("ApiVersion"), STR("2010-04-01"));
    if (strcmp(status, "delivered") == 0) form_encode_add(form, STR("RawDlrDoneDate"), STR("2611230254"));
}

/* The whole request of one status of one row. */
static char *request_of(struct load *l, const char *row, const char *status)
{
    struct str path, sid, to, from, rest = str_cut(str_from(row), ' ', &path);
    char signature[SIGNATURE_TEXT_BYTES], *url, *text;
    struct arena arena;
    struct buf body;
    struct form form;

    rest = str_cut(rest, ' ', &sid);
    from = str_cut(rest, ' ', &to);
    arena_init(&arena, 256 * 1024);
    buf_init(&body, 8192);
    form_of(l, &body, sid, to, from, status);
    url = must(arena_printf(&arena, "%s" STR_FMT, l->public_url, STR_ARG(path)));
    if (form_decode(&arena, buf_str(&body), 64, &form) != ERR_OK ||
        signature_make(l->key, &arena, str_from(url), &form, signature) != ERR_OK)
        bench_fail("a callback could not be signed");
    text = strdup(must(arena_printf(
        &arena,
        "POST " STR_FMT " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
        "X-Twilio-Signature: %s\r\nI-Twilio-Idempotency-Token: " STR_FMT "\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: %zu\r\n\r\n" STR_FMT,
        STR_ARG(path), signature, STR_ARG(sid), body.len, STR_ARG(buf_str(&body)))));
    buf_free(&body);
    arena_reset(&arena);
    return must(text);
}

static void prepare(struct load *l, size_t window)
{
    l->count = l->rows_count * l->statuses_count;
    l->requests = must(calloc(l->count, sizeof *l->requests));
    l->took_us = must(calloc(l->count, sizeof *l->took_us));
    for (size_t from = 0, at = 0; from < l->rows_count; from += window)
        for (size_t s = 0; s < l->statuses_count; s++)
            for (size_t i = from; i < from + window && i < l->rows_count; i++)
                l->requests[at++] = request_of(l, l->rows[i], l->statuses[s]);
}

static void send_next(struct load *l, struct lane *lane)
{
    if (l->next == l->count) return;
    lane->sent_us = clock_mono_us(&l->clock);
    wire_put(&lane->wire, str_from(l->requests[l->next++]));
    if (!wire_flush(&lane->wire)) wire_watch(l->epoll_fd, lane->wire.fd, lane, true);
}

static void serve(struct load *l, struct lane *lane, unsigned events)
{
    struct str head, body;

    if ((events & EPOLLOUT) != 0 && wire_flush(&lane->wire))
        wire_watch(l->epoll_fd, lane->wire.fd, lane, false);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
    if (!wire_fill(&lane->wire)) bench_fail("the server ended a connection");
    if (!wire_message(&lane->wire, &head, &body)) return;
    if (wire_status(head) != 204)
        bench_fail("a callback was answered %d: " STR_FMT, wire_status(head), STR_ARG(str_slice(body, 0, 300)));
    wire_take(&lane->wire);
    l->took_us[l->done++] = clock_mono_us(&l->clock) - lane->sent_us;
    send_next(l, lane);
}

static void run(struct load *l)
{
    struct epoll_event events[EVENTS];

    for (size_t i = 0; i < l->lanes_count; i++)
        send_next(l, &l->lanes[i]);
    while (l->done < l->count) {
        int n = epoll_wait(l->epoll_fd, events, EVENTS, SILENCE_MS);
        if (n == 0) bench_fail("after %zu of %zu answers nothing more came", l->done, l->count);
        for (int i = 0; i < n; i++)
            serve(l, events[i].data.ptr, events[i].events);
    }
}

static int earlier(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void open_all(struct load *l, const char *target)
{
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->lanes = must(malloc(l->lanes_count * sizeof *l->lanes));
    for (size_t i = 0; i < l->lanes_count; i++) {
        wire_dial(&l->lanes[i].wire, wire_port(target));
        wire_watch(l->epoll_fd, l->lanes[i].wire.fd, &l->lanes[i], false);
    }
}

int main(int argc, char **argv)
{
    static struct load l;
    static char statuses[128];
    char *rest;

    clock_system(&l.clock);
    l.public_url = bench_option(argc, argv, "public", NULL);
    l.account = bench_option(argc, argv, "account", NULL);
    l.service = bench_option(argc, argv, "service", NULL);
    l.key = must(signature_key_new(str_from(bench_option(argc, argv, "token", NULL))));
    l.lanes_count = (size_t)bench_number(argc, argv, "connections", "64");
    (void)snprintf(statuses, sizeof statuses, "%s",
                   bench_option(argc, argv, "statuses", "queued,sent,delivered"));
    for (char *s = strtok_r(statuses, ",", &rest); s != NULL && l.statuses_count < STATUSES_MAX;
         s = strtok_r(NULL, ",", &rest))
        l.statuses[l.statuses_count++] = s;
    read_rows(&l, bench_option(argc, argv, "list", NULL));
    prepare(&l, (size_t)bench_number(argc, argv, "window", "2000"));
    open_all(&l, bench_option(argc, argv, "target", NULL));
    (void)printf("ready\n");
    (void)fflush(stdout);
    if (getchar() == EOF) bench_fail("told to go by a line on standard input");

    int64_t from_us = clock_mono_us(&l.clock);
    run(&l);
    int64_t took_us = clock_mono_us(&l.clock) - from_us;
    qsort(l.took_us, l.count, sizeof *l.took_us, earlier);
    (void)printf("{\"callbacks\": %zu, \"us\": %lld, \"p50_us\": %lld, \"p99_us\": %lld}\n", l.count,
                 (long long)took_us, (long long)l.took_us[l.count / 2],
                 (long long)l.took_us[l.count - 1 - l.count / 100]);
    return 0;
}

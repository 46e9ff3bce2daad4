/*
 * bare_loop: the least that a program can do with a message: a keep-alive client that creates it, and a server
 * that checks the signature of its callbacks. No storage, no rules, no limits. The floor that a whole life in
 * Sterling is compared with.
 *
 * bare_loop --sandbox URL --account AC… --token T --service MG… --senders FILE --numbers FILE --body TEXT
 *           [--connections 64] [--callbacks 3]
 * Creates a message for every number of the file, waits for all callbacks, prints one line of JSON. Exits 1 without
 * figures if a create is refused, a signature is wrong or callbacks stay away.
 */
#include "base/clock.h"
#include "twilio/account.h"
#include "twilio/signature.h"
#include "wire.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, SILENCE_MS = 20000, CALLERS_MAX = 4096 };
#define NO_CONTENT STR("HTTP/1.1 204 No Content\r\n\r\n")

struct loop {
    int epoll_fd, listen_fd;
    unsigned port;
    char base[64], credentials[128];
    const char *account, *service;
    struct buf body; /* encoded once: it is the same for all */
    char **numbers, **senders;
    size_t numbers_count, senders_count, started, answered, callbacks;
    struct signature_key *key;
    char (*sids)[TWILIO_SID_BYTES];
    struct wire *clients, *callers[CALLERS_MAX];
    size_t clients_count;
};

static char **lines(char *text, size_t *count)
{
    char **all = NULL, *rest = text;

    *count = 0;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if ((*count & (*count - 1)) == 0) all = realloc(all, (*count == 0 ? 1 : *count * 2) * sizeof *all);
        if (all == NULL) bench_fail("no memory");
        all[(*count)++] = line;
    }
    if (*count == 0) bench_fail("an empty list");
    return all;
}

static void create_next(struct loop *l, struct wire *w)
{
    char url[128], head[512];
    size_t i = l->started++;
    struct buf form;

    (void)snprintf(url, sizeof url, "%s/bare/%zu/1", l->base, i);
    buf_init(&form, 4096);
    form_encode_add(&form, STR("To"), str_from(l->numbers[i]));
    form_encode_add(&form, STR("From"), str_from(l->senders[i % l->senders_count]));
    form_encode_add(&form, STR("MessagingServiceSid"), str_from(l->service));
    form_encode_add(&form, STR("StatusCallback"), str_from(url));
    form_encode_add(&form, STR("ValidityPeriod"), STR("36000"));
    buf_add_char(&form, '&');
    buf_add(&form, buf_str(&l->body));
    int n = snprintf(head, sizeof head,
                     "POST /2010-04-01/Accounts/%s/Messages.json HTTP/1.1\r\nHost: api.twilio.com\r\n"
                     "Authorization: Basic %s\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                     "Content-Length: %zu\r\n\r\n",
                     l->account, l->credentials, form.len);
    wire_put(w, (struct str){head, (size_t)n});
    wire_put(w, buf_str(&form));
    if (!wire_flush(w)) wire_watch(l->epoll_fd, w->fd, w, true);
    buf_free(&form);
}

/* Keeps the SID, as whoever sends must. */
static void read_sid(struct loop *l, struct str body)
{
    struct str rest = str_slice(body, str_find(body, STR("\"sid\"")), body.len), sid;

    rest = str_cut(str_slice(rest, STR("\"sid\"").len, rest.len), '"', &sid);
    (void)str_cut(rest, '"', &sid);
    if (!twilio_sid_is_message(sid) || str_copy(sid, l->sids[l->answered], TWILIO_SID_BYTES) != ERR_OK)
        bench_fail("an answer without a SID");
}

static void take_answer(struct loop *l, struct wire *w)
{
    struct str head, body;

    if (!wire_fill(w)) bench_fail("the sandbox ended a connection");
    if (!wire_message(w, &head, &body)) return;
    if (wire_status(head) != 201)
        bench_fail("a create was answered " STR_FMT, STR_ARG(str_slice(body, 0, 300)));
    read_sid(l, body);
    wire_take(w);
    l->answered++;
    if (l->started < l->numbers_count) create_next(l, w);
}

static void check(struct loop *l, struct str head, struct str body)
{
    struct arena arena;
    struct form form;
    struct str target, rest = str_cut(head, ' ', &target);
    struct signature_request r = {.is_form_post = true, .params = &form, .raw_body = body};

    arena_init(&arena, 64 * 1024);
    (void)str_cut(rest, ' ', &target);
    r.url = str_from(arena_printf(&arena, "%s" STR_FMT, l->base, STR_ARG(target)));
    r.signature = wire_header(head, STR("X-Twilio-Signature"));
    if (form_decode(&arena, body, 256, &form) != ERR_OK || signature_check(l->key, &arena, &r) != ERR_OK)
        bench_fail("a callback whose signature is wrong");
    arena_reset(&arena);
}

/* The slot of the caller, so that its end can be noted. */
static void take_callbacks(struct loop *l, struct wire **slot)
{
    struct wire *w = *slot;
    struct str head, body;

    if (!wire_fill(w)) {
        (void)close(w->fd);
        free(w);
        *slot = NULL;
        return;
    }
    while (wire_message(w, &head, &body)) {
        check(l, head, body);
        wire_take(w);
        wire_put(w, NO_CONTENT);
        l->callbacks++;
    }
    if (!wire_flush(w)) wire_watch(l->epoll_fd, w->fd, slot, true);
}

static void accept_all(struct loop *l)
{
    int fd;

    while ((fd = accept4(l->listen_fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        size_t at = 0;
        while (at < CALLERS_MAX && l->callers[at] != NULL)
            at++;
        if (at == CALLERS_MAX) bench_fail("too many callback connections");
        l->callers[at] = malloc(sizeof *l->callers[at]);
        if (l->callers[at] == NULL) bench_fail("no memory");
        wire_accept(l->callers[at], fd);
        wire_watch(l->epoll_fd, fd, &l->callers[at], false);
    }
}

static bool is_client(const struct loop *l, const void *owner)
{
    return (const struct wire *)owner >= l->clients && (const struct wire *)owner < l->clients + l->clients_count;
}

static void serve(struct loop *l, const struct epoll_event *e)
{
    if (e->data.ptr == l) {
        accept_all(l);
        return;
    }
    struct wire *w = is_client(l, e->data.ptr) ? e->data.ptr : *(struct wire **)e->data.ptr;
    if ((e->events & EPOLLOUT) != 0 && wire_flush(w)) wire_watch(l->epoll_fd, w->fd, e->data.ptr, false);
    if ((e->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
    if (is_client(l, e->data.ptr)) take_answer(l, w);
    else take_callbacks(l, e->data.ptr);
}

static void run(struct loop *l, size_t callbacks)
{
    struct epoll_event events[EVENTS];

    for (size_t i = 0; i < l->clients_count && l->started < l->numbers_count; i++)
        create_next(l, &l->clients[i]);
    while (l->answered < l->numbers_count || l->callbacks < callbacks) {
        int n = epoll_wait(l->epoll_fd, events, EVENTS, SILENCE_MS);
        if (n == 0) bench_fail("after %zu answers and %zu callbacks nothing more came", l->answered, l->callbacks);
        for (int i = 0; i < n; i++)
            serve(l, &events[i]);
    }
}

static void open_all(struct loop *l, const char *sandbox, const char *token)
{
    char plain[96];

    l->listen_fd = wire_listen(&l->port);
    (void)snprintf(l->base, sizeof l->base, "http://127.0.0.1:%u", l->port);
    int n = snprintf(plain, sizeof plain, "%s:%s", l->account, token);
    (void)EVP_EncodeBlock((unsigned char *)l->credentials, (const unsigned char *)plain, n);
    l->key = signature_key_new(str_from(token));
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->clients = malloc(l->clients_count * sizeof *l->clients);
    l->sids = calloc(l->numbers_count, sizeof *l->sids);
    if (l->key == NULL || l->epoll_fd < 0 || l->clients == NULL || l->sids == NULL) bench_fail("no memory");
    wire_watch(l->epoll_fd, l->listen_fd, l, false);
    for (size_t i = 0; i < l->clients_count; i++) {
        wire_dial(&l->clients[i], wire_port(sandbox));
        wire_watch(l->epoll_fd, l->clients[i].fd, &l->clients[i], false);
    }
}

int main(int argc, char **argv)
{
    static struct loop l;
    struct clock clock;
    size_t per_message = (size_t)bench_number(argc, argv, "callbacks", "3");

    clock_system(&clock);
    l.account = bench_option(argc, argv, "account", NULL);
    l.service = bench_option(argc, argv, "service", NULL);
    l.numbers = lines(bench_file(bench_option(argc, argv, "numbers", NULL)), &l.numbers_count);
    l.senders = lines(bench_file(bench_option(argc, argv, "senders", NULL)), &l.senders_count);
    l.clients_count = (size_t)bench_number(argc, argv, "connections", "64");
    buf_init(&l.body, 65536);
    form_encode_add(&l.body, STR("Body"), str_from(bench_option(argc, argv, "body", NULL)));
    open_all(&l, bench_option(argc, argv, "sandbox", NULL), bench_option(argc, argv, "token", NULL));

    int64_t cpu_us = bench_cpu_us(), from_ms = clock_mono_ms(&clock);
    run(&l, l.numbers_count * per_message);
    cpu_us = bench_cpu_us() - cpu_us;
    (void)printf("{\"messages\": %zu, \"callbacks\": %zu, \"cpu_us\": %lld, \"ms\": %lld}\n", l.numbers_count,
                 l.callbacks, (long long)cpu_us, (long long)(clock_mono_ms(&clock) - from_ms));
    return 0;
}

/*
 * server: starts the daemon and runs its thread: an external loop around libmicrohttpd's epoll, so that the
 * inbox, live events and deadlines are served by the same thread and nothing needs a lock.
 *
 * Requests woken by others come through a push-only list that the thread takes whole; the eventfd is written
 * only when the list was empty, and by the writer only after all that a commit answers: one wake-up for a thousand.
 */
#include "http/events.h"
#include "http/hook_keys.h"
#include "http/json_in.h"
#include "http/pace.h"
#include "http/server_parts.h"
#include "http/spool.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SWEEP_MS = 250,
    CROWDED_SWEEP_MS = 10,
    HELD_MAX = 1024,  /* the library walks them each round; a thousand still cost less than suspending them */
    HELD_LOOK_MS = 1, /* how long something else that is ready may have to wait while requests are held */
    HELD_MANY = 16,   /* from so many on what comes is gathered for a moment, as a round walks all of them */
    HELD_GATHER_US = 750,
    /* Request line and header together, and the answer's header. The library zeroes all of it after each request, which
     * costs memory's speed and the processor's cache: no more than a request may need. */
    CONNECTION_MEMORY = 8 * 1024,
    DESCRIPTORS_SPARE = 128,       /* for the store, logs, the provider's connections */
    STOP_ROUNDS_MAX = 200,         /* of STOP_ROUND_MS: how long answers may take to leave at stop */
    STOP_ROUND_MS = 25,
    LAST_CALL_MS = 1000,
    READY_LOOK_MS = 10,
    EVENTS_SEND_BUFFER = 64 * 1024,
    MAIN_SUBSCRIBERS_MAX = 64, /* resuming walks all suspended connections: many belong on the events port */
};

static void wake_up(void *server)
{
    struct http_server *s = server;
    uint64_t one = 1;

    while (write(s->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

void server_wake(struct http_server *s)
{
    bell_ring(&s->bell);
}

void request_wake(struct request *q)
{
    struct http_server *s = q->server;
    struct request *head = atomic_load(&s->inbox);

    bell_enter(&s->bell); /* once the last request has its answer the server may end */
    do
        q->next = head;
    while (!atomic_compare_exchange_weak(&s->inbox, &head, q));
    if (head == NULL) server_wake(s);
    bell_leave(&s->bell);
}

static struct request *take_inbox(struct http_server *s)
{
    struct request *taken = atomic_exchange(&s->inbox, NULL), *ordered = NULL;

    while (taken != NULL) {
        struct request *next = taken->next;
        taken->next = ordered;
        ordered = taken;
        taken = next;
    }
    return ordered;
}

static void wake(struct http_server *s, struct request *q)
{
    void (*woken)(struct request *) = q->woken;
    bool held = q->phase == REQUEST_HELD;

    q->woken = NULL;
    s->waiting--;
    if (held) s->held--;
    if (q->lost) {
        request_free(q);
        return;
    }
    woken(q);
    if (q->woken != NULL) return; /* it has begun to wait for something else */
    if (held) q->phase = REQUEST_WAITING; /* answered when the library asks next */
    else MHD_resume_connection(q->connection);
}

static void serve_inbox(struct http_server *s)
{
    struct request *next, *first = take_inbox(s);

    s->woke = first != NULL;
    for (struct request *q = first; q != NULL; q = next) {
        next = q->next;
        wake(s, q);
    }
}

void request_wait(struct request *q, void (*woken)(struct request *q))
{
    if (q->phase != REQUEST_WAITING) {
        q->phase = REQUEST_WAITING;
        connection_enter(q->link, CONNECTION_HANDLING);
        MHD_suspend_connection(q->connection);
    }
    q->woken = woken;
    q->server->waiting++;
}

void request_hold(struct request *q, void (*woken)(struct request *q))
{
    if (q->server->held == HELD_MAX) {
        request_wait(q, woken);
        return;
    }
    q->phase = REQUEST_HELD;
    q->woken = woken;
    q->server->waiting++;
    q->server->held++;
}

static int wait_ms(struct http_server *s, int64_t now_ms)
{
    MHD_UNSIGNED_LONG_LONG daemon_ms = 0;
    int64_t ms = s->next_sweep_ms - now_ms;

    /* With all places taken the library stops to accept, and when one becomes free it looks only as it runs again. */
    if (s->connections_count < s->connections_before) ms = 0;
    s->connections_before = s->connections_count;
    if (ms < 0 || s->woke) ms = 0;
    if (ms > SWEEP_MS) ms = SWEEP_MS;
    /* As long as one is held the library would say "at once"; the commit wakes us. */
    if (s->held > 0) return (int)(ms < HELD_LOOK_MS ? ms : HELD_LOOK_MS);
    if (MHD_get_timeout(s->daemon, &daemon_ms) == MHD_YES && (int64_t)daemon_ms < ms) ms = (int64_t)daemon_ms;
    return (int)ms;
}

/* Until there is something to do: always so when another thread wakes us, which is first of the two. */
static void await(const struct http_server *s, struct pollfd fds[2], int ms)
{
    static const struct timespec gather = {.tv_nsec = HELD_GATHER_US * 1000};

    if (s->held < HELD_MANY || ms == 0) (void)poll(fds, 2, ms);
    else (void)ppoll(fds, 1, &gather, NULL);
}

static void run_once(struct http_server *s, int most_ms)
{
    int64_t now_ms = s->now_us / 1000;
    struct pollfd fds[2] = {{.fd = s->wake_fd, .events = POLLIN}, {.fd = s->epoll_fd, .events = POLLIN}};
    int ms = wait_ms(s, now_ms);
    uint64_t count;

    await(s, fds, ms < most_ms ? ms : most_ms);
    s->now_us = clock_mono_us(s->app->clock);
    if ((fds[0].revents & POLLIN) != 0) (void)!read(s->wake_fd, &count, sizeof count);
    serve_inbox(s);
    events_serve(s->hub);
    (void)MHD_run(s->daemon);
    now_ms = s->now_us / 1000;
    if (now_ms < s->next_sweep_ms) return;
    s->next_sweep_ms = now_ms + (connections_sweep(s, now_ms) ? CROWDED_SWEEP_MS : SWEEP_MS);
    events_sweep(s->hub, now_ms);
}

/* From now on no answer keeps its connection. */
static void close_after_answers(struct http_server *s)
{
    s->closing = true;
    (void)MHD_add_response_header(s->no_content, "Connection", "close");
    (void)MHD_add_response_header(s->empty_twiml, "Connection", "close");
    events_end(s->hub);
    connections_last_call(s, clock_mono_ms(s->app->clock) + LAST_CALL_MS);
}

/* Everything submitted is answered, however long the writer takes; what was accepted but has not asked yet has a
 * moment for it, because its request may be on the way; then answers get a moment to leave. */
static void run_down(struct http_server *s)
{
    MHD_socket listener = MHD_quiesce_daemon(s->daemon);

    close_after_answers(s);
    for (int round = 0; s->waiting > 0 || (s->connections != NULL && round < STOP_ROUNDS_MAX); round++)
        run_once(s, STOP_ROUND_MS);
    MHD_stop_daemon(s->daemon);
    s->daemon = NULL;
    if (listener != MHD_INVALID_SOCKET) (void)close(listener);
}

/* On a socket that others hold connections were made before we began: they wait until they can be served. */
static void wait_for_ready(struct http_server *s)
{
    struct pollfd woken = {.fd = s->wake_fd, .events = POLLIN};

    while (!atomic_load(&s->app->ready) && !atomic_load(&s->stopping))
        (void)poll(&woken, 1, READY_LOOK_MS);
}

static void *server_main(void *arg)
{
    struct http_server *s = arg;

    if (s->options.inherited) wait_for_ready(s);
    while (!atomic_load(&s->stopping))
        run_once(s, SWEEP_MS);
    run_down(s);
    return NULL;
}

/* ---- start ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static enum err address_parse(const struct http_options *o, union address *out, struct fault *f)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, o->listen, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(o->port);
        return ERR_OK;
    }
    if (inet_pton(AF_INET6, o->listen, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(o->port);
        return ERR_OK;
    }
    return fault_set(f, ERR_INVALID,
                     "listen: \"%s\" is no IP address; use 127.0.0.1, 0.0.0.0 or an IPv6 address", o->listen);
}

/* Its connections inherit it: what a sleeping reader can make the kernel hold. */
static void buffer_little(int listener)
{
    const int small = EVENTS_SEND_BUFFER;

    (void)setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
}

/* libmicrohttpd opens nothing by itself, so that the words about a taken port are ours. */
static enum err listener_open(const struct http_options *o, int *out, struct fault *f)
{
    union address address;
    int fd, yes = 1;
    enum err code = address_parse(o, &address, f);

    if (code != ERR_OK) return code;
    fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return fault_set(f, ERR_IO, "cannot make a socket: %s", strerror(errno));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, &address.any, address.any.sa_family == AF_INET ? sizeof address.v4 : sizeof address.v6) !=
            0 ||
        listen(fd, 1024) != 0) {
        (void)fault_set(f, ERR_UNAVAILABLE,
                        "cannot listen on %s port %u: %s; choose another with the setting \"%s\"", o->listen,
                        o->port, strerror(errno), o->events_only ? "events_port" : "port");
        (void)close(fd);
        return ERR_UNAVAILABLE;
    }
    *out = fd;
    return ERR_OK;
}

/* What it is bound to. */
static void name_listener(struct http_server *s, int fd)
{
    union address address;
    socklen_t size = sizeof address;

    if (getsockname(fd, &address.any, &size) != 0) return;
    if (address.any.sa_family == AF_INET)
        (void)inet_ntop(AF_INET, &address.v4.sin_addr, s->address, sizeof s->address);
    else
        (void)inet_ntop(AF_INET6, &address.v6.sin6_addr, s->address, sizeof s->address);
    s->port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

/* Raises the process's soft limit where it may; else serves fewer, and says so. */
static void descriptors_reserve(struct http_options *o)
{
    struct rlimit limit;
    rlim_t want = (rlim_t)o->connections_max + DESCRIPTORS_SPARE;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want) return;
    limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= want) return;
    /* Where the limit is that low, this server and the one for live events leave half to all else. */
    o->connections_max =
        limit.rlim_cur > DESCRIPTORS_SPARE * 2 ? limit.rlim_cur - DESCRIPTORS_SPARE : limit.rlim_cur / 4;
    log_event(LOG_WARN, "http_connections_lowered", log_int("connections_max", o->connections_max),
              log_text("fix", "raise the limit of open files (LimitNOFILE)"));
}

static struct MHD_Response *static_response(const char *body, const char *content_type)
{
    struct MHD_Response *r =
        MHD_create_response_from_buffer(strlen(body), (void *)(uintptr_t)body, MHD_RESPMEM_PERSISTENT);

    if (r != NULL && content_type != NULL) (void)MHD_add_response_header(r, "Content-Type", content_type);
    if (r != NULL) (void)MHD_add_response_header(r, "Cache-Control", "no-store");
    return r;
}

static void quiet_log(void *context, const char *format, va_list args)
{
    char text[256];

    (void)context;
    (void)vsnprintf(text, sizeof text, format, args);
    log_event(LOG_DEBUG, "http_library", log_str("text", str_trim(str_from(text))));
}

static enum err daemon_start(struct http_server *s, int listener, struct fault *f)
{
    const union MHD_DaemonInfo *info;

    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, connection_accept, s, dispatch, s,
        MHD_OPTION_EXTERNAL_LOGGER, quiet_log, s, MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_URI_LOG_CALLBACK, request_new, s, MHD_OPTION_NOTIFY_COMPLETED, dispatch_completed, s,
        MHD_OPTION_NOTIFY_CONNECTION, connection_notify, s, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)s->options.connections_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP,
        1, MHD_OPTION_END);
    if (s->daemon == NULL) {
        (void)close(listener);
        return fault_set(f, ERR_IO, "the HTTP server did not start");
    }
    info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    s->epoll_fd = info->listen_fd;
    return ERR_OK;
}

static void server_free(struct http_server *s)
{
    if (s->daemon != NULL) MHD_stop_daemon(s->daemon);
    requests_kept_free(s);
    if (s->no_content != NULL) MHD_destroy_response(s->no_content);
    if (s->empty_twiml != NULL) MHD_destroy_response(s->empty_twiml);
    events_free(s->hub);
    hook_keys_free(s->hook_keys);
    spool_free(s->spool);
    pace_free(s->pace);
    map_free(&s->peers);
    if (s->reader != NULL) s->app->store->ops->reader_close(s->reader);
    if (s->wake_fd >= 0) (void)close(s->wake_fd);
    free(s);
}

static enum err parts_make(struct http_server *s, struct fault *f)
{
    enum err code = ip_ranges_parse(str_from(s->app->settings->http_trusted_proxies), &s->trusted, f);

    if (code == ERR_OK) code = s->app->store->ops->reader_open(s->app->store, &s->reader, f);
    if (code != ERR_OK) return code;
    s->is_forwarded = strcmp(s->app->settings->http_client_header, "forwarded") == 0;
    s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    s->hub = events_new(s);
    s->hook_keys = hook_keys_new();
    s->spool = spool_new();
    s->pace = pace_new();
    s->no_content = static_response("", NULL);
    s->empty_twiml = static_response("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>", "text/xml");
    if (s->wake_fd < 0 || s->hub == NULL || s->hook_keys == NULL || s->spool == NULL || s->pace == NULL ||
        s->no_content == NULL || s->empty_twiml == NULL)
        return fault_set(f, ERR_FULL, "no memory for the HTTP server");
    return ERR_OK;
}

enum err http_server_start(const struct http_options *o, struct http_server **out, struct fault *f)
{
    struct http_server *s = calloc(1, sizeof *s);
    int listener = -1;
    enum err code;

    if (s == NULL) return fault_set(f, ERR_FULL, "no memory for the HTTP server");
    s->app = o->app;
    s->options = *o;
    s->now_us = clock_mono_us(s->app->clock);
    s->wake_fd = -1;
    s->bell.ring = wake_up;
    s->bell.owner = s;
    (void)signal(SIGPIPE, SIG_IGN);
    json_doc_setup();
    if (!o->events_only && s->options.subscribers_max > MAIN_SUBSCRIBERS_MAX)
        s->options.subscribers_max = MAIN_SUBSCRIBERS_MAX;
    descriptors_reserve(&s->options);
    code = parts_make(s, f);
    if (o->inherited) listener = o->socket;
    if (code == ERR_OK && !o->inherited) code = listener_open(o, &listener, f);
    if (code == ERR_OK) {
        if (o->events_only) buffer_little(listener);
        name_listener(s, listener);
        code = daemon_start(s, listener, f);
    }
    if (code == ERR_OK && pthread_create(&s->thread, NULL, server_main, s) != 0)
        code = fault_set(f, ERR_FULL, "no thread for the HTTP server");
    if (code != ERR_OK) {
        server_free(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

uint16_t http_server_port(const struct http_server *s)
{
    return s->port;
}

void http_server_address(const struct http_server *s, char *out, size_t size)
{
    (void)snprintf(out, size, "%s", s->address);
}

void http_server_committed(struct http_server *s)
{
    events_committed(s->hub);
}

void http_server_stop(struct http_server *s)
{
    if (s == NULL) return;
    atomic_store(&s->stopping, true);
    server_wake(s);
    (void)pthread_join(s->thread, NULL);
    bell_await_quiet(&s->bell);
    server_free(s);
}

/* sink: one thread, one connection at a time. Contract in sink.h. */
#include "sink.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_BYTES = 16384, LONG_ANSWER_BYTES = 1 << 20 };

static void must(bool ok, const char *what)
{
    if (ok) return;
    perror(what);
    abort();
}

static void copy_header(const char *head, const char *name, char *out, size_t size)
{
    const char *at = strcasestr(head, name);
    size_t n = 0;
    out[0] = '\0';
    if (at == NULL) return;
    at += strlen(name);
    while (*at == ' ' || *at == ':')
        at++;
    while (at[n] != '\r' && at[n] != '\0' && n + 1 < size)
        n++;
    memcpy(out, at, n);
    out[n] = '\0';
}

/* False if the peer left before its request was whole. */
static bool read_request(int fd, struct sink_request *q)
{
    char text[HEAD_BYTES + SINK_BODY_BYTES], *body = NULL;
    size_t have = 0, length = 0;
    while (body == NULL || have < (size_t)(body - text) + length) {
        ssize_t n = read(fd, text + have, sizeof text - 1 - have);
        char digits[16];
        if (n <= 0) return false;
        have += (size_t)n;
        text[have] = '\0';
        if (body != NULL || (body = strstr(text, "\r\n\r\n")) == NULL) continue;
        body += 4;
        copy_header(text, "\r\nContent-Length", digits, sizeof digits);
        length = strtoul(digits, NULL, 10);
        must(length < SINK_BODY_BYTES, "a body larger than the sink takes");
    }
    memcpy(q->body, body, length);
    q->body[length] = '\0';
    body[-2] = '\0';
    copy_header(text, "\r\nSterling-Event", q->event, sizeof q->event);
    copy_header(text, "\r\nSterling-Signature", q->signature, sizeof q->signature);
    return true;
}

static void write_all(int fd, const char *at, size_t n)
{
    while (n > 0) {
        ssize_t done = send(fd, at, n, MSG_NOSIGNAL);
        if (done <= 0) return; /* the peer has heard enough */
        at += done;
        n -= (size_t)done;
    }
}

static void answer(const struct sink *s, int fd, int status)
{
    char head[512];
    size_t length = status == SINK_LONG_ANSWER ? LONG_ANSWER_BYTES : 0;
    int n = snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n%s%s%s\r\n",
                     status == SINK_LONG_ANSWER ? 200 : status, length, s->location[0] == '\0' ? "" : "Location: ",
                     s->location, s->location[0] == '\0' ? "" : "\r\n");
    write_all(fd, head, (size_t)n);
    if (length > 0) {
        char *text = calloc(1, length);
        must(text != NULL, "calloc");
        write_all(fd, text, length);
        free(text);
    }
}

static void serve(struct sink *s, int fd)
{
    struct sink_request q;
    int status;
    if (!read_request(fd, &q)) {
        (void)close(fd);
        return;
    }
    (void)pthread_mutex_lock(&s->lock);
    must(s->count < SINK_REQUESTS_MAX, "more requests than the sink takes");
    status = s->count < s->script_length ? s->script[s->count] : s->otherwise;
    s->requests[s->count++] = q;
    if (status == SINK_HANG) s->hung[s->hung_count++] = fd;
    (void)pthread_cond_broadcast(&s->came);
    (void)pthread_mutex_unlock(&s->lock);
    if (status == SINK_HANG) return;
    answer(s, fd, status);
    (void)shutdown(fd, SHUT_WR);
    (void)close(fd);
}

static void *run(void *owner)
{
    struct sink *s = owner;
    for (;;) {
        struct pollfd fds[2] = {{.fd = s->listener, .events = POLLIN}, {.fd = s->wake[0], .events = POLLIN}};
        int fd;
        if (poll(fds, 2, -1) < 0) continue;
        if (fds[1].revents != 0) return NULL;
        fd = accept(s->listener, NULL, NULL);
        if (fd >= 0) serve(s, fd);
    }
}

void sink_start(struct sink *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    memset(s, 0, sizeof *s);
    s->otherwise = 200;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->came, NULL);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(s->listener >= 0 && bind(s->listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    must(listen(s->listener, 64) == 0 && pipe(s->wake) == 0, "listen");
    must(getsockname(s->listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
    s->port = ntohs(address.sin_port);
    must(pthread_create(&s->thread, NULL, run, s) == 0, "pthread_create");
}

void sink_script(struct sink *s, const int *statuses, size_t count)
{
    (void)pthread_mutex_lock(&s->lock);
    must(s->count + count <= sizeof s->script / sizeof s->script[0], "a script longer than the sink takes");
    for (size_t i = s->script_length; i < s->count; i++)
        s->script[i] = 200;
    memcpy(s->script + s->count, statuses, count * sizeof *statuses);
    s->script_length = s->count + count;
    (void)pthread_mutex_unlock(&s->lock);
}

void sink_otherwise(struct sink *s, int status)
{
    (void)pthread_mutex_lock(&s->lock);
    s->otherwise = status;
    (void)pthread_mutex_unlock(&s->lock);
}

void sink_wait(struct sink *s, size_t count)
{
    (void)pthread_mutex_lock(&s->lock);
    while (s->count < count)
        (void)pthread_cond_wait(&s->came, &s->lock);
    (void)pthread_mutex_unlock(&s->lock);
}

size_t sink_count(struct sink *s)
{
    size_t count;
    (void)pthread_mutex_lock(&s->lock);
    count = s->count;
    (void)pthread_mutex_unlock(&s->lock);
    return count;
}

size_t sink_count_event(struct sink *s, const char *event)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->count; i++)
        count += strcmp(s->requests[i].event, event) == 0;
    (void)pthread_mutex_unlock(&s->lock);
    return count;
}

void sink_stop(struct sink *s)
{
    must(write(s->wake[1], "x", 1) == 1, "write");
    (void)pthread_join(s->thread, NULL);
    for (size_t i = 0; i < s->hung_count; i++)
        (void)close(s->hung[i]);
    (void)close(s->listener);
    (void)close(s->wake[0]);
    (void)close(s->wake[1]);
    (void)pthread_cond_destroy(&s->came);
    (void)pthread_mutex_destroy(&s->lock);
}

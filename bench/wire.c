/* wire: plain sockets for the bench. Contract in wire.h. Owns nothing but the bytes in flight. */
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

noreturn void bench_fail(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fputc('\n', stderr);
    exit(1);
}

const char *bench_option(int argc, char **argv, const char *name, const char *absent)
{
    for (int i = 1; i + 1 < argc; i += 2)
        if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0) return argv[i + 1];
    if (absent == NULL) bench_fail("--%s is not given", name);
    return absent;
}

long bench_number(int argc, char **argv, const char *name, const char *absent)
{
    const char *text = bench_option(argc, argv, name, absent);
    char *end;
    long value = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || value < 1) bench_fail("--%s: '%s' is no number above 0", name, text);
    return value;
}

int64_t bench_cpu_us(void)
{
    struct rusage u;

    if (getrusage(RUSAGE_SELF, &u) != 0) bench_fail("getrusage: %m");
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) + u.ru_utime.tv_usec +
           u.ru_stime.tv_usec;
}

char *bench_file(const char *path)
{
    FILE *in = fopen(path, "re");
    long bytes = in == NULL || fseek(in, 0, SEEK_END) != 0 ? -1 : ftell(in);
    char *text = bytes < 0 ? NULL : malloc((size_t)bytes + 1);

    if (text == NULL) bench_fail("%s: cannot be read: %m", path);
    rewind(in);
    if (fread(text, 1, (size_t)bytes, in) != (size_t)bytes) bench_fail("%s: cannot be read: %m", path);
    text[bytes] = '\0';
    (void)fclose(in);
    return text;
}

unsigned wire_port(const char *url)
{
    const char *at = strrchr(url, ':');
    long port = at == NULL ? 0 : strtol(at + 1, NULL, 10);

    if (port < 1 || port > 65535) bench_fail("%s is not http://127.0.0.1:PORT", url);
    return (unsigned)port;
}

static struct sockaddr_in loopback(unsigned port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int wire_listen(unsigned *port)
{
    struct sockaddr_in a = loopback(0);
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &size) != 0)
        bench_fail("cannot listen: %m");
    *port = ntohs(a.sin_port);
    return fd;
}

static void start(struct wire *w, int fd)
{
    int yes = 1;

    memset(w, 0, offsetof(struct wire, in));
    w->fd = fd;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

void wire_dial(struct wire *w, unsigned port)
{
    struct sockaddr_in a = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
        bench_fail("cannot connect to port %u: %m", port);
    start(w, fd);
}

void wire_accept(struct wire *w, int fd)
{
    start(w, fd);
}

void wire_watch(int epoll_fd, int fd, void *owner, bool writing)
{
    struct epoll_event e = {.events = EPOLLIN | (writing ? EPOLLOUT : 0u), .data.ptr = owner};

    if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &e) == 0) return;
    if (errno != ENOENT || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) != 0) bench_fail("epoll: %m");
}

bool wire_fill(struct wire *w)
{
    ssize_t n;

    if (w->in_len == sizeof w->in - 1) bench_fail("a message is longer than %d bytes", WIRE_BYTES);
    n = recv(w->fd, w->in + w->in_len, sizeof w->in - 1 - w->in_len, MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    w->in_len += (size_t)n;
    return n > 0;
}

struct str wire_header(struct str head, struct str name)
{
    struct str line, rest = head, key;

    while (rest.len > 0) {
        rest = str_cut(rest, '\n', &line);
        struct str value = str_cut(line, ':', &key);
        if (str_equal_nocase(key, name)) return str_trim(value);
    }
    return (struct str){NULL, 0};
}

bool wire_message(struct wire *w, struct str *head, struct str *body)
{
    struct str all = {w->in, w->in_len};
    size_t at = str_find(all, STR("\r\n\r\n"));
    uint64_t bytes = 0;
    struct str length;

    if (at == all.len) return false;
    *head = str_slice(all, 0, at + 4);
    length = wire_header(*head, STR("Content-Length"));
    if (length.at != NULL && str_to_u64(length, &bytes) != ERR_OK) bench_fail("a broken Content-Length");
    if (length.at == NULL && wire_header(*head, STR("Transfer-Encoding")).at != NULL)
        bench_fail("an answer in chunks, which the bench does not read");
    if (all.len - head->len < bytes) return false;
    *body = str_slice(all, head->len, head->len + bytes);
    w->taken = head->len + bytes;
    return true;
}

void wire_take(struct wire *w)
{
    memmove(w->in, w->in + w->taken, w->in_len - w->taken);
    w->in_len -= w->taken;
    w->taken = 0;
}

void wire_put(struct wire *w, struct str bytes)
{
    if (sizeof w->out - w->out_len < bytes.len) bench_fail("the peer does not read");
    memcpy(w->out + w->out_len, bytes.at, bytes.len);
    w->out_len += bytes.len;
}

bool wire_flush(struct wire *w)
{
    while (w->out_at < w->out_len) {
        ssize_t n = send(w->fd, w->out + w->out_at, w->out_len - w->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) return false;
        if (n < 0) bench_fail("the peer ended the connection: %m");
        w->out_at += (size_t)n;
    }
    w->out_at = w->out_len = 0;
    return true;
}

int wire_status(struct str head)
{
    uint64_t status = 0;

    return str_to_u64(str_slice(head, 9, 12), &status) == ERR_OK ? (int)status : 0;
}

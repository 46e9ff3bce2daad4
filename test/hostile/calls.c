/* calls: counts and fails. Contract in calls.h. */
#include "calls.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static _Thread_local bool is_counted, forever_on, failed;
static _Thread_local int64_t left;
static _Thread_local int with;

static bool fails(void)
{
    if (!is_counted || left == 0) return false;
    if (--left > 0) return false;
    if (forever_on) left = 1;
    failed = true;
    errno = with;
    return true;
}

#define WRAP(type, name, arguments, values)                                                                  \
    type __real_##name arguments;                                                                            \
    type __wrap_##name arguments;                                                                            \
    type __wrap_##name arguments                                                                             \
    {                                                                                                        \
        return fails() ? -1 : __real_##name values;                                                          \
    }

WRAP(int, socket, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(int, connect, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size))
WRAP(ssize_t, send, (int fd, const void *bytes, size_t count, int flags), (fd, bytes, count, flags))
WRAP(ssize_t, recv, (int fd, void *to, size_t size, int flags), (fd, to, size, flags))
WRAP(int, getsockopt, (int fd, int level, int name, void *to, socklen_t *size), (fd, level, name, to, size))
WRAP(int, epoll_ctl, (int epoll, int what, int fd, struct epoll_event *event), (epoll, what, fd, event))
WRAP(int, eventfd, (unsigned count, int flags), (count, flags))

int __real_epoll_wait(int epoll, struct epoll_event *events, int most, int ms);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int most, int ms);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int most, int ms)
{
    if (!forever_on && fails()) {
        errno = EINTR;
        return -1;
    }
    return __real_epoll_wait(epoll, events, most, ms);
}

void calls_count(bool counted)
{
    is_counted = counted;
}

void calls_fail(int64_t n, bool forever, int error)
{
    failed = false;
    forever_on = forever;
    with = error;
    left = n;
}

bool calls_recover(void)
{
    left = 0;
    forever_on = false;
    return failed;
}

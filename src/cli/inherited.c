/* inherited: sd_listen_fds(3) in a few lines. Contract in inherited.h. */
#include "cli/inherited.h"

#include "base/str.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST = 3, MOST = 2 };

static bool is_listening(int fd)
{
    int type = 0, listening = 0, domain = 0;
    socklen_t size = sizeof type;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return false;
    size = sizeof domain;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return false;
    if (domain != AF_INET && domain != AF_INET6) return false;
    size = sizeof listening;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

static enum err take_one(int fd, int *out, struct fault *f)
{
    int flags = fcntl(fd, F_GETFL);

    if (!is_listening(fd) || flags < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return fault_set(f, ERR_INVALID,
                         "descriptor %d was handed over (LISTEN_FDS) but is no listening TCP socket; see "
                         "deploy/sterling.socket",
                         fd);
    *out = fd;
    return ERR_OK;
}

static bool number_of(const char *name, uint64_t *out)
{
    const char *text = getenv(name);

    return text != NULL && str_to_u64(str_from(text), out) == ERR_OK;
}

static int *place_of(struct inherited *in, struct str name, uint64_t at)
{
    if (str_equal(name, STR("http"))) return &in->http;
    if (str_equal(name, STR("events"))) return &in->events;
    return at == 0 ? &in->http : &in->events;
}

enum err inherited_take(struct inherited *out, struct fault *f)
{
    struct str names = str_from(getenv("LISTEN_FDNAMES"));
    uint64_t pid = 0, count = 0;
    enum err result = ERR_OK;

    *out = (struct inherited){-1, -1};
    if (!number_of("LISTEN_PID", &pid) || !number_of("LISTEN_FDS", &count) || pid != (uint64_t)getpid())
        return ERR_OK;
    if (count > MOST)
        result = fault_set(f, ERR_INVALID, "%llu sockets were handed over (LISTEN_FDS); two are wanted: API and events",
                           (unsigned long long)count);
    for (uint64_t i = 0; i < count && result == ERR_OK; i++) {
        struct str name;
        int *place;
        names = str_cut(names, ':', &name);
        place = place_of(out, name, i);
        if (*place != -1) result = fault_set(f, ERR_INVALID, "two sockets were handed over for the same service");
        else result = take_one(FIRST + (int)i, place, f);
    }
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return result;
}

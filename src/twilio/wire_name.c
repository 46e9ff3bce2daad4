/*
 * wire_name: a look-up is a small object with two owners, the name and the thread; whoever lets go last frees it.
 * It has its own copy of the event descriptor, so that it never writes to one that was closed meanwhile. Contract
 * in wire_name.h.
 */
#include "twilio/wire_name.h"

#include "base/str.h"

#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOKUP_STACK_BYTES = 256 * 1024 };

struct wire_lookup {
    pthread_mutex_t lock; /* guards what follows */
    int owners;
    bool done;
    int result, wake_fd;
    struct wire_address addresses[WIRE_ADDRESSES_MAX];
    size_t count;
    wire_resolve *resolve;
    char host[WIRE_HOST_BYTES], port[WIRE_PORT_BYTES];
};

/* ---- asking the system ----------------------------------------------------------------------------- */

static int ask(const char *host, const char *port, int flags, struct wire_address *out, size_t *count)
{
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int result = getaddrinfo(host, port, &hints, &found);

    *count = 0;
    for (struct addrinfo *i = found; result == 0 && i != NULL && *count < WIRE_ADDRESSES_MAX; i = i->ai_next) {
        if (i->ai_addrlen > sizeof out->at) continue;
        memcpy(&out[*count].at, i->ai_addr, i->ai_addrlen);
        out[(*count)++].size = i->ai_addrlen;
    }
    if (found != NULL) freeaddrinfo(found);
    return result == 0 && *count == 0 ? EAI_NONAME : result;
}

int wire_resolve_system(const char *host, const char *port, struct wire_address *out, size_t *count)
{
    return ask(host, port, AI_ADDRCONFIG, out, count);
}

/* ---- look-ups -------------------------------------------------------------------------------------- */

static void release(struct wire_lookup *l)
{
    bool last;

    pthread_mutex_lock(&l->lock);
    last = --l->owners == 0;
    pthread_mutex_unlock(&l->lock);
    if (!last) return;
    close(l->wake_fd);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static void *look_up(void *user)
{
    struct wire_lookup *l = user;
    struct wire_address found[WIRE_ADDRESSES_MAX];
    size_t count = 0;
    int result = l->resolve(l->host, l->port, found, &count);
    uint64_t one = 1;

    pthread_mutex_lock(&l->lock);
    memcpy(l->addresses, found, count * sizeof *found);
    l->count = count;
    l->result = result;
    l->done = true;
    pthread_mutex_unlock(&l->lock);
    if (write(l->wake_fd, &one, sizeof one) < 0) { /* a full counter wakes as well */
    }
    release(l);
    return NULL;
}

static bool run_thread(struct wire_lookup *l)
{
    pthread_attr_t attributes;
    pthread_t thread;
    bool runs;

    if (pthread_attr_init(&attributes) != 0) return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, LOOKUP_STACK_BYTES);
    runs = pthread_create(&thread, &attributes, look_up, l) == 0;
    pthread_attr_destroy(&attributes);
    return runs;
}

static struct wire_lookup *begin(const struct wire_name *n, int wake_fd)
{
    struct wire_lookup *l = calloc(1, sizeof *l);

    if (l == NULL) return NULL;
    pthread_mutex_init(&l->lock, NULL);
    l->owners = 2;
    l->resolve = n->resolve;
    memcpy(l->host, n->host, sizeof l->host);
    memcpy(l->port, n->port, sizeof l->port);
    l->wake_fd = fcntl(wake_fd, F_DUPFD_CLOEXEC, 0);
    if (l->wake_fd >= 0 && run_thread(l)) return l;
    if (l->wake_fd >= 0) close(l->wake_fd);
    pthread_mutex_destroy(&l->lock);
    free(l);
    return NULL;
}

/* ---- the name -------------------------------------------------------------------------------------- */

enum err wire_name_init(struct wire_name *n, const char *host, const char *port, wire_resolve *resolve)
{
    *n = (struct wire_name){.resolve = resolve != NULL ? resolve : wire_resolve_system};
    if (str_copy(str_from(host), n->host, sizeof n->host) != ERR_OK ||
        str_copy(str_from(port), n->port, sizeof n->port) != ERR_OK)
        return ERR_LIMIT;
    n->is_digits = ask(host, port, AI_NUMERICHOST, n->addresses, &n->count) == 0;
    if (!n->is_digits) n->count = 0;
    return ERR_OK;
}

void wire_name_free(struct wire_name *n)
{
    if (n->lookup != NULL) release(n->lookup);
    n->lookup = NULL;
}

enum err wire_name_ask(struct wire_name *n, int64_t now_ms, int wake_fd)
{
    bool due = n->count == 0 || now_ms - n->known_ms >= WIRE_NAME_KEPT_MS;

    if (n->is_digits) return ERR_OK;
    if (due && n->lookup == NULL) n->lookup = begin(n, wake_fd);
    if (n->count > 0) return ERR_OK;
    return n->lookup != NULL ? ERR_UNAVAILABLE : ERR_FULL;
}

bool wire_name_take(struct wire_name *n, int64_t now_ms)
{
    struct wire_lookup *l = n->lookup;
    bool done = false;

    if (l == NULL) return false;
    pthread_mutex_lock(&l->lock);
    done = l->done;
    if (done) n->failed = l->result;
    if (done && l->result == 0) {
        memcpy(n->addresses, l->addresses, sizeof n->addresses);
        n->count = l->count;
        n->first = 0;
    }
    pthread_mutex_unlock(&l->lock);
    if (!done) return false;
    n->known_ms = now_ms; /* a failure too: old addresses serve for another while */
    n->lookup = NULL;
    release(l);
    return true;
}

void wire_name_blame(struct wire_name *n, size_t at)
{
    if (n->count > 0 && n->first == at % n->count) n->first = (at + 1) % n->count;
}

void wire_name_forget(struct wire_name *n)
{
    if (!n->is_digits) n->count = n->first = 0;
}

const char *wire_name_failure(const struct wire_name *n)
{
    return n->failed != 0 ? gai_strerror(n->failed) : "the look-up could not begin";
}

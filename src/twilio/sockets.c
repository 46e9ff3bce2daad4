/*
 * sockets: a list of descriptors kept by libcurl's open and close callbacks. Owns the list, not the sockets.
 * Out of memory a connection is refused, which the caller sees as a failure to connect. Contract in
 * sockets.h.
 */
#include "twilio/sockets.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

void sockets_init(struct sockets *s)
{
    *s = (struct sockets){0};
}

void sockets_free(struct sockets *s)
{
    free(s->entries);
    *s = (struct sockets){0};
}

static bool make_room(struct sockets *s)
{
    size_t capacity = s->capacity > 0 ? 2 * s->capacity : 16;
    struct sockets_entry *more;

    if (s->count < s->capacity) return true;
    more = realloc(s->entries, capacity * sizeof *more);
    if (more == NULL) return false;
    s->entries = more;
    s->capacity = capacity;
    return true;
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct sockets *s = user;
    int fd;

    (void)purpose;
    if (!make_room(s)) return CURL_SOCKET_BAD;
    fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) return CURL_SOCKET_BAD;
    s->entries[s->count++] = (struct sockets_entry){.fd = fd};
    return fd;
}

static int close_socket(void *user, curl_socket_t fd)
{
    struct sockets *s = user;
    for (size_t i = 0; i < s->count; i++)
        if (s->entries[i].fd == fd) {
            s->entries[i] = s->entries[--s->count];
            break;
        }
    return close(fd);
}

enum err sockets_attach(struct sockets *s, CURL *easy)
{
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, s);
    bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, s);
    return bad == CURLE_OK ? ERR_OK : ERR_UNAVAILABLE;
}

static uint16_t local_port(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) return 0;
    if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
    if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)(void *)&address)->sin6_port);
    return 0;
}

static bool has_unread(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

bool sockets_have_unread(struct sockets *s, int port)
{
    bool unread = false;
    for (size_t i = 0; i < s->count; i++) {
        struct sockets_entry *e = &s->entries[i];
        if (e->port == port) unread = unread || has_unread(e->fd);
        /* New: what waits there now is TLS's own (session tickets), not an answer. */
        else if (e->port == 0 && local_port(e->fd) == port) e->port = (uint16_t)port;
    }
    return unread;
}

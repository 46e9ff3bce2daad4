/*
 * connection: keeps a record and a deadline for each connection, and shuts those that are too slow.
 *
 * libmicrohttpd's own timeout is one of inactivity, which a byte now and then defeats; header deadlines are
 * ours to keep (design section 8). Runs on the server's thread only.
 */
#include "http/server_parts.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* A kept-alive connection may wait this long for its next request's header; an answer must move on within
 * ANSWER_MS; a body earns a second per KiB. */
enum { IDLE_MS = 60000, ANSWER_MS = 30000, BODY_BYTES_PER_MS = 1 };

static uint64_t peer_of(const struct sockaddr *address, bool *loopback)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        *loopback = (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
        return str_hash((struct str){(const char *)&v4->sin_addr, sizeof v4->sin_addr}, 4);
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        *loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
        /* A /64 is one customer: whoever has it can take any address in it. */
        return str_hash((struct str){(const char *)&v6->sin6_addr, 8}, 6);
    }
    *loopback = false;
    return 0;
}

static void link_new(struct http_server *s, struct MHD_Connection *c, void **link)
{
    const union MHD_ConnectionInfo *fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *peer = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct connection *l = calloc(1, sizeof *l);

    if (l == NULL) return;
    l->server = s;
    l->connection = c;
    l->fd = fd->connect_fd;
    l->peer = peer_of(peer->client_addr, &l->loopback);
    l->phase = CONNECTION_HEADER;
    l->deadline_ms = clock_mono_ms(s->app->clock) + s->options.header_timeout_ms;
    l->next = s->connections;
    if (l->next != NULL) l->next->previous = l;
    s->connections = l;
    *link = l;
}

static void link_drop(struct http_server *s, struct connection *l)
{
    if (l == NULL) return;
    if (l->next != NULL) l->next->previous = l->previous;
    if (l->previous != NULL) l->previous->next = l->next;
    if (s->connections == l) s->connections = l->next;
    free(l);
}

void connection_notify(void *server, struct MHD_Connection *c, void **link,
                       enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        link_new(server, c, link);
    else
        link_drop(server, *link);
}

void connection_enter(struct connection *l, enum connection_phase phase)
{
    int64_t now_ms = clock_mono_ms(l->server->app->clock);

    l->phase = phase;
    if (phase == CONNECTION_HEADER) l->deadline_ms = now_ms + IDLE_MS;
    if (phase == CONNECTION_BODY) l->deadline_ms = now_ms + l->server->options.header_timeout_ms;
    if (phase == CONNECTION_ANSWERING) l->deadline_ms = now_ms + ANSWER_MS;
}

void connection_body_came(struct connection *l, uint64_t bytes_seen, int64_t started_ms)
{
    l->deadline_ms =
        started_ms + l->server->options.header_timeout_ms + (int64_t)(bytes_seen / BODY_BYTES_PER_MS);
}

void connections_last_call(struct http_server *s, int64_t until_ms)
{
    for (struct connection *l = s->connections; l != NULL; l = l->next)
        if (l->phase == CONNECTION_HEADER && l->deadline_ms > until_ms) l->deadline_ms = until_ms;
}

/* At the end a request that lies unread is still answered. */
static bool has_unread(const struct connection *l)
{
    int bytes = 0;

    return ioctl(l->fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

void connections_sweep(struct http_server *s, int64_t now_ms)
{
    for (struct connection *l = s->connections; l != NULL; l = l->next) {
        if (l->phase == CONNECTION_HANDLING || l->shut || now_ms < l->deadline_ms) continue;
        if (s->closing && has_unread(l)) continue;
        l->shut = true;
        (void)shutdown(l->fd, SHUT_RDWR);
    }
}

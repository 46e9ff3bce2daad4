/*
 * connection: keeps a record and a deadline for each connection, and shuts those that are too slow.
 *
 * libmicrohttpd's own timeout is one of inactivity, which a byte now and then defeats; header deadlines are
 * ours to keep (design section 8). When most places are taken, those who ask nothing give way sooner. Runs on the
 * server's thread only.
 */
#include "http/server_parts.h"

#include <linux/tcp.h> /* netinet/tcp.h knows no tcpi_bytes_received */
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* A kept-alive connection may wait this long for its next request's header; an answer must move on within
 * ANSWER_MS; a body earns a second per KiB. */
enum { IDLE_MS = 60000, ANSWER_MS = 30000, BODY_BYTES_PER_MS = 1, CROWDED_MS = 2000 };

static uint64_t most_of_one(const struct http_server *s)
{
    return (uint64_t)s->app->settings->http_connections_per_address_max;
}

/* Without memory to count it, a connection is not counted. */
static void count_peer(struct http_server *s, const struct connection *l, int by)
{
    union map_value *count;

    s->connections_count += (size_t)by;
    if (most_of_one(s) == 0) return;
    count = by > 0 ? map_put(&s->peers, l->peer) : map_get(&s->peers, l->peer);
    if (count == NULL || (by < 0 && count->num == 0)) return;
    count->num += (uint64_t)by;
    if (count->num == 0) (void)map_remove(&s->peers, l->peer);
}

enum MHD_Result connection_accept(void *server, const struct sockaddr *address, socklen_t size)
{
    struct http_server *s = server;
    const union map_value *count;
    struct ip ip;

    (void)size;
    if (most_of_one(s) == 0 || !ip_of_socket(address, &ip) || ip_ranges_hold(&s->trusted, &ip)) return MHD_YES;
    count = map_get(&s->peers, ip_customer(&ip));
    if (count == NULL || count->num < most_of_one(s)) return MHD_YES;
    atomic_fetch_add(&s->app->counters.connections_refused, 1);
    return MHD_NO;
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
    (void)ip_of_socket(peer->client_addr, &l->address);
    l->peer = ip_customer(&l->address);
    l->loopback = ip_is_loopback(&l->address);
    l->trusted = ip_ranges_hold(&s->trusted, &l->address);
    l->phase = CONNECTION_HEADER;
    l->since_ms = s->now_us / 1000;
    l->deadline_ms = l->since_ms + s->options.header_timeout_ms;
    count_peer(s, l, 1);
    l->next = s->connections;
    if (l->next != NULL) l->next->previous = l;
    s->connections = l;
    *link = l;
}

static void link_drop(struct http_server *s, struct connection *l)
{
    if (l == NULL) return;
    count_peer(s, l, -1);
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
    int64_t now_ms = l->server->now_us / 1000;

    l->phase = phase;
    l->since_ms = now_ms;
    l->look_ms = 0;
    if (phase == CONNECTION_HEADER) {
        l->deadline_ms = now_ms + IDLE_MS;
        l->look_ms = now_ms;
        l->seen_bytes = UINT64_MAX;
    }
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

static uint64_t received_bytes(const struct connection *l)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;

    if (getsockopt(l->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
    return info.tcpi_bytes_received;
}

/* The library does not tell when a header begins on a connection that was used before, so the bytes are looked at now
 * and then: once some came, the rest has its usual time. */
static void look_for_header(struct connection *l, int64_t now_ms)
{
    int64_t timeout_ms = l->server->options.header_timeout_ms;
    uint64_t bytes = received_bytes(l);

    if (l->seen_bytes == UINT64_MAX || l->seen_bytes == bytes) {
        l->seen_bytes = bytes;
        l->look_ms = now_ms + timeout_ms;
        return;
    }
    l->look_ms = 0;
    if (l->deadline_ms > now_ms + timeout_ms) l->deadline_ms = now_ms + timeout_ms;
}

/* A peer that was gone before its connection was accepted: the library, which waits for a change, does not see it. */
static bool has_left(const struct connection *l)
{
    char byte;

    return recv(l->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* With few places left those who ask nothing have them for a moment only. */
static bool is_over(const struct connection *l, int64_t now_ms, bool crowded)
{
    if (now_ms >= l->deadline_ms) return true;
    if (!crowded || l->phase != CONNECTION_HEADER) return false;
    return now_ms - l->since_ms >= CROWDED_MS || has_left(l);
}

bool connections_sweep(struct http_server *s, int64_t now_ms)
{
    bool crowded = s->connections_count >= s->options.connections_max - s->options.connections_max / 8, some = false;

    for (struct connection *l = s->connections; l != NULL; l = l->next) {
        if (l->phase == CONNECTION_HANDLING || l->shut) continue;
        if (l->look_ms != 0 && now_ms >= l->look_ms) look_for_header(l, now_ms);
        if (!is_over(l, now_ms, crowded) || (s->closing && has_unread(l))) continue;
        l->shut = some = true;
        atomic_fetch_add(&s->app->counters.connections_shut, 1);
        (void)shutdown(l->fd, SHUT_RDWR);
    }
    return crowded && some;
}

/*
 * server_parts: what the server's own files share. Not for handlers.
 *
 *   connection:  HEADER --request line, header--> BODY --> HANDLING <--> (suspended) --> ANSWERING --> HEADER
 * …
 *
 * A connection in HEADER, BODY or ANSWERING has a deadline; in HANDLING it has none, because it waits for us.
 */
#ifndef STERLING_HTTP_SERVER_PARTS_H
#define STERLING_HTTP_SERVER_PARTS_H

#include "http/request.h"
#include "http/server.h"
#include "http/throttle.h"

#include "base/bell.h"
#include "base/ip.h"
#include "base/map.h"

#include <pthread.h>

enum connection_phase { CONNECTION_HEADER, CONNECTION_BODY, CONNECTION_HANDLING, CONNECTION_ANSWERING };

struct connection {
    struct http_server *server;
    struct MHD_Connection *connection;
    int fd;
    enum connection_phase phase;
    int64_t since_ms, deadline_ms; /* monotonic */
    int64_t look_ms;     /* after a request: when to look whether the next header has begun; 0: do not */
    uint64_t seen_bytes; /* received when it was looked last; UINT64_MAX: never */
    bool shut;
    struct ip address;   /* of the peer */
    uint64_t peer;       /* ip_customer of it */
    bool loopback, trusted; /* trusted: a proxy that says who asks */
    struct connection *next, *previous;
};

struct events_hub;
struct hook_keys;
struct spool;
struct pace;

/* Requests that ended, kept for the next ones with a block of their arena. Not where the sanitizer looks for
 * uses after the end. */
enum { REQUESTS_KEPT_MAX = 128 };

struct http_server {
    struct app *app;
    struct http_options options;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    int epoll_fd, wake_fd;
    struct bell bell; /* writes wake_fd */
    uint16_t port;
    char address[64]; /* what it listens on */
    _Atomic bool stopping;
    _Atomic(struct request *) inbox;
    struct store_reader *reader;
    struct connection *connections;
    size_t connections_count, connections_before; /* now, and when it last waited */
    struct map peers; /* ip_customer -> connections; only with a limit for each */
    struct ip_ranges trusted;
    bool is_forwarded; /* trusted proxies write Forwarded, not X-Forwarded-For */
    size_t requests, waiting, held; /* alive; of them suspended or held; of these held */
    bool woke;                /* this round: what was woken is written in the next one */
    struct request *kept;     /* linked by `next` */
    size_t kept_count;
    int64_t now_us; /* monotonic, read once a round of the loop: deadlines are of seconds */
    int64_t next_sweep_ms, next_explain_ms;
    bool closing; /* every answer is its connection's last */
    bool open; /* app->ready was seen: before that nothing but health is served */
    struct throttle throttle;
    struct events_hub *hub;
    struct hook_keys *hook_keys;
    struct spool *spool;
    struct pace *pace;
    struct MHD_Response *no_content, *empty_twiml;
};

/* server.c */
void server_wake(struct http_server *s); /* any thread */
/* connection.c */
void connection_notify(void *server, struct MHD_Connection *c, void **link,
                       enum MHD_ConnectionNotificationCode code);
/* False: this address has as many connections as one may. */
enum MHD_Result connection_accept(void *server, const struct sockaddr *address, socklen_t size);
void connection_enter(struct connection *l, enum connection_phase phase);
/* More of the body came: time is given by the byte, so that a trickle ends. */
void connection_body_came(struct connection *l, uint64_t bytes_seen, int64_t started_ms);
/* True: places were few and some became free, so others wait to be accepted. */
bool connections_sweep(struct http_server *s, int64_t now_ms);
/* The server ends: connections on which nothing was asked are closed at the latest then. */
void connections_last_call(struct http_server *s, int64_t until_ms);
/* request.c */
void *request_new(void *server, const char *target, struct MHD_Connection *c);
void request_free(struct request *q);
void requests_kept_free(struct http_server *s);
/* dispatch.c */
enum MHD_Result dispatch(void *server, struct MHD_Connection *c, const char *url, const char *method,
                         const char *version, const char *data, size_t *size, void **context);
void dispatch_completed(void *server, struct MHD_Connection *c, void **context,
                        enum MHD_RequestTerminationCode why);
/* request.c: ip_customer of who asks, behind trusted proxies too */
uint64_t request_customer(struct request *q);
/* reply_send.c */
enum MHD_Result reply_send(struct request *q);
void reply_free(struct request *q);
/* auth.c: sets q->caller, or a reply (401, 403, 404, 429). */
void auth_check(struct request *q);

#endif

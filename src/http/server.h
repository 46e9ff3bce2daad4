/*
 * server: one libmicrohttpd daemon and the thread that runs it.
 *
 * The thread owns the daemon, its connections, its requests and a store reader. Others speak to it through
 * one inbox: a finished write (request_wake) or the news of a commit (http_server_committed). A request that
 * waits for a commit is suspended, or held (request_hold); suspended connections never time out, so everything
 * submitted must finish.
 *
 * Bounds: connections, header bytes (memory per connection), header and body deadlines, body bytes per route,
 * answers that are read too slowly. A connection past a deadline is shut, its request forgotten.
 * Fails to start with words for people: the address is taken or malformed, too few descriptors.
 */
#ifndef STERLING_HTTP_SERVER_H
#define STERLING_HTTP_SERVER_H

#include "app/app.h"

struct http_server;

struct http_options {
    struct app *app;
    const char *listen; /* "127.0.0.1", "0.0.0.0", "::1" */
    uint16_t port;      /* 0: any free one */
    size_t connections_max;
    size_t subscribers_max;    /* live event streams at a time; they count as connections too */
    int64_t header_timeout_ms; /* a request's header must be whole by then; also the start of a body's time */
    bool events_only;          /* serves /v1/events, /healthz and /readyz: the daemon for many subscribers */
    bool inherited;            /* `socket` listens already (non-blocking, the server's from now on); address and
                                  port are what it is bound to; nothing is accepted before the app is ready */
    int socket;
};

MUST_CHECK enum err http_server_start(const struct http_options *o, struct http_server **out,
                                      struct fault *f);
uint16_t http_server_port(const struct http_server *s);
/* From the writer's thread, after each commit: live events may be waiting. Cheap without subscribers. */
void http_server_committed(struct http_server *s);
/* Where it listens, as text: "127.0.0.1", "::1". */
void http_server_address(const struct http_server *s, char *out, size_t size);
/* Accepts nothing more; answers what was accepted and what comes on its connections for a moment yet, each with
 * "Connection: close"; ends live streams; closes, joins and frees. What waits for a commit is awaited, so the writer
 * must still run. An inherited socket goes on listening for whoever holds it too. */
void http_server_stop(struct http_server *s);

#endif

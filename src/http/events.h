/*
 * events: live events as server-sent events (the HTML standard's text/event-stream), resumable.
 *
 * One hub per server. After a commit the hub reads new events once for all and keeps the last EVENTS_KEPT of
 * them; each subscriber has its place among them and a small buffer. A subscriber that asks for the past
 * (Last-Event-ID) is served from the store until it has caught up; one that falls behind what is kept is
 * dropped, and resumes by itself. Idle streams get a heartbeat, at which the key is checked again.
 */
#ifndef STERLING_HTTP_EVENTS_H
#define STERLING_HTTP_EVENTS_H

#include "http/route.h"

enum { EVENTS_KEPT = 4096, EVENTS_HEARTBEAT_MS = 15000, EVENTS_BUFFER_BYTES = 16 * 1024 };

struct events_hub;
struct http_server;

struct events_hub *events_new(struct http_server *s); /* NULL without memory */
void events_free(struct events_hub *h);
void events_committed(struct events_hub *h); /* writer's thread */
/* All others: the server's thread. */
void events_serve(struct events_hub *h);
void events_sweep(struct events_hub *h, int64_t now_ms);
void events_end(struct events_hub *h); /* ends all streams */
/* True for what the daemon for many subscribers serves. */
bool events_route_allowed(const struct route *r);

#endif

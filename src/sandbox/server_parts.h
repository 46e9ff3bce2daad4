/*
 * server_parts: what the server's own files share. Not for anyone else; the contract is server.h.
 *
 * One lock guards the model, the timers of waiting exchanges and everything in struct sandbox_server that is
 * not set once at start. It is never held while anything is sent or received.
 */
#ifndef STERLING_SANDBOX_SERVER_PARTS_H
#define STERLING_SANDBOX_SERVER_PARTS_H

#include "base/heap.h"
#include "sandbox/api.h"
#include "sandbox/server.h"

#include <curl/curl.h>
#include <microhttpd.h>
#include <pthread.h>

struct courier;

struct sandbox_server {
    struct sandbox_server_config config;
    struct clock *clock;
    uint16_t port;
    char base_url[64];
    struct MHD_Daemon *daemon;
    struct courier *courier;
    pthread_t courier_thread;

    pthread_mutex_t lock;
    struct sandbox *sb;
    uint64_t epoch;      /* of the model: a reset makes another */
    int64_t advanced_ms; /* by the control face */
    struct heap timers;  /* exchanges that wait, by run time */
    int64_t wake_ms;     /* when the courier will look again by itself */
    bool stopping;
};

/* Under the lock: the model's run time; also tells the model the calendar. */
int64_t sb_server_now(struct sandbox_server *s);
/* Under the lock: makes sure that the courier looks at due_ms at the latest. */
void sb_server_wake(struct sandbox_server *s, int64_t due_ms);
/* Under the lock: lets exchanges whose time has come go on. Returns the time of the next one. */
int64_t sb_server_timers(struct sandbox_server *s, int64_t now_ms);
/* Under the lock: a new model from the config. ERR_FULL keeps the old one. */
MUST_CHECK enum err sb_server_reset(struct sandbox_server *s, uint64_t seed);

/* courier.c: sends webhooks and keeps the model's time. NULL without memory. */
struct courier *courier_new(struct sandbox_server *s, unsigned concurrency);
void courier_free(struct courier *c);
void *courier_run(void *courier); /* a thread's body; ends when s->stopping */
void courier_wake(struct courier *c);

/* control.c: /_sandbox/…; under the lock. Fills status and body (JSON). */
void control_serve(struct sandbox_server *s, int64_t now_ms, const struct sandbox_http_request *request,
                   struct sandbox_http_answer *answer);

#endif

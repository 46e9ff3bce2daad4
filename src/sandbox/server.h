/*
 * server: the sandbox on a loopback port. Two threads: one answers (libmicrohttpd), one sends webhooks
 * (libcurl) and keeps the model's time. They share the model under one lock.
 *
 * Owns the model. Everything under /_sandbox/ is the control face (docs/sandbox.md); all else is api.h.
 */
#ifndef STERLING_SANDBOX_SERVER_H
#define STERLING_SANDBOX_SERVER_H

#include "base/clock.h"
#include "base/err.h"
#include "sandbox/model.h"

/* Texts, also the model's, are borrowed and outlive the server. */
struct sandbox_server_config {
    struct sandbox_config model;
    uint64_t seed;
    const char *bind_address; /* NULL: 127.0.0.1 */
    uint16_t port;            /* 0: any free one */
    unsigned webhook_concurrency; /* 0: 64 */
    unsigned connections_max;     /* 0: 1000 */
    bool control;                 /* serve /_sandbox/ */
    struct clock *clock; /* borrowed; outlives the server. The control face sets its wall offset */
};
/* All of model's defaults, control on, system ports; `clock` still NULL. */
struct sandbox_server_config sandbox_server_config_default(void);

struct sandbox_server;
/* NULL with words in `fault` (which may be NULL): port taken, no memory. */
struct sandbox_server *sandbox_server_start(const struct sandbox_server_config *config, struct fault *fault);
void sandbox_server_stop(struct sandbox_server *server); /* waits for its threads; frees all */
uint16_t sandbox_server_port(const struct sandbox_server *server);
/* Runs `with` under the lock, for seeding and queries from the same process; now_ms is run time. */
void sandbox_server_with(struct sandbox_server *server,
                         void (*with)(void *user, struct sandbox *sb, int64_t now_ms), void *user);

#endif

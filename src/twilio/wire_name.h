/*
 * wire_name: the addresses of one host, looked up off the sending thread and kept for a while.
 *
 * A look-up runs in a thread of its own, because getaddrinfo may block for as long as it likes; at most one runs
 * for a name. What it finds is used for WIRE_NAME_KEPT_MS, then it is looked up again while the old addresses still
 * serve; after all of them failed to connect they are forgotten. An address in digits needs no look-up. Abandoning a
 * name never waits for its look-up, which cleans up after itself.
 */
#ifndef STERLING_TWILIO_WIRE_NAME_H
#define STERLING_TWILIO_WIRE_NAME_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { WIRE_ADDRESSES_MAX = 8, WIRE_HOST_BYTES = 256, WIRE_PORT_BYTES = 8, WIRE_NAME_KEPT_MS = 60000 };

struct wire_address {
    struct sockaddr_storage at;
    socklen_t size;
};

/* The network as an argument: fills `out`, sets *count, returns 0 or a code of getaddrinfo. Runs in its own thread. */
typedef int wire_resolve(const char *host, const char *port, struct wire_address *out, size_t *count);
wire_resolve wire_resolve_system;

struct wire_lookup;
struct wire_name {
    char host[WIRE_HOST_BYTES], port[WIRE_PORT_BYTES]; /* an IPv6 address without its brackets */
    bool is_digits;
    struct wire_address addresses[WIRE_ADDRESSES_MAX];
    size_t count, first; /* where the next connection begins: moves on when one fails */
    int64_t known_ms;    /* monotonic: when they were found */
    wire_resolve *resolve;
    struct wire_lookup *lookup; /* runs; NULL: none does */
    int failed;                 /* getaddrinfo's code of the last look-up */
};

/* ERR_LIMIT if host or port are too long. */
MUST_CHECK enum err wire_name_init(struct wire_name *n, const char *host, const char *port, wire_resolve *resolve);
void wire_name_free(struct wire_name *n);
/* Begins a look-up if one is due; when it ends, a counter is added to wake_fd (an eventfd). ERR_OK: there are
 * addresses. ERR_UNAVAILABLE: not yet. ERR_FULL: no look-up could be begun. */
MUST_CHECK enum err wire_name_ask(struct wire_name *n, int64_t now_ms, int wake_fd);
/* Takes over what a look-up found. True if one has ended; then `failed` tells how. */
bool wire_name_take(struct wire_name *n, int64_t now_ms);
/* A connection to this address failed: the next begins at another one. */
void wire_name_blame(struct wire_name *n, size_t at);
/* All failed: look it up again. */
void wire_name_forget(struct wire_name *n);
const char *wire_name_failure(const struct wire_name *n);

#endif

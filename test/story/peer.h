/*
 * peer: a scripted TCP server on a free loopback port, for tests that tell byte by byte what the other side
 * says. The first connection accepted plays the first script, and so on; each plays in a thread of its own.
 * Nothing waits for time: steps wait for bytes, or for the client to go away.
 */
#ifndef STERLING_TEST_PEER_H
#define STERLING_TEST_PEER_H

#include "base/str.h"

enum { PEER_CONNECTIONS_MAX = 16, PEER_STEPS_MAX = 32, PEER_REQUESTS_MAX = 64 };

enum peer_step_kind {
    PEER_READ_REQUEST, /* head and as much body as Content-Length says; recorded */
    PEER_READ_BYTES,   /* just so many */
    PEER_SEND,         /* text, all at once, so many times */
    PEER_DRIP,         /* text, a byte at a time, until it is out or the client goes */
    PEER_SPLIT,        /* text, a byte a packet, without pauses */
    PEER_CLOSE,        /* orderly: over TLS with its goodbye */
    PEER_DROP,         /* over TLS without; in the clear as CLOSE */
    PEER_RENEGOTIATE,  /* over TLS 1.2: asks for another handshake */
    PEER_RESET,        /* RST */
    PEER_HANG,         /* nothing more, until the client goes */
    PEER_SILENCE,      /* as HANG, and the client must not say a byte */
};
struct peer_step {
    enum peer_step_kind kind;
    struct str text;     /* SEND, DRIP, SPLIT; must outlive the peer */
    size_t times;        /* SEND */
    size_t bytes;        /* READ_BYTES */
};
struct peer_script {
    struct peer_step steps[PEER_STEPS_MAX];
    size_t count;
};
struct peer_config {
    struct peer_script scripts[PEER_CONNECTIONS_MAX];
    size_t count;
    int receive_buffer_bytes; /* SO_RCVBUF, 0 the system's */
    bool tls;                 /* with a certificate made for the occasion, for 127.0.0.1 */
    bool tls12;               /* speaks nothing newer */
    bool early;               /* its TLS sessions allow early data; what comes so is counted, and refused */
    bool deaf;                /* the kernel answers no new connection: the queue is full */
    bool absent;              /* nobody listens on the port */
};

struct peer;
struct peer *peer_start(const struct peer_config *c); /* NULL if the machine cannot */
int peer_port(const struct peer *p);
const char *peer_ca_file(const struct peer *p); /* PEM to trust when tls; else NULL */
/* Sends text on the newest connection, out of turn, from the caller's thread. False if there is none. */
bool peer_say(struct peer *p, struct str text);
/* Waits until so many scripts have ended, with their connections. False if they do not. */
bool peer_await_ended(struct peer *p, size_t count);
/* Waits for the scripts that a client began to end, closes everything. Results stay readable. */
void peer_join(struct peer *p);
void peer_free(struct peer *p);

/* After peer_join, in the order in which they were fully received. */
size_t peer_requests(const struct peer *p);
struct str peer_request(const struct peer *p, size_t at); /* raw bytes */
size_t peer_connections(const struct peer *p);            /* accepted */
size_t peer_resumed(const struct peer *p);                /* TLS sessions that were resumed */
size_t peer_early(const struct peer *p);                  /* connections on which early data came */
const char *peer_failure(const struct peer *p);           /* a step that could not be done; NULL if none */

#endif

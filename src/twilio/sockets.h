/*
 * sockets: the connections that libcurl keeps, so that one with unread bytes is never used again.
 *
 * libcurl takes whatever waits on a reused connection for the answer to the next request: a farewell 408 of
 * an edge would put a message in doubt that was never sent, and the late answer of another request would bind
 * a message to a foreign SID. libcurl tells the local port of the connection it is about to use; this register
 * finds the socket by it and looks. One thread owns a register.
 */
#ifndef STERLING_TWILIO_SOCKETS_H
#define STERLING_TWILIO_SOCKETS_H

#include "base/err.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

struct sockets_entry {
    int fd;
    uint16_t port; /* local; 0 until it was first used */
};
struct sockets {
    struct sockets_entry *entries;
    size_t count, capacity;
};

void sockets_init(struct sockets *s);
void sockets_free(struct sockets *s); /* after libcurl has closed them */
/* Makes the easy handle's connections known here. The register must outlive them. */
MUST_CHECK enum err sockets_attach(struct sockets *s, CURL *easy);
/* About to use the connection with this local port: true if it was used before and bytes (or an end) wait on
 * it. */
bool sockets_have_unread(struct sockets *s, int local_port);

#endif

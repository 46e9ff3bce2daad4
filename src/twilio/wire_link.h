/*
 * wire_link: one connection, in the clear or over TLS, on a non-blocking socket. Moves bytes and tells what is known
 * of them; knows no HTTP, no pool and no time. Owns its socket and its TLS.
 *
 * What may have left: in the clear, what the kernel took. Over TLS, everything of a record from the moment OpenSSL
 * was given it, because part of it may be in the kernel already, or all of it with the call not yet having said so.
 */
#ifndef STERLING_TWILIO_WIRE_LINK_H
#define STERLING_TWILIO_WIRE_LINK_H

#include "base/err.h"
#include "base/str.h"
#include "twilio/wire_name.h"
#include "twilio/wire_tls.h"

enum wire_io {
    WIRE_DONE,  /* as asked */
    WIRE_AGAIN, /* the socket must be waited for: `wants_write` says for what */
    WIRE_END,   /* reading: the peer ended the connection in order */
    WIRE_BROKEN /* it is of no more use; `wrong` says why */
};

struct wire_link {
    int fd;   /* -1: closed */
    SSL *ssl; /* NULL in the clear */
    bool is_connected;
    bool wants_write; /* else it awaits bytes */
    char wrong[128];
};

/* Whom to shake hands with. tls NULL: in the clear. */
struct wire_peer {
    SSL_CTX *tls;
    const char *host;
    bool host_is_digits;
    SSL_SESSION **session;
};

/* Begins to connect. WIRE_AGAIN, or WIRE_BROKEN. send_buffer_bytes: SO_SNDBUF, 0 the system's. */
enum wire_io wire_link_dial(struct wire_link *l, const struct wire_address *to, const struct wire_peer *peer,
                            int send_buffer_bytes);
/* Goes on connecting and shaking hands: WIRE_DONE when a request may be written. */
enum wire_io wire_link_establish(struct wire_link *l);
/* Writes what can be written of `bytes`. *given grows by what is handed over for good; *left is set to how many bytes
 * may have left, *given included. DONE when all were given. */
enum wire_io wire_link_write(struct wire_link *l, struct str bytes, size_t *given, size_t *left);
/* Reads at most `size` bytes, sets *got. DONE if there were any. */
enum wire_io wire_link_read(struct wire_link *l, char *to, size_t size, size_t *got);
/* May bytes wait inside TLS that the socket does not tell of? Then read again. */
bool wire_link_may_hold(const struct wire_link *l);
/* An idle one: nothing came on it, neither bytes nor an end. Never use one that is not. */
bool wire_link_is_silent(struct wire_link *l);
void wire_link_close(struct wire_link *l);

#endif

/*
 * wire_tls: TLS as the client of our own speaks it: 1.2 or later, the server's certificate and name verified, HTTP/1.1
 * by ALPN, sessions resumed, no early data, no renegotiation, no compression. OpenSSL underneath.
 */
#ifndef STERLING_TWILIO_WIRE_TLS_H
#define STERLING_TWILIO_WIRE_TLS_H

#include "base/err.h"

#include <openssl/ssl.h>
#include <stdbool.h>

enum { WIRE_RECORD_BYTES = 16384 }; /* the most that one record carries */

/* Trusts the PEM file, or the system's certificates if it is NULL. */
MUST_CHECK enum err wire_tls_new(const char *ca_file, SSL_CTX **out, struct fault *f);
/* A client's end on the socket, about to shake hands with `host` (a name or an address in digits). New sessions are
 * put into *session, which the caller owns and which must outlive the connection; the one in it is offered. NULL
 * without memory. */
SSL *wire_tls_open(SSL_CTX *tls, int fd, const char *host, bool host_is_digits, SSL_SESSION **session);
/* Why the last call on it failed, for people: "the certificate …". In `out`, always terminated. */
void wire_tls_explain(const SSL *ssl, char *out, size_t size);

#endif

/*
 * wire_link: the system calls and OpenSSL calls of one connection. Contract in wire_link.h.
 */
#include "twilio/wire_link.h"

#include "base/mutant.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum wire_io broken(struct wire_link *l, const char *what, int error)
{
    (void)snprintf(l->wrong, sizeof l->wrong, "%s: %s", what, strerror(error));
    return WIRE_BROKEN;
}

static enum wire_io await(struct wire_link *l, bool write)
{
    l->wants_write = write;
    return WIRE_AGAIN;
}

/* What a call of OpenSSL that returned `result` asks for. */
static enum wire_io after_tls(struct wire_link *l, int result)
{
    switch (SSL_get_error(l->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return await(l, false);
    case SSL_ERROR_WANT_WRITE:
        return await(l, true);
    case SSL_ERROR_ZERO_RETURN:
        return WIRE_END;
    default:
        wire_tls_explain(l->ssl, l->wrong, sizeof l->wrong);
        return WIRE_BROKEN;
    }
}

/* ---- connecting ------------------------------------------------------------------------------------ */

static void set_options(int fd, int send_buffer_bytes)
{
    int on = 1;
    /* Neither is needed for what is right: a system that refuses them is only slower. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (send_buffer_bytes > 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof send_buffer_bytes);
}

enum wire_io wire_link_dial(struct wire_link *l, const struct wire_address *to, const struct wire_peer *peer,
                            int send_buffer_bytes)
{
    *l = (struct wire_link){.fd = socket(to->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (l->fd < 0) return broken(l, "no socket", errno);
    set_options(l->fd, send_buffer_bytes);
    if (peer->tls != NULL) {
        l->ssl = wire_tls_open(peer->tls, l->fd, peer->host, peer->host_is_digits, peer->session);
        if (l->ssl == NULL) return broken(l, "TLS cannot begin", ENOMEM);
    }
    if (connect(l->fd, (const struct sockaddr *)&to->at, to->size) != 0 && errno != EINPROGRESS)
        return broken(l, "not connected", errno);
    return await(l, true);
}

/* Only a mutant does this: a byte goes out before the handshake, with a session that allows it. */
static void send_early(SSL *ssl)
{
    SSL_SESSION *session = SSL_get0_session(ssl);
    size_t sent;

    if (SSL_in_before(ssl) == 0 || session == NULL || SSL_SESSION_get_max_early_data(session) == 0) return;
    (void)SSL_write_early_data(ssl, "P", 1, &sent);
}

enum wire_io wire_link_establish(struct wire_link *l)
{
    if (!l->is_connected) {
        int error = 0;
        socklen_t size = sizeof error;
        if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
        if (error != 0) return broken(l, "not connected", error);
        l->is_connected = true;
    }
    if (l->ssl != NULL) {
        enum wire_io io;
        int result;
        ERR_clear_error();
        if (MUTANT(wire_early_data)) send_early(l->ssl);
        result = SSL_do_handshake(l->ssl);
        io = result == 1 ? WIRE_DONE : after_tls(l, result);
        if (io == WIRE_END) (void)snprintf(l->wrong, sizeof l->wrong, "the peer ended the TLS handshake");
        if (io != WIRE_DONE) return io == WIRE_END ? WIRE_BROKEN : io;
    }
    l->wants_write = false;
    return WIRE_DONE;
}

/* ---- bytes ----------------------------------------------------------------------------------------- */

static enum wire_io write_clear(struct wire_link *l, struct str bytes, size_t *given, size_t *left)
{
    while (*given < bytes.len) {
        ssize_t sent = send(l->fd, bytes.at + *given, bytes.len - *given, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return await(l, true);
        if (sent < 0) return broken(l, "the connection broke while the request was sent", errno);
        *given += (size_t)sent;
        *left = *given;
    }
    l->wants_write = false;
    return WIRE_DONE;
}

static enum wire_io write_tls(struct wire_link *l, struct str bytes, size_t *given, size_t *left)
{
    while (*given < bytes.len) {
        size_t rest = bytes.len - *given, sent = 0;
        int result;
        ERR_clear_error();
        *left = *given + (rest < WIRE_RECORD_BYTES ? rest : WIRE_RECORD_BYTES);
        result = SSL_write_ex(l->ssl, bytes.at + *given, rest, &sent);
        if (result != 1) {
            enum wire_io io = after_tls(l, result);
            if (io != WIRE_END) return io;
            return broken(l, "the connection ended while the request was sent", EPIPE);
        }
        *given += sent;
        if (*given > *left) *left = *given;
    }
    l->wants_write = false;
    return WIRE_DONE;
}

enum wire_io wire_link_write(struct wire_link *l, struct str bytes, size_t *given, size_t *left)
{
    return l->ssl == NULL ? write_clear(l, bytes, given, left) : write_tls(l, bytes, given, left);
}

static enum wire_io read_clear(struct wire_link *l, char *to, size_t size, size_t *got)
{
    ssize_t bytes;

    do
        bytes = recv(l->fd, to, size, 0);
    while (bytes < 0 && errno == EINTR);
    if (bytes == 0) return WIRE_END;
    if (bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return await(l, l->wants_write);
    if (bytes < 0) return broken(l, "the connection broke", errno);
    *got = (size_t)bytes;
    return WIRE_DONE;
}

enum wire_io wire_link_read(struct wire_link *l, char *to, size_t size, size_t *got)
{
    int result;

    *got = 0;
    if (l->ssl == NULL) return read_clear(l, to, size, got);
    ERR_clear_error();
    result = SSL_read_ex(l->ssl, to, size, got);
    return result == 1 ? WIRE_DONE : after_tls(l, result);
}

bool wire_link_may_hold(const struct wire_link *l)
{
    return l->ssl != NULL;
}

bool wire_link_is_silent(struct wire_link *l)
{
    char byte;
    size_t got;

    /* OpenSSL must look itself: session tickets may wait in the socket, which are no answer. */
    if (l->ssl != NULL) return wire_link_read(l, &byte, 1, &got) == WIRE_AGAIN && !l->wants_write;
    return recv(l->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void wire_link_close(struct wire_link *l)
{
    if (l->ssl != NULL) {
        ERR_clear_error();
        if (l->is_connected) (void)SSL_shutdown(l->ssl); /* says goodbye if there is room; waits for nothing */
        SSL_free(l->ssl);
    }
    if (l->fd >= 0) close(l->fd);
    ERR_clear_error();
    *l = (struct wire_link){.fd = -1};
}

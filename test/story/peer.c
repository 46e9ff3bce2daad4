/*
 * peer: accept loop and one thread a connection, blocking I/O with a bound of ten seconds a step, so that a
 * broken client makes a failed test and not a hanging one. Owns sockets, threads and recorded requests.
 */
#include "peer.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { STEP_MS_MAX = 10000, DRIP_MS = 15, REQUEST_BYTES_MAX = 256 * 1024, EARLY_BYTES = 16384 };

struct connection {
    struct peer *peer;
    const struct peer_script *script;
    int fd;
    SSL *ssl; /* NULL in the clear */
    pthread_t thread;
    bool joined;
};
struct peer {
    struct peer_config config;
    int listener, port, fillers[4];
    int stop_pipe[2];
    pthread_t acceptor;
    bool accepting, joined;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t has_ended;
    struct connection connections[PEER_CONNECTIONS_MAX];
    size_t connections_count;
    char *requests[PEER_REQUESTS_MAX];
    size_t lengths[PEER_REQUESTS_MAX], requests_count, resumed, early, ended;
    char failure[200];
    SSL_CTX *tls;
    char ca_file[64];
};

static void fail_step(struct peer *p, const char *what)
{
    pthread_mutex_lock(&p->lock);
    if (p->failure[0] == '\0') snprintf(p->failure, sizeof p->failure, "%s", what);
    pthread_mutex_unlock(&p->lock);
}

/* ---- bytes ----------------------------------------------------------------------------------------- */

/* Up to `size` bytes; 0 at the end, -1 on an error or after ten seconds. */
static ssize_t take(struct connection *c, char *to, size_t size)
{
    struct pollfd ready = {.fd = c->fd, .events = POLLIN};
    if (c->ssl != NULL) return SSL_read(c->ssl, to, (int)size);
    if (poll(&ready, 1, STEP_MS_MAX) <= 0) return -1;
    return recv(c->fd, to, size, 0);
}

static bool give(struct connection *c, struct str s)
{
    while (s.len > 0) {
        ssize_t sent =
            c->ssl != NULL ? SSL_write(c->ssl, s.at, (int)s.len) : send(c->fd, s.at, s.len, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        s = str_slice(s, (size_t)sent, s.len);
    }
    return true;
}

static bool client_is_gone(struct connection *c, int wait_ms)
{
    struct pollfd ready = {.fd = c->fd, .events = POLLIN};
    char byte;
    if (poll(&ready, 1, wait_ms) <= 0) return false;
    return recv(c->fd, &byte, 1, MSG_PEEK) <= 0;
}

static void record(struct peer *p, struct buf *request)
{
    pthread_mutex_lock(&p->lock);
    if (p->requests_count < PEER_REQUESTS_MAX) {
        p->lengths[p->requests_count] = request->len;
        p->requests[p->requests_count++] = buf_take(request);
    }
    pthread_mutex_unlock(&p->lock);
}

/* How many bytes the request has in all, once its head is there; 0 before. */
static size_t request_bytes(struct str got)
{
    size_t head = str_find(got, STR("\r\n\r\n")), at;
    uint64_t body = 0;
    struct str value;

    if (head == got.len) return 0;
    at = str_find(got, STR("Content-Length: "));
    if (at < head) {
        str_cut(str_slice(got, at + 16, got.len), '\r', &value);
        if (str_to_u64(value, &body) != ERR_OK) body = 0;
    }
    return head + 4 + (size_t)body;
}

/* Byte by byte, so that what belongs to the next request stays in the socket. */
static bool read_request(struct connection *c)
{
    struct buf got;
    size_t wanted = 0;
    bool whole = true;

    buf_init(&got, REQUEST_BYTES_MAX);
    while (wanted == 0 || got.len < wanted) {
        char piece[4096];
        size_t size = wanted == 0 ? 1 : wanted - got.len;
        ssize_t bytes = take(c, piece, size < sizeof piece ? size : sizeof piece);
        if (bytes <= 0) {
            whole = false;
            break;
        }
        buf_add(&got, (struct str){piece, (size_t)bytes});
        if (wanted == 0) wanted = request_bytes(buf_str(&got));
    }
    if (whole) record(c->peer, &got);
    buf_free(&got);
    return whole;
}

static bool read_bytes(struct connection *c, size_t bytes)
{
    char piece[4096];
    while (bytes > 0) {
        ssize_t got = take(c, piece, bytes < sizeof piece ? bytes : sizeof piece);
        if (got <= 0) return false;
        bytes -= (size_t)got;
    }
    return true;
}

static void drip(struct connection *c, struct str s)
{
    for (size_t i = 0; i < s.len && !client_is_gone(c, DRIP_MS); i++)
        if (!give(c, str_slice(s, i, i + 1))) return;
}

/* Each byte leaves by itself: over TLS in a record of its own. */
static bool split(struct connection *c, struct str s)
{
    int on = 1;
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (size_t i = 0; i < s.len; i++)
        if (!give(c, str_slice(s, i, i + 1))) return false;
    return true;
}

/* Until the client goes; false if it said something. */
static bool hang(struct connection *c)
{
    char piece[4096];
    bool silent = true;
    while (take(c, piece, sizeof piece) > 0)
        silent = false;
    return silent;
}

/* ---- playing --------------------------------------------------------------------------------------- */

static bool play_step(struct connection *c, const struct peer_step *step)
{
    struct linger at_once = {.l_onoff = 1};
    switch (step->kind) {
    case PEER_READ_REQUEST:
        return read_request(c);
    case PEER_READ_BYTES:
        return read_bytes(c, step->bytes);
    case PEER_SEND:
        for (size_t i = 0; i < step->times && give(c, step->text); i++) {
        }
        return true;
    case PEER_DRIP:
        drip(c, step->text);
        return true;
    case PEER_RENEGOTIATE:
        /* What comes of it is the client's: that it refuses must not end the script. */
        if (SSL_renegotiate(c->ssl) == 1) (void)SSL_do_handshake(c->ssl);
        return true;
    case PEER_SPLIT:
        return split(c, step->text);
    case PEER_HANG:
        hang(c);
        return true;
    case PEER_SILENCE:
        return hang(c);
    case PEER_RESET:
        return setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0;
    case PEER_CLOSE:
        if (c->ssl != NULL) SSL_shutdown(c->ssl);
        return true;
    case PEER_DROP:
        return true;
    }
    return false;
}

/* Nothing here asks for early data, so what came was passed over, and the client had to say it again. */
static void note_session(struct connection *c)
{
    bool resumed = SSL_session_reused(c->ssl) == 1;

    if (resumed && c->peer->config.early && SSL_SESSION_get_max_early_data(SSL_get0_session(c->ssl)) == 0)
        fail_step(c->peer, "the session that was resumed does not allow early data");
    pthread_mutex_lock(&c->peer->lock);
    if (resumed) c->peer->resumed++;
    if (SSL_get_early_data_status(c->ssl) != SSL_EARLY_DATA_NOT_SENT) c->peer->early++;
    pthread_mutex_unlock(&c->peer->lock);
}

static void *play(void *user)
{
    struct connection *c = user;
    bool open = c->ssl == NULL || SSL_accept(c->ssl) == 1;

    if (c->ssl != NULL) note_session(c);
    for (size_t i = 0; open && i < c->script->count; i++) {
        const struct peer_step *step = &c->script->steps[i];
        bool done = play_step(c, step);
        if (!done && step->kind == PEER_READ_REQUEST)
            fail_step(c->peer, "a request that the script awaits did not come");
        if (!done && step->kind == PEER_READ_BYTES)
            fail_step(c->peer, "bytes that the script awaits did not come");
        if (!done && step->kind == PEER_SILENCE) fail_step(c->peer, "bytes came where silence was awaited");
        open = done && step->kind != PEER_CLOSE && step->kind != PEER_DROP && step->kind != PEER_RESET;
    }
    if (c->ssl != NULL) SSL_free(c->ssl);
    close(c->fd);
    pthread_mutex_lock(&c->peer->lock);
    c->peer->ended++;
    pthread_cond_broadcast(&c->peer->has_ended);
    pthread_mutex_unlock(&c->peer->lock);
    return NULL;
}

static void begin(struct peer *p, int fd)
{
    struct connection *c = &p->connections[p->connections_count];
    *c = (struct connection){.peer = p, .script = &p->config.scripts[p->connections_count], .fd = fd};
    if (p->tls != NULL) {
        c->ssl = SSL_new(p->tls);
        SSL_set_fd(c->ssl, fd);
    }
    pthread_mutex_lock(&p->lock);
    p->connections_count++;
    pthread_mutex_unlock(&p->lock);
    if (pthread_create(&c->thread, NULL, play, c) != 0) abort();
}

static void *accept_all(void *user)
{
    struct peer *p = user;
    struct pollfd ready[2] = {{.fd = p->listener, .events = POLLIN},
                              {.fd = p->stop_pipe[0], .events = POLLIN}};

    while (poll(ready, 2, -1) > 0) {
        int fd;
        if ((ready[0].revents & POLLIN) == 0) break; /* told to stop, and nobody waits */
        fd = accept(p->listener, NULL, NULL);
        if (fd < 0) break;
        if (p->connections_count < p->config.count)
            begin(p, fd);
        else {
            fail_step(p, "a connection came that no script awaits");
            close(fd);
        }
    }
    return NULL;
}

/* ---- a certificate for the occasion ---------------------------------------------------------------- */

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");

    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -86400);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"127.0.0.1", -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_set_pubkey(x, key);
    X509_add_ext(x, san, -1);
    X509_EXTENSION_free(san);
    X509_sign(x, key, EVP_sha256());
    return x;
}

static bool make_tls(struct peer *p)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key);
    int fd;
    FILE *file;

    p->tls = SSL_CTX_new(TLS_server_method());
    if (p->config.tls12) SSL_CTX_set_max_proto_version(p->tls, TLS1_2_VERSION);
    if (p->config.early) SSL_CTX_set_max_early_data(p->tls, EARLY_BYTES);
    SSL_CTX_use_certificate(p->tls, certificate);
    SSL_CTX_use_PrivateKey(p->tls, key);
    snprintf(p->ca_file, sizeof p->ca_file, "%s", "/tmp/sterling-peer-XXXXXX");
    fd = mkstemp(p->ca_file);
    file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file != NULL) {
        PEM_write_X509(file, certificate);
        fclose(file);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return file != NULL;
}

/* ---- starting and ending --------------------------------------------------------------------------- */

static bool listen_somewhere(struct peer *p)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int bytes = p->config.receive_buffer_bytes;

    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (p->listener < 0) return false;
    if (bytes > 0 && setsockopt(p->listener, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0) return false;
    if (bind(p->listener, (struct sockaddr *)&address, sizeof address) != 0) return false;
    if (getsockname(p->listener, (struct sockaddr *)&address, &size) != 0) return false;
    p->port = ntohs(address.sin_port);
    return p->config.absent || listen(p->listener, p->config.deaf ? 0 : 64) == 0;
}

/* Fills the queue of a listener that never accepts. */
static void fill_queue(struct peer *p)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)p->port)};
    for (size_t i = 0; i < sizeof p->fillers / sizeof *p->fillers; i++) {
        p->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (connect(p->fillers[i], (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
            return;
    }
}

struct peer *peer_start(const struct peer_config *c)
{
    struct peer *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    p->config = *c;
    p->listener = p->stop_pipe[0] = p->stop_pipe[1] = -1;
    for (size_t i = 0; i < sizeof p->fillers / sizeof *p->fillers; i++)
        p->fillers[i] = -1;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->has_ended, NULL);
    if (!listen_somewhere(p) || pipe(p->stop_pipe) != 0 || (c->tls && !make_tls(p))) {
        peer_free(p);
        return NULL;
    }
    if (c->deaf) fill_queue(p);
    p->accepting = !c->deaf && !c->absent && pthread_create(&p->acceptor, NULL, accept_all, p) == 0;
    return p;
}

int peer_port(const struct peer *p)
{
    return p->port;
}

const char *peer_ca_file(const struct peer *p)
{
    return p->tls != NULL ? p->ca_file : NULL;
}

bool peer_say(struct peer *p, struct str text)
{
    int fd = -1;
    pthread_mutex_lock(&p->lock);
    if (p->connections_count > 0) fd = p->connections[p->connections_count - 1].fd;
    pthread_mutex_unlock(&p->lock);
    return fd >= 0 && send(fd, text.at, text.len, MSG_NOSIGNAL) == (ssize_t)text.len;
}

bool peer_await_ended(struct peer *p, size_t count)
{
    struct timespec until;
    bool in_time = timespec_get(&until, TIME_UTC) == TIME_UTC, ended;

    until.tv_sec += STEP_MS_MAX / 1000;
    pthread_mutex_lock(&p->lock);
    while (in_time && p->ended < count)
        in_time = pthread_cond_timedwait(&p->has_ended, &p->lock, &until) == 0;
    ended = p->ended >= count;
    pthread_mutex_unlock(&p->lock);
    return ended;
}

void peer_join(struct peer *p)
{
    if (p->joined) return;
    p->joined = true;
    if (p->stop_pipe[1] >= 0 && write(p->stop_pipe[1], "x", 1) != 1) abort();
    if (p->accepting) pthread_join(p->acceptor, NULL);
    for (size_t i = 0; i < p->connections_count; i++)
        pthread_join(p->connections[i].thread, NULL);
}

void peer_free(struct peer *p)
{
    if (p == NULL) return;
    if (p->stop_pipe[1] >= 0) peer_join(p);
    for (size_t i = 0; i < sizeof p->fillers / sizeof *p->fillers; i++)
        if (p->fillers[i] >= 0) close(p->fillers[i]);
    if (p->listener >= 0) close(p->listener);
    if (p->stop_pipe[0] >= 0) close(p->stop_pipe[0]);
    if (p->stop_pipe[1] >= 0) close(p->stop_pipe[1]);
    for (size_t i = 0; i < p->requests_count; i++)
        free(p->requests[i]);
    SSL_CTX_free(p->tls);
    if (p->ca_file[0] != '\0') unlink(p->ca_file);
    pthread_cond_destroy(&p->has_ended);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

size_t peer_requests(const struct peer *p)
{
    return p->requests_count;
}

struct str peer_request(const struct peer *p, size_t at)
{
    return (struct str){p->requests[at], p->lengths[at]};
}

size_t peer_connections(const struct peer *p)
{
    return p->connections_count;
}

size_t peer_resumed(const struct peer *p)
{
    return p->resumed;
}

size_t peer_early(const struct peer *p)
{
    return p->early;
}

const char *peer_failure(const struct peer *p)
{
    return p->failure[0] != '\0' ? p->failure : NULL;
}

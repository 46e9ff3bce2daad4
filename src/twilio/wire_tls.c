/*
 * wire_tls: the context with all its options, and connections made from it. Contract in wire_tls.h. The process must
 * ignore SIGPIPE.
 */
#include "twilio/wire_tls.h"

#include "base/mutant.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static const unsigned char HTTP_1_1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

/* The session's reference is ours when 1 is returned. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    SSL_SESSION **kept = SSL_get_app_data(ssl);

    if (kept == NULL || SSL_SESSION_is_resumable(session) != 1) return 0;
    SSL_SESSION_free(*kept);
    *kept = session;
    return 1;
}

static bool trust(SSL_CTX *tls, const char *ca_file)
{
    if (ca_file != NULL) return SSL_CTX_load_verify_file(tls, ca_file) == 1;
    return SSL_CTX_set_default_verify_paths(tls) == 1;
}

static void set_options(SSL_CTX *tls)
{
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(tls, MUTANT(wire_certificate_unread) ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(tls, keep_session);
}

enum err wire_tls_new(const char *ca_file, SSL_CTX **out, struct fault *f)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

    *out = NULL;
    ERR_clear_error();
    if (tls == NULL) return fault_set(f, ERR_FULL, "no memory for TLS");
    set_options(tls);
    if (SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_alpn_protos(tls, HTTP_1_1, sizeof HTTP_1_1) != 0) {
        SSL_CTX_free(tls);
        return fault_set(f, ERR_UNAVAILABLE, "TLS cannot be set up");
    }
    if (!trust(tls, ca_file)) {
        SSL_CTX_free(tls);
        return fault_set(f, ERR_INVALID, "the certificates to trust cannot be read: %s",
                         ca_file != NULL ? ca_file : "those of the system");
    }
    *out = tls;
    return ERR_OK;
}

/* Who the certificate must be for. Addresses have no SNI (RFC 6066 section 3). */
static bool name_peer(SSL *ssl, const char *host, bool host_is_digits)
{
    if (host_is_digits) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

SSL *wire_tls_open(SSL_CTX *tls, int fd, const char *host, bool host_is_digits, SSL_SESSION **session)
{
    SSL *ssl = SSL_new(tls);

    if (ssl == NULL) return NULL;
    SSL_set_connect_state(ssl);
    if (SSL_set_fd(ssl, fd) != 1 || !name_peer(ssl, host, host_is_digits) || SSL_set_app_data(ssl, session) != 1 ||
        (*session != NULL && SSL_set_session(ssl, *session) != 1)) {
        SSL_free(ssl);
        return NULL;
    }
    return ssl;
}

void wire_tls_explain(const SSL *ssl, char *out, size_t size)
{
    long verified = SSL_get_verify_result(ssl);
    unsigned long code = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(code);

    if (verified != X509_V_OK)
        (void)snprintf(out, size, "the server's certificate is not trusted: %s",
                       X509_verify_cert_error_string(verified));
    else
        (void)snprintf(out, size, "TLS failed: %s", reason != NULL ? reason : "the connection ended");
}

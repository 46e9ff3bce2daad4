/* site_server: libmicrohttpd with a table of pages. Contract in site_server.h. */
#include "site_server.h"

#include "base/err.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/socket.h>

static const struct site_server_page NO_PAGES = {.path = NULL};

static ssize_t fill(void *page, uint64_t at, char *out, size_t room)
{
    const struct site_server_page *p = page;
    size_t length = p->body == NULL ? 0 : p->length > 0 ? p->length : strlen(p->body);

    if (at < length) {
        if (room > length - at) room = length - (size_t)at;
        memcpy(out, p->body + at, room);
        return (ssize_t)room;
    }
    if (at >= length + p->endless) return MHD_CONTENT_READER_END_OF_STREAM;
    memset(out, 'x', room);
    return (ssize_t)room;
}

static const struct site_server_page *page_at(const struct site_server *s, const char *path)
{
    static const struct site_server_page none = {.status = 404, .body = "nothing"};

    for (const struct site_server_page *p = s->pages; p->path != NULL; p++)
        if (strcmp(p->path, path) == 0) return p;
    return &none;
}

static enum MHD_Result answer(void *owner, struct MHD_Connection *c, const char *path, const char *method,
                              const char *version, const char *data, size_t *size, void **state)
{
    struct site_server *s = owner;
    const struct site_server_page *p = page_at(s, path);
    const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
    struct MHD_Response *r;
    enum MHD_Result queued;

    (void)method;
    (void)version;
    (void)data;
    (void)size;
    if (*state == NULL) {
        *state = s;
        return MHD_YES;
    }
    s->requests++;
    if (host == NULL || strncmp(host, "127.", 4) == 0) s->without_name++;
    if (p->hangs) {
        s->held[s->held_count] = c;
        s->held_count++; /* after it: whoever sees the count sees that, too */
        MHD_suspend_connection(c);
        return MHD_YES;
    }
    r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, fill, (void *)(uintptr_t)p, NULL);
    (void)MHD_add_response_header(r, "Content-Type", p->type == NULL ? "text/html; charset=utf-8" : p->type);
    if (p->header != NULL) (void)MHD_add_response_header(r, p->header, p->value);
    queued = MHD_queue_response(c, (unsigned)p->status, r);
    MHD_destroy_response(r);
    return queued;
}

/* Both as PEM. */
static void make_certificate(char key[4096], char certificate[4096])
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    BIO *out = BIO_new(BIO_s_mem());

    (void)X509_set_version(x, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(x), -86400);
    (void)X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    (void)X509_set_pubkey(x, pair);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"acme-dental.com", -1, -1, 0);
    (void)X509_set_issuer_name(x, name);
    BUG_IF(X509_sign(x, pair, EVP_sha256()) == 0);
    BUG_IF(PEM_write_bio_PrivateKey(out, pair, NULL, NULL, 0, NULL, NULL) != 1);
    key[BIO_read(out, key, 4095)] = '\0';
    BUG_IF(PEM_write_bio_X509(out, x) != 1);
    certificate[BIO_read(out, certificate, 4095)] = '\0';
    BIO_free(out);
    X509_free(x);
    EVP_PKEY_free(pair);
}

static void start(struct site_server *s, const struct site_server_page *pages, unsigned flags,
                  const struct MHD_OptionItem *more)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    memset(s, 0, sizeof *s);
    s->pages = pages;
    s->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME | flags, 0, NULL, NULL,
                                 answer, s, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
    BUG_IF(s->daemon == NULL);
    s->port = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void site_server_start(struct site_server *s, const struct site_server_page *pages)
{
    start(s, pages, 0, (const struct MHD_OptionItem[]){{MHD_OPTION_END, 0, NULL}});
}

void site_server_start_tls(struct site_server *s, const struct site_server_page *pages)
{
    static char key[4096], certificate[4096];

    make_certificate(key, certificate);
    start(s, pages, MHD_USE_TLS, (const struct MHD_OptionItem[]){{MHD_OPTION_HTTPS_MEM_KEY, 0, key},
                                                                 {MHD_OPTION_HTTPS_MEM_CERT, 0, certificate},
                                                                 {MHD_OPTION_END, 0, NULL}});
}

void site_server_stop(struct site_server *s)
{
    /* First: a resumed one is answered anew, by a page that holds it no more. */
    s->pages = &NO_PAGES;
    for (size_t i = 0; i < s->held_count; i++) MHD_resume_connection(s->held[i]);
    s->held_count = 0;
    MHD_stop_daemon(s->daemon);
}

/*
 * site_server: websites on a port of the loopback interface, one page a path. For tests.
 */
#ifndef STERLING_TEST_SITE_SERVER_H
#define STERLING_TEST_SITE_SERVER_H

#include <stddef.h>
#include <stdint.h>

struct MHD_Connection;
struct site_server_page {
    const char *path;   /* without query */
    int status;
    const char *header, *value; /* one more header; may be NULL */
    const char *type;   /* NULL: text/html */
    const char *body;   /* NULL: none */
    size_t length;      /* of the body; 0: it is a text */
    size_t endless;     /* so many bytes of 'x' follow */
    int hangs;          /* nothing ever comes */
};
struct site_server {
    struct MHD_Daemon *daemon;
    uint16_t port;
    const struct site_server_page *_Atomic pages; /* path NULL ends them; others are 404 */
    _Atomic unsigned requests;
    _Atomic unsigned without_name; /* requests that are not told the website's name */
    struct MHD_Connection *held[32];
    _Atomic size_t held_count;
};

void site_server_start(struct site_server *s, const struct site_server_page *pages);
/* With TLS, and a certificate for acme-dental.com that nobody vouches for. */
void site_server_start_tls(struct site_server *s, const struct site_server_page *pages);
void site_server_stop(struct site_server *s);

#endif

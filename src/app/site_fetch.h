/*
 * site_fetch: reads one page of a website that a tenant named, without trusting the tenant or the website.
 *
 * Only https, port 443, no user name, no address of digits, no name of an inside network. The address that the
 * host's name has is judged (address.h) at the moment of connecting to just that one, so that a name which changes its
 * address is caught; the same for each of at most SITE_HOPS_MAX redirects, which are followed by hand. Bounded: bytes
 * of the page after decompression, bytes of headers, time of a hop and of all. No proxy, no credentials, GET alone.
 *
 * Blocks its thread for at most timeout_ms a hop and twice that in all.
 */
#ifndef STERLING_APP_SITE_FETCH_H
#define STERLING_APP_SITE_FETCH_H

#include "rules/site_judge.h"

enum { SITE_HOPS_MAX = 5, SITE_URL_BYTES = 2048, SITE_PAGE_BYTES = 1 << 20, SITE_HEADERS_BYTES = 64 * 1024 };

struct site_fetch_config {
    int64_t timeout_ms;
    /* Tests and the sandbox only, 0: off. Every host is then a plain server at this port of the loopback interface,
     * which is told the host's name; nothing leaves the machine. */
    uint16_t test_port;
    bool test_tls; /* tests only: that server speaks TLS, and its certificate is judged as any */
    /* Tests only: what names resolve to, "host:443:address,address" (CURLOPT_RESOLVE); NULL ends them; may be NULL.
     * They are connected to as any other, test_port or not. */
    const char *const *answers;
    const _Atomic bool *stopping; /* ends the reading with SITE_SLOW; may be NULL */
};

/* *page is made in any case and is the caller's to free; it has words only after SITE_READ. */
enum site_outcome site_fetch(const struct site_fetch_config *c, struct str url, struct site_page *page);
/* Is it an address that would be fetched at all? Before any name is resolved. */
bool site_url_is_public(const char *url);
/* The address that `link` leads to from the page at `url`; false: none, or it is too long. */
bool site_url_join(struct str url, struct str link, char out[SITE_URL_BYTES]);

#endif

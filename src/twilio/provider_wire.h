/*
 * provider_wire: the provider port over a small HTTP/1.1 client of our own: a bounded set of kept connections, one
 * request on each, one thread, epoll underneath. It costs a tenth of what libcurl takes for a request, and it knows
 * what libcurl hides: whether the last byte of a request was handed over.
 *
 * Nothing is ever repeated: an attempt has one connection; only connecting itself is tried at the host's other
 * addresses. A kept connection is looked at before it is used, and not used if anything came on it meanwhile.
 * No redirects, no proxies (provider_curl.h has those), no cookies, no early data. The process must ignore SIGPIPE.
 */
#ifndef STERLING_TWILIO_PROVIDER_WIRE_H
#define STERLING_TWILIO_PROVIDER_WIRE_H

#include "twilio/provider_curl.h"
#include "twilio/wire_name.h"

/* Takes what provider_curl_new takes, but for connections that may be used again to the millisecond: idle_max_ms 0
 * gives each request its own. `resolve` looks names up; NULL asks the system. ERR_INVALID, ERR_FULL, ERR_IO. */
MUST_CHECK enum err provider_wire_new(const struct provider_curl_config *c, wire_resolve *resolve,
                                      struct provider **out, struct fault *f);
/* Does the environment name a proxy (HTTPS_PROXY and the like)? Then this client is the wrong one. */
bool provider_wire_is_proxied(void);

#endif

/*
 * provider_curl: the provider port over libcurl: HTTP/1.1 with keep-alive, many requests in flight on one
 * thread, epoll underneath. The contract is provider.h's; how bytes are kept from going twice is exchange.h's.
 */
#ifndef STERLING_TWILIO_PROVIDER_CURL_H
#define STERLING_TWILIO_PROVIDER_CURL_H

#include "base/clock.h"
#include "twilio/provider.h"

struct provider_curl_config {
    struct clock *clock;         /* the system's; must outlive the provider */
    size_t in_flight_max;        /* requests started and not yet polled out, 1 … 4096 */
    int64_t timeout_ms;          /* whole request, provider.timeout_ms: 35000, over the provider's own bound of 30 s */
    int64_t connect_timeout_ms;  /* name, TCP and TLS */
    int64_t idle_max_ms;         /* connections idle longer are not used again; under a second: never used again */
    int send_buffer_bytes;       /* SO_SNDBUF, 0 the system's: less makes "handed over" nearer to "sent" */
    const char *ca_file;         /* PEM to trust instead of the system's, NULL for none; copied */
};

/* The port's first member; give it to provider_stop in the end. ERR_INVALID, ERR_FULL, ERR_UNAVAILABLE. */
MUST_CHECK enum err provider_curl_new(const struct provider_curl_config *c, struct provider **out, struct fault *f);

#endif

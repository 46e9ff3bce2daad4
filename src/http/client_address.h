/*
 * client_address: who asks, when a proxy stands between. A header is believed only as far as trusted proxies wrote
 * it: from the right, the first address that is no trusted proxy's. Whatever a client wrote itself stands further
 * left and is never reached. Pure.
 */
#ifndef STERLING_HTTP_CLIENT_ADDRESS_H
#define STERLING_HTTP_CLIENT_ADDRESS_H

#include "base/ip.h"

/* `peer`, or behind a trusted peer the right-most untrusted address of the header's lines, joined with commas in their
 * order: X-Forwarded-For, or (`is_forwarded`, RFC 7239) the for= of Forwarded. What is no address (unknown, _hidden)
 * ends the search: then the last trusted one is the client. */
struct ip client_address(const struct ip *peer, const struct ip_ranges *trusted, struct str header, bool is_forwarded);

#endif

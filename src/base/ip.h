/*
 * ip: network addresses and ranges of them, as text and as bytes. An IPv4 address is kept mapped (::ffff:a.b.c.d),
 * so that one comparison serves both families. Pure.
 */
#ifndef STERLING_BASE_IP_H
#define STERLING_BASE_IP_H

#include "base/err.h"
#include "base/str.h"

struct sockaddr;

enum { IP_BYTES = 16, IP_RANGES_MAX = 32 };

struct ip {
    unsigned char bytes[IP_BYTES];
};
struct ip_range {
    struct ip net;
    unsigned bits; /* of the 128 */
};
struct ip_ranges {
    struct ip_range at[IP_RANGES_MAX];
    size_t count;
};

/* False for other families; *out is then all zero. */
bool ip_of_socket(const struct sockaddr *address, struct ip *out);
/* "192.0.2.1", "2001:db8::1", and as proxies write them: "192.0.2.1:4711", "[2001:db8::1]:4711". */
MUST_CHECK enum err ip_parse(struct str text, struct ip *out);
/* "10.0.0.0/8, 2001:db8::/32, 192.0.2.7". Empty text: no ranges. The fault names the part that is none. */
MUST_CHECK enum err ip_ranges_parse(struct str text, struct ip_ranges *out, struct fault *f);
bool ip_ranges_hold(const struct ip_ranges *r, const struct ip *a);
bool ip_is_four(const struct ip *a);
bool ip_is_loopback(const struct ip *a);
/* The same number for whoever is likely the same customer: an IPv4 address, or an IPv6 /64, because whoever has that
 * can take any address in it. */
uint64_t ip_customer(const struct ip *a);

#endif

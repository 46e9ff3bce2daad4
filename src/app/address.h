/*
 * address: which network addresses a tenant may make us call. Only public unicast ones: everything private,
 * local, reserved or mapped to such is refused (IANA special-purpose registries, RFC 6890), so that a
 * webhook cannot reach into the network the server stands in. Asked at connect time, after name resolution,
 * so that a name that changes its address is caught as well.
 */
#ifndef STERLING_APP_ADDRESS_H
#define STERLING_APP_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* False for anything but public IPv4 and IPv6 unicast, also for other families. */
bool address_is_public(const struct sockaddr *address);

#endif

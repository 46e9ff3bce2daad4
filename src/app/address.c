/* address: special-purpose ranges as a table. Contract in address.h. */
#include "app/address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct range4 {
    uint32_t net;
    int bits;
};
/* IANA IPv4 special-purpose registry, multicast, and the former class E. */
static const struct range4 CLOSED4[] = {
    {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
    {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24}, {0xC0586300, 24}, {0xC0A80000, 16},
    {0xC6120000, 15}, {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4},
};

struct range6 {
    unsigned char net[16];
    int bits;
    int embeds; /* offset of an embedded IPv4 address that decides instead, or -1 */
};
static const struct range6 SPECIAL6[] = {
    {{[10] = 0xff, [11] = 0xff}, 96, 12},           /* ::ffff:0:0/96 mapped */
    {{0x00, 0x64, 0xff, 0x9b}, 96, 12},             /* 64:ff9b::/96 translated */
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, -1}, /* 64:ff9b:1::/48 local translation */
    {{0x20, 0x02}, 16, 2},                          /* 2002::/16 6to4 */
    {{0x20, 0x01, 0x00, 0x00}, 23, -1},             /* 2001::/23 protocol assignments */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, -1},             /* documentation */
    {{0x3f, 0xff, 0x00}, 20, -1},                   /* documentation */
};

static bool public4(uint32_t address)
{
    for (size_t i = 0; i < sizeof CLOSED4 / sizeof CLOSED4[0]; i++)
        if ((address ^ CLOSED4[i].net) >> (32 - CLOSED4[i].bits) == 0) return false;
    return true;
}

static uint32_t read4(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static bool inside6(const unsigned char *address, const struct range6 *range)
{
    int whole = range->bits / 8, rest = range->bits % 8;
    if (memcmp(address, range->net, (size_t)whole) != 0) return false;
    return rest == 0 || (address[whole] ^ range->net[whole]) >> (8 - rest) == 0;
}

static bool public6(const unsigned char *address)
{
    for (size_t i = 0; i < sizeof SPECIAL6 / sizeof SPECIAL6[0]; i++)
        if (inside6(address, &SPECIAL6[i]))
            return SPECIAL6[i].embeds >= 0 && public4(read4(address + SPECIAL6[i].embeds));
    return (address[0] & 0xe0) == 0x20; /* 2000::/3 is all the global unicast there is */
}

bool address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return public4(ntohl(in.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, address, sizeof in);
        return public6(in.sin6_addr.s6_addr);
    }
    return false;
}

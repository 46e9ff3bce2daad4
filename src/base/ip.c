/* ip: addresses as 16 bytes. Contract in ip.h. */
#include "base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { MAPPED_AT = 12, TEXT_MAX = 48, BITS = 128, BITS_FOUR = 32 };

static const unsigned char MAPPED[MAPPED_AT] = {[10] = 0xff, [11] = 0xff};

static void set_four(struct ip *out, const void *four)
{
    memcpy(out->bytes, MAPPED, MAPPED_AT);
    memcpy(out->bytes + MAPPED_AT, four, IP_BYTES - MAPPED_AT);
}

bool ip_of_socket(const struct sockaddr *address, struct ip *out)
{
    *out = (struct ip){{0}};
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        set_four(out, &in.sin_addr);
        return true;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, address, sizeof in);
        memcpy(out->bytes, &in.sin6_addr, IP_BYTES);
        return true;
    }
    return false;
}

static enum err parse_plain(struct str text, struct ip *out)
{
    char plain[TEXT_MAX];
    struct in_addr four;

    if (text.len == 0 || text.len >= sizeof plain) return ERR_INVALID;
    memcpy(plain, text.at, text.len);
    plain[text.len] = '\0';
    if (strlen(plain) != text.len) return ERR_INVALID;
    if (inet_pton(AF_INET, plain, &four) == 1)
        set_four(out, &four);
    else if (inet_pton(AF_INET6, plain, out->bytes) != 1)
        return ERR_INVALID;
    return ERR_OK;
}

static bool is_port(struct str text)
{
    uint64_t port;

    return str_to_u64(text, &port) == ERR_OK && port <= UINT16_MAX;
}

enum err ip_parse(struct str text, struct ip *out)
{
    struct str inside, rest;
    size_t colon = str_find_char(text, ':');

    *out = (struct ip){{0}};
    if (text.len > 0 && text.at[0] == '[') {
        rest = str_cut(str_slice(text, 1, text.len), ']', &inside);
        if (inside.len + 1 == text.len) return ERR_INVALID; /* no closing bracket */
        if (rest.len > 0 && (rest.at[0] != ':' || !is_port(str_slice(rest, 1, rest.len)))) return ERR_INVALID;
        return parse_plain(inside, out);
    }
    rest = str_slice(text, colon + 1, text.len);
    if (colon < text.len && str_find_char(rest, ':') == rest.len) { /* one colon: a port */
        if (!is_port(rest)) return ERR_INVALID;
        text = str_slice(text, 0, colon);
    }
    return parse_plain(text, out);
}

static enum err parse_range(struct str text, struct ip_range *out)
{
    struct str address;
    struct str width = str_cut(text, '/', &address);
    uint64_t bits, most;

    if (parse_plain(address, &out->net) != ERR_OK) return ERR_INVALID;
    most = ip_is_four(&out->net) ? BITS_FOUR : BITS;
    if (address.len == text.len)
        bits = most;
    else if (str_to_u64(width, &bits) != ERR_OK || bits > most)
        return ERR_INVALID;
    out->bits = (unsigned)(bits + (most == BITS_FOUR ? BITS - BITS_FOUR : 0));
    return ERR_OK;
}

enum err ip_ranges_parse(struct str text, struct ip_ranges *out, struct fault *f)
{
    struct str one;

    out->count = 0;
    for (text = str_trim(text); text.len > 0; text = str_trim(text)) {
        text = str_cut(text, ',', &one);
        one = str_trim(one);
        if (out->count == IP_RANGES_MAX)
            return fault_set(f, ERR_LIMIT, "more than %d ranges of addresses", IP_RANGES_MAX);
        if (parse_range(one, &out->at[out->count]) != ERR_OK)
            return fault_set(f, ERR_INVALID, "\"" STR_FMT "\" is no address and no range such as 10.0.0.0/8",
                             STR_ARG(one));
        out->count++;
    }
    return ERR_OK;
}

static bool inside(const struct ip *a, const struct ip_range *r)
{
    unsigned whole = r->bits / 8, rest = r->bits % 8;

    if (memcmp(a->bytes, r->net.bytes, whole) != 0) return false;
    return rest == 0 || (a->bytes[whole] ^ r->net.bytes[whole]) >> (8 - rest) == 0;
}

bool ip_ranges_hold(const struct ip_ranges *r, const struct ip *a)
{
    for (size_t i = 0; i < r->count; i++)
        if (inside(a, &r->at[i])) return true;
    return false;
}

bool ip_is_four(const struct ip *a)
{
    return memcmp(a->bytes, MAPPED, MAPPED_AT) == 0;
}

bool ip_is_loopback(const struct ip *a)
{
    static const struct ip six = {{[15] = 1}};

    if (ip_is_four(a)) return a->bytes[MAPPED_AT] == 127;
    return memcmp(a->bytes, six.bytes, IP_BYTES) == 0;
}

uint64_t ip_customer(const struct ip *a)
{
    struct str bytes = {(const char *)a->bytes, IP_BYTES};

    return ip_is_four(a) ? str_hash(str_slice(bytes, MAPPED_AT, IP_BYTES), 4) : str_hash(str_slice(bytes, 0, 8), 6);
}

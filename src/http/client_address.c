/* client_address: walks the proxies' header from its right end. Contract in client_address.h. */
#include "http/client_address.h"

#include "base/mutant.h"

/* Commas part elements wherever they stand: addresses have none, and a quote that a client left open must not join
 * what a proxy added to it. */
static struct str cut_last(struct str s, struct str *last)
{
    size_t at = s.len;

    while (at > 0 && s.at[at - 1] != ',')
        at--;
    *last = str_trim(str_slice(s, at, s.len));
    return str_slice(s, 0, at == 0 ? 0 : at - 1);
}

/* `for=192.0.2.1;proto=https`, `For="[2001:db8::1]:4711"` */
static struct str for_of(struct str element)
{
    while (element.len > 0) {
        struct str pair, name;
        element = str_cut(element, ';', &pair);
        pair = str_cut(str_trim(pair), '=', &name);
        if (!str_equal_nocase(name, STR("for"))) continue;
        if (pair.len >= 2 && pair.at[0] == '"' && pair.at[pair.len - 1] == '"')
            pair = str_slice(pair, 1, pair.len - 1);
        return pair;
    }
    return (struct str){NULL, 0};
}

struct ip client_address(const struct ip *peer, const struct ip_ranges *trusted, struct str header, bool is_forwarded)
{
    struct ip client = *peer;

    while ((ip_ranges_hold(trusted, &client) || MUTANT(client_believed)) && header.len > 0) {
        struct str last;
        struct ip next;
        header = cut_last(header, &last);
        if (ip_parse(is_forwarded ? for_of(last) : last, &next) != ERR_OK) break;
        client = next;
    }
    return client;
}

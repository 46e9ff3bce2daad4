/* What proxies say about who asks. Whatever a client wrote, what trusted proxies added to its right decides. */
#include "http/client_address.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct ip *a, const struct ip *b)
{
    return memcmp(a->bytes, b->bytes, IP_BYTES) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char added[] = ",192.0.2.7, 10.1.1.1";
    static const char added_forwarded[] = ",for=192.0.2.7;proto=https, for=10.1.1.1";
    struct ip peer, client, expected, parsed;
    struct ip_ranges trusted, some;
    char *whole = malloc(size + sizeof added_forwarded);

    if (whole == NULL || ip_parse(STR("10.0.0.1"), &peer) != ERR_OK ||
        ip_parse(STR("192.0.2.7"), &expected) != ERR_OK ||
        ip_ranges_parse(STR("10.0.0.0/8"), &trusted, NULL) != ERR_OK)
        abort();
    if (size > 0) memcpy(whole, data, size);
    memcpy(whole + size, added, sizeof added);
    client = client_address(&peer, &trusted, (struct str){whole, size + sizeof added - 1}, false);
    BUG_IF(!same(&client, &expected));
    memcpy(whole + size, added_forwarded, sizeof added_forwarded);
    client = client_address(&peer, &trusted, (struct str){whole, size + sizeof added_forwarded - 1}, true);
    BUG_IF(!same(&client, &expected));
    for (int forwarded = 0; forwarded < 2; forwarded++)
        (void)client_address(&peer, &trusted, (struct str){whole, size}, forwarded != 0);
    (void)!ip_parse((struct str){whole, size}, &parsed);
    if (ip_ranges_parse((struct str){whole, size}, &some, NULL) == ERR_OK) BUG_IF(some.count > IP_RANGES_MAX);
    free(whole);
    return 0;
}

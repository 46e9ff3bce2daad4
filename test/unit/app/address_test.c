/* Tenants' webhooks reach the public network only, however the address is dressed up. */
#include "app/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/un.h>

#include <cmocka.h>

static bool is_public(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1) return address_is_public((const struct sockaddr *)&in);
    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    return address_is_public((const struct sockaddr *)&in6);
}

static void public_addresses_pass(void **state)
{
    static const char *const open[] = {
        "8.8.8.8",         "1.1.1.1", "172.15.255.255",       "172.32.0.0",      "100.128.0.1",
        "2606:4700::1111", "2a00::1", "::ffff:93.184.216.34", "2002:808:808::1", "64:ff9b::808:808"};
    (void)state;
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
        if (!is_public(open[i])) fail_msg("%s was refused", open[i]);
}

static void private_local_and_reserved_are_refused(void **state)
{
    static const char *const closed[] = {"0.0.0.0",
                                         "10.1.2.3",
                                         "100.64.0.1",
                                         "127.0.0.1",
                                         "169.254.169.254",
                                         "172.16.0.1",
                                         "172.31.9.9",
                                         "192.168.1.1",
                                         "198.18.0.1",
                                         "224.0.0.1",
                                         "255.255.255.255",
                                         "192.0.2.1",
                                         "::",
                                         "::1",
                                         "fe80::1",
                                         "fc00::1",
                                         "fd12::1",
                                         "ff02::1",
                                         "2001:db8::1",
                                         "::ffff:10.0.0.1",
                                         "::ffff:127.0.0.1",
                                         "64:ff9b::a00:1",
                                         "2002:7f00:1::",
                                         "2002:a00:1::1",
                                         "::7f00:1",
                                         "fec0::1",
                                         "64:ff9b:1::1",
                                         "2001::1",
                                         "3fff::1"};
    (void)state;
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++)
        if (is_public(closed[i])) fail_msg("%s was let through", closed[i]);
}

static void other_families_are_refused(void **state)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    (void)state;
    assert_false(address_is_public((const struct sockaddr *)&un));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_pass),
        cmocka_unit_test(private_local_and_reserved_are_refused),
        cmocka_unit_test(other_families_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* ip: addresses, ranges, and who counts as one customer. */
#include "base/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct ip ip(const char *text)
{
    struct ip out;

    if (ip_parse(str_from(text), &out) != ERR_OK) fail_msg("%s is taken for no address", text);
    return out;
}

static bool is_in(const char *ranges, const char *address)
{
    struct ip_ranges r;
    struct ip a = ip(address);
    struct fault f = {0};

    if (ip_ranges_parse(str_from(ranges), &r, &f) != ERR_OK) fail_msg("%s", f.what);
    return ip_ranges_hold(&r, &a);
}

static void ports_and_brackets_are_dropped(void **state)
{
    struct ip plain = ip("192.0.2.1"), port = ip("192.0.2.1:4711"), mapped = ip("[::ffff:192.0.2.1]:80");

    (void)state;
    assert_memory_equal(plain.bytes, port.bytes, IP_BYTES);
    assert_memory_equal(plain.bytes, mapped.bytes, IP_BYTES);
    assert_true(ip_is_four(&plain));
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const texts[] = {"", "unknown", "_secret", "192.0.2", "192.0.2.1:", "192.0.2.1:70000",
                                        "[2001:db8::1", "[2001:db8::1]x", "2001:db8::1:", "192.0.2.1 "};
    struct ip out;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (ip_parse(str_from(texts[i]), &out) == ERR_OK) fail_msg("'%s' is taken for an address", texts[i]);
}

static void ranges_hold_to_the_bit(void **state)
{
    (void)state;
    assert_true(is_in("10.0.0.0/8", "10.255.255.255"));
    assert_false(is_in("10.0.0.0/8", "11.0.0.0"));
    assert_true(is_in("192.0.2.128/25", "192.0.2.128"));
    assert_false(is_in("192.0.2.128/25", "192.0.2.127"));
    assert_true(is_in(" 192.0.2.7 , 2001:db8:8000::/33", "2001:db8:ffff::1"));
    assert_false(is_in("2001:db8:8000::/33", "2001:db8:7fff::1"));
    assert_true(is_in("0.0.0.0/0", "203.0.113.1"));
    assert_false(is_in("0.0.0.0/0", "2001:db8::1"));
    assert_false(is_in("", "127.0.0.1"));
}

static void a_wrong_range_is_named(void **state)
{
    struct ip_ranges r;
    struct fault f = {0};

    (void)state;
    assert_int_equal(ip_ranges_parse(STR("10.0.0.0/8, 10.0.0.0/33"), &r, &f), ERR_INVALID);
    assert_non_null(strstr(f.what, "10.0.0.0/33"));
    assert_int_equal(ip_ranges_parse(STR("proxy.example.com"), &r, &f), ERR_INVALID);
}

static void an_ipv6_customer_has_a_64(void **state)
{
    struct ip a = ip("2001:db8::1"), same = ip("2001:db8::ffff:1"), other = ip("2001:db8:0:1::1");
    struct ip four = ip("192.0.2.1"), next = ip("192.0.2.2");

    (void)state;
    assert_true(ip_customer(&a) == ip_customer(&same));
    assert_false(ip_customer(&a) == ip_customer(&other));
    assert_false(ip_customer(&four) == ip_customer(&next));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_and_brackets_are_dropped), cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(ranges_hold_to_the_bit),         cmocka_unit_test(a_wrong_range_is_named),
        cmocka_unit_test(an_ipv6_customer_has_a_64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The small parts by themselves: routes, throttle, pace, JSON reading. */
#include "http/json_in.h"
#include "http/pace.h"
#include "http/route.h"
#include "http/throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *found(const char *method, const char *path)
{
    struct route_match m;

    route_find(str_from(method), str_from(path), &m);
    return m.route == NULL ? NULL : m.route->pattern;
}

static void paths_find_their_routes(void **state)
{
    struct route_match m;

    (void)state;
    assert_string_equal(found("GET", "/v1/contacts/export"), "/v1/contacts/export");
    assert_string_equal(found("GET", "/v1/contacts/exports"), "/v1/contacts/{contact}");
    assert_string_equal(found("HEAD", "/v1/messages"), "/v1/messages");
    assert_null(found("GET", "/v1/messages/"));
    assert_null(found("GET", "v1/messages"));
    assert_null(found("GET", ""));
    assert_null(found("GET", "/"));
    assert_null(found("GET", "//v1/messages"));
    assert_null(found("get", "/v1/messages"));
    route_find(STR("POST"), STR("/twilio/abc/status/msg_1/2"), &m);
    assert_true(str_equal(m.args[0], STR("abc")));
    assert_true(str_equal(m.args[2], STR("2")));
    route_find(STR("PUT"), STR("/v1/lists"), &m);
    assert_null(m.route);
    assert_true(m.path_known);
    assert_string_equal(m.allow, "OPTIONS, POST, GET, HEAD");
}

static void failures_are_counted_by_peer_and_window(void **state)
{
    static struct throttle t;

    (void)state;
    memset(&t, 0, sizeof t);
    for (int i = 0; i < THROTTLE_FAILURES_MAX; i++) {
        assert_int_equal(throttle_wait_ms(&t, 1, 99, 1000), 0);
        throttle_failed(&t, 1, 99, 1000);
    }
    assert_int_equal(throttle_wait_ms(&t, 1, 99, 1000), THROTTLE_WINDOW_MS);
    assert_int_equal(throttle_wait_ms(&t, 2, 99, 1000), 0);
    assert_int_equal(throttle_wait_ms(&t, 1, 99, 1000 + THROTTLE_WINDOW_MS), 0);
    throttle_passed(&t, 7);
    assert_int_equal(throttle_wait_ms(&t, 1, 7, 1000), 0);
    throttle_failed(&t, 1, 7, 1000);
    assert_true(throttle_wait_ms(&t, 1, 7, 1000) > 0);
    /* A flood of peers takes no more than the table. */
    for (uint64_t peer = 0; peer < 100000; peer++)
        throttle_failed(&t, peer * 1000003, 5, 2000);
}

static void pace_is_measured_between_asks(void **state)
{
    struct pace *p = pace_new();

    (void)state;
    assert_non_null(p);
    assert_int_equal(pace_per_ks(p, 7, 100, 0, 1000), 0);
    assert_int_equal(pace_per_ks(p, 7, 100, 500, 10500), 0);
    assert_int_equal(pace_per_ks(p, 7, 150, 500, 15500), 10000);
    assert_int_equal(pace_per_ks(p, 7, 250, 500, 20500), 20000);
    /* Asked long after: the average since the start. */
    assert_int_equal(pace_per_ks(p, 7, 1000, 500, 200500), 5000);
    assert_int_equal(pace_per_ks(p, 7 + 256, 10, 0, 200500), 0);
    pace_free(p);
}

static void fields_are_read_by_type_and_bound(void **state)
{
    struct arena a;
    struct problem p;
    struct json_doc d;
    struct json_in in;
    struct str text = {NULL, 0};
    int64_t number = 0;

    (void)state;
    arena_init(&a, 1 << 20);
    problem_init(&p, &a);
    assert_int_equal(
        json_doc_parse(&d, STR("{\"t\":\"abc\",\"n\":5,\"f\":{\"b\":2.5,\"a\":true,\"c\":null}}"), &p),
        ERR_OK);
    json_in_open(&in, d.root, "x.", &p);
    assert_true(json_in_text(&in, "t", JSON_REQUIRED, 3, &text));
    assert_true(str_equal(text, STR("abc")));
    assert_false(json_in_text(&in, "t", JSON_REQUIRED, 2, &text));
    assert_false(json_in_int(&in, "n", JSON_REQUIRED, 6, 9, &number));
    assert_true(json_in_fields(&in, "f", JSON_OPTIONAL, 100, &text));
    assert_true(str_equal(text, STR("{\"a\":\"true\",\"b\":\"2.5\",\"c\":\"\"}")));
    assert_false(json_in_fields(&in, "f", JSON_OPTIONAL, 10, &text));
    json_in_end(&in);
    assert_int_equal(p.count, 3);
    assert_string_equal(p.errors[0].field, "x.t");
    assert_string_equal(p.errors[1].fix, "Give a whole number from 6 to 9.");
    json_doc_free(&d);
    arena_reset(&a);
}

static void errors_are_bounded_and_values_cut_at_a_character(void **state)
{
    struct arena a;
    struct problem p;
    char value[200];

    (void)state;
    arena_init(&a, 1 << 20);
    problem_init(&p, &a);
    memset(value, 'x', sizeof value);
    memcpy(value + 63, "\xc3\xa9", 2);
    for (int i = 0; i < 40; i++)
        (void)problem_field(&p, "f", (struct str){value, sizeof value}, "long", "cut");
    assert_int_equal(p.count, PROBLEM_ERRORS_MAX);
    assert_int_equal(strlen(p.errors[0].value), 63);
    assert_int_equal(problem_check(&p), ERR_INVALID);
    arena_reset(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_find_their_routes),
        cmocka_unit_test(failures_are_counted_by_peer_and_window),
        cmocka_unit_test(pace_is_measured_between_asks),
        cmocka_unit_test(fields_are_read_by_type_and_bound),
        cmocka_unit_test(errors_are_bounded_and_values_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

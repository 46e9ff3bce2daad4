/* The wire: bounds exact to the byte, broken bodies, methods, headers, deadlines, graceful stop. */
#include "face.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct face f;

static int setup(void **state)
{
    (void)state;
    face_open(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

/* A body of exactly so many bytes that would make a list. */
static char *body_of(size_t bytes)
{
    char *body = malloc(bytes + 1);
    static const char head[] = "{\"name\":\"exact\"", tail[] = "}";

    assert_non_null(body);
    memset(body, ' ', bytes);
    memcpy(body, head, sizeof head - 1);
    memcpy(body + bytes - 1, tail, 1);
    body[bytes] = '\0';
    return body;
}

static void a_body_is_bounded_to_the_byte(void **state)
{
    size_t most = 4096;
    char *body;

    (void)state;
    f.settings.http_body_bytes_max = (int64_t)most;
    body = body_of(most);
    expect(&f, 201, "POST", "/v1/lists", f.acme_key, body);
    free(body);
    body = body_of(most + 1);
    expect_text(&f, 413, "POST", "/v1/lists", f.acme_key, body, "4096 bytes");
    free(body);
    body = body_of(most * 100);
    expect(&f, 413, "POST", "/v1/lists", f.acme_key, body);
    free(body);
    expect(&f, 413, "GET", "/v1/lists", f.acme_key, "{}");
}

static int chunked_status(size_t bytes)
{
    char head[512], size[32], got[65536], *body = body_of(bytes);
    int fd = face_connect(http_server_port(f.server)), status = 0;

    face_write(fd, head,
               (size_t)snprintf(head, sizeof head,
                                "POST /v1/lists HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer %s\r\n"
                                "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
                                f.acme_key));
    for (size_t at = 0; at < bytes; at += 1000) {
        size_t count = bytes - at < 1000 ? bytes - at : 1000;
        face_write(fd, size, (size_t)snprintf(size, sizeof size, "%zx\r\n", count));
        face_write(fd, body + at, count);
        face_write(fd, "\r\n", 2);
    }
    face_write(fd, "0\r\n\r\n", 5);
    (void)face_read_until(fd, got, sizeof got, NULL);
    (void)sscanf(got, "HTTP/1.1 %d", &status);
    (void)close(fd);
    free(body);
    return status;
}

static void a_chunked_body_is_bounded_the_same(void **state)
{
    (void)state;
    f.settings.http_body_bytes_max = 4096;
    assert_int_equal(chunked_status(4096), 201);
    assert_int_equal(chunked_status(4097), 413);
    assert_int_equal(chunked_status(50000), 413);
}

static void an_upload_is_bounded_too(void **state)
{
    struct answer a;

    (void)state;
    f.settings.http_import_bytes_max = 20;
    expect(&f, 202, "POST", "/v1/imports", f.acme_key, "number\n+14155550101\n");
    a = call(&f, "POST", "/v1/imports", f.acme_key, NULL, "number\n+14155550101\r\n");
    assert_int_equal(a.status, 413);
    answer_free(&a);
}

static void broken_json_is_named_by_line_and_column(void **state)
{
    char deep[64];

    (void)state;
    expect_text(&f, 400, "POST", "/v1/lists", f.acme_key, "{\"name\":\n \"x\",,}", "line 2, column");
    expect_text(&f, 400, "POST", "/v1/lists", f.acme_key, "", "empty");
    expect_text(&f, 400, "POST", "/v1/lists", f.acme_key, "[1]", "must be a JSON object");
    expect_text(&f, 400, "POST", "/v1/lists", f.acme_key, "{\"name\":\"a\",\"name\":\"b\"}", "duplicate");
    expect_text(&f, 400, "POST", "/v1/lists", f.acme_key, "{\"name\":\"\xff\"}", "byte 0xff");
    expect_text(&f, 400, "POST", "/v1/lists", f.acme_key, "{\"name\":\"a\\u0000b\"}", "not valid JSON");
    memset(deep, '[', 40);
    deep[40] = '\0';
    expect_text(&f, 400, "POST", "/v1/lists", f.acme_key, deep, "12 levels");
}

static void wrong_types_and_unknown_keys_are_named(void **state)
{
    (void)state;
    expect_text(&f, 422, "POST", "/v1/lists", f.acme_key, "{\"name\":7}", "It is a whole number.");
    expect_text(&f, 422, "POST", "/v1/lists", f.acme_key, "{\"nmae\":\"x\"}", "Did you mean \\\"name\\\"?");
    expect_text(&f, 422, "POST", "/v1/lists", f.acme_key, "{\"name\":null}", "It is missing.");
    expect_text(
        &f, 422, "POST", "/v1/messages", f.acme_key,
        "{\"to\":\"+12125550101\",\"body\":\"x\",\"urgent\":\"yes\",\"validity_s\":1,\"send_at\":\"noon\"}",
        "\"field\":\"send_at\"");
    expect_text(&f, 422, "GET", "/v1/messages?limt=5", f.acme_key, NULL, "?limt");
    expect_text(&f, 422, "GET", "/v1/messages?limit=201", f.acme_key, NULL, "1 to 200");
    expect_text(&f, 422, "GET", "/v1/messages?cursor=abc", f.acme_key, NULL, "?cursor");
    expect_text(&f, 400, "GET", "/v1/messages?to=%zz", f.acme_key, NULL, "escape");
}

static void methods_and_headers_are_as_they_should_be(void **state)
{
    struct answer a;
    char target[9000];

    (void)state;
    a = call(&f, "DELETE", "/v1/messages", f.acme_key, NULL, NULL);
    assert_int_equal(a.status, 405);
    assert_non_null(strstr(a.head, "Allow: OPTIONS, POST, GET, HEAD"));
    answer_free(&a);
    a = call(&f, "OPTIONS", "/v1/messages", NULL, NULL, NULL);
    assert_int_equal(a.status, 204);
    answer_free(&a);
    a = call(&f, "HEAD", "/v1/lists", f.acme_key, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(a.body_bytes, 0);
    answer_free(&a);
    a = call(&f, "GET", "/v1/lists", f.acme_key, NULL, NULL);
    assert_non_null(strstr(a.head, "Cache-Control: no-store"));
    assert_non_null(strstr(a.head, "X-Content-Type-Options: nosniff"));
    assert_non_null(strstr(a.head, "Content-Type: application/json"));
    answer_free(&a);
    a = call(&f, "GET", "/v1/lists/nobody", f.acme_key, NULL, NULL);
    assert_non_null(strstr(a.head, "Content-Type: application/problem+json"));
    answer_free(&a);
    expect(&f, 404, "GET", "/v2/lists", f.acme_key, NULL);
    expect(&f, 404, "GET", "/v1/lists/a/b/c/d/e/f/g/h/i", f.acme_key, NULL);
    (void)snprintf(target, sizeof target, "/v1/lists?x=%08300d", 0);
    expect(&f, 414, "GET", target, f.acme_key, NULL);
    expect(&f, 200, "GET", "http://test/v1/lists", f.acme_key, NULL);
}

static void pages_follow_each_other_and_end(void **state)
{
    char target[128], cursor[64] = "", seen[64] = "";
    int pages = 0;

    (void)state;
    for (int i = 0; i < 5; i++) {
        char body[64];
        (void)snprintf(body, sizeof body, "{\"name\":\"list%d\"}", i);
        expect(&f, 201, "POST", "/v1/lists", f.acme_key, body);
    }
    do {
        struct answer a;
        (void)snprintf(target, sizeof target, "/v1/lists?limit=2%s%s",
                       cursor[0] == '\0' ? "" : "&cursor=", cursor);
        a = call(&f, "GET", target, f.acme_key, NULL, NULL);
        assert_int_equal(a.status, 200);
        for (const char *at = a.body; (at = strstr(at, "\"name\":\"list")) != NULL; at += 12)
            strncat(seen, at + 12, 1);
        (void)snprintf(cursor, sizeof cursor, "%s", json_text(a.body, "next_cursor"));
        answer_free(&a);
        pages++;
    } while (cursor[0] != '\0');
    assert_int_equal(pages, 3);
    assert_string_equal(seen, "01234");
}

static void one_connection_serves_many_requests(void **state)
{
    char head[512], got[16384];
    int fd = face_connect(http_server_port(f.server));

    (void)state;
    for (int i = 0; i < 3; i++) {
        face_write(fd, head,
                   (size_t)snprintf(head, sizeof head,
                                    "GET /v1/lists HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer %s\r\n\r\n",
                                    f.acme_key));
        (void)face_read_until(fd, got, sizeof got, "next_cursor\":null}");
        assert_int_equal(strncmp(got, "HTTP/1.1 200", 12), 0);
    }
    (void)close(fd);
}

static void a_slow_header_is_cut_off(void **state)
{
    static const char trickle[] = "GET /healthz HTTP/1.1\r\nHost: t\r\nX-Slow: ";
    const struct http_options o = {.app = &f.app,
                                   .listen = "127.0.0.1",
                                   .connections_max = 16,
                                   .subscribers_max = 4,
                                   .header_timeout_ms = 50};
    struct http_server *impatient;
    struct fault fault;
    char got[1024];
    int fd;

    (void)state;
    assert_int_equal(http_server_start(&o, &impatient, &fault), ERR_OK);
    fd = face_connect(http_server_port(impatient));
    face_write(fd, trickle, sizeof trickle - 1);
    /* The peer closes; a server that waited for ever would make this read end by its own patience. */
    assert_int_equal(face_read_until(fd, got, sizeof got, NULL), 0);
    (void)close(fd);
    http_server_stop(impatient);
}

static void a_taken_port_is_told(void **state)
{
    const struct http_options o = {.app = &f.app,
                                   .listen = "127.0.0.1",
                                   .port = http_server_port(f.server),
                                   .connections_max = 16,
                                   .subscribers_max = 4,
                                   .header_timeout_ms = 50};
    struct http_options nowhere = o;
    struct http_server *second = NULL;
    struct fault fault = {0};

    (void)state;
    assert_int_equal(http_server_start(&o, &second, &fault), ERR_UNAVAILABLE);
    assert_non_null(strstr(fault.what, "setting \"port\""));
    nowhere.listen = "localhost";
    assert_int_equal(http_server_start(&nowhere, &second, &fault), ERR_INVALID);
    assert_non_null(strstr(fault.what, "no IP address"));
}

static void nothing_but_health_is_served_before_the_house_is_ready(void **state)
{
    const struct http_options o = {.app = &f.app,
                                   .listen = "127.0.0.1",
                                   .connections_max = 16,
                                   .subscribers_max = 4,
                                   .header_timeout_ms = 5000};
    struct http_server *main_server = f.server, *early;
    struct fault fault;

    (void)state;
    atomic_store(&f.app.ready, false);
    assert_int_equal(http_server_start(&o, &early, &fault), ERR_OK);
    f.server = early;
    expect(&f, 503, "GET", "/v1/lists", f.acme_key, NULL);
    expect(&f, 503, "GET", "/readyz", NULL, NULL);
    expect(&f, 200, "GET", "/healthz", NULL, NULL);
    atomic_store(&f.app.ready, true);
    expect(&f, 200, "GET", "/v1/lists", f.acme_key, NULL);
    atomic_store(&f.app.ready, false);
    expect(&f, 200, "GET", "/v1/lists", f.acme_key, NULL);
    expect(&f, 503, "GET", "/readyz", NULL, NULL);
    atomic_store(&f.app.ready, true);
    f.server = main_server;
    http_server_stop(early);
}

static void *post_opt_out(void *out)
{
    struct answer *a = out;

    *a = call(&f, "POST", "/v1/consents", f.acme_key, NULL,
              "{\"number\":\"+12125550101\",\"state\":\"opted_out\"}");
    return NULL;
}

static void *stop_server(void *server)
{
    http_server_stop(server);
    return NULL;
}

static void what_was_submitted_is_answered_at_stop(void **state)
{
    struct answer a = {0};
    pthread_t caller, stopper;
    const struct http_options o = {.app = &f.app,
                                   .listen = "127.0.0.1",
                                   .connections_max = 16,
                                   .subscribers_max = 4,
                                   .header_timeout_ms = 5000};
    struct http_server *main_server = f.server, *second;
    struct fault fault;

    (void)state;
    assert_int_equal(http_server_start(&o, &second, &fault), ERR_OK);
    f.server = second;
    f.hold_stops = true;
    assert_int_equal(pthread_create(&caller, NULL, post_opt_out, &a), 0);
    while (face_notes(&f, NOTE_STOPPED) == 0)
        (void)sched_yield();
    assert_int_equal(pthread_create(&stopper, NULL, stop_server, second), 0);
    face_release_stops(&f, 1);
    (void)pthread_join(caller, NULL);
    (void)pthread_join(stopper, NULL);
    assert_int_equal(a.status, 201);
    answer_free(&a);
    f.server = main_server;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_body_is_bounded_to_the_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(a_chunked_body_is_bounded_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(an_upload_is_bounded_too, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_json_is_named_by_line_and_column, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_types_and_unknown_keys_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(methods_and_headers_are_as_they_should_be, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_follow_each_other_and_end, setup, teardown),
        cmocka_unit_test_setup_teardown(one_connection_serves_many_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(a_slow_header_is_cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(a_taken_port_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_but_health_is_served_before_the_house_is_ready, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_was_submitted_is_answered_at_stop, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

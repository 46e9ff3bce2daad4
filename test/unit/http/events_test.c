/* Live events: what comes, to whom, resumed where it stopped, and bounded. */
#include "face.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

/* Opens a stream and reads its greeting. */
static int subscribe(struct http_server *s, const char *target, const char *key, const char *headers)
{
    char head[1024], got[4096];
    int fd = face_connect(http_server_port(s));

    face_write(fd, head,
               (size_t)snprintf(head, sizeof head,
                                "GET %s HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer %s\r\n%s\r\n", target,
                                key, headers == NULL ? "" : headers));
    /* Byte by byte, so that nothing behind the greeting is lost. */
    for (size_t i = 0; i + 1 < sizeof got && recv(fd, got + i, 1, 0) == 1; i++) {
        got[i + 1] = '\0';
        if (i > 1 && memcmp(got + i - 1, "\n\n", 2) == 0) break;
    }
    assert_int_equal(strncmp(got, "HTTP/1.1 200", 12), 0);
    assert_non_null(strstr(got, "text/event-stream"));
    return fd;
}

static void opt_out(const char *key, int last)
{
    char body[128];

    (void)snprintf(body, sizeof body, "{\"number\":\"+1212555%04d\",\"state\":\"opted_out\"}", last);
    expect(&f, 201, "POST", "/v1/consents", key, body);
}

static void what_was_committed_comes_at_once(void **state)
{
    char got[8192];
    int fd = subscribe(f.server, "/v1/events", f.acme_key, NULL);

    (void)state;
    opt_out(f.acme_key, 101);
    (void)face_read_until(fd, got, sizeof got, "+12125550101");
    assert_non_null(strstr(got, "event: consent.opted_out\ndata: {"));
    assert_non_null(strstr(got, "id: evt_"));
    opt_out(f.acme_key, 102);
    (void)face_read_until(fd, got, sizeof got, "+12125550102");
    (void)close(fd);
}

static void the_events_port_serves_the_same_and_nothing_else(void **state)
{
    struct http_server *main_server = f.server;
    char got[8192];
    int fd = subscribe(f.events, "/v1/events", f.acme_key, NULL);

    (void)state;
    opt_out(f.acme_key, 103);
    (void)face_read_until(fd, got, sizeof got, "+12125550103");
    (void)close(fd);
    f.server = f.events;
    expect_text(&f, 404, "GET", "/v1/lists", f.acme_key, NULL, "main port");
    expect(&f, 200, "GET", "/healthz", NULL, NULL);
    f.server = main_server;
}

static void others_events_are_not_seen(void **state)
{
    char got[8192];
    int fd = subscribe(f.server, "/v1/events", f.acme_key, NULL);

    (void)state;
    opt_out(f.rival_key, 104);
    opt_out(f.acme_key, 105);
    (void)face_read_until(fd, got, sizeof got, "+12125550105");
    assert_null(strstr(got, "+12125550104"));
    (void)close(fd);
}

static void a_campaigns_stream_has_only_its_own(void **state)
{
    char got[8192], target[128], body[128], id[64];
    struct answer a =
        call(&f, "POST", "/v1/campaigns", f.acme_key, NULL, "{\"name\":\"a\",\"template\":\"Hi\"}");
    int fd;

    (void)state;
    (void)snprintf(id, sizeof id, "%s", json_text(a.body, "id"));
    answer_free(&a);
    (void)snprintf(target, sizeof target, "/v1/events?campaign=%s", id);
    fd = subscribe(f.server, target, f.acme_key, NULL);
    opt_out(f.acme_key, 106);
    (void)snprintf(body, sizeof body, "/v1/campaigns/%s/cancel", id);
    expect(&f, 200, "POST", body, f.acme_key, NULL);
    (void)face_read_until(fd, got, sizeof got, "campaign.canceled");
    assert_non_null(strstr(got, id));
    assert_null(strstr(got, "consent"));
    (void)close(fd);
}

/* The id of the event that holds `text`. */
static void id_before(const char *stream, const char *text, char out[64])
{
    const char *at = strstr(stream, text), *id = NULL;

    assert_non_null(at);
    for (const char *p = stream; (p = strstr(p, "id: evt_")) != NULL && p < at; p++)
        id = p;
    assert_non_null(id);
    (void)snprintf(out, 64, "%.*s", (int)strcspn(id + 4, "\n"), id + 4);
}

static void a_broken_stream_goes_on_where_it_was(void **state)
{
    char got[65536], id[64], header[128];
    int fd = subscribe(f.server, "/v1/events", f.acme_key, NULL);

    (void)state;
    opt_out(f.acme_key, 201);
    (void)face_read_until(fd, got, sizeof got, "+12125550201");
    id_before(got, "+12125550201", id);
    (void)close(fd);
    for (int i = 202; i < 210; i++)
        opt_out(f.acme_key, i);
    (void)snprintf(header, sizeof header, "Last-Event-ID: %s\r\n", id);
    fd = subscribe(f.server, "/v1/events", f.acme_key, header);
    opt_out(f.acme_key, 210);
    (void)face_read_until(fd, got, sizeof got, "+12125550210");
    for (int i = 202; i <= 210; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "+1212555%04d", i);
        assert_non_null(strstr(got, number));
    }
    assert_null(strstr(got, "+12125550201"));
    (void)close(fd);
    face_restart(&f);
    (void)snprintf(header, sizeof header, "/v1/events?last_event_id=%s", id);
    fd = subscribe(f.server, header, f.acme_key, NULL);
    (void)face_read_until(fd, got, sizeof got, "+12125550210");
    assert_non_null(strstr(got, "+12125550202"));
    (void)close(fd);
}

static void a_wrong_place_to_resume_is_named(void **state)
{
    struct answer a = call(&f, "GET", "/v1/events", f.acme_key, "Last-Event-ID: 17\r\n", NULL);

    (void)state;
    assert_int_equal(a.status, 422);
    answer_free(&a);
    expect(&f, 422, "GET", "/v1/events?campaign=17", f.acme_key, NULL);
}

static void one_organization_cannot_take_all_places(void **state)
{
    int fds[16], fd;

    (void)state;
    /* 64 on the main port, a quarter of them for one. */
    for (int i = 0; i < 16; i++)
        fds[i] = subscribe(f.server, "/v1/events", f.acme_key, NULL);
    expect_text(&f, 503, "GET", "/v1/events", f.acme_key, NULL, "events port");
    fd = subscribe(f.server, "/v1/events", f.rival_key, NULL);
    (void)close(fd);
    for (int i = 0; i < 16; i++)
        (void)close(fds[i]);
}

static void stopping_ends_the_streams(void **state)
{
    char got[4096];
    int fd = subscribe(f.server, "/v1/events", f.acme_key, NULL);

    (void)state;
    face_restart(&f);
    (void)face_read_until(fd, got, sizeof got, NULL);
    assert_non_null(strstr(got, "0\r\n\r\n"));
    (void)close(fd);
}

static _Atomic int stored;

static void on_stored(struct change *c)
{
    assert_int_equal(c->result, ERR_OK);
    atomic_fetch_add(&stored, 1);
}

/* Many events in few commits: each opt-out is one. */
static void flood(int count)
{
    static uint64_t next = 12125560000;
    struct change_consent *all = calloc((size_t)count, sizeof *all);

    assert_non_null(all);
    atomic_store(&stored, 0);
    for (int i = 0; i < count; i++) {
        all[i].head = (struct change){.kind = CHANGE_CONSENT, .done = on_stored};
        all[i].event = (struct consent){
            .org = f.acme.id, .number = next++, .kind = CONSENT_OPT_OUT, .at_ms = 1, .source = STR("test")};
        f.app.queue->submit(f.app.queue, &all[i].head);
    }
    while (atomic_load(&stored) < count)
        (void)sched_yield();
    free(all);
}

static void a_reader_that_sleeps_is_dropped(void **state)
{
    const int small = 2048;
    char head[512];
    int fd = face_connect(http_server_port(f.events));

    (void)state;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    face_write(fd, head,
               (size_t)snprintf(head, sizeof head,
                                "GET /v1/events HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer %s\r\n\r\n",
                                f.acme_key));
    while (atomic_load(&f.app.counters.events_subscribers) == 0)
        (void)sched_yield();
    while (atomic_load(&f.app.counters.events_dropped) == 0)
        flood(2000);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_committed_comes_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(the_events_port_serves_the_same_and_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(others_events_are_not_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(a_campaigns_stream_has_only_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broken_stream_goes_on_where_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_place_to_resume_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(one_organization_cannot_take_all_places, setup, teardown),
        cmocka_unit_test_setup_teardown(stopping_ends_the_streams, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_that_sleeps_is_dropped, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

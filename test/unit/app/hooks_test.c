/* Tenants' webhooks, against a scripted server on the loopback: every event at least once, signed, under one
 * id for ever; what fails comes again by its schedule and ends as a dead letter that can be replayed. Time is
 * the wall clock's offset, moved by the tests. */
#include "app/hooks.h"

#include "app/hooks_inside.h"

#include "house.h"
#include "sink.h"

#include <inttypes.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int64_t HOUR_MS = 3600000;
static struct house h;
static struct sink sink;
static struct hooks *hooks;
static int64_t offset_ms;

static void start_hooks(void)
{
    struct fault f = {0};
    if (hooks_start(&h.app, &hooks, &f) != ERR_OK) fail_msg("%s", f.what);
}

static int setup(void **state)
{
    (void)state;
    house_open(&h);
    h.settings.hooks_allow_private = true;
    h.settings.hooks_retry_first_ms = HOUR_MS;
    offset_ms = 0;
    hooks = NULL;
    sink_start(&sink);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    hooks_stop(hooks);
    sink_stop(&sink);
    house_close(&h);
    return 0;
}

static void pass_ms(int64_t ms)
{
    offset_ms += ms;
    clock_set_wall_offset(&h.clock, offset_ms);
    hooks_wake(hooks);
}

/* A new endpoint for consent events; its secret goes to *secret. */
static uint32_t endpoint_at(const char *url, char secret[ENDPOINT_SECRET_BYTES])
{
    struct endpoint e = {.org = h.org,
                         .url = str_from(url),
                         .types = 1U << EVENT_CONSENT,
                         .state = ENDPOINT_ACTIVE,
                         .created_ms = 1};
    struct endpoint_job job;
    struct problem p;
    problem_init(&p, &h.text);
    assert_int_equal(endpoints_put(&h.app, h.reader, &h.text, &e, &job, &p), ERR_OK);
    assert_int_equal(app_submit_wait(&job.job), ERR_OK);
    if (secret != NULL) memcpy(secret, job.secret, ENDPOINT_SECRET_BYTES);
    return job.change.endpoint.id;
}

static uint32_t endpoint_of(const struct sink *s, char secret[ENDPOINT_SECRET_BYTES])
{
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/hooks", s->port);
    return endpoint_at(url, secret);
}

/* One consent event; its public id goes to out. */
static uint64_t happen(uint64_t number, char out[PUBLIC_ID_BYTES])
{
    struct change_consent change = {.head = {.kind = CHANGE_CONSENT},
                                    .event = {.org = h.org,
                                              .number = number,
                                              .kind = CONSENT_OPT_OUT,
                                              .at_ms = clock_wall_ms(&h.clock),
                                              .source = STR("operator"),
                                              .evidence = STR("asked by telephone")}};
    uint64_t id = 0;
    house_change(&h, &change.head, ERR_OK);
    assert_int_equal(h.store->ops->event_newest(h.reader, &id), ERR_OK);
    if (out != NULL) public_id_format(&h.ids, PUBLIC_EVENT, id, out);
    if (hooks != NULL) hooks_wake(hooks);
    return id;
}

static size_t retries(uint32_t endpoint, bool dead, struct hook_retry *out)
{
    struct hook_retry rows[16];
    size_t count = 16;
    assert_int_equal(
        h.store->ops->hook_retries(h.reader, &h.text, h.org, endpoint, dead, INT64_MAX, 0, rows, &count),
        ERR_OK);
    if (count > 0 && out != NULL) *out = rows[0];
    return count;
}

/* Waits until exactly so many retries or dead letters are stored; the first goes to out. */
static void await_retries(uint32_t endpoint, bool dead, size_t count, struct hook_retry *out)
{
    while (retries(endpoint, dead, out) != count)
        clock_pause(&h.clock, 5);
}

static void await_attempt(uint32_t endpoint, uint16_t attempt, struct hook_retry *out)
{
    do
        await_retries(endpoint, false, 1, out);
    while (out->attempt != attempt);
}

static uint64_t position_of(uint32_t id)
{
    struct endpoint e;
    assert_int_equal(endpoints_get(h.reader, &h.text, h.org, id, &e), ERR_OK);
    return e.position;
}

static void tries_double_from_the_first_pause_to_the_longest(void **state)
{
    struct settings s;
    int64_t pause_ms = 5000, all_ms = 0;
    (void)state;
    settings_default(&s);
    for (unsigned attempt = 1; attempt < 24; attempt++) {
        int64_t least = hooks_next_try_ms(&s, attempt, 1000, 0) - 1000;
        all_ms += least;
        assert_int_equal(least, pause_ms - pause_ms / 10);
        for (uint64_t jitter = 0; jitter < 50; jitter++) {
            int64_t next = hooks_next_try_ms(&s, attempt, 1000, jitter * 977) - 1000;
            assert_in_range(next, pause_ms - pause_ms / 10, pause_ms + pause_ms / 10);
        }
        pause_ms = pause_ms * 2 > 61200000 ? 61200000 : pause_ms * 2;
    }
    assert_in_range(all_ms * 10 / 9, 7 * 24 * HOUR_MS, 8 * 24 * HOUR_MS);
    assert_true(s.events_keep_h * HOUR_MS > all_ms * 11 / 9); /* the last try still finds its event */
    assert_int_equal(hooks_next_try_ms(&s, 24, 1000, 0), 0);
    assert_int_equal(hooks_next_try_ms(&s, 25, 1000, 0), 0);
}

static void an_event_comes_signed_under_its_id(void **state)
{
    char secret[ENDPOINT_SECRET_BYTES], event[PUBLIC_ID_BYTES], wanted[HOOK_SIGNATURE_BYTES];
    int64_t unix_s = 0;
    json_t *root;
    (void)state;
    start_hooks();
    (void)endpoint_of(&sink, secret);
    (void)happen(14155550301, event);
    sink_wait(&sink, 1);
    assert_string_equal(sink.requests[0].event, event);
    assert_int_equal(sscanf(sink.requests[0].signature, "t=%" SCNd64, &unix_s), 1);
    hooks_sign(str_from(secret), unix_s * 1000, str_from(sink.requests[0].body), wanted);
    assert_string_equal(sink.requests[0].signature, wanted);
    root = json_loads(sink.requests[0].body, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(root, "id")), event);
    assert_string_equal(json_string_value(json_object_get(root, "type")), "consent.opted_out");
    json_decref(root);
}

/* Known answer, made with: printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_x */
static void the_signature_is_hmac_sha256_of_time_and_body(void **state)
{
    char out[HOOK_SIGNATURE_BYTES];
    (void)state;
    hooks_sign(STR("whsec_x"), INT64_C(1700000000999), STR("{}"), out);
    assert_string_equal(out, "t=1700000000,v1="
                             "be8cb8325f2202445260a855532f967e30ad2a9394ce28da66ee02880ddcb661");
}

static void a_failed_event_comes_again_by_its_schedule_under_the_same_id(void **state)
{
    char event[PUBLIC_ID_BYTES];
    struct hook_retry row;
    uint32_t endpoint;
    int64_t before_ms;
    (void)state;
    endpoint = endpoint_of(&sink, NULL);
    start_hooks();
    sink_script(&sink, (const int[]){500, 503}, 2);
    before_ms = clock_wall_ms(&h.clock);
    (void)happen(14155550302, event);
    await_attempt(endpoint, 1, &row);
    assert_int_equal(row.last_status, 500);
    assert_in_range(row.next_ms, before_ms + HOUR_MS * 9 / 10,
                    clock_wall_ms(&h.clock) + HOUR_MS * 11 / 10);
    pass_ms(HOUR_MS * 2);
    await_attempt(endpoint, 2, &row);
    assert_int_equal(row.last_status, 503);
    assert_in_range(row.next_ms, before_ms + HOUR_MS * 38 / 10,
                    clock_wall_ms(&h.clock) + HOUR_MS * 22 / 10);
    pass_ms(HOUR_MS * 3);
    await_retries(endpoint, false, 0, NULL);
    assert_int_equal(sink_count(&sink), 3);
    assert_int_equal(sink_count_event(&sink, event), 3);
}

static void after_the_last_try_it_is_a_dead_letter_that_can_be_replayed(void **state)
{
    char event[PUBLIC_ID_BYTES];
    struct hook_retry row;
    struct replay_job replay;
    struct problem p;
    uint32_t endpoint;
    uint64_t id;
    (void)state;
    h.settings.hooks_attempts_max = 3;
    endpoint = endpoint_of(&sink, NULL);
    start_hooks();
    sink_script(&sink, (const int[]){500, 500, 500}, 3);
    id = happen(14155550303, event);
    for (uint16_t attempt = 1; attempt < 3; attempt++) {
        await_attempt(endpoint, attempt, &row);
        pass_ms(10 * HOUR_MS);
    }
    await_retries(endpoint, true, 1, &row);
    assert_int_equal(row.event, id);
    assert_int_equal(row.next_ms, 0);
    assert_int_equal(retries(endpoint, false, NULL), 0);
    pass_ms(1000 * HOUR_MS); /* a dead letter does not come by itself */
    problem_init(&p, &h.text);
    assert_int_equal(
        endpoints_replay(&h.app, h.reader, &h.text, h.org, endpoint, (const uint64_t[]){id + 1}, 1, &replay, &p),
        ERR_INVALID);
    problem_init(&p, &h.text);
    assert_int_equal(
        endpoints_replay(&h.app, h.reader, &h.text, h.org, endpoint, &id, 1, &replay, &p), ERR_OK);
    assert_int_equal(sink_count(&sink), 3);
    assert_int_equal(app_submit_wait(&replay.job), ERR_OK);
    hooks_wake(hooks);
    sink_wait(&sink, 4);
    await_retries(endpoint, false, 0, NULL);
    assert_int_equal(retries(endpoint, true, NULL), 0);
    assert_int_equal(sink_count_event(&sink, event), 4);
}

static void a_redirect_is_a_failure_and_is_not_followed(void **state)
{
    struct sink elsewhere;
    struct hook_retry row;
    uint32_t endpoint;
    (void)state;
    sink_start(&elsewhere);
    (void)snprintf(sink.location, sizeof sink.location, "http://127.0.0.1:%d/", elsewhere.port);
    sink_script(&sink, (const int[]){302}, 1);
    endpoint = endpoint_of(&sink, NULL);
    start_hooks();
    (void)happen(14155550304, NULL);
    await_attempt(endpoint, 1, &row);
    assert_int_equal(row.last_status, 302);
    assert_int_not_equal(str_find(row.last_error, STR("redirects are not followed")), row.last_error.len);
    assert_int_equal(sink_count(&elsewhere), 0);
    sink_stop(&elsewhere);
}

static void a_private_address_is_refused_without_a_connection(void **state)
{
    struct hook_retry row;
    uint32_t endpoint;
    char url[64];
    (void)state;
    h.settings.hooks_allow_private = false;
    (void)snprintf(url, sizeof url, "https://localhost:%d/", sink.port);
    endpoint = endpoint_at(url, NULL);
    start_hooks();
    (void)happen(14155550305, NULL);
    await_attempt(endpoint, 1, &row);
    assert_int_not_equal(str_find(row.last_error, STR("private")), row.last_error.len);
    assert_int_equal(row.last_status, 0);
    assert_int_equal(sink_count(&sink), 0);
}

static void an_endpoint_that_hangs_holds_only_its_own_slots(void **state)
{
    enum { EVENTS = 20 };
    struct sink hanging;
    int script[4] = {SINK_HANG, SINK_HANG, SINK_HANG, SINK_HANG};
    (void)state;
    sink_start(&hanging);
    sink_script(&hanging, script, 4);
    h.settings.hooks_timeout_ms = 60000;
    (void)endpoint_of(&hanging, NULL);
    (void)endpoint_of(&sink, NULL);
    start_hooks();
    for (uint64_t i = 0; i < EVENTS; i++)
        (void)happen(14155550400 + i, NULL);
    sink_wait(&sink, EVENTS);
    assert_true(sink_count(&hanging) <= 4);
    assert_int_equal(h.app.counters.hooks_failed, 0);
    hooks_stop(hooks); /* also while answers are outstanding */
    hooks = NULL;
    sink_stop(&hanging);
}

/* As many active endpoints of "acme" as wanted, beyond what one organization may make for itself. */
static void endpoints_of(const struct sink *s, size_t count, enum endpoint_state state)
{
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/hooks", s->port);
    for (size_t i = 0; i < count; i++) {
        struct change_endpoint change = {.head = {.kind = CHANGE_ENDPOINT},
                                         .endpoint = {.org = h.org,
                                                      .url = str_from(url),
                                                      .secret_sealed = STR("whsec_x"),
                                                      .types = 1U << EVENT_CONSENT,
                                                      .state = state,
                                                      .created_ms = 1}};
        house_change(&h, &change.head, ERR_OK);
    }
}

static void endpoints_that_hang_by_the_hundred_delay_no_other(void **state)
{
    enum { HANGING = 200, EVENTS = 5 };
    struct sink hanging;
    (void)state;
    sink_start(&hanging);
    sink_otherwise(&hanging, SINK_HANG);
    h.settings.hooks_timeout_ms = 60000;
    (void)endpoint_of(&sink, NULL);
    endpoints_of(&hanging, HANGING, ENDPOINT_ACTIVE);
    start_hooks();
    (void)happen(14155550600, NULL);
    sink_wait(&hanging, HANGING); /* all of them hold what they are given */
    for (uint64_t i = 1; i < EVENTS; i++)
        (void)happen(14155550600 + i, NULL);
    sink_wait(&sink, EVENTS);
    assert_int_equal(sink_count(&hanging), HANGING); /* and no more than one each */
    hooks_stop(hooks);
    hooks = NULL;
    sink_stop(&hanging);
}

static void slow_endpoints_share_what_they_may_hold(void **state)
{
    struct hooks_load load = {0};
    (void)state;
    for (size_t i = 0; i < HOOKS_SLOW_MAX; i++) {
        assert_true(hooks_has_turn(&load, HOOKS_SLOW, 0));
        assert_false(hooks_has_turn(&load, HOOKS_SLOW, 1));
        hooks_load_add(&load, HOOKS_SLOW, 0);
    }
    assert_false(hooks_has_turn(&load, HOOKS_SLOW, 0));
    assert_true(hooks_has_turn(&load, HOOKS_NEW, 0));
    assert_true(hooks_has_turn(&load, HOOKS_QUICK, 3));
}

static void only_quick_endpoints_have_more_than_one_delivery(void **state)
{
    struct hooks_load load = {0};
    (void)state;
    assert_true(hooks_has_turn(&load, HOOKS_NEW, 0));
    assert_false(hooks_has_turn(&load, HOOKS_NEW, 1));
    assert_true(hooks_has_turn(&load, HOOKS_QUICK, 1));
    assert_false(hooks_has_turn(&load, HOOKS_QUICK, HOOKS_PER_ENDPOINT));
    while (load.extra < HOOKS_EXTRA_MAX)
        hooks_load_add(&load, HOOKS_QUICK, 1);
    assert_false(hooks_has_turn(&load, HOOKS_QUICK, 1));
    assert_true(hooks_has_turn(&load, HOOKS_QUICK, 0)); /* one is its own, whatever the others hold */
}

static enum err try_endpoint(struct problem *p)
{
    struct endpoint e = {.org = h.org,
                         .url = STR("https://example.com/"),
                         .types = 1U << EVENT_CONSENT,
                         .state = ENDPOINT_ACTIVE};
    struct endpoint_job job;
    problem_init(p, &h.text);
    return endpoints_put(&h.app, h.reader, &h.text, &e, &job, p);
}

static void what_is_served_is_bounded_and_said(void **state)
{
    struct endpoint_job job;
    struct endpoint first;
    struct problem p;
    (void)state;
    endpoints_of(&sink, ENDPOINTS_MAX, ENDPOINT_REMOVED);
    assert_int_equal(try_endpoint(&p), ERR_OK); /* removed ones do not count */
    endpoints_of(&sink, ENDPOINTS_MAX, ENDPOINT_DISABLED);
    assert_int_equal(try_endpoint(&p), ERR_LIMIT);
    assert_non_null(strstr(p.detail, "An organization has at most 20"));
    endpoints_of(&sink, HOOKS_ENDPOINTS_MAX, ENDPOINT_ACTIVE);
    assert_int_equal(endpoints_get(h.reader, &h.text, h.org, ENDPOINTS_MAX + 1, &first), ERR_OK);
    assert_int_equal(first.state, ENDPOINT_DISABLED);
    first.state = ENDPOINT_ACTIVE;
    problem_init(&p, &h.text);
    assert_int_equal(endpoints_put(&h.app, h.reader, &h.text, &first, &job, &p), ERR_LIMIT);
    assert_non_null(strstr(p.detail, "at most 1024"));
    assert_int_equal(endpoints_get(h.reader, &h.text, h.org, 2 * ENDPOINTS_MAX + 1, &first), ERR_OK);
    problem_init(&p, &h.text); /* one that is served already may be changed */
    assert_int_equal(endpoints_put(&h.app, h.reader, &h.text, &first, &job, &p), ERR_OK);
}

static void after_a_restart_nothing_was_skipped(void **state)
{
    char ids[6][PUBLIC_ID_BYTES];
    uint64_t first;
    uint32_t endpoint;
    (void)state;
    sink_script(&sink, (const int[]){200, SINK_HANG}, 2);
    h.settings.hooks_timeout_ms = 60000;
    endpoint = endpoint_of(&sink, NULL);
    start_hooks();
    first = happen(14155550499, NULL);
    while (position_of(endpoint) < first) /* quick: it may have more than one delivery */
        clock_pause(&h.clock, 5);
    first = happen(14155550500, ids[0]);
    sink_wait(&sink, 2);
    for (uint64_t i = 1; i < 6; i++)
        (void)happen(14155550500 + i, ids[i]);
    sink_wait(&sink, 7);
    hooks_stop(hooks);
    assert_true(position_of(endpoint) < first);
    start_hooks();
    for (size_t i = 0; i < 6; i++)
        while (sink_count_event(&sink, ids[i]) < (i == 0 ? 2 : 1))
            clock_pause(&h.clock, 5);
    while (position_of(endpoint) < first + 5)
        clock_pause(&h.clock, 5);
}

static void a_2xx_with_an_endless_answer_is_delivered(void **state)
{
    uint32_t endpoint;
    uint64_t id;
    (void)state;
    sink_script(&sink, (const int[]){SINK_LONG_ANSWER}, 1);
    endpoint = endpoint_of(&sink, NULL);
    start_hooks();
    id = happen(14155550306, NULL);
    while (position_of(endpoint) < id)
        clock_pause(&h.clock, 5);
    assert_int_equal(retries(endpoint, false, NULL), 0);
    assert_int_equal(h.app.counters.hooks_delivered, 1);
}

/* A queue whose disk is full for the first few of a kind. */
static struct full_queue {
    struct store_queue queue;
    struct store_queue *real;
    _Atomic int refusals;
} full_disk;

static void submit_or_refuse(struct store_queue *q, struct change *c)
{
    (void)q;
    if (c->kind != CHANGE_HOOKS || atomic_fetch_sub(&full_disk.refusals, 1) <= 0) {
        full_disk.real->submit(full_disk.real, c);
        return;
    }
    c->result = fault_set(&c->fault, ERR_FULL, "the disk is full");
    c->done(c);
}

static void progress_that_a_full_disk_refused_is_not_lost(void **state)
{
    struct hook_retry row;
    uint32_t endpoint;
    (void)state;
    endpoint = endpoint_of(&sink, NULL);
    full_disk = (struct full_queue){.queue = {.submit = submit_or_refuse}, .real = h.app.queue};
    full_disk.refusals = 2;
    h.app.queue = &full_disk.queue;
    sink_script(&sink, (const int[]){500}, 1);
    start_hooks();
    (void)happen(14155550307, NULL);
    await_attempt(endpoint, 1, &row);
    assert_int_equal(row.last_status, 500);
    assert_true(full_disk.refusals <= 0);
    pass_ms(2 * HOUR_MS);
    sink_wait(&sink, 2);
    await_retries(endpoint, false, 0, NULL);
}

static enum err (*readable)(struct store_reader *r, org_id org, uint64_t id, struct event *out);
static _Atomic int unreadable; /* the next so many readings of an event fail */

static enum err event_get_failing(struct store_reader *r, org_id org, uint64_t id, struct event *out)
{
    return atomic_fetch_sub(&unreadable, 1) > 0 ? ERR_IO : readable(r, org, id, out);
}

static void a_try_of_an_event_that_does_not_read_is_put_off(void **state)
{
    struct hook_retry row;
    uint32_t endpoint;
    (void)state;
    readable = h.ops.event_get;
    h.ops.event_get = event_get_failing;
    sink_script(&sink, (const int[]){500}, 1);
    endpoint = endpoint_of(&sink, NULL);
    start_hooks();
    (void)happen(14155550309, NULL);
    await_attempt(endpoint, 1, &row);
    atomic_store(&unreadable, 2);
    pass_ms(2 * HOUR_MS);
    sink_wait(&sink, 2);
    await_retries(endpoint, false, 0, NULL);
    assert_int_equal(retries(endpoint, true, NULL), 0);
    assert_true(atomic_load(&unreadable) < 0);
}

static void a_try_of_an_event_that_was_trimmed_becomes_a_dead_letter(void **state)
{
    struct change_trim trim = {.head = {.kind = CHANGE_TRIM}};
    struct hook_retry row;
    uint32_t endpoint;
    (void)state;
    sink_script(&sink, (const int[]){500}, 1);
    endpoint = endpoint_of(&sink, NULL);
    start_hooks();
    (void)happen(14155550308, NULL);
    await_attempt(endpoint, 1, &row);
    trim.events_before_ms = clock_wall_ms(&h.clock) + HOUR_MS;
    house_change(&h, &trim.head, ERR_OK);
    pass_ms(2 * HOUR_MS);
    await_retries(endpoint, true, 1, &row);
    assert_int_not_equal(str_find(row.last_error, STR("events.keep_h")), row.last_error.len);
    assert_int_equal(sink_count(&sink), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Commits do not wake a thread that serves nobody; it looks for endpoints by itself. */
static void the_first_endpoint_is_seen_without_being_told(void **state)
{
    struct change_consent change = {.head = {.kind = CHANGE_CONSENT},
                                    .event = {.org = h.org,
                                              .number = 14155550199,
                                              .kind = CONSENT_OPT_OUT,
                                              .at_ms = 1,
                                              .source = STR("operator"),
                                              .evidence = STR("asked by telephone")}};
    (void)state;
    start_hooks();
    (void)endpoint_of(&sink, NULL);
    hooks_committed(hooks);
    house_change(&h, &change.head, ERR_OK);
    hooks_committed(hooks);
    sink_wait(&sink, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tries_double_from_the_first_pause_to_the_longest),
        cmocka_unit_test(the_signature_is_hmac_sha256_of_time_and_body),
        TEST(an_event_comes_signed_under_its_id),
        TEST(the_first_endpoint_is_seen_without_being_told),
        TEST(a_failed_event_comes_again_by_its_schedule_under_the_same_id),
        TEST(after_the_last_try_it_is_a_dead_letter_that_can_be_replayed),
        TEST(a_redirect_is_a_failure_and_is_not_followed),
        TEST(a_private_address_is_refused_without_a_connection),
        TEST(an_endpoint_that_hangs_holds_only_its_own_slots),
        TEST(endpoints_that_hang_by_the_hundred_delay_no_other),
        cmocka_unit_test(slow_endpoints_share_what_they_may_hold),
        cmocka_unit_test(only_quick_endpoints_have_more_than_one_delivery),
        TEST(what_is_served_is_bounded_and_said),
        TEST(after_a_restart_nothing_was_skipped),
        TEST(a_2xx_with_an_endless_answer_is_delivered),
        TEST(progress_that_a_full_disk_refused_is_not_lost),
        TEST(a_try_of_an_event_that_does_not_read_is_put_off),
        TEST(a_try_of_an_event_that_was_trimmed_becomes_a_dead_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Idempotency-Key: one effect and one answer for each key, whatever is repeated, raced or restarted. */
#include "face.h"

#include "app/verifier.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct face f;

static int setup(void **state)
{
    (void)state;
    face_open(&f);
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

#define HELLO "{\"to\":\"+12125550101\",\"body\":\"Hello\"}"

static struct answer post(const char *target, const char *key, const char *idempotency_key, const char *body)
{
    char header[512];

    (void)snprintf(header, sizeof header, "Idempotency-Key: %s\r\n", idempotency_key);
    return call(&f, "POST", target, key, header, body);
}

static bool is_replay(const struct answer *a)
{
    return strstr(a->head, "Idempotent-Replayed: true") != NULL;
}

static int64_t messages_of_acme(void)
{
    struct message rows[16];
    size_t count = 16;
    uint64_t next;
    const struct message_filter all = {.org = f.acme.id};

    assert_int_equal(f.store->ops->messages(f.reader, &f.text, &all, 0, rows, &count, &next), ERR_OK);
    return (int64_t)count;
}

static void the_same_key_gives_the_same_answer(void **state)
{
    struct answer first = post("/v1/messages", f.acme_key, "k1", HELLO);
    struct answer again = post("/v1/messages", f.acme_key, "k1", HELLO);

    (void)state;
    assert_int_equal(first.status, 202);
    assert_int_equal(again.status, 202);
    assert_string_equal(first.body, again.body);
    assert_false(is_replay(&first));
    assert_true(is_replay(&again));
    assert_int_equal(messages_of_acme(), 1);
    assert_int_equal(face_notes(&f, NOTE_ADMITTED), 1);
    answer_free(&again);
    face_restart(&f);
    again = post("/v1/messages", f.acme_key, "k1", HELLO);
    assert_string_equal(first.body, again.body);
    assert_int_equal(messages_of_acme(), 1);
    answer_free(&first);
    answer_free(&again);
}

static void another_request_with_the_key_is_refused(void **state)
{
    struct answer a = post("/v1/messages", f.acme_key, "k1", HELLO);

    (void)state;
    assert_int_equal(a.status, 202);
    answer_free(&a);
    a = post("/v1/messages", f.acme_key, "k1", "{\"to\":\"+12125550101\",\"body\":\"Other\"}");
    assert_int_equal(a.status, 422);
    assert_non_null(strstr(a.body, "another request"));
    answer_free(&a);
    a = post("/v1/lists", f.acme_key, "k1", "{\"name\":\"x\"}");
    assert_int_equal(a.status, 422);
    answer_free(&a);
    /* Keys are each organization's own. */
    (void)face_sender(&f, &f.rival, f.rival_program, "+14155550200", 14155550200);
    a = post("/v1/messages", f.rival_key, "k1", HELLO);
    assert_int_equal(a.status, 202);
    assert_false(is_replay(&a));
    answer_free(&a);
}

static void a_repeat_is_not_judged_anew(void **state)
{
    struct answer a = post("/v1/messages", f.acme_key, "k1", HELLO), again;

    (void)state;
    expect(&f, 201, "POST", "/v1/consents", f.acme_key,
           "{\"number\":\"+12125550101\",\"state\":\"opted_out\"}");
    again = post("/v1/messages", f.acme_key, "k1", HELLO);
    assert_int_equal(again.status, 202);
    assert_string_equal(a.body, again.body);
    answer_free(&a);
    answer_free(&again);
    a = post("/v1/messages", f.acme_key, "k2", HELLO);
    assert_int_equal(a.status, 422);
    answer_free(&a);
}

static void a_refused_request_leaves_the_key_free(void **state)
{
    struct answer a = post("/v1/lists", f.acme_key, "k1", "{\"name\":7}");

    (void)state;
    assert_int_equal(a.status, 422);
    answer_free(&a);
    a = post("/v1/lists", f.acme_key, "k1", "{\"name\":\"seven\"}");
    assert_int_equal(a.status, 201);
    answer_free(&a);
}

static void malformed_keys_are_refused(void **state)
{
    char key[400];
    struct answer a;

    (void)state;
    (void)snprintf(key, sizeof key, "%0256d", 0);
    a = post("/v1/lists", f.acme_key, key, "{\"name\":\"x\"}");
    assert_int_equal(a.status, 422);
    answer_free(&a);
    a = post("/v1/lists", f.acme_key, key + 1, "{\"name\":\"x\"}");
    assert_int_equal(a.status, 201);
    answer_free(&a);
    a = post("/v1/lists", f.acme_key, "caf\xc3\xa9", "{\"name\":\"x\"}");
    assert_int_equal(a.status, 422);
    answer_free(&a);
}

/* True if some file of the store holds these bytes. */
static bool store_holds(const char *bytes)
{
    char command[256];

    (void)snprintf(command, sizeof command, "grep -qaF '%s' '%s'/sterling.db*", bytes, f.dir);
    return system(command) == 0;
}

static void a_secret_is_repeated_but_not_stored_plain(void **state)
{
    struct answer a = post("/v1/keys", f.acme_key, "k1", "{\"name\":\"crm\",\"scopes\":[\"read\"]}"), again;
    char secret[64];

    (void)state;
    assert_int_equal(a.status, 201);
    (void)snprintf(secret, sizeof secret, "%s", json_text(a.body, "secret"));
    assert_true(strlen(secret) > 20);
    assert_false(store_holds(secret));
    face_restart(&f);
    assert_false(store_holds(secret));
    again = post("/v1/keys", f.acme_key, "k1", "{\"name\":\"crm\",\"scopes\":[\"read\"]}");
    assert_string_equal(a.body, again.body);
    assert_true(is_replay(&again));
    answer_free(&again);
    answer_free(&a);
    a = post("/v1/webhooks", f.acme_key, "k2", "{\"url\":\"https://example.com/\"}");
    (void)snprintf(secret, sizeof secret, "%s", json_text(a.body, "secret"));
    assert_false(store_holds(secret));
    again = post("/v1/webhooks", f.acme_key, "k2", "{\"url\":\"https://example.com/\"}");
    assert_string_equal(a.body, again.body);
    answer_free(&again);
    answer_free(&a);
}

static void an_upload_is_taken_once(void **state)
{
    struct answer a = post("/v1/imports?list=people", f.acme_key, "k1", "number\n+14155550101\n"), again;
    char command[128];

    (void)state;
    assert_int_equal(a.status, 202);
    again = post("/v1/imports?list=people", f.acme_key, "k1", "number\n+14155550101\n");
    assert_string_equal(a.body, again.body);
    answer_free(&again);
    again = post("/v1/imports?list=people", f.acme_key, "k1", "number\n+14155550102\n");
    assert_int_equal(again.status, 422);
    answer_free(&again);
    answer_free(&a);
    (void)snprintf(command, sizeof command, "test $(ls '%s'/spool | wc -l) = 1", f.dir);
    assert_int_equal(system(command), 0);
}

static void *post_hello(void *out)
{
    *(struct answer *)out = post("/v1/messages", f.acme_key, "raced", HELLO);
    return NULL;
}

static void racing_repeats_have_one_effect(void **state)
{
    enum { RACERS = 8 };
    struct answer answers[RACERS];
    pthread_t threads[RACERS];
    int fresh = 0;

    (void)state;
    for (int i = 0; i < RACERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, post_hello, &answers[i]), 0);
    for (int i = 0; i < RACERS; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(answers[i].status, 202);
        assert_string_equal(answers[i].body, answers[0].body);
        fresh += !is_replay(&answers[i]);
    }
    assert_int_equal(fresh, 1);
    assert_int_equal(messages_of_acme(), 1);
    for (int i = 0; i < RACERS; i++)
        answer_free(&answers[i]);
}

struct opt_out {
    struct answer answer;
    _Atomic bool done;
};

static void *post_opt_out(void *arg)
{
    struct opt_out *o = arg;

    o->answer =
        post("/v1/consents", f.acme_key, "stop", "{\"number\":\"+12125550101\",\"state\":\"opted_out\"}");
    atomic_store(&o->done, true);
    return NULL;
}

static void a_repeated_opt_out_waits_like_the_first(void **state)
{
    struct opt_out both[2] = {0};
    pthread_t threads[2];

    (void)state;
    f.hold_stops = true;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, post_opt_out, &both[i]), 0);
    while (face_notes(&f, NOTE_STOPPED) < 2)
        (void)sched_yield();
    assert_false(atomic_load(&both[0].done));
    assert_false(atomic_load(&both[1].done));
    face_release_stops(&f, 2);
    for (int i = 0; i < 2; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(both[i].answer.status, 201);
        answer_free(&both[i].answer);
    }
}

static struct store_ops whole;
static int looks;

/* As one that looks just before the first is answered, and once more after it. */
static enum err answered_meanwhile(struct store_reader *r, struct arena *a, org_id org, struct str key,
                                   const unsigned char hash[32], int *status, struct str *body)
{
    if (++looks == 1) return whole.answer_get(r, a, org, key, hash, status, body);
    *status = 201;
    *body = STR("{\"id\":\"ver_first\"}");
    return ERR_OK;
}

static void a_repeat_that_looked_too_early_sends_no_second_code(void **state)
{
    struct verifier *verifier;
    struct verification_record v;
    struct fault fault = {0};
    struct answer a;

    (void)state;
    assert_int_equal(verifier_start(&f.app, &verifier, &fault), ERR_OK);
    f.app.verifier = verifier;
    whole = f.ops;
    looks = 0;
    f.ops.answer_get = answered_meanwhile;
    a = post("/v1/verifications", f.acme_key, "code", "{\"to\":\"+12125550101\"}");
    assert_int_equal(a.status, 201);
    assert_true(is_replay(&a));
    assert_non_null(strstr(a.body, "ver_first"));
    assert_int_equal(looks, 2);
    assert_false(verifier_is_claimed(verifier, f.acme.id, 12125550101));
    assert_int_equal(f.store->ops->verification_of(f.reader, f.acme.id, 12125550101, &v), ERR_NOT_FOUND);
    answer_free(&a);
    f.ops.answer_get = whole.answer_get;
    f.app.verifier = NULL;
    verifier_stop(verifier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_key_gives_the_same_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(another_request_with_the_key_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_repeat_is_not_judged_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_request_leaves_the_key_free, setup, teardown),
        cmocka_unit_test_setup_teardown(malformed_keys_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_secret_is_repeated_but_not_stored_plain, setup, teardown),
        cmocka_unit_test_setup_teardown(an_upload_is_taken_once, setup, teardown),
        cmocka_unit_test_setup_teardown(racing_repeats_have_one_effect, setup, teardown),
        cmocka_unit_test_setup_teardown(a_repeated_opt_out_waits_like_the_first, setup, teardown),
        cmocka_unit_test_setup_teardown(a_repeat_that_looked_too_early_sends_no_second_code, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

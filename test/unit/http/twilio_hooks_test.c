/* Webhooks: believed only when signed over the public URL and the raw target, and answered after the commit.
 */
#include "face.h"

#include "app/org_account.h"
#include "twilio/signature.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct face f;
static uint64_t message;
static char status_path[128];

#define SID "SM00000000000000000000000000000001"

static int setup(void **state)
{
    struct answer a;

    (void)state;
    face_open(&f);
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    a = call(&f, "POST", "/v1/messages", f.acme_key, NULL, "{\"to\":\"+12125550101\",\"body\":\"Hello\"}");
    assert_int_equal(a.status, 202);
    assert_int_equal(public_id_parse(&f.ids, PUBLIC_MESSAGE, str_from(json_text(a.body, "id")), &message),
                     ERR_OK);
    (void)snprintf(status_path, sizeof status_path, "/twilio/hookacme/status/%s/1", json_text(a.body, "id"));
    answer_free(&a);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

static void sign(const char *target, const char *body, const char *token, char header[256])
{
    struct signature_key *key = signature_key_new(str_from(token));
    struct arena scratch;
    struct form form;
    char url[512], text[SIGNATURE_TEXT_BYTES];

    arena_init(&scratch, 1 << 20);
    (void)snprintf(url, sizeof url, "%s%s", FACE_PUBLIC_URL, target);
    assert_int_equal(form_decode(&scratch, str_from(body), 100, &form), ERR_OK);
    assert_int_equal(signature_make(key, &scratch, str_from(url), &form, text), ERR_OK);
    (void)snprintf(
        header, 256,
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nX-Twilio-Signature: %s\r\n", text);
    signature_key_free(key);
    arena_reset(&scratch);
}

static struct answer hook(const char *target, const char *body, const char *token)
{
    char header[256];

    sign(target, body, token, header);
    return call(&f, "POST", target, NULL, header, body);
}

static int hook_status(const char *target, const char *body, const char *token)
{
    struct answer a = hook(target, body, token);
    int status = a.status;

    answer_free(&a);
    return status;
}

#define STATUS_BODY(status)                                                                                  \
    "AccountSid=" FACE_ACCOUNT "&MessageSid=" SID "&MessageStatus=" status                                   \
    "&To=%2B12125550101&From=%2B14155550100"

static struct message message_now(void)
{
    struct message m;

    assert_int_equal(f.store->ops->message_get(f.reader, &f.text, f.acme.id, message, &m), ERR_OK);
    return m;
}

static void a_signed_status_moves_the_message(void **state)
{
    struct answer a = hook(status_path, STATUS_BODY("delivered"), FACE_TOKEN);

    (void)state;
    assert_int_equal(a.status, 204);
    assert_int_equal(a.body_bytes, 0);
    answer_free(&a);
    assert_int_equal(message_now().state, MESSAGE_DELIVERED);
    assert_string_equal(message_now().sid, SID);
    assert_int_equal(face_notes(&f, NOTE_STATUS), 1);
    assert_int_equal(hook_status(status_path, STATUS_BODY("sent"), FACE_TOKEN), 204);
    assert_int_equal(message_now().state, MESSAGE_DELIVERED);
}

static void what_is_not_rightly_signed_changes_nothing(void **state)
{
    char header[256], other[256], query[256];
    struct answer a;

    (void)state;
    assert_int_equal(hook_status(status_path, STATUS_BODY("delivered"), "another token"), 401);
    a = call(&f, "POST", status_path, NULL, "Content-Type: application/x-www-form-urlencoded\r\n",
             STATUS_BODY("delivered"));
    assert_int_equal(a.status, 401);
    answer_free(&a);
    /* One byte of the body, or of the query, is another. */
    sign(status_path, STATUS_BODY("delivered"), FACE_TOKEN, header);
    a = call(&f, "POST", status_path, NULL, header, STATUS_BODY("deliverex"));
    assert_int_equal(a.status, 401);
    answer_free(&a);
    (void)snprintf(query, sizeof query, "%s?x=1", status_path);
    a = call(&f, "POST", query, NULL, header, STATUS_BODY("delivered"));
    assert_int_equal(a.status, 401);
    answer_free(&a);
    (void)snprintf(other, sizeof other, "/twilio/hooknobody/status/%s", strrchr(status_path, '_'));
    assert_int_equal(hook_status("/twilio/hooknobody/inbound", STATUS_BODY("delivered"), FACE_TOKEN), 401);
    assert_int_equal(message_now().state, MESSAGE_QUEUED);
    assert_int_equal(face_notes(&f, NOTE_STATUS), 0);
    assert_true(atomic_load(&f.app.counters.callbacks_denied) >= 5);
}

static void a_query_is_part_of_what_is_signed(void **state)
{
    char target[256];

    (void)state;
    (void)snprintf(target, sizeof target, "%s?b=%%41&a=x%%20y", status_path);
    assert_int_equal(hook_status(target, STATUS_BODY("sent"), FACE_TOKEN), 204);
    assert_int_equal(message_now().state, MESSAGE_SENT);
}

static void another_accounts_words_are_refused(void **state)
{
    char rival[256];
    const char *stranger = "AccountSid=ACffffffffffffffffffffffffffffffff&MessageSid=" SID
                           "&MessageStatus=delivered&To=%2B12125550101";

    (void)state;
    assert_int_equal(hook_status(status_path, stranger, FACE_TOKEN), 401);
    /* Rightly signed by rival (same token), for rival's path, about acme's message: unknown there. */
    (void)snprintf(rival, sizeof rival, "/twilio/hookrival%s", strstr(status_path, "/status"));
    assert_int_equal(hook_status(rival, stranger, FACE_TOKEN), 204);
    assert_int_equal(hook_status(status_path,
                                 "AccountSid=" FACE_ACCOUNT "&MessageSid=" SID
                                 "&MessageStatus=delivered&To=%2B12125559999",
                                 FACE_TOKEN),
                     401);
    assert_int_equal(message_now().state, MESSAGE_QUEUED);
}

static void a_second_sid_for_an_attempt_is_refused(void **state)
{
    (void)state;
    assert_int_equal(hook_status(status_path, STATUS_BODY("sent"), FACE_TOKEN), 204);
    assert_int_equal(hook_status(status_path,
                                 "AccountSid=" FACE_ACCOUNT "&MessageSid=SM00000000000000000000000000000002"
                                 "&MessageStatus=delivered&To=%2B12125550101",
                                 FACE_TOKEN),
                     401);
    assert_int_equal(message_now().state, MESSAGE_SENT);
}

static void malformed_callbacks_are_named(void **state)
{
    (void)state;
    assert_int_equal(hook_status(status_path, "AccountSid=" FACE_ACCOUNT "&MessageStatus=sent", FACE_TOKEN),
                     400);
    assert_int_equal(hook_status("/twilio/hookacme/status/msg_nonsense/1", STATUS_BODY("sent"), FACE_TOKEN),
                     401);
    assert_int_equal(hook_status(status_path, STATUS_BODY("levitated"), FACE_TOKEN), 204);
    assert_int_equal(message_now().state, MESSAGE_QUEUED);
}

static void both_tokens_are_good_while_rotating(void **state)
{
    struct change_org c = {.head = {.kind = CHANGE_ORG}, .org = f.acme};

    (void)state;
    assert_int_equal(hook_status(status_path, STATUS_BODY("sent"), "the next token"), 401);
    assert_int_equal(
        org_account_seal(f.sealer, &f.text, STR(FACE_ACCOUNT), STR("the next token"), &c.org.token2_sealed),
        ERR_OK);
    face_change(&f, &c.head);
    atomic_fetch_add(&f.app.accounts_generation, 1);
    assert_int_equal(hook_status(status_path, STATUS_BODY("sent"), "the next token"), 204);
    assert_int_equal(hook_status(status_path, STATUS_BODY("delivered"), FACE_TOKEN), 204);
    assert_int_equal(message_now().state, MESSAGE_DELIVERED);
}

#define INBOUND_BODY(sid, text)                                                                              \
    "AccountSid=" FACE_ACCOUNT "&MessageSid=" sid "&From=%2B12125550101&To=%2B14155550100&Body=" text

static void an_inbound_text_is_stored_once(void **state)
{
    struct answer a = hook("/twilio/hookacme/inbound", INBOUND_BODY(SID, "Hi+there%21"), FACE_TOKEN);

    (void)state;
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.head, "Content-Type: text/xml"));
    assert_string_equal(a.body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>");
    answer_free(&a);
    assert_int_equal(hook_status("/twilio/hookacme/fallback", INBOUND_BODY(SID, "Hi+there%21"), FACE_TOKEN),
                     200);
    a = call(&f, "GET", "/v1/inbound", f.acme_key, NULL, NULL);
    assert_non_null(strstr(a.body, "\"body\":\"Hi there!\""));
    assert_null(strstr(strstr(a.body, "Hi there!") + 1, "Hi there!"));
    answer_free(&a);
    assert_int_equal(hook_status("/twilio/hookacme/inbound",
                                 "AccountSid=" FACE_ACCOUNT "&MessageSid=" SID
                                 "&From=%2B12125550101&To=%2B14155559999&Body=x",
                                 FACE_TOKEN),
                     401);
}

/* A change whose hand-back stops the writer until it is let go: what comes meanwhile is held. */
struct dam {
    struct change_meta change;
    _Atomic bool reached, open;
};

static void stand(struct change *c)
{
    struct dam *d = c->owner;

    atomic_store(&d->reached, true);
    while (!atomic_load(&d->open))
        (void)sched_yield();
}

static void dam_raise(struct dam *d)
{
    *d = (struct dam){.change = {.head = {.kind = CHANGE_META, .done = stand, .owner = d},
                                 .name = STR("dam"),
                                 .value = STR("up")}};
    f.app.queue->submit(f.app.queue, &d->change.head);
    while (!atomic_load(&d->reached))
        (void)sched_yield();
}

static int64_t queued_now(void)
{
    struct writer_stats stats;

    writer_stats_get(f.writer, &stats);
    return stats.queued;
}

/* Sends a callback by hand and returns once its change is with the writer. */
static int send_held(const char *path, const char *body)
{
    int64_t before = queued_now();
    char header[256], text[1024];
    int fd = face_connect(http_server_port(f.server));

    sign(path, body, FACE_TOKEN, header);
    face_write(fd, text, (size_t)snprintf(text, sizeof text, "POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n%s",
                                          path, header, strlen(body), body));
    while (queued_now() == before)
        (void)sched_yield();
    return fd;
}

static struct registration registration_now(uint64_t id)
{
    struct registration now;

    assert_int_equal(f.store->ops->registration_get(f.reader, &f.text, f.acme.id, id, &now), ERR_OK);
    return now;
}

/* One that waits for a review, and is looked at in a long time. Its id. */
static uint64_t registration_waits(char path[128])
{
    struct change_registration c = {
        .head = {.kind = CHANGE_REGISTRATION},
        .registration = {.org = f.acme.id, .program = f.acme_program, .kind = BRAND_STANDARD, .facts = STR("{}"),
                         .state = ONBOARDING_WAITING, .next_ms = INT64_MAX, .created_ms = 1, .updated_ms = 1}};

    face_change(&f, &c.head);
    (void)snprintf(path, 128, "/twilio/hookacme/registration/%s", face_id(&f, PUBLIC_REGISTRATION, c.registration.id));
    return c.registration.id;
}

#define REVIEW_BODY "AccountSid=" FACE_ACCOUNT "&Status=in-review"

static void the_status_of_a_profile_makes_its_registration_due(void **state)
{
    char path[128];
    uint64_t id = registration_waits(path);

    (void)state;
    assert_int_equal(hook_status(path, REVIEW_BODY, "another token"), 401);
    assert_true(registration_now(id).next_ms == INT64_MAX);
    assert_int_equal(hook_status(path, REVIEW_BODY, FACE_TOKEN), 204);
    assert_true(registration_now(id).next_ms < INT64_MAX && registration_now(id).state == ONBOARDING_WAITING);
    assert_int_equal(hook_status("/twilio/hookacme/registration/reg_0000000000000", REVIEW_BODY, FACE_TOKEN), 401);
}

static void left_alone(struct change *c)
{
    (void)c;
}

/* Whoever moved it meanwhile may have asked Twilio before the status changed. */
static void the_status_of_a_profile_that_others_move_meanwhile_counts(void **state)
{
    struct dam dam;
    char path[128], answer[512];
    uint64_t id = registration_waits(path);
    struct change_registration other = {.head = {.kind = CHANGE_REGISTRATION, .done = left_alone},
                                        .registration = registration_now(id)};
    int fd;

    (void)state;
    other.registration.next_ms = INT64_MAX - 1;
    dam_raise(&dam);
    f.app.queue->submit(f.app.queue, &other.head);
    fd = send_held(path, REVIEW_BODY);
    atomic_store(&dam.open, true);
    (void)face_read_until(fd, answer, sizeof answer, "\r\n\r\n");
    (void)close(fd);
    assert_non_null(strstr(answer, "HTTP/1.1 204"));
    assert_int_equal(other.head.result, ERR_OK);
    assert_true(registration_now(id).next_ms < INT64_MAX - 1);
}

static void a_help_is_answered_in_twiml(void **state)
{
    struct change_org c = {.head = {.kind = CHANGE_ORG}, .org = f.acme};
    struct answer a;

    (void)state;
    c.org.help_text = STR("Acme & <Sons>: call 555");
    face_change(&f, &c.head);
    atomic_fetch_add(&f.app.accounts_generation, 1);
    a = hook("/twilio/hookacme/inbound", INBOUND_BODY(SID, "HELP"), FACE_TOKEN);
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.body, "<Message>Acme &amp; &lt;Sons&gt;: call 555</Message>"));
    answer_free(&a);
}

static void a_help_to_a_programs_sender_is_answered_with_its_own_text(void **state)
{
    struct change_org org = {.head = {.kind = CHANGE_ORG}, .org = f.acme};
    struct change_program p = {.head = {.kind = CHANGE_PROGRAM},
                               .program = {.id = f.acme_program, .org = f.acme.id, .name = STR("default"),
                                           .brand_score = -1, .help_text = STR("Acme Alerts: call 777")}};
    struct answer a;

    (void)state;
    org.org.help_text = STR("Acme: call 555");
    face_change(&f, &org.head);
    face_change(&f, &p.head);
    atomic_fetch_add(&f.app.accounts_generation, 1);
    a = hook("/twilio/hookacme/inbound", INBOUND_BODY(SID, "HELP"), FACE_TOKEN);
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.body, "<Message>Acme Alerts: call 777</Message>"));
    answer_free(&a);
}

struct stop {
    struct answer answer;
    _Atomic bool done;
};

static void *text_stop(void *arg)
{
    struct stop *s = arg;

    s->answer = hook("/twilio/hookacme/inbound", INBOUND_BODY(SID, "STOP"), FACE_TOKEN);
    atomic_store(&s->done, true);
    return NULL;
}

static void a_stop_is_answered_only_after_the_withdrawal(void **state)
{
    struct stop s = {0};
    pthread_t thread;
    struct consent latest;

    (void)state;
    f.hold_stops = true;
    assert_int_equal(pthread_create(&thread, NULL, text_stop, &s), 0);
    while (face_notes(&f, NOTE_STOPPED) == 0)
        (void)sched_yield();
    /* Durable already, and still not answered. */
    assert_int_equal(f.store->ops->consent_get(f.reader, &f.text, f.acme.id, 12125550101, &latest), ERR_OK);
    assert_int_equal(latest.kind, CONSENT_OPT_OUT);
    assert_false(atomic_load(&s.done));
    face_release_stops(&f, 1);
    (void)pthread_join(thread, NULL);
    assert_int_equal(s.answer.status, 200);
    answer_free(&s.answer);
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+12125550101\",\"body\":\"x\"}",
                "opted_out");
}

static void a_callback_is_answered_after_its_commit_and_not_before(void **state)
{
    struct dam dam;
    char answer[512];
    struct pollfd ready = {.events = POLLIN};

    (void)state;
    dam_raise(&dam);
    ready.fd = send_held(status_path, STATUS_BODY("delivered"));
    expect(&f, 200, "GET", "/healthz", NULL, NULL); /* others are served meanwhile */
    assert_int_equal(poll(&ready, 1, 0), 0);
    assert_int_equal(message_now().state, MESSAGE_QUEUED);
    atomic_store(&dam.open, true);
    (void)face_read_until(ready.fd, answer, sizeof answer, "\r\n\r\n");
    assert_non_null(strstr(answer, "HTTP/1.1 204"));
    assert_int_equal(message_now().state, MESSAGE_DELIVERED);
    (void)close(ready.fd);
}

static void a_callback_whose_connection_breaks_is_stored_all_the_same(void **state)
{
    struct dam dam;
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    int fd;

    (void)state;
    dam_raise(&dam);
    fd = send_held(status_path, STATUS_BODY("delivered"));
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once); /* a reset, which the server sees */
    (void)close(fd);
    expect(&f, 200, "GET", "/healthz", NULL, NULL);
    expect(&f, 200, "GET", "/healthz", NULL, NULL);
    atomic_store(&dam.open, true);
    while (message_now().state != MESSAGE_DELIVERED)
        (void)sched_yield();
    expect(&f, 200, "GET", "/healthz", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_signed_status_moves_the_message, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_rightly_signed_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_query_is_part_of_what_is_signed, setup, teardown),
        cmocka_unit_test_setup_teardown(another_accounts_words_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_sid_for_an_attempt_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(malformed_callbacks_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(both_tokens_are_good_while_rotating, setup, teardown),
        cmocka_unit_test_setup_teardown(an_inbound_text_is_stored_once, setup, teardown),
        cmocka_unit_test_setup_teardown(the_status_of_a_profile_makes_its_registration_due, setup, teardown),
        cmocka_unit_test_setup_teardown(the_status_of_a_profile_that_others_move_meanwhile_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_help_is_answered_in_twiml, setup, teardown),
        cmocka_unit_test_setup_teardown(a_help_to_a_programs_sender_is_answered_with_its_own_text, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_is_answered_only_after_the_withdrawal, setup, teardown),
        cmocka_unit_test_setup_teardown(a_callback_is_answered_after_its_commit_and_not_before, setup, teardown),
        cmocka_unit_test_setup_teardown(a_callback_whose_connection_breaks_is_stored_all_the_same, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What Twilio's webhooks do once their signature was checked: statuses merge, foreign words are refused, a
 * STOP is committed and acknowledged by the pump before anything is answered. */
#include "app/inbound.h"
#include "app/status.h"

#include "house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ACCOUNT "AC00000000000000000000000000000001"
#define SID(n) "SM0000000000000000000000000000000" #n
static struct house h;

static int setup(void **state)
{
    (void)state;
    house_open(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    house_close(&h);
    return 0;
}

static struct form form_of(const char *text)
{
    struct form f;
    assert_int_equal(form_decode(&h.text, str_from(text), 32, &f), ERR_OK);
    return f;
}

static uint64_t admit(uint64_t number)
{
    int64_t now_ms = clock_wall_ms(&h.clock);
    struct program p[1];
    size_t count = 1;
    struct change_admit change = {.head = {.kind = CHANGE_ADMIT}};
    assert_int_equal(h.store->ops->programs(h.reader, &h.text, h.org, 0, p, &count), ERR_OK);
    change.message = (struct message){.org = h.org,
                                      .program = p[0].id,
                                      .number = number,
                                      .kind = KIND_TRANSACTIONAL,
                                      .state = MESSAGE_QUEUED,
                                      .created_ms = now_ms,
                                      .send_at_ms = now_ms,
                                      .expires_ms = now_ms + 3600000,
                                      .body = STR("hello")};
    house_change(&h, &change.head, ERR_OK);
    return change.message.id;
}

static enum err status(uint64_t message, uint8_t attempt, const char *form_text, struct status_job *job)
{
    struct form f = form_of(form_text);
    struct fault why;
    enum err result = app_status(&h.app, h.reader, &h.text, &h.acme, message, attempt, &f, job, &why);
    return result != ERR_OK || job->job.change == NULL ? result : app_submit_wait(&job->job);
}

static void a_callback_before_the_answer_proves_acceptance(void **state)
{
    struct status_job job;
    struct message m;
    uint64_t id = admit(14155550171);
    (void)state;
    assert_int_equal(status(id, 1,
                            "MessageSid=" SID(1) "&MessageStatus=delivered&AccountSid=" ACCOUNT
                                                 "&To=%2B14155550171",
                            &job),
                     ERR_OK);
    assert_int_equal(job.change.verdict, STATUS_APPLIED);
    assert_int_equal(
        status(id, 1, "MessageSid=" SID(1) "&MessageStatus=sent&AccountSid=" ACCOUNT "&To=%2B14155550171",
               &job),
        ERR_OK);
    assert_int_equal(job.change.verdict, STATUS_UNCHANGED);
    assert_int_equal(h.store->ops->message_get(h.reader, &h.text, h.org, id, &m), ERR_OK);
    assert_int_equal(m.state, MESSAGE_DELIVERED);
    assert_string_equal(m.sid, SID(1));
}

static void words_about_somebody_else_change_nothing(void **state)
{
    struct status_job job;
    struct message m;
    uint64_t id = admit(14155550172);
    (void)state;
    assert_int_equal(
        status(id, 1,
               "MessageSid=" SID(2) "&MessageStatus=sent&AccountSid=AC00000000000000000000000000000009",
               &job),
        ERR_DENIED);
    assert_int_equal(
        status(id, 1, "MessageSid=" SID(2) "&MessageStatus=sent&AccountSid=" ACCOUNT "&To=%2B14155559999",
               &job),
        ERR_OK);
    assert_true(status_denied(&job)); /* the commit saw that it went to another number */
    assert_int_equal(
        status(id, 1, "MessageSid=" SID(2) "&MessageStatus=new-word&AccountSid=" ACCOUNT "&To=%2B14155559999",
               &job),
        ERR_DENIED); /* no commit: asked before */
    assert_int_equal(status(id, 1, "MessageStatus=sent&AccountSid=" ACCOUNT, &job), ERR_INVALID);
    assert_int_equal(status(id, 1, "MessageSid=" SID(2) "&MessageStatus=sent&AccountSid=" ACCOUNT, &job),
                     ERR_OK);
    assert_int_equal(status(id, 1, "MessageSid=" SID(3) "&MessageStatus=delivered&AccountSid=" ACCOUNT, &job),
                     ERR_OK);
    assert_true(status_denied(&job));
    assert_int_equal(h.store->ops->message_get(h.reader, &h.text, h.org, id, &m), ERR_OK);
    assert_int_equal(m.state, MESSAGE_SENT);
}

static void failed_before_any_carrier_is_sent_again_and_undelivered_is_not(void **state)
{
    struct status_job job;
    uint64_t first = admit(14155550173), second = admit(14155550174);
    int admitted = h.notes[NOTE_ADMITTED];
    (void)state;
    assert_int_equal(status(first, 1,
                            "MessageSid=" SID(4) "&MessageStatus=failed&ErrorCode=30001&AccountSid=" ACCOUNT,
                            &job),
                     ERR_OK);
    assert_int_equal(job.change.after.state, MESSAGE_QUEUED);
    assert_int_equal(h.notes[NOTE_ADMITTED], admitted + 1);
    assert_int_equal(
        status(second, 1,
               "MessageSid=" SID(5) "&MessageStatus=undelivered&ErrorCode=30003&AccountSid=" ACCOUNT, &job),
        ERR_OK);
    assert_int_equal(job.change.after.state, MESSAGE_UNDELIVERED);
}

static enum err inbound(const char *form_text, struct inbound_job *job)
{
    struct form f = form_of(form_text);
    struct fault why;
    enum err result = app_inbound(&h.app, h.reader, &h.text, &h.acme, &f, job, &why);
    return result != ERR_OK ? result : app_submit_wait(&job->job);
}

static void a_stop_is_committed_once_and_told_to_the_pump(void **state)
{
    struct inbound_job job;
    struct consent latest;
    int stops = h.notes[NOTE_STOPPED];
    (void)state;
    assert_int_equal(inbound("MessageSid=" SID(6) "&AccountSid=" ACCOUNT
                                                  "&From=%2B14155550175&To=%2B14155550000&Body=Stop.",
                             &job),
                     ERR_OK);
    assert_true(job.change.consent_applied);
    assert_int_equal(h.notes[NOTE_STOPPED], stops + 1);
    assert_int_equal(h.store->ops->consent_get(h.reader, &h.text, h.org, 14155550175, &latest), ERR_OK);
    assert_int_equal(latest.kind, CONSENT_OPT_OUT);
    assert_int_equal(inbound("MessageSid=" SID(6) "&AccountSid=" ACCOUNT
                                                  "&From=%2B14155550175&To=%2B14155550000&Body=Stop.",
                             &job),
                     ERR_OK);
    assert_true(job.change.duplicate);
    assert_int_equal(job.reply.len, 0);
}

static enum err person_writes(const char *sid, const char *from, const char *body, struct inbound_job *job)
{
    char text[512];

    (void)snprintf(text, sizeof text, "MessageSid=%s&AccountSid=" ACCOUNT "&From=%%2B%s&To=%%2B14155550000&Body=%s",
                   sid, from, body);
    return inbound(text, job);
}

static void a_refusal_in_free_text_stops_and_is_confirmed_once(void **state)
{
    struct inbound_job job;
    struct consent latest;
    int stops = h.notes[NOTE_STOPPED];
    (void)state;
    assert_int_equal(person_writes("SM000000000000000000000000000000a1", "14155550181",
                                   "please+stop+texting+me", &job), ERR_OK);
    assert_int_equal(job.change.inbound.keyword, INBOUND_REFUSAL);
    assert_int_equal(h.notes[NOTE_STOPPED], stops + 1);
    assert_true(str_equal(job.reply, STR("Acme: You will get no more texts from us. Reply START to get them again.")));
    assert_int_equal(h.store->ops->consent_get(h.reader, &h.text, h.org, 14155550181, &latest), ERR_OK);
    assert_int_equal(latest.kind, CONSENT_OPT_OUT);
    assert_true(str_equal(latest.source, STR("free_text")));
    assert_true(str_equal(latest.evidence, STR("please stop texting me")));
    assert_int_equal(person_writes("SM000000000000000000000000000000a2", "14155550181", "leave+me+alone", &job),
                     ERR_OK);
    assert_int_equal(job.change.inbound.keyword, INBOUND_REFUSAL);
    assert_int_equal(job.reply.len, 0); /* one confirmation is all that is allowed */
}

static void a_wrong_number_is_an_opt_out_with_its_own_words(void **state)
{
    struct inbound_job job;
    struct consent latest;
    (void)state;
    assert_int_equal(person_writes("SM000000000000000000000000000000a3", "14155550182", "wrong+number", &job),
                     ERR_OK);
    assert_int_equal(job.change.inbound.keyword, INBOUND_WRONG_NUMBER);
    assert_true(str_equal(job.reply, STR("Acme: Sorry, this number was removed and will get no more texts from us.")));
    assert_int_equal(h.store->ops->consent_get(h.reader, &h.text, h.org, 14155550182, &latest), ERR_OK);
    assert_true(str_equal(latest.source, STR("wrong_number")));
}

/* 수신거부 from a Korean number, TC from a Vietnamese one; TC from elsewhere is talk. */
static void a_stop_in_another_language_stops(void **state)
{
    struct inbound_job job;
    struct consent latest;
    int stops = h.notes[NOTE_STOPPED];
    (void)state;
    assert_int_equal(person_writes("SM000000000000000000000000000000e1", "821012345678",
                                   "%EC%88%98%EC%8B%A0%EA%B1%B0%EB%B6%80", &job), ERR_OK);
    assert_int_equal(job.change.inbound.keyword, INBOUND_STOP);
    assert_true(str_starts(job.reply, STR("Acme: You will get no more texts")));
    assert_int_equal(h.store->ops->consent_get(h.reader, &h.text, h.org, 821012345678, &latest), ERR_OK);
    assert_int_equal(latest.kind, CONSENT_OPT_OUT);
    assert_int_equal(person_writes("SM000000000000000000000000000000e2", "84912345678", "tc", &job), ERR_OK);
    assert_int_equal(job.change.inbound.keyword, INBOUND_STOP);
    assert_int_equal(h.notes[NOTE_STOPPED], stops + 2);
    assert_int_equal(person_writes("SM000000000000000000000000000000e3", "14155550169", "TC", &job), ERR_OK);
    assert_int_equal(job.change.inbound.keyword, 0);
    assert_int_equal(h.notes[NOTE_STOPPED], stops + 2);
}

static void a_stop_is_confirmed_by_us_where_nobody_else_does(void **state)
{
    struct inbound_job job;
    struct sender code = {.org = h.org, .program = 1, .kind = SENDER_SHORT_CODE, .state = SENDER_ACTIVE,
                          .address = "12345", .number = 12345, .verified = true};
    struct change_senders add = {.head.kind = CHANGE_SENDERS, .senders = &code, .count = 1};
    (void)state;
    house_change(&h, &add.head, ERR_OK);
    /* On a long code Twilio answers its own word … */
    assert_int_equal(person_writes("SM000000000000000000000000000000c1", "14155550161", "STOP", &job), ERR_OK);
    assert_int_equal(job.reply.len, 0);
    /* … but not others, and not one with a full stop. */
    assert_int_equal(person_writes("SM000000000000000000000000000000c2", "14155550162", "ARRET", &job), ERR_OK);
    assert_true(str_starts(job.reply, STR("Acme: You will get no more texts")));
    assert_int_equal(person_writes("SM000000000000000000000000000000c3", "14155550163", "Stop.", &job), ERR_OK);
    assert_true(str_starts(job.reply, STR("Acme: You will get no more texts")));
    assert_int_equal(person_writes("SM000000000000000000000000000000c4", "14155550163", "Stop.", &job), ERR_OK);
    assert_int_equal(job.reply.len, 0);
    /* On a short code of our own managing everything is ours to answer, unless Twilio says that it did. */
    assert_int_equal(inbound("MessageSid=SM000000000000000000000000000000c5&AccountSid=" ACCOUNT
                             "&From=%2B14155550164&To=12345&Body=STOP", &job), ERR_OK);
    assert_true(str_starts(job.reply, STR("Acme: You will get no more texts")));
    assert_int_equal(inbound("MessageSid=SM000000000000000000000000000000c6&AccountSid=" ACCOUNT
                             "&From=%2B14155550164&To=12345&Body=START", &job), ERR_OK);
    assert_true(str_starts(job.reply, STR("Acme: You will get texts from us again. Reply HELP")));
    assert_int_equal(inbound("MessageSid=SM000000000000000000000000000000c7&AccountSid=" ACCOUNT
                             "&From=%2B14155550164&To=12345&Body=STOP&OptOutType=STOP", &job), ERR_OK);
    assert_int_equal(job.reply.len, 0);
    assert_int_equal(job.change.consent, CONSENT_OPT_OUT);
}

static void a_word_of_the_organization_s_own_is_a_stop(void **state)
{
    struct inbound_job job;
    struct str before = h.acme.opt_out_words;
    (void)state;
    h.acme.opt_out_words = STR("no gracias, genug");
    assert_int_equal(person_writes("SM000000000000000000000000000000d1", "14155550171", "Genug!", &job), ERR_OK);
    assert_int_equal(job.change.inbound.keyword, INBOUND_STOP);
    assert_true(job.change.consent_applied && str_starts(job.reply, STR("Acme: You will get no more texts")));
    h.acme.opt_out_words = before;
}

static void ask(uint64_t number, int64_t at_ms)
{
    struct change_consent c = {.head.kind = CHANGE_CONSENT};
    c.event = (struct consent){.org = h.org, .number = number, .kind = CONSENT_ASKED, .at_ms = at_ms,
                               .basis = CONSENT_BASIS_WRITTEN, .source = STR("web_form"), .evidence = STR("a form")};
    house_change(&h, &c.head, ERR_OK);
}

static struct consent_holds holds_of(uint64_t number)
{
    struct consent_holds now;
    assert_int_equal(h.store->ops->consent_holds(h.reader, h.org, number, 1, 0, &now), ERR_OK);
    return now;
}

static void a_yes_completes_a_double_opt_in_and_nothing_else(void **state)
{
    struct inbound_job job;
    int64_t now_ms = clock_wall_ms(&h.clock);
    (void)state;
    assert_int_equal(person_writes("SM000000000000000000000000000000b1", "14155550191", "Yes", &job), ERR_OK);
    assert_int_equal(holds_of(14155550191).kind, CONSENT_NONE); /* nobody had asked */
    ask(14155550191, now_ms);
    assert_int_equal(holds_of(14155550191).kind, CONSENT_NONE);
    assert_int_equal(person_writes("SM000000000000000000000000000000b2", "14155550191", "maybe", &job), ERR_OK);
    assert_int_equal(holds_of(14155550191).kind, CONSENT_NONE);
    assert_int_equal(person_writes("SM000000000000000000000000000000b3", "14155550191", "yes!", &job), ERR_OK);
    assert_int_equal(job.change.inbound.keyword, INBOUND_CONFIRMED);
    assert_true(holds_of(14155550191).kind == CONSENT_OPT_IN && holds_of(14155550191).basis == CONSENT_BASIS_WRITTEN);
    ask(14155550192, now_ms - INT64_C(31) * 86400000);
    assert_int_equal(person_writes("SM000000000000000000000000000000b4", "14155550192", "YES", &job), ERR_OK);
    assert_int_equal(holds_of(14155550192).kind, CONSENT_NONE); /* too late */
    ask(14155550193, now_ms);
    assert_int_equal(person_writes("SM000000000000000000000000000000b5", "14155550193", "STOP", &job), ERR_OK);
    assert_int_equal(holds_of(14155550193).kind, CONSENT_OPT_OUT);
}

static void a_yes_reaches_no_further_than_the_question(void **state)
{
    struct change_consent c = {.head.kind = CHANGE_CONSENT};
    struct inbound_job job;
    struct consent_holds other;
    int64_t now_ms = clock_wall_ms(&h.clock);
    (void)state;
    c.event = (struct consent){.org = h.org, .number = 14155550195, .kind = CONSENT_ASKED, .at_ms = now_ms,
                               .scope = CONSENT_OF_PROGRAM, .scope_id = 1, .basis = CONSENT_BASIS_WRITTEN,
                               .source = STR("web_form"), .evidence = STR("a form")};
    house_change(&h, &c.head, ERR_OK);
    assert_int_equal(person_writes("SM000000000000000000000000000000b6", "14155550195", "YES", &job), ERR_OK);
    assert_int_equal(holds_of(14155550195).basis, CONSENT_BASIS_WRITTEN);
    assert_int_equal(h.store->ops->consent_holds(h.reader, h.org, 14155550195, 2, 0, &other), ERR_OK);
    assert_int_equal(other.kind, CONSENT_NONE); /* of another program nobody had asked */
}

static void a_yes_that_was_said_before_the_question_answers_nothing(void **state)
{
    struct inbound_job job = {.asked_ms = 2000, .change = {.consent = CONSENT_OPT_IN,
                                                           .inbound = {.org = h.org, .keyword = INBOUND_CONFIRMED}}};
    (void)state;
    app_inbound_date(h.reader, &h.text, &job, 1000, 0);
    assert_true(job.change.consent == CONSENT_NONE && job.change.inbound.keyword == INBOUND_TEXT);
    job.change.consent = CONSENT_OPT_IN;
    job.change.inbound.keyword = INBOUND_CONFIRMED;
    app_inbound_date(h.reader, &h.text, &job, 3000, 0);
    assert_int_equal(job.change.consent, CONSENT_OPT_IN);
}

static void an_ordinary_text_and_one_that_twilio_judged_change_no_consent(void **state)
{
    struct inbound_job job;
    (void)state;
    assert_int_equal(person_writes("SM000000000000000000000000000000a4", "14155550183",
                                   "we+must+STOP+this+bill", &job), ERR_OK);
    assert_int_equal(job.change.consent, CONSENT_NONE);
    assert_int_equal(person_writes("SM000000000000000000000000000000a5", "14155550183",
                                   "please+stop+texting+me&OptOutType=HELP", &job), ERR_OK);
    assert_int_equal(job.change.consent, CONSENT_NONE);
}

static enum err unreadable_consent(struct store_reader *r, struct arena *a, org_id org, uint64_t number,
                                   struct consent *out)
{
    (void)r, (void)a, (void)org, (void)number, (void)out;
    return ERR_IO;
}

/* Else a STOP dated before what cannot be read would count for nothing. */
static void a_text_waits_while_its_persons_consent_cannot_be_read(void **state)
{
    enum err (*readable)(struct store_reader *, struct arena *, org_id, uint64_t, struct consent *) = h.ops.consent_get;
    struct inbound_job job;
    (void)state;
    h.ops.consent_get = unreadable_consent;
    assert_int_equal(person_writes("SM000000000000000000000000000000a6", "14155550184", "STOP", &job), ERR_IO);
    h.ops.consent_get = readable;
    assert_int_equal(person_writes("SM000000000000000000000000000000a6", "14155550184", "STOP", &job), ERR_OK);
    assert_int_equal(job.change.consent, CONSENT_OPT_OUT);
}

static void help_is_answered_but_not_to_who_opted_out(void **state)
{
    struct inbound_job job;
    (void)state;
    assert_int_equal(inbound("MessageSid=" SID(7) "&AccountSid=" ACCOUNT
                                                  "&From=%2B14155550176&To=%2B14155550000&Body=help",
                             &job),
                     ERR_OK);
    assert_true(str_equal(job.reply, STR("Acme: call 555-0100")));
    assert_int_equal(inbound("MessageSid=" SID(8) "&AccountSid=" ACCOUNT
                                                  "&From=%2B14155550175&To=%2B14155550000&Body=help",
                             &job),
                     ERR_OK);
    assert_int_equal(job.reply.len, 0);
}

static void texts_to_numbers_that_are_not_ours_are_refused(void **state)
{
    struct inbound_job job;
    (void)state;
    assert_int_equal(inbound("MessageSid=" SID(9) "&AccountSid=" ACCOUNT
                                                  "&From=%2B14155550176&To=%2B14155559999&Body=hi",
                             &job),
                     ERR_DENIED);
    assert_int_equal(
        inbound("MessageSid=x&AccountSid=" ACCOUNT "&From=%2B14155550176&To=%2B14155550000&Body=hi", &job),
        ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_callback_before_the_answer_proves_acceptance),
        cmocka_unit_test(words_about_somebody_else_change_nothing),
        cmocka_unit_test(failed_before_any_carrier_is_sent_again_and_undelivered_is_not),
        cmocka_unit_test(a_stop_is_committed_once_and_told_to_the_pump),
        cmocka_unit_test(a_refusal_in_free_text_stops_and_is_confirmed_once),
        cmocka_unit_test(a_wrong_number_is_an_opt_out_with_its_own_words),
        cmocka_unit_test(a_stop_in_another_language_stops),
        cmocka_unit_test(a_yes_completes_a_double_opt_in_and_nothing_else),
        cmocka_unit_test(a_yes_reaches_no_further_than_the_question),
        cmocka_unit_test(a_yes_that_was_said_before_the_question_answers_nothing),
        cmocka_unit_test(a_stop_is_confirmed_by_us_where_nobody_else_does),
        cmocka_unit_test(a_word_of_the_organization_s_own_is_a_stop),
        cmocka_unit_test(an_ordinary_text_and_one_that_twilio_judged_change_no_consent),
        cmocka_unit_test(a_text_waits_while_its_persons_consent_cannot_be_read),
        cmocka_unit_test(help_is_answered_but_not_to_who_opted_out),
        cmocka_unit_test(texts_to_numbers_that_are_not_ours_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

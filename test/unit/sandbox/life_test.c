/* The life of a message (reference 2, 3): statuses, callbacks, and what may be done to it when. */
#include "kit.h"

#include <string.h>

static void a_plain_from_starts_queued_and_first_calls_back_sent(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created r = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "Hello");
    (void)state;
    assert_int_equal(r.http_status, 201);
    assert_int_equal(r.status, SANDBOX_QUEUED);
    assert_int_equal(kit_message(k, r.message).segments, 1);
    kit_run(k, 10000);
    assert_string_equal(kit_story(k, r.message), "sent delivered");
    assert_int_equal(kit_status(k, r.message), SANDBOX_DELIVERED);
    kit_free(k);
}

static void a_service_starts_accepted_and_picks_its_sender_later(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created r = kit_send(k, SANDBOX_NONE, k->service, VERIZON_TO, "Hello");
    struct sandbox_message m = kit_message(k, r.message);
    (void)state;
    assert_int_equal(r.status, SANDBOX_ACCEPTED);
    assert_int_equal(m.from, 0);
    assert_int_equal(m.segments, 0);
    kit_run(k, 10000);
    m = kit_message(k, r.message);
    assert_string_equal(kit_story(k, r.message), "queued sent delivered");
    assert_int_equal(m.from, UINT64_C(14155551000));
    assert_int_equal(m.segments, 1);
    assert_true(m.priced && m.price_micros < 0);
    assert_true(m.sent_ms > m.created_ms);
    kit_free(k);
}

static void from_beside_a_service_must_be_in_its_pool(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    (void)state;
    assert_int_equal(kit_send(k, k->number, k->service, VERIZON_TO, "Hello").http_status, 201);
    assert_int_equal(kit_send(k, k->plain, k->service, VERIZON_TO, "Hello").code, 21711);
    kit_free(k);
}

static void callbacks_carry_what_twilio_sends(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created r = kit_send(k, k->number, k->service, UINT64_C(14155559003), "Hello");
    char sid[SANDBOX_SID_BYTES];
    const char *form;
    (void)state;
    kit_run(k, 10000);
    assert_string_equal(kit_story(k, r.message), "queued sent undelivered");
    form = k->seen[k->seen_count - 1].form;
    sandbox_message_sid(k->sb, r.message, sid);
    assert_non_null(strstr(form, sid));
    assert_non_null(strstr(form, "MessageStatus=undelivered"));
    assert_non_null(strstr(form, "ErrorCode=30003"));
    assert_non_null(strstr(form, "From=%2B14155551000"));
    assert_non_null(strstr(form, "To=%2B14155559003"));
    assert_non_null(strstr(form, "RawDlrDoneDate=2701150800"));
    assert_non_null(strstr(form, "MessagingServiceSid=MG"));
    kit_free(k);
}

static void magic_recipients_are_refused_or_fail_as_documented(void **state)
{
    static const struct {
        uint64_t to;
        int refusal, code;
        enum sandbox_status end;
    } cases[] = {
        {UINT64_C(12125559111), 21211, 0, 0}, {UINT64_C(12125559114), 21614, 0, 0},
        {UINT64_C(12125559135), 21635, 0, 0}, {UINT64_C(12125559110), 21610, 0, 0},
        {UINT64_C(12125559005), 0, 30005, SANDBOX_UNDELIVERED},
        {UINT64_C(12125559006), 0, 30006, SANDBOX_UNDELIVERED},
        {UINT64_C(12125559007), 0, 30007, SANDBOX_UNDELIVERED},
        {UINT64_C(12125559034), 0, 30034, SANDBOX_FAILED},
        {UINT64_C(12125559001), 0, 30001, SANDBOX_FAILED},
        {UINT64_C(12125559000), 0, 0, SANDBOX_SENT},
        {UINT64_C(12125558999), 0, 0, SANDBOX_DELIVERED},
    };
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sandbox_created r = kit_send(k, k->number, k->service, cases[i].to, "Hello");
        assert_int_equal(r.code, cases[i].refusal);
        if (cases[i].refusal != 0) {
            assert_int_equal(r.http_status, 400);
            assert_int_equal(r.message, 0);
            continue;
        }
        kit_run(k, 60000);
        assert_int_equal(kit_message(k, r.message).error_code, cases[i].code);
        assert_int_equal(kit_status(k, r.message), cases[i].end);
    }
    kit_free(k);
}

static void a_late_receipt_comes_when_its_number_says(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created r = kit_send(k, k->number, k->service, UINT64_C(12125559305), "Hello");
    (void)state;
    kit_run(k, 299000);
    assert_int_equal(kit_status(k, r.message), SANDBOX_SENT);
    kit_run(k, 2000);
    assert_int_equal(kit_status(k, r.message), SANDBOX_DELIVERED);
    kit_free(k);
}

static void bad_creations_are_refused_with_twilios_codes(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    char body[1700];
    struct sandbox_created r;
    struct sandbox_create create = {
        .to = VERIZON_TO, .sender = k->plain, .service = SANDBOX_NONE, .body = STR("x"), .validity_s = 36001};
    (void)state;
    memset(body, 'a', sizeof body);
    body[1601] = '\0';
    assert_int_equal(kit_send(k, SANDBOX_NONE, SANDBOX_NONE, VERIZON_TO, "x").code, 21603);
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, 0, "x").code, 21604);
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "").code, 21602);
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, body).code, 21617);
    body[1600] = '\0';
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, body).code, 0);
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, UINT64_C(14155552000), "x").code, 21266);
    sandbox_create_message(k->sb, k->now_ms, &create, &r);
    assert_int_equal(r.code, 21624);
    kit_free(k);
}

static struct sandbox_created send_at(struct kit *k, int64_t at_ms, uint32_t service)
{
    struct sandbox_created r;
    struct sandbox_create create = {.to = VERIZON_TO,
                                    .sender = service == SANDBOX_NONE ? k->plain : SANDBOX_NONE,
                                    .service = service,
                                    .body = STR("Later"),
                                    .send_at_ms = at_ms,
                                    .status_callback = STR("http://app.test/status")};
    sandbox_create_message(k->sb, k->now_ms, &create, &r);
    return r;
}

static void a_scheduled_message_waits_and_can_be_canceled(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created first = send_at(k, START_MS + 3600000, k->service),
                           second = send_at(k, START_MS + 3600000, k->service);
    (void)state;
    assert_int_equal(first.status, SANDBOX_SCHEDULED);
    kit_run(k, 3599000);
    assert_int_equal(kit_status(k, first.message), SANDBOX_SCHEDULED);
    assert_int_equal(sandbox_message_cancel(k->sb, k->now_ms, second.message), ERR_OK);
    kit_run(k, 10000);
    assert_string_equal(kit_story(k, first.message), "queued sent delivered");
    assert_string_equal(kit_story(k, second.message), "canceled");
    assert_int_equal(sandbox_message_cancel(k->sb, k->now_ms, first.message), ERR_CONFLICT);
    kit_free(k);
}

static void schedules_outside_the_window_are_refused(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    (void)state;
    assert_int_equal(send_at(k, START_MS + 899000, k->service).code, 35114);
    assert_int_equal(send_at(k, START_MS + INT64_C(36) * 86400000, k->service).code, 35117);
    assert_int_equal(send_at(k, START_MS + 3600000, SANDBOX_NONE).code, 35118);
    kit_free(k);
}

static void the_calendar_moves_without_moving_what_waits(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created first = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "Hello"), second;
    (void)state;
    sandbox_set_calendar(k->sb, -INT64_C(86400000));
    second = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "Hello");
    assert_int_equal(kit_message(k, first.message).created_ms, START_MS);
    assert_int_equal(kit_message(k, second.message).created_ms, START_MS - 86400000);
    kit_run(k, 5000);
    assert_int_equal(kit_status(k, second.message), SANDBOX_DELIVERED);
    kit_free(k);
}

static void redaction_and_deletion_wait_for_a_final_state(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created r = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "Secret");
    struct sandbox_message m;
    (void)state;
    assert_int_equal(sandbox_message_redact(k->sb, k->now_ms, r.message), ERR_CONFLICT);
    assert_int_equal(sandbox_message_delete(k->sb, k->now_ms, r.message), ERR_CONFLICT);
    kit_run(k, 5000);
    assert_int_equal(sandbox_message_redact(k->sb, k->now_ms, r.message), ERR_OK);
    assert_int_equal(kit_message(k, r.message).body.len, 0);
    assert_int_equal(sandbox_message_delete(k->sb, k->now_ms, r.message), ERR_OK);
    assert_int_equal(sandbox_message_get(k->sb, r.message, &m), ERR_NOT_FOUND);
    kit_free(k);
}

static size_t list(struct kit *k, struct sandbox_list q, struct sandbox_message *out, size_t max,
                   uint64_t *next)
{
    struct sandbox_listed listed;
    sandbox_list_messages(k->sb, k->now_ms, &q, out, max, &listed);
    assert_int_equal(listed.http_status, 200);
    *next = listed.next;
    return listed.count;
}

static void lists_are_newest_first_filtered_and_paged(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_message out[10];
    uint64_t next, message;
    (void)state;
    for (int i = 0; i < 5; i++) {
        (void)kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "one");
        (void)kit_send(k, k->plain, SANDBOX_NONE, TMOBILE_TO, "two");
    }
    assert_int_equal(sandbox_inbound(k->sb, k->now_ms, TMOBILE_TO, STR("+14155552000"), STR("Hi"), &message),
                     ERR_OK);
    assert_int_equal(list(k, (struct sandbox_list){.to = VERIZON_TO}, out, 10, &next), 5);
    assert_int_equal(next, 0);
    assert_true(out[0].number > out[4].number);
    assert_int_equal(list(k, (struct sandbox_list){.account = 0}, out, 10, &next), 10);
    assert_int_equal(list(k, (struct sandbox_list){.before = next}, out, 10, &next), 1);
    assert_int_equal(list(k, (struct sandbox_list){.to = UINT64_C(14155552000)}, out, 10, &next), 1);
    assert_int_equal(out[0].direction, SANDBOX_INBOUND);
    assert_int_equal(list(k, (struct sandbox_list){.from = TMOBILE_TO}, out, 10, &next), 1);
    assert_int_equal(list(k, (struct sandbox_list){.to = VERIZON_TO, .before = 3}, out, 10, &next), 1);
    /* A queued message has no date_sent, so a date hides it (reference D.2, 5). */
    assert_int_equal(list(k, (struct sandbox_list){.to = VERIZON_TO, .sent_from_ms = 1}, out, 10, &next), 0);
    kit_run(k, 60000);
    assert_int_equal(list(k, (struct sandbox_list){.to = VERIZON_TO, .sent_from_ms = 1}, out, 10, &next), 5);
    kit_free(k);
}

static void a_list_that_lags_shows_messages_late(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k;
    struct sandbox_message out[2];
    uint64_t next;
    (void)state;
    c.faults.list_lag_ms = 5000;
    k = kit_new(&c, 1);
    (void)kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "Hello");
    kit_run(k, 4999);
    assert_int_equal(list(k, (struct sandbox_list){.to = VERIZON_TO}, out, 2, &next), 0);
    kit_run(k, 1);
    assert_int_equal(list(k, (struct sandbox_list){.to = VERIZON_TO}, out, 2, &next), 1);
    kit_free(k);
}

static void sids_name_messages_and_nothing_else(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1), *other = kit_new(&c, 2);
    struct sandbox_created r = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "Hello");
    char sid[SANDBOX_SID_BYTES];
    (void)state;
    (void)kit_send(other, other->plain, SANDBOX_NONE, VERIZON_TO, "Hello");
    sandbox_message_sid(k->sb, r.message, sid);
    assert_int_equal(strlen(sid), 34);
    assert_int_equal(sandbox_message_number(k->sb, str_from(sid)), r.message);
    assert_int_equal(sandbox_message_number(other->sb, str_from(sid)), 0);
    sid[33] = sid[33] == '0' ? '1' : '0';
    assert_int_equal(sandbox_message_number(k->sb, str_from(sid)), 0);
    kit_free(k);
    kit_free(other);
}

static void old_messages_at_rest_make_room(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k;
    struct sandbox_stats stats;
    struct sandbox_message out[4];
    uint64_t next;
    (void)state;
    c.messages_max = 2048;
    c.long_code_mps_milli = 0;
    k = kit_new(&c, 1);
    for (int i = 0; i < 5000; i++) {
        struct sandbox_created r =
            kit_send_as(k, k->plain, SANDBOX_NONE, UINT64_C(14165550100) + (uint64_t)i, "");
        assert_int_equal(r.http_status, 201);
        if (i % 1000 == 999) kit_run(k, 5000);
    }
    sandbox_stats_get(k->sb, &stats);
    assert_true(stats.forgotten >= 2048);
    assert_int_equal(stats.by_status[SANDBOX_DELIVERED], 5000);
    assert_int_equal(list(k, (struct sandbox_list){.to = UINT64_C(14165550100)}, out, 4, &next), 0);
    assert_int_equal(list(k, (struct sandbox_list){.to = UINT64_C(14165550100) + 4999}, out, 4, &next), 1);
    kit_free(k);
}

static void a_full_table_of_waiting_messages_refuses_with_503(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k;
    struct sandbox_created r = {0};
    (void)state;
    c.messages_max = 1024;
    k = kit_new(&c, 1);
    for (int i = 0; i < 1025; i++) r = kit_send_as(k, k->plain, SANDBOX_NONE, VERIZON_TO, "");
    assert_int_equal(r.http_status, 503);
    assert_int_equal(r.code, 20503);
    assert_int_equal(r.message, 0);
    kit_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_from_starts_queued_and_first_calls_back_sent),
        cmocka_unit_test(a_service_starts_accepted_and_picks_its_sender_later),
        cmocka_unit_test(from_beside_a_service_must_be_in_its_pool),
        cmocka_unit_test(callbacks_carry_what_twilio_sends),
        cmocka_unit_test(magic_recipients_are_refused_or_fail_as_documented),
        cmocka_unit_test(a_late_receipt_comes_when_its_number_says),
        cmocka_unit_test(bad_creations_are_refused_with_twilios_codes),
        cmocka_unit_test(a_scheduled_message_waits_and_can_be_canceled),
        cmocka_unit_test(schedules_outside_the_window_are_refused),
        cmocka_unit_test(the_calendar_moves_without_moving_what_waits),
        cmocka_unit_test(redaction_and_deletion_wait_for_a_final_state),
        cmocka_unit_test(lists_are_newest_first_filtered_and_paged),
        cmocka_unit_test(a_list_that_lags_shows_messages_late),
        cmocka_unit_test(sids_name_messages_and_nothing_else),
        cmocka_unit_test(old_messages_at_rest_make_room),
        cmocka_unit_test(a_full_table_of_waiting_messages_refuses_with_503),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

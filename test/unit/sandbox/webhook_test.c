/* Webhooks (reference 4.1, 5): retries, fallback, inbound texts, TwiML replies, opt-outs, faults of
 * callbacks. */
#include "kit.h"

#include <string.h>

static const char *const failing = "http://app.test/status#rc=3&rp=5xx,rt";

static size_t seen_for(const struct kit *k, uint64_t message)
{
    size_t count = 0;
    for (size_t i = 0; i < k->seen_count; i++) count += k->seen[i].message == message;
    return count;
}

static uint64_t text_from(struct kit *k, uint64_t person, const char *to, const char *body)
{
    uint64_t message;
    assert_int_equal(sandbox_inbound(k->sb, k->now_ms, person, str_from(to), str_from(body), &message),
                     ERR_OK);
    return message;
}

static void an_error_answer_is_not_retried_by_default(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created r =
        kit_send_as(k, k->plain, SANDBOX_NONE, UINT64_C(14155559000), "http://app.test/s");
    (void)state;
    k->answer.http_status = 503;
    kit_run(k, 60000);
    assert_int_equal(seen_for(k, r.message), 1);
    kit_free(k);
}

static void a_refused_connection_is_retried_once_by_default(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created r =
        kit_send_as(k, k->plain, SANDBOX_NONE, UINT64_C(14155559000), "http://app.test/s");
    (void)state;
    k->answer.failure = SANDBOX_WEBHOOK_CONNECT_FAILED;
    kit_run(k, 60000);
    assert_int_equal(seen_for(k, r.message), 2);
    assert_int_equal(k->seen[k->seen_count - 1].attempt, 2);
    kit_free(k);
}

static void the_fragment_says_what_is_retried_and_how_often(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_stats stats;
    struct sandbox_created r = kit_send_as(k, k->plain, SANDBOX_NONE, UINT64_C(14155559000), failing), second;
    (void)state;
    k->answer.http_status = 500;
    kit_run(k, 60000);
    assert_int_equal(seen_for(k, r.message), 4);
    k->answer.http_status = 404;
    second = kit_send_as(k, k->plain, SANDBOX_NONE, UINT64_C(14155559000), failing);
    kit_run(k, 60000);
    assert_int_equal(seen_for(k, second.message), 1);
    sandbox_stats_get(k->sb, &stats);
    assert_int_equal(stats.webhooks_failed, 2);
    assert_int_equal(stats.alerts, 2);
    kit_free(k);
}

static void all_tries_stay_within_the_total_time(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k;
    struct sandbox_created r;
    (void)state;
    c.webhook_retry_gap_ms = 1000;
    k = kit_new(&c, 1);
    r = kit_send_as(k, k->plain, SANDBOX_NONE, UINT64_C(14155559000),
                    "http://app.test/s#rc=5&rp=all&tt=2500");
    k->answer.http_status = 500;
    kit_run(k, 60000);
    assert_int_equal(seen_for(k, r.message), 3);
    kit_free(k);
}

static void an_inbound_text_falls_back_and_says_why(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    uint64_t message = text_from(k, VERIZON_TO, "+14155551000", "Hello");
    (void)state;
    k->answer.http_status = 500;
    kit_run(k, 10000);
    assert_int_equal(seen_for(k, message), 2);
    assert_string_equal(k->seen[0].url, "http://app.test/inbound");
    assert_string_equal(k->seen[1].url, "http://app.test/fallback");
    assert_true(k->seen[1].is_fallback);
    assert_non_null(strstr(k->seen[1].form, "ErrorCode=11200"));
    assert_non_null(strstr(k->seen[1].form, "ErrorUrl=http%3A%2F%2Fapp.test%2Finbound"));
    assert_null(strstr(k->seen[0].form, "ErrorCode"));
    kit_free(k);
}

static void a_number_outside_a_service_has_its_own_url(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    (void)state;
    (void)text_from(k, VERIZON_TO, "+14155552000", "Hello");
    kit_run(k, 1000);
    assert_string_equal(k->seen[0].url, "http://app.test/number");
    assert_null(strstr(k->seen[0].form, "MessagingServiceSid"));
    kit_free(k);
}

static void a_service_without_an_inbound_url_drops_texts(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_service_params params = {.friendly_name = STR("Deaf")};
    uint32_t service, sender;
    (void)state;
    assert_int_equal(sandbox_service_add(k->sb, 0, &params, &service), ERR_OK);
    assert_int_equal(
        sandbox_sender_add(k->sb, 0, STR("+14155553000"), service, STR("http://app.test/own"), &sender),
        ERR_OK);
    assert_int_equal(text_from(k, VERIZON_TO, "+14155553000", "Hello"), 0);
    kit_run(k, 10000);
    assert_int_equal(k->seen_count, 0);
    kit_free(k);
}

static void twiml_answers_go_out_as_replies(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_message out[4];
    struct sandbox_listed listed;
    (void)state;
    k->answer = (struct sandbox_webhook_answer){
        .http_status = 200,
        .content_type = STR("text/xml; charset=utf-8"),
        .body =
            STR("<?xml version=\"1.0\"?><Response><Message>One</Message><Message>Two</Message></Response>")};
    (void)text_from(k, VERIZON_TO, "+14155551000", "Hello");
    kit_run(k, 10000);
    sandbox_list_messages(k->sb, k->now_ms, &(struct sandbox_list){.to = VERIZON_TO}, out, 4, &listed);
    assert_int_equal(listed.count, 2);
    assert_int_equal(out[0].direction, SANDBOX_OUTBOUND_REPLY);
    assert_true(str_equal(out[0].body, STR("Two")));
    assert_int_equal(sandbox_ledger_count(k->sb), 0);
    kit_free(k);
}

static void an_answer_that_is_no_twiml_is_a_failure(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    (void)state;
    k->answer = (struct sandbox_webhook_answer){.http_status = 200, .content_type = STR("application/json"),
                                                .body = STR("{}")};
    (void)text_from(k, VERIZON_TO, "+14155551000", "Hello");
    kit_run(k, 10000);
    assert_int_equal(k->seen_count, 2);
    assert_non_null(strstr(k->seen[1].form, "ErrorCode=12300"));
    kit_free(k);
}

static void stop_blocks_the_pool_of_a_service_and_start_undoes_it(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_created r;
    (void)state;
    (void)text_from(k, VERIZON_TO, "+14155551000", "  sToP\n");
    r = kit_send(k, SANDBOX_NONE, k->service, VERIZON_TO, "x");
    assert_int_equal(r.http_status, 201);
    kit_run(k, 5000);
    assert_int_equal(kit_message(k, r.message).error_code, 21610);
    assert_string_equal(kit_story(k, r.message), "failed");
    /* Another number, outside the service, is not blocked. */
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x").code, 0);
    (void)text_from(k, VERIZON_TO, "+14155551000", "unstop");
    r = kit_send(k, SANDBOX_NONE, k->service, VERIZON_TO, "x");
    kit_run(k, 5000);
    assert_int_equal(kit_status(k, r.message), SANDBOX_DELIVERED);
    kit_free(k);
}

static void stop_to_a_number_refuses_at_once(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    (void)state;
    (void)text_from(k, VERIZON_TO, "+14155552000", "CANCEL");
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x").code, 21610);
    (void)text_from(k, VERIZON_TO, "+14155552000", "Stop it");
    (void)text_from(k, VERIZON_TO, "+14155552000", "yes");
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x").code, 0);
    (void)text_from(k, VERIZON_TO, "+14155552000", "Please stop");
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x").code, 0);
    kit_free(k);
}

static void toll_free_numbers_know_start_but_not_yes(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    uint32_t toll_free;
    (void)state;
    assert_int_equal(sandbox_sender_add(k->sb, 0, STR("+18335551000"), SANDBOX_NONE, STR(""), &toll_free),
                     ERR_OK);
    (void)text_from(k, VERIZON_TO, "+18335551000", "STOP");
    (void)text_from(k, VERIZON_TO, "+18335551000", "YES");
    assert_int_equal(kit_send(k, toll_free, SANDBOX_NONE, VERIZON_TO, "x").code, 21610);
    (void)text_from(k, VERIZON_TO, "+18335551000", "START");
    assert_int_equal(kit_send(k, toll_free, SANDBOX_NONE, VERIZON_TO, "x").code, 0);
    kit_free(k);
}

static void magic_handsets_answer_and_confirmations_do_not_loop(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_stats stats;
    (void)state;
    (void)kit_send(k, k->plain, SANDBOX_NONE, UINT64_C(14155559201), "x");
    (void)kit_send(k, k->plain, SANDBOX_NONE, UINT64_C(14155559203), "x");
    (void)kit_send(k, k->plain, SANDBOX_NONE, UINT64_C(14155559205), "x");
    kit_run(k, 600000);
    sandbox_stats_get(k->sb, &stats);
    assert_int_equal(stats.inbound, 3);
    assert_int_equal(kit_send(k, k->plain, SANDBOX_NONE, UINT64_C(14155559201), "x").code, 21610);
    kit_free(k);
}

static void handsets_have_habits_of_their_own(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_handset silent = {.number = VERIZON_TO, .silent = true, .carrier = SANDBOX_ATT};
    struct sandbox_handset broken = {
        .number = TMOBILE_TO, .error_code = 30008, .carrier = SANDBOX_CARRIER_COUNT};
    struct sandbox_created first, second;
    (void)state;
    assert_int_equal(sandbox_handset_set(k->sb, &silent), ERR_OK);
    assert_int_equal(sandbox_handset_set(k->sb, &broken), ERR_OK);
    assert_int_equal(sandbox_handset_set(k->sb, &broken), ERR_OK);
    assert_int_equal(sandbox_carrier_of(k->sb, VERIZON_TO), SANDBOX_ATT);
    first = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x");
    second = kit_send(k, k->plain, SANDBOX_NONE, TMOBILE_TO, "x");
    kit_run(k, 60000);
    assert_int_equal(kit_status(k, first.message), SANDBOX_SENT);
    assert_int_equal(kit_message(k, second.message).error_code, 30008);
    kit_free(k);
}

static void callbacks_can_be_lost_doubled_late_and_forged(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k = kit_new(&c, 1);
    struct sandbox_fault_plan plan = sandbox_fault_plan_quiet();
    struct sandbox_created r;
    (void)state;
    plan.callback_lost_per_million = 1000000;
    sandbox_faults_set(k->sb, &plan);
    r = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x");
    kit_run(k, 10000);
    assert_int_equal(seen_for(k, r.message), 0);
    plan = sandbox_fault_plan_quiet();
    plan.callback_doubled_per_million = 1000000;
    sandbox_faults_set(k->sb, &plan);
    r = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x");
    kit_run(k, 10000);
    assert_string_equal(kit_story(k, r.message), "sent sent delivered delivered");
    plan = sandbox_fault_plan_quiet();
    plan.callback_late_per_million = 1000000;
    sandbox_faults_set(k->sb, &plan);
    r = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x");
    kit_run(k, 86000000);
    assert_int_equal(seen_for(k, r.message), 0);
    kit_run(k, 1000000);
    assert_int_equal(seen_for(k, r.message), 2);
    plan = sandbox_fault_plan_quiet();
    plan.callback_forged_per_million = 1000000;
    sandbox_faults_set(k->sb, &plan);
    r = kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x");
    kit_run(k, 10000);
    assert_int_equal(seen_for(k, r.message), 4);
    kit_free(k);
}

static void a_full_table_of_webhooks_drops_and_counts(void **state)
{
    struct sandbox_config c = kit_config();
    struct kit *k;
    struct sandbox_stats stats;
    (void)state;
    c.webhooks_max = 3;
    c.callback_ms_min = c.callback_ms_max = 60000;
    c.long_code_mps_milli = 0;
    k = kit_new(&c, 1);
    for (int i = 0; i < 5; i++) (void)kit_send(k, k->plain, SANDBOX_NONE, VERIZON_TO, "x");
    kit_run(k, 5000);
    sandbox_stats_get(k->sb, &stats);
    assert_int_equal(stats.webhooks_waiting, 3);
    assert_int_equal(stats.webhooks_dropped, 7);
    kit_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_answer_is_not_retried_by_default),
        cmocka_unit_test(a_refused_connection_is_retried_once_by_default),
        cmocka_unit_test(the_fragment_says_what_is_retried_and_how_often),
        cmocka_unit_test(all_tries_stay_within_the_total_time),
        cmocka_unit_test(an_inbound_text_falls_back_and_says_why),
        cmocka_unit_test(a_number_outside_a_service_has_its_own_url),
        cmocka_unit_test(a_service_without_an_inbound_url_drops_texts),
        cmocka_unit_test(twiml_answers_go_out_as_replies),
        cmocka_unit_test(an_answer_that_is_no_twiml_is_a_failure),
        cmocka_unit_test(stop_blocks_the_pool_of_a_service_and_start_undoes_it),
        cmocka_unit_test(stop_to_a_number_refuses_at_once),
        cmocka_unit_test(toll_free_numbers_know_start_but_not_yes),
        cmocka_unit_test(magic_handsets_answer_and_confirmations_do_not_loop),
        cmocka_unit_test(handsets_have_habits_of_their_own),
        cmocka_unit_test(callbacks_can_be_lost_doubled_late_and_forged),
        cmocka_unit_test(a_full_table_of_webhooks_drops_and_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

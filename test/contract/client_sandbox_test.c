/* Our client against the built-in Twilio: what one says, the other understands, and the ledger agrees. */
#include "sandbox/ledger.h"
#include "sandbox/server.h"
#include "twilio/alerts.h"
#include "twilio/credentials.h"
#include "twilio/numbers.h"
#include "twilio/provider_curl.h"
#include "twilio/services.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AC "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TOKEN "0123456789abcdef0123456789abcdef"
#define FROM "+14155550111"

enum { WAIT_MS = 20000, MESSAGES = 7 };

static struct clock now;
static struct sandbox_server *server;
static struct provider *provider;
static struct rest *rest;
static struct twilio_account account;
static struct fault fault;
static char service[TWILIO_SID_BYTES];
static uint64_t ledger_count;

static void seed(void *user, struct sandbox *sb, int64_t now_ms)
{
    struct sandbox_service_params params = {.friendly_name = STR("Main")};
    uint32_t made = 0, sender = 0;
    (void)user, (void)now_ms;
    assert_int_equal(sandbox_service_add(sb, 0, &params, &made), ERR_OK);
    assert_int_equal(sandbox_sender_add(sb, 0, STR(FROM), made, STR(""), &sender), ERR_OK);
    assert_int_equal(sandbox_sender_add(sb, 0, STR("+14155550112"), UINT32_MAX, STR(""), &sender), ERR_OK);
    snprintf(service, sizeof service, "%s", sandbox_service_sid(sb, made));
}

static void read_ledger(void *user, struct sandbox *sb, int64_t now_ms)
{
    (void)user, (void)now_ms;
    ledger_count = sandbox_ledger_count(sb);
}

static int begin(void **state)
{
    struct sandbox_server_config sandbox = sandbox_server_config_default();
    struct provider_curl_config c = {.clock = &now,
                                     .in_flight_max = 32,
                                     .timeout_ms = WAIT_MS,
                                     .connect_timeout_ms = WAIT_MS,
                                     .idle_max_ms = 20000};
    struct rest_config r = {.timeout_ms = WAIT_MS, .connect_timeout_ms = WAIT_MS, .tries_max = 1};
    struct twilio_credentials credentials = {.account_sid = STR(AC), .auth_token = STR(TOKEN)};
    char base[64];
    (void)state;

    clock_system(&now);
    sandbox.clock = &now;
    sandbox.model.account_sid = STR(AC);
    sandbox.model.auth_token = STR(TOKEN);
    server = sandbox_server_start(&sandbox, &fault);
    if (server == NULL) fail_msg("%s", fault.what);
    sandbox_server_with(server, seed, NULL);
    snprintf(base, sizeof base, "http://127.0.0.1:%u", sandbox_server_port(server));
    credentials.base_url = str_from(base);
    assert_int_equal(twilio_account_set(&account, &credentials, &fault), ERR_OK);
    assert_int_equal(provider_curl_new(&c, &provider, &fault), ERR_OK);
    assert_int_equal(provider_set_account(provider, 1, &account, &fault), ERR_OK);
    return rest_new(&r, &rest, &fault) == ERR_OK ? 0 : 1;
}

static int end(void **state)
{
    (void)state;
    provider_stop(provider);
    rest_free(rest);
    sandbox_server_stop(server);
    return 0;
}

/* One call and its answer; the caller frees it. */
static struct provider_answer ask(struct provider_request r)
{
    struct provider_answer out = {0};
    r.tag = 99;
    r.account = 1;
    assert_int_equal(provider_start(provider, &r), ERR_OK);
    assert_int_equal(provider_poll(provider, WAIT_MS, &out, 1), 1);
    return out;
}

static struct provider_answer create(const char *to, const char *body)
{
    return ask((struct provider_request){.call = PROVIDER_CREATE,
                                         .message = {.to = str_from(to),
                                                     .from = STR(FROM),
                                                     .body = str_from(body),
                                                     .messaging_service_sid = str_from(service),
                                                     .validity_s = 600}});
}

static void a_message_is_created_fetched_and_found_by_its_recipient(void **state)
{
    struct provider_answer a = create("+12125550199", "Grüße & 50% off"), b;
    (void)state;
    assert_int_equal(a.class, PROVIDER_CLASS_ACCEPTED);
    assert_int_equal(a.http_status, 201);
    assert_true(a.provider_date_ms > 0 && a.request_id[0] != '\0' && a.item.date_created_ms > 0);
    assert_string_equal(a.item.to, "+12125550199");
    assert_true(str_equal(a.item.body, STR("Grüße & 50% off")));
    b = ask((struct provider_request){.call = PROVIDER_FETCH, .sid = str_from(a.item.sid)});
    assert_int_equal(b.class, PROVIDER_CLASS_OK);
    assert_string_equal(b.item.sid, a.item.sid);
    assert_string_equal(b.item.messaging_service_sid, service);
    provider_answer_free(provider, &b);
    b = ask((struct provider_request){.call = PROVIDER_LIST, .list_to = STR("+12125550199")});
    assert_int_equal(b.class, PROVIDER_CLASS_OK);
    assert_int_equal(b.items_count, 1);
    assert_string_equal(b.items[0].sid, a.item.sid);
    assert_int_equal(b.next_page.len, 0);
    provider_answer_free(provider, &b);
    provider_answer_free(provider, &a);
}

static void refusals_carry_twilios_code(void **state)
{
    struct provider_answer a = create("+15005550", "x");
    (void)state;
    assert_int_equal(a.class, PROVIDER_CLASS_REJECTED);
    assert_int_equal(a.error_code, 21211);
    provider_answer_free(provider, &a);
    a = ask(
        (struct provider_request){.call = PROVIDER_FETCH, .sid = STR("SM00000000000000000000000000000000")});
    assert_int_equal(a.class, PROVIDER_CLASS_FAILED);
    assert_int_equal(a.error_code, 20404);
    provider_answer_free(provider, &a);
}

static void lists_are_paged_to_the_end_and_the_ledger_agrees(void **state)
{
    struct provider_request next = {.call = PROVIDER_LIST, .list_to = STR("+12125550150"), .page_size = 3};
    struct provider_answer a = {0};
    size_t found = 0, pages = 0;
    char link[1024] = "";
    uint64_t before;
    (void)state;
    sandbox_server_with(server, read_ledger, NULL);
    before = ledger_count;
    for (int i = 0; i < MESSAGES; i++) {
        a = create("+12125550150", "page me");
        assert_int_equal(a.class, PROVIDER_CLASS_ACCEPTED);
        provider_answer_free(provider, &a);
    }
    do {
        a = ask(next);
        assert_int_equal(a.class, PROVIDER_CLASS_OK);
        found += a.items_count;
        snprintf(link, sizeof link, STR_FMT, STR_ARG(a.next_page));
        next.list_page = str_from(link);
        provider_answer_free(provider, &a);
    } while (next.list_page.len > 0 && ++pages < 10);
    assert_int_equal(found, MESSAGES);
    assert_int_equal(pages, 2);
    sandbox_server_with(server, read_ledger, NULL);
    assert_int_equal(ledger_count - before, MESSAGES);
}

static void many_fly_at_once_and_none_is_lost_or_doubled(void **state)
{
    struct provider_answer out[32];
    uint64_t started = 0, answered = 0, before;
    (void)state;
    sandbox_server_with(server, read_ledger, NULL);
    before = ledger_count;
    while (answered < 300) {
        struct provider_request r = {.call = PROVIDER_CREATE, .account = 1, .tag = started + 1000};
        size_t count;
        r.message =
            (struct provider_message){.to = STR("+12125550177"), .from = STR(FROM), .body = STR("fast")};
        if (started < 300 && provider_start(provider, &r) == ERR_OK) {
            started++;
            continue;
        }
        count = provider_poll(provider, WAIT_MS, out, 32);
        assert_true(count > 0);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(out[i].class, PROVIDER_CLASS_ACCEPTED);
            provider_answer_free(provider, &out[i]);
        }
        answered += count;
    }
    sandbox_server_with(server, read_ledger, NULL);
    assert_int_equal(ledger_count - before, 300);
}

static enum err count_service(void *user, const struct twilio_service *s, struct fault *f)
{
    (void)f;
    assert_string_equal(s->sid, service);
    ++*(int *)user;
    return ERR_OK;
}

static enum err count_pool(void *user, const struct twilio_service_number *n, struct fault *f)
{
    (void)f;
    assert_true(n->sms);
    ++*(int *)user;
    return ERR_OK;
}

struct found_number {
    char sid[TWILIO_SID_BYTES];
    int count;
};

static enum err keep_number(void *user, const struct twilio_number *n, struct fault *f)
{
    struct found_number *found = user;
    (void)f;
    found->count++;
    if (strcmp(n->phone_number, "+14155550112") == 0) snprintf(found->sid, sizeof found->sid, "%s", n->sid);
    return ERR_OK;
}

#define OK(call)                                                                                             \
    do {                                                                                                     \
        if ((call) != ERR_OK) fail_msg("%s: %s", #call, fault.what);                                         \
    } while (0)

static void services_numbers_and_webhooks_are_managed(void **state)
{
    struct service_webhooks w = {.inbound_request_url = STR("http://127.0.0.1:1/in#rc=5"),
                                 .status_callback = STR("http://127.0.0.1:1/s")};
    struct found_number found = {0};
    struct twilio_service s;
    struct rest_answer answer;
    int services = 0, pool = 0;
    (void)state;
    OK(services_list(rest, &account, count_service, &services, &fault));
    assert_int_equal(services, 1);
    OK(numbers_list(rest, &account, STR(""), keep_number, &found, &fault));
    assert_int_equal(found.count, 2);
    OK(services_attach_number(rest, &account, str_from(service), str_from(found.sid), &fault));
    OK(services_attach_number(rest, &account, str_from(service), str_from(found.sid), &fault));
    OK(services_list_numbers(rest, &account, str_from(service), count_pool, &pool, &fault));
    assert_int_equal(pool, 2);
    OK(services_set_webhooks(rest, &account, str_from(service), &w, &fault));
    OK(services_fetch(rest, &account, str_from(service), &s, &answer, &fault));
    assert_true(str_equal(s.inbound_request_url, w.inbound_request_url));
    assert_false(s.use_inbound_webhook_on_number);
    rest_answer_free(&answer);
    OK(numbers_set_webhooks(rest, &account, str_from(found.sid), STR("http://127.0.0.1:1/in"), STR(""),
                            &fault));
}

static enum err count_alert(void *user, const struct twilio_alert *alert, struct fault *f)
{
    (void)f, (void)alert;
    ++*(int *)user;
    return ERR_OK;
}

static void credentials_and_alerts_are_asked_for(void **state)
{
    struct twilio_account_info info;
    struct alert_filter filter = {.from_ms = 1, .log_level = STR("error"), .pages_max = 10};
    struct twilio_account wrong = account;
    int alerts = 0;
    (void)state;
    OK(credentials_check(rest, &account, &info, &fault));
    assert_true(info.is_known);
    assert_string_equal(info.status, "active");
    OK(alerts_list(rest, &account, &filter, count_alert, &alerts, &fault));
    wrong.secret[0] = 'f';
    assert_int_equal(credentials_check(rest, &wrong, &info, &fault), ERR_DENIED);
}

static void a_probe_and_a_redaction_are_understood(void **state)
{
    struct provider_answer a = ask((struct provider_request){.call = PROVIDER_PROBE}), b;
    (void)state;
    assert_int_equal(a.class, PROVIDER_CLASS_OK);
    provider_answer_free(provider, &a);
    a = create("+12125550123", "cannot be canceled");
    b = ask((struct provider_request){.call = PROVIDER_CANCEL, .sid = str_from(a.item.sid)});
    assert_int_equal(b.class, PROVIDER_CLASS_REJECTED);
    provider_answer_free(provider, &b);
    provider_answer_free(provider, &a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_created_fetched_and_found_by_its_recipient),
        cmocka_unit_test(refusals_carry_twilios_code),
        cmocka_unit_test(lists_are_paged_to_the_end_and_the_ledger_agrees),
        cmocka_unit_test(many_fly_at_once_and_none_is_lost_or_doubled),
        cmocka_unit_test(services_numbers_and_webhooks_are_managed),
        cmocka_unit_test(credentials_and_alerts_are_asked_for),
        cmocka_unit_test(a_probe_and_a_redaction_are_understood),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

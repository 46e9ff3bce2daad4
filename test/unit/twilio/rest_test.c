/* Blocking calls against a scripted peer: reads are tried again, writes never, lists are walked to the end.
 */
#include "../../story/peer.h"
#include "twilio/alerts.h"
#include "twilio/credentials.h"
#include "twilio/numbers.h"
#include "twilio/services.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AC "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SK "SKbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define MG "MGcccccccccccccccccccccccccccccccc"
#define PN "PNdddddddddddddddddddddddddddddddd"
#define NO "NOeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"

static struct peer_config script;
static struct peer *peer;
static struct rest *rest;
static struct twilio_account account;
static struct fault fault;
static int64_t waits[16];
static size_t waits_count, waits_allowed;
static char texts[16][4096];
static size_t texts_count;

static bool wait_recorded(void *owner, int64_t ms)
{
    (void)owner;
    if (waits_count < 16) waits[waits_count] = ms;
    return waits_count++ < waits_allowed;
}

static int begin(void **state)
{
    (void)state;
    script = (struct peer_config){.count = 1};
    waits_count = texts_count = 0;
    waits_allowed = 16;
    fault = (struct fault){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    rest_free(rest);
    peer_free(peer);
    rest = NULL;
    peer = NULL;
    return 0;
}

/* One more request on the connection, answered so. */
static void answer(int status, const char *headers, const char *body)
{
    struct peer_script *s = &script.scripts[script.count - 1];
    snprintf(texts[texts_count], sizeof texts[0], "HTTP/1.1 %d X\r\n%sContent-Length: %zu\r\n\r\n%s", status,
             headers, strlen(body), body);
    s->steps[s->count++] = (struct peer_step){.kind = PEER_READ_REQUEST};
    s->steps[s->count++] =
        (struct peer_step){.kind = PEER_SEND, .text = str_from(texts[texts_count++]), .times = 1};
}

static void then(enum peer_step_kind kind)
{
    struct peer_script *s = &script.scripts[script.count - 1];
    s->steps[s->count++] = (struct peer_step){.kind = kind};
}

static void go_as(struct str key)
{
    char base[64];
    struct rest_config c = {.timeout_ms = 5000,
                            .connect_timeout_ms = 5000,
                            .tries_max = 4,
                            .retry_first_ms = 100,
                            .retry_max_ms = 300,
                            .seed = 1,
                            .wait = wait_recorded};
    struct twilio_credentials credentials = {
        .account_sid = STR(AC), .auth_token = STR("token"), .key_sid = key, .key_secret = key};
    peer = peer_start(&script);
    assert_non_null(peer);
    snprintf(base, sizeof base, "http://127.0.0.1:%d/double", peer_port(peer));
    credentials.base_url = str_from(base);
    assert_int_equal(twilio_account_set(&account, &credentials, &fault), ERR_OK);
    assert_int_equal(rest_new(&c, &rest, &fault), ERR_OK);
}

static void go(void)
{
    go_as((struct str){NULL, 0});
}

static void finish(void)
{
    rest_free(rest);
    rest = NULL;
    peer_join(peer);
    if (peer_failure(peer) != NULL) fail_msg("%s", peer_failure(peer));
}

static void assert_request(size_t at, const char *start, const char *finish_with)
{
    struct str got = peer_request(peer, at);
    if (!str_starts(got, str_from(start)) || !str_ends(got, str_from(finish_with)))
        fail_msg("request %zu is\n%.*s", at, (int)got.len, got.at);
}

static void assert_words(const char *words)
{
    if (strstr(fault.what, words) == NULL) fail_msg("'%s' lacks '%s'", fault.what, words);
}

static enum err get(const char *target, struct rest_answer *out)
{
    struct rest_call call = {.product = TWILIO_MESSAGING, .target = str_from(target)};
    return rest_do(rest, &account, &call, out, &fault);
}

/* ---- trying again ---------------------------------------------------------------------------------- */

static void a_get_is_tried_again_until_it_is_answered(void **state)
{
    struct rest_answer a;
    (void)state;
    answer(500, "", "{\"code\":20500,\"message\":\"m\"}");
    answer(429, "Retry-After: 2\r\n", "{\"code\":20429,\"message\":\"m\"}");
    then(PEER_READ_REQUEST);
    then(PEER_CLOSE);
    script.count = 2; /* libcurl itself asks again once on a connection that died: harmless for a GET */
    answer(200, "", "{\"ok\":true}");
    go();
    assert_int_equal(get("/v1/Services", &a), ERR_OK);
    assert_true(json_is_true(json_object_get(a.json, "ok")));
    assert_int_equal(a.class, PROVIDER_CLASS_OK);
    rest_answer_free(&a);
    assert_int_equal(waits_count, 2);
    assert_true(waits[0] >= 50 && waits[0] <= 100);
    assert_int_equal(waits[1], 2000);
    finish();
}

static void retries_end_at_their_bound_with_the_last_reason(void **state)
{
    struct rest_answer a;
    (void)state;
    for (int i = 0; i < 4; i++)
        answer(503, "", "<html>");
    go();
    assert_int_equal(get("/v1/Services?X=%2B1415", &a), ERR_UNAVAILABLE);
    assert_words("GET /v1/Services was answered 503");
    assert_null(strstr(fault.what, "1415"));
    assert_int_equal(waits_count, 3);
    assert_true(waits[2] >= 150 && waits[2] <= 300);
    finish();
}

static void waiting_can_be_ended(void **state)
{
    struct rest_answer a;
    (void)state;
    answer(503, "", "{}");
    waits_allowed = 0;
    go();
    assert_int_equal(get("/v1/Services", &a), ERR_CANCELED);
    finish();
}

static void a_post_is_never_tried_again(void **state)
{
    struct rest_answer a;
    struct buf form;
    struct rest_call call = {.product = TWILIO_MESSAGING, .target = STR("/v1/Services"), .form = &form};
    (void)state;
    answer(503, "", "{\"code\":20503,\"message\":\"m\"}");
    go();
    buf_init(&form, 100);
    buf_add_text(&form, "FriendlyName=x");
    assert_int_equal(rest_do(rest, &account, &call, &a, &fault), ERR_UNAVAILABLE);
    assert_int_equal(a.class, PROVIDER_CLASS_IN_DOUBT);
    assert_int_equal(waits_count, 0);
    finish();
    assert_int_equal(peer_requests(peer), 1);
    assert_request(0, "POST /double/v1/Services HTTP/1.1\r\n", "\r\n\r\nFriendlyName=x");
    buf_free(&form);
}

static void a_post_is_not_repeated_on_a_dead_connection(void **state)
{
    struct rest_answer a;
    struct buf form;
    struct rest_call call = {.product = TWILIO_MESSAGING, .target = STR("/v1/Services"), .form = &form};
    (void)state;
    answer(200, "", "{}");
    then(PEER_READ_REQUEST);
    then(PEER_CLOSE);
    script.count = 2;
    then(PEER_SILENCE);
    go();
    buf_init(&form, 100);
    buf_add_text(&form, "FriendlyName=x");
    assert_int_equal(get("/v1/Services", &a), ERR_OK);
    rest_answer_free(&a);
    assert_int_equal(rest_do(rest, &account, &call, &a, &fault), ERR_UNAVAILABLE);
    assert_int_equal(a.class, PROVIDER_CLASS_IN_DOUBT);
    finish();
    assert_int_equal(peer_requests(peer), 2);
    buf_free(&form);
}

static enum err take_away(struct rest_answer *out)
{
    struct rest_call call = {.product = TWILIO_MESSAGING, .target = STR("/v1/Services/" MG), .removes = true};
    return rest_do(rest, &account, &call, out, &fault);
}

static void what_is_taken_away_is_answered_without_a_body(void **state)
{
    struct rest_answer a;
    (void)state;
    answer(204, "", "");
    answer(200, "", "{\"ok\":true}");
    answer(404, "", "{\"code\":20404,\"message\":\"not found\"}");
    answer(500, "", "{\"code\":20500,\"message\":\"m\"}");
    go();
    assert_int_equal(take_away(&a), ERR_OK);
    assert_int_equal(a.class, PROVIDER_CLASS_ACCEPTED);
    assert_null(a.json);
    assert_int_equal(get("/v1/Services", &a), ERR_OK);
    rest_answer_free(&a);
    assert_int_equal(take_away(&a), ERR_NOT_FOUND);
    assert_words("DELETE /v1/Services/" MG " was answered 404, error 20404: not found");
    assert_int_equal(take_away(&a), ERR_UNAVAILABLE);
    assert_int_equal(a.class, PROVIDER_CLASS_IN_DOUBT);
    assert_int_equal(waits_count, 0); /* and not tried again: there is no fifth answer */
    finish();
    assert_request(0, "DELETE /double/v1/Services/" MG " HTTP/1.1", "\r\n\r\n");
    assert_request(1, "GET ", "\r\n\r\n");
}

static void statuses_become_errors_with_twilios_words(void **state)
{
    static const struct {
        int status;
        enum err expected;
    } rows[] = {
        {400, ERR_INVALID}, {401, ERR_DENIED}, {403, ERR_DENIED}, {404, ERR_NOT_FOUND}, {409, ERR_CONFLICT}};
    struct rest_answer a;
    (void)state;
    for (size_t i = 0; i < 5; i++)
        answer(rows[i].status, "", "{\"code\":20404,\"message\":\"it is gone\"}");
    answer(307, "Location: /elsewhere\r\n", "{}");
    waits_allowed = 0;
    go();
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(get("/v1/Services", &a), rows[i].expected);
        assert_int_equal(a.error_code, 20404);
        assert_words("error 20404: it is gone");
    }
    assert_int_equal(get("/v1/Services", &a), ERR_CANCELED); /* 3xx is not followed, and worth a retry */
    finish();
}

/* A proxy or an edge that says 401 or 403 in its own words says nothing about an account. */
static void a_denial_of_somebody_else_is_no_denial(void **state)
{
    struct twilio_account_info info;
    struct rest_answer a;
    (void)state;
    answer(403, "", "<html>blocked by policy</html>");
    answer(401, "", "");
    answer(403, "", "{\"code\":20006,\"message\":\"Access Denied\",\"status\":403}");
    answer(401, "", "{\"code\":20003,\"message\":\"Authenticate\",\"status\":401}");
    go();
    assert_int_equal(take_away(&a), ERR_UNAVAILABLE);
    assert_words("403 with something else than Twilio's JSON");
    assert_int_equal(credentials_check(rest, &account, &info, &fault), ERR_DENIED); /* at its second try */
    assert_int_equal(info.error_code, 20006);
    assert_int_equal(credentials_check(rest, &account, &info, &fault), ERR_DENIED);
    assert_int_equal(info.error_code, TWILIO_NOT_AUTHENTICATED);
    finish();
}

/* ---- lists ----------------------------------------------------------------------------------------- */

static enum err count_item(void *user, const json_t *item, struct fault *f)
{
    (void)item, (void)f;
    ++*(int *)user;
    return ERR_OK;
}

static void lists_are_walked_through_their_links(void **state)
{
    struct rest_list list = {TWILIO_MESSAGING, STR("/v1/Services?PageSize=2"), "services", 5};
    int count = 0;
    (void)state;
    answer(200, "",
           "{\"services\":[1,2],\"meta\":{\"key\":\"services\",\"next_page_url\":"
           "\"https://messaging.twilio.com/v1/Services?PageSize=2&Page=1&PageToken=x\"}}");
    answer(200, "", "{\"services\":[3],\"meta\":{\"key\":\"services\",\"next_page_url\":null}}");
    go();
    assert_int_equal(rest_each(rest, &account, &list, count_item, &count, &fault), ERR_OK);
    assert_int_equal(count, 3);
    finish();
    assert_request(0, "GET /double/v1/Services?PageSize=2 HTTP/1.1\r\n", "\r\n\r\n");
    assert_request(1, "GET /double/v1/Services?PageSize=2&Page=1&PageToken=x HTTP/1.1\r\n", "\r\n\r\n");
}

static void endless_and_circular_lists_end(void **state)
{
    struct rest_list list = {TWILIO_MESSAGING, STR("/v1/Services"), "services", 2};
    int count = 0;
    (void)state;
    answer(200, "", "{\"services\":[1],\"meta\":{\"key\":\"services\",\"next_page_url\":\"/v1/Services\"}}");
    answer(200, "",
           "{\"services\":[1],\"meta\":{\"key\":\"services\",\"next_page_url\":\"/v1/Services?Page=1\"}}");
    answer(200, "",
           "{\"services\":[1],\"meta\":{\"key\":\"services\",\"next_page_url\":\"/v1/Services?Page=2\"}}");
    answer(200, "", "{\"alerts\":[1],\"meta\":{\"key\":\"alerts\",\"next_page_url\":null}}");
    go();
    assert_int_equal(rest_each(rest, &account, &list, count_item, &count, &fault), ERR_UNAVAILABLE);
    assert_words("leads nowhere");
    assert_int_equal(rest_each(rest, &account, &list, count_item, &count, &fault), ERR_LIMIT);
    assert_words("more than 2 pages");
    assert_int_equal(rest_each(rest, &account, &list, count_item, &count, &fault), ERR_UNAVAILABLE);
    assert_words("that is none");
    finish();
}

/* ---- resources ------------------------------------------------------------------------------------- */

static enum err take_service(void *user, const struct twilio_service *s, struct fault *f)
{
    (void)f;
    assert_string_equal(s->sid, MG);
    assert_true(str_equal(s->friendly_name, STR("Main")));
    assert_true(s->a2p_registered && s->use_inbound_webhook_on_number && s->inbound_request_url.len == 0);
    ++*(int *)user;
    return ERR_OK;
}

static enum err take_number(void *user, const struct twilio_service_number *n, struct fault *f)
{
    (void)f;
    assert_string_equal(n->sid, PN);
    assert_string_equal(n->phone_number, "+14155550100");
    assert_string_equal(n->country, "US");
    assert_true(n->sms);
    ++*(int *)user;
    return ERR_OK;
}

#define SERVICE                                                                                              \
    "{\"sid\":\"" MG "\",\"friendly_name\":\"Main\",\"inbound_request_url\":null,"                           \
    "\"use_inbound_webhook_on_number\":true,\"us_app_to_person_registered\":true,\"validity_period\":14400}"

static void services_and_their_numbers_are_read(void **state)
{
    struct twilio_service one;
    struct rest_answer a;
    int services = 0, numbers = 0;
    (void)state;
    answer(200, "", "{\"services\":[" SERVICE "],\"meta\":{\"key\":\"services\",\"next_page_url\":null}}");
    answer(
        200, "",
        "{\"phone_numbers\":[{\"sid\":\"" PN "\",\"phone_number\":\"+14155550100\",\"country_code\":\"US\","
        "\"capabilities\":[\"MMS\",\"SMS\"]}],\"meta\":{\"key\":\"phone_numbers\",\"next_page_url\":null}}");
    answer(200, "", SERVICE);
    go();
    assert_int_equal(services_list(rest, &account, take_service, &services, &fault), ERR_OK);
    assert_int_equal(services_list_numbers(rest, &account, STR(MG), take_number, &numbers, &fault), ERR_OK);
    assert_int_equal(services_fetch(rest, &account, STR(MG), &one, &a, &fault), ERR_OK);
    assert_int_equal(one.validity_period_s, 14400);
    rest_answer_free(&a);
    assert_true(services == 1 && numbers == 1);
    assert_int_equal(services_fetch(rest, &account, STR("MG/../x"), &one, &a, &fault), ERR_INVALID);
    finish();
    assert_request(1, "GET /double/v1/Services/" MG "/PhoneNumbers?PageSize=100 HTTP/1.1\r\n", "\r\n\r\n");
}

static void numbers_are_attached_once(void **state)
{
    (void)state;
    answer(201, "", "{\"sid\":\"" PN "\"}");
    answer(409, "", "{\"code\":21710,\"message\":\"already\",\"status\":409}");
    answer(409, "", "{\"code\":21712,\"message\":\"another\",\"status\":409}");
    answer(404, "", "{\"code\":20404,\"message\":\"no\",\"status\":404}");
    go();
    assert_int_equal(services_attach_number(rest, &account, STR(MG), STR(PN), &fault), ERR_OK);
    assert_int_equal(services_attach_number(rest, &account, STR(MG), STR(PN), &fault), ERR_OK);
    assert_int_equal(services_attach_number(rest, &account, STR(MG), STR(PN), &fault), ERR_CONFLICT);
    assert_words("another messaging service");
    assert_int_equal(services_attach_number(rest, &account, STR(MG), STR(PN), &fault), ERR_NOT_FOUND);
    assert_int_equal(services_attach_number(rest, &account, STR(MG), STR("PN"), &fault), ERR_INVALID);
    finish();
    assert_request(0, "POST /double/v1/Services/" MG "/PhoneNumbers HTTP/1.1\r\n",
                   "\r\n\r\nPhoneNumberSid=" PN);
}

static void webhooks_are_set_on_services_and_numbers(void **state)
{
    struct service_webhooks w = {.inbound_request_url = STR("https://h/i#rc=5"),
                                 .status_callback = STR("https://h/s")};
    (void)state;
    answer(200, "", SERVICE);
    answer(200, "", "{\"sid\":\"" PN "\"}");
    go();
    assert_int_equal(services_set_webhooks(rest, &account, STR(MG), &w, &fault), ERR_OK);
    assert_int_equal(
        numbers_set_webhooks(rest, &account, STR(PN), STR("https://h/i"), STR("https://h/f"), &fault),
        ERR_OK);
    assert_int_equal(services_set_webhooks(rest, &account, STR(MG), &(struct service_webhooks){0}, &fault),
                     ERR_OK);
    finish();
    assert_int_equal(peer_requests(peer), 2);
    assert_request(0, "POST /double/v1/Services/" MG " HTTP/1.1\r\n",
                   "\r\n\r\nInboundRequestUrl=https%3A%2F%2Fh%2Fi%23rc%3D5&InboundMethod=POST"
                   "&UseInboundWebhookOnNumber=false&StatusCallback=https%3A%2F%2Fh%2Fs");
    assert_request(1, "POST /double/2010-04-01/Accounts/" AC "/IncomingPhoneNumbers/" PN ".json HTTP/1.1\r\n",
                   "\r\n\r\nSmsUrl=https%3A%2F%2Fh%2Fi&SmsMethod=POST&SmsFallbackUrl=https%3A%2F%2Fh%2Ff&"
                   "SmsFallbackMethod=POST");
}

static enum err take_own_number(void *user, const struct twilio_number *n, struct fault *f)
{
    (void)f;
    assert_string_equal(n->phone_number, "+14155550100");
    assert_true(n->sms && n->mms && !n->voice);
    assert_true(str_equal(n->sms_url, STR("https://h/i")) && n->sms_application_sid.len == 0);
    ++*(int *)user;
    return ERR_OK;
}

static void own_numbers_are_listed(void **state)
{
    int count = 0;
    (void)state;
    answer(200, "",
           "{\"incoming_phone_numbers\":[{\"sid\":\"" PN "\",\"phone_number\":\"+14155550100\","
           "\"sms_url\":\"https://h/i\",\"sms_application_sid\":\"\","
           "\"capabilities\":{\"SMS\":true,\"mms\":true,\"voice\":false}}],"
           "\"next_page_uri\":\"/2010-04-01/Accounts/" AC "/IncomingPhoneNumbers.json?Page=1\"}");
    answer(200, "", "{\"incoming_phone_numbers\":[],\"next_page_uri\":null}");
    answer(200, "", "{\"incoming_phone_numbers\":[{\"sid\":null}],\"next_page_uri\":null}");
    go();
    assert_int_equal(numbers_list(rest, &account, STR("+1415*"), take_own_number, &count, &fault), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(numbers_list(rest, &account, STR(""), take_own_number, &count, &fault), ERR_UNAVAILABLE);
    finish();
    assert_request(0,
                   "GET /double/2010-04-01/Accounts/" AC
                   "/IncomingPhoneNumbers.json?PageSize=1000&PhoneNumber=%2B1415%2A "
                   "HTTP/1.1\r\n",
                   "\r\n\r\n");
}

static enum err take_alert(void *user, const struct twilio_alert *alert, struct fault *f)
{
    (void)f;
    assert_int_equal(alert->error_code, 11200);
    assert_string_equal(alert->resource_sid, "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_true(str_equal(alert->request_url, STR("https://h/i")));
    assert_true(alert->date_generated_ms == 1692853305000);
    ++*(int *)user;
    return ERR_OK;
}

static void alerts_about_webhooks_are_listed(void **state)
{
    struct alert_filter filter = {.from_ms = 1692853305000, .log_level = STR("error"), .pages_max = 3};
    int count = 0;
    (void)state;
    answer(200, "",
           "{\"alerts\":[{\"sid\":\"" NO "\",\"error_code\":\"11200\",\"log_level\":\"error\","
           "\"resource_sid\":\"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"request_url\":\"https://h/i\","
           "\"date_generated\":\"2023-08-24T05:01:45Z\"}],\"meta\":{\"key\":\"alerts\",\"next_page_url\":"
           "null}}");
    go();
    assert_int_equal(alerts_list(rest, &account, &filter, take_alert, &count, &fault), ERR_OK);
    assert_int_equal(count, 1);
    finish();
    assert_request(
        0,
        "GET /double/v1/Alerts?PageSize=1000&LogLevel=error&StartDate=2023-08-24T05%3A01%3A45Z HTTP/1.1\r\n",
        "\r\n\r\n");
}

static void credentials_are_judged_in_words(void **state)
{
    struct twilio_account_info info;
    (void)state;
    answer(200, "", "{\"sid\":\"" AC "\",\"status\":\"active\",\"type\":\"Full\",\"friendly_name\":\"Us\"}");
    answer(200, "", "{\"sid\":\"" AC "\",\"status\":\"suspended\"}");
    answer(401, "", "{\"code\":20003,\"message\":\"Authenticate\",\"status\":401}");
    answer(403, "", "{\"code\":20008,\"message\":\"test\",\"status\":403}");
    go();
    assert_int_equal(credentials_check(rest, &account, &info, &fault), ERR_OK);
    assert_true(info.is_known);
    assert_string_equal(info.type, "Full");
    assert_int_equal(credentials_check(rest, &account, &info, &fault), ERR_DENIED);
    assert_words("suspended");
    assert_int_equal(credentials_check(rest, &account, &info, &fault), ERR_DENIED);
    assert_words("auth token is the current one of " AC);
    assert_int_equal(credentials_check(rest, &account, &info, &fault), ERR_OK);
    assert_false(info.is_known);
    finish();
    assert_request(0, "GET /double/2010-04-01/Accounts/" AC ".json HTTP/1.1\r\n", "\r\n\r\n");
}

static void an_api_key_is_checked_by_what_it_may_do(void **state)
{
    struct twilio_account_info info;
    (void)state;
    answer(200, "", "{\"messages\":[],\"next_page_uri\":null}");
    go_as(STR(SK));
    assert_int_equal(credentials_check(rest, &account, &info, &fault), ERR_OK);
    assert_false(info.is_known);
    finish();
    assert_request(0, "GET /double/2010-04-01/Accounts/" AC "/Messages.json?PageSize=1 HTTP/1.1\r\n",
                   "\r\n\r\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_get_is_tried_again_until_it_is_answered),
        TEST(retries_end_at_their_bound_with_the_last_reason),
        TEST(waiting_can_be_ended),
        TEST(a_denial_of_somebody_else_is_no_denial),
        TEST(a_post_is_never_tried_again),
        TEST(a_post_is_not_repeated_on_a_dead_connection),
        TEST(what_is_taken_away_is_answered_without_a_body),
        TEST(statuses_become_errors_with_twilios_words),
        TEST(lists_are_walked_through_their_links),
        TEST(endless_and_circular_lists_end),
        TEST(services_and_their_numbers_are_read),
        TEST(numbers_are_attached_once),
        TEST(webhooks_are_set_on_services_and_numbers),
        TEST(own_numbers_are_listed),
        TEST(alerts_about_webhooks_are_listed),
        TEST(credentials_are_judged_in_words),
        TEST(an_api_key_is_checked_by_what_it_may_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

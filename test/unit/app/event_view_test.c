/* Events as tenants see them: the same shape for every kind, ids that never change, nothing secret, and only
 * an id where the thing itself is gone. */
#include "app/event_view.h"
#include "app/onboarding_progress.h"

#include "house.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static json_t *rendered(const struct event *e)
{
    struct buf out;
    json_t *root;
    buf_init(&out, 65536);
    event_render(&h.ids, h.reader, &h.text, e, &out);
    assert_int_equal(buf_check(&out), ERR_OK);
    root = json_loadb(out.at, out.len, 0, NULL);
    assert_non_null(root);
    buf_free(&out);
    return root;
}

static const char *text_at(json_t *root, const char *name)
{
    return json_string_value(json_object_get(root, name));
}

static void assert_type(struct event e, const char *wanted)
{
    char type[EVENT_TYPE_BYTES];
    event_type_format(&e, type);
    assert_string_equal(type, wanted);
}

static void every_kind_has_its_type(void **state)
{
    (void)state;
    assert_type((struct event){.type = EVENT_MESSAGE, .state = MESSAGE_DELIVERED}, "message.delivered");
    assert_type((struct event){.type = EVENT_CAMPAIGN, .state = CAMPAIGN_PAUSED}, "campaign.paused");
    assert_type((struct event){.type = EVENT_CAMPAIGN, .state = 99}, "campaign.unknown");
    assert_type((struct event){.type = EVENT_INBOUND, .state = INBOUND_STOP}, "inbound.received");
    assert_type((struct event){.type = EVENT_CONSENT, .state = CONSENT_OPT_OUT}, "consent.opted_out");
    assert_type((struct event){.type = EVENT_CONSENT, .state = CONSENT_OPT_IN}, "consent.opted_in");
    assert_type((struct event){.type = EVENT_IMPORT, .state = IMPORT_FAILED}, "import.failed");
    assert_type((struct event){.type = EVENT_NUMBER, .state = OWNED_QUARANTINED}, "number.quarantined");
    assert_type((struct event){.type = EVENT_DRIFT, .ref = 2}, "drift.found");
    assert_type((struct event){.type = EVENT_DRIFT}, "drift.none");
    assert_type((struct event){.type = EVENT_ACCOUNT, .state = ORG_SUSPENDED}, "account.suspended");
}

static void a_message_tells_its_state_and_code_but_not_its_text(void **state)
{
    int64_t now_ms = clock_wall_ms(&h.clock);
    struct program p[1];
    size_t count = 1;
    struct change_admit change = {.head = {.kind = CHANGE_ADMIT}};
    struct event e = {.id = 7, .org = h.org, .type = EVENT_MESSAGE, .state = MESSAGE_UNDELIVERED,
                      .code = 30003, .campaign = 0, .at_ms = INT64_C(1772357400123)};
    json_t *root, *data;
    (void)state;
    assert_int_equal(h.store->ops->programs(h.reader, &h.text, h.org, 0, p, &count), ERR_OK);
    change.message = (struct message){.org = h.org, .program = p[0].id, .number = 14155550701,
                                      .kind = KIND_TRANSACTIONAL, .state = MESSAGE_QUEUED,
                                      .segments = 2, .created_ms = now_ms, .send_at_ms = now_ms,
                                      .expires_ms = now_ms + 3600000, .body = STR("a private matter")};
    house_change(&h, &change.head, ERR_OK);
    e.ref = change.message.id;
    root = rendered(&e);
    data = json_object_get(root, "data");
    assert_string_equal(text_at(root, "type"), "message.undelivered");
    assert_string_equal(text_at(root, "at"), "2026-03-01T09:30:00.123Z");
    assert_int_equal(strncmp(text_at(root, "id"), "evt_", 4), 0);
    assert_int_equal(strncmp(text_at(data, "message"), "msg_", 4), 0);
    assert_true(json_is_null(json_object_get(data, "campaign")));
    assert_int_equal(json_integer_value(json_object_get(data, "error_code")), 30003);
    assert_string_equal(text_at(data, "to"), "+14155550701");
    assert_int_equal(json_integer_value(json_object_get(data, "segments")), 2);
    assert_null(json_object_get(data, "body"));
    json_decref(root);
}

static void a_message_that_is_gone_leaves_its_id(void **state)
{
    struct event e = {.id = 8, .org = h.org, .type = EVENT_MESSAGE, .ref = 12345, .campaign = 9,
                      .state = MESSAGE_SENT, .at_ms = 1};
    json_t *root = rendered(&e), *data = json_object_get(root, "data");
    (void)state;
    assert_non_null(text_at(data, "message"));
    assert_int_equal(strncmp(text_at(data, "campaign"), "cmp_", 4), 0);
    assert_null(json_object_get(data, "to"));
    json_decref(root);
}

static void an_inbound_text_comes_with_its_words_and_its_keyword(void **state)
{
    struct change_inbound change = {
        .head = {.kind = CHANGE_INBOUND},
        .inbound = {.org = h.org, .sid = "SM00000000000000000000000000000071", .from = 14155550702,
                    .to = "+14155550000", .body = STR("is it \"open\"?"), .at_ms = 5, .received_ms = 6},
        .sender = h.sender};
    struct event e = {.id = 9, .org = h.org, .type = EVENT_INBOUND, .state = INBOUND_TEXT, .at_ms = 6};
    json_t *root, *data;
    (void)state;
    house_change(&h, &change.head, ERR_OK);
    e.ref = change.inbound.id;
    root = rendered(&e);
    data = json_object_get(root, "data");
    assert_string_equal(text_at(data, "from"), "+14155550702");
    assert_string_equal(text_at(data, "to"), "+14155550000");
    assert_string_equal(text_at(data, "body"), "is it \"open\"?");
    assert_true(json_is_null(json_object_get(data, "keyword"))); /* as everywhere in the API */
    json_decref(root);
    e.state = INBOUND_STOP;
    root = rendered(&e);
    assert_string_equal(text_at(json_object_get(root, "data"), "keyword"), "stop");
    json_decref(root);
}

static void campaign_consent_and_import_tell_what_they_are(void **state)
{
    struct event e = {.id = 10, .org = h.org, .type = EVENT_CONSENT, .ref = 14155550703,
                      .state = CONSENT_OPT_IN, .at_ms = 6};
    struct change_import import = {.head = {.kind = CHANGE_IMPORT},
                                   .job = {.org = h.org, .state = IMPORT_RUNNING, .region = "US",
                                           .file = STR("spool/x"), .rows = 12, .rejected = 3, .created_ms = 1}};
    struct program p[1];
    size_t count = 1;
    struct change_campaign campaign = {.head = {.kind = CHANGE_CAMPAIGN}};
    json_t *root = rendered(&e), *data;
    (void)state;
    assert_string_equal(text_at(json_object_get(root, "data"), "number"), "+14155550703");
    assert_string_equal(text_at(json_object_get(root, "data"), "state"), "opted_in");
    json_decref(root);
    house_change(&h, &import.head, ERR_OK);
    e = (struct event){.id = 11, .org = h.org, .type = EVENT_IMPORT, .ref = import.job.id,
                       .state = IMPORT_RUNNING, .at_ms = 7};
    root = rendered(&e);
    data = json_object_get(root, "data");
    assert_int_equal(json_integer_value(json_object_get(data, "rows")), 12);
    assert_true(json_is_null(json_object_get(data, "why")));
    json_decref(root);
    assert_int_equal(h.store->ops->programs(h.reader, &h.text, h.org, 0, p, &count), ERR_OK);
    campaign.campaign = (struct campaign){.org = h.org, .program = p[0].id, .name = STR("Sale"),
                                          .kind = KIND_MARKETING, .template_text = STR("Hi"),
                                          .state = CAMPAIGN_DRAFT, .validity_s = 60, .created_ms = 1};
    house_change(&h, &campaign.head, ERR_OK);
    e = (struct event){.id = 12, .org = h.org, .type = EVENT_CAMPAIGN, .ref = campaign.campaign.id,
                       .state = CAMPAIGN_RUNNING, .at_ms = 8};
    root = rendered(&e);
    data = json_object_get(root, "data");
    assert_string_equal(text_at(data, "name"), "Sale");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(data, "counts"), "delivered")), 0);
    json_decref(root);
}

static void a_number_and_a_drift_tell_what_they_are(void **state)
{
    struct owned_number n = {.state = OWNED_FAILED, .kind = OWNED_LOCAL, .why = STR("none there"), .code = 21452};
    struct change_owned change = {.head = {.kind = CHANGE_OWNED}, .org = h.org, .rows = &n, .count = 1};
    struct event e = {.id = 13, .org = h.org, .type = EVENT_NUMBER, .state = OWNED_FAILED, .code = 21452, .at_ms = 9};
    json_t *root, *data;
    (void)state;
    house_change(&h, &change.head, ERR_OK);
    e.ref = n.id;
    root = rendered(&e);
    data = json_object_get(root, "data");
    assert_string_equal(text_at(data, "why"), "none there");
    assert_int_equal(strncmp(text_at(data, "number_id"), "num_", 4), 0);
    assert_true(json_is_null(json_object_get(data, "number")));
    json_decref(root);
    e = (struct event){.id = 14, .org = h.org, .type = EVENT_DRIFT, .ref = 3, .code = 1, .at_ms = 9};
    root = rendered(&e);
    data = json_object_get(root, "data");
    assert_int_equal(json_integer_value(json_object_get(data, "found")), 3);
    assert_int_equal(json_integer_value(json_object_get(data, "repaired")), 1);
    json_decref(root);
}

/* A dashboard shows a registration and an account moving by their events alone. */
static void a_registration_and_an_account_tell_where_they_are(void **state)
{
    struct change_registration g = {.head = {.kind = CHANGE_REGISTRATION}};
    struct change_account w = {.head = {.kind = CHANGE_ACCOUNT}};
    struct onboarding_progress p = {.score = -1};
    struct event e = {.id = 15, .org = h.org, .type = EVENT_REGISTRATION, .state = ONBOARDING_WAITING, .at_ms = 9};
    struct program programs[1];
    size_t count = 1;
    struct buf text;
    json_t *root, *data;

    (void)state;
    p.made[STEP_PROFILE] = (struct onboarding_made){.mark = MARK_DONE, .at_ms = 5, .sid = "BU1"};
    p.made[STEP_BRAND] = (struct onboarding_made){.mark = MARK_DONE, .at_ms = 8, .sid = "BN1"};
    buf_init(&text, ONBOARDING_PROGRESS_BYTES_MAX);
    onboarding_progress_write(&p, &text);
    assert_int_equal(h.store->ops->programs(h.reader, &h.text, h.org, 0, programs, &count), ERR_OK);
    g.registration = (struct registration){.org = h.org, .program = programs[0].id, .kind = BRAND_STANDARD,
                                           .state = ONBOARDING_WAITING, .facts = STR("{}"), .why = STR("in review"),
                                           .progress = buf_str(&text), .created_ms = 1, .updated_ms = 1};
    house_change(&h, &g.head, ERR_OK);
    buf_free(&text);
    e.ref = g.registration.id;
    root = rendered(&e);
    data = json_object_get(root, "data");
    assert_string_equal(text_at(data, "step"), "brand");
    assert_int_equal(json_integer_value(json_object_get(data, "steps_done")), 2);
    assert_string_equal(text_at(data, "why"), "in review");
    json_decref(root);
    w.work = (struct account_work){.org = h.org, .standing = STANDING_SUSPENDED, .why = STR("by Twilio"),
                                   .progress = STR("{\"wish\":\"close\"}"), .updated_ms = 9};
    house_change(&h, &w.head, ERR_OK);
    e = (struct event){.id = 16, .org = h.org, .type = EVENT_ACCOUNT, .ref = STANDING_SUSPENDED,
                       .state = ORG_SUSPENDED, .at_ms = 9};
    root = rendered(&e);
    data = json_object_get(root, "data");
    assert_string_equal(text_at(data, "state"), "suspended");
    assert_string_equal(text_at(data, "at_twilio"), "suspended");
    assert_null(json_object_get(data, "why")); /* the operator's */
    assert_string_equal(text_at(data, "wanted"), "close");
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_and_a_drift_tell_what_they_are),
        cmocka_unit_test(a_registration_and_an_account_tell_where_they_are),
        cmocka_unit_test(every_kind_has_its_type),
        cmocka_unit_test(a_message_tells_its_state_and_code_but_not_its_text),
        cmocka_unit_test(a_message_that_is_gone_leaves_its_id),
        cmocka_unit_test(an_inbound_text_comes_with_its_words_and_its_keyword),
        cmocka_unit_test(campaign_consent_and_import_tell_what_they_are),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

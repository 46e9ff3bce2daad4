/* Each resource of the API over a real server and store: made, read, changed, and what is wrong with a value.
 */
#include "face.h"

#include "base/rfc3339.h"
#include "rules/a2p_example.h"
#include "rules/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static char *path(const char *format, const char *id)
{
    static char out[4][256];
    static size_t next;
    char *one = out[next++ % 4];

    (void)snprintf(one, sizeof out[0], format, id);
    return one;
}

/* Makes something and gives its id (static memory of its own). */
static const char *made(int status, const char *target, const char *key, const char *body)
{
    static char ids[8][64];
    static size_t next;
    struct answer a = call(&f, "POST", target, key, NULL, body);
    char *id = ids[next++ % 8];

    if (a.status != status) fail_msg("POST %s: %d: %s", target, a.status, a.body);
    (void)snprintf(id, sizeof ids[0], "%s", json_text(a.body, "id"));
    answer_free(&a);
    return id;
}

static void organizations_are_an_operators(void **state)
{
    (void)state;
    expect_text(
        &f, 201, "POST", "/v1/organizations", f.operator_key,
        "{\"slug\":\"dental\",\"name\":\"Dental\",\"account_sid\":\"AC00000000000000000000000000000001\","
        "\"auth_token\":\"secret\",\"program\":{\"registration\":\"approved\",\"brand_type\":\"standard\","
        "\"brand_score\":80}}",
        "\"has_token\":true");
    expect_text(&f, 409, "POST", "/v1/organizations", f.operator_key,
                "{\"slug\":\"dental\",\"name\":\"Again\"}", "dental");
    expect(&f, 403, "POST", "/v1/organizations", f.acme_key, "{\"slug\":\"x\",\"name\":\"X\"}");
    expect_text(&f, 200, "GET", "/v1/organizations/dental", f.operator_key, NULL, "\"brand_score\":80");
    expect_text(&f, 200, "PATCH", "/v1/organizations/dental", f.operator_key,
                "{\"spend_cap_micros\":5000000}", "\"spend_cap_micros\":5000000");
    expect_text(&f, 200, "PATCH", "/v1/organizations/dental", f.operator_key,
                "{\"program\":{\"registration\":\"suspended\"}}", "\"registration\":\"suspended\"");
    expect_text(&f, 422, "PATCH", "/v1/organizations/dental", f.operator_key,
                "{\"account_sid\":\"AC00000000000000000000000000000002\"}", "auth_token");
    expect(&f, 404, "GET", "/v1/organizations/nobody", f.operator_key, NULL);
    expect_text(&f, 200, "GET", "/v1/organization", f.acme_key, NULL,
                "https://texts.example.com/twilio/hookacme/inbound");
    assert_true(face_notes(&f, NOTE_ORG_CHANGED) >= 3);
    assert_true(atomic_load(&f.app.accounts_generation) > 0);
}

static void a_key_is_shown_once_and_can_be_revoked(void **state)
{
    struct answer a =
        call(&f, "POST", "/v1/keys", f.acme_key, NULL, "{\"name\":\"crm\",\"scopes\":[\"read\"]}");
    char secret[64], id[64];

    (void)state;
    assert_int_equal(a.status, 201);
    (void)snprintf(secret, sizeof secret, "%s", json_text(a.body, "secret"));
    (void)snprintf(id, sizeof id, "%s", json_text(a.body, "id"));
    answer_free(&a);
    expect(&f, 200, "GET", "/v1/lists", secret, NULL);
    a = call(&f, "GET", "/v1/keys", f.acme_key, NULL, NULL);
    assert_null(strstr(a.body, secret));
    answer_free(&a);
    expect(&f, 204, "DELETE", path("/v1/keys/%s", id), f.acme_key, NULL);
    expect(&f, 401, "GET", "/v1/lists", secret, NULL);
    expect(&f, 403, "POST", "/v1/keys", f.manage_key, "{\"name\":\"more\",\"scopes\":[\"send\"]}");
    expect(&f, 422, "POST", "/v1/keys", f.acme_key, "{\"name\":\"op\",\"scopes\":[]}");
    expect(&f, 201, "POST", "/v1/keys", f.operator_key, "{\"name\":\"second\",\"scopes\":[\"operator\"]}");
}

static void own_words_to_opt_out_take_nobody_s_place(void **state)
{
    (void)state;
    expect_text(&f, 422, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"opt_out_words\":\"genug, help\"}",
                "\"field\":\"opt_out_words\"");
    expect_text(&f, 422, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"opt_out_words\":\"genug, help\"}",
                "reserved");
    expect_text(&f, 200, "GET", "/v1/organizations/acme", f.operator_key, NULL, "\"opt_out_words\":null");
    expect_text(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"opt_out_words\":\"genug\"}",
                "\"opt_out_words\":\"genug\"");
}

static void senders_are_made_canonical_and_told_apart(void **state)
{
    const char *id;

    (void)state;
    id = made(201, "/v1/senders", f.acme_key, "{\"address\":\"(415) 555-0100\"}");
    expect_text(&f, 200, "GET", path("/v1/senders/%s", id), f.acme_key, NULL, "\"address\":\"+14155550100\"");
    expect_text(
        &f, 201, "POST", "/v1/senders", f.acme_key,
        "{\"senders\":[{\"address\":\"+18005550123\"},{\"address\":\"72345\"},{\"address\":\"ACME\"}]}",
        "\"kind\":\"alpha\"");
    expect_text(&f, 200, "PATCH", path("/v1/senders/%s", id), f.acme_key, "{\"state\":\"held\"}",
                "\"state\":\"held\"");
    expect(&f, 204, "DELETE", path("/v1/senders/%s", id), f.acme_key, NULL);
    expect(&f, 404, "GET", path("/v1/senders/%s", id), f.acme_key, NULL);
    expect_text(
        &f, 422, "POST", "/v1/senders", f.acme_key,
        "{\"senders\":[{\"address\":\"+14155550101\"},{\"address\":\"12\"},{\"adress\":\"+14155550102\"}]}",
        "\"senders[2].adress\"");
    expect_text(&f, 422, "POST", "/v1/senders", f.acme_key,
                "{\"senders\":[{\"address\":\"+14155550101\"},{\"address\":\"14155550101\"}]}", "twice");
}

static void contacts_are_joined_with_what_is_known(void **state)
{
    struct answer a;

    (void)state;
    expect(&f, 201, "POST", "/v1/lists", f.acme_key, "{\"name\":\"people\"}");
    expect_text(
        &f, 201, "POST", "/v1/contacts", f.acme_key,
        "{\"number\":\"415-555-2671\",\"fields\":{\"name\":\"Zo\\u00eb\",\"age\":7},\"list\":\"people\","
        "\"carrier\":\"att\"}",
        "\"number\":\"+14155552671\"");
    expect_text(&f, 200, "POST", "/v1/contacts", f.acme_key,
                "{\"number\":\"+14155552671\",\"fields\":{\"city\":\"Oslo\"}}", "\"name\":\"Zo");
    expect_text(&f, 200, "GET", "/v1/contacts/%2B14155552671", f.acme_key, NULL, "\"city\":\"Oslo\"");
    expect_text(&f, 200, "GET", "/v1/contacts/+14155552671", f.acme_key, NULL, "\"carrier\":\"att\"");
    expect_text(&f, 200, "GET", "/v1/lists/people", f.acme_key, NULL, "\"members\":1");
    a = call(&f, "GET", "/v1/contacts/export?list=people", f.acme_key, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(
        a.body, "number,age,city,name,carrier,_consent\r\n+14155552671,7,Oslo,Zo\xc3\xab,att,none\r\n");
    answer_free(&a);
    expect(&f, 204, "DELETE", "/v1/contacts/+14155552671", f.acme_key, NULL);
    expect(&f, 404, "GET", "/v1/contacts/+14155552671", f.acme_key, NULL);
    expect_text(&f, 422, "POST", "/v1/contacts", f.acme_key, "{\"number\":\"+1415555\"}",
                "\"field\":\"number\"");
    expect_text(&f, 422, "POST", "/v1/contacts", f.acme_key,
                "{\"number\":\"+14155552672\",\"list\":\"ghosts\"}", "ghosts");
    expect_text(&f, 422, "POST", "/v1/contacts", f.acme_key,
                "{\"number\":\"+14155552672\",\"time_zone\":\"Mars/Olympus\"}", "time_zone");
    expect_text(&f, 422, "POST", "/v1/contacts", f.acme_key,
                "{\"number\":\"+14155552672\",\"postal_code\":\"09012\"}", "\"field\":\"postal_code\"");
    expect_text(&f, 422, "POST", "/v1/contacts", f.acme_key,
                "{\"number\":\"+14155552672\",\"state\":\"Texas\"}", "Give its two letters");
    expect(&f, 201, "POST", "/v1/contacts", f.acme_key,
           "{\"number\":\"+14155552672\",\"postal_code\":\"02139\"}");
}

/* A Saturday night in New York's clock, ten days ahead at least; and that Friday's noon. */
static int64_t saturday_night(void)
{
    const struct zone *zone;
    struct zone_time t;
    int64_t at_ms = clock_wall_ms(&f.clock) + INT64_C(10) * 86400000;

    assert_int_equal(zone_find(STR("America/New_York"), &zone), ERR_OK);
    zone_local(zone, at_ms, &t);
    return zone_utc_ms(zone, t.year, t.month, t.day + 6 - t.weekday, 23 * 60, ZONE_EARLIER);
}

static const char *marketing_at(int64_t at_ms, const char *more)
{
    static char body[256];
    char at[RFC3339_BYTES];
    rfc3339_format(at_ms, at);
    (void)snprintf(body, sizeof body,
                   "{\"to\":\"+12125550177\",\"body\":\"Sale\",\"kind\":\"marketing\",\"send_at\":\"%s\"%s}",
                   at, more);
    return body;
}

static void who_would_rather_not_send_at_night_is_told_when_it_is_day(void **state)
{
    int64_t night_ms = saturday_night(), noon_ms = night_ms - INT64_C(35) * 3600000;
    struct message m;
    uint64_t number;

    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    expect(&f, 202, "POST", "/v1/messages", f.acme_key, marketing_at(night_ms, ""));
    expect(&f, 202, "POST", "/v1/messages", f.acme_key, marketing_at(night_ms, ",\"when_quiet\":\"hold\""));
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key,
                marketing_at(night_ms, ",\"when_quiet\":\"refuse\""),
                "quiet hours (NY, America/New_York); they end at");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, marketing_at(night_ms, ",\"postal_code\":\"1\""),
                "postal_code");
    /* By day it is taken, and ends with the lawful window: 21:00. */
    assert_int_equal(public_id_parse(&f.ids, PUBLIC_MESSAGE,
                                     str_from(made(202, "/v1/messages", f.acme_key,
                                                   marketing_at(noon_ms, ",\"when_quiet\":\"refuse\""))),
                                     &number),
                     ERR_OK);
    assert_int_equal(f.store->ops->message_get(f.reader, &f.text, f.acme.id, number, &m), ERR_OK);
    assert_int_equal(m.expires_ms, noon_ms + INT64_C(9) * 3600000);
}

/* Illinois' act on automatic dialers speaks of every call: once chosen, a transactional text waits for its morning. */
static void automated_hours_hold_transactional_texts_where_chosen(void **state)
{
    char body[256], at[RFC3339_BYTES];

    (void)state;
    rfc3339_format(saturday_night(), at); /* ten o'clock in Chicago */
    (void)snprintf(body, sizeof body,
                   "{\"to\":\"+13125550177\",\"body\":\"Your order is here\",\"kind\":\"transactional\","
                   "\"send_at\":\"%s\",\"when_quiet\":\"refuse\"}", at);
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    expect(&f, 202, "POST", "/v1/messages", f.acme_key, body);
    expect_text(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key,
                "{\"program\":{\"automated_hours\":\"marketing\"}}", "\"automated_hours\":\"marketing\"");
    expect(&f, 202, "POST", "/v1/messages", f.acme_key, body);
    expect_text(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key,
                "{\"program\":{\"automated_hours\":\"all\"}}", "\"automated_hours\":\"all\"");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, body, "quiet hours (IL, America/Chicago)");
    expect_text(&f, 422, "PATCH", "/v1/organizations/acme", f.operator_key,
                "{\"program\":{\"automated_hours\":\"some\"}}", "automated_hours");
}

static const char MARKETING_NOW[] = "{\"to\":\"+12125550177\",\"body\":\"Sale\",\"kind\":\"marketing\"}";

/* It waits, and everything was passed on the strength of the entry that was recorded before it. */
static void explain_the_last(void)
{
    struct message m;
    char id[PUBLIC_ID_BYTES], path[80];
    size_t count = 1;

    assert_int_equal(f.store->ops->messages_to(f.reader, &f.text, f.acme.id, 12125550177, &m, &count), ERR_OK);
    assert_int_equal(count, 1);
    public_id_format(&f.ids, PUBLIC_MESSAGE, m.id, id);
    (void)snprintf(path, sizeof path, "/v1/messages/%s/explain", id);
    expect_text(&f, 200, "GET", path, f.acme_key, NULL, "{\"rule\":\"consent\",\"verdict\":\"pass\"");
    expect_text(&f, 200, "GET", path, f.acme_key, NULL, "\"state\":\"opted_in\"");
    expect_text(&f, 200, "GET", path, f.acme_key, NULL, "\"basis\":\"written\"");
    expect_text(&f, 200, "GET", path, f.acme_key, NULL, "{\"rule\":\"quiet_hours\",\"verdict\":\"pass\"");
    expect_text(&f, 200, "GET", path, f.acme_key, NULL, "America/New_York");
    expect(&f, 404, "GET", path, f.rival_key, NULL);
}

static void marketing_needs_written_consent_on_record(void **state)
{
    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    f.settings.quiet_hours = false;
    f.settings.consent_marketing = true;
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, MARKETING_NOW, "no_consent");
    expect(&f, 201, "POST", "/v1/consents", f.acme_key,
           "{\"number\":\"+12125550177\",\"state\":\"opted_in\",\"means\":\"verbal\",\"evidence\":\"call 17\"}");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, MARKETING_NOW, "no_consent");
    expect_text(&f, 422, "POST", "/v1/consents", f.acme_key,
                "{\"number\":\"+12125550177\",\"state\":\"opted_in\",\"means\":\"web_form\",\"basis\":\"written\","
                "\"evidence\":\"ticked\"}", "disclosure");
    expect_text(&f, 201, "POST", "/v1/consents", f.acme_key,
                "{\"number\":\"+12125550177\",\"state\":\"opted_in\",\"means\":\"web_form\",\"disclosure\":\"Offers\","
                "\"url\":\"https://example.com/join\",\"ip\":\"192.0.2.1\"}", "\"basis\":\"written\"");
    expect(&f, 202, "POST", "/v1/messages", f.acme_key, MARKETING_NOW);
    expect_text(&f, 200, "GET", "/v1/consents/verify", f.acme_key, NULL, "\"sound\":true");
    explain_the_last();
    f.settings.quiet_hours = true;
    f.settings.consent_marketing = false;
}

/* Its first recipient, frozen, and not drawn by anybody. */
static const char *frozen_recipient(const char *campaign)
{
    struct freeze_row row = {1, UINT64_C(12125550133), 7, 2};
    struct change_freeze freeze = {.head = {.kind = CHANGE_FREEZE}, .org = f.acme.id, .upto = 1, .last = true,
                                   .rows = &row, .count = 1, .now_ms = clock_wall_ms(&f.clock)};
    struct message m;
    size_t count = 1;

    assert_int_equal(public_id_parse(&f.ids, PUBLIC_CAMPAIGN, str_from(campaign), &freeze.campaign), ERR_OK);
    face_change(&f, &freeze.head);
    assert_int_equal(f.store->ops->messages_to(f.reader, &f.text, f.acme.id, row.number, &m, &count), ERR_OK);
    assert_int_equal(count, 1);
    return face_id(&f, PUBLIC_MESSAGE, m.id);
}

static void nothing_was_asked_about_a_recipient_whose_turn_has_not_come(void **state)
{
    uint32_t people = face_list(&f, &f.acme, "people");
    const char *campaign;
    struct answer a;

    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    (void)face_contact(&f, &f.acme, people, 12125550133, "{}");
    campaign = made(201, "/v1/campaigns", f.acme_key, "{\"name\":\"Spring\",\"template\":\"Hi\",\"list\":\"people\"}");
    expect(&f, 200, "POST", path("/v1/campaigns/%s/start", campaign), f.acme_key, "{\"acknowledge\":[\"all\"]}");
    a = call(&f, "GET", path("/v1/messages/%s/explain", frozen_recipient(campaign)), f.acme_key, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.body, "\"judged_at\":null"));
    assert_non_null(strstr(a.body, "\"verdict\":\"not_asked\""));
    assert_null(strstr(a.body, "\"verdict\":\"pass\""));
    answer_free(&a);
}

/* The consent to a program was somebody else's, and the gate knows it: what explains the gate must too. */
static void a_wrong_number_takes_the_basis_in_what_is_explained_too(void **state)
{
    const char *id;

    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    expect(&f, 201, "POST", "/v1/consents", f.acme_key,
           "{\"number\":\"+12125550134\",\"state\":\"opted_in\",\"scope\":\"program\",\"program\":\"default\","
           "\"means\":\"web_form\",\"disclosure\":\"Offers\",\"given_at\":\"2026-01-01T00:00:00Z\"}");
    expect(&f, 201, "POST", "/v1/consents", f.acme_key,
           "{\"number\":\"+12125550134\",\"state\":\"opted_out\",\"means\":\"wrong_number\","
           "\"given_at\":\"2026-01-02T00:00:00Z\"}");
    expect(&f, 201, "POST", "/v1/consents", f.acme_key,
           "{\"number\":\"+12125550134\",\"state\":\"opted_in\",\"means\":\"verbal\",\"evidence\":\"call 17\","
           "\"given_at\":\"2026-01-03T00:00:00Z\"}");
    f.settings.consent_marketing = true;
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+12125550134\",\"body\":\"Sale\",\"kind\":\"marketing\"}", "no_consent");
    f.settings.consent_marketing = false;
    id = made(202, "/v1/messages", f.acme_key, "{\"to\":\"+12125550134\",\"body\":\"Hi\"}");
    expect_text(&f, 200, "GET", path("/v1/messages/%s/explain", id), f.acme_key, NULL, "\"basis\":\"express\"");
    expect_text(&f, 200, "GET", "/v1/consents/+12125550134/evidence", f.acme_key, NULL,
                "\"rule\":\"consent\",\"verdict\":\"pass\"");
    expect_text(&f, 200, "GET", "/v1/consents/+12125550134/evidence", f.acme_key, NULL,
                "\"rule\":\"quiet_hours\",\"verdict\":");
}

/* It was judged when it had no sender yet: all that could be chosen were refused. */
static void what_ended_for_refused_senders_says_so(void **state)
{
    struct arm_setback blocked = {.org = f.acme.id, .to = MESSAGE_BLOCKED, .reason = REASON_OPTED_OUT};
    struct change_arm c = {.head = {.kind = CHANGE_ARM}, .setbacks = &blocked, .setbacks_count = 1};
    const char *id;

    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    id = made(202, "/v1/messages", f.acme_key, "{\"to\":\"+12125550135\",\"body\":\"Hi\"}");
    expect(&f, 201, "POST", "/v1/consents", f.acme_key,
           "{\"number\":\"+12125550135\",\"state\":\"opted_out\",\"scope\":\"sender\",\"sender\":\"+14155550100\"}");
    assert_int_equal(public_id_parse(&f.ids, PUBLIC_MESSAGE, str_from(id), &blocked.message), ERR_OK);
    c.now_ms = clock_wall_ms(&f.clock) + 1;
    face_change(&f, &c.head);
    expect_text(&f, 200, "GET", path("/v1/messages/%s/explain", id), f.acme_key, NULL,
                "{\"rule\":\"opt_out\",\"verdict\":\"end\"");
    expect_text(&f, 200, "GET", path("/v1/messages/%s/explain", id), f.acme_key, NULL,
                "\"state\":\"opted_out\",\"scope\":\"sender\"");
}

static void many_consents_are_taken_whole_or_refused_by_line(void **state)
{
    static const char good[] = "number,state,means,given_at,disclosure\n"
                               "+12125550178,opted_in,web_form,2026-01-02T03:04:05-05:00,Offers\n"
                               "+12125550179,opted_out,keyword,2026-01-02T03:04:05Z,\n";
    static const char wrong[] = "number,state,means,given_at,scope\n"
                                "+12125550171,opted_out,keyword,2026-01-02T03:04:05Z,\n"
                                "+12125550172,opted_out,keyword,2026-01-02T03:04:05,galaxy\n";
    (void)state;
    expect_text(&f, 200, "POST", "/v1/consents/import?dry_run=true", f.acme_key, good, "\"rows\":2,\"added\":0");
    expect_text(&f, 200, "GET", "/v1/consents/+12125550179", f.acme_key, NULL, "\"state\":\"none\"");
    expect_text(&f, 200, "POST", "/v1/consents/import", f.acme_key, good, "\"added\":2,\"repeated\":0");
    expect_text(&f, 200, "POST", "/v1/consents/import", f.acme_key, good, "\"added\":0,\"repeated\":2");
    expect_text(&f, 200, "GET", "/v1/consents/+12125550179", f.acme_key, NULL, "\"state\":\"opted_out\"");
    expect_text(&f, 422, "POST", "/v1/consents/import", f.acme_key, wrong, "3.given_at");
    expect_text(&f, 422, "POST", "/v1/consents/import", f.acme_key, wrong, "3.scope");
    expect_text(&f, 422, "POST", "/v1/consents/import?lines_before=5000000", f.acme_key, wrong, "5000003.given_at");
    expect_text(&f, 422, "POST", "/v1/consents/import?lines_before=-1", f.acme_key, good, "?lines_before");
    expect_text(&f, 422, "POST", "/v1/consents/import?dry_run=1", f.acme_key, good, "?dry_run");
    expect_text(&f, 422, "POST", "/v1/consents/import?lines_before=1000", f.acme_key,
                "number,state,means,given_at\n\"x", "\"1002\"");
    expect_text(&f, 200, "GET", "/v1/consents/+12125550171", f.acme_key, NULL, "\"state\":\"none\"");
    expect_text(&f, 422, "POST", "/v1/consents/import", f.acme_key, "number,color\n", "color");
    expect_text(&f, 200, "GET", "/v1/consents/export", f.acme_key, NULL, "+12125550178,opted_in,web_form,written");
    expect_text(&f, 200, "GET", "/v1/consents/+12125550178/evidence", f.acme_key, NULL, "sterling-consent 1");
    expect_text(&f, 200, "GET", "/v1/consents/verify", f.acme_key, NULL, "\"sound\":true");
}

static void an_opt_out_of_the_installation_shows_everywhere(void **state)
{
    (void)state;
    expect(&f, 201, "POST", "/v1/consents", f.acme_key,
           "{\"number\":\"+12125550173\",\"state\":\"opted_in\",\"means\":\"verbal\",\"evidence\":\"call 17\"}");
    expect_text(&f, 200, "GET", "/v1/consents/+12125550173", f.acme_key, NULL, "\"state\":\"opted_in\"");
    expect_text(&f, 422, "POST", "/v1/consents", f.operator_key,
                "{\"number\":\"+12125550173\",\"state\":\"opted_out\",\"evidence\":\"mail\"}",
                "No organization is named");
    expect(&f, 201, "POST", "/v1/consents", f.operator_key,
           "{\"number\":\"+12125550173\",\"state\":\"opted_out\",\"scope\":\"installation\",\"evidence\":\"mail\"}");
    expect_text(&f, 200, "GET", "/v1/consents/+12125550173", f.acme_key, NULL, "\"scope\":\"installation\"");
    expect_text(&f, 200, "GET", "/v1/consents/+12125550173", f.acme_key, NULL, "\"state\":\"opted_out\"");
    expect_text(&f, 200, "GET", "/v1/consents/+12125550173/evidence", f.acme_key, NULL,
                "\"installation_entries\":[{\"entry\":{\"number\":\"+12125550173\",\"state\":\"opted_out\"");
    expect(&f, 201, "POST", "/v1/contacts", f.acme_key, "{\"number\":\"+12125550173\",\"carrier\":\"att\"}");
    expect_text(&f, 200, "GET", "/v1/contacts/export", f.acme_key, NULL, "+12125550173,att,opted_out");
}

/* What is exported can be imported, also of a sender that was removed since. */
static void what_was_said_of_a_removed_sender_is_taken(void **state)
{
    static const char row[] = "number,state,means,given_at,scope,sender\n"
                              "+12125550174,opted_out,keyword,2026-01-02T03:04:05Z,sender,+14155550100\n";
    static const char wrong[] = "number,state,means,given_at,scope,program\n"
                                "+12125550174,opted_out,keyword,2026-01-02T03:04:05Z,program,nobody\n";
    const char *sender;

    (void)state;
    sender = made(201, "/v1/senders", f.acme_key, "{\"address\":\"+14155550100\"}");
    expect(&f, 204, "DELETE", path("/v1/senders/%s", sender), f.acme_key, NULL);
    expect_text(&f, 200, "POST", "/v1/consents/import", f.acme_key, row, "\"added\":1");
    expect_text(&f, 422, "POST", "/v1/consents/import", f.rival_key, row, "There is no such sender");
    expect_text(&f, 422, "POST", "/v1/consents/import", f.acme_key, wrong, "There is no such program");
}

/* Six bytes in JSON for each of one. */
static void a_proof_of_control_characters_fits(void **state)
{
    char control[2000 * 6 + 1], body[20000];

    (void)state;
    for (size_t i = 0; i < 2000; i++) memcpy(control + i * 6, "\\u0001", 7);
    (void)snprintf(body, sizeof body, "{\"number\":\"+12125550175\",\"state\":\"opted_in\",\"means\":\"web_form\","
                                      "\"disclosure\":\"%s\",\"user_agent\":\"%.3000s\",\"reference\":\"%.3000s\"}",
                   control, control, control);
    expect(&f, 201, "POST", "/v1/consents", f.acme_key, body);
}

static void an_organization_names_its_countries_and_caps(void **state)
{
    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "ACME", 0);
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+447400123456\",\"body\":\"Hi\"}",
                "does not send there");
    expect_text(&f, 422, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"gb\"}", "countries");
    expect_text(&f, 422, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"GBFR\"}", "countries");
    expect_text(&f, 422, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"frequency_cap\":4}", "frequency_hours");
    expect_text(&f, 422, "PATCH", "/v1/organizations/acme", f.operator_key,
                "{\"frequency_cap\":17,\"frequency_hours\":24}", "frequency_cap");
    expect_text(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key,
                "{\"countries\":\"FR GB\",\"frequency_cap\":4,\"frequency_hours\":168}", "\"countries\":\"FR GB\"");
    expect(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+447400123456\",\"body\":\"Hi\"}");
    expect(&f, 422, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+4915112345678\",\"body\":\"Hi\"}");
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"*\"}");
    expect(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+4915112345678\",\"body\":\"Hi\"}");
}

static void a_message_is_admitted_and_told(void **state)
{
    const char *id;
    struct message m;
    uint64_t number;

    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    id = made(202, "/v1/messages", f.acme_key,
              "{\"to\":\"(212) 555-0199\",\"body\":\"Hello\",\"urgent\":true,\"from\":\"+14155550100\"}");
    assert_int_equal(face_notes(&f, NOTE_ADMITTED), 1);
    assert_int_equal(public_id_parse(&f.ids, PUBLIC_MESSAGE, str_from(id), &number), ERR_OK);
    assert_int_equal(f.store->ops->message_get(f.reader, &f.text, f.acme.id, number, &m), ERR_OK);
    assert_true(m.urgent);
    assert_true(str_equal(m.body, STR("Hello")));
    assert_int_equal(f.last[NOTE_ADMITTED].message, number);
    expect_text(&f, 200, "GET", path("/v1/messages/%s", id), f.acme_key, NULL, "\"from\":\"+14155550100\"");
    expect_text(&f, 200, "GET", "/v1/messages?to=%2B12125550199", f.acme_key, NULL, id);
    expect_text(&f, 200, "GET", "/v1/messages?state=delivered", f.acme_key, NULL, "\"data\":[]");
    expect_text(&f, 200, "POST", path("/v1/messages/%s/cancel", id), f.acme_key, NULL,
                "\"state\":\"canceled\"");
    assert_int_equal(face_notes(&f, NOTE_CANCELED), 1);
    expect(&f, 409, "POST", path("/v1/messages/%s/cancel", id), f.acme_key, NULL);
    expect_text(&f, 202, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+12125550198\",\"template\":\"Hi {{name}}\",\"fields\":{\"name\":\"Ann\"}}",
                "\"body\":\"Hi Ann\"");
}

static void messages_that_cannot_be_are_refused_by_field(void **state)
{
    char long_body[4096];

    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    (void)face_sender(&f, &f.rival, f.rival_program, "+14155550200", 14155550200);
    (void)snprintf(long_body, sizeof long_body, "{\"to\":\"+12125550199\",\"body\":\"%01601d\"}", 0);
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, long_body, "1601 characters");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+12125550199\",\"body\":\"x\",\"from\":\"+14155550200\"}",
                "no sender of this organization");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+12125550199\",\"body\":\"x\",\"send_at\":\"2001-01-01T00:00:00Z\"}",
                "in the past");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+12125550199\",\"body\":\"x\",\"send_at\":\"9000-01-01T00:00:00Z\"}",
                "more than a year");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+12125550199\",\"template\":\"Hi {{name}}\",\"fields\":{}}", "\"fields.name\"");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+12125550199\"}", "\"body\"");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, "{\"to\":\"hello\",\"body\":\"x\"}", "\"to\"");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+12125550199\",\"body\":\"x\",\"kind\":\"spam\"}",
                "transactional conversational marketing");
    assert_int_equal(face_notes(&f, NOTE_ADMITTED), 0);
}

static void nobody_who_opted_out_is_texted(void **state)
{
    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    expect_text(&f, 201, "POST", "/v1/consents", f.acme_key,
                "{\"number\":\"+12125550199\",\"state\":\"opted_out\",\"evidence\":\"phone call\"}",
                "opted_out");
    assert_int_equal(face_notes(&f, NOTE_STOPPED), 1);
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+12125550199\",\"body\":\"x\"}",
                "opted_out");
    expect_text(&f, 200, "GET", "/v1/consents/+12125550199", f.acme_key, NULL, "\"evidence\":\"phone call\"");
    expect_text(&f, 200, "GET", "/v1/consents/+12125550100", f.acme_key, NULL, "\"state\":\"none\"");
    expect(&f, 202, "POST", "/v1/messages", f.rival_key, "{\"to\":\"+12125550199\",\"body\":\"x\"}");
    expect_text(&f, 422, "POST", "/v1/consents", f.acme_key,
                "{\"number\":\"+12125550199\",\"state\":\"opted_in\"}", "evidence");
}

static void expect_registration(const struct a2p_facts *facts, int status, const char *says)
{
    struct answer a;
    struct buf body;
    buf_init(&body, 1 << 16);
    buf_add_text(&body, "{\"kind\":\"standard\",\"facts\":");
    a2p_facts_write(facts, &body);
    buf_add_text(&body, "}");
    a = call(&f, "POST", "/v1/registrations", f.operator_key, "Sterling-Organization: acme\r\n", buf_text(&body));
    if (a.status != status || strstr(a.body, says) == NULL) fail_msg("%d %s", a.status, a.body);
    answer_free(&a);
    buf_free(&body);
}

/* Who gives facts is told of their mistakes before what only an operator can mend. */
static void facts_are_judged_before_the_installation(void **state)
{
    struct a2p_facts facts;
    (void)state;
    f.settings.onboarding_email[0] = '\0';
    a2p_example(BRAND_STANDARD, &facts);
    expect_registration(&facts, 409, "onboarding.email");
    facts.at[A2P_POSTAL_CODE] = STR("10001");
    expect_registration(&facts, 422, "facts.postal_code");
}

static void a_campaign_goes_its_way(void **state)
{
    const char *id;
    uint32_t people;

    (void)state;
    people = face_list(&f, &f.acme, "people");
    id = made(201, "/v1/campaigns", f.acme_key,
              "{\"name\":\"Spring\",\"template\":\"Hi {{name}}\",\"list\":\"people\"}");
    expect_text(&f, 422, "POST", path("/v1/campaigns/%s/start", id), f.acme_key, NULL, "audience is empty");
    (void)face_contact(&f, &f.acme, people, 12125550101, "{\"name\":\"Ann\"}");
    expect_text(&f, 422, "POST", path("/v1/campaigns/%s/start", id), f.acme_key, NULL, "no active sender");
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    expect_text(&f, 200, "PATCH", path("/v1/campaigns/%s", id), f.acme_key, "{\"name\":\"Summer\"}",
                "\"template\":\"Hi {{name}}\"");
    expect_text(&f, 409, "POST", path("/v1/campaigns/%s/pause", id), f.acme_key, NULL, "draft");
    expect_text(&f, 200, "POST", path("/v1/campaigns/%s/start", id), f.acme_key, "{\"acknowledge\":[\"all\"]}",
                "\"state\":\"running\"");
    expect_text(&f, 200, "POST", path("/v1/campaigns/%s/pause", id), f.acme_key, NULL, "Paused by a person");
    expect_text(&f, 200, "POST", path("/v1/campaigns/%s/resume", id), f.acme_key, "{}",
                "\"state\":\"running\"");
    expect_text(&f, 200, "GET", path("/v1/campaigns/%s", id), f.acme_key, NULL,
                "\"allowed_per_s\":10.0,\"sustained_per_s\":1.6");
    expect_text(&f, 200, "GET", path("/v1/campaigns/%s/report", id), f.acme_key, NULL, "\"by_carrier\":[");
    expect_text(&f, 200, "POST", path("/v1/campaigns/%s/cancel", id), f.acme_key, NULL,
                "\"state\":\"canceled\"");
    expect_text(&f, 409, "PATCH", path("/v1/campaigns/%s", id), f.acme_key, "{\"name\":\"x\"}", "canceled");
    assert_true(face_notes(&f, NOTE_CAMPAIGN_CHANGED) >= 5);
}

/* Who starts it now has no time left in which it could be mended. */
static void a_scheduled_campaign_started_by_hand_is_judged_as_it_is(void **state)
{
    char at[RFC3339_BYTES], body[256];
    const char *id;

    (void)state;
    (void)face_list(&f, &f.acme, "people");
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    rfc3339_format(clock_wall_ms(&f.clock) + 86400000, at);
    (void)snprintf(body, sizeof body, "{\"name\":\"Spring\",\"template\":\"Hi\",\"list\":\"people\","
                                      "\"acknowledge\":[\"all\"],\"start_at\":\"%s\"}", at);
    id = made(201, "/v1/campaigns", f.acme_key, body);
    expect_text(&f, 422, "POST", path("/v1/campaigns/%s/start", id), f.acme_key, "{\"acknowledge\":[\"all\"]}",
                "audience is empty");
}

static void a_campaign_is_judged_when_it_is_made(void **state)
{
    uint32_t people;

    (void)state;
    people = face_list(&f, &f.acme, "people");
    (void)face_contact(&f, &f.acme, people, 12125550101, "{\"name\":\"Ann\"}");
    (void)face_contact(&f, &f.acme, people, 12125550102, "{}");
    expect_text(&f, 422, "POST", "/v1/campaigns", f.acme_key,
                "{\"name\":\"a\",\"template\":\"Hi {{nmae}}\",\"list\":\"people\"}",
                "No contact looked at has this field");
    expect_text(&f, 201, "POST", "/v1/campaigns", f.acme_key,
                "{\"name\":\"a\",\"template\":\"Hi {{name}} \\u2014\",\"list\":\"people\"}",
                "\"code\":\"unfilled_field\"");
    expect_text(&f, 422, "POST", "/v1/campaigns", f.acme_key, "{\"name\":\"a\",\"template\":\"Hi {{name\"}",
                "template");
    expect_text(&f, 422, "POST", "/v1/campaigns", f.acme_key, "{\"name\":\"a\",\"template\":\"Hi\",\"list\":\"\"}",
                "It is empty");
    expect_text(
        &f, 422, "POST", "/v1/campaigns", f.acme_key,
        "{\"name\":\"a\",\"template\":\"Hi\",\"list\":\"nobody\",\"start_at\":\"2001-01-01T00:00:00Z\"}",
        "in the past");
    expect_text(&f, 201, "POST", "/v1/campaigns", f.acme_key,
                "{\"name\":\"a\",\"template\":\"Hi\",\"list\":\"people\"}",
                "{\"code\":\"no_sender\",\"detail\":\"The program has no active sender.\"}");
}

static void an_upload_is_kept_and_recorded(void **state)
{
    struct answer a;
    struct import_job job;
    uint64_t id;
    char file[256];

    (void)state;
    a = call(&f, "POST", "/v1/imports?list=new%20people&region=GB", f.acme_key, "Content-Type: text/csv\r\n",
             "number,name\n+14155550101,Ann\n");
    assert_int_equal(a.status, 202);
    assert_non_null(strstr(a.body, "\"list\":\"new people\""));
    assert_int_equal(public_id_parse(&f.ids, PUBLIC_IMPORT, str_from(json_text(a.body, "id")), &id), ERR_OK);
    answer_free(&a);
    assert_int_equal(f.store->ops->import_get(f.reader, &f.text, f.acme.id, id, &job), ERR_OK);
    assert_int_equal(job.bytes, 29);
    assert_string_equal(job.region, "GB");
    (void)snprintf(file, sizeof file, "%s/" STR_FMT, f.dir, STR_ARG(job.file));
    assert_int_equal(access(file, R_OK), 0);
    expect_text(&f, 200, "GET", path("/v1/imports/%s", face_id(&f, PUBLIC_IMPORT, id)), f.acme_key, NULL,
                "\"state\":\"running\"");
    expect(&f, 404, "GET", path("/v1/imports/%s/rejects.csv", face_id(&f, PUBLIC_IMPORT, id)), f.acme_key,
           NULL);
    expect_text(&f, 422, "POST", "/v1/imports?region=usa", f.acme_key, "number\n1\n", "?region");
    expect_text(&f, 422, "POST", "/v1/imports", f.acme_key, "", "empty");
}

static void an_upload_with_a_wrong_header_leaves_nothing_behind(void **state)
{
    (void)state;
    expect_text(&f, 422, "POST", "/v1/imports?list=never", f.acme_key, "name,mail\nAnn,a@example.com\n",
                "\"field\":\"line 1\",\"reason\":\"the header has no column for the phone number\",\"fix\":\"name ");
    expect_text(&f, 422, "POST", "/v1/imports?list=never", f.acme_key, "number,A,a\n1,2,3\n",
                "two columns are called a");
    expect_text(&f, 422, "POST", "/v1/imports?list=never", f.acme_key, "\"number\n", "never closes");
    expect(&f, 404, "GET", "/v1/lists/never", f.acme_key, NULL);
    expect_text(&f, 200, "GET", "/v1/imports", f.acme_key, NULL, "{\"data\":[]");
}

static void webhooks_have_a_secret_and_safe_addresses(void **state)
{
    const char *id;

    (void)state;
    id = made(201, "/v1/webhooks", f.acme_key,
              "{\"url\":\"https://example.com/in\",\"events\":[\"message\"]}");
    expect_text(&f, 200, "GET", path("/v1/webhooks/%s", id), f.acme_key, NULL, "\"events\":[\"message\"]");
    expect_text(&f, 200, "PATCH", path("/v1/webhooks/%s", id), f.acme_key, "{\"state\":\"disabled\"}",
                "disabled");
    expect_text(&f, 200, "GET", path("/v1/webhooks/%s/dead", id), f.acme_key, NULL, "\"data\":[]");
    expect_text(&f, 202, "POST", path("/v1/webhooks/%s/replay", id), f.acme_key, "{}", "\"replayed\":0");
    expect(&f, 204, "DELETE", path("/v1/webhooks/%s", id), f.acme_key, NULL);
    expect(&f, 404, "GET", path("/v1/webhooks/%s", id), f.acme_key, NULL);
    expect_text(&f, 422, "POST", "/v1/webhooks", f.acme_key, "{\"url\":\"http://example.com/in\"}", "https");
    expect_text(&f, 422, "POST", "/v1/webhooks", f.acme_key, "{\"url\":\"https://me:pw@example.com/\"}",
                "password");
    expect_text(&f, 422, "POST", "/v1/webhooks", f.acme_key, "{\"url\":\"ftp://example.com/\"}",
                "no http address");
}

static void texts_errors_and_limits_are_explained(void **state)
{
    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    expect_text(&f, 200, "POST", "/v1/segments", f.acme_key, "{\"text\":\"caf\\u00e9 \\u2014\"}",
                "\"encoding\":\"UCS-2\"");
    expect_text(&f, 200, "GET", "/v1/errors/30007", f.acme_key, NULL, "\"code\":30007");
    expect(&f, 404, "GET", "/v1/errors/many", f.acme_key, NULL);
    expect_text(&f, 200, "GET", "/v1/limits", f.acme_key, NULL, "\"scope\":\"sender\"");
    expect_text(&f, 200, "GET", "/v1/openapi.json", NULL, NULL, "\"openapi\"");
    expect_text(&f, 200, "GET", "/healthz", NULL, NULL, "ok");
    expect_text(&f, 200, "GET", "/readyz", NULL, NULL, "ready");
    expect_text(&f, 200, "GET", "/metrics", NULL, NULL,
                "sterling_callback_delay_seconds_bucket{le=\"+Inf\"} 0");
}

/* A path that is too long is cut, and says by how much. */
static void evidence_counts_the_digests_that_it_leaves_out(void **state)
{
    enum { OTHERS = 2100 };
    struct change_consent c = {.head.kind = CHANGE_CONSENT};
    struct consent *rows = calloc(OTHERS, sizeof *rows);
    struct consent one = {.org = f.acme.id, .number = 12125550190, .kind = CONSENT_OPT_OUT, .at_ms = 1700000000000,
                          .recorded_ms = 1700000000000, .source = STR("operator"), .evidence = STR("a call")};

    (void)state;
    assert_non_null(rows);
    c.event = one;
    face_change(&f, &c.head);
    expect_text(&f, 200, "GET", "/v1/consents/+12125550190/evidence", f.acme_key, NULL, "\"path_left_out\":0");
    for (uint64_t i = 0; i < OTHERS; i++) {
        rows[i] = one;
        rows[i].number = 12125551000 + i;
    }
    c = (struct change_consent){.head.kind = CHANGE_CONSENT, .rows = rows, .count = OTHERS};
    face_change(&f, &c.head);
    expect_text(&f, 200, "GET", "/v1/consents/+12125550190/evidence", f.acme_key, NULL,
                "\"path_reaches_head\":false,\"path_left_out\":100");
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(organizations_are_an_operators, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_is_shown_once_and_can_be_revoked, setup, teardown),
        cmocka_unit_test_setup_teardown(own_words_to_opt_out_take_nobody_s_place, setup, teardown),
        cmocka_unit_test_setup_teardown(senders_are_made_canonical_and_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(contacts_are_joined_with_what_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(an_organization_names_its_countries_and_caps, setup, teardown),
        cmocka_unit_test_setup_teardown(automated_hours_hold_transactional_texts_where_chosen, setup, teardown),
        cmocka_unit_test_setup_teardown(who_would_rather_not_send_at_night_is_told_when_it_is_day, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(marketing_needs_written_consent_on_record, setup, teardown),
        cmocka_unit_test_setup_teardown(many_consents_are_taken_whole_or_refused_by_line, setup, teardown),
        cmocka_unit_test_setup_teardown(an_opt_out_of_the_installation_shows_everywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(a_message_is_admitted_and_told, setup, teardown),
        cmocka_unit_test_setup_teardown(messages_that_cannot_be_are_refused_by_field, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_who_opted_out_is_texted, setup, teardown),
        cmocka_unit_test_setup_teardown(facts_are_judged_before_the_installation, setup, teardown),
        cmocka_unit_test_setup_teardown(a_campaign_goes_its_way, setup, teardown),
        cmocka_unit_test_setup_teardown(a_campaign_is_judged_when_it_is_made, setup, teardown),
        cmocka_unit_test_setup_teardown(an_upload_is_kept_and_recorded, setup, teardown),
        cmocka_unit_test_setup_teardown(an_upload_with_a_wrong_header_leaves_nothing_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(webhooks_have_a_secret_and_safe_addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_was_asked_about_a_recipient_whose_turn_has_not_come, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_number_takes_the_basis_in_what_is_explained_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_scheduled_campaign_started_by_hand_is_judged_as_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(what_ended_for_refused_senders_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_said_of_a_removed_sender_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(a_proof_of_control_characters_fits, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_errors_and_limits_are_explained, setup, teardown),
        cmocka_unit_test_setup_teardown(evidence_counts_the_digests_that_it_leaves_out, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

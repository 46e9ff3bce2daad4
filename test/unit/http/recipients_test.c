/* What is known of a number itself, over HTTP: it keeps texts from landlines, and is told wherever one would ask. */
#include "face.h"

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
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

static void line_is(uint64_t number, enum line_type line)
{
    struct number_line row = {number, line};
    struct change_numbers c = {.head.kind = CHANGE_NUMBERS, .org = f.acme.id, .rows = &row, .count = 1,
                               .at_ms = clock_wall_ms(&f.clock)};

    face_change(&f, &c.head);
}

static void a_landline_is_not_written_to_until_it_was_ported(void **state)
{
    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    line_is(12125550199, LINE_LANDLINE);
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+12125550199\",\"body\":\"Hi\"}",
                "number_unfit");
    line_is(12125550199, LINE_MOBILE);
    expect(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+12125550199\",\"body\":\"Hi\"}");
}

static void a_contact_shows_what_is_known_of_its_number(void **state)
{
    char target[96];
    uint64_t id = face_contact(&f, &f.acme, 0, 12125550199, "{}");

    (void)state;
    (void)snprintf(target, sizeof target, "/v1/contacts/%s", face_id(&f, PUBLIC_CONTACT, id));
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "\"line_type\":\"unknown\",\"number_trouble\":null");
    line_is(12125550199, LINE_LANDLINE);
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "\"line_type\":\"landline\"");
    expect_text(&f, 200, "GET", "/v1/contacts", f.acme_key, NULL, "\"line_type\":\"landline\"");
}

static void a_campaign_is_told_how_many_are_landlines(void **state)
{
    uint32_t list = face_list(&f, &f.acme, "All");

    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    (void)face_contact(&f, &f.acme, list, 12125550199, "{}");
    (void)face_contact(&f, &f.acme, list, 12125550198, "{}");
    line_is(12125550199, LINE_LANDLINE);
    expect_text(&f, 201, "POST", "/v1/campaigns", f.acme_key,
                "{\"name\":\"News\",\"template\":\"Acme: we moved.\",\"kind\":\"transactional\",\"list\":\"All\"}",
                "1 of 2 contacts looked at are known landlines");
}

static void alphanumeric_senders_go_where_they_may(void **state)
{
    struct answer a;
    char target[96];

    (void)state;
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    a = call(&f, "POST", "/v1/senders", f.acme_key, NULL, "{\"address\":\"ACME\"}");
    assert_int_equal(a.status, 201);
    (void)snprintf(target, sizeof target, "/v1/senders/%s", json_text(a.body, "id"));
    answer_free(&a);
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"*\"}");
    expect(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+4915112345678\",\"body\":\"Hi\"}");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+6421123456\",\"body\":\"Hi\"}",
                "(NZ: names: Twilio");
    expect_text(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+6591234567\",\"body\":\"Hi\"}",
                "\"code\":\"sender_unregistered\"");
    expect_text(&f, 422, "PATCH", target, f.acme_key, "{\"registered\":\"sg\"}", "registered");
    expect_text(&f, 200, "PATCH", target, f.acme_key, "{\"registered\":\"GB SG\"}", "\"registered\":\"GB SG\"");
    expect_text(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+6591234567\",\"body\":\"Hi\"}",
                "\"reason\":null");
    expect_text(&f, 422, "POST", "/v1/senders", f.acme_key,
                "{\"address\":\"+14155550109\",\"registered\":\"GB\"}", "Only alphanumeric");
}

/* One that writes from a British number. */
static void british_number(void)
{
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"*\"}");
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"+447911123456\"}");
}

static void numbers_go_where_they_are_delivered(void **state)
{
    static const char CONSENT[] =
        "{\"number\":\"+918123456789\",\"state\":\"opted_in\",\"means\":\"web_form\",\"basis\":\"written\","
        "\"disclosure\":\"Offers\",\"evidence\":\"form 7\"}";

    (void)state;
    british_number();
    expect_text(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+4915112345678\",\"body\":\"Hi\"}",
                "\"reason\":null");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+84912345678\",\"body\":\"Hi\"}",
                "numbers: Unregistered senders are blocked");
    expect_text(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+918123456789\",\"body\":\"Hi\"}",
                "\"reason\":null");
    expect(&f, 201, "POST", "/v1/consents", f.acme_key, CONSENT);
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+918123456789\",\"body\":\"acme: moved. Reply STOP to opt out.\",\"kind\":\"marketing\"}",
                "no_way_out");
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"ACME\",\"registered\":\"VN\"}");
    expect_text(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+84912345678\",\"body\":\"Hi\"}",
                "\"reason\":null"); /* by its name */
}

static void a_short_code_stays_in_its_country(void **state)
{
    (void)state;
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"55512\",\"verified\":true}");
    expect_text(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+12125550199\",\"body\":\"Hi\"}",
                "\"reason\":null");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+14165550199\",\"body\":\"Hi\"}",
                "sender_country");
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550100", 14155550100);
    expect_text(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+14165550199\",\"body\":\"Hi\"}",
                "\"reason\":null"); /* by the other */
}

static void marketing_that_nobody_can_answer_names_another_way_out(void **state)
{
    (void)state;
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"ACME\"}");
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"*\"}");
    expect(&f, 201, "POST", "/v1/consents", f.acme_key,
           "{\"number\":\"+4915112345678\",\"state\":\"opted_in\",\"means\":\"web_form\",\"basis\":\"written\","
           "\"disclosure\":\"Offers\",\"evidence\":\"form 7\"}");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+4915112345678\",\"body\":\"acme: moved. Reply STOP to opt out.\",\"kind\":\"marketing\"}",
                "no_way_out");
    expect(&f, 202, "POST", "/v1/messages", f.acme_key,
           "{\"to\":\"+4915112345678\",\"body\":\"acme: we moved. Opt out: https://acme.example/x\","
           "\"kind\":\"marketing\"}");
}

static void another_countrys_wants_of_a_text_are_asked(void **state)
{
    (void)state;
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"ACME\"}");
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"*\"}");
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+60123456789\",\"body\":\"acme: see https://acme.example/x\"}", "country_links");
    expect(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+60123456789\",\"body\":\"acme: see our app\"}");
    expect(&f, 202, "POST", "/v1/messages", f.acme_key,
           "{\"to\":\"+4915112345678\",\"body\":\"acme: see https://acme.example/x\"}");
    expect_text(&f, 200, "POST", "/v1/content/check", f.acme_key,
                "{\"text\":\"acme: tents\",\"country\":\"kr\",\"from\":\"ACME\"}", "country_label");
    expect_text(&f, 200, "POST", "/v1/content/check", f.acme_key,
                "{\"text\":\"acme: tents\",\"country\":\"de\",\"from\":\"ACME\"}", "no_way_out");
    expect_text(&f, 200, "POST", "/v1/content/check", f.acme_key,
                "{\"text\":\"acme: tents\",\"country\":\"NZ\",\"from\":\"ACME\"}", "sender_forbidden");
    expect_text(&f, 200, "POST", "/v1/content/check", f.acme_key,
                "{\"text\":\"acme: tents\",\"country\":\"SG\",\"from\":\"ACME\"}", "sender_unregistered");
    expect_text(&f, 422, "POST", "/v1/content/check", f.acme_key, "{\"text\":\"x\",\"country\":\"1x\"}", "country");
    expect_text(&f, 422, "POST", "/v1/content/check", f.acme_key, "{\"text\":\"x\",\"from\":\"123\"}", "from");
}

static const char *draft_of(const char *template)
{
    static char target[96];
    struct answer a;
    char body[600];

    (void)snprintf(body, sizeof body, "{\"name\":\"x\",\"template\":\"%s\",\"kind\":\"marketing\"}", template);
    a = call(&f, "POST", "/v1/campaigns", f.acme_key, NULL, body);
    assert_int_equal(a.status, 201);
    (void)snprintf(target, sizeof target, "/v1/campaigns/%s/preflight", json_text(a.body, "id"));
    answer_free(&a);
    return target;
}

/* Nobody in New Zealand gets a sender name, in Singapore it must be registered, in Korea the text wants a label;
 * France is not switched on. */
static void preflight_tells_what_speaks_against_other_countries(void **state)
{
    const char *target;

    (void)state;
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"ACME\"}");
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"DE KR NZ SG\"}");
    (void)face_contact(&f, &f.acme, 0, 6421123456, "{}");
    target = draft_of("acme: tents. Opt out: https://acme.example/x");
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "\"code\":\"sender_country\",\"severity\":\"block\"");
    (void)face_contact(&f, &f.acme, 0, 6591234567, "{}");
    (void)face_contact(&f, &f.acme, 0, 821012345678, "{}");
    (void)face_contact(&f, &f.acme, 0, 33612345678, "{}");
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "\"code\":\"sender_country\",\"severity\":\"ask\"");
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "\"code\":\"sender_unregistered\",\"severity\":\"ask\"");
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "\"code\":\"country_label\",\"severity\":\"ask\"");
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "\"code\":\"country_off\",\"severity\":\"note\"");
}

static void preflight_asks_for_another_way_out(void **state)
{
    const char *target;

    (void)state;
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"ACME\"}");
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"countries\":\"DE\"}");
    (void)face_contact(&f, &f.acme, 0, 4915112345678, "{}");
    target = draft_of("acme: tents. Reply STOP to opt out.");
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "\"code\":\"no_way_out\",\"severity\":\"block\"");
}

static void preflight_tells_what_becomes_of_numbers_abroad(void **state)
{
    const char *target;

    (void)state;
    british_number();
    (void)face_contact(&f, &f.acme, 0, 84912345678, "{}");
    target = draft_of("acme: tents. Opt out: https://acme.example/x");
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "\"code\":\"sender_country\",\"severity\":\"block\"");
    (void)face_contact(&f, &f.acme, 0, 918123456789, "{}");
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "IN: The international route puts another sender");
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "\"code\":\"country_registry\",\"severity\":\"ask\"");
}

static void preflight_tells_that_a_short_code_stays_at_home(void **state)
{
    const char *target;

    (void)state;
    expect(&f, 201, "POST", "/v1/senders", f.acme_key, "{\"address\":\"55512\",\"verified\":true}");
    (void)face_contact(&f, &f.acme, 0, 14165550199, "{}");
    target = draft_of("acme: tents. Reply STOP to opt out.");
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "\"code\":\"sender_country\",\"severity\":\"block\"");
    (void)face_contact(&f, &f.acme, 0, 12125550199, "{}");
    expect_text(&f, 200, "GET", target, f.acme_key, NULL, "\"code\":\"sender_country\",\"severity\":\"ask\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_landline_is_not_written_to_until_it_was_ported, setup, teardown),
        cmocka_unit_test_setup_teardown(a_contact_shows_what_is_known_of_its_number, setup, teardown),
        cmocka_unit_test_setup_teardown(a_campaign_is_told_how_many_are_landlines, setup, teardown),
        cmocka_unit_test_setup_teardown(alphanumeric_senders_go_where_they_may, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_go_where_they_are_delivered, setup, teardown),
        cmocka_unit_test_setup_teardown(a_short_code_stays_in_its_country, setup, teardown),
        cmocka_unit_test_setup_teardown(marketing_that_nobody_can_answer_names_another_way_out, setup, teardown),
        cmocka_unit_test_setup_teardown(another_countrys_wants_of_a_text_are_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(preflight_tells_what_speaks_against_other_countries, setup, teardown),
        cmocka_unit_test_setup_teardown(preflight_asks_for_another_way_out, setup, teardown),
        cmocka_unit_test_setup_teardown(preflight_tells_what_becomes_of_numbers_abroad, setup, teardown),
        cmocka_unit_test_setup_teardown(preflight_tells_that_a_short_code_stays_at_home, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+6421123456\",\"body\":\"Hi\"}", "(NZ: Twilio");
    expect_text(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+6591234567\",\"body\":\"Hi\"}",
                "\"code\":\"sender_unregistered\"");
    expect_text(&f, 422, "PATCH", target, f.acme_key, "{\"registered\":\"sg\"}", "registered");
    expect_text(&f, 200, "PATCH", target, f.acme_key, "{\"registered\":\"GB SG\"}", "\"registered\":\"GB SG\"");
    expect_text(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+6591234567\",\"body\":\"Hi\"}",
                "\"reason\":null");
    expect_text(&f, 422, "POST", "/v1/senders", f.acme_key,
                "{\"address\":\"+14155550109\",\"registered\":\"GB\"}", "Only alphanumeric");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_landline_is_not_written_to_until_it_was_ported, setup, teardown),
        cmocka_unit_test_setup_teardown(a_contact_shows_what_is_known_of_its_number, setup, teardown),
        cmocka_unit_test_setup_teardown(a_campaign_is_told_how_many_are_landlines, setup, teardown),
        cmocka_unit_test_setup_teardown(alphanumeric_senders_go_where_they_may, setup, teardown),
        cmocka_unit_test_setup_teardown(marketing_that_nobody_can_answer_names_another_way_out, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

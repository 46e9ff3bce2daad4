/* A text that carriers or the law forbid is refused with its words and what to do, and can be asked about before; a
 * campaign starts when nothing blocks it and the rest was acknowledged. */
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
    (void)face_sender(&f, &f.acme, f.acme_program, "+14155550199", 14155550199);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    face_close(&f);
    return 0;
}

static void a_forbidden_text_is_refused_with_its_words(void **state)
{
    struct answer a = call(&f, "POST", "/v1/messages", f.acme_key, NULL,
                           "{\"to\":\"+12125550101\",\"body\":\"Sale: https://bit.ly/3abc\"}");

    (void)state;
    assert_int_equal(a.status, 422);
    assert_non_null(strstr(a.body, "\"field\":\"body\""));
    assert_non_null(strstr(a.body, "https://bit.ly/3abc"));
    assert_non_null(strstr(a.body, "full https link"));
    answer_free(&a);
    expect_text(&f, 422, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+12125550101\",\"template\":\"See {{link}}\",\"fields\":{\"link\":\"http://a.com\"}}",
                "\"field\":\"template\"");
    expect(&f, 202, "POST", "/v1/messages", f.acme_key, "{\"to\":\"+12125550101\",\"body\":\"See https://a.com\"}");
}

static void what_only_asks_is_said_beside_the_202(void **state)
{
    struct answer a;

    (void)state;
    expect_text(&f, 202, "POST", "/v1/messages", f.acme_key,
                "{\"to\":\"+12125550101\",\"body\":\"Tents, half price\",\"kind\":\"marketing\"}",
                "\"warnings\":[{\"code\":\"no_");
    a = call(&f, "POST", "/v1/messages", f.acme_key, NULL,
             "{\"to\":\"+12125550101\",\"body\":\"Acme Ltd: your code is 1234\"}");
    assert_int_equal(a.status, 202);
    assert_null(strstr(a.body, "warnings"));
    answer_free(&a);
}

static void quiet_hours_are_told_as_the_command_line_tells_them(void **state)
{
    (void)state;
    expect_text(&f, 200, "GET", "/v1/quiet-hours?number=%2B13055550101&at=2026-07-18T07:59:00-04:00", f.read_key, NULL,
                "\"open\":false,\"next_open_at\":\"2026-07-18T12:00:00.000Z\"");
    expect_text(&f, 200, "GET", "/v1/quiet-hours?number=%2B13055550101&at=2026-07-18T08:00:00-04:00", f.read_key, NULL,
                "\"decided_by\":\"FL\"");
    expect_text(&f, 200, "GET", "/v1/quiet-hours?number=%2B13055550101&zip=40202&at=2026-07-18T09:00:00-04:00",
                f.operator_key, NULL, "\"open\":false");
    expect_text(&f, 200, "GET", "/v1/quiet-hours?number=%2B13055550101&kind=transactional&at=2026-07-18T03:00:00Z",
                f.read_key, NULL, "\"open\":true");
    expect_text(&f, 200, "GET", "/v1/quiet-hours?number=%2B13125550101&kind=transactional&automated_hours=all"
                "&at=2026-07-14T03:00:00-05:00", f.read_key, NULL, "\"open\":false");
    expect_text(&f, 200, "GET", "/v1/quiet-hours?number=%2B18005550101&country=CA&at=2026-07-14T03:00:00Z", f.read_key,
                NULL, "\"country\":\"CA\"");
    expect_text(&f, 422, "GET", "/v1/quiet-hours?number=%2B33612345678&country=GB", f.read_key, NULL, "country");
    expect_text(&f, 422, "GET", "/v1/quiet-hours?number=%2B13125550101&automated_hours=x", f.read_key, NULL,
                "automated_hours");
    expect_text(&f, 422, "GET", "/v1/quiet-hours?number=12", f.read_key, NULL, "?number");
    expect_text(&f, 422, "GET", "/v1/quiet-hours?number=%2B13055550101&at=2026-07-18T08:00:00", f.read_key, NULL, "?at");
    expect_text(&f, 422, "GET", "/v1/quiet-hours?number=%2B13055550101&state=XX", f.read_key, NULL, "state");
    expect(&f, 422, "GET", "/v1/quiet-hours?number=%2B13055550101&when=now", f.read_key, NULL);
}

static void anybody_with_a_key_may_ask(void **state)
{
    (void)state;
    expect_text(&f, 200, "POST", "/v1/content/check", f.read_key, "{\"text\":\"Sale: https://bit.ly/3abc\"}",
                "\"verdict\":\"block\"");
    expect_text(&f, 200, "POST", "/v1/content/check", f.read_key, "{\"text\":\"Sale: https://bit.ly/3abc\"}",
                "\"offset\":6,\"length\":19");
    expect_text(&f, 200, "POST", "/v1/content/check", f.operator_key, "{\"text\":\"http://a.com\"}", "http_link");
    expect_text(&f, 200, "POST", "/v1/content/check", f.read_key,
                "{\"text\":\"Acme: your code is 1234\",\"kind\":\"transactional\"}", "\"verdict\":\"clean\"");
    expect(&f, 422, "POST", "/v1/content/check", f.read_key, "{}");
    expect(&f, 422, "POST", "/v1/content/check", f.read_key, "{\"text\":\"x\",\"kind\":\"spam\"}");
    expect(&f, 404, "POST", "/v1/content/check", f.read_key, "{\"text\":\"x\",\"program\":\"none\"}");
}

static void a_program_says_what_it_may_write_about(void **state)
{
    static const char WINE[] = "{\"text\":\"Vine Shop: wine on sale. Reply STOP to opt out.\"}";

    (void)state;
    expect_text(&f, 200, "POST", "/v1/content/check", f.read_key, WINE, "\"rule\":\"alcohol\"");
    expect_text(&f, 200, "POST", "/v1/content/check", f.read_key, WINE, "\"rule\":\"no_brand\"");
    expect_text(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key,
                "{\"program\":{\"age_gated\":true,\"brand_name\":\"Vine Shop\"}}", "\"age_gated\":true");
    expect_text(&f, 200, "POST", "/v1/content/check", f.read_key, WINE, "\"verdict\":\"note\"");
    expect_text(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key,
                "{\"program\":{\"registration\":\"approved\"}}", "\"brand_name\":\"Vine Shop\"");
    expect_text(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key,
                "{\"program\":{\"age_gated\":false,\"direct_lending\":true}}", "\"direct_lending\":true");
    expect_text(&f, 200, "POST", "/v1/content/check", f.read_key, WINE, "\"verdict\":\"block\"");
}

/* A draft with that template to somebody; static memory. */
static const char *campaign_with(const char *template, const char *more)
{
    static char id[64], body[512], target[160];
    struct answer a;

    (void)snprintf(body, sizeof body, "{\"name\":\"x\",\"template\":\"%s\"%s}", template, more);
    a = call(&f, "POST", "/v1/campaigns", f.acme_key, NULL, body);
    if (a.status != 201) fail_msg("%d: %s", a.status, a.body);
    (void)snprintf(id, sizeof id, "%s", json_text(a.body, "id"));
    answer_free(&a);
    (void)snprintf(target, sizeof target, "/v1/campaigns/%s", id);
    return target;
}

static const char *of(const char *campaign, const char *tail)
{
    static char target[256];

    (void)snprintf(target, sizeof target, "%s%s", campaign, tail);
    return target;
}

static void what_blocks_keeps_a_campaign_from_starting(void **state)
{
    const char *c;

    (void)state;
    (void)face_contact(&f, &f.acme, 0, 12125550101, "{\"name\":\"Ann\"}");
    c = campaign_with("Acme: tents at https://bit.ly/x. Reply STOP to opt out.", "");
    expect_text(&f, 200, "GET", of(c, "/preflight"), f.read_key, NULL, "\"verdict\":\"block\"");
    expect_text(&f, 422, "POST", of(c, "/start"), f.acme_key, "{\"acknowledge\":[\"all\"]}", "https://bit.ly/x");
    expect_text(&f, 200, "GET", c, f.read_key, NULL, "\"state\":\"draft\"");
    expect_text(&f, 422, "POST", "/v1/campaigns", f.acme_key,
                "{\"name\":\"x\",\"template\":\"Acme: http://a.co. STOP\",\"start_at\":\"2099-01-01T00:00:00Z\"}",
                "start_at");
}

static void marketing_to_people_who_never_agreed_does_not_start(void **state)
{
    static const char AGREED[] = "{\"number\":\"+12125550101\",\"state\":\"opted_in\",\"means\":\"web_form\","
                                 "\"disclosure\":\"Offers\"}";
    const char *c;

    (void)state;
    f.settings.consent_marketing = true;
    (void)face_contact(&f, &f.acme, 0, 12125550101, "{\"name\":\"Ann\"}");
    c = campaign_with("Acme: tents for {{name}}. Reply STOP to opt out.", "");
    expect_text(&f, 200, "GET", of(c, "/preflight"), f.read_key, NULL,
                "\"code\":\"no_consent\",\"severity\":\"block\"");
    expect_text(&f, 422, "POST", of(c, "/start"), f.acme_key, "{\"acknowledge\":[\"all\"]}", "no written consent");
    (void)face_contact(&f, &f.acme, 0, 12125550102, "{\"name\":\"Bob\"}");
    expect(&f, 201, "POST", "/v1/consents", f.acme_key, AGREED);
    expect_text(&f, 200, "GET", of(c, "/preflight"), f.read_key, NULL,
                "\"code\":\"no_consent\",\"severity\":\"note\"");
    expect_text(&f, 200, "GET", of(c, "/preflight"), f.read_key, NULL, "1 of 2 contacts");
    expect_text(&f, 200, "POST", of(c, "/start"), f.acme_key, NULL, "\"state\":\"running\"");
}

static void what_asks_is_acknowledged_and_kept(void **state)
{
    const char *c;

    (void)state;
    (void)face_contact(&f, &f.acme, 0, 12125550101, "{\"name\":\"Ann\"}");
    c = campaign_with("Tents for {{name}}", "");
    expect_text(&f, 200, "GET", of(c, "/preflight"), f.read_key, NULL,
                "\"code\":\"no_opt_out\",\"severity\":\"ask\"");
    expect_text(&f, 200, "GET", of(c, "/preflight"), f.read_key, NULL, "\"recipients\":1");
    expect_text(&f, 200, "GET", of(c, "/preflight"), f.read_key, NULL, "\"limits\":[{");
    expect_text(&f, 409, "POST", of(c, "/start"), f.acme_key, NULL, "no_opt_out");
    expect_text(&f, 409, "POST", of(c, "/start"), f.acme_key, "{\"acknowledge\":[\"no_opt_out\"]}", "no_brand");
    expect_text(&f, 422, "POST", of(c, "/start"), f.acme_key, "{\"acknowledge\":[1]}", "no text");
    expect_text(&f, 422, "POST", of(c, "/start"), f.acme_key, "{\"acknowledge\":\"all\"}", "acknowledge");
    expect_text(&f, 200, "GET", of(c, "/preflight"), f.read_key, NULL, "\"acknowledged\":[]");
    expect_text(&f, 200, "POST", of(c, "/start"), f.acme_key, "{\"acknowledge\":[\"all\"]}", "\"state\":\"running\"");
    expect_text(&f, 200, "GET", of(c, "/preflight"), f.read_key, NULL, "\"acknowledged\":[{\"at\":\"");
    expect_text(&f, 200, "GET", of(c, "/preflight"), f.read_key, NULL, "\"by\":\"key_");
    expect(&f, 404, "GET", of(c, "/preflight"), f.rival_key, NULL);
}

static void a_clean_campaign_needs_no_word(void **state)
{
    const char *c;

    (void)state;
    (void)face_contact(&f, &f.acme, 0, 12125550101, "{}");
    expect(&f, 200, "PATCH", "/v1/organizations/acme", f.operator_key, "{\"program\":{\"registration\":\"approved\"}}");
    c = campaign_with("Acme: tents are back. Reply STOP to opt out.", "");
    expect_text(&f, 200, "POST", of(c, "/start"), f.acme_key, NULL, "\"state\":\"running\"");
    expect_text(&f, 200, "GET", of(c, "/preflight"), f.read_key, NULL, "\"acknowledged\":[]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_forbidden_text_is_refused_with_its_words, setup, teardown),
        cmocka_unit_test_setup_teardown(what_only_asks_is_said_beside_the_202, setup, teardown),
        cmocka_unit_test_setup_teardown(quiet_hours_are_told_as_the_command_line_tells_them, setup, teardown),
        cmocka_unit_test_setup_teardown(anybody_with_a_key_may_ask, setup, teardown),
        cmocka_unit_test_setup_teardown(a_program_says_what_it_may_write_about, setup, teardown),
        cmocka_unit_test_setup_teardown(what_blocks_keeps_a_campaign_from_starting, setup, teardown),
        cmocka_unit_test_setup_teardown(what_asks_is_acknowledged_and_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(marketing_to_people_who_never_agreed_does_not_start, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clean_campaign_needs_no_word, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

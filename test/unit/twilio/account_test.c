/* Credentials are refused in words, never quoted; host names follow Twilio's SDK. */
#include "twilio/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AC "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define PARENT "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SK "SKcccccccccccccccccccccccccccccccc"
#define TOKEN "0123456789abcdef0123456789abcdef"

static struct twilio_account account;

static void expect_refusal(struct twilio_credentials c, const char *words)
{
    struct fault f = {0};
    assert_int_equal(twilio_account_set(&account, &c, &f), ERR_INVALID);
    if (strstr(f.what, words) == NULL) fail_msg("'%s' lacks '%s'", f.what, words);
    assert_int_equal(account.account_sid[0], '\0');
}

static void set(struct twilio_credentials c)
{
    struct fault f = {0};
    if (twilio_account_set(&account, &c, &f) != ERR_OK) fail_msg("%s", f.what);
}

static void expect_base(const char *edges, const char *region, const char *base, unsigned edge,
                        const char *expected)
{
    struct buf out;
    set((struct twilio_credentials){.account_sid = STR(AC),
                                    .auth_token = STR(TOKEN),
                                    .edges = str_from(edges),
                                    .region = str_from(region),
                                    .base_url = str_from(base)});
    buf_init(&out, 1024);
    twilio_base_url_add(&out, &account, TWILIO_MESSAGING, edge);
    assert_string_equal(buf_text(&out), expected);
    buf_free(&out);
}

static void missing_and_malformed_credentials_are_named(void **state)
{
    (void)state;
    expect_refusal((struct twilio_credentials){.auth_token = STR(TOKEN)}, "TWILIO_ACCOUNT_SID is missing");
    expect_refusal((struct twilio_credentials){.account_sid = STR("AC123"), .auth_token = STR(TOKEN)},
                   "TWILIO_ACCOUNT_SID 'AC123'");
    expect_refusal((struct twilio_credentials){.account_sid = STR(SK), .auth_token = STR(TOKEN)},
                   "must be AC");
    expect_refusal((struct twilio_credentials){.account_sid = STR(AC)}, "TWILIO_AUTH_TOKEN is missing");
    expect_refusal((struct twilio_credentials){.account_sid = STR(AC), .auth_token = STR(TOKEN "0")},
                   "this has 33 characters");
    expect_refusal((struct twilio_credentials){.account_sid = STR(AC),
                                               .auth_token = STR("a b"),
                                               .base_url = STR("http://127.0.0.1:1")},
                   "spaces");
    expect_refusal((struct twilio_credentials){.account_sid = STR(AC), .key_sid = STR(SK)},
                   "api_secret is missing");
    expect_refusal(
        (struct twilio_credentials){.account_sid = STR(AC), .key_sid = STR(AC), .key_secret = STR("x")},
        "must be SK");
    expect_refusal((struct twilio_credentials){.account_sid = STR(AC),
                                               .parent_sid = STR("AC"),
                                               .auth_token = STR(TOKEN)},
                   "parent account's SID");
}

static void secrets_are_never_quoted(void **state)
{
    struct fault f = {0};
    struct twilio_credentials c = {.account_sid = STR(AC), .auth_token = STR("Hunter2")};
    (void)state;
    assert_int_equal(twilio_account_set(&account, &c, &f), ERR_INVALID);
    assert_null(strstr(f.what, "Hunter2"));
    c = (struct twilio_credentials){
        .account_sid = STR(AC), .key_sid = STR(SK), .key_secret = STR("Hunter 2")};
    assert_int_equal(twilio_account_set(&account, &c, &f), ERR_INVALID);
    assert_null(strstr(f.what, "Hunter"));
}

static void places_that_are_none_are_refused(void **state)
{
    static const char *const bases[] = {"ftp://h",      "localhost:4010", "http://",
                                        "http://u:p@h", "http://h?x",     "http://h h"};
    struct twilio_credentials c = {.account_sid = STR(AC), .auth_token = STR(TOKEN)};
    (void)state;
    c.edges = STR("dub lin");
    expect_refusal(c, "TWILIO_EDGE");
    c.edges = STR("a,b,c,d,e");
    expect_refusal(c, "TWILIO_EDGE");
    c.edges = STR("");
    c.region = STR("us1.evil.test/");
    expect_refusal(c, "TWILIO_REGION");
    c.region = STR("");
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        c.base_url = str_from(bases[i]);
        expect_refusal(c, "STERLING_TWILIO_BASE_URL");
    }
}

static void host_names_follow_the_sdk(void **state)
{
    (void)state;
    expect_base("", "", "", 0, "https://messaging.twilio.com");
    expect_base("dublin", "", "", 0, "https://messaging.dublin.us1.twilio.com");
    expect_base("", "ie1", "", 0, "https://messaging.ie1.twilio.com");
    expect_base("dublin", "ie1", "", 0, "https://messaging.dublin.ie1.twilio.com");
    expect_base("dublin, frankfurt", "ie1", "", 1, "https://messaging.frankfurt.ie1.twilio.com");
    expect_base("dublin,frankfurt", "ie1", "", 2, "https://messaging.dublin.ie1.twilio.com");
    expect_base("dublin", "ie1", "http://127.0.0.1:4010/twilio/", 0, "http://127.0.0.1:4010/twilio");
}

static void who_authenticates_is_account_parent_or_key(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 1024);
    set((struct twilio_credentials){
        .account_sid = STR(AC), .auth_token = STR("x"), .base_url = STR("http://h")});
    twilio_authorization_add(&out, &account);
    assert_string_equal(buf_text(&out), "Basic QUNhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYTp4");
    buf_free(&out);
    set((struct twilio_credentials){
        .account_sid = STR(AC), .parent_sid = STR(PARENT), .auth_token = STR(TOKEN)});
    assert_string_equal(account.user, PARENT);
    assert_string_equal(account.account_sid, AC);
    set((struct twilio_credentials){.account_sid = STR(AC),
                                    .auth_token = STR(TOKEN),
                                    .key_sid = STR(SK),
                                    .key_secret = STR("secretsecret")});
    assert_string_equal(account.user, SK);
    assert_string_equal(account.secret, "secretsecret");
    twilio_account_wipe(&account);
    assert_int_equal(account.secret[0], '\0');
}

static void links_lead_only_to_the_base(void **state)
{
    struct str target;
    struct str base = STR("http://127.0.0.1:4010/t");
    (void)state;
    assert_int_equal(twilio_link_target(STR("/2010-04-01/x.json?Page=1"), base, &target), ERR_OK);
    assert_true(str_equal(target, STR("/2010-04-01/x.json?Page=1")));
    assert_int_equal(twilio_link_target(STR("http://127.0.0.1:4010/t/v1/S?Page=1"), base, &target), ERR_OK);
    assert_true(str_equal(target, STR("/v1/S?Page=1")));
    assert_int_equal(twilio_link_target(STR("https://messaging.twilio.com/v1/S?Page=1"), base, &target),
                     ERR_OK);
    assert_true(str_equal(target, STR("/v1/S?Page=1")));
    assert_int_equal(twilio_link_target(STR("http://127.0.0.1:4010/t.evil.test/v1"), base, &target),
                     ERR_INVALID);
    assert_int_equal(twilio_link_target(STR("v1/S"), base, &target), ERR_INVALID);
    assert_int_equal(twilio_link_target(STR("/v1/S HTTP/1.1\r\nX: y"), base, &target), ERR_INVALID);
    assert_int_equal(twilio_link_target(STR(""), base, &target), ERR_INVALID);
}

static void sids_are_a_prefix_and_32_lower_case_hex_digits(void **state)
{
    (void)state;
    assert_true(twilio_sid_is(STR(AC), "AC"));
    assert_false(twilio_sid_is(STR(AC), "SM"));
    assert_false(twilio_sid_is(STR("ACAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "AC"));
    assert_false(twilio_sid_is(STR(AC "a"), "AC"));
    assert_true(twilio_sid_is_message(STR("SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")));
    assert_true(twilio_sid_is_message(STR("MMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")));
    assert_false(twilio_sid_is_message(STR(AC)));
}

static void accounts_are_equal_if_all_their_credentials_are(void **state)
{
    static const char base[] = "http://127.0.0.1:1";
    const struct twilio_credentials one = {.account_sid = STR("AC0123456789abcdef0123456789abcdef"),
                                           .auth_token = STR("secret"), .edges = STR("dublin,sydney"),
                                           .region = STR("ie1"), .base_url = str_from(base)};
    struct twilio_credentials others[7] = {one, one, one, one, one, one, one};
    struct twilio_account a, b;
    struct fault f;
    (void)state;
    others[1].account_sid = STR("AC1123456789abcdef0123456789abcdef");
    others[2].auth_token = STR("Secret");
    others[3].edges = STR("dublin,frankfurt");
    others[4].edges = STR("dublin");
    others[5].region = STR("au1");
    others[6].base_url = STR("http://127.0.0.1:2");
    assert_int_equal(twilio_account_set(&a, &one, &f), ERR_OK);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        memset(&b, 0xFF, sizeof b);
        assert_int_equal(twilio_account_set(&b, &others[i], &f), ERR_OK);
        assert_int_equal(twilio_account_equal(&a, &b), i == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_and_malformed_credentials_are_named),
        cmocka_unit_test(secrets_are_never_quoted),
        cmocka_unit_test(places_that_are_none_are_refused),
        cmocka_unit_test(host_names_follow_the_sdk),
        cmocka_unit_test(who_authenticates_is_account_parent_or_key),
        cmocka_unit_test(links_lead_only_to_the_base),
        cmocka_unit_test(sids_are_a_prefix_and_32_lower_case_hex_digits),
        cmocka_unit_test(accounts_are_equal_if_all_their_credentials_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

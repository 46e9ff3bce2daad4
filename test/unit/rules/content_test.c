/* What carriers and the law forbid is found in a text, with its place, and what is ordinary passes. */
#include "rules/content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct content_case PLAIN = {.kind = KIND_TRANSACTIONAL};

static struct content_report report_of(const char *text)
{
    struct content_report r;

    content_check(str_from(text), &PLAIN, &r);
    return r;
}

/* The first finding is this rule, about these words. */
static void expect(const char *text, const char *rule, const char *words)
{
    struct content_report r = report_of(text);

    if (r.count == 0) fail_msg("nothing found: %s", text);
    assert_string_equal(r.findings[0].rule->id, rule);
    assert_int_equal(r.findings[0].length, strlen(words));
    assert_memory_equal(text + r.findings[0].offset, words, strlen(words));
}

static void expect_clean(const char *text)
{
    struct content_report r = report_of(text);

    if (r.count > 0) fail_msg("%s: %s", r.findings[0].rule->id, text);
    assert_int_equal(r.worst, CONTENT_CLEAN);
}

static void shared_shorteners_are_found_however_they_are_written(void **state)
{
    (void)state;
    expect("Sale: https://bit.ly/3abc now", "shortener", "https://bit.ly/3abc");
    expect("Sale: bit.ly/3abc", "shortener", "bit.ly/3abc");
    expect("Sale: BIT.LY/3abc.", "shortener", "BIT.LY/3abc.");
    expect("Sale: https://www.tinyurl.com/x", "shortener", "https://www.tinyurl.com/x");
    expect("Sale: bit[.]ly/3abc", "shortener", "bit[.]ly/3abc");
    expect("Sale: bit\xE3\x80\x82ly/3abc", "shortener", "bit\xE3\x80\x82ly/3abc");
    expect_clean("Sale: https://shop.habit.ly.acme.com/3abc");
    expect_clean("Sale: https://acme.com/bit.ly");
}

static void links_without_tls_and_in_disguise_are_found(void **state)
{
    (void)state;
    expect("See http://acme.com/x", "http_link", "http://acme.com/x");
    expect("See (http://acme.com/x)", "http_link", "(http://acme.com/x)");
    expect("See HTTP://ACME.COM", "http_link", "HTTP://ACME.COM");
    expect("See https://192.0.2.7/login", "disguised_link", "https://192.0.2.7/login");
    expect("See https://paypal.com@evil.example/x", "disguised_link", "https://paypal.com@evil.example/x");
    expect("See https://xn--pypal-4ve.com", "disguised_link", "https://xn--pypal-4ve.com");
    expect_clean("See https://acme.com/x?y=http");
}

static void words_with_dots_are_no_links(void **state)
{
    (void)state;
    expect_clean("Open 9 a.m.-5 p.m. Come in.Today only. Version 2.0 costs $3.50.");
    expect_clean("Mail us at help@acme.com or ask St. John's e.g. tomorrow...");
}

static void the_gravest_come_first_and_what_has_no_place_is_left_out(void **state)
{
    char text[64 * 32] = "";
    struct content_report r;

    (void)state;
    for (int i = 0; i < 40; i++) (void)strcat(text, "http://bit.ly/x ");
    r = report_of(text);
    assert_int_equal(r.count, CONTENT_FINDINGS_MAX);
    assert_int_equal(r.worst, CONTENT_BLOCK);
    for (size_t i = 0; i < r.count; i++) assert_true(r.findings[i].offset + r.findings[i].length <= strlen(text));
}

static void a_graver_finding_takes_the_place_of_a_lesser(void **state)
{
    static const struct content_rule note = {.id = "note", .severity = CONTENT_NOTE},
                                     block = {.id = "block", .severity = CONTENT_BLOCK};
    struct content_report r = {.count = 0};

    (void)state;
    for (size_t i = 0; i < CONTENT_FINDINGS_MAX; i++) content_report_add(&r, &note, CONTENT_NOTE, i, i + 1);
    content_report_add(&r, &note, CONTENT_NOTE, 90, 91);
    content_report_add(&r, &block, CONTENT_BLOCK, 91, 92);
    assert_int_equal(r.count, CONTENT_FINDINGS_MAX);
    assert_ptr_equal(r.findings[0].rule, &block);
    assert_int_equal(r.findings[CONTENT_FINDINGS_MAX - 1].offset, CONTENT_FINDINGS_MAX - 2);
}

static void capitals_throughout_are_noted(void **state)
{
    (void)state;
    expect("YOUR ORDER HAS BEEN SENT OUT TO YOU TODAY", "capitals", "");
    expect_clean("Your ORDER 12 has been SENT out to you today");
    expect_clean("OK");
}

static void a_value_that_may_be_a_link_is_looked_at(void **state)
{
    (void)state;
    assert_true(content_value_plain(STR("Ada")));
    assert_false(content_value_plain(STR("bit.ly/x")));
    assert_false(content_value_plain(STR("")));
    assert_true(content_blocks(STR("http://x.com"), &PLAIN));
    assert_false(content_blocks(STR("Hi Ada"), &PLAIN));
}

static enum content_severity verdict(const char *text, const struct content_case *c)
{
    struct content_report r;

    content_check(str_from(text), c, &r);
    return r.worst;
}

static void dressed_words_are_what_they_look_like(void **state)
{
    (void)state;
    expect("Play at our c a s i n o bonus", "gambling", "c a s i n o bonus");
    expect("C.A.S.I.N.O bonus", "gambling", "C.A.S.I.N.O bonus");
    expect("cas-ino bonus", "gambling", "cas-ino bonus");
    expect("C4S1N0 bonus", "gambling", "C4S1N0 bonus");
    expect("ca\xE2\x80\x8B" "sino bonus", "gambling", "ca\xE2\x80\x8B" "sino bonus");
    expect("ca\u2060sino bonus", "gambling", "ca\u2060sino bonus");
    expect("ca\uFEFFsino bonus", "gambling", "ca\uFEFFsino bonus");
    expect("ca\u180Esino bonus", "gambling", "ca\u180Esino bonus");
    expect("ca\u034Fsino bonus", "gambling", "ca\u034Fsino bonus");
    expect("ca\u0301sino bonus", "gambling", "ca\u0301sino bonus");
    expect("casi\uFE0Fno bonus", "gambling", "casi\uFE0Fno bonus");
    expect("ca\u2018sino bonus", "gambling", "ca\u2018sino bonus");
    expect("ca\u00B4sino bonus", "gambling", "ca\u00B4sino bonus");
    expect("\xEF\xBC\xA3" "asino bonus", "gambling", "\xEF\xBC\xA3" "asino bonus");
    expect("c\xD0\xB0" "sino", "look_alike", "c\xD0\xB0" "sino"); /* a Cyrillic letter */
    expect_clean("\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82, \xD0\xB2\xD0\xB0\xD1\x80 \xD0\xB8 \xD1\x80\xD0\xBE\xD1\x82");
    expect("cas_ino bonus", "gambling", "cas_ino bonus");
    expect("cas~ino bonus", "gambling", "cas~ino bonus");
    expect_clean("cas+ino bonus");
    expect_clean("a counterrevolutionaries-antidisestablishment word"); /* longer than any of a term */
    expect_clean("S O S from the A B C shop");
    expect_clean("Sale!Buy two, it's 5-star and e-mail us");
}

static void the_senders_registration_excuses_what_it_allows(void **state)
{
    struct content_case c = {.kind = KIND_MARKETING, .brand = STR("Vine")};

    (void)state;
    assert_int_equal(verdict("Vine: vodka sale. Reply STOP", &c), CONTENT_BLOCK);
    c.age_gated = true;
    assert_int_equal(verdict("Vine: vodka sale. Reply STOP", &c), CONTENT_NOTE);
    assert_int_equal(verdict("Vine: vape juice sale. Reply STOP", &c), CONTENT_ASK);
    assert_int_equal(verdict("Vine: try our vape. Reply STOP", &c), CONTENT_NOTE);
    assert_int_equal(verdict("Vine: porn sale. Reply STOP", &c), CONTENT_BLOCK);
    assert_int_equal(verdict("Vine: payday loans. Reply STOP", &c), CONTENT_BLOCK);
    c.direct_lending = true;
    assert_int_equal(verdict("Vine: payday loans. Reply STOP", &c), CONTENT_NOTE);
    assert_int_equal(verdict("Vine: vote for Ann. Reply STOP", &c), CONTENT_ASK);
    c.use_case = USE_CASE_POLITICAL;
    assert_int_equal(verdict("Vine: vote for Ann. Reply STOP", &c), CONTENT_CLEAN);
}

static void a_name_is_no_offer_of_what_it_names(void **state)
{
    struct content_case c = {.kind = KIND_MARKETING, .brand = STR("Casino Shoes")};

    (void)state;
    assert_int_equal(verdict("Casino Shoes: boots on sale. Reply STOP", &c), CONTENT_CLEAN);
    assert_int_equal(verdict("Casino Shoes: casino bonus. Reply STOP", &c), CONTENT_BLOCK);
}

static void what_marketing_needs_is_missed(void **state)
{
    struct content_case c = {.kind = KIND_MARKETING, .brand = STR("Acme Outdoor")};
    struct content_report r;

    (void)state;
    content_check(STR("Boots on sale"), &c, &r);
    assert_int_equal(r.worst, CONTENT_ASK);
    assert_int_equal(r.count, 2);
    assert_string_equal(r.findings[0].rule->id, "no_brand");
    assert_string_equal(r.findings[1].rule->id, "no_opt_out");
    assert_int_equal(verdict("Acme: boots on sale. Reply STOP to opt out", &c), CONTENT_CLEAN);
    c.use_case = USE_CASE_DELIVERY_NOTIFICATION;
    assert_int_equal(verdict("Acme: boots on sale. Reply STOP to opt out", &c), CONTENT_ASK);
    c.use_case = USE_CASE_EMERGENCY;
    assert_int_equal(verdict("Acme: boots on sale. Reply STOP to opt out", &c), CONTENT_ASK);
    content_check(STR("Acme: it was good to see you. Reply STOP to opt out"), &c, &r);
    assert_int_equal(r.count, 1);
    assert_string_equal(r.findings[0].rule->id, "use_case");
    c.kind = KIND_CONVERSATIONAL;
    assert_int_equal(verdict("Acme: it was good to see you. Reply STOP to opt out", &c), CONTENT_CLEAN);
    c.kind = KIND_TRANSACTIONAL;
    c.use_case = USE_CASE_UNKNOWN;
    assert_int_equal(verdict("Your boots are ready", &c), CONTENT_NOTE);
}

static void fraud_is_urgency_with_a_link_elsewhere(void **state)
{
    struct content_case c = {.kind = KIND_TRANSACTIONAL, .brand = STR("Union Bank")};

    (void)state;
    assert_int_equal(verdict("Union Bank: verify your account at https://unionbank.example", &c), CONTENT_CLEAN);
    assert_int_equal(verdict("Union Bank: verify your account at https://evil.example", &c), CONTENT_ASK);
    assert_int_equal(verdict("USPS: verify your account at https://evil.example", &c), CONTENT_BLOCK);
    assert_int_equal(verdict("Union Bank: reply with your card number and CVV", &c), CONTENT_BLOCK);
    assert_int_equal(verdict("Union Bank: never reply with your card number and CVV. We never ask", &c), CONTENT_CLEAN);
}

static void a_name_before_a_colon_is_who_sends(void **state)
{
    struct content_case c = {.kind = KIND_TRANSACTIONAL};

    (void)state;
    assert_int_equal(verdict("Harlow: verify your account and USPS parcel at https://harlow.example/x", &c),
                     CONTENT_CLEAN);
    assert_int_equal(verdict("USPS: verify your account and parcel at https://harlow.example/x", &c), CONTENT_BLOCK);
    assert_int_equal(verdict("USPS: verify your account and parcel at https://usps.com/x", &c), CONTENT_CLEAN);
}

static void many_matches_and_long_names_are_bounded(void **state)
{
    char text[1024] = "", name[256] = "";
    struct content_case c = {.kind = KIND_TRANSACTIONAL};

    (void)state;
    for (int i = 0; i < 100; i++) strcat(text, "casino ");
    assert_int_equal(report_of(text).count, CONTENT_FINDINGS_MAX);
    assert_int_equal(report_of(text).worst, CONTENT_ASK);
    for (int i = 0; i < 40; i++) strcat(name, "acme ");
    c.brand = str_from(name);
    assert_int_equal(verdict("Your order: https://acme.example/1", &c), CONTENT_CLEAN); /* one word of it is enough */
}

static void spam_is_noted_by_its_words(void **state)
{
    struct content_report r = report_of("Dear friend, risk free and with no obligation");

    (void)state;
    assert_int_equal(r.worst, CONTENT_NOTE);
    assert_string_equal(r.findings[0].rule->id, "spam");
    expect_clean("Dear friend, see you at ten");
}

static void fields_are_holes(void **state)
{
    struct content_case c = {.kind = KIND_TRANSACTIONAL, .template = true};

    (void)state;
    assert_int_equal(verdict("Your {{casino}} is ready", &c), CONTENT_CLEAN);
    assert_int_equal(verdict("Your {{x|casino bonus}} is ready", &c), CONTENT_BLOCK);
    assert_int_equal(verdict("Your {{x|a} casino bonus}} is ready", &c), CONTENT_BLOCK);
    assert_int_equal(verdict("{{{{casino bonus", &c), CONTENT_BLOCK);
    assert_int_equal(verdict("casino {{x}} bonus", &c), CONTENT_ASK);
    assert_false(content_template_open(STR("Hi {{name}}, see https://a.com/{{id}}. Bye {{name}}.")));
    assert_true(content_template_open(STR("Hi {{name}}s")));
    assert_true(content_template_open(STR("Hi {{name|my}.. friend}}s"))); /* one brace ends no default */
    assert_true(content_template_open(STR("Hi x{{name}}")));
    assert_true(content_template_open(STR("Hi {{a}}{{b}}")));
    assert_true(content_template_open(STR("Hi {{a}}.com")));
    assert_true(content_template_open(STR("Hi bit.{{a}}")));
    assert_false(content_value_plain(STR("casino")));
    assert_false(content_value_plain(STR("S")));
    assert_false(content_value_plain(STR("50%")));
}

static void long_texts_and_bare_bytes_have_an_answer(void **state)
{
    static char text[8192];
    struct content_report r;

    (void)state;
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)(i * 7 + i / 251);
    for (size_t n = 0; n < sizeof text; n += 97) {
        content_check((struct str){text, n}, &PLAIN, &r);
        for (size_t i = 0; i < r.count; i++) assert_true((size_t)r.findings[i].offset + r.findings[i].length <= n);
    }
    memset(text, 'a', sizeof text);
    assert_int_equal(verdict("", &PLAIN), CONTENT_CLEAN);
    content_check((struct str){text, sizeof text}, &PLAIN, &r);
    assert_int_equal(r.count, 0);
    for (size_t i = 1; i < sizeof text; i += 2) text[i] = ' ';
    content_check((struct str){text, sizeof text}, &PLAIN, &r);
    assert_int_equal(r.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_shorteners_are_found_however_they_are_written),
        cmocka_unit_test(links_without_tls_and_in_disguise_are_found),
        cmocka_unit_test(words_with_dots_are_no_links),
        cmocka_unit_test(the_gravest_come_first_and_what_has_no_place_is_left_out),
        cmocka_unit_test(a_graver_finding_takes_the_place_of_a_lesser),
        cmocka_unit_test(capitals_throughout_are_noted),
        cmocka_unit_test(a_value_that_may_be_a_link_is_looked_at),
        cmocka_unit_test(dressed_words_are_what_they_look_like),
        cmocka_unit_test(the_senders_registration_excuses_what_it_allows),
        cmocka_unit_test(a_name_is_no_offer_of_what_it_names),
        cmocka_unit_test(what_marketing_needs_is_missed),
        cmocka_unit_test(fraud_is_urgency_with_a_link_elsewhere),
        cmocka_unit_test(a_name_before_a_colon_is_who_sends),
        cmocka_unit_test(many_matches_and_long_names_are_bounded),
        cmocka_unit_test(spam_is_noted_by_its_words),
        cmocka_unit_test(fields_are_holes),
        cmocka_unit_test(long_texts_and_bare_bytes_have_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* country_content: what other countries want of a text and of its sender. */
#include "rules/country_content.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct content_report report;

/* How grave the finding of that rule is in that text to that country; CONTENT_CLEAN: there is none. */
static enum content_severity found(const char *rule, const char *text, struct country_case c)
{
    const struct content_case facts = {.kind = c.kind, .brand = c.brand};

    content_check(str_from(text), &facts, &report);
    country_content_check(str_from(text), &c, &report);
    for (size_t i = 0; i < report.count; i++)
        if (strcmp(report.findings[i].rule->id, rule) == 0) return report.findings[i].severity;
    return CONTENT_CLEAN;
}

static struct country_case offer_to(const char *country)
{
    return (struct country_case){.country = country, .kind = KIND_MARKETING, .brand = STR("Acme")};
}

static struct country_case notice_to(const char *country)
{
    return (struct country_case){.country = country, .kind = KIND_TRANSACTIONAL, .brand = STR("Acme")};
}

static void a_country_wants_its_label_and_its_way_out(void **state)
{
    (void)state;
    assert_int_equal(found("country_label", "Acme: tents", offer_to("KR")), CONTENT_BLOCK);
    assert_int_equal(found("country_opt_out", "Acme: tents", offer_to("KR")), CONTENT_BLOCK);
    assert_int_equal(report.worst, CONTENT_BLOCK);
    assert_int_equal(found("country_label", " (광고) Acme: tents 무료수신거부 080", offer_to("KR")), CONTENT_CLEAN);
    assert_int_equal(found("country_opt_out", "(광고) Acme: tents 무료수신거부 080", offer_to("KR")), CONTENT_CLEAN);
    assert_int_equal(found("country_label", "Acme: tents (광고)", offer_to("KR")), CONTENT_BLOCK);
    assert_int_equal(found("country_label", "Your code is 12", notice_to("KR")), CONTENT_CLEAN);
    assert_int_equal(found("country_label", "פרסומת Acme", offer_to("IL")), CONTENT_CLEAN);
    assert_int_equal(found("country_label", "[qc] Acme", offer_to("VN")), CONTENT_CLEAN);
    assert_int_equal(found("country_label", "Acme: tents", offer_to("DE")), CONTENT_CLEAN);
    assert_int_equal(found("country_label", "Acme: tents", offer_to("US")), CONTENT_CLEAN);
}

static void a_word_to_opt_out_stands_by_itself(void **state)
{
    (void)state;
    assert_int_equal(found("country_opt_out", "Acme: tentes. STOP au 36180", offer_to("FR")), CONTENT_CLEAN);
    assert_int_equal(found("country_opt_out", "Acme: tentes. stop", offer_to("FR")), CONTENT_CLEAN);
    assert_int_equal(found("country_opt_out", "Acme: tentes. Fin:STOP{36180}", offer_to("FR")), CONTENT_CLEAN);
    assert_int_equal(found("country_opt_out", "Acme: tentes. STOP:36180", offer_to("FR")), CONTENT_CLEAN);
    assert_int_equal(found("country_opt_out", "Acme: tentes. STOP36180", offer_to("FR")), CONTENT_BLOCK);
    assert_int_equal(found("country_opt_out", "Acme: non-stopping tentes", offer_to("FR")), CONTENT_BLOCK);
    assert_int_equal(found("country_opt_out", "Acme: prochain arret", offer_to("FR")), CONTENT_BLOCK);
    assert_int_equal(found("country_opt_out", "[QC] Acme WTC", offer_to("VN")), CONTENT_BLOCK);
    assert_int_equal(found("country_opt_out", "[QC] Acme. Tu choi: soan TC gui 123", offer_to("VN")), CONTENT_CLEAN);
}

static void links_and_telephone_numbers_where_they_do_not_arrive(void **state)
{
    const struct country_case malaysia = notice_to("MY");
    struct content_report none = {.count = 0};

    (void)state;
    assert_int_equal(found("country_links", "Acme: https://acme.my/x", notice_to("MY")), CONTENT_BLOCK);
    assert_int_equal(found("country_links", "Acme: see our app", notice_to("MY")), CONTENT_CLEAN);
    assert_int_equal(found("country_links", "Acme: see [our app]", notice_to("MY")), CONTENT_CLEAN);
    assert_int_equal(found("country_phone", "Acme: call 03-1234 567", notice_to("MY")), CONTENT_ASK);
    country_content_check(((struct str){"123456\0" "7", 8}), &malaysia, &none);
    assert_int_equal(none.worst, CONTENT_CLEAN); /* no number goes on behind a byte that is no text */
    assert_int_equal(found("country_phone", "Acme: order 123456", notice_to("MY")), CONTENT_CLEAN);
    assert_int_equal(found("country_links", "Acme: https://acme.th/x", notice_to("TH")), CONTENT_ASK);
    assert_int_equal(found("country_links", "Acme: https://acme.uk/x", notice_to("GB")), CONTENT_NOTE);
    assert_int_equal(found("country_links", "Acme: https://acme.de/x", notice_to("DE")), CONTENT_CLEAN);
}

static void form_of_text_and_sender(void **state)
{
    static char long_text[901];
    struct country_case india = offer_to("IN");

    (void)state;
    memset(long_text, 'a', 900);
    assert_int_equal(found("country_segments", long_text, notice_to("JP")), CONTENT_ASK);
    long_text[700] = 0;
    assert_int_equal(found("country_segments", long_text, notice_to("JP")), CONTENT_CLEAN);
    assert_int_equal(found("country_segments", "\xff\xfe", notice_to("JP")), CONTENT_CLEAN); /* refused elsewhere */
    assert_int_equal(found("country_brand", "Your order is here", (struct country_case){.country = "ID"}),
                     CONTENT_CLEAN);
    assert_int_equal(found("country_brand", "Your order is here", notice_to("ID")), CONTENT_ASK);
    assert_int_equal(found("country_brand", "acme: your order is here", notice_to("ID")), CONTENT_CLEAN);
    assert_int_equal(found("country_letters", "Acme: promoção", notice_to("BR")), CONTENT_NOTE);
    assert_int_equal(found("country_letters", "Acme: promocao", notice_to("BR")), CONTENT_CLEAN);
    assert_int_equal(found("country_template", "x", notice_to("IN")), CONTENT_ASK);
    assert_int_equal(found("country_sender", "x", india), CONTENT_CLEAN); /* a number */
    india.sender = STR("ACME");
    assert_int_equal(found("country_sender", "x", india), CONTENT_BLOCK);
    india.sender = STR("ACME12");
    assert_int_equal(found("country_sender", "x", india), CONTENT_BLOCK);
    india.sender = STR("ACMEF{");
    assert_int_equal(found("country_sender", "x", india), CONTENT_BLOCK);
    india.sender = STR("ACMEFD");
    assert_int_equal(found("country_sender", "x", india), CONTENT_CLEAN);
    india = notice_to("TH");
    india.sender = STR("Acme");
    assert_int_equal(found("country_sender", "x", india), CONTENT_NOTE);
}

static void what_is_forbidden_in_one_country_alone(void **state)
{
    static const char VOTE[] = "Acme: vote for Smith for mayor on Tuesday. Paid for by Smith for Mayor. Reply STOP";

    (void)state;
    assert_int_equal(found("country_category", VOTE, offer_to("DE")), CONTENT_CLEAN);
    assert_int_equal(found("political", VOTE, offer_to("BR")), CONTENT_ASK);
    assert_int_equal(found("country_category", VOTE, offer_to("BR")), CONTENT_BLOCK);
    assert_int_equal(found("country_category", "Acme: tents are back. Reply STOP", offer_to("BR")), CONTENT_CLEAN);
}

static void an_alphanumeric_sender_is_judged_with_its_text(void **state)
{
    struct country_case c = offer_to("DE");

    (void)state;
    c.sender = STR("ACME");
    assert_int_equal(found("no_way_out", "Acme: tents. Reply STOP", c), CONTENT_BLOCK);
    assert_int_equal(found("no_way_out", "Acme: tents. Stop: https://acme.de/x", c), CONTENT_CLEAN);
    c.kind = KIND_TRANSACTIONAL;
    assert_int_equal(found("no_way_out", "Your code is 12", c), CONTENT_CLEAN);
    c.country = "NZ";
    assert_int_equal(found("sender_forbidden", "x", c), CONTENT_BLOCK);
    c.country = "SG";
    assert_int_equal(found("sender_unregistered", "x", c), CONTENT_ASK);
    c.registered = STR("GB SG");
    assert_int_equal(found("sender_unregistered", "x", c), CONTENT_CLEAN);
}

static void a_sender_name_that_nobody_sees_or_knows(void **state)
{
    struct country_case c = notice_to("HU");

    (void)state;
    c.sender = STR("ACME");
    assert_int_equal(found("sender_overwritten", "Your code is 12", c), CONTENT_NOTE);
    assert_int_equal(found("sender_generic", "Your code is 12", c), CONTENT_CLEAN);
    c = notice_to("DE");
    c.sender = STR("SMS Info");
    assert_int_equal(found("sender_overwritten", "Your code is 12", c), CONTENT_CLEAN);
    assert_int_equal(found("sender_generic", "Your code is 12", c), CONTENT_ASK);
    c.country = "GB";
    assert_int_equal(found("sender_forbidden", "Your code is 12", c), CONTENT_BLOCK);
}

static void registers_and_hosts_that_a_country_asks_for(void **state)
{
    static const char *const registers[] = {"IN", "SG", "AE", "NG", "TR"}, *const hosts[] = {"AU", "FR", "IT", "BE"};

    (void)state;
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
        assert_int_equal(found("country_registry", "Acme: tents", offer_to(registers[i])), CONTENT_ASK);
        assert_int_equal(found("country_registry", "Your code is 12", notice_to(registers[i])), CONTENT_CLEAN);
    }
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        assert_int_equal(found("country_host", "Acme: see https://tents.example/x", notice_to(hosts[i])), CONTENT_ASK);
        assert_int_equal(found("country_host", "Acme: see https://acme.example/x", notice_to(hosts[i])), CONTENT_CLEAN);
    }
    assert_int_equal(found("country_host", "Acme: see https://tents.example/x", notice_to("DE")), CONTENT_CLEAN);
}

static bool is_blocked(const char *text, const struct country_case *c)
{
    const struct content_case facts = {.kind = KIND_MARKETING, .brand = c->brand};

    content_check(str_from(text), &facts, &report);
    report.worst = CONTENT_CLEAN; /* what the country adds alone */
    country_content_check(str_from(text), c, &report);
    return report.worst == CONTENT_BLOCK;
}

static void a_country_without_rows_asks_nothing(void **state)
{
    const struct country_case none = offer_to("DE"), some = offer_to("KR");

    (void)state;
    assert_false(country_content_any("DE"));
    assert_false(country_content_any(""));
    assert_true(country_content_any("KR"));
    assert_false(is_blocked("Sale http://a.co", &none));
    assert_true(is_blocked("Sale", &some));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_country_wants_its_label_and_its_way_out),
        cmocka_unit_test(a_word_to_opt_out_stands_by_itself),
        cmocka_unit_test(links_and_telephone_numbers_where_they_do_not_arrive),
        cmocka_unit_test(form_of_text_and_sender),
        cmocka_unit_test(what_is_forbidden_in_one_country_alone),
        cmocka_unit_test(an_alphanumeric_sender_is_judged_with_its_text),
        cmocka_unit_test(a_sender_name_that_nobody_sees_or_knows),
        cmocka_unit_test(registers_and_hosts_that_a_country_asks_for),
        cmocka_unit_test(a_country_without_rows_asks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The parts of a2p_check by themselves: of the fields that belong together, which one is named, by which rule. What a
 * whole registration is told stands in a2p_check_test.c.
 */
#include "rules/a2p_check_inside.h"
#include "rules/a2p_phrases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef void (*part)(const struct a2p_case *c);

struct sample {
    struct a2p_facts facts;
    enum a2p_field field;
    const char *rule; /* NULL: nothing is said of the field */
};
#define FACTS(...) {.at = {__VA_ARGS__}}

static void check_each(part check, enum brand_type kind, const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct a2p_findings found = {.worst = A2P_CLEAN};
        struct a2p_case c = {&samples[i].facts, kind, &found};
        const char *rule = NULL;
        bool named = false;
        check(&c);
        for (size_t k = 0; k < found.count; k++) {
            if (found.at[k].field != samples[i].field) continue;
            rule = found.at[k].rule;
            named = named || (samples[i].rule != NULL && strcmp(rule, samples[i].rule) == 0);
        }
        if (samples[i].rule == NULL ? rule != NULL : !named)
            fail_msg("sample %zu: wanted %s, found %s", i, samples[i].rule != NULL ? samples[i].rule : "nothing",
                     rule != NULL ? rule : "nothing");
    }
}
#define CHECK_EACH(check, kind, samples) check_each(check, kind, samples, sizeof(samples) / sizeof((samples)[0]))

static void people_can_be_reached(void **state)
{
    static const struct sample business[] = {
        {FACTS([A2P_EMAIL] = STR("jo@example.com")), A2P_EMAIL, "email"},
        {FACTS([A2P_EMAIL] = STR("jo@acme.com"), [A2P_EMAIL2] = STR("JO@acme.com")), A2P_EMAIL2, "second_same"},
        {FACTS([A2P_EMAIL] = STR("jo@acme.com"), [A2P_EMAIL2] = STR("kim@acme.com")), A2P_EMAIL2, NULL},
        {FACTS([A2P_EMAIL] = STR("jo@acme.com"), [A2P_WEBSITE] = STR("https://acme.com")), A2P_EMAIL, NULL},
        {FACTS([A2P_PHONE] = STR("+442079460123")), A2P_PHONE, NULL},
    };
    static const struct sample owner[] = {
        {FACTS([A2P_MOBILE_PHONE] = STR("+14155552671")), A2P_MOBILE_PHONE, NULL},
        {FACTS([A2P_MOBILE_PHONE] = STR("+442079460123")), A2P_MOBILE_PHONE, "mobile"},
        {FACTS([A2P_MOBILE_PHONE] = STR("+525512345678")), A2P_MOBILE_PHONE, "mobile"}, /* fixed or mobile as ours */
    };

    (void)state;
    CHECK_EACH(a2p_check_people, BRAND_STANDARD, business);
    CHECK_EACH(a2p_check_people, BRAND_SOLE_PROPRIETOR, owner);
}

#define PLACE(country, region, code)                                                                                \
    FACTS([A2P_COUNTRY] = STR(country), [A2P_REGION] = STR(region), [A2P_POSTAL_CODE] = STR(code))

static void a_place_is_one_of_its_country(void **state)
{
    static const struct sample samples[] = {
        {PLACE("us", "CA", "94105"), A2P_COUNTRY, "country"},
        {PLACE("Us", "CA", "94105"), A2P_COUNTRY, "country"},
        {PLACE("U1", "CA", "94105"), A2P_COUNTRY, "country"},
        {PLACE("1S", "CA", "94105"), A2P_COUNTRY, "country"},
        {PLACE("USA", "CA", "94105"), A2P_COUNTRY, "country"},
        {PLACE("MX", "Jalisco", "44100"), A2P_COUNTRY, NULL},
        {PLACE("MX", "Jalisco", "44100"), A2P_REGION, NULL},
        {PLACE("US", "ca", "94105"), A2P_REGION, "region"},
        {PLACE("US", "C1", "94105"), A2P_REGION, "region"},
        {PLACE("US", "Ca", "94105"), A2P_REGION, "region"},
        {PLACE("US", "1A", "94105"), A2P_REGION, "region"},
        {PLACE("US", "CA", "94105"), A2P_POSTAL_CODE, NULL},
        {PLACE("US", "CA", "K1A 0B1"), A2P_POSTAL_CODE, "postal_code"},
        {PLACE("US", "CA", "#9410"), A2P_POSTAL_CODE, "postal_code"},
        {PLACE("US", "PW", "96940"), A2P_POSTAL_CODE, NULL}, /* Palau, which is in no state's table */
        {PLACE("US", "", "94105"), A2P_REGION, NULL},     /* that it is missing is said elsewhere */
        {PLACE("US", "CA", ""), A2P_POSTAL_CODE, NULL},
        {PLACE("CA", "ON", "K1A 0B1"), A2P_POSTAL_CODE, NULL},
        {PLACE("CA", "ON", "94105"), A2P_POSTAL_CODE, "postal_code"},
        {PLACE("CA", "BC", "K1A 0B1"), A2P_POSTAL_CODE, "postal_elsewhere"},
        {PLACE("CA", "CA", "K1A 0B1"), A2P_REGION, "region"}, /* California is no province */
    };

    (void)state;
    CHECK_EACH(a2p_check_address, BRAND_STANDARD, samples);
}

#define TEN(number) number number number number number number number number number number

static void numbers_are_ours_and_not_too_many(void **state)
{
    static const struct sample samples[] = {
        {FACTS([A2P_NUMBERS] = STR("+14155552671, (415) 555-2672")), A2P_NUMBERS, NULL},
        {FACTS([A2P_NUMBERS] = STR("12")), A2P_NUMBERS, "number"},
        {FACTS([A2P_NUMBERS] = STR("+525512345678")), A2P_NUMBERS, "number"},
        {FACTS([A2P_NUMBERS] = STR(TEN(TEN("+14155552671,")))), A2P_NUMBERS, "number_pool"},
        {FACTS([A2P_NUMBERS_TO_BUY] = STR("49")), A2P_NUMBERS_TO_BUY, NULL},
        {FACTS([A2P_NUMBERS_TO_BUY] = STR("50")), A2P_NUMBERS_TO_BUY, "number_pool"},
        /* That it is too long is said elsewhere. */
        {FACTS([A2P_NUMBERS_TO_BUY] = STR("5000")), A2P_NUMBERS_TO_BUY, NULL},
        {FACTS([A2P_AREA_CODE] = STR("415")), A2P_AREA_CODE, NULL},
        {FACTS([A2P_AREA_CODE] = STR("123")), A2P_AREA_CODE, "area_code"},
        {FACTS([A2P_AREA_CODE] = STR("4l5")), A2P_AREA_CODE, "area_code"},
    };
    static const struct sample owner[] = {
        {FACTS([A2P_NUMBERS] = STR("+14155552671"), [A2P_NUMBERS_TO_BUY] = STR("1")), A2P_NUMBERS, "one_number"},
        {FACTS([A2P_NUMBERS_TO_BUY] = STR("1")), A2P_NUMBERS_TO_BUY, NULL},
    };

    (void)state;
    CHECK_EACH(a2p_check_numbers, BRAND_STANDARD, samples);
    CHECK_EACH(a2p_check_numbers, BRAND_SOLE_PROPRIETOR, owner);
}

#define REGISTERED(country, identifier, number)                                                                     \
    FACTS([A2P_COUNTRY] = STR(country), [A2P_IDENTIFIER] = STR(identifier), [A2P_REGISTRATION_NUMBER] = STR(number))

static void a_number_has_its_registers_form(void **state)
{
    static const struct sample samples[] = {
        {REGISTERED("US", "EIN", "20-4512367"), A2P_REGISTRATION_NUMBER, NULL},
        {REGISTERED("US", "EIN", "204512367"), A2P_REGISTRATION_NUMBER, NULL},
        {REGISTERED("US", "EIN", "2045123670"), A2P_REGISTRATION_NUMBER, "ein_form"},
        {REGISTERED("US", "EIN", "20.4512367"), A2P_REGISTRATION_NUMBER, "ein_form"},
        {REGISTERED("US", "EIN", "20 45 12367"), A2P_REGISTRATION_NUMBER, "ein_form"},
        {REGISTERED("US", "EIN", "204-512-3671"), A2P_REGISTRATION_NUMBER, "ein_form"},
        {REGISTERED("US", "EIN", "204-5123670"), A2P_REGISTRATION_NUMBER, "ein_form"},
        {REGISTERED("US", "EIN", "219-09-9999"), A2P_REGISTRATION_NUMBER, "ssn"},
        {REGISTERED("CA", "CBN", "123456782"), A2P_REGISTRATION_NUMBER, NULL},
        {REGISTERED("CA", "CBN", "12345 6782"), A2P_REGISTRATION_NUMBER, "cbn_form"},
        {REGISTERED("CA", "CBN", "12345678"), A2P_REGISTRATION_NUMBER, "cbn_form"},
        {REGISTERED("CA", "CBN", "111111111"), A2P_REGISTRATION_NUMBER, "cbn_form"},
        {REGISTERED("GB", "VAT", "GB123"), A2P_REGISTRATION_NUMBER, "number_form"},
        {REGISTERED("GB", "VAT", "GB123456789"), A2P_REGISTRATION_NUMBER, NULL},
    };

    (void)state;
    CHECK_EACH(a2p_check_business, BRAND_STANDARD, samples);
}

#define LISTED(exchange, mail, site)                                                                                \
    FACTS([A2P_COMPANY_TYPE] = STR("public"), [A2P_STOCK_EXCHANGE] = STR(exchange), [A2P_STOCK_TICKER] = STR("ACM"), \
          [A2P_BRAND_CONTACT_EMAIL] = STR(mail), [A2P_WEBSITE] = STR(site))

static void a_company_is_of_one_kind(void **state)
{
    static const struct sample samples[] = {
        {LISTED("NYSE", "kim@acme.com", "https://acme.com"), A2P_STOCK_EXCHANGE, NULL},
        {LISTED("NYSE", "kim@acme.com", "https://acme.com"), A2P_STOCK_TICKER, NULL},
        {LISTED("NONE", "kim@acme.com", "https://acme.com"), A2P_STOCK_EXCHANGE, "public_needs"},
        {LISTED("NYSE", "kim@acme.com", ""), A2P_BRAND_CONTACT_EMAIL, NULL}, /* with nothing to compare it with */
        {LISTED("NYSE", "kim@other.com", "https://acme.com"), A2P_BRAND_CONTACT_EMAIL, "domain_differs"},
        {FACTS([A2P_COMPANY_TYPE] = STR("private"), [A2P_STOCK_EXCHANGE] = STR("NYSE")), A2P_STOCK_EXCHANGE,
         "only_public"},
        {FACTS([A2P_COMPANY_TYPE] = STR("non_profit")), A2P_BUSINESS_TYPE, NULL},
        {FACTS([A2P_COMPANY_TYPE] = STR("non_profit"), [A2P_BUSINESS_TYPE] = STR("Partnership")), A2P_BUSINESS_TYPE,
         "type_and_company"},
        {FACTS([A2P_BUSINESS_TYPE] = STR("Limited Liability Corporation"), [A2P_LEGAL_NAME] = STR("Acme, Inc.")),
         A2P_BUSINESS_TYPE, "type_and_name"},
        {FACTS([A2P_BUSINESS_TYPE] = STR("Limited Liability Corporation"), [A2P_LEGAL_NAME] = STR("Acme, LLC")),
         A2P_BUSINESS_TYPE, NULL},
    };
    static const struct sample sites[] = {
        {FACTS([A2P_WEBSITE] = STR("https://www.example.com")), A2P_WEBSITE, "no_site"},
        {FACTS([A2P_WEBSITE] = STR("https://acme.com")), A2P_WEBSITE, NULL},
    };

    (void)state;
    CHECK_EACH(a2p_check_business, BRAND_STANDARD, samples);
    CHECK_EACH(a2p_check_web, BRAND_STANDARD, sites);
}

#define USE(code) FACTS([A2P_USE_CASE] = STR(code))
#define SAME "Acme Dental reminds its patients of the appointments that they booked."

static void a_ticker_is_letters_digits_and_marks(void **state)
{
    static const char *const good[] = {"ACM", "acm", "7203", "BRK.B", "BRK-b"};
    static const char *const bad[] = {"A CM", "A/CM", "A:CM", "A[CM", "A{CM", "A@CM"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0] + sizeof bad / sizeof bad[0]; i++) {
        bool is_good = i < sizeof good / sizeof good[0];
        const char *text = is_good ? good[i] : bad[i - sizeof good / sizeof good[0]];
        struct sample one = {FACTS([A2P_COMPANY_TYPE] = STR("public"), [A2P_STOCK_TICKER] = str_from(text)),
                             A2P_STOCK_TICKER, is_good ? NULL : "ticker"};
        check_each(a2p_check_business, BRAND_STANDARD, &one, 1);
    }
}

static void some_use_cases_are_approved_one_by_one(void **state)
{
    static const struct sample samples[] = {
        {USE("AGENTS_FRANCHISES"), A2P_USE_CASE, "special_use_case"},
        {USE("EMERGENCY"), A2P_USE_CASE, "special_use_case"},
        {USE("K12_EDUCATION"), A2P_USE_CASE, "special_use_case"},
        {USE("PROXY"), A2P_USE_CASE, "special_use_case"},
        {USE("SOCIAL"), A2P_USE_CASE, "special_use_case"},
        {USE("SWEEPSTAKE"), A2P_USE_CASE, "special_use_case"},
        {USE("MIXED"), A2P_USE_CASE, NULL},
        {USE("POLITICAL"), A2P_CAMPAIGN_VERIFY_TOKEN, "political"},
        {FACTS([A2P_USE_CASE] = STR("POLITICAL"), [A2P_CAMPAIGN_VERIFY_TOKEN] = STR("cv|1.0|x")),
         A2P_CAMPAIGN_VERIFY_TOKEN, NULL},
        {FACTS([A2P_DESCRIPTION] = STR(SAME), [A2P_MESSAGE_FLOW] = STR(SAME)), A2P_MESSAGE_FLOW, "same_text"},
    };

    (void)state;
    CHECK_EACH(a2p_check_campaign, BRAND_STANDARD, samples);
}

#define FLOW(more)                                                                                                  \
    FACTS([A2P_AGE_GATED] = STR("true"), [A2P_MESSAGE_FLOW] = STR(                                                  \
        "Patients of Acme fill in a form at https://acme.com/sms and give their date of birth to get text messages. " \
        "Message frequency varies. Message and data rates may apply. Reply STOP to opt out or HELP for help. Terms: " \
        "https://acme.com/terms Privacy: https://acme.com/privacy " more))

/* A word that would condemn a flow is heard with the one that takes it back. */
static void a_flow_may_deny_what_is_forbidden(void **state)
{
    static const struct sample samples[] = {
        {FLOW(""), A2P_MESSAGE_FLOW, NULL},
        {FLOW("The box is pre-checked."), A2P_MESSAGE_FLOW, "flow_checked"},
        {FLOW("The box is not pre-checked."), A2P_MESSAGE_FLOW, NULL},
        {FLOW("Numbers are sold to partners."), A2P_MESSAGE_FLOW, "flow_shared"},
        {FLOW("Numbers are never shared, nor sold to anyone."), A2P_MESSAGE_FLOW, NULL},
        {FLOW("Patients must agree."), A2P_MESSAGE_FLOW, "flow_forced"},
        {FLOW("Nobody must agree: texts are optional."), A2P_MESSAGE_FLOW, NULL},
    };

    (void)state;
    CHECK_EACH(a2p_check_flow, BRAND_STANDARD, samples);
}

#define TEXT(use, more, sample)                                                                                     \
    FACTS([A2P_BRAND_NAME] = STR("Acme"), [A2P_USE_CASE] = STR(use), more, [A2P_SAMPLE1] = STR(sample))
#define PHONE_SAID [A2P_EMBEDDED_PHONE] = STR("true")

static void samples_show_what_is_declared(void **state)
{
    static const struct sample samples[] = {
        {TEXT("MIXED", PHONE_SAID, "Acme: call 415-555-2671 today. Reply STOP."), A2P_EMBEDDED_PHONE, NULL},
        {TEXT("MIXED", PHONE_SAID, "Acme: see you today at ten. Reply STOP."), A2P_EMBEDDED_PHONE, "phone_not_shown"},
        {TEXT("MIXED", PHONE_SAID, "Acme: responda ALTO o STOP para cancelar."), A2P_SAMPLE1, NULL},
        {TEXT("MIXED", PHONE_SAID, "Acme: responda ALTO para cancelar."), A2P_SAMPLE1, "keyword_undeclared"},
        /* Of one sample neither is wanted that all must have together. */
        {TEXT("MARKETING", PHONE_SAID, "Boots are on sale today. Reply STOP to opt out."), A2P_SAMPLE1,
         "samples_brand"},
        {TEXT("DELIVERY_NOTIFICATION", PHONE_SAID, "Acme: your boots ship today, and all boots are on sale. Buy now!"),
         A2P_SAMPLE1, "use_case"},
    };
    static const struct sample replies[] = {
        {FACTS([A2P_HELP_MESSAGE] = STR("Acme: see https://acme.com/help for help.")), A2P_HELP_MESSAGE, NULL},
        {FACTS([A2P_HELP_MESSAGE] = STR("Acme: write to help@acme.com for help.")), A2P_HELP_MESSAGE, NULL},
        {FACTS([A2P_HELP_MESSAGE] = STR("Acme: call 415-555-2671 for help.")), A2P_HELP_MESSAGE, NULL},
        {FACTS([A2P_HELP_MESSAGE] = STR("Acme: we are glad to be of help.")), A2P_HELP_MESSAGE, "help_contact"},
    };

    (void)state;
    CHECK_EACH(a2p_check_samples, BRAND_STANDARD, samples);
    CHECK_EACH(a2p_check_replies, BRAND_STANDARD, replies);
}

/* ---- words ---- */

static void a_phrase_ends_where_a_word_ends(void **state)
{
    (void)state;
    assert_false(a2p_says(STR("Reply  "), "reply stop"));
    assert_true(a2p_says(STR("Reply\tSTOP\r\n"), "reply stop"));
    assert_true(a2p_says(STR("It works!now"), "it works!")); /* a mark ends it, whatever follows */
    assert_false(a2p_says(STR(""), "stop"));
}

static void a_language_is_told_by_its_commonest_words(void **state)
{
    (void)state;
    assert_true(a2p_is_foreign(STR("Los pacientes de la casa marcan una casilla para que les escribamos")));
    assert_false(a2p_is_foreign(STR("The guests of La Casa de los Tacos para llevar sign up for our offers and news")));
    assert_false(a2p_is_foreign(STR("Rio de la Plata"))); /* a name */
}

static bool names(const char *brand, const char *text)
{
    struct a2p_facts facts = FACTS([A2P_BRAND_NAME] = str_from(brand));
    struct a2p_case c = {&facts, BRAND_STANDARD, NULL};

    return a2p_names_brand(&c, str_from(text));
}

static void a_brand_is_named_without_its_legal_form(void **state)
{
    (void)state;
    assert_true(names("Acme Dental, LLC", "From Acme Dental: hello"));
    assert_true(names("  Acme \t Dental  Inc.", "From acme dental: hello"));
    assert_false(names("Alcoinc", "From Alco: hello")); /* no suffix, but the end of a word */
    assert_false(names(", LLC", "From nobody: hello"));
    assert_false(names("A*B|C", "From A: hello"));
    assert_true(names("", "From anybody: hello")); /* that no name is given is said elsewhere */
}

static void a_phone_number_has_ten_digits_or_eleven(void **state)
{
    static const struct str phones[] = {STR("call 415-555-2671 now"), STR("call 1 (415) 555.2671, please"),
                                        STR("call 1 415 555 2671"), STR("415-555-2671."), {"4155552671\0x", 12}};
    static const struct str others[] = {STR("order 415-555"), STR("4155552671415555"), STR("at 10:00"), STR("")};

    (void)state;
    for (size_t i = 0; i < sizeof phones / sizeof phones[0]; i++) assert_true(a2p_has_phone(phones[i]));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) assert_false(a2p_has_phone(others[i]));
}

static void an_address_of_mail_has_a_name_and_a_domain(void **state)
{
    static const char *const bad[] = {"", "jo", "@acme.com", "jo@a", "jo@acme", "jo@acme.com@x.com", "jo@acme.com/x",
                                      "jo @acme.com", "jo@acme.com,kim@acme.com"};

    (void)state;
    assert_true(str_equal(a2p_email_domain(STR("jo@mail.acme.com")), STR("mail.acme.com")));
    assert_true(str_equal(a2p_email_domain(STR("jo@www.acme.com")), STR("www.acme.com")));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(a2p_email_domain(str_from(bad[i])).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_can_be_reached),
        cmocka_unit_test(a_place_is_one_of_its_country),
        cmocka_unit_test(numbers_are_ours_and_not_too_many),
        cmocka_unit_test(a_number_has_its_registers_form),
        cmocka_unit_test(a_company_is_of_one_kind),
        cmocka_unit_test(a_ticker_is_letters_digits_and_marks),
        cmocka_unit_test(some_use_cases_are_approved_one_by_one),
        cmocka_unit_test(a_flow_may_deny_what_is_forbidden),
        cmocka_unit_test(samples_show_what_is_declared),
        cmocka_unit_test(a_phrase_ends_where_a_word_ends),
        cmocka_unit_test(a_language_is_told_by_its_commonest_words),
        cmocka_unit_test(a_brand_is_named_without_its_legal_form),
        cmocka_unit_test(a_phone_number_has_ten_digits_or_eleven),
        cmocka_unit_test(an_address_of_mail_has_a_name_and_a_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

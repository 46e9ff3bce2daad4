/*
 * a2p_check: registrations as real businesses would file them are let pass, and each defect is named with its field,
 * its rule and the refusal it would earn. A case is a good registration with one thing changed.
 */
#include "rules/a2p_check.h"
#include "rules/a2p_example.h"
#include "rules/a2p_rejection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FLOW(brand, host)                                                                                           \
    "Customers tick an unchecked box on our web form at https://" host "/sms to receive text messages from " brand  \
    ". Message frequency varies. Message and data rates may apply. Reply STOP to opt out or HELP for help. Consent" \
    " is not a condition of purchase and is not shared. Terms: https://" host "/terms Privacy: https://" host       \
    "/privacy"

/* A business as it files: brand, host, trade, what it sends. */
struct trade {
    const char *name, *type, *industry, *number, *company, *state, *zip, *host, *use_case, *description, *one, *two;
    const char *flow;
    bool links;
};
#define TRADE(name, type, industry, number, company, state, zip, host, use_case, description, one, two, links)      \
    {name, type, industry, number, company, state, zip, host, use_case, name " " description, name ": " one,        \
     name ": " two " Reply STOP to opt out.", FLOW(name, host), links}
static const struct trade TRADES[] = {
    TRADE("Brightwater Dental", "Corporation", "HEALTHCARE", "20-4512367", "private", "CA", "94105", "brightwater.com",
          "ACCOUNT_NOTIFICATION", "reminds its patients of appointments they booked and lets them confirm by text.",
          "your cleaning is on May 3 at 9:00. Reply C to confirm.", "we have moved your visit to May 5.", false),
    TRADE("Harlow Books", "Corporation", "RETAIL", "45-1234568", "private", "NY", "10012", "harlowbooks.com",
          "MARKETING",
          "sends its customers, who signed up in the shop, offers and news of events once a week.",
          "20% off all novels this Saturday in our shop.", "our summer sale starts on Friday.", false),
    TRADE("Cedar Ridge Realty", "Partnership", "REAL_ESTATE", "36-7654321", "private", "TX", "75201", "cedarridge.com",
          "CUSTOMER_CARE", "answers questions of clients who asked about a house, and helps them to a visit.",
          "the house on Elm St is open for a visit at 5 pm.", "we received your question and answer today.", false),
    TRADE("Lakeshore Freight", "Limited Liability Corporation", "TRANSPORTATION", "82-3345566", "private", "IL",
          "60601",
          "lakeshorefreight.com", "DELIVERY_NOTIFICATION",
          "tells its customers when their order is delivered and by whom.",
          "your order 4711 arrives between 2 and 4 pm.", "your package is at https://lakeshorefreight.com/t/4711.",
          true),
    TRADE("Vantage Login", "Corporation", "TECHNOLOGY", "87-1029384", "private", "WA", "98101", "vantagelogin.com",
          "2FA",
          "sends its users a one-time code when they log in to their account.",
          "123456 is your code. It is valid for 5 minutes.",
          "your verification code is 654321.", false),
    TRADE("Summit Outdoor", "Corporation", "RETAIL", "84-2233445", "private", "CO", "80202", "summitoutdoor.com",
          "MIXED",
          "sends its customers updates on orders they placed and offers that they asked for.",
          "your order 22 has shipped.", "members save 15% on boots this week.", false),
    TRADE("Palmetto Insurance Group", "Corporation", "INSURANCE", "57-8812345", "private", "SC", "29401",
          "palmettogroup.com", "ACCOUNT_NOTIFICATION", "reminds its clients of renewals and of payments that are due.",
          "your policy renews on June 1.", "we received your payment. Thank you.", false),
    TRADE("Northwind Energy", "Co-operative", "ENERGY", "41-5566778", "private", "MN", "55401", "northwind.coop",
          "PUBLIC_SERVICE_ANNOUNCEMENT", "informs its members of public works in their community and of outages.",
          "work on Main Street begins at 8 am tomorrow.", "power is back in your area.", false),
    TRADE("Riverbend Food Bank", "Non-profit Corporation", "NOT_FOR_PROFIT", "46-2468135", "non_profit", "OR", "97201",
          "riverbendfood.org", "CHARITY", "tells its volunteers and donors when help is needed and what became of it.",
          "we need ten volunteers on Saturday at 9 am.", "thank you for helping 300 families in May.", false),
    TRADE("City of Fairview", "Non-profit Corporation", "GOVERNMENT", "62-6000123", "government", "TN", "37062",
          "fairview.gov", "PUBLIC_SERVICE_ANNOUNCEMENT",
          "informs residents who signed up of public works and closed roads.",
          "Oak Street is closed until Friday.", "leaves are collected on Monday.", false),
    TRADE("Granite State College Prep", "Corporation", "EDUCATION", "02-0451236", "private", "NH", "03101",
          "graniteprep.com", "HIGHER_EDUCATION", "tells students of a college about dates of courses on campus.",
          "your course begins on Monday in room 12.", "the campus is closed on Friday.", false),
    TRADE("Maple Auto Care", "Corporation", "AUTOMOTIVE", "38-4455667", "private", "MI", "48201", "mapleautocare.com",
          "LOW_VOLUME", "reminds its customers of service dates and tells them when the car is ready.",
          "your car is ready. We are open until 6 pm.", "your service is due in May.", false),
    TRADE("Sunrise Yoga", "Limited Liability Corporation", "HEALTHCARE", "47-1357913", "private", "AZ", "85001",
          "sunriseyoga.com", "LOW_VOLUME", "texts its members the week's classes that they subscribed to.",
          "the class on Tuesday at 7 am has two places left.", "Thursday's class is moved to 8 am.", false),
    TRADE("Atlas Survey", "Corporation", "PROFESSIONAL_SERVICES", "52-7788990", "private", "MD", "21201",
          "atlassurvey.com", "POLLING_VOTING", "asks members of its panel to answer a survey once a month.",
          "this month's survey takes three minutes. Reply 1 to begin.", "how was your visit? Reply 1 to 5.", false),
    TRADE("First Harbor Credit Union", "Co-operative", "BANKING", "04-2345678", "private", "MA", "02110",
          "harborcu.org",
          "FRAUD_ALERT", "warns its members of unusual transactions on their cards.",
          "did you spend $40 at a shop in Reno? Reply YES or NO.", "thank you. Your card stays active.", false),
    TRADE("Keystone Alarm", "Corporation", "TECHNOLOGY", "23-9081726", "private", "PA", "19103", "keystonealarm.com",
          "SECURITY_ALERT", "sends customers an alert when the alarm at their house goes off.",
          "the sensor at your back door was opened at 3 am.", "your system is armed.", false),
};
enum { TRADE_COUNT = sizeof TRADES / sizeof TRADES[0] };

static struct a2p_facts business(const struct trade *t)
{
    static char emails[TRADE_COUNT][80], urls[TRADE_COUNT][3][80];
    size_t i = (size_t)(t - TRADES);
    struct a2p_facts f = {.at = {{NULL, 0}}};

    (void)snprintf(emails[i], sizeof emails[i], "jo@%s", t->host);
    (void)snprintf(urls[i][0], sizeof urls[i][0], "https://www.%s", t->host);
    (void)snprintf(urls[i][1], sizeof urls[i][1], "https://%s/privacy", t->host);
    (void)snprintf(urls[i][2], sizeof urls[i][2], "https://%s/terms", t->host);
    const char *values[A2P_FIELDS] = {
        [A2P_LEGAL_NAME] = t->name, [A2P_BRAND_NAME] = t->name, [A2P_BUSINESS_TYPE] = t->type,
        [A2P_INDUSTRY] = t->industry, [A2P_IDENTIFIER] = "EIN", [A2P_REGISTRATION_NUMBER] = t->number,
        [A2P_REGIONS] = "USA_AND_CANADA", [A2P_WEBSITE] = urls[i][0], [A2P_COMPANY_TYPE] = t->company,
        [A2P_STREET] = "12 Main St", [A2P_CITY] = "Town", [A2P_REGION] = t->state, [A2P_POSTAL_CODE] = t->zip,
        [A2P_COUNTRY] = "US", [A2P_FIRST_NAME] = "Jo", [A2P_LAST_NAME] = "Ruiz", [A2P_EMAIL] = emails[i],
        [A2P_PHONE] = "+14155552671", [A2P_TITLE] = "Owner", [A2P_JOB_POSITION] = "CEO", [A2P_USE_CASE] = t->use_case,
        [A2P_DESCRIPTION] = t->description, [A2P_MESSAGE_FLOW] = t->flow, [A2P_SAMPLE1] = t->one,
        [A2P_SAMPLE2] = t->two,
        [A2P_EMBEDDED_LINKS] = t->links ? "true" : "false", [A2P_EMBEDDED_PHONE] = "false",
        [A2P_PRIVACY_URL] = urls[i][1], [A2P_TERMS_URL] = urls[i][2], [A2P_NUMBERS_TO_BUY] = "1"};
    for (int k = 0; k < A2P_FIELDS; k++) f.at[k] = str_from(values[k]);
    return f;
}

/* A sole proprietor: the person's own trade name, no number at a register. */
static struct a2p_facts owner(const char *state, const char *zip, const char *country)
{
    static const struct trade walker =
        TRADE("Ruiz Dog Walking", "", "", "", "", "", "", "ruizwalks.com", "SOLE_PROPRIETOR",
              "tells clients when their dog was walked and asks about the next date.", "Rex had a long walk today.",
              "shall I come on Monday at 8?", false);
    struct a2p_facts f = {.at = {{NULL, 0}}};
    const char *values[A2P_FIELDS] = {
        [A2P_BRAND_NAME] = walker.name, [A2P_VERTICAL] = "PROFESSIONAL", [A2P_STREET] = "3 Oak Ave",
        [A2P_CITY] = "Town",
        [A2P_REGION] = state, [A2P_POSTAL_CODE] = zip, [A2P_COUNTRY] = country, [A2P_FIRST_NAME] = "Ana",
        [A2P_LAST_NAME] = "Ruiz", [A2P_EMAIL] = "ana.ruiz@gmail.com", [A2P_PHONE] = "+14155552671",
        [A2P_MOBILE_PHONE] = "+14155552672", [A2P_USE_CASE] = "SOLE_PROPRIETOR",
        [A2P_DESCRIPTION] = walker.description,
        [A2P_MESSAGE_FLOW] = walker.flow, [A2P_SAMPLE1] = walker.one, [A2P_SAMPLE2] = walker.two,
        [A2P_EMBEDDED_LINKS] = "false", [A2P_EMBEDDED_PHONE] = "false",
        [A2P_PRIVACY_URL] = "https://ruizwalks.com/privacy", [A2P_TERMS_URL] = "https://ruizwalks.com/terms"};
    for (int k = 0; k < A2P_FIELDS; k++) f.at[k] = str_from(values[k]);
    return f;
}

static void assert_passes(const struct a2p_facts *facts, enum brand_type kind, const char *who)
{
    struct a2p_findings found;

    a2p_check(facts, kind, &found);
    for (size_t i = 0; i < found.count; i++)
        if (found.at[i].severity == A2P_BLOCK)
            fail_msg("%s: %s of %s: %s (" STR_FMT ")", who, found.at[i].rule, a2p_field_info(found.at[i].field)->name,
                     found.at[i].why, STR_ARG(found.at[i].words));
}

static void good_registrations_are_let_pass(void **state)
{
    struct a2p_facts f;

    (void)state;
    for (size_t i = 0; i < TRADE_COUNT; i++) {
        bool low = strcmp(TRADES[i].use_case, "LOW_VOLUME") == 0;
        f = business(&TRADES[i]);
        assert_passes(&f, low ? BRAND_LOW_VOLUME : BRAND_STANDARD, TRADES[i].name);
    }
    f = owner("CA", "94105", "US");
    assert_passes(&f, BRAND_SOLE_PROPRIETOR, "owner in the US");
    f.at[A2P_DESCRIPTION] = STR("Ruiz Dog Walking tells clients\r\n\twhen their dog was walked.");
    assert_passes(&f, BRAND_SOLE_PROPRIETOR, "lines and tabs in a long text");
    f = owner("ON", "K1A 0B1", "CA");
    assert_passes(&f, BRAND_SOLE_PROPRIETOR, "owner in Canada");
    f = business(&TRADES[1]);
    f.at[A2P_COMPANY_TYPE] = STR("public");
    f.at[A2P_STOCK_EXCHANGE] = STR("NYSE");
    f.at[A2P_STOCK_TICKER] = STR("HRLW");
    f.at[A2P_BRAND_CONTACT_EMAIL] = STR("kim@harlowbooks.com");
    assert_passes(&f, BRAND_STANDARD, "a public company");
    f = business(&TRADES[1]);
    f.at[A2P_USE_CASE] = STR("POLITICAL");
    f.at[A2P_CAMPAIGN_VERIFY_TOKEN] = STR("cv|1.0|tcr|10dlc|9f2a");
    assert_passes(&f, BRAND_STANDARD, "a political campaign with its token");
    f = business(&TRADES[2]);
    f.at[A2P_IDENTIFIER] = STR("CBN");
    f.at[A2P_REGISTRATION_NUMBER] = STR("123456782");
    f.at[A2P_COUNTRY] = STR("CA");
    f.at[A2P_REGION] = STR("BC");
    f.at[A2P_POSTAL_CODE] = STR("V6B 1A1");
    assert_passes(&f, BRAND_STANDARD, "a Canadian partnership");
}

/* One thing wrong. `base`: 'd' the dentist, 's' the sole proprietor, 'p' a public company. */
static const struct defect {
    char base;
    enum a2p_field field;
    const char *value;
    enum a2p_field named;
    const char *rule;
    int32_t code;
} DEFECTS[] = {
    {'d', A2P_LEGAL_NAME, "", A2P_LEGAL_NAME, "missing", 22215},
    {'d', A2P_LEGAL_NAME, "Brightwater Inc. dba Brightwater Dental", A2P_LEGAL_NAME, "dba_in_legal_name", 30795},
    {'d', A2P_LEGAL_NAME, "https://brightwater.com", A2P_LEGAL_NAME, "no_name", 30795},
    {'d', A2P_LEGAL_NAME, "Test", A2P_LEGAL_NAME, "placeholder", 30756},
    {'d', A2P_LEGAL_NAME, "Brightwater Dental LLC", A2P_BUSINESS_TYPE, "type_and_name", 30795},
    {'d', A2P_BRAND_NAME, "N/A", A2P_BRAND_NAME, "placeholder", 30756},
    {'d', A2P_BUSINESS_TYPE, "GmbH", A2P_BUSINESS_TYPE, "value", 22215},
    {'d', A2P_INDUSTRY, "Dentist", A2P_INDUSTRY, "value", 22215},
    {'d', A2P_IDENTIFIER, "SSN", A2P_IDENTIFIER, "value", 22215},
    {'d', A2P_IDENTIFIER, "DUNS", A2P_IDENTIFIER, "duns", 18609},
    {'d', A2P_IDENTIFIER, "CBN", A2P_IDENTIFIER, "register_country", 18602},
    {'d', A2P_REGISTRATION_NUMBER, "", A2P_REGISTRATION_NUMBER, "missing", 30757},
    {'d', A2P_REGISTRATION_NUMBER, "00-0000000", A2P_REGISTRATION_NUMBER, "ein_prefix", 30795},
    {'d', A2P_REGISTRATION_NUMBER, "11-1111111", A2P_REGISTRATION_NUMBER, "ein_prefix", 30795},
    {'d', A2P_REGISTRATION_NUMBER, "07-1234567", A2P_REGISTRATION_NUMBER, "ein_prefix", 30795},
    {'d', A2P_REGISTRATION_NUMBER, "20-451236", A2P_REGISTRATION_NUMBER, "ein_form", 30795},
    {'d', A2P_REGISTRATION_NUMBER, "219-09-9999", A2P_REGISTRATION_NUMBER, "ssn", 30795},
    {'d', A2P_REGIONS, "USA_AND_CANADA, Mars", A2P_REGIONS, "value", 22215},
    {'d', A2P_WEBSITE, "http://www.brightwater.com", A2P_WEBSITE, "https", 30891},
    {'d', A2P_WEBSITE, "https://bit.ly/2xyz", A2P_WEBSITE, "shortener", 30891},
    {'d', A2P_WEBSITE, "https://www.facebook.com/brightwater", A2P_WEBSITE, "social_only", 30919},
    {'d', A2P_WEBSITE, "https://brightwater.wixsite.com", A2P_WEBSITE, "free_host", 30907},
    {'d', A2P_WEBSITE, "soon", A2P_WEBSITE, "no_site", 30891},
    {'d', A2P_COMPANY_TYPE, "family", A2P_COMPANY_TYPE, "value", 22215},
    {'d', A2P_COMPANY_TYPE, "non_profit", A2P_BUSINESS_TYPE, "type_and_company", 30798},
    {'d', A2P_COMPANY_TYPE, "government", A2P_INDUSTRY, "government_industry", 30797},
    {'d', A2P_STOCK_TICKER, "BRW", A2P_STOCK_TICKER, "only_public", 30796},
    {'p', A2P_STOCK_EXCHANGE, "", A2P_STOCK_EXCHANGE, "public_needs", 30796},
    {'p', A2P_STOCK_EXCHANGE, "Wall Street", A2P_STOCK_EXCHANGE, "value", 22215},
    {'p', A2P_STOCK_TICKER, "", A2P_STOCK_TICKER, "public_needs", 30796},
    {'p', A2P_BRAND_CONTACT_EMAIL, "", A2P_BRAND_CONTACT_EMAIL, "public_needs", 21740},
    {'p', A2P_BRAND_CONTACT_EMAIL, "kim@gmail.com", A2P_BRAND_CONTACT_EMAIL, "free_mail", 21740},
    {'p', A2P_BRAND_CONTACT_EMAIL, "kim@other.com", A2P_BRAND_CONTACT_EMAIL, "domain_differs", 21736},
    {'p', A2P_BRAND_CONTACT_EMAIL, "info@brightwater.com", A2P_BRAND_CONTACT_EMAIL, "shared_address", 21738},
    {'p', A2P_BRAND_CONTACT_EMAIL, "kim", A2P_BRAND_CONTACT_EMAIL, "email", 21738},
    {'d', A2P_VERTICAL, "RETAIL", A2P_VERTICAL, "not_allowed", 30701},
    {'d', A2P_STREET, "PO Box 12", A2P_STREET, "po_box", 18018},
    {'d', A2P_STREET, "Main Street", A2P_STREET, "house_number", 18603},
    {'d', A2P_CITY, "", A2P_CITY, "missing", 22219},
    {'d', A2P_REGION, "California", A2P_REGION, "region", 18603},
    {'d', A2P_POSTAL_CODE, "10001", A2P_POSTAL_CODE, "postal_elsewhere", 18603},
    {'d', A2P_POSTAL_CODE, "9410", A2P_POSTAL_CODE, "postal_code", 18603},
    {'d', A2P_COUNTRY, "usa", A2P_COUNTRY, "country", 30755},
    {'d', A2P_EMAIL, "jo at brightwater", A2P_EMAIL, "email", 18604},
    {'d', A2P_EMAIL, "jo@gmail.com", A2P_EMAIL, "free_mail", 30971},
    {'d', A2P_EMAIL, "jo@elsewhere.com", A2P_EMAIL, "domain_differs", 18606},
    {'d', A2P_PHONE, "4155552671", A2P_PHONE, "phone", 18604},
    {'d', A2P_PHONE, "+18005552671", A2P_PHONE, "toll_free", 18604},
    {'d', A2P_JOB_POSITION, "Boss", A2P_JOB_POSITION, "value", 22215},
    {'d', A2P_FIRST_NAME2, "Kim", A2P_LAST_NAME2, "second_whole", 22215},
    {'d', A2P_USE_CASE, "REMINDERS", A2P_USE_CASE, "use_case", 21720},
    {'d', A2P_USE_CASE, "SOLE_PROPRIETOR", A2P_USE_CASE, "use_case_kind", 21720},
    {'d', A2P_USE_CASE, "CHARITY", A2P_USE_CASE, "charity", 30900},
    {'d', A2P_USE_CASE, "SOCIAL", A2P_USE_CASE, "special_use_case", 30900},
    {'d', A2P_USE_CASE, "POLITICAL", A2P_CAMPAIGN_VERIFY_TOKEN, "political", 21722},
    {'d', A2P_USE_CASE, "2FA", A2P_DESCRIPTION, "use_case_words", 30886},
    {'d', A2P_DESCRIPTION, "Texts.", A2P_DESCRIPTION, "too_short", 21728},
    {'d', A2P_DESCRIPTION, "We remind patients of their appointments by text.", A2P_DESCRIPTION, "who", 30886},
    {'d', A2P_DESCRIPTION, "Brightwater Dental sends reminders of appointments.", A2P_DESCRIPTION, "whom", 30886},
    {'d', A2P_MESSAGE_FLOW, "They agree.", A2P_MESSAGE_FLOW, "too_short", 21728},
    {'d', A2P_MESSAGE_FLOW, "Brightwater Dental patients agree to texts when they want some.", A2P_MESSAGE_FLOW,
     "flow_where", 30909},
    {'d', A2P_MESSAGE_FLOW, "Brightwater Dental patients agree to texts on our web form.", A2P_MESSAGE_FLOW,
        "flow_link",
     30543},
    {'d', A2P_MESSAGE_FLOW, "Patients fill in a paper form at the front desk in our practice.", A2P_MESSAGE_FLOW,
     "flow_brand", 30909},
    {'d', A2P_MESSAGE_FLOW, "Brightwater Dental patients fill in a paper form at the front desk.", A2P_MESSAGE_FLOW,
     "flow_frequency", 30545},
    {'d', A2P_MESSAGE_FLOW, "Brightwater Dental patients fill in a paper form at the front desk.", A2P_MESSAGE_FLOW,
     "flow_rates", 30569},
    {'d', A2P_MESSAGE_FLOW, "Brightwater Dental patients fill in a paper form at the front desk.", A2P_MESSAGE_FLOW,
     "flow_stop", 30924},
    {'d', A2P_MESSAGE_FLOW, "Brightwater Dental patients fill in a paper form at the front desk.", A2P_MESSAGE_FLOW,
     "flow_help", 30570},
    {'d', A2P_MESSAGE_FLOW, "Brightwater Dental patients see a web form whose box is pre-checked.", A2P_MESSAGE_FLOW,
     "flow_checked", 30925},
    {'d', A2P_MESSAGE_FLOW, "Brightwater Dental texts people from purchased lists of homes nearby.", A2P_MESSAGE_FLOW,
     "flow_bought", 30896},
    {'d', A2P_MESSAGE_FLOW, "Brightwater Dental patients must agree to texts at the front desk.", A2P_MESSAGE_FLOW,
     "flow_forced", 30931},
    {'d', A2P_MESSAGE_FLOW, "Brightwater Dental numbers are shared with partners at the front desk.", A2P_MESSAGE_FLOW,
     "flow_shared", 30896},
    {'d', A2P_AGE_GATED, "true", A2P_MESSAGE_FLOW, "flow_age", 30888},
    {'d', A2P_AGE_GATED, "yes", A2P_AGE_GATED, "yes_or_no", 30701},
    {'d', A2P_DESCRIPTION, "Brightwater Dental recuerda a los pacientes las citas que pidieron por la web.",
     A2P_DESCRIPTION, "not_english", 30910},
    {'d', A2P_MESSAGE_FLOW, "Los pacientes de Brightwater Dental marcan una casilla en el formulario de la página para "
     "recibir mensajes.", A2P_MESSAGE_FLOW, "not_english", 30910},
    {'d', A2P_SAMPLE2, "Brightwater Dental: su cita es el lunes. Responda ALTO para cancelar.", A2P_SAMPLE2,
     "keyword_undeclared", 30887},
    {'d', A2P_SAMPLE2, "Brightwater Dental : votre visite est lundi. Répondez ARRÊT pour finir.", A2P_SAMPLE2,
     "keyword_undeclared", 30887},
    {'d', A2P_SAMPLE2, "Brightwater Dental: our practice in Palo Alto is open.", A2P_SAMPLE1, "samples_stop", 30887},
    {'d', A2P_SAMPLE2, "", A2P_SAMPLE2, "missing", 21727},
    {'d', A2P_SAMPLE1, "See you soon!", A2P_SAMPLE1, "too_short", 21728},
    {'d', A2P_SAMPLE2, "Your visit is on Friday at nine o'clock.", A2P_SAMPLE1, "samples_stop", 30887},
    {'d', A2P_SAMPLE3, "Brightwater Dental: your cleaning is on May 3 at 9:00. Reply C to confirm.", A2P_SAMPLE3,
     "same_sample", 30911},
    {'d', A2P_SAMPLE1, "Brightwater Dental: confirm at https://bit.ly/3abcd please", A2P_SAMPLE1, "shortener", 30892},
    {'d', A2P_SAMPLE1, "Brightwater Dental: confirm at http://brightwater.com/c please", A2P_SAMPLE1, "http_link",
        30892},
    {'d', A2P_SAMPLE1, "Brightwater Dental: buy weed gummies and marijuana here", A2P_SAMPLE1, "cannabis", 30940},
    {'d', A2P_SAMPLE1, "Brightwater Dental: confirm at https://brightwater.com/c today", A2P_EMBEDDED_LINKS,
     "links_shown", 30893},
    {'d', A2P_EMBEDDED_LINKS, "true", A2P_EMBEDDED_LINKS, "links_not_shown", 30893},
    {'d', A2P_SAMPLE1, "Brightwater Dental: call 415-555-2671 to confirm", A2P_EMBEDDED_PHONE, "phone_shown", 30889},
    {'d', A2P_EMBEDDED_PHONE, "true", A2P_EMBEDDED_PHONE, "phone_not_shown", 30889},
    {'d', A2P_OPT_IN_KEYWORDS, "JOIN", A2P_OPT_IN_MESSAGE, "opt_in_missing", 30540},
    {'d', A2P_OPT_IN_KEYWORDS, "JOIN US!", A2P_OPT_IN_KEYWORDS, "keyword", 21728},
    {'d', A2P_OPT_IN_MESSAGE, "Welcome to our list of texts!", A2P_OPT_IN_MESSAGE, "opt_in_brand", 30896},
    {'d', A2P_OPT_IN_MESSAGE, "Brightwater Dental: welcome to it!", A2P_OPT_IN_MESSAGE, "opt_in_stop", 30896},
    {'d', A2P_HELP_MESSAGE, "Brightwater Dental: we are glad to help.", A2P_HELP_MESSAGE, "help_contact", 30890},
    {'d', A2P_HELP_MESSAGE, "Call 415-555-2671 and somebody helps you.", A2P_HELP_MESSAGE, "help_brand", 30890},
    {'d', A2P_OPT_OUT_MESSAGE, "Brightwater Dental: goodbye and all the best!", A2P_OPT_OUT_MESSAGE,
        "opt_out_confirms",
     30887},
    {'d', A2P_OPT_OUT_KEYWORDS, "BYE", A2P_OPT_OUT_KEYWORDS, "keywords_stop", 30887},
    {'d', A2P_PRIVACY_URL, "", A2P_PRIVACY_URL, "missing", 30933},
    {'d', A2P_PRIVACY_URL, "http://brightwater.com/privacy", A2P_PRIVACY_URL, "https", 30908},
    {'d', A2P_TERMS_URL, "", A2P_TERMS_URL, "missing", 30934},
    {'d', A2P_TERMS_URL, "https://brightwater.com/privacy", A2P_TERMS_URL, "same_page", 30882},
    {'d', A2P_TERMS_URL, "https://elsewhere.com/terms", A2P_TERMS_URL, "other_site", 30882},
    {'d', A2P_NUMBERS, "+18005552671", A2P_NUMBERS, "number", 0},
    {'d', A2P_NUMBERS_TO_BUY, "two", A2P_NUMBERS_TO_BUY, "count", 0},
    {'d', A2P_NUMBERS_TO_BUY, "60", A2P_NUMBERS_TO_BUY, "number_pool", 0},
    {'d', A2P_AREA_CODE, "41", A2P_AREA_CODE, "area_code", 0},
    {'d', A2P_LEGAL_NAME, "4711", A2P_LEGAL_NAME, "no_letters", 30756},
    {'d', A2P_SOCIAL_MEDIA, "https://www.facebook.com/brightwater, our instagram", A2P_SOCIAL_MEDIA, "no_link", 30907},
    {'p', A2P_STOCK_TICKER, "BRW, NYSE", A2P_STOCK_TICKER, "ticker", 30796},
    {'d', A2P_STREET, "12", A2P_STREET, "no_letters", 30756},
    {'d', A2P_STREET2, "Floor 2\nSuite 3", A2P_STREET2, "controls", 30701},
    {'d', A2P_CITY, "94105", A2P_CITY, "no_letters", 30756},
    {'d', A2P_FIRST_NAME, "your name", A2P_FIRST_NAME, "placeholder", 30756},
    {'d', A2P_FIRST_NAME, "7", A2P_FIRST_NAME, "no_letters", 30756},
    {'d', A2P_LAST_NAME, "-", A2P_LAST_NAME, "no_letters", 30756},
    {'d', A2P_TITLE, "1", A2P_TITLE, "no_letters", 30756},
    {'d', A2P_LAST_NAME2, "2", A2P_LAST_NAME2, "no_letters", 30756},
    {'d', A2P_EMAIL2, "kim", A2P_EMAIL2, "email", 18605},
    {'d', A2P_PHONE2, "415-555-2671", A2P_PHONE2, "phone", 18605},
    {'d', A2P_TITLE2, "Boss", A2P_FIRST_NAME2, "second_whole", 22215},
    {'d', A2P_JOB_POSITION2, "Boss", A2P_JOB_POSITION2, "value", 22215},
    {'d', A2P_DESCRIPTION, "Brightwater Dental sends\a its patients reminders of visits.", A2P_DESCRIPTION, "controls",
     30701},
    {'d', A2P_SAMPLE4, "Soon!", A2P_SAMPLE4, "too_short", 21728},
    {'d', A2P_SAMPLE5, "lorem ipsum dolor sit amet", A2P_SAMPLE5, "placeholder", 30886},
    {'d', A2P_HELP_KEYWORDS, "HELP ME", A2P_HELP_KEYWORDS, "keyword", 21728},
    {'d', A2P_SUBSCRIBER_OPT_IN, "1", A2P_SUBSCRIBER_OPT_IN, "yes_or_no", 30701},
    {'d', A2P_DIRECT_LENDING, "no", A2P_DIRECT_LENDING, "yes_or_no", 30701},
    {'d', A2P_SKIP_VETTING, "maybe", A2P_SKIP_VETTING, "yes_or_no", 30701},
    {'d', A2P_MOCK, "yes", A2P_MOCK, "yes_or_no", 30701},
    {'d', A2P_CAMPAIGN_VERIFY_TOKEN, "4711", A2P_CAMPAIGN_VERIFY_TOKEN, "token", 21722},
    {'d', A2P_CAMPAIGN_VERIFY_TOKEN, "cv|1.0 x", A2P_CAMPAIGN_VERIFY_TOKEN, "token", 21722},
    {'d', A2P_BRAND_NAME, "360", A2P_BRAND_NAME, "no_letters", 30756},
    {'d', A2P_CITY, "Palo\x7f Alto", A2P_CITY, "controls", 30701},
    {'d', A2P_CITY, "Palo\tAlto", A2P_CITY, "controls", 30701},
    {'d', A2P_OPT_IN_TYPE, "WEB_FORM", A2P_OPT_IN_TYPE, "not_allowed", 30701},
    {'d', A2P_OPT_IN_IMAGES, "https://brightwater.com/a.png", A2P_OPT_IN_IMAGES, "not_allowed", 30701},
    {'d', A2P_MESSAGE_VOLUME, "1,000", A2P_MESSAGE_VOLUME, "not_allowed", 30701},
    {'s', A2P_MOBILE_PHONE, "", A2P_MOBILE_PHONE, "missing", 22215},
    {'s', A2P_MOBILE_PHONE, "+18005552671", A2P_MOBILE_PHONE, "mobile", 30751},
    {'s', A2P_BRAND_NAME, "Ruiz Dog Walking LLC", A2P_BRAND_NAME, "sole_is_company", 30915},
    {'s', A2P_VERTICAL, "DOGS", A2P_VERTICAL, "value", 22215},
    {'s', A2P_COUNTRY, "MX", A2P_COUNTRY, "sole_country", 30755},
    {'s', A2P_REGISTRATION_NUMBER, "20-4512367", A2P_REGISTRATION_NUMBER, "not_allowed", 30701},
    {'s', A2P_USE_CASE, "MARKETING", A2P_USE_CASE, "use_case_kind", 21720},
    {'s', A2P_NUMBERS_TO_BUY, "2", A2P_NUMBERS_TO_BUY, "one_number", 0},
};

/* Samples and replies are sent in the language of who gets them. */
static void texts_in_spanish_and_french_are_let_pass(void **state)
{
    struct a2p_facts spanish = business(&TRADES[0]), french = spanish;

    (void)state;
    spanish.at[A2P_SAMPLE1] = STR("Brightwater Dental: su limpieza es el 3 de mayo a las 9. Responda C y confirme.");
    spanish.at[A2P_SAMPLE2] = STR("Brightwater Dental: su cita es el lunes. Responda ALTO para cancelar.");
    spanish.at[A2P_OPT_OUT_KEYWORDS] = STR("STOP, ALTO");
    spanish.at[A2P_OPT_IN_KEYWORDS] = STR("UNIRSE");
    spanish.at[A2P_OPT_IN_MESSAGE] = STR("Brightwater Dental: la frecuencia de los mensajes varía. Pueden aplicarse "
                                         "tarifas de mensajes y datos. Responda AYUDA o ALTO para cancelar.");
    spanish.at[A2P_OPT_OUT_MESSAGE] = STR("Brightwater Dental: no recibirá más mensajes.");
    assert_passes(&spanish, BRAND_STANDARD, "spanish");
    french.at[A2P_SAMPLE1] = STR("Brightwater Dental : votre visite est le 3 mai à 9 h. Répondez C pour confirmer.");
    french.at[A2P_SAMPLE2] = STR("Brightwater Dental : votre visite est lundi. Répondez ARRÊT pour vous désabonner.");
    french.at[A2P_OPT_OUT_KEYWORDS] = STR("STOP, ARRET");
    french.at[A2P_OPT_IN_KEYWORDS] = STR("JOINDRE");
    french.at[A2P_OPT_IN_MESSAGE] = STR("Brightwater Dental : la fréquence des messages varie. Des frais de messages "
                                        "peuvent s'appliquer. Répondez AIDE ou ARRÊT.");
    french.at[A2P_OPT_OUT_MESSAGE] = STR("Brightwater Dental : vous ne recevrez plus de messages.");
    assert_passes(&french, BRAND_STANDARD, "french");
}

static struct a2p_facts with_defect(const struct defect *d)
{
    struct a2p_facts f = d->base == 's' ? owner("CA", "94105", "US") : business(&TRADES[0]);

    if (d->base == 'p') {
        f.at[A2P_COMPANY_TYPE] = STR("public");
        f.at[A2P_STOCK_EXCHANGE] = STR("NYSE");
        f.at[A2P_STOCK_TICKER] = STR("BRW");
        f.at[A2P_BRAND_CONTACT_EMAIL] = STR("kim@brightwater.com");
    }
    f.at[d->field] = str_from(d->value);
    return f;
}

static void each_defect_is_named(void **state)
{
    struct a2p_findings found;

    (void)state;
    for (size_t i = 0; i < sizeof DEFECTS / sizeof DEFECTS[0]; i++) {
        const struct defect *d = &DEFECTS[i];
        struct a2p_facts f = with_defect(d);
        bool named = false;
        a2p_check(&f, d->base == 's' ? BRAND_SOLE_PROPRIETOR : BRAND_STANDARD, &found);
        for (size_t k = 0; k < found.count; k++)
            if (found.at[k].field == d->named && strcmp(found.at[k].rule, d->rule) == 0) {
                named = true;
                if (found.at[k].code != d->code) fail_msg("%s: %d, not %d", d->rule, found.at[k].code, d->code);
                assert_true(d->code == 0 || a2p_rejection(d->code) != NULL);
                assert_true(strlen(found.at[k].why) > 8 && strlen(found.at[k].fix) > 3);
            }
        if (!named) fail_msg("%s \"%s\" is not named by %s", a2p_field_info(d->field)->name, d->value, d->rule);
    }
}

static bool is_named(const struct a2p_findings *found, enum a2p_field field)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->at[i].field == field && found->at[i].severity == A2P_BLOCK && strlen(found->at[i].why) > 8 &&
            strlen(found->at[i].fix) > 3)
            return true;
    return false;
}

/* Whatever the field and the kind: what is too long, is no text, or was not typed by anybody is refused by its name. */
static void every_field_of_every_kind_refuses_what_is_no_value(void **state)
{
    static char long_text[9000];
    const struct str bad[] = {{long_text, 0}, STR("\xff\xfe"), STR("a\001b"), {"a\0b", 3}};
    struct a2p_findings found;

    (void)state;
    memset(long_text, 'x', sizeof long_text);
    for (int kind = BRAND_STANDARD; kind <= BRAND_TOLL_FREE; kind++)
        for (int field = 0; field < A2P_FIELDS; field++)
            for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                struct a2p_facts f = kind == BRAND_SOLE_PROPRIETOR ? owner("CA", "94105", "US") : business(&TRADES[0]);
                f.at[field] = bad[i];
                if (i == 0) f.at[field].len = a2p_field_info((enum a2p_field)field)->bytes_max + 1;
                a2p_check(&f, (enum brand_type)kind, &found);
                if (!is_named(&found, (enum a2p_field)field))
                    fail_msg("%s, bad value %zu, kind %d", a2p_field_info((enum a2p_field)field)->name, i, kind);
            }
}

/* And each has a defect of its own above: whoever adds a field adds what may be wrong with it. */
static void no_field_is_without_a_defect(void **state)
{
    (void)state;
    for (int field = 0; field < A2P_FIELDS; field++) {
        bool has = false;
        for (size_t i = 0; i < sizeof DEFECTS / sizeof DEFECTS[0] && !has; i++) has = (int)DEFECTS[i].field == field;
        if (!has) fail_msg("nothing is wrong with %s", a2p_field_info((enum a2p_field)field)->name);
    }
}

/* Whatever is required says so when it is not there, of every kind. */
static void nothing_at_all_names_every_required_field(void **state)
{
    struct a2p_facts nothing = {.at = {{NULL, 0}}};
    struct a2p_findings found;

    (void)state;
    for (int kind = BRAND_STANDARD; kind <= BRAND_TOLL_FREE; kind++) {
        size_t missing = 0;
        a2p_check(&nothing, (enum brand_type)kind, &found);
        for (size_t i = 0; i < found.count; i++)
            if (strcmp(found.at[i].rule, "missing") == 0) missing++;
        for (int f = 0; f < A2P_FIELDS; f++)
            if ((a2p_field_info((enum a2p_field)f)->required & a2p_bit((enum brand_type)kind)) != 0) missing--;
        assert_int_equal(missing, 0);
        assert_int_equal(found.worst, A2P_BLOCK);
    }
}

/* What a registration would leave out is no question: nobody is asked to agree to less than is written. */
static void more_numbers_than_it_takes_block_it(void **state)
{
    struct a2p_facts f = business(&TRADES[0]);
    struct a2p_findings found;

    (void)state;
    f.at[A2P_NUMBERS_TO_BUY] = STR("50");
    a2p_check(&f, BRAND_STANDARD, &found);
    assert_int_equal(found.worst, A2P_BLOCK);
    f.at[A2P_NUMBERS_TO_BUY] = STR("49");
    a2p_check(&f, BRAND_STANDARD, &found);
    assert_int_equal(found.worst, A2P_CLEAN);
}

/* A toll-free number's: what passes, then one fact after the other made wrong. */
static void a_toll_free_number_is_judged_by_its_own_rules(void **state)
{
    static const char *const values[A2P_FIELDS] = {
        [A2P_LEGAL_NAME] = "Acme Dental LLC", [A2P_BRAND_NAME] = "Acme Dental", [A2P_IDENTIFIER] = "EIN",
        [A2P_REGISTRATION_NUMBER] = "12-3456789", [A2P_WEBSITE] = "https://acme.com", [A2P_COMPANY_TYPE] = "private",
        [A2P_STREET] = "12 Main St", [A2P_CITY] = "Oakland", [A2P_REGION] = "CA", [A2P_POSTAL_CODE] = "94612",
        [A2P_COUNTRY] = "US", [A2P_FIRST_NAME] = "Jo", [A2P_LAST_NAME] = "Ruiz", [A2P_EMAIL] = "jo@acme.com",
        [A2P_PHONE] = "+14155552671", [A2P_USE_CASE] = "CUSTOMER_CARE, EVENTS", [A2P_DESCRIPTION] = "Reminders.",
        [A2P_MESSAGE_FLOW] = "A box on our form.", [A2P_SAMPLE1] = "Acme Dental: see you at 10:00.",
        [A2P_OPT_IN_TYPE] = "WEB_FORM", [A2P_OPT_IN_IMAGES] = "https://acme.com/a.png,https://acme.com/b.png",
        [A2P_MESSAGE_VOLUME] = "1,000", [A2P_PRIVACY_URL] = "https://acme.com/privacy",
        [A2P_TERMS_URL] = "https://acme.com/terms", [A2P_NUMBERS] = "+18335550100"};
    static const struct {
        enum a2p_field field;
        const char *value, *rule;
        enum a2p_severity severity;
        int32_t code;
    } cases[] = {
        {A2P_NUMBERS, "+14155550100", "toll_free", A2P_BLOCK, 30436},
        {A2P_NUMBERS, "+18335550100,+18335550101", "one_number", A2P_BLOCK, 30436},
        {A2P_NUMBERS, "", "missing", A2P_BLOCK, 0},
        {A2P_USE_CASE, "CUSTOMER_CARE,FUN", "category", A2P_BLOCK, 0},
        {A2P_OPT_IN_TYPE, "web_form", "opt_in_type", A2P_BLOCK, 0},
        {A2P_MESSAGE_VOLUME, "1000", "message_volume", A2P_BLOCK, 0},
        {A2P_COMPANY_TYPE, "club", "company_type", A2P_BLOCK, 0},
        {A2P_IDENTIFIER, "SSN", "identifier", A2P_BLOCK, 0},
        {A2P_IDENTIFIER, "", "registered", A2P_BLOCK, 30527},
        {A2P_REGISTRATION_NUMBER, "", "registered", A2P_BLOCK, 30484},
        {A2P_WEBSITE, "http://acme.com", "https", A2P_BLOCK, 30473},
        {A2P_OPT_IN_IMAGES, "https://acme.com/a.png,http://acme.com/b.png", "https", A2P_BLOCK, 30446},
        {A2P_EMAIL, "jo", "email", A2P_BLOCK, 30452},
        {A2P_EMAIL, "jo@gmail.com", "free_mail", A2P_ASK, 30482},
        {A2P_SAMPLE1, "See you at 10:00.", "brand", A2P_ASK, 0},
        {A2P_SAMPLE1, "Acme Dental: see http://acme.com/1.", "insecure_link", A2P_ASK, 30471},
        {A2P_NUMBERS, "833-555-0100", "toll_free", A2P_BLOCK, 30436},
        {A2P_TITLE, "Owner", "not_allowed", A2P_BLOCK, 0},
        {A2P_PHONE, "833 555 0100", "phone", A2P_BLOCK, 30483},
        {A2P_COUNTRY, "us", "country", A2P_BLOCK, 30451},
        {A2P_REGION, "California", "region", A2P_BLOCK, 30451},
        {A2P_POSTAL_CODE, "10001", "postal_elsewhere", A2P_BLOCK, 30451},
        {A2P_STREET, "PO Box 12", "po_box", A2P_NOTE, 30451},
        {A2P_CITY, "1", "no_letters", A2P_BLOCK, 0},
        {A2P_CAMPAIGN_VERIFY_TOKEN, "cv 1.0", "token", A2P_BLOCK, 30501},
    };
    struct a2p_facts right = {.at = {{NULL, 0}}}, f;
    struct a2p_findings found;

    (void)state;
    for (int k = 0; k < A2P_FIELDS; k++) right.at[k] = str_from(values[k]);
    a2p_check(&right, BRAND_TOLL_FREE, &found);
    for (size_t i = 0; i < found.count; i++) print_message("%s %s\n", found.at[i].rule, found.at[i].why);
    assert_int_equal(found.worst, A2P_CLEAN);
    f = right;
    f.at[A2P_COMPANY_TYPE] = STR("sole_proprietor");
    f.at[A2P_REGISTRATION_NUMBER] = f.at[A2P_IDENTIFIER] = STR("");
    a2p_check(&f, BRAND_TOLL_FREE, &found);
    assert_int_equal(found.worst, A2P_CLEAN);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        f = right;
        f.at[cases[i].field] = str_from(cases[i].value);
        a2p_check(&f, BRAND_TOLL_FREE, &found);
        if (found.count != 1 || strcmp(found.at[0].rule, cases[i].rule) != 0)
            fail_msg("%s=%s: %zu findings", a2p_field_info(cases[i].field)->name, cases[i].value, found.count);
        assert_true(found.at[0].field == cases[i].field && found.at[0].severity == cases[i].severity);
        assert_int_equal(found.at[0].code, cases[i].code);
        if (cases[i].code != 0) assert_non_null(a2p_rejection(cases[i].code));
    }
}

/* Too many findings are cut, never written past the end; bytes that are no text are refused, not read. */
static void any_bytes_have_an_answer(void **state)
{
    char bytes[600];
    struct a2p_facts f;
    struct a2p_findings found;

    (void)state;
    for (unsigned round = 0; round < 64; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)((i * 31 + round * 97) ^ (i >> 2));
        for (int k = 0; k < A2P_FIELDS; k++) f.at[k] = (struct str){bytes + k,
        round * 8 % (sizeof bytes - A2P_FIELDS)};
        a2p_check(&f, BRAND_STANDARD, &found);
        assert_true(found.count <= A2P_FINDINGS_MAX);
    }
}

/* What `register fields --example` prints is complete, and nothing in it would be refused or asked about. */
static void the_example_of_each_kind_passes(void **state)
{
    static const enum brand_type kinds[] = {BRAND_STANDARD, BRAND_LOW_VOLUME, BRAND_SOLE_PROPRIETOR, BRAND_TOLL_FREE};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct a2p_facts f;
        struct a2p_findings found;
        a2p_example(kinds[i], &f);
        a2p_check(&f, kinds[i], &found);
        for (size_t k = 0; k < found.count; k++)
            if (found.at[k].severity == A2P_BLOCK)
                fail_msg("%s: %s: %s", brand_type_name(kinds[i]), a2p_field_info(found.at[k].field)->name,
                         found.at[k].why);
    }
}

static void words_are_heard_whole_and_in_any_case(void **state)
{
    (void)state;
    assert_true(a2p_says(STR("Reply  STOP."), "reply stop"));
    assert_false(a2p_says(STR("nonstop"), "stop"));
    assert_false(a2p_says(STR("stopping"), "stop"));
    assert_true(a2p_says(STR("stopping"), "stop*"));
    assert_true(a2p_says(STR("x unchecked"), "nothing|unchecked"));
    assert_true(str_equal(a2p_host(STR("https://www.acme.com/x")), STR("acme.com")));
    assert_int_equal(a2p_host(STR("acme")).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_registrations_are_let_pass),      cmocka_unit_test(each_defect_is_named),
        cmocka_unit_test(more_numbers_than_it_takes_block_it),
        cmocka_unit_test(texts_in_spanish_and_french_are_let_pass),
        cmocka_unit_test(nothing_at_all_names_every_required_field),
        cmocka_unit_test(every_field_of_every_kind_refuses_what_is_no_value),
        cmocka_unit_test(no_field_is_without_a_defect), cmocka_unit_test(the_example_of_each_kind_passes),
        cmocka_unit_test(a_toll_free_number_is_judged_by_its_own_rules), cmocka_unit_test(any_bytes_have_an_answer),
        cmocka_unit_test(words_are_heard_whole_and_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

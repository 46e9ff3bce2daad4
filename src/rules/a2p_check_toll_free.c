/* a2p_check_toll_free: what a reviewer of a toll-free verification looks at (reference section 13, compliance 5.1). */
#include "rules/a2p_check_inside.h"

enum { SUMMARY_MAX = 500, SAMPLE_MAX = 1000 };

static const char *const CATEGORIES[] = {
    "TWO_FACTOR_AUTHENTICATION", "ACCOUNT_NOTIFICATIONS", "CUSTOMER_CARE", "CHARITY_NONPROFIT",
    "DELIVERY_NOTIFICATIONS", "FRAUD_ALERT_MESSAGING", "EVENTS", "HIGHER_EDUCATION", "K12", "MARKETING",
    "POLLING_AND_VOTING_NON_POLITICAL", "POLITICAL_ELECTION_CAMPAIGNS", "PUBLIC_SERVICE_ANNOUNCEMENT",
    "SECURITY_ALERT", NULL};
static const char *const OPT_INS[] = {"VERBAL", "WEB_FORM", "PAPER_FORM", "VIA_TEXT", "MOBILE_QR_CODE", NULL};
static const char *const VOLUMES[] = {"10", "100", "1,000", "10,000", "100,000", "250,000", "500,000", "750,000",
                                      "1,000,000", "5,000,000", "10,000,000+", NULL};
static const char *const AUTHORITIES[] = {"EIN", "CBN", "CRN", "PROVINCIAL_NUMBER", "VAT", "ACN", "ABN", "BRN", "SIREN",
                                          "SIRET", "NZBN", "USt-IdNr", "CIF", "NIF", "CNPJ", "UID", "NEQ", "OTHER",
                                          NULL};
static const char *const COMPANIES[] = {"private", "public", "non_profit", "government", "sole_proprietor", NULL};

static void check_value(const struct a2p_case *c, enum a2p_field field, const char *rule, const char *const *values,
                        const char *fix)
{
    if (has(c, field) && !a2p_one_of(said(c, field), values))
        a2p_find(c, A2P_BLOCK, field, rule, 0, "Twilio has no such value.", fix);
}

static void check_categories(const struct a2p_case *c)
{
    struct str rest = said(c, A2P_USE_CASE), one;
    while (a2p_next_of_list(&rest, &one))
        if (!a2p_one_of(one, CATEGORIES))
            a2p_find_words(c, A2P_BLOCK, A2P_USE_CASE, "category", one, 0, "Toll-free numbers have no such category.",
                           "Write one or several of ACCOUNT_NOTIFICATIONS, CUSTOMER_CARE, DELIVERY_NOTIFICATIONS,"
                           " MARKETING, TWO_FACTOR_AUTHENTICATION and so on, commas between.");
}

/* Since 2026 everybody but a sole proprietor tells the register's number. */
static void check_register(const struct a2p_case *c)
{
    bool sole = str_equal(said(c, A2P_COMPANY_TYPE), STR("sole_proprietor"));
    check_value(c, A2P_COMPANY_TYPE, "company_type", COMPANIES,
                "Write private, public, non_profit, government or sole_proprietor.");
    check_value(c, A2P_IDENTIFIER, "identifier", AUTHORITIES, "Write the register's name, such as EIN.");
    if (!sole && !has(c, A2P_REGISTRATION_NUMBER))
        a2p_find(c, A2P_BLOCK, A2P_REGISTRATION_NUMBER, "registered", 30484, "Only sole proprietors do without.",
                 "Write the number that the business has at its register.");
    if (!sole && !has(c, A2P_IDENTIFIER))
        a2p_find(c, A2P_BLOCK, A2P_IDENTIFIER, "registered", 30527, "Only sole proprietors do without.",
                 "Write which register the number is of, such as EIN.");
}

static void check_link(const struct a2p_case *c, enum a2p_field field, int32_t code)
{
    if (has(c, field) && !a2p_is_https(said(c, field)))
        a2p_find(c, A2P_BLOCK, field, "https", code, "It is no https link.", "Write the link with https://.");
}

static void check_images(const struct a2p_case *c)
{
    struct str rest = said(c, A2P_OPT_IN_IMAGES), one;
    while (a2p_next_of_list(&rest, &one))
        if (!a2p_is_https(one))
            a2p_find_words(c, A2P_BLOCK, A2P_OPT_IN_IMAGES, "https", one, 30446,
                           "A reviewer cannot look at it: it is no https link.",
                           "Put the picture where anybody can see it without signing in, and write that link.");
}

static void check_texts(const struct a2p_case *c)
{
    struct str sample = said(c, A2P_SAMPLE1);
    if (said(c, A2P_DESCRIPTION).len > SUMMARY_MAX)
        a2p_find(c, A2P_BLOCK, A2P_DESCRIPTION, "too_long", 0, "A summary has at most 500 characters.", "Shorten it.");
    if (sample.len > SAMPLE_MAX)
        a2p_find(c, A2P_BLOCK, A2P_SAMPLE1, "too_long", 0, "A sample has at most 1,000 characters.", "Shorten it.");
    if (a2p_says(sample, "http"))
        a2p_find(c, A2P_ASK, A2P_SAMPLE1, "insecure_link", 30471, "Its link is not https.", "Link with https://.");
    if (sample.len > 0 && !a2p_names_brand(c, sample))
        a2p_find(c, A2P_ASK, A2P_SAMPLE1, "brand", 0, "It does not say who texts.",
                 "Begin it with the name that recipients know.");
}

static void check_number(const struct a2p_case *c)
{
    struct str rest = said(c, A2P_NUMBERS), one = {NULL, 0}, more;
    static const char *const codes[] = {"+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888", NULL};
    if (!a2p_next_of_list(&rest, &one)) return;
    if (a2p_next_of_list(&rest, &more))
        a2p_find(c, A2P_BLOCK, A2P_NUMBERS, "one_number", 30436, "Each number has a verification of its own.",
                 "Name one number, and begin another registration for the next.");
    if (one.len != 12 || !a2p_one_of(str_slice(one, 0, 5), codes))
        a2p_find_words(c, A2P_BLOCK, A2P_NUMBERS, "toll_free", one, 30436, "It is no toll-free number.",
                       "Write one that the account has, as +18335550100.");
}

void a2p_check_toll_free(const struct a2p_case *c)
{
    struct str domain = a2p_email_domain(said(c, A2P_EMAIL));
    check_register(c);
    check_link(c, A2P_WEBSITE, 30473);
    if (has(c, A2P_EMAIL) && domain.len == 0)
        a2p_find(c, A2P_BLOCK, A2P_EMAIL, "email", 30452, "It is no mail address.", "Write it as name@acme.example.");
    else if (domain.len > 0 && a2p_is_free_mail(domain))
        a2p_find(c, A2P_ASK, A2P_EMAIL, "free_mail", 30482, "It is not the business's own domain.",
                 "Use an address at the website's domain.");
    a2p_check_phone(c, A2P_PHONE, 30483);
    a2p_check_address(c);
    check_categories(c);
    check_value(c, A2P_OPT_IN_TYPE, "opt_in_type", OPT_INS,
                "Write VERBAL, WEB_FORM, PAPER_FORM, VIA_TEXT or MOBILE_QR_CODE.");
    check_value(c, A2P_MESSAGE_VOLUME, "message_volume", VOLUMES, "Write 1,000 or 10,000 and so on, with commas.");
    check_images(c);
    check_texts(c);
    check_link(c, A2P_PRIVACY_URL, 0);
    check_link(c, A2P_TERMS_URL, 30558);
    check_number(c);
}

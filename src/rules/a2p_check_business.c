/* a2p_check_business: who the business is: legal form, number, names, website. Sources: reference 11.5, compliance
 * 4.1. */
#include "rules/a2p_check_inside.h"
#include "rules/content_links.h"

static const char *const TYPES[] = {"Co-operative", "Corporation", "Limited Liability Corporation",
                                    "Non-profit Corporation", "Partnership", NULL};
static const char *const INDUSTRIES[] = {
    "AGRICULTURE", "AUTOMOTIVE", "BANKING", "CONSTRUCTION", "CONSUMER", "EDUCATION", "ELECTRONICS", "ENGINEERING",
    "ENERGY", "FAST_MOVING_CONSUMER_GOODS", "FINANCIAL", "FINTECH", "FOOD_AND_BEVERAGE", "GOVERNMENT", "HEALTHCARE",
    "HOSPITALITY", "INSURANCE", "JEWELRY", "LEGAL", "MANUFACTURING", "MEDIA", "NOT_FOR_PROFIT", "OIL_AND_GAS",
    "ONLINE", "PROFESSIONAL_SERVICES", "RAW_MATERIALS", "REAL_ESTATE", "RELIGION", "RETAIL", "TECHNOLOGY",
    "TELECOMMUNICATIONS", "TRANSPORTATION", "TRAVEL", NULL};
static const char *const REGIONS[] = {"AFRICA", "ASIA", "EUROPE", "LATIN_AMERICA", "USA_AND_CANADA", NULL};
static const char *const REGISTERS[] = {"EIN", "DUNS", "CBN", "CN", "ACN", "CIN", "VAT", "VATRN", "RN", "Other", NULL};
static const char *const COMPANIES[] = {"private", "public", "non_profit", "non-profit", "government", NULL};
static const char *const EXCHANGES[] = {
    "AMEX", "AMX", "ASX", "B3", "BME", "BSE", "FRA", "ICEX", "JPX", "JSE", "KRX", "LON", "NASDAQ", "NONE", "NYSE",
    "NSE", "OMX", "OTHER", "SEHK", "SGX", "SSE", "STO", "SWX", "SZSE", "TSX", "TWSE", "VSE", NULL};

static void allowed(const struct a2p_case *c, enum a2p_field field, const char *const *values, const char *fix)
{
    if (has(c, field) && !a2p_one_of(said(c, field), values))
        a2p_find(c, A2P_BLOCK, field, "value", 22215, "It is none of the values that Twilio takes.", fix);
}

static void check_values(const struct a2p_case *c)
{
    struct str rest = said(c, A2P_REGIONS), one;

    allowed(c, A2P_BUSINESS_TYPE, TYPES, "Choose Co-operative, Corporation, Limited Liability Corporation, "
            "Non-profit Corporation (also for government) or Partnership.");
    allowed(c, A2P_INDUSTRY, INDUSTRIES, "Choose one of Twilio's industries, such as RETAIL, HEALTHCARE, REAL_ESTATE "
            "or PROFESSIONAL_SERVICES; docs/registration-checks.md lists them.");
    allowed(c, A2P_IDENTIFIER, REGISTERS, "Write EIN in the US and for other countries' tax numbers, CBN in Canada.");
    allowed(c, A2P_COMPANY_TYPE, COMPANIES, "Choose private, public, non_profit or government.");
    allowed(c, A2P_STOCK_EXCHANGE, EXCHANGES, "Write the exchange's short name, such as NYSE, NASDAQ or TSX.");
    while (a2p_next_of_list(&rest, &one))
        if (!a2p_one_of(one, REGIONS))
            a2p_find_words(c, A2P_BLOCK, A2P_REGIONS, "value", one, 22215,
                           "It is none of the regions that Twilio takes.",
                           "Write USA_AND_CANADA, LATIN_AMERICA, EUROPE, AFRICA or ASIA, with commas between.");
}

static void check_social(const struct a2p_case *c)
{
    struct str rest = said(c, A2P_SOCIAL_MEDIA), one;

    while (a2p_next_of_list(&rest, &one))
        if (!a2p_has_link(one))
            a2p_find_words(c, A2P_ASK, A2P_SOCIAL_MEDIA, "no_link", one, 30907, "It is no address of a profile.",
                           "Write whole addresses, such as https://www.facebook.com/acme, commas between.");
}

static bool is_ticker(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char ch = text.at[i];
        bool letter = (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z');
        if (!letter && (ch < '0' || ch > '9') && ch != '.' && ch != '-') return false;
    }
    return true;
}

static size_t digits_of(struct str text, char out[16])
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] >= '0' && text.at[i] <= '9') {
            if (n < 15) out[n] = text.at[i];
            n++;
        }
    out[n < 15 ? n : 15] = '\0';
    return n;
}

static bool all_the_same(const char *digits)
{
    for (size_t i = 1; digits[i] != '\0'; i++)
        if (digits[i] != digits[0]) return false;
    return true;
}

/* Prefixes that the IRS has given out, by campus and for the internet. */
static bool is_ein_prefix(const char *d)
{
    static const char never[] = "00 07 08 09 17 18 19 28 29 49 69 70 78 79 89 96 97";
    char two[3] = {d[0], d[1], '\0'};

    return str_find(str_from(never), str_from(two)) >= sizeof never - 1;
}

static void check_ein(const struct a2p_case *c, struct str n)
{
    static const char fix[] = "Write the nine digits of the IRS letter (CP 575 or 147C), such as 12-3456789.";
    char d[16];
    size_t digits = digits_of(n, d);
    bool dashed = n.len == 10 && n.at[2] == '-';

    if (n.len == 11 && n.at[3] == '-' && n.at[6] == '-')
        a2p_find(c, A2P_BLOCK, A2P_REGISTRATION_NUMBER, "ssn", 30795, "It is written as a Social Security number, "
                 "which is a person's.", "Give the business's EIN, or register a sole proprietor if it has none.");
    else if (digits != 9 || (n.len != 9 && !dashed))
        a2p_find(c, A2P_BLOCK, A2P_REGISTRATION_NUMBER, "ein_form", 30795, "An EIN has nine digits.", fix);
    else if (all_the_same(d) || !is_ein_prefix(d))
        a2p_find(c, A2P_BLOCK, A2P_REGISTRATION_NUMBER, "ein_prefix", 30795,
                 "The IRS has never given out an EIN that begins so.", fix);
}

static void check_cbn(const struct a2p_case *c, struct str n)
{
    char d[16];
    size_t digits = digits_of(n, d);

    if (digits != n.len || digits != 9 || all_the_same(d))
        a2p_find(c, A2P_BLOCK, A2P_REGISTRATION_NUMBER, "cbn_form", 30795,
                 "A Canadian business number is given as its first nine digits.",
                 "Leave out what follows them, such as RC0001, and anything between them.");
}

static void check_number(const struct a2p_case *c)
{
    struct str reg = said(c, A2P_IDENTIFIER), n = said(c, A2P_REGISTRATION_NUMBER), country = said(c, A2P_COUNTRY);
    char d[16];

    if (str_equal(reg, STR("DUNS")))
        a2p_find(c, A2P_BLOCK, A2P_IDENTIFIER, "duns", 18609, "A DUNS number does not do for A2P.",
                 "Give the tax number: EIN in the US, CBN in Canada, elsewhere the tax number under EIN.");
    if (str_equal(reg, STR("CBN")) && str_equal(country, STR("US")))
        a2p_find(c, A2P_BLOCK, A2P_IDENTIFIER, "register_country", 18602, "CBN is the Canadian register, but the "
                 "address is in the US.", "Give the EIN, or the Canadian address at the tax office.");
    if (n.len == 0) return;
    if (str_equal(reg, STR("CBN"))) check_cbn(c, n);
    else if (str_equal(reg, STR("EIN")) && str_equal(country, STR("US"))) check_ein(c, n);
    else if (digits_of(n, d) < 4)
        a2p_find(c, A2P_ASK, A2P_REGISTRATION_NUMBER, "number_form", 18602,
                 "It has hardly any digits, so it looks like no registration number.",
                 "Copy the number from the registration papers.");
}

static void check_names(const struct a2p_case *c)
{
    struct str legal = said(c, A2P_LEGAL_NAME), type = said(c, A2P_BUSINESS_TYPE);

    if (a2p_says(legal, "dba|d/b/a|doing business as"))
        a2p_find(c, A2P_BLOCK, A2P_LEGAL_NAME, "dba_in_legal_name", 30795,
                 "The legal name is compared with the tax office's, which has no trade name in it.",
                 "Write the legal name alone, and the trade name as brand name.");
    if (str_find(legal, STR("://")) < legal.len || str_find_char(legal, '@') < legal.len)
        a2p_find(c, A2P_BLOCK, A2P_LEGAL_NAME, "no_name", 30795, "It is an address, not a name.",
                 "Write the name of the IRS letter (CP 575 or 147C), with punctuation and suffix.");
    if ((str_equal(type, STR("Corporation")) && a2p_says(legal, "llc|l.l.c")) ||
        (str_equal(type, STR("Limited Liability Corporation")) && a2p_says(legal, "inc|incorporated|corp")))
        a2p_find(c, A2P_ASK, A2P_BUSINESS_TYPE, "type_and_name", 30795,
                 "The legal form and the end of the legal name do not agree.", "Choose the form that the papers show.");
}

static void check_public(const struct a2p_case *c)
{
    struct str mail = a2p_email_domain(said(c, A2P_BRAND_CONTACT_EMAIL)), site = a2p_host(said(c, A2P_WEBSITE));

    if (!has(c, A2P_STOCK_EXCHANGE) || str_equal(said(c, A2P_STOCK_EXCHANGE), STR("NONE")))
        a2p_find(c, A2P_BLOCK, A2P_STOCK_EXCHANGE, "public_needs", 30796, "A public company is listed somewhere.",
                 "Name the exchange, or choose private.");
    if (!has(c, A2P_STOCK_TICKER))
        a2p_find(c, A2P_BLOCK, A2P_STOCK_TICKER, "public_needs", 30796, "A public company has a ticker.",
                 "Write it as the exchange does, or choose private.");
    else if (!is_ticker(said(c, A2P_STOCK_TICKER)))
        a2p_find(c, A2P_BLOCK, A2P_STOCK_TICKER, "ticker", 30796, "It is no ticker.",
                 "Write the letters or digits alone, as the exchange does: HRLW, BRK.B.");
    if (!has(c, A2P_BRAND_CONTACT_EMAIL))
        a2p_find(c, A2P_BLOCK, A2P_BRAND_CONTACT_EMAIL, "public_needs", 21740,
                 "Somebody at a public company must confirm the brand by e-mail.",
                 "Give the address of a person on the company's own domain.");
    else if (a2p_is_free_mail(mail))
        a2p_find(c, A2P_BLOCK, A2P_BRAND_CONTACT_EMAIL, "free_mail", 21740, "It is an address of a free mail service.",
                 "Give the address of a person on the company's own domain.");
    else if (mail.len > 0 && site.len > 0 && !a2p_host_within(mail, site))
        a2p_find(c, A2P_ASK, A2P_BRAND_CONTACT_EMAIL, "domain_differs", 21736,
                 "It is on another domain than the website.",
                 "Give an address on the website's domain, so that its ownership can be seen.");
    else if (a2p_says(said(c, A2P_BRAND_CONTACT_EMAIL), "info@*|sales@*|support@*|admin@*|contact@*|noreply@*|hello@*"))
        a2p_find(c, A2P_ASK, A2P_BRAND_CONTACT_EMAIL, "shared_address", 21738,
                 "Shared addresses often refuse the confirmation, and nobody answers it.", "Give a person's address.");
}

static void check_company(const struct a2p_case *c)
{
    struct str company = said(c, A2P_COMPANY_TYPE), type = said(c, A2P_BUSINESS_TYPE);
    bool non_profit = str_starts(company, STR("non")), government = str_equal(company, STR("government"));

    if (str_equal(company, STR("public"))) check_public(c);
    else if (has(c, A2P_STOCK_EXCHANGE) || has(c, A2P_STOCK_TICKER))
        a2p_find(c, A2P_BLOCK, has(c, A2P_STOCK_TICKER) ? A2P_STOCK_TICKER : A2P_STOCK_EXCHANGE, "only_public", 30796,
                 "Only a public company has an exchange and a ticker.", "Leave both empty, or choose public.");
    if ((non_profit || government) && type.len > 0 && !str_equal(type, STR("Non-profit Corporation")))
        a2p_find(c, A2P_BLOCK, A2P_BUSINESS_TYPE, "type_and_company", non_profit ? 30798 : 30797,
                 "Non-profits and government bodies register as Non-profit Corporation.",
                 "Choose Non-profit Corporation, or private as company_type.");
    if (government && !str_equal(said(c, A2P_INDUSTRY), STR("GOVERNMENT")))
        a2p_find(c, A2P_BLOCK, A2P_INDUSTRY, "government_industry", 30797,
                 "A government body's industry is GOVERNMENT.",
                 "Write GOVERNMENT, or correct the company_type.");
    if (non_profit && !str_equal(said(c, A2P_INDUSTRY), STR("NOT_FOR_PROFIT")))
        a2p_find(c, A2P_NOTE, A2P_INDUSTRY, "non_profit_industry", 0, "Non-profits mostly register as NOT_FOR_PROFIT.",
                 "Write NOT_FOR_PROFIT unless another industry fits better.");
}

void a2p_check_business(const struct a2p_case *c)
{
    check_values(c);
    check_number(c);
    check_names(c);
    check_company(c);
    check_social(c);
}

/* Ready-made pages, which show nobody whose they are. */
static bool is_hosted_by(struct str host, const char *const *hosts)
{
    for (; *hosts != NULL; hosts++)
        if (host.len >= str_from(*hosts).len && a2p_host_within(host, str_from(*hosts))) return true;
    return false;
}

static void check_site_host(const struct a2p_case *c, struct str url)
{
    static const char *const social[] = {"facebook.com", "fb.com", "instagram.com", "linktr.ee", "tiktok.com", "x.com",
                                         "twitter.com", "linkedin.com", "youtube.com", "yelp.com", "t.me", NULL};
    static const char *const ready_made[] = {
        "wixsite.com", "blogspot.com", "wordpress.com", "weebly.com", "sites.google.com", "square.site", "github.io",
        "godaddysites.com", "webnode.page", "myshopify.com", "business.site", "carrd.co", NULL};
    static const char *const nobody[] = {"example.com", "example.org", "example.net", "test.com", "yourwebsite.com",
        NULL};
    struct content_link links[CONTENT_LINKS_MAX];
    struct str host = a2p_host(url);

    if (host.len == 0 || is_hosted_by(host, nobody))
        a2p_find(c, A2P_BLOCK, A2P_WEBSITE, "no_site", 30891, "It is no address of a website.",
                 "Write the whole address, such as https://www.your-business.com.");
    else if (content_links_find(url, links) > 0 && links[0].shortener)
        a2p_find(c, A2P_BLOCK, A2P_WEBSITE, "shortener", 30891, "It is a shortened link.", "Write the whole address.");
    else if (is_hosted_by(host, social))
        a2p_find(c, A2P_BLOCK, A2P_WEBSITE, "social_only", 30919, "It is a page of a social network, which says too "
                 "little.", "Give a website of the business's own; put the page under social_media.");
    else if (is_hosted_by(host, ready_made))
        a2p_find(c, A2P_ASK, A2P_WEBSITE, "free_host", 30907, "It is a free address, which anybody may have.",
                 "Give a website on the business's own domain.");
}

void a2p_check_web(const struct a2p_case *c)
{
    struct str url = said(c, A2P_WEBSITE);

    if (url.len == 0) return;
    check_site_host(c, url);
    if (!a2p_is_https(url))
        a2p_find(c, A2P_BLOCK, A2P_WEBSITE, "https", 30891, "It does not begin with https://.",
                 "Write the address with https://, and see that the site answers there.");
}

/* a2p_check_people: where the business is and who answers for it. Sources: reference 11.5, 12.1; compliance 4.1. */
#include "rules/a2p_check_inside.h"
#include "rules/phone.h"
#include "rules/postal.h"

static const char *const POSITIONS[] = {"Director", "GM", "VP", "CEO", "CFO", "General Counsel", "Other", NULL};
static const char *const VERTICALS[] = {
    "AGRICULTURE", "COMMUNICATION", "CONSTRUCTION", "EDUCATION", "ENERGY", "ENTERTAINMENT", "FINANCIAL", "GAMBLING",
    "GOVERNMENT", "HEALTHCARE", "HOSPITALITY", "HUMAN_RESOURCES", "INSURANCE", "LEGAL", "MANUFACTURING", "NGO",
    "POLITICAL", "POSTAL", "PROFESSIONAL", "REAL_ESTATE", "RETAIL", "TECHNOLOGY", "TRANSPORTATION", NULL};

void a2p_check_phone(const struct a2p_case *c, enum a2p_field field, int32_t code)
{
    struct str text = said(c, field);
    struct phone p;

    if (text.len == 0) return;
    if (text.at[0] != '+' || phone_parse(text, "US", &p, NULL) != ERR_OK)
        a2p_find(c, A2P_BLOCK, field, "phone", code, "It is no phone number with its country code.",
                 "Write it as +14155550123: a plus, the country code, the number.");
    else if (field == A2P_MOBILE_PHONE && (p.type != PHONE_FIXED_OR_MOBILE || p.area_code == 0))
        a2p_find(c, A2P_BLOCK, field, "mobile", 30751,
                 "The text that the owner has to answer goes to US and Canadian mobiles only.",
                 "Give the owner's own mobile number, from a carrier in the US or Canada.");
    else if (p.type == PHONE_TOLL_FREE)
        a2p_find(c, A2P_BLOCK, field, "toll_free", code,
                 "A reviewer reaches nobody in particular at a toll-free number.",
                 "Give the person's direct number.");
}

static void check_email(const struct a2p_case *c, enum a2p_field field, int32_t code)
{
    struct str domain = a2p_email_domain(said(c, field)), site = a2p_host(said(c, A2P_WEBSITE));

    if (!has(c, field)) return;
    if (domain.len == 0 || a2p_says(domain, "example.com|example.org|test.com"))
        a2p_find(c, A2P_BLOCK, field, "email", code, "It is no e-mail address.", "Write it as name@your-business.com.");
    else if (c->kind != BRAND_SOLE_PROPRIETOR && a2p_is_free_mail(domain))
        a2p_find(c, A2P_ASK, field, "free_mail", 30971, "It is an address of a free mail service.",
                 "Give an address on the business's own domain.");
    else if (c->kind != BRAND_SOLE_PROPRIETOR && site.len > 0 && !a2p_host_within(domain, site))
        a2p_find(c, A2P_NOTE, field, "domain_differs", 18606, "It is on another domain than the website.",
                 "Give an address on the website's domain if there is one.");
}

static void check_second(const struct a2p_case *c)
{
    bool any = false;

    for (int f = A2P_FIRST_NAME2; f <= A2P_JOB_POSITION2; f++) any = any || has(c, (enum a2p_field)f);
    for (int f = A2P_FIRST_NAME2; any && f <= A2P_JOB_POSITION2; f++)
        if (!has(c, (enum a2p_field)f))
            a2p_find(c, A2P_BLOCK, (enum a2p_field)f, "second_whole", 22215,
                     "A second representative is given in part.",
                     "Fill in all six fields, or leave all six empty.");
    if (any && str_equal_nocase(said(c, A2P_EMAIL), said(c, A2P_EMAIL2)))
        a2p_find(c, A2P_ASK, A2P_EMAIL2, "second_same", 18605, "Both representatives have the same address.",
                 "Name two people, or leave the second out.");
}

static void check_position(const struct a2p_case *c, enum a2p_field field)
{
    if (has(c, field) && !a2p_one_of(said(c, field), POSITIONS))
        a2p_find(c, A2P_BLOCK, field, "value", 22215, "It is none of the positions that Twilio takes.",
                 "Choose Director, GM, VP, CEO, CFO, General Counsel or Other.");
}

static void check_owner(const struct a2p_case *c)
{
    if (has(c, A2P_VERTICAL) && !a2p_one_of(said(c, A2P_VERTICAL), VERTICALS))
        a2p_find(c, A2P_BLOCK, A2P_VERTICAL, "value", 22215, "It is none of the trades that Twilio takes.",
                 "Write one such as RETAIL, PROFESSIONAL or REAL_ESTATE, or leave it empty.");
    if (a2p_says(said(c, A2P_BRAND_NAME), "llc|l.l.c|inc|incorporated|corp|corporation|llp|pllc"))
        a2p_find(c, A2P_BLOCK, A2P_BRAND_NAME, "sole_is_company", 30915,
                 "The name is a company's, and a company has a tax number.",
                 "Register a low-volume brand with its EIN, or give the person's own name or trade name.");
    a2p_check_phone(c, A2P_MOBILE_PHONE, 30751);
}

void a2p_check_people(const struct a2p_case *c)
{
    a2p_check_phone(c, A2P_PHONE, 18604);
    a2p_check_phone(c, A2P_PHONE2, 18605);
    check_email(c, A2P_EMAIL, c->kind == BRAND_SOLE_PROPRIETOR ? 30753 : 18604);
    check_email(c, A2P_EMAIL2, 18605);
    check_position(c, A2P_JOB_POSITION);
    check_position(c, A2P_JOB_POSITION2);
    if (c->kind == BRAND_SOLE_PROPRIETOR) check_owner(c);
    else check_second(c);
    if (has(c, A2P_BRAND_CONTACT_EMAIL) && a2p_email_domain(said(c, A2P_BRAND_CONTACT_EMAIL)).len == 0)
        a2p_find(c, A2P_BLOCK, A2P_BRAND_CONTACT_EMAIL, "email", 21738, "It is no e-mail address.",
                 "Write it as name@your-business.com.");
}

/* What a Canadian postal code begins with, by province. */
static const char *province_letters(struct str province)
{
    static const struct {
        const char *province, *letters;
    } table[] = {{"NL", "A"}, {"NS", "B"}, {"PE", "C"}, {"NB", "E"}, {"QC", "GHJ"}, {"ON", "KLMNP"}, {"MB", "R"},
                 {"SK", "S"}, {"AB", "T"}, {"BC", "V"}, {"NT", "X"}, {"NU", "X"}, {"YT", "Y"}};

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (str_equal(province, str_from(table[i].province))) return table[i].letters;
    return NULL;
}

static bool is_within(const struct postal_prefix *p, struct str state)
{
    for (size_t i = 0; p->states[i] != NULL; i++)
        if (p->states[i][0] == '*' || str_equal(state, str_from(p->states[i]))) return true;
    return false;
}

static bool is_two_capitals(struct str s)
{
    return s.len == 2 && s.at[0] >= 'A' && s.at[0] <= 'Z' && s.at[1] >= 'A' && s.at[1] <= 'Z';
}

static void check_place(const struct a2p_case *c, bool canada, int32_t refusal)
{
    struct str region = said(c, A2P_REGION), code = said(c, A2P_POSTAL_CODE);
    const struct postal_prefix *p = postal_find(code);
    bool short_of_zip = !canada && (code.len < 5 || code.at[0] < '0' || code.at[0] > '9');

    if (!is_two_capitals(region) || (canada && province_letters(region) == NULL))
        a2p_find(c, A2P_BLOCK, A2P_REGION, "region", refusal, "It is no state or province in two capital letters.",
                 "Write it as the post office does, such as CA or ON.");
    else if (p == NULL || short_of_zip || postal_is_canadian(p) != canada)
        a2p_find(c, A2P_BLOCK, A2P_POSTAL_CODE, "postal_code", refusal, "It is no postal code of that country.",
                 "Write five digits in the US (94105), letters and digits in Canada (K1A 0B1).");
    else if (canada ? str_find_char(str_from(province_letters(region)), p->prefix[0]) ==
                          str_from(province_letters(region)).len
                    : !is_within(p, region))
        a2p_find(c, A2P_BLOCK, A2P_POSTAL_CODE, "postal_elsewhere", refusal,
                 "This postal code is in another state or province.", "Correct the postal code or the state.");
}

void a2p_check_address(const struct a2p_case *c)
{
    struct str country = said(c, A2P_COUNTRY), street = said(c, A2P_STREET);
    bool digit = false, toll_free = c->kind == BRAND_TOLL_FREE;
    int32_t refusal = toll_free ? 30451 : 18603;

    for (size_t i = 0; i < street.len; i++) digit = digit || (street.at[i] >= '0' && street.at[i] <= '9');
    if (a2p_says(street, "po box|p.o. box|p.o.box|p o box|post office box"))
        a2p_find(c, A2P_NOTE, A2P_STREET, "po_box", toll_free ? refusal : 18018, "A post office box is often refused.",
                 "Give the street address that the tax office has.");
    else if (street.len > 0 && !digit)
        a2p_find(c, A2P_NOTE, A2P_STREET, "house_number", refusal, "It has no house number.",
                 "Write it as the post office does: 548 Market St.");
    if (country.len == 0) return;
    if (!is_two_capitals(country))
        a2p_find(c, A2P_BLOCK, A2P_COUNTRY, "country", toll_free ? refusal : 30755, "It is no country code.",
                 "Write two capitals, such as US.");
    else if (str_equal(country, STR("US")) || str_equal(country, STR("CA"))) {
        if (has(c, A2P_REGION) && has(c, A2P_POSTAL_CODE)) check_place(c, str_equal(country, STR("CA")), refusal);
    } else if (c->kind == BRAND_SOLE_PROPRIETOR)
        a2p_find(c, A2P_BLOCK, A2P_COUNTRY, "sole_country", 30755,
                 "Sole proprietors are registered in the US and Canada only.", "Register a brand with its tax number.");
}

void a2p_check_numbers(const struct a2p_case *c)
{
    struct str rest = said(c, A2P_NUMBERS), one;
    uint64_t wanted = 0, area = 0;
    struct phone p;
    size_t count = 0;

    while (a2p_next_of_list(&rest, &one)) {
        count++;
        if (phone_parse(one, "US", &p, NULL) != ERR_OK || p.type != PHONE_FIXED_OR_MOBILE || p.area_code == 0)
            a2p_find_words(c, A2P_BLOCK, A2P_NUMBERS, "number", one, 0, "It is no long code of the US or Canada.",
                           "Give local numbers, as +14155550123.");
    }
    if (has(c, A2P_NUMBERS_TO_BUY) && str_to_u64(said(c, A2P_NUMBERS_TO_BUY), &wanted) != ERR_OK)
        a2p_find(c, A2P_BLOCK, A2P_NUMBERS_TO_BUY, "count", 0, "It is no number.", "Write how many, such as 2.");
    if (has(c, A2P_AREA_CODE) && (said(c, A2P_AREA_CODE).len != 3 || str_to_u64(said(c, A2P_AREA_CODE),
        &area) != ERR_OK ||
                                  area < 200))
        a2p_find(c, A2P_BLOCK, A2P_AREA_CODE, "area_code", 0, "It is no area code.",
                 "Write three digits, such as 415.");
    if (wanted > 0 && wanted <= 999) count += (size_t)wanted;
    if (c->kind == BRAND_SOLE_PROPRIETOR && count > 1)
        a2p_find(c, A2P_BLOCK, has(c, A2P_NUMBERS) ? A2P_NUMBERS : A2P_NUMBERS_TO_BUY, "one_number", 0,
                 "A sole proprietor's campaign has one number.", "Keep one.");
    else if (count > 49)
        a2p_find(c, A2P_BLOCK, has(c, A2P_NUMBERS) ? A2P_NUMBERS : A2P_NUMBERS_TO_BUY, "number_pool", 0,
                 "A registration takes 49 numbers: more to a campaign need a number pool, which T-Mobile approves.",
                 "Take fewer: more numbers do not make a campaign faster. Those of an approved pool are bought or"
                 " adopted once this is approved.");
}

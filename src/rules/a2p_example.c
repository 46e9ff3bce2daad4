/* a2p_example: one table. Contract in a2p_example.h. */
#include "rules/a2p_example.h"

#define ANY (A2P_FOR_ALL | A2P_FOR_TOLL_FREE)
#define BUSINESS A2P_FOR_BUSINESS
#define TOLL A2P_FOR_TOLL_FREE
#define SOLE A2P_FOR_SOLE
static const struct {
    enum a2p_field field;
    unsigned kinds; /* A2P_FOR_… it is of */
    const char *value;
} EXAMPLE[] = {
    {A2P_LEGAL_NAME, BUSINESS | TOLL, "Acme Dental LLC"},
    {A2P_BRAND_NAME, ANY, "Acme Dental"},
    {A2P_BUSINESS_TYPE, BUSINESS, "Limited Liability Corporation"},
    {A2P_INDUSTRY, BUSINESS, "HEALTHCARE"},
    {A2P_IDENTIFIER, BUSINESS | TOLL, "EIN"},
    {A2P_REGISTRATION_NUMBER, BUSINESS | TOLL, "12-3456789"},
    {A2P_REGIONS, BUSINESS, "USA_AND_CANADA"},
    {A2P_WEBSITE, BUSINESS | TOLL, "https://acme-dental.example"},
    {A2P_COMPANY_TYPE, BUSINESS | TOLL, "private"},
    {A2P_VERTICAL, SOLE, "HEALTHCARE"},
    {A2P_STREET, ANY, "1 Main St"},
    {A2P_CITY, ANY, "Oakland"},
    {A2P_REGION, ANY, "CA"},
    {A2P_POSTAL_CODE, ANY, "94612"},
    {A2P_COUNTRY, ANY, "US"},
    {A2P_FIRST_NAME, ANY, "Ada"},
    {A2P_LAST_NAME, ANY, "Byron"},
    {A2P_EMAIL, ANY, "ada@acme-dental.example"},
    {A2P_PHONE, ANY, "+14155550111"},
    {A2P_TITLE, BUSINESS, "Owner"},
    {A2P_JOB_POSITION, BUSINESS, "CEO"},
    {A2P_MOBILE_PHONE, SOLE, "+14155550111"},
    {A2P_USE_CASE, BUSINESS, "CUSTOMER_CARE"},
    {A2P_USE_CASE, TOLL, "CUSTOMER_CARE"},
    {A2P_DESCRIPTION, ANY,
     "Acme Dental reminds its patients of appointments that they made, and answers their questions."},
    {A2P_MESSAGE_FLOW, ANY,
     "Patients agree to receive text messages from Acme Dental by ticking an unchecked box on the web form at "
     "https://acme-dental.example/join. Message frequency varies. Message and data rates may apply. Reply HELP for "
     "help, STOP to cancel. Terms: https://acme-dental.example/terms Privacy policy: "
     "https://acme-dental.example/privacy"},
    {A2P_SAMPLE1, ANY, "Acme Dental: your appointment is on Monday at 10:00. Reply STOP to opt out."},
    {A2P_SAMPLE2, A2P_FOR_ALL, "Acme Dental: please confirm your visit by answering Y. Reply STOP to opt out."},
    {A2P_EMBEDDED_LINKS, A2P_FOR_ALL, "false"},
    {A2P_EMBEDDED_PHONE, A2P_FOR_ALL, "false"},
    {A2P_PRIVACY_URL, ANY, "https://acme-dental.example/privacy"},
    {A2P_TERMS_URL, ANY, "https://acme-dental.example/terms"},
    {A2P_OPT_IN_TYPE, TOLL, "WEB_FORM"},
    {A2P_OPT_IN_IMAGES, TOLL, "https://acme-dental.example/opt-in.png"},
    {A2P_MESSAGE_VOLUME, TOLL, "1,000"},
    {A2P_NUMBERS, TOLL, "+18335550100"},
    {A2P_NUMBERS_TO_BUY, A2P_FOR_ALL, "1"},
};

void a2p_example(enum brand_type kind, struct a2p_facts *out)
{
    *out = (struct a2p_facts){.at = {{NULL, 0}}};
    for (size_t i = 0; i < sizeof EXAMPLE / sizeof EXAMPLE[0]; i++)
        if ((EXAMPLE[i].kinds & a2p_bit(kind)) != 0) out->at[EXAMPLE[i].field] = str_from(EXAMPLE[i].value);
}

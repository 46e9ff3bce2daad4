/* a2p_facts: the table of fields. Bounds are Twilio's where it names some (reference section 12.5), else ours. */
#include "rules/a2p_facts.h"

#include "base/json_out.h"
#include "base/json_scan.h"

#define ALL A2P_FOR_ALL
#define BUSINESS A2P_FOR_BUSINESS
#define SOLE A2P_FOR_SOLE
#define TOLL A2P_FOR_TOLL_FREE
static const struct a2p_field_info table[A2P_FIELDS] = {
    [A2P_LEGAL_NAME] = {"legal_name", A2P_PART_BUSINESS, BUSINESS | TOLL, BUSINESS | TOLL, 255,
                        "the business's name as the tax office has it"},
    [A2P_BRAND_NAME] = {"brand_name", A2P_PART_PROFILE, SOLE, ALL | TOLL, 100, "what recipients know it by"},
    [A2P_BUSINESS_TYPE] = {"business_type", A2P_PART_BUSINESS, BUSINESS, BUSINESS, 40, "its legal form"},
    [A2P_INDUSTRY] = {"industry", A2P_PART_BUSINESS, BUSINESS, BUSINESS, 40, "its industry"},
    [A2P_IDENTIFIER] = {"identifier", A2P_PART_BUSINESS, BUSINESS, BUSINESS | TOLL, 20,
                        "which register its number is of: EIN in the US"},
    [A2P_REGISTRATION_NUMBER] = {"registration_number", A2P_PART_BUSINESS, BUSINESS, BUSINESS | TOLL, 21,
                                 "its number there, such as 12-3456789"},
    [A2P_REGIONS] = {"regions", A2P_PART_BUSINESS, BUSINESS, BUSINESS, 80, "where it does business"},
    [A2P_WEBSITE] = {"website", A2P_PART_BUSINESS, BUSINESS | TOLL, BUSINESS | TOLL, 255, "its website, https"},
    [A2P_SOCIAL_MEDIA] = {"social_media", A2P_PART_BUSINESS, 0, BUSINESS, 255, "its profiles, commas between"},
    [A2P_COMPANY_TYPE] = {"company_type", A2P_PART_PROFILE, BUSINESS | TOLL, BUSINESS | TOLL, 15,
                          "private, public, non_profit or government; of a toll-free number sole_proprietor, too"},
    [A2P_STOCK_EXCHANGE] = {"stock_exchange", A2P_PART_PROFILE, 0, BUSINESS, 10, "of a public company"},
    [A2P_STOCK_TICKER] = {"stock_ticker", A2P_PART_PROFILE, 0, BUSINESS, 10, "of a public company"},
    [A2P_BRAND_CONTACT_EMAIL] = {"brand_contact_email", A2P_PART_PROFILE, 0, BUSINESS, 254,
                                 "of a public company: who confirms the brand by mail"},
    [A2P_VERTICAL] = {"vertical", A2P_PART_PROFILE, 0, SOLE, 40, "the sole proprietor's trade"},
    [A2P_STREET] = {"street", A2P_PART_ADDRESS, ALL | TOLL, ALL | TOLL, 100, "street and house number"},
    [A2P_STREET2] = {"street2", A2P_PART_ADDRESS, 0, ALL | TOLL, 100, "suite or floor"},
    [A2P_CITY] = {"city", A2P_PART_ADDRESS, ALL | TOLL, ALL | TOLL, 60, "city"},
    [A2P_REGION] = {"region", A2P_PART_ADDRESS, ALL | TOLL, ALL | TOLL, 40,
                        "state or province, two letters in the US and Canada"},
    [A2P_POSTAL_CODE] = {"postal_code", A2P_PART_ADDRESS, ALL | TOLL, ALL | TOLL, 16, "postal code"},
    [A2P_COUNTRY] = {"country", A2P_PART_ADDRESS, ALL | TOLL, ALL | TOLL, 2, "ISO code of the country, such as US"},
    [A2P_FIRST_NAME] = {"first_name", A2P_PART_REPRESENTATIVE, ALL | TOLL, ALL | TOLL, 60,
                        "of who answers for the business"},
    [A2P_LAST_NAME] = {"last_name", A2P_PART_REPRESENTATIVE, ALL | TOLL, ALL | TOLL, 60,
                        "of who answers for the business"},
    [A2P_EMAIL] = {"email", A2P_PART_REPRESENTATIVE, ALL | TOLL, ALL | TOLL, 254, "of who answers for the business"},
    [A2P_PHONE] = {"phone", A2P_PART_REPRESENTATIVE, ALL | TOLL, ALL | TOLL, 16,
                        "of who answers for the business, as +1…"},
    [A2P_TITLE] = {"title", A2P_PART_REPRESENTATIVE, BUSINESS, BUSINESS, 80, "their title in the business"},
    [A2P_JOB_POSITION] = {"job_position", A2P_PART_REPRESENTATIVE, BUSINESS, BUSINESS, 20,
                          "Director, GM, VP, CEO, CFO, General Counsel or Other"},
    [A2P_MOBILE_PHONE] = {"mobile_phone", A2P_PART_PROFILE, SOLE, SOLE, 16,
                          "the sole proprietor's own mobile number, which gets a text to answer with YES"},
    [A2P_FIRST_NAME2] = {"first_name2", A2P_PART_REPRESENTATIVE2, 0, BUSINESS, 60, "of a second representative"},
    [A2P_LAST_NAME2] = {"last_name2", A2P_PART_REPRESENTATIVE2, 0, BUSINESS, 60, "of a second representative"},
    [A2P_EMAIL2] = {"email2", A2P_PART_REPRESENTATIVE2, 0, BUSINESS, 254, "of a second representative"},
    [A2P_PHONE2] = {"phone2", A2P_PART_REPRESENTATIVE2, 0, BUSINESS, 16, "of a second representative"},
    [A2P_TITLE2] = {"title2", A2P_PART_REPRESENTATIVE2, 0, BUSINESS, 80, "of a second representative"},
    [A2P_JOB_POSITION2] = {"job_position2", A2P_PART_REPRESENTATIVE2, 0, BUSINESS, 20, "of a second representative"},
    [A2P_USE_CASE] = {"use_case", A2P_PART_CAMPAIGN, BUSINESS | TOLL, ALL | TOLL, 40,
                        "the campaign's use case, such as MARKETING; of a toll-free number its categories, commas between"},
    [A2P_DESCRIPTION] = {"description", A2P_PART_CAMPAIGN, ALL | TOLL, ALL | TOLL, 4096,
                         "what is texted to whom and why, at least 40 characters"},
    [A2P_MESSAGE_FLOW] = {"message_flow", A2P_PART_CAMPAIGN, ALL | TOLL, ALL | TOLL, 2048,
                          "how people agree to be texted, at least 40 characters, with the link"},
    [A2P_SAMPLE1] = {"sample1", A2P_PART_CAMPAIGN, ALL | TOLL, ALL | TOLL, 1024, "a text as it will be sent"},
    [A2P_SAMPLE2] = {"sample2", A2P_PART_CAMPAIGN, ALL, ALL, 1024, "another"},
    [A2P_SAMPLE3] = {"sample3", A2P_PART_CAMPAIGN, 0, ALL, 1024, "another"},
    [A2P_SAMPLE4] = {"sample4", A2P_PART_CAMPAIGN, 0, ALL, 1024, "another"},
    [A2P_SAMPLE5] = {"sample5", A2P_PART_CAMPAIGN, 0, ALL, 1024, "another"},
    [A2P_OPT_IN_MESSAGE] = {"opt_in_message", A2P_PART_CAMPAIGN, 0, ALL | TOLL, 320, "the answer to an opt-in"},
    [A2P_OPT_OUT_MESSAGE] = {"opt_out_message", A2P_PART_CAMPAIGN, 0, ALL, 320, "the answer to STOP"},
    [A2P_HELP_MESSAGE] = {"help_message", A2P_PART_CAMPAIGN, 0, ALL | TOLL, 320, "the answer to HELP"},
    [A2P_OPT_IN_KEYWORDS] = {"opt_in_keywords", A2P_PART_CAMPAIGN, 0, ALL | TOLL, 255,
                        "words of opt-in, commas between"},
    [A2P_OPT_OUT_KEYWORDS] = {"opt_out_keywords", A2P_PART_CAMPAIGN, 0, ALL, 255, "words of opt-out, commas between"},
    [A2P_HELP_KEYWORDS] = {"help_keywords", A2P_PART_CAMPAIGN, 0, ALL, 255,
                        "words that ask for help, commas between"},
    [A2P_EMBEDDED_LINKS] = {"embedded_links", A2P_PART_CAMPAIGN, ALL, ALL, 5, "true: texts carry links"},
    [A2P_EMBEDDED_PHONE] = {"embedded_phone", A2P_PART_CAMPAIGN, ALL, ALL, 5, "true: texts carry phone numbers"},
    [A2P_SUBSCRIBER_OPT_IN] = {"subscriber_opt_in", A2P_PART_CAMPAIGN, 0, ALL, 5, "true: people opt in"},
    [A2P_AGE_GATED] = {"age_gated", A2P_PART_CAMPAIGN, 0, ALL | TOLL, 5, "true: recipients are of age"},
    [A2P_DIRECT_LENDING] = {"direct_lending", A2P_PART_CAMPAIGN, 0, ALL, 5, "true: it lends itself"},
    [A2P_PRIVACY_URL] = {"privacy_url", A2P_PART_CAMPAIGN, ALL | TOLL, ALL | TOLL, 2048, "the privacy policy"},
    [A2P_TERMS_URL] = {"terms_url", A2P_PART_CAMPAIGN, ALL | TOLL, ALL | TOLL, 2048,
                        "the terms of the texting program"},
    [A2P_OPT_IN_TYPE] = {"opt_in_type", A2P_PART_CAMPAIGN, TOLL, TOLL, 32,
                         "VERBAL, WEB_FORM, PAPER_FORM, VIA_TEXT or MOBILE_QR_CODE"},
    [A2P_OPT_IN_IMAGES] = {"opt_in_images", A2P_PART_CAMPAIGN, TOLL, TOLL, 2048,
                           "pictures of where people opt in, public https links, commas between"},
    [A2P_MESSAGE_VOLUME] = {"message_volume", A2P_PART_CAMPAIGN, TOLL, TOLL, 12,
                            "texts a month: 10, 100, 1,000, 10,000, 100,000, 250,000, 500,000 … 10,000,000+"},
    [A2P_NUMBERS] = {"numbers", A2P_PART_NUMBERS, TOLL, ALL | TOLL, 8000,
                        "numbers that the account has, commas between"},
    [A2P_NUMBERS_TO_BUY] = {"numbers_to_buy", A2P_PART_NUMBERS, 0, ALL, 3, "so many numbers are bought"},
    [A2P_AREA_CODE] = {"area_code", A2P_PART_NUMBERS, 0, ALL, 3, "where they are bought"},
    [A2P_SKIP_VETTING] = {"skip_vetting", A2P_PART_OURS, 0, A2P_FOR_STANDARD, 5,
                          "true: no secondary vetting (political organizations)"},
    [A2P_CAMPAIGN_VERIFY_TOKEN] = {"campaign_verify_token", A2P_PART_OURS, 0, A2P_FOR_STANDARD | TOLL, 255,
                                   "of a political organization: its Campaign Verify token"},
    [A2P_MOCK] = {"mock", A2P_PART_OURS, 0, ALL, 5,
                        "true: a brand for trying out, which costs nothing and cannot send"},
};

const struct a2p_field_info *a2p_field_info(enum a2p_field field)
{
    BUG_IF((unsigned)field >= A2P_FIELDS);
    return &table[field];
}

const char *a2p_part_name(enum a2p_part part)
{
    static const char *const names[A2P_PARTS] = {
        [A2P_PART_BUSINESS] = "business", [A2P_PART_PROFILE] = "messaging profile", [A2P_PART_ADDRESS] = "address",
        [A2P_PART_REPRESENTATIVE] = "representative", [A2P_PART_REPRESENTATIVE2] = "second representative",
        [A2P_PART_CAMPAIGN] = "campaign", [A2P_PART_NUMBERS] = "numbers", [A2P_PART_OURS] = "registration"};

    BUG_IF((unsigned)part >= A2P_PARTS);
    return names[part];
}

static bool same_name(struct str said, const char *name)
{
    for (size_t i = 0; i < said.len; i++) {
        char c = said.at[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (c == '-') c = '_';
        if (name[i] == '\0' || c != name[i]) return false;
    }
    return name[said.len] == '\0';
}

enum err a2p_field_named(struct str name, enum a2p_field *out)
{
    for (size_t i = 0; i < A2P_FIELDS; i++)
        if (same_name(name, table[i].name)) {
            *out = (enum a2p_field)i;
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}

unsigned a2p_bit(enum brand_type kind)
{
    return kind == BRAND_STANDARD ? A2P_FOR_STANDARD : kind == BRAND_LOW_VOLUME ? A2P_FOR_LOW_VOLUME
         : kind == BRAND_SOLE_PROPRIETOR ? A2P_FOR_SOLE : kind == BRAND_TOLL_FREE ? A2P_FOR_TOLL_FREE : 0;
}

enum err a2p_facts_read(struct str json, struct arena *a, struct a2p_facts *out, struct fault *f)
{
    struct json_scan scan = json_scan_over(json);
    struct json_scan_value value;
    struct str name;
    bool full = false;

    *out = (struct a2p_facts){.at = {{NULL, 0}}};
    while (json_scan_next(&scan, &name, &value)) {
        enum a2p_field field;
        if (a2p_field_named(name, &field) != ERR_OK)
            return fault_set(f, ERR_INVALID, "\"" STR_FMT "\" is no field of a registration", STR_ARG(name));
        if (value.kind != JSON_SCAN_TEXT)
            return fault_set(f, ERR_INVALID, "%s must be a text", table[field].name);
        out->at[field] = str_trim(json_scan_text(&value, a, &full));
        if (full) return fault_set(f, ERR_FULL, "no memory");
    }
    if (!json_scan_is_sound(&scan)) return fault_set(f, ERR_INVALID, "the facts are no JSON object of texts");
    return ERR_OK;
}

void a2p_facts_write(const struct a2p_facts *facts, struct buf *out)
{
    json_open(out, '{');
    for (size_t i = 0; i < A2P_FIELDS; i++)
        if (facts->at[i].len > 0) json_put_str(out, table[i].name, facts->at[i]);
    json_close(out, '}');
}

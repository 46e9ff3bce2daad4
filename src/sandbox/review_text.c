/* review_text: Twilio's titles of rejections and the fields that they name. Contract in review.h. */
#include "sandbox/review.h"

#include <stdio.h>

static const struct {
    int code;
    const char *text, *fields;
} texts[] = {
    {18601, "The association between business name and website cannot be verified", ""},
    {18602, "The Business ID you provided could not be verified", ""},
    {18603, "The address could not be verified", ""},
    {18604, "Unable to verify Authorized representative #1", ""},
    {18605, "Unable to verify Authorized representative #2", ""},
    {18606, "The Email domain doesn't match the website domain", ""},
    {18609, "Ineligible Business Registration Authority", ""},
    {21736, "Domain Ownership Could Not Be Verified", "brand_contact_email"},
    {21737, "2FA Verification Expired", "brand_contact_email"},
    {21738, "2FA Email Undeliverable", "brand_contact_email"},
    {21739, "2FA Verification Failed or Timed Out", "brand_contact_email"},
    {21740, "Invalid Brand Contact Email Domain", "brand_contact_email"},
    {21741, "2FA Code Expired", "brand_contact_email"},
    {22214, "Missing End User", ""},
    {22215, "Missing End-User field", ""},
    {22216, "Missing Supporting Document", ""},
    {22217, "Missing Supporting Document field", ""},
    {22218, "The Supporting Document field does not match the field in the End-User", ""},
    {22219, "An Address is missing", ""},
    {30538, "A message sample is missing for a selected use case", "MESSAGE_SAMPLES"},
    {30540, "Double opt-in confirmation message is required", "OPT_IN_MESSAGE"},
    {30543, "Live opt-in link not provided", "MESSAGE_FLOW"},
    {30544, "Call-to-Action does not state the message purpose", "MESSAGE_FLOW"},
    {30545, "Call-to-Action does not state message frequency", "MESSAGE_FLOW"},
    {30551, "Consent does not specify SMS or text messaging", "MESSAGE_FLOW"},
    {30558, "Terms of Service missing message frequency disclosure", "TERMS_AND_CONDITIONS_URL"},
    {30569, "Call-to-Action is missing the message and data rates disclosure", "MESSAGE_FLOW"},
    {30570, "Call-to-Action is missing customer support instructions", "MESSAGE_FLOW"},
    {30754, "Brand Registration Failure: Invalid postal address", "address"},
    {30793, "Brand Registration Failure: Validation problems with connected bundles", ""},
    {30795, "Brand Registration Feedback: Data mismatch related to tax id and its associated properties.",
     "business_registration_number,business_name"},
    {30796, "Brand Registration Feedback: Non public entity registered as a public for profit entity or the stock "
            "information mismatch.", "stock_symbol"},
    {30797, "Brand Registration Feedback: Non government entity registered as a government entity.", "company_type"},
    {30798, "Brand Registration Feedback: No IRS 501c tax-exempt status found.", "tax_exempt_status"},
    {30799, "Brand Registration Feedback: We were unable to verify the details of the registration data.",
     "business_name,address"},
    {30882, "Campaign vetting rejection - Terms & Conditions", "TERMS_AND_CONDITIONS_URL"},
    {30883, "Campaign vetting rejection - Content Violation", "MESSAGE_SAMPLES"},
    {30886, "Campaign vetting rejection - Invalid Campaign Description", "USE_CASE_DESCRIPTION"},
    {30887, "Campaign vetting rejection - Opt-out Error", "OPT_OUT_MESSAGE"},
    {30888, "Campaign vetting rejection - Age Gate Not Present / Not Acceptable", "AGE_GATED"},
    {30889, "Campaign vetting rejection - Embedded Phone Number", "HAS_EMBEDDED_PHONE"},
    {30890, "Campaign vetting rejection - Subscriber Help", "HELP_MESSAGE"},
    {30891, "Campaign vetting rejection - Invalid Website URL", "WEBSITE_URL"},
    {30892, "Campaign vetting rejection - Invalid Sample Message - Public URL Shorteners", "MESSAGE_SAMPLES"},
    {30893, "Campaign vetting rejection - Inconsistency between Sample Message and Use-case", "MESSAGE_SAMPLES"},
    {30894, "Campaign vetting rejection - Invalid Brand Information", "BRAND"},
    {30895, "Campaign vetting rejection - Direct Lending - Campaign and Content Attribute Error", "DIRECT_LENDING"},
    {30896, "Campaign vetting rejection - Opt-in Error", "MESSAGE_FLOW"},
    {30897, "Campaign vetting rejection - Disallowed Content", "MESSAGE_SAMPLES"},
    {30908, "Campaign vetting rejection - Compliant Privacy Policy Required", "PRIVACY_POLICY_URL"},
    {30909, "Campaign vetting rejection - CTA Verification Issue", "MESSAGE_FLOW"},
    {30933, "Privacy policy URL missing from campaign request", "PRIVACY_POLICY_URL"},
    {30934, "Terms and conditions URL missing from campaign request", "TERMS_AND_CONDITIONS_URL"},
    {30990, "Campaign Suspension", ""},
    {30991, "Campaign Registration Failed", "BRAND"},
};

const char *sb_review_text(int code, const char **fields)
{
    *fields = "";
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].code == code) {
            *fields = texts[i].fields;
            return texts[i].text;
        }
    if (code >= 30436 && code <= 30513) return "Toll-Free phone number verification rejection";
    if (code >= 30825 && code <= 30879) return "Verification rejection";
    if (code >= 30701 && code <= 30799) return "Brand Registration Failure";
    if (code >= 30880 && code <= 30999) return "Campaign vetting rejection";
    return "The submission was rejected";
}

json_t *sb_review_errors(int code)
{
    char url[64];
    const char *names, *text = sb_review_text(code, &names);
    json_t *fields = json_array();
    struct str rest = str_from(names), field;
    (void)snprintf(url, sizeof url, "https://www.twilio.com/docs/api/errors/%d", code);
    while (rest.len > 0) {
        rest = str_cut(rest, ',', &field);
        (void)json_array_append_new(fields, json_stringn(field.at, field.len));
    }
    return json_pack("[{s:i, s:s, s:o, s:s}]", "error_code", code, "description", text, "fields", fields, "url", url);
}

/* a2p_check_campaign: use case, description, how people agree, links. Sources: reference 12.5; compliance 2.2, 4.3,
 * 4.4. */
#include "rules/a2p_check_inside.h"
#include "rules/a2p_phrases.h"
#include "rules/tier.h"

enum { LONG_TEXT_MIN = 40 };

static const char OFFERS[] = "offer*|sale|sales|discount*|promo*|deal|deals|coupon*|marketing|special|specials|new "
    "product*|"
                             "launch*|newsletter*|event*|reward*|loyalty|savings";
static const char CODES[] = "code|codes|passcode*|verif*|otp|two-factor|2fa|log in|login|sign in|authenticat*";

/* The use case's own words: none of them, and the description is of something else. */
static const char *words_of(enum use_case u)
{
    switch (u) {
    case USE_CASE_2FA: return CODES;
    case USE_CASE_MARKETING: return OFFERS;
    case USE_CASE_DELIVERY_NOTIFICATION: return "deliver*|ship*|order*|package*|driver*|pickup|pick up|courier";
    case USE_CASE_FRAUD_ALERT: return "fraud*|suspicious|unusual|transaction*";
    case USE_CASE_SECURITY_ALERT: return "security|breach*|alert*|alarm*|incident*";
    case USE_CASE_CUSTOMER_CARE: return "support|question*|help|care|service|answer*|repl*|assist*";
    case USE_CASE_ACCOUNT_NOTIFICATION:
        return "account*|remind*|appointment*|notif*|payment*|bill*|invoice*|balance|status|renew*|confirm*|statement*";
    case USE_CASE_POLLING_VOTING: return "survey*|poll|polls|vot*|feedback";
    case USE_CASE_HIGHER_EDUCATION: return "universit*|college*|student*|campus";
    case USE_CASE_PUBLIC_SERVICE_ANNOUNCEMENT: return "public|communit*|resident*|announce*|aware*";
    default: return NULL;
    }
}

static bool needs_more(enum use_case u)
{
    return u == USE_CASE_AGENTS_FRANCHISES || u == USE_CASE_EMERGENCY || u == USE_CASE_K12_EDUCATION ||
           u == USE_CASE_PROXY || u == USE_CASE_SOCIAL || u == USE_CASE_SWEEPSTAKE;
}

static void check_use_case(const struct a2p_case *c)
{
    struct str code = said(c, A2P_USE_CASE);
    enum use_case u = use_case_parse(code);
    bool sole = c->kind == BRAND_SOLE_PROPRIETOR;

    if (code.len == 0) return;
    if (u == USE_CASE_UNKNOWN)
        a2p_find(c, A2P_BLOCK, A2P_USE_CASE, "use_case", 21720, "It is no use case that Twilio lists.",
                 "Choose one such as LOW_VOLUME, MIXED, MARKETING, 2FA or ACCOUNT_NOTIFICATION.");
    else if (sole != (u == USE_CASE_SOLE_PROPRIETOR))
        a2p_find(c, A2P_BLOCK, A2P_USE_CASE, "use_case_kind", 21720, "This kind of brand cannot have it.",
                 sole ? "Write SOLE_PROPRIETOR or leave it empty." : "Choose one of a business, such as LOW_VOLUME.");
    else if (u == USE_CASE_POLITICAL && !has(c, A2P_CAMPAIGN_VERIFY_TOKEN))
        a2p_find(c, A2P_BLOCK, A2P_CAMPAIGN_VERIFY_TOKEN, "political", 21722,
                 "Political texts need a Campaign Verify token.",
                     "Get one from Campaign Verify for this organization.");
    else if (u == USE_CASE_CHARITY && !str_starts(said(c, A2P_COMPANY_TYPE), STR("non")))
        a2p_find(c, A2P_BLOCK, A2P_USE_CASE, "charity", 30900, "Only 501(c)(3) non-profits may have it.",
                 "Choose another use case, or correct the company_type.");
    else if (needs_more(u))
        a2p_find(c, A2P_ASK, A2P_USE_CASE, "special_use_case", 30900,
                 "Carriers approve it one by one, after the review, and refuse it more often.",
                 "Choose an ordinary use case if one fits.");
}

static void check_long(const struct a2p_case *c, enum a2p_field field)
{
    if (has(c, field) && said(c, field).len < LONG_TEXT_MIN)
        a2p_find(c, A2P_BLOCK, field, "too_short", 21728, "It has less than 40 characters.",
                 a2p_field_info(field)->help);
}

static void check_description(const struct a2p_case *c)
{
    struct str text = said(c, A2P_DESCRIPTION);
    const char *words = words_of(use_case_parse(said(c, A2P_USE_CASE)));

    check_long(c, A2P_DESCRIPTION);
    if (text.len < LONG_TEXT_MIN) return;
    if (a2p_is_foreign(text)) {
        a2p_find(c, A2P_BLOCK, A2P_DESCRIPTION, "not_english", 30910, "It is not in English, which reviewers read.",
                 "Write it in English; samples stay in the language in which they are sent.");
        return;
    }
    if (!a2p_names_brand(c, text))
        a2p_find(c, A2P_BLOCK, A2P_DESCRIPTION, "who", 30886, "It does not say who sends.",
                 "Begin with the brand's name: \"Acme Dental sends …\".");
    if (!a2p_says(text, "customer*|client*|patient*|member*|guest*|student*|subscriber*|resident*|donor*|user*|"
                        "people|tenant*|parent*|employee*|staff|visitor*|recipient*|buyer*|owner*|participant*|"
                        "volunteer*|driver*|shopper*|attendee*|anyone|families|homeowner*|supporter*"))
        a2p_find(c, A2P_ASK, A2P_DESCRIPTION, "whom", 30886, "It does not say to whom.",
                 "Say who gets the texts: customers who ordered, patients with an appointment.");
    if (words != NULL && !a2p_says(text, words))
        a2p_find(c, A2P_BLOCK, A2P_DESCRIPTION, "use_case_words", 30886, "Nothing in it speaks of the chosen use case.",
                 "Describe texts of that use case, or choose the one that fits.");
    if (str_equal(text, said(c, A2P_MESSAGE_FLOW)))
        a2p_find(c, A2P_BLOCK, A2P_MESSAGE_FLOW, "same_text", 30911, "Description and message flow are the same text.",
                 "Say here how people agree to be texted, and there what they get.");
}

static void check_link(const struct a2p_case *c, enum a2p_field field, int32_t code)
{
    struct str url = said(c, field), host = a2p_host(url), site = a2p_host(said(c, A2P_WEBSITE));

    if (url.len == 0) return;
    if (!a2p_is_https(url) || host.len == 0)
        a2p_find(c, A2P_BLOCK, field, "https", code, "It is no https address.", "Write it whole, with https://.");
    else if (site.len > 0 && !a2p_host_within(host, site))
        a2p_find(c, A2P_ASK, field, "other_site", code, "It is on another domain than the website.",
                 "Publish it on the business's own website.");
}

void a2p_check_campaign(const struct a2p_case *c)
{
    check_use_case(c);
    check_description(c);
    check_link(c, A2P_PRIVACY_URL, 30908);
    check_link(c, A2P_TERMS_URL, 30882);
    if (has(c, A2P_TERMS_URL) && str_equal(said(c, A2P_TERMS_URL), said(c, A2P_PRIVACY_URL)))
        a2p_find(c, A2P_BLOCK, A2P_TERMS_URL, "same_page", 30882, "Terms and privacy policy are the same page.",
                 "Give each its own address.");
}

/* What the place where people agree has to say; compliance section 2.2. */
static const struct {
    const char *rule, *phrases;
    int32_t code;
    const char *why, *fix;
} DISCLOSURES[] = {
    {"flow_sms", A2P_SAYS_TEXTS, 30551, "It does not speak of text messages.",
     "Say \"text messages\" in the words that people agree to."},
    {"flow_frequency", A2P_SAYS_FREQUENCY, 30545, "It does not say how often texts come.",
     "Add \"Message frequency varies\" or a number a month."},
    {"flow_rates", A2P_SAYS_RATES, 30569, "The sentence on message and data rates is missing.",
     "Add \"Message and data rates may apply\"."},
    {"flow_stop", A2P_SAYS_STOP, 30924, "It does not say how to stop.", "Add \"Reply STOP to opt out\"."},
    {"flow_help", A2P_SAYS_HELP, 30570, "It does not say how to get help.", "Add \"Reply HELP for help\"."},
    {"flow_terms", A2P_SAYS_TERMS, 30882, "It does not link the terms.",
     "Add the address of the terms of the texting program."},
    {"flow_privacy", A2P_SAYS_PRIVACY, 30908, "It does not link the privacy policy.",
     "Add the address of the privacy policy."},
};

static void check_place_of_consent(const struct a2p_case *c, struct str flow)
{
    bool web = a2p_says(flow, "website|web site|web form|online|form|page|checkbox|check box|checkout|landing|app|"
                              "sitio web|formulario|página|casilla|en línea|site web|formulaire|case à cocher|en ligne");
    bool other = a2p_says(flow, "keyword|text join|texting|text start|paper|verbal*|phone call|in person|in-store|"
                                "point of sale|over the phone|by phone|qr code|sign-up sheet|front desk|palabra clave|"
                                "en persona|por teléfono|en papel|mot-clé|en personne|par téléphone|sur papier");

    if (!web && !other && !a2p_has_link(flow))
        a2p_find(c, A2P_BLOCK, A2P_MESSAGE_FLOW, "flow_where", 30909, "It does not say where people agree.",
                 "Say where: the web form's address, the keyword and number, the paper form or the script.");
    else if (web && !a2p_has_link(flow))
        a2p_find(c, A2P_BLOCK, A2P_MESSAGE_FLOW, "flow_link", 30543, "The form's address is missing.",
                 "Add the public https link of the page with the form.");
    if (!a2p_names_brand(c, flow))
        a2p_find(c, A2P_BLOCK, A2P_MESSAGE_FLOW, "flow_brand", 30909, "It does not name the brand.",
                 "Say to whose texts people agree.");
}

static void check_consent(const struct a2p_case *c, struct str flow)
{
    if (a2p_says(flow, "pre-checked|prechecked|checked by default|ticked by default|pre-selected|automatically "
        "checked") &&
        !a2p_says(flow, "not pre-checked|not prechecked|unchecked|never pre-checked|not checked by default|"
                        "isn't pre-checked|not pre-selected"))
        a2p_find(c, A2P_BLOCK, A2P_MESSAGE_FLOW, "flow_checked", 30925, "The box is ticked in advance.",
                 "Leave the box unticked, and say so.");
    if (a2p_says(flow, "purchased list*|bought list*|purchase leads|buy leads|lead list*|third-party list*|rented "
        "list*"))
        a2p_find(c, A2P_BLOCK, A2P_MESSAGE_FLOW, "flow_bought", 30896, "Consent cannot be bought.",
                 "Text only people who agreed to this business's texts.");
    if (a2p_says(flow, "shared with third parties|shared with partners|shared with affiliates|share your number|"
                       "share your information with|sold to") &&
        !a2p_says(flow, "not shared|not be shared|never shared|never share|not share|won't share|no mobile*|not sold|"
                        "never be shared|not sell|never sell|not be sold"))
        a2p_find(c, A2P_BLOCK, A2P_MESSAGE_FLOW, "flow_shared", 30896, "Consent is shared with others.",
                 "Share it with nobody, and say so.");
    if (a2p_says(flow, "must agree|required to agree|required to opt in|is required to|must opt in|mandatory|"
                       "condition of service") &&
        !a2p_says(flow, "not a condition|not required|isn't required|optional|not mandatory"))
        a2p_find(c, A2P_BLOCK, A2P_MESSAGE_FLOW, "flow_forced", 30931, "People cannot decline the texts.",
                 "Make it a choice of its own, and say that consent is not a condition of purchase.");
}

void a2p_check_flow(const struct a2p_case *c)
{
    struct str flow = said(c, A2P_MESSAGE_FLOW);

    check_long(c, A2P_MESSAGE_FLOW);
    if (flow.len < LONG_TEXT_MIN) return;
    if (a2p_is_foreign(flow))
        a2p_find(c, A2P_ASK, A2P_MESSAGE_FLOW, "not_english", 30910, "It is not in English, which reviewers read.",
                 "Write it in English, with the words that people see beside it in their language.");
    check_place_of_consent(c, flow);
    for (size_t i = 0; i < sizeof DISCLOSURES / sizeof DISCLOSURES[0]; i++)
        if (!a2p_says(flow, DISCLOSURES[i].phrases))
            a2p_find_words(c, A2P_BLOCK, A2P_MESSAGE_FLOW, DISCLOSURES[i].rule, (struct str){NULL, 0},
                           DISCLOSURES[i].code, DISCLOSURES[i].why, DISCLOSURES[i].fix);
    check_consent(c, flow);
    if (is_true(c, A2P_AGE_GATED) && !a2p_says(flow, "birth*|date of birth|dob|age check*|age verification|age gate*"))
        a2p_find(c, A2P_BLOCK, A2P_MESSAGE_FLOW, "flow_age", 30888, "It does not say how age is checked.",
                 "Say where people give their date of birth; a yes or no is not enough.");
}

/* onboarding_forms: facts as Twilio's parameters. Contract in the header. */
#include "app/onboarding_forms.h"

#include "app/drift.h"
#include "base/json_out.h"
#include "twilio/form.h"
#include "twilio/services.h"

#include <stdio.h>

enum { ATTRIBUTES_BYTES = 8192, FORM_BYTES = 64 * 1024, URL_BYTES = 768 };

static bool is_sole(const struct onboarding_subject *s)
{
    return s->kind == BRAND_SOLE_PROPRIETOR;
}

static struct str fact(const struct onboarding_subject *s, enum a2p_field field)
{
    return a2p_fact(s->facts, field);
}

bool onboarding_has_step(const struct onboarding_subject *s, enum onboarding_step step)
{
    bool toll_free = step == STEP_TOLL_FREE || step == STEP_TOLL_FREE_APPROVED;

    if (s->kind == BRAND_TOLL_FREE)
        return toll_free || step == STEP_ACCOUNT || step == STEP_NUMBERS || step == STEP_APPLIED;
    switch (step) {
    case STEP_TOLL_FREE:
    case STEP_TOLL_FREE_APPROVED: return false;
    case STEP_BUSINESS:
    case STEP_BUSINESS_IN: return !is_sole(s);
    case STEP_REPRESENTATIVE2:
    case STEP_REPRESENTATIVE2_IN: return !is_sole(s) && fact(s, A2P_FIRST_NAME2).len > 0;
    case STEP_VETTING:
    case STEP_VETTED: return fact(s, A2P_CAMPAIGN_VERIFY_TOKEN).len > 0;
    default: return true;
    }
}

void onboarding_friendly_name(const struct onboarding_subject *s, enum onboarding_step step,
                              char out[ONBOARDING_NAME_BYTES])
{
    (void)snprintf(out, ONBOARDING_NAME_BYTES, "%s %s", s->id, onboarding_step_name(step));
}

/* ---- small pieces ---- */

static void add(struct buf *form, const char *name, struct str value)
{
    if (value.len > 0) form_encode_add(form, str_from(name), value);
}

static void add_name(const struct onboarding_subject *s, enum onboarding_step step, struct buf *form)
{
    char name[ONBOARDING_NAME_BYTES];

    onboarding_friendly_name(s, step, name);
    add(form, "FriendlyName", str_from(name));
}

static void add_bool(const struct onboarding_subject *s, struct buf *form, const char *name, enum a2p_field field)
{
    add(form, name, a2p_fact_is_true(s->facts, field) ? STR("true") : STR("false"));
}

/* "START, JOIN" as a parameter each. */
static void add_list(struct buf *form, const char *name, struct str list)
{
    while (list.len > 0) {
        struct str one;
        list = str_cut(list, ',', &one);
        add(form, name, str_trim(one));
    }
}

static void put(struct buf *attributes, const char *name, struct str value)
{
    if (value.len > 0) json_put_str(attributes, name, value);
}

/* ---- end users and documents ---- */

static const char *end_user_type(const struct onboarding_subject *s, enum onboarding_step step)
{
    if (step == STEP_BUSINESS) return "customer_profile_business_information";
    if (step == STEP_REPRESENTATIVE2) return "authorized_representative_2";
    if (step == STEP_REPRESENTATIVE)
        return is_sole(s) ? "starter_customer_profile_information" : "authorized_representative_1";
    return is_sole(s) ? "sole_proprietor_information" : "us_a2p_messaging_profile_information";
}

static void put_business(const struct onboarding_subject *s, struct buf *out)
{
    put(out, "business_name", fact(s, A2P_LEGAL_NAME));
    put(out, "business_identity", STR("direct_customer"));
    put(out, "business_type", fact(s, A2P_BUSINESS_TYPE));
    put(out, "business_industry", fact(s, A2P_INDUSTRY));
    put(out, "business_registration_identifier", fact(s, A2P_IDENTIFIER));
    put(out, "business_registration_number", fact(s, A2P_REGISTRATION_NUMBER));
    put(out, "business_regions_of_operation", fact(s, A2P_REGIONS));
    put(out, "website_url", fact(s, A2P_WEBSITE));
    put(out, "social_media_profile_urls", fact(s, A2P_SOCIAL_MEDIA));
}

static void put_representative(const struct onboarding_subject *s, bool second, struct buf *out)
{
    put(out, "first_name", fact(s, second ? A2P_FIRST_NAME2 : A2P_FIRST_NAME));
    put(out, "last_name", fact(s, second ? A2P_LAST_NAME2 : A2P_LAST_NAME));
    put(out, "email", fact(s, second ? A2P_EMAIL2 : A2P_EMAIL));
    put(out, "phone_number", fact(s, second ? A2P_PHONE2 : A2P_PHONE));
    if (is_sole(s)) return;
    put(out, "business_title", fact(s, second ? A2P_TITLE2 : A2P_TITLE));
    put(out, "job_position", fact(s, second ? A2P_JOB_POSITION2 : A2P_JOB_POSITION));
}

static void put_messaging(const struct onboarding_subject *s, struct buf *out)
{
    struct str type = fact(s, A2P_COMPANY_TYPE);
    bool is_public = a2p_is_public(s->facts);

    if (is_sole(s)) {
        put(out, "brand_name", fact(s, A2P_BRAND_NAME));
        put(out, "mobile_phone_number", fact(s, A2P_MOBILE_PHONE));
        put(out, "vertical", fact(s, A2P_VERTICAL));
        return;
    }
    if (str_equal_nocase(type, STR("non_profit")) || str_equal_nocase(type, STR("non-profit")))
        type = str_from(s->settings->onboarding_non_profit);
    put(out, "company_type", type);
    put(out, "stock_exchange", is_public ? fact(s, A2P_STOCK_EXCHANGE) : STR(""));
    put(out, "stock_ticker", is_public ? fact(s, A2P_STOCK_TICKER) : STR(""));
    put(out, "brand_contact_email", is_public ? fact(s, A2P_BRAND_CONTACT_EMAIL) : STR(""));
}

static void add_attributes(const struct onboarding_subject *s, enum onboarding_step step, struct buf *form)
{
    struct buf attributes;

    buf_init(&attributes, ATTRIBUTES_BYTES);
    json_open(&attributes, '{');
    if (step == STEP_BUSINESS) put_business(s, &attributes);
    if (step == STEP_REPRESENTATIVE || step == STEP_REPRESENTATIVE2)
        put_representative(s, step == STEP_REPRESENTATIVE2, &attributes);
    if (step == STEP_MESSAGING) put_messaging(s, &attributes);
    if (step == STEP_DOCUMENT)
        json_put_text(&attributes, "address_sids", s->progress->made[STEP_ADDRESS].sid);
    json_close(&attributes, '}');
    add(form, "Attributes", buf_str(&attributes));
    if (buf_check(&attributes) != ERR_OK) form->failed = buf_check(&attributes);
    buf_free(&attributes);
}

static void add_end_user(const struct onboarding_subject *s, enum onboarding_step step, bool update, struct buf *form)
{
    add_name(s, step, form);
    if (!update)
        add(form, "Type", step == STEP_DOCUMENT ? STR("customer_profile_address") : str_from(end_user_type(s, step)));
    add_attributes(s, step, form);
}

static void add_address(const struct onboarding_subject *s, bool update, struct buf *form)
{
    struct str customer = fact(s, A2P_LEGAL_NAME);

    add_name(s, STEP_ADDRESS, form);
    add(form, "CustomerName", customer.len > 0 ? customer : fact(s, A2P_BRAND_NAME));
    add(form, "Street", fact(s, A2P_STREET));
    add(form, "StreetSecondary", fact(s, A2P_STREET2));
    add(form, "City", fact(s, A2P_CITY));
    add(form, "Region", fact(s, A2P_REGION));
    add(form, "PostalCode", fact(s, A2P_POSTAL_CODE));
    if (!update) add(form, "IsoCountry", fact(s, A2P_COUNTRY));
}

/* ---- bundles, brand, service, campaign ---- */

static struct str policy(const struct onboarding_subject *s, bool trust)
{
    const struct settings *t = s->settings;

    if (trust) return str_from(is_sole(s) ? t->onboarding_policy_sole_trust : t->onboarding_policy_trust);
    return str_from(is_sole(s) ? t->onboarding_policy_sole : t->onboarding_policy_profile);
}

static void hook_url(const struct onboarding_subject *s, const char *what, char url[URL_BYTES])
{
    (void)snprintf(url, URL_BYTES, "%s/twilio/%s/%s", s->settings->public_url, s->hook_path, what);
}

static void add_bundle(const struct onboarding_subject *s, enum onboarding_step step, struct buf *form)
{
    char what[64], url[URL_BYTES];

    add_name(s, step, form);
    add(form, "Email", str_from(s->settings->onboarding_email));
    add(form, "PolicySid", policy(s, step == STEP_TRUST));
    (void)snprintf(what, sizeof what, "registration/%s", s->id);
    hook_url(s, what, url);
    add(form, "StatusCallback", str_from(url));
}

static void add_brand(const struct onboarding_subject *s, struct buf *form)
{
    add(form, "CustomerProfileBundleSid", str_from(s->progress->made[STEP_PROFILE].sid));
    add(form, "A2PProfileBundleSid", str_from(s->progress->made[STEP_TRUST].sid));
    add(form, "BrandType", is_sole(s) ? STR("SOLE_PROPRIETOR") : STR("STANDARD"));
    if (a2p_fact_is_true(s->facts, A2P_MOCK)) add(form, "Mock", STR("true"));
    if (s->kind == BRAND_LOW_VOLUME || a2p_fact_is_true(s->facts, A2P_SKIP_VETTING) ||
        fact(s, A2P_CAMPAIGN_VERIFY_TOKEN).len > 0)
        add(form, "SkipAutomaticSecVet", STR("true"));
}

/* As a look for drift wants it afterwards. */
static void add_service(const struct onboarding_subject *s, struct buf *form)
{
    char inbound[URL_BYTES], fallback[URL_BYTES];
    struct service_wanted wanted;

    hook_url(s, "inbound", inbound);
    hook_url(s, "fallback", fallback);
    add_name(s, STEP_SERVICE, form);
    drift_wanted(s->settings, onboarding_use_case(s), inbound, fallback, &wanted);
    service_wanted_form(&wanted, form);
}

struct str onboarding_use_case(const struct onboarding_subject *s)
{
    if (s->kind == BRAND_LOW_VOLUME) return STR("LOW_VOLUME");
    if (is_sole(s)) return STR("SOLE_PROPRIETOR");
    return fact(s, A2P_USE_CASE);
}

/* Brand, use case, words and replies are fixed once it is made. */
static void add_campaign_fixed(const struct onboarding_subject *s, struct buf *form)
{
    add(form, "BrandRegistrationSid", str_from(s->progress->made[STEP_BRAND].sid));
    add(form, "UsAppToPersonUsecase", onboarding_use_case(s));
    if (fact(s, A2P_SUBSCRIBER_OPT_IN).len > 0) add_bool(s, form, "SubscriberOptIn", A2P_SUBSCRIBER_OPT_IN);
    add(form, "OptInMessage", fact(s, A2P_OPT_IN_MESSAGE));
    add(form, "OptOutMessage", fact(s, A2P_OPT_OUT_MESSAGE));
    add(form, "HelpMessage", fact(s, A2P_HELP_MESSAGE));
    add_list(form, "OptInKeywords", fact(s, A2P_OPT_IN_KEYWORDS));
    add_list(form, "OptOutKeywords", fact(s, A2P_OPT_OUT_KEYWORDS));
    add_list(form, "HelpKeywords", fact(s, A2P_HELP_KEYWORDS));
}

static void add_campaign(const struct onboarding_subject *s, bool update, struct buf *form)
{
    if (!update) add_campaign_fixed(s, form);
    add(form, "Description", fact(s, A2P_DESCRIPTION));
    add(form, "MessageFlow", fact(s, A2P_MESSAGE_FLOW));
    for (int i = A2P_SAMPLE1; i <= A2P_SAMPLE5; i++) add(form, "MessageSamples", fact(s, (enum a2p_field)i));
    add_bool(s, form, "HasEmbeddedLinks", A2P_EMBEDDED_LINKS);
    add_bool(s, form, "HasEmbeddedPhone", A2P_EMBEDDED_PHONE);
    add_bool(s, form, "AgeGated", A2P_AGE_GATED);
    add_bool(s, form, "DirectLending", A2P_DIRECT_LENDING);
    add(form, "PrivacyPolicyUrl", fact(s, A2P_PRIVACY_URL));
    add(form, "TermsAndConditionsUrl", fact(s, A2P_TERMS_URL));
}

/* Twilio's word for the kind of business. */
static struct str toll_free_business(const struct onboarding_subject *s)
{
    struct str said = fact(s, A2P_COMPANY_TYPE);

    if (str_equal_nocase(said, STR("public"))) return STR("PUBLIC_PROFIT");
    if (str_equal_nocase(said, STR("non_profit"))) return STR("NON_PROFIT");
    if (str_equal_nocase(said, STR("government"))) return STR("GOVERNMENT");
    return str_equal_nocase(said, STR("sole_proprietor")) ? STR("SOLE_PROPRIETOR") : STR("PRIVATE_PROFIT");
}

static void add_toll_free_business(const struct onboarding_subject *s, struct buf *form)
{
    static const struct {
        const char *name;
        enum a2p_field field;
    } told[] = {{"BusinessName", A2P_LEGAL_NAME}, {"DoingBusinessAs", A2P_BRAND_NAME},
                {"BusinessWebsite", A2P_WEBSITE}, {"BusinessStreetAddress", A2P_STREET},
                {"BusinessStreetAddress2", A2P_STREET2}, {"BusinessCity", A2P_CITY},
                {"BusinessStateProvinceRegion", A2P_REGION}, {"BusinessPostalCode", A2P_POSTAL_CODE},
                {"BusinessCountry", A2P_COUNTRY}, {"BusinessContactFirstName", A2P_FIRST_NAME},
                {"BusinessContactLastName", A2P_LAST_NAME}, {"BusinessContactEmail", A2P_EMAIL},
                {"BusinessContactPhone", A2P_PHONE}, {"BusinessRegistrationNumber", A2P_REGISTRATION_NUMBER},
                {"BusinessRegistrationAuthority", A2P_IDENTIFIER}};

    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) add(form, told[i].name, fact(s, told[i].field));
    if (fact(s, A2P_REGISTRATION_NUMBER).len > 0) add(form, "BusinessRegistrationCountry", fact(s, A2P_COUNTRY));
    add(form, "BusinessType", toll_free_business(s));
}

static void add_toll_free(const struct onboarding_subject *s, bool update, struct buf *form)
{
    add_toll_free_business(s, form);
    add(form, "NotificationEmail", str_from(s->settings->onboarding_email));
    add_list(form, "UseCaseCategories", fact(s, A2P_USE_CASE));
    add(form, "UseCaseSummary", fact(s, A2P_DESCRIPTION));
    add(form, "ProductionMessageSample", fact(s, A2P_SAMPLE1));
    add_list(form, "OptInImageUrls", fact(s, A2P_OPT_IN_IMAGES));
    add(form, "OptInType", fact(s, A2P_OPT_IN_TYPE));
    add(form, "MessageVolume", fact(s, A2P_MESSAGE_VOLUME));
    add(form, "AdditionalInformation", fact(s, A2P_MESSAGE_FLOW));
    add(form, "OptInConfirmationMessage", fact(s, A2P_OPT_IN_MESSAGE));
    add(form, "HelpMessageSample", fact(s, A2P_HELP_MESSAGE));
    add_list(form, "OptInKeywords", fact(s, A2P_OPT_IN_KEYWORDS));
    add(form, "PrivacyPolicyUrl", fact(s, A2P_PRIVACY_URL));
    add(form, "TermsAndConditionsUrl", fact(s, A2P_TERMS_URL));
    if (fact(s, A2P_AGE_GATED).len > 0) add_bool(s, form, "AgeGatedContent", A2P_AGE_GATED);
    if (fact(s, A2P_CAMPAIGN_VERIFY_TOKEN).len > 0) add(form, "VettingProvider", STR("CAMPAIGN_VERIFY"));
    add(form, "VettingId", fact(s, A2P_CAMPAIGN_VERIFY_TOKEN));
    if (update) add(form, "EditReason", STR("What was refused was mended."));
    if (update || s->progress->numbers_count == 0) return;
    add(form, "TollfreePhoneNumberSid", str_from(s->progress->numbers[0].sid));
    add(form, "ExternalReferenceId", str_from(s->id));
}

void onboarding_form(const struct onboarding_subject *s, enum onboarding_step step, bool update, struct buf *form)
{
    switch (step) {
    case STEP_PROFILE:
    case STEP_TRUST: add_bundle(s, step, form); return;
    case STEP_BUSINESS:
    case STEP_REPRESENTATIVE:
    case STEP_REPRESENTATIVE2:
    case STEP_MESSAGING:
    case STEP_DOCUMENT: add_end_user(s, step, update, form); return;
    case STEP_ADDRESS: add_address(s, update, form); return;
    case STEP_PROFILE_EVALUATED: add(form, "PolicySid", policy(s, false)); return;
    case STEP_TRUST_EVALUATED: add(form, "PolicySid", policy(s, true)); return;
    case STEP_BRAND: add_brand(s, form); return;
    case STEP_SERVICE: add_service(s, form); return;
    case STEP_VETTING:
        add(form, "VettingProvider", STR("campaign-verify"));
        add(form, "VettingId", fact(s, A2P_CAMPAIGN_VERIFY_TOKEN));
        return;
    case STEP_CAMPAIGN: add_campaign(s, update, form); return;
    case STEP_TOLL_FREE: add_toll_free(s, update, form); return;
    default: BUG_IF(true);
    }
}

static uint64_t take_hash(struct buf *form, enum onboarding_step step)
{
    uint64_t hash = str_hash(buf_str(form), (uint64_t)step) >> 1; /* fits JSON's integers */

    buf_free(form);
    return hash == 0 ? 1 : hash;
}

uint64_t onboarding_told(const struct onboarding_subject *s, enum onboarding_step step)
{
    struct buf form;

    buf_init(&form, FORM_BYTES);
    onboarding_form(s, step, false, &form);
    return take_hash(&form, step);
}

uint64_t onboarding_fixed(const struct onboarding_subject *s)
{
    struct buf form;

    buf_init(&form, FORM_BYTES);
    add_campaign_fixed(s, &form);
    return take_hash(&form, STEP_CAMPAIGN);
}

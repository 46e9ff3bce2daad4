/* api_toll_free: toll-free verifications (reference 13). */
#include "sandbox/a2p.h"
#include "sandbox/call_thing.h"
#include "sandbox/review.h"

static const struct field fields[] = {
    {"BusinessName", "business_name", FIELD_TEXT, true},
    {"BusinessWebsite", "business_website", FIELD_TEXT, true},
    {"NotificationEmail", "notification_email", FIELD_TEXT, true},
    {"UseCaseCategories", "use_case_categories", FIELD_LIST, true},
    {"UseCaseSummary", "use_case_summary", FIELD_TEXT, true},
    {"ProductionMessageSample", "production_message_sample", FIELD_TEXT, true},
    {"OptInImageUrls", "opt_in_image_urls", FIELD_LIST, true},
    {"OptInType", "opt_in_type", FIELD_TEXT, true},
    {"MessageVolume", "message_volume", FIELD_TEXT, true},
    {"TollfreePhoneNumberSid", "tollfree_phone_number_sid", FIELD_TEXT, true},
    {"CustomerProfileSid", "customer_profile_sid", FIELD_TEXT, false},
    {"BusinessStreetAddress", "business_street_address", FIELD_TEXT, false},
    {"BusinessStreetAddress2", "business_street_address2", FIELD_TEXT, false},
    {"BusinessCity", "business_city", FIELD_TEXT, false},
    {"BusinessStateProvinceRegion", "business_state_province_region", FIELD_TEXT, false},
    {"BusinessPostalCode", "business_postal_code", FIELD_TEXT, false},
    {"BusinessCountry", "business_country", FIELD_TEXT, false},
    {"AdditionalInformation", "additional_information", FIELD_TEXT, false},
    {"BusinessContactFirstName", "business_contact_first_name", FIELD_TEXT, false},
    {"BusinessContactLastName", "business_contact_last_name", FIELD_TEXT, false},
    {"BusinessContactEmail", "business_contact_email", FIELD_TEXT, false},
    {"BusinessContactPhone", "business_contact_phone", FIELD_TEXT, false},
    {"ExternalReferenceId", "external_reference_id", FIELD_TEXT, false},
    {"BusinessRegistrationNumber", "business_registration_number", FIELD_TEXT, false},
    {"BusinessRegistrationAuthority", "business_registration_authority", FIELD_TEXT, false},
    {"BusinessRegistrationCountry", "business_registration_country", FIELD_TEXT, false},
    {"BusinessType", "business_type", FIELD_TEXT, false},
    {"BusinessRegistrationPhoneNumber", "business_registration_phone_number", FIELD_TEXT, false},
    {"DoingBusinessAs", "doing_business_as", FIELD_TEXT, false},
    {"OptInConfirmationMessage", "opt_in_confirmation_message", FIELD_TEXT, false},
    {"HelpMessageSample", "help_message_sample", FIELD_TEXT, false},
    {"PrivacyPolicyUrl", "privacy_policy_url", FIELD_TEXT, false},
    {"TermsAndConditionsUrl", "terms_and_conditions_url", FIELD_TEXT, false},
    {"AgeGatedContent", "age_gated_content", FIELD_BOOL, false},
    {"OptInKeywords", "opt_in_keywords", FIELD_LIST, false},
    {"VettingProvider", "vetting_provider", FIELD_TEXT, false},
    {"VettingId", "vetting_id", FIELD_TEXT, false},
    {NULL, "rejection_reason", FIELD_TEXT, false},
    {NULL, "error_code", FIELD_TEXT, false},
    {NULL, "rejection_reasons", FIELD_JSON, false},
    {NULL, "edit_allowed", FIELD_BOOL, false},
    {NULL, "trust_product_sid", FIELD_TEXT, false},
    {NULL, "vetting_id_expiration", FIELD_TEXT, false},
    {NULL, "resource_links", FIELD_JSON, false},
};
static const char *const status_names[THING_STATES] = {
    [THING_PENDING] = "PENDING_REVIEW",   [THING_REVIEW] = "IN_REVIEW",           [THING_APPROVED] = "TWILIO_APPROVED",
    [THING_REJECTED] = "TWILIO_REJECTED", [THING_SUSPENDED] = "TWILIO_REJECTED",
};

static int64_t edit_until_ms(const struct thing *t)
{
    return json_integer_value(json_object_get(t->facts, "_edit_until_ms"));
}

static void put_verification(struct call *c, const struct thing *t)
{
    char item[SANDBOX_SID_BYTES];
    sb_sid_make(c->sb, SID_CHANNEL, (UINT64_C(1) << 40) + t->n, item); /* apart from assignments */
    json_put_text(c->out, "regulated_item_sid", item);
    json_put_text(c->out, "tollfree_phone_number", sandbox_sender_address(c->sb, t->handle));
    json_put_text(c->out, "status", status_names[t->state]);
    sb_call_put_date_iso(c, "edit_expiration", edit_until_ms(t));
    sb_call_put_url(c, "url", "/v1/Tollfree/Verifications/%s", t->sid);
}

static bool keep_verification(const struct call *c, const struct thing *t)
{
    struct str number = sb_call_query(c, "TollfreePhoneNumberSid"), status = sb_call_query(c, "Status"),
               reference = sb_call_query(c, "ExternalReferenceId");
    return (number.len == 0 || str_equal(number, sb_fact(t, "tollfree_phone_number_sid"))) &&
           (status.len == 0 || str_equal(status, str_from(status_names[t->state]))) &&
           (reference.len == 0 || str_equal(reference, sb_fact(t, "external_reference_id")));
}

static const struct thing_face face = {
    .kind = SID_TOLL_FREE, .list_key = "verifications", .fields = fields, .field_count = sizeof fields / sizeof *fields,
    .put_more = put_verification, .keep = keep_verification,
};

/* ---- allowed values ---- */

static const char *const categories[] = {
    "TWO_FACTOR_AUTHENTICATION", "ACCOUNT_NOTIFICATIONS", "CUSTOMER_CARE", "CHARITY_NONPROFIT",
    "DELIVERY_NOTIFICATIONS", "FRAUD_ALERT_MESSAGING", "EVENTS", "HIGHER_EDUCATION", "K12", "MARKETING",
    "POLLING_AND_VOTING_NON_POLITICAL", "POLITICAL_ELECTION_CAMPAIGNS", "PUBLIC_SERVICE_ANNOUNCEMENT",
    "SECURITY_ALERT", NULL,
};
static const char *const opt_ins[] = {"VERBAL", "WEB_FORM", "PAPER_FORM", "VIA_TEXT", "MOBILE_QR_CODE", "IMPORT",
                                      "IMPORT_PLEASE_REPLACE", NULL};
static const char *const volumes[] = {"10", "100", "1,000", "10,000", "100,000", "250,000", "500,000", "750,000",
                                      "1,000,000", "5,000,000", "10,000,000+", NULL};
static const char *const authorities[] = {"EIN", "CBN", "CRN", "PROVINCIAL_NUMBER", "VAT", "ACN", "ABN", "BRN", "SIREN",
                                          "SIRET", "NZBN", "USt-IdNr", "CIF", "NIF", "CNPJ", "UID", "NEQ", "OTHER",
                                          NULL};
static const char *const business_types[] = {"PRIVATE_PROFIT", "PUBLIC_PROFIT", "SOLE_PROPRIETOR", "NON_PROFIT",
                                             "GOVERNMENT", NULL};
static const struct {
    const char *param;
    const char *const *values;
} allowed[] = {
    {"UseCaseCategories", categories},
    {"OptInType", opt_ins},
    {"MessageVolume", volumes},
    {"BusinessRegistrationAuthority", authorities},
    {"BusinessType", business_types},
};

static bool is_among(struct str value, const char *const *values)
{
    for (; *values != NULL; values++)
        if (str_equal(value, str_from(*values))) return true;
    return false;
}

/* True after having refused a value that the contract has not. */
static bool refuses_values(struct call *c)
{
    for (size_t i = 0; i < c->form.count; i++)
        for (size_t a = 0; a < sizeof allowed / sizeof *allowed; a++) {
            const struct form_pair *p = &c->form.pairs[i];
            if (!str_equal(p->name, str_from(allowed[a].param)) || p->value.len == 0) continue;
            if (is_among(p->value, allowed[a].values)) continue;
            sb_call_refuse(c, "%s has no value " STR_FMT, allowed[a].param, STR_ARG(str_slice(p->value, 0, 100)));
            return true;
        }
    return false;
}

/* Who has a registration must tell it (since 2026). */
static bool refuses_registration(struct call *c)
{
    static const char *const names[] = {"BusinessType", "BusinessRegistrationNumber", "BusinessRegistrationAuthority",
                                        "BusinessRegistrationCountry"};
    if (str_equal(sb_call_param(c, "BusinessType"), STR("SOLE_PROPRIETOR"))) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (sb_call_param(c, names[i]).len > 0) continue;
        sb_call_refuse(c, "Missing required parameter %s in the post body", names[i]);
        return true;
    }
    return false;
}

static uint32_t number_named(const struct call *c)
{
    uint64_t n = sb_sid_read(c->sb, SID_NUMBER, sb_call_param(c, "TollfreePhoneNumberSid"));
    const struct sender *s = n == UINT64_MAX ? NULL : sb_sender_at(c->sb, (uint32_t)n);
    bool fits = s != NULL && !s->released && s->account == c->account && s->kind == SENDER_TOLL_FREE;
    return fits ? (uint32_t)n : SANDBOX_NONE;
}

static bool is_pending_for(const struct sandbox *sb, uint32_t sender)
{
    const struct thing *t;
    for (uint64_t n = 0; (t = sb_thing_at(sb, SID_TOLL_FREE, n)) != NULL; n++)
        if (!t->removed && t->handle == sender) return true;
    return false;
}

void sb_api_toll_free_create(struct call *c)
{
    uint32_t sender = number_named(c);
    struct thing *t;
    if (sb_call_lacks(c, &face) || refuses_values(c) || refuses_registration(c)) return;
    if (sender == SANDBOX_NONE) {
        sb_call_error_as(c, 400, 30436, "Invalid Phone Number SID");
        return;
    }
    if (is_pending_for(c->sb, sender)) {
        sb_call_error_as(c, 409, 20409, "The number has a verification already");
        return;
    }
    t = sb_call_make(c, &face, NULL);
    t->handle = sender;
    sb_review_submit(c->sb, t);
    sb_call_answer_thing(c, &face, 201, t);
}

void sb_api_toll_free_list(struct call *c) { sb_call_list_things(c, &face, NULL); }

void sb_api_toll_free_fetch(struct call *c)
{
    struct thing *t = sb_call_thing(c, SID_TOLL_FREE, c->args[0]);
    if (t != NULL) sb_call_answer_thing(c, &face, 200, t);
}

void sb_api_toll_free_update(struct call *c)
{
    struct thing *t = sb_call_thing(c, SID_TOLL_FREE, c->args[0]);
    struct thing_face changeable = face;
    if (t == NULL || refuses_values(c)) return;
    if (t->state != THING_REJECTED || !sb_fact_is(t, "edit_allowed")) {
        sb_call_refuse(c, "The verification cannot be edited");
        return;
    }
    if (world_date(c->sb) > edit_until_ms(t)) {
        sb_call_error_as(c, 400, 30437, "Toll Free verification rejection - Edit time expired");
        return;
    }
    changeable.field_count = 9; /* up to the number, which stays */
    sb_call_read_fields(c, &changeable, t);
    changeable.fields = &fields[11];
    changeable.field_count = sizeof fields / sizeof *fields - 11;
    sb_call_read_fields(c, &changeable, t);
    sb_review_submit(c->sb, t);
    sb_call_answer_thing(c, &face, 202, t);
}

void sb_api_toll_free_delete(struct call *c)
{
    struct thing *t = sb_call_thing(c, SID_TOLL_FREE, c->args[0]);
    if (t == NULL) return;
    sb_toll_free_remove(c->sb, t);
    sb_call_no_content(c);
}

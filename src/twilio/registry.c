/* registry: the table and what is read off it. Contract in registry.h. Owns nothing. */
#include "twilio/registry.h"

#include "twilio/form.h"

#include <string.h>

static const char PAGES[] = "?PageSize=100", BY_NAME[] = "?PageSize=100&FriendlyName=";
static const struct {
    struct registry_place place;
    const char *before, *after; /* of the path, around whose it is */
    const char *query;          /* of the list; one that ends in '=' takes the name */
} rows[REGISTRY_KINDS] = {
    [REGISTRY_PROFILE] = {{TWILIO_TRUSTHUB, "results", "sid"}, "/v1/CustomerProfiles", "", BY_NAME},
    [REGISTRY_PRODUCT] = {{TWILIO_TRUSTHUB, "results", "sid"}, "/v1/TrustProducts", "", BY_NAME},
    [REGISTRY_END_USER] = {{TWILIO_TRUSTHUB, "results", "sid"}, "/v1/EndUsers", "", PAGES},
    [REGISTRY_DOCUMENT] = {{TWILIO_TRUSTHUB, "results", "sid"}, "/v1/SupportingDocuments", "", PAGES},
    [REGISTRY_ADDRESS] = {{TWILIO_API, "addresses", "sid"}, "/2010-04-01/Accounts/", "/Addresses.json", BY_NAME},
    [REGISTRY_IN_PROFILE] = {{TWILIO_TRUSTHUB, "results", "sid"}, "/v1/CustomerProfiles/", "/EntityAssignments", PAGES},
    [REGISTRY_IN_PRODUCT] = {{TWILIO_TRUSTHUB, "results", "sid"}, "/v1/TrustProducts/", "/EntityAssignments", PAGES},
    [REGISTRY_BRAND] = {{TWILIO_MESSAGING, "data", "sid"}, "/v1/a2p/BrandRegistrations", "", PAGES},
    [REGISTRY_VETTING] = {{TWILIO_MESSAGING, "data", "brand_vetting_sid"}, "/v1/a2p/BrandRegistrations/", "/Vettings",
                          "?VettingProvider=campaign-verify"},
    [REGISTRY_SERVICE] = {{TWILIO_MESSAGING, "services", "sid"}, "/v1/Services", "", PAGES},
    [REGISTRY_CAMPAIGN] = {{TWILIO_MESSAGING, "compliance", "sid"}, "/v1/Services/", "/Compliance/Usa2p", PAGES},
    [REGISTRY_TOLL_FREE] = {{TWILIO_MESSAGING, "verifications", "sid"}, "/v1/Tollfree/Verifications", "",
                            "?PageSize=100&TollfreePhoneNumberSid="},
};

struct registry_place registry_place(enum registry_kind kind)
{
    BUG_IF((unsigned)kind >= REGISTRY_KINDS);
    return rows[kind].place;
}

/* ---- targets ---- */

void registry_collection_add(struct buf *out, enum registry_kind kind, const char *of)
{
    BUG_IF((unsigned)kind >= REGISTRY_KINDS);
    buf_add_text(out, rows[kind].before);
    url_encode_add(out, str_from(of));
    buf_add_text(out, rows[kind].after);
}

void registry_list_add(struct buf *out, enum registry_kind kind, const char *of, const char *name)
{
    registry_collection_add(out, kind, of);
    buf_add_text(out, rows[kind].query);
    if (str_ends(str_from(rows[kind].query), STR("="))) url_encode_add(out, str_from(name));
}

/* The 2010 API's names end in ".json", after the object's. */
void registry_object_add(struct buf *out, enum registry_kind kind, const char *of, const char *sid)
{
    bool json = str_ends(str_from(rows[kind].after), STR(".json"));

    registry_collection_add(out, kind, of);
    if (json) out->len -= strlen(".json");
    buf_add_char(out, '/');
    url_encode_add(out, str_from(sid));
    if (json) buf_add_text(out, ".json");
}

void registry_evaluations_add(struct buf *out, enum registry_kind kind, const char *sid)
{
    registry_object_add(out, kind, "", sid);
    buf_add_text(out, "/Evaluations");
}

void registry_passcode_add(struct buf *out, const char *brand_sid)
{
    registry_object_add(out, REGISTRY_BRAND, "", brand_sid);
    buf_add_text(out, "/SmsOtp");
}

void registry_submission_add(struct buf *form)
{
    form_encode_add(form, STR("Status"), STR("pending-review"));
}

/* ---- states ---- */

static const struct {
    const char *word;
    enum registry_state state;
} words[] = {
    {"draft", REGISTRY_DRAFT},              /* bundles */
    {"pending-review", REGISTRY_REVIEW},
    {"in-review", REGISTRY_REVIEW},
    {"twilio-approved", REGISTRY_APPROVED},
    {"twilio-rejected", REGISTRY_REFUSED},
    {"PENDING", REGISTRY_REVIEW},           /* brands, vettings, campaigns */
    {"IN_REVIEW", REGISTRY_REVIEW},
    {"IN_PROGRESS", REGISTRY_REVIEW},
    {"APPROVED", REGISTRY_APPROVED},
    {"SUCCESS", REGISTRY_APPROVED},
    {"VERIFIED", REGISTRY_APPROVED},
    {"FAILED", REGISTRY_REFUSED},
    {"PENDING_REVIEW", REGISTRY_REVIEW},    /* toll-free verifications */
    {"TWILIO_APPROVED", REGISTRY_APPROVED},
    {"TWILIO_REJECTED", REGISTRY_REFUSED},
};

struct str registry_state_word(enum registry_kind kind, const json_t *object)
{
    return twilio_json_text(object, kind == REGISTRY_CAMPAIGN  ? "campaign_status"
                                    : kind == REGISTRY_VETTING ? "vetting_status"
                                                               : "status");
}

enum registry_state registry_state_named(struct str word)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_equal(word, str_from(words[i].word))) return words[i].state;
    return REGISTRY_OTHER;
}

enum registry_state registry_state(enum registry_kind kind, const json_t *object)
{
    return registry_state_named(registry_state_word(kind, object));
}

bool registry_is_verified(struct str identity)
{
    return str_equal(identity, STR("VERIFIED")) || str_equal(identity, STR("VETTED_VERIFIED")) ||
           str_equal(identity, STR("SELF_DECLARED"));
}

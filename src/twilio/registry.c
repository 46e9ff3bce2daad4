/* registry: the table and what is read off it. Contract in registry.h. Owns nothing. */
#include "twilio/registry.h"

#include "twilio/form.h"

#include <string.h>

static const struct {
    struct registry_place place;
    const char *before, *after; /* of the path, around whose it is */
    bool by_name;               /* the list can be asked for a FriendlyName */
    bool unpaged;               /* the list takes no PageSize */
} rows[REGISTRY_KINDS] = {
    [REGISTRY_PROFILE] = {{TWILIO_TRUSTHUB, "results", "sid"}, "/v1/CustomerProfiles", "", true, false},
    [REGISTRY_PRODUCT] = {{TWILIO_TRUSTHUB, "results", "sid"}, "/v1/TrustProducts", "", true, false},
    [REGISTRY_END_USER] = {{TWILIO_TRUSTHUB, "results", "sid"}, "/v1/EndUsers", "", false, false},
    [REGISTRY_DOCUMENT] = {{TWILIO_TRUSTHUB, "results", "sid"}, "/v1/SupportingDocuments", "", false, false},
    [REGISTRY_ADDRESS] = {{TWILIO_API, "addresses", "sid"}, "/2010-04-01/Accounts/", "/Addresses.json", true, false},
    [REGISTRY_IN_PROFILE] = {{TWILIO_TRUSTHUB, "results", "sid"}, "/v1/CustomerProfiles/", "/EntityAssignments",
                             false, false},
    [REGISTRY_IN_PRODUCT] = {{TWILIO_TRUSTHUB, "results", "sid"}, "/v1/TrustProducts/", "/EntityAssignments", false,
                             false},
    [REGISTRY_BRAND] = {{TWILIO_MESSAGING, "data", "sid"}, "/v1/a2p/BrandRegistrations", "", false, false},
    [REGISTRY_VETTING] = {{TWILIO_MESSAGING, "data", "brand_vetting_sid"}, "/v1/a2p/BrandRegistrations/", "/Vettings",
                          false, true},
    [REGISTRY_SERVICE] = {{TWILIO_MESSAGING, "services", "sid"}, "/v1/Services", "", false, false},
    [REGISTRY_CAMPAIGN] = {{TWILIO_MESSAGING, "compliance", "sid"}, "/v1/Services/", "/Compliance/Usa2p", false,
                           false},
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

void registry_list_add(struct buf *out, enum registry_kind kind, const char *of, const char *friendly_name)
{
    registry_collection_add(out, kind, of);
    buf_add_text(out, rows[kind].unpaged ? "?VettingProvider=campaign-verify" : "?PageSize=100");
    if (!rows[kind].by_name) return;
    buf_add_text(out, "&FriendlyName=");
    url_encode_add(out, str_from(friendly_name));
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
};

struct str registry_state_word(enum registry_kind kind, const json_t *object)
{
    return twilio_json_text(object, kind == REGISTRY_CAMPAIGN  ? "campaign_status"
                                    : kind == REGISTRY_VETTING ? "vetting_status"
                                                               : "status");
}

enum registry_state registry_state(enum registry_kind kind, const json_t *object)
{
    struct str word = registry_state_word(kind, object);

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_equal(word, str_from(words[i].word))) return words[i].state;
    return REGISTRY_OTHER;
}

bool registry_is_verified(struct str identity)
{
    return str_equal(identity, STR("VERIFIED")) || str_equal(identity, STR("VETTED_VERIFIED")) ||
           str_equal(identity, STR("SELF_DECLARED"));
}

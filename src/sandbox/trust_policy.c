/* trust_policy: Trust Hub's policies and types. Contract in trust_policy.h. */
#include "sandbox/trust_policy.h"

#define PERSON "first_name,last_name,email,phone_number"
static const struct trust_type end_user_types[] = {
    {"customer_profile_business_information", "Business Information",
     "business_name,business_identity,business_type,business_industry,business_registration_identifier,"
     "business_registration_number,business_regions_of_operation,website_url,social_media_profile_urls?",
     "OY00000000000000000000000000000101"},
    {"authorized_representative_1", "Authorized Representative #1", PERSON ",business_title,job_position",
     "OY00000000000000000000000000000102"},
    {"authorized_representative_2", "Authorized Representative #2", PERSON ",business_title,job_position",
     "OY00000000000000000000000000000103"},
    {"us_a2p_messaging_profile_information", "US A2P Messaging Profile Information",
     "company_type,stock_exchange?,stock_ticker?,brand_contact_email?", "OY00000000000000000000000000000104"},
    {"starter_customer_profile_information", "Starter Customer Profile Information", PERSON,
     "OY00000000000000000000000000000105"},
    {"sole_proprietor_information", "Sole Proprietor Information", "brand_name,mobile_phone_number,vertical?",
     "OY00000000000000000000000000000106"},
};
static const struct trust_type document_types[] = {
    {"customer_profile_address", "Business address", "address_sids", "OY00000000000000000000000000000201"},
    {"starter_customer_profile_address", "Address", "address_sids", "OY00000000000000000000000000000202"},
    {"government_issued_proof_of_authorized_representative", "Government issued proof of the representative",
     "first_name,last_name,business_name", "OY00000000000000000000000000000203"},
};

#define BUSINESS "customer_profile_business_information,authorized_representative_1,authorized_representative_2?"
#define STARTER "starter_customer_profile_information"
#define ADDRESS "customer_profile_address"
#define ANY_ADDRESS "customer_profile_address|starter_customer_profile_address"
#define PRIMARY "primary_customer_profile_type_business"
#define SECONDARY "secondary_customer_profile_type_business"
static const struct trust_policy policies[] = {
    {"RNdfbf3fae0e1107f8aded0e7cead80bf5", "Secondary Customer Profile of type Business", false, false, BUSINESS,
     ADDRESS, PRIMARY, SECONDARY},
    {"RNb0d4771c2c98518d916a3d4cd70a8f8b", "A2P Messaging Profile: Local - Business", true, false,
     "us_a2p_messaging_profile_information", "", SECONDARY, "us_a2p_messaging_profile_type_business"},
    {"RN806dd6cd175f314e1f96a9727ee271f4", "Starter Customer Profile of type Business", false, false, STARTER,
     ANY_ADDRESS, PRIMARY, "starter_customer_profile_type_business"},
    {"RN670d5d2e282a6130ae063b234b6019c8", "A2P Messaging Profile: Sole Proprietor", true, false,
     "sole_proprietor_information", "", "starter_customer_profile_type_business", "sole_proprietor_type_business"},
    {"RN6433641899984f951173ef1738c3bdd0", "Primary Customer Profile of type Business", false, true, BUSINESS, ADDRESS,
     NULL, PRIMARY},
    {"RN13dc4be8861a10924a79c35eaa4d812c", "Starter Customer Profile of direct customers", false, false, STARTER,
     ANY_ADDRESS, NULL, "direct_starter_customer_profile_type_business"},
    {"RN63da8244384cf0401c39f5f91e674db5", "A2P Messaging Profile: Starter, direct customers", true, false,
     "sole_proprietor_information", "", "direct_starter_customer_profile_type_business", "starter_a2p_type_business"},
    {"RN92dc6c39189b4d5ad9c6664f39769f90", "Primary Customer Profile of type Government", false, true, BUSINESS,
     ADDRESS, NULL, "primary_customer_profile_type_government"},
    {"RN074d26323ad8ca107761a5edf4191ba7", "Secondary Customer Profile of type Government", false, false, BUSINESS,
     ADDRESS, PRIMARY, "secondary_customer_profile_type_government"},
    {"RN936f6140f1864391adca88df5d84cb6d", "Primary Customer Profile of type Non-profit", false, true, BUSINESS,
     ADDRESS, NULL, "primary_customer_profile_type_nonprofit"},
    {"RNaf459d36b007ba6db226cd43a816cfa0", "Secondary Customer Profile of type Non-profit", false, false, BUSINESS,
     ADDRESS, PRIMARY, "secondary_customer_profile_type_nonprofit"},
    {"RNa282dd7f3dbef8586501ca2e045e764c", "Toll-Free Verification", true, false, "", "", SECONDARY,
     "toll_free_type_business"},
    {"RN7a97559effdf62d00f4298208492a5ea", "SHAKEN/STIR", true, false, "", "", SECONDARY, "shaken_stir_type_business"},
    {"RNf3db3cd1fe25fcfd3c3ded065c8fea53", "CNAM", true, false, "", "", SECONDARY, "cnam_type_business"},
    {"RN5b3660f9598883b1df4e77f77acefba0", "Voice Integrity", true, false, "", "", SECONDARY,
     "voice_integrity_type_business"},
};

size_t trust_policy_count(void) { return sizeof policies / sizeof *policies; }
const struct trust_policy *trust_policy_at(size_t i) { return &policies[i]; }

const struct trust_policy *trust_policy_find(struct str sid)
{
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        if (str_equal(sid, str_from(policies[i].sid))) return &policies[i];
    return NULL;
}

static const struct trust_type *type_find(const struct trust_type *types, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(name, str_from(types[i].machine_name))) return &types[i];
    return NULL;
}

size_t trust_end_user_type_count(void) { return sizeof end_user_types / sizeof *end_user_types; }
const struct trust_type *trust_end_user_type_at(size_t i) { return &end_user_types[i]; }
size_t trust_document_type_count(void) { return sizeof document_types / sizeof *document_types; }
const struct trust_type *trust_document_type_at(size_t i) { return &document_types[i]; }

const struct trust_type *trust_end_user_type_find(struct str machine_name)
{
    return type_find(end_user_types, trust_end_user_type_count(), machine_name);
}

const struct trust_type *trust_document_type_find(struct str machine_name)
{
    return type_find(document_types, trust_document_type_count(), machine_name);
}

bool trust_next(struct str *rest, char separator, struct str *item, bool *optional)
{
    if (rest->len == 0) return false;
    *rest = str_cut(*rest, separator, item);
    *optional = str_ends(*item, STR("?"));
    if (*optional) item->len--;
    return true;
}

/*
 * phone_foreign: the only file that speaks to libphonenumber. Owns nothing; the library's singleton lives as
 * long as the process. Whatever it throws becomes ERR_FULL (it throws only when memory runs out).
 */
#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <cstdlib>
#include <cstring>
#include <string>

extern "C" {
#include "rules/phone_foreign.h"
}

using i18n::phonenumbers::NullLogger;
using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace
{

const PhoneNumberUtil &library()
{
    static PhoneNumberUtil *const util = [] {
        PhoneNumberUtil *made = PhoneNumberUtil::GetInstance();
        made->SetLogger(new NullLogger());
        return made;
    }();
    return *util;
}

enum phone_type type_of(PhoneNumberUtil::PhoneNumberType type)
{
    switch (type) {
    case PhoneNumberUtil::MOBILE:
        return PHONE_MOBILE;
    case PhoneNumberUtil::FIXED_LINE:
        return PHONE_FIXED;
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
        return PHONE_FIXED_OR_MOBILE;
    case PhoneNumberUtil::TOLL_FREE:
        return PHONE_TOLL_FREE;
    case PhoneNumberUtil::PREMIUM_RATE:
        return PHONE_PREMIUM;
    case PhoneNumberUtil::PERSONAL_NUMBER:
        return PHONE_PERSONAL;
    case PhoneNumberUtil::VOIP:
        return PHONE_VOIP;
    case PhoneNumberUtil::PAGER:
        return PHONE_PAGER;
    case PhoneNumberUtil::SHARED_COST:
    case PhoneNumberUtil::UAN:
    case PhoneNumberUtil::VOICEMAIL:
        return PHONE_SPECIAL;
    default:
        return PHONE_UNKNOWN;
    }
}

enum err explain(PhoneNumberUtil::ErrorType error, struct fault *fault)
{
    switch (error) {
    case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
        return fault_set(fault, ERR_INVALID,
                         "its country code is missing or not in use: write + and the country code first");
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case PhoneNumberUtil::TOO_SHORT_NSN:
        return fault_set(fault, ERR_INVALID, "has too few digits for its country");
    case PhoneNumberUtil::TOO_LONG_NSN:
        return fault_set(fault, ERR_INVALID, "has too many digits for its country");
    default:
        return fault_set(fault, ERR_INVALID, "is not a phone number");
    }
}

enum err parse(const char *text, const char *region, struct phone_foreign *out, struct fault *fault)
{
    const PhoneNumberUtil &util = library();
    PhoneNumber number;
    PhoneNumberUtil::ErrorType error = util.Parse(text, region, &number);
    if (error != PhoneNumberUtil::NO_PARSING_ERROR) return explain(error, fault);
    switch (util.IsPossibleNumberWithReason(number)) {
    case PhoneNumberUtil::TOO_SHORT:
        return explain(PhoneNumberUtil::TOO_SHORT_NSN, fault);
    case PhoneNumberUtil::TOO_LONG:
        return explain(PhoneNumberUtil::TOO_LONG_NSN, fault);
    default:
        break;
    }
    std::string formatted, country;
    util.Format(number, PhoneNumberUtil::E164, &formatted);
    util.GetRegionCodeForNumber(number, &country);
    if (formatted.size() > PHONE_TEXT_BYTES - 1)
        return explain(PhoneNumberUtil::TOO_LONG_NSN, fault);
    *out = {};
    out->digits = std::strtoull(formatted.c_str() + 1, nullptr, 10);
    out->calling_code = static_cast<unsigned>(number.country_code());
    PhoneNumberUtil::PhoneNumberType type = util.GetNumberType(number);
    out->valid = type != PhoneNumberUtil::UNKNOWN; /* as IsValidNumber, without matching twice */
    out->type = type_of(type);
    bool is_country = country.size() == 2 && country != "ZZ";
    std::memcpy(out->country, is_country ? country.c_str() : "", is_country ? 3 : 1);
    return ERR_OK;
}

} // namespace

enum err phone_foreign_parse(const char *text, const char *region, struct phone_foreign *out,
                             struct fault *fault)
{
    try {
        return parse(text, region, out, fault);
    } catch (...) {
        return fault_set(fault, ERR_FULL, "not enough memory to read a number");
    }
}

/*
 * phone: numbers as people write them, made E.164, and what a number tells about where it is.
 *
 * +1 is judged by our own table of area codes (data/nanp-area-codes.tsv) alone, in C, well under a
 * microsecond; every other country by libphonenumber (rules/phone_foreign.h). A number says where it was
 * first given out, not where its owner is: numbers move, so its state and zones are a guess to be joined
 * with what the tenant knows (compliance notes, section 3). Pure; thread-safe; allocates nothing for +1.
 */
#ifndef STERLING_RULES_PHONE_H
#define STERLING_RULES_PHONE_H

#include "base/str.h"

enum phone_type {
    PHONE_UNKNOWN = 0,
    PHONE_MOBILE,
    PHONE_FIXED,
    PHONE_FIXED_OR_MOBILE, /* every geographic +1 number */
    PHONE_TOLL_FREE,
    PHONE_PREMIUM,
    PHONE_PERSONAL, /* follows a person: +1 5XX, Canada's 6XX, UK 070; also Twilio's test numbers +1 500 555 …
                     */
    PHONE_VOIP,
    PHONE_PAGER,
    PHONE_SPECIAL,    /* shared cost, company-wide, voice mail, carrier and government services */
    PHONE_SHORT_CODE, /* only phone_parse_sender gives it */
};

enum { PHONE_TEXT_BYTES = 17 /* '+', 15 digits, terminator */ };

struct phone {
    uint64_t digits; /* E.164 without '+'; of a short code the code itself */
    char country[3]; /* ISO 3166-1 alpha-2; "US" also for its territories and for codes that all of
                        +1 shares (toll-free); "" if several countries share a foreign code */
    char region[3];  /* +1: US state or territory ("PR"), Canadian province; "" if none or several */
    enum phone_type type;
    uint16_t area_code;       /* +1 only, else 0 */
    const char *const *zones; /* every plausible IANA zone, likeliest first; static, ends with NULL, never
                                 NULL itself; empty for numbers without a place */
};

/*
 * Parses what a person or a spreadsheet wrote: "(415) 555-2671", "415.555.2671 ", "1-415…", "tel:+1…",
 * full-width or Arabic digits, any dash, invisible marks. default_region (ISO alpha-2) says which country a
 * number without '+' belongs to. ERR_INVALID with the reason in `fault` (which may be NULL), without the
 * whole number (so that it may be shown and logged): wrong length, area code not in service, exchange that
 * cannot be, extension, letters, short code, rounded by a spreadsheet. *out is untouched then.
 */
MUST_CHECK enum err phone_parse(struct str text, const char *default_region, struct phone *out,
                                struct fault *fault);
/* The same for a sender of ours: 5 or 6 digits without '+' in a +1 region are a short code. */
MUST_CHECK enum err phone_parse_sender(struct str text, const char *default_region, struct phone *out,
                                       struct fault *fault);
/* The facts of a number that was parsed before and kept as digits. ERR_INVALID if it is none. */
MUST_CHECK enum err phone_from_digits(uint64_t digits, struct phone *out);

/* "+14155552671", nothing else: "+", then at most 15 digits, the first not 0 (ITU-T E.164, section 6.2). Whether the
 * number is in service is not asked. ERR_INVALID if it is none; *digits is 0 then. */
MUST_CHECK enum err phone_read_e164(struct str text, uint64_t *digits);
/* "+14155552671". `digits` has at most 15 digits. */
void phone_format_e164(uint64_t digits, char out[PHONE_TEXT_BYTES]);
/* "mobile", "fixed_or_mobile", … Never NULL. */
const char *phone_type_name(enum phone_type type);
/* The country as price lists and permission lists name it: a US territory is one of its own ("PR"). Lives
 * in *p. */
const char *phone_price_country(const struct phone *p);

#endif

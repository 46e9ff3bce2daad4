/*
 * numbers: the account's phone numbers and their webhooks (reference section 14.4, 2010 API).
 *
 * Text in a record lives as long as the callback that gets it. Blocking; errors are those of rest.h.
 */
#ifndef STERLING_TWILIO_NUMBERS_H
#define STERLING_TWILIO_NUMBERS_H

#include "twilio/rest.h"

struct twilio_number {
    char sid[TWILIO_SID_BYTES]; /* PN… */
    char phone_number[PROVIDER_ADDRESS_BYTES];
    struct str friendly_name, status, origin;
    struct str sms_url, sms_method, sms_fallback_url; /* empty: null */
    struct str sms_application_sid;                   /* wins over the URLs when set */
    bool sms, mms, voice;                             /* capabilities */
};

MUST_CHECK enum err number_from_json(const json_t *object, struct twilio_number *out);

typedef enum err (*number_taker)(void *user, const struct twilio_number *n, struct fault *f);
/* `phone_number` filters ("+1415*" too); empty: all. */
MUST_CHECK enum err numbers_list(struct rest *r, const struct twilio_account *a, struct str phone_number,
                                 number_taker take, void *user, struct fault *f);
/* Where inbound texts to the number go (POST), when no service takes them. Empty text leaves a setting. */
MUST_CHECK enum err numbers_set_webhooks(struct rest *r, const struct twilio_account *a, struct str sid,
                                         struct str sms_url, struct str sms_fallback_url, struct fault *f);


/* ---- finding numbers to buy (section 14.3) ---- */

enum number_type { NUMBER_LOCAL = 1, NUMBER_MOBILE, NUMBER_TOLL_FREE };
const char *number_type_name(enum number_type t); /* "toll_free" */
struct number_search {
    struct str country;     /* "US" */
    enum number_type type;
    struct str area_code;   /* the rest: empty asks nothing */
    struct str contains;    /* digits, letters, * for one digit; two characters at least */
    struct str region, locality, postal_code, near_number, near_lat_long; /* "37.8,-122.3" */
    int distance_miles;     /* of near_…; 0: Twilio's 25 */
    bool sms, mms, voice;   /* must be able to */
    int limit;              /* 1 … 1000 */
};
struct number_offer {
    char phone_number[PROVIDER_ADDRESS_BYTES];
    struct str friendly_name, locality, region, postal_code;
    struct str address_requirements; /* "none", "any", "local", "foreign" */
    bool beta, sms, mms, voice;
};
/* ERR_INVALID if it is no offer. */
MUST_CHECK enum err number_offer_from_json(const json_t *object, struct number_offer *out);
typedef enum err (*offer_taker)(void *user, const struct number_offer *o, struct fault *f);
/* What could be bought now: any may be gone a moment later. ERR_NOT_FOUND: Twilio has no such kind in that country. */
MUST_CHECK enum err numbers_search(struct rest *r, const struct twilio_account *a, const struct number_search *s,
                                   offer_taker take, void *user, int *error_code, struct fault *f);

/* ---- the account's own, one at a time ---- */

enum number_key { NUMBER_BY_ADDRESS, NUMBER_BY_NAME }; /* "+1…"; the FriendlyName */
struct number_found {
    char sid[TWILIO_SID_BYTES]; /* "": there is none */
    char phone_number[PROVIDER_ADDRESS_BYTES];
    bool is_webhook_other;      /* its webhook is not `sms_url`, or an application's */
    bool sms;
};
/* The one that is exactly so: Twilio takes the filter for a pattern. */
MUST_CHECK enum err numbers_find(struct rest *r, const struct twilio_account *a, enum number_key by, struct str value,
                                 struct str sms_url, struct number_found *out, struct fault *f);
struct number_purchase {
    struct str phone_number; /* one that was offered */
    struct str name;         /* FriendlyName, 64 bytes at most: what it is found by after a crash */
    struct str sms_url;
};
enum { NUMBER_TAKEN = 21422, NUMBER_NONE_THERE = 21452 }; /* Twilio's codes: somebody else has it; none in the area */
/* Buys. answer->class says what a failure proves; the answer's body is freed already. */
MUST_CHECK enum err numbers_buy(struct rest *r, const struct twilio_account *a, const struct number_purchase *p,
                                struct number_found *out, struct rest_answer *answer, struct fault *f);
/* Gives it back to Twilio, for good. ERR_OK also if the account has it no more. */
MUST_CHECK enum err numbers_release(struct rest *r, const struct twilio_account *a, struct str sid,
                                    struct rest_answer *answer, struct fault *f);

#endif

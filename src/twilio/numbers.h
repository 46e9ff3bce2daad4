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

#endif

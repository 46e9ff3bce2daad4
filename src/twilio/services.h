/*
 * services: Messaging Services and the numbers in their pools (reference section 8, messaging v1).
 *
 * The messaging API carries no account in its path: it acts on the account that authenticates, so a
 * subaccount's own credentials are needed (reference section 1.3). Text in a record lives as long as the
 * callback that gets it, or as its rest_answer. Blocking; errors are those of rest.h.
 */
#ifndef STERLING_TWILIO_SERVICES_H
#define STERLING_TWILIO_SERVICES_H

#include "twilio/rest.h"

struct twilio_service {
    char sid[TWILIO_SID_BYTES]; /* MG… */
    struct str friendly_name, usecase;
    struct str inbound_request_url, inbound_method, fallback_url, status_callback; /* empty: null */
    bool use_inbound_webhook_on_number;
    bool sticky_sender, smart_encoding, area_code_geomatch;
    bool a2p_registered; /* a campaign is attached (us_app_to_person_registered) */
    int validity_period_s;
};
struct twilio_service_number {
    char sid[TWILIO_SID_BYTES]; /* PN… */
    char phone_number[PROVIDER_ADDRESS_BYTES];
    char country[3];
    bool sms; /* capability */
};

/* ERR_INVALID if it is no service, or no number of one. */
MUST_CHECK enum err service_from_json(const json_t *object, struct twilio_service *out);
MUST_CHECK enum err service_number_from_json(const json_t *object, struct twilio_service_number *out);

typedef enum err (*service_taker)(void *user, const struct twilio_service *s, struct fault *f);
typedef enum err (*service_number_taker)(void *user, const struct twilio_service_number *n, struct fault *f);

MUST_CHECK enum err services_list(struct rest *r, const struct twilio_account *a, service_taker take, void *user,
                                  struct fault *f);
/* `out` views `answer`: free it afterwards, in every case. */
MUST_CHECK enum err services_fetch(struct rest *r, const struct twilio_account *a, struct str sid,
                                   struct twilio_service *out, struct rest_answer *answer, struct fault *f);

/* What Twilio calls for the whole pool. Empty text leaves a setting as it is. Inbound texts go to the service's
 * URL (use_inbound_webhook_on_number off) when one is given. */
struct service_webhooks {
    struct str inbound_request_url, fallback_url, status_callback;
};
MUST_CHECK enum err services_set_webhooks(struct rest *r, const struct twilio_account *a, struct str sid,
                                          const struct service_webhooks *w, struct fault *f);

/* How a service shall be. validity_period_s 0 leaves Twilio's; an empty usecase and empty URLs leave
 * what is there, but for the status callback, which is taken away. */
struct service_wanted {
    struct service_webhooks hooks;
    struct str usecase;
    bool sticky_sender, smart_encoding, area_code_geomatch;
    int validity_period_s;
};
/* Twilio's word for a service of that A2P use case; empty for none. */
struct str services_usecase(struct str a2p_use_case);
/* Appends all of it, as creating and updating take it. */
void service_wanted_form(const struct service_wanted *w, struct buf *form);
MUST_CHECK enum err services_update(struct rest *r, const struct twilio_account *a, struct str sid,
                                    const struct service_wanted *w, struct fault *f);

MUST_CHECK enum err services_list_numbers(struct rest *r, const struct twilio_account *a, struct str sid,
                                          service_number_taker take, void *user, struct fault *f);
/* ERR_OK also if the number is in this service already (21710). ERR_CONFLICT if it is in another (21712). */
MUST_CHECK enum err services_attach_number(struct rest *r, const struct twilio_account *a, struct str sid,
                                           struct str number_sid, struct fault *f);

#endif

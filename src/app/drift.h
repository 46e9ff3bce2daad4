/*
 * drift: how an organization's account at Twilio differs from what is wanted, and how it is put right.
 *
 * A look reads the account's numbers, and the Messaging Services of the organization's programs with their pools:
 * once a drift.every_ms, and when somebody asks. What it finds is stored (model.h, struct drift) as a JSON array of
 *   {kind, program, number, service, field, was, is, repairable, repaired}
 * Kinds: number_found (bought elsewhere: adopt it), number_gone, sender_not_in_account (a sender's number that was
 * never seen there: like one that is gone, its row is kept, see absent.h), number_webhook, number_outside_service,
 * service_missing, service_setting, service_other_number. `was` is what Sterling wants, `is` what Twilio has. Nothing
 * is changed at Twilio unless a repair was asked for, or drift.repair is set; then what is repairable is, each by one
 * request.
 *
 * In an account that several organizations share only what is known of this one is compared: what else is there may
 * be another's, and is not shown.
 */
#ifndef STERLING_APP_DRIFT_H
#define STERLING_APP_DRIFT_H

#include "app/app.h"
#include "store/store.h"
#include "twilio/services.h"

enum { DRIFT_FINDINGS_MAX = 500 };

struct drift_job {
    struct app_job job;
    struct change_drift change;
};
/* A look (and repair) is due now. The row as it is then is in change.drift. */
MUST_CHECK enum err drift_ask(struct app *app, struct store_reader *r, struct arena *a, org_id org, bool repair,
                              struct drift_job *out, struct problem *p);
/* How many findings are webhooks of services that do not point here. */
size_t drift_webhooks_elsewhere(struct str findings);

/* How the service of a program of that use case shall be; `inbound` and `fallback` are its organization's addresses. */
void drift_wanted(const struct settings *s, struct str use_case, const char *inbound, const char *fallback,
                  struct service_wanted *out);
/* One difference of a service. */
struct drift_difference {
    const char *field;
    char was[640], is[640];
};
enum { DRIFT_DIFFERENCES_MAX = 10 };
/* Pure. How many there are. */
size_t drift_compare(const struct service_wanted *wanted, const struct twilio_service *is,
                     struct drift_difference out[DRIFT_DIFFERENCES_MAX]);

#endif

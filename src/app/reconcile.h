/*
 * reconcile: reading back from the provider what its webhooks did not tell.
 *
 *   inbound   after downtime nothing but replies is armed for an account until its inbound messages since the
 *             last known moment were listed and stored (promise 3); then again every reconcile.every_ms
 *   restored  a database older than the epoch file: the account's outbound messages since the copy are listed
 *             and bound to ours before anything is armed (design section 5)
 *   stuck     messages not final for reconcile.stuck_ms are fetched by SID
 *   alerts    what Twilio's monitor says of our webhooks (11200 and the like) is logged and counted
 *   doubt     is the pump's: it lists by To as the engine asks
 *
 * One thread with its own store reader and its own connections, within reconcile.per_min requests a minute
 * and account. What it finds goes the same way as a webhook: app_status and app_inbound decide. A failed
 * round is tried again; gates stay shut meanwhile.
 */
#ifndef STERLING_APP_RECONCILE_H
#define STERLING_APP_RECONCILE_H

#include "app/app.h"
#include "twilio/provider.h"

struct reconcile;

struct reconcile_options {
    struct app *app;
    struct provider *provider; /* its own; taken over, also on failure */
    bool read_alerts;          /* ask Twilio's monitor, too */
    bool restored;             /* the database is an older copy */
    int64_t restored_since_ms; /* when that copy was last written */
    /* Called once, on its thread, when every account of a restored copy was read back. */
    void (*restored_done)(void *owner);
    void *owner;
};

MUST_CHECK enum err reconcile_start(const struct reconcile_options *o, struct reconcile **out,
                                    struct fault *f);
void reconcile_wake(struct reconcile *r); /* an organization is new or changed; from any thread */
void reconcile_stop(struct reconcile *r); /* NULL is fine */

struct reconcile_view {
    int64_t rounds, requests, failed, inbound_found, statuses_found, bound, accounts, accounts_open,
        alerts_found;
    int64_t last_round_ms; /* wall; 0 none yet */
};
void reconcile_view(struct reconcile *r, struct reconcile_view *out);

#endif

/*
 * event_view: an event as tenants see it, the same in live events and in webhooks.
 *
 *   {"id":"evt_…","type":"message.delivered","at":"…Z","data":{…}}
 *
 * Types: message.STATE, campaign.STATE, inbound.received, consent.opted_out|opted_in, import.STATE,
 * registration.STATE, number.STATE, drift.found|none, account.STATE (of the organization). `data` is
 * what is known when it is rendered: ids, states, codes; what a person wrote to us, but not what we sent.
 */
#ifndef STERLING_APP_EVENT_VIEW_H
#define STERLING_APP_EVENT_VIEW_H

#include "app/public_id.h"
#include "base/buf.h"
#include "store/store.h"

enum { EVENT_TYPE_BYTES = 40 };

/* "message.delivered" and so on. */
void event_type_format(const struct event *e, char out[EVENT_TYPE_BYTES]);
/* Appends the JSON object. What it refers to is read from the store (campaign name, inbound text, counts); a
 * thing that is gone leaves only its id. Failure sticks in `out`. */
void event_render(const struct public_ids *ids, struct store_reader *r, struct arena *scratch,
                  const struct event *e, struct buf *out);

#endif

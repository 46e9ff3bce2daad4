/*
 * owned_view: numbers that an organization has at Twilio, and how its account differs, as JSON.
 */
#ifndef STERLING_APP_OWNED_VIEW_H
#define STERLING_APP_OWNED_VIEW_H

#include "app/public_id.h"
#include "base/buf.h"
#include "store/model.h"

const char *owned_state_name(enum owned_state state); /* "quarantined" */
const char *owned_kind_name(enum owned_kind kind);    /* "toll_free" */
const char *drift_state_name(enum drift_state state); /* "idle", "looking", "repairing" */

void owned_view(const struct public_ids *ids, const struct owned_number *n, struct str program, struct buf *out);
/* A zeroed one was never looked at. */
void drift_view(const struct drift *d, struct buf *out);

#endif

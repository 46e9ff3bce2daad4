/*
 * registration_fees: what a registration costs and has cost, as the API and the command line tell it (rules/a2p_fees).
 */
#ifndef STERLING_APP_REGISTRATION_FEES_H
#define STERLING_APP_REGISTRATION_FEES_H

#include "app/onboarding_progress.h"
#include "rules/a2p_fees.h"

/* How much of it was done, and so paid for. */
struct a2p_paid registration_paid(const struct onboarding_progress *p);
/* A member "fees": expected and counted so far, once and a month, what the next submission costs (`again`: by which
 * rule what was refused is sent again), and item by item; null without a price table. */
void registration_fees_member(const struct price_table *t, const struct a2p_facts *facts, enum brand_type kind,
                              const struct a2p_paid *paid, enum a2p_resubmit again, int64_t at_ms, struct buf *out);

#endif

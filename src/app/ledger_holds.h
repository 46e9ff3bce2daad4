/*
 * ledger_holds: does what Sterling takes to hold for a number follow from the number's entries? The gate asks small
 * tables that are derived from the ledger; who altered those would be believed although the chain is whole.
 *
 * Folds the entries anew (rules/consent.h), for the organization and for every program and sender that they name. A
 * number with more than LEDGER_FOLD_MAX entries is not judged. Owns nothing.
 */
#ifndef STERLING_APP_LEDGER_HOLDS_H
#define STERLING_APP_LEDGER_HOLDS_H

#include "store/store.h"

enum { LEDGER_FOLD_MAX = 2000 };

/* Is this entry the last of its number? Then it is the one at which the number is looked at. */
MUST_CHECK enum err ledger_holds_last(struct store_reader *r, const struct consent *e, bool *last);
/* The number's, in that organization (0: the installation). Both are read of one commit. */
MUST_CHECK enum err ledger_holds_agree(struct store_reader *r, org_id org, uint64_t number, bool *agree);

#endif

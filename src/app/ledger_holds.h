/*
 * ledger_holds: does what Sterling takes to hold for a number follow from the number's entries, and was it kept to? The
 * gate asks small tables that are derived from the ledger; who altered those would be believed although the chain is
 * whole. And a message that left although an opt-out was on record shows that the gate was not asked.
 *
 * Folds the entries anew (rules/consent.h), for the organization and for every program and sender that they name; and
 * for each of the number's newest messages as they stood when it was armed. A number with more than LEDGER_FOLD_MAX
 * entries is not judged. Owns nothing.
 */
#ifndef STERLING_APP_LEDGER_HOLDS_H
#define STERLING_APP_LEDGER_HOLDS_H

#include "store/store.h"

/* What was noted within LEDGER_SETTLED_MS of a message's arming is not held against it: which came first is not told by
 * clocks. LEDGER_MESSAGES_MAX of a number's are looked at, also such as were held back. */
enum { LEDGER_FOLD_MAX = 2000, LEDGER_MESSAGES_MAX = 100, LEDGER_SETTLED_MS = 60000 };

struct ledger_holds {
    bool agree;
    bool unjudged;      /* it has too many entries */
    int64_t sent_after; /* messages that were armed while an opt-out stood */
    uint64_t example;   /* the newest of them; 0: none */
    size_t read;        /* messages that were looked at for that */
};

/* Is this entry the last of its number? Then it is the one at which the number is looked at. */
MUST_CHECK enum err ledger_holds_last(struct store_reader *r, const struct consent *e, bool *last);
/* The number's, in that organization (0: the installation, which sends nothing). All is read of one commit. */
MUST_CHECK enum err ledger_holds_look(struct store_reader *r, org_id org, uint64_t number, struct ledger_holds *out);

#endif

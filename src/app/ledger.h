/*
 * ledger: is the consent ledger as it was written? Walks an organization's chain (store/chain.h) a bounded stretch at
 * a time, so that no request holds a thread for a million entries.
 *
 * What holds for each number is compared with its entries as well, and so are the messages that went to whoever has
 * opted out (app/ledger_holds.h).
 *
 * What it cannot see: a number that is said to have agreed and has no entry at all, which its evidence shows; and a
 * whole chain, with its head, written anew by somebody who can write to the database. Only a head that was noted
 * elsewhere tells that, which is why every answer names it.
 */
#ifndef STERLING_APP_LEDGER_H
#define STERLING_APP_LEDGER_H

#include "app/public_id.h"
#include "base/buf.h"
#include "store/chain.h"
#include "store/store.h"

enum { LEDGER_STRETCH = 1000, LEDGER_STRETCH_MESSAGES = 5000, LEDGER_COUNTED_MAX = 100000,
       LEDGER_HEX_BYTES = 2 * CHAIN_HASH_BYTES + 1 };

struct ledger_check {
    uint64_t after;            /* in: the entry that the walk has come to, 0 at the start; out: where to go on */
    struct chain_head so_far;  /* out: after the last sound entry */
    struct chain_head stored;  /* out: what the ledger's head says */
    enum chain_verdict verdict;
    struct consent at;         /* out: the entry that is not sound, or the last one when the end is not. In the arena */
    bool finished;             /* out: the end was reached, or something is not sound */
    int64_t sent_after;        /* out: messages that left while an opt-out stood, of the numbers of this stretch */
    uint64_t example;          /* out: one of them; 0: none */
    int64_t unjudged;          /* out: numbers of this stretch with too many entries to tell that */
};
/* ERR_NOT_FOUND: there is no entry `after`. */
MUST_CHECK enum err ledger_check(struct store_reader *r, struct arena *a, org_id org, struct ledger_check *c);
/* The entry of that id in an organization's ledger, whoever it is about. ERR_NOT_FOUND: there is none. */
MUST_CHECK enum err ledger_entry(struct store_reader *r, struct arena *a, org_id org, uint64_t id, struct consent *out);
/* How many opt-ins rest on that entry, an import's (consent_attested_proof), which ended at `ended_ms`. ERR_LIMIT:
 * LEDGER_COUNTED_MAX entries or more were made meanwhile, and were not all looked at. */
MUST_CHECK enum err ledger_attested(struct store_reader *r, org_id org, uint64_t attestation, int64_t ended_ms,
                                    int64_t *out);
void ledger_hex(const unsigned char hash[CHAIN_HASH_BYTES], char out[LEDGER_HEX_BYTES]);
/* {"sound": …, "finished": …, "checked": …, "ledger": {…}, "problem": …, "sent_after_opt_out": {…}, "next": …} */
void ledger_view(const struct public_ids *ids, struct buf *out, const struct ledger_check *c);

#endif

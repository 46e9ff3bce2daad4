/*
 * evidence: all that is known of one number in one organization, in one document: what holds, the entries of the
 * installation's ledger and of the organization's with their canonical texts, the attestations that imported ones rest
 * on, the proof that leads from the last of the organization's to its ledger's head (of a long ledger in stretches),
 * the texts to that number, what became of them, and what each rule said of each (app/verdicts.h), by what was on
 * record then; of a number with too many entries to read them whole the verdicts are left out, and the document says
 * so. Whoever has the document can compute the hashes again (store/chain.h).
 */
#ifndef STERLING_APP_EVIDENCE_H
#define STERLING_APP_EVIDENCE_H

#include "app/app.h"

enum { EVIDENCE_ENTRIES_MAX = 500, EVIDENCE_MESSAGES_MAX = 500, EVIDENCE_PATH_MAX = 2000 };

/* Bounded: `complete` in the document says whether all entries, messages and verdicts are in it; its chain tells
 * how far its path leads. Errors are the store's. */
MUST_CHECK enum err evidence_write(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                                   uint64_t number, struct buf *out);
/* A further stretch of a long path, from behind the entry `after` of the organization's ledger (`path_next` of what was
 * read before). With its members in place of `chain`'s, and its path behind the one before, the document is whole.
 * ERR_NOT_FOUND: no such entry. */
MUST_CHECK enum err evidence_write_path(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                                        uint64_t after, struct buf *out);

#endif

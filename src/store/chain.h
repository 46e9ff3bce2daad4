/*
 * chain: the hash chain that makes altering the consent ledger visible.
 *
 * Each organization's entries (and the installation's own, organization 0) are one chain. An entry's digest is
 * SHA-256 over its canonical text; its hash is SHA-256 over the hash before it (32 zero bytes for the first) and
 * that digest, 64 bytes in all. So a proof can lead from one entry to the head over other people's digests without
 * a word of their data. The canonical text is, line by line, each ending in '\n':
 *
 *     sterling-consent 1
 *     org N          position N     entry N        number N
 *     kind NAME      scope NAME     scope_id N     basis NAME
 *     given N        recorded N                    (UTC milliseconds)
 *     means LENGTH:BYTES   evidence LENGTH:BYTES   proof LENGTH:BYTES   sid LENGTH:BYTES
 *
 * one name and value a line, in this order. Lengths are in bytes, so that no text can pretend to be a line.
 * Who can write to the whole database can also write a whole new chain: only a head that was noted elsewhere
 * tells that.
 */
#ifndef STERLING_STORE_CHAIN_H
#define STERLING_STORE_CHAIN_H

#include "base/buf.h"
#include "store/model.h"

enum { CHAIN_TEXT_BYTES_MAX = 1 << 20 };

/* The canonical text, appended. */
void chain_text(const struct consent *e, struct buf *out);
/* ERR_FULL without memory; ERR_LIMIT for an entry over CHAIN_TEXT_BYTES_MAX. */
MUST_CHECK enum err chain_digest(const struct consent *e, unsigned char digest[CHAIN_HASH_BYTES]);
void chain_hash(const unsigned char previous[CHAIN_HASH_BYTES], const unsigned char digest[CHAIN_HASH_BYTES],
                unsigned char hash[CHAIN_HASH_BYTES]);
/* Gives the entry its position and hash and moves the head on to it. Errors as chain_digest: nothing is changed. */
MUST_CHECK enum err chain_append(struct chain_head *head, struct consent *e);

enum chain_verdict {
    CHAIN_SOUND = 0,
    CHAIN_MISPLACED, /* its position does not follow the one before: something was deleted, put in or reordered */
    CHAIN_ALTERED,   /* its text, or one before it, is not what was hashed */
    CHAIN_CUT,       /* entries at the end are missing */
    CHAIN_OVERLONG,  /* entries after the head */
    CHAIN_HEAD,      /* the head is not the last entry's hash */
    CHAIN_HELD,      /* the entries are sound, but what is taken to hold for the number does not follow from them */
    CHAIN_VERDICTS   /* count, last */
};
/* For people; "" for CHAIN_SOUND. Never NULL. */
const char *chain_verdict_text(enum chain_verdict v);
/* Checks the next entry, in the order of ids, against what was seen so far and moves that on. Errors as
 * chain_digest. */
MUST_CHECK enum err chain_check(struct chain_head *so_far, const struct consent *e, enum chain_verdict *out);
/* After the last entry: is it where the stored head says? */
enum chain_verdict chain_check_end(const struct chain_head *so_far, const struct chain_head *stored);

#endif

/*
 * epoch: the file outside the database that tells a restored copy from the real one (design section 5).
 *
 * One line: format, installation id, number of a durable commit, when it was written. It is written after the
 * database (to a temporary file, synced, renamed), so it is never ahead of it: a file that says more commits
 * than the database has means that the database is an older copy. The installation id is made at the first
 * start and kept in the database's meta as well. Not thread-safe: one owner writes.
 */
#ifndef STERLING_STORE_EPOCH_H
#define STERLING_STORE_EPOCH_H

#include "store/store.h"

enum epoch_state {
    EPOCH_SAME = 1, /* the file is of this installation and not ahead (or this is the very first start) */
    EPOCH_RESTORED, /* the file is ahead: the database is an older copy */
    EPOCH_MISSING,  /* the database has an id, but there is no readable file */
    EPOCH_FOREIGN,  /* the file is another installation's */
};

enum { EPOCH_ID_BYTES = 33 };
struct epoch_file {
    char path[600];
    char installation[EPOCH_ID_BYTES]; /* the database's */
    uint64_t commits;                  /* what the file said */
    int64_t written_ms;                /* when the database was last written, as well as can be told: the last
                                          event's date when the file is ahead or missing; 0 unknown */
};

const char *epoch_state_name(enum epoch_state s); /* "same", "restored", … never NULL */

/* Reads the file and compares. A database without an id gets one (through `begin`…`commit`: call it before
 * the writer starts) and is EPOCH_SAME. Nothing is written to the file. */
MUST_CHECK enum err epoch_open(struct epoch_file *e, const char *path, struct store *store,
                               enum epoch_state *state, struct fault *f);
/* Writes the file for a commit that is durable. */
MUST_CHECK enum err epoch_write(struct epoch_file *e, uint64_t commits, struct fault *f);

#endif

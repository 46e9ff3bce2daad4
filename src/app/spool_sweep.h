/*
 * spool_sweep: removes uploads that a crash left behind: those which no running import names. Called at start,
 * before requests are served. Files of rejected rows stay: they are asked for later.
 */
#ifndef STERLING_APP_SPOOL_SWEEP_H
#define STERLING_APP_SPOOL_SWEEP_H

#include "store/store.h"

/* Removes nothing when it cannot be sure. Returns how many went. */
size_t spool_sweep(const char *data_dir, struct store *store);

#endif

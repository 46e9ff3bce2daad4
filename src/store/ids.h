/*
 * ids: how message ids are made, and the calendar month of spending. Shared by the twins because both are
 * contracts (model.h), not bookkeeping. Pure.
 */
#ifndef STERLING_STORE_IDS_H
#define STERLING_STORE_IDS_H

#include "store/model.h"

/* The first id of a stretch made at now_ms, above `last`. */
uint64_t message_id_next(uint64_t last, int64_t now_ms);
/* year * 12 + month - 1, UTC. */
int32_t month_of(int64_t at_ms);

#endif

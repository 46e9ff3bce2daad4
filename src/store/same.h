/* same: whether a row is still as somebody read it. Pure; used by both twins. */
#ifndef STERLING_STORE_SAME_H
#define STERLING_STORE_SAME_H

#include "store/model.h"

/* All that a change can give a sender; its id and organization are what it was found by. */
bool sender_same(const struct sender *a, const struct sender *b);
/* rev: as it was read; 0: not asked. */
bool campaign_same(uint32_t rev, const struct campaign *now);

#endif

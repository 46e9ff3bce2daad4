/*
 * senders_walk: all senders of an organization, one after the other by their ids, the removed ones among them. Owns
 * nothing; what it gave lives until it is asked for the next.
 */
#ifndef STERLING_APP_SENDERS_WALK_H
#define STERLING_APP_SENDERS_WALK_H

#include "store/store.h"

enum { SENDERS_WALK_PAGE = 64 };

struct senders_walk {
    enum err code; /* other than ERR_OK: the rest could not be read */
    struct store_reader *reader;
    org_id org;
    size_t at, count;
    struct sender page[SENDERS_WALK_PAGE];
};

void senders_walk_begin(struct senders_walk *w, struct store_reader *r, org_id org);
/* NULL: that was the last one, or see w->code. */
const struct sender *senders_walk_next(struct senders_walk *w);

#endif

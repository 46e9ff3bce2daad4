/* senders_walk: page by page; a page that is not full is the last. Contract in senders_walk.h. */
#include "app/senders_walk.h"

void senders_walk_begin(struct senders_walk *w, struct store_reader *r, org_id org)
{
    w->code = ERR_OK;
    w->reader = r;
    w->org = org;
    w->at = w->count = SENDERS_WALK_PAGE;
    w->page[SENDERS_WALK_PAGE - 1].id = 0;
}

const struct sender *senders_walk_next(struct senders_walk *w)
{
    if (w->code == ERR_OK && w->at == w->count && w->count == SENDERS_WALK_PAGE) {
        w->code = w->reader->store->ops->senders(w->reader, w->org, w->page[w->count - 1].id, w->page, &w->count);
        w->at = 0;
    }
    return w->code == ERR_OK && w->at < w->count ? &w->page[w->at++] : NULL;
}

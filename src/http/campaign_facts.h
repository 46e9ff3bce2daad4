/* campaign_facts: what a campaign's view needs beside its record: names, and with `live` its rate and bounds. */
#ifndef STERLING_HTTP_CAMPAIGN_FACTS_H
#define STERLING_HTTP_CAMPAIGN_FACTS_H

#include "app/view.h"
#include "http/request.h"

/* False: its list or program could not be read, which was answered. Bounds that cannot be told are unknown. */
MUST_CHECK bool campaign_facts_read(struct request *q, const struct campaign *c, bool live,
                                    struct view_campaign_facts *out);

#endif

/*
 * campaign_sample: what the first of an audience tell of a template: how long their texts are, which fields they lack,
 * where they are, and whose filled text is forbidden.
 *
 * Reads at most CAMPAIGN_SAMPLE_MAX contacts; nothing is kept.
 */
#ifndef STERLING_APP_CAMPAIGN_SAMPLE_H
#define STERLING_APP_CAMPAIGN_SAMPLE_H

#include "rules/carrier.h"
#include "rules/content.h"
#include "rules/template.h"
#include "store/store.h"

enum { CAMPAIGN_SAMPLE_MAX = 500 };

struct campaign_sample {
    size_t contacts, filled, too_long, ucs2;
    size_t forbidden; /* filled texts that rules/content blocks */
    uint32_t segments_most;
    uint64_t segments;                   /* of all filled texts together */
    size_t lacking[TEMPLATE_FIELDS_MAX]; /* contacts without a value, by field */
    size_t carriers[CARRIER_COUNT];
    uint64_t zones[CAMPAIGN_SAMPLE_MAX]; /* where each may be: rules/quiet_hours.h */
    uint64_t numbers[CAMPAIGN_SAMPLE_MAX];
    char known[256];                     /* fields that the first contact has, for people */
};

MUST_CHECK enum err campaign_sample_take(struct store_reader *r, org_id org, uint32_t list, const struct template *t,
                                         const struct content_case *facts, struct campaign_sample *out);
/* Counts one text in, as if it were a contact's. */
void campaign_sample_count(struct campaign_sample *s, struct str text);

#endif

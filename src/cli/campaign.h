/*
 * campaign: what watching shares with other verbs: the report as people read it.
 */
#ifndef STERLING_CLI_CAMPAIGN_H
#define STERLING_CLI_CAMPAIGN_H

#include "cli/client.h"

/* The whole report: by state, error code with its remedy, carrier, reason; segments, cost, rate, what next.
 */
void report_print(json_t *report);

#endif

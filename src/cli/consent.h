/* consent: what other verbs use of the ledger's. */
#ifndef STERLING_CLI_CONSENT_H
#define STERLING_CLI_CONSENT_H

#include "cli/client.h"

/* Has the organization's whole chain checked, stretch by stretch; *last (NULL before) is the last answer, the caller's.
 * EXIT_DONE, whatever the answer says, or a complaint. */
int consent_verify_all(struct client *c, json_t **last);

#endif

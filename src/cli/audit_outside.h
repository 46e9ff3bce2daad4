/*
 * audit_outside: what an audit asks from outside of the server: whether webhooks refuse what is not signed, whether
 * ledgers are whole, and what configuration and log files give away. Findings are appended to *findings as the server
 * words them (GET /v1/audit).
 */
#ifndef STERLING_CLI_AUDIT_OUTSIDE_H
#define STERLING_CLI_AUDIT_OUTSIDE_H

#include "app/audit.h"
#include "cli/client.h"

struct audit_outside {
    struct client *client;
    json_t *findings;             /* an array; the caller's */
    bool asked[AUDIT_RULES], unknown[AUDIT_RULES];
};

/* One organization, as GET /v1/organizations shows it. */
void audit_webhooks(struct audit_outside *o, json_t *organization);
/* slug "": the installation's own. EXIT_DONE, or the exit code of a call that failed. */
int audit_ledger(struct audit_outside *o, const char *slug);
/* EXIT_DONE, or a complaint: the file cannot be read. "-" is standard input. */
int audit_configuration(struct audit_outside *o, const char *path);
int audit_log(struct audit_outside *o, const char *path);

#endif

/*
 * config: the settings of this invocation, from all sources in their order: defaults, file, environment,
 * flags.
 */
#ifndef STERLING_CLI_CONFIG_H
#define STERLING_CLI_CONFIG_H

#include "app/settings.h"
#include "cli/verb.h"

/* EXIT_DONE, or complains and gives EXIT_USAGE. */
int config_gather(struct invocation *in, struct settings *s);

#endif

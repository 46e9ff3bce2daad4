/*
 * failpoints: the table of all failpoints of the program, and how one is armed: by the environment's
 * STERLING_FAILPOINT=name[@hit]:crash|pause|error, and only for an installation that serves the sandbox.
 */
#ifndef STERLING_CLI_FAILPOINTS_H
#define STERLING_CLI_FAILPOINTS_H

#include "app/settings.h"
#include "base/failpoint.h"

#include <stdio.h>

extern const struct failpoint FAILPOINTS[];
extern const size_t FAILPOINTS_COUNT;

/* Nothing when the environment names none. ERR_DENIED without the sandbox; else as failpoint_arm. */
MUST_CHECK enum err failpoints_from_environment(const struct settings *s, struct fault *f);
/* One line each: name, what can be done there, where it is. */
void failpoints_print(FILE *out);

#endif

/*
 * steady: did the wall clock run evenly since this server last ran?
 *
 * A file keeps the machine's boot id and the difference between wall and monotonic time. Same boot and the same
 * difference: nobody stepped the clock, so recorded instants of the last minutes can be trusted when limits are
 * taken up again. Otherwise every recent attempt counts as just sent (design section 6). Losing the file is safe.
 */
#ifndef STERLING_CLI_STEADY_H
#define STERLING_CLI_STEADY_H

#include "base/clock.h"

#include <stdbool.h>

/* What the file says, compared with now. False when there is none. */
bool steady_check(const char *path, struct clock *clock);
/* Writes it; failure is silent, because a missing file is safe. Call about once a second. */
void steady_note(const char *path, struct clock *clock);

#endif

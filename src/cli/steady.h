/*
 * steady: did the wall clock run evenly lately?
 *
 * A file keeps the machine's boot id, the difference between wall and monotonic time, and the monotonic instant of
 * the last step that was seen. Same boot, same difference and no step lately: recorded instants of the last minutes
 * can be trusted when limits are taken up again. Otherwise every recent attempt counts as just sent (design section
 * 6). Losing the file is safe.
 */
#ifndef STERLING_CLI_STEADY_H
#define STERLING_CLI_STEADY_H

#include "base/clock.h"

#include <stdbool.h>

/* Lately: longer than any window that is taken up from recorded instants. */
enum { STEADY_AFTER_MS = 3600000 };

struct steady {
    bool known;          /* difference_ms holds */
    int64_t difference_ms, stepped_ms; /* wall less monotonic; INT64_MIN: no step was seen */
};

/* What the file says, compared with now; false when there is none. `s` is made ready for steady_note. */
bool steady_check(const char *path, struct clock *clock, struct steady *s);
/* Writes it; failure is silent, because a missing file is safe. Call about once a second: a step between two calls
 * is seen, a clock that is steered is not taken for one. */
void steady_note(const char *path, struct clock *clock, struct steady *s);

#endif

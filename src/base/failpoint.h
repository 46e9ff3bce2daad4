/*
 * failpoint: named places where a run can be made to die, stop or fail, in the program that ships (HAProxy).
 *
 * Off, a point costs one predictable branch. One point can be armed, once, before other threads start, as
 * "name[@hit]:action": the hit-th time it is reached (1 unless said) the process kills itself as by
 * kill -9 (crash), stops until SIGCONT (pause), or the code there takes its failure path (error; only at points
 * whose table row says so). What is reached is told on stderr. Base knows no names: the caller has the table.
 */
#ifndef STERLING_BASE_FAILPOINT_H
#define STERLING_BASE_FAILPOINT_H

#include "base/str.h"

struct failpoint {
    const char *name;  /* "arm.after_commit" */
    const char *where; /* one line for people */
    bool can_fail;     /* takes "error" */
};

extern bool failpoint_on;

/* A place to die or stop at. */
#define FAILPOINT(name)                                                                            \
    do {                                                                                           \
        if (__builtin_expect(failpoint_on, 0)) (void)failpoint_reach(name);                        \
    } while (0)
/* True when the code here shall fail: goes into a condition. */
#define FAILPOINT_FAILS(name) (__builtin_expect(failpoint_on, 0) && failpoint_reach(name))
/* Marks a name that is handed to FAILPOINT elsewhere, so that the tidy test finds it. */
#define FAILPOINT_NAME(name) name

/* ERR_NOT_FOUND: the table has no such name; ERR_INVALID: the text is none of the above, or the point cannot do
 * that; ERR_CONFLICT: a point is armed already. */
MUST_CHECK enum err failpoint_arm(struct str text, const struct failpoint *table, size_t count,
                                  struct fault *f);
/* What the macros call. Thread-safe. True: fail. NULL is no point. */
bool failpoint_reach(const char *name);
/* For tests: disarms. */
void failpoint_clear(void);

#endif

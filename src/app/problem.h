/*
 * problem: why a request was refused, in words that name the field, the value and what to do next.
 *
 * Filled by use cases, answered by http as application/problem+json (RFC 9457) and shown by the command line.
 * Bounded: the first PROBLEM_ERRORS_MAX errors are kept. Text lives in the arena given at the start.
 */
#ifndef STERLING_APP_PROBLEM_H
#define STERLING_APP_PROBLEM_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { PROBLEM_ERRORS_MAX = 16 };

struct problem_error {
    const char *field;  /* "senders[3].address"; never NULL */
    const char *value;  /* as it came, cut to 64 bytes; NULL when there is none or it must not be shown */
    const char *reason; /* what is wrong */
    const char *fix;    /* what to do */
};

struct problem {
    struct arena *arena;
    enum err code;      /* ERR_OK while nothing is wrong */
    const char *detail; /* a sentence; "" until something is wrong */
    struct problem_error errors[PROBLEM_ERRORS_MAX];
    size_t count;
    int32_t twilio_code; /* Twilio's, if it is theirs; 0 none */
};

void problem_init(struct problem *p, struct arena *a);
/* Says what is wrong as a whole; keeps the first. Returns `code`. */
enum err problem_set(struct problem *p, enum err code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Takes over a fault. Returns its code. */
enum err problem_fault(struct problem *p, const struct fault *f);
/* Adds one field's error (code becomes ERR_INVALID unless something else was set). `value` may be {NULL,0}.
 * `reason` and `fix` are copied. Returns ERR_INVALID. */
enum err problem_field(struct problem *p, const char *field, struct str value, const char *reason,
                       const char *fix);
/* ERR_OK or the code. */
MUST_CHECK enum err problem_check(const struct problem *p);

#endif

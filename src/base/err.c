/* err: names, faults and the one way to stop on a bug. Contract in err.h. */
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const NAMES[] = {
    [ERR_OK] = "ok",           [ERR_INVALID] = "invalid",         [ERR_NOT_FOUND] = "not_found",
    [ERR_CONFLICT] = "conflict", [ERR_DENIED] = "denied",         [ERR_LIMIT] = "limit",
    [ERR_FULL] = "full",       [ERR_IO] = "io",                   [ERR_CORRUPT] = "corrupt",
    [ERR_NEWER] = "newer",     [ERR_UNAVAILABLE] = "unavailable", [ERR_TIMEOUT] = "timeout",
    [ERR_CANCELED] = "canceled",
};

const char *err_name(enum err code)
{
    size_t at = (size_t)code;
    BUG_IF(at >= sizeof NAMES / sizeof NAMES[0]);
    return NAMES[at];
}

enum err fault_set(struct fault *f, enum err code, const char *fmt, ...)
{
    if (f != NULL) {
        va_list args;
        f->code = code;
        va_start(args, fmt);
        (void)vsnprintf(f->what, sizeof f->what, fmt, args);
        va_end(args);
    }
    return code;
}

void fault_prefix(struct fault *f, const char *fmt, ...)
{
    char old[sizeof f->what];
    va_list args;
    int n;

    if (f == NULL) return;
    memcpy(old, f->what, sizeof old);
    va_start(args, fmt);
    n = vsnprintf(f->what, sizeof f->what, fmt, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof f->what) return;
    (void)snprintf(f->what + n, sizeof f->what - (size_t)n, ": %.*s",
                   (int)(sizeof f->what - (size_t)n - 3), old);
}

_Noreturn void bug(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "BUG %s:%d: %s\n", file, line, what);
    abort();
}

_Noreturn void no_memory(const char *file, int line, const char *what)
{
    (void)fprintf(stderr,
                  "NO MEMORY %s:%d: %s; stopping. What is stored is safe and a start goes on with it; give the "
                  "process more memory.\n",
                  file, line, what);
    _exit(EXIT_NO_MEMORY);
}

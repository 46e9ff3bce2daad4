/*
 * err: the one error type of the house.
 *
 * A function that can fail returns `enum err` and is marked MUST_CHECK. Where a person will read
 * the failure it also takes a `struct fault *`, filled with words that name what and where and what
 * to do next. Three severities (Postfix): a *bug* stops the process (BUG_IF), a broken *world*
 * (ERR_IO, ERR_UNAVAILABLE, ERR_TIMEOUT) makes us wait or exit, bad *data* is set aside.
 */
#ifndef STERLING_BASE_ERR_H
#define STERLING_BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))

enum err {
    ERR_OK = 0,
    ERR_INVALID,     /* data: the input is malformed or out of range */
    ERR_NOT_FOUND,   /* data: no such thing (or not this organization's) */
    ERR_CONFLICT,    /* data: exists already, or its state forbids this */
    ERR_DENIED,      /* data: not allowed (credentials, scope, signature) */
    ERR_LIMIT,       /* data: over a bound that was said in advance */
    ERR_FULL,        /* world: no space, no memory in a bounded pool, queue full */
    ERR_IO,          /* world: a system call failed */
    ERR_CORRUPT,     /* world: what we stored does not read back */
    ERR_NEWER,       /* world: written by a newer version */
    ERR_UNAVAILABLE, /* world: the peer or resource is not there now */
    ERR_TIMEOUT,     /* world: it took longer than the bound */
    ERR_CANCELED,    /* asked to stop */
};

/* What a person reads. `what` is always terminated; empty when there is nothing to say. */
struct fault {
    enum err code;
    char what[512];
};

/* The stable lower-case name of a code ("not_found"). Never NULL. */
const char *err_name(enum err code);

/* No failure. Leaves the old words behind the first byte: half a kilobyte would be cleared for nothing. */
static inline void fault_clear(struct fault *f)
{
    f->code = ERR_OK;
    f->what[0] = '\0';
}
/* Fills `f` (which may be NULL) and returns `code`, so that `return fault_set(f, …)` reads well.
 * Text that does not fit is cut. */
enum err fault_set(struct fault *f, enum err code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts "context: " before what `f` already says. */
void fault_prefix(struct fault *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A bug: prints the text to stderr and aborts. Stays on in release builds. */
__attribute__((noreturn)) void bug(const char *file, int line, const char *what);
#define BUG_IF(condition)                                                                          \
    do {                                                                                           \
        if (__builtin_expect(!!(condition), 0)) bug(__FILE__, __LINE__, #condition);               \
    } while (0)

/* No memory where nothing can be given back any more: says so and ends the process with EXIT_NO_MEMORY. What was
 * promised is in the store, so that a start takes it up. Not a bug, and never the answer to a request. */
enum { EXIT_NO_MEMORY = 71 };
__attribute__((noreturn)) void no_memory(const char *file, int line, const char *what);
#define NO_MEMORY_IF(condition, what)                                                              \
    do {                                                                                           \
        if (__builtin_expect(!!(condition), 0)) no_memory(__FILE__, __LINE__, what);               \
    } while (0)

#endif

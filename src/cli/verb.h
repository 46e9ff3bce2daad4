/*
 * verb: the table of what `sterling` can do. Parsing, --help, shell completion and the man page walk it.
 *
 * A verb is one or two words ("serve", "contacts import"), its flags, and a function. Every verb takes
 * --help; verbs that read take --json; verbs that speak to a server take --url, --key and --org, which may
 * also come from STERLING_URL, STERLING_API_KEY and STERLING_ORG.
 */
#ifndef STERLING_CLI_VERB_H
#define STERLING_CLI_VERB_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* Exit codes; stable, scripts depend on them. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,      /* it was tried and did not work */
    EXIT_USAGE = 2,       /* the words were wrong; nothing was tried */
    EXIT_NOT_FOUND = 3,   /* what was named does not exist (here) */
    EXIT_REFUSED = 4,     /* refused with a reason: bad data, a rule, a conflict */
    EXIT_UNREACHABLE = 5, /* no server answered */
};

#define EXIT_CODES_TEXT                                                                                      \
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused with a reason,\n"                   \
    "5 no server answered."

enum { VERB_SERVER = 1, VERB_JSON = 2, VERB_SETTINGS = 4 };

struct flag {
    const char *name;  /* without dashes */
    const char *value; /* what stands for it in help, e.g. "FILE"; NULL for a switch */
    const char *help;
    bool repeats;
};

struct invocation;
struct verb {
    const char *name;      /* "contacts import" */
    const char *arguments; /* "FILE", "[NUMBER]…" or "" */
    const char *summary;   /* one line, without a full stop */
    unsigned kinds;        /* VERB_SERVER | VERB_JSON | VERB_SETTINGS */
    int least, most;       /* positional arguments */
    const struct flag *flags;
    size_t flags_count;
    const char *details; /* paragraphs for --help, or NULL */
    int (*run)(struct invocation *in);
};

extern const struct verb *const VERBS[];
extern const size_t VERBS_COUNT;
/* Flags that kinds bring with them. */
extern const struct flag SERVER_FLAGS[], JSON_FLAGS[];
extern const size_t SERVER_FLAGS_COUNT, JSON_FLAGS_COUNT;

enum { ARGUMENTS_MAX = 256 };
struct invocation {
    const struct verb *verb;
    const char *arguments[ARGUMENTS_MAX];
    int count;
    struct {
        const char *name, *value;
    } given[ARGUMENTS_MAX]; /* flags, value "" for switches */
    int given_count;
    bool json;
};

/* Parses words after the program's name. EXIT_DONE: *in is ready. Otherwise the exit code; help or the
 * complaint has been printed. */
int invocation_parse(struct invocation *in, int argc, char **argv, bool *run);
/* Flags have dashes, settings and fields of the API underscores: whoever types need not remember which is which. */
bool flag_is_named(const char *name, struct str typed);
/* The last value of a flag, or NULL. */
const char *flag_value(const struct invocation *in, const char *name);
bool flag_given(const struct invocation *in, const char *name);
/* The n-th value (from 0) of a repeating flag, or NULL. */
const char *flag_nth(const struct invocation *in, const char *name, int n);
/* A flag as a whole number in bounds; `preset` when absent. Complains and gives false when it is not one. */
bool flag_int(const struct invocation *in, const char *name, int64_t least, int64_t most, int64_t preset,
              int64_t *out);

/* Prints "sterling VERB: …" to stderr, with the hint to --help for EXIT_USAGE, and gives the code back. */
int complain(const struct invocation *in, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

void help_print_all(void);
void help_print_verb(const struct verb *v);

#endif

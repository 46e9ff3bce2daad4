/* mutant: which one is on. Contract in mutant.h. */
#include "base/mutant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const NAMES[] = {MUTANT_NAMES};
enum { NAMES_COUNT = sizeof NAMES / sizeof NAMES[0] };

enum mutant mutant_on = MUTANT_NONE;

/* Before main, so that no thread sees it change. */
__attribute__((constructor)) static void choose(void)
{
    const char *name = getenv("STERLING_MUTANT");

    if (name == NULL || name[0] == '\0') return;
    for (int i = 1; i < NAMES_COUNT; i++) {
        if (strcmp(name, NAMES[i]) != 0) continue;
        mutant_on = (enum mutant)i;
        return;
    }
    (void)fprintf(stderr, "STERLING_MUTANT: there is no mutant '%s'; test/mutants/mutants.tsv names them all\n", name);
    _exit(2);
}

/* scratch: a directory for one test, where TMPDIR says. */
#ifndef STERLING_TEST_SCRATCH_H
#define STERLING_TEST_SCRATCH_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* out[size]: its name, such as "/tmp/sterling-store-a1B2c3". False: it could not be made. */
static inline bool scratch_make(char *out, size_t size, const char *name)
{
    const char *where = getenv("TMPDIR");
    int length = snprintf(out, size, "%s/sterling-%s-XXXXXX", where != NULL && where[0] != '\0' ? where : "/tmp", name);

    return length > 0 && (size_t)length < size && mkdtemp(out) != NULL;
}

#endif

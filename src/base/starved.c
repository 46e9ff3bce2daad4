/* starved: one flag a thread. Contract in starved.h. */
#include "base/starved.h"

#include <stdlib.h>

static _Thread_local bool noted;

void starved_note(void)
{
    noted = true;
}

bool starved_take(void)
{
    bool was = noted;

    noted = false;
    return was;
}

void *starved_malloc(size_t bytes)
{
    void *p = malloc(bytes);

    if (p == NULL) starved_note();
    return p;
}

void *starved_calloc(size_t count, size_t bytes)
{
    void *p = calloc(count, bytes);

    if (p == NULL) starved_note();
    return p;
}

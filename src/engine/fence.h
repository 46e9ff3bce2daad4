/* fence: what happens around the fence of (account, number) when its holder moves on. */
#ifndef STERLING_ENGINE_FENCE_H
#define STERLING_ENGINE_FENCE_H

#include "engine/state.h"

/* Gone: those that waited behind it go back to their lanes. */
void fence_open(struct engine *e, struct item *holder);
/* It will stay for long: those that wait behind it are set back. */
void fence_set_back_all(struct engine *e, struct item *holder);
void fence_set_back(struct engine *e, struct item *it, const struct item *holder);

#endif

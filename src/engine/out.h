/* out: gives what waits to be told as commands, in the order in which it arose. */
#ifndef STERLING_ENGINE_OUT_H
#define STERLING_ENGINE_OUT_H

#include "engine/state.h"

/* Up to `max`; how many. Items whose last word was taken are gone. */
size_t out_take(struct engine *e, struct command *out, size_t max);

#endif

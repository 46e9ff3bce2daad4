/*
 * world: a tiny world around the engine for the property test: a store that forgets nothing, a provider with
 * moods, people who stop, pause and change limits; all from one seed on a virtual clock. It keeps the truth
 * (what the provider saw, and when on its clock) and checks every command against it.
 */
#ifndef STERLING_TEST_ENGINE_WORLD_H
#define STERLING_TEST_ENGINE_WORLD_H

#include "engine/engine.h"

struct world_result {
    uint64_t hash;      /* of all commands, in order */
    int64_t sent, posts, doubts, virtual_ms;
    char wrong[256];    /* what was broken first; empty: nothing */
};

/* A whole life: chaos for a while, then a healthy world until everything has ended. */
struct world_result world_run(uint64_t seed);

#endif

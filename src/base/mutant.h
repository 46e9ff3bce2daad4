/*
 * mutant: seeded bugs, by which the tests prove that they can see.
 *
 * `MUTANT(name)` is a switch in the code that would break one promise. It is 0 in every build without the
 * meson option `mutants` (shipping builds: the compiler drops the branch); with it, it is true when the
 * environment's STERLING_MUTANT names it, read once before main. Names stand in test/mutants/mutants.tsv, each
 * with the test that must see it: one that is not there does not compile. A name in the environment that is
 * none ends the process with words and status 2, because a mutant that is not on would be taken for one that
 * nobody saw.
 */
#ifndef STERLING_BASE_MUTANT_H
#define STERLING_BASE_MUTANT_H

#ifdef STERLING_MUTANTS
#include "base/mutant_names.h"
extern enum mutant mutant_on;
#define MUTANT(name) (__builtin_expect(mutant_on == MUTANT_##name, 0) != 0)
#else
#define MUTANT(name) 0
#endif

#endif

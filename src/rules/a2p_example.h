/*
 * a2p_example: the facts of a business that does not exist, complete for each kind of registration: what
 * `sterling register fields --example` prints, to be written over. They pass the checks (rules/a2p_check), and on the
 * sandbox, whose reviewers know the names under .example, the whole way. Pure.
 */
#ifndef STERLING_RULES_A2P_EXAMPLE_H
#define STERLING_RULES_A2P_EXAMPLE_H

#include "rules/a2p_facts.h"

/* `kind` not BRAND_NONE. The texts last. */
void a2p_example(enum brand_type kind, struct a2p_facts *out);

#endif

/*
 * a2p_difference: what two states of a registration's facts differ in, as people read it: field, before, after.
 *
 * What is personal (names of people, their addresses and numbers, tax numbers) is masked: enough to see which of two
 * it is, not enough to use it. Pure.
 */
#ifndef STERLING_RULES_A2P_DIFFERENCE_H
#define STERLING_RULES_A2P_DIFFERENCE_H

#include "rules/a2p_facts.h"

bool a2p_is_personal(enum a2p_field field);
/* "J…z": the first and the last character with what is between left out; "…" of four bytes or less. */
void a2p_mask(struct str value, struct buf *out);
/* A JSON array of {"field", "part", "before", "after"}, in the table's order; a value that is not there is null. */
void a2p_difference(const struct a2p_facts *before, const struct a2p_facts *after, struct buf *out);

#endif

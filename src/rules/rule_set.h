/*
 * rule_set: which tables of rules this build decides by: a hash over data/ as it was compiled in. With the dates on
 * which an installation went from one to the next, any verdict can be made again.
 */
#ifndef STERLING_RULES_RULE_SET_H
#define STERLING_RULES_RULE_SET_H

enum { RULE_SET_BYTES = 17 }; /* with its terminator */
extern const char rule_set_version[RULE_SET_BYTES];

#endif

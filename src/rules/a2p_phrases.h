/*
 * a2p_phrases: what has to be said to people who are texted, as it is said in English, Spanish and French; for
 * a2p_says.
 * Sources: compliance sections 2.2 and 4.4.
 */
#ifndef STERLING_RULES_A2P_PHRASES_H
#define STERLING_RULES_A2P_PHRASES_H

#include "base/str.h"

extern const char A2P_SAYS_TEXTS[];     /* that it is about text messages */
extern const char A2P_SAYS_FREQUENCY[]; /* how often they come */
extern const char A2P_SAYS_RATES[];     /* what they may cost */
extern const char A2P_SAYS_STOP[];      /* how to end them */
extern const char A2P_SAYS_HELP[];      /* how to get help */
extern const char A2P_SAYS_TERMS[];
extern const char A2P_SAYS_PRIVACY[];
extern const char A2P_SAYS_NO_MORE[];   /* that no more texts come */
/* Is it rather Spanish or French than English? By its commonest words; of short texts always false. */
bool a2p_is_foreign(struct str text);

#endif

/*
 * letter: characters of a text as the recognition of words sees them: without case, accents and full-width forms.
 *
 * For rules/keyword and rules/revocation. Pure and total: a byte that is not UTF-8 is noise.
 */
#ifndef STERLING_RULES_LETTER_H
#define STERLING_RULES_LETTER_H

#include "base/cursor.h"

/* Takes one character off the front; U+FFFD for a byte that begins none. The cursor must not be at its end. */
uint32_t letter_take(struct cursor *c);

/* Upper-case ASCII letter or digit; 0 for what surrounds words without being part of them (punctuation, quotes,
 * spaces, symbols, emoji, marks); '?' for a letter that has no such form. */
char letter_fold(uint32_t u);

/* Of letters without such a form the small one, in the scripts that have two; Greek vowels lose their accents, as they
 * do in capitals, and a final sigma is a sigma. Others stay what they are. */
uint32_t letter_small(uint32_t u);

#endif

/* revocation_words: a text as the words that rules/revocation compares. For revocation.c only. */
#ifndef STERLING_RULES_REVOCATION_WORDS_H
#define STERLING_RULES_REVOCATION_WORDS_H

#include "rules/revocation.h"

struct heard_word {
    uint16_t id;     /* of the table; 0: a word that no pattern names */
    bool opens;      /* a clause begins with it */
    size_t from, to; /* its bytes in the text */
};

/* Fills at most REVOCATION_WORDS_MAX words and gives their number: folded, letters that are typed long ("stoppp")
 * or apart ("s t o p") put right, pairs that mean one word ("do not") joined. */
size_t revocation_hear(struct str text, struct heard_word out[REVOCATION_WORDS_MAX]);

#endif

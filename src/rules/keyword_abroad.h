/*
 * keyword_abroad: words that mean STOP in other languages, where they are the whole text (data/opt-out-words.tsv, each
 * row with what it rests on): some from everywhere, some from their own countries' numbers only.
 *
 * Case, accents, spaces, punctuation and repeats are noise, as in rules/keyword.h. Pure; total.
 */
#ifndef STERLING_RULES_KEYWORD_ABROAD_H
#define STERLING_RULES_KEYWORD_ABROAD_H

#include "base/str.h"

struct keyword_abroad {
    const char *word;      /* in capitals */
    const char *countries; /* "VN TH"; empty: everywhere */
    const char *language;
};
extern const struct keyword_abroad keyword_abroad_words[];
extern const size_t keyword_abroad_count;

/* The word of the table that the whole text is, of who has a number of that country; NULL: none. */
const struct keyword_abroad *keyword_abroad_find(struct str body, const char *country);

#endif

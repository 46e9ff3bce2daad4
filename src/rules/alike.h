/*
 * alike: do two texts say the same, as a filter sees it?
 *
 * A text is the set of its neighbouring words, read over what they are dressed in (rules/content_words.h), without
 * fields, numbers and prices: who swaps a word in twenty, greets by name or counts up a code still says the same; who
 * offers boots where he offered tents does not. Of long texts the ALIKE_PAIRS_MAX smallest pairs stand for all
 * (Broder, On the resemblance and containment of documents, 1997). Pure, total.
 */
#ifndef STERLING_RULES_ALIKE_H
#define STERLING_RULES_ALIKE_H

#include "base/str.h"

enum { ALIKE_PAIRS_MAX = 128 };

struct alike {
    size_t count;
    uint32_t pairs[ALIKE_PAIRS_MAX]; /* ascending, each once */
};

/* `text` may be a template. */
void alike_hear(struct str text, struct alike *out);
/* Is the most of what either says said by both? Never of texts of a few words, which many people write. */
bool alike_same(const struct alike *a, const struct alike *b);
/* The same number for texts that are word for word the same but for fields and numbers; 0: too few words. */
uint32_t alike_key(const struct alike *a);

#endif

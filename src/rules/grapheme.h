/*
 * grapheme: where a user-perceived character ends, one code point at a time, in constant memory.
 *
 * The rules are those of UAX #29 for Unicode 10 as grapheme-splitter 1.0.4 applies them, with its
 * departures (a flag followed by two marks breaks before the second; a modifier after two marks
 * stands alone), because Twilio's calculator counts by them.
 */
#ifndef STERLING_RULES_GRAPHEME_H
#define STERLING_RULES_GRAPHEME_H

#include "rules/segment_tables.h"

#include <stdbool.h>

/* What must be remembered of the cluster being read. */
struct grapheme {
    uint8_t start;        /* class of its first code point; GRAPHEME_NONE before the text */
    uint8_t last, before; /* class of its last code point, and of the one before (GRAPHEME_NONE if none) */
    uint8_t rest;         /* enum grapheme_rest */
    bool rest_all_extend; /* every code point after the first is Extend */
    bool has_extend;      /* any code point is Extend */
    bool rest_has_regional;
};

void grapheme_init(struct grapheme *g);
/* Takes the next code point's class. True if a new cluster begins with it (always for the first). */
bool grapheme_next(struct grapheme *g, uint8_t class);

#endif

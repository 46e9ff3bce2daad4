/*
 * content_match: the terms of data/content-terms.tsv in a text's words: at each word the longest; words that mean
 * something else ("wine glass") hide the terms within them. For rules/content only.
 */
#ifndef STERLING_RULES_CONTENT_MATCH_H
#define STERLING_RULES_CONTENT_MATCH_H

#include "rules/content_tables.h"
#include "rules/content_words.h"

enum { CONTENT_MATCHES_MAX = 64 };

struct content_match {
    const struct content_term *term;
    uint32_t from, to; /* bytes of the text */
    uint16_t flags;     /* of its words, together */
    bool again;        /* the same term stood before: it counts once */
};
struct content_matches {
    size_t count;
    struct content_match at[CONTENT_MATCHES_MAX];
    uint16_t alone[CONTENT_TOPICS], sold[CONTENT_TOPICS]; /* points by topic */
};

void content_match_words(const struct content_words *words, struct content_matches *out);

#endif

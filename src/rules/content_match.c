/* content_match: walks the tree of terms from every word. Owns nothing. Contract in content_match.h. */
#include "rules/content_match.h"

#include "base/mutant.h"

#include <string.h>

enum { TERM_WORDS_MAX = 6 };

struct walk {
    const struct content_words *words;
    struct content_matches *out;
    size_t ends[CONTENT_TOPICS]; /* word after the last match of a topic */
};

/* The node behind `word`, 0: none. */
static uint16_t step(uint16_t node, uint16_t word)
{
    uint32_t key = (uint32_t)node << 16 | word, slot = content_edge_hash(key) & content_edges_mask;

    for (; content_edges[slot].node != 0; slot = (slot + 1) & content_edges_mask)
        if (content_edges[slot].key == key) return content_edges[slot].node;
    return 0;
}

/* A number is itself where a term says it, else any. */
static uint16_t step_over(uint16_t node, const struct content_word *w)
{
    uint16_t next = step(node, w->word);

    return next == 0 && (w->flags & CONTENT_WORD_NUMBER) != 0 ? step(node, content_any_number) : next;
}

static bool stood_before(const struct content_matches *m, const struct content_term *term)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->at[i].term == term) return true;
    return false;
}

static void add(struct walk *w, const struct content_term *term, size_t from, size_t to)
{
    const struct content_word *at = w->words->at;
    struct content_matches *m = w->out;
    struct content_match found = {term, at[from].from, at[to - 1].to, 0, stood_before(m, term)};

    if (w->ends[term->topic] >= to || m->count == CONTENT_MATCHES_MAX) return;
    w->ends[term->topic] = to;
    for (size_t i = from; i < to; i++) found.flags |= at[i].flags;
    if (!found.again) {
        m->alone[term->topic] = (uint16_t)(m->alone[term->topic] + term->alone);
        m->sold[term->topic] = (uint16_t)(m->sold[term->topic] + term->sold);
    }
    m->at[m->count++] = found;
}

/* Takes what begins here, of each topic the longest. Gives the word to go on with. */
static size_t match_at(struct walk *w, size_t from)
{
    const struct content_words *words = w->words;
    uint16_t path[TERM_WORDS_MAX], node = 0;
    size_t length = 0;

    while (length < TERM_WORDS_MAX && from + length < words->count && words->at[from + length].word != 0) {
        node = step_over(node, &words->at[from + length]);
        if (node == 0) break;
        path[length++] = node;
    }
    for (; length > 0; length--) {
        const struct content_node *ends = &content_nodes[path[length - 1]];
        for (size_t i = 0; i < ends->count; i++) {
            const struct content_term *term = &content_terms[ends->first + i];
            if (term->topic == CONTENT_SIGN_KEEP && !MUTANT(content_keep_forgotten)) return from + length;
            add(w, term, from, from + length);
        }
    }
    return from + 1;
}

void content_match_words(const struct content_words *words, struct content_matches *out)
{
    struct walk w = {.words = words, .out = out};

    out->count = 0;
    memset(out->alone, 0, sizeof out->alone);
    memset(out->sold, 0, sizeof out->sold);
    for (size_t i = 0; i < words->count;) i = words->at[i].word == 0 ? i + 1 : match_at(&w, i);
}

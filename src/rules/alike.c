/* alike: sets of pairs of words, and how much of them is common. Contract in alike.h. */
#include "rules/alike.h"

#include "rules/content_words.h"

#include <string.h>

enum { PAIRS_LEAST = 4, SAME_PERMILLE = 700 };

static void note_pair(struct alike *out, uint32_t pair)
{
    size_t at = out->count;

    while (at > 0 && out->pairs[at - 1] > pair) at--;
    if (at == ALIKE_PAIRS_MAX || (at > 0 && out->pairs[at - 1] == pair)) return;
    if (out->count < ALIKE_PAIRS_MAX) out->count++;
    memmove(&out->pairs[at + 1], &out->pairs[at], (out->count - at - 1) * sizeof out->pairs[0]);
    out->pairs[at] = pair;
}

void alike_hear(struct str text, struct alike *out)
{
    struct content_words words;
    uint32_t before = 0;

    out->count = 0;
    content_words_hear(text, true, &words);
    for (size_t i = 0; i < words.count; i++) {
        const struct content_word *w = &words.at[i];
        if ((w->flags & (CONTENT_WORD_HOLE | CONTENT_WORD_NUMBER | CONTENT_WORD_PRICE)) != 0) continue;
        if (before != 0) note_pair(out, (before ^ w->hash * UINT32_C(0x85EBCA6B)) * UINT32_C(0xC2B2AE35));
        before = w->hash;
    }
}

bool alike_same(const struct alike *a, const struct alike *b)
{
    size_t i = 0, j = 0, both = 0, all = 0;

    if (a->count < PAIRS_LEAST || b->count < PAIRS_LEAST) return false;
    for (; all < ALIKE_PAIRS_MAX && (i < a->count || j < b->count); all++) {
        bool first = j == b->count || (i < a->count && a->pairs[i] <= b->pairs[j]);
        bool second = i == a->count || (j < b->count && b->pairs[j] <= a->pairs[i]);
        both += first && second;
        i += first;
        j += second;
    }
    return both * 1000 >= all * SAME_PERMILLE;
}

uint32_t alike_key(const struct alike *a)
{
    uint32_t key = UINT32_C(2166136261);

    if (a->count < PAIRS_LEAST) return 0;
    for (size_t i = 0; i < a->count; i++) key = (key ^ a->pairs[i]) * UINT32_C(16777619);
    return key == 0 ? 1 : key;
}

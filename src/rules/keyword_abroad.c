/* keyword_abroad: compares texts with the table, letter by letter of any script. Contract in keyword_abroad.h. */
#include "rules/keyword_abroad.h"

#include "base/mutant.h"
#include "rules/alpha.h"
#include "rules/letter.h"

#include <string.h>

enum { LETTERS_MAX = 64 };

struct letters {
    uint32_t at[LETTERS_MAX];
    size_t count;
    bool too_many;
};

/* Marks of other scripts, to letter_fold letters without a form. */
static bool is_noise(uint32_t u)
{
    return (u >= 0x3021 && u <= 0x303F) || u == 0x060C || u == 0x061F || (u >= 0x064B && u <= 0x0652) ||
           (u >= 0x0591 && u <= 0x05C7);
}

static struct letters letters_of(struct str text)
{
    struct cursor c = cursor_over(text);
    struct letters out = {.count = 0};

    while (!cursor_done(&c) && !out.too_many) {
        uint32_t u = letter_take(&c);
        char plain = letter_fold(u);
        if (plain == 0 || is_noise(u)) continue;
        if (out.count == LETTERS_MAX) out.too_many = true;
        else out.at[out.count++] = plain == '?' ? letter_small(u) : (uint32_t)plain;
    }
    return out;
}

/* Once, or several times: "stop stop". */
static bool is_word(const struct letters *text, const struct letters *word)
{
    BUG_IF(word->count == 0);
    if (text->count < word->count || text->count % word->count != 0) return false;
    for (size_t i = 0; i < text->count; i++)
        if (text->at[i] != word->at[i % word->count]) return false;
    return true;
}

static bool counts_from(const struct keyword_abroad *w, const char *country)
{
    return w->countries[0] == '\0' || alpha_is_registered(str_from(w->countries), country);
}

const struct keyword_abroad *keyword_abroad_find(struct str body, const char *country)
{
    struct letters text = letters_of(body);

    if (text.count == 0 || text.too_many || MUTANT(words_of_home_only)) return NULL;
    for (size_t i = 0; i < keyword_abroad_count; i++) {
        struct letters word = letters_of(str_from(keyword_abroad_words[i].word));
        if (is_word(&text, &word) && counts_from(&keyword_abroad_words[i], country)) return &keyword_abroad_words[i];
    }
    return NULL;
}

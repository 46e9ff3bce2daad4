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

/* Small letters of the scripts that have them; accents of Greek vowels apart, as they fall away in capitals. */
static uint32_t small(uint32_t u)
{
    static const struct {
        uint32_t accented, plain;
    } greek[] = {{0x3AC, 0x3B1}, {0x3AD, 0x3B5}, {0x3AE, 0x3B7}, {0x3AF, 0x3B9}, {0x3CC, 0x3BF},
                 {0x3CD, 0x3C5}, {0x3CE, 0x3C9}, {0x386, 0x3B1}, {0x388, 0x3B5}, {0x389, 0x3B7},
                 {0x38A, 0x3B9}, {0x38C, 0x3BF}, {0x38E, 0x3C5}, {0x38F, 0x3C9}, {0x3C2, 0x3C3}};

    for (size_t i = 0; i < sizeof greek / sizeof greek[0]; i++)
        if (u == greek[i].accented) return greek[i].plain;
    if ((u >= 0x100 && u <= 0x137) || (u >= 0x14A && u <= 0x177)) return u | 1; /* Latin, in pairs */
    if ((u >= 0x139 && u <= 0x148) || (u >= 0x179 && u <= 0x17E)) return (u + 1) & ~UINT32_C(1);
    if (u >= 0x391 && u <= 0x3A9) return u + 0x20; /* Greek */
    if (u >= 0x410 && u <= 0x42F) return u + 0x20; /* Cyrillic */
    if (u >= 0x400 && u <= 0x40F) return u + 0x50;
    return u;
}

/* Punctuation and blanks of other scripts, which letter_fold knows no form of. */
static bool is_noise(uint32_t u)
{
    return (u >= 0x3000 && u <= 0x303F) || (u >= 0xFF00 && u <= 0xFF0F) || u == 0x060C || u == 0x061F ||
           (u >= 0x064B && u <= 0x0652) || (u >= 0x0591 && u <= 0x05C7) || u == 0xFFFD;
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
        else out.at[out.count++] = plain == '?' ? small(u) : (uint32_t)plain;
    }
    return out;
}

/* Once, or several times: "stop stop". */
static bool is_word(const struct letters *text, const struct letters *word)
{
    if (word->count == 0 || text->count < word->count || text->count % word->count != 0) return false;
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

/*
 * keyword: reduces a text to its bare letters and digits and looks the whole of it up. Owns nothing,
 * allocates nothing, cannot fail; anything that is not surely a keyword is KEYWORD_NONE. Contract in
 * keyword.h.
 */
#include "rules/keyword.h"

#include "base/cursor.h"

#include <string.h>

/* Longer than the longest word; two keywords in a row also fit. A longer text may still be one word
 * repeated. */
enum { BARE_MAX = 160 };

struct bare {
    char letters[BARE_MAX]; /* upper-case ASCII; '?' for a letter we cannot fold */
    size_t len;
    bool too_long;
};

static const struct {
    const char *word;
    enum keyword kind;
} WORDS[] = {
    {"STOP", KEYWORD_STOP},    {"STOPALL", KEYWORD_STOP}, {"UNSUBSCRIBE", KEYWORD_STOP},
    {"CANCEL", KEYWORD_STOP},  {"END", KEYWORD_STOP},     {"QUIT", KEYWORD_STOP},
    {"OPTOUT", KEYWORD_STOP},  {"REVOKE", KEYWORD_STOP},  {"ARRET", KEYWORD_STOP},
    {"ALTO", KEYWORD_STOP},    {"BAJA", KEYWORD_STOP},    {"PARAR", KEYWORD_STOP},
    {"STOPP", KEYWORD_STOP},   {"START", KEYWORD_START},  {"UNSTOP", KEYWORD_START},
    {"YES", KEYWORD_START},    {"HELP", KEYWORD_HELP},    {"INFO", KEYWORD_HELP},
    {"AIDE", KEYWORD_HELP},    {"AYUDA", KEYWORD_HELP},
};

/* Takes one character off the front; a byte that is not UTF-8 is noise (U+FFFD). */
static uint32_t take_character(struct cursor *c)
{
    static const unsigned char LEAD_MASK[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value;
    unsigned char lead = (unsigned char)cursor_next(c);
    unsigned len = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

    if (len == 0 || lead > 0xF4) return 0xFFFD;
    value = lead & LEAD_MASK[len];
    for (unsigned i = 1; i < len; i++) {
        int next = cursor_peek(c);
        if (next < 0x80 || next > 0xBF) return 0xFFFD;
        value = value << 6 | (uint32_t)(cursor_next(c) & 0x3F);
    }
    return value;
}

/* What surrounds a word without being part of it: punctuation, quotes, spaces, symbols, emoji, marks. */
static bool is_noise(uint32_t u)
{
    static const struct {
        uint32_t first, last;
    } RANGES[] = {
        {0x0080, 0x00A9}, {0x00AB, 0x00B4}, {0x00B6, 0x00B9}, {0x00BB, 0x00BF}, {0x00D7, 0x00D7},
        {0x00F7, 0x00F7}, {0x02B0, 0x036F}, {0x061C, 0x061C}, {0x115F, 0x1160}, {0x180B, 0x180E},
        {0x2000, 0x2BFF}, {0x2E00, 0x2E7F}, {0x3000, 0x3020}, {0x3164, 0x3164}, {0xFE00, 0xFE6F},
        {0xFEFF, 0xFEFF}, {0xFF00, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65},
        {0xFFF9, 0xFFFD}, {0x1F000, 0x1FAFF}, {0xE0000, 0xE01EF},
    };
    for (size_t i = 0; i < sizeof RANGES / sizeof RANGES[0]; i++)
        if (u >= RANGES[i].first && u <= RANGES[i].last) return true;
    return false;
}

/* Latin-1 letters without their accents, in order from U+00C0. */
static char fold_latin(uint32_t u)
{
    static const char BASE[] = "AAAAAA?CEEEEIIIIDNOOOOO?OUUUUY??";
    return BASE[(u - 0xC0) & 0x1F];
}

/* Upper-case letter or digit, 0 for noise, '?' for a letter that no keyword has. */
static char fold(uint32_t u)
{
    if (u >= 0xFF01 && u <= 0xFF5E) u -= 0xFEE0; /* full-width forms, as some keyboards type them */
    if (u >= 'a' && u <= 'z') return (char)(u - 'a' + 'A');
    if ((u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9')) return (char)u;
    if (u < 0x80 || is_noise(u)) return 0;
    return u >= 0xC0 && u <= 0xFF ? fold_latin(u) : '?';
}

static void reduce(struct str body, struct bare *bare)
{
    struct cursor c = cursor_over(body);
    while (!cursor_done(&c) && !bare->too_long) {
        char letter = fold(take_character(&c));
        if (letter == 0) continue;
        if (bare->len == BARE_MAX) bare->too_long = true;
        else bare->letters[bare->len++] = letter;
    }
}

/* True if the letters are the word, once or several times ("stop stop stop"). */
static bool is_word(const struct bare *bare, const char *word)
{
    size_t len = strlen(word);
    if (bare->len < len || bare->len % len != 0) return false;
    for (size_t at = 0; at < bare->len; at += len)
        if (memcmp(bare->letters + at, word, len) != 0) return false;
    return true;
}

static struct keyword_hit hit(enum keyword kind, const char *word)
{
    return (struct keyword_hit){
        .kind = kind, .word = word, .only_if_opted_out = strcmp(word, "YES") == 0};
}

static struct keyword_hit classify_body(struct str body)
{
    struct bare bare = {.len = 0};
    reduce(body, &bare);
    if (bare.len == 0 || bare.too_long) return hit(KEYWORD_NONE, "");
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (is_word(&bare, WORDS[i].word)) return hit(WORDS[i].kind, WORDS[i].word);
    return hit(KEYWORD_NONE, "");
}

/* The provider's own classification: advanced opt-out, reference section 4.3, mode 2. */
static enum keyword classify_type(struct str opt_out_type)
{
    struct str type = str_trim(opt_out_type);
    if (str_equal_nocase(type, STR("STOP"))) return KEYWORD_STOP;
    if (str_equal_nocase(type, STR("START"))) return KEYWORD_START;
    if (str_equal_nocase(type, STR("HELP"))) return KEYWORD_HELP;
    return KEYWORD_NONE;
}

struct keyword_hit keyword_classify(struct str body, struct str opt_out_type, bool toll_free)
{
    struct keyword_hit found = classify_body(body);
    enum keyword provider = classify_type(opt_out_type);

    if (provider != KEYWORD_NONE) {
        if (found.kind != provider) found = hit(provider, "");
        found.only_if_opted_out = false;
        found.by_provider = true;
        return found;
    }
    if (toll_free && found.only_if_opted_out) return hit(KEYWORD_NONE, "");
    return found;
}

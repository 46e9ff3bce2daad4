/*
 * keyword: reduces a text to its bare letters and digits and looks the whole of it up. Owns nothing,
 * allocates nothing, cannot fail; anything that is not surely a keyword is KEYWORD_NONE. Contract in
 * keyword.h.
 */
#include "rules/keyword.h"

#include "rules/letter.h"

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

static void reduce(struct str body, struct bare *bare)
{
    struct cursor c = cursor_over(body);
    while (!cursor_done(&c) && !bare->too_long) {
        char letter = letter_fold(letter_take(&c));
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

bool keyword_stops_by_default(struct str body)
{
    static const char *const eight[] = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"};
    struct str word = str_trim(body);

    for (size_t i = 0; i < sizeof eight / sizeof eight[0]; i++)
        if (str_equal_nocase(word, str_from(eight[i]))) return true;
    return false;
}

bool keyword_says_yes(struct str body)
{
    static const char *const words[] = {"YES", "Y", "SI", "OUI"};
    struct bare bare = {.len = 0};

    if (body.len > 0 && memchr(body.at, '?', body.len) != NULL) return false;
    reduce(body, &bare);
    for (size_t i = 0; i < sizeof words / sizeof words[0] && !bare.too_long; i++)
        if (is_word(&bare, words[i])) return true;
    return false;
}

/* ---- an organization's own words ---- */

enum { OWN_LETTERS_MIN = 2, OWN_LETTERS_MAX = 30 };

/* The letters of one word, terminated. False if they are too few or too many, or one cannot be folded. */
static bool own_letters(struct str word, char out[OWN_LETTERS_MAX + 1])
{
    struct bare bare = {.len = 0};

    reduce(word, &bare);
    if (bare.len < OWN_LETTERS_MIN || bare.len > OWN_LETTERS_MAX ||
        memchr(bare.letters, '?', bare.len) != NULL)
        return false;
    memcpy(out, bare.letters, bare.len);
    out[bare.len] = 0;
    return true;
}

enum err keyword_own_check(struct str words, struct fault *f)
{
    char letters[OWN_LETTERS_MAX + 1];
    struct str word;

    while (words.len > 0) {
        struct keyword_hit reserved;
        words = str_cut(words, ',', &word);
        word = str_trim(word);
        if (!str_is_utf8(word, NULL) || !own_letters(word, letters))
            return fault_set(f, ERR_INVALID, "'" STR_FMT "' is no word of 2 to 30 letters and digits", STR_ARG(word));
        reserved = classify_body(word);
        if (reserved.kind != KEYWORD_NONE)
            return fault_set(f, ERR_CONFLICT, "'" STR_FMT "' is reserved: everybody's word for %s", STR_ARG(word),
                             reserved.kind == KEYWORD_STOP ? "STOP" : reserved.kind == KEYWORD_HELP ? "HELP" : "START");
    }
    return ERR_OK;
}

bool keyword_own_stops(struct str body, struct str words)
{
    char letters[OWN_LETTERS_MAX + 1];
    struct bare bare = {.len = 0};
    struct str word;

    reduce(body, &bare);
    if (bare.len == 0 || bare.too_long) return false;
    while (words.len > 0) {
        words = str_cut(words, ',', &word);
        if (own_letters(word, letters) && is_word(&bare, letters)) return true;
    }
    return false;
}

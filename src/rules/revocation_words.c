/* revocation_words: cuts a text into words and looks each up. Owns nothing. Contract in revocation_words.h. */
#include "rules/revocation_words.h"

#include "rules/letter.h"
#include "rules/revocation_tables.h"

#include <string.h>

enum { WORD_BYTES = 32 };

/* One word being read. What does not fit cannot be a word of the table: it is cut to something that is none. */
struct spelling {
    char bytes[WORD_BYTES];
    size_t len;
    char last;
    unsigned run; /* how often `last` came in a row */
};

struct hearing {
    struct heard_word *out;
    size_t count;
    struct spelling word;
    size_t from;
    bool opens;         /* the next word begins a clause */
    size_t single_from; /* the first of the single letters that the list ends in */
    struct spelling singles;
};

static bool ends_clause(uint32_t u)
{
    return u == '.' || u == '!' || u == '?' || u == ',' || u == ';' || u == ':' || u == '\n' || u == '\r' || u == '(' ||
           u == ')' || u == 0x2013 || u == 0x2014 || u == 0x2026 || u == 0x3001 || u == 0x3002 || u == 0xFF0C ||
           u == 0xFF01 || u == 0xFF1F;
}

/* Apostrophes and invisible characters: part of the word around them. */
static bool joins(uint32_t u)
{
    return u == '\'' || u == '`' || u == 0xB4 || u == 0x2018 || u == 0x2019 || (u >= 0x200B && u <= 0x200D) ||
           u == 0xFEFF || u == 0xAD || (u >= 0x300 && u <= 0x36F);
}

static void spell_byte(struct spelling *w, char byte)
{
    if (w->len < WORD_BYTES) w->bytes[w->len++] = byte;
}

/* People hold a key down: from the third in a row a letter stands for one. */
static void spell_letter(struct spelling *w, char letter)
{
    char lower = letter >= 'A' ? (char)(letter - 'A' + 'a') : letter; /* a capital or a digit, as letter_fold gives */

    w->run = lower == w->last ? w->run + 1 : 1;
    w->last = lower;
    if (w->run == 3) w->len -= w->len > 0;
    if (w->run < 3) spell_byte(w, lower);
}

/* Letters of other scripts stay what they are, but for the case of Cyrillic ones. */
static void spell_other(struct spelling *w, uint32_t u, struct str bytes)
{
    w->run = 0;
    w->last = 0;
    if (u >= 0x0410 && u <= 0x042F) {
        u += 0x20;
        spell_byte(w, (char)(0xC0 | u >> 6));
        spell_byte(w, (char)(0x80 | (u & 0x3F)));
        return;
    }
    for (size_t i = 0; i < bytes.len; i++) spell_byte(w, bytes.at[i]);
}

static uint16_t look_up(const struct spelling *w)
{
    size_t low = 0, high = revocation_words_count;
    struct str wanted = {w->bytes, w->len};

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(wanted, str_from(revocation_words[middle].text));
        if (order == 0) return revocation_words[middle].id;
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return 0;
}

static void add(struct hearing *h, uint16_t id, bool opens, size_t from, size_t to)
{
    BUG_IF(h->count == REVOCATION_WORDS_MAX);
    h->out[h->count++] = (struct heard_word){id, opens, from, to};
}

/* "s.t.o.p": three single letters or more are one word, if that is one. */
static void end_singles(struct hearing *h)
{
    size_t letters = h->singles.len;
    uint16_t id = letters >= 3 && letters < WORD_BYTES ? look_up(&h->singles) : 0;

    if (id != 0) {
        BUG_IF(h->single_from + letters != h->count);
        h->out[h->single_from].id = id;
        h->out[h->single_from].to = h->out[h->count - 1].to;
        h->count = h->single_from + 1;
    }
    h->singles.len = 0;
}

static void join_pair(struct hearing *h)
{
    struct heard_word *last = &h->out[h->count - 1];

    if (h->count < 2 || last->opens) return;
    for (size_t i = 0; i < revocation_joins_count; i++) {
        const struct revocation_join *j = &revocation_joins[i];
        if (j->first != last[-1].id || j->second != last->id) continue;
        last[-1].id = j->joined;
        last[-1].to = last->to;
        h->count--;
        return;
    }
}

static void end_word(struct hearing *h, size_t to)
{
    if (h->word.len == 0) return;
    if (h->word.len == 1) {
        if (h->singles.len == 0) h->single_from = h->count;
        spell_byte(&h->singles, h->word.bytes[0]);
        add(h, look_up(&h->word), h->opens, h->from, to);
    } else {
        end_singles(h);
        add(h, look_up(&h->word), h->opens, h->from, to);
        join_pair(h);
    }
    h->opens = false;
    h->word = (struct spelling){.len = 0};
}

static void hear_character(struct hearing *h, uint32_t u, struct str bytes, size_t at)
{
    char letter = letter_fold(u);

    if (joins(u)) return;
    if (letter == 0) {
        end_word(h, at);
        h->opens = h->opens || ends_clause(u);
        return;
    }
    if (h->word.len == 0) h->from = at;
    if (letter == '?') spell_other(&h->word, u, bytes);
    else spell_letter(&h->word, letter);
}

size_t revocation_hear(struct str text, struct heard_word out[REVOCATION_WORDS_MAX])
{
    struct hearing h = {.out = out, .opens = true};
    struct cursor c = cursor_over(text);

    while (!cursor_done(&c) && h.count < REVOCATION_WORDS_MAX) {
        size_t at = c.at;
        uint32_t u = letter_take(&c);
        hear_character(&h, u, str_slice(text, at, c.at), at);
    }
    end_word(&h, c.at);
    end_singles(&h);
    return h.count;
}

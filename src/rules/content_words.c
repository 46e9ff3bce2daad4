/*
 * content_words: cuts a text into words in one pass, and then puts together what was typed apart. Owns nothing.
 * Contract in content_words.h.
 */
#include "rules/content_words.h"

#include "base/cursor.h"
#include "rules/content_tables.h"
#include "rules/letter.h"

enum { SPELLING_BYTES = 32, SINGLES_LEAST = 3, SINGLES_MAX = 24 };

/* What a byte of ASCII is: a letter or digit as it is compared, or one of these. */
enum { SEPARATES = 0, JOINS = 1, STANDS_FOR = 2 };

/* One word being read. What does not fit is no word of a term. */
struct spelling {
    char bytes[SPELLING_BYTES];
    size_t len;
    uint32_t hash;
    unsigned letters, digits, signs, foreign, latin;
    bool styled, hidden, unknown;
};

struct hearing {
    struct content_words *out;
    struct str text;
    struct cursor c;
    struct spelling word;
    size_t from;
    bool in_default; /* of a field */
    bool after_hole; /* nothing stands between the last field and here */
    char before;     /* the separator before the word, if it is one byte of ASCII */
};

static unsigned char class_of(unsigned char b)
{
    if (b >= 'a' && b <= 'z') return b;
    if (b >= 'A' && b <= 'Z') return (unsigned char)(b - 'A' + 'a');
    if (b >= '0' && b <= '9') return b;
    if (b == '\'') return JOINS;
    return b == '@' || b == '$' || b == '!' || b == '*' ? STANDS_FOR : SEPARATES;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

const struct content_spelling *content_spelling_find(struct str text, uint32_t hash)
{
    uint32_t slot = hash & content_spellings_mask;

    for (; content_spellings[slot].word != 0; slot = (slot + 1) & content_spellings_mask)
        if (str_equal(text, str_from(content_spellings[slot].text))) return &content_spellings[slot];
    return NULL;
}

static uint16_t look_up(const struct spelling *w)
{
    const struct content_spelling *found;

    if (w->unknown || w->len == SPELLING_BYTES) return 0;
    found = content_spelling_find((struct str){w->bytes, w->len}, w->hash);
    return found == NULL ? 0 : found->word;
}

static void spell(struct spelling *w, char c)
{
    if (w->len == 0) w->hash = (uint32_t)CONTENT_HASH_START;
    if (w->len < SPELLING_BYTES) w->bytes[w->len++] = c;
    w->hash = content_hash_byte(w->hash, c);
}

/* ---- digits and signs for letters ---- */

static char meant(char c, char one)
{
    switch (c) {
    case '0': return 'o';
    case '1': case '!': return one;
    case '3': return 'e';
    case '4': case '@': return 'a';
    case '5': case '$': return 's';
    case '7': return 't';
    case '8': return 'b';
    case '9': return 'g';
    default: return c;
    }
}

static uint16_t look_up_meant(const struct spelling *w, char one)
{
    struct spelling as = {.len = 0};

    for (size_t i = 0; i < w->len; i++)
        if (w->bytes[i] != '*') spell(&as, meant(w->bytes[i], one));
    as.unknown = w->unknown;
    return look_up(&as);
}

static uint16_t recognize(const struct spelling *w, uint16_t *flags)
{
    uint16_t word = look_up(w);

    if (word != 0 || w->letters == 0 || w->digits + w->signs == 0) return word;
    word = look_up_meant(w, 'i');
    if (word == 0) word = look_up_meant(w, 'l');
    if (word != 0) *flags |= CONTENT_WORD_LEET;
    return word;
}

/* ---- words ---- */

static void add(struct hearing *h, const struct content_word *w)
{
    if (h->out->count < CONTENT_WORDS_MAX) h->out->at[h->out->count++] = *w;
}

static uint16_t flags_of(const struct hearing *h)
{
    const struct spelling *w = &h->word;
    uint16_t flags = 0;

    if (w->foreign > 0) flags |= w->latin > 0 ? CONTENT_WORD_MIXED : CONTENT_WORD_FOREIGN;
    if (w->styled) flags |= CONTENT_WORD_STYLED;
    if (w->hidden) flags |= CONTENT_WORD_HIDDEN;
    if (w->letters == 0 && (h->before == '$' || h->before == '%')) flags |= CONTENT_WORD_PRICE;
    return flags;
}

/* "sale!Buy" is no word with a sign for a letter, but two words. */
static void end_parts(struct hearing *h, size_t to)
{
    struct cursor c = cursor_over(str_slice(h->text, 0, to));
    struct spelling part = {.len = 0};
    size_t from = h->from;

    c.at = h->from;
    for (;;) {
        int b = cursor_peek(&c);
        unsigned char kind = b < 0 ? STANDS_FOR : class_of((unsigned char)b);
        if (kind > STANDS_FOR) spell(&part, (char)kind);
        if (kind == STANDS_FOR && part.len > 0)
            add(h, &(struct content_word){.hash = part.hash, .from = (uint32_t)from, .to = (uint32_t)c.at,
                                          .word = look_up(&part), .single = part.len == 1 ? part.bytes[0] : '\0'});
        if (b < 0) return;
        (void)cursor_next(&c);
        if (kind == STANDS_FOR) {
            part.len = 0;
            from = c.at;
        }
    }
}

static void end_word(struct hearing *h, size_t to)
{
    struct spelling *w = &h->word;
    struct content_word out = {.hash = w->hash, .from = (uint32_t)h->from, .to = (uint32_t)to};

    if (w->len == 0) return;
    out.flags = flags_of(h);
    out.word = recognize(w, &out.flags);
    if (w->digits > 0 && w->letters <= 1 && w->signs == 0) {
        out.flags |= CONTENT_WORD_NUMBER;
        if (out.word == 0) out.word = content_any_number;
    }
    out.single = w->len == 1 ? w->bytes[0] : '\0';
    if (out.word == 0 && w->signs > 0 && out.flags == 0) end_parts(h, to);
    else add(h, &out);
    *w = (struct spelling){.len = 0};
}

static void begin_letter(struct hearing *h, size_t at)
{
    if (h->word.len > 0) return;
    h->from = at;
    if (h->after_hole) h->out->open = true;
    h->after_hole = false;
}

/* Marks that make one host, or one word, of what stands on both sides. */
static bool ties(unsigned char b)
{
    return b == '.' || b == '-' || b == '_' || b == '*' || b == '~';
}

static bool next_is_letter(const struct hearing *h)
{
    int b = cursor_peek(&h->c);
    return b >= 0x80 || (b >= 0 && class_of((unsigned char)b) > STANDS_FOR);
}

static void hear_ascii(struct hearing *h, unsigned char b, size_t at)
{
    unsigned char kind = class_of(b);
    struct spelling *w = &h->word;

    if (kind > STANDS_FOR) {
        begin_letter(h, at);
        spell(w, (char)kind);
        if (is_digit((char)kind)) w->digits++;
        else w->letters++, w->latin++;
        h->out->upper += b >= 'A' && b <= 'Z';
        h->out->lower += b >= 'a'; /* no other ASCII above 'a' is a letter */
        return;
    }
    if (kind == JOINS && w->len > 0) return;
    if (kind == STANDS_FOR && w->len > 0 && next_is_letter(h)) {
        spell(w, (char)b);
        w->signs++;
        return;
    }
    if (h->after_hole && (b == ':' ? cursor_peek(&h->c) == '/' : ties(b) && next_is_letter(h))) h->out->open = true;
    end_word(h, at);
    if (b == '%' && h->out->count > 0) h->out->at[h->out->count - 1].flags |= CONTENT_WORD_PRICE;
    h->before = (char)b;
    h->after_hole = false;
}

/* ---- other characters ---- */

static bool is_invisible(uint32_t u)
{
    return u == 0xAD || (u >= 0x200B && u <= 0x200F) || (u >= 0x2060 && u <= 0x2064) || u == 0xFEFF ||
           u == 0x180E;
}

static bool is_mark(uint32_t u)
{
    return (u >= 0x300 && u <= 0x36F) || (u >= 0xFE00 && u <= 0xFE0F) || u == 0x2019 || u == 0x2018 || u == 0xB4;
}

static const struct content_letters *letters_with(uint32_t u)
{
    size_t low = 0, high = content_letters_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (u > content_letters[middle].last) low = middle + 1;
        else if (u < content_letters[middle].first) high = middle;
        else return &content_letters[middle];
    }
    return NULL;
}

static void hear_letter(struct hearing *h, uint32_t u, size_t at)
{
    const struct content_letters *range = letters_with(u);
    char letter = range == NULL ? '.' : range->letters[u - range->first];
    struct spelling *w = &h->word;

    begin_letter(h, at);
    w->letters++;
    spell(w, letter == '.' ? '?' : letter);
    if (letter == '.' || range->kind == CONTENT_LETTER_FOREIGN) {
        w->foreign++;
        h->out->foreign++;
    } else {
        w->latin++;
        w->styled |= range->kind == CONTENT_LETTER_STYLED;
    }
    w->unknown |= letter == '.';
}

static void hear_other(struct hearing *h, uint32_t u, size_t at)
{
    if (is_mark(u)) return;
    if (is_invisible(u)) {
        h->word.hidden |= h->word.len > 0;
        return;
    }
    if (letters_with(u) != NULL || letter_fold(u) != 0) {
        hear_letter(h, u, at);
        return;
    }
    end_word(h, at);
    h->before = u == 0x20AC || u == 0xA3 ? '$' : '\0';
    h->after_hole = false;
}

/* ---- fields of a template ---- */

static void add_hole(struct hearing *h, size_t from)
{
    add(h, &(struct content_word){.from = (uint32_t)from, .to = (uint32_t)h->c.at, .flags = CONTENT_WORD_HOLE});
    h->after_hole = true;
}

static bool next_is(const struct hearing *h, const char *mark)
{
    struct str rest = str_slice(h->text, h->c.at, h->text.len);
    return str_starts(rest, str_from(mark));
}

static void skip(struct hearing *h, size_t bytes)
{
    (void)cursor_take(&h->c, bytes);
}

/* At "{{": takes the name; a default is heard as the words that it is. */
static void begin_field(struct hearing *h)
{
    size_t from = h->c.at;

    if (h->word.len > 0 || h->after_hole) h->out->open = true;
    if (from > 0 && ties((unsigned char)h->text.at[from - 1])) h->out->open = true;
    end_word(h, from);
    skip(h, 2);
    while (!cursor_done(&h->c) && cursor_peek(&h->c) != '|' && !next_is(h, "}}")) (void)cursor_next(&h->c);
    h->in_default = cursor_peek(&h->c) == '|';
    skip(h, h->in_default ? 1 : 2);
    add_hole(h, from);
    if (h->in_default) h->after_hole = false;
}

static bool hear_field(struct hearing *h)
{
    if (next_is(h, "{{{{")) {
        end_word(h, h->c.at);
        skip(h, 4);
    } else if (next_is(h, "{{"))
        begin_field(h);
    else if (h->in_default && next_is(h, "}}")) {
        size_t from = h->c.at;
        end_word(h, from);
        skip(h, 2);
        h->in_default = false;
        add_hole(h, from);
    } else
        return false;
    return true;
}

/* ---- what was typed apart ---- */

static bool same_gap(const struct hearing *h, const struct content_word *w, struct str first)
{
    return str_equal(str_slice(h->text, w[0].to, w[1].from), first);
}

static size_t singles_run(const struct hearing *h, size_t at)
{
    const struct content_word *w = &h->out->at[at];
    size_t n = 1, left = h->out->count - at;
    struct str gap;

    if (w->single == '\0' || left < SINGLES_LEAST) return 1;
    gap = str_slice(h->text, w[0].to, w[1].from);
    while (n < left && n < SINGLES_MAX && w[n].single != '\0' && gap.len <= 3 && same_gap(h, &w[n - 1], gap)) n++;
    return n;
}

/* Joins so many words, if that makes one of a term. */
static bool join(struct hearing *h, size_t at, size_t n, const struct spelling *as)
{
    struct content_word *w = &h->out->at[at];
    uint16_t flags = CONTENT_WORD_APART;
    uint16_t word = recognize(as, &flags);

    if (word == 0) return false;
    for (size_t i = 0; i < n; i++) flags |= w[i].flags;
    w->word = word;
    w->hash = as->hash;
    w->flags = flags;
    w->to = w[n - 1].to;
    w->single = '\0';
    return true;
}

static void spell_single(struct spelling *s, char c)
{
    spell(s, c);
    if (is_digit(c)) s->digits++;
    else s->letters++;
}

static bool join_singles(struct hearing *h, size_t at, size_t n)
{
    struct spelling s = {.len = 0};

    for (size_t i = 0; i < n; i++) spell_single(&s, h->out->at[at + i].single);
    return n >= SINGLES_LEAST && join(h, at, n, &s);
}

/* "cas-ino": two words that no term has, one mark between them, and a word that makes a category alone. */
static bool join_pair(struct hearing *h, size_t at)
{
    struct content_word *w = &h->out->at[at];
    const struct content_spelling *found;
    struct spelling s = {.len = 0};
    struct cursor c;

    if (at + 1 >= h->out->count || w[0].word != 0 || w[1].word != 0 || w[1].from - w[0].to != 1) return false;
    if (!ties((unsigned char)h->text.at[w[0].to])) return false;
    c = cursor_over(str_slice(h->text, 0, w[1].to));
    for (c.at = w[0].from; !cursor_done(&c);) {
        unsigned char kind = class_of((unsigned char)cursor_next(&c));
        if (kind > STANDS_FOR) spell_single(&s, (char)kind);
    }
    found = s.len == SPELLING_BYTES ? NULL : content_spelling_find((struct str){s.bytes, s.len}, s.hash);
    return found != NULL && found->strong != 0 && join(h, at, 2, &s);
}

static void join_apart(struct hearing *h)
{
    struct content_words *o = h->out;
    size_t to = 0;

    for (size_t from = 0; from < o->count;) {
        size_t n = singles_run(h, from);
        if (!join_singles(h, from, n)) n = join_pair(h, from) ? 2 : 1;
        o->at[to++] = o->at[from];
        from += n;
    }
    o->count = to;
}

void content_words_hear(struct str text, bool template, struct content_words *out)
{
    struct hearing h = {.out = out, .text = text, .c = cursor_over(text)};

    out->count = 0;
    out->upper = out->lower = out->foreign = 0;
    out->open = false;
    while (!cursor_done(&h.c) && out->count < CONTENT_WORDS_MAX) {
        size_t at = h.c.at;
        int b = cursor_peek(&h.c);
        if (template && (b == '{' || b == '}') && hear_field(&h)) continue;
        if (b < 0x80) {
            (void)cursor_next(&h.c);
            hear_ascii(&h, (unsigned char)b, at);
        } else
            hear_other(&h, letter_take(&h.c), at);
    }
    end_word(&h, h.c.at);
    join_apart(&h);
}

/*
 * content_words: a text as the words that rules/content compares, whatever they are dressed in. For content only.
 *
 * Accents, symbols' dress and other scripts' look-alikes are folded (data/letters.tsv); "c4sin0" and "ca$ino" are
 * read as they are meant if that is a word of a term; "c a s i n o", "c.a.s.i.n.o" and "cas-ino" are put together if
 * they make one. Invisible characters do not part a word. Pure, total.
 */
#ifndef STERLING_RULES_CONTENT_WORDS_H
#define STERLING_RULES_CONTENT_WORDS_H

#include "rules/content.h"

enum content_word_flag {
    CONTENT_WORD_MIXED = 1,   /* letters of several scripts in one word */
    CONTENT_WORD_FOREIGN = 2, /* of another script throughout */
    CONTENT_WORD_STYLED = 4,
    CONTENT_WORD_HIDDEN = 8,  /* invisible characters within */
    CONTENT_WORD_LEET = 16,   /* digits or signs for letters */
    CONTENT_WORD_APART = 32,  /* was typed apart */
    CONTENT_WORD_HOLE = 64,   /* a template's field */
    CONTENT_WORD_PRICE = 128, /* a number with a currency or per cent */
    CONTENT_WORD_NUMBER = 256, /* "10", "10k" */
};

struct content_word {
    uint32_t hash;     /* of the folded letters */
    uint32_t from, to; /* bytes of the text */
    uint16_t word;     /* of content_spellings; 0: no term has it */
    uint16_t flags;
    char single;       /* the letter, of a word of one; else 0 */
};

struct content_words {
    size_t count;
    uint32_t upper, lower; /* ASCII letters */
    uint32_t foreign;      /* letters of other scripts */
    bool open;             /* a field touches a word: its value has to be read in place */
    struct content_word at[CONTENT_WORDS_MAX];
};

void content_words_hear(struct str text, bool template, struct content_words *out);

#endif

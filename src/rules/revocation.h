/*
 * revocation: does a free text take consent back?
 *
 * "please stop texting me", "take me off this list", "no me manden mas mensajes" and "wrong number" do; "we must
 * STOP this bill", "don't stop" and "stop by later" do not. A text that is a keyword alone is rules/keyword's. What
 * counts is what a reasonable person reads as a refusal (47 CFR 64.1200(a)(10), FCC 24-24): patterns of words in
 * data/revocation-phrases.tsv, in the languages of its second column. In doubt it leans to yes when the words name
 * texts, lists or numbers, and to no when they could be about anything else. Pure; total: every byte string has an
 * answer; a text's first REVOCATION_WORDS_MAX words are read.
 */
#ifndef STERLING_RULES_REVOCATION_H
#define STERLING_RULES_REVOCATION_H

#include "base/str.h"

enum { REVOCATION_WORDS_MAX = 256 };

enum revocation_kind {
    REVOCATION_NONE = 0,
    REVOCATION_STOP,         /* this person wants no more texts */
    REVOCATION_WRONG_NUMBER, /* this number is not the person's who consented */
};

struct revocation {
    enum revocation_kind kind;
    struct str words;     /* the words that say so, a view of the text; empty for NONE */
    const char *pattern;  /* the row of the table, for whoever asks why; "" for NONE; static */
    const char *language; /* "en", …; "" for NONE; static */
};

struct revocation revocation_read(struct str text);

#endif

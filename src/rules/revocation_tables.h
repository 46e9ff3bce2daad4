/* revocation_tables: what data/revocation-phrases.tsv says, made at build time by script/tables/revocation.py. */
#ifndef STERLING_RULES_REVOCATION_TABLES_H
#define STERLING_RULES_REVOCATION_TABLES_H

#include "rules/revocation.h"

struct revocation_word {
    const char *text; /* sorted by bytes */
    uint16_t id;      /* 1 …; 0 is any word that no pattern names */
};
struct revocation_join {
    uint16_t first, second, joined; /* ids */
};
/* A pattern is a program over words. A jump is relative to the step after it. */
enum revocation_step_kind {
    STEP_SET,    /* one word of set `value` */
    STEP_ANY,    /* one word, whichever */
    STEP_OPENS,  /* a clause begins here */
    STEP_CLOSES, /* a clause ended here */
    STEP_TRY,    /* what follows; if that leads nowhere, `value` steps further */
    STEP_JUMP,   /* `value` steps further */
    STEP_NOT,    /* fails if the next `value` steps match from here; else goes on behind them */
    STEP_MATCH,
};
struct revocation_step {
    uint16_t kind, value;
};
struct revocation_rule {
    enum revocation_kind means;
    const char *language, *pattern;
    size_t first_step;
};

extern const struct revocation_word revocation_words[];
extern const size_t revocation_words_count;
extern const struct revocation_join revocation_joins[];
extern const size_t revocation_joins_count;
extern const size_t revocation_set_bytes;
extern const uint8_t revocation_sets[]; /* set after set, a bit for each word's id */
extern const struct revocation_step revocation_steps[];
extern const struct revocation_rule revocation_rules[];
/* The rules that may begin with the word of an id, in order: from starts[first[id]] to before starts[first[id + 1]]. */
extern const uint16_t revocation_starts[], revocation_starts_first[];

#endif

/*
 * consent: what an entry of the consent ledger can say, and what follows from a number's entries.
 *
 * An entry opts in, opts out, or says that the person was asked (double opt-in); it has a scope, and an opt-in
 * has a basis: what the law may rest on it. Entries take effect in the order of their dates, not of their
 * arrival; on the same date an opt-out stands above the rest, else the first stays. What holds is a fold over
 * the entries in that order: consent_step. Sources: 47 CFR 64.1200(a)(2), (a)(10), (f)(9); CTIA Messaging
 * Principles 2023, 5.1. Pure.
 */
#ifndef STERLING_RULES_CONSENT_H
#define STERLING_RULES_CONSENT_H

#include "base/str.h"

/* Stable numbers, all four: they are stored. */
enum consent_kind {
    CONSENT_NONE = 0, CONSENT_OPT_OUT, CONSENT_OPT_IN,
    CONSENT_ASKED, /* changes nothing until the person says yes */
    CONSENT_KINDS  /* count, last */
};
enum consent_scope {
    CONSENT_OF_ORG = 0, CONSENT_OF_PROGRAM, CONSENT_OF_SENDER,
    CONSENT_OF_ALL, /* the installation: every organization on it; only an operator writes it */
    CONSENT_SCOPES  /* count, last */
};
enum consent_basis {
    CONSENT_BASIS_NONE = 0,
    CONSENT_BASIS_EXPRESS, /* prior express consent: oral, or the number given for that purpose */
    CONSENT_BASIS_WRITTEN, /* prior express written consent: what marketing needs */
    CONSENT_BASES          /* count, last */
};
/* How it was given or taken back. The names are stored and are what people read. */
enum consent_means {
    CONSENT_BY_OTHER = 0, CONSENT_BY_WEB_FORM, CONSENT_BY_KEYWORD, CONSENT_BY_PAPER, CONSENT_BY_VERBAL,
    CONSENT_BY_POINT_OF_SALE, CONSENT_BY_DOUBLE_OPT_IN, CONSENT_BY_IMPORT, CONSENT_BY_OPERATOR,
    CONSENT_BY_PROVIDER, CONSENT_BY_FREE_TEXT, CONSENT_BY_WRONG_NUMBER,
    CONSENT_MEANS /* count, last */
};

/* Never NULL; "" for a number outside the enum. */
const char *consent_kind_name(enum consent_kind k);   /* "none", "opted_out", "opted_in", "asked" */
const char *consent_scope_name(enum consent_scope s); /* "organization", "program", "sender", "installation" */
const char *consent_basis_name(enum consent_basis b); /* "none", "express", "written" */
const char *consent_means_name(enum consent_means m); /* "web_form" …; "other" */
/* Exact. ERR_INVALID leaves *out alone. */
MUST_CHECK enum err consent_kind_parse(struct str name, enum consent_kind *out);
MUST_CHECK enum err consent_scope_parse(struct str name, enum consent_scope *out);
MUST_CHECK enum err consent_basis_parse(struct str name, enum consent_basis *out);
MUST_CHECK enum err consent_means_parse(struct str name, enum consent_means *out);
/* CONSENT_BY_OTHER for a name that is not known. */
enum consent_means consent_means_of(struct str name);
/* The most that an opt-in by that means can be: nobody writes by telephone. */
enum consent_basis consent_means_basis(enum consent_means m);

/* What of an entry decides. `id` tells entries apart and rises with their arrival. */
struct consent_entry {
    uint64_t id;
    int64_t at_ms;
    enum consent_kind kind;
    enum consent_means means;
    enum consent_basis basis;
};
/* What holds in one scope. Zeroed: nothing is known. */
struct consent_holds {
    enum consent_kind kind;
    int64_t at_ms;
    uint64_t entry;            /* the one that decided `kind` */
    enum consent_basis basis;  /* what opt-ins rest on; kept over an opt-out, because START restores it */
    uint64_t basis_entry;
    int64_t seen_ms;           /* the latest date among the entries, also of one that decided nothing */
    bool imported;             /* the opt-in that decided is an import's; not stored: consent_join's reader asks */
    bool narrow;               /* something was said about a program or a sender; not stored: the reader knows */
};
/* A wrong number in another scope as an entry of this one: nothing was said here, but no basis is left. */
static inline struct consent_entry consent_void(uint64_t id, int64_t at_ms)
{
    return (struct consent_entry){id, at_ms, CONSENT_NONE, CONSENT_BY_WRONG_NUMBER, CONSENT_BASIS_NONE};
}
/* The next entry in order. An import's opt-in never lifts an opt-out, whatever its date; START restores the basis
 * from before the opt-out, every other opt-in after one brings its own; a wrong number takes the basis away. */
void consent_step(struct consent_holds *h, const struct consent_entry *e);
bool consent_holds_same(const struct consent_holds *a, const struct consent_holds *b);
/* May `e` be stepped onto `h`, or must the scope's entries be folded anew? */
bool consent_in_order(const struct consent_holds *h, const struct consent_entry *e);
/* Folds entries of one scope, in any order: they are sorted in place. */
struct consent_holds consent_fold(struct consent_entry *entries, size_t count);

/* What holds for a message, from what holds in the scopes that cover it. An opt-out of the installation stands above
 * everything. Between the others an opt-out stands, unless an opt-in of another scope was both given and recorded after
 * it, and not by an import: dates may be wrong, and what is not sure counts as a STOP. */
struct consent_holds consent_join(const struct consent_holds scopes[CONSENT_SCOPES]);

#endif

/*
 * consent_entry: one entry of the consent ledger as somebody writes it, in JSON or in a row of CSV, made into what is
 * stored, or refused with the field, its value and what to do.
 *
 * What is asked of an opt-in follows 47 CFR 64.1200(f)(9) and carriers' rules (CTIA 2023, 5.1): written consent names
 * what was shown; nobody writes by telephone; an import says who attests for it. Reads the store for the names of
 * programs and senders only.
 */
#ifndef STERLING_APP_CONSENT_ENTRY_H
#define STERLING_APP_CONSENT_ENTRY_H

#include "app/problem.h"
#include "store/store.h"

/* All in their own words; empty: not said. */
struct consent_words {
    struct str number, state, means, basis, scope, program, sender, given_at, evidence;
    struct str disclosure;  /* the text that was shown */
    struct str url;         /* where */
    struct str ip, user_agent;
    struct str attested_by; /* who answers for it: a person, a customer, a form */
    struct str reference;   /* a scan, a recording, a ticket, a file and its hash */
    struct str identity;    /* who the person said to be */
};
/* The names of the fields, in the order of the struct; the columns of the CSV. */
enum { CONSENT_WORDS = 16, CONSENT_PROOF_FIRST = 9 /* `disclosure`: from there on they are kept in the proof */ };
extern const char *const CONSENT_WORD_NAMES[CONSENT_WORDS];
/* The longest value of the n-th, in bytes. */
extern const size_t CONSENT_WORD_BYTES_MAX[CONSENT_WORDS];
struct str *consent_word(struct consent_words *w, size_t n);

struct consent_context {
    struct store_reader *reader;
    struct arena *arena;       /* texts of the entries; only grows */
    const struct org *org;     /* id 0: the installation's own entries */
    int64_t now_ms;
    bool all_said;             /* an import: means and given_at are required */
    bool nobody;               /* an attestation for many: it has no number of its own */
    char prefix[16];           /* "" or "7." before names of fields in the problem */
    /* What was looked up last, by name. */
    struct str program, sender;
    uint32_t program_id, sender_id;
};
/* Fills *out but its id and chain. Mistakes are added to the problem; ERR_OK if there were none in this entry. */
MUST_CHECK enum err consent_entry_read(struct consent_context *c, const struct consent_words *w, struct consent *out,
                                       struct problem *p);

#endif

/*
 * content: what carriers and the law do not want in a text, found in its words.
 *
 * A finding names a rule (data/content-rules.tsv: source, day it is valid from, what to do), the bytes of the text
 * that it is about, and how grave it is:
 *
 *   block   must not leave: forbidden categories, phishing, shared link shorteners, links without TLS, disguise
 *   ask     may leave once a person has said so: weak signs of a category, no brand name, no opt-out wording
 *   note    worth knowing
 *
 * Letters that look alike are folded, words that are typed apart are put together, before anything is compared
 * (rules/content_words.h). A category is judged by the sum of its terms (data/content-terms.tsv), so that one wine
 * glass is no bar; what the sender may do (age gate, lending, its registered use case) and its own name excuse.
 *
 * Of a template (`template`: true) a field is a hole: no word, and what stands beside it is no phrase with it. Its
 * values are looked at when they are known: content_value_plain says, cheaply, that a value can make nothing worse
 * than its template; else the filled text is judged as a whole, too.
 *
 * Pure; total: every byte string has an answer; nothing is allocated. CONTENT_WORDS_MAX words of a text are read,
 * which is more than a message may hold.
 */
#ifndef STERLING_RULES_CONTENT_H
#define STERLING_RULES_CONTENT_H

#include "rules/message_kind.h"
#include "rules/tier.h"

enum { CONTENT_WORDS_MAX = 900, CONTENT_FINDINGS_MAX = 16 };

enum content_severity { CONTENT_CLEAN = 0, CONTENT_NOTE, CONTENT_ASK, CONTENT_BLOCK };

/* Static; lives for ever. */
struct content_rule {
    const char *id; /* "alcohol", stable */
    enum content_severity severity; /* the gravest it gives */
    const char *since;  /* YYYY-MM-DD, valid from */
    const char *title, *source, *fix;
};

struct content_finding {
    const struct content_rule *rule;
    enum content_severity severity;
    uint32_t offset, length; /* bytes of the text; length 0: about the whole text */
};

struct content_report {
    enum content_severity worst;
    size_t count; /* gravest first */
    struct content_finding findings[CONTENT_FINDINGS_MAX];
};

/* What is known of the sender. */
struct content_case {
    enum message_kind kind;
    enum use_case use_case; /* registered; UNKNOWN: nothing is compared with it */
    struct str brand;       /* what recipients know the sender by; empty: unknown */
    bool age_gated;         /* recipients gave a birth date, and are of age */
    bool direct_lending;    /* registered as a lender itself */
    bool template;          /* {{fields}} are holes */
};

void content_check(struct str text, const struct content_case *c, struct content_report *out);
/* Puts one finding more in its place: the gravest first, of equals the earlier. Never graver than its rule. */
void content_report_add(struct content_report *out, const struct content_rule *rule, enum content_severity severity,
                        size_t from, size_t to);
/* Is anything of it blocked? For the gate. */
bool content_blocks(struct str text, const struct content_case *c);
/* True if a field with this value adds nothing that is blocked to what its template says, unless the template is open:
 * then a field touches a word or a host, and only the filled text tells. */
bool content_value_plain(struct str value);
bool content_template_open(struct str text);

/* Does it plainly make an offer? */
bool content_sells(struct str text);

/* Changes with every change of a table. */
uint32_t content_version(void);
const char *content_severity_name(enum content_severity s); /* "clean", "note", "ask", "block" */
/* The rules, for whoever lists them. */
const struct content_rule *content_rules_all(size_t *count);

#endif

/*
 * a2p_check: what can be judged about a registration's facts without asking anybody, before a fee is paid.
 *
 * A finding names the field, the words that are wrong, the code with which a reviewer would refuse it (0: none), why,
 * and what to write instead:
 *
 *   block   it will be refused
 *   ask     it is often refused: a person should look
 *   note    worth knowing
 *
 * Sources: reference sections 11.5 and 12; compliance sections 2.2 to 2.5, 4.1, 4.3 and 4.4. Pure; total: any bytes
 * have an answer; nothing is allocated. What only the website can tell is not judged here.
 */
#ifndef STERLING_RULES_A2P_CHECK_H
#define STERLING_RULES_A2P_CHECK_H

#include "rules/a2p_facts.h"

enum a2p_severity { A2P_CLEAN = 0, A2P_NOTE, A2P_ASK, A2P_BLOCK };
const char *a2p_severity_name(enum a2p_severity s); /* "clean", "note", "ask", "block" */

struct a2p_finding {
    enum a2p_severity severity;
    enum a2p_field field;
    const char *rule;  /* "ein_form", stable; static, as are why and fix */
    struct str words;  /* view of the facts: what is wrong; empty: the whole field, or that it is missing */
    int32_t code;      /* the refusal it would earn (rules/a2p_rejection); 0: none that is known */
    const char *why, *fix;
};

enum { A2P_FINDINGS_MAX = 96 };
struct a2p_findings {
    enum a2p_severity worst;
    bool cut;     /* there were more */
    size_t count; /* in the order of the checks: business, address, people, campaign, numbers */
    struct a2p_finding at[A2P_FINDINGS_MAX];
};

/* `kind` is not BRAND_NONE. */
void a2p_check(const struct a2p_facts *facts, enum brand_type kind, struct a2p_findings *out);

/* The host of an https or http URL, or of a bare one, without "www."; empty if it is none. A view of `url`. */
struct str a2p_host(struct str url);
/* Does `text` say one of the phrases ("stop|opt out|unsubscrib*")? Any case, whole words but for '*' at the end of a
 * phrase; a space stands for any white space. */
bool a2p_says(struct str text, const char *phrases);

#endif

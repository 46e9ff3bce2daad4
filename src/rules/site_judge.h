/*
 * site_judge: what a reviewer would say to a business's website, its privacy policy, its terms and the pages on which
 * people agree to be texted: after what was read there (rules/site_text) and with which outcome.
 *
 * A finding is a rule of one table: severity, field, the code with which it would be refused, why, and what to do.
 * What a page shows only to a browser that runs scripts is not seen: then a person is asked to look (ask), and nothing
 * that is missing there is held against it. Sources: compliance sections 4.4 and 4.5; data/a2p-rejections.tsv. Pure;
 * total.
 */
#ifndef STERLING_RULES_SITE_JUDGE_H
#define STERLING_RULES_SITE_JUDGE_H

#include "rules/a2p_check.h"
#include "rules/site_text.h"

enum site_place { SITE_HOME, SITE_PRIVACY, SITE_TERMS, SITE_OPT_IN, SITE_PLACES /* count, last */ };

/* How it went to read a page. */
enum site_outcome {
    SITE_READ,
    SITE_BAD_URL,     /* not https, with a user's name, with a port, no address at all */
    SITE_NO_NAME,     /* the host's name has no address */
    SITE_PRIVATE,     /* it has one that is not public */
    SITE_UNREACHABLE, /* nobody answers there, or not as HTTP */
    SITE_TLS,         /* its certificate is not valid for it */
    SITE_SLOW,
    SITE_LOOP,        /* more redirects than a browser's user would bear */
    SITE_LOCKED,      /* 401: with a password only */
    SITE_GUARDED,     /* 403, 429: not for programs, perhaps for people */
    SITE_GONE,        /* 404 and other 4xx */
    SITE_BROKEN,      /* 5xx */
    SITE_NOT_TEXT,    /* a picture, a program, … */
    SITE_PAPER,       /* a PDF */
    SITE_OUTCOMES     /* count, last */
};
const char *site_outcome_name(enum site_outcome o); /* "unreachable" */
/* May it be better in some minutes? */
bool site_outcome_passes(enum site_outcome o);

struct site_visit {
    enum site_place place;
    enum site_outcome outcome;
    struct str url;               /* that was asked */
    const struct site_page *page; /* of SITE_READ; else NULL */
};

/* One finding: a row of the table, for a page. */
struct site_finding {
    uint8_t rule, place;
    struct str words; /* the page's address, or what stands there; view of the visit */
};
enum { SITE_FINDINGS_MAX = 40 };
struct site_findings {
    enum a2p_severity worst;
    size_t count;
    struct site_finding at[SITE_FINDINGS_MAX];
};

void site_judge(const struct a2p_facts *facts, enum brand_type kind, const struct site_visit *visits, size_t count,
                struct site_findings *out);
/* In the words of a2p_check; `words` stays a view of what the finding's is. */
void site_finding_tell(const struct site_finding *f, struct a2p_finding *out);
/* The stable name of a rule, and back; false: there is none. */
const char *site_rule_name(uint8_t rule);
bool site_rule_named(struct str name, uint8_t *out);
size_t site_rules_count(void);

/* The link of a page that leads to its privacy policy or its terms; empty: none. As written. */
struct str site_link_to(const struct site_page *page, enum site_place place);
/* The pages that a campaign's flow names, without those that privacy_url and terms_url are. Gives their number. */
enum { SITE_FLOW_LINKS_MAX = 2 };
size_t site_flow_links(const struct a2p_facts *facts, struct str out[SITE_FLOW_LINKS_MAX]);

#endif

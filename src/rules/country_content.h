/*
 * country_content: what another country wants of a text and of its sender, beside what holds everywhere
 * (rules/content.h): labels of advertising, words to opt out in its language, links and telephone numbers that are not
 * delivered, forms of sender names, what must be registered or looked up beforehand (data/country-content.tsv); and
 * whether an alphanumeric sender may write there (rules/alpha.h).
 *
 * Findings are like those of content, and are put into the same report. Pure; total.
 */
#ifndef STERLING_RULES_COUNTRY_CONTENT_H
#define STERLING_RULES_COUNTRY_CONTENT_H

#include "rules/content.h"

struct country_case {
    const char *country;   /* ISO 3166 */
    enum message_kind kind;
    struct str brand;      /* as in content_case */
    struct str sender;     /* an alphanumeric one; empty: not known, or a number */
    struct str registered; /* where that one is, as alpha_ask has it */
};

/* Adds to what content_check found of the text: categories that are forbidden there rest on that. */
void country_content_check(struct str text, const struct country_case *c, struct content_report *out);
/* Does that country want anything of texts at all? */
bool country_content_any(const char *country);

#endif

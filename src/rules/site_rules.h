/* site_rules: the table of what can be wrong with a website. For site_judge alone; what it means is in site_judge.h. */
#ifndef STERLING_RULES_SITE_RULES_H
#define STERLING_RULES_SITE_RULES_H

#include "rules/site_judge.h"

enum site_rule {
    /* in the order of enum site_outcome, which begins with what is no fault */
    SITE_RULE_NONE, SITE_RULE_BAD_URL, SITE_RULE_NO_NAME, SITE_RULE_PRIVATE, SITE_RULE_UNREACHABLE, SITE_RULE_TLS,
    SITE_RULE_SLOW, SITE_RULE_LOOP, SITE_RULE_LOCKED, SITE_RULE_GUARDED, SITE_RULE_GONE, SITE_RULE_BROKEN,
    SITE_RULE_NOT_TEXT, SITE_RULE_PAPER,
    /* of any page */
    SITE_RULE_SCRIPTS, SITE_RULE_PARKED, SITE_RULE_BUILDING, SITE_RULE_LOGIN, SITE_RULE_STAND_IN, SITE_RULE_THIN,
    /* of the website */
    SITE_RULE_ONLY_FORM, SITE_RULE_BRAND, SITE_RULE_CONTACT, SITE_RULE_FORBIDDEN,
    /* of the privacy policy */
    SITE_RULE_PRIVACY_UNLINKED, SITE_RULE_PRIVACY_NONE, SITE_RULE_PRIVACY_MOBILE, SITE_RULE_PRIVACY_GENERAL,
    SITE_RULE_PRIVACY_SHARES,
    /* of the terms */
    SITE_RULE_TERMS_UNLINKED, SITE_RULE_TERMS_TEXTS, SITE_RULE_TERMS_NAME, SITE_RULE_TERMS_FREQUENCY,
    SITE_RULE_TERMS_RATES, SITE_RULE_TERMS_STOP, SITE_RULE_TERMS_HELP, SITE_RULE_TERMS_SUPPORT,
    SITE_RULE_TERMS_CARRIERS,
    /* of the page where people agree */
    SITE_RULE_OPT_IN_FIELD, SITE_RULE_OPT_IN_TICKED, SITE_RULE_OPT_IN_TEXTS, SITE_RULE_OPT_IN_FREQUENCY,
    SITE_RULE_OPT_IN_RATES, SITE_RULE_OPT_IN_STOP, SITE_RULE_OPT_IN_HELP, SITE_RULE_OPT_IN_LINKS,
    SITE_RULES /* count, last */
};

struct site_rule_info {
    const char *name;
    enum a2p_severity severity;
    int32_t code; /* 0: the place's, below */
    const char *why, *fix;
};
extern const struct site_rule_info SITE_RULE_TABLE[SITE_RULES];

struct site_place_info {
    enum a2p_field field;
    int32_t code; /* with which a page that cannot be read is refused */
};
extern const struct site_place_info SITE_PLACE_TABLE[SITE_PLACES];

#endif

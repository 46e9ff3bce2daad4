/* a2p_check_inside: what the files of a2p_check share. For them alone. */
#ifndef STERLING_RULES_A2P_CHECK_INSIDE_H
#define STERLING_RULES_A2P_CHECK_INSIDE_H

#include "rules/a2p_check.h"

struct a2p_case {
    const struct a2p_facts *facts;
    enum brand_type kind;
    struct a2p_findings *out;
};

static inline struct str said(const struct a2p_case *c, enum a2p_field field)
{
    return c->facts->at[field];
}
static inline bool has(const struct a2p_case *c, enum a2p_field field)
{
    return c->facts->at[field].len > 0;
}
static inline bool is_true(const struct a2p_case *c, enum a2p_field field)
{
    return a2p_fact_is_true(c->facts, field);
}

void a2p_find(const struct a2p_case *c, enum a2p_severity severity, enum a2p_field field, const char *rule,
              int32_t code, const char *why, const char *fix);
/* The same about some words of the field. */
void a2p_find_words(const struct a2p_case *c, enum a2p_severity severity, enum a2p_field field, const char *rule,
                    struct str words, int32_t code, const char *why, const char *fix);

/* Is the brand's name, or the legal name, or of a sole proprietor the person's, in it? */
bool a2p_names_brand(const struct a2p_case *c, struct str text);
bool a2p_has_link(struct str text);
bool a2p_has_phone(struct str text);
bool a2p_one_of(struct str value, const char *const *values); /* exactly; NULL ends them */
bool a2p_is_placeholder(struct str value);
bool a2p_is_https(struct str url);
bool a2p_host_within(struct str host, struct str domain); /* the same, or one is below the other */
struct str a2p_email_domain(struct str email);            /* empty if it is no address */
bool a2p_is_free_mail(struct str domain);
bool a2p_next_of_list(struct str *rest, struct str *one); /* "A, B": one after the other */

void a2p_check_business(const struct a2p_case *c);
void a2p_check_web(const struct a2p_case *c);
void a2p_check_phone(const struct a2p_case *c, enum a2p_field field, int32_t code);
void a2p_check_people(const struct a2p_case *c);
void a2p_check_address(const struct a2p_case *c);
void a2p_check_campaign(const struct a2p_case *c);
void a2p_check_flow(const struct a2p_case *c);
void a2p_check_samples(const struct a2p_case *c);
void a2p_check_replies(const struct a2p_case *c);
void a2p_check_numbers(const struct a2p_case *c);
void a2p_check_toll_free(const struct a2p_case *c); /* instead of all these */

#endif

/*
 * a2p_facts: what a registration is made of, as one table of fields: who the business is, who answers for it, what
 * it will text and to whom (reference sections 11.5, 12.2–12.5).
 *
 * One table serves form, CSV column, JSON member, check, difference and command line: a field's name is the same
 * everywhere. Values are texts as a person wrote them, trimmed; yes and no are "true" and "false"; of a field that
 * holds a list (sample messages have a field each) the parts stand with commas between. Pure.
 */
#ifndef STERLING_RULES_A2P_FACTS_H
#define STERLING_RULES_A2P_FACTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "rules/kinds.h"

enum a2p_field {
    /* the business */
    A2P_LEGAL_NAME, A2P_BRAND_NAME, A2P_BUSINESS_TYPE, A2P_INDUSTRY, A2P_IDENTIFIER, A2P_REGISTRATION_NUMBER,
    A2P_REGIONS, A2P_WEBSITE, A2P_SOCIAL_MEDIA, A2P_COMPANY_TYPE, A2P_STOCK_EXCHANGE, A2P_STOCK_TICKER,
    A2P_BRAND_CONTACT_EMAIL, A2P_VERTICAL,
    /* where it is */
    A2P_STREET, A2P_STREET2, A2P_CITY, A2P_REGION, A2P_POSTAL_CODE, A2P_COUNTRY,
    /* who answers for it; of a sole proprietor: the person */
    A2P_FIRST_NAME, A2P_LAST_NAME, A2P_EMAIL, A2P_PHONE, A2P_TITLE, A2P_JOB_POSITION, A2P_MOBILE_PHONE,
    A2P_FIRST_NAME2, A2P_LAST_NAME2, A2P_EMAIL2, A2P_PHONE2, A2P_TITLE2, A2P_JOB_POSITION2,
    /* what it texts */
    A2P_USE_CASE, A2P_DESCRIPTION, A2P_MESSAGE_FLOW, A2P_SAMPLE1, A2P_SAMPLE2, A2P_SAMPLE3, A2P_SAMPLE4,
    A2P_SAMPLE5, A2P_OPT_IN_MESSAGE, A2P_OPT_OUT_MESSAGE, A2P_HELP_MESSAGE, A2P_OPT_IN_KEYWORDS,
    A2P_OPT_OUT_KEYWORDS, A2P_HELP_KEYWORDS, A2P_EMBEDDED_LINKS, A2P_EMBEDDED_PHONE, A2P_SUBSCRIBER_OPT_IN,
    A2P_AGE_GATED, A2P_DIRECT_LENDING, A2P_PRIVACY_URL, A2P_TERMS_URL, A2P_OPT_IN_TYPE, A2P_OPT_IN_IMAGES,
    A2P_MESSAGE_VOLUME,
    /* from which numbers: some it has, or so many to be bought */
    A2P_NUMBERS, A2P_NUMBERS_TO_BUY, A2P_AREA_CODE,
    /* how it is registered */
    A2P_SKIP_VETTING, A2P_CAMPAIGN_VERIFY_TOKEN, A2P_MOCK,
    A2P_FIELDS /* count, last */
};

/* Whose data it is at the registry: what must be sent again when it changes. */
enum a2p_part {
    A2P_PART_BUSINESS,       /* end user: business information */
    A2P_PART_PROFILE,        /* end user: messaging profile, or sole proprietor */
    A2P_PART_ADDRESS,
    A2P_PART_REPRESENTATIVE, /* end user: authorized representative 1, or the sole proprietor's starter profile */
    A2P_PART_REPRESENTATIVE2,
    A2P_PART_CAMPAIGN,
    A2P_PART_NUMBERS,
    A2P_PART_OURS,           /* told to nobody as such */
    A2P_PARTS                /* count, last */
};

enum { A2P_FOR_STANDARD = 1, A2P_FOR_LOW_VOLUME = 2, A2P_FOR_SOLE = 4, A2P_FOR_BUSINESS = 3, A2P_FOR_ALL = 7,
       A2P_FOR_TOLL_FREE = 8 /* no brand: the verification of one number */ };
struct a2p_field_info {
    const char *name;     /* "legal_name": JSON member, CSV column, word legal_name=… */
    enum a2p_part part;
    unsigned required;    /* A2P_FOR_… that cannot do without */
    unsigned allowed;     /* A2P_FOR_… that may have it */
    size_t bytes_max;
    const char *help;     /* one line, for people */
};
const struct a2p_field_info *a2p_field_info(enum a2p_field field);
const char *a2p_part_name(enum a2p_part part);
/* By name, '-' taken for '_', any case. ERR_NOT_FOUND. */
MUST_CHECK enum err a2p_field_named(struct str name, enum a2p_field *out);
/* The bit of `kind` in required and allowed; 0 for BRAND_NONE. */
unsigned a2p_bit(enum brand_type kind);

struct a2p_facts {
    struct str at[A2P_FIELDS]; /* empty: not said */
};
static inline struct str a2p_fact(const struct a2p_facts *f, enum a2p_field field)
{
    return f->at[field];
}
static inline bool a2p_fact_is_true(const struct a2p_facts *f, enum a2p_field field)
{
    return str_equal(f->at[field], STR("true"));
}

/* Listed at a stock exchange: the registry then asks its brand contact by mail. */
static inline bool a2p_is_public(const struct a2p_facts *f)
{
    return str_equal_nocase(f->at[A2P_COMPANY_TYPE], STR("public"));
}

/* A JSON object of text members with the fields' names, as a2p_facts_write writes it. Texts live as long as `json`
 * and the arena. ERR_INVALID with a fault that names the member; ERR_FULL. */
MUST_CHECK enum err a2p_facts_read(struct str json, struct arena *a, struct a2p_facts *out, struct fault *f);
/* Only what is said, in the table's order. */
void a2p_facts_write(const struct a2p_facts *facts, struct buf *out);

#endif

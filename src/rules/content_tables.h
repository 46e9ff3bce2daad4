/* content_tables: what script/tables/content.py makes of data/content-*.tsv, letters.tsv and link-hosts.tsv. For
 * content only. */
#ifndef STERLING_RULES_CONTENT_TABLES_H
#define STERLING_RULES_CONTENT_TABLES_H

#include "rules/content.h"

enum content_rule_number {
    CONTENT_RULE_NONE = 0,
    CONTENT_RULE_SHORTENER, CONTENT_RULE_HTTP_LINK, CONTENT_RULE_DISGUISED_LINK, CONTENT_RULE_LINK_HOST,
    CONTENT_RULE_LOOK_ALIKE, CONTENT_RULE_PHISHING, CONTENT_RULE_IMPERSONATION, CONTENT_RULE_CREDENTIALS,
    CONTENT_RULE_SEX, CONTENT_RULE_HATE, CONTENT_RULE_PROFANITY, CONTENT_RULE_ALCOHOL, CONTENT_RULE_FIREARMS,
    CONTENT_RULE_TOBACCO, CONTENT_RULE_CANNABIS, CONTENT_RULE_DRUGS, CONTENT_RULE_GAMBLING, CONTENT_RULE_LENDING,
    CONTENT_RULE_DEBT, CONTENT_RULE_DEBT_FIRST_PARTY, CONTENT_RULE_CREDIT_REPAIR, CONTENT_RULE_CRYPTO,
    CONTENT_RULE_INVESTMENT, CONTENT_RULE_GET_RICH, CONTENT_RULE_LEAD_GENERATION, CONTENT_RULE_SWEEPSTAKES,
    CONTENT_RULE_HEALTH_CLAIMS, CONTENT_RULE_POLITICAL, CONTENT_RULE_NO_BRAND, CONTENT_RULE_NO_OPT_OUT,
    CONTENT_RULE_USE_CASE, CONTENT_RULE_CAPITALS, CONTENT_RULE_SPAM,
    CONTENT_RULES,
    /* what terms may be besides: signs that the rules above use */
    CONTENT_SIGN_KEEP = CONTENT_RULES, /* these words mean something else: no term within them counts */
    CONTENT_SIGN_OFFER, CONTENT_SIGN_URGENCY, CONTENT_SIGN_KNOWN, CONTENT_SIGN_DEMAND, CONTENT_SIGN_SECRET,
    CONTENT_SIGN_NEVER, CONTENT_SIGN_OPT_OUT,
    CONTENT_TOPICS, /* rules and signs, count */
};
extern const struct content_rule content_rules[CONTENT_RULES];
extern const uint32_t content_tables_version;

/* The tables below are in open addressing: linear, a power of two, at most half full. Empty slots have no name, or
 * are zero. */

enum content_host_kind { CONTENT_HOST_SHORTENER = 1, CONTENT_HOST_TLD, CONTENT_HOST_OFFICIAL };
struct content_host {
    const char *name;
    uint8_t kind;
};
extern const struct content_host content_hosts[]; /* by content_hash */
extern const uint32_t content_hosts_mask;

/* Words of terms. */
struct content_spelling {
    const char *text;
    uint16_t word;  /* 1 … */
    uint8_t strong; /* alone it makes a category */
};
extern const struct content_spelling content_spellings[]; /* by content_hash */
extern const uint32_t content_spellings_mask;
extern const uint16_t content_any_number; /* the word "#" */

/* A term is a path of words from node 0; a node has the terms that end in it. */
struct content_term {
    uint8_t topic; /* enum content_rule_number */
    uint8_t alone, sold;
};
struct content_node {
    uint16_t first;
    uint8_t count;
};
struct content_edge {
    uint32_t key; /* node << 16 | word */
    uint16_t node;
};
extern const struct content_term content_terms[];
extern const struct content_node content_nodes[];
extern const struct content_edge content_edges[]; /* by content_edge_hash */
extern const uint32_t content_edges_mask;

/* Ascending by code point. */
enum content_letter_kind { CONTENT_LETTER_LATIN = 1, CONTENT_LETTER_FOREIGN, CONTENT_LETTER_STYLED };
struct content_letters {
    uint32_t first, last;
    enum content_letter_kind kind;
    const char *letters;
};
extern const struct content_letters content_letters[];
extern const size_t content_letters_count;

/* FNV-1a, 32 bits, as the script computes it. */
enum { CONTENT_HASH_START = -2128831035 };
static inline uint32_t content_hash_byte(uint32_t hash, char byte)
{
    return (hash ^ (unsigned char)byte) * UINT32_C(16777619);
}
static inline uint32_t content_hash(struct str s)
{
    uint32_t hash = (uint32_t)CONTENT_HASH_START;

    for (size_t i = 0; i < s.len; i++) hash = content_hash_byte(hash, s.at[i]);
    return hash;
}
static inline uint32_t content_edge_hash(uint32_t key)
{
    return key * UINT32_C(2654435769) >> 12;
}

/* NULL: no rule knows the host, or the word. */
const struct content_host *content_host_find(struct str name);
const struct content_spelling *content_spelling_find(struct str text, uint32_t hash);

#endif

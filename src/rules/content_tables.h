/* content_tables: what script/tables/content.py makes of data/content-*.tsv and link-hosts.tsv. For content only. */
#ifndef STERLING_RULES_CONTENT_TABLES_H
#define STERLING_RULES_CONTENT_TABLES_H

#include "rules/content.h"

enum content_rule_number {
    CONTENT_RULE_NONE = 0,
    CONTENT_RULE_SHORTENER, CONTENT_RULE_HTTP_LINK, CONTENT_RULE_DISGUISED_LINK,
    CONTENT_RULES
};
extern const struct content_rule content_rules[CONTENT_RULES];
extern const uint32_t content_tables_version;

/* Open addressing by content_hash, linear, a power of two; an empty slot has name "". */
enum content_host_kind { CONTENT_HOST_SHORTENER = 1, CONTENT_HOST_TLD };
struct content_host {
    const char *name;
    uint8_t kind;
};
extern const struct content_host content_hosts[];
extern const uint32_t content_hosts_mask;

/* FNV-1a, 32 bits, as the script computes it. */
static inline uint32_t content_hash_byte(uint32_t hash, char byte)
{
    return (hash ^ (unsigned char)byte) * UINT32_C(16777619);
}
static inline uint32_t content_hash(struct str s)
{
    uint32_t hash = UINT32_C(2166136261);

    for (size_t i = 0; i < s.len; i++) hash = content_hash_byte(hash, s.at[i]);
    return hash;
}

#endif

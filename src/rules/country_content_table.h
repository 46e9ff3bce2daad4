/* country_content_table: what script/tables/country_content.py makes of data/country-content.tsv. For country_content
 * only. */
#ifndef STERLING_RULES_COUNTRY_CONTENT_TABLE_H
#define STERLING_RULES_COUNTRY_CONTENT_TABLE_H

#include "rules/content.h"

enum country_content_check {
    COUNTRY_LABEL = 1, COUNTRY_OPT_OUT, COUNTRY_LINKS, COUNTRY_PHONE, COUNTRY_SEGMENTS, COUNTRY_SENDER, COUNTRY_BRAND,
    COUNTRY_LETTERS, COUNTRY_TEMPLATE, COUNTRY_REGISTRY, COUNTRY_HOST, COUNTRY_CATEGORY,
};
struct country_content {
    char country[3];
    enum country_content_check check;
    bool marketing; /* of marketing alone */
    const char *value;
    struct content_rule rule;
};
extern const struct country_content country_contents[]; /* ascending by country */
extern const size_t country_contents_count;

#endif

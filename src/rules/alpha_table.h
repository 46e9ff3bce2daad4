/* alpha_table: made from data/alphanumeric.tsv by script/tables/alphanumeric.py, ascending by country. */
#ifndef STERLING_RULES_ALPHA_TABLE_H
#define STERLING_RULES_ALPHA_TABLE_H

#include "rules/alpha.h"

extern const struct alpha_rule alpha_table[];
extern const size_t alpha_table_count;
/* From data/generic-senders.tsv: small letters alone. */
extern const char *const alpha_generic[];
extern const size_t alpha_generic_count;

#endif

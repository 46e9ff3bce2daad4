/* alpha_table: made from data/alphanumeric.tsv by script/tables/alphanumeric.py, ascending by country. */
#ifndef STERLING_RULES_ALPHA_TABLE_H
#define STERLING_RULES_ALPHA_TABLE_H

#include "rules/alpha.h"

extern const struct alpha_rule alpha_table[];
extern const size_t alpha_table_count;

#endif

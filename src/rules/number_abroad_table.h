/* number_abroad_table: made from data/number-senders.tsv by script/tables/number_senders.py, ascending by country. For
 * number_abroad only. */
#ifndef STERLING_RULES_NUMBER_ABROAD_TABLE_H
#define STERLING_RULES_NUMBER_ABROAD_TABLE_H

#include "rules/number_abroad.h"

extern const struct number_abroad number_abroad_table[];
extern const size_t number_abroad_count;

#endif

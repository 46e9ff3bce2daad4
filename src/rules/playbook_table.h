/*
 * playbook_table: the rows of data/error-playbook.tsv in order of their codes, as the build compiled them in.
 * Used by playbook.c alone.
 */
#ifndef STERLING_RULES_PLAYBOOK_TABLE_H
#define STERLING_RULES_PLAYBOOK_TABLE_H

#include "rules/playbook.h"

extern const struct playbook_entry playbook_table[];
extern const size_t playbook_table_count;

#endif

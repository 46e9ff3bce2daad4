/*
 * a2p_rejection_table: the rows of data/a2p-rejections.tsv in order of their codes, as the build compiled them in.
 * Used by a2p_rejection.c alone.
 */
#ifndef STERLING_RULES_A2P_REJECTION_TABLE_H
#define STERLING_RULES_A2P_REJECTION_TABLE_H

#include "rules/a2p_rejection.h"

struct a2p_resubmit_info {
    const char *name, *how, *fee;
};
extern const struct a2p_resubmit_info a2p_resubmit_table[A2P_RESUBMITS];
extern const struct a2p_rejection a2p_rejection_table[];
extern const size_t a2p_rejection_table_count;

#endif

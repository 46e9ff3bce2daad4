/*
 * postal: where the addresses of a postal code may be. US ZIP codes by their first three digits, some by all
 * five; Canadian codes by their district, some by three characters. The array is made at build time by
 * script/tables/postal.py from data/postal-prefixes.tsv. Pure.
 */
#ifndef STERLING_RULES_POSTAL_H
#define STERLING_RULES_POSTAL_H

#include "base/str.h"

enum { POSTAL_STATES_MAX = 4, POSTAL_ZONES_MAX = 4 };

struct postal_prefix {
    char prefix[6];
    const char *states[POSTAL_STATES_MAX + 1]; /* US; {"*"}: any state; {""}: Canada; NULL after the last */
    const char *zones[POSTAL_ZONES_MAX + 1];   /* proper names; NULL after the last */
};
extern const struct postal_prefix postal_prefixes[]; /* ascending by prefix */
extern const size_t postal_prefix_count;

/* Finds what a person or a spreadsheet wrote: "02139", "02139-4307", "2139" (zeros lost), "K1A 0B1",
 * "k1a0b1". NULL for what is no code of the US or Canada, for codes that are not given out, and for those of
 * the armed forces, which tell no place. */
const struct postal_prefix *postal_find(struct str code);
bool postal_is_canadian(const struct postal_prefix *p);

#endif

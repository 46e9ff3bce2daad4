/*
 * zone_names: the zones of tzdata by name, by country and by a number that never changes. The arrays are
 * made at build time by script/tables/zones.py from data/zones.tsv. Only names: wall time is rules/zone.h.
 */
#ifndef STERLING_RULES_ZONE_NAMES_H
#define STERLING_RULES_ZONE_NAMES_H

#include "base/str.h"

enum { ZONE_ID_MAX = 511 };

/* 1 … ZONE_ID_MAX of "America/New_York" or of an alias ("US/Eastern"); 0 for any other name. */
unsigned zone_names_id(struct str name);
/* The proper name of a number, static; NULL if it was never given out. */
const char *zone_names_of_id(unsigned id);
/* All zones of a country ("US", without its territories), static, ends with NULL; empty if it has none. */
const char *const *zone_names_of_country(const char *country);

/* What the script writes. */
struct zone_names_entry {
    const char *name;
    uint16_t id;
};
struct zone_names_country {
    char country[3];
    const char *const *zones;
};
extern const char *const zone_names_by_id[ZONE_ID_MAX + 1];
extern const struct zone_names_entry zone_names_sorted[];
extern const size_t zone_names_sorted_count;
extern const struct zone_names_country zone_names_countries[];
extern const size_t zone_names_country_count;

#endif

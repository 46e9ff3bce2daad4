/*
 * zone_names: binary searches in the made tables. Owns nothing, cannot fail.
 */
#include "rules/zone_names.h"

#include <string.h>

unsigned zone_names_id(struct str name)
{
    size_t low = 0, high = zone_names_sorted_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_compare(str_from(zone_names_sorted[middle].name), name);
        if (order == 0) return zone_names_sorted[middle].id;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

const char *zone_names_of_id(unsigned id)
{
    return id <= ZONE_ID_MAX ? zone_names_by_id[id] : NULL;
}

const char *const *zone_names_of_country(const char *country)
{
    static const char *const none[] = {NULL};
    size_t low = 0, high = zone_names_country_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(zone_names_countries[middle].country, country);
        if (order == 0) return zone_names_countries[middle].zones;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return none;
}

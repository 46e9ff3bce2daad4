/*
 * quiet_tables: lawful hours by state and country. The arrays are made at build time by
 * script/tables/quiet.py from data/us-quiet-hours.tsv, country-rules.tsv and nanp-area-codes.tsv.
 */
#ifndef STERLING_RULES_QUIET_TABLES_H
#define STERLING_RULES_QUIET_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Minutes of the local day, [start, end); equal when the day has no lawful minute. */
struct quiet_span {
    uint16_t start, end;
};
struct quiet_rule {
    char place[3];
    struct quiet_span days[7]; /* from Sunday */
    const char *source;
};
/* A zone that a state reaches into. */
struct quiet_state_zone {
    uint8_t state; /* place in quiet_states */
    bool common;   /* counts for "somewhere in the US"; false beyond the date line */
    const char *zone;
};

extern const struct quiet_rule quiet_states[]; /* ascending by place, federal floor applied */
extern const size_t quiet_state_count;
extern const struct quiet_rule quiet_any_state;   /* lawful in every state at once */
extern const struct quiet_rule quiet_countries[]; /* ascending by place, without the US */
extern const size_t quiet_country_count;
extern const struct quiet_rule quiet_any_country;         /* for a country without a row */
extern const struct quiet_state_zone quiet_state_zones[]; /* ascending by state */
extern const size_t quiet_state_zone_count;

#endif

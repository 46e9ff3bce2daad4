/*
 * nanp: the area codes of +1. The table is made at build time by script/tables/nanp.py from
 * data/nanp-area-codes.tsv, because Debian's libphonenumber (2022) refuses codes now in service.
 */
#ifndef STERLING_RULES_NANP_H
#define STERLING_RULES_NANP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nanp_kind { NANP_GEOGRAPHIC, NANP_TOLL_FREE, NANP_PREMIUM, NANP_PERSONAL, NANP_SERVICE };

struct nanp_area {
    uint16_t code; /* 200 … 999 */
    enum nanp_kind kind;
    bool in_service;
    char country[3];          /* "US" also for codes that all of +1 shares */
    char region[3];           /* state, territory or province; "" if none or several */
    const char *const *zones; /* likeliest first, ends with NULL */
};

extern const struct nanp_area nanp_areas[]; /* ascending by code */
extern const size_t nanp_area_count;
extern const uint16_t nanp_index[800]; /* of code - 200: place in nanp_areas plus 1, or 0 */

/* NULL for a code that is not assigned. */
static inline const struct nanp_area *nanp_find(unsigned code)
{
    BUG_IF(code > 999);
    unsigned place = code >= 200 ? nanp_index[code - 200] : 0;
    return place > 0 ? &nanp_areas[place - 1] : NULL;
}

#endif

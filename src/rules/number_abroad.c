/* number_abroad: looks a country up. Contract in number_abroad.h. */
#include "rules/number_abroad_table.h"

#include <string.h>

static bool is_meant(const struct number_abroad *row, struct str sender)
{
    struct str rest = str_from(row->from), one;

    if (rest.len == 0) return true;
    while (rest.len > 0) {
        rest = str_cut(rest, '|', &one);
        if (str_starts(sender, one)) return true;
    }
    return false;
}

const struct number_abroad *number_abroad_of(const char *country)
{
    for (size_t i = 0; i < number_abroad_count; i++)
        if (strcmp(number_abroad_table[i].country, country) == 0) return &number_abroad_table[i];
    return NULL;
}

const struct number_abroad *number_abroad_find(const char *country, struct str sender)
{
    const struct number_abroad *row = number_abroad_of(country);

    return row != NULL && is_meant(row, sender) ? row : NULL;
}

const char *number_use_name(enum number_use use)
{
    static const char *const names[] = {
        [NUMBER_REFUSED] = "refused", [NUMBER_OVERWRITTEN] = "overwritten", [NUMBER_CHANGED] = "changed"};

    return names[use];
}

/*
 * phone_foreign: numbers outside +1, by libphonenumber behind a C face. Thread-safe (its caches are locked
 * inside); silent; no exception leaves it. The first call loads its tables (tens of milliseconds, some
 * megabytes), so an installation that texts +1 alone never pays for them.
 */
#ifndef STERLING_RULES_PHONE_FOREIGN_H
#define STERLING_RULES_PHONE_FOREIGN_H

#include "rules/phone.h"

struct phone_foreign {
    uint64_t digits; /* E.164 without '+' */
    unsigned calling_code;
    char country[3]; /* "" if the code belongs to none (satellites, international toll-free) */
    enum phone_type type;
    bool valid; /* the country has given out such numbers, by the library's data */
};

/* `text` is digits with or without a leading '+'; region is the default country. ERR_INVALID with the
 * reason if it cannot be a number at all; a number of a possible length that is in no range of its country
 * comes back with `valid` false, and so does any of +1, which is not judged here. */
MUST_CHECK enum err phone_foreign_parse(const char *text, const char *region, struct phone_foreign *out,
                                        struct fault *fault);

#endif

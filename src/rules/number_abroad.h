/*
 * number_abroad: what another country makes of a telephone number as sender.
 *
 * Some deliver registered names alone, some put another sender in the number's place, so that an answer (STOP, too)
 * goes nowhere (data/number-senders.tsv, each row with its source). A short code works in its own country alone. For
 * alphanumeric senders there is rules/alpha.h. Pure.
 */
#ifndef STERLING_RULES_NUMBER_ABROAD_H
#define STERLING_RULES_NUMBER_ABROAD_H

#include "base/str.h"

enum number_use { NUMBER_REFUSED = 1, NUMBER_OVERWRITTEN, NUMBER_CHANGED /* other digits before it */ };

/* Static; lives for ever. */
struct number_abroad {
    char country[3];
    const char *from; /* "+336|+337": the numbers that are meant; empty: any */
    enum number_use use;
    const char *since, *title, *source, *fix;
};
/* Of a sender such as "+33612345678" to that country (ISO 3166). NULL: it is delivered as it is, for all that is
 * known. */
const struct number_abroad *number_abroad_find(const char *country, struct str sender);
/* The country's row, of whichever numbers it speaks. NULL: there is none. */
const struct number_abroad *number_abroad_of(const char *country);
/* "refused", "overwritten", "changed". */
const char *number_use_name(enum number_use use);

#endif

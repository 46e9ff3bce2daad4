/*
 * carrier: the networks that Sterling tells apart, because each has its own limits and fees.
 *
 * Names come from people (a CSV column) and from Lookup's carrier_name ("T-Mobile USA, Inc.",
 * "Cellco Partnership"). Resellers without a network of their own count as the network that carries
 * them; those that use several (TracFone, Consumer Cellular) are CARRIER_UNKNOWN, because an unknown
 * carrier is charged to every carrier's limit (design section 6) and so is always safe.
 */
#ifndef STERLING_RULES_CARRIER_H
#define STERLING_RULES_CARRIER_H

#include "base/str.h"

/* Stable numbers, below 16: they are stored. */
enum carrier {
    CARRIER_UNKNOWN = 0,
    CARRIER_ATT = 1,
    CARRIER_TMOBILE = 2,  /* with Sprint and Metro */
    CARRIER_VERIZON = 3,
    CARRIER_USCC = 4,     /* US Cellular */
    CARRIER_OTHER_US = 5, /* regional networks and VoIP */
    CARRIER_CANADA = 6,
    CARRIER_FOREIGN = 7,  /* neither the US nor Canada */
    CARRIER_COUNT,
    CARRIER_ANY = CARRIER_COUNT, /* of a limit: whatever the carrier is */
};

/* Case, punctuation, spacing and company suffixes do not matter. CARRIER_UNKNOWN for a name that is
 * empty, ambiguous or not known; never a guess. */
enum carrier carrier_parse(struct str name);
/* What to store for a number of `country` (ISO 3166-1 alpha-2, "US") whose carrier was given as `named`:
 * Canada and abroad by country alone, the US and its territories by name. An unknown country ("") keeps
 * the name. */
enum carrier carrier_in_country(enum carrier named, struct str country);
const char *carrier_name(enum carrier c); /* for people: "AT&T", "T-Mobile", … "any"; never NULL */
const char *carrier_slug(enum carrier c); /* for files, JSON and metrics: "att", "tmobile", … "any" */
/* The reverse of carrier_slug, exact. ERR_INVALID leaves *out alone. */
MUST_CHECK enum err carrier_from_slug(struct str slug, enum carrier *out);

#endif
